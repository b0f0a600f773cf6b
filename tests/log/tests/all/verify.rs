//! Verification finds each kind of damage, and names the first place.

use bytes::Bytes;
use quanheng_eventlog::{BlobRef, Fault, FaultKind, Log, Position, Transaction, VerifyError};
use quanheng_log_tests::{Fixture, Kind, counted, stream, tag};

on_every_backend!(every_kind_of_damage_is_found, damage_is_found_by_a_reader_too);

async fn fill(log: &Log) {
    for n in 0..30_u64 {
        let content = Bytes::from(format!("content {}", n % 3));
        let blob = BlobRef::of(&content);
        let first = counted(&stream(n % 4)).tagged(tag("all")).with_blob(blob);
        let second = counted(&stream(n % 5)).tagged(tag(n));
        let transaction = Transaction::default().append(first).append(second).blob(content);
        log.commit(transaction).await.unwrap();
    }
}

async fn every_kind_of_damage_is_found(kind: Kind) {
    use FaultKind::{
        BlobMismatch, BlobMissing, ColumnMismatch, CommitBroken, HeadMismatch, PositionHole,
        RealmMismatch, RecordMalformed, TagMissing, TagStray, TimeWentBack, VersionHole,
    };
    let sqlite = kind == Kind::Sqlite;
    let replaced = |from: &str, to: &str| match sqlite {
        true => format!(
            "UPDATE events SET record = CAST(replace(CAST(record AS TEXT), '{from}', '{to}') AS BLOB) WHERE position = 21"
        ),
        false => format!(
            "UPDATE events SET record = convert_to(replace(convert_from(record, 'UTF8'), '{from}', '{to}'), 'UTF8') WHERE position = 21"
        ),
    };
    let text_blob = |text: &str| match sqlite {
        true => format!("CAST('{text}' AS BLOB)"),
        false => format!("convert_to('{text}', 'UTF8')"),
    };
    let digest = BlobRef::of(b"content 1").digest;
    let by_digest = match sqlite {
        true => format!("digest = x'{digest}'"),
        false => format!("digest = '\\x{digest}'"),
    };
    let other_id = match sqlite {
        true => "x'01930000000070008000000000000000'",
        false => "'01930000-0000-7000-8000-000000000000'",
    };
    let cases = [
        (replaced("{", "["), RecordMalformed, Some(21)),
        (replaced("\"version\":\"", "\"version\":\"1"), ColumnMismatch, Some(21)),
        (replaced("test.counted.v1", "test.counted.v2"), ColumnMismatch, Some(21)),
        (replaced("/realms/", "/realms/0"), RealmMismatch, Some(21)),
        ("UPDATE events SET type = 'x' WHERE position = 21".into(), ColumnMismatch, Some(21)),
        ("UPDATE events SET stream = 'x' WHERE position = 21".into(), ColumnMismatch, Some(21)),
        ("UPDATE events SET time = time + 1 WHERE position = 21".into(), ColumnMismatch, Some(21)),
        (
            format!("UPDATE events SET id = {other_id} WHERE position = 21"),
            ColumnMismatch,
            Some(21),
        ),
        (
            format!("UPDATE events SET commit_id = {other_id} WHERE position = 21"),
            ColumnMismatch,
            Some(21),
        ),
        ("DELETE FROM events WHERE position = 21".into(), PositionHole, Some(21)),
        ("DELETE FROM events WHERE position = 60".into(), PositionHole, Some(60)),
        ("DELETE FROM events".into(), PositionHole, Some(1)),
        ("UPDATE head SET position = 58".into(), HeadMismatch, Some(59)),
        ("UPDATE head SET position = 59".into(), CommitBroken, Some(59)),
        ("UPDATE head SET position = 61".into(), PositionHole, Some(61)),
        ("UPDATE head SET time = 1".into(), TimeWentBack, Some(60)),
        ("DELETE FROM event_tags WHERE tag = 'all' AND position = 21".into(), TagMissing, Some(21)),
        (
            "UPDATE event_tags SET tag = 'x' WHERE tag = 'all' AND position > 40".into(),
            TagMissing,
            Some(41),
        ),
        ("INSERT INTO event_tags (tag, position) VALUES ('x', 21)".into(), TagStray, None),
        (format!("DELETE FROM blobs WHERE {by_digest}"), BlobMissing, Some(3)),
        (
            format!("UPDATE blobs SET content = {} WHERE {by_digest}", text_blob("CONTENT 1")),
            BlobMismatch,
            Some(3),
        ),
        (
            format!(
                "INSERT INTO blobs (digest, size, content) SELECT id2, 1, c FROM (SELECT digest AS id2, {} AS c FROM blobs LIMIT 0) AS none; \
                     UPDATE blobs SET digest = {} WHERE {by_digest}",
                text_blob("x"),
                text_blob("0123456789abcdef0123456789abcdef")
            ),
            BlobMissing,
            Some(3),
        ),
    ];
    for (damage, expected, at) in cases {
        let fixture = Fixture::new(kind);
        let log = fixture.open().await;
        fill(&log).await;
        let sound = log.verify(|_| {}).await.unwrap();
        assert_eq!(
            (sound.through, sound.commits, sound.tags, sound.blobs),
            (Position(60), 30, 60, 3)
        );
        log.close().await;
        drop(log);
        fixture.vandalise(&damage).await;
        let log = fixture.open_beside().await;
        let found = log.verify(|_| {}).await;
        let Err(VerifyError::Fault(Fault { position, kind, .. })) = &found else {
            panic!("{damage}: {found:?}")
        };
        assert_eq!((*kind, position.map(|p| p.0)), (expected, at), "{damage}: {found:?}");
    }
    // Two streams' versions exchanged, in columns and records alike: each event is sound
    // by itself, but the order within the streams is not.
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    for _ in 0..3 {
        log.commit(Transaction::default().append(counted(&stream("a")))).await.unwrap();
    }
    log.close().await;
    let exchange = match sqlite {
        true => {
            "UPDATE events SET version = version + 5, record = CAST(replace(CAST(record AS TEXT), '\"version\":\"2\"', '\"version\":\"7\"') AS BLOB) WHERE version = 2"
        }
        false => {
            "UPDATE events SET version = version + 5, record = convert_to(replace(convert_from(record, 'UTF8'), '\"version\":\"2\"', '\"version\":\"7\"'), 'UTF8') WHERE version = 2"
        }
    };
    fixture.vandalise(exchange).await;
    let log = fixture.open_beside().await;
    let found = log.verify(|_| {}).await;
    let Err(VerifyError::Fault(fault)) = &found else { panic!("{found:?}") };
    assert_eq!((fault.kind, fault.position), (VersionHole, Some(Position(2))));
}

async fn damage_is_found_by_a_reader_too(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    fill(&log).await;
    let reader = Log::open_read_only(fixture.options()).await.unwrap();
    reader.verify(|_| {}).await.unwrap();
    fixture.vandalise("UPDATE events SET type = 'x' WHERE position = 5").await;
    let found = reader.verify(|_| {}).await;
    assert!(
        matches!(&found, Err(VerifyError::Fault(f)) if f.position == Some(Position(5))),
        "{found:?}"
    );
    let mut looked = Vec::new();
    let _ = reader.verify(|position| looked.push(position)).await;
    assert!(looked.is_empty(), "nothing beyond the fault is called sound");
}
