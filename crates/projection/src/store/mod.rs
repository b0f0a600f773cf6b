//! The store: documents, removals and checkpoints of projections, on SQLite and
//! PostgreSQL.

pub(crate) mod checkpoint;
pub(crate) mod database;
pub(crate) mod ddl;
pub(crate) mod documents;
mod lease;
mod snapshots;

use std::sync::Arc;

use database::{Backend, Database};

use crate::definition::Definition;

/// Why the views' database did not do what it should.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or is busy. Try again.
    #[error("the views cannot be reached now: {0}")]
    Unavailable(String),
    /// It refused, or holds what was not written by this program.
    #[error("the views' database refuses: {0}")]
    Refused(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let text = error.to_string();
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => Self::Unavailable(text),
            sqlx::Error::Database(error) => {
                // SQLite: busy, locked, full, I/O. PostgreSQL: connection, resources,
                // shutting down, deadlock, timeouts.
                let code = error.code().unwrap_or_default();
                let passes = ["5", "6", "10", "13", "261", "517"].contains(&&*code)
                    || ["08", "40", "53", "55", "57"]
                        .iter()
                        .any(|class| code.len() == 5 && code.starts_with(class));
                if passes { Self::Unavailable(text) } else { Self::Refused(text) }
            }
            _ => Self::Refused(text),
        }
    }
}

/// The views of one realm: what all its projections keep. Cheap to clone.
#[derive(Clone)]
pub struct Views {
    pub(crate) database: Arc<Database>,
}

impl Views {
    /// Opens the views; makes their place where there is none yet.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be reached or set up.
    pub async fn open(backend: &Backend) -> Result<Self, StoreError> {
        let database = Database::open(backend).await?;
        let views = Self { database: Arc::new(database) };
        let tables = [
            ddl::projections_table(views.database.is_postgres()),
            lease::TABLE.to_owned(),
            snapshots::TABLE.to_owned(),
        ];
        views.run_ddl(&tables).await?;
        Ok(views)
    }

    /// Forgets a version of a projection with all its documents: for one that a newer
    /// version has replaced everywhere.
    ///
    /// # Errors
    /// [`StoreError`]; then it is there still.
    pub async fn forget(&self, definition: &Definition) -> Result<(), StoreError> {
        let mut work = self.database.begin().await?;
        for statement in ddl::drop_tables(definition, self.database.is_postgres()) {
            work.run(statement).await?;
        }
        let delete = checkpoint::delete(definition);
        work.execute(self.database.build(&delete)).await?;
        work.commit().await
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Makes what is not there yet. Two processes that do it at once may collide; the
    /// next try finds the work done.
    pub(crate) async fn run_ddl(&self, statements: &[String]) -> Result<(), StoreError> {
        const TRIES: u32 = 6;
        // Over many documents an index takes as long as it takes.
        let unbounded = match self.database.is_postgres() {
            true => "SET LOCAL statement_timeout = 0;\n",
            false => "",
        };
        let mut tries = 0;
        loop {
            let done = async {
                let mut work = self.database.begin().await?;
                work.run(format!("{unbounded}{}", statements.join(";\n"))).await?;
                work.commit().await
            };
            match done.await {
                Ok(()) => return Ok(()),
                Err(error) if tries >= TRIES => return Err(error),
                Err(error) => tracing::debug!(%error, "another process makes the tables"),
            }
            tries += 1;
            tokio::time::sleep(std::time::Duration::from_millis(20 << tries)).await;
        }
    }
}
