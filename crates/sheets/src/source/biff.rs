//! Worksheets of Excel 97 to 2003 (BIFF8, MS-XLS): numbers, texts, results of formulas and
//! merged regions of one sheet.
//!
//! Read here and not by a library: the one we use for xlsx takes the sizes that an `.xls`
//! declares at their word, and a file of five kilobytes makes it ask for more memory than
//! there is, or panic. Here nothing is held that the file does not spell out.

use std::collections::HashMap;

use calamine::{ExcelDateTime, ExcelDateTimeType};

use super::Merge;
use super::compound::{Compound, u16_at, u32_at};
use crate::error::ReadError;

const BIFF8: u16 = 0x0600;
const WORKSHEET: u8 = 0;

/// A cell's content.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Number(f64),
    Time(ExcelDateTime),
    /// A text that many cells may share, by its place in the list of texts.
    Shared(u32),
    Text(String),
    Bool(bool),
    Failed,
}

/// A sheet: its cells by row and column.
pub(super) struct Sheet {
    pub(super) texts: Vec<String>,
    pub(super) cells: Vec<((u32, u32), Content)>,
    pub(super) merges: Vec<Merge>,
}

struct Record<'a> {
    kind: u16,
    data: &'a [u8],
    /// Content beyond what one record holds.
    more: Vec<&'a [u8]>,
}

/// The records from a place in the stream on.
struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    fn one(&mut self) -> Result<Option<(u16, &'a [u8])>, ReadError> {
        // What is left over at the end is padding.
        if self.rest.len() < 4 {
            return Ok(None);
        }
        let (kind, bytes) = (u16_at(self.rest, 0)?, usize::from(u16_at(self.rest, 2)?));
        let data = self.rest.get(4..4 + bytes).ok_or(ReadError::Damaged)?;
        self.rest = &self.rest[4 + bytes..];
        Ok(Some((kind, data)))
    }

    fn next(&mut self) -> Result<Option<Record<'a>>, ReadError> {
        let Some((kind, data)) = self.one()? else { return Ok(None) };
        let mut record = Record { kind, data, more: Vec::new() };
        while self.rest.len() >= 4 && u16_at(self.rest, 0)? == kind::CONTINUE {
            if let Some((_, data)) = self.one()? {
                record.more.push(data);
            }
        }
        Ok(Some(record))
    }
}

mod kind {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const END: u16 = 0x000A;
    pub(super) const DATE_MODE: u16 = 0x0022;
    pub(super) const FILE_PASS: u16 = 0x002F;
    pub(super) const CONTINUE: u16 = 0x003C;
    pub(super) const BOUND_SHEET: u16 = 0x0085;
    pub(super) const MUL_RK: u16 = 0x00BD;
    pub(super) const RICH_TEXT: u16 = 0x00D6;
    pub(super) const CELL_FORMAT: u16 = 0x00E0;
    pub(super) const MERGED: u16 = 0x00E5;
    pub(super) const SHARED_TEXTS: u16 = 0x00FC;
    pub(super) const SHARED_TEXT: u16 = 0x00FD;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const TEXT: u16 = 0x0204;
    pub(super) const BOOL_ERROR: u16 = 0x0205;
    pub(super) const FORMULA_TEXT: u16 = 0x0207;
    pub(super) const RK: u16 = 0x027E;
    pub(super) const NUMBER_FORMAT: u16 = 0x041E;
    pub(super) const BEGIN: u16 = 0x0809;
}

/// What the workbook says of all sheets.
#[derive(Default)]
struct Globals {
    /// Where each worksheet begins, and its name.
    sheets: Vec<(usize, String)>,
    texts: Vec<String>,
    /// For each cell format, its number format.
    cell_formats: Vec<u16>,
    /// Which number formats of the workbook's own are dates.
    own_dates: HashMap<u16, bool>,
    is_1904: bool,
}

/// Reads the sheet with a title, or else the first.
pub(super) fn sheet(title: &str, bytes: &[u8]) -> Result<Sheet, ReadError> {
    let file = Compound::open(bytes)?;
    if file.has("EncryptedPackage") {
        return Err(ReadError::Encrypted);
    }
    let Some(stream) = file.stream("Workbook")? else {
        // A `Book` is of Excel 5 or 95; else it is a document of another program.
        return Err(ReadError::Format);
    };
    let globals = globals(&stream)?;
    let named = globals.sheets.iter().find(|(_, name)| name.trim() == title);
    let (start, _) = named.or(globals.sheets.first()).ok_or(ReadError::NoSheet)?;
    let rest = stream.get(*start..).ok_or(ReadError::Damaged)?;
    let (mut cells, merges) = cells(&mut Records { rest }, &globals)?;
    // Stable, so that of a cell that comes twice both stay, and are refused.
    cells.sort_by_key(|(at, _)| *at);
    Ok(Sheet { texts: globals.texts, cells, merges })
}

fn globals(stream: &[u8]) -> Result<Globals, ReadError> {
    let mut records = Records { rest: stream };
    let mut globals = Globals::default();
    while let Some(record) = records.next()? {
        let data = record.data;
        match record.kind {
            kind::BEGIN if u16_at(data, 0)? != BIFF8 => return Err(ReadError::Format),
            kind::FILE_PASS => return Err(ReadError::Encrypted),
            kind::DATE_MODE => globals.is_1904 = u16_at(data, 0)? == 1,
            kind::NUMBER_FORMAT => {
                let format = text(data.get(2..).ok_or(ReadError::Damaged)?, &[], 2)?;
                globals.own_dates.insert(u16_at(data, 0)?, is_date_format(&format));
            }
            kind::CELL_FORMAT => globals.cell_formats.push(u16_at(data, 2)?),
            kind::BOUND_SHEET if data.get(5) == Some(&WORKSHEET) => {
                let name = text(data.get(6..).ok_or(ReadError::Damaged)?, &[], 1)?;
                globals.sheets.push((u32_at(data, 0)? as usize, name));
            }
            kind::SHARED_TEXTS => globals.texts = shared_texts(&record)?,
            kind::END => break,
            _ => {}
        }
    }
    Ok(globals)
}

impl Globals {
    fn number(&self, cell_format: u16, number: f64) -> Content {
        let format = self.cell_formats.get(usize::from(cell_format)).copied().unwrap_or(0);
        let built_in = matches!(format, 14..=22 | 27..=36 | 45..=47 | 50..=58);
        if self.own_dates.get(&format).copied().unwrap_or(built_in) {
            return Content::Time(ExcelDateTime::new(
                number,
                ExcelDateTimeType::DateTime,
                self.is_1904,
            ));
        }
        Content::Number(number)
    }
}

/// Whether a number format shows a date: it names year, month or day outside quotes,
/// brackets and escapes.
fn is_date_format(format: &str) -> bool {
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => drop(chars.by_ref().find(|c| *c == '"')),
            '[' => drop(chars.by_ref().find(|c| *c == ']')),
            '\\' | '_' | '*' => drop(chars.next()),
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' => return true,
            _ => {}
        }
    }
    false
}

type Cells = (Vec<((u32, u32), Content)>, Vec<Merge>);

fn cells(records: &mut Records<'_>, globals: &Globals) -> Result<Cells, ReadError> {
    let (mut cells, mut merges) = (Vec::new(), Vec::new());
    // Charts within a sheet are sheets of their own, between a beginning and an end.
    let mut depth = 0_u32;
    let mut awaited = None;
    while let Some(record) = records.next()? {
        match record.kind {
            kind::BEGIN => depth += 1,
            kind::END if depth <= 1 => break,
            kind::END => depth -= 1,
            kind::MERGED if depth == 1 => merged(record.data, &mut merges)?,
            _ if depth == 1 => cell(&record, globals, &mut cells, &mut awaited)?,
            _ => {}
        }
    }
    Ok((cells, merges))
}

fn cell(
    record: &Record<'_>,
    globals: &Globals,
    cells: &mut Vec<((u32, u32), Content)>,
    awaited: &mut Option<(u32, u32)>,
) -> Result<(), ReadError> {
    let data = record.data;
    let at = || Ok((u32::from(u16_at(data, 0)?), u32::from(u16_at(data, 2)?)));
    let content = match record.kind {
        kind::NUMBER => globals.number(u16_at(data, 4)?, float_at(data, 6)?),
        kind::RK => globals.number(u16_at(data, 4)?, rk(u32_at(data, 6)?)),
        kind::SHARED_TEXT => Content::Shared(u32_at(data, 6)?),
        kind::TEXT | kind::RICH_TEXT => {
            Content::Text(text(data.get(6..).ok_or(ReadError::Damaged)?, &record.more, 2)?)
        }
        kind::BOOL_ERROR => match data.get(6..8) {
            Some([value, 0]) => Content::Bool(*value != 0),
            Some(_) => Content::Failed,
            None => return Err(ReadError::Damaged),
        },
        kind::MUL_RK => return mul_rk(data, globals, cells),
        kind::FORMULA => match result(data, globals)? {
            Some(content) => content,
            None => {
                *awaited = Some(at()?);
                return Ok(());
            }
        },
        kind::FORMULA_TEXT => {
            let Some(at) = awaited.take() else { return Ok(()) };
            cells.push((at, Content::Text(text(data, &record.more, 2)?)));
            return Ok(());
        }
        _ => return Ok(()),
    };
    cells.push((at()?, content));
    Ok(())
}

/// The result that a formula had when the file was saved; none if a text follows.
fn result(data: &[u8], globals: &Globals) -> Result<Option<Content>, ReadError> {
    let value = data.get(6..14).ok_or(ReadError::Damaged)?;
    Ok(Some(match value {
        [0, .., 0xFF, 0xFF] => return Ok(None),
        [1, _, yes, .., 0xFF, 0xFF] => Content::Bool(*yes != 0),
        [2, .., 0xFF, 0xFF] => Content::Failed,
        [_, .., 0xFF, 0xFF] => Content::Text(String::new()),
        _ => globals.number(u16_at(data, 4)?, float_at(data, 6)?),
    }))
}

fn mul_rk(
    data: &[u8],
    globals: &Globals,
    cells: &mut Vec<((u32, u32), Content)>,
) -> Result<(), ReadError> {
    let (row, first) = (u32::from(u16_at(data, 0)?), u32::from(u16_at(data, 2)?));
    let numbers = data.get(4..data.len().saturating_sub(2)).ok_or(ReadError::Damaged)?;
    for (six, column) in numbers.chunks_exact(6).zip(first..) {
        cells.push(((row, column), globals.number(u16_at(six, 0)?, rk(u32_at(six, 2)?))));
    }
    Ok(())
}

fn merged(data: &[u8], merges: &mut Vec<Merge>) -> Result<(), ReadError> {
    for eight in data.get(2..).ok_or(ReadError::Damaged)?.chunks_exact(8) {
        let number = |at| u16_at(eight, at).map(u32::from);
        merges.push(Merge {
            top: number(0)?,
            bottom: number(2)?,
            left: number(4)?,
            right: number(6)?,
        });
    }
    Ok(())
}

fn float_at(bytes: &[u8], at: usize) -> Result<f64, ReadError> {
    let eight = bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok());
    eight.map(f64::from_le_bytes).ok_or(ReadError::Damaged)
}

/// A number in thirty bits: whole or the upper part of a float, and maybe in hundredths.
fn rk(bits: u32) -> f64 {
    let whole = bits & 2 != 0;
    let number = if whole {
        f64::from(bits.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(bits & !3) << 32)
    };
    if bits & 1 != 0 { number / 100.0 } else { number }
}

/// A text that goes on over several records: at the beginning of each, a byte says anew
/// whether characters take one byte or two.
struct Texts<'a> {
    parts: std::slice::Iter<'a, &'a [u8]>,
    rest: &'a [u8],
}

impl<'a> Texts<'a> {
    fn new(first: &'a [u8], more: &'a [&'a [u8]]) -> Self {
        Self { parts: more.iter(), rest: first }
    }

    /// Goes on to the next record at the end of one; whether there is more.
    fn more(&mut self) -> bool {
        while self.rest.is_empty() {
            let Some(next) = self.parts.next() else { return false };
            self.rest = next;
        }
        true
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let bytes = self.rest.get(..count).ok_or(ReadError::Damaged)?;
        self.rest = &self.rest[count..];
        Ok(bytes)
    }

    fn skip(&mut self, mut count: usize) -> Result<(), ReadError> {
        while count > 0 {
            if !self.more() {
                return Err(ReadError::Damaged);
            }
            let here = count.min(self.rest.len());
            self.bytes(here)?;
            count -= here;
        }
        Ok(())
    }

    fn chars(&mut self, count: usize, mut wide: bool) -> Result<String, ReadError> {
        let mut units: Vec<u16> = Vec::new();
        while units.len() < count {
            if self.rest.is_empty() {
                if !self.more() {
                    return Err(ReadError::Damaged);
                }
                wide = self.bytes(1)?[0] & 1 != 0;
            }
            let unit = if wide { 2 } else { 1 };
            let here = (count - units.len()).min(self.rest.len() / unit);
            if here == 0 {
                return Err(ReadError::Damaged);
            }
            let bytes = self.bytes(here * unit)?;
            if wide {
                units.extend(bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])));
            } else {
                units.extend(bytes.iter().map(|byte| u16::from(*byte)));
            }
        }
        Ok(String::from_utf16_lossy(&units))
    }

    /// A text with its formats and readings, which are passed over.
    fn rich(&mut self) -> Result<String, ReadError> {
        let head = self.bytes(3)?;
        let (count, flags) = (usize::from(u16_at(head, 0)?), head[2]);
        let runs = if flags & 8 != 0 { usize::from(u16_at(self.bytes(2)?, 0)?) } else { 0 };
        let extension = if flags & 4 != 0 { u32_at(self.bytes(4)?, 0)? as usize } else { 0 };
        let text = self.chars(count, flags & 1 != 0)?;
        self.skip((runs * 4).saturating_add(extension))?;
        Ok(text)
    }
}

/// A text after a length of one or two bytes.
fn text(data: &[u8], more: &[&[u8]], length_bytes: usize) -> Result<String, ReadError> {
    let mut texts = Texts::new(data, more);
    let length = texts.bytes(length_bytes)?;
    let count = match length {
        [one] => usize::from(*one),
        two => usize::from(u16_at(two, 0)?),
    };
    if count == 0 {
        return Ok(String::new());
    }
    let wide = texts.bytes(1)?[0] & 1 != 0;
    texts.chars(count, wide)
}

fn shared_texts(record: &Record<'_>) -> Result<Vec<String>, ReadError> {
    let mut texts = Texts::new(record.data.get(8..).ok_or(ReadError::Damaged)?, &record.more);
    let mut list = Vec::new();
    while texts.more() {
        list.push(texts.rich()?);
    }
    Ok(list)
}
