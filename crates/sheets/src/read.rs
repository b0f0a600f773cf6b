//! Sheets as rows of values.

use std::ops::ControlFlow;

use crate::bounds::Bounds;
use crate::error::ReadError;
use crate::finding::{CellError, Fault, Findings, Problem, Severity, shown};
use crate::form::Form;
use crate::header::{Layout, WINDOW_ROWS, locate};
use crate::parse::{Raw, parse};
use crate::source::{self, Merge, RawRow, Sink};
use crate::value::Value;

/// A row of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number as the sheet shows it, from 1.
    pub number: u32,
    /// Its values, one for each column of the form.
    pub values: Vec<Value>,
}

/// A whole sheet, with what is wrong in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Where the sheet has the form's columns.
    pub layout: Layout,
    /// The rows that are not blank.
    pub rows: Vec<Row>,
    /// What is wrong in single cells.
    pub findings: Findings,
}

impl Layout {
    /// A problem of a row as a finding of its cell.
    #[must_use]
    pub fn finding(&self, row: &Row, problem: Problem) -> CellError {
        let position = self.form().position(problem.key);
        let column = position.and_then(|position| self.form().columns.get(position));
        let value = position.and_then(|position| row.values.get(position));
        let value_shown = match (column, value) {
            (Some(column), Some(value)) => shown(column, &value.display()),
            _ => String::new(),
        };
        let Fault { severity, code, message } = problem.fault;
        CellError {
            row: row.number,
            key: problem.key,
            letter: position.and_then(|position| self.letter(position)),
            severity,
            code,
            message,
            value_shown,
        }
    }
}

/// Takes a row with what is wrong in its cells, and says whether to go on.
pub type Each<'a> =
    dyn FnMut(&Layout, Row, Vec<CellError>) -> Result<ControlFlow<()>, ReadError> + 'a;

/// Reads a file row by row, holding no more than one row: `each` takes a row with what is
/// wrong in its cells, and may stop.
///
/// # Errors
/// [`ReadError`], before the first row or after some.
pub fn rows(
    form: &Form,
    bytes: &[u8],
    bounds: &Bounds,
    each: &mut Each<'_>,
) -> Result<Layout, ReadError> {
    let mut reader =
        Rows { form, bounds, each, merges: Vec::new(), top: Vec::new(), layout: None, count: 0 };
    source::walk(form.title, bytes, bounds, &mut reader)?;
    reader.end()
}

/// Reads a whole file.
///
/// # Errors
/// [`ReadError`].
pub fn table(form: &Form, bytes: &[u8], bounds: &Bounds) -> Result<Table, ReadError> {
    let mut findings = Findings::new(bounds.findings_max);
    let mut taken = Vec::new();
    let mut text_bytes = 0_usize;
    let layout = rows(form, bytes, bounds, &mut |_, row, wrong| {
        text_bytes += row.values.iter().map(Value::heap_bytes).sum::<usize>();
        if text_bytes > bounds.text_bytes_max {
            return Err(ReadError::bound("TEXT_BYTES_MAX", bounds.text_bytes_max));
        }
        wrong.into_iter().for_each(|finding| findings.push(finding));
        taken.push(row);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(Table { layout, rows: taken, findings })
}

impl Table {
    /// Whether a row has an error in a single cell. The values tell, as of many findings not
    /// all are kept.
    pub(crate) fn failed(&self, row: &Row) -> bool {
        let invalid = row.values.iter().any(|value| matches!(value, Value::Invalid(_)));
        let required = self.layout.form().columns.iter().zip(&row.values);
        invalid
            || required.into_iter().any(|(column, value)| column.required && *value == Value::Empty)
    }

    /// Whether any row has an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.findings.errors() > 0
    }

    /// The findings of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &CellError> {
        self.findings.list().iter().filter(move |finding| finding.severity == severity)
    }
}

/// Takes raw rows: those at the top until the header is found among them, then the rest.
struct Rows<'a, 'e> {
    form: &'a Form,
    bounds: &'a Bounds,
    each: &'a mut Each<'e>,
    merges: Vec<Merge>,
    top: Vec<RawRow>,
    layout: Option<Layout>,
    count: u32,
}

impl Sink for Rows<'_, '_> {
    fn merges(&mut self, merges: Vec<Merge>) {
        self.merges = merges;
    }

    fn row(&mut self, row: RawRow) -> Result<ControlFlow<()>, ReadError> {
        if self.layout.is_none() {
            if row.index < WINDOW_ROWS {
                self.top.push(row);
                return Ok(ControlFlow::Continue(()));
            }
            if self.locate()? == ControlFlow::Break(()) {
                return Ok(ControlFlow::Break(()));
            }
        }
        self.deliver(row)
    }
}

impl Rows<'_, '_> {
    fn locate(&mut self) -> Result<ControlFlow<()>, ReadError> {
        if self.top.is_empty() {
            return Err(ReadError::HeaderMissing { form: self.form.title });
        }
        self.layout = Some(locate(self.form, &self.top, &self.merges)?);
        for row in std::mem::take(&mut self.top) {
            if self.deliver(row)? == ControlFlow::Break(()) {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn end(mut self) -> Result<Layout, ReadError> {
        // Whether the taker stopped at one of the last rows no longer matters.
        if self.layout.is_none() {
            let _stopped = self.locate()?;
        }
        self.layout.ok_or(ReadError::HeaderMissing { form: self.form.title })
    }

    fn deliver(&mut self, raw: RawRow) -> Result<ControlFlow<()>, ReadError> {
        let Some(layout) = &self.layout else {
            return Err(ReadError::HeaderMissing { form: self.form.title });
        };
        if raw.index < layout.first_row() {
            return Ok(ControlFlow::Continue(()));
        }
        let Some((row, problems)) = understood(layout, raw) else {
            return Ok(ControlFlow::Continue(()));
        };
        self.count += 1;
        if self.count > self.bounds.rows_max {
            return Err(ReadError::bound("ROWS_MAX", self.bounds.rows_max));
        }
        let wrong = problems.into_iter().map(|problem| layout.finding(&row, problem)).collect();
        (self.each)(layout, row, wrong)
    }
}

/// The row's values, and what is wrong with them; nothing if no column of the form has
/// anything in it.
fn understood(layout: &Layout, mut raw: RawRow) -> Option<(Row, Vec<Problem>)> {
    let mut problems = Vec::new();
    let mut blank = true;
    let columns = layout.form().columns.iter().enumerate();
    let values = columns.map(|(position, column)| {
        let cell = layout.sheet_column(position).and_then(|sheet_column| {
            let at = raw.cells.binary_search_by_key(&sheet_column, |(column, _)| *column).ok()?;
            Some(std::mem::replace(&mut raw.cells[at].1, Raw::Empty))
        });
        blank &= cell.is_none();
        let (value, fault) = parse(column, cell.unwrap_or(Raw::Empty));
        problems.extend(fault.map(|fault| fault.at(column.key)));
        value
    });
    let row = Row { number: raw.index.saturating_add(1), values: values.collect() };
    (!blank).then_some((row, problems))
}
