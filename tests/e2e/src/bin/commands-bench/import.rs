//! An import of persons, against the log taking the very same events in the same commits.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::common::v1::operation::State;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Client, Who, request_id};
use quanheng_eventlog::{EventDraft, Filter, Log, Position, Record, Tag, Transaction};

use crate::people;
use crate::place::{Database, Place};
use crate::report::{Line, Report, Target, median, rounded};
use crate::town;

/// Bytes of one piece of the file.
const PIECE_BYTES: usize = 256 * 1024;
/// Units that the persons are of.
const UNITS: usize = 40;
/// Commits under way in the log at the same time.
const IN_FLIGHT: usize = 4;

/// Imports so many persons, each round on a server of its own.
pub(crate) async fn import(
    database: &Database,
    persons: usize,
    rounds: usize,
    report: &mut Report,
) {
    let mut line = Line::new("import", "events/s", Target::AtLeast(0.3));
    let (mut upload, mut run, mut bytes) = (Vec::new(), Vec::new(), 0);
    let (mut events, mut commits) = (0, 0);
    for _ in 0..rounds {
        let place = database.place();
        let mut server = place.serve().await;
        let client = server.client(Who::Everything).await;
        let units = town::units(&client, UNITS).await;
        let file = people::roster(&units, persons);
        bytes = file.len();
        let before = head(&place).await;
        let begun = Instant::now();
        let (accepted, done) = imported(&client, file).await;
        let took = begun.elapsed();
        upload.push(accepted.as_secs_f64());
        run.push((took - accepted).as_secs_f64());
        events = done - before.0;
        assert!(events > persons as u64);
        assert!(server.stop().await, "the server ends well");
        let beside = database.place();
        let log = beside.log().await;
        let (again, count) = replayed(&place, &log, before).await;
        log.close().await;
        commits = count;
        line.round(events as f64 / again.as_secs_f64(), events as f64 / took.as_secs_f64());
    }
    let line = line
        .with("persons", persons)
        .with("file_bytes", bytes)
        .with("events", events)
        .with("commits", commits)
        .with("accept_s", rounded(median(upload)))
        .with("run_s", rounded(median(run)));
    report.add(database.name(), line);
}

async fn head(place: &Place) -> Position {
    let log = place.log_to_read().await;
    let head = log.head().await.unwrap();
    log.close().await;
    head
}

/// Imports a file: when it was accepted, and the position at which all of it was in.
async fn imported(client: &Client, file: Vec<u8>) -> (Duration, u64) {
    let begun = Instant::now();
    let head = registry::ImportHead {
        file_name: "人员信息.csv".to_owned(),
        basis: town::basis(Date::constant(2025, 7, 1)),
        request_id: request_id(),
        ..registry::ImportHead::default()
    };
    let head = registry::import_persons_request::Part::Head(head);
    let pieces: Vec<_> = file.chunks(PIECE_BYTES).map(<[u8]>::to_vec).collect();
    let pieces = pieces.into_iter().map(registry::import_persons_request::Part::Content);
    let parts = std::iter::once(head).chain(pieces);
    let parts = parts.map(|part| registry::ImportPersonsRequest { part: Some(part) });
    let parts: Vec<_> = parts.collect();
    let answer = client.registry().import_persons(stream::iter(parts)).await.unwrap();
    let accepted = begun.elapsed();
    let mut operation = answer.into_inner().operation.unwrap();
    let mut operations = client.operation();
    while operation.state() == State::Running {
        let wait = common::WaitOperationRequest { name: operation.name.clone() };
        let mut wait = tonic::Request::new(wait);
        wait.set_timeout(Duration::from_secs(3_600));
        operation = operations.wait_operation(wait).await.unwrap().into_inner().operation.unwrap();
    }
    assert_eq!(operation.state(), State::Done, "{operation:?}");
    (accepted, operation.position)
}

/// Commits the events after a position to another log, commit by commit as they were; how
/// long that log took, and how many commits there were.
async fn replayed(place: &Place, log: &Log, after: Position) -> (Duration, usize) {
    let from = place.log_to_read().await;
    let mut pages = std::pin::pin!(from.read(after, Filter::all(), 512));
    let (mut took, mut count) = (Duration::ZERO, 0);
    let mut transactions = Vec::new();
    while let Some(page) = pages.try_next().await.unwrap() {
        // Pages end where commits end.
        for commit in page.records.chunk_by(|one, next| one.commit.id == next.commit.id) {
            let commit = commit.iter().map(draft);
            transactions.push(commit.fold(Transaction::default(), Transaction::append));
            count += 1;
        }
        if transactions.len() >= 64 {
            took += committed(log, std::mem::take(&mut transactions)).await;
        }
    }
    took += committed(log, transactions).await;
    from.close().await;
    (took, count)
}

fn draft(record: &Record) -> EventDraft {
    let envelope = record.envelope().unwrap();
    let (stream, event_type) = (record.stream.clone(), record.event_type.clone());
    let draft = EventDraft::new(stream, event_type, &envelope.data).unwrap();
    envelope.tags().fold(draft, |draft, tag| draft.tagged(Tag::new(tag).unwrap()))
}

async fn committed(log: &Log, transactions: Vec<Transaction>) -> Duration {
    let begun = Instant::now();
    let commits = stream::iter(transactions).map(|transaction| log.commit(transaction));
    commits.buffered(IN_FLIGHT).try_for_each(|_| std::future::ready(Ok(()))).await.unwrap();
    begun.elapsed()
}
