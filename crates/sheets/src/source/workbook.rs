//! Workbooks: xlsx in one pass over its cells, and BIFF `.xls`.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, Xlsx};
use jiff::civil::Date;

use super::biff::{self, Content};
use super::{Merge, RawRow, Sink, bounded, check_column, unpack};
use crate::bounds::Bounds;
use crate::error::ReadError;
use crate::parse::Raw;

/// The sheet that bears the form's title, or else the first.
fn sheet_of(title: &str, names: &[String]) -> Result<String, ReadError> {
    let named = names.iter().find(|name| name.trim() == title);
    named.or(names.first()).cloned().ok_or(ReadError::NoSheet)
}

/// What a library reads; that it fails or panics over a file says that the file is damaged.
fn guarded<T, E>(read: impl FnOnce() -> Result<T, E>) -> Result<T, ReadError> {
    let read = catch_unwind(AssertUnwindSafe(read));
    read.ok().and_then(Result::ok).ok_or(ReadError::Damaged)
}

pub(super) fn xlsx(
    title: &str,
    bytes: &[u8],
    bounds: &Bounds,
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    unpack::check(bytes, bounds)?;
    let mut workbook = guarded(|| Xlsx::new(Cursor::new(bytes)))?;
    let sheet = sheet_of(title, &workbook.sheet_names())?;
    sink.merges(merges(guarded(|| workbook.merge_cells_by_sheet_name(&sheet))?));
    let mut reader = guarded(|| workbook.worksheet_cells_reader(&sheet))?;
    let mut rows = Rows { bounds, sink, row: None };
    while let Some(cell) = guarded(|| reader.next_cell())? {
        let raw = raw(cell.get_value(), bounds);
        if rows.cell(cell.get_position(), raw)? == ControlFlow::Break(()) {
            return Ok(());
        }
    }
    rows.end()
}

pub(super) fn xls(
    title: &str,
    bytes: &[u8],
    bounds: &Bounds,
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    let biff::Sheet { texts, cells, merges } = biff::sheet(title, bytes)?;
    sink.merges(merges);
    let mut rows = Rows { bounds, sink, row: None };
    for (at, content) in cells {
        let raw = match content {
            Content::Number(number) => decimal(number),
            Content::Time(time) => date_cell(time),
            Content::Shared(index) => {
                let text = texts.get(index as usize).ok_or(ReadError::Damaged)?;
                text_cell(text, bounds)
            }
            Content::Text(text) => text_cell(&text, bounds),
            Content::Bool(yes) => Raw::Bool(yes),
            Content::Failed => Raw::Failed(String::from("#")),
        };
        if rows.cell(at, raw)? == ControlFlow::Break(()) {
            return Ok(());
        }
    }
    rows.end()
}

fn merges(regions: impl IntoIterator<Item = Dimensions>) -> Vec<Merge> {
    let merge = |region: Dimensions| Merge {
        top: region.start.0,
        left: region.start.1,
        bottom: region.end.0,
        right: region.end.1,
    };
    regions.into_iter().map(merge).collect()
}

/// Gathers cells into rows.
struct Rows<'a> {
    bounds: &'a Bounds,
    sink: &'a mut dyn Sink,
    row: Option<RawRow>,
}

impl Rows<'_> {
    fn cell(&mut self, at: (u32, u32), raw: Raw) -> Result<ControlFlow<()>, ReadError> {
        if raw == Raw::Empty {
            return Ok(ControlFlow::Continue(()));
        }
        let (index, column) = at;
        check_column(column, self.bounds)?;
        match &mut self.row {
            Some(row) if row.index == index => {
                // A cell that comes twice would be two values of one cell.
                if row.cells.last().is_some_and(|(last, _)| *last >= column) {
                    return Err(ReadError::Damaged);
                }
                row.cells.push((column, raw));
                Ok(ControlFlow::Continue(()))
            }
            Some(row) if row.index > index => Err(ReadError::Damaged),
            row => match row.replace(RawRow { index, cells: vec![(column, raw)] }) {
                Some(whole) => self.sink.row(whole),
                None => Ok(ControlFlow::Continue(())),
            },
        }
    }

    fn end(self) -> Result<(), ReadError> {
        match self.row {
            Some(row) => self.sink.row(row).map(|_| ()),
            None => Ok(()),
        }
    }
}

fn raw(value: &DataRef<'_>, bounds: &Bounds) -> Raw {
    match value {
        DataRef::SharedString(text) => text_cell(text, bounds),
        DataRef::String(text) => text_cell(text, bounds),
        DataRef::Int(number) => Raw::Number(number.to_string()),
        DataRef::Float(number) => decimal(*number),
        DataRef::Bool(yes) => Raw::Bool(*yes),
        DataRef::DateTime(time) => date_cell(*time),
        DataRef::DateTimeIso(text) => iso_cell(text),
        DataRef::DurationIso(text) => Raw::Text(text.clone()),
        DataRef::Error(error) => Raw::Failed(error.to_string()),
        DataRef::Empty => Raw::Empty,
    }
}

fn text_cell(text: &str, bounds: &Bounds) -> Raw {
    if text.trim().is_empty() { Raw::Empty } else { bounded(text.to_owned(), bounds, Raw::Text) }
}

fn iso_cell(text: &str) -> Raw {
    match text.get(..10).and_then(|day| day.parse::<Date>().ok()) {
        Some(day) => Raw::Date(day),
        None => Raw::Text(text.to_owned()),
    }
}

/// Serial numbers that are days: before them worksheets count wrongly, after them they
/// end. A number 20120701 in a cell with a date's format is no serial number.
const SERIAL_DAYS: std::ops::RangeInclusive<u32> = 61..=2_958_465;

fn date_cell(time: ExcelDateTime) -> Raw {
    let number = decimal(time.as_f64());
    let Raw::Number(text) = &number else { return number };
    let days = text.split('.').next().and_then(|days| days.parse::<u32>().ok());
    if !time.is_datetime() || !days.is_some_and(|days| SERIAL_DAYS.contains(&days)) {
        return number;
    }
    let (year, month, day, ..) = time.to_ymd_hms_milli();
    let small = |part: u8| i8::try_from(part).ok();
    let date = || Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok();
    date().map_or(number, Raw::Date)
}

/// A number in plain digits, as a worksheet shows it: fifteen of them count. This is the
/// one place where floating point is met, and where it ends.
fn decimal(number: f64) -> Raw {
    if !number.is_finite() {
        return Raw::Failed(number.to_string());
    }
    let text = format!("{number:.14e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return Raw::Text(text) };
    let Ok(exponent) = exponent.parse::<i32>() else { return Raw::Text(text) };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Raw::Number("0".to_owned());
    }
    let plain = match usize::try_from(exponent) {
        Ok(exponent) if exponent > 30 => return Raw::Text(text),
        Ok(exponent) if digits.len() <= exponent + 1 => {
            format!("{digits}{}", "0".repeat(exponent + 1 - digits.len()))
        }
        Ok(exponent) => format!("{}.{}", &digits[..=exponent], &digits[exponent + 1..]),
        Err(_) if exponent < -30 => return Raw::Number("0".to_owned()),
        Err(_) => format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1)),
    };
    Raw::Number(format!("{sign}{plain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_are_shown() {
        for (number, shown) in [
            (0.0, "0"),
            (3.0, "3"),
            (2.999_999_999_999_999_6, "3"),
            (0.1 + 0.2, "0.3"),
            (0.9, "0.9"),
            (0.05, "0.05"),
            (2012.07, "2012.07"),
            (2012.10, "2012.1"),
            (201_207.0, "201207"),
            (-12.5, "-12.5"),
            (13_800_000_000.0, "13800000000"),
            (110_105_194_912_310_021.0, "110105194912310000"),
            (1e-40, "0"),
        ] {
            assert_eq!(decimal(number), Raw::Number(shown.to_owned()));
        }
        assert!(matches!(decimal(f64::NAN), Raw::Failed(_)));
    }
}
