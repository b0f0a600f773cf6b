//! Snapshots: a long stream is not built from its first event, and nothing rests on that.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use quanheng_eventlog::{
    Changes, Context, EventDraft, Fold, Log, MalformedRecord, Proposal, Read, Realm, Record,
    Snapshot, Snapshots, StreamName, Transaction, Version,
};
use quanheng_log_tests::{Fixture, Kind, event_type, stream};

on_every_backend!(
    a_long_stream_is_built_from_its_snapshot,
    what_is_wrong_with_a_snapshot_costs_time_alone,
);

/// Snapshots in a map, by stream, form and incarnation.
#[derive(Default)]
struct Kept(Mutex<HashMap<(String, String, String), Snapshot>>);

fn key(realm: Realm, stream: &StreamName, form: &str) -> (String, String, String) {
    (stream.to_string(), form.to_owned(), realm.incarnation.to_string())
}

#[async_trait]
impl Snapshots for Kept {
    async fn load(&self, realm: Realm, stream: &StreamName, form: &str) -> Option<Snapshot> {
        self.0.lock().unwrap().get(&key(realm, stream, form)).cloned()
    }

    async fn save(&self, realm: Realm, stream: &StreamName, form: &str, snapshot: Snapshot) {
        self.0.lock().unwrap().insert(key(realm, stream, form), snapshot);
    }
}

/// Adds numbers up, and counts how many it was shown.
struct Sum(Arc<AtomicU64>);

#[derive(Default)]
struct Total(u64);

impl Fold for Sum {
    type State = Total;

    fn initial(&self) -> Total {
        Total(0)
    }

    fn evolve(&self, state: &mut Total, record: &Record) -> Result<(), MalformedRecord> {
        self.0.fetch_add(1, Ordering::SeqCst);
        state.0 += record.data::<u64>()?;
        Ok(())
    }

    fn form(&self) -> Option<&'static str> {
        Some("sum.1")
    }

    fn save(&self, state: &Total) -> Option<Vec<u8>> {
        Some(state.0.to_string().into_bytes())
    }

    fn restore(&self, snapshot: &[u8]) -> Option<Total> {
        String::from_utf8(snapshot.to_vec()).ok()?.parse().ok().map(Total)
    }
}

async fn open(fixture: &Fixture, kept: &Arc<Kept>) -> Log {
    let mut options = fixture.options();
    options.snapshots = Some(Arc::<Kept>::clone(kept));
    Log::open(options).await.unwrap()
}

async fn fill(log: &Log, name: &StreamName, events: u64) {
    let drafts =
        (0..events).map(|n| EventDraft::new(name.clone(), event_type("added"), &n).unwrap());
    let transaction = drafts.fold(Transaction::default(), Transaction::append);
    log.commit(transaction).await.unwrap();
}

/// What a decision sees of the sum, and how many events it was built from.
async fn sum(log: &Log, name: &StreamName) -> (u64, u64) {
    let shown = Arc::new(AtomicU64::new(0));
    let reads = vec![Read::state(name.clone(), Arc::new(Sum(Arc::clone(&shown))))];
    let stream = name.clone();
    let asked = Proposal::with(Context::default(), None, reads, move |desk| {
        let total = desk.state::<Total>(&stream).unwrap().0;
        Ok(Changes { answer: total.to_string().into(), ..Changes::default() })
    });
    let answer = log.commit(asked).await.unwrap().into_receipt().answer;
    let total = String::from_utf8(answer.to_vec()).unwrap().parse().unwrap();
    (total, shown.load(Ordering::SeqCst))
}

fn total(events: u64) -> u64 {
    events * (events - 1) / 2
}

async fn a_long_stream_is_built_from_its_snapshot(kind: Kind) {
    let fixture = Fixture::new(kind);
    let (kept, name) = (Arc::new(Kept::default()), stream("long"));
    let log = open(&fixture, &kept).await;
    fill(&log, &name, 2_500).await;
    assert_eq!(sum(&log, &name).await, (total(2_500), 2_500));
    log.close().await;
    let log = open(&fixture, &kept).await;
    assert_eq!(sum(&log, &name).await, (total(2_500), 0), "from the snapshot");
    fill(&log, &name, 10).await;
    log.close().await;
    let log = open(&fixture, &kept).await;
    assert_eq!(sum(&log, &name).await, (total(2_500) + total(10), 10), "and what came after");
    // A hot stream is never cold: somebody asks for its snapshot.
    fill(&log, &name, 1_500).await;
    let read = Read::state(name.clone(), Arc::new(Sum(Arc::default())));
    log.keep_snapshot(&read).await.unwrap();
    log.close().await;
    let log = open(&fixture, &kept).await;
    let expected = total(2_500) + total(10) + total(1_500);
    assert_eq!(sum(&log, &name).await, (expected, 0));
    let short = stream("short");
    fill(&log, &short, 999).await;
    assert_eq!(sum(&log, &short).await, (total(999), 999));
    assert!(kept.0.lock().unwrap().keys().all(|(stream, ..)| stream == "long"));
    log.close().await;
}

async fn what_is_wrong_with_a_snapshot_costs_time_alone(kind: Kind) {
    let fixture = Fixture::new(kind);
    let (kept, name) = (Arc::new(Kept::default()), stream("long"));
    let log = open(&fixture, &kept).await;
    fill(&log, &name, 1_200).await;
    let realm = log.realm();
    log.close().await;
    for (what, version, state) in [
        ("torn", Version(1_200), &b"12x"[..]),
        ("beyond the head", Version(1_201), b"5"),
        ("of nothing", Version(0), b"7"),
    ] {
        let snapshot = Snapshot { version, state: state.to_vec() };
        kept.save(realm, &name, "sum.1", snapshot).await;
        let log = open(&fixture, &kept).await;
        assert_eq!(sum(&log, &name).await, (total(1_200), 1_200), "{what}");
        log.close().await;
    }
    // Of another form: nobody asks for it.
    let snapshot = Snapshot { version: Version(1_200), state: b"5".to_vec() };
    kept.0.lock().unwrap().clear();
    kept.save(realm, &name, "sum.0", snapshot).await;
    let log = open(&fixture, &kept).await;
    assert_eq!(sum(&log, &name).await.0, total(1_200));
    log.close().await;
}
