//! The server as a process: what it starts with and what it refuses, what it tells of
//! itself, how it stops, and how several share a database.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use quanheng_api::quanheng::attachment::v1 as attachment;
use quanheng_api::quanheng::projection::v1 as projection;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Client, Program, Server, Setup, Who, made, request_id};
use quanheng_testkit::signal::sigterm;
use tokio::net::TcpStream;
use tonic::{Code, Status, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1 as reflection;
use tonic_types::StatusExt as _;

const SERVICES: [&str; 10] = [
    "quanheng.approval.v1.ApprovalTaskService",
    "quanheng.approval.v1.OfficeService",
    "quanheng.attachment.v1.AttachmentService",
    "quanheng.common.v1.OperationService",
    "quanheng.policy.v1.PolicyService",
    "quanheng.projection.v1.ProjectionService",
    "quanheng.promotion.v1.PromotionService",
    QUOTA,
    "quanheng.recertification.v1.RecertificationService",
    REGISTRY,
];
const QUOTA: &str = "quanheng.quota.v1.QuotaService";
const REGISTRY: &str = "quanheng.registry.v1.RegistryService";

/// Code and reason of a refusal.
pub(crate) fn told(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.clone());
    (status.code(), reason.unwrap_or_default())
}

async fn health(client: &Client, service: &str) -> Result<ServingStatus, Status> {
    let request = HealthCheckRequest { service: service.to_owned() };
    let answer = HealthClient::new(client.channel()).check(request).await?;
    Ok(answer.into_inner().status())
}

/// The services that reflection lists.
async fn reflected(client: &Client) -> Result<Vec<String>, Status> {
    use reflection::server_reflection_client::ServerReflectionClient;
    use reflection::server_reflection_request::MessageRequest;
    use reflection::server_reflection_response::MessageResponse;
    let request = reflection::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(client.channel());
    let asked = tokio_stream::once(request);
    let mut answers = client.server_reflection_info(asked).await?.into_inner();
    let answer = answers.next().await.unwrap()?.message_response.unwrap();
    let MessageResponse::ListServicesResponse(listed) = answer else { panic!("{answer:?}") };
    let mut names: Vec<_> = listed.service.into_iter().map(|service| service.name).collect();
    names.sort_unstable();
    Ok(names)
}

async fn units(client: &Client) -> Result<Vec<registry::Unit>, Status> {
    let listed = client.registry().list_units(registry::ListUnitsRequest::default()).await?;
    Ok(listed.into_inner().units)
}

#[tokio::test]
async fn it_serves_an_empty_folder_and_tells_its_health() {
    let mut server = Server::start(Setup::default()).await;
    let client = server.client(Who::Viewer).await;
    for service in SERVICES.into_iter().chain([""]) {
        assert_eq!(health(&client, service).await.unwrap(), ServingStatus::Serving, "{service}");
    }
    let unknown = health(&client, "quanheng.none.v1.NoService").await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    assert_eq!(reflected(&client).await.unwrap_err().code(), Code::Unimplemented);
    assert_eq!(units(&client).await.unwrap(), []);
    for (service, code) in [("", 0), (QUOTA, 0), ("quanheng.none.v1.NoService", 3)] {
        let asked = ["healthcheck", "--service", service];
        let ran = server.program(Who::Viewer, &asked).run().await;
        assert_eq!(ran.code, Some(code), "{service}: {}", ran.err);
    }
    assert!(server.stop().await);
    let gone = server.program(Who::Viewer, &["healthcheck", "--timeout", "2"]).run().await;
    gone.failed(5);
}

#[tokio::test]
async fn reflection_lists_every_service_where_it_is_asked_for() {
    let server = Server::start(Setup::default().flag("--reflection")).await;
    let listed = reflected(&server.client(Who::Viewer).await).await.unwrap();
    let own: Vec<_> = listed.iter().filter(|name| name.starts_with("quanheng.")).collect();
    assert_eq!(own, SERVICES.iter().collect::<Vec<_>>(), "{listed:?}");
}

#[tokio::test]
async fn a_caller_whom_nobody_knows_is_told_why() {
    let server = Server::start(Setup::default()).await;
    let viewer = server.tokens().of(Who::Viewer);
    let wrong = format!("{}x", &viewer[..viewer.len() - 1]);
    let client = server.client(Who::Viewer).await;
    let with = |shown: Option<String>| {
        let mut request = tonic::Request::new(registry::ListUnitsRequest::default());
        if let Some(shown) = shown {
            request.metadata_mut().insert("authorization", shown.parse().unwrap());
        }
        let mut plain =
            registry::registry_service_client::RegistryServiceClient::new(client.channel());
        async move { plain.list_units(request).await.map(drop) }
    };
    let shown = |scheme: &str, token: &str| Some(format!("{scheme} {token}"));
    assert!(with(shown("Bearer", viewer)).await.is_ok());
    for (shown, reason) in [
        (None, "TOKEN_MISSING"),
        (shown("Bearer", &wrong), "TOKEN_UNKNOWN"),
        (shown("Basic", viewer), "TOKEN_MALFORMED"),
    ] {
        let refused = with(shown).await.unwrap_err();
        assert_eq!(told(&refused), (Code::Unauthenticated, reason.to_owned()));
        let localized = refused.get_error_details().localized_message().unwrap().clone();
        assert_eq!(localized.locale, "zh-CN");
        assert!(localized.message.contains("令牌"), "{}", localized.message);
    }
}

#[tokio::test]
async fn what_it_cannot_serve_safely_it_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let faulty = folder.path().join("faulty.toml");
    std::fs::write(&faulty, "realm = \"test\"\n\n[limits]\npage_size_mx = 3\n").unwrap();
    let broken = folder.path().join("broken.toml");
    std::fs::write(&broken, "realm = \"test\"\nlisten = \n").unwrap();
    let at = |file: &std::path::Path, line: u32| format!("{}:{line}", file.display());
    let table: [(&[&str], &[&str]); 6] = [
        (&["--listen", "0.0.0.0:0"], &["0.0.0.0:0", "listen", "令牌文件"]),
        (&["--listen", "[::]:0"], &["[::]:0", "令牌文件"]),
        (&["--set", "demo.clock=2026-11-24T09:00:00+08:00"], &["demo.clock", "demo.enabled"]),
        (&["--roles", "quota"], &["roles", "SQLite"]),
        (&["--config", faulty.to_str().unwrap()], &["limits.page_size_mx", &at(&faulty, 4)]),
        (&["--config", broken.to_str().unwrap()], &[&at(&broken, 2), "TOML"]),
    ];
    for (flags, said) in table {
        let program = Program::new(["serve"]).args(flags).within(folder.path());
        let ran = program.arg("--data-dir").arg(folder.path().join("data")).run().await;
        let err = ran.failed(2);
        for word in said {
            assert!(err.contains(word), "{flags:?} does not say {word}: {err}");
        }
        assert!(!folder.path().join("data").exists(), "{flags:?} leaves nothing behind");
    }
}

#[tokio::test]
async fn without_tokens_it_serves_the_machine_itself() {
    let mut server = Server::start(Setup { tokens: false, ..Setup::default() }).await;
    let channel = server.client(Who::Viewer).await.channel();
    let mut plain = registry::registry_service_client::RegistryServiceClient::new(channel);
    let made = plain.create_unit(made::unit("u-1")).await.unwrap().into_inner();
    assert_eq!(made.unit.unwrap().name, "units/u-1");
    assert!(server.stop().await);
}

#[tokio::test]
async fn a_demonstration_has_a_clock_of_its_own() {
    let flags = ["--set", "demo.enabled=true", "--set", "demo.clock=2031-05-06T09:00:00+08:00"];
    let setup = Setup { flags: flags.map(str::to_owned).to_vec(), ..Setup::default() };
    let server = Server::start(setup).await;
    let client = server.client(Who::Registrar).await;
    let made = client.registry().create_unit(made::unit("u-1")).await.unwrap().into_inner();
    let request = registry::ListUnitHistoryRequest {
        name: "units/u-1".to_owned(),
        min_position: made.position,
        ..Default::default()
    };
    let history = client.registry().list_unit_history(request).await.unwrap().into_inner();
    let recorded = &history.entries[0].recorded_at;
    assert!(recorded.starts_with("2031-05-06"), "{recorded}");
}

#[tokio::test]
async fn two_processes_do_not_share_a_folder() {
    let mut server = Server::start(Setup::default()).await;
    let program = Program::new(["serve", "--listen", "127.0.0.1:0", "--realm", server.realm()])
        .arg("--data-dir")
        .arg(server.folder().join("data"))
        .arg("--tokens-file")
        .arg(server.tokens().file());
    let ran = program.run().await;
    assert!(ran.code.is_some_and(|code| code != 0), "{ran:?}");
    let folder = server.data().display().to_string();
    let clear = ran.err.contains(&folder) && ran.err.contains("another process");
    assert!(clear && !ran.out.contains("listening"), "{ran:?}");
    // The first goes on as if nothing had been.
    let client = server.client(Who::Registrar).await;
    client.registry().create_unit(made::unit("u-1")).await.unwrap();
    assert!(server.stop().await);
}

/// An upload of which the half is sent, and what sends the rest.
async fn half_an_upload(
    client: &Client,
) -> (
    tokio::task::JoinHandle<Result<attachment::Attachment, Status>>,
    tokio::sync::mpsc::Sender<attachment::UploadAttachmentRequest>,
) {
    use attachment::upload_attachment_request::{Head, Part};
    let (sender, pieces) = tokio::sync::mpsc::channel(8);
    let head = Head {
        file_name: "note.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        request_id: request_id(),
        ..Head::default()
    };
    for part in [Part::Head(head), Part::Content(b"half and ".to_vec())] {
        let part = attachment::UploadAttachmentRequest { part: Some(part) };
        sender.send(part).await.unwrap();
    }
    let mut attachments = client.attachment();
    let pieces = tokio_stream::wrappers::ReceiverStream::new(pieces);
    let upload = tokio::spawn(async move {
        let answer = attachments.upload_attachment(pieces).await?;
        Ok(answer.into_inner().attachment.unwrap())
    });
    (upload, sender)
}

async fn watch_units(client: &Client) -> Streaming<projection::WatchResponse> {
    use projection::watch_response::Event;
    let request = projection::WatchRequest {
        collection: "units".to_owned(),
        include_snapshot: true,
        ..Default::default()
    };
    let mut events = client.projection().watch(request).await.unwrap().into_inner();
    loop {
        let event = events.next().await.unwrap().unwrap().event.unwrap();
        if matches!(event, Event::SnapshotComplete(_)) {
            return events;
        }
    }
}

async fn next_health(health: &mut Streaming<HealthCheckResponse>) -> Option<ServingStatus> {
    let next = tokio::time::timeout(Duration::from_secs(10), health.next()).await;
    next.expect("health is told in time").map(|told| told.unwrap().status())
}

async fn nobody_listens(address: SocketAddr) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(address).await.is_ok() {
        assert!(Instant::now() < deadline, "it still takes connections");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn asked_to_stop_it_finishes_what_it_began() {
    let mut server = Server::start(Setup::default()).await;
    let uploader = server.client(Who::Registrar).await;
    let watcher = server.client(Who::Viewer).await;
    let mut events = watch_units(&watcher).await;
    let request = HealthCheckRequest { service: String::new() };
    let mut whole = HealthClient::new(watcher.channel()).watch(request).await.unwrap().into_inner();
    assert_eq!(next_health(&mut whole).await, Some(ServingStatus::Serving));
    let (upload, sender) = half_an_upload(&uploader).await;
    // It has begun once it is answered for on the same connection.
    units(&uploader).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;

    let begun = Instant::now();
    sigterm(server.pid());
    assert_eq!(next_health(&mut whole).await, Some(ServingStatus::NotServing));
    let ended = loop {
        match events.next().await.expect("a watch ends with a status") {
            Ok(_) => {}
            Err(status) => break status,
        }
    };
    assert_eq!(told(&ended), (Code::Unavailable, "DRAINING".to_owned()), "{ended:?}");
    nobody_listens(server.address()).await;
    assert!(!upload.is_finished(), "the upload waits for its second half");

    use attachment::upload_attachment_request::Part;
    let rest = Part::Content(b"half".to_vec());
    sender.send(attachment::UploadAttachmentRequest { part: Some(rest) }).await.unwrap();
    drop(sender);
    let kept = upload.await.unwrap().expect("a call in flight is finished");
    assert_eq!(kept.size_bytes, 13);
    assert!(server.stop().await, "{}", server.said());
    assert!(begun.elapsed() < Duration::from_secs(15), "it waited for nobody else");
    drop(whole);

    // What it acknowledged on its way down is there.
    server.restart().await;
    let request = attachment::DownloadAttachmentRequest { name: kept.name };
    let client = server.client(Who::Registrar).await;
    let content = client.attachment().download_attachment(request).await.unwrap().into_inner();
    let content: Vec<_> = content.map(|piece| piece.unwrap().content).collect().await;
    assert_eq!(content.concat(), b"half and half");
}

#[tokio::test]
async fn calls_that_never_end_do_not_keep_it_longer_than_told() {
    let mut server = Server::start(Setup::default().flag("--set").flag("drain_seconds=1")).await;
    let client = server.client(Who::Registrar).await;
    let (upload, sender) = half_an_upload(&client).await;
    units(&client).await.unwrap();
    let begun = Instant::now();
    assert!(server.stop().await, "{}", server.said());
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(10), "{took:?}");
    drop(sender);
    assert!(upload.await.unwrap().is_err());
}

#[tokio::test]
async fn processes_with_different_roles_share_a_database() {
    let (url, _cluster) = crate::postgres::url();
    let roles = |roles: &str| vec!["--roles".to_owned(), roles.to_owned()];
    let flags = roles("registry,policy,projection,attachment,timers");
    let setup = Setup { flags, ..Setup::postgres(url, crate::postgres::realm()) };
    let registrar = Server::start(setup).await;
    let ledger = registrar.beside_with(roles("quota")).await;

    let client = ledger.client(Who::Manager).await;
    assert_eq!(health(&client, QUOTA).await.unwrap(), ServingStatus::Serving);
    assert_eq!(health(&client, REGISTRY).await.unwrap_err().code(), Code::NotFound);
    assert_eq!(units(&client).await.unwrap_err().code(), Code::Unimplemented);
    let elsewhere = registrar.client(Who::Manager).await;
    let request = quota::ListQuotaAccountsRequest::default();
    let none = elsewhere.quota().list_quota_accounts(request).await;
    assert_eq!(none.unwrap_err().code(), Code::Unimplemented);

    let registers = registrar.client(Who::Registrar).await;
    let mut last = 0;
    for id in 0..5 {
        let id = format!("u-{id}");
        let made = registers.registry().create_unit(made::unit(&id)).await.unwrap().into_inner();
        let entitled = quota::ComputeEntitlementRequest {
            subject: Some(quota::compute_entitlement_request::Subject::Unit(format!("units/{id}"))),
            min_position: made.position,
            ..Default::default()
        };
        client.quota().compute_entitlement(entitled).await.unwrap();
        let determine = quota::DetermineQuotaRequest {
            owner: Some(quota::determine_quota_request::Owner::Unit(format!("units/{id}"))),
            basis: made::basis(2026, 3, 2),
            request_id: request_id(),
            ..Default::default()
        };
        let account = client.quota().determine_quota(determine).await.unwrap().into_inner();
        assert!(account.position > made.position);
        last = account.position;
    }
    // And the ledger's commits come round to the first.
    let request = registry::GetUnitRequest {
        name: "units/u-4".to_owned(),
        min_position: last,
        ..Default::default()
    };
    let read = registers.registry().get_unit(request).await.unwrap().into_inner();
    assert!(read.position >= last);
}
