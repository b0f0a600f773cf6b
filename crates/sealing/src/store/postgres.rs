//! Keys in a schema of a PostgreSQL database, for any number of processes. Plain SQL.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, Row as _};

use super::{
    CONNECTION_WAIT_MAX, CONNECTIONS_MAX, Entry, Head, ROTATED_MAX, Rotation, Store, Stored,
    all_live, check_master, subjects_of,
};
use crate::error::KeysError;

const SCHEMA_BYTES_MAX: usize = 48;
const MIGRATIONS_TRIES_MAX: u32 = 8;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

pub(crate) struct PostgresStore {
    pool: PgPool,
}

impl PostgresStore {
    pub(crate) async fn open(connect: PgConnectOptions, schema: &str) -> Result<Self, KeysError> {
        check_schema(schema)?;
        let options = connect
            .application_name("quanheng-sealing")
            .options([
                ("search_path", schema),
                ("synchronous_commit", "on"),
                // A rotation waits for the master key's service in between.
                ("idle_in_transaction_session_timeout", "60s"),
                ("statement_timeout", "20s"),
                ("client_min_messages", "warning"),
            ])
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(CONNECTION_WAIT_MAX)
            .connect_with(options)
            .await?;
        migrate(&pool, schema).await?;
        Ok(Self { pool })
    }
}

fn check_schema(schema: &str) -> Result<(), KeysError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let starts = schema.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if starts && schema.len() <= SCHEMA_BYTES_MAX && schema.bytes().all(plain) {
        return Ok(());
    }
    Err(KeysError::Unusable(format!(
        "schema {schema:?}: 1 to {SCHEMA_BYTES_MAX} of a-z, 0-9 and _, a letter first"
    )))
}

fn unusable(error: impl std::fmt::Display) -> KeysError {
    KeysError::Unusable(error.to_string())
}

/// No advisory lock: two processes that migrate at once collide on the same names, one
/// of them fails wholly, and its next try finds the work done.
async fn migrate(pool: &PgPool, schema: &str) -> Result<(), KeysError> {
    let mut tries = 0;
    loop {
        match migrate_once(pool, schema).await {
            Ok(()) => return Ok(()),
            Err(error) if tries >= MIGRATIONS_TRIES_MAX => return Err(error),
            Err(error) => tracing::debug!(%error, "another process migrates at the same time"),
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(10 << tries)).await;
    }
}

async fn migrate_once(pool: &PgPool, schema: &str) -> Result<(), KeysError> {
    let known: bool = sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL")
        .bind(schema)
        .fetch_one(pool)
        .await?;
    if !known {
        let create = AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
        sqlx::raw_sql(create).execute(pool).await?;
    }
    let mut migrations = sqlx::migrate::Migrator {
        migrations: MIGRATIONS.migrations.clone(),
        ..sqlx::migrate::Migrator::DEFAULT
    };
    migrations.set_locking(false);
    migrations.run(pool).await.map_err(unusable)
}

macro_rules! select_head {
    ($lock:literal) => {
        concat!("SELECT master, check_value, index_key FROM store", $lock)
    };
}

async fn read_head(
    connection: &mut PgConnection,
    select: &'static str,
) -> Result<Option<Head>, sqlx::Error> {
    let Some(row) = sqlx::query(select).fetch_optional(connection).await? else {
        return Ok(None);
    };
    let (master, check_value, index_key) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    Ok(Some(Head { master, check_value, index_key }))
}

/// The head of a store that is open, and so has one.
async fn the_head(connection: &mut PgConnection, select: &'static str) -> Result<Head, KeysError> {
    read_head(connection, select).await?.ok_or_else(|| unusable("store"))
}

/// Of each subject that has a row, whether its key is live, and stays so until the
/// transaction ends.
async fn live(
    connection: &mut PgConnection,
    subjects: &[&str],
) -> Result<Vec<(String, bool)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT subject, wrapped IS NOT NULL FROM keys WHERE subject = ANY($1)
         ORDER BY subject FOR SHARE",
    )
    .bind(subjects)
    .fetch_all(connection)
    .await
}

fn columns(entries: &[Entry]) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    // In one order, so that two that put the same entries never wait for each other.
    entries.sort_unstable();
    let kinds = entries.iter().map(|entry| entry.kind.as_str()).collect();
    let digests = entries.iter().map(|entry| entry.digest.as_str()).collect();
    let subjects = entries.iter().map(|entry| entry.subject.as_str()).collect();
    (kinds, digests, subjects)
}

#[async_trait]
impl Store for PostgresStore {
    async fn head(&self) -> Result<Option<Head>, KeysError> {
        let mut connection = self.pool.acquire().await?;
        Ok(read_head(&mut connection, select_head!("")).await?)
    }

    async fn settle(&self, fresh: &Head) -> Result<Head, KeysError> {
        let mut connection = self.pool.acquire().await?;
        sqlx::query(
            "INSERT INTO store (one, master, check_value, index_key) VALUES (1, $1, $2, $3)
             ON CONFLICT DO NOTHING",
        )
        .bind(&fresh.master)
        .bind(&fresh.check_value)
        .bind(&fresh.index_key)
        .execute(&mut *connection)
        .await?;
        the_head(&mut connection, select_head!("")).await
    }

    async fn find(&self, subjects: &[&str]) -> Result<Vec<(String, Stored)>, KeysError> {
        let rows: Vec<(String, Option<Vec<u8>>, Option<i64>)> =
            sqlx::query_as("SELECT subject, wrapped, erased_us FROM keys WHERE subject = ANY($1)")
                .bind(subjects)
                .fetch_all(&self.pool)
                .await?;
        let stored = |wrapped: Option<Vec<u8>>, erased: Option<i64>| match (wrapped, erased) {
            (Some(wrapped), _) => Stored::Wrapped(wrapped),
            // The table's check leaves no row without both.
            (None, at) => Stored::Erased { at: at.unwrap_or_default() },
        };
        let rows = rows.into_iter();
        Ok(rows.map(|(subject, wrapped, erased)| (subject, stored(wrapped, erased))).collect())
    }

    async fn insert(&self, master: &str, keys: &[(String, Vec<u8>)]) -> Result<(), KeysError> {
        let subjects: Vec<&str> = keys.iter().map(|(subject, _)| subject.as_str()).collect();
        let wrapped: Vec<&[u8]> = keys.iter().map(|(_, wrapped)| wrapped.as_slice()).collect();
        let mut transaction = self.pool.begin().await?;
        // A rotation waits for those who insert, and they for it.
        let head = the_head(&mut transaction, select_head!(" FOR SHARE")).await?;
        check_master(&head.master, master)?;
        sqlx::query(
            "INSERT INTO keys (subject, wrapped) SELECT * FROM unnest($1::text[], $2::bytea[])
             ON CONFLICT DO NOTHING",
        )
        .bind(&subjects)
        .bind(wrapped)
        .execute(&mut *transaction)
        .await?;
        all_live(&subjects, live(&mut transaction, &subjects).await?)?;
        Ok(transaction.commit().await?)
    }

    async fn erase(&self, subject: &str, at_us: i64) -> Result<bool, KeysError> {
        let mut transaction = self.pool.begin().await?;
        let erased = sqlx::query(
            "UPDATE keys SET wrapped = NULL, erased_us = $2
             WHERE subject = $1 AND wrapped IS NOT NULL",
        )
        .bind(subject)
        .bind(at_us)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM index_entries WHERE subject = $1")
            .bind(subject)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(erased.rows_affected() == 1)
    }

    async fn index_put(&self, entries: &[Entry]) -> Result<(), KeysError> {
        let asked = subjects_of(entries);
        let (kinds, digests, subjects) = columns(entries);
        let mut transaction = self.pool.begin().await?;
        all_live(&asked, live(&mut transaction, &asked).await?)?;
        sqlx::query(
            "INSERT INTO index_entries (kind, digest, subject)
             SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING",
        )
        .bind(kinds)
        .bind(digests)
        .bind(subjects)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    async fn index_remove(&self, entries: &[Entry]) -> Result<(), KeysError> {
        let (kinds, digests, subjects) = columns(entries);
        sqlx::query(
            "DELETE FROM index_entries WHERE (kind, digest, subject) IN
             (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))",
        )
        .bind(kinds)
        .bind(digests)
        .bind(subjects)
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
            "SELECT subject FROM index_entries WHERE kind = $1 AND digest = $2
             ORDER BY subject LIMIT $3",
        );
        let found = found.bind(kind).bind(digest).bind(found_max as i64);
        Ok(found.fetch_all(&self.pool).await?)
    }

    async fn rewrap(&self, rotation: &Rotation) -> Result<u64, KeysError> {
        let mut transaction = self.pool.begin().await?;
        let head = the_head(&mut transaction, select_head!(" FOR UPDATE")).await?;
        rotation.check(&head)?;
        let (mut last, mut count) = (String::new(), 0);
        loop {
            let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
                "SELECT subject, wrapped FROM keys WHERE subject > $1 AND wrapped IS NOT NULL
                 ORDER BY subject LIMIT $2 FOR UPDATE",
            )
            .bind(&last)
            .bind(ROTATED_MAX)
            .fetch_all(&mut *transaction)
            .await?;
            let Some((subject, _)) = rows.last() else { break };
            last.clone_from(subject);
            let (mut subjects, mut rewrapped) = (Vec::new(), Vec::new());
            for (subject, wrapped) in rows {
                rewrapped.push(rotation.rewrap(&subject, &wrapped).await?);
                subjects.push(subject);
            }
            let updated = sqlx::query(
                "UPDATE keys SET wrapped = n.wrapped
                 FROM unnest($1::text[], $2::bytea[]) AS n (subject, wrapped)
                 WHERE keys.subject = n.subject",
            )
            .bind(subjects)
            .bind(rewrapped)
            .execute(&mut *transaction)
            .await?;
            count += updated.rows_affected();
        }
        let head = rotation.rewrap_head(&head).await?;
        sqlx::query("UPDATE store SET master = $1, check_value = $2, index_key = $3")
            .bind(&head.master)
            .bind(&head.check_value)
            .bind(&head.index_key)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(count)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
