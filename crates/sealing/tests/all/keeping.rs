//! Keys are made once and found again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use quanheng_sealing::{BATCH_MAX, KeyState, KeysBackend, MasterKey};

use crate::fixture::{Fixture, Kind, Service, code, key, on_every_backend, state};

on_every_backend!(
    keys_are_found_again,
    keys_are_made_once_however_many_ask,
    subjects_and_batches_are_checked,
    another_master_key_is_refused,
    stores_that_are_born_at_once_are_one,
    a_damaged_key_is_named,
    a_service_that_is_down_changes_nothing,
);

async fn keys_are_found_again(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    keys.create(&["persons/1", "persons/2", "persons/1"]).await.unwrap();
    let sealed = key(&keys, "persons/1").await.seal("c", b"x");
    keys.create(&["persons/3", "persons/1"]).await.unwrap();
    keys.create(&[]).await.unwrap();
    keys.close().await;
    assert_eq!(code(keys.create(&["persons/9"]).await), "KEYS_UNAVAILABLE");

    let keys = fixture.open().await;
    for _from_database_then_from_memory in 0..2 {
        assert_eq!(key(&keys, "persons/1").await.open("c", &sealed).unwrap().as_slice(), b"x");
        let asked = ["persons/1", "persons/3", "persons/4", "persons/3"];
        let states = keys.get_many(&asked).await.unwrap();
        assert_eq!(states.len(), 3);
        assert!(matches!(&states["persons/1"], KeyState::Live(k) if k.subject() == "persons/1"));
        assert!(matches!(&states["persons/3"], KeyState::Live(k) if k.subject() == "persons/3"));
        assert!(matches!(&states["persons/4"], KeyState::Missing));
    }
    assert!(keys.get_many(&[]).await.unwrap().is_empty());
    assert!(!format!("{keys:?}").contains("key:"));
}

async fn keys_are_made_once_however_many_ask(kind: Kind) {
    let fixture = Fixture::new(kind);
    let handles = [fixture.open().await, fixture.open().await];
    let subjects: Vec<String> = (0..60).map(|nr| format!("persons/{nr}")).collect();
    let tasks = (0..8).map(|task: usize| {
        let keys = handles[task % 2].clone();
        let mut subjects = subjects.clone();
        subjects.rotate_left(task * 7);
        if task.is_multiple_of(3) {
            subjects.reverse();
        }
        tokio::spawn(async move {
            for part in subjects.chunks(25) {
                let part: Vec<&str> = part.iter().map(String::as_str).collect();
                keys.create(&part).await.unwrap();
                let first = key(&keys, part[0]).await;
                assert!(first.open("c", &first.seal("c", b"x")).is_ok());
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    for subject in &subjects {
        let sealed = key(&handles[0], subject).await.seal("c", subject.as_bytes());
        let opened = key(&handles[1], subject).await.open("c", &sealed).unwrap();
        assert_eq!(opened.as_slice(), subject.as_bytes());
    }
}

async fn subjects_and_batches_are_checked(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    let long = "x".repeat(256);
    for subject in ["", "a b", "a\"b", "a\\b", "人员/1", "a\n", &long] {
        assert_eq!(code(keys.create(&["persons/1", subject]).await), "SUBJECT_INVALID");
        assert_eq!(code(keys.get(subject).await), "SUBJECT_INVALID");
        assert_eq!(code(keys.erase(subject, 1).await), "SUBJECT_INVALID");
    }
    assert_eq!(state(&keys, "persons/1").await, "missing", "all or nobody");
    keys.create(&[&long[..255]]).await.unwrap();
    let many: Vec<String> = (0..=BATCH_MAX).map(|nr| format!("persons/{nr}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(code(keys.create(&many).await), "KEYS_TOO_MANY");
    assert_eq!(code(keys.get_many(&many).await), "KEYS_TOO_MANY");
    keys.create(&many[..BATCH_MAX]).await.unwrap();
    assert_eq!(keys.get_many(&many[..BATCH_MAX]).await.unwrap().len(), BATCH_MAX);
}

async fn another_master_key_is_refused(kind: Kind) {
    let fixture = Fixture::new(kind);
    fixture.open().await.create(&["persons/1"]).await.unwrap();
    let other = Arc::new(fixture.master_at("other.key"));
    assert_eq!(code(fixture.try_open(other.clone()).await), "MASTER_KEY_WRONG");

    // Also one that calls itself as the right one does.
    fixture.as_owner(&format!("UPDATE store SET master = '{}'", other.id())).await.unwrap();
    assert_eq!(code(fixture.try_open(other).await), "MASTER_KEY_WRONG");
}

async fn stores_that_are_born_at_once_are_one(kind: Kind) {
    let fixture = Arc::new(Fixture::new(kind));
    fixture.master_at("master.key");
    let births = (0..4).map(|_| {
        let fixture = Arc::clone(&fixture);
        tokio::spawn(async move { fixture.open().await.index("name", "张三") })
    });
    let mut digests = Vec::new();
    for birth in births.collect::<Vec<_>>() {
        digests.push(birth.await.unwrap());
    }
    digests.dedup();
    assert_eq!(digests.len(), 1);
}

async fn a_damaged_key_is_named(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    keys.create(&["persons/1", "persons/2"]).await.unwrap();
    let other = "(SELECT wrapped FROM keys WHERE subject = 'persons/2')";
    let swap = format!("UPDATE keys SET wrapped = {other} WHERE subject = 'persons/1'");
    let sealed = key(&keys, "persons/2").await.seal("c", b"x");
    fixture.as_owner(&swap).await.unwrap();
    assert!(key(&keys, "persons/1").await.open("c", &sealed).is_err(), "a moved key opens nothing");

    let empty = if kind == Kind::Sqlite { "x'01'" } else { "'\\x01'" };
    let damage = format!("UPDATE keys SET wrapped = {empty} WHERE subject = 'persons/1'");
    fixture.as_owner(&damage).await.unwrap();
    let keys = fixture.open().await;
    assert_eq!(state(&keys, "persons/1").await, "KEY_DAMAGED");
    assert_eq!(state(&keys, "persons/2").await, "live");
}

async fn a_service_that_is_down_changes_nothing(kind: Kind) {
    let fixture = Fixture::new(kind);
    let service = Arc::new(Service::new(fixture.master_at("master.key")));
    let keys = fixture.try_open(service.clone()).await.unwrap();
    keys.create(&["persons/1", "persons/2"]).await.unwrap();
    let sealed = key(&keys, "persons/1").await.seal("c", b"x");

    service.down.store(true, Ordering::SeqCst);
    assert_eq!(code(keys.create(&["persons/3"]).await), "MASTER_KEY_UNAVAILABLE");
    assert_eq!(code(fixture.try_open(service.clone()).await), "MASTER_KEY_UNAVAILABLE");
    assert_eq!(state(&keys, "persons/2").await, "MASTER_KEY_UNAVAILABLE");
    let held = key(&keys, "persons/1").await;
    assert!(held.open("c", &sealed).is_ok(), "what is in memory serves on");

    service.down.store(false, Ordering::SeqCst);
    assert_eq!(state(&keys, "persons/2").await, "live");
    assert_eq!(state(&keys, "persons/3").await, "missing");
}

#[tokio::test]
async fn a_place_that_cannot_be_is_refused() {
    let fixture = Fixture::new(Kind::Sqlite);
    let master = Arc::new(fixture.master_at("master.key"));
    let file = fixture.folder().join("master.key");
    let within_a_file = KeysBackend::Sqlite(file);
    let opened = quanheng_sealing::Keys::open(within_a_file, master.clone(), Default::default());
    assert_eq!(code(opened.await), "KEYS_UNUSABLE");
    for schema in ["", "1a", "A", "a;b", "a b", &"a".repeat(49)] {
        let connect = sqlx::postgres::PgConnectOptions::new();
        let backend = KeysBackend::Postgres { connect, schema: schema.to_owned() };
        let opened = quanheng_sealing::Keys::open(backend, master.clone(), Default::default());
        assert_eq!(code(opened.await), "KEYS_UNUSABLE", "{schema:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::new(Kind::Sqlite);
    let keys = fixture.open().await;
    keys.create(&["persons/1"]).await.unwrap();
    let mut modes = Vec::new();
    for entry in std::fs::read_dir(fixture.folder()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        modes.push((entry.file_name().into_string().unwrap(), mode));
    }
    assert!(modes.len() >= 3, "{modes:?}");
    assert!(modes.iter().all(|(_, mode)| *mode == 0o600), "{modes:?}");
}
