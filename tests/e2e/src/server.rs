//! The server as a process: started, killed at any instant, stopped in an orderly way.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use quanheng_testkit::signal::{sigkill, sigterm};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::client::Client;
use crate::program::Program;
use crate::tokens::{Tokens, Who};

/// The built program: beside this test's own binary, or where `QUANHENG_BIN` says.
///
/// # Panics
/// When it is not built.
#[must_use]
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("QUANHENG_BIN") {
        return named.into();
    }
    let mut folder = std::env::current_exe().expect("a test knows where it is");
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let binary = folder.join("quanheng");
    assert!(binary.exists(), "{} is not built: cargo build -p quanheng", binary.display());
    binary
}

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The realm.
    pub realm: String,
    /// A PostgreSQL database; none: SQLite in the folder.
    pub database: Option<String>,
    /// Where data, tokens and keys are; none: a temporary folder.
    pub folder: Option<PathBuf>,
    /// Whether callers have to show a token.
    pub tokens: bool,
    /// Further flags.
    pub flags: Vec<String>,
    /// Further environment.
    pub environment: Vec<(String, String)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            realm: "test".to_owned(),
            database: None,
            folder: None,
            tokens: true,
            flags: Vec::new(),
            environment: Vec::new(),
        }
    }
}

impl Setup {
    /// On PostgreSQL, in schemas of its own.
    #[must_use]
    pub fn postgres(url: impl Into<String>, realm: impl Into<String>) -> Self {
        Self { realm: realm.into(), database: Some(url.into()), ..Self::default() }
    }

    /// With one more flag.
    #[must_use]
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }
}

/// A running server, killed when it is dropped.
pub struct Server {
    setup: Setup,
    folder: PathBuf,
    _temporary: Option<TempDir>,
    tokens: Tokens,
    child: Option<Child>,
    address: SocketAddr,
    metrics: Option<SocketAddr>,
}

impl Server {
    /// Starts the program and waits until it serves.
    ///
    /// # Panics
    /// When it does not within a minute.
    pub async fn start(setup: Setup) -> Self {
        let (folder, temporary) = match &setup.folder {
            Some(folder) => (folder.clone(), None),
            None => {
                let temporary = TempDir::with_prefix("quanheng-e2e-").expect("a folder");
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let tokens = Tokens::write(&folder, &setup.realm);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self {
            setup,
            folder,
            _temporary: temporary,
            tokens,
            child: None,
            address,
            metrics: None,
        };
        server.launch().await;
        server
    }

    /// Another process on the same database and with the same tokens and keys.
    pub async fn beside(&self) -> Self {
        self.beside_with(self.setup.flags.clone()).await
    }

    /// Another process like [`Server::beside`], with flags of its own.
    pub async fn beside_with(&self, flags: Vec<String>) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self {
            setup: Setup { flags, ..self.setup.clone() },
            folder: self.folder.clone(),
            _temporary: None,
            tokens: self.tokens.clone(),
            child: None,
            address,
            metrics: None,
        };
        server.launch().await;
        server
    }

    async fn launch(&mut self) {
        let mut command = Command::new(binary());
        command
            .arg("serve")
            .args(["--listen", "127.0.0.1:0", "--realm", &self.setup.realm])
            .arg("--data-dir")
            .arg(self.folder.join("data"))
            .args(&self.setup.flags)
            .env_remove("QUANHENG_TOKEN")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if self.setup.tokens {
            command.arg("--tokens-file").arg(self.tokens.file());
        }
        if let Some(url) = &self.setup.database {
            command.env("QUANHENG_DATABASE", url);
        }
        command.envs(self.setup.environment.iter().cloned());
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .expect("a log file");
        command.stderr(log);
        let mut child = command.spawn().expect("the program runs");
        let out = child.stdout.take().expect("its output is ours");
        let mut lines = BufReader::new(out).lines();
        let mut metrics = None;
        let listening = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(address) = line.strip_prefix("listening on ") {
                    return address.parse().ok();
                }
            }
            None
        };
        let address = tokio::time::timeout(Duration::from_secs(60), listening).await;
        let Ok(Some(address)) = address else {
            let said = std::fs::read_to_string(self.log()).unwrap_or_default();
            panic!("the server does not serve:\n{said}");
        };
        let next = tokio::time::timeout(Duration::from_millis(300), lines.next_line()).await;
        if let Ok(Ok(Some(line))) = next {
            metrics = line.strip_prefix("metrics on ").and_then(|text| text.parse().ok());
        }
        // What else it prints is read, so that it never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.address = address;
        self.metrics = metrics;
        self.child = Some(child);
    }

    /// Where its log goes.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Its realm.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.setup.realm
    }

    /// Where its data is.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data").join(&self.setup.realm)
    }

    /// The folder of data, tokens and keys.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its metrics are, if it serves any.
    #[must_use]
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// The tokens that it knows.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Its process id.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().and_then(Child::id).expect("the server runs")
    }

    /// Somebody's client.
    pub async fn client(&self, who: Who) -> Client {
        Client::connect(self.address, self.tokens.of(who)).await
    }

    /// The program as somebody runs it against this server.
    #[must_use]
    pub fn program(&self, who: Who, args: &[&str]) -> Program {
        Program::new(args)
            .env("QUANHENG_SERVER", format!("http://{}", self.address))
            .env("QUANHENG_TOKEN", self.tokens.of(who))
    }

    /// `quanheng realm …` on this server's data.
    #[must_use]
    pub fn realm_program(&self, args: &[&str]) -> Program {
        let program = Program::new(["realm"].iter().chain(args))
            .args(["--realm", self.realm(), "--data-dir"])
            .arg(self.folder.join("data"));
        match &self.setup.database {
            Some(url) => program.env("QUANHENG_DATABASE", url),
            None => program,
        }
    }

    /// What it has written to its log.
    ///
    /// # Panics
    /// When that cannot be read.
    #[must_use]
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).expect("a log file")
    }

    /// Kills it at this instant.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            if let Some(pid) = child.id() {
                sigkill(pid);
            }
            let _ = child.wait().await;
        }
    }

    /// Asks it to stop, and waits; tells whether it ended well.
    ///
    /// # Panics
    /// When it does not end within a minute.
    pub async fn stop(&mut self) -> bool {
        let Some(mut child) = self.child.take() else { return true };
        if let Some(pid) = child.id() {
            sigterm(pid);
        }
        let ended = tokio::time::timeout(Duration::from_secs(60), child.wait()).await;
        ended.expect("it ends within a minute").is_ok_and(|status| status.success())
    }

    /// Starts it again over the same data, with other flags.
    pub async fn restart_with(&mut self, flags: Vec<String>) {
        self.setup.flags = flags;
        self.restart().await;
    }

    /// Starts it again over the same data.
    pub async fn restart(&mut self) {
        self.kill().await;
        self.launch().await;
    }
}
