//! Crashes: processes and servers killed, connections cut. What was acknowledged is
//! there; a transaction is there wholly or not at all; asking again with the same key
//! gives every request exactly one effect.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::{StreamExt as _, TryStreamExt as _};
use quanheng_eventlog::{
    Backend, CommitError, Fate, Filter, Log, Options, Outcome, Position, PostgresOptions,
};
use quanheng_log_tests::{
    Fixture, Kind, count_up, events_of, fresh_schema, marked, next_count, request_tag, stream,
};
use quanheng_testkit::cluster::Cluster;
use quanheng_testkit::proxy::Proxy;
use quanheng_testkit::signal::{sigcont, sigkill, sigstop};
use rand::{RngExt as _, SeedableRng as _};
use uuid::Uuid;

use crate::sizes;

/// Another process with the log of a fixture.
pub(crate) fn worker(fixture: &Fixture, arguments: &[&str]) -> Child {
    worker_command(fixture, arguments).spawn().unwrap()
}

pub(crate) fn worker_command(fixture: &Fixture, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_log-worker"));
    match fixture.backend() {
        Backend::Sqlite(options) => command.arg("--at").arg(&options.folder),
        Backend::Postgres(options) => {
            let connect = &options.connect;
            let (user, port) = (connect.get_username(), connect.get_port());
            let url = format!("postgres://{user}@{}:{port}/postgres", connect.get_host());
            command.args(["--at", &url, "--schema", &options.schema])
        }
    };
    command.args(arguments).stdout(Stdio::piped());
    command
}

/// What a writer said before it died.
#[derive(Default)]
struct Said {
    sent: HashSet<Uuid>,
    acked: HashMap<Uuid, Position>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("sent"), Some(id), None) => {
                self.sent.insert(id.parse().unwrap());
            }
            (Some("acked"), Some(id), Some(position)) => {
                let position = Position(position.parse().unwrap());
                self.acked.insert(id.parse().unwrap(), position);
            }
            _ => {}
        }
    }
}

async fn events_tagged(log: &Log, id: Uuid) -> u64 {
    let filter = Filter::all().and_tag(request_tag(id));
    let pages: Vec<_> = log.read(Position::START, filter, 512).try_collect().await.unwrap();
    pages.iter().map(|page| page.records.len() as u64).sum()
}

/// Nothing acknowledged is missing, nothing is there by half; and after every request
/// was asked again, each has exactly one effect.
async fn settle(log: &Log, said: &Said) {
    for (id, position) in &said.acked {
        match log.commit(marked(*id)).await.unwrap() {
            Outcome::Replayed(receipt) => assert_eq!(receipt.position, *position),
            Outcome::Committed(_) => panic!("acknowledged {id} was not stored"),
        }
        assert_eq!(events_tagged(log, *id).await, events_of(*id));
    }
    let unanswered: Vec<_> = said.sent.iter().filter(|id| !said.acked.contains_key(id)).collect();
    for id in unanswered {
        let before = events_tagged(log, *id).await;
        let outcome = log.commit(marked(*id)).await.unwrap();
        match outcome {
            Outcome::Replayed(_) => assert_eq!(before, events_of(*id)),
            Outcome::Committed(_) => assert_eq!(before, 0, "{id} was there by half"),
        }
        assert_eq!(events_tagged(log, *id).await, events_of(*id));
    }
}

async fn killed_writers(kind: Kind, times: u64) {
    let fixture = Fixture::new(kind);
    let mut random = rand::rngs::StdRng::seed_from_u64(times);
    let mut requests = 0;
    for round in 0..times {
        let mut writer = worker(&fixture, &["write"]);
        let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let pid = writer.id();
        // Mostly while it writes, sometimes while it opens the log.
        let micros = random.random_range(0..120_000_u64);
        let after_open = round % 8 != 0;
        let mut killer = None;
        let mut start_killer = || {
            killer.get_or_insert_with(|| {
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_micros(micros));
                    sigkill(pid);
                })
            });
        };
        if !after_open {
            start_killer();
        }
        let mut said = Said::default();
        for line in lines {
            let line = line.unwrap();
            if line == "open" {
                start_killer();
            }
            said.hear(&line);
        }
        writer.wait().unwrap();
        let log = fixture.open().await;
        settle(&log, &said).await;
        requests += said.sent.len();
        if round % 10 == 0 {
            log.verify(|_| {}).await.unwrap();
        }
        log.close().await;
    }
    let log = fixture.open().await;
    let verified = log.verify(|_| {}).await.unwrap();
    eprintln!("{kind:?}: {times} kills, {requests} requests, {verified:?}");
    assert!(requests as u64 >= times, "the writers hardly wrote: {requests}");
    assert_eq!(verified.commits, requests as u64, "every request has one effect");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_killed_at_any_instant_on_sqlite() {
    killed_writers(Kind::Sqlite, sizes::KILLS.get()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_killed_at_any_instant_on_postgres() {
    killed_writers(Kind::Postgres, sizes::KILLS.get()).await;
}

/// Appends until told to stop; asks again while the outcome is unknown.
async fn persistent(log: Log, until: Instant) -> Vec<Uuid> {
    let mut done = Vec::new();
    while Instant::now() < until {
        let id = Uuid::new_v4();
        loop {
            match log.commit(marked(id)).await {
                Ok(_) => break,
                Err(CommitError::Unavailable { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        done.push(id);
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_killed_under_writers_and_subscribers() {
    let mut cluster = Cluster::start();
    let options = PostgresOptions::new(cluster.url().parse().unwrap(), fresh_schema());
    let log = Log::open(Backend::Postgres(options).into()).await.unwrap();
    let kills = sizes::SERVER_KILLS.get();
    let until = Instant::now() + Duration::from_millis(1_500 * kills);
    let writers: Vec<_> = (0..8).map(|_| tokio::spawn(persistent(log.clone(), until))).collect();
    let mut subscription = log.subscribe(Position::START, Filter::all()).await.unwrap();
    let tail = tokio::spawn(async move {
        let mut next = 1;
        loop {
            let page = tokio::time::timeout(Duration::from_secs(8), subscription.next()).await;
            let Ok(page) = page else { return next - 1 };
            for record in page.unwrap().records {
                assert_eq!(record.position, Position(next), "skipped or repeated");
                next += 1;
            }
        }
    });
    for kill in 0..kills {
        tokio::time::sleep(Duration::from_millis(300 + 137 * (kill % 5))).await;
        cluster = tokio::task::spawn_blocking(move || {
            cluster.kill();
            std::thread::sleep(Duration::from_millis(100));
            cluster.restart();
            cluster
        })
        .await
        .unwrap();
    }
    let mut events = 0;
    for writer in writers {
        for id in writer.await.unwrap() {
            assert_eq!(events_tagged(&log, id).await, events_of(id));
            events += events_of(id);
        }
    }
    let verified = log.verify(|_| {}).await.unwrap();
    eprintln!("{kills} server kills: {verified:?}");
    assert_eq!(verified.through, Position(events), "every request has one effect");
    assert_eq!(tail.await.unwrap(), events, "the subscriber saw everything");
}

fn behind(proxy: &Proxy, fixture: &Fixture) -> Options {
    let Backend::Postgres(mut options) = fixture.backend().clone() else {
        panic!("PostgreSQL only")
    };
    options.connect =
        options.connect.port(proxy.port()).ssl_mode(sqlx::postgres::PgSslMode::Disable);
    let mut options = Options::from(Backend::Postgres(options));
    options.bounds.commit_wait_max = Duration::from_secs(20);
    options
}

fn port(fixture: &Fixture) -> u16 {
    match fixture.backend() {
        Backend::Postgres(options) => options.connect.get_port(),
        Backend::Sqlite(_) => panic!("PostgreSQL only"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_while_committing_are_settled() {
    let fixture = Fixture::new(Kind::Postgres);
    // The statement as it stands in a simple query.
    let proxy = Proxy::start(port(&fixture), b"COMMIT\0").await.unwrap();
    let log = Log::open(behind(&proxy, &fixture)).await.unwrap();
    let rounds = sizes::CUTS.get();
    let mut expected = 0;
    for round in 0..rounds {
        match round % 4 {
            0 => proxy.cut_before(1),
            1 => proxy.cut_after(1),
            2 => {
                proxy.cut_before(1);
                proxy.cut_after(2);
            }
            _ => proxy.cut_all(),
        }
        // Without request keys, too: the sequencer finds out by itself, and nobody
        // has to ask again.
        let unkeyed = (0..5).map(|n| log.commit(count_up(&[stream(format!("cut/{n}"))])));
        let keyed = (0..5).map(|_| log.commit(marked(Uuid::new_v4())));
        let decided = (0..5).map(|_| log.commit(next_count(stream("cut/hot"), None, u64::MAX)));
        let (unkeyed, keyed, decided) =
            futures::join!(join_all(unkeyed), join_all(keyed), join_all(decided));
        for outcome in unkeyed.into_iter().chain(keyed).chain(decided) {
            let outcome = outcome.unwrap();
            assert!(matches!(outcome, Outcome::Committed(_)), "{outcome:?}");
            expected += outcome.receipt().versions.len() as u64;
        }
    }
    let verified = log.verify(|_| {}).await.unwrap();
    assert_eq!(verified.through, Position(expected), "every commit has one effect");
    assert_eq!(log.stream_version(&stream("cut/hot")).await.unwrap().0, rounds * 5);
    assert!(proxy.cut_count() > rounds / 2, "only {} were cut", proxy.cut_count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_callers_are_told_and_subscribers_wait() {
    let fixture = Fixture::new(Kind::Postgres);
    let proxy = Proxy::start(port(&fixture), b"COMMIT\0").await.unwrap();
    let mut options = behind(&proxy, &fixture);
    options.bounds.commit_wait_max = Duration::from_millis(700);
    let log = Log::open(options).await.unwrap();
    log.commit(count_up(&[stream("a")])).await.unwrap();
    let mut subscription = log.subscribe(Position::START, Filter::all()).await.unwrap();
    assert_eq!(subscription.next().await.unwrap().through, Position(1));
    proxy.refuse(true);
    proxy.cut_all();
    let start = Instant::now();
    let refused = log.commit(count_up(&[stream("a")])).await;
    assert!(matches!(refused, Err(CommitError::Unavailable { .. })), "{refused:?}");
    assert!(start.elapsed() < Duration::from_secs(5), "told late: {:?}", start.elapsed());
    let waiting = tokio::time::timeout(Duration::from_millis(300), subscription.next()).await;
    assert!(waiting.is_err(), "{waiting:?}");
    proxy.refuse(false);
    let back = Instant::now();
    while log.commit(marked(Uuid::new_v4())).await.is_err() {
        assert!(back.elapsed() < Duration::from_secs(20), "it does not come back");
    }
    let page = tokio::time::timeout(Duration::from_secs(10), subscription.next()).await;
    assert!(page.unwrap().unwrap().through > Position(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_outcome_stays_unknown_says_so() {
    let fixture = Fixture::new(Kind::Postgres);
    let proxy = Proxy::start(port(&fixture), b"COMMIT\0").await.unwrap();
    let mut options = behind(&proxy, &fixture);
    options.bounds.commit_wait_max = Duration::from_millis(600);
    let log = Log::open(options).await.unwrap();
    log.commit(count_up(&[stream("a")])).await.unwrap();
    let id = Uuid::new_v4();
    proxy.cut_after(1);
    let commit = log.commit(marked(id));
    let mut commit = std::pin::pin!(commit);
    // The commit reaches the server, and then nothing does.
    while proxy.cut_count() == 0 {
        let step = tokio::time::timeout(Duration::from_millis(1), &mut commit).await;
        assert!(step.is_err() || proxy.cut_count() > 0);
        proxy.refuse(true);
    }
    let refused = commit.await;
    assert!(
        matches!(refused, Err(CommitError::Unavailable { fate: Fate::Unknown, .. })),
        "{refused:?}"
    );
    proxy.refuse(false);
    let back = Instant::now();
    let outcome = loop {
        match log.commit(marked(id)).await {
            Ok(outcome) => break outcome,
            Err(error) => assert!(back.elapsed() < Duration::from_secs(20), "{error}"),
        }
    };
    assert!(matches!(outcome, Outcome::Replayed(_)), "it had been stored");
    assert_eq!(events_tagged(&log, id).await, events_of(id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_holder_of_the_lock_delays_others_by_its_timeout_at_most() {
    let mut fixture = Fixture::new(Kind::Postgres);
    let holder_wait = Duration::from_millis(1_500);
    if let Backend::Postgres(options) = fixture.backend_mut() {
        options.lock_holder_wait_max = holder_wait;
    }
    let log = fixture.open().await;
    log.commit(count_up(&[stream("a")])).await.unwrap();
    let ms = holder_wait.as_millis().to_string();
    let mut holder = worker_command(&fixture, &["--lock-holder-ms", &ms, "hold", "--ms", "300"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "inside"));
    sigstop(holder.id());
    let start = Instant::now();
    log.commit(count_up(&[stream("a")])).await.unwrap();
    let delayed = start.elapsed();
    assert!(delayed > Duration::from_millis(200), "it did not hold the lock: {delayed:?}");
    assert!(delayed < holder_wait + Duration::from_secs(2), "delayed by {delayed:?}");
    // When it goes on, its session is gone; it decides again and commits.
    sigcont(holder.id());
    let rest: Vec<_> = lines.map(Result::unwrap).collect();
    assert!(rest.iter().any(|line| line == "inside"), "decided again: {rest:?}");
    assert!(rest.iter().any(|line| line.starts_with("acked 3 ")), "{rest:?}");
    assert!(holder.wait().unwrap().success());
    assert_eq!(log.verify(|_| {}).await.unwrap().through, Position(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_gives_up_leaves_no_trace() {
    let fixture = Fixture::new(Kind::Postgres);
    let log = fixture.open().await;
    for _ in 0..20 {
        log.commit(count_up(&vec![stream("a"); 50])).await.unwrap();
    }
    // Reads dropped at any point must not leave answers for the next reader.
    for nr in 0..300_u64 {
        let mut pages = std::pin::pin!(log.read(Position(nr), Filter::all(), 64));
        let impatient = Duration::from_micros(nr * 7);
        let _ =
            tokio::time::timeout(impatient, async { while pages.next().await.is_some() {} }).await;
        let page = log.page(Position(nr * 3), &Filter::all(), 1).await.unwrap();
        assert_eq!(page.records[0].position, Position(nr * 3 + 1));
    }
}
