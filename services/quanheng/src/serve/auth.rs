//! Who is calling: the token of every call becomes a principal before any handler sees it.
//! Health checks and reflection ask for none.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use quanheng_identity::{AuthError, Authenticator};
use quanheng_runtime::Failure;
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};

/// Lets calls in.
#[derive(Clone)]
pub(crate) struct AuthLayer {
    authenticator: Arc<dyn Authenticator>,
    calls: Arc<Semaphore>,
    calls_max: usize,
}

impl AuthLayer {
    pub(crate) fn new(authenticator: Arc<dyn Authenticator>, calls_max: usize) -> Self {
        let calls_max = calls_max.clamp(1, Semaphore::MAX_PERMITS);
        Self { authenticator, calls: Arc::new(Semaphore::new(calls_max)), calls_max }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Auth<S> {
        Auth { layer: self.clone(), inner }
    }
}

/// A service that is asked only by principals.
#[derive(Clone)]
pub(crate) struct Auth<S> {
    layer: AuthLayer,
    inner: S,
}

/// Paths that anybody may ask.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

impl<S, B> Service<Request<B>> for Auth<S>
where
    S: Service<Request<B>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let path = request.uri().path();
        if !OPEN.iter().any(|open| path.starts_with(open)) {
            let shown = request.headers().get(http::header::AUTHORIZATION);
            let shown = shown.map(|value| value.to_str().unwrap_or("\u{fffd}"));
            match self.layer.authenticator.authenticate(shown) {
                Ok(principal) => {
                    request.extensions_mut().insert(principal);
                }
                Err(error) => return refused(unauthenticated(error)),
            }
        }
        let Ok(place) = Arc::clone(&self.layer.calls).try_acquire_owned() else {
            let max = self.layer.calls_max as u64;
            return refused(Failure::bound("calls_max", max, max + 1));
        };
        // The one that was asked whether it is ready is the one that is called.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        Box::pin(async move {
            let answer = inner.call(request).await;
            drop(place);
            answer
        })
    }
}

fn unauthenticated(error: AuthError) -> Failure {
    let meter = opentelemetry::global::meter("quanheng.runtime");
    let counter = meter.u64_counter("access.unauthenticated").build();
    counter.add(1, &[opentelemetry::KeyValue::new("reason", error.code())]);
    Failure::new(Code::Unauthenticated, error.code(), error.to_string())
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>;

fn refused<E: Send + 'static>(failure: Failure) -> Answer<E> {
    let status: Status = failure.into();
    Box::pin(std::future::ready(Ok(status.into_http())))
}
