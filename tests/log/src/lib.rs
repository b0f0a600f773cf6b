//! What the log's tests and benchmarks share: a log on each backend, a way to do
//! damage, and a small domain of counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use quanheng_eventlog::{
    Backend, Bounds, Changes, Context, Digest, EventDraft, EventType, Fold, Log, MalformedRecord,
    Method, Options, PostgresOptions, Principal, Proposal, Read, Record, RequestKey, SqliteOptions,
    StreamName, Tag, Transaction,
};
use quanheng_testkit::cluster::{Cluster, SHARED};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use uuid::Uuid;

/// On what the log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Sqlite,
    /// PostgreSQL with everything switched on.
    Postgres,
    /// PostgreSQL without notifications.
    PostgresSilent,
}

/// A log of one's own, to open as often as wanted.
pub struct Fixture {
    backend: Backend,
    folder: Option<TempDir>,
    _cluster: Option<Cluster>,
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// A schema name that no other test uses.
pub fn fresh_schema() -> String {
    let nr = SCHEMAS.fetch_add(1, Ordering::Relaxed);
    format!("t{}_{nr}", std::process::id())
}

impl Fixture {
    /// An empty log. On PostgreSQL in the cluster of the run, or else in its own.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        if kind == Kind::Sqlite {
            let folder = tempfile::tempdir().expect("a folder");
            return Self {
                backend: Backend::Sqlite(SqliteOptions::new(folder.path())),
                folder: Some(folder),
                _cluster: None,
            };
        }
        match std::env::var(SHARED) {
            Ok(url) => Self::on_postgres(&url, kind, None),
            Err(_) => {
                let cluster = Cluster::start();
                Self::on_postgres(&cluster.url(), kind, Some(cluster))
            }
        }
    }

    fn on_postgres(url: &str, kind: Kind, cluster: Option<Cluster>) -> Self {
        let connect: PgConnectOptions = url.parse().expect("a database URL");
        let mut options = PostgresOptions::new(connect, fresh_schema());
        options.notify = kind == Kind::Postgres;
        if kind == Kind::PostgresSilent {
            options.poll_interval = std::time::Duration::from_millis(20);
        }
        Self { backend: Backend::Postgres(options), folder: None, _cluster: cluster }
    }

    /// Where the log is.
    #[must_use]
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Changes how the log is kept, before it is opened.
    pub fn backend_mut(&mut self) -> &mut Backend {
        &mut self.backend
    }

    /// How to open it.
    #[must_use]
    pub fn options(&self) -> Options {
        self.backend.clone().into()
    }

    /// Opens it.
    pub async fn open(&self) -> Log {
        Log::open(self.options()).await.expect("the log opens")
    }

    /// Opens it with other limits.
    pub async fn open_with(&self, change: impl FnOnce(&mut Bounds)) -> Log {
        let mut options = self.options();
        change(&mut options.bounds);
        Log::open(options).await.expect("the log opens")
    }

    /// Opens another handle that sees what this log commits: another process's on
    /// PostgreSQL, a reader's on SQLite.
    pub async fn open_beside(&self) -> Log {
        match self.backend {
            Backend::Sqlite(_) => Log::open_read_only(self.options()).await.expect("opens"),
            Backend::Postgres(_) => self.open().await,
        }
    }

    /// Runs SQL as the owner of the database, behind the log's back.
    ///
    /// # Errors
    /// What the database says.
    pub async fn as_owner(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.backend {
            Backend::Sqlite(options) => {
                let file = options.folder.join(quanheng_eventlog::SQLITE_FILE);
                let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                let mut connection = sqlx::SqliteConnection::connect_with(&connect).await?;
                let done = sqlx::raw_sql(sql).execute(&mut connection).await;
                connection.close().await?;
                Ok(done?.rows_affected())
            }
            Backend::Postgres(options) => {
                let connect = options.connect.clone();
                let connect = connect.options([("search_path", &options.schema)]);
                let mut connection = sqlx::PgConnection::connect_with(&connect).await?;
                let done = sqlx::raw_sql(sql).execute(&mut connection).await;
                connection.close().await?;
                Ok(done?.rows_affected())
            }
        }
    }

    /// Takes the guards off, as somebody with full rights could, and changes the log.
    pub async fn vandalise(&self, sql: &str) {
        let guards = match &self.backend {
            Backend::Sqlite(_) => ["events", "event_tags", "blobs"]
                .map(|table| {
                    format!(
                        "DROP TRIGGER IF EXISTS {table}_immutable_update; \
                         DROP TRIGGER IF EXISTS {table}_immutable_delete;"
                    )
                })
                .concat(),
            Backend::Postgres(_) => ["events", "event_tags", "blobs"]
                .map(|table| format!("ALTER TABLE {table} DISABLE TRIGGER ALL;"))
                .concat(),
        };
        self.as_owner(&guards).await.expect("guards can be taken off");
        let changed = self.as_owner(sql).await;
        assert!(changed.expect("SQL") > 0, "the damage hits nothing: {sql}");
    }

    /// The folder of a log on SQLite.
    #[must_use]
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(TempDir::path)
    }
}

/// A stream name.
#[must_use]
pub fn stream(name: impl std::fmt::Display) -> StreamName {
    StreamName::new(name.to_string()).expect("a valid name")
}

/// A tag.
#[must_use]
pub fn tag(name: impl std::fmt::Display) -> Tag {
    Tag::new(name.to_string()).expect("a valid tag")
}

/// An event type.
#[must_use]
pub fn event_type(name: &str) -> EventType {
    EventType::new(name).expect("a valid type")
}

/// An event that counts one up.
#[must_use]
pub fn counted(name: &StreamName) -> EventDraft {
    EventDraft::new(name.clone(), event_type("test.counted.v1"), &1).expect("JSON")
}

/// An event with facts.
#[must_use]
pub fn noted(name: &StreamName, facts: &impl serde::Serialize) -> EventDraft {
    EventDraft::new(name.clone(), event_type("test.noted.v1"), facts).expect("JSON")
}

/// A request key of `principals/test`.
#[must_use]
pub fn key(request_id: Uuid, body: &str) -> RequestKey {
    RequestKey {
        request_id,
        principal: Principal::new("principals/test").expect("valid"),
        method: Method::new("test.v1.TestService/Count").expect("valid"),
        digest: Digest::of(body.as_bytes()),
    }
}

/// A transaction that counts streams up.
#[must_use]
pub fn count_up<'a>(names: impl IntoIterator<Item = &'a StreamName>) -> Transaction {
    names.into_iter().fold(Transaction::default(), |tx, name| tx.append(counted(name)))
}

/// How far a stream was counted.
pub struct Count;

impl Fold for Count {
    type State = u64;

    fn initial(&self) -> u64 {
        0
    }

    fn evolve(&self, state: &mut u64, record: &Record) -> Result<(), MalformedRecord> {
        if record.event_type.as_str() == "test.broken.v1" {
            return Err(MalformedRecord("broken".into()));
        }
        *state += record.data::<u64>()?;
        Ok(())
    }
}

/// A decision: reads the count and appends the next one as its facts' `count`; answers
/// it. Refuses at `limit`.
#[must_use]
pub fn next_count(name: StreamName, key: Option<RequestKey>, limit: u64) -> Proposal {
    let reads = vec![Read::state(name.clone(), Arc::new(Count))];
    Proposal::with(Context::default(), key, reads, move |desk| {
        let count = *desk.state::<u64>(&name).expect("the state lies on the desk");
        if count >= limit {
            return Err("full".into());
        }
        Ok(Changes {
            events: vec![counted(&name)],
            answer: (count + 1).to_string().into(),
            ..Changes::default()
        })
    })
}

/// A keyed transaction whose size follows from its id: one to four events on several
/// streams, each tagged with the request.
#[must_use]
pub fn marked(id: Uuid) -> Transaction {
    let transaction = (0..events_of(id)).fold(Transaction::default(), |transaction, k| {
        let name = stream(format!("marked/{}", (id.as_u128() + u128::from(k)) % 11));
        transaction.append(counted(&name).tagged(request_tag(id)))
    });
    transaction.keyed(key(id, "marked"), id.to_string())
}

/// How many events [`marked`] appends.
#[must_use]
pub fn events_of(id: Uuid) -> u64 {
    (id.as_u128() % 4) as u64 + 1
}

/// The tag of all events of a [`marked`] transaction.
#[must_use]
pub fn request_tag(id: Uuid) -> Tag {
    tag(format!("requests/{id}"))
}
