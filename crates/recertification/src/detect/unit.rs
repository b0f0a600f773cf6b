//! What is wrong with referenced units.

use jiff::ToSpan as _;
use jiff::civil::Date;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::condition::Value;
use quanheng_policy::profile::{ChangeRoute, GateBody, Policy, PolicyError};
use serde::{Deserialize, Serialize};

use super::{Detector, Issue, Subject};
use crate::authority::Chain;
use crate::decrease::Book;
use crate::finding::{count, list, text};

/// An approval of reference management, as it is recorded (审批记录).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// 审批日期
    pub on: Date,
    /// 审批文号
    pub document: DocumentNumber,
    /// 审批机关
    pub by: GateBody,
}

/// A unit that is flagged as referenced on a day (登记为参照管理的单位).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferencedUnit {
    /// The unit.
    pub unit: UnitId,
    /// Its approvals.
    pub approvals: Vec<Approval>,
    /// When its exit took effect, if it left (退出日期).
    pub exited_on: Option<Date>,
}

/// V-RC-1: flagged without an approval, by a wrong authority, or after its exit. An approval
/// after the exit is a new one.
#[must_use]
pub fn detect_unit(facts: &ReferencedUnit, chain: &Chain, on: Date) -> Vec<Issue> {
    let issue = |cause, message: String| {
        let subject = Subject::Unit(facts.unit.clone());
        Issue::new(Detector::IrregularUnit, cause, subject, message).fact("on", Value::Date(on))
    };
    let exit = facts.exited_on.filter(|exit| *exit <= on);
    let until_now = facts.approvals.iter().filter(|approval| approval.on <= on);
    let latest = until_now.max_by_key(|approval| approval.on);
    let Some(latest) = latest else {
        return vec![issue("no_approval", "登记为参照管理,没有审批记录".to_owned())];
    };
    let mut found = Vec::new();
    if let Some(exit) = exit.filter(|exit| latest.on <= *exit) {
        let message = format!("已于 {exit} 退出参照管理范围,仍登记为参照管理");
        found.push(issue("after_exit", message).fact("exited_on", Value::Date(exit)));
    }
    let approver = chain.approver();
    if approver != Some(latest.by) && latest.by != GateBody::CentralAuthority {
        let due = approver.map_or("上级审批机关", GateBody::label);
        let message = format!("由{}审批({}),应由{due}审批", latest.by.label(), latest.document);
        found.push(issue("wrong_authority", message).fact("by", text(latest.by.label())));
    }
    found
}

/// A function of a unit (职能).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionOfUnit {
    /// What it is.
    pub name: String,
    /// When it moved out, if it did (划出日期).
    pub moved_on: Option<Date>,
}

/// V-RC-3: a unit that is still referenced though all its functions moved out.
#[must_use]
pub fn detect_functions(unit: &UnitId, functions: &[FunctionOfUnit], on: Date) -> Option<Issue> {
    let gone = |one: &FunctionOfUnit| one.moved_on.is_some_and(|day| day <= on);
    let all = !functions.is_empty() && functions.iter().all(gone);
    all.then(|| {
        let names = list(functions.iter().map(|one| &one.name));
        let message = format!("职能({names})均已划出,仍登记为参照管理");
        let subject = Subject::Unit(unit.clone());
        Issue::new(Detector::FunctionsGone, "all_functions_moved", subject, message)
            .fact("functions", count(functions.len()))
            .fact("on", Value::Date(on))
    })
}

/// The staff of the functions of a unit that moved out (划出职能所属人员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffOfFunctions {
    /// The unit that the functions moved out of.
    pub unit: UnitId,
    /// How many functions moved out.
    pub functions_moved: u32,
    /// How many persons served them.
    pub staff: u32,
    /// How many of these are still attached to the unit.
    pub still_attached: u32,
}

/// 人员未随职能划转: functions moved out, staff did not.
#[must_use]
pub fn detect_staff(facts: &StaffOfFunctions) -> Option<Issue> {
    let StaffOfFunctions { unit, functions_moved, staff, still_attached } = facts;
    (*functions_moved > 0 && *still_attached > 0).then(|| {
        let message = format!("职能已划出,所属 {staff} 人中尚有 {still_attached} 人未随职能划转");
        let subject = Subject::Unit(unit.clone());
        Issue::new(Detector::StaffNotMoved, "staff_not_moved_with_function", subject, message)
            .fact("functions_moved", count(*functions_moved))
            .fact("staff", count(*staff))
            .fact("still_attached", count(*still_attached))
    })
}

/// V-RC-4: scopes whose counts are more than before the reform.
#[must_use]
pub fn detect_scopes(book: &Book) -> Vec<Issue> {
    let excess = book.excess().into_iter();
    excess
        .map(|(scope, before, after)| {
            let name = scope.label();
            let message = format!(
                "{name}:改革前 {} 个单位、{} 名编制,现为 {} 个单位、{} 名编制",
                before.units, before.headcount, after.units, after.headcount
            );
            Issue::new(Detector::CountsGrown, "counts_grown", Subject::Scope(name), message)
                .fact("before_units", count(before.units))
                .fact("before_headcount", count(before.headcount))
                .fact("after_units", count(after.units))
                .fact("after_headcount", count(after.headcount))
        })
        .collect()
}

/// The name of a unit in the ledger and in its newest establishment document (名称比对).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameFacts {
    /// The unit.
    pub unit: UnitId,
    /// In the ledger (台账名称).
    pub in_ledger: String,
    /// In the newest establishment document (编制文件名称).
    pub in_document: String,
    /// When that document was issued.
    pub document_on: Date,
}

/// V-RC-5: a name that differs for longer than policy allows. Blanks make no difference.
///
/// # Errors
/// [`PolicyError::NotConfigured`]: the text names no number of days, so it must be set.
pub fn detect_name(
    policy: &Policy,
    facts: &NameFacts,
    on: Date,
) -> Result<Option<Issue>, PolicyError> {
    let days = policy.name_filing_days()?;
    let plain = |name: &str| name.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let last = last_day(facts.document_on, *days.value);
    let late = on > last && plain(&facts.in_ledger) != plain(&facts.in_document);
    Ok(late.then(|| {
        let message = format!(
            "台账名称“{}”与编制文件名称“{}”不一致,应于 {last} 前备案",
            facts.in_ledger, facts.in_document
        );
        let subject = Subject::Unit(facts.unit.clone());
        Issue::new(Detector::NameNotFiled, "name_differs", subject, message)
            .fact("document_on", Value::Date(facts.document_on))
            .fact("due_on", Value::Date(last))
    }))
}

/// An approval and its filing with the central authority (报中央备案).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CentralFiling {
    /// The unit.
    pub unit: UnitId,
    /// When it was approved.
    pub approved_on: Date,
    /// When it was filed, if it was.
    pub filed_on: Option<Date>,
}

/// The last day on which an approval is filed in time (备案期限): days of the calendar.
///
/// # Errors
/// [`PolicyError::NotConfigured`].
pub fn central_filing_due(policy: &Policy, approved_on: Date) -> Result<Date, PolicyError> {
    Ok(last_day(approved_on, *policy.central_filing_days()?.value))
}

fn last_day(from: Date, days: u16) -> Date {
    from.saturating_add(i64::from(days).days())
}

/// V-RC-6: an approval that the chain files with the central authority, and that was not
/// filed in time.
///
/// # Errors
/// [`PolicyError::NotConfigured`].
pub fn detect_central_filing(
    policy: &Policy,
    chain: &Chain,
    facts: &CentralFiling,
    on: Date,
) -> Result<Option<Issue>, PolicyError> {
    if !chain.central_filing {
        return Ok(None);
    }
    let due = central_filing_due(policy, facts.approved_on)?;
    let filed = facts.filed_on.filter(|filed| *filed <= on);
    let late = filed.unwrap_or(on) > due;
    Ok(late.then(|| {
        let (cause, how) = match filed {
            Some(filed) => ("filed_late", format!("于 {filed} 备案")),
            None => ("not_filed", "尚未备案".to_owned()),
        };
        let message = format!("{} 批准,应于 {due} 前报中央备案,{how}", facts.approved_on);
        let subject = Subject::Unit(facts.unit.clone());
        Issue::new(Detector::CentralFilingLate, cause, subject, message)
            .fact("approved_on", Value::Date(facts.approved_on))
            .fact("due_on", Value::Date(due))
    }))
}

/// A change of a referenced unit that no case is about (未办理的机构变动).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsettledChange {
    /// The unit.
    pub unit: UnitId,
    /// When it took effect (生效日期).
    pub effective_on: Date,
    /// The procedure that it takes; none if policy does not say.
    pub route: Option<ChangeRoute>,
}

/// 机构变动未办理: a change has taken effect, and its procedure was not begun. How many days ago
/// that was, the facts tell.
#[must_use]
pub fn detect_change(facts: &UnsettledChange, on: Date) -> Option<Issue> {
    let route = facts.route?;
    let days = facts.effective_on.until(on).map_or(0, |span| span.get_days());
    (days >= 0).then(|| {
        let message = format!(
            "机构变动已于 {} 生效,应办理{},至今 {days} 日尚未提出",
            facts.effective_on,
            route.label()
        );
        let subject = Subject::Unit(facts.unit.clone());
        Issue::new(Detector::CaseNotBrought, "case_not_brought", subject, message)
            .fact("effective_on", Value::Date(facts.effective_on))
            .fact("route", text(route.label()))
            .fact("days", Value::Number(i64::from(days)))
    })
}
