//! Every limit, by name.

/// What a file may be at most. What exceeds a bound is refused with an error that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of the file as it came.
    pub file_bytes_max: usize,
    /// Bytes of all parts of an xlsx file once unpacked: a small file can hold a huge one.
    pub unpacked_bytes_max: u64,
    /// Rows that hold anything, below the header.
    pub rows_max: u32,
    /// Columns of the sheet.
    pub columns_max: u32,
    /// Characters of one cell. A longer cell is an error of that cell, not of the file.
    pub cell_chars_max: usize,
    /// Bytes of all texts that a [`Table`](crate::Table) holds: one shared text can stand in
    /// a million cells.
    pub text_bytes_max: usize,
    /// Findings that are kept; more are only counted.
    pub findings_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            file_bytes_max: 64 << 20,
            unpacked_bytes_max: 1 << 30,
            rows_max: 200_000,
            columns_max: 256,
            cell_chars_max: 4_000,
            text_bytes_max: 512 << 20,
            findings_max: 10_000,
        }
    }
}
