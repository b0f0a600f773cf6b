//! Random commands over the API against a plain model of units, persons and seats, while
//! servers are killed and started again: nothing acknowledged is lost, nothing happens
//! twice, and every repetition gets the first answer.

mod accounts;
mod run;
mod world;

use crate::sizes;
use run::{Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    run(Plan { database: None, servers: 1, workers: 6, commands: sizes::model_commands() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_with_two_servers() {
    let (url, _cluster) = crate::postgres::url();
    let commands = sizes::model_commands();
    run(Plan { database: Some(url), servers: 2, workers: 6, commands }).await;
}
