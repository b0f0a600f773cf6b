//! Eligibility, rounds and requests through their service, on both databases.
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

mod batch;
mod examples;
mod refusals;
mod registered;
mod rounds;
mod sight;
mod world;
