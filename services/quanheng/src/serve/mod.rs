//! `quanheng serve`: opens the realm, serves its roles, and stops in an orderly way.

mod auth;
mod jobs;
mod matters;
mod realm;

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use quanheng_approval::{ApprovalApi, OfficeApi};
use quanheng_attachment::AttachmentApi;
use quanheng_casework::case::Matters;
use quanheng_identity::{Authenticator, LocalOnly, TokenFile, listen_allowed};
use quanheng_policy_service::PolicyApi;
use quanheng_projection_service::ProjectionApi;
use quanheng_promotion::PromotionApi;
use quanheng_quota::QuotaApi;
use quanheng_recertification_service::RecertificationApi;
use quanheng_registry::{Imports, OperationApi, RegistryApi};
use quanheng_runtime::{House, Realm};
use quanheng_telemetry::{GrpcLayer, Telemetry};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_web::GrpcWebLayer;

use crate::config::{Config, LogFormat, Role};
use auth::AuthLayer;

/// Why the server does not serve.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Serves until it is told to stop.
pub(crate) async fn run(config: Config) -> ExitCode {
    let telemetry = match quanheng_telemetry::start(&telemetry_options(&config)) {
        Ok(telemetry) => telemetry,
        Err(error) => return failed(&error),
    };
    let served = serve(&config, &telemetry).await;
    telemetry.shutdown().await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&*error),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    let mut text = format!("quanheng serve: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::FAILURE
}

fn telemetry_options(config: &Config) -> quanheng_telemetry::Options {
    let keys = &config.telemetry;
    let instance = match keys.instance.as_str() {
        "" => format!("{}-{}", hostname(), std::process::id()),
        instance => instance.to_owned(),
    };
    quanheng_telemetry::Options {
        otlp_endpoint: Some(keys.otlp_endpoint.clone()).filter(|endpoint| !endpoint.is_empty()),
        service_name: "quanheng".to_owned(),
        service_instance: instance,
        prometheus: keys.prometheus.parse().ok(),
        log_format: match config.log.format {
            LogFormat::Pretty => quanheng_telemetry::LogFormat::Pretty,
            LogFormat::Json => quanheng_telemetry::LogFormat::Json,
        },
        log_filter: config.log.filter.clone(),
        trace_sample_ratio_percent: keys.sample_percent,
    }
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

async fn serve(config: &Config, telemetry: &Telemetry) -> Result<(), Fault> {
    let authenticator: Arc<dyn Authenticator> = match config.tokens_path() {
        Some(path) => Arc::new(TokenFile::open(path)?),
        None => Arc::new(LocalOnly::in_realm(config.realm.clone())),
    };
    listen_allowed(&config.listen, config.tokens_path().is_some())?;
    let listener = TcpListener::bind(config.listen).await?;
    let address = listener.local_addr()?;
    let realm = realm::open(config).await?;
    let served = serve_realm(config, telemetry, &realm, authenticator, listener, address).await;
    realm.close().await;
    served
}

async fn serve_realm(
    config: &Config,
    telemetry: &Telemetry,
    realm: &Arc<Realm>,
    authenticator: Arc<dyn Authenticator>,
    listener: TcpListener,
    address: SocketAddr,
) -> Result<(), Fault> {
    if config.plays(Role::Policy) {
        quanheng_policy_service::publish_defaults(realm).await?;
    }
    let mut house = House::new([Arc::clone(realm)]);
    house.call_wait_default = Duration::from_millis(config.limits.call_wait_default_ms);
    let house = Arc::new(house);
    let imports = Imports::new(&house);
    let (stop, stopping) = watch::channel(false);
    let matters = matters::matters();
    let jobs = jobs::start(config, realm, &imports, &matters).await?;

    let (mut health, health_service) = tonic_health::server::health_reporter();
    let mut routes = Routes::new(health_service);
    let names = add_services(config, &house, &imports, &matters, &mut routes);
    for name in &names {
        health.set_service_status(name, tonic_health::ServingStatus::Serving).await;
    }
    if config.reflection {
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(quanheng_api::DESCRIPTORS)
            .build_v1()?;
        routes = routes.add_service(reflection);
    }
    let auth = AuthLayer::new(authenticator, config.limits.calls_max);
    let server = Server::builder()
        .accept_http1(config.grpc_web)
        .tcp_nodelay(true)
        .max_concurrent_streams(config.limits.calls_per_connection_max)
        .http2_keepalive_interval(Some(Duration::from_secs(60)));
    let mut told = stopping.clone();
    let stopped = async move {
        let _ = told.wait_for(|stop| *stop).await;
    };
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    // gRPC-Web reads trailers, so it stands outside of what is measured.
    let mut serving = if config.grpc_web {
        let layered = server.layer(GrpcWebLayer::new()).layer(GrpcLayer::new());
        let mut server = layered.layer(auth);
        tokio::spawn(server.add_routes(routes).serve_with_incoming_shutdown(incoming, stopped))
    } else {
        let mut server = server.layer(GrpcLayer::new()).layer(auth);
        tokio::spawn(server.add_routes(routes).serve_with_incoming_shutdown(incoming, stopped))
    };
    announce(address, telemetry);

    tokio::select! {
        ended = &mut serving => return Ok(ended??),
        signal = stop_signal() => tracing::info!(signal, "stopping"),
    }
    health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
    for name in &names {
        health.set_service_status(name, tonic_health::ServingStatus::NotServing).await;
    }
    stop.send_replace(true);
    imports.stop().await;
    drop(jobs);
    // Watches never end by themselves: neither those of documents nor those of health, which
    // are told before they end.
    realm.projections.close().await;
    for name in names.iter().chain(&[""]) {
        health.clear_service_status(name).await;
    }
    let drained = tokio::time::timeout(Duration::from_secs(config.drain_seconds), &mut serving);
    match drained.await {
        Ok(ended) => ended??,
        Err(_) => {
            tracing::warn!("calls were still open at the end of the time to drain");
            serving.abort();
        }
    }
    Ok(())
}

/// Tells people and programs that it serves, and where.
fn announce(address: SocketAddr, telemetry: &Telemetry) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "listening on {address}");
    if let Some(prometheus) = telemetry.prometheus_address() {
        let _ = writeln!(out, "metrics on {prometheus}");
    }
    let _ = out.flush();
    tracing::info!(%address, "serving");
}

/// The services of the roles that this process plays; their names.
fn add_services(
    config: &Config,
    house: &Arc<House>,
    imports: &Imports,
    matters: &Matters,
    routes: &mut Routes,
) -> Vec<&'static str> {
    let mut names = Vec::new();
    let limits = (config.limits.request_bytes_max, config.limits.response_bytes_max);
    macro_rules! add {
        ($role:ident, $server:expr) => {
            if config.plays(Role::$role) {
                let server =
                    $server.max_decoding_message_size(limits.0).max_encoding_message_size(limits.1);
                names.push(name_of(&server));
                *routes = std::mem::take(routes).add_service(server);
            }
        };
    }
    let house = || Arc::clone(house);
    add!(Registry, RegistryApi::new(house(), imports.clone()).server());
    add!(Registry, OperationApi::new(house(), imports.clone()).server());
    add!(Quota, QuotaApi::new(house()).server());
    add!(Promotion, PromotionApi::new(house()).server());
    add!(Recertification, RecertificationApi::new(house()).server());
    add!(Approval, ApprovalApi::new(house(), matters.clone()).server());
    add!(Approval, OfficeApi::new(house()).server());
    add!(Policy, PolicyApi::new(house()).server());
    add!(Attachment, AttachmentApi::new(house()).server());
    add!(Projection, ProjectionApi::new(house()).server());
    names
}

fn name_of<S: tonic::server::NamedService>(_: &S) -> &'static str {
    S::NAME
}

/// Waits until the process is asked to end.
async fn stop_signal() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let (terminate, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    match (terminate, interrupt) {
        (Ok(mut terminate), Ok(mut interrupt)) => tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        },
        // Without signals there is nothing to wait for but the end of the process.
        _ => std::future::pending().await,
    }
}
