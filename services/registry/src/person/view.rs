//! The view of persons: one document each, with what persons are listed by in columns, and
//! the state with its sealed texts below.
//!
//! The columns say how a person stands after everything that was recorded, also what takes
//! effect later: a list is right once that day has come, without anybody touching the
//! document. What a list answers of each person is as of the day asked for.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_eventlog::{EventType, Filter as LogFilter, InvalidName, Record};
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::columns::text;
use quanheng_projection::{
    Collection, Column, ColumnKind, Definition, DocKey, Docs, Index, InvalidDefinition,
    ProjectError, Projector, StateFold, StreamState,
};
use quanheng_register::id::SpellId;
use quanheng_register::person::Person;
use quanheng_streams::{Of, Persons, read};
use serde::{Deserialize, Serialize};

use super::message;

/// The projection.
pub const PERSONS_PROJECTION: &str = "persons";
/// The collection: a document for each person, by the person's id.
pub const PERSONS: &str = "persons";

const fn by(equals: &'static [&'static str]) -> Index {
    Index { equals, order: &["division"] }
}

const COLLECTION: Collection = Collection {
    name: PERSONS,
    columns: &[
        text("unit", "/unit"),
        text("division", "/division"),
        text("category", "/category"),
        text("status", "/status"),
        text("rank", "/rank"),
        Column { name: "rank_since", pointer: "/rank_since", kind: ColumnKind::Date },
        text("level", "/level"),
        Column { name: "erased", pointer: "/erased", kind: ColumnKind::Boolean },
    ],
    // Whose jurisdiction is not the whole country asks for a range of divisions: every
    // index is in their order.
    indexes: &[
        by(&[]),
        by(&["unit"]),
        by(&["unit", "status"]),
        by(&["unit", "rank"]),
        by(&["unit", "category"]),
        by(&["unit", "status", "rank"]),
        by(&["status"]),
        by(&["rank"]),
        by(&["level"]),
        by(&["category"]),
        by(&["status", "rank"]),
        by(&["status", "level"]),
        by(&["category", "status"]),
        by(&["erased"]),
        Index { equals: &["unit"], order: &["rank", "rank_since"] },
        Index { equals: &["division"], order: &["rank", "rank_since"] },
    ],
};

/// A person as the view has one. Of who was erased, only that.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct PersonDoc {
    /// persons/{person}
    pub(crate) name: String,
    /// units/{unit}: of the newest slot, also of who left since.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) unit: String,
    /// Where that unit was when the last event was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) division: Option<DivisionCode>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) category: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) status: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) rank: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rank_since: Option<Date>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) level: String,
    pub(crate) erased: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) erased_on: Option<Date>,
    /// Where the unit of each slot was: until a move takes effect, the old place counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) slot_divisions: BTreeMap<SpellId, DivisionCode>,
    /// Everything, with its sealed texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<Person>,
}

impl PersonDoc {
    /// The document of a person after an event that bears a division.
    fn of(name: &str, person: &Person, division: Option<DivisionCode>, before: Self) -> Self {
        let division = division.or(before.division);
        if let Some(erasure) = &person.erased {
            let erased_on = Some(erasure.on);
            let name = name.to_owned();
            return Self { name, division, erased: true, erased_on, ..Self::default() };
        }
        let stands = person.as_of(Date::MAX);
        let newest = person.slots.iter().max_by_key(|(_, slot)| slot.from);
        let mut slot_divisions = before.slot_divisions;
        slot_divisions.retain(|spell, _| person.slots.contains_key(spell));
        if let Some(((spell, _), division)) = newest.zip(division.as_ref()) {
            slot_divisions.insert(spell.clone(), division.clone());
        }
        let slot = newest.map(|(_, slot)| slot);
        let rank = message::rank_of(&stands);
        Self {
            name: name.to_owned(),
            unit: slot.map(|slot| format!("units/{}", slot.unit)).unwrap_or_default(),
            division,
            category: slot.map(|slot| slot.category.to_string()).unwrap_or_default(),
            status: message::status_word(stands.status).to_owned(),
            rank: rank.map(|rank| rank.rank.to_string()).unwrap_or_default(),
            rank_since: rank.map(|rank| rank.from),
            level: message::level_of(stands.main_post()),
            erased: false,
            erased_on: None,
            slot_divisions,
            state: Some(person.clone()),
        }
    }

    /// The divisions from which the person is seen on a day: that of the newest slot, and
    /// that of the day's slot, as long as the newest is not yet in effect.
    pub(crate) fn divisions(&self, today: Date) -> impl Iterator<Item = &DivisionCode> {
        let slot = self.state.as_ref().and_then(|person| person.slot_on(today));
        let present = slot.and_then(|(spell, _)| self.slot_divisions.get(spell));
        self.division.iter().chain(present)
    }
}

struct PersonsProjector;

fn key(record: &Record) -> DocKey {
    let id = record.stream.as_str().strip_prefix("persons/").unwrap_or_default();
    DocKey::new(PERSONS, id)
}

/// The division that an event bears.
fn division_of(record: &Record) -> Result<Option<DivisionCode>, ProjectError> {
    let envelope = record.envelope()?;
    let division = envelope.tags().find_map(|tag| tag.strip_prefix("divisions/"));
    let division = division.map(DivisionCode::parse).transpose();
    division.map_err(|error| ProjectError::Other(error.to_string()))
}

impl Projector for PersonsProjector {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(vec![key(record)])
    }

    fn fold(&self, record: &Record, _: StreamState<'_>, _: &mut Docs) -> Result<(), ProjectError> {
        // What does not read stops here, and not in the middle of a state.
        read::<Persons>(record).map(|_| ()).map_err(ProjectError::Record)
    }

    fn settle(
        &self,
        record: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let Some(person) = after.wanted::<Option<Person>>()? else { return Ok(()) };
        let key = key(record);
        let before: PersonDoc = docs.get(&key)?.unwrap_or_default();
        let name = record.stream.as_str();
        docs.put(&key, &PersonDoc::of(name, person, division_of(record)?, before))
    }

    fn state(&self, _: &Record) -> Option<StateFold> {
        Some(Of::<Persons>::default().into())
    }
}

/// Every event of a person's stream, by its name.
const EVENTS: [&str; 24] = [
    "person_registered",
    "opening_facts_recorded",
    "person_updated",
    "slot_moved",
    "post_taken",
    "post_left",
    "rank_taken",
    "rank_left",
    "secondment_started",
    "secondment_ended",
    "spell_corrected",
    "left_service",
    "reinstated",
    "person_rejoined",
    "assessment_recorded",
    "commendation_recorded",
    "sanction_recorded",
    "sanction_lifted",
    "investigation_opened",
    "investigation_closed",
    "relative_declared",
    "relative_withdrawn",
    "fact_corrected",
    ERASED,
];

/// The event of an erasure, by its name.
const ERASED: &str = "person_erased";

fn event_type(name: &str) -> Result<EventType, InvalidName> {
    EventType::new(format!("quanheng.registry.{name}.v1"))
}

/// Erasures alone.
pub(crate) fn erasures() -> Result<LogFilter, InvalidName> {
    Ok(LogFilter::all().or_type(event_type(ERASED)?))
}

/// The projection of persons.
///
/// # Errors
/// [`InvalidDefinition`]: the programmer's mistake.
pub fn persons_definition() -> Result<Definition, InvalidDefinition> {
    let mut filter = LogFilter::all();
    for name in EVENTS {
        let invalid = |error: InvalidName| InvalidDefinition {
            projection: PERSONS_PROJECTION.to_owned(),
            reason: error.to_string(),
        };
        filter = filter.or_type(event_type(name).map_err(invalid)?);
    }
    let definition = Definition::new(PERSONS_PROJECTION, 1, &[COLLECTION], PersonsProjector)?;
    Ok(definition.over(filter))
}
