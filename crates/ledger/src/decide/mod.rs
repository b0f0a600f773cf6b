//! Decisions: what a command makes of an account. Pure functions of the account, the
//! command and the facts.

mod determine;
mod filing;
mod hold;
mod occupy;
mod reserve;
mod reverse;
mod transfer;

pub use transfer::{Shortfall, Sides, cover_shortfall, give_back, transfer};

use quanheng_policy::PersonId;

use crate::account::{Account, Forced, Owner};
use crate::command::{Applicant, BATCH_MAX, Command, Facts};
use crate::event::{Basis, Event};
use crate::evolve::evolve;
use crate::refusal::{Refusal, Refused};

/// The events that a command brings about.
///
/// # Errors
/// Every rule that it breaks; nothing changes then.
pub fn decide(
    state: Option<&Account>,
    command: Command,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    match command {
        Command::CreatePool {
            pool,
            category,
            tier,
            kind,
            members,
            head,
            reasons_required,
            earmarks,
            basis,
        } => {
            let owner = Owner::Pool { pool, tier, kind, members, head, reasons_required, earmarks };
            determine::create_pool(state, owner, category, basis)
        }
        Command::DetermineUnit { owner, category, determine } => {
            determine::unit(state, owner, category, determine, facts)
        }
        command => decide_in(state.ok_or(Refusal::NotDetermined)?, command, facts),
    }
}

fn decide_in(account: &Account, command: Command, facts: Facts<'_>) -> Result<Vec<Event>, Refused> {
    match command {
        Command::CreatePool { .. } | Command::DetermineUnit { .. } => {
            Err(Refusal::Exists { what: account.key().to_string() }.into())
        }
        Command::RedefinePool { members, basis } => {
            determine::redefine_pool(account, members, basis)
        }
        Command::Determine(determine) => determine::again(account, determine, facts),
        Command::SetReserve { set, seats, reason, basis } => {
            reserve::set(account, set, seats, reason, basis)
        }
        Command::ReleaseReserve { set, seats, reason, basis } => {
            reserve::release(account, set, seats, reason, basis)
        }
        Command::PlaceHold { hold, case, applicant, moves, basis } => {
            hold::place(account, hold::Request { hold, case, applicant, moves, basis }, facts)
        }
        Command::ExtendHold { hold, reason, expires_on, basis } => {
            hold::extend(account, hold, reason, expires_on, basis, facts)
        }
        Command::ReleaseHold { hold, moves, reason } => {
            hold::release(account, hold, moves, reason, facts)
        }
        Command::ExpireHolds => Ok(hold::expire(account, facts)),
        Command::SetFilingDues => filing::set_dues(account, facts),
        Command::ResumeWaiting { hold } => hold::resume(account, hold, facts),
        Command::Occupy { hold, occupants, basis } => {
            occupy::occupy(account, hold, occupants, basis, facts)
        }
        Command::Place { person, of, rank, exempt, seated_elsewhere, basis } => {
            let placed = occupy::Placing { person, of, rank, exempt, seated_elsewhere, basis };
            occupy::place(account, placed, facts)
        }
        Command::Vacate { person, reason, basis } => occupy::vacate(account, person, reason, basis),
        Command::LowerRank { person, to, basis } => {
            occupy::lower(account, person, to, basis, facts)
        }
        Command::RecordOpening { holders, basis } => occupy::open(account, holders, basis),
        Command::FileUse { hold, persons } => filing::file(account, hold, persons, facts),
        Command::ReturnFiling { hold, persons, reason } => {
            filing::give_back(account, hold, persons, reason, facts)
        }
        Command::SetDigestionPlan { steps, basis } => {
            Refused::none_of(crate::digestion::check(account, &steps))?;
            Ok(vec![Event::DigestionPlanSet { steps, basis }])
        }
        Command::Reverse { version, entry, reason, basis } => {
            reverse::reverse(account, version, *entry, reason, basis)
        }
    }
}

/// What an account has is determined, by its members as they are now.
fn determined(account: &Account) -> Result<(), Refused> {
    if account.policy.is_some() { Ok(()) } else { Err(Refusal::NotDetermined.into()) }
}

/// I6 and I7: the unit belongs to the account, and is not above where its seats come from.
fn belongs(account: &Account, applicant: &Applicant) -> Result<(), Refused> {
    let unit = applicant.unit.clone();
    let belongs = match &account.owner {
        Owner::Unit { unit, .. } => applicant.unit == *unit,
        Owner::Pool { members, .. } => members.iter().any(|m| m.unit == applicant.unit),
    };
    if applicant.tier < account.owner.tier() {
        return Err(Refusal::UpwardUse { unit }.into());
    }
    match (&account.owner, belongs) {
        (_, true) => Ok(()),
        (Owner::Unit { referenced: true, .. }, false) if applicant.above_owner => {
            Err(Refusal::ParentOccupies { unit }.into())
        }
        (_, false) => Err(Refusal::NotOfAccount { unit }.into()),
    }
}

/// Adds the mark to events that law forces: which sets they put beyond their seats.
fn forced(account: &Account, mut events: Vec<Event>, cause: Forced, basis: &Basis) -> Vec<Event> {
    let mut after = Some(account.clone());
    for event in &events {
        evolve(&mut after, event);
    }
    let Some(after) = after else { return events };
    let beyond = after.sets.iter().filter(|seats| {
        let marked = after.excesses.contains_key(&seats.set);
        !marked && !after.quantities(&seats.set).unwrap_or_default().within()
    });
    let sets: Vec<_> = beyond.map(|seats| seats.set.clone()).collect();
    if !sets.is_empty() {
        events.push(Event::OverQuotaDetected { sets, cause, on: basis.effective_on });
    }
    events
}

fn counted<T>(field: &'static str, list: &[T]) -> Result<(), Refused> {
    match list.len() {
        1..=BATCH_MAX => Ok(()),
        0 => Err(invalid(field, "不得为空")),
        _ => Err(invalid(field, &format!("一次不超过 {BATCH_MAX} 项"))),
    }
}

fn positive(field: &'static str, count: u64) -> Result<(), Refused> {
    if count > 0 { Ok(()) } else { Err(invalid(field, "应大于 0")) }
}

fn given(field: &'static str, text: &str) -> Result<(), Refused> {
    if text.trim().is_empty() { Err(invalid(field, "须写明")) } else { Ok(()) }
}

fn distinct<'a>(
    field: &'static str,
    persons: impl IntoIterator<Item = &'a PersonId>,
) -> Result<(), Refused> {
    let mut seen = std::collections::BTreeSet::new();
    for person in persons {
        if !seen.insert(person) {
            return Err(invalid(field, &format!("{person} 重复")));
        }
    }
    Ok(())
}

fn invalid(field: &'static str, what: &str) -> Refused {
    Refusal::Invalid { field, what: what.to_owned() }.into()
}
