//! Appending: order, expectations, wholeness, bounds.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;
use quanheng_eventlog::{
    BlobRef, Bounds, Clock, CommitError, Context, Digest, Exceeded, Expect, Filter, Log, Method,
    Micros, Outcome, Position, Principal, ReadError, Transaction, Version,
};
use quanheng_log_tests::{Fixture, Kind, count_up, counted, noted, stream, tag};
use uuid::Uuid;

on_every_backend!(
    an_empty_log_is_empty,
    positions_and_versions_are_dense,
    every_attribute_comes_back,
    nothing_to_append_moves_nothing,
    a_large_commit_is_one_commit,
    expectations_hold_or_conflict,
    a_guard_stops_the_whole_commit,
    one_of_many_racers_wins,
    appends_without_expectation_all_go_in,
    crossing_streams_do_not_deadlock,
    what_exceeds_a_bound_is_refused_by_name,
    a_transaction_that_the_database_refuses_fails_alone,
    blobs_are_stored_once_and_must_be_there,
    rows_cannot_be_changed,
    time_never_goes_back,
    a_full_queue_pushes_back,
    closing_finishes_what_waits,
);

async fn everything(log: &Log) -> Vec<quanheng_eventlog::Record> {
    let mut records = Vec::new();
    let mut after = Position::START;
    while after < log.head().await.unwrap() {
        let page = log.page(after, &Filter::all(), 512).await.unwrap();
        after = page.through;
        records.extend(page.records);
    }
    records
}

async fn an_empty_log_is_empty(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    assert_eq!(log.head().await.unwrap(), Position::START);
    assert_eq!(log.stream_version(&stream("a")).await.unwrap(), Version::NONE);
    assert_eq!(log.event(Uuid::now_v7()).await.unwrap(), None);
    assert_eq!(log.blob(&Digest::of(b"x")).await.unwrap(), None);
    let page = log.page(Position::START, &Filter::all(), 10).await.unwrap();
    assert_eq!((page.records.len(), page.through), (0, Position::START));
    let beyond = log.page(Position(1), &Filter::all(), 10).await;
    assert!(matches!(beyond, Err(ReadError::BeyondHead { .. })));
    assert_eq!(log.verify(|_| {}).await.unwrap().through, Position::START);
}

async fn positions_and_versions_are_dense(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let (a, b) = (stream("a"), stream("b"));
    let first = log.commit(count_up(&[a.clone(), b.clone(), a.clone()])).await.unwrap();
    let Outcome::Committed(first) = first else { panic!("{first:?}") };
    assert_eq!(first.position, Position(3));
    assert_eq!(first.first_position(), Some(Position(1)));
    let expected = [(a.clone(), 1), (b.clone(), 1), (a.clone(), 2)];
    assert_eq!(first.versions, expected.map(|(s, v)| (s, Version(v))));
    let second = log.commit(count_up([&b])).await.unwrap().into_receipt();
    assert_eq!(second.versions, [(b.clone(), Version(2))]);
    let records = everything(&log).await;
    let places: Vec<_> = records
        .iter()
        .map(|r| (r.position.0, r.stream.as_str(), r.version.0, r.commit.index, r.commit.count))
        .collect();
    let expected = [(1, "a", 1, 0, 3), (2, "b", 1, 1, 3), (3, "a", 2, 2, 3), (4, "b", 2, 0, 1)];
    assert_eq!(places, expected);
    assert_eq!(records[0].commit.id, first.commit_id);
    assert_eq!(records[3].commit.id, second.commit_id);
    assert!(records.iter().all(|record| record.time <= second.time));
}

async fn every_attribute_comes_back(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let context = Context {
        principal: Some(Principal::new("principals/li").unwrap()),
        on_behalf_of: Some(Principal::new("principals/wang").unwrap()),
        method: Some(Method::new("quanheng.quota.v1.QuotaService/OccupySeats").unwrap()),
        request_id: Some(Uuid::now_v7()),
        correlation_id: Some(Uuid::now_v7()),
        causation_id: Some(Uuid::now_v7()),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
    };
    let facts = serde_json::json!({"姓名": "\u{0}𠀋\"\\", "seats": 1});
    let draft = noted(&stream("quotaAccounts/1"), &facts)
        .tagged(tag("units/1"))
        .tagged(tag("persons/2"))
        .under_policy(Digest::of(b"policy"));
    let transaction = Transaction { context: context.clone(), ..Transaction::default() };
    let receipt = log.commit(transaction.append(draft)).await.unwrap().into_receipt();
    let record = &everything(&log).await[0];
    assert_eq!(record.time, receipt.time);
    let envelope = record.envelope().unwrap();
    assert_eq!(envelope.specversion, "1.0");
    assert_eq!(envelope.source, format!("/realms/{}", log.realm().id));
    assert_eq!(envelope.subject, "quotaAccounts/1");
    assert_eq!(envelope.event_type, "test.noted.v1");
    assert_eq!(envelope.datacontenttype, "application/json");
    assert_eq!(envelope.time, receipt.time.to_string());
    assert_eq!(envelope.principal.as_deref(), Some("principals/li"));
    assert_eq!(envelope.onbehalfof.as_deref(), Some("principals/wang"));
    assert_eq!(envelope.method.as_deref(), context.method.as_ref().map(|m| m.as_str()));
    assert_eq!(envelope.requestid, context.request_id);
    assert_eq!(envelope.correlationid, context.correlation_id);
    assert_eq!(envelope.causationid, context.causation_id);
    assert_eq!(envelope.traceparent.as_deref(), context.traceparent.as_deref());
    assert_eq!(envelope.policyhash.as_deref(), Some(&*Digest::of(b"policy").to_string()));
    assert_eq!(envelope.tags().collect::<Vec<_>>(), ["units/1", "persons/2"]);
    assert_eq!(record.data::<serde_json::Value>().unwrap(), facts);
    assert_eq!(log.event(record.id).await.unwrap().as_ref(), Some(record));
}

async fn nothing_to_append_moves_nothing(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    log.commit(count_up(&[stream("a")])).await.unwrap();
    let receipt = log.commit(Transaction::default()).await.unwrap().into_receipt();
    assert_eq!((receipt.position, receipt.versions.len()), (Position(1), 0));
    assert_eq!(log.head().await.unwrap(), Position(1));
    // It may still demand something.
    let demanding = Transaction::default().expect(stream("a"), Expect::None);
    let refused = log.commit(demanding).await;
    assert!(matches!(refused, Err(CommitError::Conflict { .. })), "{refused:?}");
}

async fn a_large_commit_is_one_commit(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    log.commit(count_up(&[stream("before")])).await.unwrap();
    let names: Vec<_> = (0..8_001).map(|n| stream(n % 97)).collect();
    let receipt = log.commit(count_up(&names)).await.unwrap().into_receipt();
    assert_eq!(receipt.position, Position(8_002));
    log.commit(count_up(&[stream("after")])).await.unwrap();
    // A page of one event goes on to the commit's end.
    let page = log.page(Position(1), &Filter::all(), 1).await.unwrap();
    assert_eq!((page.records.len(), page.through), (8_001, Position(8_002)));
    assert!(page.records.iter().map(|r| r.position.0).eq(2..=8_002));
    assert_eq!(log.verify(|_| {}).await.unwrap().commits, 3);
}

async fn expectations_hold_or_conflict(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let (present, absent) = (stream("present"), stream("absent"));
    log.commit(count_up(&vec![present.clone(); 3])).await.unwrap();
    let exact = |version| Expect::Exact(Version(version));
    for (name, expect, holds) in [
        (&absent, Expect::None, true),
        (&absent, Expect::Any, true),
        (&absent, exact(0), true),
        (&absent, exact(1), false),
        (&present, Expect::None, false),
        (&present, Expect::Any, true),
        (&present, exact(0), false),
        (&present, exact(2), false),
        (&present, exact(3), true),
        (&present, exact(4), false),
    ] {
        // Only to look: nothing is appended to the stream itself.
        let transaction = count_up(&[stream("other")]).expect(name.clone(), expect);
        let actual = if *name == present { Version(3) } else { Version::NONE };
        match log.commit(transaction).await {
            Ok(_) => assert!(holds, "{name:?} {expect:?}"),
            Err(CommitError::Conflict { stream, expected, actual: found }) => {
                assert!(!holds, "{name:?} {expect:?}");
                assert_eq!((&stream, expected, found), (name, expect, actual));
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(log.stream_version(&stream("other")).await.unwrap(), Version(5));
}

async fn a_guard_stops_the_whole_commit(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let (read, written) = (stream("read"), stream("written"));
    log.commit(count_up([&read])).await.unwrap();
    let guarded = count_up([&written])
        .expect(written.clone(), Expect::None)
        .expect(read.clone(), Expect::Exact(Version(1)));
    log.commit(count_up([&read])).await.unwrap();
    let refused = log.commit(guarded).await;
    let Err(CommitError::Conflict { stream, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(stream, read);
    assert_eq!(log.stream_version(&written).await.unwrap(), Version::NONE);
    assert_eq!(log.head().await.unwrap(), Position(2));
}

async fn one_of_many_racers_wins(kind: Kind) {
    let fixture = Fixture::new(kind);
    let logs = match kind {
        Kind::Sqlite => vec![fixture.open().await],
        _ => vec![fixture.open().await, fixture.open().await],
    };
    let name = stream("raced");
    for round in 0..20 {
        let racers = (0..8).map(|racer| {
            let expected = count_up([&name]).expect(name.clone(), Expect::Exact(Version(round)));
            let log = &logs[racer % logs.len()];
            log.commit(expected)
        });
        let mut winners = 0;
        for result in join_all(racers).await {
            match result {
                Ok(_) => winners += 1,
                Err(CommitError::Conflict { actual, .. }) => {
                    assert_eq!(actual, Version(round + 1));
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(winners, 1, "round {round}");
    }
    assert_eq!(logs[0].head().await.unwrap(), Position(20));
}

async fn appends_without_expectation_all_go_in(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let one = stream("one");
    let commits = (0..200).map(|n| log.commit(count_up(&[one.clone(), stream(n)])));
    let mut positions = Vec::new();
    for outcome in join_all(commits).await {
        let receipt = outcome.unwrap().into_receipt();
        positions.extend(receipt.first_position().unwrap().0..=receipt.position.0);
    }
    positions.sort_unstable();
    assert!(positions.into_iter().eq(1..=400));
    assert_eq!(log.stream_version(&one).await.unwrap(), Version(200));
    log.verify(|_| {}).await.unwrap();
}

async fn crossing_streams_do_not_deadlock(kind: Kind) {
    let fixture = Fixture::new(kind);
    let logs = match kind {
        Kind::Sqlite => vec![fixture.open().await],
        _ => vec![fixture.open().await, fixture.open().await],
    };
    let (a, b) = (stream("a"), stream("b"));
    let crossing = (0..100).map(|n| {
        let names = if n % 2 == 0 { [a.clone(), b.clone()] } else { [b.clone(), a.clone()] };
        logs[n % logs.len()].commit(count_up(&names))
    });
    for outcome in join_all(crossing).await {
        outcome.unwrap();
    }
    assert_eq!(logs[0].head().await.unwrap(), Position(200));
}

async fn what_exceeds_a_bound_is_refused_by_name(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture
        .open_with(|bounds| {
            *bounds = Bounds {
                events_per_commit_max: 10,
                commit_bytes_max: 100_000,
                tags_per_event_max: 3,
                commit_blob_bytes_max: 20_000,
                answer_bytes_max: 100,
                streams_per_commit_max: 5,
                queue_bytes_max: 200_000,
                ..Bounds::default()
            };
        })
        .await;
    let a = stream("a");
    let long = |bytes: usize| noted(&a, &"x".repeat(bytes));
    let key = |answer: usize| {
        let key = quanheng_log_tests::key(Uuid::now_v7(), "");
        Transaction::default().keyed(key, vec![b' '; answer])
    };
    let tags = |n: u32| (0..n).fold(counted(&a), |draft, n| draft.tagged(tag(n)));
    let expects = |n: u32| {
        let start = Transaction::default();
        (0..n).fold(start, |tx, n| tx.expect(stream(n), Expect::Any))
    };
    let blob = |bytes: usize| Transaction::default().blob(Bytes::from(vec![7; bytes]));
    let cases = [
        ("events_per_commit_max", count_up(&vec![a.clone(); 10]), true),
        ("events_per_commit_max", count_up(&vec![a.clone(); 11]), false),
        ("record_bytes_max", Transaction::default().append(long(65_000)), true),
        ("record_bytes_max", Transaction::default().append(long(65_535)), false),
        (
            "commit_bytes_max",
            Transaction::default().append(long(49_000)).append(long(49_000)),
            true,
        ),
        (
            "commit_bytes_max",
            Transaction::default().append(long(50_000)).append(long(50_000)),
            false,
        ),
        ("tags_per_event_max", Transaction::default().append(tags(3)), true),
        ("tags_per_event_max", Transaction::default().append(tags(4)), false),
        ("answer_bytes_max", key(100), true),
        ("answer_bytes_max", key(101), false),
        ("streams_per_commit_max", expects(5), true),
        ("streams_per_commit_max", expects(6), false),
        ("commit_blob_bytes_max", blob(20_000), true),
        ("commit_blob_bytes_max", blob(20_001), false),
        ("queue_bytes_max", blob(250_000), false),
    ];
    for (name, transaction, fits) in cases {
        let head = log.head().await.unwrap();
        match log.commit(transaction).await {
            Ok(_) => assert!(fits, "{name}"),
            Err(CommitError::BoundExceeded(Exceeded { bound, max, actual })) => {
                assert!(!fits && actual > max, "{name}: {actual} > {max}");
                assert_eq!(bound, name);
                assert_eq!(log.head().await.unwrap(), head, "{name} changed something");
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
    log.verify(|_| {}).await.unwrap();
}

async fn a_transaction_that_the_database_refuses_fails_alone(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let poison = match kind {
        Kind::Sqlite => {
            "CREATE TRIGGER poison BEFORE INSERT ON events WHEN NEW.stream = 'poison' \
             BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        }
        _ => "ALTER TABLE events ADD CONSTRAINT poison CHECK (stream <> 'poison')",
    };
    fixture.as_owner(poison).await.unwrap();
    let commits = (0..60).map(|n| {
        let name = if n % 20 == 7 { stream("poison") } else { stream(n) };
        log.commit(count_up(&[name, stream("common")]))
    });
    let outcomes = join_all(commits).await;
    for (n, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Ok(_) => assert_ne!(n % 20, 7),
            Err(CommitError::Refused(reason)) => {
                assert_eq!(n % 20, 7);
                assert!(reason.contains("poison"), "{reason}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(log.head().await.unwrap(), Position(57 * 2));
    assert_eq!(log.stream_version(&stream("common")).await.unwrap(), Version(57));
    log.verify(|_| {}).await.unwrap();
}

async fn blobs_are_stored_once_and_must_be_there(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let content = Bytes::from_static(b"minutes of the meeting");
    let reference = BlobRef::of(&content);
    let name = stream("case");
    let refer = |blob| Transaction::default().append(counted(&name).with_blob(blob));
    let missing = log.commit(refer(reference)).await;
    assert!(matches!(missing, Err(CommitError::BlobMissing(b)) if b == reference));
    // One that is missing does not take its neighbours with it.
    let mixed = join_all((0..20).map(|n| match n {
        10 => log.commit(refer(reference)),
        _ => log.commit(count_up(&[stream(n)])),
    }));
    assert_eq!(mixed.await.iter().filter(|outcome| outcome.is_ok()).count(), 19);
    log.commit(refer(reference).blob(content.clone())).await.unwrap();
    log.commit(refer(reference).blob(content.clone())).await.unwrap();
    log.commit(refer(reference)).await.unwrap();
    let wrong_size = BlobRef { size: 3, ..reference };
    let refused = log.commit(refer(wrong_size)).await;
    assert!(matches!(refused, Err(CommitError::BlobMissing(_))), "{refused:?}");
    let refused = log.commit(refer(wrong_size).blob(content.clone())).await;
    assert!(matches!(refused, Err(CommitError::BlobMissing(_))), "{refused:?}");
    assert_eq!(log.blob(&reference.digest).await.unwrap(), Some(content));
    assert_eq!(log.verify(|_| {}).await.unwrap().blobs, 1);
}

async fn rows_cannot_be_changed(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let content = Bytes::from_static(b"content");
    let event = counted(&stream("a")).tagged(tag("t")).with_blob(BlobRef::of(&content));
    log.commit(Transaction::default().append(event).blob(content)).await.unwrap();
    let mut changes = vec![
        "UPDATE events SET type = 'x'",
        "DELETE FROM events",
        "UPDATE event_tags SET tag = 'x'",
        "DELETE FROM event_tags",
        "UPDATE blobs SET size = 0",
        "DELETE FROM blobs",
    ];
    match kind {
        Kind::Sqlite => changes.push(
            "PRAGMA recursive_triggers = ON; INSERT OR REPLACE INTO blobs SELECT * FROM blobs",
        ),
        _ => changes.extend([
            "TRUNCATE events, event_tags, blobs",
            "INSERT INTO blobs SELECT * FROM blobs ON CONFLICT (digest) DO UPDATE SET size = 0",
        ]),
    }
    for change in changes {
        let refused = fixture.as_owner(change).await;
        let error = refused.expect_err(change).to_string();
        assert!(error.contains("immutable"), "{change}: {error}");
    }
    if kind != Kind::Sqlite {
        // The role that the log works with has not even the right to try.
        for change in [
            "UPDATE events SET type = 'x'",
            "DELETE FROM events",
            "TRUNCATE events",
            "DELETE FROM event_tags",
            "DELETE FROM blobs",
            "UPDATE answers SET answer = ''",
            "DELETE FROM head",
            "UPDATE realm SET id = id",
        ] {
            let quanheng_eventlog::Backend::Postgres(options) = fixture.backend() else {
                panic!("{kind:?}")
            };
            let as_role = format!("SET ROLE {}; {change}", options.role());
            let error = fixture.as_owner(&as_role).await.expect_err(change).to_string();
            assert!(error.contains("permission denied"), "{change}: {error}");
        }
    }
    log.verify(|_| {}).await.unwrap();
}

/// A clock that tells what it is told.
struct Told(std::sync::Mutex<Vec<i64>>);

impl Clock for Told {
    fn now(&self) -> Micros {
        Micros(self.0.lock().unwrap().pop().unwrap_or(0))
    }
}

async fn time_never_goes_back(kind: Kind) {
    let fixture = Fixture::new(kind);
    let mut options = fixture.options();
    options.clock = Arc::new(Told(vec![2_000, 500, 3_000, 1_000].into()));
    let log = Log::open(options).await.unwrap();
    let mut times = Vec::new();
    for _ in 0..5 {
        let receipt = log.commit(count_up(&[stream("a")])).await.unwrap().into_receipt();
        times.push(receipt.time.0);
    }
    assert_eq!(times, [1_000, 3_000, 3_000, 3_000, 3_000]);
    log.close().await;
    let mut options = fixture.options();
    options.clock = Arc::new(Told(vec![2_500].into()));
    let log = Log::open(options).await.unwrap();
    let receipt = log.commit(count_up(&[stream("a")])).await.unwrap().into_receipt();
    assert_eq!(receipt.time.0, 3_000, "a restart forgets nothing");
}

async fn a_full_queue_pushes_back(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture
        .open_with(|bounds| {
            bounds.queue_items_max = 2;
            bounds.batch_events_max = 1;
            bounds.queue_wait_max = std::time::Duration::from_millis(100);
        })
        .await;
    // A decision that takes long holds the sequencer up.
    let slow = quanheng_eventlog::Proposal::with(Context::default(), None, Vec::new(), |_| {
        let long = std::time::Duration::from_millis(600);
        tokio::task::block_in_place(|| std::thread::sleep(long));
        Ok(quanheng_eventlog::Changes::default())
    });
    let held = tokio::spawn({
        let log = log.clone();
        async move { log.commit(slow).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let outcomes = join_all((0..10).map(|n| log.commit(count_up(&[stream(n)])))).await;
    held.await.unwrap().unwrap();
    let pushed_back = outcomes.iter().filter(|outcome| {
        matches!(outcome, Err(CommitError::BoundExceeded(e)) if e.bound == "queue_items_max")
    });
    assert_eq!(pushed_back.count(), 8, "{outcomes:?}");
    assert_eq!(log.head().await.unwrap(), Position(2), "who was pushed back is not stored");
}

async fn closing_finishes_what_waits(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let waiting: Vec<_> = (0..50)
        .map(|n| {
            let log = log.clone();
            tokio::spawn(async move { log.commit(count_up(&[stream(n)])).await })
        })
        .collect();
    tokio::task::yield_now().await;
    log.close().await;
    let mut stored = 0;
    for outcome in join_all(waiting).await {
        match outcome.unwrap() {
            Ok(_) => stored += 1,
            Err(CommitError::Draining) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let refused = log.commit(count_up(&[stream("late")])).await;
    assert!(matches!(refused, Err(CommitError::Draining)), "{refused:?}");
    let again = fixture.open().await;
    assert_eq!(again.head().await.unwrap(), Position(stored));
}
