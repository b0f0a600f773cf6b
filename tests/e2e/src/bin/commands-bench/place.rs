//! Where servers and logs are: on each database, each in a place of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use quanheng_e2e::{Server, Setup};
use quanheng_eventlog::{Backend, Log, PostgresOptions, SqliteOptions};
use quanheng_projection::{Backend as ViewsBackend, Views};
use quanheng_sealing::{Cipher, FileMasterKey, Keys, KeysBackend};
use quanheng_testkit::cluster::{Cluster, SHARED};
use tempfile::TempDir;

/// A database.
pub(crate) enum Database {
    Sqlite,
    Postgres { url: String, _cluster: Option<Box<Cluster>> },
}

static NAMES: AtomicU32 = AtomicU32::new(0);

/// A name that nothing else of the run has: of realms, schemas and files.
pub(crate) fn fresh_name() -> String {
    let nr = NAMES.fetch_add(1, Ordering::Relaxed);
    format!("b{}n{nr}", std::process::id())
}

impl Database {
    /// PostgreSQL: the run's shared cluster, or one of this process.
    pub(crate) fn postgres() -> Self {
        match std::env::var(SHARED) {
            Ok(url) => Self::Postgres { url, _cluster: None },
            Err(_) => {
                let cluster = Cluster::start();
                Self::Postgres { url: cluster.url(), _cluster: Some(Box::new(cluster)) }
            }
        }
    }

    /// As it is named in the report.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }

    pub(crate) fn url(&self) -> Option<&str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { url, .. } => Some(url),
        }
    }

    /// A new place.
    pub(crate) fn place(&self) -> Place {
        let folder = TempDir::with_prefix("quanheng-bench-").unwrap();
        Place { url: self.url().map(str::to_owned), realm: fresh_name(), folder }
    }
}

/// The place of one realm.
pub(crate) struct Place {
    url: Option<String>,
    realm: String,
    folder: TempDir,
}

impl Place {
    /// How its server is started.
    pub(crate) fn setup(&self) -> Setup {
        Setup {
            realm: self.realm.clone(),
            database: self.url.clone(),
            folder: Some(self.folder.path().to_owned()),
            ..Setup::default()
        }
    }

    /// Starts its server.
    pub(crate) async fn serve(&self) -> Server {
        Server::start(self.setup()).await
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data").join(&self.realm)
    }

    fn log_backend(&self) -> Backend {
        match &self.url {
            None => {
                std::fs::create_dir_all(self.data()).unwrap();
                Backend::Sqlite(SqliteOptions::new(self.data()))
            }
            Some(url) => {
                let connect = url.parse().unwrap();
                Backend::Postgres(PostgresOptions::new(connect, self.realm.clone()))
            }
        }
    }

    /// Its log, in this process. Nobody may serve it.
    pub(crate) async fn log(&self) -> Log {
        Log::open(self.log_backend().into()).await.unwrap()
    }

    /// Its log, to read.
    pub(crate) async fn log_to_read(&self) -> Log {
        Log::open_read_only(self.log_backend().into()).await.unwrap()
    }

    /// The keys of its persons.
    pub(crate) async fn keys(&self) -> Keys {
        let cipher = Cipher::Aes256Gcm;
        let path = self.folder.path().join("data").join("master.key");
        let master = FileMasterKey::open_or_create(path).unwrap().with_cipher(cipher);
        let backend = match &self.url {
            None => KeysBackend::Sqlite(self.data()),
            Some(url) => KeysBackend::Postgres {
                connect: url.parse().unwrap(),
                schema: format!("{}_keys", self.realm),
            },
        };
        Keys::open(backend, Arc::new(master), cipher).await.unwrap()
    }

    /// Its views.
    pub(crate) async fn views(&self) -> Views {
        let backend = match &self.url {
            None => ViewsBackend::Sqlite(quanheng_projection::SqliteOptions::new(self.data())),
            Some(url) => ViewsBackend::Postgres(quanheng_projection::PostgresOptions::new(
                url.parse().unwrap(),
                format!("{}_views", self.realm),
            )),
        };
        Views::open(&backend).await.unwrap()
    }
}
