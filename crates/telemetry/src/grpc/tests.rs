//! The layer over services that answer in every way a gRPC server can.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use opentelemetry::Value;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{SpanKind, Status, TracerProvider};
use opentelemetry_prometheus_text_exporter::PrometheusExporter;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tower::{Layer, ServiceExt, service_fn};
use tracing_subscriber::layer::SubscriberExt;

use super::GrpcLayer;

const METHOD: &str = "/quanheng.registry.v1.UnitService/GetUnit";

/// How a service answers: a status in its head or none, then frames.
#[derive(Clone)]
struct Answer {
    head: Option<&'static str>,
    frames: Vec<Step>,
}

/// One thing that a body does. After the last of them it ends.
#[derive(Clone, Copy)]
enum Step {
    Data,
    Trailers(Option<&'static str>),
    Fails,
    Hangs,
}

/// A body that does one step after the other.
struct Steps(VecDeque<Step>);

fn status(code: Option<&'static str>) -> HeaderMap {
    code.map(|code| ("grpc-status".parse().unwrap(), HeaderValue::from_static(code)))
        .into_iter()
        .collect()
}

impl Body for Steps {
    type Data = &'static [u8];
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let Some(step) = self.0.front().copied() else { return Poll::Ready(None) };
        let frame = match step {
            Step::Data => Ok(Frame::data(b"message".as_slice())),
            Step::Trailers(code) => Ok(Frame::trailers(status(code))),
            Step::Fails => Err("reset"),
            Step::Hangs => return Poll::Pending,
        };
        self.0.pop_front();
        Poll::Ready(Some(frame))
    }
}

/// What the layer told about the calls it saw.
struct Told {
    spans: Vec<SpanData>,
    metrics: String,
}

/// Sends one request through the layer to a service, reads the answer to its end, and
/// gives up where nothing moves.
async fn call(path: &str, answer: Option<Answer>) -> Told {
    let spans = InMemorySpanExporter::default();
    let tracers = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let tracer = tracing_opentelemetry::layer().with_tracer(tracers.tracer("test"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(tracer));
    let exporter = PrometheusExporter::new();
    let meters = SdkMeterProvider::builder().with_reader(exporter.clone()).build();

    let service = service_fn(move |_: Request<()>| {
        let answer = answer.clone();
        async move {
            let Some(answer) = answer else { return Err("no answer") };
            if answer.frames.is_empty() && answer.head.is_none() {
                std::future::pending::<()>().await;
            }
            let mut response = Response::new(Steps(answer.frames.into()));
            *response.headers_mut() = status(answer.head);
            Ok(response)
        }
    });
    let service = GrpcLayer::reporting_to(&meters.meter("test")).layer(service);
    let read = async {
        let request = Request::builder().uri(path).body(()).unwrap();
        let Ok(response) = service.oneshot(request).await else { return };
        let mut body = response.into_body();
        while let Some(Ok(_)) =
            std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
        {}
    };
    let _ = tokio::time::timeout(Duration::from_millis(20), read).await;

    let mut text = Vec::new();
    exporter.export(&mut text).unwrap();
    let metrics = String::from_utf8(text).unwrap();
    Told { spans: spans.get_finished_spans().unwrap(), metrics }
}

/// The value of the one sample whose line begins with `name` and contains `label`.
fn sample(metrics: &str, name: &str, label: &str) -> Option<String> {
    let line = metrics.lines().find(|line| line.starts_with(name) && line.contains(label))?;
    line.rsplit(' ').next().map(str::to_owned)
}

#[tokio::test]
async fn every_way_to_end_has_its_code() {
    use Step::{Data, Fails, Hangs, Trailers};
    let answer = |head, frames: &[Step]| Some(Answer { head, frames: frames.to_vec() });
    let table = [
        ("ok", answer(None, &[Data, Trailers(Some("0"))]), 0, false),
        ("a stream that fails", answer(None, &[Data, Data, Trailers(Some("13"))]), 13, true),
        ("refused in the head", answer(Some("5"), &[]), 5, false),
        ("unavailable in the head", answer(Some("14"), &[]), 14, true),
        ("trailers without a status", answer(None, &[Trailers(None)]), 2, true),
        ("a status that is none", answer(Some("many"), &[]), 2, true),
        ("no trailers", answer(None, &[Data]), 2, true),
        ("a broken body", answer(None, &[Data, Fails]), 2, true),
        ("a broken service", None, 2, true),
        ("dropped before the head", answer(None, &[]), 1, false),
        ("dropped within the body", answer(None, &[Data, Hangs]), 1, false),
    ];
    for (case, answer, code, fault) in table {
        let told = call(METHOD, answer).await;
        let [span] = told.spans.as_slice() else { panic!("{case}: {:?}", told.spans) };
        assert_eq!(span.name, "quanheng.registry.v1.UnitService/GetUnit", "{case}");
        assert_eq!(span.span_kind, SpanKind::Server, "{case}");
        let attribute = |key: &str| {
            span.attributes.iter().find(|attribute| attribute.key.as_str() == key).unwrap()
        };
        assert_eq!(attribute("rpc.system").value, Value::from("grpc"), "{case}");
        let service = Value::from("quanheng.registry.v1.UnitService");
        assert_eq!(attribute("rpc.service").value, service, "{case}");
        assert_eq!(attribute("rpc.method").value, Value::from("GetUnit"), "{case}");
        assert_eq!(attribute("rpc.grpc.status_code").value, Value::I64(code), "{case}");
        assert_eq!(matches!(span.status, Status::Error { .. }), fault, "{case}");

        let label = format!("rpc_grpc_status_code=\"{code}\"");
        let requests = sample(&told.metrics, "rpc_server_requests_total{", &label);
        assert_eq!(requests.as_deref(), Some("1"), "{case}\n{}", told.metrics);
        let durations = sample(&told.metrics, "rpc_server_duration_us_count{", &label);
        assert_eq!(durations.as_deref(), Some("1"), "{case}\n{}", told.metrics);
        let in_flight = sample(&told.metrics, "rpc_server_in_flight", "");
        assert_eq!(in_flight.as_deref(), Some("0"), "{case}\n{}", told.metrics);
    }
}

#[tokio::test]
async fn names_that_nobody_serves_are_counted_as_one() {
    let unimplemented = Some(Answer { head: Some("12"), frames: Vec::new() });
    let told = call("/made.Up/Name", unimplemented).await;
    let requests = sample(&told.metrics, "rpc_server_requests_total{", "rpc_method=\"_OTHER\"");
    assert_eq!(requests.as_deref(), Some("1"), "{}", told.metrics);
    assert!(!told.metrics.contains("made.Up"), "{}", told.metrics);
    assert_eq!(told.spans[0].name, "made.Up/Name");
}

#[tokio::test]
async fn health_and_reflection_leave_no_trace() {
    for path in [
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        let ok = Answer { head: None, frames: vec![Step::Data, Step::Trailers(Some("0"))] };
        let told = call(path, Some(ok)).await;
        assert!(told.spans.is_empty(), "{path}");
        assert!(!told.metrics.contains("rpc_server"), "{path}\n{}", told.metrics);
    }
}

#[tokio::test]
async fn a_call_is_in_flight_until_its_trailers() {
    let exporter = PrometheusExporter::new();
    let meters = SdkMeterProvider::builder().with_reader(exporter.clone()).build();
    let service = service_fn(|_: Request<()>| async {
        Ok::<_, &str>(Response::new(Steps([Step::Data, Step::Trailers(Some("0"))].into())))
    });
    let service = GrpcLayer::reporting_to(&meters.meter("test")).layer(service);
    let in_flight = || {
        let mut text = Vec::new();
        exporter.export(&mut text).unwrap();
        sample(&String::from_utf8(text).unwrap(), "rpc_server_in_flight", "")
    };
    let request = Request::builder().uri(METHOD).body(()).unwrap();
    let mut body = service.oneshot(request).await.unwrap().into_body();
    for expected in ["1", "1", "0"] {
        assert_eq!(in_flight().as_deref(), Some(expected));
        std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
    }
}
