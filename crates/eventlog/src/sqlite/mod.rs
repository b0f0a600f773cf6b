//! The log in a folder: one SQLite file in WAL mode with synchronous=FULL.
//!
//! One process serves a folder; a lock on `serving.lock` says so, and the operating
//! system releases it however the process ends. Others may read beside it.

mod checkpoint;
mod reader;
mod rows;
mod writer;

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use uuid::Uuid;

pub(crate) use reader::SqliteReader;
pub(crate) use writer::SqliteWriter;

use crate::storage::Realm;

/// Where and how the log is kept in a folder.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The realm's folder; made if it is not there.
    pub folder: PathBuf,
    /// How long to wait for a lock that a stranger holds on the file.
    pub lock_wait_max: Duration,
    /// Bytes that the write-ahead log may take before readers have to wait for a
    /// checkpoint to empty it.
    pub wal_bytes_max: u64,
    /// Bytes of the page cache of the writing connection.
    pub cache_bytes_max: u64,
    /// Connections for reading.
    pub readers_max: u32,
    /// Bytes that the file may take; the log refuses to grow beyond. None: the disk.
    pub file_bytes_max: Option<u64>,
}

impl SqliteOptions {
    /// The defaults, in a folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            lock_wait_max: Duration::from_secs(5),
            wal_bytes_max: 64 * 1024 * 1024,
            cache_bytes_max: 32 * 1024 * 1024,
            readers_max: 4,
            file_bytes_max: None,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }
}

/// The name of the log's file in its folder.
pub const FILE: &str = "log.sqlite";
const LOCK: &str = "serving.lock";
const PAGE_BYTES: u64 = 4_096;
/// The first version of SQLite without the bug that could lose a commit when the
/// write-ahead log was reset while another connection checkpointed.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process serves this folder. Stop it, or open for reading only.
    #[error("{} is served by another process", .0.display())]
    Served(PathBuf),
    /// There is no log to read.
    #[error("there is no log in {}", .0.display())]
    Missing(PathBuf),
    /// The folder cannot be used.
    #[error("{}: {error}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The database could not be opened or set up.
    #[error("the database cannot be opened: {0}")]
    Database(String),
    /// The database is set so that acknowledged data could be lost or changed.
    #[error("the database is not safe: {0}")]
    Unsafe(String),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<sqlx::migrate::MigrateError> for OpenError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Database(error.to_string())
    }
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// What an opened folder consists of.
pub(crate) struct Opened {
    pub(crate) writer: SqliteWriter,
    pub(crate) reader: SqliteReader,
    pub(crate) realm: Realm,
}

/// Opens a folder for serving: makes, locks and migrates it.
pub(crate) async fn open(options: &SqliteOptions) -> Result<Opened, OpenError> {
    let serving = claim(&options.folder)?;
    let mut connection = writing(options).connect().await?;
    check_version(&mut connection).await?;
    // Another connection can only be a reader: the folder is ours.
    MIGRATIONS.run(&mut connection).await?;
    let realm = settle_realm(&mut connection).await?;
    let reader = SqliteReader::open(reading(options), options.readers_max).await?;
    let writer = SqliteWriter::new(connection, options.clone(), serving);
    Ok(Opened { writer, reader, realm })
}

/// Opens a folder for reading only, beside whoever serves it.
pub(crate) async fn open_read_only(options: &SqliteOptions) -> Result<SqliteReader, OpenError> {
    let file = options.file();
    if !file.exists() {
        return Err(OpenError::Missing(options.folder.clone()));
    }
    match SqliteReader::open(reading(options), options.readers_max).await {
        Ok(reader) => Ok(reader),
        // A folder that cannot be written to has no place for the shared index that a
        // write-ahead log needs. If there is none, nobody writes: the file stands alone.
        Err(_) if !options.folder.join(format!("{FILE}-wal")).exists() => {
            SqliteReader::open(reading(options).immutable(true), options.readers_max).await
        }
        Err(error) => Err(error),
    }
}

/// Makes the folder, durably, and takes its lock.
fn claim(folder: &Path) -> Result<File, OpenError> {
    let failed = |error| OpenError::Folder { folder: folder.to_owned(), error };
    fs::create_dir_all(folder).map_err(failed)?;
    // A folder whose name is not durable loses everything in it.
    let mut path = folder.canonicalize().map_err(failed)?;
    while let Some(parent) = path.parent().map(Path::to_path_buf) {
        match File::open(&parent).and_then(|parent| parent.sync_all()) {
            Ok(()) => path = parent,
            // Folders above that are not ours to open are not ours to have made.
            Err(_) => break,
        }
    }
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(OpenError::Served(folder.to_owned())),
        Err(fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn common(options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(options.file())
        .busy_timeout(options.lock_wait_max)
        .statement_cache_capacity(128)
        // REPLACE must fire the triggers that keep events immutable.
        .pragma("recursive_triggers", "ON")
        .disable_statement_logging()
}

pub(crate) fn writing(options: &SqliteOptions) -> SqliteConnectOptions {
    let pages = |bytes: u64| bytes.div_ceil(PAGE_BYTES).to_string();
    let cache_kib = options.cache_bytes_max / 1_024;
    let mut writing = common(options)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", format!("-{cache_kib}"))
        // The writer checkpoints between batches, see `SqliteWriter::maintain`.
        .pragma("wal_autocheckpoint", "0")
        .pragma("journal_size_limit", options.wal_bytes_max.to_string())
        .pragma("temp_store", "MEMORY");
    if let Some(bytes) = options.file_bytes_max {
        writing = writing.pragma("max_page_count", pages(bytes));
    }
    writing
}

fn reading(options: &SqliteOptions) -> SqliteConnectOptions {
    common(options).read_only(true).pragma("query_only", "ON")
}

async fn check_version(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let row = sqlx::query("SELECT sqlite_version()").fetch_one(&mut *connection);
    let version: String = row.await?.try_get(0)?;
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut part = || parts.next().unwrap_or(0);
    if (part(), part(), part()) < SQLITE_VERSION_MIN {
        return Err(OpenError::Unsafe(format!(
            "SQLite {version} can lose a commit when the write-ahead log is reset"
        )));
    }
    Ok(())
}

/// Reads the realm, or gives the log one at its birth.
async fn settle_realm(connection: &mut SqliteConnection) -> Result<Realm, OpenError> {
    sqlx::query(
        "INSERT INTO realm (one, id, incarnation) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
    )
    .bind(Uuid::now_v7())
    .bind(Uuid::now_v7())
    .execute(&mut *connection)
    .await?;
    let row = sqlx::query("SELECT id, incarnation FROM realm").fetch_one(&mut *connection).await?;
    Ok(Realm { id: row.try_get(0)?, incarnation: row.try_get(1)? })
}

/// Gives a log that was restored from a backup a new incarnation. The log must not
/// be served.
pub(crate) async fn renew_incarnation(options: &SqliteOptions) -> Result<Realm, OpenError> {
    let _serving = claim(&options.folder)?;
    let mut connection = writing(options).create_if_missing(false).connect().await?;
    sqlx::query("UPDATE realm SET incarnation = ?1")
        .bind(Uuid::now_v7())
        .execute(&mut connection)
        .await?;
    let realm = settle_realm(&mut connection).await?;
    connection.close().await?;
    Ok(realm)
}

pub(crate) fn pool(readers_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(readers_max).acquire_timeout(Duration::from_secs(10))
}
