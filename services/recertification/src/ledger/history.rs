//! What the register recorded of a unit, day by day (沿革): what it was before, what it is
//! after, and what of that concerns reference management.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use quanheng_eventlog::{Micros, Position};
use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::ReferenceChange;
use quanheng_recertification::{Change, SuccessorFacts, changes_of};
use quanheng_register::unit::{self, ChangeKind, Event, Unit, UnitProfile};
use serde::{Deserialize, Serialize};

/// What an entry of the register says besides what the unit becomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Where it stands in the log.
    pub(crate) position: u64,
    /// When it was recorded.
    pub(crate) time: i64,
    /// 文号
    pub(crate) document: Option<DocumentNumber>,
    /// Of which kinds it is.
    pub(crate) kinds: Vec<ChangeKind>,
    /// Other units that were taken up.
    pub(crate) predecessors: Vec<UnitId>,
}

impl Note {
    /// What an event of a unit says; nothing of a correction but its document.
    pub(crate) fn of(event: &Event, position: Position, time: Micros) -> Self {
        let (basis, kinds, predecessors) = match event {
            Event::UnitRegistered { basis, kinds, predecessors, .. }
            | Event::UnitUpdated { basis, kinds, predecessors, .. } => {
                (Some(basis), kinds.clone(), predecessors.clone())
            }
            Event::UnitAbolished { basis, kind, .. } => (Some(basis), vec![*kind], Vec::new()),
            Event::UnitCorrected { basis, .. } => (basis.as_ref(), Vec::new(), Vec::new()),
        };
        let document = basis.map(|basis| basis.document.clone());
        Self { position: position.0, time: time.0, document, kinds, predecessors }
    }
}

/// A unit with what its entries say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct History {
    /// The unit.
    pub(crate) unit: Unit,
    /// By the version of the entry.
    pub(crate) notes: BTreeMap<u64, Note>,
}

/// A day on which something of a unit changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Day {
    /// Which.
    pub(crate) on: Date,
    /// Of which kinds.
    pub(crate) kinds: BTreeSet<ChangeKind>,
    /// What it was; none if it began that day.
    pub(crate) before: Option<UnitProfile>,
    /// What it is from then on; none if it ended that day.
    pub(crate) after: Option<UnitProfile>,
    /// Other units that were taken up.
    pub(crate) predecessors: BTreeSet<UnitId>,
    /// What took it up, if it ended.
    pub(crate) successors: Vec<UnitId>,
    /// 文号
    pub(crate) documents: Vec<DocumentNumber>,
    /// The newest entry of the day: its position, and when it was recorded.
    pub(crate) recorded: (u64, i64),
}

impl History {
    /// Takes an event.
    pub(crate) fn take(held: &mut Option<Self>, event: &Event, position: Position, time: Micros) {
        let (state, mut notes) = match held.take() {
            Some(history) => (Some(history.unit), history.notes),
            None => (None, BTreeMap::new()),
        };
        let mut state = state;
        unit::evolve(&mut state, event);
        let Some(unit) = state else { return };
        notes.insert(unit.version, Note::of(event, position, time));
        *held = Some(Self { unit, notes });
    }

    /// Whether it is, was or will be referenced.
    pub(crate) fn ever_referenced(&self) -> bool {
        ever_referenced(&self.unit)
    }

    /// Every day on which something changed, the oldest first. A unit that merely begins has
    /// no change that day.
    pub(crate) fn days(&self) -> Vec<Day> {
        days(&self.unit, &self.notes)
    }

    /// What changed on a day; none if nothing did.
    pub(crate) fn day(&self, on: Date) -> Option<Day> {
        self.days().into_iter().find(|day| day.on == on)
    }
}

/// Whether a unit is, was or will be referenced.
pub(crate) fn ever_referenced(unit: &Unit) -> bool {
    let days = unit.timeline.days_from(unit.timeline.begun_on());
    days.into_iter().any(|day| unit.as_of(day).is_some_and(|it| it.nature.is_referenced()))
}

/// Every day on which something of a unit changed.
pub(crate) fn days(unit: &Unit, notes: &BTreeMap<u64, Note>) -> Vec<Day> {
    let timeline = &unit.timeline;
    let begun = timeline.begun_on();
    let mut on: BTreeSet<Date> = timeline.changes().iter().map(|change| change.on).collect();
    on.extend(timeline.end().map(|end| end.on));
    on.insert(begun);
    on.into_iter().filter_map(|on| day(unit, notes, on)).collect()
}

fn day(unit: &Unit, notes: &BTreeMap<u64, Note>, on: Date) -> Option<Day> {
    let timeline = &unit.timeline;
    let begins = timeline.begun_on() == on;
    let ends = timeline.end().is_some_and(|end| end.on == on);
    let changes = timeline.changes().iter().filter(|change| change.on == on);
    let mut versions: Vec<u64> = changes.map(|change| change.version).collect();
    versions.extend(timeline.end().filter(|end| end.on == on).map(|end| end.version));
    // The registration is the first entry of every unit.
    versions.extend(begins.then_some(1));
    let said: Vec<&Note> = versions.iter().filter_map(|version| notes.get(version)).collect();
    let predecessors: BTreeSet<UnitId> =
        said.iter().flat_map(|note| &note.predecessors).cloned().collect();
    let mere_beginning = begins && versions.len() == 1 && predecessors.is_empty();
    if mere_beginning || versions.is_empty() {
        return None;
    }
    let eve = on.checked_sub(1.day()).ok();
    let mut documents = Vec::new();
    for document in said.iter().filter_map(|note| note.document.as_ref()) {
        if !documents.contains(document) {
            documents.push(document.clone());
        }
    }
    let newest = said.iter().map(|note| (note.position, note.time)).max();
    Some(Day {
        on,
        kinds: said.iter().flat_map(|note| &note.kinds).copied().collect(),
        before: eve.and_then(|eve| unit.as_of(eve)),
        after: if ends { None } else { unit.as_of(on) },
        predecessors,
        successors: match unit.abolition() {
            Some((day, why)) if day == on => why.successors.clone(),
            _ => Vec::new(),
        },
        documents,
        recorded: newest.unwrap_or_default(),
    })
}

/// The kinds that say what becomes of units among each other; of the others a profile shows
/// what they are.
const AMONG_UNITS: [ChangeKind; 7] = [
    ChangeKind::Abolished,
    ChangeKind::ConvertedToOrgan,
    ChangeKind::ConvertedOther,
    ChangeKind::Split,
    ChangeKind::Integrated,
    ChangeKind::Merged,
    ChangeKind::Transferred,
];

/// The kind by which a change is decided: the one that goes furthest.
pub(crate) fn decisive(kinds: &BTreeSet<ChangeKind>) -> ChangeKind {
    let found = AMONG_UNITS.into_iter().find(|kind| kinds.contains(kind));
    found.or_else(|| kinds.first().copied()).unwrap_or(ChangeKind::Renamed)
}

impl Day {
    /// Whether the unit is referenced before or after.
    pub(crate) fn referenced(&self) -> bool {
        let referenced =
            |it: &Option<UnitProfile>| it.as_ref().is_some_and(|it| it.nature.is_referenced());
        referenced(&self.before) || referenced(&self.after)
    }

    /// The kinds of change that a unit that goes on undergoes, as far as its own entries tell.
    pub(crate) fn own_changes(&self, unit: &UnitId) -> BTreeSet<ReferenceChange> {
        let Some(successor) = self.goes_on(unit) else { return BTreeSet::new() };
        let predecessors = self.before.clone().map(|before| (unit.clone(), before));
        let change = Change {
            kind: decisive(&self.kinds),
            predecessors: predecessors.into_iter().collect(),
            successors: vec![successor.clone()],
            documents: self.documents.clone(),
        };
        changes_of(&change, &successor)
    }

    /// The unit as it goes on; none if it ended. Whether its functions changed is read off the
    /// two texts; of units that join, the text says nothing.
    pub(crate) fn goes_on(&self, unit: &UnitId) -> Option<SuccessorFacts> {
        let after = self.after.clone()?;
        let joined = !self.predecessors.is_empty();
        let functions_changed = match &self.before {
            Some(before) if !joined => Some(before.functions != after.functions),
            _ => None,
        };
        Some(SuccessorFacts {
            unit: unit.clone(),
            before: self.before.clone(),
            after,
            functions_changed,
        })
    }
}
