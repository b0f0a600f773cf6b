//! The table and the JSON lines.

use std::fs::{self, File};
use std::io::Write as _;
use std::time::Instant;

use serde_json::{Value, json};

/// What was measured so far.
pub(crate) struct Report {
    file: File,
    lines: Vec<Value>,
}

/// The middle of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A share of some figures lies below this one.
pub(crate) fn percentile(sorted: &[u64], percent: f64) -> u64 {
    let rank = (sorted.len() as f64 * percent / 100.0) as usize;
    sorted.get(rank.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

impl Report {
    pub(crate) fn create() -> Self {
        fs::create_dir_all("target/bench").unwrap();
        Self { file: File::create("target/bench/log.json").unwrap(), lines: Vec::new() }
    }

    pub(crate) fn add(&mut self, line: Value) {
        writeln!(self.file, "{line}").unwrap();
        eprintln!("{line}");
        self.lines.push(line);
    }

    /// What one sync of the disk takes, now.
    pub(crate) fn sync_probe(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let mut file = File::create(folder.path().join("probe")).unwrap();
        let mut times: Vec<u64> = (0..500)
            .map(|_| {
                let start = Instant::now();
                file.write_all(&[7; 4096]).unwrap();
                file.sync_data().unwrap();
                start.elapsed().as_micros() as u64
            })
            .collect();
        times.sort_unstable();
        self.add(json!({
            "bench": "sync_probe", "p50_us": percentile(&times, 50.0),
            "p99_us": percentile(&times, 99.0),
        }));
    }

    pub(crate) fn print(&self) {
        println!(
            "{:<14} {:<9} {:>9} {:>11} {:>9} {:>9}  other figures",
            "bench", "backend", "appenders", "rate 1/s", "p50 us", "p99 us"
        );
        for line in &self.lines {
            let figure = |name: &str| match &line[name] {
                Value::Null => String::new(),
                Value::Number(n) => n.as_f64().map_or(String::new(), |n| format!("{n:.0}")),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let shown = ["bench", "backend", "appenders", "rate", "p50_us", "p99_us"];
            let others = line.as_object().into_iter().flatten();
            let others = others.filter(|(name, _)| !shown.contains(&name.as_str()));
            let others: Vec<_> = others.map(|(name, value)| format!("{name}={value}")).collect();
            println!(
                "{:<14} {:<9} {:>9} {:>11} {:>9} {:>9}  {}",
                figure("bench"),
                figure("backend"),
                figure("appenders"),
                figure("rate"),
                figure("p50_us"),
                figure("p99_us"),
                others.join(" ")
            );
        }
    }
}
