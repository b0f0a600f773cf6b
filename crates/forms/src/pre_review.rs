//! 《公务员职级职数使用审批表》 (8.1): what a unit asks before it uses seats (职数使用预审).
//!
//! One A4 page across: the unit, four blocks of the same ten columns, two opinions.

use jiff::civil::Date;

use crate::bounds::COUNT_MAX;
use crate::error::FormError;
use crate::opinion::Opinion;
use crate::sheet::{Book, Edges, FANG_SONG, HEI, Look, Page, Paper, Sheet, TITLE_SONG, at};

/// The title of the form.
pub const TITLE: &str = "公务员职级职数使用审批表";
const SHEET: &str = "职级职数使用审批表";
const NOTE: &str = "此表一式两份";
/// The ranks of a ladder's block, the highest first.
const RANKS: [&str; 8] = [
    "一级调研员",
    "二级调研员",
    "三级调研员",
    "四级调研员",
    "一级主任科员",
    "二级主任科员",
    "三级主任科员",
    "四级主任科员",
];
const SUBTOTAL: &str = "小计";
const BLOCKS: [&str; 4] =
    ["职级职数\n设置情况", "职级职数\n使用情况", "职级职数\n空缺情况", "拟使用\n职级职数"];

/// Seats of one rank in a block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RankCount {
    /// The rank is not set up here (未设置): an empty cell.
    #[default]
    Blank,
    /// So many; below nothing where more hold the rank than may (超职数).
    Count(i32),
    /// The rank shares its seats with the next one, which bears the number (合并核定).
    JoinedWithNext,
}

/// The seats of four ranks and their subtotal (小计).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ladder {
    /// The subtotal; left out, the sum of the numbers below.
    pub subtotal: Option<i32>,
    /// First to fourth rank.
    pub ranks: [RankCount; 4],
}

impl Ladder {
    /// A number for every rank.
    #[must_use]
    pub fn of(counts: [i32; 4]) -> Self {
        Self { subtotal: None, ranks: counts.map(RankCount::Count) }
    }

    /// A number for the first two ranks together and one for the last two, as ratios set them.
    #[must_use]
    pub fn pairs(upper: i32, lower: i32) -> Self {
        let joined = RankCount::JoinedWithNext;
        Self {
            subtotal: None,
            ranks: [joined, RankCount::Count(upper), joined, RankCount::Count(lower)],
        }
    }

    /// The subtotal to print; none where the block is empty.
    ///
    /// # Errors
    /// `SUBTOTAL_MISMATCH` where one is given that the ranks do not add up to, and none of
    /// them is blank; `COUNT_MAX`.
    pub fn total(&self, field: &'static str) -> Result<Option<i32>, FormError> {
        let counts = self.ranks.iter().filter_map(|rank| match rank {
            RankCount::Count(count) => Some(i64::from(*count)),
            _ => None,
        });
        let (known, sum) = counts.fold((0, 0), |(known, sum), count| (known + 1, sum + count));
        let given = self.subtotal.map(i64::from);
        if let Some(given) = given
            && !self.ranks.contains(&RankCount::Blank)
            && given != sum
        {
            return Err(FormError::Subtotal { field, given, sum });
        }
        given.or((known > 0).then_some(sum)).map(in_bounds).transpose()
    }
}

fn in_bounds(count: i64) -> Result<i32, FormError> {
    let most = i32::try_from(COUNT_MAX).unwrap_or(i32::MAX);
    let count = i32::try_from(count).ok().filter(|count| (-most..=most).contains(count));
    count.ok_or(FormError::Bound { bound: "COUNT_MAX", max: u64::from(COUNT_MAX) })
}

/// A block of the form: the seats of both ladders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seats {
    /// 一级调研员 to 四级调研员.
    pub researchers: Ladder,
    /// 一级主任科员 to 四级主任科员.
    pub clerks: Ladder,
}

/// What the form says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreReview {
    /// 单位名称
    pub unit_name: String,
    /// 机构性质
    pub nature: String,
    /// 机构规格
    pub grade: String,
    /// 行政编制数
    pub slots: u32,
    /// 职级职数设置情况
    pub determined: Seats,
    /// 职级职数使用情况
    pub used: Seats,
    /// 职级职数空缺情况, as the ledger counts: with those who hold no seat (不占职数).
    pub vacant: Seats,
    /// 拟使用职级职数
    pub intended: Seats,
    /// 申报单位党委（党组）意见
    pub applicant: Opinion,
    /// 公务员主管部门意见
    pub authority: Opinion,
}

const LABEL: Look = Look::new(HEI, 11);
/// Six characters in a line of their column.
const RANK: Look = Look::new(HEI, 10);
const VALUE: Look = Look::new(FANG_SONG, 12);
const PAGE: Page =
    Page { paper: Paper::A4, landscape: true, margins_mm: (15, 12, 12), numbered: false };
const COLUMNS: [u32; 11] = [132, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90];
const BLOCKS_ROW: u32 = 2;
const OPINIONS_ROW: u32 = 10;

/// The form as a worksheet.
///
/// ```
/// use jiff::civil::date;
/// use quanheng_forms::pre_review::{PreReview, xlsx};
/// let form = PreReview { unit_name: "样例县示例局".to_owned(), ..PreReview::default() };
/// let bytes = xlsx(&form, date(2026, 3, 2))?;
/// assert_eq!(bytes, xlsx(&form, date(2026, 3, 2))?);
/// # Ok::<(), quanheng_forms::FormError>(())
/// ```
///
/// # Errors
/// [`FormError`].
pub fn xlsx(form: &PreReview, made_on: Date) -> Result<Vec<u8>, FormError> {
    let mut sheet = Sheet::new(SHEET, &COLUMNS, PAGE)?;
    sheet.raise(0, 52);
    sheet.label(at(0, 0).columns(11), TITLE, &Look::bare(TITLE_SONG, 22))?;
    unit(&mut sheet, form)?;
    let blocks = [&form.determined, &form.used, &form.vacant, &form.intended];
    for ((seats, label), number) in blocks.into_iter().zip(BLOCKS).zip(0_u32..) {
        block(&mut sheet, BLOCKS_ROW + 2 * number, label, seats)?;
    }
    let (applicant, authority) = (&form.applicant, &form.authority);
    opinion(&mut sheet, (0, 5), "申报单位\n党委（党组）\n意见", applicant)?;
    opinion(&mut sheet, (6, 4), "公务员\n主管部门\n意见", authority)?;
    let note = Look::bare(FANG_SONG, 11).left();
    sheet.label(at(OPINIONS_ROW + 2, 0).columns(11), NOTE, &note)?;
    let mut book = Book::new(TITLE, made_on)?;
    book.add(sheet)?;
    book.finish()
}

fn unit(sheet: &mut Sheet, form: &PreReview) -> Result<(), FormError> {
    sheet.raise(1, 46);
    sheet.label(at(1, 0), "单位名称", &LABEL)?;
    sheet.text(at(1, 1).columns(3), "单位名称", &form.unit_name, &VALUE)?;
    sheet.label(at(1, 4), "机构性质", &LABEL)?;
    sheet.text(at(1, 5).columns(2), "机构性质", &form.nature, &VALUE)?;
    sheet.label(at(1, 7), "机构规格", &LABEL)?;
    sheet.text(at(1, 8), "机构规格", &form.grade, &VALUE)?;
    sheet.label(at(1, 9), "行政编制数", &LABEL)?;
    let slots = in_bounds(i64::from(form.slots))?;
    sheet.number(at(1, 10), Some(slots), &VALUE)
}

fn block(sheet: &mut Sheet, row: u32, label: &'static str, seats: &Seats) -> Result<(), FormError> {
    sheet.raise(row, 38);
    sheet.raise(row + 1, 48);
    sheet.label(at(row, 0).rows(2), label, &LABEL)?;
    for (ladder, side) in [&seats.researchers, &seats.clerks].into_iter().zip([0_u16, 1]) {
        let first = 1 + 5 * side;
        let names = RANKS.iter().skip(4 * usize::from(side)).take(4);
        sheet.label(at(row, first), SUBTOTAL, &RANK)?;
        sheet.number(at(row + 1, first), ladder.total(label)?, &VALUE)?;
        for (name, column) in names.zip(first + 1..) {
            sheet.label(at(row, column), name, &RANK)?;
        }
        ranks(sheet, (row + 1, first + 1), label, ladder)?;
    }
    Ok(())
}

/// The numbers of four ranks: those that share their seats in one cell.
fn ranks(
    sheet: &mut Sheet,
    (row, first): (u32, u16),
    field: &'static str,
    ladder: &Ladder,
) -> Result<(), FormError> {
    let mut joined = 0;
    for (rank, column) in ladder.ranks.iter().zip(first..) {
        let count = match rank {
            RankCount::JoinedWithNext => {
                joined += 1;
                continue;
            }
            RankCount::Count(count) => Some(in_bounds(i64::from(*count))?),
            RankCount::Blank => None,
        };
        sheet.number(at(row, column - joined).columns(1 + joined), count, &VALUE)?;
        joined = 0;
    }
    if joined > 0 {
        return Err(FormError::NothingToJoin { field });
    }
    Ok(())
}

fn opinion(
    sheet: &mut Sheet,
    (first, columns): (u16, u16),
    label: &'static str,
    opinion: &Opinion,
) -> Result<(), FormError> {
    let row = OPINIONS_ROW;
    sheet.raise(row, 130);
    sheet.raise(row + 1, 60);
    sheet.label(at(row, first).rows(2), label, &LABEL)?;
    let words = VALUE.left().top().edges(Edges::UPPER);
    sheet.text(at(row, first + 1).columns(columns), "意见", opinion.words(), &words)?;
    let dated = format!("（盖章）          \n{}    ", opinion.day());
    let seal = VALUE.right().bottom().edges(Edges::LOWER);
    sheet.label(at(row + 1, first + 1).columns(columns), &dated, &seal)
}
