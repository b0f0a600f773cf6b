//! Erasing: nothing can be read afterwards, by whatever way.

use std::time::Duration;

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::PersonId;
use quanheng_registry::{finish_erasures, watch_erasures};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;

use super::*;

on_both!(
    nothing_is_left_to_read,
    nothing_comes_back_with_a_rebuilt_view,
    an_erasure_is_finished_at_the_next_start,
    an_erasure_by_another_process_is_followed,
    whoever_was_erased_may_be_registered_anew,
);

fn stub(person: &wire::Person) -> wire::Person {
    wire::Person {
        name: "persons/p1".into(),
        erased: true,
        erased_on: person.erased_on,
        ..Default::default()
    }
}

impl World {
    /// Nobody sees more than that the person was erased.
    async fn assert_erased(&self, known: &[u64]) {
        let erased = self.basic("p1").await;
        assert_eq!(erased, stub(&erased));
        assert_eq!(erased.erased_on, Some(quanheng_api::date(self.house.realm.today())));
        assert_eq!(self.full("p1").await, erased);
        for position in known {
            let view = wire::PersonView::Full.into();
            let then = wire::GetPersonRequest { known_at: at(*position), view, ..get("p1") };
            assert_eq!(self.get_as(&registrar(), then).await.unwrap(), erased, "{position}");
            let then = wire::ListPersonsRequest { known_at: at(*position), ..Default::default() };
            assert_eq!(
                self.list(&registrar(), then).await.unwrap().persons,
                std::slice::from_ref(&erased)
            );
        }
        assert_eq!(self.list(&viewer(), Default::default()).await.unwrap().persons, [erased]);
        assert!(self.named(&full_name(1)).await.is_empty());
        assert!(self.numbered(&number(1)).await.is_empty());
        let told = self.history(&registrar(), "p1").await;
        let types: Vec<_> = told.iter().map(|entry| entry.r#type.as_str()).collect();
        assert_eq!(types, ["quanheng.registry.person_erased.v1"]);
    }
}

async fn nothing_is_left_to_read(kind: Kind) {
    let world = World::open(kind).await;
    let registered = create("p1", "u1", 1);
    world.create(&registrar(), registered.clone()).await.unwrap();
    let first = world.house.head().await;
    let recorded = record("p1", vec![sanction("s1"), take_rank("r1", "GM12", day(2021, 1, 1))]);
    answered(world.api.record_person_events(request(&registrar(), recorded.clone())).await)
        .unwrap();
    let second = world.house.head().await;
    let message = erase("p1");
    let answer = world.erase(&officer(), message.clone()).await.unwrap();
    assert_eq!(answer, stub(&answer));
    world.assert_erased(&[first, second]).await;

    // What was answered once is not answered again.
    assert_eq!(world.erase(&officer(), message).await.unwrap(), answer);
    let again = world.create(&registrar(), registered).await.unwrap().person.unwrap();
    assert_eq!(again, answer);
    let again = world.api.record_person_events(request(&registrar(), recorded)).await;
    assert_eq!(answered(again).unwrap().person.unwrap(), answer);

    // Nothing is recorded any more.
    let head = world.house.head().await;
    let refused = world.record(&registrar(), "p1", vec![sanction("s2")]).await.unwrap_err();
    assert_eq!(refused.rules, ["PERSON_ERASED"]);
    let change = wire::UpdatePersonRequest {
        name: "persons/p1".into(),
        private_profile: Some(profile(2)),
        ..Default::default()
    };
    assert_eq!(world.update(&registrar(), change).await.unwrap_err().rules, ["PERSON_ERASED"]);
    assert_eq!(world.erase(&officer(), erase("p1")).await.unwrap_err().rules, ["PERSON_ERASED"]);
    let same = world.create(&registrar(), create("p1", "u1", 2)).await.unwrap_err();
    assert_eq!(same.reason, "RESOURCE_EXISTS");
    assert_eq!(world.house.head().await, head);
}

/// Closes the realm, throws its views away, and opens it again.
async fn rebuilt(world: World) -> World {
    let place = world.house.place.clone();
    world.house.realm.close().await;
    drop(world);
    match place.postgres() {
        None => {
            for file in std::fs::read_dir(place.folder()).unwrap() {
                let path = file.unwrap().path();
                if path.file_name().unwrap().to_string_lossy().starts_with("views.") {
                    std::fs::remove_file(path).unwrap();
                }
            }
        }
        Some((connect, schema)) => {
            use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
            let mut connection = sqlx::PgConnection::connect_with(&connect).await.unwrap();
            let drop = AssertSqlSafe(format!("DROP SCHEMA {schema}_views CASCADE"));
            connection.execute(drop).await.unwrap();
        }
    }
    World::open_at(place).await
}

async fn nothing_comes_back_with_a_rebuilt_view(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let first = world.house.head().await;
    world.record(&registrar(), "p1", vec![sanction("s1")]).await.unwrap();
    world.erase(&officer(), erase("p1")).await.unwrap();
    let world = rebuilt(world).await;
    world.house.settle().await;
    world.assert_erased(&[first]).await;
}

/// The event alone, as a process leaves it that dies before the key is destroyed.
async fn half_erased(world: &World) {
    let event = quanheng_register::person::Event::PersonErased {
        ordered_by: "本人申请".into(),
        reason: "样例".into(),
        on: world.house.realm.today(),
    };
    let draft = streams::person_draft(&PersonId::new("p1").unwrap(), None, &event).unwrap();
    Registered(&world.house.realm).append(draft).await;
}

async fn is_erased(world: &World) -> bool {
    let key = world.house.realm.keys.get("persons/p1").await.unwrap();
    matches!(key, KeyState::Erased { .. })
}

async fn an_erasure_is_finished_at_the_next_start(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    world.person("p2", "u1", 2).await;
    let first = world.house.head().await;
    half_erased(&world).await;
    // Even before, nothing is shown.
    let erased = world.full("p1").await;
    assert_eq!(erased, stub(&erased));
    assert!(!is_erased(&world).await);
    let through = finish_erasures(&world.house.realm).await.unwrap();
    assert_eq!(through.0, world.house.head().await);
    assert!(is_erased(&world).await);
    let then = wire::GetPersonRequest { known_at: at(first), ..get("p1") };
    assert_eq!(world.get_as(&registrar(), then).await.unwrap(), erased);
    assert_eq!(world.named(&full_name(2)).await, ["p2"]);
    finish_erasures(&world.house.realm).await.unwrap();
}

async fn an_erasure_by_another_process_is_followed(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let task = watch_erasures(&world.house.realm);
    // The key is in memory.
    world.full("p1").await;
    assert!(!is_erased(&world).await);
    half_erased(&world).await;
    let followed = async {
        while !is_erased(&world).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), followed).await.unwrap();
    world.house.realm.close().await;
    let ended = tokio::time::timeout(Duration::from_secs(20), async {
        let World { house, api } = world;
        drop((house, api));
        task.await
    });
    ended.await.unwrap().unwrap();
}

async fn whoever_was_erased_may_be_registered_anew(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let taken = world.create(&registrar(), create("p2", "u1", 1)).await.unwrap_err();
    assert_eq!(taken.reason, "RESOURCE_EXISTS");
    world.erase(&officer(), erase("p1")).await.unwrap();
    world.person("p2", "u1", 1).await;
    assert_eq!(world.named(&full_name(1)).await, ["p2"]);
    assert_eq!(world.numbered(&number(1)).await, ["p2"]);
    assert_eq!(world.ids(&viewer(), "erased = true").await, ["p1"]);
    assert_eq!(world.ids(&viewer(), r#"unit = "units/u1""#).await, ["p2"]);
}
