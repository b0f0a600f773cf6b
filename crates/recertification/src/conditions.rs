//! The conditions of reference management (认定条件, §6.1): both of them, and no way around.

use jiff::civil::Date;
use quanheng_policy::codes::DivisionCode;
use quanheng_register::unit::Establishment;
use serde::{Deserialize, Serialize};

use crate::basis::{DutyDocument, LegalBasis};
use crate::finding::{Finding, Findings, Reason, Rule, count, list, text};

/// Who bears pay and benefits (工资福利来源).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaySource {
    /// 财政负担
    Fiscal,
    /// 财政补助一部分
    PartlyFiscal,
    /// 经费自理
    SelfFunded,
}

impl PaySource {
    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Fiscal => "财政负担",
            Self::PartlyFiscal => "财政补助一部分",
            Self::SelfFunded => "经费自理",
        }
    }
}

/// What the conditions are asked about (认定条件所涉事实).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// Where the unit is.
    pub division: DivisionCode,
    /// 授权依据
    pub bases: Vec<LegalBasis>,
    /// 主要职责文件
    pub duties: Vec<DutyDocument>,
    /// 编制; none if it is not known.
    pub establishment: Option<Establishment>,
    /// 工资福利来源; none if finance has not certified it.
    pub pay: Option<PaySource>,
}

/// What the conditions come to (认定建议).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 符合条件
    Met,
    /// 不符合条件: it must be denied, and nobody may approve it (坚决不予审批).
    Denied,
    /// Something is not known: neither approved nor denied.
    Unknown,
}

/// What every condition found. There is no override of a failed condition, so nothing here
/// takes one: only a new application with new documents is heard again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conditions {
    /// The day of the decision that was asked about.
    pub on: Date,
    /// What every rule found.
    pub findings: Findings,
}

impl Conditions {
    /// What they come to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.findings.passed(), self.findings.0.iter().any(Finding::denies)) {
            (true, _) => Verdict::Met,
            (false, true) => Verdict::Denied,
            (false, false) => Verdict::Unknown,
        }
    }
}

/// Asks every condition as of the day of the decision.
#[must_use]
pub fn check_conditions(grounds: &Grounds, on: Date) -> Conditions {
    let findings =
        vec![authorization(grounds, on), duty(grounds, on), slots(grounds), pay(grounds)];
    Conditions { on, findings: Findings(findings) }
}

fn authorization(grounds: &Grounds, on: Date) -> Finding {
    let rule = Rule::Authorization;
    let faults: Vec<_> = grounds.bases.iter().map(|one| one.fault(&grounds.division, on)).collect();
    let with_facts = |mut finding: Finding| {
        for (nr, (basis, fault)) in grounds.bases.iter().zip(&faults).enumerate() {
            let said = fault.map_or("成立", |fault| fault.label());
            let line = format!("{}《{}》:{said}", basis.kind.label(), basis.title);
            finding = finding.fact(&format!("basis_{}", nr + 1), text(line));
        }
        finding.fact("on", quanheng_policy::condition::Value::Date(on))
    };
    let carrying = grounds.bases.iter().zip(&faults).find(|(_, fault)| fault.is_none());
    with_facts(match carrying {
        Some((basis, _)) => {
            let message = format!(
                "{}《{}》{}授权履行公共事务管理职能",
                basis.kind.label(),
                basis.title,
                basis.article
            );
            Finding::pass(rule, message)
        }
        None if grounds.bases.is_empty() => {
            let message = "未提供法律、法规授权依据,不予认定";
            Finding::fail(rule, Reason::NoStatutoryAuthorization, message)
        }
        None => {
            let kinds = list(grounds.bases.iter().map(|basis| basis.kind.label()));
            let message = format!("所列依据({kinds})在 {on} 均不成立法律、法规授权,不予认定");
            Finding::fail(rule, Reason::NoStatutoryAuthorization, message)
        }
    })
}

fn duty(grounds: &Grounds, on: Date) -> Finding {
    let rule = Rule::DutyDocument;
    match grounds.duties.iter().find(|document| document.shows(on)) {
        Some(found) => Finding::pass(rule, format!("{} 确定主要职责", found.document))
            .fact("document", text(&found.document)),
        None => {
            let message = "没有党委、政府或机构编制部门确定主要职责的文件,不能认定其职能";
            Finding::fail(rule, Reason::DutyDocumentMissing, message)
        }
    }
}

fn slots(grounds: &Grounds) -> Finding {
    let rule = Rule::InstitutionSlots;
    let Some(establishment) = &grounds.establishment else {
        return Finding::missing(rule, "establishment");
    };
    let slots = u64::from(establishment.referenced_institution)
        + u64::from(establishment.other_institution);
    let finding = match slots {
        0 => Finding::fail(rule, Reason::NoInstitutionSlots, "未使用事业编制,不予认定"),
        _ => Finding::pass(rule, format!("使用事业编制 {slots} 名")),
    };
    finding.fact("institution_slots", count(slots))
}

fn pay(grounds: &Grounds) -> Finding {
    let rule = Rule::FiscalPay;
    let Some(source) = grounds.pay else { return Finding::missing(rule, "pay") };
    let finding = match source {
        PaySource::Fiscal => Finding::pass(rule, "工资福利由国家财政负担"),
        other => {
            let message = format!("工资福利为{},非由国家财政负担,不予认定", other.label());
            Finding::fail(rule, Reason::NotFiscallyFunded, message)
        }
    };
    finding.fact("pay", text(source.label()))
}
