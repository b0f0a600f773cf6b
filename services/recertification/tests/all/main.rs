//! Reference management through its service, on both databases.
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

mod campaigns;
mod cases;
mod documents;
mod findings;
mod ledger;
mod surveys;
mod transitions;
