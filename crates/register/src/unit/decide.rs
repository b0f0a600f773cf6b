//! Decisions about one unit. Pure functions of the unit, the command and the facts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::UnitId;
use quanheng_policy::class::{self, Tier, UnitKind};
use quanheng_policy::codes::DivisionLevel;

use super::command::Command;
use super::event::{Correction, Event};
use super::evolve::evolve;
use super::profile::{Nature, UnitProfile};
use super::{Unit, UnitPatch, kinds_between};
use crate::basis::Basis;
use crate::facts::{Facts, active};
use crate::refusal::{Refusal, Refused};
use crate::text::{DUTIES_CHARS_MAX, NAME_CHARS_MAX, REMARK_CHARS_MAX, bounded, given};
use crate::timeline::EntryKind;

/// No unit has more units above it.
pub const PARENT_DEPTH_MAX: usize = 16;
/// At most so many categories have posts in one unit.
const CATEGORIES_MAX: usize = 64;

/// The events that a command brings about.
///
/// # Errors
/// Every rule that it breaks; nothing changes then.
pub fn decide(
    state: Option<&Unit>,
    command: Command,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let (unit, event) = match command {
        Command::Register { unit, profile, basis } => {
            if state.is_some() {
                return Err(Refusal::Exists { what: format!("units/{unit}") }.into());
            }
            facts.in_time("effective_on", basis.effective_on)?;
            let event = Event::UnitRegistered {
                unit: unit.clone(),
                profile,
                kinds: Vec::new(),
                predecessors: Vec::new(),
                basis,
                note: String::new(),
            };
            (unit, event)
        }
        Command::Update { changes, basis } => {
            let unit = known(state)?;
            (unit.unit.clone(), update(unit, changes, Vec::new(), basis, facts)?)
        }
        Command::Correct { version, correction, reason, basis } => {
            let unit = known(state)?;
            (unit.unit.clone(), correct(unit, version, correction, reason, basis, facts)?)
        }
    };
    let mut after = state.cloned();
    evolve(&mut after, &event);
    let mut touched = BTreeMap::new();
    touched.extend(after.map(|after| (unit, after)));
    Refused::none_of(sound(&touched, &event, facts))?;
    Ok(vec![event])
}

fn known(state: Option<&Unit>) -> Result<&Unit, Refusal> {
    state.ok_or_else(|| Refusal::NotFound { what: "该单位".into() })
}

/// What a single unit's event may have broken, from the day on that it takes effect.
fn sound(touched: &BTreeMap<UnitId, Unit>, event: &Event, facts: Facts<'_>) -> Vec<Refusal> {
    let from = match event {
        Event::UnitRegistered { basis, .. } | Event::UnitUpdated { basis, .. } => {
            basis.effective_on
        }
        // A correction may move an entry from any day to any other.
        _ => Date::MIN,
    };
    let mut found: Vec<_> = touched.values().flat_map(|unit| unsound(unit, from)).collect();
    if found.is_empty() && moves(event) {
        found = misplaced(touched, &touched.keys().collect(), from, facts);
    }
    found
}

/// Whether an event may change where a unit stands among the others.
pub(super) fn moves(event: &Event) -> bool {
    let placed = |patch: &UnitPatch| patch.parent.is_some() || patch.tier.is_some();
    match event {
        Event::UnitRegistered { .. } => true,
        Event::UnitUpdated { changes, .. } => placed(changes),
        Event::UnitAbolished { .. } => false,
        Event::UnitCorrected { correction: Correction::Voided, .. } => true,
        Event::UnitCorrected {
            correction: Correction::Amended { changes, effective_on }, ..
        } => placed(changes) || effective_on.is_some(),
    }
}

/// Changes a unit that goes on.
pub(super) fn update(
    unit: &Unit,
    changes: Box<UnitPatch>,
    predecessors: Vec<UnitId>,
    basis: Basis,
    facts: Facts<'_>,
) -> Result<Event, Refused> {
    let on = basis.effective_on;
    facts.in_time("effective_on", on)?;
    active(unit, on)?;
    if changes.is_empty() && predecessors.is_empty() {
        return Err(Refusal::invalid("changes", "没有变更内容").into());
    }
    let before = unit.as_of(on);
    let kinds = before.map_or_else(Vec::new, |before| {
        let mut after = before.clone();
        changes.apply_to(&mut after);
        kinds_between(&before, &after)
    });
    Ok(Event::UnitUpdated { changes, kinds, predecessors, basis, note: String::new() })
}

fn correct(
    unit: &Unit,
    version: u64,
    correction: Correction,
    reason: String,
    basis: Option<Basis>,
    facts: Facts<'_>,
) -> Result<Event, Refused> {
    let entry = unit.timeline.entry(version);
    let entry =
        entry.ok_or_else(|| Refusal::NotFound { what: format!("第 {version} 次登记") })?;
    let mut found: Vec<_> = given("reason", &reason, REMARK_CHARS_MAX).into_iter().collect();
    match &correction {
        Correction::Amended { changes, effective_on } => {
            if changes.is_empty() && effective_on.is_none() {
                found.push(Refusal::invalid("changes", "没有更正内容"));
            }
            if entry == EntryKind::End && !changes.is_empty() {
                found.push(Refusal::state("撤销登记只能更正生效日期"));
            }
            found.extend(effective_on.and_then(|on| facts.in_time("effective_on", on).err()));
        }
        Correction::Voided if entry == EntryKind::Begin => {
            found.push(Refusal::state("设立登记不能作废,只能更正"));
        }
        Correction::Voided => {}
    }
    Refused::none_of(found)?;
    Ok(Event::UnitCorrected { version, correction, reason, basis })
}

/// What a unit's own entries break: entries outside its existence, and profiles against
/// the rules on any day from a day on.
pub(super) fn unsound(unit: &Unit, from: Date) -> Vec<Refusal> {
    let timeline = &unit.timeline;
    let begun = timeline.begun_on();
    let early = timeline.changes().first().filter(|change| change.on < begun);
    let mut found: Vec<_> = early
        .map(|change| Refusal::BeforeUnit { unit: unit.unit.clone(), on: change.on, from: begun })
        .into_iter()
        .collect();
    if let Some(end) = timeline.end()
        && end.on <= timeline.last_change_on()
    {
        found.push(Refusal::LaterEntries {
            what: format!("units/{}", unit.unit),
            on: end.on,
            last: timeline.last_change_on(),
        });
    }
    let profiles = timeline.days_from(from).into_iter().filter_map(|day| unit.as_of(day));
    for fault in profiles.flat_map(|profile| faults(&profile)) {
        if !found.contains(&fault) {
            found.push(fault);
        }
    }
    found
}

/// What is wrong with a profile by itself.
pub(super) fn faults(profile: &UnitProfile) -> Vec<Refusal> {
    let mut found: Vec<_> = [
        given("name", &profile.name, NAME_CHARS_MAX),
        bounded("short_name", &profile.short_name, NAME_CHARS_MAX),
        bounded("sequence", &profile.sequence, NAME_CHARS_MAX),
        bounded("functions", &profile.functions, DUTIES_CHARS_MAX),
        bounded("remarks", &profile.remarks, REMARK_CHARS_MAX),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !tier_fits(profile) {
        let division = profile.division.to_string();
        found.push(Refusal::TierMismatch { tier: profile.tier, division });
    }
    let referenced = profile.nature.is_referenced();
    if referenced != (profile.kind == UnitKind::ReferencedUnit) {
        let what = "参照管理单位的性质应为参公管理的事业单位或群团组织,其他单位反之";
        found.push(Refusal::NatureMismatch { what });
    }
    if !referenced && profile.reference.is_some() {
        found.push(Refusal::NatureMismatch {
            what: "非参照管理单位不应有参照管理审批"
        });
    }
    if profile.kind == UnitKind::LeadingGroup && profile.nature != Nature::Organ {
        found.push(Refusal::NatureMismatch { what: "领导班子属于机关" });
    }
    if profile.category_posts.len() > CATEGORIES_MAX {
        let what = format!("不超过 {CATEGORIES_MAX} 个职位类别");
        found.push(Refusal::invalid("category_posts", &what));
    }
    let (posts, establishment) = (profile.listed_posts(), profile.counted_establishment());
    if posts > establishment {
        found.push(Refusal::CategoryPostsExceed { posts, establishment });
    }
    found
}

/// Whether the division is of the unit's tier. A district of a municipality is of the
/// second tier for some purposes and of the third by its code.
fn tier_fits(profile: &UnitProfile) -> bool {
    let level = profile.division.level();
    match (profile.tier, profile.standing) {
        (Tier::Prefecture, class::Standing::MunicipalityDistrict) => level == DivisionLevel::County,
        (Tier::Central, _) => level == DivisionLevel::Nation,
        (Tier::Province, _) => level == DivisionLevel::Province,
        (Tier::Prefecture, _) => level == DivisionLevel::Prefecture,
        (Tier::County, _) => level == DivisionLevel::County,
        (Tier::Township, _) => level == DivisionLevel::Township,
    }
}

/// What is wrong with the units above those that a decision moves, on every day from a day
/// on. `touched`: the units as they are after it; every other unit comes from the facts.
pub(super) fn misplaced(
    touched: &BTreeMap<UnitId, Unit>,
    moved: &BTreeSet<&UnitId>,
    from: Date,
    facts: Facts<'_>,
) -> Vec<Refusal> {
    let unit_of = |id: &UnitId| touched.get(id).or_else(|| facts.known.units.get(id).copied());
    let mut found = Vec::new();
    for unit in touched.values().filter(|unit| moved.contains(&unit.unit)) {
        for day in days(unit, from, &unit_of) {
            let fault = above(unit, day, &unit_of).err();
            found.extend(fault.filter(|fault| !found.contains(fault)));
        }
    }
    found
}

/// Every day from a day on, on which the unit or one above it changes.
fn days<'a>(
    unit: &'a Unit,
    from: Date,
    unit_of: &impl Fn(&UnitId) -> Option<&'a Unit>,
) -> BTreeSet<Date> {
    let (mut days, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut next = vec![unit];
    while let Some(unit) = next.pop() {
        if seen.insert(&unit.unit) {
            days.extend(unit.timeline.days_from(from));
            next.extend(unit.parents_ever().iter().filter_map(unit_of));
        }
    }
    days.retain(|day| unit.timeline.stands_on(*day));
    days
}

/// Follows the parents of a unit on a day: the next must exist and stand no lower, and the
/// way must not come back.
fn above<'a>(
    unit: &'a Unit,
    on: Date,
    unit_of: &impl Fn(&UnitId) -> Option<&'a Unit>,
) -> Result<(), Refusal> {
    let Some(profile) = unit.as_of(on) else { return Ok(()) };
    let Some(parent) = &profile.parent else { return Ok(()) };
    let cycle = || Refusal::ParentCycle { unit: unit.unit.clone(), on };
    if *parent == unit.unit {
        return Err(cycle());
    }
    let found = unit_of(parent);
    let found = found.ok_or_else(|| Refusal::NotFound { what: format!("units/{parent}") })?;
    // That the parent is abolished later does not undo what was right before.
    if on == first_day_under(unit, parent, on) {
        active(found, on)?;
    }
    let (mut next, mut depth) = (found.parent_on(on), 1);
    while let Some(id) = next {
        depth += 1;
        if id == unit.unit {
            return Err(cycle());
        }
        if depth > PARENT_DEPTH_MAX {
            return Err(Refusal::ParentTooDeep { unit: unit.unit.clone(), max: PARENT_DEPTH_MAX });
        }
        next = unit_of(&id).and_then(|unit| unit.parent_on(on));
    }
    if found.as_of(on).is_some_and(|above| above.tier > profile.tier) {
        let (parent, unit) = (parent.clone(), unit.unit.clone());
        return Err(Refusal::ParentBelow { parent, unit });
    }
    Ok(())
}

/// Since when the unit has been under a parent, as of a day.
fn first_day_under(unit: &Unit, parent: &UnitId, on: Date) -> Date {
    let days = unit.timeline.days_from(unit.timeline.begun_on());
    let mut since = unit.timeline.begun_on();
    let mut before = None;
    for day in days.into_iter().filter(|day| *day <= on) {
        let under = unit.parent_on(day);
        if under.as_ref() == Some(parent) && before != under {
            since = day;
        }
        before = under;
    }
    since
}
