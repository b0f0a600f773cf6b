//! Files opened again: parts, cells, merges, texts.

use std::io::{Cursor, Read as _};

use calamine::{Data, Range, Reader as _, Xlsx};
use quick_xml::Reader;
use quick_xml::events::Event;

/// A part of an archive.
pub(crate) fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// A worksheet, and its own XML.
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) cells: Range<Data>,
    pub(crate) xml: String,
}

/// The sheets of a workbook.
pub(crate) fn sheets(bytes: &[u8]) -> Vec<Opened> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let names = book.sheet_names();
    let opened = names.into_iter().zip(1..).map(|(name, number)| Opened {
        cells: book.worksheet_range(&name).unwrap(),
        xml: part(bytes, &format!("xl/worksheets/sheet{number}.xml")),
        name,
    });
    opened.collect()
}

/// The only sheet of a workbook.
pub(crate) fn sheet(bytes: &[u8]) -> Opened {
    let mut sheets = sheets(bytes);
    assert_eq!(sheets.len(), 1);
    sheets.remove(0)
}

impl Opened {
    /// What a cell shows: `B3`.
    pub(crate) fn at(&self, reference: &str) -> String {
        let (row, column) = place(reference);
        match self.cells.get_value((row, column)) {
            None | Some(Data::Empty) => String::new(),
            Some(value) => value.to_string(),
        }
    }

    pub(crate) fn is_text(&self, reference: &str) -> bool {
        matches!(self.cells.get_value(place(reference)), Some(Data::String(_)))
    }

    pub(crate) fn merged(&self, area: &str) -> bool {
        self.xml.contains(&format!("<mergeCell ref=\"{area}\"/>"))
    }

    /// Where a text stands.
    pub(crate) fn find(&self, text: &str) -> Vec<(u32, u32)> {
        let (top, left) = self.cells.start().unwrap();
        let place = |(row, column): (usize, usize)| {
            (top + u32::try_from(row).unwrap(), left + u32::try_from(column).unwrap())
        };
        let used = self.cells.used_cells();
        let found =
            used.filter(|(_, _, value)| matches!(value, Data::String(found) if found == text));
        found.map(|(row, column, _)| place((row, column))).collect()
    }
}

fn place(reference: &str) -> (u32, u32) {
    let digits = reference.find(|c: char| c.is_ascii_digit()).unwrap();
    let (letters, row) = reference.split_at(digits);
    let column = letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter - b'@'));
    (row.parse::<u32>().unwrap() - 1, column - 1)
}

/// The paragraphs of a document, tables' and others', in their order. Parsed as XML, so a
/// document that is none fails here.
pub(crate) fn paragraphs(bytes: &[u8]) -> Vec<String> {
    let xml = part(bytes, "word/document.xml");
    let mut reader = Reader::from_str(&xml);
    let mut paragraphs = Vec::new();
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                depth += 1;
                if element.name().as_ref() == "w:p" {
                    paragraphs.push(String::new());
                }
            }
            Event::End(_) => depth -= 1,
            Event::Empty(element) if element.name().as_ref() == "w:br" => {
                paragraphs.last_mut().unwrap().push('\n');
            }
            Event::Text(text) if depth > 1 => {
                paragraphs.last_mut().unwrap().push_str(&text);
            }
            Event::GeneralRef(reference) => {
                let c = reference.resolve_char_ref().unwrap();
                let c = c.map_or_else(
                    || quick_xml::escape::resolve_xml_entity(&reference).unwrap().to_owned(),
                    String::from,
                );
                paragraphs.last_mut().unwrap().push_str(&c);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    paragraphs
}

/// The rows of a document's tables as lists of columns spanned; every row must fill its table.
pub(crate) fn spans(bytes: &[u8]) -> Vec<Vec<usize>> {
    let xml = part(bytes, "word/document.xml");
    let rows = xml.split("<w:tr>").skip(1).map(|row| row.split("</w:tr>").next().unwrap());
    let span = |cell: &str| match cell.split_once("<w:gridSpan w:val=\"") {
        Some((_, rest)) => rest.split('"').next().unwrap().parse().unwrap(),
        None => 1,
    };
    rows.map(|row| row.split("<w:tc>").skip(1).map(span).collect()).collect()
}
