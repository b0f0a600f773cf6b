//! Decisions about persons. Pure functions of the person, the command and the facts.

mod correct;
mod held;
mod ranks;
mod service;
mod spells;

pub(super) use ranks::exclude as ranks_exclude;
pub(super) use spells::exclude as posts_exclude;

use jiff::civil::Date;

use super::command::Command;
use super::event::Event;
use super::facts::{PersonFacts, PersonPatch};
use super::state::{FactKind, Person, ServiceStatus};
use crate::facts::Facts;
use crate::id::SpellId;
use crate::refusal::{Refusal, Refused};
use crate::text::{NAME_CHARS_MAX, REMARK_CHARS_MAX, given};

/// The events that a command brings about.
///
/// # Errors
/// Every rule that it breaks; nothing changes then.
pub fn decide(
    state: Option<&Person>,
    command: Command,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    match (state, command) {
        (None, Command::Register { person, private, spell, slot, facts: known }) => {
            service::slot_stands(&slot, facts)?;
            Refused::none_of(open_facts(&known, facts))?;
            Ok(vec![Event::PersonRegistered { person, private, spell, slot, facts: known }])
        }
        (Some(_), Command::Register { person, .. }) => {
            Err(Refusal::Exists { what: format!("persons/{person}") }.into())
        }
        (None, _) => Err(Refusal::NotFound { what: "该人员".into() }.into()),
        (Some(person), _) if person.erased.is_some() => Err(Refusal::PersonErased.into()),
        (Some(person), command) => decide_for(person, command, facts),
    }
}

fn decide_for(person: &Person, command: Command, facts: Facts<'_>) -> Result<Vec<Event>, Refused> {
    match command {
        Command::Register { .. } => {
            Err(Refusal::Exists { what: format!("persons/{}", person.person) }.into())
        }
        Command::RecordOpening { cut_over, posts, ranks, changes } => {
            service::open(person, service::Opening { cut_over, posts, ranks, changes }, facts)
        }
        Command::Update { changes, private } => update(person, changes, private, facts),
        Command::MoveSlot { spell, slot, way } => {
            service::move_slot(person, spell, slot, way, facts)
        }
        Command::TakePost { spell, post } => spells::take_post(person, spell, post, facts),
        Command::LeavePost { spell, on, reason, document } => {
            spells::leave_post(person, spell, on, reason, document, facts)
        }
        Command::TakeRank { spell, rank } => ranks::take(person, spell, rank, facts),
        Command::LeaveRank { spell, on, reason, document } => {
            ranks::leave(person, spell, on, reason, document, facts)
        }
        Command::StartSecondment { spell, secondment } => {
            spells::start_secondment(person, spell, secondment, facts)
        }
        Command::EndSecondment { spell, on } => spells::end_secondment(person, spell, on, facts),
        Command::CorrectSpell { spell, fix, reason, document } => {
            correct::correct(person, correct::Correcting { spell, fix, reason, document }, facts)
        }
        Command::LeaveService { reason, on, document } => {
            service::leave(person, reason, on, document, facts)
        }
        Command::Reinstate { reason, document } => service::reinstate(person, reason, document),
        Command::Rejoin { spell, slot, entry } => {
            service::rejoin(person, spell, slot, entry, facts)
        }
        Command::Erase { ordered_by, reason } => erase(ordered_by, reason, facts),
        Command::RecordAssessment { year, sealed, corrects } => {
            held::assess(person, year, sealed, corrects, facts)
        }
        Command::RecordCommendation { commendation, sealed } => {
            held::record(person, FactKind::Commendation, commendation, sealed)
        }
        Command::RecordSanction { sanction, sealed } => {
            held::record(person, FactKind::Sanction, sanction, sealed)
        }
        Command::LiftSanction { sanction, sealed } => held::lift(person, sanction, sealed),
        Command::OpenInvestigation { investigation, sealed } => {
            held::record(person, FactKind::Investigation, investigation, sealed)
        }
        Command::CloseInvestigation { investigation, sealed } => {
            held::close(person, investigation, sealed)
        }
        Command::DeclareRelative { relative, sealed } => {
            held::record(person, FactKind::Relative, relative, sealed)
        }
        Command::WithdrawRelative { relative } => held::withdraw(person, relative),
        Command::CorrectFact { kind, fact, sealed, reason } => {
            held::correct(person, kind, fact, sealed, reason)
        }
    }
}

fn update(
    person: &Person,
    changes: PersonPatch,
    private: Option<crate::Sealed>,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    if changes.is_empty() && private.is_none() {
        return Err(Refusal::invalid("changes", "没有变更内容").into());
    }
    let mut after = person.facts.clone();
    changes.apply_to(&mut after);
    Refused::none_of(open_facts(&after, facts))?;
    Ok(vec![Event::PersonUpdated { changes, private }])
}

fn erase(ordered_by: String, reason: String, facts: Facts<'_>) -> Result<Vec<Event>, Refused> {
    let texts = [
        given("ordered_by", &ordered_by, NAME_CHARS_MAX),
        given("reason", &reason, REMARK_CHARS_MAX),
    ];
    Refused::none_of(texts.into_iter().flatten().collect())?;
    Ok(vec![Event::PersonErased { ordered_by, reason, on: facts.today }])
}

/// What is wrong with the open facts.
fn open_facts(known: &PersonFacts, facts: Facts<'_>) -> Vec<Refusal> {
    let conversion = known.conversion.as_ref();
    let days = [
        ("same_level_since", known.same_level_since),
        ("separately_listed", known.separately_listed.map(|listing| listing.since)),
        ("conversion", conversion.map(|conversion| conversion.on)),
    ];
    let days = days.into_iter().filter_map(|(field, day)| Some((field, day?)));
    let mut found: Vec<_> =
        days.filter_map(|(field, day)| facts.in_time(field, day).err()).collect();
    if conversion.is_some_and(|conversion| conversion.level_since > conversion.on) {
        found.push(Refusal::invalid("conversion", "套转前任职时间应早于套转时间"));
    }
    found
}

/// A name that no interval of the person has.
fn fresh(person: &Person, spell: &SpellId) -> Result<(), Refusal> {
    match person.spell(spell) {
        None => Ok(()),
        Some(_) => Err(Refusal::Exists { what: format!("任职期间 {spell}") }),
    }
}

fn unknown(spell: &SpellId) -> Refusal {
    Refusal::NotFound { what: format!("任职期间 {spell}") }
}

/// In service on a day.
fn serving(person: &Person, on: Date) -> Result<(), Refusal> {
    match person.status(on) {
        ServiceStatus::InService => Ok(()),
        _ => Err(Refusal::NotInService { on }),
    }
}

/// An open interval lies in the present time of service; a closed one may lie before the
/// register knew the person, and ends no later than a time of service that it reaches.
fn served(person: &Person, from: Date, to: Option<Date>) -> Result<(), Refusal> {
    let Some(to) = to else {
        let open = person.service.last().filter(|service| service.left.is_none());
        return match open.is_some_and(|service| service.from <= from) {
            true => Ok(()),
            false => Err(Refusal::NotInService { on: from }),
        };
    };
    let last = to.yesterday().unwrap_or(to);
    match person.status(last) {
        ServiceStatus::InService | ServiceStatus::NotYet => Ok(()),
        _ => Err(Refusal::NotInService { on: last }),
    }
}

/// An interval: ends after it begins, and neither too far ahead.
fn interval(from: Date, to: Option<Date>, facts: Facts<'_>) -> Result<(), Refusal> {
    facts.in_time("from", from)?;
    let Some(to) = to else { return Ok(()) };
    facts.in_time("to", to)?;
    match from < to {
        true => Ok(()),
        false => Err(Refusal::SpellEmpty { field: "to", from, to }),
    }
}

/// Whether two intervals have a day in common.
fn overlap(a: (Date, Option<Date>), b: (Date, Option<Date>)) -> bool {
    let begin = a.0.max(b.0);
    a.1.is_none_or(|to| begin < to) && b.1.is_none_or(|to| begin < to)
}
