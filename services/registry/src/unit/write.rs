//! One unit: registration, changes, corrections.

use jiff::civil::Date;
use prost::Message;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::UnitId;
use quanheng_register::unit::{self, Command, Correction, Unit};
use quanheng_register::{Basis, Facts};
use quanheng_runtime::reading::day;
use quanheng_runtime::wire::{basis, given_or_new, unit as named};
use quanheng_runtime::{Call, Decided, Done, Failure, check_etag, next_etag};
use quanheng_streams as streams;

use super::contact::{self, Shown, reveal};
use super::message::{self, name};
use super::parse;
use super::scope::{Scope, Sight, run};
use crate::refusal;

pub(crate) async fn create(
    call: &Call,
    request: wire::CreateUnitRequest,
) -> Result<wire::CreateUnitResponse, Failure> {
    let id: UnitId = given_or_new("unit_id", &request.unit_id)?;
    let basis: Basis = basis(request.basis.as_ref())?.into();
    let given = request.profile.as_ref();
    let given = given.ok_or_else(|| Failure::field("profile", "须填写单位情况"))?;
    // Everything is checked before a key is made.
    let part = contact::part(given, "profile")?;
    let mut profile = parse::profile(given, "profile", None)?;
    profile.contact = contact::sealed(call, &id, part, request.validate_only).await?.flatten();
    let scope = Scope::new(call)
        .units([id.clone()])
        .units(profile.parent.clone())
        .codes(profile.credit_code.clone());
    let done = run(call, &request, scope, move |sight| {
        sight.governs(&profile.division)?;
        let (profile, basis) = (Box::new(profile.clone()), basis.clone());
        let on = basis.effective_on;
        let command = Command::Register { unit: id.clone(), profile, basis };
        decided(sight, &id, None, command, on)
    });
    let (unit, position) = answered(call, done.await?).await?;
    Ok(wire::CreateUnitResponse { unit: Some(unit), position })
}

pub(crate) async fn update(
    call: &Call,
    request: wire::UpdateUnitRequest,
) -> Result<wire::UpdateUnitResponse, Failure> {
    let id = named("name", &request.name)?;
    let given = request.profile.clone().unwrap_or_default();
    let part = contact::part(&given, "profile")?;
    let mut patch = parse::patch(&given, "profile", None)?;
    let asked = Asked::of(&request)?;
    patch.contact = contact::sealed(call, &id, part, request.validate_only).await?;
    let scope = Scope::new(call)
        .units([id.clone()])
        .units(patch.parent.clone().flatten())
        .codes(patch.credit_code.clone().flatten());
    let etag = request.etag.clone();
    let done = run(call, &request, scope, move |sight| {
        let unit = sight.unit(&id)?;
        let changes = Box::new(patch.clone());
        let (command, on) = match asked.clone() {
            Asked::Update(basis) => {
                let on = basis.effective_on;
                (Command::Update { changes, basis }, on)
            }
            Asked::Correct { version, void, effective_on, reason, basis } => {
                let version = version.unwrap_or_else(|| last_entry(unit));
                let correction = match void {
                    true => Correction::Voided,
                    false => Correction::Amended { changes, effective_on },
                };
                let on = effective_on.unwrap_or(sight.today);
                (Command::Correct { version, correction, reason, basis }, on)
            }
        };
        sight.governs_unit(unit, on)?;
        check_etag(sight.desk, &streams::unit(&id), &etag)?;
        decided(sight, &id, Some(unit), command, on)
    });
    let (unit, position) = answered(call, done.await?).await?;
    Ok(wire::UpdateUnitResponse { unit: Some(unit), position })
}

/// What is asked of a unit that exists.
#[derive(Clone)]
enum Asked {
    Update(Basis),
    Correct {
        version: Option<u64>,
        void: bool,
        effective_on: Option<Date>,
        reason: String,
        basis: Option<Basis>,
    },
}

impl Asked {
    fn of(request: &wire::UpdateUnitRequest) -> Result<Self, Failure> {
        let effective_on = day("corrected_effective_on", request.corrected_effective_on.as_ref())?;
        if !request.correction {
            for (field, given) in [
                ("reason", !request.reason.is_empty()),
                ("corrected_version", request.corrected_version != 0),
                ("corrected_effective_on", effective_on.is_some()),
                ("void_entry", request.void_entry),
            ] {
                if given {
                    return Err(Failure::field(field, "仅用于更正"));
                }
            }
            return Ok(Self::Update(basis(request.basis.as_ref())?.into()));
        }
        if request.void_entry && (effective_on.is_some() || says_something(request)) {
            return Err(Failure::field("void_entry", "作废登记时不得填写更正内容"));
        }
        Ok(Self::Correct {
            version: Some(request.corrected_version).filter(|version| *version != 0),
            void: request.void_entry,
            effective_on,
            reason: request.reason.trim().to_owned(),
            basis: match &request.basis {
                Some(given) => Some(basis(Some(given))?.into()),
                None => None,
            },
        })
    }
}

fn says_something(request: &wire::UpdateUnitRequest) -> bool {
    request.profile.as_ref().is_some_and(|profile| profile.encoded_len() > 0)
}

/// The version of the entry that was recorded last.
fn last_entry(unit: &Unit) -> u64 {
    let timeline = &unit.timeline;
    let changes = timeline.changes().iter().map(|change| change.version);
    // The registration is a unit's first event.
    changes.chain(timeline.end().map(|end| end.version)).max().unwrap_or(1)
}

/// Decides; what comes of it, with the credit codes that are claimed or given up.
fn decided(
    sight: &Sight<'_>,
    id: &UnitId,
    before: Option<&Unit>,
    command: Command,
    on: Date,
) -> Result<Decided<wire::Unit>, Failure> {
    let facts = Facts::new(sight.today, &sight.known);
    let events =
        unit::decide(before.or_else(|| sight.known.units.get(id).copied()), command, facts);
    let events = events.map_err(|refused| refusal::failure(&refused, &name(id)))?;
    let mut after = before.cloned();
    let mut drafts = Vec::with_capacity(events.len());
    for event in &events {
        unit::evolve(&mut after, event);
        drafts.push(streams::unit_draft(id, event).map_err(Failure::internal)?);
    }
    let after = after.ok_or_else(|| Failure::internal("a unit that never began"))?;
    sight.governs_unit(&after, on)?;
    drafts.extend(sight.claims(&[(before, &after)])?);
    let mut answer = message::unit(&after, told_on(&after, sight.today, on));
    answer.etag = next_etag(sight.desk, &streams::unit(id), &drafts);
    Ok(Decided::new(drafts, answer))
}

/// The day as of which an answer tells: from when the entry holds, if that is to come.
pub(super) fn told_on(unit: &Unit, today: Date, on: Date) -> Date {
    today.max(on).max(unit.timeline.begun_on())
}

/// The answer of a command as the caller may see it, and its position.
async fn answered(call: &Call, done: Done<wire::Unit>) -> Result<(wire::Unit, u64), Failure> {
    let mut units = [done.answer];
    finish(call, &mut units).await?;
    let [unit] = units;
    Ok((unit, done.position.0))
}

/// Adds to answers what no decision sees: opened contacts. Nothing else: a repetition gets
/// the answer that the first one got, whatever has happened since.
pub(super) async fn finish(call: &Call, units: &mut [wire::Unit]) -> Result<(), Failure> {
    reveal(call, units, Shown::Alone).await
}
