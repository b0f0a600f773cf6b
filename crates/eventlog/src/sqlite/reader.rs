//! Reading connections to a folder's log.

use std::sync::LazyLock;

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};
use uuid::Uuid;

use super::rows::{EVENT_COLUMNS, Query, read_error, record};
use super::{OpenError, pool};
use crate::name::{Micros, Position, StreamName, Tag, Version};
use crate::read::{Direction, Filter};
use crate::record::{Digest, Record};
use crate::storage::{Head, ReadError, Reader, Realm};

macro_rules! select_events {
    ($name:ident, $rest:literal) => {
        static $name: LazyLock<String> =
            LazyLock::new(|| format!("SELECT {EVENT_COLUMNS} FROM events {}", $rest));
    };
}
select_events!(RANGE, "WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT ?3");
select_events!(STREAM_FORWARD, "WHERE stream = ?1 AND version >= ?2 ORDER BY version LIMIT ?3");
select_events!(
    STREAM_BACKWARD,
    "WHERE stream = ?1 AND version <= ?2 ORDER BY version DESC LIMIT ?3"
);
select_events!(BY_ID, "WHERE id = ?1");

pub(crate) struct SqliteReader {
    pool: SqlitePool,
}

impl SqliteReader {
    pub(super) async fn open(
        options: SqliteConnectOptions,
        readers_max: u32,
    ) -> Result<Self, OpenError> {
        let pool = pool(readers_max).connect_with(options).await?;
        let reader = Self { pool };
        let head = reader.head().await;
        head.map_err(|error| OpenError::Database(error.to_string()))?;
        Ok(reader)
    }

    async fn by_json(
        &self,
        sql: &'static str,
        wanted: &[(&str, u64)],
    ) -> Result<Vec<SqliteRow>, ReadError> {
        let wanted =
            serde_json::to_string(wanted).map_err(|error| ReadError::Damaged(error.to_string()))?;
        let query = sqlx::query(sql).bind(wanted);
        query.fetch_all(&self.pool).await.map_err(read_error)
    }

    async fn records(&self, query: Query<'_>) -> Result<Vec<Record>, ReadError> {
        let rows = query.fetch_all(&self.pool).await.map_err(read_error)?;
        let records = rows.iter().map(record).collect::<Result<Vec<_>, _>>();
        records.map_err(read_error)
    }
}

/// The statement for a filter: one branch per type or one walk along the rarest-looking
/// (the first) tag, each along an index in order of position. Only the number of
/// placeholders depends on the filter, never its text.
fn filtered(filter: &Filter) -> String {
    const BOUNDS: &str = "position > ?1 AND position <= ?2";
    let mut next = 3;
    let mut parameter = || {
        next += 1;
        format!("?{next}")
    };
    let positions = if filter.tags.is_empty() {
        let branches = filter.types.iter().map(|_| {
            let event_type = parameter();
            format!(
                "SELECT position FROM (SELECT position FROM events WHERE type = {event_type} \
                 AND {BOUNDS} ORDER BY position LIMIT ?3)"
            )
        });
        branches.collect::<Vec<_>>().join(" UNION ")
    } else {
        let mut walk = String::new();
        for (index, _) in filter.tags.iter().enumerate() {
            let tag = parameter();
            walk += &match index {
                0 => format!(
                    "SELECT position FROM event_tags AS first WHERE tag = {tag} AND {BOUNDS}"
                ),
                _ => format!(
                    " AND EXISTS (SELECT 1 FROM event_tags AS more WHERE more.tag = {tag} \
                     AND more.position = first.position)"
                ),
            };
        }
        if !filter.types.is_empty() {
            let types = filter.types.iter().map(|_| parameter());
            let types = types.collect::<Vec<_>>().join(", ");
            walk += &format!(
                " AND (SELECT type FROM events WHERE events.position = first.position) IN ({types})"
            );
        }
        walk + " ORDER BY position LIMIT ?3"
    };
    format!(
        "SELECT {EVENT_COLUMNS} FROM events WHERE position IN ({positions}) \
         ORDER BY position LIMIT ?3"
    )
}

#[async_trait]
impl Reader for SqliteReader {
    async fn head(&self) -> Result<Head, ReadError> {
        let row = sqlx::query("SELECT position, time FROM head")
            .fetch_one(&self.pool)
            .await
            .map_err(read_error)?;
        Ok(Head {
            position: Position(row.try_get::<i64, _>(0).map_err(read_error)? as u64),
            time: Micros(row.try_get(1).map_err(read_error)?),
        })
    }

    async fn version(&self, stream: &StreamName) -> Result<Version, ReadError> {
        const SQL: &str =
            "SELECT version FROM events WHERE stream = ?1 ORDER BY version DESC LIMIT 1";
        let version: Option<i64> = sqlx::query_scalar(SQL)
            .bind(stream.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(read_error)?;
        Ok(Version(version.unwrap_or(0) as u64))
    }

    async fn range(
        &self,
        after: Position,
        through: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Record>, ReadError> {
        let mut query = if filter.is_all() {
            sqlx::query(RANGE.as_str())
        } else {
            sqlx::query(AssertSqlSafe(filtered(filter)))
        };
        query = query.bind(after.0 as i64).bind(through.0 as i64).bind(limit as i64);
        if filter.tags.is_empty() {
            for event_type in &filter.types {
                query = query.bind(event_type.as_str());
            }
        } else {
            for tag in &filter.tags {
                query = query.bind(tag.as_str());
            }
            for event_type in &filter.types {
                query = query.bind(event_type.as_str());
            }
        }
        self.records(query).await
    }

    async fn stream(
        &self,
        stream: &StreamName,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Record>, ReadError> {
        let statement = match direction {
            Direction::Forward => STREAM_FORWARD.as_str(),
            Direction::Backward => STREAM_BACKWARD.as_str(),
        };
        let query = sqlx::query(statement)
            .bind(stream.as_str())
            .bind(i64::try_from(from.0).unwrap_or(i64::MAX))
            .bind(limit as i64);
        self.records(query).await
    }

    async fn event(&self, id: Uuid) -> Result<Option<Record>, ReadError> {
        let records = self.records(sqlx::query(BY_ID.as_str()).bind(id)).await?;
        Ok(records.into_iter().next())
    }

    async fn blob(&self, digest: &Digest) -> Result<Option<Bytes>, ReadError> {
        let content: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT content FROM blobs WHERE digest = ?1")
                .bind(&digest.0[..])
                .fetch_optional(&self.pool)
                .await
                .map_err(read_error)?;
        Ok(content.map(Bytes::from))
    }

    async fn realm(&self) -> Result<Realm, ReadError> {
        let row = sqlx::query("SELECT id, incarnation FROM realm")
            .fetch_one(&self.pool)
            .await
            .map_err(read_error)?;
        Ok(Realm {
            id: row.try_get(0).map_err(read_error)?,
            incarnation: row.try_get(1).map_err(read_error)?,
        })
    }

    async fn tags_stored(&self, tags: &[(Tag, Position)]) -> Result<Vec<bool>, ReadError> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM event_tags \
                           WHERE tag = wanted.value ->> 0 AND position = wanted.value ->> 1) \
                           FROM json_each(?1) AS wanted ORDER BY wanted.key";
        let wanted: Vec<(&str, u64)> = tags.iter().map(|(tag, at)| (tag.as_str(), at.0)).collect();
        let rows = self.by_json(SQL, &wanted).await?;
        let stored = rows.iter().map(|row| row.try_get(0));
        stored.collect::<Result<_, _>>().map_err(read_error)
    }

    async fn tags_after(
        &self,
        after: Option<(Tag, Position)>,
        limit: usize,
    ) -> Result<Vec<(Tag, Position)>, ReadError> {
        const SQL: &str = "SELECT tag, position FROM event_tags WHERE (tag, position) > (?1, ?2) \
                           ORDER BY tag, position LIMIT ?3";
        let rows = sqlx::query(SQL)
            .bind(after.as_ref().map_or("", |(tag, _)| tag.as_str()))
            .bind(after.as_ref().map_or(0, |(_, position)| position.0 as i64))
            .bind(limit as i64)
            .fetch_all(&self.pool)
            .await
            .map_err(read_error)?;
        let tag = |row: &SqliteRow| {
            let tag = Tag::stored(row.try_get::<&str, _>(0)?);
            Ok((tag, Position(row.try_get::<i64, _>(1)? as u64)))
        };
        rows.iter().map(tag).collect::<Result<_, _>>().map_err(read_error)
    }

    async fn positions_of(
        &self,
        places: &[(StreamName, Version)],
    ) -> Result<Vec<Option<Position>>, ReadError> {
        const SQL: &str = "SELECT (SELECT position FROM events \
                           WHERE stream = wanted.value ->> 0 AND version = wanted.value ->> 1) \
                           FROM json_each(?1) AS wanted ORDER BY wanted.key";
        let wanted = places.iter().map(|(stream, version)| (stream.as_str(), version.0));
        let wanted: Vec<(&str, u64)> = wanted.collect();
        let rows = self.by_json(SQL, &wanted).await?;
        let position = |row: &SqliteRow| {
            let position: Option<i64> = row.try_get(0)?;
            Ok(position.map(|position| Position(position as u64)))
        };
        rows.iter().map(position).collect::<Result<_, _>>().map_err(read_error)
    }

    async fn blobs_after(
        &self,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<Vec<(Digest, u64)>, ReadError> {
        const SQL: &str =
            "SELECT digest, size FROM blobs WHERE digest > ?1 ORDER BY digest LIMIT ?2";
        let rows = sqlx::query(SQL)
            .bind(after.map_or(Vec::new(), |digest| digest.0.to_vec()))
            .bind(limit as i64)
            .fetch_all(&self.pool)
            .await
            .map_err(read_error)?;
        rows.iter()
            .map(|row| {
                Ok((super::rows::digest(row.try_get(0)?)?, row.try_get::<i64, _>(1)? as u64))
            })
            .collect::<Result<_, _>>()
            .map_err(read_error)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
