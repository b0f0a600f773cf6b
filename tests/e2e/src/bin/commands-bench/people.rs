//! Made-up persons: in a file that is imported, and as events of a log that nobody serves.

use std::time::{Duration, Instant};

use jiff::civil::Date;
use quanheng_eventlog::{Log, Position, Transaction};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{CategoryId, PersonId, UnitId};
use quanheng_register::Sealed;
use quanheng_register::id::SpellId;
use quanheng_register::person::{EntryWay, Event, Person, PersonFacts, SlotKind, SlotSpell};
use quanheng_register::private::{DayOrMonth, PrivateProfile, Sex};
use quanheng_sealing::{KeyState, Keys};
use quanheng_sheets::persons::{
    self, EstablishmentKind, NamedRank, PersonRow, RankReason, RankSpell, RankState,
};
use quanheng_sheets::{Encoding, csv, sample};

use crate::town::{DAY, Unit};

/// Persons of one commit, as many as an import takes.
const BATCH: usize = 400;
/// Since when everybody has a slot.
const SINCE: Date = Date::constant(2020, 7, 1);

pub(crate) fn person_id(nr: usize) -> PersonId {
    PersonId::new(format!("bench-{nr:07}")).unwrap()
}

fn made(nr: usize, unit: &Unit) -> PersonRow {
    sample::person(nr as u64 + 1, &DivisionCode::parse(unit.division).unwrap())
}

/// A roster (人员信息表) of so many persons, as CSV.
pub(crate) fn roster(units: &[Unit], count: usize) -> Vec<u8> {
    let rows: Vec<_> = (0..count)
        .map(|nr| {
            let unit = &units[nr % units.len()];
            let made = made(nr, unit);
            let (category, rank) = sample::general_rank("一级科员").unwrap();
            let since = made.spell.as_ref().and_then(|spell| spell.since).unwrap_or(SINCE);
            let row = PersonRow {
                unit_name: Some(unit.title.clone()),
                establishment: Some(EstablishmentKind::Administrative),
                post: None,
                conversion: None,
                spell: Some(RankSpell {
                    rank: Some(NamedRank { name: "一级科员".to_owned(), category, rank }),
                    since: Some(since),
                    reason: Some(RankReason::Promotion),
                    approved_on: Some(since),
                    state: Some(RankState::Held),
                    ..RankSpell::default()
                }),
                unit_id: Some(UnitId::new(unit.id.clone()).unwrap()),
                id: Some(person_id(nr)),
                ..made
            };
            row.values()
        })
        .collect();
    csv(&persons::FORM, Encoding::Utf8, rows.iter().map(Vec::as_slice)).unwrap()
}

/// Registers so many persons in the log, with keys and sealed profiles, as a service would
/// have done it; how long the log took.
pub(crate) async fn register(log: &Log, keys: &Keys, units: &[Unit], count: usize) -> Duration {
    let mut took = Duration::ZERO;
    for start in (0..count).step_by(BATCH) {
        let range = start..count.min(start + BATCH);
        let names: Vec<_> = range.clone().map(|nr| format!("persons/{}", person_id(nr))).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        keys.create(&names).await.unwrap();
        let held = keys.get_many(&names).await.unwrap();
        let mut transaction = Transaction::default();
        for nr in range {
            let (id, unit) = (person_id(nr), &units[nr % units.len()]);
            let name = format!("persons/{id}");
            let Some(KeyState::Live(key)) = held.get(&name) else { panic!("{name} has no key") };
            let plain = serde_json::to_vec(&profile(&made(nr, unit))).unwrap();
            let sealed = key.seal(&format!("{name}:profile"), &plain);
            let event = registered(id.clone(), unit, Sealed::new(sealed).unwrap());
            let division = DivisionCode::parse(unit.division).unwrap();
            let draft = quanheng_streams::person_draft(&id, Some(&division), &event).unwrap();
            transaction = transaction.append(draft);
        }
        let begun = Instant::now();
        log.commit(transaction).await.unwrap();
        took += begun.elapsed();
    }
    assert!(log.head().await.unwrap() >= Position(count as u64));
    took
}

/// A person as the register has one, by the same event.
pub(crate) fn person(nr: usize, unit: &Unit) -> Person {
    let mut person = None;
    let private = Sealed::new("elsewhere".to_owned()).unwrap();
    quanheng_register::person::evolve(&mut person, &registered(person_id(nr), unit, private));
    person.unwrap()
}

/// What is sealed about a person, in the open.
pub(crate) fn profile_of(nr: usize, unit: &Unit) -> PrivateProfile {
    profile(&made(nr, unit))
}

fn registered(person: PersonId, unit: &Unit, private: Sealed) -> Event {
    Event::PersonRegistered {
        person,
        private,
        spell: SpellId::new("roster-slot").unwrap(),
        slot: SlotSpell {
            unit: UnitId::new(unit.id.clone()).unwrap(),
            slot: SlotKind::Administrative,
            category: CategoryId::new("general_management").unwrap(),
            from: DAY,
            document: None,
        },
        facts: PersonFacts { entry: Some(EntryWay::Recruitment), ..PersonFacts::default() },
    }
}

fn profile(row: &PersonRow) -> PrivateProfile {
    let identity = &row.identity;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    PrivateProfile {
        name: identity.name.clone(),
        identity_number: identity.number.reveal().to_owned(),
        sex: Sex::from(identity.number.sex()),
        nation: text(&identity.nation),
        birth_date: DayOrMonth::from(identity.number.birth_date()),
        native_place: text(&identity.native_place),
        political_status: "群众".to_owned(),
        party_joined: None,
        work_started: identity.work_started_on.map(DayOrMonth::from),
        registered_on: None,
        grass_roots_two_years: identity.grass_roots_two_years.unwrap_or_default(),
        full_time_education: None,
        in_service_education: None,
        pay_grade: None,
        phone: String::new(),
        resume: String::new(),
    }
}
