//! Projections under test, on both databases.
#![allow(clippy::unwrap_used)]

/// Runs each named case on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod sqlite { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(crate::rig::Kind::Sqlite).await }
        )+ }
        mod postgres { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(crate::rig::Kind::Postgres).await }
        )+ }
    };
}

mod agree;
mod domain;
mod faults;
mod fold;
mod processes;
mod query;
mod rig;
mod telemetry;
mod touches;
mod watch;
