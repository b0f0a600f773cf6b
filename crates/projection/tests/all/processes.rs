//! Several processes on the same views, one after another and at once; other logs.

use std::time::{Duration, Instant};

use quanheng_eventlog::Record;
use quanheng_projection::{
    Definition, DocKey, Docs, Filter, ProjectError, Projector, Query, StreamState,
};

use crate::domain::{COLLECTIONS, Unit, commit, odd, post, register, removed, set};
use crate::fold::everything;
use crate::rig::{Kind, Rig, at, caught_up, soon};

on_both!(
    two_runners_fold_each_event_once,
    a_waiter_sees_what_another_process_did,
    a_killed_runner_leaves_whole_steps,
    a_new_version_builds_beside_the_old_one,
    another_incarnation_is_built_anew,
    a_checkpoint_beyond_the_head_is_built_anew,
    passing_over_events_moves_the_checkpoint,
);

async fn two_runners_fold_each_event_once(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let small = |bounds: &mut quanheng_projection::Bounds| bounds.fold_events_max = 3;
    let first = rig.start_with(&log, vec![register(1)], small).await;
    let beside = rig.log_beside().await;
    let second = rig.start_with(&beside, vec![register(1)], small).await;
    for n in 0..100_i64 {
        let id = format!("p{}", n % 7);
        commit(&log, [set(&id, &post("u1", "GM07", n)), set("hot", &post("u2", "GM07", n))]).await;
    }
    caught_up(&first).await;
    caught_up(&second).await;
    for projections in [&first, &second] {
        let view = projections.view("register").unwrap();
        for unit in ["u1", "u2"] {
            let doc = view.get("units", unit).await.unwrap().unwrap();
            assert_eq!(doc.parse::<Unit>().unwrap().events, 100, "{unit}");
        }
    }
    assert_eq!(
        everything(&first, "register", "posts").await,
        everything(&second, "register", "posts").await
    );
}

/// Hangs at every record.
struct Stuck;

impl Projector for Stuck {
    fn touches(&self, _: &Record) -> Result<Vec<DocKey>, ProjectError> {
        std::thread::sleep(Duration::from_secs(3));
        Ok(vec![])
    }

    fn fold(&self, _: &Record, _: StreamState<'_>, _: &mut Docs) -> Result<(), ProjectError> {
        Ok(())
    }
}

async fn a_waiter_sees_what_another_process_did(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let worker = rig.start(&log, register(1)).await;
    // A process whose own task does not come along: it is told by the views alone.
    let stuck = Definition::new("register", 1, COLLECTIONS, Stuck).unwrap();
    let waiter = rig.start(&log, stuck.over(register(1).filter().clone())).await;
    let view = waiter.view("register").unwrap();
    let end = commit(&log, [set("a", &post("u1", "GM07", 1))]).await;
    worker.wait_for("register", end, soon()).await.unwrap();
    let begun = Instant::now();
    view.wait_for(end, soon()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert!(view.get("posts", "a").await.unwrap().is_some());
    assert_eq!(view.position().unwrap(), at(0));
}

async fn a_killed_runner_leaves_whole_steps(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    for n in 0..60 {
        let id = format!("p{n}");
        commit(&log, [set(&id, &post("u1", "GM07", n)), set(&id, &post("u2", "GM08", n))]).await;
    }
    let reference = rig.start(&log, register(9)).await;
    caught_up(&reference).await;
    // Killed again and again, at whatever it is doing.
    for round in 0..12_u64 {
        let runner =
            rig.start_with(&log, vec![register(1)], |bounds| bounds.fold_events_max = 4).await;
        tokio::time::sleep(Duration::from_millis(1 + round * 2)).await;
        drop(runner);
    }
    let last = rig.start(&log, register(1)).await;
    caught_up(&last).await;
    for collection in ["posts", "units"] {
        assert_eq!(
            everything(&last, "register", collection).await,
            everything(&reference, "register", collection).await
        );
    }
}

async fn a_new_version_builds_beside_the_old_one(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let old = rig.start(&log, register(1)).await;
    commit(&log, [set("a", &post("u1", "GM07", 1))]).await;
    caught_up(&old).await;
    let new = rig.start(&log, register(2)).await;
    commit(&log, [set("b", &post("u1", "GM07", 1))]).await;
    caught_up(&new).await;
    caught_up(&old).await;
    assert_eq!(everything(&new, "register", "posts").await.len(), 2);
    assert_eq!(
        everything(&old, "register", "posts").await,
        everything(&new, "register", "posts").await
    );
    old.close().await;
    let views = rig.views().await;
    views.forget(&register(1)).await.unwrap();
    assert_eq!(everything(&new, "register", "posts").await.len(), 2);
    // Forgotten is forgotten: it begins anew.
    let again = rig.start(&log, register(1)).await;
    caught_up(&again).await;
    assert_eq!(everything(&again, "register", "posts").await.len(), 2);
}

async fn another_incarnation_is_built_anew(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    commit(&log, [set("a", &post("u1", "GM07", 1)), set("b", &post("u1", "GM07", 1))]).await;
    commit(&log, [removed("b")]).await;
    caught_up(&projections).await;
    let expected = everything(&projections, "register", "posts").await;
    projections.close().await;
    log.close().await;

    quanheng_eventlog::renew_incarnation(rig.log_backend()).await.unwrap();
    // What only the lost part of the log had said.
    let lost = "INSERT INTO register_v1_units (id, position, doc) VALUES ('lost', 3, '{}')";
    assert_eq!(rig.on_views(lost).await, 1);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    caught_up(&projections).await;
    assert_eq!(everything(&projections, "register", "posts").await, expected);
    let view = projections.view("register").unwrap();
    assert_eq!(view.count("units", &Filter::all()).await.unwrap(), Some(1));
}

async fn a_checkpoint_beyond_the_head_is_built_anew(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    commit(&log, [set("a", &post("u1", "GM07", 1))]).await;
    caught_up(&projections).await;
    let expected = everything(&projections, "register", "posts").await;
    projections.close().await;
    assert_eq!(rig.on_views("UPDATE projections SET position = 1000").await, 1);
    let lost = "INSERT INTO register_v1_units (id, position, doc) VALUES ('lost', 900, '{}')";
    assert_eq!(rig.on_views(lost).await, 1);
    let projections = rig.start(&log, register(1)).await;
    caught_up(&projections).await;
    assert_eq!(everything(&projections, "register", "posts").await, expected);
    let view = projections.view("register").unwrap();
    assert_eq!(view.get("units", "lost").await.unwrap(), None);
    assert_eq!(view.position().unwrap(), at(1));
}

async fn passing_over_events_moves_the_checkpoint(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    let mut end = at(0);
    for _ in 0..20 {
        end = commit(&log, [odd("a", "other")]).await;
    }
    projections.wait_for("register", end, soon()).await.unwrap();
    let stored = format!("UPDATE projections SET failure = NULL WHERE position = {end}");
    crate::rig::eventually(async || rig.on_views(&stored).await == 1).await;
    let view = projections.view("register").unwrap();
    assert_eq!(view.list("posts", &Query::default()).await.unwrap().docs, []);
}
