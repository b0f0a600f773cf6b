//! Where keys are kept: what a database does for them.

mod postgres;
mod sqlite;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::PgConnectOptions;

use crate::error::KeysError;
use crate::keys::unwrap;
use crate::master::MasterKey;

pub use sqlite::FILE as SQLITE_FILE;

/// Where the keys are.
#[allow(clippy::large_enum_variant, reason = "there is one in a program")]
#[derive(Debug, Clone)]
pub enum KeysBackend {
    /// In a folder, as [`SQLITE_FILE`]; made if it is not there.
    Sqlite(PathBuf),
    /// In a schema of a PostgreSQL database; made if it is not there.
    Postgres {
        /// The database.
        connect: PgConnectOptions,
        /// The schema: lower-case letters, digits and `_`, at most 48.
        schema: String,
    },
}

impl KeysBackend {
    pub(crate) async fn open(self) -> Result<Box<dyn Store>, KeysError> {
        Ok(match self {
            Self::Sqlite(folder) => Box::new(sqlite::SqliteStore::open(&folder).await?),
            Self::Postgres { connect, schema } => {
                Box::new(postgres::PostgresStore::open(connect, &schema).await?)
            }
        })
    }
}

/// The one row that the store begins with.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// The id of the master key that everything is wrapped with.
    pub(crate) master: String,
    pub(crate) check_value: Vec<u8>,
    pub(crate) index_key: Vec<u8>,
}

/// What is stored of a subject.
pub(crate) enum Stored {
    Wrapped(Vec<u8>),
    Erased { at: i64 },
}

/// A row of the blind index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) kind: String,
    pub(crate) digest: String,
    pub(crate) subject: String,
}

/// A database that keeps keys. Every call is one transaction.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    async fn head(&self) -> Result<Option<Head>, KeysError>;

    /// Puts the head there if none is; answers the one that is.
    async fn settle(&self, fresh: &Head) -> Result<Head, KeysError>;

    /// What there is of the subjects.
    async fn find(&self, subjects: &[&str]) -> Result<Vec<(String, Stored)>, KeysError>;

    /// Puts wrapped keys in, in order of their subjects; those that are there stay.
    /// Refuses as a whole if one is erased, or the store is wrapped with another master.
    async fn insert(&self, master: &str, keys: &[(String, Vec<u8>)]) -> Result<(), KeysError>;

    async fn erase(&self, subject: &str, at_us: i64) -> Result<bool, KeysError>;

    async fn index_put(&self, entries: &[Entry]) -> Result<(), KeysError>;

    async fn index_remove(&self, entries: &[Entry]) -> Result<(), KeysError>;

    async fn index_find(
        &self,
        kind: &str,
        digest: &str,
        found_max: usize,
    ) -> Result<Vec<String>, KeysError>;

    async fn rewrap(&self, rotation: &Rotation) -> Result<u64, KeysError>;

    async fn close(&self);
}

/// Keys that a rotation reads at a time.
const ROTATED_MAX: i64 = 1_000;
const CONNECTIONS_MAX: u32 = 4;
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(10);

/// From one master key to another.
pub(crate) struct Rotation {
    pub(crate) old: Arc<dyn MasterKey>,
    pub(crate) new: Arc<dyn MasterKey>,
}

impl Rotation {
    /// Refuses a store that another process has rotated meanwhile.
    fn check(&self, head: &Head) -> Result<(), KeysError> {
        check_master(&head.master, self.old.id())
    }

    async fn rewrap(&self, subject: &str, wrapped: &[u8]) -> Result<Vec<u8>, KeysError> {
        let key = unwrap(&*self.old, subject, wrapped).await?;
        self.new.wrap(&key).await.map_err(KeysError::Master)
    }

    async fn rewrap_head(&self, head: &Head) -> Result<Head, KeysError> {
        Ok(Head {
            master: self.new.id().to_owned(),
            check_value: self.rewrap("check", &head.check_value).await?,
            index_key: self.rewrap("index", &head.index_key).await?,
        })
    }
}

fn check_master(expected: &str, given: &str) -> Result<(), KeysError> {
    if expected == given {
        return Ok(());
    }
    Err(KeysError::WrongMaster { expected: expected.to_owned(), given: given.to_owned() })
}

/// The subjects of entries, each once, in order.
fn subjects_of(entries: &[Entry]) -> Vec<&str> {
    let mut subjects: Vec<&str> = entries.iter().map(|entry| entry.subject.as_str()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

/// Refuses a subject that has no key: erased if a row is left of it.
fn all_live(asked: &[&str], rows: Vec<(String, bool)>) -> Result<(), KeysError> {
    let rows: HashMap<String, bool> = rows.into_iter().collect();
    for subject in asked {
        match rows.get(*subject) {
            Some(true) => {}
            Some(false) => return Err(KeysError::Erased { subject: (*subject).to_owned() }),
            None => return Err(KeysError::Unknown { subject: (*subject).to_owned() }),
        }
    }
    Ok(())
}
