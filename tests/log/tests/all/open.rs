//! Opening, migrating, and who may do it.

use futures::future::join_all;
use quanheng_eventlog::{
    Backend, CommitError, Filter, Log, OpenError, Options, Position, PostgresOptions,
    migrate_postgres, renew_incarnation,
};
use quanheng_log_tests::{Fixture, Kind, count_up, fresh_schema, stream};
use quanheng_testkit::cluster::Cluster;
use sqlx::Connection as _;

on_every_backend!(
    a_log_is_the_same_after_reopening,
    a_reader_reads_beside_and_cannot_write,
    a_restored_log_has_a_new_incarnation,
);

async fn a_log_is_the_same_after_reopening(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    log.commit(count_up(&[stream("a")])).await.unwrap();
    let realm = log.realm();
    let page = log.page(Position::START, &Filter::all(), 10).await.unwrap();
    log.close().await;
    let log = fixture.open().await;
    assert_eq!(log.realm(), realm);
    assert_eq!(log.page(Position::START, &Filter::all(), 10).await.unwrap(), page);
    let next = log.commit(count_up(&[stream("a")])).await.unwrap();
    assert_eq!(next.receipt().position, Position(2));
}

async fn a_reader_reads_beside_and_cannot_write(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    log.commit(count_up(&[stream("a")])).await.unwrap();
    let reader = Log::open_read_only(fixture.options()).await.unwrap();
    assert_eq!(reader.head().await.unwrap(), Position(1));
    let refused = reader.commit(count_up(&[stream("a")])).await;
    assert!(matches!(refused, Err(CommitError::ReadOnly)), "{refused:?}");
    log.commit(count_up(&[stream("a")])).await.unwrap();
    assert_eq!(reader.head().await.unwrap(), Position(2));
    assert_eq!(reader.verify(|_| {}).await.unwrap().through, Position(2));
    log.close().await;
    assert_eq!(reader.head().await.unwrap(), Position(2), "also when nobody serves it");
    let late = Log::open_read_only(fixture.options()).await.unwrap();
    assert_eq!(late.head().await.unwrap(), Position(2));
}

async fn a_restored_log_has_a_new_incarnation(kind: Kind) {
    let fixture = Fixture::new(kind);
    let log = fixture.open().await;
    let before = log.realm();
    if kind == Kind::Sqlite {
        let refused = renew_incarnation(fixture.backend()).await;
        assert!(matches!(refused, Err(OpenError::Served(_))), "{refused:?}");
    }
    log.close().await;
    drop(log);
    let renewed = renew_incarnation(fixture.backend()).await.unwrap();
    assert_eq!(renewed.id, before.id);
    assert_ne!(renewed.incarnation, before.incarnation);
    assert_eq!(fixture.open().await.realm(), renewed);
}

#[tokio::test]
async fn a_folder_is_served_once() {
    let fixture = Fixture::new(Kind::Sqlite);
    let log = fixture.open().await;
    let second = Log::open(fixture.options()).await.map(|_| ());
    assert!(matches!(second, Err(OpenError::Served(_))), "{second:?}");
    log.commit(count_up(&[stream("a")])).await.unwrap();
    log.close().await;
    drop(log);
    // The lock goes with the sequencer, at the latest when it has closed.
    fixture.open().await.verify(|_| {}).await.unwrap();
}

#[tokio::test]
async fn a_folder_without_a_log_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Log::open_read_only(Options::sqlite(folder.path())).await.map(|_| ());
    assert!(matches!(missing, Err(OpenError::Missing(_))), "{missing:?}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_can_be_read() {
    let fixture = Fixture::new(Kind::Sqlite);
    let log = fixture.open().await;
    log.commit(count_up(&[stream("a")])).await.unwrap();
    log.close().await;
    drop(log);
    // As on a read-only medium: only the file itself, no write-ahead log.
    let medium = tempfile::tempdir().unwrap();
    let file = quanheng_eventlog::SQLITE_FILE;
    std::fs::copy(fixture.folder().unwrap().join(file), medium.path().join(file)).unwrap();
    let mut permissions = std::fs::metadata(medium.path()).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(medium.path(), permissions).unwrap();
    let reader = Log::open_read_only(Options::sqlite(medium.path())).await.unwrap();
    assert_eq!(reader.verify(|_| {}).await.unwrap().through, Position(1));
}

fn postgres(options: &Options) -> PostgresOptions {
    match &options.backend {
        Backend::Postgres(postgres) => postgres.clone(),
        Backend::Sqlite(_) => panic!("not PostgreSQL"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_may_migrate_at_once() {
    let fixture = Fixture::new(Kind::Postgres);
    let options = postgres(&fixture.options());
    let migrations = (0..8).map(|_| migrate_postgres(&options));
    for migrated in join_all(migrations).await {
        migrated.unwrap();
    }
    fixture.open().await.verify(|_| {}).await.unwrap();
}

#[tokio::test]
async fn a_login_that_owns_nothing_serves_what_the_owner_migrated() {
    let fixture = Fixture::new(Kind::Postgres);
    let owner = postgres(&fixture.options());
    migrate_postgres(&owner).await.unwrap();
    let login = format!("{}_app", owner.schema);
    let grant = format!("CREATE ROLE {login} LOGIN; GRANT {} TO {login}", owner.role());
    fixture.as_owner(&grant).await.unwrap();
    let mut options = owner.clone();
    options.connect = options.connect.username(&login);
    let refused = Log::open(Backend::Postgres(options.clone()).into()).await.map(|_| ());
    assert!(matches!(refused, Err(OpenError::Database(_))), "it may not migrate: {refused:?}");
    options.migrate = false;
    let log = Log::open(Backend::Postgres(options).into()).await.unwrap();
    log.commit(count_up(&[stream("a")])).await.unwrap();
}

#[tokio::test]
async fn a_role_that_could_change_events_is_refused() {
    let fixture = Fixture::new(Kind::Postgres);
    let options = postgres(&fixture.options());
    migrate_postgres(&options).await.unwrap();
    let grant = format!("GRANT DELETE ON events TO {}", options.role());
    fixture.as_owner(&grant).await.unwrap();
    let mut options = options;
    options.migrate = false;
    let refused = Log::open(Backend::Postgres(options).into()).await.map(|_| ());
    assert!(matches!(refused, Err(OpenError::Unsafe(_))), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_could_lose_data_is_refused() {
    for setting in ["fsync=off", "full_page_writes=off"] {
        let cluster = Cluster::start_with(&[setting]);
        let connect = cluster.url().parse().unwrap();
        let options = PostgresOptions::new(connect, fresh_schema());
        let refused = Log::open(Backend::Postgres(options).into()).await.map(|_| ());
        assert!(matches!(refused, Err(OpenError::Unsafe(_))), "{setting}: {refused:?}");
    }
}

#[tokio::test]
async fn every_commit_waits_for_its_sync_whatever_the_servers_default() {
    // A server that acknowledges early by default, and syncs when it likes.
    let cluster = Cluster::start_with(&["synchronous_commit=off", "wal_writer_delay=10000"]);
    let options = PostgresOptions::new(cluster.url().parse().unwrap(), fresh_schema());
    let log = Log::open(Backend::Postgres(options.clone()).into()).await.unwrap();
    let mut beside = sqlx::PgConnection::connect_with(&options.connect).await.unwrap();
    let mut flushed = async || -> i64 {
        let sql = "SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint";
        sqlx::query_scalar(sql).fetch_one(&mut beside).await.unwrap()
    };
    let mut last = flushed().await;
    for nr in 0..50 {
        log.commit(count_up([&stream("a")])).await.unwrap();
        let now = flushed().await;
        assert!(now > last, "commit {nr} was acknowledged before anything was flushed");
        last = now;
    }
    // And the look sees the difference: a session with the server's default.
    let mut careless = sqlx::PgConnection::connect_with(&options.connect).await.unwrap();
    sqlx::raw_sql("CREATE TABLE careless (n int)").execute(&mut careless).await.unwrap();
    let mut early = 0;
    for _ in 0..50 {
        let before = flushed().await;
        sqlx::raw_sql("INSERT INTO careless VALUES (1)").execute(&mut careless).await.unwrap();
        early += u32::from(flushed().await == before);
    }
    assert!(early > 10, "this server acknowledges early by default, but only {early} times");
}

/// The log of a schema is exchanged for another one, or restored, under a process that
/// serves it: it writes no more until it is started again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_exchanged_is_not_written_to() {
    let fixture = Fixture::new(Kind::Postgres);
    let mut options = fixture.options();
    options.bounds.commit_wait_max = std::time::Duration::from_secs(1);
    let log = Log::open(options).await.unwrap();
    log.commit(count_up([&stream("a")])).await.unwrap();
    renew_incarnation(fixture.backend()).await.unwrap();
    // Its session ends, as it would when the server was exchanged.
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'quanheng-eventlog' AND pid <> pg_backend_pid() AND query NOT LIKE 'LISTEN%' AND query LIKE '%COMMIT%'";
    fixture.as_owner(end).await.unwrap();
    let refused = log.commit(count_up([&stream("a")])).await;
    assert!(matches!(refused, Err(CommitError::Unavailable { .. })), "{refused:?}");
    let restarted = fixture.open().await;
    assert_eq!(restarted.head().await.unwrap(), Position(1));
    restarted.commit(count_up([&stream("a")])).await.unwrap();
}

#[tokio::test]
async fn a_schema_name_is_plain() {
    for name in ["", "a b", "Log", "1log", "a\"; DROP TABLE events; --", &"x".repeat(41)] {
        let connect = "postgres://nobody@127.0.0.1:1/none".parse().unwrap();
        let options = PostgresOptions::new(connect, name);
        let refused = Log::open(Backend::Postgres(options).into()).await.map(|_| ());
        let Err(OpenError::Database(text)) = refused else { panic!("{refused:?}") };
        assert!(text.contains("schema"), "{text}");
    }
}
