//! Documents as events give them: what stands in an event is the document.

use quanheng_eventlog::{EventDraft, EventType, Position, Record, StreamName, Transaction};
use quanheng_projection::{
    Collection, Column, ColumnKind, Definition, DocKey, Docs, Index, ProjectError, Projector,
    StreamState,
};
use serde_json::Value as Json;

use crate::world::World;

const fn text(name: &'static str, pointer: &'static str) -> Column {
    Column { name, pointer, kind: ColumnKind::Text }
}

const DIVISION: Column = text("division", "/division");

const UNITS: &[Collection] = &[
    Collection {
        name: "units",
        columns: &[DIVISION, text("name", "/name")],
        indexes: &[
            Index { equals: &[], order: &["division"] },
            Index { equals: &["name"], order: &["division"] },
        ],
    },
    // Without a division.
    Collection { name: "unit_notes", columns: &[], indexes: &[] },
];
const PERSONS: &[Collection] =
    &[Collection { name: "persons", columns: &[DIVISION], indexes: &[] }];
const BROKEN: &[Collection] =
    &[Collection { name: "operations", columns: &[DIVISION], indexes: &[] }];

/// Puts and removes documents of some collections.
struct Put(&'static [Collection]);

impl Put {
    fn key(&self, record: &Record) -> Option<DocKey> {
        let (collection, id) = record.stream.as_str().split_once('/')?;
        let known = self.0.iter().find(|known| known.name == collection)?;
        Some(DocKey::new(known.name, id))
    }
}

impl Projector for Put {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(self.key(record).into_iter().collect())
    }

    fn fold(
        &self,
        record: &Record,
        _: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let Some(key) = self.key(record) else { return Ok(()) };
        match record.event_type.as_str() {
            "test.removed.v1" => docs.remove(&key),
            "test.broken.v1" => Err(ProjectError::Other("it is broken".into())),
            _ => docs.put(&key, &record.data::<Json>()?),
        }
    }
}

pub(crate) fn definitions() -> Vec<Definition> {
    let of = |name, version, collections| {
        Definition::new(name, version, collections, Put(collections)).unwrap()
    };
    vec![of("units", 3, UNITS), of("persons", 1, PERSONS), of("operations", 1, BROKEN)]
}

fn draft(name: &str, event: &str, facts: &Json) -> EventDraft {
    let stream = StreamName::new(name).unwrap();
    let event_type = EventType::new(format!("test.{event}.v1")).unwrap();
    EventDraft::new(stream, event_type, facts).unwrap()
}

/// A document is set.
pub(crate) fn set(name: &str, document: &Json) -> EventDraft {
    draft(name, "set", document)
}

/// A document is removed.
pub(crate) fn removed(name: &str) -> EventDraft {
    draft(name, "removed", &Json::Null)
}

/// An event that nobody can fold.
pub(crate) fn broken(name: &str) -> EventDraft {
    draft(name, "broken", &Json::Null)
}

/// A unit in a division.
pub(crate) fn unit(division: &str, name: &str) -> Json {
    serde_json::json!({ "division": division, "name": name })
}

/// One commit; tells where it ends. Waits until it is folded.
pub(crate) async fn commit(world: &World, events: impl IntoIterator<Item = EventDraft>) -> u64 {
    let transaction = events.into_iter().fold(Transaction::default(), Transaction::append);
    let position = world.realm.log.commit(transaction).await.unwrap().receipt().position;
    for projection in ["units", "persons"] {
        settled(world, projection, position).await;
    }
    position.0
}

async fn settled(world: &World, projection: &'static str, position: Position) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    world.realm.projections.wait_for(projection, position, deadline).await.unwrap();
}
