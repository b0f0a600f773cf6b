//! 机构编制前后对照表 and 职能对照表: what of each unit was before the reform, what is after it,
//! and which document changed it.

use jiff::civil::Date;

use crate::bounds::{CHANGES_MAX, UNITS_MAX, at_most};
use crate::days::spoken;
use crate::error::FormError;
use crate::grid::{Grid, Head, Value, head, under};
use crate::sheet::Book;

/// The title of the table.
pub const TITLE: &str = "机构改革前后机构编制对照表";
const SHEET: &str = "机构编制前后对照表";
const FUNCTIONS_TITLE: &str = "机构改革前后职能对照表";
const FUNCTIONS_SHEET: &str = "职能对照表";

/// A field that is compared (对照项目).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldChange {
    /// 项目: 机构名称, 隶属关系, 参照管理编制数
    pub field: String,
    /// 改革前; none where it is not known.
    pub before: Option<String>,
    /// 改革后; none where it is not known.
    pub after: Option<String>,
    /// 依据文件: the document that changed it.
    pub document: Option<String>,
    /// 变动时间
    pub on: Option<Date>,
}

impl FieldChange {
    /// 有变化 or 无变化; nothing where one side is not known.
    ///
    /// ```
    /// use quanheng_forms::recertification::changes::FieldChange;
    /// let mut field = FieldChange { before: Some("甲".into()), ..FieldChange::default() };
    /// assert_eq!(field.changed(), None);
    /// field.after = Some("乙".into());
    /// assert_eq!(field.changed(), Some(true));
    /// ```
    #[must_use]
    pub fn changed(&self) -> Option<bool> {
        Some(self.before.as_ref()? != self.after.as_ref()?)
    }
}

/// A function of a unit (职能), and where it went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionChange {
    /// 改革前职能
    pub before: Option<String>,
    /// 改革后职能
    pub after: Option<String>,
    /// 承接单位: who has it now, where another has.
    pub moved_to: Option<String>,
    /// 依据文件
    pub document: Option<String>,
}

/// A unit that is compared (对照单位).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitChange {
    /// 单位名称, as it is now.
    pub name: String,
    /// 主管单位
    pub supervisor: Option<String>,
    /// 对照项目
    pub fields: Vec<FieldChange>,
    /// 职能
    pub functions: Vec<FunctionChange>,
}

/// What the table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// 填报单位
    pub reporter: String,
    /// 改革前基准日
    pub baseline_on: Option<Date>,
    /// 截止日期
    pub as_of: Date,
    /// 对照单位
    pub units: Vec<UnitChange>,
}

const HEADS: [Head; 9] = [
    head("序号", 40),
    head("单位名称", 190),
    head("主管单位", 150),
    head("项目", 130),
    under("对照", "改革前", 180),
    under("对照", "改革后", 180),
    head("有无变化", 70),
    head("依据文件", 160),
    head("变动时间", 90),
];
const FUNCTION_HEADS: [Head; 7] = [
    head("序号", 40),
    head("单位名称", 180),
    head("主管单位", 140),
    under("职能", "改革前", 290),
    under("职能", "改革后", 290),
    head("承接单位", 140),
    head("依据文件", 140),
];

/// A workbook of two sheets: 机构编制前后对照表, and 职能对照表 where functions are told.
///
/// # Errors
/// [`FormError`]: `UNITS_MAX`, `CHANGES_MAX` of all fields and functions.
pub fn xlsx(changes: &Changes, made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("UNITS_MAX", changes.units.len(), UNITS_MAX)?;
    let parts = changes.units.iter().map(|unit| unit.fields.len() + unit.functions.len()).sum();
    at_most("CHANGES_MAX", parts, CHANGES_MAX)?;
    let baseline = changes.baseline_on.map_or_else(String::new, spoken);
    let line = format!(
        "填报单位：{}    改革前基准日：{baseline}    截止日期：{}",
        changes.reporter,
        spoken(changes.as_of)
    );
    let mut book = Book::new(TITLE, made_on)?;
    book.add(fields(changes, &line)?.sheet)?;
    if changes.units.iter().any(|unit| !unit.functions.is_empty()) {
        book.add(functions(changes, &line)?.sheet)?;
    }
    book.finish()
}

fn once(unit: &UnitChange, serial: usize) -> [Value; 3] {
    [Value::serial(serial), Value::text(&unit.name), Value::maybe(unit.supervisor.as_deref())]
}

fn fields(changes: &Changes, line: &str) -> Result<Grid, FormError> {
    let mut grid = Grid::new(SHEET, TITLE, line, &HEADS)?;
    for (unit, serial) in changes.units.iter().zip(1..) {
        let parts: Vec<Vec<Value>> = unit.fields.iter().map(field).collect();
        grid.block(&once(unit, serial), &parts)?;
    }
    Ok(grid)
}

fn field(field: &FieldChange) -> Vec<Value> {
    let changed = field.changed().map(|yes| if yes { "有变化" } else { "无变化" });
    vec![
        Value::text(&field.field),
        Value::maybe(field.before.as_deref()),
        Value::maybe(field.after.as_deref()),
        Value::maybe(changed),
        Value::maybe(field.document.as_deref()),
        Value::Day(field.on),
    ]
}

fn functions(changes: &Changes, line: &str) -> Result<Grid, FormError> {
    let mut grid = Grid::new(FUNCTIONS_SHEET, FUNCTIONS_TITLE, line, &FUNCTION_HEADS)?;
    let with = changes.units.iter().filter(|unit| !unit.functions.is_empty());
    for (unit, serial) in with.zip(1..) {
        let parts: Vec<Vec<Value>> = unit.functions.iter().map(function).collect();
        grid.block(&once(unit, serial), &parts)?;
    }
    Ok(grid)
}

fn function(function: &FunctionChange) -> Vec<Value> {
    vec![
        Value::long(function.before.as_deref().unwrap_or("")),
        Value::long(function.after.as_deref().unwrap_or("")),
        Value::maybe(function.moved_to.as_deref()),
        Value::maybe(function.document.as_deref()),
    ]
}
