//! What a backup says of itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The form of the archive. A later one is refused.
pub(crate) const FORM: u32 = 1;
/// The manifest's name in the archive; it stands first.
pub(crate) const FILE: &str = "manifest.json";
/// The master key's name in the archive, where it is there.
pub(crate) const MASTER_KEY: &str = "master.key";

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The form of the archive.
    pub(crate) form: u32,
    /// The version of the program that made it.
    pub(crate) program: String,
    /// When, as RFC 3339.
    pub(crate) made_at: String,
    /// On what the realm was kept.
    pub(crate) database: Database,
    /// What the realm was called.
    pub(crate) realm_name: String,
    /// The realm.
    pub(crate) realm_id: Uuid,
    /// The incarnation that was copied; a restored log has another.
    pub(crate) incarnation: Uuid,
    /// The last position in it.
    pub(crate) head: u64,
    /// Whether the master key is in it.
    pub(crate) master_key: bool,
    /// Every other file of the archive, in order.
    pub(crate) parts: Vec<Part>,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// Its name.
    pub(crate) name: String,
    /// Its size.
    pub(crate) bytes: u64,
    /// Its SHA-256, hex.
    pub(crate) sha256: String,
    /// Of a table: its columns, in the order of its rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) columns: Vec<String>,
}

/// On what a realm is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Database {
    /// Files in a folder.
    Sqlite,
    /// Schemas of a database.
    Postgres,
}

impl Database {
    /// Its name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Manifest {
    /// A manifest of a copy that is being made; the parts come when it is packed.
    pub(crate) fn new(database: Database, realm_id: Uuid, incarnation: Uuid, head: u64) -> Self {
        Self {
            form: FORM,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: jiff::Timestamp::now().to_string(),
            database,
            realm_name: String::new(),
            realm_id,
            incarnation,
            head,
            master_key: false,
            parts: Vec::new(),
        }
    }
}
