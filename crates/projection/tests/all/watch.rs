//! Watching: snapshot, changes, bookmarks, and going on from a token.

use std::collections::BTreeMap;
use std::time::Duration;

use quanheng_eventlog::Position;
use quanheng_projection::{
    Filter, Op, ReadError, ResumeToken, View, Watch, WatchError, WatchEvent, WatchQuery,
};

use crate::domain::{Post, commit, odd, post, register, removed, set};
use crate::fold::everything;
use crate::rig::{Kind, Rig, at, caught_up};

on_both!(
    a_snapshot_and_then_changes,
    a_document_that_ceases_to_pass_is_deleted,
    nothing_is_told_of_what_lies_without,
    removals_are_forgotten_with_age,
    a_token_goes_on_where_it_was_given,
    an_idle_watch_sends_bookmarks,
    a_token_of_another_question_is_refused,
    a_token_outlives_views_that_are_built_anew,
    a_token_expires_with_the_removals,
    a_new_incarnation_ends_all_tokens,
    a_slow_watcher_is_cut_off_with_a_token,
    watchers_are_bounded_and_end_with_the_projections,
    whoever_watches_sees_what_there_is,
);

async fn next(watch: &mut Watch) -> WatchEvent {
    let next = tokio::time::timeout(Duration::from_secs(20), watch.next()).await;
    next.expect("something comes").expect("the watch goes on").expect("no error")
}

/// What comes up to a commit's end or a bookmark at a position, in short.
async fn until(watch: &mut Watch, position: Position) -> (Vec<String>, ResumeToken) {
    let mut told = Vec::new();
    loop {
        match next(watch).await {
            WatchEvent::SnapshotItem(doc) => told.push(format!("item {}", doc.id)),
            WatchEvent::SnapshotComplete { position: here, token } => {
                told.push(format!("complete {here}"));
                if here >= position {
                    return (told, token);
                }
            }
            WatchEvent::Upsert(doc) => told.push(format!("put {} at {}", doc.id, doc.position)),
            WatchEvent::Delete { id, position } => told.push(format!("delete {id} at {position}")),
            WatchEvent::CommitEnd { position: here, token } => {
                told.push(format!("end {here}"));
                if here >= position {
                    return (told, token);
                }
            }
            WatchEvent::Bookmark { position: here, token, .. } if here >= position => {
                return (told, token);
            }
            WatchEvent::Bookmark { .. } => {}
        }
    }
}

fn quick() -> WatchQuery {
    WatchQuery { bookmark_interval: Some(Duration::from_millis(20)), ..WatchQuery::default() }
}

async fn a_snapshot_and_then_changes(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let p = post("u1", "GM07", 1);
    commit(&log, [set("b", &p), set("a", &p)]).await;
    let projections = rig.start(&log, register(1)).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let mut watch = view.watch("posts", WatchQuery::default()).await.unwrap();
    let (told, _) = until(&mut watch, at(2)).await;
    assert_eq!(told, ["item a", "item b", "complete 2"]);
    let q = post("u1", "GM08", 1);
    commit(&log, [set("b", &q), removed("a"), set("c", &p)]).await;
    let (told, _) = until(&mut watch, at(5)).await;
    assert_eq!(told, ["delete a at 5", "put b at 5", "put c at 5", "end 5"]);
    // Not of this collection, then of it.
    commit(&log, [odd("x", "other")]).await;
    commit(&log, [set("a", &p)]).await;
    let (told, _) = until(&mut watch, at(7)).await;
    assert_eq!(told, ["put a at 7", "end 7"]);

    // Without a snapshot only what comes.
    let query = WatchQuery { snapshot: false, ..WatchQuery::default() };
    let mut watch = view.watch("posts", query).await.unwrap();
    commit(&log, [set("d", &p)]).await;
    let (told, _) = until(&mut watch, at(8)).await;
    assert_eq!(told, ["put d at 8", "end 8"]);
}

async fn a_document_that_ceases_to_pass_is_deleted(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    commit(&log, [set("a", &post("u1", "GM07", 5)), set("b", &post("u1", "GM07", 1))]).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let filter = Filter::compare("seats", Op::GreaterOrEqual, 3);
    let query = WatchQuery { filter, ..WatchQuery::default() };
    let mut watch = view.watch("posts", query).await.unwrap();
    assert_eq!(until(&mut watch, at(2)).await.0, ["item a", "complete 2"]);
    commit(&log, [set("a", &post("u1", "GM07", 2)), set("b", &post("u1", "GM07", 3))]).await;
    let (told, _) = until(&mut watch, at(4)).await;
    assert_eq!(told, ["delete a at 4", "put b at 4", "end 4"]);
}

async fn nothing_is_told_of_what_lies_without(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    let (ours, theirs) = (post("u1", "GM07", 5), post("u2", "GM07", 5));
    commit(&log, [set("ours", &ours), set("theirs", &theirs)]).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let query = WatchQuery {
        filter: Filter::compare("seats", Op::Less, 9),
        within: Filter::equal("unit", "u1"),
        ..WatchQuery::default()
    };
    let mut watch = view.watch("posts", query).await.unwrap();
    assert_eq!(until(&mut watch, at(2)).await.0, ["item ours", "complete 2"]);
    commit(&log, [set("theirs", &post("u2", "GM08", 5))]).await;
    commit(&log, [set("theirs", &post("u2", "GM08", 9)), set("ours", &post("u1", "GM08", 9))])
        .await;
    commit(&log, [removed("theirs")]).await;
    commit(&log, [removed("ours")]).await;
    let mut told = until(&mut watch, at(5)).await.0;
    if told.len() < 4 {
        told.extend(until(&mut watch, at(7)).await.0);
    }
    // Where the watch came late, the first of the two was no longer to be seen.
    assert_eq!(told[told.len() - 2..], ["delete ours at 7", "end 7"]);
    assert!(told.iter().all(|told| !told.contains("theirs")), "{told:?}");
}

async fn removals_are_forgotten_with_age(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig
        .start_with(&log, vec![register(1)], |bounds| {
            bounds.removals_kept = 8;
            bounds.removals_age_max = Duration::from_millis(50);
        })
        .await;
    let p = post("u1", "GM07", 1);
    commit(&log, [set("a", &p), set("b", &p)]).await;
    caught_up(&projections).await;
    commit(&log, [removed("a")]).await;
    caught_up(&projections).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    commit(&log, [removed("b")]).await;
    caught_up(&projections).await;
    crate::rig::eventually(async || {
        rig.on_views("UPDATE register_v1_posts_r SET time = time").await == 1
    })
    .await;
    let view = projections.view("register").unwrap();
    let expired = view.changes("posts", at(2), at(4), 9).await.unwrap_err();
    assert!(matches!(expired, ReadError::Expired { floor, .. } if floor == at(3)), "{expired}");
    assert_eq!(view.changes("posts", at(3), at(4), 9).await.unwrap().changes.len(), 1);
}

async fn a_token_goes_on_where_it_was_given(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    let p = |n| post("u1", "GM07", n);
    commit(&log, [set("a", &p(1)), set("b", &p(1)), set("c", &p(1))]).await;
    caught_up(&projections).await;
    let mut watch =
        projections.view("register").unwrap().watch("posts", WatchQuery::default()).await.unwrap();
    let (_, token) = until(&mut watch, at(3)).await;
    drop(watch);
    commit(&log, [set("a", &p(2))]).await;
    commit(&log, [removed("b"), set("d", &p(1))]).await;
    commit(&log, [set("a", &p(3)), set("e", &p(1)), removed("e")]).await;
    caught_up(&projections).await;
    projections.close().await;

    // Another process, later.
    let projections = rig.start(&log, register(1)).await;
    let token = ResumeToken::decode(&token.encode()).unwrap();
    let query = WatchQuery { resume: Some(token), ..WatchQuery::default() };
    let view = projections.view("register").unwrap();
    let mut watch = view.watch("posts", query).await.unwrap();
    let (told, token) = until(&mut watch, at(9)).await;
    // Each document's latest state, once.
    assert_eq!(
        told,
        ["delete b at 6", "put d at 6", "end 6", "put a at 9", "delete e at 9", "end 9"]
    );
    let query = WatchQuery { resume: Some(token), ..quick() };
    let mut watch = view.watch("posts", query).await.unwrap();
    assert_eq!(until(&mut watch, at(9)).await.0, [""; 0]);
}

async fn an_idle_watch_sends_bookmarks(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    let view = projections.view("register").unwrap();
    let mut watch = view.watch("posts", quick()).await.unwrap();
    assert!(matches!(next(&mut watch).await, WatchEvent::SnapshotComplete { .. }));
    let end = commit(&log, [odd("a", "other")]).await;
    loop {
        match next(&mut watch).await {
            WatchEvent::Bookmark { position, head, .. } if position == end => {
                assert_eq!(head, end);
                break;
            }
            WatchEvent::Bookmark { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Why a watch with a token does not begin, or how it ends.
async fn refused(view: &View, collection: &str, query: WatchQuery) -> WatchError {
    match view.watch(collection, query).await {
        Err(error) => error,
        Ok(mut watch) => loop {
            let next = tokio::time::timeout(Duration::from_secs(20), watch.next()).await;
            if let Err(error) = next.expect("it ends in time").expect("it ends with an error") {
                break error;
            }
        },
    }
}

async fn a_token_of_another_question_is_refused(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    commit(&log, [set("a", &post("u1", "GM07", 1))]).await;
    let projections = rig.start(&log, register(1)).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let mut watch = view.watch("posts", quick()).await.unwrap();
    let (_, token) = until(&mut watch, at(1)).await;
    let resume = Some(token);
    let filter = Filter::equal("unit", "u1");
    let error = refused(&view, "posts", WatchQuery { resume, filter, ..quick() }).await;
    assert!(matches!(error, WatchError::Mismatch(_)), "{error}");
    let error = refused(&view, "units", WatchQuery { resume, ..quick() }).await;
    assert!(matches!(error, WatchError::Mismatch(_)), "{error}");
    // A new version of the projection: what it holds may differ.
    let newer = rig.start(&log, register(2)).await;
    caught_up(&newer).await;
    let newer = newer.view("register").unwrap();
    let error = refused(&newer, "posts", WatchQuery { resume, ..quick() }).await;
    assert!(matches!(error, WatchError::Expired), "{error}");
}

/// Whoever saw a document is told that it is gone, even if the views were lost and the
/// log was folded again in such large pieces that it never stood in them.
async fn a_token_outlives_views_that_are_built_anew(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    commit(&log, [set("a", &post("u1", "GM07", 1))]).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let mut watch = view.watch("posts", quick()).await.unwrap();
    let (told, token) = until(&mut watch, at(1)).await;
    assert_eq!(told, ["item a", "complete 1"]);
    projections.close().await;
    commit(&log, [removed("a")]).await;
    commit(&log, [set("b", &post("u1", "GM07", 1))]).await;
    rig.views().await.forget(&register(1)).await.unwrap();

    let projections = rig.start(&log, register(1)).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let query = WatchQuery { resume: Some(token), ..quick() };
    let mut watch = view.watch("posts", query).await.unwrap();
    let (told, _) = until(&mut watch, at(3)).await;
    assert_eq!(told, ["delete a at 2", "end 2", "put b at 3", "end 3"]);
}

async fn a_token_expires_with_the_removals(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections =
        rig.start_with(&log, vec![register(1)], |bounds| bounds.removals_kept = 3).await;
    let ids: Vec<_> = (0..8).map(|n| format!("p{n}")).collect();
    commit(&log, ids.iter().map(|id| set(id, &post("u1", "GM07", 1)))).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let mut watch = view.watch("posts", quick()).await.unwrap();
    let (_, old) = until(&mut watch, at(8)).await;
    let mut tokens = vec![];
    for id in &ids {
        let end = commit(&log, [removed(id)]).await;
        tokens.push(until(&mut watch, end).await.1);
    }
    // The removals of p5 to p7 are kept, those before are not.
    crate::rig::eventually(async || {
        rig.on_views("DELETE FROM register_v1_posts_r WHERE position < 14").await == 0
    })
    .await;
    let resume = |token| WatchQuery { resume: Some(token), ..quick() };
    for token in [old, tokens[0], tokens[3]] {
        let error = refused(&view, "posts", resume(token)).await;
        assert!(matches!(error, WatchError::Expired), "{error}");
    }
    let mut watch = view.watch("posts", resume(tokens[4])).await.unwrap();
    let (told, _) = until(&mut watch, at(16)).await;
    assert_eq!(
        told,
        ["delete p5 at 14", "end 14", "delete p6 at 15", "end 15", "delete p7 at 16", "end 16"]
    );
    let expired = view.changes("posts", at(8), at(16), 100).await.unwrap_err();
    assert!(matches!(expired, ReadError::Expired { floor, .. } if floor == at(13)), "{expired}");
}

async fn a_new_incarnation_ends_all_tokens(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    commit(&log, [set("a", &post("u1", "GM07", 1))]).await;
    let projections = rig.start(&log, register(1)).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let mut watch = view.watch("posts", quick()).await.unwrap();
    let (_, token) = until(&mut watch, at(1)).await;
    projections.close().await;
    drop((watch, view, projections));
    log.close().await;
    quanheng_eventlog::renew_incarnation(rig.log_backend()).await.unwrap();
    let log = rig.log().await;
    let projections = rig.start(&log, register(1)).await;
    caught_up(&projections).await;
    let view = projections.view("register").unwrap();
    let query = WatchQuery { resume: Some(token), ..quick() };
    let error = refused(&view, "posts", query).await;
    assert!(matches!(error, WatchError::Expired), "{error}");
}

async fn a_slow_watcher_is_cut_off_with_a_token(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections = rig
        .start_with(&log, vec![register(1)], |bounds| {
            bounds.watch_buffer_max = 4;
            bounds.watch_send_wait_max = Duration::from_millis(50);
        })
        .await;
    let view = projections.view("register").unwrap();
    let mut watch = view.watch("posts", WatchQuery::default()).await.unwrap();
    until(&mut watch, at(0)).await;
    for n in 0..10 {
        commit(&log, [set(&format!("p{n}"), &post("u1", "GM07", n))]).await;
    }
    caught_up(&projections).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    // What was in the buffer comes, then the end.
    let mut seen = vec![];
    let error = loop {
        match watch.next().await.expect("it ends with an error") {
            Ok(WatchEvent::Upsert(doc)) => seen.push(doc.id),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(watch.next().await.is_none());
    assert!(seen.len() < 10, "{seen:?}");
    let WatchError::TooSlow { resume } = error else { panic!("{error}") };
    let mut watch = view.watch("posts", WatchQuery { resume, ..quick() }).await.unwrap();
    let (told, _) = until(&mut watch, at(10)).await;
    seen.extend(
        told.iter()
            .filter_map(|told| Some(told.strip_prefix("put ")?.split(' ').next()?.to_owned())),
    );
    seen.dedup();
    let all: Vec<_> = (0..10).map(|n| format!("p{n}")).collect();
    assert_eq!(seen, all);
}

async fn watchers_are_bounded_and_end_with_the_projections(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections =
        rig.start_with(&log, vec![register(1)], |bounds| bounds.watchers_max = 1).await;
    let view = projections.view("register").unwrap();
    let watch = view.watch("posts", quick()).await.unwrap();
    let error = refused(&view, "posts", quick()).await;
    let is_bound = matches!(&error, WatchError::Read(ReadError::BoundExceeded(e)) if e.bound == "watchers_max");
    assert!(is_bound, "{error}");
    drop(watch);
    let mut again = None;
    crate::rig::eventually(async || {
        again = view.watch("posts", quick()).await.ok();
        again.is_some()
    })
    .await;
    let mut watch = again.unwrap();
    projections.close().await;
    let error = loop {
        if let Err(error) = watch.next().await.expect("it ends with an error") {
            break error;
        }
    };
    assert!(matches!(error, WatchError::Read(ReadError::Closing)), "{error}");
}

/// A client that keeps its own copy, is cut off now and then, and checks that nothing
/// it is told is older than what it knows.
async fn whoever_watches_sees_what_there_is(kind: Kind) {
    let rig = Rig::new(kind);
    let log = rig.log().await;
    let projections =
        rig.start_with(&log, vec![register(1)], |bounds| bounds.watch_buffer_max = 8).await;
    let view = projections.view("register").unwrap();
    let (log_of_writer, rounds) = (log.clone(), 150_i64);
    // The writer goes on only as the watcher is told, so that the watch sees changes and
    // not only a snapshot of them all.
    let (hears, mut heard) = tokio::sync::watch::channel(Position(0));
    let writer = tokio::spawn(async move {
        for n in 0..rounds {
            if n % 10 == 0 {
                let written = Position(2 * n.unsigned_abs());
                heard.wait_for(|position| *position >= written).await.unwrap();
            }
            let id = format!("p{}", n % 13);
            let event = if n % 4 == 3 { removed(&id) } else { set(&id, &post("u1", "GM07", n)) };
            commit(&log_of_writer, [event, set(&format!("q{}", n % 5), &post("u2", "GM08", n))])
                .await;
        }
    });
    let end = Position(2 * rounds.unsigned_abs());
    let mut copy: BTreeMap<String, (Position, Option<Post>)> = BTreeMap::new();
    let mut resume = None;
    'watching: loop {
        let query = WatchQuery { resume, ..quick() };
        let mut watch = view.watch("posts", query).await.unwrap();
        for _ in 0..25 {
            let (id, position, post) = match next(&mut watch).await {
                WatchEvent::SnapshotItem(doc) | WatchEvent::Upsert(doc) => {
                    let post = doc.parse::<Post>().unwrap();
                    (doc.id, doc.position, Some(post))
                }
                WatchEvent::Delete { id, position } => (id, position, None),
                WatchEvent::SnapshotComplete { token, position }
                | WatchEvent::CommitEnd { token, position }
                | WatchEvent::Bookmark { token, position, .. } => {
                    resume = Some(token);
                    if position == end {
                        break 'watching;
                    }
                    hears.send_replace(position);
                    continue;
                }
            };
            let known = copy.get(&id).map_or(at(0), |(position, _)| *position);
            assert!(position >= known, "{id} at {position} after {known}");
            copy.insert(id, (position, post));
        }
        if resume.is_none() {
            copy.clear();
        }
    }
    writer.await.unwrap();
    let mut expected = BTreeMap::new();
    for doc in everything(&projections, "register", "posts").await {
        expected.insert(doc.id.clone(), (doc.position, Some(doc.parse::<Post>().unwrap())));
    }
    copy.retain(|_, (_, post)| post.is_some());
    assert_eq!(copy, expected);
}
