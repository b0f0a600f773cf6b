//! 参照公务员法管理审批表: what a case comes to, from the unit's facts to the decision.

use jiff::civil::Date;

use super::facts::{Basis, Duty, UnitFacts};
use super::paper;
use crate::bounds::{FACTS_MAX, FORMS_MAX, at_most};
use crate::error::FormError;
use crate::opinion::Opinion;
use crate::word::{Row, Table, mm};

/// The title of the form.
pub const TITLE: &str = "参照公务员法管理审批表";
const NOTE: &str = "注：联合审核意见由各部门分别填写并盖章。";

/// Counts of a unit: 单位数 and 编制数.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Headcount {
    /// 改革前编制数
    pub before: Option<u32>,
    /// 改革后编制数
    pub after: Option<u32>,
}

impl Headcount {
    /// 增减: after less before; none where one is not known.
    ///
    /// ```
    /// use quanheng_forms::recertification::approval::Headcount;
    /// let headcount = Headcount { before: Some(45), after: Some(40) };
    /// assert_eq!(headcount.change(), Some(-5));
    /// ```
    #[must_use]
    pub fn change(self) -> Option<i64> {
        Some(i64::from(self.after?) - i64::from(self.before?))
    }
}

/// One of the three clears (三清).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clear {
    /// Whether it is clear; none if nobody has said.
    pub clear: Option<bool>,
    /// 佐证材料
    pub evidence: Vec<String>,
}

impl Clear {
    fn said(&self) -> String {
        let clear = self.clear.map_or("", |clear| if clear { "清" } else { "未清" });
        let lines = std::iter::once(clear).chain(self.evidence.iter().map(String::as_str));
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// The three clears of a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreeClear {
    /// 人员底数清
    pub staff: Clear,
    /// 编制文件清
    pub documents: Clear,
    /// 单位职能设置清
    pub functions: Clear,
}

/// What a department of the joint review says (联合审核意见).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DepartmentOpinion {
    /// 部门: 组织部门, 机构编制部门, 财政部门
    pub department: String,
    /// Whether it is in favour; none if it has not said.
    pub favourable: Option<bool>,
    /// Its words and their day.
    pub opinion: Opinion,
}

/// What the form says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approval {
    /// 单位
    pub unit: UnitFacts,
    /// 办理路径: 重新认定, 备案管理, 批准退出
    pub route: Option<String>,
    /// 机构改革变动情况
    pub changes: Option<String>,
    /// 授权依据
    pub bases: Vec<Basis>,
    /// 主要职责
    pub duties: Vec<Duty>,
    /// 工资福利来源
    pub pay: Option<String>,
    /// 参照管理编制
    pub headcount: Headcount,
    /// 三清
    pub three_clear: ThreeClear,
    /// 联合审核意见, in their order.
    pub opinions: Vec<DepartmentOpinion>,
    /// 工作专班审核结论
    pub conclusion: Opinion,
    /// 同级公务员主管部门意见
    pub report: Opinion,
    /// 审批机关意见
    pub decision: Opinion,
    /// 审批文号
    pub decision_number: Option<String>,
}

/// The forms of one or many units in one document, each beginning a page.
///
/// # Errors
/// [`FormError`]: `FORMS_MAX`, `FACTS_MAX`, `FIELD_MISSING` without a form.
pub fn docx(forms: &[Approval], made_on: Date) -> Result<Vec<u8>, FormError> {
    at_most("FORMS_MAX", forms.len(), FORMS_MAX)?;
    if forms.is_empty() {
        return Err(FormError::Missing { field: "单位" });
    }
    let mut document = paper::document(TITLE);
    for (form, number) in forms.iter().zip(0_usize..) {
        for count in [form.bases.len(), form.duties.len(), form.opinions.len()] {
            at_most("FACTS_MAX", count, FACTS_MAX)?;
        }
        paper::title(&mut document, TITLE, number > 0);
        let mut table = paper::table();
        facts(&mut table, form)?;
        opinions(&mut table, form)?;
        document.table(&table);
        paper::note(&mut document, NOTE);
    }
    document.finish(made_on)
}

fn facts(table: &mut Table, form: &Approval) -> Result<(), FormError> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    paper::unit(table, &form.unit)?;
    let cells = vec![
        paper::label(2, "办理路径"),
        paper::value(4, "办理路径", &text(&form.route))?,
        paper::label(2, "工资福利\n来源"),
        paper::value(4, "工资福利来源", &text(&form.pay))?,
    ];
    table.row(Row::new(mm(9), cells));
    headcount(table, form.headcount)?;
    three_clear(table, &form.three_clear)?;
    paper::wide(table, 12, "机构改革变动情况", &text(&form.changes))?;
    let bases: Vec<String> = form.bases.iter().map(Basis::lines).collect();
    paper::listed(table, 24, "法律、法规授权依据", &bases)?;
    let duties: Vec<String> = form.duties.iter().map(Duty::line).collect();
    paper::listed(table, 18, "主要职责", &duties)
}

fn headcount(table: &mut Table, headcount: Headcount) -> Result<(), FormError> {
    let figure = |count: Option<i64>| count.map_or_else(String::new, |count| count.to_string());
    let (before, after) = (headcount.before.map(i64::from), headcount.after.map(i64::from));
    let mut cells = Vec::new();
    for (name, count) in [
        ("改革前参照\n管理编制数", before),
        ("改革后参照\n管理编制数", after),
        ("增减", headcount.change()),
    ] {
        cells.push(paper::label(2, name));
        cells.push(paper::value(2, "编制数", &figure(count))?);
    }
    table.row(Row::new(mm(10), cells));
    Ok(())
}

fn three_clear(table: &mut Table, three: &ThreeClear) -> Result<(), FormError> {
    let mut cells = Vec::new();
    for (name, clear) in [
        ("人员底数", &three.staff),
        ("编制文件", &three.documents),
        ("单位职能\n设置", &three.functions),
    ] {
        cells.push(paper::label(2, name));
        cells.push(paper::value(2, "三清", &clear.said())?);
    }
    table.row(Row::new(mm(10), cells));
    Ok(())
}

fn opinions(table: &mut Table, form: &Approval) -> Result<(), FormError> {
    for said in &form.opinions {
        let favour = said.favourable.map(|yes| if yes { "同意。" } else { "不同意。" });
        let words = format!("{}{}", favour.unwrap_or(""), said.opinion.words());
        paper::opinion(table, &format!("{}\n意见", said.department), &words, &said.opinion)?;
    }
    let named = [
        ("工作专班\n审核结论", &form.conclusion),
        ("同级公务员\n主管部门\n报告意见", &form.report),
    ];
    for (name, opinion) in named {
        paper::opinion(table, name, opinion.words(), opinion)?;
    }
    let number = form.decision_number.as_deref().unwrap_or("");
    let words = format!("{}\n审批文号：{number}", form.decision.words());
    paper::opinion(table, "审批机关\n意见", words.trim_start_matches('\n'), &form.decision)
}
