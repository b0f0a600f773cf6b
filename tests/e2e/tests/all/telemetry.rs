//! What a server tells of its work to collectors, to Prometheus and in its log; and what it
//! never tells them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use opentelemetry_proto::tonic::collector::metrics::v1 as metrics;
use opentelemetry_proto::tonic::collector::trace::v1 as trace;
use opentelemetry_proto::tonic::metrics::v1::ResourceMetrics;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Server, Setup, Who, made};
use quanheng_eventlog::{Direction, Log, Options, StreamName, Version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// An OTLP receiver, and all that it has received.
#[derive(Clone, Default)]
struct Collector {
    spans: Arc<Mutex<Vec<ResourceSpans>>>,
    metrics: Arc<Mutex<Vec<ResourceMetrics>>>,
}

impl Collector {
    async fn serve() -> (Self, SocketAddr) {
        use metrics::metrics_service_server::MetricsServiceServer;
        use trace::trace_service_server::TraceServiceServer;
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(collector.clone()))
            .add_service(MetricsServiceServer::new(collector.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(server);
        (collector, address)
    }

    /// The spans that belong to a trace, or are linked to it.
    fn of_trace(&self, trace: &str) -> Vec<Span> {
        let received = self.spans.lock().unwrap();
        let scopes = received.iter().flat_map(|resource| &resource.scope_spans);
        let spans = scopes.flat_map(|scope| scope.spans.clone());
        let of = |id: &[u8]| hexadecimal(id) == trace;
        spans
            .filter(|span| of(&span.trace_id) || span.links.iter().any(|link| of(&link.trace_id)))
            .collect()
    }

    fn metric_names(&self) -> Vec<String> {
        let received = self.metrics.lock().unwrap();
        let scopes = received.iter().flat_map(|resource| &resource.scope_metrics);
        scopes.flat_map(|scope| scope.metrics.iter().map(|metric| metric.name.clone())).collect()
    }

    /// Everything that was received, as text.
    fn all(&self) -> String {
        format!("{:?}{:?}", self.spans.lock().unwrap(), self.metrics.lock().unwrap())
    }
}

#[tonic::async_trait]
impl trace::trace_service_server::TraceService for Collector {
    async fn export(
        &self,
        request: Request<trace::ExportTraceServiceRequest>,
    ) -> Result<Response<trace::ExportTraceServiceResponse>, Status> {
        self.spans.lock().unwrap().extend(request.into_inner().resource_spans);
        Ok(Response::new(trace::ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl metrics::metrics_service_server::MetricsService for Collector {
    async fn export(
        &self,
        request: Request<metrics::ExportMetricsServiceRequest>,
    ) -> Result<Response<metrics::ExportMetricsServiceResponse>, Status> {
        self.metrics.lock().unwrap().extend(request.into_inner().resource_metrics);
        Ok(Response::new(metrics::ExportMetricsServiceResponse::default()))
    }
}

fn hexadecimal(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What Prometheus would scrape.
async fn scrape(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "GET /metrics HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn traced<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let parent = format!("00-{TRACE}-{CALLER}-01");
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    request
}

/// Somebody is registered, read, looked for and refused, under a trace; the secrets of it.
async fn register_and_read(server: &Server) -> Vec<String> {
    let client = server.client(Who::Registrar).await;
    let mut registrar = client.registry();
    registrar.create_unit(made::unit("u-1")).await.unwrap();
    let person = made::person("p-1", "u-1", 4711);
    let made = registrar.create_person(traced(person.clone())).await.unwrap().into_inner();
    let secrets = made::secrets(&person);

    // A second with the same number, and one with a broken number: both are refused.
    let same = made::person("p-2", "u-1", 4711);
    registrar.create_person(traced(same)).await.unwrap_err();
    let mut broken = made::person("p-3", "u-1", 4712);
    let profile = broken.person.as_mut().unwrap().private_profile.as_mut().unwrap();
    profile.identity_number = "420106190001011231".to_owned();
    let refused = registrar.create_person(traced(broken)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused:?}");

    let get = registry::GetPersonRequest {
        name: "persons/p-1".to_owned(),
        view: registry::PersonView::Full.into(),
        min_position: made.position,
        ..Default::default()
    };
    let read = registrar.get_person(traced(get)).await.unwrap().into_inner();
    let profile = read.person.unwrap().private_profile.unwrap();
    assert_eq!((&profile.full_name, &profile.phone), (&secrets[0], &secrets[2]));
    for (full_name, identity_number) in [(&secrets[0], ""), (&String::new(), &*secrets[1])] {
        let find = registry::ListPersonsRequest {
            full_name: full_name.clone(),
            identity_number: identity_number.to_owned(),
            ..Default::default()
        };
        let found = registrar.list_persons(traced(find)).await.unwrap().into_inner();
        assert_eq!(found.persons.len(), 1);
    }
    let stranger =
        quanheng_e2e::Client::connect(server.address(), "qh_nobody_has_this_token").await;
    let list = registry::ListPersonsRequest::default();
    stranger.registry().list_persons(traced(list)).await.unwrap_err();

    let mut secrets = secrets;
    secrets.extend(["420106190001011231".to_owned(), "qh_nobody_has_this_token".to_owned()]);
    secrets.extend(Who::ALL.map(|who| server.tokens().of(who).to_owned()));
    secrets
}

/// The spans of one call, from the caller's to what views did later.
fn assert_traced(collector: &Collector) {
    let spans = collector.of_trace(TRACE);
    let rpc = spans
        .iter()
        .find(|span| {
            span.name == "quanheng.registry.v1.RegistryService/CreatePerson"
                && span.attributes.iter().any(|attribute| {
                    attribute.key == "rpc.grpc.status_code"
                        && format!("{:?}", attribute.value).contains("IntValue(0)")
                })
        })
        .unwrap_or_else(|| panic!("no span of the call: {spans:#?}"));
    assert_eq!(hexadecimal(&rpc.trace_id), TRACE);
    assert_eq!(hexadecimal(&rpc.parent_span_id), CALLER);
    let beneath = |span: &Span, above: &Span| span.parent_span_id == above.span_id;
    let command = spans.iter().find(|span| span.name == "command" && beneath(span, rpc));
    let command = command.expect("the command's span stands beneath the call's");
    assert_eq!(hexadecimal(&command.trace_id), TRACE);
    assert!(command.end_time_unix_nano <= rpc.end_time_unix_nano);
    let folds: Vec<_> = spans.iter().filter(|span| span.name == "projection.fold").collect();
    let of_person = folds.iter().find(|span| {
        format!("{:?}", span.attributes).contains("quanheng.registry.person_registered.v1")
    });
    let fold = of_person.unwrap_or_else(|| panic!("nobody folded the event: {folds:#?}"));
    assert!(fold.start_time_unix_nano >= command.start_time_unix_nano);
}

/// The event bears the trace that wrote it.
async fn assert_recorded(server: &Server) {
    let log = Log::open_read_only(Options::sqlite(server.data())).await.unwrap();
    let stream = StreamName::new("persons/p-1").unwrap();
    let records: Vec<_> = log.read_stream(stream, Version(1), Direction::Forward).collect().await;
    let record = records[0].as_ref().unwrap();
    let envelope = record.envelope().unwrap();
    let traceparent = envelope.traceparent.as_deref().unwrap();
    assert!(traceparent.starts_with(&format!("00-{TRACE}-")), "{traceparent}");
    assert!(!traceparent.contains(CALLER), "it names the server's own span: {traceparent}");
    log.close().await;
}

#[tokio::test]
async fn a_call_is_traced_and_measured_and_no_secret_is_told() {
    let (collector, address) = Collector::serve().await;
    let flags = [
        format!("--set=telemetry.otlp_endpoint=http://{address}"),
        "--set=telemetry.prometheus=127.0.0.1:0".to_owned(),
        "--log-filter=debug".to_owned(),
    ];
    let mut server = Server::start(Setup { flags: flags.to_vec(), ..Setup::default() }).await;
    let begun = Instant::now();
    let secrets = register_and_read(&server).await;
    let scraped = scrape(server.metrics().expect("metrics are served")).await;
    assert!(server.stop().await, "{}", server.said());
    assert!(begun.elapsed() < Duration::from_secs(30));

    assert_traced(&collector);
    assert_recorded(&server).await;
    let names = collector.metric_names();
    for (otlp, prometheus) in [
        ("rpc.server.requests", "rpc_server_requests_total{"),
        ("rpc.server.duration", "rpc_server_duration_us_count{"),
        ("eventlog.commit.duration", "eventlog_commit_duration_us_count{"),
        ("projection.lag", "projection_lag{"),
        ("access.unauthenticated", "access_unauthenticated_total{"),
    ] {
        assert!(names.iter().any(|name| name == otlp), "{otlp}: {names:?}");
        assert!(scraped.contains(prometheus), "{prometheus}: {scraped}");
    }
    let created = scraped.lines().find(|line| {
        line.starts_with("rpc_server_requests_total{")
            && line.contains("CreatePerson")
            && line.contains("rpc_grpc_status_code=\"0\"")
    });
    assert!(created.is_some_and(|line| line.ends_with(" 1")), "{scraped}");

    let (all, said) = (collector.all(), server.said());
    assert!(all.contains("CreatePerson") && said.contains("serving"));
    for secret in &secrets {
        for (place, text) in [("OTLP", &all), ("Prometheus", &scraped), ("the log", &said)] {
            assert!(!text.contains(secret.as_str()), "{place} tells {secret}");
        }
    }
}

#[tokio::test]
async fn nobody_who_receives_is_no_reason_not_to_serve() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let flag = format!("--set=telemetry.otlp_endpoint=http://{}", gone.local_addr().unwrap());
    drop(gone);
    let mut server = Server::start(Setup::default().flag(flag)).await;
    let client = server.client(Who::Registrar).await;
    client.registry().create_unit(traced(made::unit("u-1"))).await.unwrap();
    let begun = Instant::now();
    assert!(server.stop().await);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
