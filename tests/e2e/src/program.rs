//! The program as people run it: once, to its end.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::server::binary;

/// A run that has not ended by then hangs.
const WAIT: Duration = Duration::from_secs(60);

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; none: a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub out: String,
    /// What it wrote to standard error.
    pub err: String,
}

impl Ran {
    /// Standard output of a run that ended well.
    ///
    /// # Panics
    /// When it did not.
    pub fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    /// Standard output of a run that ended well, as JSON.
    ///
    /// # Panics
    /// When it did not, or when it is not JSON.
    pub fn json(self) -> serde_json::Value {
        let out = self.ok();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// Standard error of a run that ended with a code.
    ///
    /// # Panics
    /// When it ended with another.
    pub fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self.err
    }
}

/// One run of the program, which knows of its surroundings only what it is told.
#[derive(Debug)]
pub struct Program {
    command: Command,
    input: Vec<u8>,
}

impl Program {
    /// With arguments.
    #[must_use]
    pub fn new<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("QUANHENG_") {
                command.env_remove(name);
            }
        }
        command.args(args).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, input: Vec::new() }
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// With a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// In a folder.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// With something on standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it does not end within a minute.
    pub async fn run(mut self) -> Ran {
        let mut child = self.command.spawn().expect("the program runs");
        let mut stdin = child.stdin.take().expect("its input is ours");
        let input = std::mem::take(&mut self.input);
        // Who reads none of it closes the pipe, and that is no fault.
        let written = tokio::spawn(async move { drop(stdin.write_all(&input).await) });
        let ended = tokio::time::timeout(WAIT, child.wait_with_output()).await;
        let ended = ended.unwrap_or_else(|_| panic!("it does not end: {:?}", self.command));
        let output = ended.expect("its output is ours");
        drop(written.await);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes UTF-8");
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}
