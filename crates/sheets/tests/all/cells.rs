//! What cells mean, and every code that a cell can get.

use quanheng_sheets::{Bounds, Severity, table};

use crate::world::Cell::{Date, Number, Text, Yes};
use crate::world::{Cell, KINDS, one_cell};

#[test]
fn cells_are_understood() {
    let cases: &[(&str, Cell, &str)] = &[
        ("date", Text("2009-1-1"), "2009-01-01"),
        ("date", Text("2009-01-01"), "2009-01-01"),
        ("date", Text("2009/1/1"), "2009-01-01"),
        ("date", Text("20120701"), "2012-07-01"),
        ("date", Text("2020年1月22日"), "2020-01-22"),
        ("date", Text("2020年1月22日"), "2020-01-22"),
        ("date", Text("43831"), "2020-01-01"),
        ("date", Number(43831.0), "2020-01-01"),
        ("date", Number(20_120_701.0), "2012-07-01"),
        ("date", Date(2012, 7, 1), "2012-07-01"),
        ("date", Text("无"), ""),
        ("date", Text("/"), ""),
        ("month", Text("2012.07"), "2012.07"),
        ("month", Text("201207"), "2012.07"),
        ("month", Text("2012年7月"), "2012.07"),
        ("month", Number(2012.07), "2012.07"),
        ("month", Number(201_207.0), "2012.07"),
        ("month", Date(2012, 7, 15), "2012.07"),
        ("month", Text("2012.1"), "2012.01"),
        ("month", Text("2012.10"), "2012.10"),
        ("year", Number(2019.0), "2019"),
        ("year", Text("2019年度"), "2019"),
        ("count", Number(3.0), "3"),
        ("count", Number(2.999_999_999_999_999_6), "3"),
        ("count", Text("１２"), "12"),
        ("count", Text("—"), ""),
        ("percent", Text("90%"), "90%"),
        ("percent", Text("９０％"), "90%"),
        ("percent", Text("2/3"), "2/3"),
        ("percent", Number(0.9), "90%"),
        ("percent", Number(0.925), "92.5%"),
        ("percent", Number(1.0), "100%"),
        ("percent", Number(0.0), "0%"),
        ("choice", Text("是"), "是"),
        ("choice", Number(1.0), "是"),
        ("choice", Text("否（待定）"), "否(待定)"),
        ("choice", Yes, "是"),
        ("identity", Text("11010519491231002X"), "11010519491231002X"),
        ("identity", Text("１１０１０５１９４９１２３１００２ｘ"), "11010519491231002X"),
        ("credit", Text("91350100m000100y43"), "91350100M000100Y43"),
        ("division", Number(530_100.0), "530100"),
        ("division", Text("441900003"), "441900003"),
        ("document", Text("组通[2024]12号"), "组通〔2024〕12号"),
        ("document", Text("组通（2024）12号"), "组通〔2024〕12号"),
        ("phone", Number(13_800_000_000.0), "13800000000"),
        ("phone", Text("0871-0000000、13800000000"), "0871-0000000、13800000000"),
    ];
    for (key, cell, shown) in cases {
        let table = one_cell(key, *cell);
        let position = KINDS.position(key).unwrap();
        assert_eq!(table.findings.list(), [], "{key} {cell:?}");
        assert_eq!(table.rows[0].values[position].display(), *shown, "{key} {cell:?}");
    }
}

#[test]
fn texts_take_what_sheets_made_of_them() {
    let read = |cell| {
        let bytes = crate::world::workbook(|sheet| {
            sheet.write_string(0, 0, "名称").unwrap();
            sheet.write_string(0, 1, "数量").unwrap();
            crate::world::put(sheet, 1, 0, cell);
        });
        table(&KINDS, &bytes, &Bounds::default()).unwrap().rows[0].values[0].display()
    };
    for (cell, text) in [
        (Number(12.0), "12"),
        (Number(1.5), "1.5"),
        (Date(2012, 7, 1), "2012-07-01"),
        (Text("  甲\r\n乙 "), "甲\n乙"),
        (Text("=1+1"), "=1+1"),
        (Text("_x0041_"), "_x0041_"),
    ] {
        assert_eq!(read(cell), text, "{cell:?}");
    }
}

#[test]
fn every_code_of_a_cell_is_provoked() {
    let cases: &[(&str, Cell, &str, &str)] = &[
        ("date", Text("昨天"), "DATE_FORMAT", "昨天"),
        ("date", Text("2020-02-30"), "DATE_FORMAT", "2020-02-30"),
        ("date", Number(60.0), "DATE_FORMAT", "60"),
        ("date", Text("2012.07"), "DATE_TO_THE_MONTH", "2012-07-01"),
        ("month", Number(2012.1), "DATE_MONTH_AMBIGUOUS", "2012.1"),
        ("date", Number(2012.1), "DATE_MONTH_AMBIGUOUS", "2012.1"),
        ("year", Text("19"), "YEAR_FORMAT", "19"),
        ("count", Number(2.5), "COUNT_FORMAT", "2.5"),
        ("count", Number(-1.0), "COUNT_FORMAT", "-1"),
        ("count", Text("十"), "COUNT_FORMAT", "十"),
        ("count", Date(2012, 7, 1), "COUNT_FORMAT", "2012-07-01"),
        ("percent", Number(90.0), "PERCENT_FORMAT", "90"),
        ("percent", Text("101%"), "PERCENT_FORMAT", "101%"),
        ("percent", Number(2.0 / 3.0), "PERCENT_ROUNDED", "666667/1000000"),
        ("choice", Text("也许"), "CHOICE_UNKNOWN", "也许"),
        ("identity", Number(110_105_194_912_310_020.0), "IDENTITY_AS_NUMBER", "110105********0000"),
        ("identity", Text("1.10105E+17"), "IDENTITY_AS_NUMBER", "1.1****E+17"),
        ("identity", Text("123"), "IDENTITY_FORMAT", "1**"),
        ("identity", Text("110105194913310020"), "IDENTITY_BIRTH_DATE", "110105********0020"),
        ("identity", Text("110105194912310021"), "IDENTITY_CHECK_DIGIT", "110105********0021"),
        (
            "credit",
            Number(913_501_000_000_000_000.0),
            "CREDIT_CODE_AS_NUMBER",
            "913501000000000000",
        ),
        ("credit", Text("9135"), "CREDIT_CODE_FORMAT", "9135"),
        ("credit", Text("91350100M000100Y44"), "CREDIT_CODE_CHECK", "91350100M000100Y44"),
        ("division", Text("5301"), "DIVISION_CODE_FORMAT", "5301"),
        ("document", Text("12号"), "DOCUMENT_NUMBER_FORMAT", "12号"),
        ("phone", Text("打我"), "PHONE_FORMAT", "打*"),
    ];
    for (key, cell, code, shown) in cases {
        let table = one_cell(key, *cell);
        let [finding] = table.findings.list() else {
            panic!("{key} {cell:?}: {:?}", table.findings)
        };
        assert_eq!((finding.code, finding.value_shown.as_str()), (*code, *shown), "{key} {cell:?}");
        assert_eq!((finding.row, finding.key, finding.letter.as_deref()), (2, *key, Some("B")));
        let warning = matches!(*code, "DATE_TO_THE_MONTH" | "PERCENT_ROUNDED");
        assert_eq!(finding.severity == Severity::Warning, warning, "{code}");
        assert!(!finding.message.is_ascii(), "for people: {}", finding.message);
    }
}

#[test]
fn cells_fail_by_their_sheet() {
    let bytes = crate::world::workbook(|sheet| {
        sheet.write_string(0, 0, "名称").unwrap();
        sheet.write_string(0, 1, "数量").unwrap();
        sheet.write_number(1, 1, 3.0).unwrap();
        sheet.write_number(2, 0, 1_234_567_890_123_456_789.0).unwrap();
        sheet.write_string(3, 0, "长".repeat(101)).unwrap();
        let failed = rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!");
        sheet.write_string(4, 0, "某").unwrap();
        sheet.write_formula(4, 1, failed).unwrap();
    });
    let bounds = Bounds { cell_chars_max: 100, ..Bounds::default() };
    let table = table(&KINDS, &bytes, &bounds).unwrap();
    let found: Vec<_> = table
        .findings
        .list()
        .iter()
        .map(|finding| (finding.row, finding.key, finding.code))
        .collect();
    assert_eq!(
        found,
        [
            (2, "text", "VALUE_MISSING"),
            (3, "text", "NUMBER_DIGITS_LOST"),
            (4, "text", "CELL_TOO_LONG"),
            (5, "count", "CELL_FORMULA_FAILED"),
        ]
    );
}

#[test]
fn a_csv_that_lost_a_nought_is_refused() {
    let read = |text: &str| table(&KINDS, text.as_bytes(), &Bounds::default()).unwrap();
    let lost = read("名称,年月\n某,2012.1\n");
    assert_eq!(lost.findings.list()[0].code, "DATE_MONTH_AMBIGUOUS");
    assert_eq!(read("名称,年月\n某,2012.07\n").findings.list(), []);
}
