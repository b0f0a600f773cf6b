//! A gRPC server under the layer, and calls to it. Its service is the one at hand,
//! that of traces: it answers as the `schema_url` of the request says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use quanheng_telemetry::{GrpcLayer, LogFormat, Options, current_traceparent, inject};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// The name of the method that is served, as spans have it.
pub(crate) const METHOD: &str = "opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// A span of somebody who calls.
pub(crate) const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The service; it keeps the `traceparent` that events written by a call would have.
#[derive(Clone, Default)]
pub(crate) struct Served {
    traceparents: Arc<Mutex<Vec<Option<String>>>>,
}

/// Options that log nothing and send nothing.
pub(crate) fn options() -> Options {
    Options {
        otlp_endpoint: None,
        service_name: "quanheng-test".into(),
        service_instance: "one".into(),
        prometheus: None,
        log_format: LogFormat::Json,
        log_filter: "off".into(),
        trace_sample_ratio_percent: 100,
    }
}

/// Options that send to a collector.
pub(crate) fn options_to(collector: SocketAddr) -> Options {
    Options { otlp_endpoint: Some(format!("http://{collector}")), ..options() }
}

#[tonic::async_trait]
impl TraceService for Served {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.traceparents.lock().unwrap().push(current_traceparent());
        let asked = request.into_inner().resource_spans.remove(0).schema_url;
        within(&asked);
        match asked.as_str() {
            "hang" => std::future::pending().await,
            "refuse" => Err(Status::not_found("no such unit")),
            _ => Ok(Response::new(Default::default())),
        }
    }
}

/// Work within a call, which has a span of its own.
#[tracing::instrument(skip_all, fields(asked))]
fn within(asked: &str) {
    tracing::Span::current().record("asked", asked);
    tracing::info!(identity = "11010119900307002X", "asked {asked} of 13800138000");
}

impl Served {
    /// Serves behind the layer, with a health service beside it.
    pub(crate) async fn serve() -> (Self, Channel) {
        let served = Self::default();
        let (_, health) = tonic_health::server::health_reporter();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder()
            .layer(GrpcLayer::new())
            .add_service(health)
            .add_service(TraceServiceServer::new(served.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        let channel = Channel::from_shared(format!("http://{address}")).unwrap();
        (served, channel.connect().await.unwrap())
    }

    /// The `traceparent` of each call so far.
    pub(crate) fn traceparents(&self) -> Vec<Option<String>> {
        self.traceparents.lock().unwrap().clone()
    }
}

/// Calls with a `traceparent`, or with what the current span says.
pub(crate) async fn call(channel: &Channel, ask: &str, traceparent: Option<&str>) -> Code {
    let resource = ResourceSpans { schema_url: ask.into(), ..ResourceSpans::default() };
    let mut request = Request::new(ExportTraceServiceRequest { resource_spans: vec![resource] });
    match traceparent {
        Some(value) => {
            request.metadata_mut().insert("traceparent", value.parse().unwrap());
        }
        None => inject(request.metadata_mut().as_mut()),
    }
    let answer = TraceServiceClient::new(channel.clone()).export(request).await;
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

pub(crate) async fn check_health(channel: &Channel) {
    let request = HealthCheckRequest { service: String::new() };
    HealthClient::new(channel.clone()).check(request).await.unwrap();
}
