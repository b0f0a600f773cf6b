//! A realm is copied while somebody writes to it, restored, and looked at; on SQLite
//! always, on PostgreSQL where a cluster is at hand.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use indicatif::ProgressBar;
use quanheng_eventlog::{BlobRef, EventDraft, EventType, Log, StreamName, Transaction};
use quanheng_sealing::{FileMasterKey, KeyState, Keys, KeysBackend};
use serde_json::json;
use tempfile::TempDir;

use super::error::RealmError;
use super::restore::{Order, Restored, restore};
use super::{archive, connect, erasures, log_options, make, stage};
use crate::config::Config;

/// A realm of one's own.
struct World {
    folder: TempDir,
    config: Config,
    log: Log,
    keys: Keys,
}

fn keys_backend(config: &Config) -> KeysBackend {
    match config.database.is_empty() {
        true => KeysBackend::Sqlite(config.realm_dir()),
        false => KeysBackend::Postgres {
            connect: connect(config).unwrap(),
            schema: config.keys_schema(),
        },
    }
}

async fn open_keys(config: &Config) -> Keys {
    let master = FileMasterKey::open_or_create(config.master_key_path()).unwrap();
    Keys::open(keys_backend(config), Arc::new(master), config.cipher.into()).await.unwrap()
}

impl World {
    async fn new(database: &str) -> Self {
        static REALMS: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        let number = REALMS.fetch_add(1, Ordering::Relaxed);
        let config = Config {
            data_dir: folder.path().join("data"),
            database: serde_json::from_value(json!(database)).unwrap(),
            realm: format!("r{}_{number}", std::process::id()),
            ..Config::default()
        };
        let log = Log::open(log_options(&config).unwrap()).await.unwrap();
        let keys = open_keys(&config).await;
        Self { folder, config, log, keys }
    }

    /// A place to restore to; it has the master key, as an operator would see to.
    fn elsewhere(&self, name: &str) -> Config {
        let data_dir = self.folder.path().join(name);
        let realm = format!("{}_{name}", self.config.realm);
        std::fs::create_dir(&data_dir).unwrap();
        let config = Config { data_dir, realm, ..self.config.clone() };
        std::fs::copy(self.config.master_key_path(), config.master_key_path()).unwrap();
        config
    }

    fn backup(&self) -> PathBuf {
        self.folder.path().join("backup.tar")
    }

    /// Registers a person: the key first, then the event with what is sealed under it.
    async fn register(&self, id: u32) {
        let person = format!("persons/p-{id}");
        self.keys.create(&[&person]).await.unwrap();
        let KeyState::Live(key) = self.keys.get(&person).await.unwrap() else {
            panic!("the key was just made");
        };
        let sealed = key.seal("place", b"secret");
        self.append(&person, "person_registered", &json!({ "sealed": sealed })).await;
    }

    /// Erases a person: the event first, then the key.
    async fn erase(&self, id: u32) {
        let person = format!("persons/p-{id}");
        self.append(&person, "person_erased", &json!({})).await;
        self.keys.erase(&person, 1).await.unwrap();
    }

    async fn append(&self, stream: &str, name: &str, data: &serde_json::Value) {
        let stream = StreamName::new(stream).unwrap();
        let event_type = EventType::new(format!("quanheng.registry.{name}.v1")).unwrap();
        let event = EventDraft::new(stream, event_type, data).unwrap();
        self.log.commit(Transaction::default().append(event)).await.unwrap();
    }

    async fn close(&self) {
        self.log.close().await;
        self.keys.close().await;
    }
}

async fn put_back(
    config: &Config,
    from: &Path,
    erased: Option<&Path>,
) -> Result<Restored, RealmError> {
    let order = Order { from, erased, verify: true };
    restore(config, &order, &ProgressBar::hidden()).await
}

/// Every sealed text of a log with the state of its person's key.
async fn states(config: &Config) -> Vec<(String, KeyState)> {
    use futures::TryStreamExt as _;
    let keys = open_keys(config).await;
    let log = Log::open(log_options(config).unwrap()).await.unwrap();
    let all = quanheng_eventlog::Filter::all();
    let pages: Vec<_> = log.read(Default::default(), all, 512).try_collect().await.unwrap();
    let mut states = Vec::new();
    for record in pages.iter().flat_map(|page| &page.records) {
        if record.event_type.as_str().contains("person_registered") {
            let data: serde_json::Value = record.data().unwrap();
            let state = keys.get(record.stream.as_str()).await.unwrap();
            if let KeyState::Live(key) = &state {
                let opened = key.open("place", data["sealed"].as_str().unwrap()).unwrap();
                assert_eq!(&opened[..], b"secret");
            }
            states.push((record.stream.as_str().to_owned(), state));
        }
    }
    log.close().await;
    keys.close().await;
    states
}

/// Runs a case on SQLite, and on PostgreSQL in the cluster of the run or one of its own.
macro_rules! on_both {
    ($($case:ident),+) => { $(
        mod $case {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$case("").await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                match std::env::var(quanheng_testkit::cluster::SHARED) {
                    Ok(url) => super::$case(&url).await,
                    Err(_) => {
                        let cluster = quanheng_testkit::cluster::Cluster::start();
                        super::$case(&cluster.url()).await;
                    }
                }
            }
        }
    )+ };
}

on_both!(
    a_copy_made_while_others_write_is_whole,
    what_was_erased_stays_erased,
    only_an_empty_place_is_filled
);

async fn a_copy_made_while_others_write_is_whole(database: &str) {
    let world = Arc::new(World::new(database).await);
    for id in 0..20 {
        world.register(id).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (writing, stopped) = (Arc::clone(&world), Arc::clone(&stop));
    let writer = tokio::spawn(async move {
        let mut id = 20;
        while !stopped.load(Ordering::Relaxed) {
            writing.register(id).await;
            id += 1;
        }
        id
    });
    let manifest = make(&world.config, &world.backup(), false).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    let written = u64::from(writer.await.unwrap());
    assert!((20..=written).contains(&manifest.head), "{} of {written}", manifest.head);
    assert_eq!(archive::inspect(&world.backup()).unwrap(), manifest);

    let before = world.log.realm();
    world.close().await;
    let config = world.elsewhere("two");
    let restored = put_back(&config, &world.backup(), None).await.unwrap();
    assert_eq!(restored.manifest.realm_id, before.id);
    assert_ne!(restored.incarnation, before.incarnation);
    let states = states(&config).await;
    assert_eq!(states.len() as u64, manifest.head);
    let live = |(_, state): &(String, KeyState)| matches!(state, KeyState::Live(_));
    assert!(states.iter().all(live), "every sealed event has its key");
}

async fn what_was_erased_stays_erased(database: &str) {
    let world = World::new(database).await;
    for id in 0..4 {
        world.register(id).await;
    }
    // The log says so, but the key was not destroyed before the copy was made.
    world.append("persons/p-0", "person_erased", &json!({})).await;
    make(&world.config, &world.backup(), false).await.unwrap();
    // After the copy; the list is what is kept apart from it.
    world.erase(1).await;
    let list = world.folder.path().join("erased.jsonl");
    let erased = erasures::of_log(&world.log).await.unwrap();
    stage::write_whole(&list, erasures::text(&erased).as_bytes()).unwrap();
    assert_eq!(erasures::of_file(&list).unwrap(), erased);
    assert_eq!(erased.len(), 2);
    world.close().await;

    let config = world.elsewhere("two");
    let restored = put_back(&config, &world.backup(), Some(&list)).await.unwrap();
    assert_eq!(restored.erased_again, 2);
    let states = states(&config).await;
    let gone: Vec<bool> =
        states.iter().map(|(_, state)| matches!(state, KeyState::Erased { .. })).collect();
    assert_eq!(gone, [true, true, false, false]);
}

async fn only_an_empty_place_is_filled(database: &str) {
    let world = World::new(database).await;
    world.register(0).await;
    make(&world.config, &world.backup(), false).await.unwrap();
    let again = make(&world.config, &world.backup(), false).await.unwrap_err();
    assert_eq!(again.code(), "FILE_EXISTS");
    world.close().await;
    let refused = put_back(&world.config, &world.backup(), None).await.unwrap_err();
    assert_eq!(refused.code(), "TARGET_NOT_EMPTY");
    assert_eq!(states(&world.config).await.len(), 1);

    // With another master key nothing is left behind, and the next try can begin anew.
    let config = world.elsewhere("two");
    std::fs::remove_file(config.master_key_path()).unwrap();
    let missing = put_back(&config, &world.backup(), None).await.unwrap_err();
    assert_eq!(missing.code(), "MASTER_KEY_MISSING");
    FileMasterKey::open_or_create(config.master_key_path()).unwrap();
    let wrong = put_back(&config, &world.backup(), None).await.unwrap_err();
    assert_eq!(wrong.code(), "KEYS_UNAVAILABLE");
    std::fs::copy(world.config.master_key_path(), config.master_key_path()).unwrap();
    put_back(&config, &world.backup(), None).await.unwrap();
    assert_eq!(states(&config).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_travels_only_when_asked() {
    let world = World::new("").await;
    world.register(0).await;
    let without = make(&world.config, &world.backup(), false).await.unwrap();
    assert!(without.parts.iter().all(|part| !part.name.contains("master")));
    let path = world.folder.path().join("with.tar");
    let with = make(&world.config, &path, true).await.unwrap();
    assert!(with.master_key);
    world.close().await;
    let config = world.elsewhere("two");
    std::fs::remove_file(config.master_key_path()).unwrap();
    put_back(&config, &path, None).await.unwrap();
    assert!(matches!(states(&config).await[0].1, KeyState::Live(_)));
    assert!(!config.realm_dir().join("master.key").exists());
    #[cfg(unix)]
    for file in [path, config.master_key_path(), config.realm_dir().join("keys.sqlite")] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_come_along_and_damage_is_found() {
    let world = World::new("").await;
    let content = vec![7_u8; 100_000];
    let stream = StreamName::new("policies").unwrap();
    let event_type = EventType::new("quanheng.policy.profile_published.v1").unwrap();
    let event = EventDraft::new(stream, event_type, &json!({})).unwrap();
    let event = event.with_blob(BlobRef::of(&content));
    let transaction = Transaction::default().append(event).blob(content.clone().into());
    world.log.commit(transaction).await.unwrap();
    make(&world.config, &world.backup(), false).await.unwrap();
    world.close().await;

    let whole = std::fs::read(world.backup()).unwrap();
    let config = world.elsewhere("two");
    let at = whole.windows(64).position(|window| window == [7_u8; 64]).unwrap();
    for (name, damaged, code) in [
        ("flipped", flipped(&whole, at), "BACKUP_DAMAGED"),
        ("cut", whole[..whole.len() / 2].to_vec(), "BACKUP_DAMAGED"),
        ("other", b"no tar at all".to_vec(), "NOT_A_BACKUP"),
        ("empty", Vec::new(), "NOT_A_BACKUP"),
    ] {
        let path = world.folder.path().join(name);
        std::fs::write(&path, damaged).unwrap();
        let refused = put_back(&config, &path, None).await.unwrap_err();
        assert_eq!(refused.code(), code, "{name}: {refused}");
        assert!(!config.realm_dir().exists(), "{name}");
    }
    put_back(&config, &world.backup(), None).await.unwrap();
    let log = Log::open(log_options(&config).unwrap()).await.unwrap();
    let found = log.blob(&BlobRef::of(&content).digest).await.unwrap().unwrap();
    assert_eq!(found, content);
    log.close().await;
}

fn flipped(whole: &[u8], at: usize) -> Vec<u8> {
    let mut damaged = whole.to_vec();
    damaged[at] ^= 1;
    damaged
}

#[test]
fn archives_bring_no_paths() {
    let folder = tempfile::tempdir().unwrap();
    for (index, name) in ["../evil", "/evil", "a/b", ".hidden", "UPPER"].into_iter().enumerate() {
        let path = folder.path().join(format!("{index}.tar"));
        let mut archive = tar::Builder::new(std::fs::File::create(&path).unwrap());
        let mut header = tar::Header::new_gnu();
        let bytes = header.as_gnu_mut().unwrap();
        bytes.name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(1);
        header.set_cksum();
        archive.append(&header, &b"x"[..]).unwrap();
        archive.finish().unwrap();
        let refused = archive::inspect(&path).unwrap_err();
        assert_eq!(refused.code(), "NOT_A_BACKUP", "{name}");
    }
}

#[test]
fn lists_of_erasures_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("erased.jsonl");
    for text in [
        "{}",
        "{\"person\": \"units/u\", \"position\": 1, \"at_us\": 1}",
        "{\"person\": \"persons/\", \"position\": 1, \"at_us\": 1}",
        "persons/p-1",
    ] {
        std::fs::write(&path, format!("\n{text}\n")).unwrap();
        let error = erasures::of_file(&path).unwrap_err();
        assert!(error.to_string().starts_with("擦除名单第 2 行"), "{error}");
    }
}
