//! Where a test's realm is: a temporary folder, or schemas of a test's own in PostgreSQL.

use std::path::Path;
use std::sync::Arc;

use quanheng_eventlog::{
    Backend as LogBackend, PostgresOptions as LogPostgres, SqliteOptions as LogSqlite,
};
use quanheng_projection::{
    Backend as ViewsBackend, PostgresOptions as ViewsPostgres, SqliteOptions as ViewsSqlite,
};
use quanheng_sealing::KeysBackend;
use quanheng_testkit::cluster::{Cluster, SHARED};
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

/// On which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Files in a folder.
    Sqlite,
    /// Schemas in PostgreSQL.
    Postgres,
}

/// Where a realm is. Cheap to clone: another process may open it.
#[derive(Clone)]
pub struct Place {
    folder: Arc<TempDir>,
    postgres: Option<Postgres>,
}

#[derive(Clone)]
struct Postgres {
    connect: PgConnectOptions,
    schema: String,
    /// The cluster, if it is this test's own.
    _cluster: Option<Arc<Cluster>>,
}

impl Place {
    /// A place of its own.
    ///
    /// # Panics
    /// When there is none to be had.
    #[allow(clippy::unused_async, reason = "starting a cluster may become asynchronous")]
    pub async fn new(kind: Kind) -> Self {
        let folder = Arc::new(TempDir::with_prefix("quanheng-house-").expect("a folder"));
        let postgres = (kind == Kind::Postgres).then(|| {
            let (url, cluster) = match std::env::var(SHARED) {
                Ok(url) => (url, None),
                Err(_) => {
                    let cluster = Cluster::start();
                    (cluster.url(), Some(Arc::new(cluster)))
                }
            };
            let id = uuid::Uuid::new_v4().simple().to_string();
            Postgres {
                connect: url.parse().expect("a URL"),
                schema: format!("t{}", &id[..20]),
                _cluster: cluster,
            }
        });
        Self { folder, postgres }
    }

    /// The folder of files and of the master key.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The PostgreSQL database and the schema of the log, if it is there.
    #[must_use]
    pub fn postgres(&self) -> Option<(PgConnectOptions, String)> {
        let postgres = self.postgres.as_ref()?;
        Some((postgres.connect.clone(), postgres.schema.clone()))
    }

    pub(crate) fn log(&self) -> LogBackend {
        match &self.postgres {
            None => LogBackend::Sqlite(LogSqlite::new(self.folder.path())),
            Some(Postgres { connect, schema, .. }) => {
                LogBackend::Postgres(LogPostgres::new(connect.clone(), schema.clone()))
            }
        }
    }

    pub(crate) fn views(&self) -> ViewsBackend {
        match &self.postgres {
            None => ViewsBackend::Sqlite(ViewsSqlite::new(self.folder.path())),
            Some(Postgres { connect, schema, .. }) => {
                let schema = format!("{schema}_views");
                let mut options = ViewsPostgres::new(connect.clone(), schema);
                options.connections_max = 6;
                ViewsBackend::Postgres(options)
            }
        }
    }

    pub(crate) fn keys(&self) -> KeysBackend {
        match &self.postgres {
            None => KeysBackend::Sqlite(self.folder.path().to_owned()),
            Some(Postgres { connect, schema, .. }) => {
                KeysBackend::Postgres { connect: connect.clone(), schema: format!("{schema}_keys") }
            }
        }
    }
}
