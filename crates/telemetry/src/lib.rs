//! Traces, metrics and logs: OTLP, Prometheus, W3C trace context, masking.
//!
//! [`start`] once, early, inside tokio; [`Telemetry::shutdown`] last. Between the two,
//! `tracing` spans become OpenTelemetry spans, the instruments of
//! `opentelemetry::global::meter` are exported, and log lines go to standard error.
//!
//! * A caller's `traceparent` is the parent of the span of its call ([`GrpcLayer`]);
//!   [`current_traceparent`] goes into the records of the events that the call wrote;
//!   [`follow`] puts later work on such an event into the same trace.
//! * Trace ids exist with and without an OTLP endpoint: what is written into events
//!   does not depend on who collects traces.
//! * Identity numbers, mobile numbers and bearer tokens are masked ([`mask`]) in both
//!   log formats and in every span that leaves the process.
//!
//! ```no_run
//! # async fn run() -> Result<(), quanheng_telemetry::TelemetryError> {
//! use quanheng_telemetry::{GrpcLayer, LogFormat, Options, start};
//!
//! let telemetry = start(&Options {
//!     otlp_endpoint: Some("http://127.0.0.1:4317".into()),
//!     service_name: "quanheng".into(),
//!     service_instance: "node-1".into(),
//!     prometheus: Some(([127, 0, 0, 1], 9464).into()),
//!     log_format: LogFormat::Json,
//!     log_filter: "info".into(),
//!     trace_sample_ratio_percent: 100,
//! })?;
//! let server = tonic::transport::Server::builder().layer(GrpcLayer::new());
//! # drop(server);
//! // … serve …
//! telemetry.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod context;
mod export;
mod grpc;
mod log;
mod mask;
mod prometheus;
mod start;

pub use context::{callers_traceparent, current_traceparent, extract, follow, inject};
pub use grpc::{GrpcBody, GrpcLayer, GrpcService};
pub use mask::mask;
pub use start::{LogFormat, Options, Telemetry, TelemetryError, start};
