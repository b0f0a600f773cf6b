//! Of units in the ledger: how they came to be referenced, whether they still may be, what of
//! their changes nobody has brought.

use jiff::civil::Date;
use quanheng_policy::UnitId;
use quanheng_policy::profile::{GateAct, GateBody, Policy, ReferenceChange};
use quanheng_projection::View;
use quanheng_recertification::detect::{
    Approval, CentralFiling, Detector, FunctionOfUnit, Issue, NameFacts, ReferencedUnit,
    UnsettledChange, detect_central_filing, detect_change, detect_functions, detect_name,
    detect_unit,
};
use quanheng_recertification::{Chain, Vertical, applicant_class, chain};
use quanheng_register::unit::{Reference, UnitProfile};
use quanheng_runtime::reading::Horizon;
use quanheng_runtime::{Call, Failure, Shelf};
use quanheng_streams::{RecertificationState, Verdict};

use super::{Found, Wanted, persons};
use crate::ledger::history::History;
use crate::ledger::{Entry, Known};
use crate::message::shared::unit_name;
use crate::view::UnitDoc;

/// Detectors that are asked of units.
pub(crate) const OF_UNITS: [Detector; 7] = [
    Detector::IrregularUnit,
    Detector::IrregularPerson,
    Detector::FunctionsGone,
    Detector::NameNotFiled,
    Detector::CentralFilingLate,
    Detector::StaffNotMoved,
    Detector::CaseNotBrought,
];

/// What they find about a unit. `staff`: the view of persons.
pub(crate) async fn unit(
    call: &Call,
    shelf: &Shelf,
    staff: &View,
    id: &UnitId,
    doc: &UnitDoc,
    wanted: Wanted,
) -> Result<Vec<Found>, Failure> {
    let on = call.realm.today();
    let entry = Entry::read(call, shelf, id, doc, Known { on, horizon: Horizon::Now }).await?;
    let Some(profile) = entry.profile(on) else { return Ok(Vec::new()) };
    let Some(history) = &entry.history else { return Ok(Vec::new()) };
    let policy = shelf.policy(&profile.division, on);
    let chain = chain_of(&policy, &profile);
    let mut issues = Vec::new();
    if entry.referenced(on) {
        if let (true, Some(chain)) = (wanted.any(&[Detector::IrregularUnit]), &chain) {
            issues.extend(detect_unit(&approvals(&entry, history, chain), chain, on));
        }
        if wanted.any(&[Detector::FunctionsGone]) {
            issues.extend(functions(id, history, on));
        }
        if wanted.any(&[Detector::NameNotFiled]) {
            issues.extend(names(&entry, &policy, &profile, on));
        }
        if wanted.any(&[Detector::IrregularPerson, Detector::StaffNotMoved]) {
            let approved = first_approval(&entry, history);
            let gone = functions_gone(history, on);
            issues.extend(persons::staff(call, staff, id, approved, gone, wanted).await?);
        }
    }
    if let (true, Some(chain)) = (wanted.any(&[Detector::CentralFilingLate]), &chain) {
        issues.extend(filings(&entry, &policy, chain, on));
    }
    if wanted.any(&[Detector::CaseNotBrought]) {
        issues.extend(unsettled(&entry, on));
    }
    let division = profile.division.to_string();
    let found = issues.into_iter().map(|issue| {
        let (unit, division) = (unit_name(id), division.clone());
        Found { issue, unit, division }
    });
    Ok(found.collect())
}

/// Who approves of such a unit; none if policy does not say. The register knows that a unit is of
/// a vertical agency, not of whose: a central one is taken for a provincial unit's.
fn chain_of(policy: &Policy, profile: &UnitProfile) -> Option<Chain> {
    let vertical = profile.vertical.then_some(Vertical::Province);
    chain(policy, applicant_class(profile.tier, vertical)).ok()
}

/// Every approval that is known: those of the register, and those that cases decided. Of an
/// approval of the register alone nobody knows who gave it: it counts as whose it had to be.
fn approvals(entry: &Entry, history: &History, chain: &Chain) -> ReferencedUnit {
    let by = |reference: &Reference| {
        let decided = entry.cases.iter().find(|case| {
            let decision = case.decision.as_ref();
            let document = decision.and_then(|decision| decision.document.as_ref());
            document == Some(&reference.approval_document)
        });
        let gates = decided.map(|case| case.gates.as_slice()).unwrap_or_default();
        let gate = gates.iter().rev().find(|gate| gate.act == GateAct::Approve);
        gate.map(|gate| gate.body).or(chain.approver()).unwrap_or(GateBody::CentralAuthority)
    };
    let references = references(history);
    let approvals = references.iter().map(|reference| Approval {
        on: reference.approved_on,
        document: reference.approval_document.clone(),
        by: by(reference),
    });
    ReferencedUnit {
        unit: entry.id.clone(),
        approvals: approvals.collect(),
        exited_on: entry.exited_on(),
    }
}

/// The approvals that the register ever had.
fn references(history: &History) -> Vec<Reference> {
    let timeline = &history.unit.timeline;
    let days = timeline.days_from(timeline.begun_on());
    let mut found: Vec<Reference> = Vec::new();
    for reference in days.into_iter().filter_map(|day| history.unit.as_of(day)?.reference) {
        if !found.contains(&reference) {
            found.push(reference);
        }
    }
    found
}

fn first_approval(entry: &Entry, history: &History) -> Option<Date> {
    let approved = entry.cases.iter().filter_map(|case| {
        let decision = case.decision.as_ref().filter(|_| case.unit == entry.id)?;
        (decision.verdict == Verdict::Approved).then_some(decision.on)
    });
    let registered = references(history).into_iter().map(|reference| reference.approved_on);
    approved.chain(registered).min()
}

/// When the last of the unit's functions moved out, and what they were; none if it has some, or
/// never had any that are known.
fn functions_gone(history: &History, on: Date) -> Option<(String, Date)> {
    let blank = |profile: &UnitProfile| profile.functions.trim().is_empty();
    if !history.unit.as_of(on).is_some_and(|profile| blank(&profile)) {
        return None;
    }
    let days = history.days().into_iter().rev().filter(|day| day.on <= on);
    let mut gone = days.filter_map(|day| {
        let before = day.before.filter(|before| !blank(before))?;
        day.after.is_some_and(|after| blank(&after)).then_some((before.functions, day.on))
    });
    gone.next()
}

fn functions(id: &UnitId, history: &History, on: Date) -> Option<Issue> {
    let (name, moved_on) = functions_gone(history, on)?;
    detect_functions(id, &[FunctionOfUnit { name, moved_on: Some(moved_on) }], on)
}

/// Names that changed by a document, and that no decided case has brought into the ledger.
fn names(entry: &Entry, policy: &Policy, profile: &UnitProfile, on: Date) -> Option<Issue> {
    let renamed = entry.changes.iter().filter(|changed| {
        let decided = changed.case.and_then(|at| entry.cases.get(at));
        let decided = decided.is_some_and(|case| case.decision.is_some());
        changed.kinds.contains(&ReferenceChange::Renamed) && !decided
    });
    let first = renamed.min_by_key(|changed| changed.day.on)?;
    let facts = NameFacts {
        unit: entry.id.clone(),
        in_ledger: first.day.before.as_ref()?.name.clone(),
        in_document: profile.name.clone(),
        document_on: first.day.on,
    };
    // Where policy sets no number of days, nobody is late.
    detect_name(policy, &facts, on).ok().flatten()
}

/// Approvals that are filed with the central authority.
fn filings(entry: &Entry, policy: &Policy, chain: &Chain, on: Date) -> Vec<Issue> {
    let approved = |case: &&RecertificationState| case.unit == entry.id;
    let cases = entry.cases.iter().filter(approved);
    let found = cases.filter_map(|case| {
        let decision = case.decision.as_ref()?;
        if decision.verdict != Verdict::Approved {
            return None;
        }
        let facts = CentralFiling {
            unit: entry.id.clone(),
            approved_on: decision.on,
            filed_on: case.centrally_filed.as_ref().map(|(day, _)| *day),
        };
        detect_central_filing(policy, chain, &facts, on).ok().flatten()
    });
    found.collect()
}

fn unsettled(entry: &Entry, on: Date) -> Vec<Issue> {
    let open = entry.changes.iter().filter(|changed| changed.own && changed.case.is_none());
    let found = open.filter_map(|changed| {
        let route = changed.routed.as_ref().and_then(|routed| routed.route);
        let (unit, effective_on) = (entry.id.clone(), changed.day.on);
        detect_change(&UnsettledChange { unit, effective_on, route }, on)
    });
    found.collect()
}
