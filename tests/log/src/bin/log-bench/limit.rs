//! What the database can do: the same rows into the same tables and indexes at the
//! same durability, by plain sqlx, without any check, lock or counter.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quanheng_eventlog::{Backend, Log, Record};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use super::load::Pace;

/// One event and what belongs to it, as rows.
#[derive(Clone)]
struct Rows {
    position: i64,
    stream: String,
    version: i64,
    id: Uuid,
    event_type: String,
    time: i64,
    record: Vec<u8>,
    tags: [String; 3],
    request_id: Uuid,
    digest: Vec<u8>,
    answer: Vec<u8>,
}

/// Makes rows like those that the log last wrote, at new positions.
pub(crate) struct Maker {
    like: Record,
    next: AtomicU64,
    /// Streams of the limits are their own, so that versions need no look-up.
    run: u64,
}

impl Maker {
    pub(crate) async fn new(log: &Log) -> Self {
        let head = log.head().await.unwrap();
        let last = quanheng_eventlog::Position(head.0 - 1);
        let page = log.page(last, &quanheng_eventlog::Filter::all(), 1).await.unwrap();
        Self { like: page.records[0].clone(), next: AtomicU64::new(head.0 + 1), run: head.0 }
    }

    fn rows(&self) -> Rows {
        let position = self.next.fetch_add(1, Ordering::Relaxed);
        let stream = format!("{}", self.like.stream);
        let cut = stream.len() - 20;
        let (slot, version) = (position % 1_024, position / 1_024 + 1);
        let nr = position % 1_000_003;
        Rows {
            position: position as i64,
            stream: format!("{}{:010}{slot:010}", &stream[..cut], self.run),
            version: version as i64,
            id: Uuid::now_v7(),
            event_type: self.like.event_type.to_string(),
            time: self.like.time.0,
            record: self.like.bytes.to_vec(),
            tags: [
                format!("units/0193a8f0-0000-7000-8000-{:012}", slot % 977),
                format!("promotionRounds/0193a8f0-0000-7000-8000-{:012}", slot % 61),
                format!("persons/0193a8f0-0000-7000-8000-{nr:012}"),
            ],
            request_id: Uuid::new_v4(),
            digest: vec![7; 32],
            answer: b"{\"position\":\"0000000\"}".to_vec(),
        }
    }

    fn last(&self) -> i64 {
        self.next.load(Ordering::Relaxed) as i64 - 1
    }
}

const PRINCIPAL: &str = "principals/test";
const METHOD: &str = "test.v1.TestService/Count";

/// A plain connection.
pub(crate) enum Plain {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

fn values(row: &str, rows: usize) -> String {
    vec![row; rows].join(",")
}

impl Plain {
    pub(crate) async fn connect(backend: &Backend) -> Self {
        match backend {
            Backend::Sqlite(options) => {
                let connect = SqliteConnectOptions::new()
                    .filename(options.folder.join(quanheng_eventlog::SQLITE_FILE))
                    .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
                    .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(20))
                    .pragma("cache_size", format!("-{}", options.cache_bytes_max / 1_024))
                    .pragma("wal_autocheckpoint", "4000");
                Self::Sqlite(SqliteConnection::connect_with(&connect).await.unwrap())
            }
            Backend::Postgres(options) => {
                let connect: PgConnectOptions = options.connect.clone();
                let connect = connect.options([("search_path", options.schema.as_str())]);
                Self::Postgres(PgConnection::connect_with(&connect).await.unwrap())
            }
        }
    }

    async fn insert(&mut self, rows: &[Rows]) {
        match self {
            Self::Sqlite(connection) => insert_sqlite(connection, rows).await,
            Self::Postgres(connection) => insert_postgres(connection, rows).await,
        }
    }

    pub(crate) async fn move_head(&mut self, maker: &Maker) {
        let sql = "UPDATE head SET position = $1";
        match self {
            Self::Sqlite(c) => {
                sqlx::query(sql).bind(maker.last()).execute(c).await.unwrap();
            }
            Self::Postgres(c) => {
                sqlx::query(sql).bind(maker.last()).execute(c).await.unwrap();
            }
        }
    }
}

macro_rules! insert {
    ($connection:expr, $rows:expr, $event:expr, $tag:expr, $answer:expr, $begin:literal) => {{
        let rows: &[Rows] = $rows;
        let sql = |text: String| sqlx::AssertSqlSafe(text);
        sqlx::query($begin).execute(&mut *$connection).await.unwrap();
        let events = format!("INSERT INTO events VALUES {}", $event(rows.len()));
        let mut insert = sqlx::query(sql(events));
        for row in rows {
            insert = insert
                .bind(row.position)
                .bind(row.stream.as_str())
                .bind(row.version)
                .bind(row.id)
                .bind(row.event_type.as_str())
                .bind(row.time)
                .bind(row.id)
                .bind(0_i32)
                .bind(1_i32)
                .bind(&row.record[..]);
        }
        insert.execute(&mut *$connection).await.unwrap();
        let tags = format!("INSERT INTO event_tags VALUES {}", $tag(rows.len() * 3));
        let mut insert = sqlx::query(sql(tags));
        for row in rows {
            for tag in &row.tags {
                insert = insert.bind(tag.as_str()).bind(row.position);
            }
        }
        insert.execute(&mut *$connection).await.unwrap();
        let answers = format!("INSERT INTO answers VALUES {}", $answer(rows.len()));
        let mut insert = sqlx::query(sql(answers));
        for row in rows {
            insert = insert
                .bind(row.request_id)
                .bind(PRINCIPAL)
                .bind(METHOD)
                .bind(&row.digest[..])
                .bind(&row.answer[..])
                .bind(row.id)
                .bind(row.position)
                .bind(1_i64)
                .bind(row.time);
        }
        insert.execute(&mut *$connection).await.unwrap();
        sqlx::query("COMMIT").execute(&mut *$connection).await.unwrap();
    }};
}

async fn insert_sqlite(connection: &mut SqliteConnection, rows: &[Rows]) {
    insert!(
        connection,
        rows,
        |n| values("(?,?,?,?,?,?,?,?,?,?)", n),
        |n| values("(?,?)", n),
        |n| values("(?,?,?,?,?,?,?,?,?)", n),
        "BEGIN IMMEDIATE"
    );
}

async fn insert_postgres(connection: &mut PgConnection, rows: &[Rows]) {
    let numbered = |columns: usize, rows: usize| {
        let row = |row: usize| {
            let columns = (1..=columns).map(|column| format!("${}", row * columns + column));
            format!("({})", columns.collect::<Vec<_>>().join(","))
        };
        (0..rows).map(row).collect::<Vec<_>>().join(",")
    };
    insert!(connection, rows, |n| numbered(10, n), |n| numbered(2, n), |n| numbered(9, n), "BEGIN");
}

/// 500 events a transaction, multi-row inserts, one connection.
pub(crate) async fn batch(backend: &Backend, maker: &Maker, time: Duration) -> f64 {
    let mut plain = Plain::connect(backend).await;
    let mut spent = Duration::ZERO;
    let mut events = 0;
    // The first makes the statements.
    for warm in [true, false] {
        while spent < time {
            let rows: Vec<_> = (0..500).map(|_| maker.rows()).collect();
            let start = Instant::now();
            plain.insert(&rows).await;
            if warm {
                break;
            }
            spent += start.elapsed();
            events += rows.len();
        }
    }
    plain.move_head(maker).await;
    events as f64 / spent.as_secs_f64()
}

/// One event a transaction over some connections.
pub(crate) async fn single(
    backend: &Backend,
    maker: &Arc<Maker>,
    connections: usize,
    time: Duration,
) -> Pace {
    let mut plains = Vec::new();
    for _ in 0..connections {
        let mut plain = Plain::connect(backend).await;
        plain.insert(&[maker.rows()]).await;
        plains.push(plain);
    }
    let start = Instant::now();
    let tasks: Vec<_> = plains
        .into_iter()
        .map(|mut plain| {
            let maker = Arc::clone(maker);
            tokio::spawn(async move {
                let mut times = Vec::new();
                while start.elapsed() < time {
                    let rows = [maker.rows()];
                    let before = Instant::now();
                    plain.insert(&rows).await;
                    times.push(before.elapsed().as_micros() as u64);
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let pace = Pace::of(times, start.elapsed());
    Plain::connect(backend).await.move_head(maker).await;
    pace
}

/// Reads every event with a plain SELECT, all columns; tells events a second.
pub(crate) async fn select_all(backend: &Backend) -> f64 {
    use futures::TryStreamExt as _;
    const SQL: &str = "SELECT position, stream, version, id, type, time, commit_id, commit_index, \
                       commit_count, record FROM events ORDER BY position";
    let start = Instant::now();
    let mut events = 0_u64;
    let mut bytes = 0_usize;
    macro_rules! drain {
        ($connection:expr, $small:ty) => {{
            use sqlx::Row as _;
            let mut rows = sqlx::query(SQL).fetch($connection);
            while let Some(row) = rows.try_next().await.unwrap() {
                let _: i64 = row.get(0);
                let stream: String = row.get(1);
                let _: i64 = row.get(2);
                let _: Uuid = row.get(3);
                let event_type: String = row.get(4);
                let _: i64 = row.get(5);
                let _: Uuid = row.get(6);
                let _: $small = row.get(7);
                let _: $small = row.get(8);
                let record: Vec<u8> = row.get(9);
                bytes += stream.len() + event_type.len() + record.len();
                events += 1;
            }
        }};
    }
    match &mut Plain::connect(backend).await {
        Plain::Sqlite(connection) => drain!(&mut *connection, i64),
        Plain::Postgres(connection) => drain!(&mut *connection, i32),
    }
    assert!(bytes > 0);
    events as f64 / start.elapsed().as_secs_f64()
}
