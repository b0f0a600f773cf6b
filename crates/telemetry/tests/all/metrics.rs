//! Metrics, as a collector receives them and as Prometheus scrapes them.

use std::net::SocketAddr;

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use quanheng_telemetry::start;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;

use crate::collector::{Collector, value};
use crate::served::{CALLER, Served, call, check_health, options, options_to};

/// The head and the body of what a path answers.
async fn get(address: SocketAddr, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn a_shutdown_sends_the_metrics_of_calls() {
    let (collector, address) = Collector::serve().await;
    let telemetry = start(&options_to(address)).unwrap();
    let (_, channel) = Served::serve().await;
    check_health(&channel).await;
    call(&channel, "answer", Some(CALLER)).await;
    call(&channel, "answer", Some(CALLER)).await;
    call(&channel, "refuse", Some(CALLER)).await;
    assert!(collector.metrics().is_empty());
    telemetry.shutdown().await;

    let data = |name: &str| {
        let metrics = collector.metrics();
        let metric = metrics.iter().find(|metric| metric.name == name).cloned().unwrap();
        (metric.unit, metric.data.unwrap())
    };
    let (_, Data::Sum(requests)) = data("rpc.server.requests") else { panic!() };
    let mut counted: Vec<_> = requests
        .data_points
        .iter()
        .map(|point| {
            let attribute = |key| value(&point.attributes, key).unwrap();
            (attribute("rpc.method"), attribute("rpc.grpc.status_code"), point.value)
        })
        .collect();
    counted.sort_by_key(|(_, code, _)| code.clone());
    let one = |code: &str, times| ("Export".to_owned(), code.to_owned(), Some(Value::AsInt(times)));
    assert_eq!(counted, [one("0", 2), one("5", 1)]);

    let (unit, Data::Histogram(duration)) = data("rpc.server.duration") else { panic!() };
    assert_eq!(unit, "us");
    assert_eq!(duration.data_points.iter().map(|point| point.count).sum::<u64>(), 3);
    assert!(duration.data_points.iter().all(|point| point.sum() > 0.0));

    let (_, Data::Sum(in_flight)) = data("rpc.server.in_flight") else { panic!() };
    assert_eq!(in_flight.data_points[0].value, Some(Value::AsInt(0)));
    assert!(!in_flight.is_monotonic);
}

#[tokio::test]
async fn prometheus_scrapes_what_is_counted() {
    let mut options = options();
    options.prometheus = Some(([127, 0, 0, 1], 0).into());
    let telemetry = start(&options).unwrap();
    let address = telemetry.prometheus_address().unwrap();
    let (_, channel) = Served::serve().await;
    assert_eq!(call(&channel, "answer", None).await, Code::Ok);
    assert_eq!(call(&channel, "refuse", None).await, Code::NotFound);
    opentelemetry::global::meter("test").u64_counter("commits").build().add(7, &[]);

    let (head, body) = get(address, "/metrics").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    let line = |name: &str, label: &str| {
        let found = body.lines().find(|line| line.starts_with(name) && line.contains(label));
        found.unwrap_or_else(|| panic!("{name}: {body}")).to_owned()
    };
    for code in ["rpc_grpc_status_code=\"0\"", "rpc_grpc_status_code=\"5\""] {
        assert!(line("rpc_server_requests_total{", code).ends_with(" 1"), "{body}");
        assert!(line("rpc_server_duration_us_count{", code).ends_with(" 1"), "{body}");
    }
    assert!(line("commits_total", "").ends_with(" 7"), "{body}");
    assert!(line("target_info", "service_name=\"quanheng-test\"").ends_with(" 1"), "{body}");
    assert!(get(address, "/").await.0.starts_with("http/1.1 404"));

    telemetry.shutdown().await;
    assert!(TcpStream::connect(address).await.is_err());
}
