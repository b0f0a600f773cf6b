//! CSV, in the encodings that worksheet programs save.

use std::borrow::Cow;
use std::ops::ControlFlow;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use super::{RawRow, Sink, bounded, check_column};
use crate::bounds::Bounds;
use crate::error::ReadError;
use crate::guard;
use crate::parse::Raw;

/// UTF-8 with or without a mark, UTF-16 with one, and else GB18030.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    let checked = |(text, failed): (Cow<'_, str>, bool)| {
        if failed { Err(ReadError::Encoding) } else { Ok(text.into_owned().into()) }
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            std::str::from_utf8(rest).map(Cow::Borrowed).map_err(|_| ReadError::Encoding)
        }
        [0xFF, 0xFE, rest @ ..] => checked(UTF_16LE.decode_without_bom_handling(rest)),
        [0xFE, 0xFF, rest @ ..] => checked(UTF_16BE.decode_without_bom_handling(rest)),
        _ if bytes.contains(&0) => Err(ReadError::Format),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(_) => checked(GB18030.decode_without_bom_handling(bytes)),
        },
    }
}

/// Web pages and XML under the name of a worksheet, which some systems export.
fn refuse_markup(text: &str) -> Result<(), ReadError> {
    let start: String = text.trim_start().chars().take(2_000).collect::<String>().to_lowercase();
    if !start.starts_with('<') {
        return Ok(());
    }
    let page = ["<html", "<table", "<!doctype html", "<head", "<body", "<meta", "<style"];
    if page.iter().any(|tag| start.contains(tag)) {
        Err(ReadError::Html)
    } else {
        Err(ReadError::Xml)
    }
}

/// Tabs where the first line has them and no comma: what a sheet saves as "Unicode text".
fn delimiter(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or("");
    if line.contains('\t') && !line.contains(',') { b'\t' } else { b',' }
}

/// Reads CSV row by row. Rows bear the numbers that a worksheet program would give them:
/// blank lines count, line ends inside quotes do not.
pub(super) fn csv(bytes: &[u8], bounds: &Bounds, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let text = decode(bytes)?;
    refuse_markup(&text)?;
    // One kind of line end, and one at the end: then blank lines, which the reader skips,
    // can be counted from its line numbers.
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    text.push('\n');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    sink.merges(Vec::new());
    let (mut next, mut record) = (0_u32, csv::StringRecord::new());
    loop {
        let before = reader.position().line();
        let more = reader.read_record(&mut record);
        if !more.map_err(|_| ReadError::Csv { row: u64::from(next) + 1 })? {
            return Ok(());
        }
        let inner = record.iter().map(|field| field.matches('\n').count() as u64).sum::<u64>();
        let blank = (reader.position().line() - before).saturating_sub(inner + 1);
        let index = next.saturating_add(u32::try_from(blank).unwrap_or(u32::MAX));
        next = index.saturating_add(1);
        let cells = cells(&record, bounds)?;
        if !cells.is_empty() && sink.row(RawRow { index, cells })? == ControlFlow::Break(()) {
            return Ok(());
        }
    }
}

fn cells(record: &csv::StringRecord, bounds: &Bounds) -> Result<Vec<(u32, Raw)>, ReadError> {
    let mut cells = Vec::new();
    for (field, column) in record.iter().zip(0_u32..) {
        if field.trim().is_empty() {
            continue;
        }
        check_column(column, bounds)?;
        cells.push((column, bounded(guard::removed(field).to_owned(), bounds, Raw::Untyped)));
    }
    Ok(cells)
}
