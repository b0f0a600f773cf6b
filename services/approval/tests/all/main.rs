//! The services of tasks and offices over a real log and views, on both databases.
#![allow(clippy::unwrap_used)]

/// Runs each named case on SQLite and PostgreSQL.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(quanheng_test_house::Kind::Sqlite).await }
        )+ }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(quanheng_test_house::Kind::Postgres).await }
        )+ }
    };
}

mod batches;
mod cases;
mod corners;
mod flows;
mod lists;
mod matrix;
mod model;
mod offices;
mod plans;
mod refusals;
mod repeats;
mod returns;
mod substitutions;
mod timers;
mod world;
