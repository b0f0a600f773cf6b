//! What is wrong with a file, as it is told: a bounded list, and a copy of the sheet.

use quanheng_api::quanheng::common::v1 as common;
use quanheng_eventlog::Log;
use quanheng_runtime::Failure;
use quanheng_sheets::{
    CellError, Findings, ReadError, Row, Severity, Table, Value, WriteError, shown, write_marked,
};

use super::plan::{Input, Stored};

/// Findings that an operation tells; more are counted.
pub(super) const SHEET_ERRORS_MAX: usize = 1_000;
/// A copy beyond the log's bound of a blob is not kept.
const COPY_BYTES_MAX: usize = quanheng_eventlog::BLOB_BYTES_MAX;

/// What is wrong or doubtful with a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Report {
    /// At most [`SHEET_ERRORS_MAX`], errors before warnings where not all are told, in the
    /// order of the rows.
    pub(super) errors: Vec<common::SheetError>,
    /// How much there is in all.
    pub(super) total: u64,
    /// Whether anything keeps the file out.
    pub(super) refused: bool,
}

impl Report {
    /// Of a file that cannot be read at all.
    pub(super) fn unreadable(error: &ReadError) -> Self {
        let told = common::SheetError {
            reason: error.code().to_owned(),
            message: error.to_string(),
            ..common::SheetError::default()
        };
        Self { errors: vec![told], total: 1, refused: true }
    }

    /// Of findings; `left_off` more were only counted, and `errors` of all are errors.
    pub(super) fn of(findings: &[CellError], left_off: u64, errors: u64) -> Self {
        let mut told: Vec<&CellError> = findings.iter().collect();
        told.sort_by_key(|finding| (finding.severity == Severity::Warning, finding.row));
        told.truncate(SHEET_ERRORS_MAX);
        told.sort_by_key(|finding| finding.row);
        Self {
            errors: told.into_iter().map(message).collect(),
            total: findings.len() as u64 + left_off,
            refused: errors > 0,
        }
    }

    pub(super) fn json(&self) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(&self.errors).map_err(Failure::internal)
    }
}

fn message(finding: &CellError) -> common::SheetError {
    common::SheetError {
        row: finding.row,
        column: finding.key.to_owned(),
        letter: finding.letter.clone().unwrap_or_default(),
        reason: finding.code.to_owned(),
        message: finding.message.clone(),
        warning: finding.severity == Severity::Warning,
    }
}

/// What an operation found in its file.
///
/// # Errors
/// [`Failure`] when it cannot be read.
pub(crate) async fn sheet_errors_of(
    log: &Log,
    input: &Input,
) -> Result<Vec<common::SheetError>, Failure> {
    let Some(report) = &input.report else { return Ok(Vec::new()) };
    serde_json::from_slice(&report.read(log).await?).map_err(Failure::internal)
}

/// The copy of a sheet with its errors marked. What is personal is masked in it: the copy
/// is stored for good, and the persons of a refused file have no key that could be erased.
/// Row numbers and cells are those of the file that was sent.
///
/// # Errors
/// [`Failure`] when it cannot be written.
pub(super) fn marked_copy(
    table: &Table,
    findings: &[CellError],
) -> Result<Option<Vec<u8>>, Failure> {
    match write_marked(&masked(table), findings) {
        Ok(copy) => Ok(Some(copy).filter(|copy| copy.len() <= COPY_BYTES_MAX)),
        // A cell that no sheet can hold is told of in the list.
        Err(WriteError::TooLong { .. } | WriteError::TooManyRows) => Ok(None),
        Err(error) => Err(Failure::internal(error)),
    }
}

fn masked(table: &Table) -> Table {
    let columns = table.layout.form().columns;
    let mask = |row: &Row| Row {
        number: row.number,
        values: columns
            .iter()
            .zip(&row.values)
            .map(|(column, value)| match (column.personal, value) {
                (false, value) => value.clone(),
                (true, Value::Empty) => Value::Empty,
                (true, value) => Value::text(&shown(column, &value.display())),
            })
            .collect(),
    };
    Table {
        layout: table.layout.clone(),
        rows: table.rows.iter().map(mask).collect(),
        findings: Findings::new(0),
    }
}

/// The name of the copy of a file: `名册.xlsx` becomes `名册-错误标注.xlsx`.
pub(super) fn copy_name(file_name: &str) -> String {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let stem = if stem.is_empty() { "导入" } else { stem };
    format!("{stem}-错误标注.xlsx")
}

/// What is stored of a report.
pub(super) fn stored(content: Option<&Vec<u8>>) -> Option<Stored> {
    content.map(|content| Stored::of(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(row: u32, severity: Severity) -> CellError {
        CellError {
            row,
            key: "name",
            letter: Some("C".into()),
            severity,
            code: "X",
            message: "甲".into(),
            value_shown: String::new(),
        }
    }

    #[test]
    fn errors_are_told_before_warnings() {
        let warnings = (1..=1_500).map(|row| finding(row, Severity::Warning));
        let errors = (2_000..2_010).map(|row| finding(row, Severity::Error));
        let findings: Vec<_> = warnings.chain(errors).collect();
        let report = Report::of(&findings, 5, 10);
        assert_eq!((report.errors.len(), report.total, report.refused), (1_000, 1_515, true));
        assert_eq!(report.errors.iter().filter(|error| !error.warning).count(), 10);
        assert!(report.errors.is_sorted_by_key(|error| error.row));
        assert!(!Report::of(&findings[..3], 0, 0).refused);
    }

    #[test]
    fn a_copy_says_nothing_of_persons() {
        use quanheng_sheets::{Bounds, persons, sample, xlsx};
        let division = quanheng_policy::codes::DivisionCode::parse("530102").expect("a code");
        let person = sample::person(7, &division);
        let values = person.values();
        let file = xlsx(&persons::FORM, [values.as_slice()]).expect("a sheet");
        let import = persons::read(&file, &Bounds::default(), sample::general_rank);
        let table = import.expect("a roster").table;
        let says = |text: &str| {
            let copy = marked_copy(&table, &[]).expect("a copy").expect("a small one");
            let bounds = Bounds::default();
            let read = quanheng_sheets::table(&persons::FORM, &copy, &bounds).expect("a roster");
            let cells = read.rows[0].values.iter().map(Value::display);
            cells.into_iter().any(|cell| cell == text)
        };
        for secret in [person.identity.number.reveal(), person.identity.name.as_str()] {
            assert!(!says(secret), "the copy is masked");
        }
        assert!(says("sample-7"), "what is not personal stays");
    }

    #[test]
    fn copies_are_named_after_their_file() {
        for (file, copy) in [
            ("名册.xlsx", "名册-错误标注.xlsx"),
            ("a.b.csv", "a.b-错误标注.xlsx"),
            ("名册", "名册-错误标注.xlsx"),
            ("", "导入-错误标注.xlsx"),
        ] {
            assert_eq!(copy_name(file), copy);
        }
    }
}
