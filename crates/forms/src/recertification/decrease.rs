//! 只减不增对比表: for every scope how many units and slots there were before the reform, are
//! committed, are in this batch, and are left.

use jiff::civil::Date;

use crate::bounds::{SCOPES_MAX, at_most};
use crate::days::spoken;
use crate::error::FormError;
use crate::grid::{Grid, Head, RED, Value, YELLOW, head, under};
use crate::sheet::Book;

/// The title of the table.
pub const TITLE: &str = "机构改革前后参照管理单位数和编制数只减不增对比表";
const SHEET: &str = "只减不增对比表";

/// How many units, and how many slots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// 单位数
    pub units: u32,
    /// 参照管理编制数
    pub slots: u32,
}

/// What came of it in a scope (结论).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verdict {
    /// 符合
    Pass,
    /// 提醒: more than before where the rule only warns.
    Warn,
    /// 超出: the batch is not committed, which denies no unit.
    Fail,
    /// 未核查: nothing was asked.
    #[default]
    Open,
}

impl Verdict {
    /// In Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Pass => "符合",
            Self::Warn => "提醒",
            Self::Fail => "超出",
            Self::Open => "",
        }
    }

    fn fill(self) -> Option<u32> {
        match self {
            Self::Warn => Some(YELLOW),
            Self::Fail => Some(RED),
            Self::Pass | Self::Open => None,
        }
    }
}

/// A scope (核查范围).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeRow {
    /// Its kind: 全省, 市, 县, 主管部门
    pub kind: String,
    /// Its name.
    pub name: String,
    /// 改革前; none where nothing was frozen for it.
    pub before: Option<Counts>,
    /// 已认定: what is committed without this batch.
    pub committed: Counts,
    /// 本批后: what would be committed with it.
    pub after: Counts,
    /// What came of it.
    pub verdict: Verdict,
}

impl ScopeRow {
    /// 本批增减: units and slots that this batch adds, below nothing where it takes some away.
    #[must_use]
    pub fn batch(&self) -> (i64, i64) {
        less(self.after, self.committed)
    }

    /// 余量: before less after; none where nothing was frozen.
    ///
    /// ```
    /// use quanheng_forms::recertification::decrease::{Counts, ScopeRow};
    /// let row = ScopeRow {
    ///     before: Some(Counts { units: 500, slots: 12_000 }),
    ///     committed: Counts { units: 480, slots: 11_950 },
    ///     after: Counts { units: 492, slots: 12_010 },
    ///     ..ScopeRow::default()
    /// };
    /// assert_eq!((row.batch(), row.room()), ((12, 60), Some((8, -10))));
    /// ```
    #[must_use]
    pub fn room(&self) -> Option<(i64, i64)> {
        self.before.map(|before| less(before, self.after))
    }
}

fn less(one: Counts, other: Counts) -> (i64, i64) {
    let less = |one: u32, other: u32| i64::from(one) - i64::from(other);
    (less(one.units, other.units), less(one.slots, other.slots))
}

/// What the table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decrease {
    /// 批次; none of a table without a batch.
    pub batch: Option<String>,
    /// 改革前基准日
    pub baseline_on: Option<Date>,
    /// The day of which it speaks (截止日期).
    pub as_of: Date,
    /// 核查范围
    pub scopes: Vec<ScopeRow>,
}

const HEADS: [Head; 14] = [
    head("序号", 40),
    head("范围", 80),
    head("名称", 190),
    under("改革前", "单位数", 66),
    under("改革前", "编制数", 66),
    under("已认定", "单位数", 66),
    under("已认定", "编制数", 66),
    under("本批增减", "单位数", 66),
    under("本批增减", "编制数", 66),
    under("本批后", "单位数", 66),
    under("本批后", "编制数", 66),
    under("余量", "单位数", 66),
    under("余量", "编制数", 66),
    head("结论", 70),
];

/// The table as a worksheet; a scope that has grown is coloured.
///
/// # Errors
/// [`FormError`]: `SCOPES_MAX`, `COUNT_MAX`.
pub fn xlsx(decrease: &Decrease, made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("SCOPES_MAX", decrease.scopes.len(), SCOPES_MAX)?;
    let batch = decrease.batch.as_deref().unwrap_or("");
    let baseline = decrease.baseline_on.map_or_else(String::new, spoken);
    let line = format!(
        "批次：{batch}    改革前基准日：{baseline}    截止日期：{}",
        spoken(decrease.as_of)
    );
    let mut grid = Grid::new(SHEET, TITLE, &line, &HEADS)?;
    for (scope, serial) in decrease.scopes.iter().zip(1..) {
        let values = row(scope, serial);
        match scope.verdict.fill() {
            Some(fill) => grid.row_filled(&values, fill)?,
            None => grid.row(&values)?,
        }
    }
    grid.note(
        "说明：编制数为参照公务员法管理事业单位编制，不是实有人数；已认定含已批准尚未生效的单位；\
         余量=改革前−本批后，负数为超出。",
    )?;
    let mut book = Book::new(TITLE, made_on)?;
    book.add(grid.sheet)?;
    book.finish()
}

fn row(scope: &ScopeRow, serial: usize) -> Vec<Value> {
    let counts = |counts: Option<Counts>| {
        [counts.map(|one| one.units), counts.map(|one| one.slots)].map(Value::count)
    };
    let signed =
        |pair: Option<(i64, i64)>| [pair.map(|one| one.0), pair.map(|one| one.1)].map(Value::Count);
    let mut values =
        vec![Value::serial(serial), Value::text(&scope.kind), Value::text(&scope.name)];
    values.extend(counts(scope.before));
    values.extend(counts(Some(scope.committed)));
    values.extend(signed(Some(scope.batch())));
    values.extend(counts(Some(scope.after)));
    values.extend(signed(scope.room()));
    values.push(Value::text(scope.verdict.label()));
    values
}
