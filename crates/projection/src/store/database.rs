//! The two databases behind one face: statements are built once and run on either.

use std::path::PathBuf;
use std::time::Duration;

use sea_query::{InsertStatement, PostgresQueryBuilder, SqliteQueryBuilder};
use sea_query_sqlx::{SqlxBinder, SqlxValues};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, PgPool, Postgres, Row as _, Sqlite, SqliteConnection,
    SqlitePool, Transaction,
};

use super::StoreError;

/// Where views are kept.
// Made once a process: its size does not matter.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone)]
pub enum Backend {
    /// `views.sqlite` in a folder.
    Sqlite(SqliteOptions),
    /// A schema of a PostgreSQL database.
    Postgres(PostgresOptions),
}

/// Views in a folder.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The realm's folder; made if it is not there.
    pub folder: PathBuf,
    /// How long to wait for a lock that somebody else holds.
    pub lock_wait_max: Duration,
    /// Connections for reading.
    pub readers_max: u32,
    /// Bytes that the write-ahead log keeps between checkpoints.
    pub wal_bytes_max: u64,
}

const PAGE_BYTES: u64 = 4_096;
/// The name of the views' file in its folder.
pub const FILE: &str = "views.sqlite";

impl SqliteOptions {
    /// The defaults, in a folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            lock_wait_max: Duration::from_secs(10),
            readers_max: 4,
            wal_bytes_max: 64 * 1024 * 1024,
        }
    }
}

/// Views in a schema of PostgreSQL, shared by any number of processes.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The database.
    pub connect: PgConnectOptions,
    /// The schema, `<realm>_views` by custom: lower-case letters, digits and `_`.
    pub schema: String,
    /// How long the server works on one statement at most.
    pub statement_wait_max: Duration,
    /// How long a process that stopped in the middle of a transaction keeps its locks.
    pub lock_holder_wait_max: Duration,
    /// Connections.
    pub connections_max: u32,
}

impl PostgresOptions {
    /// The defaults for a database and a schema.
    #[must_use]
    pub fn new(connect: PgConnectOptions, schema: impl Into<String>) -> Self {
        Self {
            connect,
            schema: schema.into(),
            statement_wait_max: Duration::from_secs(60),
            lock_holder_wait_max: Duration::from_secs(10),
            connections_max: 12,
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let starts = self.schema.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if starts && self.schema.len() <= 63 && self.schema.bytes().all(plain) {
            return Ok(());
        }
        let rule = "1 to 63 of a-z, 0-9 and _, a letter first";
        Err(StoreError::Refused(format!("schema {:?}: {rule}", self.schema)))
    }
}

/// A statement with its values.
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) values: SqlxValues,
}

/// An open database.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

impl Database {
    pub(crate) async fn open(backend: &Backend) -> Result<Self, StoreError> {
        match backend {
            Backend::Sqlite(options) => open_sqlite(options).await,
            Backend::Postgres(options) => open_postgres(options).await,
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// A statement in the database's own words.
    pub(crate) fn build(&self, statement: &impl SqlxBinder) -> Statement {
        let (text, values) = match self {
            Self::Sqlite { .. } => statement.build_sqlx(SqliteQueryBuilder),
            Self::Postgres(_) => statement.build_sqlx(PostgresQueryBuilder),
        };
        Statement { text, values }
    }

    /// A statement that inserts rows. What fails undoes the whole transaction on SQLite,
    /// which then need not be able to undo the statement alone.
    pub(crate) fn build_insert(&self, insert: &InsertStatement) -> Statement {
        let mut statement = self.build(insert);
        if let Self::Sqlite { .. } = self {
            statement.text = statement.text.replacen("INSERT INTO", "INSERT OR ROLLBACK INTO", 1);
        }
        statement
    }

    /// Runs one statement and reads its rows.
    pub(crate) async fn fetch(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let Statement { text, values } = statement;
        match self {
            Self::Sqlite { readers, .. } => {
                let query = sqlx::query_with(AssertSqlSafe(text), values);
                let rows = query.fetch_all(readers).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(pool) => {
                let query = sqlx::query_with(AssertSqlSafe(text), values);
                let rows = query.fetch_all(pool).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<Work, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                let mut connection = writer.acquire().await?;
                sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *connection).await?;
                Work::Sqlite(SqliteWork(Some(connection)))
            }
            Self::Postgres(pool) => Work::Postgres(pool.begin().await?),
        })
    }

    /// Runs statements that take long and much room, together: with a limit on memory, and
    /// none on time.
    pub(crate) async fn run_large(&self, statements: &[String]) -> Result<(), StoreError> {
        let text = statements.join(";\n");
        match self {
            Self::Sqlite { writer, .. } => {
                // A connection on which this fails, or is given up, is not used again.
                let mut work = SqliteWork(Some(writer.acquire().await?));
                let text = format!(
                    "PRAGMA temp_store = FILE; BEGIN IMMEDIATE; {text}; COMMIT; \
                     PRAGMA temp_store = MEMORY"
                );
                sqlx::raw_sql(AssertSqlSafe(text)).execute(work.connection()?).await?;
                drop(work.0.take());
            }
            Self::Postgres(pool) => {
                let mut work = pool.begin().await?;
                let bounds = "SET LOCAL statement_timeout = 0; \
                              SET LOCAL maintenance_work_mem = '256MB'";
                sqlx::raw_sql(bounds).execute(&mut *work).await?;
                sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *work).await?;
                work.commit().await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A transaction that writes. Dropping it undoes it.
pub(crate) enum Work {
    Sqlite(SqliteWork),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction on the one connection that writes. SQLite ends it by itself after some
/// errors, so a connection that was not committed is closed, which undoes what there is to
/// undo, and never used again.
pub(crate) struct SqliteWork(Option<PoolConnection<Sqlite>>);

impl SqliteWork {
    fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        let ended = || StoreError::Refused("the transaction has ended".to_owned());
        Ok(&mut **self.0.as_mut().ok_or_else(ended)?)
    }
}

impl Drop for SqliteWork {
    fn drop(&mut self) {
        if let Some(mut connection) = self.0.take() {
            connection.close_on_drop();
        }
    }
}

impl Work {
    /// Runs a statement; tells how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        let Statement { text, values } = statement;
        Ok(match self {
            Self::Sqlite(work) => {
                let query = sqlx::query_with(AssertSqlSafe(text), values);
                query.execute(work.connection()?).await?.rows_affected()
            }
            Self::Postgres(work) => {
                let query = sqlx::query_with(AssertSqlSafe(text), values);
                query.execute(&mut **work).await?.rows_affected()
            }
        })
    }

    /// Runs statements that have no values.
    pub(crate) async fn run(&mut self, text: String) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(work) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(work.connection()?).await?;
            }
            Self::Postgres(work) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut **work).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn fetch(&mut self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let Statement { text, values } = statement;
        Ok(match self {
            Self::Sqlite(work) => {
                let query = sqlx::query_with(AssertSqlSafe(text), values);
                query.fetch_all(work.connection()?).await?.into_iter().map(Row::Sqlite).collect()
            }
            Self::Postgres(work) => {
                let query = sqlx::query_with(AssertSqlSafe(text), values);
                query.fetch_all(&mut **work).await?.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(mut work) => {
                sqlx::raw_sql("COMMIT").execute(work.connection()?).await?;
                // It goes back to the pool as it came.
                drop(work.0.take());
            }
            Self::Postgres(work) => work.commit().await?,
        }
        Ok(())
    }
}

/// A row of either database, read by the place of its columns.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! getters {
    ($($name:ident: $type:ty),+ $(,)?) => { $(
        pub(crate) fn $name(&self, place: usize) -> Result<$type, StoreError> {
            Ok(match self {
                Self::Sqlite(row) => row.try_get(place)?,
                Self::Postgres(row) => row.try_get(place)?,
            })
        }
    )+ };
}

impl Row {
    getters! {
        text: String,
        optional_text: Option<String>,
        integer: i64,
        optional_integer: Option<i64>,
        bytes: Vec<u8>,
    }
}

async fn open_sqlite(options: &SqliteOptions) -> Result<Database, StoreError> {
    let refused = |error: std::io::Error| {
        StoreError::Refused(format!("{}: {error}", options.folder.display()))
    };
    std::fs::create_dir_all(&options.folder).map_err(refused)?;
    let common = SqliteConnectOptions::new()
        .filename(options.folder.join(FILE))
        .busy_timeout(options.lock_wait_max)
        .statement_cache_capacity(128)
        .disable_statement_logging();
    let writing = common
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What a crash of the machine takes is folded again: it is all in the log.
        .synchronous(SqliteSynchronous::Normal)
        .pragma("wal_autocheckpoint", (options.wal_bytes_max / 2 / PAGE_BYTES).to_string())
        .pragma("journal_size_limit", options.wal_bytes_max.to_string())
        .pragma("temp_store", "MEMORY");
    let writer = SqlitePoolOptions::new().max_connections(1).connect_with(writing).await?;
    let reading = common.read_only(true).pragma("query_only", "ON");
    let readers = SqlitePoolOptions::new().max_connections(options.readers_max.max(1));
    let readers = readers.acquire_timeout(Duration::from_secs(10)).connect_with(reading).await?;
    Ok(Database::Sqlite { writer, readers })
}

async fn open_postgres(options: &PostgresOptions) -> Result<Database, StoreError> {
    options.check()?;
    let ms = |duration: Duration| duration.as_millis().to_string();
    let session = options
        .connect
        .clone()
        .application_name("quanheng-views")
        .options([
            ("search_path", options.schema.clone()),
            // What a crash of the server takes is folded again: it is all in the log.
            ("synchronous_commit", "off".to_owned()),
            ("statement_timeout", ms(options.statement_wait_max)),
            ("idle_in_transaction_session_timeout", ms(options.lock_holder_wait_max)),
            ("client_min_messages", "warning".to_owned()),
        ])
        .statement_cache_capacity(128)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(options.connections_max.max(2))
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(session)
        .await?;
    // The schema's name was checked: letters, digits and `_`. Two processes that make
    // it at once collide, and the next try finds it.
    let mut tries = 0;
    loop {
        let create = format!("CREATE SCHEMA IF NOT EXISTS {}", options.schema);
        match sqlx::raw_sql(AssertSqlSafe(create)).execute(&pool).await {
            Ok(_) => return Ok(Database::Postgres(pool)),
            Err(error) if tries >= 5 => return Err(error.into()),
            Err(error) => tracing::debug!(%error, "another process makes the schema"),
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(20 << tries)).await;
    }
}
