//! Random rounds of promotion over the API against a plain model, while servers are killed and
//! started again and days go by: no seat is lost or doubled, none is held without an open
//! case, none is taken without an appointment or an opening balance, no task is left open in
//! a case that has ended, and every request has one effect, however often it is sent.

mod check;
mod command;
mod game;
mod run;
mod several;
mod steps;
mod town;

use run::{Plan, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    run(Plan { database: None, servers: 1 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_with_two_servers() {
    let (url, _cluster) = crate::postgres::url();
    run(Plan { database: Some(url), servers: 2 }).await;
}
