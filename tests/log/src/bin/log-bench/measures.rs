//! The measurements, each beside its limit.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt as _;
use quanheng_eventlog::{Backend, Filter, Log, Position};
use quanheng_log_tests::Fixture;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::load::{self, Names, Pace, now_us};
use super::report::{Report, median, percentile};
use super::{Arguments, limit};

pub(crate) struct Bench<'a> {
    backend: &'static str,
    fixture: &'a Fixture,
    log: Log,
    rounds: usize,
    time: Duration,
    report: &'a mut Report,
    peak: f64,
}

impl<'a> Bench<'a> {
    pub(crate) async fn open(
        backend: &'static str,
        fixture: &'a Fixture,
        arguments: &Arguments,
        report: &'a mut Report,
    ) -> Self {
        Self {
            backend,
            fixture,
            log: fixture.open().await,
            rounds: arguments.rounds,
            time: Duration::from_secs(arguments.seconds),
            report,
            peak: 0.0,
        }
    }

    pub(crate) async fn close(self) {
        self.log.close().await;
    }

    pub(crate) async fn preload(&mut self, events: u64) {
        let missing = events.saturating_sub(self.log.head().await.unwrap().0);
        let start = Instant::now();
        load::run(&self.log, 1_024, Duration::MAX, Some(missing)).await;
        eprintln!("{}: {missing} events loaded in {:?}", self.backend, start.elapsed());
    }

    /// Many and one, interleaved with both limits.
    pub(crate) async fn append(&mut self, name: &str) {
        const CONNECTIONS: [usize; 4] = [1, 8, 16, 32];
        const APPENDERS: [usize; 4] = [1, 16, 128, 1_024];
        let mut paces: HashMap<usize, Vec<Pace>> = HashMap::new();
        let mut singles: HashMap<usize, Vec<Pace>> = HashMap::new();
        let mut batches = Vec::new();
        let backend = self.fixture.backend();
        let short = self.time / 2;
        for _ in 0..self.rounds {
            let maker = Arc::new(limit::Maker::new(&self.log).await);
            batches.push(limit::batch(backend, &maker, self.time).await);
            for appenders in APPENDERS.into_iter().rev() {
                let pace = load::run(&self.log, appenders, self.time, None).await;
                paces.entry(appenders).or_default().push(pace);
            }
            let maker = Arc::new(limit::Maker::new(&self.log).await);
            for connections in CONNECTIONS {
                let pace = limit::single(backend, &maker, connections, short).await;
                singles.entry(connections).or_default().push(pace);
            }
        }
        let limit_batch = median(batches.clone());
        let rate_of = |paces: &[Pace]| median(paces.iter().map(|pace| pace.rate).collect());
        let best = singles.values().map(|paces| rate_of(paces)).fold(0.0, f64::max);
        let p50 = |paces: &[Pace]| median(paces.iter().map(|pace| pace.p50_us as f64).collect());
        let p99 = |paces: &[Pace]| median(paces.iter().map(|pace| pace.p99_us as f64).collect());
        let events = self.log.head().await.unwrap().0;
        for appenders in APPENDERS {
            let these = &paces[&appenders];
            let ratios = these.iter().zip(&batches).map(|(pace, limit)| pace.rate / limit);
            let mut line = json!({
                "bench": name, "backend": self.backend, "appenders": appenders, "events": events,
                "rate": rate_of(these).round(), "p50_us": p50(these), "p99_us": p99(these),
                "limit_single": best.round(), "limit_batch": limit_batch.round(),
                "ratio_single": rounded(rate_of(these) / best),
                "ratio_batch": rounded(median(ratios.collect())),
            });
            if appenders == 1 {
                let limit = p50(&singles[&1]);
                line["limit_p50_us"] = limit.into();
                line["ratio_p50"] = rounded(p50(these) / limit).into();
            }
            self.report.add(line);
        }
        self.peak = rate_of(&paces[&1_024]);
    }

    /// Reading everything, against a plain SELECT.
    pub(crate) async fn read(&mut self) {
        let mut ratios = Vec::new();
        let mut rates = Vec::new();
        let mut limits = Vec::new();
        for round in 0..=self.rounds.min(3) {
            let start = Instant::now();
            let mut events = 0;
            let mut pages = std::pin::pin!(self.log.read(Position::START, Filter::all(), 512));
            while let Some(page) = pages.try_next().await.unwrap() {
                events += page.records.len();
            }
            let rate = events as f64 / start.elapsed().as_secs_f64();
            let limit = limit::select_all(self.fixture.backend()).await;
            // The first only warms the caches.
            if round > 0 {
                ratios.push(rate / limit);
                rates.push(rate);
                limits.push(limit);
            }
        }
        self.report.add(json!({
            "bench": "read", "backend": self.backend, "rate": median(rates).round(),
            "limit_select": median(limits).round(), "ratio_select": rounded(median(ratios)),
        }));
    }

    /// From commit to delivery, at half of the peak rate, here and in another process.
    pub(crate) async fn delivery(&mut self) {
        if self.peak == 0.0 {
            self.peak = load::run(&self.log, 1_024, self.time, None).await.rate;
        }
        let rate = self.peak / 2.0;
        let mut there = self.spawn(&["--role", "subscribe"]);
        let mut lines = BufReader::new(there.stdout.take().unwrap()).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("ready"));

        let head = self.log.head().await.unwrap();
        let mut subscription = self.log.subscribe(head, Filter::all()).await.unwrap();
        let here = tokio::spawn(async move {
            let mut delivered = Vec::new();
            while let Ok(page) =
                tokio::time::timeout(Duration::from_secs(1), subscription.next()).await
            {
                let now = now_us();
                delivered
                    .extend(page.unwrap().records.iter().map(|record| (record.position.0, now)));
            }
            delivered
        });
        let commits = self.paced(rate).await;
        let here: HashMap<u64, u64> = here.await.unwrap().into_iter().collect();
        drop(there.stdin.take());
        let mut elsewhere = HashMap::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            let (position, at) = line.split_once(' ').unwrap();
            elsewhere.insert(position.parse::<u64>().unwrap(), at.parse::<u64>().unwrap());
        }
        there.wait().await.unwrap();
        let mut commit: Vec<u64> = commits.iter().map(|c| c.answered - c.sent).collect();
        commit.sort_unstable();
        let commit_p99 = percentile(&commit, 99.0);
        let time_to = |delivered: &HashMap<u64, u64>, from: fn(&Commit) -> u64| {
            let times = commits.iter().map(|c| delivered[&c.position].saturating_sub(from(c)));
            let mut times: Vec<u64> = times.collect();
            times.sort_unstable();
            (percentile(&times, 50.0), percentile(&times, 99.0))
        };
        for (process, delivered) in [("same", &here), ("other", &elsewhere)] {
            let (p50, p99) = time_to(delivered, |c| c.answered);
            let (_, p99_sent) = time_to(delivered, |c| c.sent);
            self.report.add(json!({
                "bench": "delivery", "backend": self.backend, "process": process,
                "rate": rate.round(), "p50_us": p50, "p99_us": p99, "commit_p99_us": commit_p99,
                "ratio_p99": rounded(p99 as f64 / commit_p99 as f64),
                "ratio_p99_from_sending": rounded(p99_sent as f64 / commit_p99 as f64),
            }));
        }
    }

    /// Appends at a steady rate, whether or not earlier ones are answered.
    async fn paced(&self, rate: f64) -> Vec<Commit> {
        const LANES: usize = 64;
        let every = Duration::from_secs_f64(LANES as f64 / rate);
        let time = self.time * 2;
        let start = Instant::now();
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| {
                let log = self.log.clone();
                tokio::spawn(async move {
                    let names = Names::new(lane);
                    let mut ticks = tokio::time::interval(every);
                    let mut commits = Vec::new();
                    while start.elapsed() < time {
                        ticks.tick().await;
                        let log = log.clone();
                        let transaction = names.transaction(lane as u64);
                        commits.push(tokio::spawn(async move {
                            let sent = now_us();
                            let receipt = log.commit(transaction).await.unwrap().into_receipt();
                            Commit { position: receipt.position.0, sent, answered: now_us() }
                        }));
                    }
                    commits
                })
            })
            .collect();
        let mut commits = Vec::new();
        for lane in lanes {
            for commit in lane.await.unwrap() {
                commits.push(commit.await.unwrap());
            }
        }
        commits
    }

    /// Two processes that decide on one stream, against two on streams of their own.
    pub(crate) async fn two_processes(&mut self) {
        let mut ratios = Vec::new();
        let (mut hot, mut cold) = (Vec::new(), Vec::new());
        let mut conflicts = 0;
        for _ in 0..self.rounds {
            let (rate_cold, none) = self.pair("decide-on-many").await;
            let (rate_hot, some) = self.pair("decide-on-one").await;
            ratios.push(rate_hot / rate_cold);
            hot.push(rate_hot);
            cold.push(rate_cold);
            conflicts += none + some;
        }
        self.report.add(json!({
            "bench": "two_processes", "backend": self.backend, "appenders": 512,
            "rate": median(hot).round(), "limit_spread": median(cold).round(),
            "ratio_spread": rounded(median(ratios)), "conflicts": conflicts,
        }));
    }

    async fn pair(&self, role: &str) -> (f64, u64) {
        let seconds = self.time.as_secs().to_string();
        let workers: Vec<_> = ["1", "2"]
            .map(|nr| self.spawn(&["--role", role, "--seconds", &seconds, "--nr", nr]))
            .into_iter()
            .collect();
        let (mut rate, mut conflicts) = (0.0, 0);
        for mut worker in workers {
            let mut said = String::new();
            worker.stdout.take().unwrap().read_to_string(&mut said).await.unwrap();
            assert!(worker.wait().await.unwrap().success());
            let (of, with) = said.trim().split_once(' ').unwrap();
            rate += of.parse::<f64>().unwrap();
            conflicts += with.parse::<u64>().unwrap();
        }
        (rate, conflicts)
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        let (at, schema) = match self.fixture.backend() {
            Backend::Sqlite(options) => (options.folder.display().to_string(), ""),
            Backend::Postgres(options) => {
                let connect = &options.connect;
                let (user, port) = (connect.get_username(), connect.get_port());
                let url = format!("postgres://{user}@{}:{port}/postgres", connect.get_host());
                (url, options.schema.as_str())
            }
        };
        Command::new(std::env::current_exe().unwrap())
            .args(["worker", "--at", &at, "--schema", schema])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// What a million events leave in memory, and how far the write-ahead log grows.
    pub(crate) async fn memory(&mut self) {
        load::run(&self.log, 1_024, self.time, None).await;
        let before = anonymous_kib();
        let wal = self.fixture.folder().map(|folder| folder.join("log.sqlite-wal"));
        let watched = tokio::spawn(async move {
            let mut largest = (0, 0);
            loop {
                let bytes = wal.as_ref().and_then(|wal| std::fs::metadata(wal).ok());
                largest.0 = largest.0.max(bytes.map_or(0, |wal| wal.len()));
                largest.1 = largest.1.max(anonymous_kib());
                WATCHED.lock().unwrap().clone_from(&largest);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let pace = load::run(&self.log, 1_024, Duration::MAX, Some(1_000_000)).await;
        watched.abort();
        let (wal_bytes, most) = *WATCHED.lock().unwrap();
        self.report.add(json!({
            "bench": "memory", "backend": self.backend, "appenders": 1_024, "events": 1_000_000,
            "rate": pace.rate.round(), "p50_us": pace.p50_us, "p99_us": pace.p99_us,
            "anonymous_kib_before": before, "anonymous_kib_most": most,
            "grown_kib": most.saturating_sub(before), "wal_bytes_most": wal_bytes,
        }));
    }
}

static WATCHED: std::sync::Mutex<(u64, u64)> = std::sync::Mutex::new((0, 0));

struct Commit {
    position: u64,
    sent: u64,
    answered: u64,
}

fn rounded(ratio: f64) -> f64 {
    (ratio * 1_000.0).round() / 1_000.0
}

fn anonymous_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}
