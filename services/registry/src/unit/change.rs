//! Changes over one unit or several (机构变动): every unit's events in one commit.

use std::collections::BTreeMap;

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::UnitId;
use quanheng_policy::codes::CreditCode;
use quanheng_register::unit::{
    self, Becomes, ChangeKind, Successor, Unit, UnitChange, UnitPatch, UnitProfile, decide_change,
};
use quanheng_register::{Basis, Facts};
use quanheng_runtime::wire::{basis, given_or_new, required, unit as named};
use quanheng_runtime::{Call, Decided, Failure, next_etag};
use quanheng_streams as streams;

use super::contact;
use super::message;
use super::parse::{self, AskedKind};
use super::scope::{Scope, Sight, run};
use super::write::{finish, told_on};
use crate::refusal;

/// Units on either side of a change, as the domain bounds them.
const UNITS_MAX: usize = 100;

/// A unit that goes on or begins, as it is asked for: which of both, the log tells.
#[derive(Clone)]
struct Asked {
    unit: UnitId,
    whole: Result<UnitProfile, Failure>,
    patch: UnitPatch,
}

pub(crate) async fn change(
    call: &Call,
    request: wire::ChangeUnitsRequest,
) -> Result<wire::ChangeUnitsResponse, Failure> {
    let kind = required("kind", parse::change_kind(request.kind()))?;
    for (field, count) in
        [("predecessors", request.predecessors.len()), ("successors", request.successors.len())]
    {
        if count > UNITS_MAX {
            return Err(Failure::bound(
                &format!("change_{field}_max"),
                UNITS_MAX as u64,
                count as u64,
            ));
        }
    }
    let predecessors = parse::units("predecessors", &request.predecessors)?;
    let basis: Basis = basis(request.basis.as_ref())?.into();
    let note = request.note.trim().to_owned();
    let successors = asked(call, &request).await?;
    let codes: Vec<CreditCode> =
        successors.iter().filter_map(|to| to.patch.credit_code.clone().flatten()).collect();
    let parents = successors.iter().filter_map(|to| to.patch.parent.clone().flatten());
    let scope = Scope::new(call)
        .units(predecessors.iter().cloned())
        .units(successors.iter().map(|to| to.unit.clone()))
        .units(parents)
        .codes(codes);
    let done = run(call, &request, scope, move |sight| {
        let change = settled(sight, kind, &predecessors, &successors, &basis)?;
        decided(sight, UnitChange { note: note.clone(), ..change })
    });
    let done = done.await?;
    let mut units = done.answer.units;
    finish(call, &mut units).await?;
    Ok(wire::ChangeUnitsResponse { units, position: done.position.0 })
}

async fn asked(call: &Call, request: &wire::ChangeUnitsRequest) -> Result<Vec<Asked>, Failure> {
    let mut parsed = Vec::with_capacity(request.successors.len());
    for (index, to) in request.successors.iter().enumerate() {
        let at = format!("successors[{index}]");
        let unit = match to.unit.as_str() {
            "" => given_or_new(&at, "")?,
            name => named(&format!("{at}.unit"), name)?,
        };
        let given = to.profile.clone().unwrap_or_default();
        let at = format!("{at}.profile");
        let part = contact::part(&given, &at)?;
        let patch = parse::patch(&given, &at, None)?;
        let whole = parse::profile(&given, &at, None);
        parsed.push((Asked { unit, whole, patch }, part));
    }
    // Keys are made when everything was checked.
    let mut asked = Vec::with_capacity(parsed.len());
    for (mut to, part) in parsed {
        let sealed = contact::sealed(call, &to.unit, part, request.validate_only).await?;
        if let Ok(whole) = &mut to.whole {
            whole.contact = sealed.clone().flatten();
        }
        to.patch.contact = sealed;
        asked.push(to);
    }
    Ok(asked)
}

/// The change with what each unit becomes.
fn settled(
    sight: &Sight<'_>,
    kind: AskedKind,
    predecessors: &[UnitId],
    asked: &[Asked],
    basis: &Basis,
) -> Result<UnitChange, Failure> {
    let mut successors = Vec::with_capacity(asked.len());
    for to in asked {
        let becomes = match sight.known.units.contains_key(&to.unit) {
            true => Becomes::Updated(Box::new(to.patch.clone())),
            false => Becomes::Registered(Box::new(to.whole.clone()?)),
        };
        successors.push(Successor { unit: to.unit.clone(), becomes });
    }
    let kind = match kind {
        AskedKind::One(kind) => kind,
        AskedKind::Headcount => headcount(sight, &successors, basis),
    };
    let (predecessors, basis) = (predecessors.to_vec(), basis.clone());
    Ok(UnitChange { kind, predecessors, successors, basis, note: String::new() })
}

/// More or fewer: whether the unit's headcount goes down.
fn headcount(sight: &Sight<'_>, successors: &[Successor], basis: &Basis) -> ChangeKind {
    let fewer = successors.iter().any(|to| {
        let unit = sight.known.units.get(&to.unit);
        let before = unit.and_then(|unit| unit.as_of(basis.effective_on));
        let (Some(before), Becomes::Updated(patch)) = (before, &to.becomes) else { return false };
        let mut after = before.clone();
        patch.apply_to(&mut after);
        after.counted_establishment() < before.counted_establishment()
    });
    if fewer { ChangeKind::HeadcountDecreased } else { ChangeKind::HeadcountIncreased }
}

fn decided(
    sight: &Sight<'_>,
    change: UnitChange,
) -> Result<Decided<wire::ChangeUnitsResponse>, Failure> {
    let on = change.basis.effective_on;
    let named: Vec<UnitId> = change.predecessors.clone();
    for id in &named {
        sight.governs_unit(sight.unit(id)?, on)?;
    }
    for to in &change.successors {
        match (&to.becomes, sight.known.units.get(&to.unit)) {
            (Becomes::Registered(profile), _) => sight.governs(&profile.division)?,
            (Becomes::Updated(_), Some(unit)) => sight.governs_unit(unit, on)?,
            (Becomes::Updated(_), None) => {}
        }
    }
    let about = named.first().map(message::name).unwrap_or_default();
    let facts = Facts::new(sight.today, &sight.known);
    let events = decide_change(change, facts);
    let events = events.map_err(|refused| refusal::failure(&refused, &about))?;
    let mut after: BTreeMap<&UnitId, Option<Unit>> = BTreeMap::new();
    let mut order = Vec::new();
    let mut drafts = Vec::with_capacity(events.len());
    for (id, event) in &events {
        let known = || sight.known.units.get(id).copied().cloned();
        let state = after.entry(id).or_insert_with(known);
        unit::evolve(state, event);
        drafts.push(streams::unit_draft(id, event).map_err(Failure::internal)?);
        if !order.contains(&id) {
            order.push(id);
        }
    }
    let mut changed = Vec::with_capacity(order.len());
    for id in order {
        let state = after.get(id).and_then(Option::as_ref);
        let state = state.ok_or_else(|| Failure::internal("a unit that never began"))?;
        sight.governs_unit(state, on)?;
        changed.push((sight.known.units.get(id).copied(), state));
    }
    drafts.extend(sight.claims(&changed)?);
    let units = changed.iter().map(|(_, state)| {
        let mut unit = message::unit(state, told_on(state, sight.today, on));
        unit.etag = next_etag(sight.desk, &streams::unit(&state.unit), &drafts);
        unit
    });
    let answer = wire::ChangeUnitsResponse { units: units.collect(), position: 0 };
    Ok(Decided::new(drafts, answer))
}
