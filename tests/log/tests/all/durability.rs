//! What a kill does not test: that no acknowledgement leaves before the data is on the
//! disk. The system calls of a writing process are traced; whenever it acknowledges,
//! every byte that it wrote to the log's files must have been synced before. On SQLite
//! this goes through the making of the file, appends, checkpoints that copy the
//! write-ahead log into the file, and those that empty and cut it.

use std::collections::{HashMap, HashSet};
use std::process::{Command, Stdio};
use std::time::Duration;

use quanheng_eventlog::{Backend, Filter, Log, Position, SqliteOptions};
use quanheng_log_tests::{Fixture, Kind};

use crate::crash::worker_command;

/// One file of the log as the trace shows it.
#[derive(Default)]
struct Traced {
    /// Bytes written since the last sync.
    unsynced: bool,
    writes: u64,
    syncs: u64,
}

#[derive(Default)]
struct Seen {
    /// Whether one transaction is under way at a time. Then nothing at all may be
    /// unsynced at an acknowledgement; else a later batch may be on its way already.
    alone: bool,
    files: HashMap<String, Traced>,
    acknowledged: u64,
    wal_restarts: u64,
    wal_cuts: u64,
    folders_synced: HashSet<String>,
    /// How many syncs of the write-ahead log were done when a request was sent.
    sent: HashMap<String, u64>,
}

impl Seen {
    fn file(&mut self, path: &str) -> &mut Traced {
        self.files.entry(path.to_owned()).or_default()
    }

    fn unsynced(&self, suffix: &str) -> bool {
        self.files.iter().any(|(path, file)| path.ends_with(suffix) && file.unsynced)
    }

    fn wal_syncs(&self) -> u64 {
        let wal = self.files.iter().find(|(path, _)| path.ends_with("-wal"));
        wal.map_or(0, |(_, wal)| wal.syncs)
    }

    /// What the process said: `sent ID` or `acked ID POSITION`, several lines at times.
    fn heard(&mut self, said: &str) {
        for line in said.split("\\n") {
            let mut words = line.split(' ');
            match (words.next(), words.next()) {
                (Some("sent"), Some(id)) => {
                    let syncs = self.wal_syncs();
                    self.sent.insert(id.to_owned(), syncs);
                }
                (Some("acked"), Some(id)) => {
                    self.acknowledged += 1;
                    let since = self.sent.get(id).map(|before| self.wal_syncs() - before);
                    assert!(since.is_none_or(|syncs| syncs > 0), "acknowledged without a sync");
                    let unsynced = self.unsynced("-wal") || self.unsynced("-journal");
                    assert!(!self.alone || !unsynced, "acknowledged before its data was synced");
                }
                _ => {}
            }
        }
    }

    /// One finished system call, in the order in which they began to return.
    fn call(&mut self, name: &str, path: &str, rest: &str) {
        let of_log = path.contains("log.sqlite") && !path.ends_with("-shm");
        match name {
            "write" if path.starts_with("pipe") || path == "/dev/null" => {
                let said = rest.split_once('"').map_or("", |(_, said)| said);
                self.heard(said);
            }
            "pwrite64" | "write" if of_log => {
                // The head of the write-ahead log is written when it starts over. What it
                // held before must be in the file by then, and synced.
                if path.ends_with("-wal") && rest.contains(", 32, 0)") {
                    self.wal_restarts += 1;
                    assert!(
                        !self.unsynced("log.sqlite"),
                        "the write-ahead log was overwritten before the file was synced"
                    );
                }
                let file = self.file(path);
                file.unsynced = true;
                file.writes += 1;
            }
            "ftruncate" if path.ends_with("-wal") => {
                self.wal_cuts += 1;
                let unsynced = self.unsynced("log.sqlite");
                assert!(!unsynced, "the write-ahead log was cut before the file was synced");
            }
            "fsync" | "fdatasync" if of_log => {
                let file = self.file(path);
                file.unsynced = false;
                file.syncs += 1;
            }
            "fsync" | "fdatasync" => {
                self.folders_synced.insert(path.to_owned());
            }
            "unlink" if of_log => {
                self.files.remove(path);
            }
            _ => {}
        }
    }
}

/// Reads a trace of several threads. A call that another interrupts in the trace is
/// written in two halves. A write counts from its beginning, everything else from its
/// end: the order that is the least favourable to the one under test.
fn read_trace(trace: &str, alone: bool) -> Seen {
    let mut seen = Seen { alone, ..Seen::default() };
    let mut halves: HashMap<&str, (String, String, String)> = HashMap::new();
    for line in trace.lines() {
        let Some((thread, rest)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(resumed) = rest.strip_prefix("<... ") {
            if let Some((name, path, first)) = halves.remove(thread) {
                let call = format!("{first}{resumed}");
                if !name.contains("write") {
                    seen.call(&name, &path, &call);
                }
            }
            continue;
        }
        let Some((name, arguments)) = rest.split_once('(') else {
            continue;
        };
        // With -y a descriptor is shown as 7</path>; unlink has "path".
        let path = match (arguments.split_once('<'), arguments.split_once('"')) {
            (Some((fd, path)), _) if fd.bytes().all(|b| b.is_ascii_digit()) => {
                path.split_once('>').map_or("", |(path, _)| path)
            }
            (_, Some((_, path))) => path.split_once('"').map_or("", |(path, _)| path),
            _ => "",
        };
        if arguments.contains("<unfinished ...>") {
            let half = (name.to_owned(), path.to_owned(), arguments.to_owned());
            if name.contains("write") {
                seen.call(name, path, arguments);
            }
            halves.insert(thread, half);
            continue;
        }
        seen.call(name, path, arguments);
    }
    seen
}

fn trace(fixture: &Fixture, arguments: &[&str], alone: bool) -> Seen {
    let log = tempfile::NamedTempFile::new().unwrap();
    let worker = worker_command(fixture, arguments);
    let mut command = Command::new("strace");
    command
        .args(["-f", "--seccomp-bpf", "-y", "-s", "4096", "-o"])
        .arg(log.path())
        .args(["-e", "trace=write,writev,pwrite64,fsync,fdatasync,ftruncate,unlink"])
        .arg(worker.get_program())
        .args(worker.get_args())
        .stdout(Stdio::null());
    let status = command.status().expect("strace is installed (package `strace`)");
    assert!(status.success());
    read_trace(&std::fs::read_to_string(log.path()).unwrap(), alone)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_before_it_is_synced_on_sqlite() {
    let mut fixture = Fixture::new(Kind::Sqlite);
    // A folder that is not there yet must be made durably, too.
    if let Backend::Sqlite(options) = fixture.backend_mut() {
        options.folder = options.folder.join("deep/realm");
    }
    let folder = match fixture.backend() {
        Backend::Sqlite(options) => options.folder.clone(),
        Backend::Postgres(_) => panic!(),
    };
    // Making the file: by the rollback journal, then the first appends.
    let one = ["write", "--count", "40", "--appenders", "1"];
    let first = tokio::task::block_in_place(|| trace(&fixture, &one, true));
    assert_eq!(first.acknowledged, 40);
    assert!(first.files.keys().any(|path| path.ends_with("-wal")), "the trace shows the log");
    for made in [&folder, folder.parent().unwrap()] {
        let made = made.parent().unwrap().canonicalize().unwrap();
        let synced = first.folders_synced.contains(made.to_str().unwrap());
        assert!(synced, "the entry of a folder in {} was not synced", made.display());
    }
    assert!(
        first.folders_synced.contains(folder.canonicalize().unwrap().to_str().unwrap()),
        "the entries of the log's files were not synced"
    );
    // Appends and checkpoints, the write-ahead log starting over again and again, and
    // a reader that now and then keeps it from doing so, until it must be cut.
    let reading = tokio::spawn(hold_readers(folder.clone()));
    for (appenders, count) in [("1", 2_000), ("24", 6_000)] {
        let text = count.to_string();
        let bound = ["--wal-bytes-max", "2000000"];
        let write = ["write", "--count", &text, "--appenders", appenders];
        let arguments = [&bound[..], &write[..]].concat();
        let alone = appenders == "1";
        let seen = tokio::task::block_in_place(|| trace(&fixture, &arguments, alone));
        assert_eq!(seen.acknowledged, count);
        let of = |end| seen.files.iter().find(|(path, _)| path.ends_with(end)).unwrap().1;
        let (wal, file) = (of("-wal"), of(".sqlite"));
        eprintln!(
            "{appenders} appenders: write-ahead log: {} writes, {} syncs, {} restarts, {} cuts; \
             file: {} writes, {} syncs",
            wal.writes, wal.syncs, seen.wal_restarts, seen.wal_cuts, file.writes, file.syncs
        );
        assert!(wal.syncs > 100 && file.syncs > 1, "not every path was taken");
        assert!(seen.wal_restarts > 1, "the write-ahead log never started over");
        assert!(seen.wal_cuts > 0, "the write-ahead log was never cut");
    }
    reading.abort();
    let log = fixture.open().await;
    log.verify(|_| {}).await.unwrap();
}

/// Holds a read transaction of a stranger open for a while, again and again.
async fn hold_readers(folder: std::path::PathBuf) {
    use sqlx::Connection as _;
    let file = folder.join(quanheng_eventlog::SQLITE_FILE);
    let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
    loop {
        if let Ok(mut stranger) = sqlx::SqliteConnection::connect_with(&connect).await {
            let _ =
                sqlx::raw_sql("BEGIN; SELECT count(*) FROM events").execute(&mut stranger).await;
            tokio::time::sleep(Duration::from_millis(400)).await;
            let _ = stranger.close().await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[test]
fn a_trace_that_acknowledges_too_early_is_caught() {
    let early = "1 pwrite64(7</x/log.sqlite-wal>, \"\"..., 4096, 4128) = 4096\n\
                 2 write(1<pipe:[1]>, \"acked 1 1\\n\", 10) = 10\n";
    assert!(std::panic::catch_unwind(|| read_trace(early, true)).is_err());
    let split = "1 pwrite64(7</x/log.sqlite-wal>, \"\"..., 4096, 4128) = 4096\n\
                 1 fdatasync(7</x/log.sqlite-wal> <unfinished ...>\n\
                 2 write(1<pipe:[1]>, \"acked 1 1\\n\", 10) = 10\n\
                 1 <... fdatasync resumed>) = 0\n";
    assert!(std::panic::catch_unwind(|| read_trace(split, true)).is_err());
    let unsynced = "1 write(1<pipe:[1]>, \"sent a\\n\", 7) = 7\n\
                    1 pwrite64(7</x/log.sqlite-wal>, \"\"..., 4096, 4128) = 4096\n\
                    2 write(1<pipe:[1]>, \"acked a 1\\n\", 10) = 10\n";
    assert!(std::panic::catch_unwind(|| read_trace(unsynced, false)).is_err());
    let cut = "1 pwrite64(6</x/log.sqlite>, \"\"..., 4096, 4096) = 4096\n\
               1 ftruncate(7</x/log.sqlite-wal>, 0) = 0\n";
    assert!(std::panic::catch_unwind(|| read_trace(cut, false)).is_err());
    let sound = "1 pwrite64(7</x/log.sqlite-wal>, \"\"..., 4096, 4128) = 4096\n\
                 1 fdatasync(7</x/log.sqlite-wal>) = 0\n\
                 2 write(1<pipe:[1]>, \"acked 1 1\\n\", 10) = 10\n";
    assert_eq!(read_trace(sound, true).acknowledged, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_write_ahead_log_stays_under_its_bound_while_readers_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut sqlite = SqliteOptions::new(folder.path());
    sqlite.wal_bytes_max = 24 * 1024 * 1024;
    let bound = sqlite.wal_bytes_max;
    let log = Log::open(Backend::Sqlite(sqlite).into()).await.unwrap();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (log, stop) = (log.clone(), std::sync::Arc::clone(&stop));
            tokio::spawn(async move {
                use futures::StreamExt as _;
                while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                    let mut pages = std::pin::pin!(log.read(Position::START, Filter::all(), 512));
                    while let Some(page) = pages.next().await {
                        page.unwrap();
                    }
                }
            })
        })
        .collect();
    let wal = folder.path().join("log.sqlite-wal");
    let mut largest = 0;
    for n in 0..150_u64 {
        let noise: Vec<u8> = (0..512).flat_map(|k: u64| (n * 512 + k).to_le_bytes()).collect();
        let text: String = noise.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
        let tasks = (0..40).map(|k| {
            let name = quanheng_log_tests::stream(format!("s/{}", k * 150 + n));
            let draft = quanheng_log_tests::noted(&name, &text);
            log.commit(quanheng_eventlog::Transaction::default().append(draft))
        });
        for outcome in futures::future::join_all(tasks).await {
            outcome.unwrap();
        }
        largest = largest.max(std::fs::metadata(&wal).unwrap().len());
    }
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    eprintln!("largest write-ahead log: {largest} of {bound} bytes");
    assert!(largest <= bound, "{largest} bytes");
    assert!(largest > 1024 * 1024, "the bound was never near: {largest}");
}
