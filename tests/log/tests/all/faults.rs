//! Faults of the machine: a full disk, a lock held by a stranger, damaged pages. A
//! clear error or none, nothing acknowledged that is not stored, and no hang.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use quanheng_eventlog::{
    Backend, CommitError, Fate, Filter, Log, Options, Outcome, Position, PostgresOptions,
    SqliteOptions, Transaction,
};
use quanheng_log_tests::{Fixture, Kind, count_up, fresh_schema, marked, stream};
use quanheng_testkit::cluster::Cluster;
use sqlx::Connection as _;
use tempfile::TempDir;
use uuid::Uuid;

/// A file system of its own with so many MiB, in memory. Gone when dropped.
struct SmallDisk {
    folder: Option<TempDir>,
}

impl SmallDisk {
    fn mount(mebibytes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder.path())
            .status();
        assert!(mounted.is_ok_and(|status| status.success()), "a small disk needs root");
        Self { folder: Some(folder) }
    }

    fn path(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// Takes everything but a little of the room; gives it back when removed.
    fn fill(&self, leave_bytes: u64) -> PathBuf {
        let ballast = self.path().join("ballast");
        let mut file = File::create(&ballast).unwrap();
        let piece = vec![0_u8; 64 * 1024];
        while file.write_all(&piece).is_ok() {}
        let taken = fs::metadata(&ballast).unwrap().len();
        file.set_len(taken.saturating_sub(leave_bytes)).unwrap();
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = Command::new("umount").arg("-l").arg(folder.path()).status();
        }
    }
}

/// Commits until the disk is full; then everything acknowledged is there, and when
/// there is room again, it goes on.
async fn fills_up(log: &Log, make_room: impl FnOnce()) {
    let mut acknowledged = Vec::new();
    let mut refused = Vec::new();
    let start = Instant::now();
    while refused.len() < 3 {
        assert!(start.elapsed() < Duration::from_secs(60), "the disk does not fill up");
        let id = Uuid::new_v4();
        // Noise, so that nothing compresses it.
        let noise: Vec<u8> = (0..4_096).flat_map(|_| *Uuid::new_v4().as_bytes()).collect();
        match log.commit(marked(id).blob(Bytes::from(noise))).await {
            Ok(_) => acknowledged.push(id),
            Err(CommitError::Unavailable { fate, reason }) => refused.push((id, fate, reason)),
            Err(error) => panic!("unclear: {error}"),
        }
    }
    let head = log.head().await;
    make_room();
    let start = Instant::now();
    loop {
        match log.commit(count_up(&[stream("after")])).await {
            Ok(_) => break,
            Err(CommitError::Unavailable { .. }) => {
                assert!(start.elapsed() < Duration::from_secs(60), "it does not come back");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    eprintln!("{} acknowledged, then {:?}; head {head:?}", acknowledged.len(), refused[0]);
    assert!(!acknowledged.is_empty());
    for id in acknowledged {
        assert!(matches!(log.commit(marked(id)).await.unwrap(), Outcome::Replayed(_)));
    }
    for (id, fate, _) in refused {
        let now = log.commit(marked(id)).await.unwrap();
        if fate == Fate::NotStored {
            assert!(matches!(now, Outcome::Committed(_)), "what was called not stored was");
        }
    }
    log.verify(|_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_sqlite() {
    let disk = SmallDisk::mount(24);
    let mut options = Options::sqlite(disk.path().join("realm"));
    options.bounds.commit_wait_max = Duration::from_secs(3);
    let log = Log::open(options).await.unwrap();
    let ballast = disk.fill(6 * 1024 * 1024);
    fills_up(&log, || fs::remove_file(ballast).unwrap()).await;
    log.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_reached_its_size_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let mut sqlite = SqliteOptions::new(folder.path());
    sqlite.file_bytes_max = Some(4 * 1024 * 1024);
    let log = Log::open(Backend::Sqlite(sqlite.clone()).into()).await.unwrap();
    let mut stored = 0;
    let refused = loop {
        let noise = Bytes::from(vec![0; 100_000]);
        let blob = Transaction::default().blob([&noise[..], &[stored]].concat().into());
        match log.commit(blob).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!((20..42).contains(&stored), "{stored}");
    let not_stored = matches!(&refused, CommitError::Unavailable { fate: Fate::NotStored, .. });
    assert!(not_stored, "{refused:?}");
    log.close().await;
    drop(log);
    sqlite.file_bytes_max = None;
    let log = Log::open(Backend::Sqlite(sqlite).into()).await.unwrap();
    log.commit(count_up(&[stream("a")])).await.unwrap();
    log.verify(|_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_postgres() {
    let disk = SmallDisk::mount(160);
    let folder = TempDir::new_in(disk.path()).unwrap();
    let small = ["min_wal_size=32MB", "max_wal_size=32MB", "wal_recycle=off"];
    let mut cluster = Cluster::start_in(folder, &small);
    let postgres = PostgresOptions::new(cluster.url().parse().unwrap(), fresh_schema());
    let mut options = Options::from(Backend::Postgres(postgres));
    options.bounds.commit_wait_max = Duration::from_secs(3);
    let log = Log::open(options).await.unwrap();
    log.commit(count_up(&[stream("before")])).await.unwrap();
    let ballast = disk.fill(24 * 1024 * 1024);
    fills_up(&log, || {
        fs::remove_file(ballast).unwrap();
        // A server that cannot write its log panics, by design; then somebody starts it.
        tokio::task::block_in_place(|| {
            cluster.kill();
            cluster.restart();
        });
    })
    .await;
    log.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_held_by_a_stranger_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let mut sqlite = SqliteOptions::new(folder.path());
    sqlite.lock_wait_max = Duration::from_millis(200);
    let mut options = Options::from(Backend::Sqlite(sqlite));
    options.bounds.commit_wait_max = Duration::from_secs(1);
    let log = Log::open(options).await.unwrap();
    let file = folder.path().join(quanheng_eventlog::SQLITE_FILE);
    let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut stranger = sqlx::SqliteConnection::connect_with(&connect).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut stranger).await.unwrap();
    told_and_recovers(&log, async {
        sqlx::raw_sql("ROLLBACK").execute(&mut stranger).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_held_by_a_stranger_on_postgres() {
    for lock in ["SELECT * FROM head FOR UPDATE", "LOCK TABLE events IN ACCESS EXCLUSIVE MODE"] {
        let mut fixture = Fixture::new(Kind::Postgres);
        if let Backend::Postgres(options) = fixture.backend_mut() {
            options.lock_holder_wait_max = Duration::from_millis(200);
            options.statement_wait_max = Duration::from_millis(500);
        }
        let mut options = fixture.options();
        options.bounds.commit_wait_max = Duration::from_secs(1);
        let log = Log::open(options).await.unwrap();
        let Backend::Postgres(options) = fixture.backend() else { panic!() };
        let connect = options.connect.clone().options([("search_path", &options.schema)]);
        let mut stranger = sqlx::PgConnection::connect_with(&connect).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("BEGIN; {lock}")))
            .execute(&mut stranger)
            .await
            .unwrap();
        told_and_recovers(&log, async {
            sqlx::raw_sql("ROLLBACK").execute(&mut stranger).await.unwrap();
        })
        .await;
    }
}

async fn told_and_recovers(log: &Log, release: impl Future<Output = ()>) {
    let start = Instant::now();
    let refused = log.commit(marked(Uuid::new_v4())).await;
    assert!(start.elapsed() < Duration::from_secs(4), "told after {:?}", start.elapsed());
    // The caller is told that it may have been stored, or that it was refused.
    assert!(
        matches!(refused, Err(CommitError::Unavailable { .. } | CommitError::Refused(_))),
        "{refused:?}"
    );
    release.await;
    let start = Instant::now();
    while log.commit(count_up(&[stream("a")])).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not come back");
    }
    log.verify(|_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_pages_are_told_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(Options::sqlite(folder.path())).await.unwrap();
    for n in 0..300_u64 {
        log.commit(count_up(&[stream(n % 7), stream("a")])).await.unwrap();
    }
    log.close().await;
    let sound = fs::read(folder.path().join(quanheng_eventlog::SQLITE_FILE)).unwrap();
    let pages = sound.len() / 4_096;
    assert!(pages > 60, "{pages}");
    let (mut told, mut tried) = (0, 0);
    for page in (1..pages).step_by(5) {
        tried += 1;
        let folder = tempfile::tempdir().unwrap();
        let mut damaged = sound.clone();
        damaged[page * 4_096 + 8..page * 4_096 + 3_000].fill(0xA5);
        fs::write(folder.path().join(quanheng_eventlog::SQLITE_FILE), damaged).unwrap();
        // It does not open, or verification does not call it sound; unless the page is
        // of an index that says nothing about the events. Then all of them read well.
        let Ok(log) = Log::open_read_only(Options::sqlite(folder.path())).await else {
            told += 1;
            continue;
        };
        if log.verify(|_| {}).await.is_err() {
            told += 1;
            continue;
        }
        let mut after = Position::START;
        while after < Position(600) {
            let page = log.page(after, &Filter::all(), 512).await.unwrap();
            assert_eq!(page.records[0].position, after.next());
            after = page.through;
        }
    }
    eprintln!("{told} of {tried} damaged pages were told");
    assert!(told > tried / 2, "only {told} of {tried} damaged pages were told");
}
