//! Folding: what is in the documents, and when a projection stands still.

use std::time::{Duration, Instant};

use quanheng_eventlog::Log;
use quanheng_projection::{
    Bounds, Changed, Definition, Doc, DocKey, Docs, ProjectError, Projections, Projector, Query,
    ReadError, StartError, StreamState,
};

use crate::domain::{Post, Unit, commit, named, odd, post, register, removed, set};
use crate::rig::{Kind, Rig, at, caught_up, eventually, soon};

on_both!(
    a_record_changes_its_documents,
    a_commit_changes_everything_at_one_position,
    a_state_counts_events_that_pass_the_filter_by,
    a_page_of_many_events_is_one_step,
    rebuilt_documents_are_the_live_ones,
    a_broken_record_stops_its_projection_alone,
    a_panic_stops_its_projection_alone,
    a_document_of_the_wrong_kind_stops_its_projection,
    an_undeclared_document_stops_its_projection,
    waiting_ends,
    who_waits_is_not_kept_for_others,
    what_is_read_again_is_what_stands_there_now,
    a_changed_definition_needs_a_new_version,
);

/// Everything in a collection, by id.
pub(crate) async fn everything(
    projections: &Projections,
    name: &str,
    collection: &str,
) -> Vec<Doc> {
    let view = projections.view(name).unwrap();
    let mut query = Query { limit: 7, ..Query::default() };
    let mut docs = Vec::new();
    loop {
        let listed = view.list(collection, &query).await.unwrap();
        docs.extend(listed.docs);
        match listed.next {
            Some(next) => query.after = Some(next),
            None => return docs,
        }
    }
}

async fn a_record_changes_its_documents(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    let view = projections.view("register").unwrap();
    commit(&log, [set("a", &post("u1", "GM07", 2))]).await;
    let through = commit(&log, [set("a", &post("u1", "GM08", 3))]).await;
    projections.wait_for("register", through, soon()).await.unwrap();

    let doc = view.get("posts", "a").await.unwrap().unwrap();
    assert_eq!(doc.position, at(2));
    let expected = Post { changes: 2, ..post("u1", "GM08", 3) };
    assert_eq!(doc.parse::<Post>().unwrap(), expected);
    let unit = view.get("units", "u1").await.unwrap().unwrap();
    assert_eq!(unit.parse::<Unit>().unwrap(), Unit { events: 2 });

    commit(&log, [removed("a")]).await;
    caught_up(&projections).await;
    assert_eq!(view.get("posts", "a").await.unwrap(), None);
    let missing = view.get("nothing", "a").await.unwrap_err();
    assert!(matches!(missing, ReadError::NoCollection("register", _)), "{missing}");
    assert!(matches!(projections.view("nothing"), Err(ReadError::NoProjection(_))));

    let status = projections.status().await.unwrap().remove(0);
    assert_eq!((status.name, status.version), ("register", 1));
    assert_eq!((status.position, status.head, status.lag), (at(3), at(3), 0));
    assert_eq!((status.failure, status.trouble), (None, None));
    projections.close().await;
}

async fn a_commit_changes_everything_at_one_position(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    commit(&log, [set("gone", &post("u0", "GM01", 1))]).await;
    let projections = rig.start(&log, register(1)).await;
    caught_up(&projections).await;
    let p = post("u1", "GM07", 1);
    let end = commit(&log, [set("a", &p), set("b", &p), removed("gone"), odd("a", "other")]).await;
    assert_eq!(end, at(5));
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    for (collection, id) in [("posts", "a"), ("posts", "b"), ("units", "u1")] {
        assert_eq!(view.get(collection, id).await.unwrap().unwrap().position, end, "{id}");
    }
    let changes = view.changes("posts", at(1), end, 100).await.unwrap();
    assert_eq!(changes.through, end);
    let ids: Vec<_> = changes.changes.iter().map(|c| (c.id(), c.position())).collect();
    assert_eq!(ids, [("a", end), ("b", end), ("gone", end)]);
    assert!(matches!(&changes.changes[2], Changed::Removed { id, .. } if id == "gone"));
}

async fn a_state_counts_events_that_pass_the_filter_by(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let p = post("u1", "GM07", 1);
    commit(&log, [set("a", &p), odd("a", "other"), set("a", &p)]).await;
    let projections = rig.start_with(&log, vec![register(1)], |b| b.states_cached_max = 1).await;
    commit(&log, [odd("a", "other")]).await;
    commit(&log, [set("b", &p), set("a", &p)]).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let changes =
        async |id| view.get("posts", id).await.unwrap().unwrap().parse::<Post>().unwrap().changes;
    assert_eq!((changes("a").await, changes("b").await), (5, 1));
}

async fn a_page_of_many_events_is_one_step(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let ids: Vec<String> = (0..2_500).map(|n| format!("{n:05}")).collect();
    let end = commit(&log, ids.iter().map(|id| set(id, &post("u1", "GM07", 1)))).await;
    let projections = rig.start(&log, register(1)).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    assert_eq!(
        view.count("posts", &quanheng_projection::Filter::all()).await.unwrap(),
        Some(2_500)
    );
    // About ten are asked for, but a commit is told whole.
    let changes = view.changes("posts", at(0), end, 10).await.unwrap();
    assert_eq!((changes.changes.len(), changes.through), (2_500, end));
    let unit = view.get("units", "u1").await.unwrap().unwrap();
    assert_eq!(unit.parse::<Unit>().unwrap().events, 2_500);
}

/// A few hundred events, some of which undo others.
async fn busy_log(log: &Log) {
    for n in 0..120 {
        let id = format!("p{}", n % 17);
        let p = post(&format!("u{}", n % 5), &format!("GM{:02}", n % 11), n);
        match n % 7 {
            3 => commit(log, [removed(&id), odd(&id, "other")]).await,
            5 => commit(log, [set(&id, &p), removed(&id)]).await,
            _ => commit(log, [set(&id, &p), set(&format!("q{}", n % 3), &p)]).await,
        };
    }
}

async fn rebuilt_documents_are_the_live_ones(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let live = rig.start(&log, register(1)).await;
    busy_log(&log).await;
    caught_up(&live).await;
    // In other pieces, beside the first.
    const NEVER: usize = usize::MAX;
    for (version, fold_events_max, states_cached_max, bare_events_min) in
        [(2, 1, 1, NEVER), (3, 50, 2, 1), (4, 512, 99, NEVER), (5, 512, 99, 0)]
    {
        let rebuilt = rig.start_with(&log, vec![register(version)], |bounds| {
            bounds.fold_events_max = fold_events_max;
            bounds.states_cached_max = states_cached_max;
            bounds.bare_events_min = bare_events_min;
        });
        let rebuilt = rebuilt.await;
        caught_up(&rebuilt).await;
        // Once it has caught up its indexes are there, however it was built.
        for index in ["posts_position", "posts_i1", "posts_i4", "units_position"] {
            rig.on_views(&format!("DROP INDEX register_v{version}_{index}")).await;
        }
        for collection in ["posts", "units", "streams"] {
            let expected = everything(&live, "register", collection).await;
            assert!(expected.len() > 3);
            assert_eq!(everything(&rebuilt, "register", collection).await, expected);
            // What was removed and when, too.
            let changes = async |projections: &Projections| {
                let view = projections.view("register").unwrap();
                view.changes(collection, at(0), at(u64::MAX / 4), 1_000).await.unwrap()
            };
            assert_eq!(changes(&rebuilt).await, changes(&live).await);
        }
    }
}

async fn stands_still(projections: &Projections, name: &str, says: &str) {
    eventually(async || projections.view(name).unwrap().position().is_err()).await;
    let view = projections.view(name).unwrap();
    let filter = quanheng_projection::Filter::all();
    for error in [
        view.get("posts", "a").await.map(|_| ()).unwrap_err(),
        view.list("posts", &Query::default()).await.map(|_| ()).unwrap_err(),
        view.count("posts", &filter).await.map(|_| ()).unwrap_err(),
        view.changes("posts", at(0), at(1), 1).await.map(|_| ()).unwrap_err(),
        projections.wait_for(name, at(99), soon()).await.unwrap_err(),
    ] {
        let ReadError::Failed { failure, .. } = error else { panic!("{error}") };
        assert!(failure.reason.contains(says), "{}", failure.reason);
    }
}

async fn stopped_by(kind: Kind, what: &str, says: &str) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let p = post("u1", "GM07", 1);
    let other = Definition::new("other", 1, &[], Nothing).unwrap();
    let projections = rig.start_with(&log, vec![register(1), other], |_| {}).await;
    // One page: whole commits before the broken one are kept, and nothing of it.
    commit(&log, [set("a", &p)]).await;
    let broken = commit(&log, [set("b", &p), odd("c", what), set("d", &p)]).await;
    let end = commit(&log, [set("e", &p)]).await;
    stands_still(&projections, "register", says).await;
    projections.wait_for("other", end, soon()).await.unwrap();
    let status = projections.status().await.unwrap();
    let failure = status[0].failure.clone().unwrap();
    assert_eq!((status[0].position, failure.position), (at(1), at(3)));
    assert_eq!(broken, at(4));
    assert_eq!((status[1].position, &status[1].failure), (end, &None));
    projections.close().await;

    // The repaired program goes on where it stopped.
    let repaired = Definition::new("register", 1, crate::domain::COLLECTIONS, Patient).unwrap();
    let repaired = repaired.over(register(1).filter().clone());
    let projections = rig.start(&log, repaired).await;
    caught_up(&projections).await;
    let ids: Vec<_> =
        everything(&projections, "register", "posts").await.into_iter().map(|d| d.id).collect();
    assert_eq!(ids, ["a", "b", "d", "e"]);
}

async fn a_broken_record_stops_its_projection_alone(kind: Kind) {
    stopped_by(kind, "broken", "broken").await;
}

async fn a_panic_stops_its_projection_alone(kind: Kind) {
    stopped_by(kind, "panic", "a mistake").await;
}

/// Keeps nothing.
struct Nothing;

impl Projector for Nothing {
    fn touches(&self, _: &quanheng_eventlog::Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(vec![])
    }

    fn fold(
        &self,
        _: &quanheng_eventlog::Record,
        _: StreamState<'_>,
        _: &mut Docs,
    ) -> Result<(), ProjectError> {
        Ok(())
    }
}

/// The register that passes over what it does not know.
struct Patient;

impl Projector for Patient {
    fn touches(&self, record: &quanheng_eventlog::Record) -> Result<Vec<DocKey>, ProjectError> {
        crate::domain::Register.touches(record)
    }

    fn fold(
        &self,
        record: &quanheng_eventlog::Record,
        before: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        match record.event_type.as_str() {
            "test.broken.v1" | "test.panic.v1" => Ok(()),
            _ => crate::domain::Register.fold(record, before, docs),
        }
    }

    fn state(&self, record: &quanheng_eventlog::Record) -> Option<quanheng_projection::StateFold> {
        crate::domain::Register.state(record)
    }
}

/// Puts what it should not.
struct Careless(fn(&mut Docs) -> Result<(), ProjectError>);

impl Projector for Careless {
    fn touches(&self, _: &quanheng_eventlog::Record) -> Result<Vec<DocKey>, ProjectError> {
        Ok(vec![DocKey::new("posts", "a"), DocKey::new("nowhere", "a")])
    }

    fn fold(
        &self,
        _: &quanheng_eventlog::Record,
        _: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        self.0(docs)
    }
}

async fn careless(kind: Kind, fold: fn(&mut Docs) -> Result<(), ProjectError>, says: &str) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let definition =
        Definition::new("careless", 1, crate::domain::COLLECTIONS, Careless(fold)).unwrap();
    let projections = rig.start(&log, definition).await;
    commit(&log, [odd("a", "other")]).await;
    stands_still(&projections, "careless", says).await;
}

async fn a_document_of_the_wrong_kind_stops_its_projection(kind: Kind) {
    careless(
        kind,
        |docs| docs.put(&DocKey::new("posts", "a"), &serde_json::json!({"seats": "many"})),
        "seats is not of its kind",
    )
    .await;
}

async fn an_undeclared_document_stops_its_projection(kind: Kind) {
    let put = |docs: &mut Docs| docs.put(&DocKey::new("posts", "b"), &1);
    careless(kind, put, "not among those that the record touches").await;
    let put = |docs: &mut Docs| docs.put(&DocKey::new("nowhere", "a"), &1);
    careless(kind, put, "no collection nowhere").await;
}

/// Takes its time.
struct Slow;

impl Projector for Slow {
    fn touches(&self, _: &quanheng_eventlog::Record) -> Result<Vec<DocKey>, ProjectError> {
        std::thread::sleep(Duration::from_millis(400));
        Ok(vec![])
    }

    fn fold(
        &self,
        _: &quanheng_eventlog::Record,
        _: StreamState<'_>,
        _: &mut Docs,
    ) -> Result<(), ProjectError> {
        Ok(())
    }
}

async fn waiting_ends(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let slow = Definition::new("slow", 1, &[], Slow).unwrap();
    let projections = rig.start_with(&log, vec![register(1), slow], |_| {}).await;
    let end = commit(&log, [set("a", &post("u1", "GM07", 1))]).await;
    let beyond = projections.wait_for("register", at(2), soon()).await.unwrap_err();
    assert!(matches!(beyond, ReadError::BeyondHead { .. }), "{beyond}");
    let shortly = Instant::now() + Duration::from_millis(100);
    let behind = projections.wait_for("slow", end, shortly).await.unwrap_err();
    let ReadError::Behind { projection, asked, at: here } = behind else { panic!("{behind}") };
    assert_eq!((projection, asked, here), ("slow", end, at(0)));
    projections.wait_for("slow", end, soon()).await.unwrap();
    projections.close().await;
    // Nobody folds any more.
    commit(&log, [odd("a", "other")]).await;
    let closing = projections.wait_for("register", at(2), soon()).await.unwrap_err();
    assert!(matches!(closing, ReadError::Closing), "{closing}");
}

async fn who_waits_is_not_kept_for_others(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    // Longer than anybody here waits.
    let slowly = |bounds: &mut Bounds| bounds.fold_interval = Duration::from_secs(3_600);
    let projections = rig.start_with(&log, vec![register(1)], slowly).await;
    let view = projections.view("register").unwrap();
    for seats in 1..5 {
        let end = commit(&log, [set("a", &post("u1", "GM07", seats))]).await;
        projections.wait_for("register", end, soon()).await.unwrap();
        let doc = view.get("posts", "a").await.unwrap().unwrap();
        assert_eq!(doc.parse::<Post>().unwrap().seats, Some(seats));
    }
    // Nobody waits for these: they are left to come together, and cost one step.
    for seats in 5..9 {
        commit(&log, [set("a", &post("u1", "GM07", seats))]).await;
    }
    assert_eq!(view.position().unwrap(), at(4));
    let end = commit(&log, [set("a", &post("u1", "GM07", 9))]).await;
    projections.wait_for("register", end, soon()).await.unwrap();
    assert_eq!(view.position().unwrap(), end);
    projections.close().await;
}

async fn what_is_read_again_is_what_stands_there_now(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    let view = projections.view("register").unwrap();
    assert_eq!(view.read::<Post>("posts", "a").await.unwrap(), None);
    for seats in 1..4 {
        let end = commit(&log, [set("a", &post("u1", "GM07", seats))]).await;
        projections.wait_for("register", end, soon()).await.unwrap();
        for _ in 0..3 {
            let read = view.read::<Post>("posts", "a").await.unwrap().unwrap();
            assert_eq!(read.seats, Some(seats));
        }
        // As another type it is parsed anew.
        let unit = view.read::<Unit>("posts", "a").await;
        assert!(unit.is_err(), "{unit:?}");
    }
    let end = commit(&log, [removed("a")]).await;
    projections.wait_for("register", end, soon()).await.unwrap();
    assert_eq!(view.read::<Post>("posts", "a").await.unwrap(), None);
    assert_eq!(view.read::<Post>("posts", "\0").await.unwrap(), None);
    let again = commit(&log, [set("a", &post("u1", "GM07", 9))]).await;
    projections.wait_for("register", again, soon()).await.unwrap();
    let read = view.read::<Post>("posts", "a").await.unwrap().unwrap();
    assert_eq!(read.seats, Some(9));
}

async fn a_changed_definition_needs_a_new_version(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let started = async |definitions| {
        let (views, bounds) = (rig.views().await, Bounds::default());
        Projections::start(log.clone(), views, definitions, bounds).await.map(|_| ())
    };
    started(vec![register(1)]).await.unwrap();
    let all_types = register(1).over(quanheng_eventlog::Filter::all());
    let changed = started(vec![all_types]).await.unwrap_err();
    assert!(matches!(changed, StartError::Changed("register", 1)), "{changed}");
    let twice = started(vec![register(2), register(3)]).await.unwrap_err();
    assert!(matches!(twice, StartError::Twice("register")), "{twice}");
    started(vec![register(2), named("another", 1)]).await.unwrap();

    // The views of one realm are not those of another.
    let stranger = Rig::new(Kind::Sqlite).log().await;
    let other =
        Projections::start(stranger, rig.views().await, vec![register(1)], Bounds::default());
    let other = other.await.map(|_| ()).unwrap_err();
    assert!(matches!(other, StartError::OtherRealm { .. }), "{other}");
}
