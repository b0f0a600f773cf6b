//! Operations that are interrupted, repeated, raced, and overtaken by the register.

use std::collections::BTreeMap;
use std::time::Duration;

use quanheng_api::quanheng::common::v1::Operation;
use quanheng_api::quanheng::common::v1::operation::State;
use quanheng_registry::ImportBounds;
use quanheng_sheets::units::UnitRow;
use quanheng_streams as streams;
use quanheng_streams::{OperationEvent, Operations};

use super::{
    Client, What, World, person_file, person_rows, registrar, sent, unit_file, unit_rows,
    with_units,
};
use crate::world::{Kind, Registered};

on_both!(
    a_killed_server_leaves_nothing_half_done,
    a_repetition_is_the_same_operation,
    what_is_cancelled_goes_on_when_it_is_resumed,
    a_row_that_the_register_overtook_stops_it,
);

fn small_chunks(items: usize) -> ImportBounds {
    ImportBounds {
        chunk_items_max: Some(items),
        plan_part_bytes_max: 20_000,
        ..ImportBounds::default()
    }
}

/// Waits until an operation has come some way.
async fn come_to(client: &Client, name: &str, items: u64) -> Operation {
    let mut last = 0;
    for _ in 0..2_000 {
        let operation = client.get(name).await.unwrap();
        assert!(operation.items_done >= last, "progress goes one way");
        last = operation.items_done;
        if last >= items || operation.state() != State::Running {
            return operation;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{name} does not come to {items}");
}

/// Every unit of a file is registered exactly once, and the operation's progress is whole.
async fn exactly_once(world: &World, rows: &[UnitRow], chunk: u64) {
    let registered = world.records("quanheng.registry.unit_registered.v1").await;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for record in &registered {
        *times.entry(record.stream.to_string()).or_default() += 1;
    }
    for row in rows {
        let name = format!("units/{}", row.id.as_ref().unwrap());
        assert_eq!(times.get(&name), Some(&1), "{name}");
    }
    assert_eq!(registered.len(), rows.len());
    let advanced = world.records("quanheng.operation.operation_advanced.v1").await;
    let mut done = 0;
    for record in &advanced {
        let event = streams::read::<Operations>(record).unwrap();
        let OperationEvent::OperationAdvanced { items_done } = *event else { panic!("{event:?}") };
        assert!(items_done > done && items_done <= done + chunk, "{done} to {items_done}");
        done = items_done;
        let count = u64::from(record.commit.count);
        assert!(count > 1, "progress is committed with what was done");
    }
    assert_eq!(done, rows.len() as u64);
    let finished = world.records("quanheng.operation.operation_finished.v1").await;
    assert_eq!(finished.len(), 1);
}

async fn a_killed_server_leaves_nothing_half_done(kind: Kind) {
    let world = World::open_with(kind, small_chunks(3)).await;
    let rows = unit_rows(240);
    let client = world.client(&registrar()).await;
    let operation = client.import(What::Units, sent(unit_file(&rows))).await.unwrap();
    assert_eq!(operation.state(), State::Running);
    let mut world = world;
    let mut client = Some(client);
    for stop in [30, 90, 150] {
        come_to(client.as_ref().unwrap(), &operation.name, stop).await;
        drop(client.take());
        // The tasks end wherever they are, as those of a killed process do.
        let World { house, imports } = world;
        drop(imports);
        let place = house.place.clone();
        house.realm.close().await;
        drop(house);
        world = World::open_at(place, small_chunks(3)).await;
        assert!(world.imports.resume_all(&world.house.realm).await.unwrap() <= 1);
        client = Some(world.client(&registrar()).await);
    }
    let operation = client.as_ref().unwrap().wait(&operation.name).await;
    assert_eq!(operation.state(), State::Done, "{operation:?}");
    exactly_once(&world, &rows, 3).await;
    assert_eq!(world.imports.resume_all(&world.house.realm).await.unwrap(), 0);
}

async fn a_repetition_is_the_same_operation(kind: Kind) {
    let world = World::open_with(kind, small_chunks(20)).await;
    let rows = unit_rows(60);
    let client = world.client(&registrar()).await;
    let sent = sent(unit_file(&rows));
    let (first, second) = tokio::join!(
        client.import(What::Units, sent.clone()),
        client.import(What::Units, sent.clone()),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.name, second.name);
    let done = client.wait(&first.name).await;
    assert_eq!(done.state(), State::Done, "{done:?}");
    let again = client.import(What::Units, sent.clone()).await.unwrap();
    assert_eq!(again, done);
    exactly_once(&world, &rows, 20).await;
    let mut other = sent.clone();
    other.content = unit_file(&rows[..10]);
    let refused = client.import(What::Units, other).await.unwrap_err();
    assert_eq!(refused.reason, "REQUEST_ID_REUSED");
    // Another caller's request of the same id is another request: its rows are taken.
    let mut colleague = registrar();
    colleague.id = "colleague".to_owned();
    let theirs = world.client(&colleague).await.import(What::Units, sent).await.unwrap();
    assert_ne!(theirs.name, first.name);
    assert_eq!(theirs.state(), State::Failed);
}

async fn what_is_cancelled_goes_on_when_it_is_resumed(kind: Kind) {
    let world = World::open_with(kind, small_chunks(2)).await;
    let rows = unit_rows(200);
    let client = world.client(&registrar()).await;
    let operation = client.import(What::Units, sent(unit_file(&rows))).await.unwrap();
    come_to(&client, &operation.name, 20).await;
    let cancelled = client.cancel(&operation.name).await.unwrap();
    assert_eq!(cancelled.state(), State::Cancelled);
    assert!((20..200).contains(&cancelled.items_done), "{cancelled:?}");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let later = client.get(&operation.name).await.unwrap();
    assert_eq!(later.items_done, cancelled.items_done);
    assert_eq!(client.wait(&operation.name).await.state(), State::Cancelled);
    assert_eq!(client.cancel(&operation.name).await.unwrap().state(), State::Cancelled);
    let resumed = client.resume(&operation.name).await.unwrap();
    assert_ne!(resumed.state(), State::Cancelled);
    let done = client.wait(&operation.name).await;
    assert_eq!(done.state(), State::Done, "{done:?}");
    exactly_once(&world, &rows, 2).await;
    assert_eq!(client.resume(&operation.name).await.unwrap_err().reason, "WRONG_STATE");
    assert_eq!(client.cancel(&operation.name).await.unwrap_err().reason, "WRONG_STATE");
}

async fn a_row_that_the_register_overtook_stops_it(kind: Kind) {
    let world = World::open_with(kind, small_chunks(2)).await;
    let rows = unit_rows(300);
    let client = world.client(&registrar()).await;
    let operation = client.import(What::Units, sent(unit_file(&rows))).await.unwrap();
    // Somebody else registers one of the units meanwhile.
    Registered(&world.house.realm).unit("sample-295", "530102", 10, None).await;
    let stopped = client.wait(&operation.name).await;
    assert_eq!(stopped.state(), State::Failed, "{stopped:?}");
    // The chunk of row 297, from its beginning on.
    let done = stopped.items_done;
    assert!((294..=295).contains(&done), "{done}");
    let failure = stopped.failure.as_ref().unwrap();
    assert_eq!((failure.reason.as_str(), failure.metadata["row"].as_str()), ("UNIT_EXISTS", "297"));
    // What was committed stays; trying again finds the same.
    client.resume(&operation.name).await.unwrap();
    let stopped = client.wait(&operation.name).await;
    assert_eq!((stopped.state(), stopped.items_done), (State::Failed, done));
    let registered = world.records("quanheng.registry.unit_registered.v1").await;
    assert_eq!(registered.len() as u64, done + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_run_one_operation() {
    let first = World::open_with(Kind::Postgres, small_chunks(3)).await;
    let second = World::open_at(first.house.place.clone(), small_chunks(3)).await;
    with_units(&first, 5).await;
    let rows = person_rows(90, 5);
    let client = first.client(&registrar()).await;
    let operation = client.import(What::Persons, sent(person_file(&rows))).await.unwrap();
    let other = second.client(&registrar()).await;
    // The other server thinks that this one is no more.
    second.imports.resume_all(&second.house.realm).await.unwrap();
    let (here, there) = tokio::join!(client.wait(&operation.name), other.wait(&operation.name));
    assert_eq!((here.state(), there.state()), (State::Done, State::Done), "{here:?}");
    let registered = first.records("quanheng.registry.person_registered.v1").await;
    let mut streams: Vec<_> = registered.iter().map(|r| r.stream.to_string()).collect();
    streams.sort();
    streams.dedup();
    assert_eq!((registered.len(), streams.len()), (90, 90));
    let claimed = first.records("quanheng.identity.claimed.v1").await;
    assert_eq!(claimed.len(), 90);
}
