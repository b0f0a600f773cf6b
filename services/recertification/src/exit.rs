//! What the exit of a unit brings about besides its case (退出): who is on its staff stands in a
//! plan; when it is approved, what was planned takes effect, and the seats of a unit that
//! becomes an organ move into the organ's account in the same commit.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_casework::Sight;
use quanheng_eventlog::EventDraft;
use quanheng_ledger::event::Basis;
use quanheng_ledger::id::{AccountKey, OwnerId};
use quanheng_policy::profile::ReferenceChange;
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::Findings;
use quanheng_recertification::transition::{self as rules, Destination, Move};
use quanheng_register::unit::Nature;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{RecertificationState, TransitionEvent, TransitionState};

use crate::campaign::of_finding;
use crate::transition::effect::{self, Effect, Placed};
use crate::transition::{plan_of, written};

/// The plan of a case, if it has one that stands.
///
/// # Errors
/// [`Failure`].
pub(crate) fn plan<'a>(
    sight: &Sight<'a>,
    case: &RecertificationState,
) -> Result<Option<&'a TransitionState>, Failure> {
    let Some(id) = &case.transition else { return Ok(None) };
    let found = sight.need::<streams::Transitions>(&streams::transition(id))?.as_ref();
    Ok(found.filter(|transition| transition.cancelled.is_none()))
}

/// Everybody of the unit who has to stand in the plan, as far as states tell it: who holds a
/// seat of the unit's accounts.
fn holders(sight: &Sight<'_>, transition: &TransitionState) -> Result<BTreeSet<PersonId>, Failure> {
    let persons = transition.persons.keys().cloned();
    let mut found = BTreeSet::new();
    for key in effect::accounts_of(sight, &transition.unit, persons)? {
        let holders = sight.existing(&key)?.holders().iter();
        let own = holders.filter(|(_, holder)| holder.unit == transition.unit);
        found.extend(own.map(|(person, _)| person.clone()));
    }
    Ok(found)
}

/// Whether the exit of a case has its plan, and the plan covers everybody (退出须有过渡方案).
///
/// # Errors
/// [`Failure`] where something has to be read.
pub(crate) fn check_plan(
    sight: &Sight<'_>,
    case: &RecertificationState,
) -> Result<Findings, Failure> {
    let division = sight.last_profile(&case.unit)?.division;
    let policy = sight.policy(&division, sight.today);
    let Some(transition) = plan(sight, case)? else {
        return Ok(rules::check_plan(&policy, None));
    };
    let plan = plan_of(transition, holders(sight, transition)?);
    Ok(rules::check_plan(&policy, Some(&plan)))
}

/// The organ that a unit becomes; none if it leaves otherwise.
fn organ(case: &RecertificationState) -> Option<&UnitId> {
    if !case.changes.contains(&ReferenceChange::ConvertedToOrgan) {
        return None;
    }
    let organ = |one: &&streams::ReportedUnit| {
        one.after.as_ref().is_some_and(|after| after.nature == Nature::Organ)
    };
    case.change.successors.iter().find(organ).map(|one| &one.unit)
}

/// What an approved exit brings about besides the case's own events: what was planned of its
/// staff takes effect. Where the unit becomes an organ, everybody who holds a seat moves into
/// the organ's account in the same commit, and the account that they leave closes.
///
/// # Errors
/// `TRANSITION_PLAN_MISSING`; `HOLDERS_LEFT`; what the register or the ledger refuses by.
pub(crate) fn approve(
    sight: &Sight<'_>,
    case: &RecertificationState,
    on: Date,
) -> Result<Vec<EventDraft>, Failure> {
    let name = format!("recertificationCases/{}", case.case);
    let found = check_plan(sight, case)?;
    if let Some(failed) = found.0.iter().find(|finding| finding.failed()) {
        return Err(of_finding(failed, &name).with("case", name));
    }
    let Some(transition) = plan(sight, case)? else { return Ok(Vec::new()) };
    let placed = placed(transition);
    let handed_over = match organ(case) {
        Some(organ) if *organ != transition.unit => {
            Some(check_handover(sight, transition, &placed, organ, &name)?)
        }
        _ => None,
    };
    let Effect { mut drafts, seats } = effect::of(sight, transition, &placed)?;
    let settled =
        seats.into_iter().map(|(person, seat)| TransitionEvent::SeatSettled { person, seat });
    let settled: Vec<TransitionEvent> = settled.collect();
    let (told, _) = written(sight, &transition.transition, &transition.unit, &settled)?;
    drafts.extend(told);
    let document = case.decision.as_ref().and_then(|decision| decision.document.clone());
    let document = document.unwrap_or_else(|| transition.document.clone());
    let basis = Basis { document, effective_on: on };
    for key in handed_over.unwrap_or_default() {
        let closed = effect::close_account(sight, &key, &basis, &drafts)?;
        drafts.extend(closed);
    }
    Ok(drafts)
}

/// What was planned, of everybody who is not done.
fn placed(transition: &TransitionState) -> Vec<Placed> {
    let open = transition.persons.iter().filter(|(_, one)| one.done_on.is_none());
    let placed = open.filter_map(|(person, one)| {
        let placement = one.placement.clone()?;
        let destination = Destination::read(&placement.option)?;
        Some(Placed { person: person.clone(), placement, destination })
    });
    placed.collect()
}

/// Whether everybody who holds a seat moves into the organ's account (W-94): the accounts that
/// close then.
fn check_handover(
    sight: &Sight<'_>,
    transition: &TransitionState,
    placed: &[Placed],
    organ: &UnitId,
    name: &str,
) -> Result<Vec<AccountKey>, Failure> {
    let persons = transition.persons.keys().cloned();
    let accounts = effect::accounts_of(sight, &transition.unit, persons)?;
    for key in &accounts {
        let to = AccountKey { owner: OwnerId::Unit(organ.clone()), category: key.category.clone() };
        let holders = sight.existing(key)?.holders().keys().cloned().collect();
        let moves = placed.iter().filter(|one| one.destination == Destination::MoveWithFunction);
        let moves = moves.filter_map(|one| {
            let owner = OwnerId::Unit(one.placement.unit.clone()?);
            let to = AccountKey { owner, category: key.category.clone() };
            Some(Move { person: one.person.clone(), to })
        });
        let moves: Vec<Move<AccountKey>> = moves.collect();
        let found = rules::check_handover(&holders, &moves, &to);
        if found.failed() {
            let account = format!("quotaAccounts/{}", streams::account_id(key));
            return Err(of_finding(&found, name).with("case", name).with("account", account));
        }
    }
    Ok(accounts)
}

/// A plan is no longer needed: its case was withdrawn, or ended so that the unit stays.
///
/// # Errors
/// [`Failure`].
pub(crate) fn cancelled(
    sight: &Sight<'_>,
    case: &RecertificationState,
    reason: &str,
) -> Result<Vec<EventDraft>, Failure> {
    match plan(sight, case)? {
        Some(transition) if transition.closed_on.is_none() => {
            let event =
                TransitionEvent::TransitionCancelled { reason: reason.to_owned(), on: sight.today };
            Ok(written(sight, &transition.transition, &transition.unit, &[event])?.0)
        }
        _ => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests;
