//! Telemetry without anybody to send to.

use std::time::Duration;

use quanheng_telemetry::start;
use tokio::net::TcpListener;
use tonic::Code;

use crate::served::{CALLER, Served, call, options, options_to};

/// The port of OTLP, to which exporters send where nothing else is said.
const DEFAULT: &str = "127.0.0.1:4317";

#[tokio::test]
async fn without_an_endpoint_nothing_is_sent() {
    // A machine with a collector of its own has the port taken: then only the rest is shown.
    let default = TcpListener::bind(DEFAULT).await.ok();
    let telemetry = start(&options()).unwrap();
    assert_eq!(telemetry.prometheus_address(), None);
    let (served, channel) = Served::serve().await;
    assert_eq!(call(&channel, "answer", Some(CALLER)).await, Code::Ok);
    telemetry.shutdown().await;
    if let Some(default) = default {
        let heard = tokio::time::timeout(Duration::from_millis(200), default.accept()).await;
        assert!(heard.is_err(), "{heard:?}");
    }
    // What is written into events does not depend on it.
    let traceparent = served.traceparents().remove(0).unwrap();
    assert_eq!(traceparent[..36], CALLER[..36]);
    assert_ne!(traceparent, CALLER);
}

#[tokio::test]
async fn a_collector_that_is_down_holds_nobody_up() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let telemetry = start(&options_to(address)).unwrap();
    let (_, channel) = Served::serve().await;
    assert_eq!(call(&channel, "answer", Some(CALLER)).await, Code::Ok);
    tokio::time::timeout(Duration::from_secs(15), telemetry.shutdown()).await.unwrap();
}
