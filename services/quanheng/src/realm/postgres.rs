//! A realm's schemas, table by table, in one snapshot.
//!
//! Tables travel in the binary form of COPY, with their columns named in the manifest, so
//! that a later program with more columns can take them in.

use std::path::Path;

use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use super::error::RealmError;
use super::manifest::{Database, Manifest, Part};
use super::stage::{Stage, private};
use crate::config::Config;

/// The log's tables, in the order in which they are taken in.
const LOG: [&str; 6] = ["realm", "head", "events", "event_tags", "blobs", "answers"];
/// The keys' tables: entries of the index point to keys.
const KEYS: [&str; 3] = ["store", "keys", "index_entries"];
/// Tables in which setting up a schema leaves a row.
const WITH_A_FIRST_ROW: [&str; 3] = ["realm", "head", "store"];

/// A table of a schema, and its name in the archive.
struct Table {
    schema: String,
    name: &'static str,
    part: String,
}

fn tables(config: &Config) -> Vec<Table> {
    let of = |schema: String, area: &str, names: &[&'static str]| -> Vec<Table> {
        let tables = names.iter().map(|name| Table {
            schema: schema.clone(),
            name,
            part: format!("{area}.{name}.copy"),
        });
        tables.collect()
    };
    let mut tables = of(config.log_schema(), "log", &LOG);
    tables.extend(of(config.keys_schema(), "keys", &KEYS));
    tables
}

/// Copies every table as of one moment, which is the same for log and keys.
pub(crate) async fn copy(config: &Config, stage: &Stage) -> Result<Manifest, RealmError> {
    let mut connection = connect(config).await?;
    for schema in [config.log_schema(), config.keys_schema()] {
        if !schema_exists(&mut connection, &schema).await? {
            return Err(RealmError::Missing(schema.into()));
        }
    }
    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut connection)
        .await?;
    let log = config.log_schema();
    let found = AssertSqlSafe(format!(
        "SELECT realm.id, realm.incarnation, head.position FROM {log}.realm, {log}.head"
    ));
    let row = sqlx::query(found).fetch_one(&mut connection).await?;
    let head: i64 = row.try_get(2)?;
    let (id, incarnation): (Uuid, Uuid) = (row.try_get(0)?, row.try_get(1)?);
    let head = u64::try_from(head).unwrap_or(0);
    let mut manifest = Manifest::new(Database::Postgres, id, incarnation, head);
    for table in tables(config) {
        let columns = columns(&mut connection, &table).await?;
        copy_out(&mut connection, &table, &columns, &stage.file(&table.part)).await?;
        let (name, sha256) = (table.part, String::new());
        manifest.parts.push(Part { name, bytes: 0, sha256, columns });
    }
    sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
    connection.close().await?;
    Ok(manifest)
}

async fn copy_out(
    connection: &mut PgConnection,
    table: &Table,
    columns: &[String],
    to: &Path,
) -> Result<(), RealmError> {
    let mut file = tokio::fs::File::from_std(private(to)?);
    let Table { schema, name, .. } = table;
    let columns = columns.join(", ");
    let statement = format!("COPY {schema}.{name} ({columns}) TO STDOUT (FORMAT binary)");
    let mut rows = connection.copy_out_raw(&statement).await?;
    while let Some(piece) = rows.try_next().await? {
        file.write_all(&piece).await.map_err(RealmError::io(to))?;
    }
    file.flush().await.map_err(RealmError::io(to))
}

/// The columns of a table. They become part of statements: only plain names pass.
async fn columns(connection: &mut PgConnection, table: &Table) -> Result<Vec<String>, RealmError> {
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT column_name::text FROM information_schema.columns
         WHERE table_schema = $1 AND table_name = $2 AND is_generated = 'NEVER'
         ORDER BY ordinal_position",
    )
    .bind(&table.schema)
    .bind(table.name)
    .fetch_all(connection)
    .await?;
    match columns.is_empty() {
        true => Err(RealmError::Missing(format!("{}.{}", table.schema, table.name).into())),
        false => checked(columns),
    }
}

fn checked(columns: Vec<String>) -> Result<Vec<String>, RealmError> {
    let plain = |name: &String| {
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    match columns.iter().all(plain) && !columns.is_empty() {
        true => Ok(columns),
        false => Err(RealmError::NotABackup("表的列名不可用".to_owned())),
    }
}

/// Refuses a place that holds anything.
pub(crate) async fn refuse_present(config: &Config) -> Result<(), RealmError> {
    let mut connection = connect(config).await?;
    for schema in [config.log_schema(), config.views_schema(), config.keys_schema()] {
        if schema_exists(&mut connection, &schema).await? {
            return Err(RealmError::NotEmpty(schema));
        }
    }
    connection.close().await?;
    Ok(())
}

/// Fills schemas that were just set up: all tables, or none.
pub(crate) async fn fill(
    config: &Config,
    manifest: &Manifest,
    stage: &Stage,
) -> Result<(), RealmError> {
    let mut connection = connect(config).await?;
    sqlx::raw_sql("BEGIN").execute(&mut connection).await?;
    for table in tables(config) {
        let part = manifest.parts.iter().find(|part| part.name == table.part);
        let part = part.ok_or_else(|| RealmError::NotABackup(format!("缺少 {}", table.part)))?;
        let columns = checked(part.columns.clone())?.join(", ");
        let Table { schema, name, .. } = &table;
        if WITH_A_FIRST_ROW.contains(name) {
            let clear = AssertSqlSafe(format!("DELETE FROM {schema}.{name}"));
            sqlx::raw_sql(clear).execute(&mut connection).await?;
        }
        let statement = format!("COPY {schema}.{name} ({columns}) FROM STDIN (FORMAT binary)");
        let path = stage.file(&part.name);
        let file = tokio::fs::File::open(&path).await.map_err(RealmError::io(&path))?;
        let mut rows = connection.copy_in_raw(&statement).await?;
        rows.read_from(file).await?;
        rows.finish().await?;
    }
    sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Takes away what a restore that failed has set up.
pub(crate) async fn clear(config: &Config) -> Result<(), RealmError> {
    let mut connection = connect(config).await?;
    for schema in [config.log_schema(), config.keys_schema()] {
        let drop = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE"));
        sqlx::raw_sql(drop).execute(&mut connection).await?;
    }
    connection.close().await?;
    Ok(())
}

/// A session of the schemas' owner; a copy may take its time.
async fn connect(config: &Config) -> Result<PgConnection, RealmError> {
    let options = super::connect(config)?
        .application_name("quanheng-realm")
        .options([("statement_timeout", "0"), ("client_min_messages", "warning")])
        .disable_statement_logging();
    Ok(options.connect().await?)
}

async fn schema_exists(connection: &mut PgConnection, schema: &str) -> Result<bool, RealmError> {
    let known = sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL").bind(schema);
    Ok(known.fetch_one(connection).await?)
}
