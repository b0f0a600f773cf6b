//! 《科级公务员职务职级任免与升降审核备案表》 (8.2): what a unit files after seats were used
//! (职数使用备案).
//!
//! One sheet of 41 columns: the figures above, the persons below, the opinions at the end.

mod counts;
mod list;
mod top;

use jiff::civil::Date;

pub use counts::{
    Adjusted, Concurrent, FilingCounts, Holders, LeaderSeats, Leaders, PairSeats, Promoted,
    Removed, Turned, adjusted,
};
pub use list::{CurrentPosition, FilingPerson, PersonColumn, ProposedPosition, RemovedPosition};

use crate::bounds::{FILING_ROWS_MAX, at_most};
use crate::days::spoken;
use crate::error::FormError;
use crate::opinion::Opinion;
use crate::sheet::{Book, Edges, FANG_SONG, Look, Page, Paper, Sheet, TITLE_SONG, at};

/// The title of the form.
pub const TITLE: &str = "科级公务员职务职级任免与升降审核备案表";
const SHEET: &str = "备案名册";
const COLUMNS: u16 = 41;
/// Where the right half begins: the opinions stand side by side.
const HALF: u16 = 20;

/// What the form says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filing {
    /// 单位名称
    pub unit_name: String,
    /// The figures above (职数情况).
    pub counts: FilingCounts,
    /// The persons (任免人员名册).
    pub persons: Vec<FilingPerson>,
    /// 身份证号 or 出生年月 in the fifth column.
    pub person_column: PersonColumn,
    /// 说明
    pub explanation: Option<String>,
    /// 呈报单位意见
    pub applicant: Opinion,
    /// 公务员主管部门审核备案意见
    pub authority: Opinion,
    /// 填表人
    pub filled_by: Option<String>,
    /// 联系电话
    pub phone: Option<String>,
    /// 填表时间
    pub filled_on: Option<Date>,
}

/// The usual words of the unit's opinion: which meeting decided, for how many.
///
/// ```
/// use jiff::civil::date;
/// assert_eq!(
///     quanheng_forms::filing::usual_opinion(date(2026, 3, 2), "甄示例", 3),
///     "经3月2日党组（党委）会议研究决定，甄示例等3名同志职级晋升符合规定的资格条件，同意晋升。"
/// );
/// ```
#[must_use]
pub fn usual_opinion(decided_on: Date, first_name: &str, persons: usize) -> String {
    let (month, day) = (decided_on.month(), decided_on.day());
    let who = match persons {
        0 | 1 => format!("{first_name}同志"),
        more => format!("{first_name}等{more}名同志"),
    };
    format!(
        "经{month}月{day}日党组（党委）会议研究决定，{who}职级晋升符合规定的资格条件，同意晋升。"
    )
}

const PAGE: Page =
    Page { paper: Paper::A4, landscape: true, margins_mm: (12, 12, 8), numbered: true };

/// Wider where dates, numbers and names of departments stand.
fn column_widths() -> Vec<u32> {
    let width = |column| match column {
        0 => 38,
        8..=11 => 34,
        12..=16 => 33,
        23 | 24 => 42,
        29 | 30 | 33 | 34 => 40,
        25..=32 => 33,
        _ => 31,
    };
    (0..COLUMNS).map(width).collect()
}

/// The form as a worksheet.
///
/// # Errors
/// [`FormError`]: `COUNT_NEGATIVE` where more leave a rank than hold it, `FILING_ROWS_MAX`,
/// `FIELD_MISSING` where the form shows identity numbers and one is not given.
pub fn xlsx(form: &Filing, made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("FILING_ROWS_MAX", form.persons.len(), FILING_ROWS_MAX)?;
    let adjusted = adjusted(&form.counts)?;
    let mut sheet = Sheet::new(SHEET, &column_widths(), PAGE)?;
    sheet.raise(0, 30);
    sheet.raise(1, 24);
    let title = Look::bare(TITLE_SONG, 20);
    sheet.label(at(0, 0).rows(2).columns(COLUMNS), TITLE, &title)?;
    let line = Look::bare(FANG_SONG, 11).left();
    sheet.raise(2, 26);
    sheet.label(at(2, 0).columns(4), "单位名称：", &line)?;
    sheet.text(at(2, 4).columns(COLUMNS - 4), "单位名称", &form.unit_name, &line)?;
    top::write(&mut sheet, &form.counts, &adjusted)?;
    let next = list::write(&mut sheet, &form.persons, form.person_column)?;
    foot(&mut sheet, form, next)?;
    let mut book = Book::new(TITLE, made_on)?;
    book.add(sheet)?;
    book.finish()
}

fn foot(sheet: &mut Sheet, form: &Filing, row: u32) -> Result<(), FormError> {
    let text = Look::new(FANG_SONG, 10).left();
    let explanation = format!("说明：{}", form.explanation.as_deref().unwrap_or(""));
    sheet.text(at(row, 0).columns(COLUMNS), "说明", &explanation, &text)?;
    let halves = [(0, HALF), (HALF, COLUMNS - HALF)];
    opinion(sheet, row + 1, halves[0], "呈报单位意见：", &form.applicant)?;
    opinion(sheet, row + 1, halves[1], "公务员主管部门审核备案意见：", &form.authority)?;
    let line = Look::bare(FANG_SONG, 10).left();
    let last = row + 4;
    sheet.raise(last, 26);
    let filled_by = format!("填表人：{}", form.filled_by.as_deref().unwrap_or(""));
    sheet.text(at(last, 0).columns(HALF), "填表人", &filled_by, &line)?;
    let phone = format!("联系电话：{}", form.phone.as_deref().unwrap_or(""));
    sheet.text(at(last, HALF).columns(13), "联系电话", &phone, &line)?;
    let filled_on = form.filled_on.map_or_else(String::new, spoken);
    sheet.label(at(last, 33).columns(8), &format!("填表时间：{filled_on}"), &line)
}

fn opinion(
    sheet: &mut Sheet,
    row: u32,
    (first, columns): (u16, u16),
    label: &'static str,
    opinion: &Opinion,
) -> Result<(), FormError> {
    sheet.raise(row, 60);
    let text = Look::new(FANG_SONG, 10);
    let words = format!("{label}{}", opinion.words());
    let upper = text.left().top().edges(Edges::UPPER);
    sheet.text(at(row, first).columns(columns), "意见", &words, &upper)?;
    let middle = text.right().edges(Edges { top: false, bottom: false, sides: true });
    sheet.label(at(row + 1, first).columns(columns), "（签章）            ", &middle)?;
    let lower = text.right().edges(Edges::LOWER);
    let day = format!("{}        ", opinion.day());
    sheet.label(at(row + 2, first).columns(columns), &day, &lower)
}
