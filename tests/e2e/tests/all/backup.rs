//! Backups that are made while commands run, and what is restored from them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt as _;
use quanheng_api::quanheng::projection::v1 as projection;
use quanheng_api::quanheng::projection::v1::watch_response::Event;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Client, Program, Ran, Server, Setup, Who, made, request_id};
use quanheng_eventlog::{Backend, Log, Options, PostgresOptions};
use tokio::sync::Mutex;
use tonic::{Code, Status};

use crate::serve::told;

const WORKERS: usize = 4;

/// `quanheng realm restore` into a folder, or the schemas of a realm.
pub(crate) struct Restore(Program);

impl Restore {
    pub(crate) async fn ok(self) -> serde_json::Value {
        self.0.arg("--output").arg("json").run().await.json()
    }

    async fn run(self) -> Ran {
        self.0.run().await
    }
}

pub(crate) fn restore(
    file: &Path,
    folder: &Path,
    realm: &str,
    database: Option<&str>,
    more: &[&str],
) -> Restore {
    let program = Program::new(["realm", "restore", "--realm", realm, "--from"]).arg(file);
    let program = program.arg("--data-dir").arg(folder.join("data")).args(more);
    Restore(match database {
        Some(url) => program.env("QUANHENG_DATABASE", url),
        None => program,
    })
}

async fn incarnation(setup: &Setup, data: &Path) -> String {
    let options = match &setup.database {
        None => Options::sqlite(data),
        Some(url) => {
            let schema = setup.realm.clone();
            Backend::Postgres(PostgresOptions::new(url.parse().unwrap(), schema)).into()
        }
    };
    let log = Log::open_read_only(options).await.unwrap();
    let incarnation = log.realm().incarnation.to_string();
    log.close().await;
    incarnation
}

/// What is acknowledged: request and position.
type Acknowledged = Arc<Mutex<Vec<(registry::CreateUnitRequest, u64)>>>;

/// Registers units until it is told to stop.
async fn work(client: Client, worker: usize, acknowledged: Acknowledged, over: Arc<AtomicBool>) {
    let mut made = 0;
    while !over.load(Ordering::Relaxed) {
        let request = made::unit(&format!("w{worker}-{made}"));
        made += 1;
        let answer = client.registry().create_unit(request.clone()).await.unwrap().into_inner();
        acknowledged.lock().await.push((request, answer.position));
    }
}

/// The token that a watch could go on from.
async fn resume_token(client: &Client) -> String {
    let request = watch("", true);
    let mut events = client.projection().watch(request).await.unwrap().into_inner();
    loop {
        let event = events.next().await.unwrap().unwrap().event.unwrap();
        if let Event::SnapshotComplete(complete) = event {
            return complete.resume_token;
        }
    }
}

fn watch(resume_token: &str, include_snapshot: bool) -> projection::WatchRequest {
    projection::WatchRequest {
        collection: "units".to_owned(),
        resume_token: resume_token.to_owned(),
        include_snapshot,
        ..Default::default()
    }
}

async fn refused_watch(client: &Client, token: &str) -> Status {
    match client.projection().watch(watch(token, false)).await {
        Err(status) => status,
        Ok(events) => match events.into_inner().next().await {
            Some(Err(status)) => status,
            other => panic!("the old log's token is taken: {other:?}"),
        },
    }
}

async fn unit_names(client: &Client, min_position: u64) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut page_token = String::new();
    loop {
        let request = registry::ListUnitsRequest {
            min_position,
            page_size: 500,
            page_token,
            ..Default::default()
        };
        let mut request = tonic::Request::new(request);
        request.set_timeout(std::time::Duration::from_secs(60));
        let page = client.registry().list_units(request).await.unwrap().into_inner();
        names.extend(page.units.into_iter().map(|unit| unit.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return names;
        }
    }
}

async fn person(client: &Client, name: &str, min_position: u64) -> registry::Person {
    let request = registry::GetPersonRequest {
        name: name.to_owned(),
        view: registry::PersonView::Full.into(),
        min_position,
        ..Default::default()
    };
    client.registry().get_person(request).await.unwrap().into_inner().person.unwrap()
}

async fn erase(server: &Server, person: &str) {
    let args = ["person", "erase", person, "--yes"];
    let why = ["--ordered-by", "示例市公务员局", "--reason", "本人申请"];
    server.program(Who::PrivacyOfficer, &args).args(why).run().await.ok();
}

/// Three persons, of whom the first is erased.
async fn people(server: &Server) {
    let client = server.client(Who::Registrar).await;
    client.registry().create_unit(made::unit("u-1")).await.unwrap();
    for (id, seed) in [("p-1", 901), ("p-2", 902), ("p-3", 903)] {
        client.registry().create_person(made::person(id, "u-1", seed)).await.unwrap();
    }
    erase(server, "p-1").await;
}

async fn backed_up_and_restored(setup: Setup, realm_restored: String) {
    let database = setup.database.clone();
    let mut server = Server::start(setup.clone()).await;
    people(&server).await;
    let token = resume_token(&server.client(Who::Viewer).await).await;

    let (acknowledged, over) = (Acknowledged::default(), Arc::new(AtomicBool::new(false)));
    let mut workers = Vec::new();
    for worker in 0..WORKERS {
        let client = server.client(Who::Registrar).await;
        let (acknowledged, over) = (Arc::clone(&acknowledged), Arc::clone(&over));
        workers.push(tokio::spawn(work(client, worker, acknowledged, over)));
    }
    while acknowledged.lock().await.len() < 40 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let before = acknowledged.lock().await.clone();
    let file = server.folder().join("backup.tar");
    let to = ["backup", "--with-master-key", "--output", "json", "--to", file.to_str().unwrap()];
    let manifest = server.realm_program(&to).run().await.json();
    over.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.expect("commands go on while a backup is made");
    }
    let last = acknowledged.lock().await.iter().map(|(_, position)| *position).max().unwrap();
    // Whoever is erased after the backup stays so by the list that is kept of them.
    erase(&server, "p-2").await;
    let list = server.folder().join("erased.jsonl");
    let to = ["erasures", "--to", list.to_str().unwrap()];
    server.realm_program(&to).run().await.ok();

    let folder = tempfile::tempdir().unwrap();
    let more = ["--erased", list.to_str().unwrap()];
    let place = |realm: &str| restore(&file, folder.path(), realm, database.as_deref(), &more);
    let restored = place(&realm_restored).ok().await;
    assert_eq!(restored["verified"], true);
    assert_eq!(restored["erased_again"], "1", "{restored}");
    let head: u64 = restored["head"].as_str().unwrap().parse().unwrap();
    assert_eq!(restored["head"].as_str().unwrap(), text(&manifest["head"]));
    assert!(before.iter().all(|(_, position)| *position <= head));
    // Not into a place that holds something.
    let again = place(&realm_restored).run().await.failed(1);
    assert!(again.contains("TARGET_NOT_EMPTY"), "{again}");

    let place =
        Setup { realm: realm_restored, folder: Some(folder.path().to_owned()), ..setup.clone() };
    let data = folder.path().join("data").join(&place.realm);
    let (old, new) = (incarnation(&setup, &server.data()).await, incarnation(&place, &data).await);
    assert_eq!(restored["incarnation"], new);
    assert_ne!(old, new);

    let mut second = Server::start(place).await;
    let client = second.client(Who::Registrar).await;
    let names = unit_names(&client, head).await;
    for (request, position) in &before {
        let name = format!("units/{}", request.unit_id);
        assert!(names.contains(&name), "{name} at {position} was acknowledged");
    }
    // What is there is what was acknowledged, or asked for by a worker at that instant.
    let all = acknowledged.lock().await.clone();
    let known: BTreeSet<_> =
        all.iter().map(|(request, _)| format!("units/{}", request.unit_id)).collect();
    assert!(names.iter().all(|name| name == "units/u-1" || known.contains(name)));
    let (request, position) = before[0].clone();
    let again = client.registry().create_unit(request).await.unwrap().into_inner();
    assert_eq!(again.position, position, "the kept answer came with it");

    for (id, erased) in [("p-1", true), ("p-2", true), ("p-3", false)] {
        let person = person(&client, &format!("persons/{id}"), head).await;
        assert_eq!((person.erased, person.private_profile.is_none()), (erased, erased), "{id}");
    }

    let status = refused_watch(&client, &token).await;
    let known = [
        (Code::InvalidArgument, "RESUME_TOKEN_MISMATCH".to_owned()),
        (Code::OutOfRange, "RESUME_TOKEN_EXPIRED".to_owned()),
    ];
    assert!(known.contains(&told(&status)), "{status:?}");
    let request = registry::ListUnitsRequest { min_position: last + 1_000, ..Default::default() };
    let beyond = client.registry().list_units(request).await.unwrap_err();
    assert_eq!(told(&beyond), (Code::OutOfRange, "POSITION_BEYOND_HEAD".to_owned()));

    // Both go on, each for itself.
    for server in [&second, &server] {
        let client = server.client(Who::Registrar).await;
        let more = client.registry().create_unit(made::unit("u-after")).await.unwrap();
        assert!(more.into_inner().position > head);
    }
    assert!(second.stop().await && server.stop().await);
    let verified = second.realm_program(&["verify", "--output", "json"]).run().await.json();
    assert!(text(&verified["through"]).parse::<u64>().unwrap() > head);
}

/// A number as JSON has it here: small ones plain, positions as text.
fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    let setup = Setup::default();
    let realm = setup.realm.clone();
    backed_up_and_restored(setup, realm).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres() {
    let (url, _cluster) = crate::postgres::url();
    let setup = Setup::postgres(url, crate::postgres::realm());
    backed_up_and_restored(setup, crate::postgres::realm()).await;
}

#[tokio::test]
async fn what_is_no_sound_backup_is_not_restored() {
    let mut server = Server::start(Setup::default()).await;
    people(&server).await;
    assert!(server.stop().await);
    let file = server.folder().join("backup.tar");
    let to = ["backup", "--to", file.to_str().unwrap()];
    server.realm_program(&to).run().await.ok();
    let existing = server.realm_program(&to).run().await.failed(1);
    assert!(existing.contains("FILE_EXISTS"), "{existing}");

    let whole = std::fs::read(&file).unwrap();
    let damaged = server.folder().join("damaged.tar");
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    let torn = server.folder().join("torn.tar");
    std::fs::write(&torn, &whole[..whole.len() / 2]).unwrap();
    let nothing = server.folder().join("nothing.tar");
    std::fs::write(&nothing, b"no backup at all").unwrap();
    for (file, reasons) in [
        (&damaged, &["BACKUP_DAMAGED", "NOT_A_BACKUP"][..]),
        (&torn, &["BACKUP_DAMAGED", "NOT_A_BACKUP"]),
        (&nothing, &["NOT_A_BACKUP"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let err = restore(file, folder.path(), "test", None, &[]).run().await.failed(1);
        assert!(reasons.iter().any(|reason| err.contains(reason)), "{err}");
        assert!(!folder.path().join("data/test").exists(), "nothing is left of it");
    }
    // Without its master key nobody reads what is sealed.
    let folder = tempfile::tempdir().unwrap();
    let err = restore(&file, folder.path(), "test", None, &[]).run().await;
    assert_ne!(err.code, Some(0), "{err:?}");
    let key = server.folder().join("data/master.key");
    let named = ["--master-key-file", key.to_str().unwrap()];
    let restored = restore(&file, folder.path(), "test", None, &named).ok().await;
    let head = text(&restored["head"]).parse().unwrap();
    let mut setup = Setup { folder: Some(folder.path().to_owned()), ..Setup::default() };
    setup.flags = named.map(str::to_owned).to_vec();
    let second = Server::start(setup).await;
    let client = second.client(Who::Registrar).await;
    let found = person(&client, "persons/p-3", head).await;
    let made = made::person("p-3", "u-1", 903);
    assert_eq!(found.private_profile.unwrap().full_name, made::secrets(&made)[0]);
    let request = registry::CreateUnitRequest { request_id: request_id(), ..made::unit("u-2") };
    client.registry().create_unit(request).await.unwrap();
}
