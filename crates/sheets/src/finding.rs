//! What is wrong with single cells.

use crate::form::Column;

/// Whether a finding keeps its row out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// 提醒: the row is taken, somebody should look.
    Warning,
    /// 错误: the row is not taken.
    Error,
}

/// Something wrong in a cell, before it is known where the sheet has that cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key of the column.
    pub key: &'static str,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whether it keeps the row out.
    pub severity: Severity,
    /// A stable code.
    pub code: &'static str,
    /// For people. Never repeats a personal value.
    pub message: String,
}

impl Fault {
    /// A fault that keeps the row out.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into() }
    }

    /// A fault that somebody should look at.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code, message: message.into() }
    }

    /// The fault in the column of a key.
    #[must_use]
    pub fn at(self, key: &'static str) -> Problem {
        Problem { key, fault: self }
    }
}

/// What is wrong in one cell of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// The row as the sheet numbers it, from 1.
    pub row: u32,
    /// The key of the column.
    pub key: &'static str,
    /// The column as the sheet letters it; none if the sheet has no such column.
    pub letter: Option<String>,
    /// Whether it keeps the row out.
    pub severity: Severity,
    /// A stable code.
    pub code: &'static str,
    /// For people. Never repeats a personal value.
    pub message: String,
    /// What the cell says; masked where it is personal.
    pub value_shown: String,
}

/// Findings up to a bound; more are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    list: Vec<CellError>,
    max: usize,
    left_off: u64,
    errors: u64,
}

impl Findings {
    /// None yet, and at most so many.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { list: Vec::new(), max, left_off: 0, errors: 0 }
    }

    /// Keeps one, or counts it.
    pub fn push(&mut self, finding: CellError) {
        self.errors += u64::from(finding.severity == Severity::Error);
        if self.list.len() < self.max {
            self.list.push(finding);
        } else {
            self.left_off += 1;
        }
    }

    /// Those that were kept.
    #[must_use]
    pub fn list(&self) -> &[CellError] {
        &self.list
    }

    /// How many were only counted.
    #[must_use]
    pub fn left_off(&self) -> u64 {
        self.left_off
    }

    /// How many errors there are, kept or counted.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// In the order of the sheet.
    pub(crate) fn sort(&mut self) {
        self.list.sort_by_key(|finding| finding.row);
    }
}

const SHOWN_CHARS_MAX: usize = 64;

/// A value as a finding may show it: personal ones masked, long ones cut.
#[must_use]
pub fn shown(column: &Column, text: &str) -> String {
    if column.personal {
        return masked(text);
    }
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// A personal text with its middle hidden: of 18 characters the first six and the last
/// four stay, of 11 three and four, of a name the first.
fn masked(text: &str) -> String {
    let chars: Vec<char> = text.chars().take(SHOWN_CHARS_MAX).collect();
    let (head, tail) = match chars.len() {
        0 | 1 => (0, 0),
        2..=7 => (1, 0),
        8..=14 => (3, 4),
        _ => (6, 4),
    };
    let (head, tail) = if head + tail >= chars.len() { (1, 0) } else { (head, tail) };
    let hidden = |(index, c): (usize, &char)| {
        if index < head || index >= chars.len() - tail { *c } else { '*' }
    };
    chars.iter().enumerate().map(hidden).collect()
}

/// The letters of a column, counted from nothing: `A`, `Z`, `AA`.
#[must_use]
pub fn column_letter(index: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = index;
    loop {
        letters.push(b'A' + u8::try_from(rest % 26).unwrap_or(0));
        match (rest / 26).checked_sub(1) {
            Some(next) => rest = next,
            None => break,
        }
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        for (index, letters) in
            [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (702, "AAA")]
        {
            assert_eq!(column_letter(index), letters);
        }
    }

    #[test]
    fn personal_texts_are_masked() {
        for (text, shown) in [
            ("11010519491231002X", "110105********002X"),
            ("13800000000", "138****0000"),
            ("贾样例", "贾**"),
            ("贾", "*"),
            ("", ""),
            ("1990-01-15", "199***1-15"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }
}
