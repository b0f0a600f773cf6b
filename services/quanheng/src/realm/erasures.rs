//! Erasures (擦除) that a restored realm must not undo.

use std::path::Path;

use futures::TryStreamExt as _;
use quanheng_eventlog::{EventType, Filter, Log, Position};
use serde::{Deserialize, Serialize};

use super::error::RealmError;

/// What the log says when a person's key was destroyed.
const ERASED: &str = "quanheng.registry.person_erased.v1";

const PAGE_EVENTS: usize = 512;

/// A person whose key was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erasure {
    /// Whose key: `persons/{person}`.
    pub(crate) person: String,
    /// Where the log says so.
    pub(crate) position: u64,
    /// When, in microseconds since 1970.
    pub(crate) at_us: i64,
}

/// Every erasure that a log knows of, in order.
pub(crate) async fn of_log(log: &Log) -> Result<Vec<Erasure>, RealmError> {
    let erased = EventType::new(ERASED).expect("a plain name");
    let unreadable = |error: quanheng_eventlog::ReadError| RealmError::Read(error.to_string());
    let pages = log.read(Position::START, Filter::all().or_type(erased), PAGE_EVENTS);
    let mut pages = std::pin::pin!(pages);
    let mut erasures = Vec::new();
    while let Some(page) = pages.try_next().await.map_err(unreadable)? {
        erasures.extend(page.records.iter().map(|record| Erasure {
            person: record.stream.as_str().to_owned(),
            position: record.position.0,
            at_us: record.time.0,
        }));
    }
    Ok(erasures)
}

/// As a file: one JSON object a line.
pub(crate) fn text(erasures: &[Erasure]) -> String {
    let lines = erasures.iter().filter_map(|erasure| serde_json::to_string(erasure).ok());
    lines.fold(String::new(), |text, line| text + line.as_str() + "\n")
}

/// The erasures of a file.
pub(crate) fn of_file(path: &Path) -> Result<Vec<Erasure>, RealmError> {
    let text = std::fs::read_to_string(path).map_err(RealmError::io(path))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(index, line)| parse(index + 1, line)).collect()
}

fn parse(line: usize, text: &str) -> Result<Erasure, RealmError> {
    let wrong = |what: String| RealmError::Erasures { line, what };
    let erasure: Erasure = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let named = erasure.person.strip_prefix("persons/").is_some_and(|id| !id.is_empty());
    if named { Ok(erasure) } else { Err(wrong("person 应形如 persons/…".to_owned())) }
}
