//! Persons, the units that have their slots, and their keys: read once for a whole request,
//! each in bulk.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use quanheng_eventlog::{Position, StreamName};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use quanheng_register::id::SpellId;
use quanheng_register::person::Person;
use quanheng_register::unit::{Unit, UnitProfile};
use quanheng_runtime::reading::{Horizon, read_failure, state_at};
use quanheng_runtime::{Call, Failure, sealed};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;
use serde::Deserialize;

use crate::sight::may_see;

/// The register's projection of persons, and its collection.
const PERSONS: &str = "persons";
/// The register's projection of units, and its collection.
const UNITS: &str = "units";
/// Streams that are read at the same time, where the views do not have what is asked for.
const READ_AHEAD: usize = 16;

/// What is read of a person's document.
#[derive(Debug, Deserialize)]
pub(crate) struct PersonDoc {
    /// Where the unit of the newest slot is.
    #[serde(default)]
    division: Option<DivisionCode>,
    erased: bool,
    /// Where the unit of each slot was.
    #[serde(default)]
    slot_divisions: BTreeMap<SpellId, DivisionCode>,
    /// Everything, with its sealed texts; none of who was erased.
    #[serde(default)]
    state: Option<Person>,
}

impl PersonDoc {
    /// The divisions from which the person is seen on a day.
    pub(crate) fn divisions(&self, today: Date) -> impl Iterator<Item = &DivisionCode> {
        let slot = self.state.as_ref().and_then(|person| person.slot_on(today));
        let present = slot.and_then(|(spell, _)| self.slot_divisions.get(spell));
        self.division.iter().chain(present)
    }
}

/// What is read of a unit's document.
#[derive(Debug, Deserialize)]
struct UnitDoc {
    /// All of it; none if it is too long for a document.
    #[serde(default)]
    state: Option<Unit>,
}

/// A person as the register has one.
pub(crate) struct Registered<'r> {
    /// The person, as known.
    pub(crate) person: &'r Person,
    /// The key, if there is one.
    pub(crate) key: Option<&'r KeyState>,
    /// Where the person is, by what is recorded last.
    pub(crate) division: Option<&'r DivisionCode>,
}

/// The persons of a request.
#[derive(Default)]
pub(crate) struct Roster {
    /// Documents of those whom the caller may see.
    documents: HashMap<PersonId, PersonDoc>,
    /// States as they were known, where that is not now.
    known: HashMap<PersonId, Person>,
    past: bool,
    keys: HashMap<String, KeyState>,
    units: HashMap<UnitId, Unit>,
}

impl Roster {
    /// Reads persons; with the position that everything was read at, or later.
    ///
    /// # Errors
    /// [`Failure`] when the views, the keys or the log cannot be read.
    pub(crate) async fn read(
        call: &Call,
        persons: &BTreeSet<PersonId>,
        on: Date,
        horizon: Horizon,
        min_position: u64,
    ) -> Result<(Self, Position), Failure> {
        let view = call.realm.view(PERSONS, min_position, call.deadline).await?;
        let position = view.position().map_err(read_failure)?;
        let ids: Vec<&PersonId> = persons.iter().collect();
        let names: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let found = view.get_many(PERSONS, &names).await.map_err(read_failure)?;
        let mut roster = Self { past: horizon != Horizon::Now, ..Self::default() };
        let today = call.realm.today();
        for (id, document) in ids.into_iter().zip(found) {
            let Some(document) = document else { continue };
            let document: PersonDoc = document.parse().map_err(Failure::internal)?;
            match may_see(&call.principal, &document, today) {
                true => drop(roster.documents.insert(id.clone(), document)),
                false => call.realm.denials.record(&call.principal, call.method),
            }
        }
        roster.read_known(call, horizon).await?;
        roster.read_keys(call).await?;
        roster.read_units(call, on, horizon, position).await?;
        Ok((roster, position))
    }

    /// The states as they were known once.
    async fn read_known(&mut self, call: &Call, horizon: Horizon) -> Result<(), Failure> {
        if !self.past {
            return Ok(());
        }
        let living = self.documents.iter().filter(|(_, document)| !document.erased);
        let ids: Vec<PersonId> = living.map(|(id, _)| id.clone()).collect();
        let states = stream::iter(ids).map(|id| async move {
            let stream = streams::person(&id);
            let state = state_at::<streams::Persons>(&call.realm.log, stream, horizon).await?.0;
            Ok::<_, Failure>(state.map(|person| (id, person)))
        });
        let states: Vec<_> = states.buffer_unordered(READ_AHEAD).try_collect().await?;
        self.known = states.into_iter().flatten().collect();
        Ok(())
    }

    async fn read_keys(&mut self, call: &Call) -> Result<(), Failure> {
        let living = self.documents.iter().filter(|(_, document)| !document.erased);
        let names: Vec<String> = living.map(|(id, _)| name_of(id)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let keys = call.realm.keys.get_many(&names).await;
        self.keys = keys.map_err(|error| sealed::keys_failure(&error))?;
        Ok(())
    }

    /// The units of the slots of a day.
    async fn read_units(
        &mut self,
        call: &Call,
        on: Date,
        horizon: Horizon,
        position: Position,
    ) -> Result<(), Failure> {
        let units: BTreeSet<UnitId> =
            self.documents.keys().filter_map(|id| self.slot_unit(id, on)).collect();
        if units.is_empty() {
            return Ok(());
        }
        let mut unread: Vec<UnitId> = units.into_iter().collect();
        if horizon == Horizon::Now {
            let view = call.realm.view(UNITS, position.0, call.deadline).await?;
            let names: Vec<StreamName> = unread.iter().map(streams::unit).collect();
            let names: Vec<&str> = names.iter().map(StreamName::as_str).collect();
            let found = view.get_many(UNITS, &names).await.map_err(read_failure)?;
            let mut left = Vec::new();
            for (id, document) in unread.into_iter().zip(found) {
                let document = document.map(|document| document.parse::<UnitDoc>());
                match document.transpose().map_err(Failure::internal)?.and_then(|one| one.state) {
                    Some(unit) => drop(self.units.insert(id, unit)),
                    None => left.push(id),
                }
            }
            unread = left;
        }
        let states = stream::iter(unread).map(|id| async move {
            let stream = streams::unit(&id);
            let state = state_at::<streams::Units>(&call.realm.log, stream, horizon).await?.0;
            Ok::<_, Failure>(state.map(|unit: Unit| (id, unit)))
        });
        let states: Vec<_> = states.buffer_unordered(READ_AHEAD).try_collect().await?;
        self.units.extend(states.into_iter().flatten());
        Ok(())
    }

    fn state(&self, id: &PersonId) -> Option<&Person> {
        match self.past {
            true => self.known.get(id),
            false => self.documents.get(id)?.state.as_ref(),
        }
    }

    fn slot_unit(&self, id: &PersonId, on: Date) -> Option<UnitId> {
        self.state(id)?.slot_on(on).map(|(_, slot)| slot.unit.clone())
    }

    /// A person.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND` if there is none, or the caller may not see it; `PERSON_ERASED`.
    pub(crate) fn person(&self, id: &PersonId) -> Result<Registered<'_>, Failure> {
        let name = name_of(id);
        let document = self.documents.get(id).ok_or_else(|| Failure::not_found(&name))?;
        if document.erased {
            return Err(sealed::erased(&name));
        }
        // Whom nobody knew yet is not there.
        let person = self.state(id).ok_or_else(|| Failure::not_found(&name))?;
        let division = document.division.as_ref();
        Ok(Registered { person, key: self.keys.get(&name), division })
    }

    /// What the unit of a person's slot is on a day; none without a slot, or where the unit
    /// is not known.
    pub(crate) fn unit_of(&self, person: &Person, on: Date) -> Option<UnitProfile> {
        let (_, slot) = person.slot_on(on)?;
        self.units.get(&slot.unit)?.as_of(on)
    }
}

/// The resource name of a person, which is the subject of the key as well.
pub(crate) fn name_of(person: &PersonId) -> String {
    format!("persons/{person}")
}
