//! Why a watch does not begin, or ends.

use std::time::Duration;

use quanheng_api::quanheng::projection::v1 as wire;
use tonic::Code;

use crate::views::{broken, commit, removed, set, unit};
use crate::watching::{ended, next, of, until, watch};
use crate::world::{Kind, World, on_every_backend, refusal};
use crate::{national, prefecture};

on_every_backend!(a_token_expires_with_the_removals);

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_watch_is_refused() {
    let world = World::new(Kind::Sqlite).await;
    commit(&world, [set("units/a", &unit("440106", "甲")), set("persons/p", &unit("440106", ""))])
        .await;
    let mut events = watch(&mut national(&world), of("units")).await.unwrap();
    let (_, token) = until(&mut events, 2).await;
    let resume = wire::WatchRequest { resume_token: token.clone(), ..of("units") };
    watch(&mut national(&world), resume.clone()).await.unwrap();
    let filtered = wire::WatchRequest { filter: "name = \"甲\"".into(), ..resume.clone() };
    let persons = wire::WatchRequest { resume_token: token, ..of("persons") };
    let garbage = wire::WatchRequest { resume_token: "x".into(), ..of("units") };
    for (case, mut client, request) in [
        ("another filter", national(&world), filtered),
        ("another collection", national(&world), persons),
        ("no token", national(&world), garbage),
        ("another jurisdiction", prefecture(&world), resume),
    ] {
        let refused = world.refused(client.watch(request)).await;
        let got = refused.what();
        assert_eq!(got, (Code::InvalidArgument, "RESUME_TOKEN_MISMATCH"), "{case}");
    }
}

async fn a_token_expires_with_the_removals(kind: Kind) {
    let world = World::with(kind, |bounds| bounds.removals_kept = 1).await;
    let ids = ["a", "b", "c", "d", "e", "f"].map(|id| format!("units/{id}"));
    commit(&world, ids.iter().map(|id| set(id, &unit("440106", "甲")))).await;
    let mut events = watch(&mut national(&world), of("units")).await.unwrap();
    let (_, token) = until(&mut events, 6).await;
    drop(events);
    for id in &ids {
        commit(&world, [removed(id)]).await;
    }
    let request = wire::WatchRequest { resume_token: token, ..of("units") };
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        // Until the oldest removals are forgotten, the token may be good.
        let mut client = national(&world);
        let begun = match watch(&mut client, request.clone()).await {
            Ok(mut events) => next(&mut events).await.map(|_| ()),
            Err(status) => Err(status),
        };
        if let Err(status) = begun {
            refusal(&status).is(Code::OutOfRange, "RESUME_TOKEN_EXPIRED");
            break;
        }
        assert!(std::time::Instant::now() < deadline, "it never expires");
        commit(&world, [set("units/x", &unit("440106", "甲")), removed("units/x")]).await;
        commit(&world, [set("units/y", &unit("440106", "甲"))]).await;
        commit(&world, [removed("units/y")]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_watcher_is_cut_off_with_a_token() {
    let world = World::with(Kind::Sqlite, |bounds| {
        bounds.watch_buffer_max = 1;
        bounds.watch_send_wait_max = Duration::from_millis(100);
    })
    .await;
    commit(&world, [set("units/a", &unit("440106", "甲"))]).await;
    let mut events = watch(&mut national(&world), of("units")).await.unwrap();
    until(&mut events, 1).await;
    // More than the connection holds for somebody who does not read.
    let long = "长".repeat(16 * 1024);
    let mut last = 0;
    for nr in 0..64 {
        let document = serde_json::json!({ "division": "440106", "name": "甲", "long": long });
        last = commit(&world, [set(&format!("units/b{nr}"), &document)]).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let status = loop {
        if let Err(status) = next(&mut events).await {
            break status;
        }
    };
    let refused = refusal(&status);
    refused.is(Code::ResourceExhausted, "WATCH_SEND_WAIT_MAX");
    let token = refused.0.metadata["resume_token"].clone();
    let resume = wire::WatchRequest { resume_token: token, ..of("units") };
    let mut events = watch(&mut national(&world), resume).await.unwrap();
    let (told, _) = until(&mut events, last).await;
    assert_eq!(told.last().unwrap(), &format!("end {last}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ends_when_the_server_does() {
    let world = World::new(Kind::Sqlite).await;
    commit(&world, [set("units/a", &unit("440106", "甲"))]).await;
    let mut events = watch(&mut national(&world), of("units")).await.unwrap();
    until(&mut events, 1).await;
    world.realm.projections.close().await;
    refusal(&next(&mut events).await.unwrap_err()).is(Code::Unavailable, "DRAINING");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_stands_still_is_not_watched() {
    let world = World::new(Kind::Sqlite).await;
    let all = crate::world::who("zhang", &quanheng_identity::Role::ALL, "000000");
    let mut client = crate::client(&world, all);
    let mut events = watch(&mut client, of("operations")).await.unwrap();
    commit(&world, [broken("operations/a")]).await;
    let status = loop {
        if let Err(status) = next(&mut events).await {
            break status;
        }
    };
    refusal(&status).is(Code::Unavailable, "PROJECTION_FAILED");
    refusal(&ended(&mut client, of("operations")).await).is(Code::Unavailable, "PROJECTION_FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_watched_is_refused() {
    let world = World::new(Kind::Sqlite).await;
    let with = |filter: &str| wire::WatchRequest { filter: filter.into(), ..of("units") };
    let long = format!("name = \"{}\"", "x".repeat(5_000));
    for (case, request, code, reason, fields) in [
        ("no collection", of(""), Code::InvalidArgument, "INVALID_FIELD", vec!["collection"]),
        ("not this one", of("gardens"), Code::NotFound, "RESOURCE_NOT_FOUND", vec![]),
        ("no column", with("color = red"), Code::InvalidArgument, "INVALID_FIELD", vec!["filter"]),
        ("no filter", with("name ="), Code::InvalidArgument, "INVALID_FIELD", vec!["filter"]),
        ("too long", with(&long), Code::InvalidArgument, "INVALID_FIELD", vec!["filter"]),
    ] {
        let refused = world.refused(national(&world).watch(request)).await;
        assert_eq!(refused.what(), (code, reason), "{case}");
        assert_eq!(refused.0.fields, fields, "{case}");
    }
}
