//! The race that broke others: writers in several processes with pauses inside their
//! transactions, and subscribers that read throughout.

use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::time::Duration;

use quanheng_eventlog::{Filter, Position};
use quanheng_log_tests::{Fixture, Kind};

use crate::crash::worker;
use crate::sizes;

fn numbers(child: &mut Child, word: &str) -> Option<u64> {
    let lines = BufReader::new(child.stdout.take()?).lines();
    let mut found = None;
    for line in lines {
        if let Some(rest) = line.unwrap().strip_prefix(word) {
            found = rest.trim().parse().ok();
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_in_three_processes_on_postgres() {
    three_processes(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_in_three_processes_without_notifications() {
    three_processes(Kind::PostgresSilent).await;
}

async fn three_processes(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let events = sizes::RACE_EVENTS.get();
    let share = |writers: u64| (events / 8 * writers).to_string();
    let processes = [3, 3, 2].map(|writers: u64| {
        let arguments = ["race", "--writers", &writers.to_string(), "--events", &share(writers)];
        worker(&fixture, &arguments)
    });
    // Two subscribers of a fourth process, one of them with small pages.
    let mut subscribers = Vec::new();
    for page_size in [512, 3] {
        let subscription = log.subscribe(Position::START, Filter::all()).await.unwrap();
        let mut subscription = subscription.page_size(page_size);
        subscribers.push(tokio::spawn(async move {
            let (mut next, mut pages) = (1, 0_u64);
            loop {
                let page = tokio::time::timeout(Duration::from_secs(4), subscription.next()).await;
                let Ok(page) = page else {
                    return (next - 1, pages);
                };
                let page = page.unwrap();
                for record in &page.records {
                    assert_eq!(record.position.0, next, "skipped, repeated or out of order");
                    next += 1;
                }
                assert!(page.records.last().is_none_or(|record| record.commit.is_end()));
                pages += u64::from(!page.records.is_empty());
            }
        }));
    }
    let ended = processes.map(|mut process| {
        std::thread::spawn(move || {
            let stdout = process.stdout.take().unwrap();
            let lines: Vec<_> = BufReader::new(stdout).lines().map(Result::unwrap).collect();
            assert!(process.wait().unwrap().success(), "{lines:?}");
            let number = |word: &str| -> u64 {
                let line = lines.iter().find_map(|line| line.strip_prefix(word));
                line.unwrap().trim().parse().unwrap()
            };
            (number("appended"), number("tailed"))
        })
    });
    let mut appended = 0;
    for process in ended {
        let process = tokio::task::spawn_blocking(move || process.join().unwrap());
        let (events, pages) = process.await.unwrap();
        appended += events;
        assert!(pages > 20, "the subscriber hardly read while others wrote: {pages} pages");
    }
    for subscriber in subscribers {
        let (seen, pages) = subscriber.await.unwrap();
        assert_eq!(seen, appended, "everything was seen");
        assert!(pages > 50, "commits hardly landed during its reads: {pages} pages");
    }
    let verified = log.verify(|_| {}).await.unwrap();
    assert_eq!(verified.through, Position(appended));
    eprintln!("{kind:?}: {appended} events by 8 writers in 3 processes: {verified:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_and_readers_in_other_processes_on_sqlite() {
    let fixture = Fixture::new(Kind::Sqlite);
    fixture.open().await.close().await;
    let events = sizes::RACE_EVENTS.get() / 2;
    let events = events.to_string();
    let mut writer = worker(&fixture, &["race", "--writers", "8", "--events", &events]);
    let mut readers = [(); 2].map(|()| worker(&fixture, &["tail", "--through", &events]));
    let appended = tokio::task::spawn_blocking(move || {
        let appended = numbers(&mut writer, "appended");
        assert!(writer.wait().unwrap().success());
        appended.unwrap()
    });
    let appended = appended.await.unwrap();
    for reader in &mut readers {
        let tailed = tokio::task::block_in_place(|| numbers(reader, "tailed"));
        assert!(tailed.is_some(), "a reader failed");
        assert!(reader.wait().unwrap().success());
    }
    let log = fixture.open().await;
    assert_eq!(log.verify(|_| {}).await.unwrap().through, Position(appended));
}
