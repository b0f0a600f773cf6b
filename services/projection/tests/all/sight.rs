//! Who may watch what.

use quanheng_identity::Role;
use tonic::Code;

use crate::views::{commit, removed, set, unit};
use crate::watching::{of, until, watch};
use crate::world::{Kind, World, on_every_backend, who};
use crate::{client, national, prefecture};

on_every_backend!(only_what_lies_in_the_jurisdiction_is_told);

async fn only_what_lies_in_the_jurisdiction_is_told(kind: Kind) {
    let world = World::new(kind).await;
    commit(
        &world,
        [
            set("units/a", &unit("440106", "甲")),
            set("units/b", &unit("440300", "乙")),
            set("units/c", &unit("440100", "丙")),
            set("units/d", &serde_json::json!({ "name": "丁" })),
        ],
    )
    .await;
    let county = || client(&world, who("wang", &[Role::Viewer], "440106"));
    for (mut caller, expected) in [
        (county(), vec!["item a", "complete 4"]),
        (prefecture(&world), vec!["item a", "item c", "complete 4"]),
        (national(&world), vec!["item a", "item b", "item c", "item d", "complete 4"]),
    ] {
        let mut events = watch(&mut caller, of("units")).await.unwrap();
        assert_eq!(until(&mut events, 4).await.0, expected);
    }
    let mut events = watch(&mut county(), of("units")).await.unwrap();
    until(&mut events, 4).await;
    commit(&world, [set("units/b", &unit("440300", "戊")), removed("units/c")]).await;
    commit(&world, [removed("units/b")]).await;
    commit(&world, [set("units/a", &unit("440106", "己"))]).await;
    assert_eq!(until(&mut events, 8).await.0, ["put a at 8", "end 8"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_without_divisions_is_for_the_whole_country() {
    let world = World::new(Kind::Sqlite).await;
    commit(&world, [set("unit_notes/a", &serde_json::json!({}))]).await;
    let mut events = watch(&mut national(&world), of("unit_notes")).await.unwrap();
    assert_eq!(until(&mut events, 1).await.0, ["item a", "complete 1"]);
    let refused = world.refused(prefecture(&world).watch(of("unit_notes"))).await;
    refused.is(Code::PermissionDenied, "ACCESS_DENIED");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_read_may_not_watch() {
    let world = World::new(Kind::Sqlite).await;
    for (role, collection, allowed) in [
        (Role::Viewer, "units", true),
        (Role::Viewer, "persons", true),
        (Role::PolicyPublisher, "units", true),
        // Watches, but reads no persons.
        (Role::PolicyPublisher, "persons", false),
        // Reads persons, but does not watch.
        (Role::PrivacyOfficer, "persons", false),
        (Role::Operator, "units", false),
    ] {
        let mut caller = client(&world, who("zhao", &[role], "000000"));
        match allowed {
            true => drop(watch(&mut caller, of(collection)).await.unwrap()),
            false => {
                let refused = world.refused(caller.watch(of(collection))).await;
                refused.is(Code::PermissionDenied, "ACCESS_DENIED");
            }
        }
    }
    let mut nobody = client(&world, crate::world::who("x", &[], "000000"));
    let refused = world.refused(nobody.watch(of("units"))).await;
    refused.is(Code::PermissionDenied, "ACCESS_DENIED");
    let mut nobody = crate::ProjectionServiceClient::new(world.channel.clone());
    let refused = world.refused(nobody.watch(of("units"))).await;
    refused.is(Code::Unauthenticated, "UNAUTHENTICATED");
}
