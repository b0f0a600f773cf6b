//! The endpoint that Prometheus scrapes: `GET /metrics`.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use opentelemetry_prometheus_text_exporter::PrometheusExporter;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The text exposition format, in the version that every Prometheus reads.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How long a scrape that is going on may hold up the shutdown.
const GRACE: Duration = Duration::from_secs(1);

/// The endpoint as it is served.
#[derive(Debug)]
pub(crate) struct Endpoint {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<io::Result<()>>,
}

/// Listens on `address`; a port of 0 takes a free one.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Endpoint {
    /// Serves what `exporter` reads. Must be called inside tokio.
    pub(crate) fn serve(listener: TcpListener, exporter: PrometheusExporter) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let router = Router::new().route("/metrics", get(metrics)).with_state(exporter);
        let (stop, stopped) = oneshot::channel();
        // A sender that is gone stops the endpoint as well.
        let server = axum::serve(listener, router).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        let served = tokio::spawn(async move { server.await });
        Ok(Self { address, stop, served })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening and lets a scrape that is going on finish.
    pub(crate) async fn stop(self) {
        let Self { stop, mut served, .. } = self;
        drop(stop);
        if tokio::time::timeout(GRACE, &mut served).await.is_err() {
            served.abort();
        }
    }
}

async fn metrics(State(exporter): State<PrometheusExporter>) -> Response {
    let mut text = Vec::new();
    match exporter.export(&mut text) {
        Ok(()) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "metrics cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
