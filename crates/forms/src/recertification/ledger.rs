//! 参照管理单位台账: every unit as of a day, with where it came from, what became of it, and
//! every change with its document; and the same of one unit as a document.

use jiff::civil::Date;

use super::facts::{Decided, UnitFacts};
use super::paper;
use crate::bounds::{CHANGES_MAX, UNITS_MAX, at_most};
use crate::days::spoken;
use crate::error::FormError;
use crate::grid::{Grid, Head, Value, head};
use crate::sheet::{Book, Paper};
use crate::word::{Row, mm};

/// The title of the ledger.
pub const TITLE: &str = "参照公务员法管理单位台账";
const SHEET: &str = "参照管理单位台账";
const HISTORY_TITLE: &str = "参照公务员法管理单位沿革";
const HISTORY_SHEET: &str = "沿革";

/// A unit that another came from or went to (前身、继任单位).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relation {
    /// 单位名称
    pub name: String,
    /// How: 合并, 分设, 划转
    pub how: Option<String>,
    /// 日期
    pub on: Option<Date>,
}

impl Relation {
    /// `示例县示例站（合并，2025年3月1日）`
    fn line(&self) -> String {
        let parts = [self.how.clone(), self.on.map(spoken)];
        let parts = parts.into_iter().flatten().collect::<Vec<_>>().join("，");
        if parts.is_empty() { self.name.clone() } else { format!("{}（{parts}）", self.name) }
    }
}

/// A change of a unit (变动记录).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeEntry {
    /// 变动时间
    pub on: Option<Date>,
    /// 变动情形: 名称调整
    pub kind: String,
    /// 变动内容
    pub what: Option<String>,
    /// 依据文件
    pub document: Option<String>,
    /// 办理路径
    pub route: Option<String>,
    /// 审批
    pub approval: Decided,
    /// 备案
    pub filing: Decided,
}

/// A unit of the ledger (台账单位).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerUnit {
    /// 单位
    pub unit: UnitFacts,
    /// 参照管理状态: 参照管理, 已退出
    pub status: Option<String>,
    /// 是否涉改
    pub affected: Option<bool>,
    /// 办理路径, of the newest case.
    pub route: Option<String>,
    /// 审批
    pub approval: Decided,
    /// 中央备案
    pub filing: Decided,
    /// 前身单位
    pub predecessors: Vec<Relation>,
    /// 继任单位
    pub successors: Vec<Relation>,
    /// 变动记录, the oldest first.
    pub changes: Vec<ChangeEntry>,
}

/// What the ledger says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Whose it is (台账单位).
    pub keeper: String,
    /// The day as of which it speaks (截止日期).
    pub as_of: Date,
    /// 单位
    pub units: Vec<LedgerUnit>,
}

const MORE: [Head; 5] = [
    head("参照管理状态", 56),
    head("是否涉改", 36),
    head("办理路径", 60),
    head("审批", 88),
    head("中央备案", 88),
];
const HISTORY: [Head; 11] = [
    head("序号", 40),
    head("单位名称", 170),
    head("前身单位", 150),
    head("继任单位", 150),
    head("变动时间", 84),
    head("变动情形", 90),
    head("变动内容", 200),
    head("依据文件", 120),
    head("办理路径", 72),
    head("审批", 110),
    head("备案", 110),
];

/// A workbook of two sheets: every unit with its columns, and its 沿革 change by change.
///
/// # Errors
/// [`FormError`]: `UNITS_MAX`, `CHANGES_MAX` of all changes.
pub fn xlsx(ledger: &Ledger, made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("UNITS_MAX", ledger.units.len(), UNITS_MAX)?;
    let changes = ledger.units.iter().map(|unit| unit.changes.len()).sum();
    at_most("CHANGES_MAX", changes, CHANGES_MAX)?;
    let line = format!("台账单位：{}    截止日期：{}", ledger.keeper, spoken(ledger.as_of));
    let mut book = Book::new(TITLE, made_on)?;
    book.add(units(ledger, &line)?.sheet)?;
    book.add(history(ledger, &line)?.sheet)?;
    book.finish()
}

fn units(ledger: &Ledger, line: &str) -> Result<Grid, FormError> {
    let mut heads = vec![head("序号", 32)];
    let unit = UnitFacts::default();
    heads.extend(unit.entries().iter().map(|entry| head(entry.label, entry.width)));
    heads.extend(MORE);
    let mut grid = Grid::on(Paper::A3, SHEET, TITLE, line, &heads)?;
    for (one, serial) in ledger.units.iter().zip(1..) {
        let mut values = vec![Value::serial(serial)];
        values.extend(one.unit.entries().into_iter().map(|entry| entry.value));
        values.extend([
            Value::maybe(one.status.as_deref()),
            Value::yes(one.affected),
            Value::maybe(one.route.as_deref()),
            Value::text(&one.approval.lines()),
            Value::text(&one.filing.lines()),
        ]);
        grid.row(&values)?;
    }
    Ok(grid)
}

fn related(relations: &[Relation]) -> String {
    relations.iter().map(Relation::line).collect::<Vec<_>>().join("\n")
}

fn history(ledger: &Ledger, line: &str) -> Result<Grid, FormError> {
    let mut grid = Grid::new(HISTORY_SHEET, HISTORY_TITLE, line, &HISTORY)?;
    for (one, serial) in ledger.units.iter().zip(1..) {
        let once = [
            Value::serial(serial),
            Value::text(&one.unit.name),
            Value::text(&related(&one.predecessors)),
            Value::text(&related(&one.successors)),
        ];
        let parts: Vec<Vec<Value>> = one.changes.iter().map(change).collect();
        grid.block(&once, &parts)?;
    }
    Ok(grid)
}

fn change(entry: &ChangeEntry) -> Vec<Value> {
    vec![
        Value::Day(entry.on),
        Value::text(&entry.kind),
        Value::long(entry.what.as_deref().unwrap_or("")),
        Value::maybe(entry.document.as_deref()),
        Value::maybe(entry.route.as_deref()),
        Value::text(&entry.approval.lines()),
        Value::text(&entry.filing.lines()),
    ]
}

/// One unit with its history as a document.
///
/// # Errors
/// [`FormError`]: `CHANGES_MAX`, `FIELD_MISSING` without a name.
pub fn docx(one: &LedgerUnit, as_of: Date, made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("CHANGES_MAX", one.changes.len(), CHANGES_MAX)?;
    if one.unit.name.is_empty() {
        return Err(FormError::Missing { field: "单位名称" });
    }
    let mut document = paper::document(TITLE);
    paper::title(&mut document, TITLE, false);
    paper::line(&mut document, "截止日期", &format!("截止日期：{}", spoken(as_of)))?;
    let mut table = paper::table();
    paper::unit(&mut table, &one.unit)?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let affected = one.affected.map_or("", |yes| if yes { "是" } else { "否" });
    let cells = vec![
        paper::label(2, "参照管理\n状态"),
        paper::value(2, "参照管理状态", &text(&one.status))?,
        paper::label(2, "是否涉改"),
        paper::value(2, "是否涉改", affected)?,
        paper::label(2, "办理路径"),
        paper::value(2, "办理路径", &text(&one.route))?,
    ];
    table.row(Row::new(mm(10), cells));
    paper::wide(&mut table, 9, "审批", &one.approval.spoken())?;
    paper::wide(&mut table, 9, "中央备案", &one.filing.spoken())?;
    paper::wide(&mut table, 9, "前身单位", &related(&one.predecessors))?;
    paper::wide(&mut table, 9, "继任单位", &related(&one.successors))?;
    document.table(&table);
    paper::note(&mut document, "");
    paper::part(&mut document, "变动记录");
    document.table(&log(&one.changes)?);
    paper::note(&mut document, "");
    document.finish(made_on)
}

fn log(changes: &[ChangeEntry]) -> Result<crate::word::Table, FormError> {
    let mut table = paper::table();
    let heads =
        [("变动时间", 2), ("变动情形", 2), ("变动内容", 3), ("依据文件", 2), ("审批、备案", 3)];
    paper::headers(&mut table, &heads);
    for entry in changes {
        let decided = [
            entry.route.clone(),
            Some(entry.approval.spoken()),
            Some(entry.filing.spoken())
                .filter(|text| !text.is_empty())
                .map(|text| format!("备案：{text}")),
        ];
        let decided: Vec<String> =
            decided.into_iter().flatten().filter(|text| !text.is_empty()).collect();
        let cells = vec![
            paper::value(2, "变动时间", &entry.on.map_or_else(String::new, spoken))?,
            paper::value(2, "变动情形", &entry.kind)?,
            paper::long(3, "变动内容", entry.what.as_deref().unwrap_or(""))?,
            paper::value(2, "依据文件", entry.document.as_deref().unwrap_or(""))?,
            paper::long(3, "审批、备案", &decided.join("\n"))?,
        ];
        table.row(Row::new(mm(9), cells));
    }
    Ok(table)
}
