//! Another process of a test: it appends, tails, or stands in the way, and says so on
//! its standard output, one line an event, so that its words survive its death.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use quanheng_eventlog::{
    Backend, Changes, CommitError, Context, Fate, Filter, Log, Options, Position, PostgresOptions,
    Proposal, Read, SqliteOptions,
};
use quanheng_log_tests::{Count, counted, key, marked, stream};
use rand::RngExt as _;
use uuid::Uuid;

#[derive(Parser)]
struct Arguments {
    /// A folder or a database URL.
    #[arg(long)]
    at: String,
    /// The schema, on PostgreSQL.
    #[arg(long, default_value = "")]
    schema: String,
    /// How long a stopped holder of the lock may hold others up, on PostgreSQL.
    #[arg(long, default_value_t = 3_000)]
    lock_holder_ms: u64,
    /// The bound of the write-ahead log, on SQLite.
    #[arg(long)]
    wal_bytes_max: Option<u64>,
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Commits marked transactions until killed: `sent ID` before, `acked ID POSITION`
    /// after each.
    Write {
        /// How many at once.
        #[arg(long, default_value_t = 8)]
        appenders: usize,
        /// Ends after so many.
        #[arg(long, default_value_t = u64::MAX)]
        count: u64,
    },
    /// Decides with random pauses inside the log's transactions, and tails meanwhile:
    /// `appended EVENTS` and `tailed PAGES` at the end.
    Race {
        #[arg(long)]
        writers: usize,
        #[arg(long)]
        events: u64,
    },
    /// Says `inside` while it holds the log's lock, for some time, then `acked`.
    Hold {
        #[arg(long)]
        ms: u64,
    },
    /// Only reads, from the start: `tailed POSITION` at a position.
    Tail {
        #[arg(long)]
        through: u64,
    },
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments = Arguments::parse();
    let backend = if arguments.schema.is_empty() {
        let mut options = SqliteOptions::new(&arguments.at);
        options.wal_bytes_max = arguments.wal_bytes_max.unwrap_or(options.wal_bytes_max);
        Backend::Sqlite(options)
    } else {
        let url = arguments.at.parse().unwrap();
        let mut options = PostgresOptions::new(url, &arguments.schema);
        options.lock_holder_wait_max = Duration::from_millis(arguments.lock_holder_ms);
        Backend::Postgres(options)
    };
    let options = Options::from(backend);
    if let Role::Tail { through } = arguments.role {
        let log = Log::open_read_only(options).await.unwrap();
        tail(&log, through).await;
        println!("tailed {through}");
        return;
    }
    let log = Log::open(options).await.unwrap();
    println!("open");
    match arguments.role {
        Role::Write { appenders, count } => write(&log, appenders, count).await,
        Role::Race { writers, events } => race(&log, writers, events).await,
        Role::Hold { ms } => hold(&log, ms).await,
        Role::Tail { .. } => {}
    }
    log.close().await;
}

async fn write(log: &Log, appenders: usize, count: u64) {
    let left = Arc::new(std::sync::atomic::AtomicU64::new(count));
    let tasks: Vec<_> = (0..appenders)
        .map(|_| {
            let (log, left) = (log.clone(), Arc::clone(&left));
            tokio::spawn(async move {
                let less = |left: u64| left.checked_sub(1);
                use std::sync::atomic::Ordering::SeqCst;
                while left.fetch_update(SeqCst, SeqCst, less).is_ok() {
                    let id = Uuid::new_v4();
                    println!("sent {id}");
                    match log.commit(marked(id)).await {
                        Ok(outcome) => println!("acked {id} {}", outcome.receipt().position),
                        Err(CommitError::Unavailable { fate, .. }) => {
                            assert!(matches!(fate, Fate::Unknown | Fate::NotStored));
                            println!("unanswered {id}");
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Appends one to four events over some streams, and now and then pauses while the
/// log's transaction is open.
fn paused(nr: u64) -> Proposal {
    let names: Vec<_> = (0..=nr % 4).map(|k| stream(format!("race/{}", (nr + k) % 13))).collect();
    let mut reads: Vec<Read> = names.iter().cloned().map(Read::version).collect();
    reads.push(Read::state(stream("race/hot"), Arc::new(Count)));
    let context = Context::default();
    Proposal::with(context, Some(key(Uuid::new_v4(), "race")), reads, move |_| {
        let pause = rand::rng().random_range(0..4_000_u64);
        if pause > 3_800 {
            let pause = Duration::from_micros(pause);
            tokio::task::block_in_place(|| std::thread::sleep(pause));
        }
        let mut events: Vec<_> = names.iter().map(counted).collect();
        if nr.is_multiple_of(3) {
            events.push(counted(&stream("race/hot")));
        }
        Ok(Changes { events, ..Changes::default() })
    })
}

async fn race(log: &Log, writers: usize, events: u64) {
    let tail = {
        let log = log.clone();
        let mut subscription = log.subscribe(Position::START, Filter::all()).await.unwrap();
        tokio::spawn(async move {
            let mut pages = 0_u64;
            let mut next = 1;
            while let Ok(page) =
                tokio::time::timeout(Duration::from_secs(3), subscription.next()).await
            {
                let page = page.unwrap();
                for record in &page.records {
                    assert_eq!(record.position.0, next, "a subscriber skipped or repeated");
                    next += 1;
                }
                assert!(page.records.last().is_none_or(|record| record.commit.is_end()));
                pages += 1;
            }
            pages
        })
    };
    let appended: Vec<_> = (0..writers)
        .map(|writer| {
            let log = log.clone();
            let share = events / writers as u64;
            tokio::spawn(async move {
                let mut appended = 0;
                let mut nr = writer as u64 * 7;
                while appended < share {
                    nr += 1;
                    let outcome = log.commit(paused(nr)).await.unwrap();
                    appended += outcome.receipt().versions.len() as u64;
                }
                appended
            })
        })
        .collect();
    let mut total = 0;
    for writer in appended {
        total += writer.await.unwrap();
    }
    println!("appended {total}");
    println!("tailed {}", tail.await.unwrap());
}

async fn hold(log: &Log, ms: u64) {
    let start = Instant::now();
    let proposal =
        Proposal::with(Context::default(), None, vec![Read::version(stream("held"))], move |_| {
            println!("inside");
            tokio::task::block_in_place(|| std::thread::sleep(Duration::from_millis(ms)));
            Ok(Changes { events: vec![counted(&stream("held"))], ..Changes::default() })
        });
    let outcome = log.commit(proposal).await.unwrap();
    println!("acked {} {:?}", outcome.receipt().position, start.elapsed());
}

async fn tail(log: &Log, through: u64) {
    let mut subscription = log.subscribe(Position::START, Filter::all()).await.unwrap();
    let mut next = 1;
    while subscription.after().0 < through {
        let page = subscription.next().await.unwrap();
        for record in &page.records {
            assert_eq!(record.position.0, next, "a subscriber skipped or repeated");
            next += 1;
        }
        assert!(page.records.last().is_none_or(|record| record.commit.is_end()));
    }
}
