//! Clients written in other languages, with code that is generated from `proto/` on the
//! spot, against the built program on both databases. They live in `tests/clients`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use quanheng_e2e::{Server, Setup, Who};
use quanheng_testkit::cluster::{Cluster, SHARED};
use tokio::process::Command;

/// A client that has not ended by then hangs.
const CLIENT_WAIT: Duration = Duration::from_secs(120);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs a script of `tests/clients` to its end. What it prints is printed.
///
/// # Panics
/// When it fails. Where its tools are not installed that is a failure, too.
pub(crate) async fn run(script: &str, environment: &[(&str, String)]) {
    let folder = root().join("tests/clients");
    sh(&folder, "setup.sh", &["--check"], &[]).await;
    sh(&folder, script, &[], environment).await;
}

async fn sh(folder: &Path, script: &str, words: &[&str], environment: &[(&str, String)]) {
    let mut command = Command::new("sh");
    command.arg(folder.join(script)).args(words).stdin(Stdio::null()).kill_on_drop(true);
    command.envs(environment.iter().map(|(name, value)| (*name, value)));
    let ended = tokio::time::timeout(CLIENT_WAIT, command.output()).await;
    let output = ended.unwrap_or_else(|_| panic!("{script} does not end")).unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success(), "{script} {words:?} failed: {}\n{told}", output.status);
    eprint!("{told}");
}

/// A server, and a client's run against it.
async fn ask(setup: Setup, script: &str) {
    let realm = setup.realm.clone();
    let mut server = Server::start(setup).await;
    let tokens = [Who::Registrar, Who::Manager, Who::Viewer];
    let tokens = tokens.map(|who| (who.id(), server.tokens().of(who)));
    let tokens: std::collections::BTreeMap<_, _> = tokens.into_iter().collect();
    let environment = [
        ("QUANHENG_ADDRESS", server.address().to_string()),
        ("QUANHENG_TOKENS", serde_json::to_string(&tokens).unwrap()),
        ("QUANHENG_REALM", realm),
        ("QUANHENG_PROTO", root().join("proto").display().to_string()),
    ];
    run(script, &environment).await;
    assert!(server.stop().await, "the server ends well, whatever clients left open");
}

/// A name that neither another test nor any message has.
fn realm(client: &str) -> String {
    format!("hidden_{client}_{}", std::process::id())
}

async fn on_sqlite(client: &str) {
    let setup = Setup { realm: realm(client), ..Setup::default() };
    ask(setup, &format!("{client}/run.sh")).await;
}

/// In the cluster of the run, or else in its own.
async fn on_postgres(client: &str) {
    let (url, _cluster) = match std::env::var(SHARED) {
        Ok(url) => (url, None),
        Err(_) => {
            let cluster = Cluster::start();
            (cluster.url(), Some(cluster))
        }
    };
    ask(Setup::postgres(url, realm(client)), &format!("{client}/run.sh")).await;
}

#[tokio::test]
async fn python_on_sqlite() {
    on_sqlite("python").await;
}

#[tokio::test]
async fn python_on_postgres() {
    on_postgres("python").await;
}

#[tokio::test]
async fn node_on_sqlite() {
    on_sqlite("node").await;
}

#[tokio::test]
async fn node_on_postgres() {
    on_postgres("node").await;
}
