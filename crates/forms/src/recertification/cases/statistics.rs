//! 重新认定统计: units by place and by department, decided by outcome, rounds and documents.

use jiff::civil::Date;

use crate::bounds::{SCOPES_MAX, at_most};
use crate::days::spoken;
use crate::error::FormError;
use crate::grid::{Grid, Head, Value, head, under};
use crate::sheet::Book;

/// The title of the table.
pub(super) const TITLE: &str = "参照管理单位重新认定情况统计表";
const PLACES: &str = "按地区统计";
const DEPARTMENTS: &str = "按主管部门统计";

/// How many cases came to what (办理结果).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// 予以认定
    pub approved: u32,
    /// 备案
    pub filed: u32,
    /// 批准退出
    pub exited: u32,
    /// 不予认定
    pub denied: u32,
}

impl Outcomes {
    /// 合计 of those decided.
    #[must_use]
    pub fn decided(&self) -> u64 {
        [self.approved, self.filed, self.exited, self.denied].map(u64::from).iter().sum()
    }
}

/// A province, city, county or department (统计范围).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatisticsRow {
    /// 范围: 全省, 市, 县
    pub kind: String,
    /// 名称
    pub name: String,
    /// 参照管理单位总数
    pub units: u32,
    /// 涉改单位数
    pub affected: u32,
    /// 已受理案件数
    pub cases: u32,
    /// 办理结果
    pub outcomes: Outcomes,
    /// 沟通反馈总轮次
    pub rounds: u32,
    /// 查阅文件总数
    pub documents: u32,
}

impl StatisticsRow {
    /// 平均沟通反馈次数 per case.
    #[must_use]
    pub fn average_rounds(&self) -> Option<Tenths> {
        average(self.rounds, self.cases)
    }
}

/// A number of tenths, shown as `2.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(pub u64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// A sum over so many, to the nearest tenth, halves up; none over nothing.
///
/// ```
/// use quanheng_forms::recertification::cases::average;
/// assert_eq!(average(5, 2).unwrap().to_string(), "2.5");
/// assert_eq!(average(2, 3).unwrap().to_string(), "0.7");
/// assert_eq!(average(2, 0), None);
/// ```
#[must_use]
pub fn average(sum: u32, over: u32) -> Option<Tenths> {
    let (sum, over) = (u64::from(sum), u64::from(over));
    (over > 0).then(|| Tenths((20 * sum + over) / (2 * over)))
}

/// What the table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// 填报单位
    pub reporter: String,
    /// 截止日期
    pub as_of: Date,
    /// 全省, then its cities and counties, in their order.
    pub places: Vec<StatisticsRow>,
    /// 主管部门
    pub departments: Vec<StatisticsRow>,
}

const HEADS: [Head; 14] = [
    head("序号", 40),
    head("范围", 80),
    head("名称", 200),
    head("参照管理单位总数", 76),
    head("涉改单位数", 70),
    head("受理案件数", 70),
    under("办理结果", "予以认定", 66),
    under("办理结果", "备案", 66),
    under("办理结果", "批准退出", 66),
    under("办理结果", "不予认定", 66),
    under("办理结果", "小计", 66),
    head("沟通反馈总轮次", 76),
    head("平均每案沟通反馈次数", 90),
    head("查阅文件总数", 76),
];

impl Statistics {
    /// A workbook of two sheets: by place, and by department where there are some.
    ///
    /// # Errors
    /// [`FormError`]: `SCOPES_MAX`, `COUNT_MAX`.
    pub fn xlsx(&self, made_on: Date) -> Result<Vec<u8>, FormError> {
        at_most("SCOPES_MAX", self.places.len().max(self.departments.len()), SCOPES_MAX)?;
        let mut book = Book::new(TITLE, made_on)?;
        book.add(self.sheet(PLACES, &self.places)?)?;
        if !self.departments.is_empty() {
            book.add(self.sheet(DEPARTMENTS, &self.departments)?)?;
        }
        book.finish()
    }

    fn sheet(&self, name: &str, rows: &[StatisticsRow]) -> Result<crate::sheet::Sheet, FormError> {
        let line = format!("填报单位：{}    截止日期：{}", self.reporter, spoken(self.as_of));
        let mut grid = Grid::new(name, TITLE, &line, &HEADS)?;
        for (row, serial) in rows.iter().zip(1..) {
            grid.row(&values(row, serial))?;
        }
        Ok(grid.sheet)
    }
}

fn values(row: &StatisticsRow, serial: usize) -> Vec<Value> {
    let outcomes = &row.outcomes;
    let count = |count: u32| Value::count(Some(count));
    let average = row.average_rounds().map_or_else(String::new, |tenths| tenths.to_string());
    vec![
        Value::serial(serial),
        Value::text(&row.kind),
        Value::text(&row.name),
        count(row.units),
        count(row.affected),
        count(row.cases),
        count(outcomes.approved),
        count(outcomes.filed),
        count(outcomes.exited),
        count(outcomes.denied),
        Value::Count(i64::try_from(outcomes.decided()).ok()),
        count(row.rounds),
        Value::Text(average),
        count(row.documents),
    ]
}
