//! The one writing session of a process.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::{Connection as _, PgConnection, Row as _};

use super::rows::{digest, event_columns, record, storage_error};
use super::{PostgresOptions, connect_as_role, ms};
use crate::name::{Micros, Position, StreamName, Version};
use crate::record::{Digest, Record};
use crate::storage::{
    Appended, Batch, Begun, Head, KeptAnswer, Realm, StorageError, Witness, Writer,
};
use crate::transaction::RequestKey;

/// The lock is the first statement of the transaction, sent together with BEGIN.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
                     SELECT position::text, time::text FROM head FOR UPDATE";

/// All rows of a batch in one statement. It either stores everything or fails; only a
/// taken request key is no error, and shows in the count.
const APPEND: &str = "
WITH kept AS (
    INSERT INTO answers (request_id, principal, method, digest, answer, commit_id, position, events, time)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::uuid[], $7::bigint[], $8::bigint[], $9::bigint[])
    ON CONFLICT DO NOTHING
    RETURNING 1
), stored AS (
    INSERT INTO events (position, stream, version, id, type, time, commit_id, commit_index, commit_count, record)
    SELECT * FROM unnest($10::bigint[], $11::text[], $12::bigint[], $13::uuid[], $14::text[], $15::bigint[], $16::uuid[], $17::integer[], $18::integer[], $19::bytea[])
), tagged AS (
    INSERT INTO event_tags (tag, position)
    SELECT * FROM unnest($20::text[], $21::bigint[])
), moved AS (
    UPDATE head SET position = $22, time = $23
)
SELECT count(*) FROM kept";

const APPEND_BLOBS: &str = "INSERT INTO blobs (digest, size, content) \
                            SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[]) \
                            ON CONFLICT DO NOTHING";

/// On top of the server's own timeouts, for a network that answers nothing at all.
const NETWORK_GRACE: Duration = Duration::from_secs(5);

pub(crate) struct PostgresWriter {
    options: PostgresOptions,
    session: Option<PgConnection>,
    /// Whether nobody has begun in this session yet.
    fresh: bool,
    /// The log that is served: no other is written to, even if it stands in its place.
    realm: Realm,
}

impl PostgresWriter {
    pub(super) fn new(options: PostgresOptions, realm: Realm) -> Self {
        Self { options, session: None, fresh: true, realm }
    }

    /// How long one call may take before the session is given up.
    fn patience(&self) -> Duration {
        let options = &self.options;
        options.statement_wait_max.max(self.lock_wait()) + NETWORK_GRACE
    }

    /// Longer than any holder can hold, so that waiting in line ends with the lock.
    fn lock_wait(&self) -> Duration {
        self.options.lock_holder_wait_max * 2
    }

    async fn connected(&mut self) -> Result<&mut PgConnection, StorageError> {
        if self.session.is_none() {
            let lock_timeout = ("lock_timeout", ms(self.lock_wait()));
            let session = self.options.session(&[lock_timeout]);
            let connecting = async {
                let mut session = connect_as_role(&self.options, session).await?;
                let found = realm_of(&mut session).await?;
                Ok((session, found))
            };
            let connected = tokio::time::timeout(NETWORK_GRACE, connecting).await;
            let connected = connected.map_err(|_| StorageError::Lost("no connection".into()))?;
            let (session, found) = connected.map_err(lost)?;
            if found != self.realm {
                let reason = "the log was restored or exchanged; restart to serve it";
                return Err(StorageError::Exhausted(reason.into()));
            }
            self.session = Some(session);
            self.fresh = true;
        }
        let gone = || StorageError::Lost("no session".into());
        self.session.as_mut().ok_or_else(gone)
    }

    /// Runs one call on the open session. A session that fails in a way that leaves
    /// its state in doubt is dropped, which ends its transaction.
    async fn call<T>(
        &mut self,
        call: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, StorageError> {
        let patience = self.patience();
        let Some(session) = self.session.as_mut() else {
            return Err(StorageError::Lost("no session".into()));
        };
        let result = match tokio::time::timeout(patience, call(session)).await {
            Ok(result) => result.map_err(storage_error),
            Err(_elapsed) => Err(StorageError::Lost("the server does not answer".into())),
        };
        // A server that takes nothing may have been demoted: the next session may be with
        // the one that took over.
        if let Err(StorageError::Lost(_) | StorageError::Exhausted(_)) = &result {
            self.session = None;
        }
        result
    }
}

async fn realm_of(session: &mut PgConnection) -> Result<Realm, sqlx::Error> {
    let row = sqlx::query("SELECT id, incarnation FROM realm").fetch_one(session).await?;
    Ok(Realm { id: row.try_get(0)?, incarnation: row.try_get(1)? })
}

/// Whatever keeps a session from opening may pass.
fn lost(error: sqlx::Error) -> StorageError {
    StorageError::Lost(error.to_string())
}

#[async_trait]
impl Writer for PostgresWriter {
    async fn begin(&mut self) -> Result<Begun, StorageError> {
        self.connected().await?;
        let fresh = self.fresh;
        let begun = self.call(async |session| {
            let row = sqlx::raw_sql(BEGIN).fetch_one(session).await?;
            let number = |index: usize| {
                let text = row.try_get_unchecked::<&str, _>(index)?;
                text.parse::<i64>().map_err(|error| sqlx::Error::Decode(error.into()))
            };
            let (position, time) = (Position(number(0)? as u64), Micros(number(1)?));
            Ok(Begun { head: Head { position, time }, fresh })
        });
        let begun = begun.await;
        match begun.is_ok() {
            true => self.fresh = false,
            false => self.rollback().await,
        }
        begun
    }

    async fn answers(
        &mut self,
        keys: &[RequestKey],
    ) -> Result<Vec<Option<KeptAnswer>>, StorageError> {
        const SQL: &str = "SELECT a.digest, a.answer, a.commit_id, a.position, a.events, a.time \
             FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS k (request_id, principal, method, nr) \
             LEFT JOIN answers a USING (request_id, principal, method) ORDER BY k.nr";
        let ids: Vec<_> = keys.iter().map(|key| key.request_id).collect();
        let principals: Vec<_> = keys.iter().map(|key| key.principal.as_str()).collect();
        let methods: Vec<_> = keys.iter().map(|key| key.method.as_str()).collect();
        let rows = self.call(async |session| {
            let query = sqlx::query(SQL).bind(ids).bind(principals).bind(methods);
            query.fetch_all(session).await
        });
        let rows = rows.await?;
        let kept = keys.iter().zip(&rows).map(|(key, row)| {
            let Some(digested) = row.try_get::<Option<&[u8]>, _>(0)? else {
                return Ok(None);
            };
            Ok(Some(KeptAnswer {
                key: RequestKey { digest: digest(digested)?, ..key.clone() },
                answer: Bytes::copy_from_slice(row.try_get::<&[u8], _>(1)?),
                commit_id: row.try_get(2)?,
                position: Position(row.try_get::<i64, _>(3)? as u64),
                events: row.try_get::<i64, _>(4)? as u64,
                time: Micros(row.try_get(5)?),
            }))
        });
        kept.collect::<Result<_, _>>().map_err(storage_error)
    }

    async fn versions(&mut self, streams: &[StreamName]) -> Result<Vec<Version>, StorageError> {
        const SQL: &str = "SELECT (SELECT version FROM events e WHERE e.stream = k.stream \
             ORDER BY version DESC LIMIT 1) \
             FROM unnest($1::text[]) WITH ORDINALITY AS k (stream, nr) ORDER BY k.nr";
        let names: Vec<_> = streams.iter().map(StreamName::as_str).collect();
        let versions: Vec<Option<i64>> = self
            .call(async |session| sqlx::query_scalar(SQL).bind(names).fetch_all(session).await)
            .await?;
        let version = |version: Option<i64>| Version(version.unwrap_or(0) as u64);
        Ok(versions.into_iter().map(version).collect())
    }

    async fn stream_after(
        &mut self,
        stream: &StreamName,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Record>, StorageError> {
        const SQL: &str = concat!(
            "SELECT ",
            event_columns!(),
            " FROM events e WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3"
        );
        let rows = self.call(async |session| {
            let query = sqlx::query(SQL).bind(stream.as_str());
            let query = query.bind(after.0 as i64).bind(limit as i64);
            query.fetch_all(session).await
        });
        let records = rows.await?.iter().map(record).collect::<Result<_, _>>();
        records.map_err(storage_error)
    }

    async fn places(
        &mut self,
        after: Position,
        through: Position,
    ) -> Result<Vec<(StreamName, Version)>, StorageError> {
        const SQL: &str = "SELECT stream, version FROM events \
                           WHERE position > $1 AND position <= $2 ORDER BY position";
        let rows = self.call(async |session| {
            let query = sqlx::query(SQL).bind(after.0 as i64).bind(through.0 as i64);
            query.fetch_all(session).await
        });
        let place = |row: &sqlx::postgres::PgRow| {
            let stream = StreamName::stored(row.try_get::<&str, _>(0)?);
            Ok((stream, Version(row.try_get::<i64, _>(1)? as u64)))
        };
        let places = rows.await?.iter().map(place).collect::<Result<_, _>>();
        places.map_err(storage_error)
    }

    async fn blob_sizes(&mut self, digests: &[Digest]) -> Result<Vec<Option<u64>>, StorageError> {
        const SQL: &str = "SELECT b.size FROM unnest($1::bytea[]) WITH ORDINALITY AS k (digest, nr) \
                           LEFT JOIN blobs b USING (digest) ORDER BY k.nr";
        let digests: Vec<&[u8]> = digests.iter().map(|digest| &digest.0[..]).collect();
        let sizes: Vec<Option<i64>> = self
            .call(async |session| sqlx::query_scalar(SQL).bind(digests).fetch_all(session).await)
            .await?;
        let size = |size: Option<i64>| size.map(|size| size as u64);
        Ok(sizes.into_iter().map(size).collect())
    }

    async fn append(&mut self, batch: &Batch) -> Result<Appended, StorageError> {
        if !batch.blobs.is_empty() {
            self.append_blobs(batch).await?;
        }
        let (answers, events, tags) = (&batch.answers, &batch.events, &batch.tags);
        macro_rules! column {
            ($rows:ident, $row:ident => $value:expr) => {
                $rows.iter().map(|$row| $value).collect::<Vec<_>>()
            };
        }
        let kept = self.call(async |session| {
            sqlx::query_scalar::<_, i64>(APPEND)
                .bind(column!(answers, a => a.key.request_id))
                .bind(column!(answers, a => a.key.principal.as_str()))
                .bind(column!(answers, a => a.key.method.as_str()))
                .bind(column!(answers, a => &a.key.digest.0[..]))
                .bind(column!(answers, a => &a.answer[..]))
                .bind(column!(answers, a => a.commit_id))
                .bind(column!(answers, a => a.position.0 as i64))
                .bind(column!(answers, a => a.events as i64))
                .bind(column!(answers, a => a.time.0))
                .bind(column!(events, e => e.position.0 as i64))
                .bind(column!(events, e => e.stream.as_str()))
                .bind(column!(events, e => e.version.0 as i64))
                .bind(column!(events, e => e.id))
                .bind(column!(events, e => e.event_type.as_str()))
                .bind(column!(events, e => e.time.0))
                .bind(column!(events, e => e.commit.id))
                .bind(column!(events, e => e.commit.index as i32))
                .bind(column!(events, e => e.commit.count as i32))
                .bind(column!(events, e => &e.bytes[..]))
                .bind(column!(tags, t => t.0.as_str()))
                .bind(column!(tags, t => t.1.0 as i64))
                .bind(batch.head.position.0 as i64)
                .bind(batch.head.time.0)
                .fetch_one(session)
                .await
        });
        match kept.await? as usize == answers.len() {
            true => Ok(Appended::Stored),
            false => Ok(Appended::KeyTaken),
        }
    }

    async fn commit(&mut self) -> Result<(), StorageError> {
        let committed =
            self.call(async |session| sqlx::raw_sql("COMMIT").execute(session).await.map(|_| ()));
        // Whatever went wrong, and whatever a server of another make means by its error:
        // the outcome is not known until somebody looks.
        let committed = committed.await;
        committed.map_err(|error| {
            self.session = None;
            StorageError::Lost(error.to_string())
        })
    }

    async fn rollback(&mut self) {
        if self.session.is_none() {
            return;
        }
        let rolled_back =
            self.call(async |session| sqlx::raw_sql("ROLLBACK").execute(session).await.map(|_| ()));
        if rolled_back.await.is_err() {
            self.session = None;
        }
    }

    fn absence_is_final(&self) -> bool {
        true
    }

    async fn has_commit(&mut self, witness: &Witness) -> Result<bool, StorageError> {
        const ANSWER: &str = "SELECT EXISTS (SELECT 1 FROM answers WHERE request_id = $1 \
                              AND principal = $2 AND method = $3 AND commit_id = $4)";
        const EVENT: &str = "SELECT EXISTS (SELECT 1 FROM events WHERE id = $1)";
        self.call(async |session| match witness {
            Witness::Event(id) => sqlx::query_scalar(EVENT).bind(id).fetch_one(session).await,
            Witness::Answer { key, commit_id } => {
                sqlx::query_scalar(ANSWER)
                    .bind(key.request_id)
                    .bind(key.principal.as_str())
                    .bind(key.method.as_str())
                    .bind(commit_id)
                    .fetch_one(session)
                    .await
            }
        })
        .await
    }

    async fn prune_answers(&mut self, before: Micros, limit: usize) -> Result<u64, StorageError> {
        const SQL: &str = "DELETE FROM answers WHERE ctid IN \
                           (SELECT ctid FROM answers WHERE time < $1 LIMIT $2)";
        let done = self.call(async |session| {
            let query = sqlx::query(SQL).bind(before.0).bind(limit as i64);
            query.execute(session).await
        });
        Ok(done.await?.rows_affected())
    }

    async fn maintain(&mut self) {}

    async fn close(&mut self) {
        if let Some(session) = self.session.take() {
            let closing = tokio::time::timeout(NETWORK_GRACE, session.close());
            if let Ok(Err(error)) = closing.await {
                tracing::debug!(%error, "closing the session");
            }
        }
    }
}

impl PostgresWriter {
    async fn append_blobs(&mut self, batch: &Batch) -> Result<(), StorageError> {
        let digests: Vec<_> = batch.blobs.iter().map(|(digest, _)| &digest.0[..]).collect();
        let sizes: Vec<_> = batch.blobs.iter().map(|(_, blob)| blob.len() as i64).collect();
        let contents: Vec<_> = batch.blobs.iter().map(|(_, blob)| &blob[..]).collect();
        self.call(async |session| {
            let insert = sqlx::query(APPEND_BLOBS);
            let insert = insert.bind(digests).bind(sizes).bind(contents);
            insert.execute(session).await.map(|_| ())
        })
        .await
    }
}
