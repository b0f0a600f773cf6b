//! Forms as documents: the cells, rows and endings that the forms here share.

use super::facts::UnitFacts;
use crate::days::spoken;
use crate::error::FormError;
use crate::grid::{Value, figure};
use crate::opinion::Opinion;
use crate::word::{
    Align, Cell, Document, Face, Margins, Merge, Paragraph, Row, Table, Type, mm, points,
};

const HEADING: Type = Type::new(Face::TitleSong, 44);
const LABEL: Type = Type::new(Face::Song, 20);
const VALUE: Type = Type::new(Face::FangSong, 20);
const NOTE: Type = Type::new(Face::Song, 18);
const MARGINS: Margins = Margins { top: mm(18), bottom: mm(16), left: mm(20), right: mm(20) };
/// Twelve columns, 168 mm in all.
pub(super) const COLUMNS: usize = 12;

/// A document of forms; pages are numbered outside.
pub(super) fn document(title: &'static str) -> Document {
    Document::new(title, MARGINS, VALUE, true)
}

/// The title above a form; a later form begins a page.
pub(super) fn title(document: &mut Document, text: &str, new_page: bool) {
    let title = Paragraph::label(text, HEADING).align(Align::Centre);
    document.paragraph(&title.exactly(points(34)).new_page(new_page).with_next());
}

/// A line between title and form.
pub(super) fn line(
    document: &mut Document,
    field: &'static str,
    text: &str,
) -> Result<(), FormError> {
    document.paragraph(&Paragraph::text(field, text, VALUE)?.exactly(points(20)).with_next());
    Ok(())
}

/// A heading over a part.
pub(super) fn part(document: &mut Document, text: &str) {
    let heading = Paragraph::label(text, Type::new(Face::Hei, 24));
    document.paragraph(&heading.exactly(points(28)).with_next());
}

pub(super) fn note(document: &mut Document, text: &str) {
    document.paragraph(&Paragraph::label(text, NOTE).exactly(points(16)));
}

pub(super) fn table() -> Table {
    Table::new(vec![mm(14); COLUMNS])
}

pub(super) fn label(columns: usize, text: &str) -> Cell {
    Cell::new(columns, Paragraph::label(text, LABEL).align(Align::Centre))
}

pub(super) fn value(columns: usize, field: &'static str, text: &str) -> Result<Cell, FormError> {
    Ok(Cell::new(columns, Paragraph::text(field, text, VALUE)?.align(Align::Centre)))
}

/// A longer text, from the upper left; its lines are paragraphs.
pub(super) fn long(columns: usize, field: &'static str, text: &str) -> Result<Cell, FormError> {
    Ok(Cell::new(columns, Paragraph::text(field, text, VALUE)?))
}

/// A label and what stands beside it, over the whole width.
pub(super) fn wide(
    table: &mut Table,
    height_mm: u32,
    name: &'static str,
    text: &str,
) -> Result<(), FormError> {
    let cells = vec![label(2, name), long(COLUMNS - 2, name, text)?];
    table.row(Row::new(mm(height_mm), cells).divided());
    Ok(())
}

/// Several texts beside a label, one paragraph each; empty, room to write.
pub(super) fn listed(
    table: &mut Table,
    height_mm: u32,
    name: &'static str,
    texts: &[String],
) -> Result<(), FormError> {
    let texts: Result<Vec<Paragraph>, FormError> =
        texts.iter().map(|text| Paragraph::text(name, text, VALUE)).collect();
    let paragraphs = match texts? {
        none if none.is_empty() => vec![Paragraph::label("", VALUE)],
        some => some,
    };
    let cells = vec![label(2, name), Cell::of(COLUMNS - 2, paragraphs)];
    table.row(Row::new(mm(height_mm), cells).divided());
    Ok(())
}

/// A value as a document has it.
pub(super) fn said(value: &Value) -> Result<String, FormError> {
    Ok(match value {
        Value::Text(text) | Value::Long(text) => text.clone(),
        Value::Day(day) => day.map_or_else(String::new, spoken),
        Value::Count(None) => String::new(),
        Value::Count(Some(count)) => figure(*count)?.to_string(),
    })
}

/// The 27 columns of a unit: its name over the whole width, its code and its superior, the
/// others three a row.
pub(super) fn unit(table: &mut Table, unit: &UnitFacts) -> Result<(), FormError> {
    let entries = unit.entries();
    let mut next = 0;
    for widths in [&[10][..], &[4, 4]].into_iter().chain([&[2, 2, 2][..]; 8]) {
        let mut cells = Vec::new();
        for (entry, width) in entries[next..].iter().zip(widths) {
            cells.push(label(2, entry.label));
            cells.push(value(*width, entry.label, &said(&entry.value)?)?);
        }
        next += widths.len();
        table.row(Row::new(mm(9), cells));
    }
    Ok(())
}

/// An opinion beside its label: the words above, place for seal and date below.
pub(super) fn opinion(
    table: &mut Table,
    name: &str,
    words: &str,
    opinion: &Opinion,
) -> Result<(), FormError> {
    let beside = COLUMNS - 2;
    // Words and seal stay on one page.
    let words = Paragraph::text("意见", words, VALUE)?.with_next();
    let cells = vec![named(name)?.merge(Merge::First), Cell::new(beside, words).upper()];
    table.row(Row::new(mm(14), cells));
    let seal = format!("（章）          \n{}    ", opinion.day());
    let seal = Paragraph::label(&seal, LABEL).align(Align::Right);
    let cells = vec![label(2, "").merge(Merge::Continued), Cell::new(beside, seal).lower()];
    table.row(Row::new(mm(13), cells));
    Ok(())
}

/// A label that came from outside: the name of a department.
pub(super) fn named(text: &str) -> Result<Cell, FormError> {
    Ok(Cell::new(2, Paragraph::text("意见部门", text, LABEL)?.align(Align::Centre)))
}

/// Headers of a table, repeated on every page.
pub(super) fn headers(table: &mut Table, heads: &[(&str, usize)]) {
    let cells = heads.iter().map(|(text, columns)| label(*columns, text)).collect();
    table.row(Row::new(mm(9), cells).header());
}
