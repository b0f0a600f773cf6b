//! A log line in its two formats.

use std::fmt::Write;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::fields::Fields;

/// One event with all that is told about it.
#[derive(Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) timestamp: String,
    pub(crate) level: &'static str,
    pub(crate) target: &'a str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Fields::is_empty")]
    pub(crate) fields: Fields,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_spans")]
    pub(crate) spans: Vec<(&'static str, Fields)>,
    #[serde(flatten)]
    pub(crate) trace: Option<Trace>,
}

/// The trace and the span that an event belongs to, in hexadecimal.
#[derive(Serialize)]
pub(crate) struct Trace {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
}

impl Line<'_> {
    /// `{"timestamp":…,"level":…,"target":…,"message":…,"fields":{…},"spans":[…],
    /// "trace_id":…,"span_id":…}` and a line feed.
    pub(crate) fn json(&self) -> String {
        // Maps with text as keys always serialise.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// `time LEVEL span{name=value}: target: message name=value trace_id=…` and a line
    /// feed, which is the only one: what a caller sends cannot begin a line of its own.
    pub(crate) fn pretty(&self) -> String {
        let Self { timestamp, level, target, .. } = self;
        let mut text = format!("{timestamp} {level:>5} ");
        for (name, fields) in &self.spans {
            let fields: Vec<String> = fields.iter().map(pair).collect();
            let fields = fields.join(" ");
            let _ = write!(text, "{name}{{{fields}}}: ");
        }
        let _ = write!(text, "{target}: {}", escaped(&self.message));
        for field in self.fields.iter() {
            let _ = write!(text, " {}", pair(field));
        }
        if let Some(trace) = &self.trace {
            let _ = write!(text, " trace_id={}", trace.trace_id);
        }
        text.push('\n');
        text
    }
}

/// `name=value`, the value in quotes if it would not be read as one word.
fn pair((name, value): &(&'static str, Value)) -> String {
    let Value::String(text) = value else { return format!("{name}={value}") };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '=' | '}');
    match !text.is_empty() && text.chars().all(plain) {
        true => format!("{name}={text}"),
        false => format!("{name}={text:?}"),
    }
}

/// Text whose control characters are written out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => safe.extend(c.escape_default()),
            false => safe.push(c),
        }
    }
    safe
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, value)| (name, value)))
    }
}

/// A span as an object: its `name` and its `fields`.
struct Span<'a>(&'a (&'static str, Fields));

impl Serialize for Span<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, fields) = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", name)?;
        map.serialize_entry("fields", fields)?;
        map.end()
    }
}

fn as_spans<S: Serializer>(
    spans: &[(&'static str, Fields)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(spans.iter().map(Span))
}
