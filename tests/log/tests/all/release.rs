//! Data that an earlier release wrote is opened by today's program: read, verified, asked
//! again for what it answered then, and written on.
//!
//! The dumps in `golden/` are what the release left behind; they are never made anew. A
//! new release adds its own.

use futures::TryStreamExt as _;
use quanheng_eventlog::{
    Backend, Filter, Log, Outcome, Position, PostgresOptions, SQLITE_FILE, SqliteOptions,
};
use quanheng_log_tests::{events_of, marked};
use quanheng_testkit::cluster::Cluster;
use sqlx::{Connection as _, Row as _};
use uuid::Uuid;

const SQLITE_0_1: &str = include_str!("../../golden/log-0.1.sqlite.sql");
const POSTGRES_0_1: &str = include_str!("../../golden/log-0.1.postgres.sql");

async fn still_serves(backend: Backend, requests: Vec<Uuid>) {
    assert_eq!(requests.len(), 6);
    let log = Log::open(backend.into()).await.unwrap();
    let events: u64 = requests.iter().map(|id| events_of(*id)).sum();
    let verified = log.verify(|_| {}).await.unwrap();
    assert_eq!((verified.through, verified.commits), (Position(events), 6));
    let pages = log.read(Position::START, Filter::all(), 512);
    let pages: Vec<_> = pages.try_collect().await.unwrap();
    for record in pages.iter().flat_map(|page| &page.records) {
        assert_eq!(record.data::<u64>().unwrap(), 1);
        assert_eq!(record.event_type.as_str(), "test.counted.v1");
    }
    for id in requests {
        let outcome = log.commit(marked(id)).await.unwrap();
        assert!(matches!(outcome, Outcome::Replayed(_)), "{outcome:?}");
        assert_eq!(outcome.receipt().answer, id.to_string());
        assert_eq!(outcome.receipt().versions.len() as u64, events_of(id));
    }
    let next = log.commit(marked(Uuid::new_v4())).await.unwrap();
    assert_eq!(next.receipt().first_position(), Some(Position(events + 1)));
    log.verify(|_| {}).await.unwrap();
    log.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_release_0_1_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(SQLITE_FILE);
    let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut restore = sqlx::SqliteConnection::connect_with(&connect).await.unwrap();
    sqlx::raw_sql(SQLITE_0_1).execute(&mut restore).await.unwrap();
    let rows = sqlx::query("SELECT request_id FROM answers").fetch_all(&mut restore).await.unwrap();
    let requests = rows.iter().map(|row| row.get(0)).collect();
    restore.close().await.unwrap();
    still_serves(Backend::Sqlite(SqliteOptions::new(folder.path())), requests).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_release_0_1_on_postgres() {
    let cluster = Cluster::start();
    let options = PostgresOptions::new(cluster.url().parse().unwrap(), "golden_0_1");
    let mut restore = sqlx::PgConnection::connect_with(&options.connect).await.unwrap();
    sqlx::raw_sql(POSTGRES_0_1).execute(&mut restore).await.unwrap();
    let asked = "SELECT request_id FROM golden_0_1.answers";
    let rows = sqlx::query(asked).fetch_all(&mut restore).await.unwrap();
    let requests = rows.iter().map(|row| row.get(0)).collect();
    restore.close().await.unwrap();
    still_serves(Backend::Postgres(options), requests).await;
}
