//! A store of one's own on each database, and a master key that fails on demand.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use quanheng_sealing::{
    Cipher, FileMasterKey, KeyState, Keys, KeysBackend, KeysError, MasterKey, SQLITE_FILE,
    SealError, SubjectKey, Zeroizing,
};
use quanheng_testkit::cluster::{Cluster, SHARED};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Runs each case on both databases.
macro_rules! on_every_backend {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(crate::fixture::Kind::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(crate::fixture::Kind::Postgres).await; })*
        }
    };
}
pub(crate) use on_every_backend;

pub(crate) struct Fixture {
    folder: TempDir,
    url: Option<String>,
    schema: String,
    _cluster: Option<Cluster>,
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

impl Fixture {
    pub(crate) fn new(kind: Kind) -> Self {
        let (url, cluster) = match (kind, std::env::var(SHARED)) {
            (Kind::Sqlite, _) => (None, None),
            (Kind::Postgres, Ok(url)) => (Some(url), None),
            (Kind::Postgres, Err(_)) => {
                let cluster = Cluster::start();
                (Some(cluster.url()), Some(cluster))
            }
        };
        let nr = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        let schema = format!("t{}_{nr}_keys", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        Self { folder, url, schema, _cluster: cluster }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn backend(&self) -> KeysBackend {
        match &self.url {
            None => KeysBackend::Sqlite(self.folder.path().to_owned()),
            Some(url) => {
                let connect: PgConnectOptions = url.parse().unwrap();
                KeysBackend::Postgres { connect, schema: self.schema.clone() }
            }
        }
    }

    pub(crate) fn master_at(&self, name: &str) -> FileMasterKey {
        FileMasterKey::open_or_create(self.folder.path().join(name)).unwrap()
    }

    pub(crate) async fn try_open(&self, master: Arc<dyn MasterKey>) -> Result<Keys, KeysError> {
        Keys::open(self.backend(), master, Cipher::Aes256Gcm).await
    }

    pub(crate) async fn open(&self) -> Keys {
        self.try_open(Arc::new(self.master_at("master.key"))).await.unwrap()
    }

    pub(crate) async fn open_with(&self, cipher: Cipher) -> Keys {
        let master = Arc::new(self.master_at("master.key"));
        Keys::open(self.backend(), master, cipher).await.unwrap()
    }

    /// Runs SQL behind the store's back.
    pub(crate) async fn as_owner(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        let done = match &self.url {
            None => {
                let mut connection = self.sqlite().await;
                let done = sqlx::raw_sql(sql).execute(&mut connection).await?.rows_affected();
                connection.close().await?;
                done
            }
            Some(url) => {
                let connect: PgConnectOptions = url.parse()?;
                let connect = connect.options([("search_path", &self.schema)]);
                let mut connection = connect.connect().await?;
                let done = sqlx::raw_sql(sql).execute(&mut connection).await?.rows_affected();
                connection.close().await?;
                done
            }
        };
        Ok(done)
    }

    pub(crate) async fn sqlite(&self) -> sqlx::SqliteConnection {
        let file = self.folder.path().join(SQLITE_FILE);
        SqliteConnectOptions::new().filename(file).connect().await.unwrap()
    }

    /// Everything that the SQLite files hold.
    pub(crate) fn disk(&self) -> Disk {
        let mut parts = HashSet::new();
        for suffix in ["", "-wal"] {
            let file = self.folder.path().join(format!("{SQLITE_FILE}{suffix}"));
            let bytes = std::fs::read(file).unwrap_or_default();
            parts.extend(bytes.windows(16).map(|part| <[u8; 16]>::try_from(part).unwrap()));
        }
        Disk(parts)
    }
}

/// Every sixteen bytes that stand together somewhere.
pub(crate) struct Disk(HashSet<[u8; 16]>);

impl Disk {
    /// Whether any sixteen bytes of a secret are there.
    pub(crate) fn holds_part_of(&self, secret: &[u8]) -> bool {
        secret.windows(16).any(|part| self.0.contains(part))
    }
}

/// The key of a subject that has one.
pub(crate) async fn key(keys: &Keys, subject: &str) -> SubjectKey {
    match keys.get(subject).await.unwrap() {
        KeyState::Live(key) => key,
        other => panic!("{subject}: {other:?}"),
    }
}

/// What there is of a subject, in a word.
pub(crate) async fn state(keys: &Keys, subject: &str) -> String {
    match keys.get(subject).await {
        Ok(KeyState::Live(_)) => "live".to_owned(),
        Ok(KeyState::Erased { at }) => format!("erased at {at}"),
        Ok(KeyState::Missing) => "missing".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

/// The code of a refusal.
pub(crate) fn code<T>(done: Result<T, KeysError>) -> &'static str {
    done.err().map_or("OK", |error| error.code())
}

/// A key service that can be switched off.
pub(crate) struct Service {
    pub(crate) file: FileMasterKey,
    pub(crate) down: AtomicBool,
    /// How many keys it still wraps before it goes down.
    pub(crate) wraps_left: AtomicU32,
}

impl Service {
    pub(crate) fn new(file: FileMasterKey) -> Self {
        Self { file, down: AtomicBool::new(false), wraps_left: AtomicU32::new(u32::MAX) }
    }

    fn up(&self) -> Result<(), SealError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(SealError::MasterUnavailable("连接超时".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl MasterKey for Service {
    fn id(&self) -> &str {
        self.file.id()
    }

    async fn wrap(&self, key: &[u8; 32]) -> Result<Vec<u8>, SealError> {
        if self.wraps_left.fetch_sub(1, Ordering::SeqCst) == 0 {
            self.down.store(true, Ordering::SeqCst);
        }
        self.up()?;
        self.file.wrap(key).await
    }

    async fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealError> {
        self.up()?;
        self.file.unwrap(wrapped).await
    }
}
