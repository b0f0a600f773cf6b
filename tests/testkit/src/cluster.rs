//! A private PostgreSQL cluster: in a temporary folder, on a free port, as an
//! unprivileged user, gone when it is dropped.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::unistd::{User, geteuid};
use tempfile::TempDir;

use crate::signal::{sigint, sigkill};

/// The variable that names a cluster for all tests of a run.
pub const SHARED: &str = "QUANHENG_TEST_POSTGRES";

/// A running cluster of one's own.
pub struct Cluster {
    folder: TempDir,
    data: PathBuf,
    binaries: PathBuf,
    owner: Option<User>,
    port: u16,
    settings: Vec<String>,
    server: Option<Child>,
}

/// Where the server's programs are: in `QUANHENG_PG_BIN`, on the path, or where
/// Debian keeps them, the newest first.
///
/// # Errors
/// In words, what to install.
pub fn find_binaries() -> Result<PathBuf, String> {
    let mut places: Vec<PathBuf> = Vec::new();
    places.extend(std::env::var_os("QUANHENG_PG_BIN").map(PathBuf::from));
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<_> = versions.flatten().map(|entry| entry.path()).collect();
        versions.sort();
        places.extend(versions.into_iter().rev().map(|version| version.join("bin")));
    }
    if let Some(path) = std::env::var_os("PATH") {
        places.extend(std::env::split_paths(&path));
    }
    let complete =
        |place: &PathBuf| place.join("initdb").exists() && place.join("postgres").exists();
    places.into_iter().find(complete).ok_or_else(|| {
        "no PostgreSQL server programs (initdb, postgres) found: install the package \
         `postgresql`, or name their folder in QUANHENG_PG_BIN"
            .to_owned()
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

impl Cluster {
    /// Makes and starts a cluster with the server's defaults.
    #[must_use]
    pub fn start() -> Self {
        Self::start_in(TempDir::with_prefix("quanheng-pg-").expect("a folder"), &[])
    }

    /// Makes and starts a cluster with settings such as `fsync=off`.
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Self {
        Self::start_in(TempDir::with_prefix("quanheng-pg-").expect("a folder"), settings)
    }

    /// Makes and starts a cluster in a folder, for example on a small file system.
    ///
    /// # Panics
    /// When there is no PostgreSQL on the machine, or it does not start.
    #[must_use]
    pub fn start_in(folder: TempDir, settings: &[&str]) -> Self {
        let binaries = find_binaries().unwrap_or_else(|what| panic!("{what}"));
        let owner = geteuid().is_root().then(|| {
            let named = |name| User::from_name(name).ok().flatten();
            named("postgres")
                .or_else(|| named("nobody"))
                .expect("PostgreSQL does not run as root, and there is no user `nobody`")
        });
        if let Some(owner) = &owner {
            let (uid, gid) = (Some(owner.uid.as_raw()), Some(owner.gid.as_raw()));
            chown(folder.path(), uid, gid).expect("root may give a folder away");
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("ours");
        let mut cluster = Self {
            data: folder.path().join("data"),
            folder,
            binaries,
            owner,
            port: free_port(),
            settings: settings.iter().map(|s| (*s).to_owned()).collect(),
            server: None,
        };
        let made = cluster
            .command("initdb")
            .arg("-D")
            .arg(&cluster.data)
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
            .output()
            .expect("initdb runs");
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb: {said}");
        cluster.restart();
        cluster
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir(self.folder.path()).env_remove("LC_ALL");
        if let Some(owner) = &self.owner {
            command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
        }
        command
    }

    /// Starts the server, also after it was killed.
    ///
    /// # Panics
    /// When it does not come up within half a minute.
    pub fn restart(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        // Processes of a killed server may still hold its shared memory for a moment.
        loop {
            self.spawn();
            while Instant::now() < deadline {
                if self.answers() {
                    return;
                }
                if let Some(server) = &mut self.server
                    && let Ok(Some(_)) = server.try_wait()
                {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            let log = fs::read_to_string(self.log()).unwrap_or_default();
            assert!(Instant::now() < deadline, "PostgreSQL does not start:\n{log}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn spawn(&mut self) {
        let log =
            fs::OpenOptions::new().create(true).append(true).open(self.log()).expect("a log file");
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(&self.data)
            .args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k"])
            .arg(self.folder.path())
            .args(["-c", "max_connections=200"]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let stderr = log.try_clone().expect("a file can be shared");
        command.stdin(Stdio::null()).stdout(log).stderr(stderr);
        self.server = Some(command.spawn().expect("postgres runs"));
    }

    /// Whether the server takes connections: a start-up packet gets an answer that is
    /// not "the database system is starting up".
    fn answers(&self) -> bool {
        let asked = Command::new(self.binaries.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
            .status();
        match asked {
            Ok(status) => status.success(),
            Err(_) => TcpStream::connect(("127.0.0.1", self.port)).is_ok(),
        }
    }

    /// The URL of the cluster's first database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The server's port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the server.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.server.as_ref().expect("the server runs").id()
    }

    /// Kills every process of the server at this instant.
    pub fn kill(&mut self) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        let children = children_of(server.id());
        sigkill(server.id());
        children.into_iter().for_each(sigkill);
        let _ = server.wait();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            sigint(server.id());
            let deadline = Instant::now() + Duration::from_secs(5);
            while Instant::now() < deadline {
                if !matches!(server.try_wait(), Ok(None)) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            self.server = Some(server);
            self.kill();
        }
    }
}

/// The children of a process, by the process table.
#[must_use]
pub fn children_of(parent: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid).is_ok_and(|of| of == Some(parent))).collect()
}

fn parent_of(pid: u32) -> io::Result<Option<u32>> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"))?;
    // pid (name) state ppid …; the name may hold anything, so from the last bracket on.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    Ok(after_name.split_ascii_whitespace().nth(1).and_then(|ppid| ppid.parse().ok()))
}
