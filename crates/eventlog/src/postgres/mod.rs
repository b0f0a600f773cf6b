//! The log in a schema of a PostgreSQL database, shared by any number of processes.
//!
//! Nothing but plain SQL keeps it correct: the row of `head` is the lock and the
//! counter, under READ COMMITTED. Notifications only wake sleepers and can be
//! switched off.

mod reader;
mod rows;
mod wake;
mod writer;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};
use uuid::Uuid;

pub(crate) use reader::PostgresReader;
pub(crate) use wake::{listen, notify};
pub(crate) use writer::PostgresWriter;

use crate::sqlite::OpenError;
use crate::storage::Realm;

/// Where and how the log is kept in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The database, as a `postgres://` URL or its parts.
    pub connect: PgConnectOptions,
    /// The realm's schema: lower-case letters, digits and `_`, at most 40.
    pub schema: String,
    /// Whether to create or upgrade the schema first. Off where the service's login
    /// does not own it; then [`migrate`] is run by a login that does.
    pub migrate: bool,
    /// Whether to wake other processes by LISTEN/NOTIFY. Without it they poll.
    pub notify: bool,
    /// How often a process looks for what others committed, if nothing wakes it.
    pub poll_interval: Duration,
    /// The longest that a process which stopped while holding the log's lock can keep
    /// others from it: the server ends a session that idles in a transaction so long.
    pub lock_holder_wait_max: Duration,
    /// How long the server works on one statement of ours at most.
    pub statement_wait_max: Duration,
    /// Connections for reading.
    pub readers_max: u32,
}

impl PostgresOptions {
    /// The defaults for a database and a schema.
    #[must_use]
    pub fn new(connect: PgConnectOptions, schema: impl Into<String>) -> Self {
        Self {
            connect,
            schema: schema.into(),
            migrate: true,
            notify: true,
            poll_interval: Duration::from_millis(100),
            lock_holder_wait_max: Duration::from_secs(3),
            statement_wait_max: Duration::from_secs(20),
            readers_max: 8,
        }
    }

    /// The role with which the log is used: it may read and append, nothing else.
    #[must_use]
    pub fn role(&self) -> String {
        format!("{}_log", self.schema)
    }

    fn check(&self) -> Result<(), OpenError> {
        let schema = self.schema.as_str();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let starts = schema.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if starts && schema.len() <= 40 && schema.bytes().all(plain) {
            return Ok(());
        }
        Err(OpenError::Database(format!(
            "schema {schema:?}: 1 to 40 of a-z, 0-9 and _, a letter first"
        )))
    }

    /// A session: durable commits whatever the server's default, and no transaction
    /// or statement that outlives its welcome.
    fn session(&self, settings: &[(&str, String)]) -> PgConnectOptions {
        let common = [
            ("search_path", self.schema.clone()),
            ("synchronous_commit", "on".into()),
            ("idle_in_transaction_session_timeout", ms(self.lock_holder_wait_max)),
            ("statement_timeout", ms(self.statement_wait_max)),
            ("client_min_messages", "warning".into()),
        ];
        self.connect
            .clone()
            .application_name("quanheng-eventlog")
            .options(common)
            .options(settings.iter().map(|(k, v)| (*k, v.clone())))
            .statement_cache_capacity(128)
            .disable_statement_logging()
    }
}

fn ms(duration: Duration) -> String {
    duration.as_millis().to_string()
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// Creates or upgrades the schema, and the role with which it is used. Run by the
/// schema's owner; safe to run again, and by several processes at once.
///
/// # Errors
/// [`OpenError`] when the database cannot be reached or the login may not do it.
pub async fn migrate(options: &PostgresOptions) -> Result<(), OpenError> {
    options.check()?;
    let mut connection = options.session(&[]).connect().await?;
    // No advisory lock: two processes that migrate at once collide on the same names,
    // one of them fails wholly, and its next try finds the work done.
    const TRIES: u32 = 8;
    let mut tries = 0;
    loop {
        match migrate_once(options, &mut connection).await {
            Ok(()) => break,
            Err(error) if tries >= TRIES => return Err(error),
            Err(error) => tracing::debug!(%error, "another process migrates at the same time"),
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(50 << tries)).await;
    }
    connection.close().await?;
    Ok(())
}

async fn migrate_once(
    options: &PostgresOptions,
    connection: &mut PgConnection,
) -> Result<(), OpenError> {
    let (schema, role) = (&options.schema, options.role());
    let create = AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
    sqlx::raw_sql(create).execute(&mut *connection).await?;
    let mut migrations = sqlx::migrate::Migrator {
        migrations: MIGRATIONS.migrations.clone(),
        ..sqlx::migrate::Migrator::DEFAULT
    };
    migrations.set_locking(false);
    migrations.run(&mut *connection).await?;
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)")
            .bind(&role)
            .fetch_one(&mut *connection)
            .await?;
    if !known {
        let create = AssertSqlSafe(format!("CREATE ROLE {role} NOLOGIN"));
        sqlx::raw_sql(create).execute(&mut *connection).await?;
    }
    // Append and read. Answers may go after their time; nothing else ever does.
    let grants = format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};
         GRANT INSERT ON {schema}.events, {schema}.event_tags, {schema}.blobs, {schema}.answers TO {role};
         GRANT DELETE ON {schema}.answers TO {role};
         GRANT UPDATE ON {schema}.head TO {role};"
    );
    sqlx::raw_sql(AssertSqlSafe(grants)).execute(&mut *connection).await?;
    // Since PostgreSQL 16 a member may still lack the right to become the role: try it.
    let become_role = AssertSqlSafe(format!("SET ROLE {role}; RESET ROLE"));
    if sqlx::raw_sql(become_role).execute(&mut *connection).await.is_err() {
        let grant = AssertSqlSafe(format!("GRANT {role} TO CURRENT_USER"));
        sqlx::raw_sql(grant).execute(&mut *connection).await?;
    }
    sqlx::query(
        "INSERT INTO realm (one, id, incarnation) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(Uuid::now_v7())
    .bind(Uuid::now_v7())
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Gives a log that was restored from a backup a new incarnation. Run by the schema's
/// owner while nobody serves it.
pub(crate) async fn renew_incarnation(options: &PostgresOptions) -> Result<Realm, OpenError> {
    options.check()?;
    let mut connection = options.session(&[]).connect().await?;
    let row = sqlx::query("UPDATE realm SET incarnation = $1 RETURNING id, incarnation")
        .bind(Uuid::now_v7())
        .fetch_one(&mut connection)
        .await?;
    let realm = Realm { id: row.try_get(0)?, incarnation: row.try_get(1)? };
    connection.close().await?;
    Ok(realm)
}

/// What an opened schema consists of.
pub(crate) struct Opened {
    pub(crate) writer: PostgresWriter,
    pub(crate) reader: PostgresReader,
    pub(crate) realm: Realm,
}

/// Opens a schema for serving.
pub(crate) async fn open(options: &PostgresOptions) -> Result<Opened, OpenError> {
    if options.migrate {
        migrate(options).await?;
    }
    options.check()?;
    let mut connection = connect_as_role(options, options.session(&[])).await?;
    refuse_unsafe(&mut connection).await?;
    connection.close().await?;
    let (reader, realm) = open_read_only(options).await?;
    let writer = PostgresWriter::new(options.clone(), realm);
    Ok(Opened { writer, reader, realm })
}

/// Opens a schema for reading only.
pub(crate) async fn open_read_only(
    options: &PostgresOptions,
) -> Result<(PostgresReader, Realm), OpenError> {
    use crate::storage::Reader as _;
    options.check()?;
    let session = options.session(&[("default_transaction_read_only", "on".into())]);
    let take_role = take_role(options);
    let pool = PgPoolOptions::new()
        // One more for listening.
        .max_connections(options.readers_max.max(1) + u32::from(options.notify))
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(move |connection, _| {
            let take_role = AssertSqlSafe(take_role.clone());
            Box::pin(async move { sqlx::raw_sql(take_role).execute(connection).await.map(|_| ()) })
        })
        .connect_with(session)
        .await?;
    let reader = PostgresReader::new(pool);
    let realm = reader.realm().await;
    let realm = realm.map_err(|error| OpenError::Database(error.to_string()))?;
    Ok((reader, realm))
}

fn take_role(options: &PostgresOptions) -> String {
    format!("SET ROLE {}", options.role())
}

/// Connects and gives up every right but those of the log's role.
pub(crate) async fn connect_as_role(
    options: &PostgresOptions,
    session: PgConnectOptions,
) -> Result<PgConnection, sqlx::Error> {
    let mut connection = session.connect().await?;
    let role = AssertSqlSafe(take_role(options));
    sqlx::raw_sql(role).execute(&mut connection).await?;
    Ok(connection)
}

/// Refuses a server that could lose what it acknowledged, and a role that could
/// change what is written.
async fn refuse_unsafe(connection: &mut PgConnection) -> Result<(), OpenError> {
    for setting in ["fsync", "full_page_writes"] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&mut *connection)
            .await?;
        if value != "on" {
            return Err(OpenError::Unsafe(format!("{setting} is {value}; it must be on")));
        }
    }
    for table in ["events", "event_tags", "blobs"] {
        for right in ["UPDATE", "DELETE", "TRUNCATE"] {
            let held: bool = sqlx::query_scalar("SELECT has_table_privilege($1, $2)")
                .bind(table)
                .bind(right)
                .fetch_one(&mut *connection)
                .await?;
            if held {
                return Err(OpenError::Unsafe(format!("the role may {right} on {table}")));
            }
        }
    }
    Ok(())
}
