//! Operations as documents.

use quanheng_api::quanheng::common::v1 as common;
use quanheng_eventlog::{EventType, Filter, InvalidName, Record};
use quanheng_projection::columns::text;
use quanheng_projection::{
    Collection, Column, ColumnKind, Definition, DocKey, Docs, Index, ProjectError, Projector,
    StreamState,
};
use quanheng_streams as streams;
use quanheng_streams::Operations;
use serde::{Deserialize, Serialize};

use super::state::{Told, commit_end, state_message};
use crate::import::Input;

/// The projection.
pub const OPERATIONS_PROJECTION: &str = "operations";
/// The collection: a document for each operation, by the operation's id.
pub const OPERATIONS: &str = "operations";

/// Callers with a jurisdiction ask for a range of divisions; all others as they like.
const fn by(equals: &'static [&'static str], order: &'static [&'static str]) -> Index {
    Index { equals, order }
}

static COLLECTIONS: [Collection; 1] = [Collection {
    name: OPERATIONS,
    columns: &[
        text("kind", "/kind"),
        text("state", "/state"),
        text("by", "/by"),
        text("division", "/division"),
        Column { name: "create_time", pointer: "/create_time", kind: ColumnKind::Integer },
    ],
    indexes: &[
        by(&[], &["create_time"]),
        by(&["kind"], &["create_time"]),
        by(&["state"], &["create_time"]),
        by(&["by"], &["create_time"]),
        by(&["by", "state"], &["create_time"]),
        by(&["kind", "state"], &["create_time"]),
        by(&[], &["division"]),
        by(&["kind"], &["division"]),
        by(&["state"], &["division"]),
        by(&["by"], &["division"]),
        by(&["by", "state"], &["division"]),
        by(&["kind", "state"], &["division"]),
    ],
}];

/// The events that are folded.
const TYPES: [&str; 6] = [
    "operation_started",
    "operation_advanced",
    "operation_resumed",
    "operation_finished",
    "operation_failed",
    "operation_cancelled",
];

/// The projection's definition.
///
/// # Errors
/// A fault of the program.
pub fn operations_definition() -> Result<Definition, Box<dyn std::error::Error + Send + Sync>> {
    let types = TYPES.iter().map(|name| EventType::new(format!("quanheng.operation.{name}.v1")));
    let types: Vec<EventType> = types.collect::<Result<_, InvalidName>>()?;
    let filter = types.into_iter().fold(Filter::all(), Filter::or_type);
    Ok(Definition::new(OPERATIONS_PROJECTION, 1, &COLLECTIONS, Projection)?.over(filter))
}

/// An operation's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct OperationDoc {
    pub(crate) kind: String,
    /// RUNNING, DONE, FAILED, CANCELLED
    pub(crate) state: String,
    /// Who asked: principals/{id}
    pub(crate) by: String,
    /// Where who asked governs.
    pub(crate) division: String,
    /// When it began: microseconds since 1970.
    pub(crate) create_time: i64,
    pub(crate) file_name: String,
    /// As the API tells it, without what was found in the file.
    pub(crate) operation: common::Operation,
    told: Told,
}

impl OperationDoc {
    /// When it moved last: microseconds since 1970.
    pub(crate) fn updated(&self) -> i64 {
        self.told.updated
    }
}

struct Projection;

fn id_of(record: &Record) -> Option<&str> {
    record.stream.as_str().strip_prefix("operations/")
}

impl Projector for Projection {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(id_of(record).map(|id| DocKey::new(OPERATIONS, id)).into_iter().collect())
    }

    fn fold(
        &self,
        record: &Record,
        _: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let Some(id) = id_of(record) else { return Ok(()) };
        let key = DocKey::new(OPERATIONS, id);
        let event = streams::read::<Operations>(record)?;
        let mut doc = docs.get::<OperationDoc>(&key)?.unwrap_or_default();
        doc.told.evolve(&event, record.time, commit_end(record));
        let input = Input::of(&doc.told.state.input);
        let input = input.map_err(|failure| ProjectError::Other(failure.to_string()))?;
        let state = state_message(doc.told.state.phase).as_str_name();
        state.trim_start_matches("STATE_").clone_into(&mut doc.state);
        doc.kind.clone_from(&doc.told.state.kind);
        doc.by.clone_from(&doc.told.state.by);
        doc.division = input.jurisdiction.to_string();
        doc.create_time = doc.told.created;
        doc.file_name.clone_from(&input.file_name);
        doc.operation = doc.told.message(id, &input);
        docs.put(&key, &doc)
    }
}
