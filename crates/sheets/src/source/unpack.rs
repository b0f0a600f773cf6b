//! What an archive may hold before anything of it is trusted.

use std::io::{self, Cursor, Read as _, Write};

use crate::bounds::Bounds;
use crate::error::ReadError;

/// Parts of an archive beyond which it is no workbook.
const PARTS_MAX: usize = 4_096;
/// Shared texts that a workbook may announce: readers make room for them at once.
const ANNOUNCED_MAX: u64 = 20_000_000;

/// Unpacks every part once and throws it away, so that nothing larger than the bound is
/// ever unpacked into memory. What an archive says of its sizes proves nothing.
pub(super) fn check(bytes: &[u8], bounds: &Bounds) -> Result<(), ReadError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| ReadError::Damaged)?;
    if archive.len() > PARTS_MAX || archive.index_for_name("xl/workbook.xml").is_none() {
        return Err(ReadError::Format);
    }
    let mut left = bounds.unpacked_bytes_max;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|_| ReadError::Damaged)?;
        let name = part.name().map_err(|_| ReadError::Damaged)?;
        let texts = name.to_lowercase().ends_with("sharedstrings.xml");
        drop(name);
        let mut watch = Watch { texts, kept: Vec::new() };
        let unpacked = io::copy(&mut part.take(left + 1), &mut watch);
        let unpacked = unpacked.map_err(|_| ReadError::Damaged)?;
        left = left
            .checked_sub(unpacked)
            .ok_or_else(|| ReadError::bound("UNPACKED_BYTES_MAX", bounds.unpacked_bytes_max))?;
    }
    Ok(())
}

const ANNOUNCEMENT: &[u8] = b"uniqueCount";

/// Looks, in the part with the shared texts, for an announcement of more than are allowed,
/// and for bytes that no XML in UTF-8 holds and under which it could hide. It may be split
/// between two pieces, so the end of each is kept.
struct Watch {
    texts: bool,
    kept: Vec<u8>,
}

/// Longer than an announcement with its number.
const KEPT_BYTES: usize = 64;

impl Write for Watch {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.texts {
            if piece.iter().any(|byte| matches!(byte, 0 | 0x1B)) {
                return Err(io::Error::other("not XML in UTF-8"));
            }
            self.kept.extend_from_slice(piece);
            if self.kept.windows(ANNOUNCEMENT.len()).enumerate().any(|(at, window)| {
                window == ANNOUNCEMENT && announced(&self.kept[at..]) > ANNOUNCED_MAX
            }) {
                return Err(io::Error::other("too many shared texts announced"));
            }
            self.kept.drain(..self.kept.len().saturating_sub(KEPT_BYTES));
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The number of `uniqueCount = "17"`; of one with absurdly many blanks, too many.
fn announced(bytes: &[u8]) -> u64 {
    let rest = &bytes[ANNOUNCEMENT.len()..];
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'=' | b'"' | b'\'');
    let before = rest.iter().take_while(|byte| blank(byte)).count();
    if before > KEPT_BYTES / 2 {
        return u64::MAX;
    }
    let digits = rest[before..].iter().take_while(|byte| byte.is_ascii_digit());
    let add =
        |number: u64, digit: &u8| number.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    digits.fold(0, add)
}
