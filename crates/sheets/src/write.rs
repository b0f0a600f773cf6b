//! Worksheets written: row by row, in bounded memory.
//!
//! Rows that are written go to an unnamed temporary file of the operating system until the
//! workbook is finished, so that a hundred thousand of them need no gigabytes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, Format, FormatAlign, FormatBorder, Formula,
    Note, Workbook, Worksheet,
};

use crate::error::WriteError;
use crate::finding::{Severity, column_letter};
use crate::form::{Column, Form, Kind};
use crate::value::Value;

pub(crate) const FONT: &str = "宋体";
const FONT_SIZE: u32 = 11;
const CELL_CHARS_MAX: usize = 32_767;
const SHEET_ROWS_MAX: u32 = 1_048_576;
/// Rows below the header for which lists are offered.
const LIST_ROWS: u32 = 200_000;
/// Longer lists do not fit a cell's rule; they stand on a hidden sheet.
const LIST_CHARS_MAX: usize = 255;
const LISTS_SHEET: &str = "选项";

pub(crate) fn base_format() -> Format {
    Format::new().set_font_name(FONT).set_font_size(FONT_SIZE).set_border(FormatBorder::Thin)
}

pub(crate) fn header_format() -> Format {
    base_format()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_background_color(Color::RGB(0x00DD_EBF7))
}

fn kind_format(kind: Kind) -> Format {
    let format = base_format();
    match kind {
        Kind::Date => format.set_num_format("yyyy-mm-dd"),
        Kind::Month => format.set_num_format("yyyy.mm"),
        Kind::Count | Kind::Year => format.set_num_format("0"),
        // Text, or typing a long number would lose its last digits.
        _ => format.set_num_format("@"),
    }
}

fn mark(format: &Format, severity: Severity) -> Format {
    let (fill, font) = match severity {
        Severity::Error => (0x00FF_C7CE, 0x009C_0006),
        Severity::Warning => (0x00FF_EB9C, 0x007F_6000),
    };
    format.clone().set_background_color(Color::RGB(fill)).set_font_color(Color::RGB(font))
}

/// A cell's comment, and how bad it is.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) severity: Severity,
    pub(crate) comment: String,
}

/// Writes a sheet of a form.
///
/// ```
/// use quanheng_sheets::{Bounds, SheetWriter, Value, table, units};
/// let mut writer = SheetWriter::new(&units::FORM)?;
/// let mut row = vec![Value::Empty; units::FORM.columns.len()];
/// row[0] = Value::text("样例县示例局");
/// writer.row(&row)?;
/// let read = table(&units::FORM, &writer.finish()?, &Bounds::default())?;
/// assert_eq!(read.rows[0].values, row);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SheetWriter<'f> {
    form: &'f Form,
    workbook: Workbook,
    formats: Vec<Format>,
    next_row: u32,
}

impl<'f> SheetWriter<'f> {
    /// A sheet with its header: merged, frozen, with widths and lists. As it is, an empty
    /// template.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn new(form: &'f Form) -> Result<Self, WriteError> {
        let mut workbook = Workbook::new();
        let formats: Vec<Format> =
            form.columns.iter().map(|column| kind_format(column.kind)).collect();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(form.title)?;
        for ((column, format), index) in form.columns.iter().zip(&formats).zip(0_u16..) {
            sheet.set_column_width(index, column.width)?;
            sheet.set_column_format(index, format)?;
        }
        write_header(sheet, form)?;
        sheet.set_freeze_panes(form.header_rows(), frozen_columns(form))?;
        let long = add_lists(sheet, form)?;
        if !long.is_empty() {
            add_lists_sheet(&mut workbook, &long)?;
        }
        Ok(Self { form, workbook, formats, next_row: form.header_rows() })
    }

    /// Writes a row: a value for each column of the form.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn row(&mut self, values: &[Value]) -> Result<(), WriteError> {
        self.row_marked(values, &BTreeMap::new())
    }

    pub(crate) fn row_marked(
        &mut self,
        values: &[Value],
        marks: &BTreeMap<usize, Mark>,
    ) -> Result<(), WriteError> {
        let columns = self.form.columns.len();
        if values.len() != columns {
            return Err(WriteError::Width { values: values.len(), columns });
        }
        if self.next_row >= SHEET_ROWS_MAX {
            return Err(WriteError::TooManyRows);
        }
        let row = self.next_row;
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (position, index) in (0..columns).zip(0_u16..) {
            let (value, plain) = (&values[position], &self.formats[position]);
            let Some(found) = marks.get(&position) else {
                write_value(sheet, (row, index), value, plain)?;
                continue;
            };
            write_value(sheet, (row, index), value, &mark(plain, found.severity))?;
            let note = Note::new(found.comment.as_str()).add_author_prefix(false);
            sheet.insert_note(row, index, &note.set_font_name(FONT))?;
        }
        self.next_row += 1;
        Ok(())
    }

    /// The number that the sheet shows for the next row.
    pub(crate) fn next_number(&self) -> u32 {
        self.next_row + 1
    }

    pub(crate) fn workbook(&mut self) -> &mut Workbook {
        &mut self.workbook
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        Ok(self.workbook.save_to_buffer()?)
    }
}

/// Writes a whole sheet.
///
/// # Errors
/// [`WriteError`].
pub fn xlsx<'v>(
    form: &Form,
    rows: impl IntoIterator<Item = &'v [Value]>,
) -> Result<Vec<u8>, WriteError> {
    let mut writer = SheetWriter::new(form)?;
    rows.into_iter().try_for_each(|row| writer.row(row))?;
    writer.finish()
}

fn write_header(sheet: &mut Worksheet, form: &Form) -> Result<(), WriteError> {
    let format = header_format();
    for cell in form.header_cells() {
        if (cell.rows, cell.columns) == (1, 1) {
            sheet.write_string_with_format(cell.row, cell.column, cell.text, &format)?;
            continue;
        }
        let (bottom, right) = (cell.row + cell.rows - 1, cell.column + cell.columns - 1);
        sheet.merge_range(cell.row, cell.column, bottom, right, cell.text, &format)?;
    }
    Ok(())
}

/// Columns that stay in sight: up to the first that must be filled, at most four.
fn frozen_columns(form: &Form) -> u16 {
    let named = form.columns.iter().take(4).rposition(|column| column.required);
    named.and_then(|position| u16::try_from(position + 1).ok()).unwrap_or(0)
}

/// A list too long for a cell's rule, in its column of the hidden sheet.
type LongList = (u16, &'static [&'static str]);

fn add_lists(sheet: &mut Worksheet, form: &Form) -> Result<Vec<LongList>, WriteError> {
    let mut long: Vec<LongList> = Vec::new();
    for (column, index) in form.columns.iter().zip(0_u16..) {
        let Some((options, strict)) = column.list() else { continue };
        let rule = DataValidation::new();
        let chars = options.iter().map(|option| option.chars().count() + 1).sum::<usize>();
        let rule = if chars <= LIST_CHARS_MAX {
            rule.allow_list_strings(options)?
        } else {
            let at = u16::try_from(long.len()).unwrap_or(u16::MAX);
            long.push((at, options));
            let letter = column_letter(u32::from(at));
            let reference = format!("={LISTS_SHEET}!${letter}$1:${letter}${}", options.len());
            rule.allow_list_formula(Formula::new(reference))
        };
        let (style, message) = advice(column, strict);
        let rule = rule
            .set_error_style(style)
            .set_error_title(column.header.last().copied().unwrap_or(""))?;
        let first = form.header_rows();
        sheet.add_data_validation(
            first,
            index,
            first + LIST_ROWS - 1,
            index,
            &rule.set_error_message(message)?,
        )?;
    }
    Ok(long)
}

fn advice(column: &Column, strict: bool) -> (DataValidationErrorStyle, &'static str) {
    match (strict, column.synonyms.is_empty()) {
        (true, true) => (DataValidationErrorStyle::Stop, "请从下拉列表中选择"),
        _ => (DataValidationErrorStyle::Information, "不在下拉列表中,请确认"),
    }
}

fn add_lists_sheet(workbook: &mut Workbook, lists: &[LongList]) -> Result<(), WriteError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(LISTS_SHEET)?.set_hidden(true);
    for (column, options) in lists {
        for (option, row) in options.iter().zip(0_u32..) {
            sheet.write_string(row, *column, *option)?;
        }
    }
    Ok(())
}

/// The first day that worksheets number as the calendar does.
const SERIAL_FROM: Date = Date::constant(1900, 3, 1);

fn serial(day: Date) -> Option<i32> {
    let days = day.since(Date::constant(1899, 12, 30)).ok()?.get_days();
    (day >= SERIAL_FROM).then_some(days)
}

pub(crate) fn write_value(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &Value,
    format: &Format,
) -> Result<(), WriteError> {
    let day = match value {
        Value::Date(day) => Some(*day),
        Value::Month(month) => Some(month.first_day()),
        _ => None,
    };
    if let Some(days) = day.and_then(serial) {
        sheet.write_number_with_format(row, column, days, format)?;
        return Ok(());
    }
    match value {
        Value::Empty => sheet.write_blank(row, column, format)?,
        Value::Number(number) => sheet.write_number_with_format(row, column, *number, format)?,
        value => {
            let text = value.display();
            let chars = text.encode_utf16().count();
            if chars > CELL_CHARS_MAX {
                return Err(WriteError::TooLong { chars });
            }
            sheet.write_string_with_format(row, column, text, format)?
        }
    };
    Ok(())
}
