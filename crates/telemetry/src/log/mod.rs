//! Log lines: one event a line, masked while it is recorded.
//!
//! The lines are our own and not those of `tracing_subscriber::fmt`, since a value has
//! to be masked before it is quoted, escaped or coloured, and in one place for all
//! formats.

mod fields;
mod line;

use std::io::Write;

use opentelemetry::trace::TraceContextExt;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::start::LogFormat;
use fields::Fields;
use line::{Line, Trace};

/// Writes every event that its filter lets through as a line.
pub(crate) struct LogLayer<W> {
    format: LogFormat,
    writer: W,
}

impl<W> LogLayer<W> {
    pub(crate) fn new(format: LogFormat, writer: W) -> Self {
        Self { format, writer }
    }
}

impl<S, W> Layer<S> for LogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let line = Line {
            timestamp: now(),
            level: metadata.level().as_str(),
            target: metadata.target(),
            message: fields.take_message(),
            fields,
            spans: spans(event, &context),
            trace: trace(),
        };
        let text = match self.format {
            LogFormat::Pretty => line.pretty(),
            LogFormat::Json => line.json(),
        };
        // Where standard error is gone there is nobody to tell.
        let _ = self.writer.make_writer_for(metadata).write_all(text.as_bytes());
    }
}

/// The spans around an event, outermost first.
fn spans<S>(event: &Event<'_>, context: &Context<'_, S>) -> Vec<(&'static str, Fields)>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(scope) = context.event_scope(event) else { return Vec::new() };
    scope
        .from_root()
        .map(|span| (span.name(), span.extensions().get::<Fields>().cloned().unwrap_or_default()))
        .collect()
}

/// The trace that the event belongs to.
fn trace() -> Option<Trace> {
    let context = opentelemetry::Context::current();
    let span = context.span();
    let at = span.span_context();
    at.is_valid()
        .then(|| Trace { trace_id: at.trace_id().to_string(), span_id: at.span_id().to_string() })
}

/// The time in UTC, in microseconds, as RFC 3339.
fn now() -> String {
    let mut text = String::new();
    let written = SystemTime.format_time(&mut Writer::new(&mut text));
    if written.is_err() { String::new() } else { text }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
