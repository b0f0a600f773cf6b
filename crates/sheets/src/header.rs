//! Which column of a sheet is which column of the form: by the text of headers, in any
//! order, over one to four rows, merged or not.

use std::collections::HashMap;

use quanheng_policy::codes::half_width;

use crate::error::ReadError;
use crate::finding::column_letter;
use crate::form::{Column, Form};
use crate::source::{Merge, RawRow};

/// A header stands within so many rows from the top.
pub(crate) const WINDOW_ROWS: u32 = 12;
const DEPTH_MAX: u32 = 4;

/// A column of the sheet that the form does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownColumn {
    /// Its letter in the sheet.
    pub letter: String,
    /// Its header.
    pub header: String,
}

/// Where the sheet has the columns of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    form: Form,
    columns: Vec<Option<u32>>,
    unknown: Vec<UnknownColumn>,
    first_row: u32,
}

impl Layout {
    /// The form.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Columns that were passed over.
    #[must_use]
    pub fn unknown(&self) -> &[UnknownColumn] {
        &self.unknown
    }

    /// The same as a warning for people.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let named = |column: &UnknownColumn| format!("{}列「{}」", column.letter, column.header);
        let named: Vec<String> = self.unknown.iter().map(named).collect();
        (!named.is_empty()).then(|| format!("以下列未识别,未导入:{}", named.join("、")))
    }

    /// The letter that the sheet gives a column of the form.
    #[must_use]
    pub fn letter(&self, position: usize) -> Option<String> {
        self.sheet_column(position).map(column_letter)
    }

    /// Whether the sheet has a column of the form.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.form.position(key).is_some_and(|position| self.sheet_column(position).is_some())
    }

    pub(crate) fn sheet_column(&self, position: usize) -> Option<u32> {
        self.columns.get(position).copied().flatten()
    }

    /// The first row below the header, from nothing.
    pub(crate) fn first_row(&self) -> u32 {
        self.first_row
    }
}

/// A header's text as it is compared: plain width, no blanks, no mark of being required.
fn normal(text: &str) -> String {
    let text: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
    text.trim_matches(['*', ':', '·']).to_lowercase()
}

/// The top rows of a sheet with merged regions filled.
struct Grid {
    texts: HashMap<(u32, u32), String>,
    width: u32,
}

impl Grid {
    fn new(rows: &[RawRow], merges: &[Merge]) -> Self {
        let mut texts = HashMap::new();
        let mut width = 0;
        for row in rows {
            for (column, raw) in &row.cells {
                texts.insert((row.index, *column), normal(&raw.display()));
                width = width.max(column + 1);
            }
        }
        for merge in merges.iter().filter(|merge| merge.top < WINDOW_ROWS) {
            let Some(text) = texts.get(&(merge.top, merge.left)).cloned() else { continue };
            for row in merge.top..=merge.bottom.min(WINDOW_ROWS - 1) {
                for column in merge.left..=merge.right.min(width.saturating_sub(1)) {
                    texts.insert((row, column), text.clone());
                }
            }
        }
        texts.retain(|_, text| !text.is_empty());
        Self { texts, width }
    }

    /// The paths of headers in the rows from `top` to `bottom`. Where a block has lost its
    /// merging, as in CSV, its text goes on to the right over columns with words below.
    fn paths(&self, top: u32, bottom: u32) -> Vec<Vec<String>> {
        let mut filled: Vec<Vec<Option<String>>> = Vec::new();
        for column in 0..self.width {
            let mut path: Vec<Option<String>> = Vec::new();
            for row in top..=bottom {
                let own = self.texts.get(&(row, column)).cloned();
                let below = (row + 1..=bottom).any(|row| self.texts.contains_key(&(row, column)));
                let inherited = || {
                    let left: &Vec<Option<String>> = filled.last()?;
                    let level = path.len();
                    (below && left[..level] == path[..]).then(|| left[level].clone()).flatten()
                };
                let text = own.or_else(inherited);
                path.push(text);
            }
            filled.push(path);
        }
        let merged = |path: Vec<Option<String>>| {
            let mut path: Vec<String> = path.into_iter().flatten().collect();
            path.dedup();
            path
        };
        filled.into_iter().map(merged).collect()
    }
}

/// How well a path of the sheet fits a column of the form; nothing if it does not.
fn fit(column: &Column, path: &[String]) -> Option<usize> {
    let leaf = path.last()?;
    let code = |alias: &str| {
        let rest = leaf.strip_prefix(alias)?;
        let apart = rest.chars().next().is_none_or(|c| !c.is_ascii_alphanumeric());
        (alias.is_ascii() && apart).then_some(())
    };
    for alias in column.aliases {
        let alias = normal(alias);
        if *leaf == alias || code(&alias).is_some() {
            return Some(100);
        }
    }
    let own: Vec<String> = column.header.iter().map(|text| normal(text)).collect();
    if own.last() != Some(leaf) {
        return None;
    }
    if own == path {
        return Some(100);
    }
    let (short, long) = if own.len() <= path.len() { (&own[..], path) } else { (path, &own[..]) };
    let mut rest = long.iter();
    let within = short.iter().all(|text| rest.any(|other| other == text));
    within.then_some(short.len())
}

/// The columns of the form that the sheet's columns are; none where it is not certain.
fn matches(form: &Form, paths: &[Vec<String>]) -> Vec<Option<usize>> {
    let best = |path: &Vec<String>| {
        let fits = form.columns.iter().enumerate();
        let fits: Vec<(usize, usize)> =
            fits.filter_map(|(position, column)| Some((fit(column, path)?, position))).collect();
        let (score, position) = *fits.iter().max_by_key(|(score, _)| *score)?;
        let alone = fits.iter().filter(|(other, _)| *other == score).count() == 1;
        alone.then_some(position)
    };
    paths.iter().map(best).collect()
}

/// Finds the header in the top rows.
pub(crate) fn locate(form: &Form, rows: &[RawRow], merges: &[Merge]) -> Result<Layout, ReadError> {
    let grid = Grid::new(rows, merges);
    let mut best: Option<(usize, u32, u32)> = None;
    for bottom in 0..WINDOW_ROWS {
        for top in (bottom.saturating_sub(DEPTH_MAX - 1)..=bottom).rev() {
            let found = matches(form, &grid.paths(top, bottom)).iter().flatten().count();
            if found > best.map_or(0, |(most, ..)| most) {
                best = Some((found, top, bottom));
            }
        }
    }
    let missing = ReadError::HeaderMissing { form: form.title };
    let (found, top, bottom) = best.ok_or(missing.clone())?;
    // One word alone may stand anywhere; a form of one column is another matter.
    if found < form.columns.len().min(2) {
        return Err(missing);
    }
    layout(form, &grid.paths(top, bottom), below(merges, bottom))
}

/// The first row below the header: merged header cells may reach further down.
fn below(merges: &[Merge], bottom: u32) -> u32 {
    let reaching = |merge: &&Merge| merge.top <= bottom && merge.bottom > bottom;
    let lowest = merges.iter().filter(reaching).map(|merge| merge.bottom).max();
    lowest.unwrap_or(bottom).min(WINDOW_ROWS) + 1
}

fn layout(form: &Form, paths: &[Vec<String>], first_row: u32) -> Result<Layout, ReadError> {
    let mut columns: Vec<Option<u32>> = vec![None; form.columns.len()];
    let mut unknown = Vec::new();
    for ((path, found), index) in paths.iter().zip(matches(form, paths)).zip(0_u32..) {
        let Some(position) = found else {
            if !path.is_empty() {
                let header = path.join("·").chars().take(40).collect();
                unknown.push(UnknownColumn { letter: column_letter(index), header });
            }
            continue;
        };
        if let Some(first) = columns[position].replace(index) {
            return Err(ReadError::ColumnTwice {
                column: form.columns[position].title(),
                letters: format!("{}、{}", column_letter(first), column_letter(index)),
            });
        }
    }
    let required = form.columns.iter().zip(&columns).filter(|(column, _)| column.required);
    let lacking: Vec<String> =
        required.filter(|(_, at)| at.is_none()).map(|(column, _)| column.title()).collect();
    if !lacking.is_empty() {
        return Err(ReadError::ColumnsMissing { columns: lacking });
    }
    Ok(Layout { form: *form, columns, unknown, first_row })
}
