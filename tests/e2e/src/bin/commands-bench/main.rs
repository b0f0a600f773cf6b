//! How fast the server is, against limits that are measured in the same run: the log's own
//! rate, a bare server with one SELECT, an echo, a sync of the disk.
//!
//! `commands-bench [--area commands|promotion] [--backend sqlite|postgres] [--only NAME …]
//! [--quick]` prints a table and writes one JSON object a measurement to
//! `target/bench/<area>.json`. Nothing is asserted of how fast anything is: each line says what
//! its target is and whether it holds.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used)]

mod commands;
mod eligibility;
mod idle;
mod import;
mod inbox;
mod limit;
mod load;
mod pages;
mod people;
mod place;
mod report;
mod tasks;
mod town;

use std::time::Duration;

use clap::{Parser, Subcommand};
use place::Database;
use report::Report;

/// What can be measured of commands and registers.
const COMMANDS: [&str; 7] = ["commands", "get", "latency", "import", "pages", "ready", "idle"];
/// What can be measured of promotion.
const PROMOTION: [&str; 3] = ["tasks", "eligibility", "todo"];

#[derive(Debug, Parser)]
struct Arguments {
    /// What is measured, if nothing is named: and the name of the report.
    #[arg(long, value_parser = ["commands", "promotion"], default_value = "commands")]
    area: String,
    /// One database only: sqlite or postgres.
    #[arg(long, value_parser = ["sqlite", "postgres"])]
    backend: Option<String>,
    /// Only these measurements.
    #[arg(long, value_parser = COMMANDS.into_iter().chain(PROMOTION).collect::<Vec<_>>())]
    only: Vec<String>,
    /// Persons whose pages are read and whose eligibility is asked, and events on which a
    /// server has to be ready.
    #[arg(long)]
    persons: Option<usize>,
    /// Tasks that are open.
    #[arg(long)]
    tasks: Option<usize>,
    /// Persons that are imported.
    #[arg(long)]
    import: Option<usize>,
    /// Rounds over which limits and measurements are interleaved.
    #[arg(long)]
    rounds: Option<usize>,
    /// Seconds of each measurement in each round.
    #[arg(long, default_value_t = 2)]
    seconds: u64,
    /// A short run: fewer rounds, persons and rows, where they are not given.
    #[arg(long)]
    quick: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// The process of the bare server; not called by hand.
    #[command(hide = true)]
    Bare(limit::BareArgs),
}

impl Arguments {
    fn wants(&self, measure: &str) -> bool {
        let of_area: &[&str] = if self.area == "promotion" { &PROMOTION } else { &COMMANDS };
        match self.only.is_empty() {
            true => of_area.contains(&measure),
            false => self.only.iter().any(|only| only == measure),
        }
    }

    /// A size, unless another one is given.
    fn size(&self, given: Option<usize>, quick: usize, full: usize) -> usize {
        given.unwrap_or(if self.quick { quick } else { full })
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = Arguments::parse();
    match arguments.part.take() {
        Some(Part::Bare(bare)) => bare.run().await,
        None => bench(&arguments).await,
    }
}

async fn bench(arguments: &Arguments) {
    let mut report = Report::create(&arguments.area);
    let wanted = |name: &str| arguments.backend.as_ref().is_none_or(|only| only == name);
    if wanted("sqlite") {
        measure(arguments, &Database::Sqlite, &mut report).await;
    }
    if wanted("postgres") {
        measure(arguments, &Database::postgres(), &mut report).await;
    }
    report.print();
}

async fn measure(arguments: &Arguments, database: &Database, report: &mut Report) {
    let rounds = arguments.size(arguments.rounds, 3, 5);
    let time = Duration::from_secs(arguments.seconds);
    if arguments.wants("idle") {
        idle::idle(database, rounds.min(3), report).await;
    }
    if ["commands", "get", "latency"].iter().any(|name| arguments.wants(name)) {
        let bench = commands::Bench::start(database, rounds, time).await;
        if arguments.wants("commands") {
            bench.commands(report).await;
        }
        if arguments.wants("get") {
            bench.get(report).await;
        }
        if arguments.wants("latency") {
            bench.latency(report).await;
        }
        bench.end().await;
    }
    if arguments.wants("tasks") {
        tasks::tasks(database, rounds.min(3), time, report).await;
    }
    if arguments.wants("import") {
        let persons = arguments.size(arguments.import, 20_000, 100_000);
        let rounds = if arguments.quick { 1 } else { rounds.min(3) };
        import::import(database, persons, rounds, report).await;
    }
    if arguments.wants("todo") {
        let tasks = arguments.size(arguments.tasks, 200_000, 1_000_000);
        inbox::inbox(database, tasks, rounds.min(3), report).await;
    }
    if ["pages", "ready", "eligibility"].iter().any(|name| arguments.wants(name)) {
        let persons = arguments.size(arguments.persons, 200_000, 1_000_000);
        let mut many = pages::Registered::make(database, persons).await;
        if arguments.wants("pages") {
            many.pages(database, rounds, report).await;
        }
        if arguments.wants("eligibility") {
            eligibility::eligibility(database, &many, rounds.min(2), report).await;
        }
        if arguments.wants("ready") {
            many.ready(database, rounds.min(3), report).await;
        }
        many.end().await;
    }
}
