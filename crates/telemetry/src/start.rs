//! Setting telemetry up, and taking it down.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_prometheus_text_exporter::PrometheusExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use serde::{Deserialize, Serialize};
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer};

use crate::export::Masking;
use crate::log::LogLayer;
use crate::prometheus::{self, Endpoint};

/// How long one export may take before it counts as failed.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long shutting down waits for the traces, and as long for the metrics beside them.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// Targets whose spans are those of the export itself: tracing them would make more of
/// them without end.
const EXPORT_TARGETS: [&str; 5] = ["h2", "hyper", "opentelemetry", "tonic", "tower"];

/// What telemetry is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where traces and metrics are sent by OTLP over gRPC, as `http://host:port`.
    /// Without it nothing is sent.
    pub otlp_endpoint: Option<String>,
    /// `service.name` of all that is sent.
    pub service_name: String,
    /// `service.instance.id`: tells the processes of one service apart.
    pub service_instance: String,
    /// Where `GET /metrics` is served for Prometheus; port 0 takes a free one.
    pub prometheus: Option<SocketAddr>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged, in the directives of `RUST_LOG`: `info,sqlx=warn`. Traces do not
    /// depend on it.
    pub log_filter: String,
    /// How many of 100 traces that begin here are recorded, 0 to 100. A trace that began
    /// elsewhere is recorded if its caller says so.
    pub trace_sample_ratio_percent: u8,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Why telemetry cannot start. Nothing has been installed then, except where the last
/// variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// [`start`] was called outside of tokio.
    #[error("telemetry starts inside a tokio runtime")]
    NoRuntime,
    /// The log filter cannot be read: correct it.
    #[error("{filter:?} is not a log filter: {error}")]
    LogFilter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        error: tracing_subscriber::filter::ParseError,
    },
    /// More than all traces cannot be recorded.
    #[error("a share of {0} percent of traces: it is 0 to 100")]
    SampleRatio(u8),
    /// The OTLP endpoint is not an address that can be sent to: correct it.
    #[error("{endpoint:?} is not an OTLP endpoint like http://host:4317: {reason}")]
    Endpoint {
        /// The endpoint.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The Prometheus endpoint cannot be served: another process may have the port.
    #[error("{address} cannot serve metrics: {error}")]
    Prometheus {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// Somebody has installed a `tracing` subscriber before.
    #[error("telemetry has been started already")]
    AlreadyStarted,
}

/// Telemetry that is running. Dropping it loses what has not been sent:
/// [`Telemetry::shutdown`] it.
#[derive(Debug)]
#[must_use = "telemetry is flushed by its shutdown"]
pub struct Telemetry {
    tracers: SdkTracerProvider,
    meters: SdkMeterProvider,
    prometheus: Option<Endpoint>,
}

/// Installs the `tracing` subscriber and the global tracer and meter providers of this
/// process, and serves the Prometheus endpoint. Must be called inside tokio, and once.
///
/// A collector that cannot be reached is no error: what it misses is dropped, with a
/// warning in the log.
///
/// # Errors
///
/// See [`TelemetryError`].
pub fn start(options: &Options) -> Result<Telemetry, TelemetryError> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(TelemetryError::NoRuntime);
    }
    let filter = log_filter(&options.log_filter)?;
    let tracers = tracer_provider(options)?;
    let exporter = options.prometheus.map(|_| PrometheusExporter::new());
    let meters = meter_provider(options, exporter.clone())?;
    let prometheus = match (options.prometheus, exporter) {
        (Some(address), Some(exporter)) => {
            let served = prometheus::listen(address)
                .and_then(|listener| Endpoint::serve(listener, exporter))
                .map_err(|error| TelemetryError::Prometheus { address, error })?;
            Some(served)
        }
        _ => None,
    };

    let logs = LogLayer::new(options.log_format, io::stderr).with_filter(filter);
    // Where nothing is sent there are no spans to keep; a caller's trace is passed on all the
    // same, by whoever handles the call.
    let spans = endpoint(options)?
        .map(|_| span_layer(tracers.tracer("quanheng")).with_filter(filter_fn(is_traced)));
    let subscriber = tracing_subscriber::registry().with(spans).with(logs);
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|_| TelemetryError::AlreadyStarted)?;
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    opentelemetry::global::set_tracer_provider(tracers.clone());
    opentelemetry::global::set_meter_provider(meters.clone());
    Ok(Telemetry { tracers, meters, prometheus })
}

impl Telemetry {
    /// Where metrics are served, with the port that was taken.
    #[must_use]
    pub fn prometheus_address(&self) -> Option<SocketAddr> {
        self.prometheus.as_ref().map(Endpoint::address)
    }

    /// Sends what has not been sent, and stops; some seconds at the most. Spans that end
    /// later are lost, and so are later measurements. What could not be sent is logged.
    pub async fn shutdown(self) {
        let Self { tracers, meters, prometheus } = self;
        // Both block, and the exporters need this runtime meanwhile.
        let traces =
            tokio::task::spawn_blocking(move || tracers.shutdown_with_timeout(SHUTDOWN_TIMEOUT));
        let metrics =
            tokio::task::spawn_blocking(move || meters.shutdown_with_timeout(SHUTDOWN_TIMEOUT));
        let (traces, metrics) = tokio::join!(traces, metrics);
        if let Some(prometheus) = prometheus {
            prometheus.stop().await;
        }
        report("traces", traces);
        report("metrics", metrics);
    }
}

fn report(what: &str, outcome: Result<OTelSdkResult, tokio::task::JoinError>) {
    let error: Box<dyn std::error::Error> = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.into(),
        Err(error) => error.into(),
    };
    tracing::warn!(error = &*error, "{what} may not have been sent");
}

fn log_filter(filter: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::builder()
        .with_default_directive(LevelFilter::ERROR.into())
        .parse(filter)
        .map_err(|error| TelemetryError::LogFilter { filter: filter.to_owned(), error })
}

/// The spans and their events that are traced: those of the server's own work, whatever
/// is logged.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    let crate_name = metadata.target().split("::").next().unwrap_or_default();
    let of_export = EXPORT_TARGETS.iter().any(|target| crate_name.starts_with(target));
    *metadata.level() <= LevelFilter::INFO && !of_export
}

fn span_layer<S>(tracer: SdkTracer) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
}

fn tracer_provider(options: &Options) -> Result<SdkTracerProvider, TelemetryError> {
    let percent = options.trace_sample_ratio_percent;
    if percent > 100 {
        return Err(TelemetryError::SampleRatio(percent));
    }
    let ratio = Sampler::TraceIdRatioBased(f64::from(percent) / 100.0);
    let mut provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(ratio)))
        .with_resource(resource(options));
    if let Some(endpoint) = endpoint(options)? {
        let exporter = SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .map_err(|error| not_an_endpoint(endpoint, &error))?;
        provider = provider.with_batch_exporter(Masking(exporter));
    }
    Ok(provider.build())
}

fn meter_provider(
    options: &Options,
    prometheus: Option<PrometheusExporter>,
) -> Result<SdkMeterProvider, TelemetryError> {
    let mut provider = SdkMeterProvider::builder().with_resource(resource(options));
    if let Some(endpoint) = endpoint(options)? {
        let exporter = MetricExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build()
            .map_err(|error| not_an_endpoint(endpoint, &error))?;
        provider = provider.with_periodic_exporter(exporter);
    }
    if let Some(prometheus) = prometheus {
        provider = provider.with_reader(prometheus);
    }
    Ok(provider.build())
}

/// The endpoint, if it has a scheme: without one, everything would seem to work and
/// nothing would be sent.
fn endpoint(options: &Options) -> Result<Option<&str>, TelemetryError> {
    let Some(endpoint) = options.otlp_endpoint.as_deref() else { return Ok(None) };
    if endpoint.starts_with("http://") || endpoint.starts_with("https://") {
        return Ok(Some(endpoint));
    }
    let reason = "it has no scheme".to_owned();
    Err(TelemetryError::Endpoint { endpoint: endpoint.to_owned(), reason })
}

fn not_an_endpoint(endpoint: &str, error: &ExporterBuildError) -> TelemetryError {
    TelemetryError::Endpoint { endpoint: endpoint.to_owned(), reason: error.to_string() }
}

/// What all that is sent is about.
fn resource(options: &Options) -> Resource {
    Resource::builder()
        .with_service_name(options.service_name.clone())
        .with_attribute(KeyValue::new("service.instance.id", options.service_instance.clone()))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build()
}
