//! Headers: by text, in any order, merged or not.

use quanheng_sheets::{Bounds, Column, Form, Kind, SheetWriter, Table, table};
use rust_xlsxwriter::Format;

use crate::world::workbook;

static BLOCKS: Form = Form {
    title: "分块",
    columns: &[
        Column::new("name", &["基础", "姓名"], Kind::Text).required().aliases(&["A0101"]),
        Column::new("full_degree", &["基础", "全日制", "学位"], Kind::Text),
        Column::new("full_school", &["基础", "全日制", "学校"], Kind::Text),
        Column::new("job_degree", &["基础", "在职", "学位"], Kind::Text),
        Column::new("job_school", &["基础", "在职", "学校"], Kind::Text),
        Column::new("note", &["备注"], Kind::Text),
    ],
};

fn shown(table: &Table) -> Vec<(u32, Vec<String>)> {
    let row = |row: &quanheng_sheets::Row| {
        (row.number, row.values.iter().map(quanheng_sheets::Value::display).collect())
    };
    table.rows.iter().map(row).collect()
}

fn read(text: &str) -> Table {
    table(&BLOCKS, text.as_bytes(), &Bounds::default()).unwrap()
}

#[test]
fn headers_are_found_wherever_and_however_they_stand() {
    let cases: &[(&str, &str, u32)] = &[
        (
            "as we write it",
            "基础,,,,,备注\n姓名,全日制,,在职,,\n,学位,学校,学位,学校,\n甲,一,二,三,四,五\n",
            4,
        ),
        (
            "a title above",
            "人员情况表,,,,,\n\n基础,,,,,备注\n姓名,全日制,,在职,,\n,学位,学校,学位,学校,\n甲,一,二,三,四,五\n",
            6,
        ),
        (
            "without the outer block",
            "姓名,全日制,,在职,,备注\n,学位,学校,学位,学校,\n甲,一,二,三,四,五\n",
            3,
        ),
        (
            "marks, blanks, full width",
            "姓 名＊,全日制,,在职,,备注：\n,学　位,学校,学位,学校,\n甲,一,二,三,四,五\n",
            3,
        ),
        (
            "codes as headers",
            "A0101,全日制,,在职,,备注\n,学位,学校,学位,学校,\n甲,一,二,三,四,五\n",
            3,
        ),
        (
            "codes before words",
            "A0101 姓名,全日制,,在职,,备注\n,学位,学校,学位,学校,\n甲,一,二,三,四,五\n",
            3,
        ),
    ];
    for (what, text, number) in cases {
        let table = read(text);
        let values = ["甲", "一", "二", "三", "四", "五"].map(str::to_owned).to_vec();
        assert_eq!(shown(&table), [(*number, values)], "{what}");
        assert_eq!(table.layout.warning(), None, "{what}");
    }
}

#[test]
fn the_order_is_free_and_unknown_columns_are_named() {
    let table = read("备注,在职,,额外,姓名\n,学校,学位,,\n五,四,三,外,甲\n");
    assert_eq!(shown(&table)[0].1, ["甲", "", "", "三", "四", "五"]);
    let unknown: Vec<_> =
        table.layout.unknown().iter().map(|c| (c.letter.as_str(), c.header.as_str())).collect();
    assert_eq!(unknown, [("D", "额外")]);
    assert_eq!(table.layout.warning().unwrap(), "以下列未识别,未导入:D列「额外」");
}

#[test]
fn what_is_not_certain_is_not_taken() {
    // 学位 of which education?
    let table = read("姓名,学位,备注\n甲,一,五\n");
    assert_eq!(shown(&table)[0].1, ["甲", "", "", "", "", "五"]);
    assert_eq!(table.layout.unknown()[0].header, "学位");
}

#[test]
fn a_sparse_first_row_is_no_header() {
    let table = read("姓名,备注,额外\n甲,,外\n乙,五,外\n");
    assert_eq!(shown(&table).iter().map(|row| row.0).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn merged_headers_reach_over_rows_and_columns() {
    let bytes = workbook(|sheet| {
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 4, "人员情况表", &plain).unwrap();
        sheet.merge_range(1, 0, 3, 0, "备注", &plain).unwrap();
        sheet.merge_range(1, 1, 1, 4, "基础", &plain).unwrap();
        sheet.merge_range(2, 1, 2, 2, "在职", &plain).unwrap();
        sheet.write_string(2, 3, "全日制").unwrap();
        sheet.merge_range(2, 4, 3, 4, "姓名", &plain).unwrap();
        for (column, text) in [(1, "学位"), (2, "学校"), (3, "学校")] {
            sheet.write_string(3, column, text).unwrap();
        }
        for (column, text) in [(0, "五"), (1, "三"), (2, "四"), (3, "二"), (4, "甲")] {
            sheet.write_string(4, column, text).unwrap();
        }
    });
    let table = table(&BLOCKS, &bytes, &Bounds::default()).unwrap();
    assert_eq!(
        shown(&table)[0],
        (5, ["甲", "", "二", "三", "四", "五"].map(str::to_owned).to_vec())
    );
}

#[test]
fn the_sheet_with_the_title_is_read() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().set_name("说明").unwrap().write_string(0, 0, "姓名").unwrap();
    let sheet = workbook.add_worksheet().set_name("分块").unwrap();
    sheet.write_string(0, 0, "姓名").unwrap();
    sheet.write_string(0, 1, "备注").unwrap();
    sheet.write_string(1, 0, "甲").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    assert_eq!(shown(&table(&BLOCKS, &bytes, &Bounds::default()).unwrap())[0].1[0], "甲");
}

/// Every column that a form of ours writes is found again in its own template.
#[test]
fn templates_hold_their_own_columns() {
    for form in [&quanheng_sheets::units::FORM, &quanheng_sheets::persons::FORM, &BLOCKS] {
        let bytes = SheetWriter::new(form).unwrap().finish().unwrap();
        let table = table(form, &bytes, &Bounds::default()).unwrap();
        assert_eq!((table.rows.len(), table.layout.warning()), (0, None), "{}", form.title);
        for (column, position) in form.columns.iter().zip(0_u32..) {
            let letter = quanheng_sheets::column_letter(position);
            assert_eq!(table.layout.letter(position as usize), Some(letter), "{}", column.key);
        }
        let mut keys: Vec<_> = form.columns.iter().map(|column| column.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), form.columns.len(), "keys are stable and their own");
    }
}

const MANY: [&str; 90] = ["一个选项"; 90];

/// A list of more than 255 characters does not fit a cell's rule.
#[test]
fn lists_stand_in_cells_or_on_a_hidden_sheet() {
    use std::io::Read as _;
    static LISTS: Form = Form {
        title: "列表",
        columns: &[
            Column::new("name", &["姓名"], Kind::Text).required(),
            Column::new("short", &["短"], Kind::Choice(&["甲", "乙"])),
            Column::new("long", &["长"], Kind::Choice(&MANY)),
            Column::new("free", &["自由"], Kind::Text).suggestions(&["丙"]),
        ],
    };
    let bytes = SheetWriter::new(&LISTS).unwrap().finish().unwrap();
    let part = |name: &str| {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let sheet = part("xl/worksheets/sheet1.xml");
    for expected in [
        "<formula1>\"甲,乙\"</formula1>",
        "<formula1>选项!$A$1:$A$90</formula1>",
        "<formula1>\"丙\"</formula1>",
        "errorStyle=\"information\"",
        "state=\"frozen\"",
        "sqref=\"C2:C200001\"",
    ] {
        assert!(sheet.contains(expected), "{expected} in {sheet}");
    }
    assert!(part("xl/workbook.xml").contains("name=\"选项\" sheetId=\"2\" state=\"hidden\""));
    assert!(part("xl/styles.xml").contains("宋体"));
}
