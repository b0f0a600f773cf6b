//! Files of every kind as rows of raw cells.

mod biff;
mod compound;
mod text;
mod unpack;
mod workbook;

use std::ops::ControlFlow;

use crate::bounds::Bounds;
use crate::error::ReadError;
use crate::parse::Raw;

/// A row of a sheet: its number from nothing, and its cells that are not empty.
pub(crate) struct RawRow {
    pub(crate) index: u32,
    pub(crate) cells: Vec<(u32, Raw)>,
}

/// A merged region: rows and columns from and to, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merge {
    pub(crate) top: u32,
    pub(crate) left: u32,
    pub(crate) bottom: u32,
    pub(crate) right: u32,
}

/// Who takes the rows, in their order.
pub(crate) trait Sink {
    /// The merged regions, before the first row.
    fn merges(&mut self, merges: Vec<Merge>);
    /// A row that is not blank.
    fn row(&mut self, row: RawRow) -> Result<ControlFlow<()>, ReadError>;
}

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// A zip archive: xlsx, whatever its name says.
    Zip,
    /// A compound file: BIFF `.xls`, or an encrypted workbook.
    Compound,
    Text,
}

const COMPOUND_MAGIC: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

fn sniff(bytes: &[u8]) -> Nature {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Nature::Zip;
    }
    if bytes.starts_with(COMPOUND_MAGIC) {
        return Nature::Compound;
    }
    Nature::Text
}

/// Reads a file row by row.
pub(crate) fn walk(
    title: &str,
    bytes: &[u8],
    bounds: &Bounds,
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    if bytes.len() > bounds.file_bytes_max {
        return Err(ReadError::bound("FILE_BYTES_MAX", bounds.file_bytes_max));
    }
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    match sniff(bytes) {
        Nature::Zip => workbook::xlsx(title, bytes, bounds, sink),
        Nature::Compound => workbook::xls(title, bytes, bounds, sink),
        Nature::Text => text::csv(bytes, bounds, sink),
    }
}

/// A text of a cell, unless it is beyond the bound.
fn bounded(text: String, bounds: &Bounds, wrap: fn(String) -> Raw) -> Raw {
    match text.char_indices().nth(bounds.cell_chars_max) {
        None => wrap(text),
        Some(_) => Raw::TooLong(text.chars().take(64).collect()),
    }
}

fn check_column(column: u32, bounds: &Bounds) -> Result<(), ReadError> {
    if column >= bounds.columns_max {
        return Err(ReadError::bound("COLUMNS_MAX", bounds.columns_max));
    }
    Ok(())
}
