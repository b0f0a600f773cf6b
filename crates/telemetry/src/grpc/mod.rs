//! The gRPC server's side of traces and metrics: a tower layer.

mod body;
mod call;
mod method;
mod metrics;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use opentelemetry::metrics::Meter;
use tower::{Layer, Service};
use tracing::Instrument;

pub use body::GrpcBody;
use call::Call;
use metrics::Metrics;

/// Traces and counts the calls of a gRPC server.
///
/// Each call has one span, named `package.Service/Method`, whose parent is the caller's
/// span if the metadata hold a `traceparent`. Its attributes are `rpc.system`,
/// `rpc.service`, `rpc.method` and, at the end, `rpc.grpc.status_code`; the codes that
/// are the server's fault set its status to error. The span lasts until the trailers
/// are written, and whatever the answer's stream does happens inside of it.
///
/// The meter `quanheng.rpc` has
///
/// | instrument | what |
/// |---|---|
/// | `rpc.server.duration` | histogram, whole microseconds (`rpc_server_duration_us` in Prometheus), by method and code |
/// | `rpc.server.requests` | counter of ended calls, by method and code |
/// | `rpc.server.in_flight` | calls that have begun and not ended |
///
/// Names come from callers, so what is no name, and every call that ends with
/// `UNIMPLEMENTED`, is counted under `_OTHER`. A call that is dropped before its end,
/// by the caller or by a time limit outside of this layer, has the code `CANCELLED`.
/// Health checks and reflection are neither traced nor counted.
///
/// Make it after [`start`](crate::start), which installs the meter. A layer that
/// translates trailers, like gRPC-Web, belongs outside of this one.
#[derive(Clone, Debug)]
pub struct GrpcLayer {
    metrics: Arc<Metrics>,
}

impl GrpcLayer {
    /// A layer that reports to the meter that is installed now.
    #[must_use]
    pub fn new() -> Self {
        Self::reporting_to(&opentelemetry::global::meter("quanheng.rpc"))
    }

    fn reporting_to(meter: &Meter) -> Self {
        Self { metrics: Arc::new(Metrics::of(meter)) }
    }
}

impl Default for GrpcLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for GrpcLayer {
    type Service = GrpcService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        GrpcService { inner, metrics: Arc::clone(&self.metrics) }
    }
}

/// A service whose calls are traced and counted; made by [`GrpcLayer`].
#[derive(Clone, Debug)]
pub struct GrpcService<S> {
    inner: S,
    metrics: Arc<Metrics>,
}

impl<S, B, R> Service<Request<B>> for GrpcService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: 'static,
    R: Body + Send + Unpin + 'static,
{
    type Response = Response<GrpcBody<R>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if method::is_plumbing(request.uri().path()) {
            let answer = self.inner.call(request);
            return Box::pin(async move { Ok(answer.await?.map(GrpcBody::unwatched)) });
        }
        let call = Call::begin(&request, Arc::clone(&self.metrics));
        let span = call.span().clone();
        let answer = span.in_scope(|| self.inner.call(request));
        Box::pin(answered(answer, call).instrument(span))
    }
}

/// Waits for the head of the answer; the call goes on with its body.
async fn answered<R: Body + Unpin, E>(
    answer: impl Future<Output = Result<Response<R>, E>>,
    call: Call,
) -> Result<Response<GrpcBody<R>>, E> {
    match answer.await {
        Ok(response) => {
            let (head, body) = response.into_parts();
            let body = match call::code_in(&head.headers) {
                Some(code) => {
                    call.end(code);
                    GrpcBody::unwatched(body)
                }
                None => GrpcBody::watched(body, call),
            };
            Ok(Response::from_parts(head, body))
        }
        Err(error) => {
            call.end(tonic::Code::Unknown);
            Err(error)
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
