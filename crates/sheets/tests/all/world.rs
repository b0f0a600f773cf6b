//! Small sheets to read, and forms for them.

use quanheng_sheets::{Bounds, Column, Form, Kind, Table, table};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

/// A form with a column of each kind.
pub(crate) static KINDS: Form = Form {
    title: "各类",
    columns: &[
        Column::new("text", &["名称"], Kind::Text).required(),
        Column::new("date", &["日期"], Kind::Date),
        Column::new("month", &["年月"], Kind::Month),
        Column::new("year", &["年度"], Kind::Year),
        Column::new("count", &["数量"], Kind::Count),
        Column::new("percent", &["比例"], Kind::Percent),
        Column::new("choice", &["选择"], Kind::Choice(&["是", "否(待定)"]))
            .synonyms(&[("1", "是")]),
        Column::new("identity", &["身份证号"], Kind::IdentityNumber).personal(),
        Column::new("credit", &["信用代码"], Kind::CreditCode),
        Column::new("division", &["区划"], Kind::DivisionCode),
        Column::new("document", &["文号"], Kind::DocumentNumber),
        Column::new("phone", &["电话"], Kind::Phone).personal(),
    ],
};

/// A cell of a worksheet to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell {
    Text(&'static str),
    Number(f64),
    Date(u16, u8, u8),
    Yes,
}

/// A workbook of one sheet.
pub(crate) fn workbook(write: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    write(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

pub(crate) fn put(sheet: &mut Worksheet, row: u32, column: u16, cell: Cell) {
    match cell {
        Cell::Text(text) => sheet.write_string(row, column, text).unwrap(),
        Cell::Number(number) => sheet.write_number(row, column, number).unwrap(),
        Cell::Yes => sheet.write_boolean(row, column, true).unwrap(),
        Cell::Date(year, month, day) => {
            let date = ExcelDateTime::from_ymd(year, month, day).unwrap();
            let format = Format::new().set_num_format("yyyy-mm-dd");
            sheet.write_datetime_with_format(row, column, &date, &format).unwrap()
        }
    };
}

/// A sheet of the form of all kinds with one row: a name, and one cell more.
pub(crate) fn one_cell(key: &str, cell: Cell) -> Table {
    let position = KINDS.position(key).unwrap();
    let header = KINDS.columns[position].header[0];
    let bytes = workbook(|sheet| {
        sheet.write_string(0, 0, "名称").unwrap();
        sheet.write_string(1, 0, "某").unwrap();
        sheet.write_string(0, 1, header).unwrap();
        put(sheet, 1, 1, cell);
    });
    table(&KINDS, &bytes, &Bounds::default()).unwrap()
}
