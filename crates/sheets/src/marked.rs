//! A copy of a sheet for its sender: bad cells in red with a comment, and a list of them.

use std::collections::{BTreeMap, HashMap};

use rust_xlsxwriter::Worksheet;

use crate::error::WriteError;
use crate::finding::{CellError, Severity, column_letter};
use crate::read::Table;
use crate::write::{Mark, SheetWriter, base_format, header_format};

/// The name of the second sheet.
pub const LIST_TITLE: &str = "错误清单";

const LIST_COLUMNS: [(&str, u8); 9] = [
    ("序号", 6),
    ("原表行号", 9),
    ("原表列", 8),
    ("本表单元格", 11),
    ("栏目", 24),
    ("填写内容", 24),
    ("性质", 6),
    ("代码", 24),
    ("说明", 60),
];

/// Writes the copy: as it was sent, errors red, warnings yellow, a comment each, and
/// 「错误清单」 beside it. The findings may be more than the table's own.
///
/// # Errors
/// [`WriteError`].
pub fn write_marked(table: &Table, findings: &[CellError]) -> Result<Vec<u8>, WriteError> {
    let form = table.layout.form();
    let mut by_row: HashMap<u32, Vec<&CellError>> = HashMap::new();
    for finding in findings {
        by_row.entry(finding.row).or_default().push(finding);
    }
    let mut writer = SheetWriter::new(form)?;
    let mut copied: HashMap<u32, u32> = HashMap::new();
    for row in &table.rows {
        copied.insert(row.number, writer.next_number());
        let wrong = by_row.get(&row.number).map_or(&[][..], Vec::as_slice);
        let mut marks: BTreeMap<usize, Mark> = BTreeMap::new();
        for finding in wrong {
            let Some(position) = form.position(finding.key) else { continue };
            add_mark(&mut marks, position, finding);
        }
        writer.row_marked(&row.values, &marks)?;
    }
    let sheet = writer.workbook().add_worksheet_with_constant_memory()?;
    sheet.set_name(LIST_TITLE)?;
    write_list(sheet, table, findings, &copied)?;
    writer.finish()
}

fn add_mark(marks: &mut BTreeMap<usize, Mark>, position: usize, finding: &CellError) {
    let line = format!("{}({})", finding.message, finding.code);
    let mark = marks
        .entry(position)
        .or_insert_with(|| Mark { severity: finding.severity, comment: String::new() });
    mark.severity = mark.severity.max(finding.severity);
    if !mark.comment.is_empty() {
        mark.comment.push('\n');
    }
    mark.comment.push_str(&line);
}

fn write_list(
    sheet: &mut Worksheet,
    table: &Table,
    findings: &[CellError],
    copied: &HashMap<u32, u32>,
) -> Result<(), WriteError> {
    let (header, plain) = (header_format(), base_format().set_text_wrap());
    for ((title, width), column) in LIST_COLUMNS.iter().zip(0_u16..) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(0, column, *title, &header)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let form = table.layout.form();
    let mut next = 1_u32;
    for finding in findings {
        let position = form.position(finding.key);
        let title = position.map_or_else(String::new, |at| form.columns[at].title());
        let letter = position.and_then(|at| u32::try_from(at).ok()).map(column_letter);
        let cell = match (letter, copied.get(&finding.row)) {
            (Some(letter), Some(row)) => format!("{letter}{row}"),
            _ => String::new(),
        };
        let severity = match finding.severity {
            Severity::Error => "错误",
            Severity::Warning => "提醒",
        };
        sheet.write_number_with_format(next, 0, next, &plain)?;
        sheet.write_number_with_format(next, 1, finding.row, &plain)?;
        let texts = [
            finding.letter.as_deref().unwrap_or(""),
            &cell,
            &title,
            &finding.value_shown,
            severity,
            finding.code,
            &finding.message,
        ];
        for (text, column) in texts.into_iter().zip(2_u16..) {
            sheet.write_string_with_format(next, column, text, &plain)?;
        }
        next += 1;
    }
    for note in notes(table) {
        sheet.write_string_with_format(next, 8, note, &plain)?;
        next += 1;
    }
    Ok(())
}

/// What concerns the file as a whole.
fn notes(table: &Table) -> Vec<String> {
    let left_off = table.findings.left_off();
    let more = (left_off > 0).then(|| format!("另有 {left_off} 条未列出"));
    table.layout.warning().into_iter().chain(more).collect()
}
