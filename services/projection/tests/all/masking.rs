//! Sealed texts stay in the house.

use quanheng_api::quanheng::projection::v1 as wire;
use quanheng_api::quanheng::projection::v1::watch_response::{Event, change::What};
use serde_json::Value as Json;

use crate::national;
use crate::views::{commit, set};
use crate::watching::{next, of, watch};
use crate::world::{Kind, World, on_every_backend};

on_every_backend!(no_sealed_text_leaves);

fn json(item: wire::watch_response::Item) -> Json {
    serde_json::to_value(item.document.unwrap()).unwrap()
}

async fn no_sealed_text_leaves(kind: Kind) {
    let world = World::new(kind).await;
    world.realm.keys.create(&["persons/p1"]).await.unwrap();
    let quanheng_sealing::KeyState::Live(key) = world.realm.keys.get("persons/p1").await.unwrap()
    else {
        panic!("it was just made")
    };
    let sealed = key.seal("persons/p1:profile", "姓名:林晓".as_bytes());
    let document = |unit: &str| {
        serde_json::json!({
            "division": "440106",
            "unit": unit,
            "private": sealed,
            "held": { "sanctions": [{ "sealed": sealed, "closed": false }] },
            "state": { "private": sealed, "slots": 1 },
            "status": { "state": "in_service" },
        })
    };
    let expected = |unit: &str| {
        serde_json::json!({
            "division": "440106",
            "unit": unit,
            "private": "[sealed]",
            "held": { "sanctions": [{ "sealed": "[sealed]", "closed": false }] },
            "status": { "state": "in_service" },
        })
    };
    commit(&world, [set("persons/p1", &document("units/u1"))]).await;
    let mut events = watch(&mut national(&world), of("persons")).await.unwrap();
    let Event::SnapshotItem(item) = next(&mut events).await.unwrap() else { panic!("an item") };
    assert_eq!(json(item), expected("units/u1"));
    let complete = next(&mut events).await.unwrap();
    assert!(matches!(complete, Event::SnapshotComplete(_)), "{complete:?}");
    commit(&world, [set("persons/p1", &document("units/u2"))]).await;
    let Event::Change(change) = next(&mut events).await.unwrap() else { panic!("a change") };
    let Some(What::Upsert(item)) = change.what else { panic!("{change:?}") };
    assert_eq!(json(item), expected("units/u2"));
}
