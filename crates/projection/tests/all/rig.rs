//! A log and views of one's own, on either database.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use quanheng_eventlog::{Log, Options, Position};
use quanheng_projection::{Backend, Bounds, Definition, Projections, Views};
use quanheng_testkit::cluster::{Cluster, SHARED};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;

/// On what log and views are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

pub(crate) struct Rig {
    log: quanheng_eventlog::Backend,
    views: Backend,
    _folder: Option<TempDir>,
    _cluster: Option<Cluster>,
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

impl Rig {
    pub(crate) fn new(kind: Kind) -> Self {
        if kind == Kind::Sqlite {
            let folder = tempfile::tempdir().unwrap();
            return Self {
                log: quanheng_eventlog::Backend::Sqlite(quanheng_eventlog::SqliteOptions::new(
                    folder.path(),
                )),
                views: Backend::Sqlite(quanheng_projection::SqliteOptions::new(folder.path())),
                _folder: Some(folder),
                _cluster: None,
            };
        }
        let cluster = std::env::var(SHARED).is_err().then(Cluster::start);
        let url = cluster.as_ref().map_or_else(|| std::env::var(SHARED).unwrap(), Cluster::url);
        let connect: PgConnectOptions = url.parse().unwrap();
        let nr = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        let realm = format!("p{}_{nr}", std::process::id());
        let mut log = quanheng_eventlog::PostgresOptions::new(connect.clone(), realm.clone());
        log.poll_interval = Duration::from_millis(20);
        log.readers_max = 3;
        let mut views =
            quanheng_projection::PostgresOptions::new(connect, format!("{realm}_views"));
        views.connections_max = 4;
        Self {
            log: quanheng_eventlog::Backend::Postgres(log),
            views: Backend::Postgres(views),
            _folder: None,
            _cluster: cluster,
        }
    }

    pub(crate) fn log_backend(&self) -> &quanheng_eventlog::Backend {
        &self.log
    }

    /// The port of the views' server.
    pub(crate) fn views_port(&self) -> u16 {
        let Backend::Postgres(options) = &self.views else { panic!("a file has no port") };
        options.connect.get_port()
    }

    /// The views by another way to the same server.
    pub(crate) async fn views_through(&self, port: u16) -> Views {
        let Backend::Postgres(mut options) = self.views.clone() else { panic!("no port") };
        options.connect = options.connect.port(port);
        Views::open(&Backend::Postgres(options)).await.unwrap()
    }

    pub(crate) async fn log(&self) -> Log {
        Log::open(Options::from(self.log.clone())).await.unwrap()
    }

    /// The same log as another process sees it.
    pub(crate) async fn log_beside(&self) -> Log {
        match self.log {
            quanheng_eventlog::Backend::Sqlite(_) => {
                Log::open_read_only(Options::from(self.log.clone())).await.unwrap()
            }
            quanheng_eventlog::Backend::Postgres(_) => self.log().await,
        }
    }

    pub(crate) async fn views(&self) -> Views {
        Views::open(&self.views).await.unwrap()
    }

    pub(crate) async fn start(&self, log: &Log, definition: Definition) -> Projections {
        self.start_with(log, vec![definition], |_| {}).await
    }

    pub(crate) async fn start_with(
        &self,
        log: &Log,
        definitions: Vec<Definition>,
        change: impl FnOnce(&mut Bounds),
    ) -> Projections {
        let mut bounds = Bounds {
            poll_interval: Duration::from_millis(20),
            checkpoint_interval: Duration::from_millis(20),
            bookmark_interval_min: Duration::from_millis(10),
            ..Bounds::default()
        };
        change(&mut bounds);
        Projections::start(log.clone(), self.views().await, definitions, bounds).await.unwrap()
    }

    /// Runs SQL on the views behind their back.
    pub(crate) async fn on_views(&self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.views {
            Backend::Sqlite(options) => {
                let file = options.folder.join(quanheng_projection::SQLITE_FILE);
                let connect = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(file)
                    .busy_timeout(Duration::from_secs(10));
                let mut connection = sqlx::SqliteConnection::connect_with(&connect).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap().rows_affected()
            }
            Backend::Postgres(options) => {
                let connect = options.connect.clone().options([("search_path", &options.schema)]);
                let mut connection = sqlx::PgConnection::connect_with(&connect).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap().rows_affected()
            }
        }
    }
}

/// Far enough away that only a hanging test reaches it.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// Waits until every projection is where the log is, and its own task has heard of it: a
/// watch begins where that stands.
pub(crate) async fn caught_up(projections: &Projections) {
    projections.wait_caught_up(soon()).await.unwrap();
    let at_head = async || projections.status().await.unwrap().iter().all(|one| one.lag == 0);
    eventually(at_head).await;
}

/// Waits for a condition.
pub(crate) async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let deadline = soon();
    while !holds().await {
        assert!(Instant::now() < deadline, "it never came to be");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn at(position: u64) -> Position {
    Position(position)
}
