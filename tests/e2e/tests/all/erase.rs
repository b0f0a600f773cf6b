//! Erasing a person (删除个人信息): afterwards nothing tells more of them than that, however
//! one asks and wherever one looks; and the bytes at rest never did.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use quanheng_api::date;
use quanheng_api::quanheng::common::v1::{KnownAt, known_at};
use quanheng_api::quanheng::projection::v1 as projection;
use quanheng_api::quanheng::projection::v1::watch_response::{Event as Told, change::What};
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_e2e::{Server, Setup, Who, made, request_id};
use registry::person_event::Event;
use tonic::Streaming;

/// What is written of a sanction, and nowhere else.
const NOTE: &str = "虚构处分情节甲";
const ERASED: &str = "persons/p-1";
const OTHER: &str = "persons/p-2";

/// Who is erased, and what must then be told nowhere.
struct Scene {
    secrets: Vec<String>,
    /// The same of who stays.
    others: Vec<String>,
    /// The log's last position before the erasure.
    before: u64,
}

fn facts() -> Vec<registry::PersonEvent> {
    let on = |year, month, day| Some(date(jiff::civil::date(year, month, day)));
    let events = [
        Event::RecordAssessment(registry::Assessment {
            year: 2024,
            result: "excellent".to_owned(),
            confirmed_on: on(2025, 1, 20),
            raw: "优秀".to_owned(),
        }),
        Event::RecordSanction(registry::Sanction {
            id: "s-1".to_owned(),
            kind: "demerit".to_owned(),
            on: on(2025, 4, 1),
            document_number: "示例纪〔2025〕31号".to_owned(),
            note: NOTE.to_owned(),
            ..registry::Sanction::default()
        }),
        Event::DeclareRelative(registry::Relative {
            id: "r-1".to_owned(),
            relation: "配偶".to_owned(),
            full_name: "拟虚构配偶乙".to_owned(),
            position: "虚构公司职员".to_owned(),
            ..registry::Relative::default()
        }),
    ];
    let events = events.into_iter();
    let event =
        |event| registry::PersonEvent { event: Some(event), basis: made::basis(2025, 4, 1) };
    events.map(event).collect()
}

/// Two persons with a past; the first is to be erased.
async fn scene(server: &Server) -> Scene {
    let client = server.client(Who::Registrar).await;
    let mut registrar = client.registry();
    registrar.create_unit(made::unit("u-1")).await.unwrap();
    let first = made::person("p-1", "u-1", 801);
    let second = made::person("p-2", "u-1", 802);
    let (mut secrets, others) = (made::secrets(&first), made::secrets(&second));
    registrar.create_person(first).await.unwrap();
    let second = registrar.create_person(second).await.unwrap().into_inner();
    // A name that one had before is a secret as well.
    let mut former = made::person("p-1", "u-1", 801).person.unwrap().private_profile.unwrap();
    former.full_name = "例曾用名丙".to_owned();
    let update = registry::UpdatePersonRequest {
        name: ERASED.to_owned(),
        private_profile: Some(former),
        request_id: request_id(),
        ..Default::default()
    };
    registrar.update_person(update).await.unwrap();
    let record = registry::RecordPersonEventsRequest {
        name: ERASED.to_owned(),
        events: facts(),
        request_id: request_id(),
        ..Default::default()
    };
    let recorded = registrar.record_person_events(record).await.unwrap().into_inner();
    assert!(recorded.position > second.position);
    secrets.extend(["例曾用名丙", NOTE, "拟虚构配偶乙"].map(str::to_owned));
    let scene = Scene { secrets, others, before: recorded.position };
    // It is all there, for those who may see it.
    wait_for(server, scene.before).await;
    let whole = get(server, Who::Registrar, ERASED, true, None).await;
    assert_eq!(whole.sanctions[0].note, NOTE);
    assert_eq!(whole.private_profile.unwrap().full_name, "例曾用名丙");
    scene
}

async fn get(
    server: &Server,
    who: Who,
    name: &str,
    full: bool,
    known_at: Option<u64>,
) -> registry::Person {
    let view = if full { registry::PersonView::Full } else { registry::PersonView::Basic };
    let request = registry::GetPersonRequest {
        name: name.to_owned(),
        view: view.into(),
        known_at: known_at.map(|at| KnownAt { at: Some(known_at::At::Position(at)) }),
        ..Default::default()
    };
    let client = server.client(who).await;
    let answer = client.registry().get_person(request).await.unwrap().into_inner();
    answer.person.unwrap()
}

/// The order, as an officer gives it on the command line.
async fn erase(server: &Server) -> u64 {
    let args = ["person", "erase", "p-1", "--ordered-by", "示例市公务员局", "--reason", "本人申请"];
    // Nobody is asked on a terminal, and without a word nothing happens.
    let asked = server.program(Who::PrivacyOfficer, &args).run().await.failed(2);
    assert!(asked.contains("--yes"), "{asked}");
    let denied = server.program(Who::Registrar, &args).arg("--yes").run().await.failed(4);
    assert!(denied.contains("ACCESS_DENIED"), "{denied}");
    let mut told = Vec::new();
    let id = request_id();
    for _ in 0..2 {
        let program = server.program(Who::PrivacyOfficer, &args);
        let program = program.args(["--yes", "--output", "json", "--request-id", &id]);
        told.push(program.run().await.json());
    }
    assert_eq!(told[0], told[1], "a repetition is answered like the first");
    let person = &told[0]["person"];
    let keys: Vec<_> = person.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(
        keys.iter().all(|key| ["name", "erased", "erased_on", "etag"].contains(key)),
        "{person}"
    );
    assert_eq!(person["erased"], true);
    told[0]["position"].as_str().unwrap().parse().unwrap()
}

fn tells_only_the_erasure(person: &registry::Person) {
    let told = registry::Person {
        name: ERASED.to_owned(),
        erased: true,
        erased_on: person.erased_on,
        etag: person.etag.clone(),
        ..registry::Person::default()
    };
    assert_eq!(*person, told);
    assert!(person.erased_on.is_some());
}

async fn export(server: &Server, args: &[&str]) -> String {
    let file = server.folder().join("export.csv");
    let args = [&["person", "export", "--to", file.to_str().unwrap()], args].concat();
    server.program(Who::Registrar, &args).run().await.ok();
    std::fs::read_to_string(file).unwrap()
}

async fn watch_persons(server: &Server) -> Streaming<projection::WatchResponse> {
    let request = projection::WatchRequest {
        collection: "persons".to_owned(),
        include_snapshot: true,
        ..Default::default()
    };
    server.client(Who::Viewer).await.projection().watch(request).await.unwrap().into_inner()
}

async fn next(events: &mut Streaming<projection::WatchResponse>) -> Told {
    let next = tokio::time::timeout(Duration::from_secs(20), events.next()).await;
    next.expect("a watch goes on").unwrap().unwrap().event.unwrap()
}

/// The snapshot of a watch, to its end.
async fn snapshot(
    events: &mut Streaming<projection::WatchResponse>,
) -> Vec<projection::watch_response::Item> {
    let mut items = Vec::new();
    loop {
        match next(events).await {
            Told::SnapshotItem(item) => items.push(item),
            Told::SnapshotComplete(_) => return items,
            other => panic!("{other:?}"),
        }
    }
}

fn document_tells_only_the_erasure(item: &projection::watch_response::Item) {
    let document = serde_json::to_value(item.document.as_ref().unwrap()).unwrap();
    let keys: Vec<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    // Where the person belonged says who hears of it.
    let told = ["name", "erased", "erased_on", "division"];
    assert!(keys.iter().all(|key| told.contains(key)), "{document}");
    assert_eq!(document["erased"], true);
}

/// However one asks.
async fn nothing_is_told(server: &Server, scene: &Scene) {
    let mut told = Vec::new();
    for who in [Who::Registrar, Who::PrivacyOfficer, Who::Everything, Who::Viewer] {
        let full = who != Who::Viewer;
        for known_at in [None, Some(scene.before)] {
            let person = get(server, who, ERASED, full, known_at).await;
            tells_only_the_erasure(&person);
            let request = registry::ListPersonsRequest {
                known_at: known_at.map(|at| KnownAt { at: Some(known_at::At::Position(at)) }),
                ..Default::default()
            };
            let client = server.client(who).await;
            let listed = client.registry().list_persons(request).await.unwrap().into_inner();
            let erased = listed.persons.iter().find(|person| person.name == ERASED).unwrap();
            tells_only_the_erasure(erased);
            assert!(listed.persons.iter().any(|person| person.name == OTHER && !person.erased));
            told.push(format!("{listed:?}"));
        }
        let request =
            registry::ListPersonHistoryRequest { name: ERASED.into(), ..Default::default() };
        let client = server.client(who).await;
        let history = client.registry().list_person_history(request).await.unwrap().into_inner();
        let types: Vec<_> = history.entries.iter().map(|entry| entry.r#type.as_str()).collect();
        assert_eq!(types, ["quanheng.registry.person_erased.v1"]);
        told.push(format!("{history:?}"));
    }
    let client = server.client(Who::Registrar).await;
    let find = |full_name: &str, identity_number: &str| registry::ListPersonsRequest {
        full_name: full_name.to_owned(),
        identity_number: identity_number.to_owned(),
        ..Default::default()
    };
    let [name, number] = [&scene.secrets[0], &scene.secrets[1]];
    for wanted in [find(name, ""), find("例曾用名丙", ""), find("", number), find(name, number)]
    {
        let found = client.registry().list_persons(wanted).await.unwrap().into_inner();
        assert_eq!(found.persons, []);
    }
    // Who stays is found.
    let found = client.registry().list_persons(find(&scene.others[0], &scene.others[1])).await;
    assert_eq!(found.unwrap().into_inner().persons[0].name, OTHER);

    for args in [&[][..], &["--full"]] {
        let exported = export(server, args).await;
        assert!(exported.contains("p-1") && exported.contains("p-2"), "{exported}");
        told.push(exported);
    }
    assert!(told.last().unwrap().contains(&scene.others[1]), "a whole export has numbers");
    let items = snapshot(&mut watch_persons(server).await).await;
    document_tells_only_the_erasure(items.iter().find(|item| item.id == "p-1").unwrap());
    told.push(format!("{items:?}"));
    for secret in &scene.secrets {
        for text in &told {
            assert!(!text.contains(secret.as_str()), "{secret}: {text}");
        }
    }
}

/// Every file of a folder, and of those below.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// No file holds anybody's secrets, whoever looks at its bytes. Tells which files there are.
fn bytes_tell_nothing(folder: &Path, scene: &Scene) -> Vec<String> {
    let mut names = Vec::new();
    for path in files(folder).iter().filter(|path| !path.ends_with("export.csv")) {
        let bytes = std::fs::read(path).unwrap();
        for secret in scene.secrets.iter().chain(&scene.others) {
            let told = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!told, "{} holds {secret}", path.display());
        }
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    names
}

fn remove_views(server: &Server) {
    for file in ["views.sqlite", "views.sqlite-wal", "views.sqlite-shm"] {
        let file = server.data().join(file);
        if file.exists() {
            std::fs::remove_file(file).unwrap();
        }
    }
}

#[tokio::test]
async fn of_who_was_erased_nothing_is_told_and_no_byte_ever_did() {
    let mut server = Server::start(Setup::default().flag("--log-filter=debug")).await;
    let scene = scene(&server).await;
    let names = bytes_tell_nothing(server.folder(), &scene);
    for file in ["log.sqlite", "views.sqlite", "keys.sqlite", "server.log"] {
        assert!(names.iter().any(|name| name == file), "{file}: {names:?}");
    }
    let mut events = watch_persons(&server).await;
    assert_eq!(snapshot(&mut events).await.len(), 2);

    let erased_at = erase(&server).await;
    assert!(erased_at > scene.before);
    let upsert = loop {
        if let Told::Change(change) = next(&mut events).await {
            let Some(What::Upsert(item)) = change.what else { panic!("{change:?}") };
            break item;
        }
    };
    assert_eq!(upsert.id, "p-1");
    document_tells_only_the_erasure(&upsert);
    nothing_is_told(&server, &scene).await;

    // Views that are folded again, from events that only hold what is sealed.
    assert!(server.stop().await);
    bytes_tell_nothing(server.folder(), &scene);
    remove_views(&server);
    server.restart().await;
    wait_for(&server, erased_at).await;
    nothing_is_told(&server, &scene).await;

    // A backup, and what is restored from it.
    let file = server.folder().join("backup.tar");
    let to = ["backup", "--with-master-key", "--to", file.to_str().unwrap()];
    server.realm_program(&to).run().await.ok();
    let elsewhere = tempfile::tempdir().unwrap();
    crate::backup::restore(&file, elsewhere.path(), server.realm(), None, &[]).ok().await;
    let setup = Setup { folder: Some(elsewhere.path().to_owned()), ..Setup::default() };
    let mut restored = Server::start(setup).await;
    wait_for(&restored, erased_at).await;
    nothing_is_told(&restored, &scene).await;
    assert!(restored.stop().await && server.stop().await);
    for folder in [server.folder(), restored.folder()] {
        bytes_tell_nothing(folder, &scene);
    }
}

/// Waits until lists say what the log says.
async fn wait_for(server: &Server, min_position: u64) {
    let request = registry::ListPersonsRequest { min_position, ..Default::default() };
    server.client(Who::Registrar).await.registry().list_persons(request).await.unwrap();
}

#[tokio::test]
async fn who_was_erased_may_be_registered_anew() {
    let server = Server::start(Setup::default()).await;
    scene(&server).await;
    let client = server.client(Who::Registrar).await;
    let again = made::person("p-9", "u-1", 801);
    client.registry().create_person(again.clone()).await.unwrap_err();
    erase(&server).await;
    let again = registry::CreatePersonRequest { request_id: request_id(), ..again };
    let made = client.registry().create_person(again).await.unwrap().into_inner();
    assert_eq!(made.person.unwrap().name, "persons/p-9");
    tells_only_the_erasure(&get(&server, Who::Registrar, ERASED, true, None).await);
}

#[tokio::test]
async fn another_process_that_held_the_key_forgets_it() {
    let (url, _cluster) = crate::postgres::url();
    let first = Server::start(Setup::postgres(url, crate::postgres::realm())).await;
    let second = first.beside().await;
    let scene = scene(&first).await;
    wait_for(&second, scene.before).await;
    for server in [&first, &second] {
        let whole = get(server, Who::Registrar, ERASED, true, None).await;
        assert_eq!(whole.private_profile.unwrap().identity_number, scene.secrets[1]);
    }
    let erased_at = erase(&first).await;
    let begun = Instant::now();
    loop {
        let person = get(&second, Who::Registrar, ERASED, true, None).await;
        if person.erased {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "it still tells: {person:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for server in [&second, &first] {
        wait_for(server, erased_at).await;
        nothing_is_told(server, &scene).await;
    }
}
