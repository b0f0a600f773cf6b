//! Who is on a unit's staff (在编人员), as the log has it.
//!
//! Which persons ever had a slot in the unit, the log tells by their tags; whether they have
//! it today is read of every one of them under the log's lock. Who comes onto the staff later
//! is put into the plan, or the plan cannot be closed.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt as _;
use jiff::civil::Date;
use quanheng_casework::Sight;
use quanheng_eventlog::{EventType, Filter, Position, Tag};
use quanheng_policy::{PersonId, RankId, UnitId};
use quanheng_register::person::Person;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;

/// Persons of one unit at most.
const PERSONS_MAX: usize = 5_000;
/// Events that put somebody's slot somewhere.
const EVENTS: [&str; 3] = ["person_registered", "slot_moved", "person_rejoined"];

/// Everybody whose establishment slot was ever in a unit.
///
/// # Errors
/// `ROSTER_PERSONS_MAX`; [`Failure`] when the log cannot be read.
pub(crate) async fn ever_in(call: &Call, unit: &UnitId) -> Result<BTreeSet<PersonId>, Failure> {
    let tag = Tag::new(streams::unit(unit).as_str()).map_err(Failure::internal)?;
    let mut filter = Filter::all().and_tag(tag);
    for name in EVENTS {
        let event_type = EventType::new(format!("quanheng.registry.{name}.v1"));
        filter = filter.or_type(event_type.map_err(Failure::internal)?);
    }
    let mut persons = BTreeSet::new();
    let pages = call.realm.log.read(Position::START, filter, 512);
    let mut pages = std::pin::pin!(pages);
    while let Some(page) = pages.try_next().await? {
        persons.extend(page.records.iter().filter_map(|record| {
            PersonId::new(record.stream.as_str().strip_prefix("persons/")?).ok()
        }));
    }
    match persons.len() {
        0..=PERSONS_MAX => Ok(persons),
        many => Err(Failure::bound("roster_persons_max", PERSONS_MAX as u64, many as u64)),
    }
}

/// Those of them who have it there on a day.
///
/// # Errors
/// [`Failure`].
pub(crate) fn on_staff<'a>(
    sight: &Sight<'a>,
    unit: &UnitId,
    persons: &BTreeSet<PersonId>,
    on: Date,
) -> Result<BTreeMap<PersonId, &'a Person>, Failure> {
    let read = sight.need_all::<streams::Persons>(persons.iter().map(streams::person))?;
    let there =
        read.into_iter().filter_map(Option::as_ref).filter(|person| is_in(person, unit, on));
    Ok(there.map(|person| (person.person.clone(), person)).collect())
}

/// Whether a person's slot is in a unit on a day.
pub(crate) fn is_in(person: &Person, unit: &UnitId, on: Date) -> bool {
    person.slot_on(on).is_some_and(|(_, slot)| slot.unit == *unit)
}

/// The rank that a person holds on a day, and since when.
pub(crate) fn rank_of(person: &Person, on: Date) -> Option<(RankId, Date)> {
    let stands = person.as_of(on);
    let category = stands.slot.map(|(_, slot)| &slot.category)?;
    stands.rank(category).map(|spell| (spell.rank.clone(), spell.from))
}
