//! Rows as SQLite gives and takes them.

use std::sync::LazyLock;

use bytes::Bytes;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite};
use uuid::Uuid;

use crate::name::{EventType, Micros, Position, StreamName, Version};
use crate::record::{CommitRef, Digest, Facts, Record};
use crate::storage::{ReadError, StorageError};

/// The columns of an event, in the order in which [`record`] reads them.
pub(super) const EVENT_COLUMNS: &str =
    "position, stream, version, id, type, time, commit_id, commit_index, commit_count, record";

pub(super) fn record(row: &SqliteRow) -> Result<Record, sqlx::Error> {
    let number = |index: usize| row.try_get::<i64, _>(index).map(|n| n as u64);
    Ok(Record {
        position: Position(number(0)?),
        stream: StreamName::stored(row.try_get::<&str, _>(1)?),
        version: Version(number(2)?),
        id: row.try_get::<Uuid, _>(3)?,
        event_type: EventType::stored(row.try_get::<&str, _>(4)?),
        time: Micros(row.try_get(5)?),
        commit: CommitRef {
            id: row.try_get::<Uuid, _>(6)?,
            index: number(7)? as u32,
            count: number(8)? as u32,
        },
        bytes: Bytes::from(row.try_get::<Vec<u8>, _>(9)?),
        facts: Facts::default(),
    })
}

pub(super) fn digest(bytes: Vec<u8>) -> Result<Digest, sqlx::Error> {
    let digest = <[u8; 32]>::try_from(bytes).map(Digest);
    digest.map_err(|_| sqlx::Error::Decode("a digest has 32 bytes".into()))
}

/// `INSERT … VALUES` statements for several rows at a time. SQLite compiles each
/// once; sizes are few so that all of them stay compiled, and close enough that a batch
/// takes few statements.
pub(super) struct MultiInsert {
    pub(super) statements: [LazyLock<String>; 9],
}

/// Rows per statement, largest first.
const SIZES: [usize; 9] = [256, 128, 64, 32, 16, 8, 4, 2, 1];

macro_rules! multi_insert {
    ($head:literal, $row:literal, $tail:literal) => {
        crate::sqlite::rows::MultiInsert {
            statements: [
                std::sync::LazyLock::new(|| crate::sqlite::rows::repeat($head, $row, $tail, 256)),
                std::sync::LazyLock::new(|| crate::sqlite::rows::repeat($head, $row, $tail, 128)),
                std::sync::LazyLock::new(|| crate::sqlite::rows::repeat($head, $row, $tail, 64)),
                std::sync::LazyLock::new(|| crate::sqlite::rows::repeat($head, $row, $tail, 32)),
                std::sync::LazyLock::new(|| crate::sqlite::rows::repeat($head, $row, $tail, 16)),
                std::sync::LazyLock::new(|| crate::sqlite::rows::repeat($head, $row, $tail, 8)),
                std::sync::LazyLock::new(|| crate::sqlite::rows::repeat($head, $row, $tail, 4)),
                std::sync::LazyLock::new(|| crate::sqlite::rows::repeat($head, $row, $tail, 2)),
                std::sync::LazyLock::new(|| crate::sqlite::rows::repeat($head, $row, $tail, 1)),
            ],
        }
    };
}
pub(super) use multi_insert;

pub(super) fn repeat(head: &str, row: &str, tail: &str, rows: usize) -> String {
    let rows = vec![row; rows].join(", ");
    format!("{head} VALUES {rows} {tail}")
}

impl MultiInsert {
    /// Cuts rows into pieces, each with its statement.
    pub(super) fn pieces<'r, T>(
        &'static self,
        mut rows: &'r [T],
    ) -> impl Iterator<Item = (&'static str, &'r [T])> {
        let mut sizes = SIZES.iter().zip(&self.statements);
        let mut size = sizes.next();
        std::iter::from_fn(move || {
            loop {
                let (rows_max, statement) = size?;
                if rows.len() >= *rows_max {
                    let (piece, rest) = rows.split_at(*rows_max);
                    rows = rest;
                    return Some((statement.as_str(), piece));
                }
                size = sizes.next();
            }
        })
    }
}

pub(super) type Query<'q> = sqlx::query::Query<'q, Sqlite, <Sqlite as sqlx::Database>::Arguments>;

/// SQLite's primary result codes, as far as they tell what to do.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<u32>().ok().map(|code| code & 0xff)
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_CANTOPEN: u32 = 14;
const SQLITE_NOTADB: u32 = 26;

pub(super) fn storage_error(error: sqlx::Error) -> StorageError {
    let text = error.to_string();
    match (primary_code(&error), &error) {
        (Some(SQLITE_BUSY | SQLITE_LOCKED), _) => StorageError::Busy(text),
        (
            Some(
                SQLITE_READONLY | SQLITE_IOERR | SQLITE_CORRUPT | SQLITE_FULL | SQLITE_CANTOPEN
                | SQLITE_NOTADB,
            ),
            _,
        ) => StorageError::Exhausted(text),
        (None, sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed) => StorageError::Lost(text),
        _ => StorageError::Refused(text),
    }
}

/// What a failed commit means. When the sync of the write-ahead log fails, its pages
/// may or may not be on the disk: only looking again tells.
pub(super) fn commit_error(error: sqlx::Error) -> StorageError {
    match primary_code(&error) {
        Some(SQLITE_IOERR) | None => StorageError::Lost(error.to_string()),
        _ => storage_error(error),
    }
}

pub(super) fn read_error(error: sqlx::Error) -> ReadError {
    match primary_code(&error) {
        Some(SQLITE_CORRUPT | SQLITE_NOTADB) => ReadError::Damaged(error.to_string()),
        _ => match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                ReadError::Damaged(error.to_string())
            }
            error => ReadError::Unavailable(error.to_string()),
        },
    }
}
