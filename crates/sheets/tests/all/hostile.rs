//! Files that were cut, flipped or made to hurt: refused or read, never a panic.

use std::io::Write as _;

use proptest::prelude::*;
use quanheng_sheets::{Bounds, table, units};

use crate::world::KINDS;

/// A workbook's parts, as small as readers take them, around a sheet's XML.
fn crafted(sheet: &[u8]) -> Vec<u8> {
    crafted_with(sheet, &[])
}

fn crafted_with(sheet: &[u8], more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let parts: [(&str, String); 3] = [
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/s.xml\"/></Relationships>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
    ];
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in parts {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    for (name, content) in more.iter().chain(&[("xl/worksheets/s.xml", sheet)]) {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sheet_xml(rows: &str) -> Vec<u8> {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>").into_bytes()
}

fn text_cell(at: &str, text: &str) -> String {
    format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn row(number: u32, cells: &[String]) -> String {
    format!("<row r=\"{number}\">{}</row>", cells.concat())
}

#[test]
fn crafted_sheets_are_read_or_refused() {
    let header = row(1, &[text_cell("A1", "名称"), text_cell("B1", "数量")]);
    let good = row(2, &[text_cell("A2", "某")]);
    let cases: &[(&str, String, Result<usize, &str>)] = &[
        ("plain", format!("{header}{good}"), Ok(1)),
        (
            "rows that go back",
            format!("{}{header}{good}", row(9, &[text_cell("A9", "某")])),
            Err("FILE_DAMAGED"),
        ),
        (
            "a cell twice",
            format!("{header}{}", row(2, &[text_cell("A2", "某"), text_cell("A2", "某")])),
            Err("FILE_DAMAGED"),
        ),
        (
            "far columns",
            format!("{header}{}", row(2, &[text_cell("XFD2", "某")])),
            Err("COLUMNS_MAX"),
        ),
        ("far rows", format!("{header}{}", row(1_048_576, &[text_cell("A1048576", "某")])), Ok(1)),
        (
            "a date beyond all days",
            format!(
                "{header}{}",
                row(2, &[text_cell("A2", "某"), "<c r=\"B2\"><v>1e300</v></c>".to_owned()])
            ),
            Ok(1),
        ),
    ];
    for (what, rows, expected) in cases {
        let read = table(&KINDS, &crafted(&sheet_xml(rows)), &Bounds::default());
        let read = read.map(|table| table.rows.len()).map_err(|refused| refused.code());
        assert_eq!(read, *expected, "{what}");
    }
}

#[test]
fn a_small_file_that_unpacks_to_a_huge_one_is_refused() {
    let mut sheet = b"<worksheet><sheetData>".to_vec();
    sheet.resize(32 << 20, b' ');
    let bytes = crafted(&sheet);
    assert!(bytes.len() < 1 << 20);
    let bounds = Bounds { unpacked_bytes_max: 16 << 20, ..Bounds::default() };
    assert_eq!(table(&KINDS, &bytes, &bounds).unwrap_err().code(), "UNPACKED_BYTES_MAX");
}

#[test]
fn a_workbook_without_sheets_is_refused() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("xl/workbook.xml", "<workbook><sheets></sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", "<Relationships></Relationships>"),
        (
            "_rels/.rels",
            "<Relationships><Relationship Id=\"r1\" \
             Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
             Target=\"xl/workbook.xml\"/></Relationships>",
        ),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let refused = table(&KINDS, &bytes, &Bounds::default()).unwrap_err();
    assert_eq!(refused.code(), "SHEET_MISSING");
}

/// Readers make room at once for as many texts as are announced.
#[test]
fn announcements_are_not_believed() {
    let sheet = sheet_xml(&row(1, &[text_cell("A1", "名称"), text_cell("B1", "数量")]));
    let read = |count: &str, before: usize| {
        let blanks = " ".repeat(before);
        let texts = format!("<?xml version=\"1.0\"?>{blanks}<sst uniqueCount{count}></sst>");
        let bytes = crafted_with(&sheet, &[("xl/sharedStrings.xml", texts.as_bytes())]);
        table(&KINDS, &bytes, &Bounds::default()).map(|_| ()).map_err(|refused| refused.code())
    };
    // Wherever the pieces in which it is unpacked end.
    for before in (8_100..8_250).chain([0]) {
        assert_eq!(read("=\"9999999999999\"", before), Err("FILE_DAMAGED"), "{before}");
    }
    assert_eq!(read(&format!("={}\"9999999999999\"", " ".repeat(99)), 0), Err("FILE_DAMAGED"));
    assert_eq!(read("=\"0\"", 0), Ok(()));
}

/// An `.xls` whose header says that a sheet is as large as the memory, and more: the
/// numbers of its dimensions are overwritten.
#[test]
fn declared_sizes_are_not_believed() {
    let mut bytes = include_bytes!("data/units.xls").to_vec();
    let dimensions = [0x00, 0x02, 0x0E, 0x00];
    let at = bytes.windows(4).position(|window| window == dimensions).unwrap() + 4;
    bytes[at..at + 8].copy_from_slice(&[0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F]);
    bytes[at + 8..at + 12].copy_from_slice(&[0, 0, 0xFF, 0xFF]);
    assert_eq!(table(&units::FORM, &bytes, &Bounds::default()).unwrap().rows.len(), 2);
}

/// A chain of sectors that bites its tail.
#[test]
fn chains_without_end_are_refused() {
    let bytes = include_bytes!("data/units.xls");
    let table_at = |bytes: &[u8]| {
        let id = u32::from_le_bytes(bytes[76..80].try_into().unwrap());
        (id as usize + 1) * 512
    };
    let directory = u32::from_le_bytes(bytes[48..52].try_into().unwrap());
    for id in [directory, 0] {
        let mut bytes = bytes.to_vec();
        let at = table_at(&bytes) + id as usize * 4;
        bytes[at..at + 4].copy_from_slice(&id.to_le_bytes());
        assert_eq!(
            table(&units::FORM, &bytes, &Bounds::default()).unwrap_err().code(),
            "FILE_DAMAGED"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read_or_refused(text in "[名称数量,\"\n\r\t'=＝0-9]{0,60}") {
        let _ = table(&KINDS, text.as_bytes(), &Bounds::default());
        let with_header = format!("名称,数量\n{text}");
        let _ = table(&KINDS, with_header.as_bytes(), &Bounds::default());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = table(&KINDS, &bytes, &Bounds::default());
    }

    #[test]
    fn a_flipped_xls_is_read_or_refused(at in 0_usize..5_000, byte in any::<u8>(), cut in 0_usize..6_000) {
        let mut bytes = include_bytes!("data/units.xls").to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = table(&units::FORM, &bytes, &Bounds::default());
        bytes.truncate(cut);
        let _ = table(&units::FORM, &bytes, &Bounds::default());
    }

    #[test]
    fn any_sheet_xml_is_read_or_refused(rows in "(<row r=\"[0-9]{1,9}\">|</row>|<c r=\"[A-Z]{1,4}[0-9]{1,8}\"( t=\"[sbnde]\")?( s=\"[0-9]{1,3}\")?>|<v>[0-9.eE-]{0,6}</v>|</c>|<is><t>名称</t></is>){0,20}") {
        let _ = table(&KINDS, &crafted(&sheet_xml(&rows)), &Bounds::default());
    }
}
