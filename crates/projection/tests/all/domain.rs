//! A small register of posts: what is folded in these tests.

use std::sync::Arc;

use quanheng_eventlog::{
    EventDraft, EventType, Filter as LogFilter, Fold, Log, MalformedRecord, Position, Record,
    StreamName, Transaction,
};
use quanheng_projection::{
    Collection, Column, ColumnKind, Definition, DocKey, Docs, Index, ProjectError, Projector,
    StateFold, StreamState,
};
use serde::{Deserialize, Serialize};

/// The facts of `test.post_set.v1`, and the document, which has `changes` besides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Post {
    pub unit: Option<String>,
    pub rank: Option<String>,
    pub seats: Option<i64>,
    pub open: Option<bool>,
    pub since: Option<String>,
    /// Events of the post's stream up to here, counted by a stream state.
    pub changes: u64,
}

/// How many events mention a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unit {
    pub events: u64,
}

/// Where a post's stream stood when the post was set last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    pub version: u64,
    pub events: u64,
}

pub(crate) const COLLECTIONS: &[Collection] = &[
    Collection {
        name: "posts",
        columns: &[
            Column { name: "unit", pointer: "/unit", kind: ColumnKind::Text },
            Column { name: "rank", pointer: "/rank", kind: ColumnKind::Text },
            Column { name: "seats", pointer: "/seats", kind: ColumnKind::Integer },
            Column { name: "open", pointer: "/open", kind: ColumnKind::Boolean },
            Column { name: "since", pointer: "/since", kind: ColumnKind::Date },
        ],
        indexes: &[
            Index { equals: &["unit"], order: &["rank", "seats"] },
            Index { equals: &["unit", "open"], order: &["since"] },
            Index { equals: &[], order: &["seats"] },
            Index { equals: &["rank"], order: &[] },
        ],
    },
    Collection { name: "units", columns: &[], indexes: &[] },
    Collection { name: "streams", columns: &[], indexes: &[] },
];

pub(crate) const POSTS: Collection = COLLECTIONS[0];

/// Counts the events of a stream, of whatever type.
struct Count;

impl Fold for Count {
    type State = u64;

    fn initial(&self) -> u64 {
        0
    }

    fn evolve(&self, state: &mut u64, _record: &Record) -> Result<(), MalformedRecord> {
        *state += 1;
        Ok(())
    }
}

/// Folds posts. `test.broken.v1` cannot be folded, `test.panic.v1` panics.
pub(crate) struct Register;

fn id(record: &Record) -> String {
    record.stream.as_str().trim_start_matches("posts/").to_owned()
}

impl Projector for Register {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        let mut keys = vec![DocKey::new("posts", id(record))];
        if record.event_type.as_str() == "test.post_set.v1" {
            let post: Post = record.data()?;
            keys.extend(post.unit.map(|unit| DocKey::new("units", unit)));
            keys.push(DocKey::new("streams", id(record)));
        }
        Ok(keys)
    }

    fn fold(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let key = DocKey::new("posts", id(record));
        match record.event_type.as_str() {
            "test.post_set.v1" => {
                let mut post: Post = record.data()?;
                post.changes = *before.wanted::<u64>()? + 1;
                docs.put(&key, &post)?;
                if let Some(unit) = post.unit {
                    docs.change::<Unit>(&DocKey::new("units", unit), |unit| unit.events += 1)?;
                }
                Ok(())
            }
            "test.post_removed.v1" => docs.remove(&key),
            "test.broken.v1" => Err(ProjectError::Other("broken".into())),
            "test.panic.v1" => panic!("a mistake"),
            _ => Ok(()),
        }
    }

    fn settle(
        &self,
        record: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let key = DocKey::new("posts", id(record));
        if let Some(post) = docs.get::<Post>(&key)? {
            assert_eq!(post.changes, *after.wanted::<u64>()?);
        }
        Ok(())
    }

    fn conclude(
        &self,
        last: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let standing = Standing { version: last.version.0, events: *after.wanted::<u64>()? };
        docs.put(&DocKey::new("streams", id(last)), &standing)
    }

    fn state(&self, record: &Record) -> Option<StateFold> {
        let sets = record.event_type.as_str() == "test.post_set.v1";
        sets.then(|| StateFold::of(Arc::new(Count)))
    }
}

pub(crate) fn event_type(name: &str) -> EventType {
    EventType::new(name).unwrap()
}

/// The register; `test.other.v1` passes it by.
pub(crate) fn register(version: u32) -> Definition {
    named("register", version)
}

pub(crate) fn named(name: &'static str, version: u32) -> Definition {
    let types = ["test.post_set.v1", "test.post_removed.v1", "test.broken.v1", "test.panic.v1"];
    let filter =
        types.iter().fold(LogFilter::all(), |filter, name| filter.or_type(event_type(name)));
    Definition::new(name, version, COLLECTIONS, Register).unwrap().over(filter)
}

fn draft(post: &str, what: &str, facts: &impl Serialize) -> EventDraft {
    let stream = StreamName::new(format!("posts/{post}")).unwrap();
    EventDraft::new(stream, event_type(what), facts).unwrap()
}

/// A post of a unit.
pub(crate) fn post(unit: &str, rank: &str, seats: i64) -> Post {
    Post { unit: Some(unit.into()), rank: Some(rank.into()), seats: Some(seats), ..Post::default() }
}

pub(crate) fn set(id: &str, post: &Post) -> EventDraft {
    draft(id, "test.post_set.v1", post)
}

pub(crate) fn removed(id: &str) -> EventDraft {
    draft(id, "test.post_removed.v1", &serde_json::json!({}))
}

/// An event of a type of its own: `other`, `broken`, `panic`.
pub(crate) fn odd(id: &str, what: &str) -> EventDraft {
    draft(id, &format!("test.{what}.v1"), &serde_json::json!({}))
}

/// Commits events together; tells the commit's end.
pub(crate) async fn commit(log: &Log, events: impl IntoIterator<Item = EventDraft>) -> Position {
    let transaction = events
        .into_iter()
        .fold(Transaction::default(), |transaction, event| transaction.append(event));
    log.commit(transaction).await.unwrap().receipt().position
}
