//! How fast the log is, against what the database itself can do in the same run.
//!
//! `log-bench [--backend sqlite|postgres] [--preload N] [--only NAME …]` prints a table
//! and writes one JSON object a measurement to `target/bench/log.json`.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used)]

mod limit;
mod load;
mod measures;
mod report;

use clap::{Parser, Subcommand};
use quanheng_eventlog::Backend;
use quanheng_log_tests::{Fixture, Kind};
use report::Report;

#[derive(Parser)]
struct Arguments {
    /// One backend only.
    #[arg(long)]
    backend: Option<String>,
    /// Events in the log before anything is measured.
    #[arg(long, default_value_t = 500_000)]
    preload: u64,
    /// Grow the log to so many events and measure batches again.
    #[arg(long)]
    large: Option<u64>,
    /// Only these measurements.
    #[arg(long)]
    only: Vec<String>,
    /// Rounds over which limits and measurements are interleaved.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each measurement in each round.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    /// Another process of a measurement; not called by hand.
    #[command(hide = true)]
    Worker(load::Worker),
}

fn main() {
    let arguments = Arguments::parse();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match arguments.part {
        Some(Part::Worker(worker)) => runtime.block_on(worker.run()),
        None => runtime.block_on(bench(arguments)),
    }
}

async fn bench(arguments: Arguments) {
    let mut report = Report::create();
    report.sync_probe();
    for (name, kind) in [("sqlite", Kind::Sqlite), ("postgres", Kind::Postgres)] {
        if arguments.backend.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let fixture = Fixture::new(kind);
        if let Backend::Postgres(options) = fixture.backend() {
            eprintln!("postgres: schema {}", options.schema);
        }
        let wanted = |measure: &str| {
            arguments.only.is_empty() || arguments.only.iter().any(|only| only == measure)
        };
        let mut bench = measures::Bench::open(name, &fixture, &arguments, &mut report).await;
        bench.preload(arguments.preload).await;
        if wanted("append") {
            bench.append("append").await;
        }
        if wanted("memory") {
            bench.memory().await;
        }
        if wanted("read") {
            bench.read().await;
        }
        if wanted("delivery") {
            bench.delivery().await;
        }
        if wanted("hot") && kind == Kind::Postgres {
            bench.two_processes().await;
        }
        if let Some(large) = arguments.large {
            bench.preload(large).await;
            bench.append("append_large").await;
        }
        bench.close().await;
    }
    report.print();
}
