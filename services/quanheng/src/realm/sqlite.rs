//! A folder's files, copied while the server goes on.

use std::path::Path;
use std::time::Duration;

use quanheng_eventlog::SQLITE_FILE as LOG;
use quanheng_sealing::SQLITE_FILE as KEYS;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use uuid::Uuid;

use super::error::RealmError;
use super::manifest::{Database, Manifest};
use super::stage::{Stage, private};

const LOCK_WAIT_MAX: Duration = Duration::from_secs(30);

/// Copies the log and then the keys, each as of one moment.
pub(crate) async fn copy(folder: &Path, stage: &Stage) -> Result<Manifest, RealmError> {
    for file in [LOG, KEYS] {
        if !folder.join(file).is_file() {
            return Err(RealmError::Missing(folder.to_owned()));
        }
    }
    copy_file(&folder.join(LOG), &stage.file(LOG)).await?;
    copy_file(&folder.join(KEYS), &stage.file(KEYS)).await?;
    let mut copied = open(&stage.file(LOG)).await?;
    let row = sqlx::query("SELECT realm.id, realm.incarnation, head.position FROM realm, head");
    let row = row.fetch_one(&mut copied).await?;
    let head: i64 = row.try_get(2)?;
    let (id, incarnation): (Uuid, Uuid) = (row.try_get(0)?, row.try_get(1)?);
    copied.close().await?;
    Ok(Manifest::new(Database::Sqlite, id, incarnation, u64::try_from(head).unwrap_or(0)))
}

/// `VACUUM INTO` reads in one transaction and writes a file of its own: no page of what
/// was deleted comes along. Whoever writes meanwhile is not held up.
async fn copy_file(from: &Path, to: &Path) -> Result<(), RealmError> {
    // Made first, so that nobody else may ever read it; SQLite takes an empty file.
    drop(private(to)?);
    let mut connection = open(from).await?;
    sqlx::query("VACUUM INTO ?1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

async fn open(file: &Path) -> Result<SqliteConnection, RealmError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .busy_timeout(LOCK_WAIT_MAX)
        .disable_statement_logging();
    Ok(options.connect().await?)
}
