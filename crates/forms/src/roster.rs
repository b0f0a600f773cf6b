//! 晋升批次花名册: the candidates of a round with what stands in their way, and the seats that
//! there are for them, with the marks 缺 and 超 (4.9).

use jiff::civil::Date;
use quanheng_policy::codes::{Sex, YearMonth};

use crate::bounds::{COUNT_MAX, ROSTER_ROWS_MAX, SETS_MAX, at_most};
use crate::days::{iso, spoken};
use crate::error::FormError;
use crate::sheet::{Book, FANG_SONG, HEI, KAI, Look, Page, Paper, Sheet, TITLE_SONG, at};
use crate::text::sex_name;

/// The title of the roster.
pub const TITLE: &str = "公务员职级晋升批次花名册";
const PERSONS_SHEET: &str = "花名册";
const SEATS_SHEET: &str = "职级职数";

/// What stands in a candidate's way (不符合项).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// The stable code: `TENURE_INSUFFICIENT`.
    pub code: String,
    /// What a person reads.
    pub message: String,
}

/// A candidate of the round (晋升人选).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterPerson {
    /// 姓名
    pub name: String,
    /// 性别
    pub sex: Sex,
    /// 出生年月
    pub born: YearMonth,
    /// 单位
    pub unit_name: String,
    /// 现任职务
    pub post: Option<String>,
    /// 现任职级
    pub rank: String,
    /// 任职级时间; none of who holds no rank.
    pub rank_since: Option<Date>,
    /// 优秀年度
    pub excellent_years: Vec<i16>,
    /// 拟晋升职级
    pub proposed_rank: String,
    /// 最早可晋升时间
    pub earliest: Option<Date>,
    /// 办理环节
    pub step: String,
    /// What stands in the way; nothing for one who may be promoted.
    pub blockers: Vec<Blocker>,
}

/// Seats of a set of ranks (职级职数).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterSet {
    /// Whose they are: the unit or the pool.
    pub owner: String,
    /// The ranks that share them: 一、二级主任科员.
    pub name: String,
    /// 可用职数: 核定 with what pools gave and took.
    pub usable: u32,
    /// 占用, without those who hold no seat (不占职数).
    pub charged: u32,
    /// 预审占用
    pub held: u32,
    /// 预留
    pub reserved: u32,
    /// 本批拟使用 (net).
    pub intended: i32,
}

/// The mark of a set (缺超标识).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Badge {
    /// 缺: so many seats are free.
    Short(u32),
    /// 满: none is free.
    Full,
    /// 超: so many more hold a seat than there are.
    Over(u32),
}

impl Badge {
    /// The mark of so many seats of which so many are charged.
    ///
    /// ```
    /// use quanheng_forms::roster::Badge;
    /// assert_eq!(Badge::of(5, 3).to_string(), "缺 2");
    /// assert_eq!(Badge::of(5, 5).to_string(), "满");
    /// assert_eq!(Badge::of(5, 6).to_string(), "超 1");
    /// ```
    #[must_use]
    pub fn of(usable: u32, charged: u32) -> Self {
        match usable.cmp(&charged) {
            std::cmp::Ordering::Greater => Self::Short(usable - charged),
            std::cmp::Ordering::Equal => Self::Full,
            std::cmp::Ordering::Less => Self::Over(charged - usable),
        }
    }

    fn fill(self) -> u32 {
        match self {
            Self::Short(_) => 0x00E2_EFDA,
            Self::Full => 0x00FF_F2CC,
            Self::Over(_) => 0x00FF_C7CE,
        }
    }
}

impl std::fmt::Display for Badge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Short(seats) => write!(f, "缺 {seats}"),
            Self::Full => f.write_str("满"),
            Self::Over(seats) => write!(f, "超 {seats}"),
        }
    }
}

impl RosterSet {
    /// 空缺: below nothing where more hold a seat than there are.
    #[must_use]
    pub fn vacancy(&self) -> i64 {
        i64::from(self.usable) - i64::from(self.charged)
    }

    /// 可用 = 可用职数 − 占用 − 预审占用 − 预留.
    #[must_use]
    pub fn available(&self) -> i64 {
        self.vacancy() - i64::from(self.held) - i64::from(self.reserved)
    }

    /// What is left when the round has used its seats, which may be held for it already.
    #[must_use]
    pub fn after(&self) -> i64 {
        self.vacancy() - i64::from(self.intended)
    }
}

/// What the roster says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// 批次: 第3批
    pub batch: String,
    /// 单位
    pub unit_name: String,
    /// The day of which it speaks (截止日期).
    pub as_of: Date,
    /// 晋升人选
    pub persons: Vec<RosterPerson>,
    /// 职级职数
    pub sets: Vec<RosterSet>,
}

const HEADERS: [(&str, u32); 13] = [
    ("序号", 40),
    ("姓名", 72),
    ("性别", 40),
    ("出生年月", 68),
    ("单位", 130),
    ("现任职务", 110),
    ("现任职级", 92),
    ("任职级时间", 88),
    ("优秀年度", 76),
    ("拟晋升职级", 92),
    ("最早可晋升时间", 88),
    ("办理环节", 84),
    ("不符合项", 220),
];
const SET_HEADERS: [(&str, u32); 10] = [
    ("单位（统筹）", 240),
    ("职级", 200),
    ("可用职数", 80),
    ("占用", 80),
    ("空缺", 80),
    ("缺超", 80),
    ("预审占用", 80),
    ("预留", 80),
    ("可用", 80),
    ("本批拟使用后空缺", 100),
];
const PAGE: Page =
    Page { paper: Paper::A4, landscape: true, margins_mm: (14, 14, 10), numbered: true };
const HEADER: Look = Look::new(HEI, 10);
const CELL: Look = Look::new(FANG_SONG, 10);
const TITLE_LOOK: Look = Look::bare(TITLE_SONG, 20);
const LINE: Look = Look::bare(KAI, 11).left();

/// The roster as a workbook of two sheets: 花名册 and 职级职数.
///
/// # Errors
/// [`FormError`]: `ROSTER_ROWS_MAX`, `SETS_MAX`.
pub fn xlsx(roster: &Roster, made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("ROSTER_ROWS_MAX", roster.persons.len(), ROSTER_ROWS_MAX)?;
    at_most("SETS_MAX", roster.sets.len(), SETS_MAX)?;
    let mut book = Book::new(TITLE, made_on)?;
    book.add(persons(roster)?)?;
    book.add(sets(roster)?)?;
    book.finish()
}

/// A sheet with title, the line below it, and headers in the third row.
fn begun(
    roster: &Roster,
    name: &str,
    title: &str,
    headers: &[(&str, u32)],
) -> Result<Sheet, FormError> {
    let widths: Vec<u32> = headers.iter().map(|(_, width)| *width).collect();
    let columns = u16::try_from(headers.len()).unwrap_or(u16::MAX);
    let mut sheet = Sheet::new(name, &widths, PAGE)?;
    sheet.raise(0, 44);
    sheet.label(at(0, 0).columns(columns), title, &TITLE_LOOK)?;
    let (unit, batch) = (&roster.unit_name, &roster.batch);
    let line = format!("单位：{unit}    批次：{batch}    截止日期：{}", spoken(roster.as_of));
    sheet.text(at(1, 0).columns(columns), "单位", &line, &LINE)?;
    sheet.raise(2, 40);
    for ((header, _), column) in headers.iter().zip(0_u16..) {
        sheet.label(at(2, column), header, &HEADER)?;
    }
    sheet.repeat(2, 2)?;
    Ok(sheet)
}

fn persons(roster: &Roster) -> Result<Sheet, FormError> {
    let mut sheet = begun(roster, PERSONS_SHEET, TITLE, &HEADERS)?;
    for (person, row) in roster.persons.iter().zip(3_u32..) {
        sheet.raise(row, 34);
        sheet.number(at(row, 0), i32::try_from(row - 2).ok(), &CELL)?;
        let years: Vec<String> = person.excellent_years.iter().map(ToString::to_string).collect();
        let cells: [(&'static str, &str); 11] = [
            ("姓名", &person.name),
            ("性别", sex_name(person.sex)),
            ("出生年月", &person.born.to_string()),
            ("单位", &person.unit_name),
            ("现任职务", person.post.as_deref().unwrap_or("")),
            ("现任职级", &person.rank),
            ("任职级时间", &person.rank_since.map_or_else(String::new, iso)),
            ("优秀年度", &years.join("、")),
            ("拟晋升职级", &person.proposed_rank),
            ("最早可晋升时间", &person.earliest.map_or_else(String::new, iso)),
            ("办理环节", &person.step),
        ];
        for ((field, text), column) in cells.into_iter().zip(1..) {
            sheet.text(at(row, column), field, text, &CELL)?;
        }
        let look = match person.blockers.is_empty() {
            true => CELL.left(),
            false => CELL.left().fill(0x00FF_C7CE),
        };
        sheet.text(at(row, 12), "不符合项", &blockers(&person.blockers), &look)?;
    }
    Ok(sheet)
}

/// One a line: `任职年限不足（TENURE_INSUFFICIENT）`.
fn blockers(blockers: &[Blocker]) -> String {
    let line = |blocker: &Blocker| format!("{}（{}）", blocker.message, blocker.code);
    blockers.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn sets(roster: &Roster) -> Result<Sheet, FormError> {
    let mut sheet = begun(roster, SEATS_SHEET, "职级职数情况", &SET_HEADERS)?;
    for (set, row) in roster.sets.iter().zip(3_u32..) {
        sheet.raise(row, 32);
        sheet.text(at(row, 0), "单位（统筹）", &set.owner, &CELL.left())?;
        sheet.text(at(row, 1), "职级", &set.name, &CELL)?;
        let badge = Badge::of(set.usable, set.charged);
        sheet.label(at(row, 5), &badge.to_string(), &CELL.bold().fill(badge.fill()))?;
        let figures = [
            (2, i64::from(set.usable)),
            (3, i64::from(set.charged)),
            (4, set.vacancy()),
            (6, i64::from(set.held)),
            (7, i64::from(set.reserved)),
            (8, set.available()),
            (9, set.after()),
        ];
        for (column, figure) in figures {
            let figure = i32::try_from(figure).ok().filter(|f| f.unsigned_abs() <= 4 * COUNT_MAX);
            let too_many = FormError::Bound { bound: "COUNT_MAX", max: u64::from(COUNT_MAX) };
            sheet.number(at(row, column), Some(figure.ok_or(too_many)?), &CELL)?;
        }
    }
    Ok(sheet)
}
