//! Reading sessions. Each statement stands for itself: no transaction is ever left
//! open for a cancelled reader to forget.

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres, Row as _};
use uuid::Uuid;

use super::rows::{digest, event_columns, read_error, record};
use crate::name::{EventType, Micros, Position, StreamName, Tag, Version};
use crate::read::{Direction, Filter};
use crate::record::{Digest, Record};
use crate::storage::{Head, ReadError, Reader, Realm};

macro_rules! events {
    ($($rest:literal),+) => {
        concat!("SELECT ", event_columns!(), " FROM events e ", $($rest),+)
    };
}

const RANGE: &str = events!("WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3");
/// One walk along the index of each type, in order of position.
const RANGE_OF_TYPES: &str = events!(
    "WHERE position IN (SELECT w.position FROM unnest($4::text[]) AS k (type) CROSS JOIN LATERAL ",
    "(SELECT t.position FROM events t WHERE t.type = k.type AND t.position > $1 AND t.position <= $2 ",
    "ORDER BY t.position LIMIT $3) AS w) ORDER BY position LIMIT $3"
);
/// One walk along the index of the first tag, in order of position.
const RANGE_OF_TAGS: &str = events!(
    "WHERE position IN (SELECT f.position FROM event_tags f WHERE f.tag = ($5::text[])[1] ",
    "AND f.position > $1 AND f.position <= $2 ",
    "AND NOT EXISTS (SELECT 1 FROM unnest(($5::text[])[2:]) AS k (tag) WHERE NOT EXISTS ",
    "(SELECT 1 FROM event_tags m WHERE m.tag = k.tag AND m.position = f.position)) ",
    "AND (cardinality($4::text[]) = 0 OR EXISTS ",
    "(SELECT 1 FROM events t WHERE t.position = f.position AND t.type = ANY ($4))) ",
    "ORDER BY f.position LIMIT $3) ORDER BY position LIMIT $3"
);

pub(crate) struct PostgresReader {
    pool: PgPool,
}

impl PostgresReader {
    pub(super) fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    async fn records(
        &self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<Record>, ReadError> {
        // Row by row: what a row is made of is still warm when it becomes a record.
        let records = query.fetch(&self.pool).map(|row| record(&row?));
        records.try_collect().await.map_err(read_error)
    }
}

#[async_trait]
impl Reader for PostgresReader {
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
            "SELECT version FROM events WHERE stream = $1 ORDER BY version DESC LIMIT 1";
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
        let types = || filter.types.iter().map(EventType::as_str).collect::<Vec<_>>();
        let tags = || filter.tags.iter().map(Tag::as_str).collect::<Vec<_>>();
        let statement = match (filter.types.is_empty(), filter.tags.is_empty()) {
            (true, true) => RANGE,
            (false, true) => RANGE_OF_TYPES,
            (_, false) => RANGE_OF_TAGS,
        };
        let mut query =
            sqlx::query(statement).bind(after.0 as i64).bind(through.0 as i64).bind(limit as i64);
        if !filter.is_all() {
            query = query.bind(types());
        }
        if !filter.tags.is_empty() {
            query = query.bind(tags());
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
        const FORWARD: &str =
            events!("WHERE stream = $1 AND version >= $2 ORDER BY version LIMIT $3");
        const BACKWARD: &str =
            events!("WHERE stream = $1 AND version <= $2 ORDER BY version DESC LIMIT $3");
        let statement = match direction {
            Direction::Forward => FORWARD,
            Direction::Backward => BACKWARD,
        };
        let query = sqlx::query(statement)
            .bind(stream.as_str())
            .bind(i64::try_from(from.0).unwrap_or(i64::MAX))
            .bind(limit as i64);
        self.records(query).await
    }

    async fn event(&self, id: Uuid) -> Result<Option<Record>, ReadError> {
        const SQL: &str = events!("WHERE id = $1");
        let records = self.records(sqlx::query(SQL).bind(id)).await?;
        Ok(records.into_iter().next())
    }

    async fn blob(&self, digest: &Digest) -> Result<Option<Bytes>, ReadError> {
        let content: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT content FROM blobs WHERE digest = $1")
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
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM event_tags t WHERE t.tag = k.tag AND t.position = k.position) \
             FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k (tag, position, nr) ORDER BY k.nr";
        let names: Vec<_> = tags.iter().map(|(tag, _)| tag.as_str()).collect();
        let positions: Vec<_> = tags.iter().map(|(_, at)| at.0 as i64).collect();
        let query = sqlx::query_scalar(SQL).bind(names).bind(positions);
        query.fetch_all(&self.pool).await.map_err(read_error)
    }

    async fn tags_after(
        &self,
        after: Option<(Tag, Position)>,
        limit: usize,
    ) -> Result<Vec<(Tag, Position)>, ReadError> {
        const SQL: &str = "SELECT tag, position FROM event_tags WHERE (tag, position) > ($1, $2) \
                           ORDER BY tag, position LIMIT $3";
        let rows = sqlx::query(SQL)
            .bind(after.as_ref().map_or("", |(tag, _)| tag.as_str()))
            .bind(after.as_ref().map_or(0, |(_, position)| position.0 as i64))
            .bind(limit as i64)
            .fetch_all(&self.pool)
            .await
            .map_err(read_error)?;
        let tag = |row: &PgRow| {
            let tag = Tag::stored(row.try_get::<&str, _>(0)?);
            Ok((tag, Position(row.try_get::<i64, _>(1)? as u64)))
        };
        rows.iter().map(tag).collect::<Result<_, _>>().map_err(read_error)
    }

    async fn positions_of(
        &self,
        places: &[(StreamName, Version)],
    ) -> Result<Vec<Option<Position>>, ReadError> {
        const SQL: &str = "SELECT (SELECT e.position FROM events e WHERE e.stream = k.stream AND e.version = k.version) \
             FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k (stream, version, nr) ORDER BY k.nr";
        let streams: Vec<_> = places.iter().map(|(stream, _)| stream.as_str()).collect();
        let versions: Vec<_> = places.iter().map(|(_, version)| version.0 as i64).collect();
        let positions: Vec<Option<i64>> = sqlx::query_scalar(SQL)
            .bind(streams)
            .bind(versions)
            .fetch_all(&self.pool)
            .await
            .map_err(read_error)?;
        let position = |position: Option<i64>| position.map(|p| Position(p as u64));
        Ok(positions.into_iter().map(position).collect())
    }

    async fn blobs_after(
        &self,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<Vec<(Digest, u64)>, ReadError> {
        const SQL: &str =
            "SELECT digest, size FROM blobs WHERE digest > $1 ORDER BY digest LIMIT $2";
        let rows = sqlx::query(SQL)
            .bind(after.map_or(Vec::new(), |digest| digest.0.to_vec()))
            .bind(limit as i64)
            .fetch_all(&self.pool)
            .await
            .map_err(read_error)?;
        let read = |row: &PgRow| {
            Ok((digest(row.try_get::<&[u8], _>(0)?)?, row.try_get::<i64, _>(1)? as u64))
        };
        rows.iter().map(read).collect::<Result<_, _>>().map_err(read_error)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
