//! What the rules cost, against plain loops of the same run. Prints a table and writes one
//! JSON object a measurement to `target/bench/rules.json`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod account;

use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use jiff::civil::date;
use quanheng_ledger::entitlement::{Entitlement, rounding_rules};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{NATIONAL, Policy, PolicyBook, Published};
use quanheng_policy::{CategoryId, QuotaClassId};

/// Units whose entitlement is computed in one pass.
const UNITS: u64 = 100_000;
/// Entries behind an account: few, and many.
const HISTORIES: [u64; 2] = [1_000, 1_000_000];
/// Rounds over which what is compared takes turns; the median counts.
const ROUNDS: usize = 15;

fn main() {
    let policy = policy();
    let mut file = create();
    entitlements(&policy, &mut file);
    decisions(&policy, &mut file);
}

fn create() -> fs::File {
    fs::create_dir_all("target/bench").unwrap();
    fs::File::create("target/bench/rules.json").unwrap()
}

fn report(file: &mut fs::File, what: &str, values: &serde_json::Value) {
    println!("{what}: {values}");
    let mut line = values.clone();
    line["what"] = what.into();
    writeln!(file, "{line}").unwrap();
}

fn policy() -> Policy {
    let mut book = PolicyBook::default();
    book.publish(Published::read("national.toml", NATIONAL).unwrap()).unwrap();
    book.policy(&DivisionCode::parse("420106").unwrap(), date(2026, 3, 2))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Bases as they are found: mostly small units.
fn base(unit: u64) -> u64 {
    5 + unit * 7_919 % 176
}

/// Every unit's entitlement with its working, against the bare shares in whole numbers.
fn entitlements(policy: &Policy, file: &mut fs::File) {
    let general = CategoryId::new("general_management").unwrap();
    let class = QuotaClassId::new("county_township").unwrap();
    let table = policy.ratio_table(&general, &class).unwrap().value;
    let (rules, _) = rounding_rules(policy).unwrap();
    let (mut whole, mut plain) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        whole.push(timed(|| {
            for unit in 0..UNITS {
                black_box(Entitlement::compute(&table, black_box(base(unit)), rules));
            }
        }));
        plain.push(timed(|| {
            for unit in 0..UNITS {
                let base = black_box(base(unit));
                let (middle, clerks) = (base * 10 / 100, base * 60 / 100);
                let caps = [base * 2 / 100, middle, middle * 40 / 100, clerks, clerks * 50 / 100];
                black_box(caps);
            }
        }));
    }
    let (whole, plain) = (median(whole), median(plain));
    report(
        file,
        "entitlements",
        &serde_json::json!({
            "units": UNITS,
            "seconds": whole.as_secs_f64(),
            "plain_seconds": plain.as_secs_f64(),
            "microseconds_each": whole.as_secs_f64() * 1e6 / UNITS as f64,
        }),
    );
}

/// The same round of commands on accounts with few and with many entries behind them.
fn decisions(policy: &Policy, file: &mut fs::File) {
    let mut accounts = HISTORIES.map(|entries| account::Worked::with_history(policy, entries));
    let mut times: [Vec<Duration>; 2] = [vec![], vec![]];
    for _ in 0..ROUNDS {
        for (account, times) in accounts.iter_mut().zip(&mut times) {
            times.push(timed(|| (0..200).for_each(|_| account.round())) / 200);
        }
    }
    let [few, many] = times.map(median);
    report(
        file,
        "decisions",
        &serde_json::json!({
            "entries": HISTORIES,
            "microseconds_a_round": [few.as_secs_f64() * 1e6, many.as_secs_f64() * 1e6],
            "commands_a_round": account::COMMANDS,
            "holders": account::HOLDERS,
            "ratio": many.as_secs_f64() / few.as_secs_f64(),
        }),
    );
}
