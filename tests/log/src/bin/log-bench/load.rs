//! Appenders, here and in other processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use clap::{Args, ValueEnum};
use quanheng_eventlog::{
    Backend, CommitError, Context, EventDraft, EventType, Filter, Log, Method, Position,
    PostgresOptions, Principal, Proposal, RequestKey, StreamName, Tag, Transaction,
};
use quanheng_log_tests::{event_type, key, next_count, stream, tag};
use uuid::Uuid;

use super::report::percentile;

/// How fast it went.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pace {
    pub(crate) rate: f64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
}

impl Pace {
    pub(crate) fn of(mut times: Vec<u64>, took: Duration) -> Self {
        times.sort_unstable();
        Self {
            rate: times.len() as f64 / took.as_secs_f64(),
            p50_us: percentile(&times, 50.0),
            p99_us: percentile(&times, 99.0),
        }
    }
}

/// The names that an appender uses again and again.
pub(crate) struct Names {
    stream: StreamName,
    event_type: EventType,
    fixed: [Tag; 2],
    context: Context,
}

impl Names {
    pub(crate) fn new(appender: usize) -> Self {
        Self {
            stream: stream(format!("quotaAccounts/0193a8f0-0000-7000-8000-{appender:012}")),
            event_type: event_type("quanheng.quota.seats_occupied.v1"),
            fixed: [
                tag(format!("units/0193a8f0-0000-7000-8000-{:012}", appender % 977)),
                tag(format!("promotionRounds/0193a8f0-0000-7000-8000-{:012}", appender % 61)),
            ],
            context: Context {
                principal: Some(Principal::new("principals/0193a8f0").unwrap()),
                method: Some(Method::new("quanheng.quota.v1.QuotaService/OccupySeats").unwrap()),
                traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
                ..Context::default()
            },
        }
    }

    /// One event with three tags, under a random request id, with an answer.
    pub(crate) fn transaction(&self, nr: u64) -> Transaction {
        let facts = serde_json::json!({
            "rank": "GM07", "seats": 1, "nr": nr, "hold": "0193a8f0-0000-7000-8000-000000000000",
            "document": "组通〔2026〕12号", "effective_date": "2026-11-23",
        });
        let person = tag(format!("persons/0193a8f0-0000-7000-8000-{:012}", nr % 1_000_003));
        let [unit, round] = self.fixed.clone();
        let draft = EventDraft::new(self.stream.clone(), self.event_type.clone(), &facts)
            .unwrap()
            .tagged(unit)
            .tagged(round)
            .tagged(person);
        let request_id = Uuid::new_v4();
        let mut context = self.context.clone();
        context.request_id = Some(request_id);
        Transaction { context, ..Transaction::default() }
            .append(draft)
            .keyed(key(request_id, "body"), "{\"position\":\"0000000\"}")
    }
}

/// Runs appenders until the time is up or so many events are in.
pub(crate) async fn run(log: &Log, appenders: usize, time: Duration, events: Option<u64>) -> Pace {
    let left = Arc::new(AtomicU64::new(events.unwrap_or(u64::MAX)));
    let start = Instant::now();
    let tasks: Vec<_> = (0..appenders)
        .map(|appender| {
            let (log, left) = (log.clone(), Arc::clone(&left));
            tokio::spawn(async move {
                let names = Names::new(appender);
                let mut times = Vec::new();
                while start.elapsed() < time {
                    let nr = left.load(Ordering::Relaxed);
                    if nr == 0 || left.fetch_sub(1, Ordering::Relaxed) == 0 {
                        break;
                    }
                    let before = Instant::now();
                    log.commit(names.transaction(nr)).await.unwrap();
                    times.push(before.elapsed().as_micros() as u64);
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    Pace::of(times, start.elapsed())
}

pub(crate) fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    since.as_micros() as u64
}

/// What another process does in a measurement.
#[derive(Debug, Clone, Copy, ValueEnum, PartialEq, Eq)]
pub(crate) enum Role {
    /// Decides on one stream, over its state.
    DecideOnOne,
    /// Decides on a stream of each appender's own.
    DecideOnMany,
    /// Subscribes from the head and prints delivery times.
    Subscribe,
}

/// Another process.
#[derive(Debug, Args)]
pub(crate) struct Worker {
    #[arg(long)]
    role: Role,
    /// A folder or a database URL.
    #[arg(long)]
    at: String,
    #[arg(long, default_value = "")]
    schema: String,
    #[arg(long, default_value_t = 0)]
    nr: usize,
    #[arg(long, default_value_t = 256)]
    appenders: usize,
    #[arg(long, default_value_t = 2)]
    seconds: u64,
}

impl Worker {
    async fn open(&self) -> Log {
        if self.schema.is_empty() {
            let options = quanheng_eventlog::Options::sqlite(&self.at);
            return Log::open_read_only(options).await.unwrap();
        }
        let mut options = PostgresOptions::new(self.at.parse().unwrap(), self.schema.clone());
        options.migrate = false;
        Log::open(Backend::Postgres(options).into()).await.unwrap()
    }

    pub(crate) async fn run(self) {
        let log = self.open().await;
        match self.role {
            Role::Subscribe => self.subscribe(&log).await,
            Role::DecideOnOne | Role::DecideOnMany => self.decide(&log).await,
        }
        log.close().await;
    }

    /// Prints `rate conflicts`.
    async fn decide(&self, log: &Log) {
        let conflicts = Arc::new(AtomicU64::new(0));
        // Warm up: connections, states.
        let warm = (0..self.appenders).map(|appender| {
            let proposal = self.proposal(appender);
            log.commit(proposal)
        });
        futures::future::join_all(warm).await;
        let start = Instant::now();
        let time = Duration::from_secs(self.seconds);
        let tasks: Vec<_> = (0..self.appenders)
            .map(|appender| {
                let (log, conflicts) = (log.clone(), Arc::clone(&conflicts));
                let one = (self.role, self.nr);
                tokio::spawn(async move {
                    let mut done = 0_u64;
                    while start.elapsed() < time {
                        match log.commit(proposal(one.0, one.1, appender)).await {
                            Ok(_) => done += 1,
                            Err(CommitError::Conflict { .. }) => {
                                conflicts.fetch_add(1, Ordering::Relaxed);
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                    done
                })
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            done += task.await.unwrap();
        }
        let rate = done as f64 / start.elapsed().as_secs_f64();
        println!("{rate} {}", conflicts.load(Ordering::Relaxed));
    }

    fn proposal(&self, appender: usize) -> Proposal {
        proposal(self.role, self.nr, appender)
    }

    /// Prints `position delivered_us` for every event until told to stop by the end of
    /// its input.
    async fn subscribe(&self, log: &Log) {
        use tokio::io::AsyncReadExt as _;
        let head = log.head().await.unwrap();
        let mut subscription = log.subscribe(head, Filter::all()).await.unwrap();
        println!("ready");
        let mut delivered: Vec<(Position, u64)> = Vec::new();
        let mut end = [0];
        let mut stdin = tokio::io::stdin();
        loop {
            tokio::select! {
                _ = stdin.read(&mut end) => break,
                page = subscription.next() => {
                    let now = now_us();
                    let page = page.unwrap();
                    delivered.extend(page.records.iter().map(|record| (record.position, now)));
                }
            }
        }
        for (position, at) in delivered {
            println!("{position} {at}");
        }
    }
}

fn proposal(role: Role, nr: usize, appender: usize) -> Proposal {
    if role == Role::DecideOnOne {
        return next_count(stream("hot"), Some(random_key()), u64::MAX);
    }
    let name = stream(format!("cold/{nr}/{appender}"));
    next_count(name, Some(random_key()), u64::MAX)
}

fn random_key() -> RequestKey {
    key(Uuid::new_v4(), "body")
}
