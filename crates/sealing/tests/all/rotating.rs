//! Another master key: every key in a new wrapping, or none.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use quanheng_sealing::Cipher;
use sqlx::Connection as _;

use crate::fixture::{Fixture, Kind, Service, code, key, on_every_backend, state};

on_every_backend!(
    the_new_master_key_opens_what_the_old_one_did,
    a_rotation_that_fails_changes_nothing,
    other_processes_are_told,
    a_rotation_while_others_read_and_create,
);

/// More than a rotation reads at a time.
const SUBJECTS: usize = 1_203;

fn subjects() -> Vec<String> {
    (0..SUBJECTS).map(|nr| format!("persons/{nr}")).collect()
}

async fn the_new_master_key_opens_what_the_old_one_did(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    let subjects = subjects();
    let all: Vec<&str> = subjects.iter().map(String::as_str).collect();
    keys.create(&all).await.unwrap();
    keys.index_put(&[("name", "张三", "persons/1")]).await.unwrap();
    keys.erase("persons/0", 5).await.unwrap();
    let mut sealed = Vec::new();
    for subject in &subjects[1..] {
        sealed.push((subject, key(&keys, subject).await.seal("c", subject.as_bytes())));
    }
    let digest = keys.index("name", "张三");

    let new = Arc::new(fixture.master_at("new.key").with_cipher(Cipher::Sm4Gcm));
    assert_eq!(keys.rewrap(new.clone()).await.unwrap(), SUBJECTS as u64 - 1);
    keys.create(&["persons/new"]).await.unwrap();
    assert_eq!(state(&keys, "persons/new").await, "live", "the store goes on with the new one");
    keys.close().await;

    let old = Arc::new(fixture.master_at("master.key"));
    assert_eq!(code(fixture.try_open(old).await), "MASTER_KEY_WRONG");
    let keys = fixture.try_open(new).await.unwrap();
    for (subject, sealed) in sealed {
        let opened = key(&keys, subject).await.open("c", &sealed).unwrap();
        assert_eq!(opened.as_slice(), subject.as_bytes());
    }
    assert_eq!(keys.index("name", "张三"), digest);
    assert_eq!(keys.index_find("name", "张三").await.unwrap(), ["persons/1"]);
    assert_eq!(state(&keys, "persons/0").await, "erased at 5");
    assert_eq!(state(&keys, "persons/new").await, "live");
}

async fn a_rotation_that_fails_changes_nothing(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    let subjects = subjects();
    let all: Vec<&str> = subjects.iter().map(String::as_str).collect();
    keys.create(&all).await.unwrap();
    let service = Arc::new(Service::new(fixture.master_at("new.key")));
    service.wraps_left.store(1_100, Ordering::SeqCst);
    assert_eq!(code(keys.rewrap(service.clone()).await), "MASTER_KEY_UNAVAILABLE");
    for keys in [keys, fixture.open().await] {
        let states = keys.get_many(&all).await.unwrap();
        assert_eq!(states.len(), SUBJECTS);
        keys.create(&["persons/new"]).await.unwrap();
        assert_eq!(state(&keys, "persons/new").await, "live");
    }
    assert_eq!(code(fixture.try_open(service).await), "MASTER_KEY_WRONG");
}

async fn other_processes_are_told(kind: Kind) {
    let fixture = Fixture::new(kind);
    let (here, there) = (fixture.open().await, fixture.open().await);
    here.create(&["persons/1", "persons/2"]).await.unwrap();
    assert_eq!(state(&there, "persons/1").await, "live");
    here.rewrap(Arc::new(fixture.master_at("new.key"))).await.unwrap();
    assert_eq!(state(&there, "persons/1").await, "live", "from memory");
    assert_eq!(state(&there, "persons/2").await, "MASTER_KEY_WRONG");
    assert_eq!(code(there.create(&["persons/3"]).await), "MASTER_KEY_WRONG");
    let again = Arc::new(fixture.master_at("third.key"));
    assert_eq!(code(there.rewrap(again).await), "MASTER_KEY_WRONG");
    assert_eq!(state(&here, "persons/3").await, "missing");
}

async fn a_rotation_while_others_read_and_create(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    let tasks = (0..3).map(|task| {
        let keys = keys.clone();
        tokio::spawn(async move {
            for nr in 0..15 {
                let subject = format!("persons/{task}-{nr}");
                keys.create(&[&subject]).await.unwrap();
                let sealed = key(&keys, &subject).await.seal("c", b"x");
                keys.forget(&subject);
                assert!(key(&keys, &subject).await.open("c", &sealed).is_ok());
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    for name in ["second.key", "third.key", "fourth.key"] {
        keys.rewrap(Arc::new(fixture.master_at(name))).await.unwrap();
    }
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_old_wrapping_stays_on_the_disk() {
    let fixture = Fixture::new(Kind::Sqlite);
    let keys = fixture.open().await;
    let subjects = subjects();
    let all: Vec<&str> = subjects.iter().map(String::as_str).collect();
    keys.create(&all).await.unwrap();
    let mut connection = fixture.sqlite().await;
    let old: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT wrapped FROM keys UNION ALL SELECT index_key FROM store")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    connection.close().await.unwrap();
    let before = fixture.disk();
    assert!(old.iter().all(|wrapped| before.holds_part_of(wrapped)));
    keys.rewrap(Arc::new(fixture.master_at("new.key"))).await.unwrap();
    let after = fixture.disk();
    assert!(!old.iter().any(|wrapped| after.holds_part_of(wrapped)));
}
