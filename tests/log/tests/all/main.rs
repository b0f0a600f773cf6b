//! The log under test, on every backend.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

/// Runs each named case on SQLite, PostgreSQL, and PostgreSQL without notifications.
macro_rules! on_every_backend {
    ($($case:ident),+ $(,)?) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(quanheng_log_tests::Kind::Sqlite).await }
        )+ }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(quanheng_log_tests::Kind::Postgres).await }
        )+ }
        mod postgres_silent { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(quanheng_log_tests::Kind::PostgresSilent).await }
        )+ }
    };
}

mod append;
mod crash;
mod decide;
mod durability;
mod faults;
mod model;
mod open;
mod race;
mod read;
mod release;
mod requests;
mod sizes;
mod snapshot;
mod subscribe;
mod telemetry;
mod verify;
