//! Subscribing: catching up, then live, in order, without hole or repetition.

use std::time::Duration;

use quanheng_eventlog::{Filter, Log, Position, ReadError, Record, Subscription};
use quanheng_log_tests::{Fixture, Kind, count_up, event_type, stream, tag};
use tokio::time::timeout;

on_every_backend!(
    it_catches_up_and_goes_on_live,
    another_process_sees_the_same,
    at_the_head_it_waits_and_wakes,
    it_tells_how_far_it_looked,
    beyond_the_head_is_refused,
    a_slow_one_keeps_nobody_waiting,
    dropping_a_wait_loses_nothing,
    memory_and_database_give_the_same,
    closing_the_log_ends_it,
);

const SOON: Duration = Duration::from_secs(20);

async fn take(subscription: &mut Subscription, through: Position) -> Vec<Record> {
    let mut records = Vec::new();
    while subscription.after() < through {
        let page = timeout(SOON, subscription.next()).await.expect("in time").unwrap();
        assert_eq!(page.through, subscription.after());
        assert!(page.records.last().is_none_or(|record| record.commit.is_end()));
        records.extend(page.records);
    }
    records
}

fn dense(records: &[Record], positions: std::ops::RangeInclusive<u64>) {
    assert!(records.iter().map(|record| record.position.0).eq(positions));
}

async fn append(log: &Log, commits: u64) {
    for n in 0..commits {
        let names: Vec<_> = (0..=n % 3).map(stream).collect();
        log.commit(count_up(&names)).await.unwrap();
    }
}

async fn it_catches_up_and_goes_on_live(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    append(&log, 50).await;
    let writer = tokio::spawn({
        let log = log.clone();
        async move { append(&log, 150).await }
    });
    let mut from_start = log.subscribe(Position::START, Filter::all()).await.unwrap().page_size(7);
    let mut from_middle = log.subscribe(Position(33), Filter::all()).await.unwrap();
    dense(&take(&mut from_start, Position(399)).await, 1..=399);
    dense(&take(&mut from_middle, Position(399)).await, 34..=399);
    writer.await.unwrap();
}

async fn another_process_sees_the_same(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    append(&log, 10).await;
    let beside = fixture.open_beside().await;
    let mut subscription = beside.subscribe(Position::START, Filter::all()).await.unwrap();
    let before = take(&mut subscription, log.head().await.unwrap()).await;
    append(&log, 60).await;
    let head = log.head().await.unwrap();
    let after = take(&mut subscription, head).await;
    dense(&[before, after].concat(), 1..=head.0);
}

async fn at_the_head_it_waits_and_wakes(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    append(&log, 3).await;
    let head = log.head().await.unwrap();
    let beside = fixture.open_beside().await;
    let mut here = log.subscribe(head, Filter::all()).await.unwrap();
    let mut there = beside.subscribe(head, Filter::all()).await.unwrap();
    for subscription in [&mut here, &mut there] {
        let waiting = timeout(Duration::from_millis(300), subscription.next()).await;
        assert!(waiting.is_err(), "there is nothing yet: {waiting:?}");
    }
    append(&log, 1).await;
    for subscription in [&mut here, &mut there] {
        let page = timeout(SOON, subscription.next()).await.expect("wakes").unwrap();
        dense(&page.records, head.0 + 1..=head.0 + 1);
    }
}

async fn it_tells_how_far_it_looked(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    append(&log, 5).await;
    let rare = Filter::all().or_type(event_type("rare.v1"));
    let mut subscription = log.subscribe(Position::START, rare).await.unwrap();
    let page = timeout(SOON, subscription.next()).await.unwrap().unwrap();
    assert_eq!((page.records.len(), page.through), (0, log.head().await.unwrap()));
    append(&log, 1).await;
    let page = timeout(SOON, subscription.next()).await.unwrap().unwrap();
    assert_eq!((page.records.len(), page.through), (0, log.head().await.unwrap()));
}

async fn beyond_the_head_is_refused(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    append(&log, 2).await;
    let refused = log.subscribe(Position(1_000), Filter::all()).await.map(|_| ());
    let head = log.head().await.unwrap();
    assert!(
        matches!(refused, Err(ReadError::BeyondHead { asked: Position(1_000), head: h }) if h == head),
        "{refused:?}"
    );
}

async fn a_slow_one_keeps_nobody_waiting(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open_with(|bounds| bounds.tail_bytes_max = 10_000).await;
    let mut slow = log.subscribe(Position::START, Filter::all()).await.unwrap().page_size(1);
    append(&log, 2).await;
    take(&mut slow, Position(1)).await;
    // Nobody takes anything from the slow one; more is appended than memory keeps.
    append(&log, 150).await;
    let head = log.head().await.unwrap();
    let mut quick = log.subscribe(Position::START, Filter::all()).await.unwrap();
    dense(&take(&mut quick, head).await, 1..=head.0);
    dense(&take(&mut slow, head).await, 2..=head.0);
}

async fn dropping_a_wait_loses_nothing(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let beside = fixture.open_beside().await;
    let mut subscription = beside.subscribe(Position::START, Filter::all()).await.unwrap();
    let writer = tokio::spawn({
        let log = log.clone();
        async move { append(&log, 60).await }
    });
    let mut records = Vec::new();
    let mut nr = 0_u64;
    while subscription.after() < Position(120) {
        nr += 1;
        let impatient = Duration::from_micros(50 * (nr % 40));
        if let Ok(page) = timeout(impatient, subscription.next()).await {
            records.extend(page.unwrap().records);
        }
    }
    writer.await.unwrap();
    dense(&records, 1..=120);
}

async fn memory_and_database_give_the_same(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    for n in 0..40_u64 {
        let mut transaction = quanheng_eventlog::Transaction::default();
        for k in 0..=n % 3 {
            let draft = quanheng_log_tests::counted(&stream(k)).tagged(tag(n % 4));
            transaction = transaction.append(draft);
        }
        log.commit(transaction).await.unwrap();
    }
    let head = log.head().await.unwrap();
    let beside = fixture.open_beside().await;
    for filter in [Filter::all(), Filter::all().and_tag(tag(1)), Filter::all().and_tag(tag(9))] {
        for after in [0, 5, 40] {
            let here = log.subscribe(Position(after), filter.clone()).await.unwrap();
            let there = beside.subscribe(Position(after), filter.clone()).await.unwrap();
            let (mut here, mut there) = (here.page_size(3), there.page_size(3));
            let (here, there) = (take(&mut here, head).await, take(&mut there, head).await);
            assert_eq!(here, there, "{filter:?} after {after}");
        }
    }
}

async fn closing_the_log_ends_it(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    append(&log, 5).await;
    let mut idle = log.subscribe(log.head().await.unwrap(), Filter::all()).await.unwrap();
    let idle = tokio::spawn(async move { idle.next().await });
    let mut behind = log.subscribe(Position::START, Filter::all()).await.unwrap().page_size(1);
    tokio::time::sleep(Duration::from_millis(50)).await;
    log.close().await;
    let ended = timeout(SOON, idle).await.expect("in time").unwrap();
    assert!(matches!(ended, Err(ReadError::Unavailable(_))), "{ended:?}");
    let ended = timeout(SOON, async {
        loop {
            if let Err(error) = behind.next().await {
                break error;
            }
        }
    });
    assert!(matches!(ended.await.expect("in time"), ReadError::Unavailable(_)));
}

/// Whatever somebody else says on the channel, nobody believes it or runs in circles.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_false_notification_changes_nothing() {
    let fixture = Fixture::new(Kind::Postgres);
    let log = fixture.open().await;
    append(&log, 3).await;
    let head = log.head().await.unwrap();
    let mut subscription = log.subscribe(head, Filter::all()).await.unwrap();
    let quanheng_eventlog::Backend::Postgres(options) = fixture.backend() else { panic!() };
    for payload in ["9223372036854775807", "nonsense", ""] {
        let notify = format!("NOTIFY quanheng_{}, '{payload}'", options.schema);
        fixture.as_owner(&notify).await.unwrap();
        let waiting = timeout(Duration::from_millis(200), subscription.next()).await;
        assert!(waiting.is_err(), "{payload}: {waiting:?}");
    }
    append(&log, 1).await;
    assert_eq!(take(&mut subscription, head.next()).await.len(), 1);
}
