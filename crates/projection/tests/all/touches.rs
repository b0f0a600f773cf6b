//! Documents that only the state of a stream or other documents lead to.

use std::sync::Arc;

use quanheng_eventlog::{Fold, MalformedRecord, Record, Version};
use quanheng_projection::{
    Definition, DocKey, Docs, ProjectError, Projector, Seed, StateFold, StreamState,
};

use crate::domain::{COLLECTIONS, Post, Unit, commit, post, removed, set};
use crate::fold::everything;
use crate::rig::{Kind, Rig, caught_up};

on_both!(documents_are_found_by_state_and_by_documents, a_document_may_hold_the_state);

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

    fn foresees(
        &self,
        records: &[&Record],
        before: StreamState<'_>,
        _docs: &Docs,
    ) -> Result<Vec<DocKey>, ProjectError> {
        let mut units = vec![before.wanted::<Option<String>>()?.clone()];
        for record in records {
            units.push(record.data::<Post>()?.unit);
        }
        // One that nothing leads to does no harm.
        units.push(Some("nowhere".to_owned()));
        Ok(units.into_iter().flatten().map(|unit| DocKey::new("units", unit)).collect())
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

/// Counts the events of a stream in its document, which holds the state of the stream.
struct Tally {
    /// How far ahead the document claims to be.
    ahead: u64,
    /// What it adds to what it holds.
    more: u64,
}

/// Counts the events of a stream.
struct Events;

impl Fold for Events {
    type State = u64;

    fn initial(&self) -> u64 {
        0
    }

    fn evolve(&self, state: &mut u64, _: &Record) -> Result<(), MalformedRecord> {
        *state += 1;
        Ok(())
    }
}

impl Tally {
    fn key(record: &Record) -> DocKey {
        DocKey::new("streams", record.stream.as_str().trim_start_matches("posts/"))
    }
}

impl Projector for Tally {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(vec![Self::key(record)])
    }

    fn seed(&self, record: &Record, docs: &Docs) -> Result<Option<Seed>, ProjectError> {
        let held = docs.get::<(u64, u64)>(&Self::key(record))?;
        let seed =
            |(version, events)| Seed::new::<u64>(Version(version + self.ahead), events + self.more);
        Ok(held.map(seed))
    }

    fn fold(
        &self,
        record: &Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let events = before.wanted::<u64>()? + 1;
        docs.put(&Self::key(record), &(record.version.0, events))
    }

    fn state(&self, _: &Record) -> Option<StateFold> {
        Some(Events.into())
    }
}

async fn a_document_may_hold_the_state(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    // A document that is wrong shows that it is what counts; one that claims to be ahead of
    // the record is not believed.
    for (name, ahead, more, expected) in
        [("right", 0, 0, 3), ("wrong", 0, 100, 203), ("beyond", 1, 100, 3)]
    {
        let tally = || Definition::new(name, 1, COLLECTIONS, Tally { ahead, more }).unwrap();
        for round in 1..=3 {
            for id in ["a", "b"] {
                commit(&log, [set(&format!("{name}-{id}"), &post("u1", "GM07", round))]).await;
                // Nothing is remembered: each time it begins anew.
                let running = rig.start(&log, tally()).await;
                caught_up(&running).await;
                running.close().await;
            }
        }
        let running = rig.start(&log, tally()).await;
        let docs = everything(&running, name, "streams").await;
        let own: Vec<_> = docs.iter().filter(|doc| doc.id.starts_with(name)).collect();
        assert_eq!(own.len(), 2);
        for doc in own {
            assert_eq!(doc.parse::<(u64, u64)>().unwrap(), (3, expected), "{name} {}", doc.id);
        }
        running.close().await;
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
