//! 任职资格审核表 (5.6, 1b): person by person and rule by rule, what came of it, what it rests
//! on, and when the person may be promoted at the earliest.

use jiff::civil::Date;

use crate::bounds::{REVIEW_ROWS_MAX, at_most};
use crate::days::{iso, spoken};
use crate::error::FormError;
use crate::opinion::Opinion;
use crate::sheet::{
    Area, Book, Edges, FANG_SONG, HEI, KAI, Look, Page, Paper, Sheet, TITLE_SONG, at,
};

/// The title of the table.
pub const TITLE: &str = "公务员晋升职级任职资格审核表";
const SHEET: &str = "任职资格审核表";

/// What came of a rule (审核结果).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 符合
    Pass,
    /// 不符合
    Fail,
    /// 不适用
    NotApplicable,
}

impl Outcome {
    /// In Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Pass => "符合",
            Self::Fail => "不符合",
            Self::NotApplicable => "不适用",
        }
    }

    fn fill(self, look: Look) -> Look {
        match self {
            Self::Fail => look.fill(0x00FF_C7CE),
            Self::Pass | Self::NotApplicable => look,
        }
    }
}

/// A rule that was asked (审核项目).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleResult {
    /// What it asks: 任职年限.
    pub label: String,
    /// The article (政策依据).
    pub article: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The facts it rests on (事实), or why it failed (原因).
    pub reason: String,
    /// The stable code of the reason, of a rule that failed.
    pub code: Option<String>,
}

/// A person who was reviewed (审核对象).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedPerson {
    /// 姓名
    pub name: String,
    /// 现任职务职级
    pub present: String,
    /// 拟晋升职级
    pub proposed_rank: String,
    /// The rules, in the order in which they were asked.
    pub rules: Vec<RuleResult>,
    /// 最早可晋升时间; none where it cannot be told.
    pub earliest: Option<Date>,
}

impl ReviewedPerson {
    /// Whether no rule failed and at least one was asked.
    #[must_use]
    pub fn eligible(&self) -> bool {
        let failed = |rule: &RuleResult| rule.outcome == Outcome::Fail;
        !self.rules.is_empty() && !self.rules.iter().any(failed)
    }
}

/// What the table says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// 单位
    pub unit_name: String,
    /// 批次
    pub batch: String,
    /// The day as of which the rules were asked (审核基准日).
    pub as_of: Option<Date>,
    /// 审核对象
    pub persons: Vec<ReviewedPerson>,
    /// 组织（人事）部门审核意见
    pub opinion: Opinion,
}

const HEADERS: [(&str, u32); 10] = [
    ("序号", 40),
    ("姓名", 76),
    ("现任职务职级", 120),
    ("拟晋升职级", 92),
    ("审核项目", 96),
    ("结果", 60),
    ("事实、原因", 270),
    ("政策依据", 220),
    ("结论", 60),
    ("最早可晋升时间", 92),
];
const COLUMNS: u16 = 10;
const PAGE: Page =
    Page { paper: Paper::A4, landscape: true, margins_mm: (14, 14, 10), numbered: true };
const HEADER: Look = Look::new(HEI, 10);
const CELL: Look = Look::new(FANG_SONG, 10);
const HEADER_ROW: u32 = 2;

/// The table as a worksheet.
///
/// # Errors
/// [`FormError`]: `REVIEW_ROWS_MAX`, `FIELD_MISSING` of a person of whom nothing was asked.
pub fn xlsx(review: &Review, made_on: Date) -> Result<Vec<u8>, FormError> {
    let rows = review.persons.iter().map(|person| person.rules.len()).sum();
    at_most("REVIEW_ROWS_MAX", rows, REVIEW_ROWS_MAX)?;
    let widths = HEADERS.map(|(_, width)| width);
    let mut sheet = Sheet::new(SHEET, &widths, PAGE)?;
    head(&mut sheet, review)?;
    let mut row = HEADER_ROW + 1;
    for (person, serial) in review.persons.iter().zip(1_i32..) {
        row = write_person(&mut sheet, row, serial, person)?;
    }
    foot(&mut sheet, row, &review.opinion)?;
    let mut book = Book::new(TITLE, made_on)?;
    book.add(sheet)?;
    book.finish()
}

fn head(sheet: &mut Sheet, review: &Review) -> Result<(), FormError> {
    sheet.raise(0, 44);
    sheet.label(at(0, 0).columns(COLUMNS), TITLE, &Look::bare(TITLE_SONG, 20))?;
    let (unit, batch) = (&review.unit_name, &review.batch);
    let as_of = review.as_of.map_or_else(String::new, spoken);
    let line = format!("单位：{unit}    批次：{batch}    审核基准日：{as_of}");
    sheet.text(at(1, 0).columns(COLUMNS), "单位", &line, &Look::bare(KAI, 11).left())?;
    sheet.raise(HEADER_ROW, 36);
    for ((header, _), column) in HEADERS.iter().zip(0_u16..) {
        sheet.label(at(HEADER_ROW, column), header, &HEADER)?;
    }
    sheet.repeat(HEADER_ROW, HEADER_ROW)
}

/// Writes the rules of a person; answers with the next free row.
fn write_person(
    sheet: &mut Sheet,
    first: u32,
    serial: i32,
    person: &ReviewedPerson,
) -> Result<u32, FormError> {
    let rows = u32::try_from(person.rules.len()).unwrap_or(u32::MAX);
    if rows == 0 {
        return Err(FormError::Missing { field: "审核项目" });
    }
    let whole = |column: u16| -> Area { at(first, column).rows(rows) };
    for (rule, row) in person.rules.iter().zip(first..) {
        sheet.raise(row, 28);
        sheet.text(at(row, 4), "审核项目", &rule.label, &CELL)?;
        sheet.label(at(row, 5), rule.outcome.label(), &rule.outcome.fill(CELL))?;
        let reason = match &rule.code {
            Some(code) => format!("{}（{code}）", rule.reason),
            None => rule.reason.clone(),
        };
        sheet.text(at(row, 6), "事实、原因", &reason, &CELL.left())?;
        sheet.text(at(row, 7), "政策依据", &rule.article, &CELL.left())?;
    }
    sheet.number(whole(0), Some(serial), &CELL)?;
    sheet.text(whole(1), "姓名", &person.name, &CELL)?;
    sheet.text(whole(2), "现任职务职级", &person.present, &CELL)?;
    sheet.text(whole(3), "拟晋升职级", &person.proposed_rank, &CELL)?;
    let conclusion = if person.eligible() { Outcome::Pass } else { Outcome::Fail };
    sheet.label(whole(8), conclusion.label(), &conclusion.fill(CELL.bold()))?;
    let earliest = person.earliest.map_or_else(String::new, iso);
    sheet.label(whole(9), &earliest, &CELL)?;
    Ok(first + rows)
}

fn foot(sheet: &mut Sheet, row: u32, opinion: &Opinion) -> Result<(), FormError> {
    sheet.raise(row, 60);
    sheet.raise(row + 1, 50);
    sheet.label(at(row, 0).rows(2).columns(2), "组织（人事）部门\n审核意见", &HEADER)?;
    let words = CELL.left().top().edges(Edges::UPPER);
    sheet.text(at(row, 2).columns(8), "审核意见", opinion.words(), &words)?;
    let seal = format!("（盖章）            \n{}        ", opinion.day());
    let look = CELL.right().bottom().edges(Edges::LOWER);
    sheet.label(at(row + 1, 2).columns(8), &seal, &look)
}
