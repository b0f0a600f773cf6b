//! Documents that only the state of a stream or other documents lead to.

use std::sync::Arc;

use quanheng_eventlog::{Fold, MalformedRecord, Record};
use quanheng_projection::{
    Definition, DocKey, Docs, ProjectError, Projector, StateFold, StreamState,
};

use crate::domain::{COLLECTIONS, Post, Unit, commit, post, removed, set};
use crate::fold::everything;
use crate::rig::{Kind, Rig, caught_up};

on_both!(documents_are_found_by_state_and_by_documents);

/// The unit of a post, from its stream.
struct UnitOf;

impl Fold for UnitOf {
    type State = Option<String>;

    fn initial(&self) -> Option<String> {
        None
    }

    fn evolve(&self, state: &mut Option<String>, record: &Record) -> Result<(), MalformedRecord> {
        *state = if is_set(record) { record.data::<Post>()?.unit } else { None };
        Ok(())
    }
}

fn is_set(record: &Record) -> bool {
    record.event_type.as_str() == "test.post_set.v1"
}

/// Counts the posts of each unit. Where a post was, its stream tells when it is set, and its
/// document when it is removed.
struct Counts;

impl Counts {
    fn post(record: &Record) -> DocKey {
        DocKey::new("posts", record.stream.as_str().trim_start_matches("posts/"))
    }

    fn units(
        record: &Record,
        before: StreamState<'_>,
        docs: &Docs,
    ) -> Result<[Option<String>; 2], ProjectError> {
        if is_set(record) {
            let was = before.wanted::<Option<String>>()?.clone();
            return Ok([was, record.data::<Post>()?.unit]);
        }
        let post: Option<Post> = docs.get(&Self::post(record))?;
        Ok([post.and_then(|post| post.unit), None])
    }
}

impl Projector for Counts {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(vec![Self::post(record)])
    }

    fn touches_also(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &Docs,
    ) -> Result<Vec<DocKey>, ProjectError> {
        let units = Self::units(record, before, docs)?.into_iter().flatten();
        Ok(units.map(|unit| DocKey::new("units", unit)).collect())
    }

    fn fold(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let [from, to] = Self::units(record, before, docs)?;
        if let Some(from) = from {
            docs.change::<Unit>(&DocKey::new("units", from), |unit| unit.events -= 1)?;
        }
        if let Some(to) = to {
            docs.change::<Unit>(&DocKey::new("units", to), |unit| unit.events += 1)?;
        }
        match is_set(record) {
            true => docs.put(&Self::post(record), &record.data::<Post>()?),
            false => docs.remove(&Self::post(record)),
        }
    }

    fn state(&self, record: &Record) -> Option<StateFold> {
        is_set(record).then(|| StateFold::of(Arc::new(UnitOf)))
    }
}

async fn documents_are_found_by_state_and_by_documents(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let counts = |name| Definition::new(name, 1, COLLECTIONS, Counts).unwrap();
    let live = rig.start(&log, counts("live")).await;
    for (event, expected) in [
        (set("a", &post("u1", "GM07", 1)), "u1=1"),
        (set("b", &post("u1", "GM07", 1)), "u1=2"),
        (set("a", &post("u2", "GM07", 1)), "u1=1 u2=1"),
        (removed("b"), "u1=0 u2=1"),
        (set("b", &post("u2", "GM07", 1)), "u1=0 u2=2"),
        (removed("a"), "u1=0 u2=1"),
    ] {
        commit(&log, [event]).await;
        caught_up(&live).await;
        let units = everything(&live, "live", "units").await;
        let told =
            units.iter().map(|doc| format!("{}={}", doc.id, doc.parse::<Unit>().unwrap().events));
        assert_eq!(told.collect::<Vec<_>>().join(" "), expected);
    }
    // In one piece it is the same.
    let later = rig.start(&log, counts("later")).await;
    caught_up(&later).await;
    let json = |docs: Vec<quanheng_projection::Doc>| {
        docs.into_iter().map(|doc| (doc.id, doc.json)).collect::<Vec<_>>()
    };
    for collection in ["units", "posts"] {
        assert_eq!(
            json(everything(&live, "live", collection).await),
            json(everything(&later, "later", collection).await)
        );
    }
    live.close().await;
    later.close().await;
}
