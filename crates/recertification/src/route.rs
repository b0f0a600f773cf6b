//! Which procedure a change takes (办理方式, §6.5): decided for every successor by itself.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_policy::UnitId;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::{ChangeRoute, Policy, PolicyError, ReferenceChange, Resolved};
use quanheng_register::unit::{ChangeKind, Nature, UnitProfile, kinds_between};
use serde::Serialize;

use crate::finding::{Finding, Findings, Reason, Rule, count, list, text};

/// A unit that goes on after the change, or begins with it (承接单位).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuccessorFacts {
    /// The unit.
    pub unit: UnitId,
    /// What it was, if it existed.
    pub before: Option<UnitProfile>,
    /// What it becomes.
    pub after: UnitProfile,
    /// Whether its functions changed, as the applicant declares (申报:职能是否调整); none if it
    /// declares nothing.
    pub functions_changed: Option<bool>,
}

/// A change as it is reported (机构变动).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Of which kind, as the register has it.
    pub kind: ChangeKind,
    /// The units that it begins with, as they were.
    pub predecessors: BTreeMap<UnitId, UnitProfile>,
    /// The units that it ends with.
    pub successors: Vec<SuccessorFacts>,
    /// The documents that it rests on (变动文件).
    pub documents: Vec<DocumentNumber>,
}

/// What follows from a route besides its procedure (后续事项).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// 重新核定职数
    RedetermineQuota,
    /// 人员过渡安排
    OpenTransition,
    /// 关闭职数账户,占用人员一并转入新机关账户
    MoveHoldersToOrgan,
    /// 只减不增核查
    CheckOnlyDecrease,
}

/// The route of one unit, and why (办理方式及理由).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Routed {
    /// The unit.
    pub unit: UnitId,
    /// The kinds of change that it undergoes.
    pub changes: BTreeSet<ReferenceChange>,
    /// The procedure; none if policy does not say it.
    pub route: Option<ChangeRoute>,
    /// What follows besides.
    pub consequences: BTreeSet<Consequence>,
    /// What decided.
    pub findings: Findings,
}

/// The routes of every unit that a change concerns: of every successor that was or becomes
/// referenced, of every part that a split takes out of a referenced unit, and of every
/// referenced predecessor that does not live on in a referenced successor.
#[must_use]
pub fn route_change(policy: &Policy, change: &Change) -> Vec<Routed> {
    let mut routed = Vec::new();
    for successor in change.successors.iter().filter(|successor| concerned(change, successor)) {
        routed.extend(route_successor(policy, change, successor));
    }
    for (unit, profile) in &change.predecessors {
        let goes_on = change.successors.iter().any(|successor| successor.unit == *unit);
        if !goes_on && referenced(profile) && !lives_on(change) {
            let changes = BTreeSet::from([ended_as(change)]);
            routed.push(route(policy, unit, profile.tier, changes));
        }
    }
    routed
}

fn referenced(profile: &UnitProfile) -> bool {
    profile.nature.is_referenced()
}

/// Whether a route is asked of a successor.
fn concerned(change: &Change, successor: &SuccessorFacts) -> bool {
    let part = change.kind == ChangeKind::Split
        && successor.before.is_none()
        && change.predecessors.values().any(referenced);
    part || referenced(&successor.after) || successor.before.as_ref().is_some_and(referenced)
}

/// Whether a predecessor that ends lives on in what it became, and is decided about there.
fn lives_on(change: &Change) -> bool {
    match change.kind {
        ChangeKind::Abolished | ChangeKind::ConvertedToOrgan | ChangeKind::ConvertedOther => false,
        ChangeKind::Split => !change.successors.is_empty(),
        _ => change.successors.iter().any(|successor| referenced(&successor.after)),
    }
}

fn ended_as(change: &Change) -> ReferenceChange {
    let organ = change.successors.iter().any(|one| one.after.nature == Nature::Organ);
    match change.kind {
        ChangeKind::ConvertedToOrgan => ReferenceChange::ConvertedToOrgan,
        ChangeKind::ConvertedOther => ReferenceChange::ConvertedOther,
        ChangeKind::Abolished => ReferenceChange::Abolished,
        _ if change.successors.is_empty() => ReferenceChange::Abolished,
        _ if organ => ReferenceChange::ConvertedToOrgan,
        _ => ReferenceChange::ConvertedOther,
    }
}

/// The kinds of change that a successor undergoes: what the register's kind means for it,
/// what its profile shows, what the applicant declares.
#[must_use]
pub fn changes_of(change: &Change, successor: &SuccessorFacts) -> BTreeSet<ReferenceChange> {
    let mut found = BTreeSet::new();
    let others = change.predecessors.values();
    match change.kind {
        ChangeKind::Merged | ChangeKind::Integrated => {
            let all = others.clone().all(referenced);
            found.insert(match all && change.kind == ChangeKind::Merged {
                true => ReferenceChange::MergedReferencedOnly,
                false => ReferenceChange::IntegratedWithNonReferenced,
            });
        }
        ChangeKind::Split => {
            found.insert(ReferenceChange::Split);
        }
        ChangeKind::Transferred => {
            found.insert(ReferenceChange::AffiliationChanged);
        }
        _ => {}
    }
    let came_from_referenced =
        successor.before.as_ref().is_some_and(referenced) || others.clone().any(referenced);
    if came_from_referenced {
        found.extend(left_as(successor.after.nature));
    } else if referenced(&successor.after) {
        found.insert(ReferenceChange::BecameReferenced);
    }
    if let Some(before) = &successor.before {
        let merged = matches!(change.kind, ChangeKind::Merged | ChangeKind::Integrated);
        let shown = kinds_between(before, &successor.after);
        // Of units that join, the sum is compared, and the joined text of their functions is
        // another by nature: what was declared counts.
        let counts = |kind: &ChangeKind| {
            !merged || !matches!(kind, ChangeKind::HeadcountIncreased | ChangeKind::FunctionChanged)
        };
        found.extend(shown.into_iter().filter(counts).filter_map(shown_as));
    }
    if successor.functions_changed == Some(true) {
        found.insert(ReferenceChange::FunctionChanged);
    }
    found
}

/// How a unit that came from a referenced one has left, if it has.
fn left_as(nature: Nature) -> Option<ReferenceChange> {
    match nature {
        Nature::Organ => Some(ReferenceChange::ConvertedToOrgan),
        Nature::PublicInstitution => Some(ReferenceChange::ConvertedOther),
        Nature::ReferencedInstitution | Nature::ReferencedMassOrganization => None,
    }
}

fn shown_as(kind: ChangeKind) -> Option<ReferenceChange> {
    match kind {
        ChangeKind::Renamed => Some(ReferenceChange::Renamed),
        ChangeKind::GradeRaised => Some(ReferenceChange::GradeRaised),
        ChangeKind::GradeLowered => Some(ReferenceChange::GradeLowered),
        ChangeKind::AffiliationChanged | ChangeKind::Transferred => {
            Some(ReferenceChange::AffiliationChanged)
        }
        ChangeKind::HeadcountIncreased => Some(ReferenceChange::HeadcountIncreased),
        ChangeKind::HeadcountDecreased => Some(ReferenceChange::HeadcountDecreased),
        ChangeKind::FunctionChanged => Some(ReferenceChange::FunctionChanged),
        ChangeKind::BecameReferenced => Some(ReferenceChange::BecameReferenced),
        // What a successor becomes is told by its nature, and joining by the change itself.
        ChangeKind::Abolished
        | ChangeKind::Merged
        | ChangeKind::Split
        | ChangeKind::Integrated
        | ChangeKind::ConvertedToOrgan
        | ChangeKind::ConvertedOther => None,
    }
}

fn route_successor(policy: &Policy, change: &Change, successor: &SuccessorFacts) -> Option<Routed> {
    let changes = changes_of(change, successor);
    if changes.is_empty() {
        return None;
    }
    let mut routed = route(policy, &successor.unit, successor.after.tier, changes);
    if routed.route == Some(ChangeRoute::Filing) {
        let checks = check_filing(change, successor);
        if checks.iter().any(Finding::failed) {
            // A filing that is more than a filing is decided anew.
            routed.route = Some(ChangeRoute::Recertify);
        }
        routed.findings.0.extend(checks);
    }
    Some(routed)
}

/// The strictest route of several kinds of change (从严办理): no kind that is added makes it
/// milder. A kind that policy has no row for leaves it open.
#[must_use]
pub fn route(
    policy: &Policy,
    unit: &UnitId,
    tier: Tier,
    changes: BTreeSet<ReferenceChange>,
) -> Routed {
    let (mut findings, mut consequences) = (Vec::new(), BTreeSet::new());
    let (mut strictest, mut known) = (None, !changes.is_empty());
    for change in &changes {
        match row(policy, *change, tier) {
            Ok(row) => {
                strictest = strictest.max(Some(row.value.route));
                if row.value.redetermine_quota {
                    consequences.insert(Consequence::RedetermineQuota);
                }
                let message = format!("{}:{}", change.label(), row.value.route.label());
                findings.push(
                    Finding::pass(Rule::Route, message)
                        .fact("change", text(change.id()))
                        .by(&row.source),
                );
            }
            Err(error) => {
                known = false;
                findings.push(Finding::unset(Rule::Route, &error));
            }
        }
    }
    match strictest {
        Some(ChangeRoute::Exit) => {
            consequences.insert(Consequence::OpenTransition);
            if changes.contains(&ReferenceChange::ConvertedToOrgan) {
                consequences.insert(Consequence::MoveHoldersToOrgan);
            }
        }
        Some(ChangeRoute::Filing | ChangeRoute::Recertify) => {
            consequences.insert(Consequence::CheckOnlyDecrease);
        }
        None => {}
    }
    let route = strictest.filter(|_| known);
    Routed { unit: unit.clone(), changes, route, consequences, findings: Findings(findings) }
}

fn row(
    policy: &Policy,
    change: ReferenceChange,
    tier: Tier,
) -> Result<Resolved<'static, quanheng_policy::profile::ChangeRouteRow>, PolicyError> {
    let rows = policy.change_routes()?;
    let row = rows.value.iter().find(|row| row.admits(change, tier)).cloned();
    let row = row.ok_or_else(|| PolicyError::NotConfigured {
        key: format!("change_routes({})", change.label()),
    })?;
    let mut source = rows.source;
    source.article.clone_from(&row.article);
    Ok(Resolved { value: std::borrow::Cow::Owned(row), source })
}

/// Whether a filing is no more than a filing (备案审查): no change of functions declared, no more
/// slots than before, documents attached. What fails goes to re-certification.
fn check_filing(change: &Change, successor: &SuccessorFacts) -> Vec<Finding> {
    vec![filing_functions(successor), filing_headcount(change, successor), filing_documents(change)]
}

fn filing_functions(successor: &SuccessorFacts) -> Finding {
    let rule = Rule::FilingFunctions;
    match successor.functions_changed {
        Some(false) => Finding::pass(rule, "申报职能未调整"),
        Some(true) => Finding::fail(rule, Reason::FunctionsChanged, "职能有调整,应重新认定"),
        None => Finding::missing(rule, "functions_changed"),
    }
}

fn filing_headcount(change: &Change, successor: &SuccessorFacts) -> Finding {
    let rule = Rule::FilingHeadcount;
    let slots = |profile: &UnitProfile| {
        u64::from(if referenced(profile) {
            profile.establishment.referenced_institution
        } else {
            0
        })
    };
    let own = successor.before.as_ref().map_or(0, slots);
    let before = match change.successors.len() {
        1 => {
            let others = change.predecessors.iter().filter(|(unit, _)| **unit != successor.unit);
            others.map(|(_, profile)| slots(profile)).sum::<u64>() + own
        }
        _ => own,
    };
    let after = slots(&successor.after);
    let finding = match after <= before {
        true => Finding::pass(rule, format!("变动前编制合计 {before} 名,变动后 {after} 名")),
        false => {
            let message =
                format!("变动前编制合计 {before} 名,变动后 {after} 名,编制增加,应重新认定");
            Finding::fail(rule, Reason::HeadcountExceeds, message)
        }
    };
    finding.fact("headcount_before", count(before)).fact("headcount_after", count(after))
}

fn filing_documents(change: &Change) -> Finding {
    let rule = Rule::FilingDocuments;
    match change.documents.is_empty() {
        true => Finding::fail(rule, Reason::DocumentsMissing, "未附变动批准文件,不能备案"),
        false => Finding::pass(rule, format!("变动文件:{}", list(&change.documents))),
    }
}
