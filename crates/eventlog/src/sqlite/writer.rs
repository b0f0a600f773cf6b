//! The one writing connection to a folder's log.

use std::fs::File;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use uuid::Uuid;

use super::checkpoint::{Checkpointer, PASSIVE, checkpoint};
use super::rows::{EVENT_COLUMNS, MultiInsert, commit_error, multi_insert, record, storage_error};
use super::{FILE, PAGE_BYTES, SqliteOptions, writing};
use crate::name::{Method, Micros, Position, Principal, StreamName, Version};
use crate::record::{Digest, Record};
use crate::storage::{Appended, Batch, Begun, Head, KeptAnswer, StorageError, Witness, Writer};
use crate::transaction::RequestKey;

// What fails ends the whole transaction: SQLite then keeps no journal of each statement.
static EVENTS: MultiInsert = multi_insert!(
    "INSERT OR ROLLBACK INTO events (position, stream, version, id, type, time, commit_id, commit_index, commit_count, record)",
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ""
);
static TAGS: MultiInsert =
    multi_insert!("INSERT OR ROLLBACK INTO event_tags (tag, position)", "(?, ?)", "");
static ANSWERS: MultiInsert = multi_insert!(
    "INSERT OR ROLLBACK INTO answers (request_id, principal, method, digest, answer, commit_id, position, events, time)",
    "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "ON CONFLICT DO NOTHING"
);
static BLOBS: MultiInsert = multi_insert!(
    "INSERT OR ROLLBACK INTO blobs (digest, size, content)",
    "(?, ?, ?)",
    "ON CONFLICT DO NOTHING"
);
static STREAM_AFTER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {EVENT_COLUMNS} FROM events WHERE stream = ?1 AND version > ?2 ORDER BY version LIMIT ?3"
    )
});

/// Checkpoint when the write-ahead log may have grown by so many pages.
const CHECKPOINT_PAGES: u64 = 8_192;
/// So many pages are moved between two batches without anybody noticing.
const REST_PAGES: u64 = CHECKPOINT_PAGES / 8;
/// After a checkpoint that readers held up, leave them alone for a while.
const CHECKPOINT_PAUSE: Duration = Duration::from_secs(10);
/// How long a checkpoint that must empty the log waits for readers.
const READERS_WAIT_MS: u64 = 500;

pub(crate) struct SqliteWriter {
    connection: Option<SqliteConnection>,
    options: SqliteOptions,
    /// Held for as long as this process serves the folder.
    serving: Option<File>,
    wal: PathBuf,
    /// Pages in the write-ahead log, at most.
    wal_pages: u64,
    held_up: Option<Instant>,
    checkpointer: Checkpointer,
    /// Whether nobody has begun on this connection yet.
    fresh: bool,
}

impl SqliteWriter {
    pub(super) fn new(connection: SqliteConnection, options: SqliteOptions, serving: File) -> Self {
        let wal = options.folder.join(format!("{FILE}-wal"));
        let checkpointer = Checkpointer::new(options.clone());
        Self {
            connection: Some(connection),
            options,
            serving: Some(serving),
            wal,
            wal_pages: CHECKPOINT_PAGES,
            held_up: None,
            checkpointer,
            fresh: true,
        }
    }

    fn connected(&mut self) -> Result<&mut SqliteConnection, StorageError> {
        let gone = || StorageError::Lost("the connection is closed".into());
        self.connection.as_mut().ok_or_else(gone)
    }

    /// A connection that is dead, or was opened while the disk took nothing, stays so.
    fn drop_if_useless(&mut self, error: &StorageError) {
        if matches!(error, StorageError::Exhausted(_) | StorageError::Lost(_)) {
            self.connection = None;
        }
    }

    async fn execute(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        match self.connection.as_mut() {
            Some(connection) => sqlx::raw_sql(sql).execute(connection).await.map(|_| ()),
            None => Err(sqlx::Error::WorkerCrashed),
        }
    }

    async fn checkpoint(&mut self, sql: &'static str) -> Result<(u64, u64), StorageError> {
        checkpoint(self.connected()?, sql).await
    }

    async fn empty_wal(&mut self) -> Result<(), StorageError> {
        let wait = |ms: u128| AssertSqlSafe(format!("PRAGMA busy_timeout = {ms}"));
        let usual = self.options.lock_wait_max.as_millis();
        let connection = self.connected()?;
        let shorter = sqlx::raw_sql(wait(u128::from(READERS_WAIT_MS)));
        shorter.execute(&mut *connection).await.map_err(storage_error)?;
        let emptied = self.checkpoint("PRAGMA wal_checkpoint(TRUNCATE)").await;
        let connection = self.connected()?;
        let again = sqlx::raw_sql(wait(usual));
        again.execute(connection).await.map_err(storage_error)?;
        if emptied? != (0, 0) {
            self.held_up = Some(Instant::now());
            tracing::warn!(
                wal_bytes_max = self.options.wal_bytes_max,
                "a reader outside this program keeps the write-ahead log from being emptied"
            );
        }
        self.wal_pages = 0;
        Ok(())
    }
}

#[async_trait]
impl Writer for SqliteWriter {
    async fn begin(&mut self) -> Result<Begun, StorageError> {
        let fresh = self.fresh || self.connection.is_none();
        self.fresh = fresh;
        if self.connection.is_none() {
            let connected = writing(&self.options).connect().await;
            self.connection = Some(connected.map_err(storage_error)?);
        }
        if let Err(error) = self.execute("BEGIN IMMEDIATE").await.map_err(storage_error) {
            self.drop_if_useless(&error);
            return Err(error);
        }
        let row = sqlx::query("SELECT position, time FROM head").fetch_one(self.connected()?).await;
        let head = row.and_then(|row| {
            Ok(Head {
                position: Position(row.try_get::<i64, _>(0)? as u64),
                time: Micros(row.try_get(1)?),
            })
        });
        match head {
            Ok(head) => {
                self.fresh = false;
                Ok(Begun { head, fresh })
            }
            Err(error) => {
                self.rollback().await;
                Err(storage_error(error))
            }
        }
    }

    async fn answers(
        &mut self,
        keys: &[RequestKey],
    ) -> Result<Vec<Option<KeptAnswer>>, StorageError> {
        const SQL: &str = "SELECT digest, answer, commit_id, position, events, time FROM answers \
                           WHERE request_id = ?1 AND principal = ?2 AND method = ?3";
        let connection = self.connected()?;
        let mut answers = Vec::with_capacity(keys.len());
        for key in keys {
            let row = sqlx::query(SQL)
                .bind(key.request_id)
                .bind(key.principal.as_str())
                .bind(key.method.as_str())
                .fetch_optional(&mut *connection)
                .await
                .map_err(storage_error)?;
            let kept = row.map(|row| kept_answer(key, &row)).transpose();
            answers.push(kept.map_err(storage_error)?);
        }
        Ok(answers)
    }

    async fn versions(&mut self, streams: &[StreamName]) -> Result<Vec<Version>, StorageError> {
        const SQL: &str = "SELECT (SELECT version FROM events WHERE stream = names.value \
                           ORDER BY version DESC LIMIT 1) FROM json_each(?1) AS names ORDER BY names.key";
        let names: Vec<&str> = streams.iter().map(StreamName::as_str).collect();
        let names = serde_json::to_string(&names)
            .map_err(|error| StorageError::Refused(error.to_string()))?;
        let rows = sqlx::query(SQL)
            .bind(names)
            .fetch_all(self.connected()?)
            .await
            .map_err(storage_error)?;
        let version = |row: &sqlx::sqlite::SqliteRow| {
            let version: Option<i64> = row.try_get(0)?;
            Ok(Version(version.unwrap_or(0) as u64))
        };
        let versions = rows.iter().map(version).collect::<Result<Vec<_>, _>>();
        versions.map_err(storage_error)
    }

    async fn stream_after(
        &mut self,
        stream: &StreamName,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Record>, StorageError> {
        let rows = sqlx::query(STREAM_AFTER.as_str())
            .bind(stream.as_str())
            .bind(after.0 as i64)
            .bind(limit as i64)
            .fetch_all(self.connected()?)
            .await
            .map_err(storage_error)?;
        let records = rows.iter().map(record).collect::<Result<Vec<_>, _>>();
        records.map_err(storage_error)
    }

    async fn places(
        &mut self,
        after: Position,
        through: Position,
    ) -> Result<Vec<(StreamName, Version)>, StorageError> {
        const SQL: &str = "SELECT stream, version FROM events \
                           WHERE position > ?1 AND position <= ?2 ORDER BY position";
        let rows = sqlx::query(SQL)
            .bind(after.0 as i64)
            .bind(through.0 as i64)
            .fetch_all(self.connected()?)
            .await
            .map_err(storage_error)?;
        let place = |row: &sqlx::sqlite::SqliteRow| {
            let stream = StreamName::stored(row.try_get::<&str, _>(0)?);
            Ok((stream, Version(row.try_get::<i64, _>(1)? as u64)))
        };
        let places = rows.iter().map(place).collect::<Result<Vec<_>, _>>();
        places.map_err(storage_error)
    }

    async fn blob_sizes(&mut self, digests: &[Digest]) -> Result<Vec<Option<u64>>, StorageError> {
        let connection = self.connected()?;
        let mut sizes = Vec::with_capacity(digests.len());
        for digest in digests {
            let size: Option<i64> = sqlx::query_scalar("SELECT size FROM blobs WHERE digest = ?1")
                .bind(&digest.0[..])
                .fetch_optional(&mut *connection)
                .await
                .map_err(storage_error)?;
            sizes.push(size.map(|size| size as u64));
        }
        Ok(sizes)
    }

    async fn append(&mut self, batch: &Batch) -> Result<Appended, StorageError> {
        let connection = self.connection.as_mut();
        let gone = || StorageError::Lost("the connection is closed".into());
        let connection = connection.ok_or_else(gone)?;
        let mut keys = 0;
        for (statement, answers) in ANSWERS.pieces(&batch.answers) {
            let mut insert = sqlx::query(statement);
            for answer in answers {
                insert = insert
                    .bind(answer.key.request_id)
                    .bind(answer.key.principal.as_str())
                    .bind(answer.key.method.as_str())
                    .bind(&answer.key.digest.0[..])
                    .bind(&answer.answer[..])
                    .bind(answer.commit_id)
                    .bind(answer.position.0 as i64)
                    .bind(answer.events as i64)
                    .bind(answer.time.0);
            }
            let done = insert.execute(&mut *connection).await;
            keys += done.map_err(storage_error)?.rows_affected();
        }
        if keys < batch.answers.len() as u64 {
            return Ok(Appended::KeyTaken);
        }
        let mut pages = 4 + 2 * keys;
        for (statement, blobs) in BLOBS.pieces(&batch.blobs) {
            let mut insert = sqlx::query(statement);
            for (digest, content) in blobs {
                pages += 2 + content.len() as u64 / PAGE_BYTES;
                insert = insert.bind(&digest.0[..]).bind(content.len() as i64).bind(&content[..]);
            }
            insert.execute(&mut *connection).await.map_err(storage_error)?;
        }
        for (statement, events) in EVENTS.pieces(&batch.events) {
            let mut insert = sqlx::query(statement);
            for event in events {
                pages += 4 + event.bytes.len() as u64 / PAGE_BYTES;
                insert = insert
                    .bind(event.position.0 as i64)
                    .bind(event.stream.as_str())
                    .bind(event.version.0 as i64)
                    .bind(event.id)
                    .bind(event.event_type.as_str())
                    .bind(event.time.0)
                    .bind(event.commit.id)
                    .bind(i64::from(event.commit.index))
                    .bind(i64::from(event.commit.count))
                    .bind(&event.bytes[..]);
            }
            insert.execute(&mut *connection).await.map_err(storage_error)?;
        }
        pages += batch.tags.len() as u64;
        for (statement, tags) in TAGS.pieces(&batch.tags) {
            let mut insert = sqlx::query(statement);
            for (tag, position) in tags {
                insert = insert.bind(tag.as_str()).bind(position.0 as i64);
            }
            insert.execute(&mut *connection).await.map_err(storage_error)?;
        }
        sqlx::query("UPDATE head SET position = ?1, time = ?2")
            .bind(batch.head.position.0 as i64)
            .bind(batch.head.time.0)
            .execute(connection)
            .await
            .map_err(storage_error)?;
        self.wal_pages += pages;
        Ok(Appended::Stored)
    }

    async fn commit(&mut self) -> Result<(), StorageError> {
        let committed = self.execute("COMMIT").await.map_err(commit_error);
        if let Err(StorageError::Lost(_)) = &committed {
            // Nothing that this connection believes can be trusted any more.
            self.connection = None;
        }
        committed
    }

    async fn rollback(&mut self) {
        // SQLite rolls back by itself after some errors; then there is nothing to do.
        if self.connection.is_some()
            && let Err(error) = self.execute("ROLLBACK").await
            && !error.to_string().contains("no transaction is active")
        {
            tracing::warn!(%error, "rollback failed, reconnecting");
            self.connection = None;
        }
    }

    fn absence_is_final(&self) -> bool {
        false
    }

    async fn has_commit(&mut self, witness: &Witness) -> Result<bool, StorageError> {
        let connection = self.connected()?;
        let found: i64 = match witness {
            Witness::Event(id) => {
                sqlx::query_scalar("SELECT count(*) FROM events WHERE id = ?1")
                    .bind(*id)
                    .fetch_one(connection)
                    .await
            }
            Witness::Answer { key, commit_id } => {
                const SQL: &str = "SELECT count(*) FROM answers WHERE request_id = ?1 \
                                   AND principal = ?2 AND method = ?3 AND commit_id = ?4";
                sqlx::query_scalar(SQL)
                    .bind(key.request_id)
                    .bind(key.principal.as_str())
                    .bind(key.method.as_str())
                    .bind(*commit_id)
                    .fetch_one(connection)
                    .await
            }
        }
        .map_err(storage_error)?;
        Ok(found > 0)
    }

    async fn prune_answers(&mut self, before: Micros, limit: usize) -> Result<u64, StorageError> {
        // Rows are added in order of time, so the oldest are the first.
        const SQL: &str = "DELETE FROM answers WHERE time < ?1 \
                           AND rowid IN (SELECT rowid FROM answers ORDER BY rowid LIMIT ?2)";
        let done =
            sqlx::query(SQL).bind(before.0).bind(limit as i64).execute(self.connected()?).await;
        let pruned = done.map_err(storage_error)?.rows_affected();
        self.wal_pages += 2 * pruned;
        Ok(pruned)
    }

    async fn maintain(&mut self) {
        if self.connection.is_none() || self.wal_pages < CHECKPOINT_PAGES {
            return;
        }
        // Most pages are moved beside the batches, by another connection. What came meanwhile
        // is moved between two of them: then the next one begins the log anew.
        let Some((beside, came)) = self.checkpointer.step(self.wal_pages).await else { return };
        let moved = match beside {
            // Too much came meanwhile: once more, which takes less time.
            Ok((held, done)) if came > REST_PAGES && done > held / 2 => return,
            Ok(_) => self.checkpoint(PASSIVE).await,
            Err(error) => Err(error),
        };
        match moved {
            Ok((held, done)) => self.wal_pages = held.saturating_sub(done),
            Err(error) => tracing::warn!(%error, "checkpoint failed, trying again later"),
        }
        // The file shrinks only when it is emptied, and it grows beyond what one
        // checkpoint leaves only when readers hold old pages all the time.
        let wal_bytes = std::fs::metadata(&self.wal).map_or(0, |wal| wal.len());
        let paused = self.held_up.is_some_and(|since| since.elapsed() < CHECKPOINT_PAUSE);
        if wal_bytes > self.options.wal_bytes_max / 4 * 3
            && !paused
            && let Err(error) = self.empty_wal().await
        {
            tracing::warn!(%error, "checkpoint failed, trying again later");
        }
    }

    async fn close(&mut self) {
        self.checkpointer.close().await;
        // Leaves one file behind: what a backup by copying takes is then the whole log.
        if self.connection.is_some()
            && let Err(error) = self.empty_wal().await
        {
            tracing::warn!(%error, "the write-ahead log stays behind");
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the log");
        }
        self.serving = None;
    }
}

fn kept_answer(key: &RequestKey, row: &sqlx::sqlite::SqliteRow) -> Result<KeptAnswer, sqlx::Error> {
    Ok(KeptAnswer {
        key: RequestKey {
            request_id: key.request_id,
            principal: Principal::clone(&key.principal),
            method: Method::clone(&key.method),
            digest: super::rows::digest(row.try_get(0)?)?,
        },
        answer: Bytes::from(row.try_get::<Vec<u8>, _>(1)?),
        commit_id: row.try_get::<Uuid, _>(2)?,
        position: Position(row.try_get::<i64, _>(3)? as u64),
        events: row.try_get::<i64, _>(4)? as u64,
        time: Micros(row.try_get(5)?),
    })
}
