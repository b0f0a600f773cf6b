//! Compound files (MS-CFB), the container of `.xls`: a stream by its name.
//!
//! Chains of sectors are followed for no longer than the file has sectors, so that a file
//! whose chain bites its tail ends as damaged.

use crate::error::ReadError;

const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
/// Greater numbers mark free sectors and those of the tables.
const SECTOR_MAX: u32 = 0xFFFF_FFFA;
const MINI_SECTOR_BYTES: usize = 64;
/// Shorter streams stand in the mini stream.
const MINI_STREAM_BELOW: usize = 4_096;
const ENTRY_BYTES: usize = 128;

/// A little-endian number of two bytes.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Result<u16, ReadError> {
    let two = bytes.get(at..at + 2).and_then(|two| two.try_into().ok());
    two.map(u16::from_le_bytes).ok_or(ReadError::Damaged)
}

/// A little-endian number of four bytes.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Result<u32, ReadError> {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map(u32::from_le_bytes).ok_or(ReadError::Damaged)
}

struct Entry {
    name: String,
    start: u32,
    bytes: usize,
}

/// A compound file with its tables read.
pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector_bytes: usize,
    table: Vec<u32>,
    mini_table: Vec<u32>,
    entries: Vec<Entry>,
}

impl<'a> Compound<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let sector_bytes = match u16_at(bytes, 30)? {
            9 => 512,
            12 => 4_096,
            _ => return Err(ReadError::Damaged),
        };
        let mut file = Self {
            bytes,
            sector_bytes,
            table: Vec::new(),
            mini_table: Vec::new(),
            entries: Vec::new(),
        };
        file.table = file.allocation_table()?;
        let directory = file.chain(u32_at(bytes, 48)?)?;
        file.entries = directory.chunks_exact(ENTRY_BYTES).map(entry).collect::<Result<_, _>>()?;
        let minis = u32_at(bytes, 60)?;
        if minis <= SECTOR_MAX {
            file.mini_table = numbers(&file.chain(minis)?);
        }
        Ok(file)
    }

    /// A sector; the last of a file may be cut.
    fn sector(&self, id: u32) -> Result<&'a [u8], ReadError> {
        let start = (id as usize + 1).checked_mul(self.sector_bytes).ok_or(ReadError::Damaged)?;
        let end = self.bytes.len().min(start.saturating_add(self.sector_bytes));
        match self.bytes.get(start..end) {
            Some(sector) if !sector.is_empty() => Ok(sector),
            _ => Err(ReadError::Damaged),
        }
    }

    fn sectors(&self) -> usize {
        self.bytes.len() / self.sector_bytes
    }

    /// The table of which sector follows which, from the sectors that the header lists and
    /// those listed by sectors of lists.
    fn allocation_table(&self) -> Result<Vec<u32>, ReadError> {
        let header = self.bytes.get(76..512).ok_or(ReadError::Damaged)?;
        let mut ids = numbers(header);
        let mut list = u32_at(self.bytes, 68)?;
        let mut lists = 0;
        while list <= SECTOR_MAX {
            lists += 1;
            if lists > self.sectors() {
                return Err(ReadError::Damaged);
            }
            ids.extend(numbers(self.sector(list)?));
            list = ids.pop().ok_or(ReadError::Damaged)?;
        }
        let used: Vec<u32> = ids.into_iter().filter(|id| *id <= SECTOR_MAX).collect();
        if used.len() > self.sectors() {
            return Err(ReadError::Damaged);
        }
        let mut table = Vec::new();
        for id in used {
            table.extend(numbers(self.sector(id)?));
        }
        Ok(table)
    }

    fn chain(&self, start: u32) -> Result<Vec<u8>, ReadError> {
        let mut content = Vec::new();
        for id in follow(&self.table, start, self.sectors() + 1)? {
            content.extend_from_slice(self.sector(id)?);
        }
        Ok(content)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// A stream's content.
    pub(super) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let found = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name));
        let Some(entry) = found else { return Ok(None) };
        let mut content = if entry.bytes < MINI_STREAM_BELOW {
            self.mini_stream(entry)?
        } else {
            self.chain(entry.start)?
        };
        content.truncate(entry.bytes);
        Ok(Some(content))
    }

    fn mini_stream(&self, entry: &Entry) -> Result<Vec<u8>, ReadError> {
        // The root entry, which is the first, holds all short streams.
        let root = self.entries.first().ok_or(ReadError::Damaged)?;
        let minis = self.chain(root.start)?;
        let mut content = Vec::new();
        for id in follow(&self.mini_table, entry.start, self.mini_table.len())? {
            let start = id as usize * MINI_SECTOR_BYTES;
            let end = minis.len().min(start + MINI_SECTOR_BYTES);
            content.extend_from_slice(minis.get(start..end).ok_or(ReadError::Damaged)?);
        }
        Ok(content)
    }
}

fn follow(table: &[u32], start: u32, most: usize) -> Result<Vec<u32>, ReadError> {
    let (mut ids, mut id) = (Vec::new(), start);
    while id != END_OF_CHAIN {
        if ids.len() >= most {
            return Err(ReadError::Damaged);
        }
        ids.push(id);
        id = *table.get(id as usize).ok_or(ReadError::Damaged)?;
    }
    Ok(ids)
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    let number = |four: &[u8]| u32_at(four, 0).unwrap_or(END_OF_CHAIN);
    bytes.chunks_exact(4).map(number).collect()
}

fn entry(bytes: &[u8]) -> Result<Entry, ReadError> {
    let units: Vec<u16> =
        bytes[..64].chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    let name = units.split(|unit| *unit == 0).next().unwrap_or_default();
    Ok(Entry {
        name: String::from_utf16_lossy(name),
        start: u32_at(bytes, 116)?,
        bytes: u32_at(bytes, 120)? as usize,
    })
}
