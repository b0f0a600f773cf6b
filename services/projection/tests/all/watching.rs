//! A watch: a snapshot, changes commit by commit, and on from a token.

use std::time::Duration;

use quanheng_api::quanheng::projection::v1 as wire;
use quanheng_api::quanheng::projection::v1::watch_response::{Event, change::What};
use tonic::{Status, Streaming};

use crate::views::{commit, removed, set, unit};
use crate::world::{Kind, World, on_every_backend};
use crate::{Client, national};

on_every_backend!(a_watch_goes_on_from_its_token, a_document_that_no_longer_passes_is_gone);

/// A watch of a collection, with a snapshot.
pub(crate) fn of(collection: &str) -> wire::WatchRequest {
    wire::WatchRequest {
        collection: collection.into(),
        include_snapshot: true,
        ..Default::default()
    }
}

pub(crate) type Events = Streaming<wire::WatchResponse>;

pub(crate) async fn watch(
    client: &mut Client,
    request: wire::WatchRequest,
) -> Result<Events, Status> {
    Ok(client.watch(request).await?.into_inner())
}

/// What comes next; not for ever.
pub(crate) async fn next(events: &mut Events) -> Result<Event, Status> {
    let next = tokio::time::timeout(Duration::from_secs(20), events.message()).await;
    Ok(next.expect("something comes in time")?.expect("a watch does not end").event.unwrap())
}

/// How a watch ends.
pub(crate) async fn ended(client: &mut Client, request: wire::WatchRequest) -> Status {
    match watch(client, request).await {
        Err(status) => status,
        Ok(mut events) => loop {
            if let Err(status) = next(&mut events).await {
                break status;
            }
        },
    }
}

/// What is told until everything up to a position is, in short, and the token to go on from.
pub(crate) async fn until(events: &mut Events, position: u64) -> (Vec<String>, String) {
    let mut told = Vec::new();
    loop {
        let (line, reached, token) = match next(events).await.unwrap() {
            Event::SnapshotItem(item) => (format!("item {}", item.id), 0, String::new()),
            Event::SnapshotComplete(complete) => (
                format!("complete {}", complete.position),
                complete.position,
                complete.resume_token,
            ),
            Event::Change(change) => {
                let at = change.position;
                let line = match change.what.unwrap() {
                    What::Upsert(item) => {
                        assert_eq!(item.position, at);
                        format!("put {} at {at}", item.id)
                    }
                    What::Delete(id) => format!("delete {id} at {at}"),
                };
                (line, 0, String::new())
            }
            Event::CommitEnd(end) => {
                (format!("end {}", end.position), end.position, end.resume_token)
            }
            Event::Bookmark(bookmark) => {
                assert!(bookmark.head >= bookmark.position);
                if bookmark.position >= position {
                    return (told, bookmark.resume_token);
                }
                continue;
            }
        };
        told.push(line);
        if reached >= position && !token.is_empty() {
            return (told, token);
        }
    }
}

async fn a_watch_goes_on_from_its_token(kind: Kind) {
    let world = World::new(kind).await;
    commit(&world, [set("units/a", &unit("440106", "甲")), set("units/b", &unit("440104", "乙"))])
        .await;
    let mut events = watch(&mut national(&world), of("units")).await.unwrap();
    let (told, token) = until(&mut events, 2).await;
    assert_eq!(told, ["item a", "item b", "complete 2"]);

    commit(&world, [set("units/c", &unit("440106", "丙")), removed("units/a")]).await;
    let (told, _) = until(&mut events, 4).await;
    assert_eq!(told, ["delete a at 4", "put c at 4", "end 4"]);
    drop(events);

    commit(&world, [set("units/b", &unit("440104", "丁"))]).await;
    let resume = wire::WatchRequest { resume_token: token, ..of("units") };
    let mut events = watch(&mut national(&world), resume.clone()).await.unwrap();
    let (mut told, later) = until(&mut events, 5).await;
    told.sort();
    assert_eq!(told, ["delete a at 4", "end 4", "end 5", "put b at 5", "put c at 4"]);

    // From another process, as far as that can be.
    if kind == Kind::Postgres {
        let beside = World::beside(&world).await;
        let mut events = watch(&mut national(&beside), resume).await.unwrap();
        assert_eq!(until(&mut events, 5).await.0.len(), 5);
    }
    let resume = wire::WatchRequest { resume_token: later, ..of("units") };
    let mut events = watch(&mut national(&world), resume).await.unwrap();
    commit(&world, [removed("units/b")]).await;
    assert_eq!(until(&mut events, 6).await.0, ["delete b at 6", "end 6"]);
}

async fn a_document_that_no_longer_passes_is_gone(kind: Kind) {
    let world = World::new(kind).await;
    commit(&world, [set("units/a", &unit("440106", "甲")), set("units/b", &unit("440104", "乙"))])
        .await;
    // A tree that no index serves.
    let filter = "name = \"甲\" OR NOT division = 440104";
    let request = wire::WatchRequest { filter: filter.into(), ..of("units") };
    let mut events = watch(&mut national(&world), request).await.unwrap();
    assert_eq!(until(&mut events, 2).await.0, ["item a", "complete 2"]);
    commit(&world, [set("units/a", &unit("440104", "甲"))]).await;
    assert_eq!(until(&mut events, 3).await.0, ["put a at 3", "end 3"]);
    commit(&world, [set("units/a", &unit("440104", "丙"))]).await;
    assert_eq!(until(&mut events, 4).await.0, ["delete a at 4", "end 4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_snapshot_only_changes_come() {
    let world = World::new(Kind::Sqlite).await;
    commit(&world, [set("units/a", &unit("440106", "甲"))]).await;
    let request = wire::WatchRequest { include_snapshot: false, ..of("units") };
    let mut events = watch(&mut national(&world), request).await.unwrap();
    commit(&world, [set("units/b", &unit("440106", "乙"))]).await;
    assert_eq!(until(&mut events, 2).await.0, ["put b at 2", "end 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_without_news_tells_where_it_stands() {
    let world = World::new(Kind::Sqlite).await;
    let end = commit(&world, [set("units/a", &unit("440106", "甲"))]).await;
    let request = wire::WatchRequest { heartbeat_seconds: 1, ..of("units") };
    let mut events = watch(&mut national(&world), request).await.unwrap();
    until(&mut events, end).await;
    for _ in 0..2 {
        let Event::Bookmark(bookmark) = next(&mut events).await.unwrap() else {
            panic!("nothing changed")
        };
        assert_eq!((bookmark.position, bookmark.head), (end, end));
        assert!(!bookmark.resume_token.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_are_counted() {
    let world = World::with(Kind::Sqlite, |bounds| bounds.watchers_max = 2).await;
    commit(&world, [set("units/a", &unit("440106", "甲"))]).await;
    let mut first = watch(&mut national(&world), of("units")).await.unwrap();
    until(&mut first, 1).await;
    let mut second = watch(&mut national(&world), of("units")).await.unwrap();
    until(&mut second, 1).await;
    let refused = world.refused(national(&world).watch(of("units"))).await;
    refused.is(tonic::Code::ResourceExhausted, "WATCHERS_MAX");
    drop(first);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while watch(&mut national(&world), of("units")).await.is_err() {
        assert!(std::time::Instant::now() < deadline, "there is never room again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
