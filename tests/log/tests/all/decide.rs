//! Decisions taken by the sequencer over the newest states.

use std::sync::Arc;

use futures::future::join_all;
use quanheng_eventlog::{
    Changes, CommitError, Context, EventDraft, Expect, Fold, Log, MalformedRecord, Outcome,
    Position, Proposal, Read, Record, StreamName, Version,
};
use quanheng_log_tests::{
    Count, Fixture, Kind, count_up, counted, event_type, key, next_count, stream,
};
use uuid::Uuid;

on_every_backend!(
    decisions_on_one_stream_never_conflict,
    a_decision_sees_what_others_committed,
    a_limit_is_kept_to_the_last_seat,
    a_transfer_keeps_the_sum,
    an_abort_stores_nothing,
    a_panic_fails_alone,
    a_decision_appends_only_to_what_it_reads,
    a_state_that_refuses_its_own_event_fails_alone,
    states_that_are_forgotten_are_loaded_again,
    a_repeated_decision_is_not_taken_again,
    what_decisions_write_is_cut_into_batches,
    a_decision_sees_only_what_it_reads,
    what_is_brought_along_is_brought_up_to_date,
);

async fn logs(fixture: &Fixture, kind: Kind) -> Vec<Log> {
    match kind {
        Kind::Sqlite => vec![fixture.open().await],
        _ => vec![fixture.open().await, fixture.open().await],
    }
}

async fn decisions_on_one_stream_never_conflict(kind: Kind) {
    let fixture = Fixture::new(kind);
    let logs = logs(&fixture, kind).await;
    let name = stream("hot");
    let decisions = (0..400).map(|n| {
        let log = &logs[n % logs.len()];
        log.commit(next_count(name.clone(), None, u64::MAX))
    });
    let mut counts = Vec::new();
    for outcome in join_all(decisions).await {
        let answer = outcome.unwrap().into_receipt().answer;
        counts.push(String::from_utf8(answer.to_vec()).unwrap().parse::<u64>().unwrap());
    }
    counts.sort_unstable();
    assert!(counts.into_iter().eq(1..=400), "every decision saw all before it");
}

async fn a_decision_sees_what_others_committed(kind: Kind) {
    let fixture = Fixture::new(kind);
    let logs = logs(&fixture, kind).await;
    let (first, last) = (&logs[0], &logs[logs.len() - 1]);
    let name = stream("shared");
    for round in 0..10 {
        let mine = first.commit(next_count(name.clone(), None, u64::MAX)).await.unwrap();
        assert_eq!(mine.receipt().answer, (2 * round + 1).to_string());
        // Not a decision: the state is brought on by the record alone.
        last.commit(count_up([&name])).await.unwrap();
    }
}

async fn a_limit_is_kept_to_the_last_seat(kind: Kind) {
    let fixture = Fixture::new(kind);
    let logs = logs(&fixture, kind).await;
    let name = stream("seats");
    let takers = (0..100).map(|n| logs[n % logs.len()].commit(next_count(name.clone(), None, 33)));
    let mut taken = 0;
    for outcome in join_all(takers).await {
        match outcome {
            Ok(_) => taken += 1,
            Err(CommitError::Aborted(reason)) => assert_eq!(reason.to_string(), "full"),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(taken, 33);
    assert_eq!(logs[0].stream_version(&name).await.unwrap(), Version(33));
}

async fn what_is_brought_along_is_brought_up_to_date(kind: Kind) {
    let fixture = Fixture::new(kind);
    let logs = logs(&fixture, kind).await;
    let (first, last) = (&logs[0], &logs[logs.len() - 1]);
    let name = stream("brought");
    let read = Read::state(name.clone(), Arc::new(Count));
    first.commit(count_up([&name])).await.unwrap();
    let fresh = last.load_state(&read).await.unwrap().unwrap();
    assert_eq!((fresh.version(), fresh.state::<u64>()), (Version(1), Some(&1)));
    let stale = first.load_state(&read).await.unwrap().unwrap();
    // Nobody has decided on the stream here: it is as it was brought.
    let decided = last.commit(next_count(name.clone(), None, u64::MAX).bringing([fresh])).await;
    assert_eq!(decided.unwrap().receipt().answer, "2");
    // What was committed since is seen all the same.
    let decided = first.commit(next_count(name.clone(), None, u64::MAX).bringing([stale])).await;
    assert_eq!(decided.unwrap().receipt().answer, "3");
    // A state that is not asked for does no harm.
    let other = stream("another");
    let read = Read::state(other.clone(), Arc::new(Count));
    let unused = first.load_state(&read).await.unwrap().unwrap();
    let decided = first.commit(next_count(name.clone(), None, u64::MAX).bringing([unused])).await;
    assert_eq!(decided.unwrap().receipt().answer, "4");
    let decided = first.commit(next_count(other.clone(), None, u64::MAX)).await;
    assert_eq!(decided.unwrap().receipt().answer, "1");
}

/// A balance that may not fall below zero.
struct Balance;

impl Fold for Balance {
    type State = i64;

    fn initial(&self) -> i64 {
        10
    }

    fn evolve(&self, state: &mut i64, record: &Record) -> Result<(), MalformedRecord> {
        *state += record.data::<i64>()?;
        Ok(())
    }
}

fn moved(name: &StreamName, amount: i64) -> EventDraft {
    EventDraft::new(name.clone(), event_type("test.moved.v1"), &amount).unwrap()
}

fn transfer(from: StreamName, to: StreamName, amount: i64) -> Proposal {
    let fold = Arc::new(Balance);
    let reads = [&from, &to].map(|name| Read::state(name.clone(), Arc::clone(&fold)));
    Proposal::with(Context::default(), None, reads.into(), move |desk| {
        if desk.state::<i64>(&from).copied().unwrap() < amount {
            return Err("not enough".into());
        }
        Ok(Changes {
            events: vec![moved(&from, -amount), moved(&to, amount)],
            ..Changes::default()
        })
    })
}

async fn a_transfer_keeps_the_sum(kind: Kind) {
    let fixture = Fixture::new(kind);
    let logs = logs(&fixture, kind).await;
    let accounts: Vec<_> = (0..5).map(stream).collect();
    let transfers = (0..200).map(|n| {
        let (from, to) = (&accounts[n % 5], &accounts[(n / 5 + n % 5 + 1) % 5]);
        let to = if from == to { &accounts[(n + 1) % 5] } else { to };
        let amount = i64::try_from(n % 9).unwrap() + 1;
        logs[n % logs.len()].commit(transfer(from.clone(), to.clone(), amount))
    });
    for outcome in join_all(transfers).await {
        match outcome {
            Ok(_) => {}
            Err(CommitError::Aborted(reason)) => assert_eq!(reason.to_string(), "not enough"),
            Err(error) => panic!("{error}"),
        }
    }
    let mut sum = 0;
    for account in accounts {
        let mut balance = 10;
        let records =
            logs[0].read_stream(account, Version(1), quanheng_eventlog::Direction::Forward);
        let mut records = std::pin::pin!(records);
        while let Some(record) = futures::StreamExt::next(&mut records).await {
            balance += record.unwrap().data::<i64>().unwrap();
            assert!(balance >= 0, "an account was overdrawn");
        }
        sum += balance;
    }
    assert_eq!(sum, 50);
}

async fn an_abort_stores_nothing(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let id = Uuid::now_v7();
    let refused = log.commit(next_count(stream("a"), Some(key(id, "")), 0)).await;
    assert!(matches!(refused, Err(CommitError::Aborted(_))), "{refused:?}");
    assert_eq!(log.head().await.unwrap(), Position::START);
    // Nor is the answer kept: the request may come again.
    let taken = log.commit(next_count(stream("a"), Some(key(id, "")), 1)).await.unwrap();
    assert!(matches!(taken, Outcome::Committed(_)));
}

async fn a_panic_fails_alone(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let panics = || {
        Proposal::with(Context::default(), None, Vec::new(), |_| -> Result<Changes, _> {
            panic!("a fault in a service")
        })
    };
    let name = stream("a");
    let commits = (0..30).map(|n| match n % 10 {
        3 => log.commit(panics()),
        _ => log.commit(next_count(name.clone(), None, u64::MAX)),
    });
    let outcomes = join_all(commits).await;
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(_) => assert_ne!(n % 10, 3),
            Err(CommitError::Invalid(_)) => assert_eq!(n % 10, 3),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(log.stream_version(&name).await.unwrap(), Version(27));
}

async fn a_decision_appends_only_to_what_it_reads(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let appends_to = |reads: Vec<Read>| {
        Proposal::with(Context::default(), None, reads, |_| {
            Ok(Changes { events: vec![counted(&stream("a"))], ..Changes::default() })
        })
    };
    let refused = log.commit(appends_to(Vec::new())).await;
    assert!(matches!(refused, Err(CommitError::Invalid(_))), "{refused:?}");
    let named = vec![Read::version(stream("a"))];
    log.commit(appends_to(named)).await.unwrap();
    let expects = count_up(&[stream("b")]).expect(stream("a"), Expect::Exact(Version(1)));
    log.commit(expects).await.unwrap();
}

async fn a_state_that_refuses_its_own_event_fails_alone(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let broken = |name: StreamName| {
        let reads = vec![Read::state(name.clone(), Arc::new(Count))];
        Proposal::with(Context::default(), None, reads, move |_| {
            let event = EventDraft::new(name.clone(), event_type("test.broken.v1"), &1);
            Ok(Changes { events: vec![counted(&name), event?], ..Changes::default() })
        })
    };
    let commits = (0..30).map(|n| match n % 10 {
        3 => log.commit(broken(stream(n % 2))),
        _ => log.commit(next_count(stream(n % 2), None, u64::MAX)),
    });
    let outcomes = join_all(commits).await;
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(_) => assert_ne!(n % 10, 3),
            Err(CommitError::Invalid(_)) => assert_eq!(n % 10, 3),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(log.head().await.unwrap(), Position(27));
    let next = log.commit(next_count(stream(0), None, u64::MAX)).await.unwrap();
    assert_eq!(next.receipt().answer, "16", "and the state is what the log says");
}

async fn states_that_are_forgotten_are_loaded_again(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture
        .open_with(|bounds| {
            bounds.states_cached_max = 1;
            bounds.versions_cached_max = 1;
            bounds.page_events_max = 3;
        })
        .await;
    let names: Vec<_> = (0..4).map(stream).collect();
    for _ in 0..5 {
        let decisions = names.iter().map(|name| log.commit(next_count(name.clone(), None, 100)));
        for outcome in join_all(decisions).await {
            outcome.unwrap();
        }
    }
    for name in names {
        let next = log.commit(next_count(name, None, 100)).await.unwrap();
        assert_eq!(next.receipt().answer, "6");
    }
}

async fn a_repeated_decision_is_not_taken_again(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let name = stream("a");
    let id = Uuid::now_v7();
    let once = || next_count(name.clone(), Some(key(id, "")), u64::MAX);
    let first = log.commit(once()).await.unwrap().into_receipt();
    log.commit(next_count(name.clone(), None, u64::MAX)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(log.commit(once()).await.unwrap(), Outcome::Replayed(first.clone()));
    }
    let third = log.commit(next_count(name.clone(), None, u64::MAX)).await.unwrap();
    assert_eq!(third.receipt().answer, "3", "what was tried in vain left no trace");
}

async fn what_decisions_write_is_cut_into_batches(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open_with(|bounds| bounds.batch_bytes_max = 20_000).await;
    let bulky = |name: StreamName| {
        let reads = vec![Read::state(name.clone(), Arc::new(Count))];
        Proposal::with(Context::default(), None, reads, move |_| {
            // One decision, many events: known only once it is taken.
            Ok(Changes { events: vec![counted(&name); 100], ..Changes::default() })
        })
    };
    let commits = (0..30).map(|n| log.commit(bulky(stream(n % 3))));
    for outcome in join_all(commits).await {
        outcome.unwrap();
    }
    for n in 0..3 {
        assert_eq!(log.stream_version(&stream(n)).await.unwrap(), Version(1_000));
    }
    log.verify(|_| {}).await.unwrap();
}

async fn a_decision_sees_only_what_it_reads(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let nosy = |own: StreamName| {
        let reads = vec![Read::state(own.clone(), Arc::new(Count))];
        Proposal::with(Context::default(), None, reads, move |desk| {
            // The others are in the same batch, or not; nobody may depend on it.
            let seen = (0..20).map(stream).filter(|name| *name != own);
            let seen = seen.filter(|name| desk.version(name).is_some()).count();
            assert!(desk.state::<u64>(&own).is_some() && desk.version(&own).is_some());
            Ok(Changes { answer: seen.to_string().into(), ..Changes::default() })
        })
    };
    for outcome in join_all((0..20).map(|n| log.commit(nosy(stream(n))))).await {
        assert_eq!(outcome.unwrap().receipt().answer, "0");
    }
}
