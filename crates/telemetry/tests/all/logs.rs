//! Log lines as they come out of a process. A test runs itself once more, for what it
//! writes to standard error.

use std::process::Command;

use quanheng_telemetry::{LogFormat, start};
use tokio::net::TcpListener;

use crate::served::{options, options_to};

/// Set in the process that logs: the format, or anything.
const INNER: &str = "QUANHENG_TEST_LOGS";

/// The lines that a test of this module writes when it is run with `INNER`.
fn run(test: &str, inner: &str) -> Vec<String> {
    let program = std::env::current_exe().unwrap();
    let test = format!("logs::{test}");
    let run = Command::new(program)
        .args(["--exact", &test, "--nocapture"])
        .env(INNER, inner)
        .output()
        .unwrap();
    let written = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.success(), "{written}");
    written.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn lines_go_to_standard_error_masked_and_filtered() {
    if let Ok(format) = std::env::var(INNER) {
        return write(&format).await;
    }
    let table = [
        ("json", "\"message\":\"寄给 [mobile]\",\"fields\":{\"identity\":\"[identity]\"}"),
        ("pretty", "quanheng_test: 寄给 [mobile] identity=[identity] trace_id="),
    ];
    for (format, expected) in table {
        let lines = run("lines_go_to_standard_error_masked_and_filtered", format);
        let [line] = lines.as_slice() else { panic!("{lines:#?}") };
        assert!(line.contains(expected) && line.contains("trace_id"), "{line}");
    }
}

async fn write(format: &str) {
    let mut options = options();
    let format = format!("\"{format}\"");
    options.log_format = serde_json::from_str::<LogFormat>(&format).unwrap();
    options.log_filter = "off,quanheng_test=info".into();
    let telemetry = start(&options).unwrap();
    tracing::info_span!("letter").in_scope(|| {
        let identity = "110101199003071233";
        tracing::info!(target: "quanheng_test", identity, "寄给 {}", "13800138000");
        tracing::debug!(target: "quanheng_test", "too fine");
        tracing::error!(target: "elsewhere", "not asked for");
    });
    telemetry.shutdown().await;
}

#[tokio::test]
async fn an_export_that_fails_is_told() {
    if std::env::var(INNER).is_ok() {
        return export_to_nobody().await;
    }
    let lines = run("an_export_that_fails_is_told", "down");
    for what in ["BatchSpanProcessor.ExportError", "PeriodicReader.ExportError"] {
        assert!(lines.iter().any(|line| line.contains(what)), "{what}: {lines:#?}");
    }
}

async fn export_to_nobody() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = options_to(gone.local_addr().unwrap());
    drop(gone);
    options.log_filter = "warn".into();
    let telemetry = start(&options).unwrap();
    tracing::info_span!("lost").in_scope(|| ());
    opentelemetry::global::meter("test").u64_counter("lost").build().add(1, &[]);
    telemetry.shutdown().await;
}
