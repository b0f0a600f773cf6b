//! Decisions about changes of units.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_policy::UnitId;

use super::kind::{ChangeKind, kinds_between};
use super::{Becomes, Successor, UnitChange};
use crate::basis::Basis;
use crate::facts::{Facts, active};
use crate::refusal::{Refusal, Refused};
use crate::text::{REMARK_CHARS_MAX, bounded};
use crate::unit::Unit;
use crate::unit::decide::{misplaced, moves, unsound, update};
use crate::unit::event::Event;
use crate::unit::evolve::evolve;
use crate::unit::profile::{Nature, UnitProfile};

/// At most so many units in one change.
const UNITS_MAX: usize = 100;

/// A unit before and after.
struct Pair {
    id: UnitId,
    before: Option<UnitProfile>,
    after: UnitProfile,
}

/// The events of every unit that a change concerns, to be recorded together.
///
/// # Errors
/// Every rule that it breaks; nothing changes then.
pub fn decide_change(
    change: UnitChange,
    facts: Facts<'_>,
) -> Result<Vec<(UnitId, Event)>, Refused> {
    let on = change.basis.effective_on;
    facts.in_time("effective_on", on)?;
    Refused::none_of(counts(&change))?;
    let predecessors = predecessors(&change, facts)?;
    let pairs = pairs(&change, facts)?;
    Refused::none_of(shape(&change, &predecessors, &pairs))?;

    let events = events(change, facts)?;
    let mut touched: BTreeMap<UnitId, Unit> = BTreeMap::new();
    for (id, event) in &events {
        let mut unit = touched.remove(id).or_else(|| facts.known.units.get(id).copied().cloned());
        evolve(&mut unit, event);
        touched.extend(unit.map(|unit| (id.clone(), unit)));
    }
    Refused::none_of(touched.values().flat_map(|unit| unsound(unit, on)).collect())?;
    let placed: BTreeSet<_> =
        events.iter().filter(|(_, event)| moves(event)).map(|(id, _)| id).collect();
    Refused::none_of(misplaced(&touched, &placed, on, facts))?;
    Ok(events)
}

fn counts(change: &UnitChange) -> Vec<Refusal> {
    let mut found = Vec::new();
    let successors: Vec<_> = change.successors.iter().map(|successor| &successor.unit).collect();
    for (field, units) in [
        ("predecessors", change.predecessors.iter().collect::<Vec<_>>()),
        ("successors", successors),
    ] {
        if units.len() > UNITS_MAX {
            found.push(Refusal::invalid(field, &format!("一次不超过 {UNITS_MAX} 个单位")));
        }
        let mut seen = BTreeSet::new();
        let twice = units.into_iter().filter(|unit| !seen.insert(*unit));
        found.extend(twice.map(|unit| Refusal::invalid(field, &format!("units/{unit} 重复"))));
    }
    if change.predecessors.is_empty() {
        found.push(Refusal::invalid("predecessors", "不得为空"));
    }
    found.extend(bounded("note", &change.note, REMARK_CHARS_MAX));
    found
}

fn predecessors(
    change: &UnitChange,
    facts: Facts<'_>,
) -> Result<BTreeMap<UnitId, UnitProfile>, Refused> {
    let on = change.basis.effective_on;
    let (mut profiles, mut found) = (BTreeMap::new(), Vec::new());
    let goes_on = |id: &UnitId| change.successors.iter().any(|to| to.unit == *id);
    for id in &change.predecessors {
        match facts.unit_on(id, on) {
            Ok(unit) if unit.abolition().is_some() && !goes_on(id) => {
                let what = format!("units/{id} 已登记撤销,日期有误的请更正");
                found.push(Refusal::state(what));
            }
            Ok(unit) => profiles.extend(unit.as_of(on).map(|profile| (id.clone(), profile))),
            Err(refusal) => found.push(refusal),
        }
    }
    Refused::none_of(found)?;
    Ok(profiles)
}

fn pairs(change: &UnitChange, facts: Facts<'_>) -> Result<Vec<Pair>, Refused> {
    let on = change.basis.effective_on;
    let (mut pairs, mut found) = (Vec::new(), Vec::new());
    for Successor { unit: id, becomes } in &change.successors {
        match (becomes, facts.known.units.get(id)) {
            (Becomes::Registered(_), Some(_)) => {
                found.push(Refusal::Exists { what: format!("units/{id}") });
            }
            (Becomes::Registered(profile), None) => {
                pairs.push(Pair { id: id.clone(), before: None, after: (**profile).clone() });
            }
            (Becomes::Updated(_), None) => {
                found.push(Refusal::NotFound { what: format!("units/{id}") });
            }
            (Becomes::Updated(changes), Some(unit)) => {
                found.extend(active(unit, on).err());
                let before = unit.as_of(on);
                pairs.extend(before.map(|before| {
                    let mut after = before.clone();
                    changes.apply_to(&mut after);
                    Pair { id: id.clone(), before: Some(before), after }
                }));
            }
        }
    }
    Refused::none_of(found)?;
    Ok(pairs)
}

/// Whether the change is of its kind.
fn shape(
    change: &UnitChange,
    predecessors: &BTreeMap<UnitId, UnitProfile>,
    pairs: &[Pair],
) -> Vec<Refusal> {
    let kind = change.kind;
    let least = match kind {
        ChangeKind::Abolished | ChangeKind::ConvertedOther => 0,
        ChangeKind::Split => 2,
        _ => 1,
    };
    if pairs.len() < least {
        return vec![Refusal::SuccessorMissing { kind, least }];
    }
    let mismatch = |what: &str| vec![Refusal::ChangeMismatch { kind, what: what.to_owned() }];
    let goes_on = |id: &UnitId| predecessors.contains_key(id);
    let referenced = predecessors.values().filter(|unit| unit.nature.is_referenced()).count();
    let all = predecessors.len();
    match kind {
        ChangeKind::Abolished => match pairs.iter().any(|pair| goes_on(&pair.id)) {
            true => mismatch("被撤销的单位不能是承接单位"),
            false => Vec::new(),
        },
        ChangeKind::Merged if all < 2 => mismatch("合并至少涉及两个单位"),
        ChangeKind::Merged if pairs.len() != 1 => mismatch("合并后应为一个单位"),
        ChangeKind::Merged if referenced != 0 && referenced != all => {
            mismatch("含非参照管理单位的,应按整合办理")
        }
        ChangeKind::Integrated if all < 2 => mismatch("整合至少涉及两个单位"),
        ChangeKind::Integrated if pairs.len() != 1 => mismatch("整合后应为一个单位"),
        ChangeKind::Integrated if referenced == 0 || referenced == all => {
            mismatch("整合应既有参照管理单位又有其他单位")
        }
        ChangeKind::Split if all != 1 => mismatch("分设的原单位应为一个"),
        ChangeKind::Merged | ChangeKind::Integrated | ChangeKind::Split => Vec::new(),
        ChangeKind::ConvertedToOrgan | ChangeKind::ConvertedOther => {
            converted(kind, predecessors, pairs)
        }
        _ => alone(kind, predecessors, pairs),
    }
}

/// A unit, or what takes it over, changes its nature.
fn converted(
    kind: ChangeKind,
    predecessors: &BTreeMap<UnitId, UnitProfile>,
    pairs: &[Pair],
) -> Vec<Refusal> {
    let mismatch = |what: &str| vec![Refusal::ChangeMismatch { kind, what: what.to_owned() }];
    let nature = match kind {
        ChangeKind::ConvertedToOrgan => Nature::Organ,
        _ => Nature::PublicInstitution,
    };
    if predecessors.values().any(|unit| unit.nature == nature) {
        return mismatch(&format!("原单位已是{}", nature.label()));
    }
    match pairs.iter().all(|pair| pair.after.nature == nature) {
        true => Vec::new(),
        false => mismatch(&format!("承接单位应为{}", nature.label())),
    }
}

/// A change of one unit that goes on.
fn alone(
    kind: ChangeKind,
    predecessors: &BTreeMap<UnitId, UnitProfile>,
    pairs: &[Pair],
) -> Vec<Refusal> {
    let mismatch = |what: &str| vec![Refusal::ChangeMismatch { kind, what: what.to_owned() }];
    let [pair] = pairs else { return mismatch("只涉及一个单位") };
    let Some(before) = pair.before.as_ref().filter(|_| predecessors.len() == 1) else {
        return mismatch("只涉及一个单位");
    };
    if !predecessors.contains_key(&pair.id) {
        return mismatch("变更前后应为同一单位");
    }
    let is_so = match kind {
        ChangeKind::Transferred => before.parent != pair.after.parent,
        kind => kinds_between(before, &pair.after).contains(&kind),
    };
    if is_so { Vec::new() } else { mismatch("登记内容没有这一变化") }
}

/// The events: what goes on or begins first, then what ends.
fn events(change: UnitChange, facts: Facts<'_>) -> Result<Vec<(UnitId, Event)>, Refused> {
    let UnitChange { kind, predecessors, successors, basis, note } = change;
    let successor_ids: Vec<_> = successors.iter().map(|to| to.unit.clone()).collect();
    let mut events = Vec::new();
    for Successor { unit: id, becomes } in successors {
        let others = predecessors.iter().filter(|from| **from != id).cloned().collect();
        let mut event = takes_over(kind, &id, becomes, others, basis.clone(), facts)?;
        if let Event::UnitRegistered { note: own, .. } | Event::UnitUpdated { note: own, .. } =
            &mut event
        {
            own.clone_from(&note);
        }
        events.push((id, event));
    }
    for id in predecessors.into_iter().filter(|id| !successor_ids.contains(id)) {
        let (successors, basis, note) = (successor_ids.clone(), basis.clone(), note.clone());
        events.push((id, Event::UnitAbolished { kind, successors, basis, note }));
    }
    Ok(events)
}

fn takes_over(
    kind: ChangeKind,
    id: &UnitId,
    becomes: Becomes,
    predecessors: Vec<UnitId>,
    basis: Basis,
    facts: Facts<'_>,
) -> Result<Event, Refused> {
    match becomes {
        Becomes::Registered(profile) => Ok(Event::UnitRegistered {
            unit: id.clone(),
            profile,
            kinds: vec![kind],
            predecessors,
            basis,
            note: String::new(),
        }),
        Becomes::Updated(changes) => {
            let mut event = update(
                facts.unit_on(id, basis.effective_on)?,
                changes,
                predecessors,
                basis,
                facts,
            )?;
            if let Event::UnitUpdated { kinds, .. } = &mut event {
                kinds.retain(|found| *found != kind);
                kinds.insert(0, kind);
            }
            Ok(event)
        }
    }
}
