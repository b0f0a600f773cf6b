//! What files are, and what they may not be.

use quanheng_sheets::{Bounds, Encoding, ReadError, SheetWriter, Value, csv, table, units};

use crate::world::{KINDS, workbook};

fn read(bytes: &[u8]) -> Result<Vec<String>, ReadError> {
    let table = table(&KINDS, bytes, &Bounds::default())?;
    Ok(table.rows.iter().map(|row| format!("{} {}", row.number, row.values[0].display())).collect())
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

#[test]
fn files_are_known_by_their_bytes() {
    let sheet = workbook(|sheet| {
        sheet.write_string(0, 0, "名称").unwrap();
        sheet.write_string(0, 1, "数量").unwrap();
        sheet.write_string(1, 0, "某").unwrap();
    });
    let text = "名称,数量\r\n某,1\r\n";
    let marked = ["\u{feff}", text].concat();
    let gb = encoding_rs::GB18030.encode(text).0.into_owned();
    let tabs = utf16(&text.replace(',', "\t"));
    let cases: &[(&str, &[u8])] = &[
        ("xlsx, whatever its name", &sheet),
        ("UTF-8", text.as_bytes()),
        ("UTF-8 with a mark", marked.as_bytes()),
        ("GB18030", &gb),
        ("UTF-16 with tabs", &tabs),
    ];
    for (what, bytes) in cases {
        assert_eq!(read(bytes), Ok(vec!["2 某".to_owned()]), "{what}");
    }
}

/// A compound file with a stream under another name: its entry holds the name in UTF-16.
fn renamed(mut bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let (from, to) = (utf16(from), utf16(to));
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(&to);
    bytes
}

#[test]
fn files_that_are_no_sheets_are_refused() {
    let mut compound = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    compound.resize(2_048, 0);
    let encrypted = include_bytes!("data/units.xls").to_vec();
    let encrypted = renamed(encrypted, "Workbook", "EncryptedPackage");
    let document = renamed(include_bytes!("data/units.xls").to_vec(), "Workbook", "WordDocu");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let cases: &[(&[u8], &str)] = &[
        (b"", "FILE_EMPTY"),
        (b"  \r\n", "FILE_EMPTY"),
        ("\u{feff}<html><table><tr><td>名称</td></tr></table>".as_bytes(), "FILE_IS_HTML"),
        (b"\n <TABLE border=1>", "FILE_IS_HTML"),
        (b"<?xml version=\"1.0\"?><Workbook/>", "FILE_IS_XML"),
        (&compound, "FILE_DAMAGED"),
        (&encrypted, "FILE_ENCRYPTED"),
        (&document, "FILE_FORMAT"),
        (&zip, "FILE_FORMAT"),
        (b"PK\x03\x04 and then nothing", "FILE_DAMAGED"),
        (b"\x00\x01\x02\x03", "FILE_FORMAT"),
        (b"\xff\xff\xff,\xff", "TEXT_ENCODING"),
        (b"a,b\n1,2\n", "HEADER_MISSING"),
        ("数量,日期\n1,2\n".as_bytes(), "COLUMNS_MISSING"),
        ("名称,数量,名称\n某,1,某\n".as_bytes(), "COLUMN_TWICE"),
    ];
    for (bytes, code) in cases {
        let refused = read(bytes).unwrap_err();
        assert_eq!(refused.code(), *code, "{:?}", String::from_utf8_lossy(bytes));
        assert!(!refused.to_string().is_ascii());
    }
}

#[test]
fn bounds_refuse_by_their_names() {
    let default = Bounds::default();
    let rows = |rows: usize| format!("名称,数量\n{}", "某,1\n".repeat(rows)).into_bytes();
    let wide = format!("名称,数量{}\n某,1\n", ",外".repeat(20)).into_bytes();
    let sheet = workbook(|sheet| {
        sheet.write_string(0, 0, "名称").unwrap();
        sheet.write_string(0, 1, "数量").unwrap();
        for row in 1..100 {
            sheet.write_string(row, 0, "重复的长文字").unwrap();
        }
    });
    let cases: &[(Vec<u8>, Bounds, Option<&str>)] = &[
        (rows(3), Bounds { file_bytes_max: 10, ..default }, Some("FILE_BYTES_MAX")),
        (rows(3), Bounds { rows_max: 2, ..default }, Some("ROWS_MAX")),
        (rows(3), Bounds { rows_max: 3, ..default }, None),
        (wide.clone(), Bounds { columns_max: 21, ..default }, Some("COLUMNS_MAX")),
        (wide, Bounds { columns_max: 22, ..default }, None),
        (
            sheet.clone(),
            Bounds { unpacked_bytes_max: 1_000, ..default },
            Some("UNPACKED_BYTES_MAX"),
        ),
        (sheet.clone(), Bounds { text_bytes_max: 1_000, ..default }, Some("TEXT_BYTES_MAX")),
        (sheet, default, None),
    ];
    for (bytes, bounds, code) in cases {
        let refused = table(&KINDS, bytes, bounds).err().map(|refused| refused.code());
        assert_eq!(refused, *code);
    }
}

#[test]
fn findings_beyond_the_bound_are_counted() {
    let text = format!("名称,数量\n{}", "某,x\n".repeat(5));
    let bounds = Bounds { findings_max: 3, ..Bounds::default() };
    let table = table(&KINDS, text.as_bytes(), &bounds).unwrap();
    let findings = &table.findings;
    assert_eq!((findings.list().len(), findings.left_off(), findings.errors()), (3, 2, 5));
}

#[test]
fn rows_of_csv_bear_the_numbers_of_a_worksheet() {
    let lines = ["名称,数量", "", "\"甲\n乙\",1", "", "", "丙,2", "丁,3"];
    for end in ["\n", "\r\n", "\r"] {
        let text = lines.join(end);
        let read = read(text.as_bytes()).unwrap();
        assert_eq!(read, ["3 甲\n乙", "6 丙", "7 丁"], "{end:?}");
    }
}

/// Saved by other programs: BIFF8 by xlwt, dates of the 1904 system by openpyxl.
#[test]
fn files_of_other_programs_are_read() {
    let old = include_bytes!("data/units.xls");
    let read = table(&units::FORM, old, &Bounds::default()).unwrap();
    let shown =
        |row: usize, key: &str| read.rows[row].values[units::FORM.position(key).unwrap()].display();
    assert_eq!([read.rows[0].number, read.rows[1].number], [4, 6]);
    assert_eq!(shown(0, "name"), "示例县虚构管理局");
    assert_eq!(shown(0, "approved_on"), "2012-07-01");
    assert_eq!(shown(0, "approval_number"), "示例组通〔2012〕12号");
    assert_eq!(shown(0, "administrative_slots"), "35");
    assert_eq!(shown(0, "phone"), "13800000000");
    assert_eq!(shown(1, "approval_number"), "示例组通〔2013〕7号");
    let codes: Vec<_> = read.findings.list().iter().map(|f| (f.row, f.code)).collect();
    assert_eq!(codes, [(6, "DATE_TO_THE_MONTH")]);

    let mac = include_bytes!("data/units-1904.xlsx");
    let read = table(&units::FORM, mac, &Bounds::default()).unwrap();
    let position = units::FORM.position("approved_on").unwrap();
    let days: Vec<_> = read.rows.iter().map(|row| row.values[position].display()).collect();
    assert_eq!(days, ["2012-07-01", "2019-06-01"]);
}

/// Six hundred long texts, which an `.xls` spreads over several records, whole numbers,
/// floats, dates, formulas: each cell as another reader has it.
#[test]
fn an_old_workbook_reads_as_another_reader_has_it() {
    use calamine::{Data, DataType as _, Reader as _, Xls};
    let bytes: &[u8] = include_bytes!("data/many.xls");
    let table = table(&KINDS, bytes, &Bounds::default()).unwrap();
    assert_eq!((table.findings.list(), table.rows.len()), (&[][..], 300));
    let mut other = Xls::new(std::io::Cursor::new(bytes)).unwrap();
    let range = other.worksheet_range("各类").unwrap();
    let at = |key: &str| KINDS.position(key).unwrap();
    for row in &table.rows {
        let theirs = |column: u32| range.get_value((row.number - 1, column)).unwrap();
        let ours = |key: &str| row.values[at(key)].display();
        assert_eq!(*theirs(0), Data::String(ours("text")));
        assert_eq!(theirs(1).to_string(), ours("count"));
        let share = ours("percent");
        let share: f64 = share.trim_end_matches('%').parse().unwrap();
        let their_share = theirs(2).as_f64().unwrap();
        assert!((their_share * 100.0 - share).abs() < 1e-9, "{their_share} {share}");
        let Data::DateTime(day) = theirs(3) else { panic!("{:?}", theirs(3)) };
        let (year, month, day, ..) = day.to_ymd_hms_milli();
        assert_eq!(ours("date"), format!("{year:04}-{month:02}-{day:02}"));
        assert_eq!(*theirs(4), Data::String(ours("phone")));
    }
}

#[test]
fn writers_refuse_what_does_not_fit() {
    let mut sheet = SheetWriter::new(&KINDS).unwrap();
    assert!(sheet.row(&[Value::Empty]).unwrap_err().to_string().contains("1 个值"));
    let mut row = vec![Value::Empty; KINDS.columns.len()];
    row[0] = Value::text(&"长".repeat(32_768));
    assert!(sheet.row(&row).unwrap_err().to_string().contains("32768"));
    // A character that GB18030 has no code for.
    row[0] = Value::text("\u{e5e5}");
    assert!(csv(&KINDS, Encoding::Gb18030, [&row[..]]).is_err());
    assert!(csv(&KINDS, Encoding::Utf8, [&row[..]]).is_ok());
}
