//! An erased key is gone: for every handle, for good, and from the disk.

use sqlx::Connection as _;

use crate::fixture::{Fixture, Kind, code, key, on_every_backend, state};

on_every_backend!(
    erasing_is_final,
    another_handle_forgets,
    an_erased_subject_spoils_a_batch,
    the_database_keeps_erasures_too,
    erasing_while_others_read_and_create,
);

async fn erasing_is_final(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    keys.create(&["persons/1", "persons/2"]).await.unwrap();
    let held = key(&keys, "persons/1").await;
    let sealed = held.seal("c", b"x");
    assert!(keys.erase("persons/1", 1_795_408_028_000_001).await.unwrap());
    for _ in 0..2 {
        assert_eq!(state(&keys, "persons/1").await, "erased at 1795408028000001");
        assert!(!keys.erase("persons/1", 7).await.unwrap(), "only once");
        assert_eq!(code(keys.create(&["persons/1"]).await), "SUBJECT_ERASED");
    }
    assert!(!keys.erase("persons/9", 7).await.unwrap(), "who has no key");
    assert_eq!(state(&keys, "persons/9").await, "missing");
    keys.close().await;

    let keys = fixture.open().await;
    assert_eq!(state(&keys, "persons/1").await, "erased at 1795408028000001");
    assert_eq!(code(keys.create(&["persons/1"]).await), "SUBJECT_ERASED");
    assert_eq!(state(&keys, "persons/2").await, "live");
    assert!(held.open("c", &sealed).is_ok(), "who holds a key holds it until it lets go");
}

async fn another_handle_forgets(kind: Kind) {
    let fixture = Fixture::new(kind);
    let (here, there) = (fixture.open().await, fixture.open().await);
    here.create(&["persons/1", "persons/2"]).await.unwrap();
    assert_eq!(state(&there, "persons/1").await, "live");
    here.erase("persons/1", 5).await.unwrap();
    there.forget("persons/1");
    assert_eq!(state(&there, "persons/1").await, "erased at 5");
    there.forget("persons/2");
    assert_eq!(state(&there, "persons/2").await, "live");
}

async fn an_erased_subject_spoils_a_batch(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    keys.create(&["persons/2"]).await.unwrap();
    keys.erase("persons/2", 5).await.unwrap();
    let refused = keys.create(&["persons/1", "persons/2", "persons/3"]).await.unwrap_err();
    assert_eq!(refused.to_string(), "persons/2 的个人信息已擦除,不能再次启用");
    for subject in ["persons/1", "persons/3"] {
        assert_eq!(state(&keys, subject).await, "missing");
    }
}

async fn the_database_keeps_erasures_too(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    keys.create(&["persons/1", "persons/2"]).await.unwrap();
    keys.erase("persons/1", 5).await.unwrap();
    let attempts: &[&str] = match kind {
        Kind::Sqlite => &[
            "DELETE FROM keys WHERE subject = 'persons/1'",
            "DELETE FROM keys WHERE subject = 'persons/2'",
            "UPDATE keys SET wrapped = x'00' WHERE subject = 'persons/1'",
            "DELETE FROM erasures",
            "UPDATE erasures SET erased_us = 6",
        ],
        Kind::Postgres => &[
            "DELETE FROM keys WHERE subject = 'persons/1'",
            "DELETE FROM keys WHERE subject = 'persons/2'",
            "UPDATE keys SET wrapped = '\\x00', erased_us = NULL WHERE subject = 'persons/1'",
            "UPDATE keys SET erased_us = 6 WHERE subject = 'persons/1'",
            "UPDATE keys SET erased_us = 6 WHERE subject = 'persons/2'",
        ],
    };
    for sql in attempts {
        assert!(fixture.as_owner(sql).await.is_err(), "{sql}");
    }
    assert_eq!(state(&keys, "persons/1").await, "erased at 5");
}

async fn erasing_while_others_read_and_create(kind: Kind) {
    let fixture = Fixture::new(kind);
    let keys = fixture.open().await;
    let subjects: Vec<String> = (0..40).map(|nr| format!("persons/{nr}")).collect();
    let all: Vec<&str> = subjects.iter().map(String::as_str).collect();
    keys.create(&all).await.unwrap();
    let readers = (0..3).map(|_| {
        let (keys, subjects) = (keys.clone(), subjects.clone());
        tokio::spawn(async move {
            for _ in 0..10 {
                for subject in &subjects {
                    keys.get(subject).await.unwrap();
                }
                let done = keys.create(&[&subjects[39], "persons/new"]).await;
                assert!(matches!(code(done), "OK" | "SUBJECT_ERASED"));
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    for (nr, subject) in subjects.iter().enumerate() {
        assert!(keys.erase(subject, nr as i64 + 1).await.unwrap());
        assert_eq!(state(&keys, subject).await, format!("erased at {}", nr + 1));
    }
    for reader in readers {
        reader.await.unwrap();
    }
    for (nr, subject) in subjects.iter().enumerate() {
        let expected = format!("erased at {}", nr + 1);
        assert_eq!(state(&keys, subject).await, expected, "no late reader put it back");
    }
}

/// Subjects come in no order, so that the tree of their names splits its pages; rows of
/// keys must not move with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_copy_of_an_erased_key_stays_on_the_disk() {
    let fixture = Fixture::new(Kind::Sqlite);
    let keys = fixture.open().await;
    // 1,999 is a prime: every number once, far from its neighbours.
    let subjects: Vec<String> =
        (0..1_998_u64).map(|nr| format!("persons/{:04}", (nr + 1) * 1_234 % 1_999)).collect();
    for part in subjects.chunks(111) {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        keys.create(&part).await.unwrap();
        let entries: Vec<_> = part.iter().map(|subject| ("name", *subject, *subject)).collect();
        keys.index_put(&entries).await.unwrap();
    }
    let mut connection = fixture.sqlite().await;
    let rows: Vec<(String, Vec<u8>)> = sqlx::query_as("SELECT subject, wrapped FROM keys")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    assert_eq!(rows.len(), subjects.len());

    let (erased, kept): (Vec<_>, Vec<_>) =
        rows.into_iter().enumerate().partition(|(nr, _)| nr % 20 == 7);
    let before = fixture.disk();
    for (_, (subject, wrapped)) in &erased {
        assert!(before.holds_part_of(wrapped), "{subject} is there to be erased");
        assert!(keys.erase(subject, 1_795_408_028_000_000).await.unwrap());
    }
    let after = fixture.disk();
    for (_, (subject, wrapped)) in &erased {
        assert!(!after.holds_part_of(wrapped), "the key of {subject}");
        let digest = keys.index("name", subject);
        assert!(!after.holds_part_of(digest.as_bytes()), "the index entry of {subject}");
        assert!(keys.index_find("name", subject).await.unwrap().is_empty());
    }
    for (_, (subject, wrapped)) in kept.iter().step_by(9) {
        assert!(after.holds_part_of(wrapped), "{subject}");
        assert_eq!(state(&keys, subject).await, "live");
    }
}

/// A reader holds the old pages in the write-ahead log: the erasure stands, and says that
/// it is not done; done again, it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_in_the_way_is_told() {
    let fixture = Fixture::new(Kind::Sqlite);
    let keys = fixture.open().await;
    keys.create(&["persons/1"]).await.unwrap();
    let mut reader = fixture.sqlite().await;
    sqlx::raw_sql("BEGIN; SELECT * FROM keys").execute(&mut reader).await.unwrap();
    assert_eq!(code(keys.erase("persons/1", 5).await), "KEYS_NOT_SCRUBBED");
    assert_eq!(state(&keys, "persons/1").await, "erased at 5");
    sqlx::raw_sql("COMMIT").execute(&mut reader).await.unwrap();
    assert!(!keys.erase("persons/1", 6).await.unwrap());
    assert_eq!(state(&keys, "persons/1").await, "erased at 5");
    let wal = fixture.folder().join("keys.sqlite-wal");
    assert_eq!(std::fs::metadata(wal).unwrap().len(), 0);
}
