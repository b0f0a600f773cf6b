//! Checkpoints: pages of the write-ahead log are moved into the file proper.

use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tokio::task::JoinHandle;

use super::rows::storage_error;
use super::{SqliteOptions, writing};
use crate::storage::StorageError;

/// Moves what no reader needs, and waits for nobody.
pub(super) const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// How many pages the write-ahead log holds, and how many of them are in the file proper.
type Moved = Result<(u64, u64), StorageError>;

/// Runs a checkpoint.
pub(super) async fn checkpoint(connection: &mut SqliteConnection, sql: &'static str) -> Moved {
    let row = sqlx::query(sql).fetch_one(connection).await;
    let row = row.map_err(storage_error)?;
    let count = |index| row.try_get::<i64, _>(index).map(|n| n.max(0) as u64);
    Ok((count(1).map_err(storage_error)?, count(2).map_err(storage_error)?))
}

/// Runs checkpoints on a connection of its own, while the writer goes on: tens of
/// megabytes are moved and synced at a time, and no commit has to wait for them.
pub(super) struct Checkpointer {
    options: SqliteOptions,
    connection: Option<SqliteConnection>,
    running: Option<JoinHandle<(Option<SqliteConnection>, Moved)>>,
    /// Pages that had come when it started.
    began_with: u64,
}

impl Checkpointer {
    pub(super) fn new(options: SqliteOptions) -> Self {
        Self { options, connection: None, running: None, began_with: 0 }
    }

    /// Starts a checkpoint, if none is running; of one that has ended tells what it moved,
    /// and how many pages came meanwhile. `pages` have come in all.
    pub(super) async fn step(&mut self, pages: u64) -> Option<(Moved, u64)> {
        match self.running.take() {
            None => {
                self.began_with = pages;
                self.running =
                    Some(tokio::spawn(run(self.connection.take(), self.options.clone())));
                None
            }
            Some(running) if !running.is_finished() => {
                self.running = Some(running);
                None
            }
            Some(running) => {
                let came = pages.saturating_sub(self.began_with);
                Some((self.ended(running).await, came))
            }
        }
    }

    /// Waits for what is running, and closes the connection.
    pub(super) async fn close(&mut self) {
        if let Some(running) = self.running.take()
            && let Err(error) = self.ended(running).await
        {
            tracing::warn!(%error, "the last checkpoint failed");
        }
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the checkpoints' connection");
        }
    }

    async fn ended(&mut self, running: JoinHandle<(Option<SqliteConnection>, Moved)>) -> Moved {
        match running.await {
            Ok((connection, moved)) => {
                self.connection = connection;
                moved
            }
            Err(error) => Err(StorageError::Lost(error.to_string())),
        }
    }
}

/// A connection that failed is not used again.
async fn run(
    connection: Option<SqliteConnection>,
    options: SqliteOptions,
) -> (Option<SqliteConnection>, Moved) {
    let mut connection = match connection {
        Some(connection) => connection,
        None => match writing(&options).create_if_missing(false).connect().await {
            Ok(connection) => connection,
            Err(error) => return (None, Err(storage_error(error))),
        },
    };
    match checkpoint(&mut connection, PASSIVE).await {
        Ok(moved) => (Some(connection), Ok(moved)),
        Err(error) => (None, Err(error)),
    }
}
