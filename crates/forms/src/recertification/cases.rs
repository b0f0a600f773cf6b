//! 重新认定审核台账: every case with its rounds, the documents that were consulted, opinions and
//! conclusion; and the statistics over all (统计).

mod statistics;

use jiff::civil::Date;

pub use statistics::{Outcomes, Statistics, StatisticsRow, Tenths, average};

use super::facts::Decided;
use crate::bounds::{CASES_MAX, CHANGES_MAX, at_most};
use crate::days::spoken;
use crate::error::FormError;
use crate::grid::{Grid, Head, Value, head};
use crate::sheet::Book;

/// The title of the ledger.
pub const TITLE: &str = "参照管理单位重新认定审核台账";
const SHEET: &str = "审核台账";
const DOCUMENTS_TITLE: &str = "重新认定审核查阅文件清单";
const DOCUMENTS_SHEET: &str = "查阅文件";
const ROUNDS_TITLE: &str = "重新认定审核沟通反馈清单";
const ROUNDS_SHEET: &str = "沟通反馈";

/// A round of feedback (沟通反馈).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// 反馈日期
    pub on: Option<Date>,
    /// 反馈内容
    pub asked: String,
    /// 补正日期
    pub answered_on: Option<Date>,
    /// 补正情况
    pub answer: Option<String>,
}

/// A document that was consulted (查阅文件).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consulted {
    /// 文件名称
    pub title: String,
    /// 文号
    pub number: Option<String>,
    /// 查阅日期
    pub on: Option<Date>,
    /// What was found (查阅内容).
    pub finding: Option<String>,
}

/// What a department said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseOpinion {
    /// 部门
    pub department: String,
    /// Whether it is in favour; none if it has not said.
    pub favourable: Option<bool>,
    /// Its words.
    pub words: Option<String>,
}

impl CaseOpinion {
    fn line(&self) -> String {
        let favour = self.favourable.map(|yes| if yes { "同意" } else { "不同意" });
        let parts = [favour.map(str::to_owned), self.words.clone()];
        let said = parts.into_iter().flatten().collect::<Vec<_>>().join("，");
        format!("{}：{said}", self.department)
    }
}

/// A case (案件).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseRow {
    /// 案件编号
    pub number: String,
    /// 单位名称
    pub unit_name: String,
    /// 主管单位
    pub supervisor: Option<String>,
    /// 办理路径
    pub route: Option<String>,
    /// 申报日期
    pub submitted_on: Option<Date>,
    /// 当前环节
    pub stage: Option<String>,
    /// 沟通反馈
    pub rounds: Vec<Round>,
    /// 查阅文件
    pub consulted: Vec<Consulted>,
    /// 联合审核意见
    pub opinions: Vec<CaseOpinion>,
    /// 工作专班审核结论
    pub conclusion: Option<String>,
    /// 审批
    pub decision: Decided,
    /// 结果: 予以认定, 不予认定, 批准退出, 备案
    pub outcome: Option<String>,
}

/// What the ledger says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cases {
    /// 工作专班
    pub task_force: String,
    /// 截止日期
    pub as_of: Date,
    /// 案件
    pub cases: Vec<CaseRow>,
}

const HEADS: [Head; 13] = [
    head("序号", 36),
    head("案件编号", 92),
    head("单位名称", 150),
    head("主管单位", 110),
    head("办理路径", 66),
    head("申报日期", 80),
    head("当前环节", 72),
    head("沟通反馈轮次", 56),
    head("查阅文件数", 56),
    head("联合审核意见", 210),
    head("工作专班审核结论", 140),
    head("审批", 104),
    head("结果", 66),
];
const ROUND_HEADS: [Head; 8] = [
    head("序号", 40),
    head("案件编号", 100),
    head("单位名称", 170),
    head("轮次", 44),
    head("反馈日期", 84),
    head("反馈内容", 260),
    head("补正日期", 84),
    head("补正情况", 260),
];
const DOCUMENT_HEADS: [Head; 7] = [
    head("序号", 40),
    head("案件编号", 100),
    head("单位名称", 170),
    head("文件名称", 280),
    head("文号", 140),
    head("查阅日期", 84),
    head("查阅内容", 260),
];

/// A workbook of three sheets: 审核台账, 沟通反馈, 查阅文件.
///
/// # Errors
/// [`FormError`]: `CASES_MAX`, `CHANGES_MAX` of all rounds and documents.
pub fn xlsx(cases: &Cases, made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("CASES_MAX", cases.cases.len(), CASES_MAX)?;
    let parts = cases.cases.iter().map(|case| case.rounds.len() + case.consulted.len()).sum();
    at_most("CHANGES_MAX", parts, CHANGES_MAX)?;
    let line = format!("工作专班：{}    截止日期：{}", cases.task_force, spoken(cases.as_of));
    let mut book = Book::new(TITLE, made_on)?;
    let mut grid = Grid::new(SHEET, TITLE, &line, &HEADS)?;
    for (case, serial) in cases.cases.iter().zip(1..) {
        grid.row(&case_row(case, serial))?;
    }
    book.add(grid.sheet)?;
    book.add(rounds(cases, &line)?.sheet)?;
    book.add(documents(cases, &line)?.sheet)?;
    book.finish()
}

fn case_row(case: &CaseRow, serial: usize) -> Vec<Value> {
    let opinions: Vec<String> = case.opinions.iter().map(CaseOpinion::line).collect();
    vec![
        Value::serial(serial),
        Value::text(&case.number),
        Value::text(&case.unit_name),
        Value::maybe(case.supervisor.as_deref()),
        Value::maybe(case.route.as_deref()),
        Value::Day(case.submitted_on),
        Value::maybe(case.stage.as_deref()),
        Value::serial(case.rounds.len()),
        Value::serial(case.consulted.len()),
        Value::Long(opinions.join("\n")),
        Value::long(case.conclusion.as_deref().unwrap_or("")),
        Value::text(&case.decision.lines()),
        Value::maybe(case.outcome.as_deref()),
    ]
}

fn once(case: &CaseRow, serial: usize) -> [Value; 3] {
    [Value::serial(serial), Value::text(&case.number), Value::text(&case.unit_name)]
}

fn rounds(cases: &Cases, line: &str) -> Result<Grid, FormError> {
    let mut grid = Grid::new(ROUNDS_SHEET, ROUNDS_TITLE, line, &ROUND_HEADS)?;
    let with = cases.cases.iter().filter(|case| !case.rounds.is_empty());
    for (case, serial) in with.zip(1..) {
        let row = |(round, number): (&Round, usize)| {
            vec![
                Value::serial(number),
                Value::Day(round.on),
                Value::long(&round.asked),
                Value::Day(round.answered_on),
                Value::long(round.answer.as_deref().unwrap_or("")),
            ]
        };
        let parts: Vec<Vec<Value>> = case.rounds.iter().zip(1..).map(row).collect();
        grid.block(&once(case, serial), &parts)?;
    }
    Ok(grid)
}

fn documents(cases: &Cases, line: &str) -> Result<Grid, FormError> {
    let mut grid = Grid::new(DOCUMENTS_SHEET, DOCUMENTS_TITLE, line, &DOCUMENT_HEADS)?;
    let with = cases.cases.iter().filter(|case| !case.consulted.is_empty());
    for (case, serial) in with.zip(1..) {
        let row = |document: &Consulted| {
            vec![
                Value::long(&document.title),
                Value::maybe(document.number.as_deref()),
                Value::Day(document.on),
                Value::long(document.finding.as_deref().unwrap_or("")),
            ]
        };
        let parts: Vec<Vec<Value>> = case.consulted.iter().map(row).collect();
        grid.block(&once(case, serial), &parts)?;
    }
    Ok(grid)
}
