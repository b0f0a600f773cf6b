//! The candidates of a notice as a sheet.

use jiff::civil::Date;

use super::{Notice, wording};
use crate::error::FormError;
use crate::sheet::{Book, FANG_SONG, HEI, Look, Page, Paper, Sheet, TITLE_SONG, at};
use crate::text::sex_name;

/// The columns of the list, here and in the document.
pub(super) const HEADERS: [&str; 8] =
    ["序号", "姓名", "性别", "出生年月", "学历", "政治面貌", "现任职务职级", "拟晋升职级"];
const SHEET: &str = "公示名单";
const COLUMNS: [u32; 8] = [44, 88, 44, 84, 96, 96, 300, 150];
const PAGE: Page =
    Page { paper: Paper::A4, landscape: true, margins_mm: (18, 15, 15), numbered: true };
const CELL: Look = Look::new(FANG_SONG, 12);

/// The candidates as a worksheet, with the period and whom to tell below.
///
/// # Errors
/// As of [`super::docx`].
pub fn xlsx(notice: &Notice, made_on: Date) -> Result<Vec<u8>, FormError> {
    notice.check()?;
    let mut sheet = Sheet::new(SHEET, &COLUMNS, PAGE)?;
    sheet.raise(0, 52);
    sheet.text(at(0, 0).columns(8), "标题", &notice.heading(), &Look::bare(TITLE_SONG, 20))?;
    sheet.raise(1, 34);
    for (header, column) in HEADERS.iter().zip(0_u16..) {
        sheet.label(at(1, column), header, &Look::new(HEI, 12))?;
    }
    sheet.repeat(1, 1)?;
    let mut row = 2;
    for (candidate, serial) in notice.candidates.iter().zip(1_i32..) {
        sheet.raise(row, 34);
        sheet.number(at(row, 0), Some(serial), &CELL)?;
        let cells: [(&'static str, &str); 7] = [
            ("姓名", &candidate.name),
            ("性别", sex_name(candidate.sex)),
            ("出生年月", &candidate.born.to_string()),
            ("学历", &candidate.education),
            ("政治面貌", &candidate.political_status),
            ("现任职务职级", &candidate.present),
            ("拟晋升职级", &candidate.proposed_rank),
        ];
        for ((field, text), column) in cells.into_iter().zip(1..) {
            sheet.text(at(row, column), field, text, &CELL)?;
        }
        row += 1;
    }
    let line = Look::bare(FANG_SONG, 12).left();
    let period = format!("公示时间：{}", wording::period(notice));
    sheet.label(at(row, 0).columns(8), &period, &line)?;
    let contact =
        format!("受理部门：{}    联系电话：{}", notice.contact.receiver, notice.contact.phone);
    sheet.text(at(row + 1, 0).columns(8), "联系电话", &contact, &line)?;
    let mut book = Book::new("职级晋升公示名单", made_on)?;
    book.add(sheet)?;
    book.finish()
}
