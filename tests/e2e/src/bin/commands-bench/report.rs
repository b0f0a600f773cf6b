//! The table and the JSON lines.

use std::fs::{self, File};
use std::io::Write as _;

use serde_json::{Map, Value, json};

/// What a measurement has to be beside its limit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// The ratio is this or more.
    AtLeast(f64),
    /// The ratio is this or less.
    AtMost(f64),
}

impl Target {
    fn holds(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(least) => ratio >= least,
            Self::AtMost(most) => ratio <= most,
        }
    }

    fn words(self) -> String {
        match self {
            Self::AtLeast(least) => format!(">= {least}"),
            Self::AtMost(most) => format!("<= {most}"),
        }
    }
}

/// One measurement beside its limit, round by round.
pub(crate) struct Line {
    name: &'static str,
    unit: &'static str,
    rounds: Vec<(f64, f64)>,
    target: Target,
    more: Map<String, Value>,
}

impl Line {
    /// A measurement that is told in a unit.
    pub(crate) fn new(name: &'static str, unit: &'static str, target: Target) -> Self {
        Self { name, unit, rounds: Vec::new(), target, more: Map::new() }
    }

    /// What one round gave: the limit, and what was measured beside it.
    pub(crate) fn round(&mut self, limit: f64, measured: f64) {
        self.rounds.push((limit, measured));
    }

    /// Something else that is worth telling.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    fn json(self, backend: &str) -> Value {
        let of = |figure: fn(&(f64, f64)) -> f64| median(self.rounds.iter().map(figure).collect());
        let ratio = of(|(limit, measured)| measured / limit);
        let mut line = json!({
            "name": self.name,
            "backend": backend,
            "unit": self.unit,
            "limit": rounded(of(|(limit, _)| *limit)),
            "measured": rounded(of(|(_, measured)| *measured)),
            "ratio": rounded(ratio),
            "target": self.target.words(),
            "holds": self.target.holds(ratio),
            "command": command(),
            "rounds": self.rounds.len(),
        });
        if let Some(fields) = line.as_object_mut() {
            fields.extend(self.more);
        }
        line
    }
}

/// How this run was asked for.
fn command() -> String {
    let mut words: Vec<_> = std::env::args().collect();
    if let Some(program) = words.first_mut() {
        *program = "commands-bench".to_owned();
    }
    words.join(" ")
}

/// The middle of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A figure with three decimals.
pub(crate) fn rounded(figure: f64) -> f64 {
    (figure * 1_000.0).round() / 1_000.0
}

/// What was measured so far.
pub(crate) struct Report {
    file: File,
    lines: Vec<Value>,
}

impl Report {
    /// An empty one, in `target/bench/<name>.json`.
    pub(crate) fn create(name: &str) -> Self {
        fs::create_dir_all("target/bench").unwrap();
        let file = File::create(format!("target/bench/{name}.json")).unwrap();
        Self { file, lines: Vec::new() }
    }

    /// Tells a measurement, and keeps it.
    pub(crate) fn add(&mut self, backend: &str, line: Line) {
        let line = line.json(backend);
        writeln!(self.file, "{line}").unwrap();
        eprintln!("{line}");
        self.lines.push(line);
    }

    /// Prints all of it.
    pub(crate) fn print(&self) {
        println!(
            "{:<16} {:<8} {:>12} {:>12} {:<9} {:>8} {:>8} {:<6} other figures",
            "name", "backend", "limit", "measured", "unit", "ratio", "target", "holds"
        );
        for line in &self.lines {
            let text = |name: &str| match &line[name] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            const SHOWN: [&str; 9] = [
                "name", "backend", "unit", "limit", "measured", "ratio", "target", "holds",
                "command",
            ];
            let others = line.as_object().into_iter().flatten();
            let others = others.filter(|(name, _)| !SHOWN.contains(&name.as_str()));
            let others: Vec<_> = others.map(|(name, value)| format!("{name}={value}")).collect();
            println!(
                "{:<16} {:<8} {:>12} {:>12} {:<9} {:>8} {:>8} {:<6} {}",
                text("name"),
                text("backend"),
                text("limit"),
                text("measured"),
                text("unit"),
                text("ratio"),
                text("target"),
                if line["holds"] == true { "yes" } else { "NO" },
                others.join(" ")
            );
        }
    }
}
