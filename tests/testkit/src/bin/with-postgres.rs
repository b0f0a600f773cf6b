//! Runs a command with a private PostgreSQL cluster at its side, and cleans up.
//!
//! `with-postgres COMMAND [ARG …]`: the command finds the cluster's URL in
//! `QUANHENG_TEST_POSTGRES`; its exit code is passed on.
#![allow(clippy::print_stderr)]

use std::process::{Command, ExitCode};

use quanheng_testkit::cluster::{Cluster, SHARED, find_binaries};

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: with-postgres COMMAND [ARG …]");
        return ExitCode::from(2);
    };
    if let Err(what) = find_binaries() {
        eprintln!("{what}");
        return ExitCode::from(2);
    }
    let cluster = Cluster::start();
    let ran = Command::new(program).args(words).env(SHARED, cluster.url()).status();
    drop(cluster);
    match ran {
        Ok(status) => ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
