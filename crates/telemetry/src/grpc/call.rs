//! One call, from its first byte to its status.

use std::sync::Arc;
use std::time::Instant;

use http::{HeaderMap, Request};
use tonic::Code;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::method::MethodName;
use super::metrics::Metrics;
use crate::context::{extract, named};

/// A call that is going on. Dropping it ends it as cancelled.
#[derive(Debug)]
pub(super) struct Call {
    metrics: Arc<Metrics>,
    method: MethodName,
    span: Span,
    began: Instant,
    ended_with: Code,
}

impl Call {
    /// Begins the call of a request: its span has the caller's for a parent.
    pub(super) fn begin<B>(request: &Request<B>, metrics: Arc<Metrics>) -> Self {
        let method = MethodName::of(request.uri().path());
        let span = tracing::info_span!(
            parent: None,
            "rpc",
            otel.name = method.span_name(),
            otel.kind = "server",
            otel.status_code = Empty,
            rpc.system = "grpc",
            rpc.service = method.service(),
            rpc.method = method.method(),
            rpc.grpc.status_code = Empty,
        );
        let caller = extract(request.headers());
        if named(&caller).is_some() {
            // It fails where no tracer is installed, and then there is no trace to join.
            let _ = span.set_parent(caller);
        }
        metrics.begun();
        Self { metrics, method, span, began: Instant::now(), ended_with: Code::Cancelled }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Ends the call with a status.
    pub(super) fn end(mut self, code: Code) {
        self.ended_with = code;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let code = self.ended_with;
        self.span.record("rpc.grpc.status_code", code as i64);
        if is_servers_fault(code) {
            self.span.record("otel.status_code", "ERROR");
        }
        self.metrics.ended(&self.method, code, self.began.elapsed());
    }
}

/// The status in headers or trailers, if there is one.
pub(super) fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|status| Code::from_bytes(status.as_bytes()))
}

/// The codes that OpenTelemetry counts as errors of a server: the others tell the caller
/// of its own.
fn is_servers_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}
