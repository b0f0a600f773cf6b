//! What stands in a line, of events that hold personal data wherever they can.

#![allow(clippy::unwrap_used)]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing::field::Empty;
use tracing_subscriber::layer::SubscriberExt;

use super::{LogFormat, LogLayer};

/// What has been written, shared between the layer and the test.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that `events` write in a format.
fn lines(format: LogFormat, events: impl FnOnce()) -> Vec<String> {
    let written = Written::default();
    let writer = written.clone();
    let layer = LogLayer::new(format, move || writer.clone());
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, events);
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// An error whose cause names somebody.
#[derive(Debug, thiserror::Error)]
#[error("cannot register")]
struct Refused(#[source] Cause);

/// Stands in for the errors of libraries, which quote what they were given.
#[derive(Debug, thiserror::Error)]
#[error("duplicate key {0}")]
struct Cause(&'static str);

fn personal() {
    let span = tracing::info_span!(
        "import",
        otel.kind = "server",
        row = 7,
        identity = "110101199003071233",
        later = Empty
    );
    span.record("later", "qh_c2VjcmV0LXNlY3JldA");
    let _entered = span.enter();
    let refused = Refused(Cause("11010119900307002X"));
    tracing::warn!(
        phone = 13_800_138_000_u64,
        wide = 110_101_199_003_071_233_i128,
        debug = ?Some("13900139000"),
        error = &refused as &dyn std::error::Error,
        position = 42,
        unit = "110101",
        share = 0.5,
        flag = true,
        "张三 of {} said Bearer {}",
        "440306198511200024",
        "eyJhbGciOiJub25lIn0",
    );
}

#[test]
fn json_lines_are_masked_and_keep_their_types() {
    let lines = lines(LogFormat::Json, personal);
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    let mut line: Value = serde_json::from_str(line).unwrap();
    let timestamp = line.as_object_mut().unwrap().remove("timestamp").unwrap();
    let timestamp = timestamp.as_str().unwrap();
    assert!(timestamp.ends_with('Z') && timestamp.len() == "2026-07-01T09:30:00.000000Z".len());
    let expected = json!({
        "level": "WARN",
        "target": "quanheng_telemetry::log::tests",
        "message": "张三 of [identity] said Bearer [token]",
        "fields": {
            "phone": "[mobile]",
            "wide": "[identity]",
            "debug": "Some(\"[mobile]\")",
            "error": "cannot register: duplicate key [identity]",
            "position": 42,
            "unit": "110101",
            "share": 0.5,
            "flag": true,
        },
        "spans": [{
            "name": "import",
            "fields": {"row": 7, "identity": "[identity]", "later": "[token]"},
        }],
    });
    assert_eq!(line, expected);
}

#[test]
fn pretty_lines_are_masked() {
    let lines = lines(LogFormat::Pretty, personal);
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    let expected = "  WARN import{row=7 identity=[identity] later=[token]}: \
        quanheng_telemetry::log::tests: 张三 of [identity] said Bearer [token] \
        phone=[mobile] wide=[identity] debug=\"Some(\\\"[mobile]\\\")\" \
        error=\"cannot register: duplicate key [identity]\" position=42 unit=110101 \
        share=0.5 flag=true";
    let (_, said) = line.split_once('Z').unwrap();
    assert_eq!(said, expected);
}

#[test]
fn nobody_begins_a_line_of_his_own() {
    let forged = "a\n2026-07-01T09:30:00.000000Z  INFO forged\u{1b}[0m";
    for format in [LogFormat::Pretty, LogFormat::Json] {
        let lines = lines(format, || tracing::info!(field = forged, "{forged}"));
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(!line.contains('\u{1b}'), "{line}");
    }
}

#[test]
fn a_field_recorded_twice_has_its_last_value() {
    let lines = lines(LogFormat::Pretty, || {
        let span = tracing::info_span!("fold", position = 1);
        span.record("position", 2);
        span.in_scope(|| tracing::info!("folded"));
    });
    assert!(lines[0].ends_with("fold{position=2}: quanheng_telemetry::log::tests: folded"));
}

#[test]
fn lines_name_their_trace() {
    use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
    let span = SpanContext::new(
        0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.into(),
        0xb7ad_6b71_6920_3331_u64.into(),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    let context = opentelemetry::Context::new().with_remote_span_context(span);
    let lines = lines(LogFormat::Json, || {
        let _guard = context.attach();
        tracing::info!("within");
    });
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(line["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(line["span_id"], "b7ad6b7169203331");
}
