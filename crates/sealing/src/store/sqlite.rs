//! Keys in a folder: one SQLite file, of which nothing erased stays.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection};

use super::{
    CONNECTION_WAIT_MAX, CONNECTIONS_MAX, Entry, Head, ROTATED_MAX, Rotation, Store, Stored,
    all_live, check_master, subjects_of,
};
use crate::error::KeysError;
use crate::index::hex;

/// The name of the file in its folder.
pub const FILE: &str = "keys.sqlite";
/// Takes the one writer's place at once: whoever reads first and writes later may find
/// that another wrote in between.
const BEGIN: &str = "BEGIN IMMEDIATE";
const LOCK_WAIT_MAX: Duration = Duration::from_secs(5);
const MIGRATIONS_TRIES_MAX: u32 = 8;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

pub(crate) struct SqliteStore {
    pool: SqlitePool,
}

impl SqliteStore {
    pub(crate) async fn open(folder: &Path) -> Result<Self, KeysError> {
        let file = folder.join(FILE);
        make(folder, &file)
            .map_err(|error| KeysError::Unusable(format!("{}: {error}", file.display())))?;
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .busy_timeout(LOCK_WAIT_MAX)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is deleted or overwritten is zeroed; what is sorted never meets the disk.
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();
        let pool = connect(&options).await.map_err(unusable)?;
        migrate(&pool).await?;
        Ok(Self { pool })
    }

    /// Empties the write-ahead log, so that the pages of before are nowhere. SQLite itself
    /// waits for readers, as long as for any lock.
    async fn scrub(&self) -> Result<(), KeysError> {
        let done = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.pool).await;
        match done.and_then(|row| row.try_get::<i64, _>(0)) {
            Ok(0) => Ok(()),
            Ok(_) => Err(KeysError::NotScrubbed),
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log is not emptied");
                Err(KeysError::NotScrubbed)
            }
        }
    }
}

/// Makes the folder, and the file for its owner alone; SQLite gives the files beside it
/// the same permissions.
fn make(folder: &Path, file: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

fn unusable(error: impl std::fmt::Display) -> KeysError {
    KeysError::Unusable(error.to_string())
}

/// The first handle turns the file to write-ahead logging. Another that comes at this moment
/// is refused at once, however long it would wait, and finds it done at its next try.
async fn connect(options: &SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let mut tries = 0;
    loop {
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(CONNECTION_WAIT_MAX)
            .connect_with(options.clone());
        match pool.await {
            Err(error) if tries < MIGRATIONS_TRIES_MAX && is_busy(&error) => {
                tracing::debug!(%error, "another handle opens the file at the same time");
            }
            opened => return opened,
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(10 << tries)).await;
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    const SQLITE_BUSY: u32 = 5;
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

/// Two handles that migrate at once collide on the same names; the later one finds the
/// work done at its next try.
async fn migrate(pool: &SqlitePool) -> Result<(), KeysError> {
    let mut tries = 0;
    loop {
        match MIGRATIONS.run(pool).await {
            Ok(()) => return Ok(()),
            Err(error) if tries >= MIGRATIONS_TRIES_MAX => return Err(unusable(error)),
            Err(error) => tracing::debug!(%error, "another handle migrates at the same time"),
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(10 << tries)).await;
    }
}

async fn read_head(connection: &mut SqliteConnection) -> Result<Option<Head>, sqlx::Error> {
    let row = sqlx::query("SELECT master, check_value, index_key FROM store");
    let Some(row) = row.fetch_optional(connection).await? else {
        return Ok(None);
    };
    let (master, check_value, index_key) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok(Some(Head { master, check_value, index_key }))
}

/// The head of a store that is open, and so has one.
async fn the_head(connection: &mut SqliteConnection) -> Result<Head, KeysError> {
    read_head(connection).await?.ok_or_else(|| unusable("store"))
}

/// Of each subject that has a row, whether its key is live.
async fn live(
    connection: &mut SqliteConnection,
    subjects: &[&str],
) -> Result<Vec<(String, bool)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT k.subject, e.subject IS NULL
         FROM keys k LEFT JOIN erasures e ON e.subject = k.subject
         WHERE k.subject IN (SELECT value FROM json_each(?1))",
    )
    .bind(json!(subjects).to_string())
    .fetch_all(connection)
    .await
}

fn list(entries: &[Entry]) -> String {
    let row = |entry: &Entry| json!([entry.kind, entry.digest, entry.subject]);
    serde_json::Value::from_iter(entries.iter().map(row)).to_string()
}

#[async_trait]
impl Store for SqliteStore {
    async fn head(&self) -> Result<Option<Head>, KeysError> {
        let mut connection = self.pool.acquire().await?;
        Ok(read_head(&mut connection).await?)
    }

    async fn settle(&self, fresh: &Head) -> Result<Head, KeysError> {
        let mut connection = self.pool.acquire().await?;
        sqlx::query(
            "INSERT INTO store (one, master, check_value, index_key) VALUES (1, ?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
        )
        .bind(&fresh.master)
        .bind(&fresh.check_value)
        .bind(&fresh.index_key)
        .execute(&mut *connection)
        .await?;
        the_head(&mut connection).await
    }

    async fn find(&self, subjects: &[&str]) -> Result<Vec<(String, Stored)>, KeysError> {
        let rows: Vec<(String, Vec<u8>, Option<i64>)> = sqlx::query_as(
            "SELECT k.subject, k.wrapped, e.erased_us
             FROM keys k LEFT JOIN erasures e ON e.subject = k.subject
             WHERE k.subject IN (SELECT value FROM json_each(?1))",
        )
        .bind(json!(subjects).to_string())
        .fetch_all(&self.pool)
        .await?;
        let stored = |wrapped, erased: Option<i64>| match erased {
            Some(at) => Stored::Erased { at },
            None => Stored::Wrapped(wrapped),
        };
        let rows = rows.into_iter();
        Ok(rows.map(|(subject, wrapped, erased)| (subject, stored(wrapped, erased))).collect())
    }

    async fn insert(&self, master: &str, keys: &[(String, Vec<u8>)]) -> Result<(), KeysError> {
        let subjects: Vec<&str> = keys.iter().map(|(subject, _)| subject.as_str()).collect();
        let rows = keys.iter().map(|(subject, wrapped)| json!([subject, hex(wrapped)]));
        let rows = serde_json::Value::from_iter(rows).to_string();
        let mut transaction = self.pool.begin_with(BEGIN).await?;
        check_master(&the_head(&mut transaction).await?.master, master)?;
        sqlx::query(
            "INSERT INTO keys (subject, wrapped)
             SELECT value ->> 0, unhex(value ->> 1) FROM json_each(?1) WHERE true ORDER BY key
             ON CONFLICT DO NOTHING",
        )
        .bind(rows)
        .execute(&mut *transaction)
        .await?;
        all_live(&subjects, live(&mut transaction, &subjects).await?)?;
        Ok(transaction.commit().await?)
    }

    async fn erase(&self, subject: &str, at_us: i64) -> Result<bool, KeysError> {
        let mut transaction = self.pool.begin_with(BEGIN).await?;
        let overwritten = sqlx::query(
            "UPDATE keys SET wrapped = zeroblob(length(wrapped)) WHERE subject = ?1
             AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.subject = ?1)",
        )
        .bind(subject)
        .execute(&mut *transaction)
        .await?;
        let erased = overwritten.rows_affected() == 1;
        if erased {
            sqlx::query("INSERT INTO erasures (subject, erased_us) VALUES (?1, ?2)")
                .bind(subject)
                .bind(at_us)
                .execute(&mut *transaction)
                .await?;
            sqlx::query("DELETE FROM index_entries WHERE subject = ?1")
                .bind(subject)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        self.scrub().await?;
        Ok(erased)
    }

    async fn index_put(&self, entries: &[Entry]) -> Result<(), KeysError> {
        let subjects = subjects_of(entries);
        let mut transaction = self.pool.begin_with(BEGIN).await?;
        all_live(&subjects, live(&mut transaction, &subjects).await?)?;
        sqlx::query(
            "INSERT INTO index_entries (kind, digest, subject)
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1) WHERE true
             ON CONFLICT DO NOTHING",
        )
        .bind(list(entries))
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    async fn index_remove(&self, entries: &[Entry]) -> Result<(), KeysError> {
        sqlx::query(
            "DELETE FROM index_entries WHERE (kind, digest, subject) IN
             (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1))",
        )
        .bind(list(entries))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn index_find(
        &self,
        kind: &str,
        digest: &str,
        found_max: usize,
    ) -> Result<Vec<String>, KeysError> {
        let found = sqlx::query_scalar(
            "SELECT subject FROM index_entries WHERE kind = ?1 AND digest = ?2
             ORDER BY subject LIMIT ?3",
        );
        let found = found.bind(kind).bind(digest).bind(found_max as i64);
        Ok(found.fetch_all(&self.pool).await?)
    }

    async fn rewrap(&self, rotation: &Rotation) -> Result<u64, KeysError> {
        let mut transaction = self.pool.begin_with(BEGIN).await?;
        let head = the_head(&mut transaction).await?;
        rotation.check(&head)?;
        let (mut last, mut count) = (i64::MIN, 0);
        loop {
            let rows: Vec<(i64, String, Vec<u8>)> = sqlx::query_as(
                "SELECT id, subject, wrapped FROM keys k WHERE id > ?1
                 AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.subject = k.subject)
                 ORDER BY id LIMIT ?2",
            )
            .bind(last)
            .bind(ROTATED_MAX)
            .fetch_all(&mut *transaction)
            .await?;
            let Some((id, ..)) = rows.last() else { break };
            last = *id;
            for (id, subject, wrapped) in rows {
                sqlx::query("UPDATE keys SET wrapped = ?1 WHERE id = ?2")
                    .bind(rotation.rewrap(&subject, &wrapped).await?)
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
                count += 1;
            }
        }
        let head = rotation.rewrap_head(&head).await?;
        sqlx::query("UPDATE store SET master = ?1, check_value = ?2, index_key = ?3")
            .bind(&head.master)
            .bind(&head.check_value)
            .bind(&head.index_key)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        // Wrappings of another length moved rows between pages: write every page anew.
        if let Err(error) = sqlx::raw_sql("VACUUM").execute(&self.pool).await {
            tracing::warn!(%error, "the file is not written anew");
            return Err(KeysError::NotScrubbed);
        }
        self.scrub().await?;
        Ok(count)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
