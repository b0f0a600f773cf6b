//! What telemetry does not start with.

use std::net::TcpListener;

use quanheng_telemetry::{Options, TelemetryError, start};

use crate::served::options;

#[tokio::test]
async fn wrong_options_are_refused_and_nothing_is_installed() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let change = |change: &dyn Fn(&mut Options)| {
        let mut options = options();
        change(&mut options);
        options
    };
    let address = taken.local_addr().unwrap();
    let table = [
        (change(&|o| o.log_filter = "info,=,".into()), "is not a log filter"),
        (change(&|o| o.trace_sample_ratio_percent = 101), "101 percent"),
        (change(&|o| o.otlp_endpoint = Some("localhost:4317".into())), "it has no scheme"),
        (change(&|o| o.otlp_endpoint = Some("http://".into())), "is not an OTLP endpoint"),
        (change(&|o| o.prometheus = Some(address)), "cannot serve metrics"),
    ];
    for (options, said) in table {
        let error = start(&options).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let _telemetry = start(&options()).unwrap();
    assert!(matches!(start(&options()), Err(TelemetryError::AlreadyStarted)));
}

#[test]
fn telemetry_starts_inside_tokio() {
    assert!(matches!(start(&options()), Err(TelemetryError::NoRuntime)));
}
