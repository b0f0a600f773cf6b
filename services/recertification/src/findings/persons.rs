//! Of the persons of a referenced unit.

use jiff::civil::Date;
use quanheng_policy::UnitId;
use quanheng_projection::{Filter, Order, Query, View};
use quanheng_recertification::detect::{
    Detector, Issue, RegisteredPerson, Slot, StaffOfFunctions, detect_person, detect_staff,
};
use quanheng_register::person::{EntryWay, Person, ServiceStatus, SlotKind};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Call, Failure};
use serde::Deserialize;

use super::Wanted;

/// The view of persons, as the registry keeps it.
pub(crate) const PERSONS: &str = "persons";
/// Persons of a page.
const PAGE: usize = 200;

#[derive(Deserialize)]
struct PersonDoc {
    #[serde(default)]
    state: Option<Person>,
}

/// What is wrong with those whose newest slot is in a unit, and whether they stayed behind when
/// its functions moved.
pub(super) async fn staff(
    call: &Call,
    view: &View,
    unit: &UnitId,
    approved: Option<Date>,
    gone: Option<(String, Date)>,
    wanted: Wanted,
) -> Result<Vec<Issue>, Failure> {
    let on = call.realm.today();
    let mut found = Vec::new();
    let mut still = 0_u32;
    let mut query = Query {
        filter: Filter::equal("unit", format!("units/{unit}")),
        order: Order::ascending(&["division"]),
        limit: PAGE,
        ..Query::default()
    };
    loop {
        let page = view.list(PERSONS, &query).await.map_err(read_failure)?;
        for doc in &page.docs {
            let doc: PersonDoc = doc.parse().map_err(Failure::internal)?;
            let Some(person) = doc.state else { continue };
            if let Some(day) = gone.as_ref().map(|(_, day)| *day) {
                still += u32::from(serves(&person, unit, day) && serves(&person, unit, on));
            }
            if wanted.any(&[Detector::IrregularPerson]) {
                let facts = registered(&person, unit, approved, on);
                found.extend(facts.iter().flat_map(detect_person));
            }
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    if let (true, Some((_, moved_on))) = (wanted.any(&[Detector::StaffNotMoved]), gone) {
        let staff = still.saturating_add(moved(call, unit, moved_on).await?);
        let unit = unit.clone();
        let facts = StaffOfFunctions { unit, functions_moved: 1, staff, still_attached: still };
        found.extend(detect_staff(&facts));
    }
    Ok(found)
}

fn serves(person: &Person, unit: &UnitId, on: Date) -> bool {
    let stands = person.as_of(on);
    stands.status == ServiceStatus::InService && stands.unit() == Some(unit)
}

/// A person who is registered under reference management there; none otherwise. Workers who hold
/// no rank are not.
fn registered(
    person: &Person,
    unit: &UnitId,
    approved: Option<Date>,
    on: Date,
) -> Option<RegisteredPerson> {
    let stands = person.as_of(on);
    let (_, slot) = stands.slot.filter(|(_, slot)| slot.unit == *unit)?;
    if !slot.slot.has_ranks() && stands.ranks.is_empty() {
        return None;
    }
    let entered_on = match (person.facts.entry, approved) {
        // Who was there already was registered when the unit was approved.
        (Some(EntryWay::RegisteredWithUnit), Some(approved)) => slot.from.max(approved),
        _ => slot.from,
    };
    Some(RegisteredPerson {
        person: person.person.clone(),
        unit: unit.clone(),
        slot: Some(match slot.slot {
            SlotKind::ReferencedInstitution => Slot::Referenced,
            SlotKind::Logistics => Slot::Logistics,
            SlotKind::Administrative
            | SlotKind::SpecialPoliticalLegal
            | SlotKind::OtherInstitution => Slot::Other,
        }),
        // Who of them stands outside the headcount, nothing says.
        over_headcount: false,
        legal_entry: person.facts.entry.map(|entry| entry != EntryWay::Other),
        entered_on,
        unit_approved_on: approved,
    })
}

/// How many had a slot in a unit on a day and have it elsewhere now.
async fn moved(call: &Call, unit: &UnitId, day: Date) -> Result<u32, Failure> {
    use std::collections::BTreeSet;

    use futures::TryStreamExt as _;
    use quanheng_eventlog::{EventType, Filter, Position, Tag};
    use quanheng_policy::PersonId;
    use quanheng_runtime::reading::{Horizon, state_at};
    use quanheng_streams as streams;

    let tag = Tag::new(streams::unit(unit).as_str()).map_err(Failure::internal)?;
    let mut filter = Filter::all().and_tag(tag);
    for name in ["person_registered", "slot_moved", "person_rejoined"] {
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
    let (today, mut count) = (call.realm.today(), 0);
    for id in persons {
        let stream = streams::person(&id);
        let state = state_at::<streams::Persons>(&call.realm.log, stream, Horizon::Now).await?.0;
        let gone =
            state.is_some_and(|person| serves(&person, unit, day) && !serves(&person, unit, today));
        count += u32::from(gone);
    }
    Ok(count)
}
