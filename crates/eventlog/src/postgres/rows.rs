//! Rows as PostgreSQL gives and takes them.

use bytes::Bytes;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::name::{EventType, Micros, Position, StreamName, Version};
use crate::record::{CommitRef, Digest, Facts, Record};
use crate::storage::{ReadError, StorageError};

/// The columns of an event, in the order in which [`record`] reads them.
macro_rules! event_columns {
    () => {
        "e.position, e.stream, e.version, e.id, e.type, e.time, e.commit_id, e.commit_index, e.commit_count, e.record"
    };
}
pub(super) use event_columns;

pub(super) fn record(row: &PgRow) -> Result<Record, sqlx::Error> {
    let number = |index: usize| row.try_get::<i64, _>(index).map(|n| n as u64);
    let small = |index: usize| row.try_get::<i32, _>(index).map(|n| n as u32);
    Ok(Record {
        position: Position(number(0)?),
        stream: StreamName::stored(row.try_get::<&str, _>(1)?),
        version: Version(number(2)?),
        id: row.try_get::<Uuid, _>(3)?,
        event_type: EventType::stored(row.try_get::<&str, _>(4)?),
        time: Micros(row.try_get(5)?),
        commit: CommitRef { id: row.try_get::<Uuid, _>(6)?, index: small(7)?, count: small(8)? },
        bytes: Bytes::copy_from_slice(row.try_get::<&[u8], _>(9)?),
        facts: Facts::default(),
    })
}

pub(super) fn digest(bytes: &[u8]) -> Result<Digest, sqlx::Error> {
    let digest = <[u8; 32]>::try_from(bytes).map(Digest);
    digest.map_err(|_| sqlx::Error::Decode("a digest has 32 bytes".into()))
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

pub(super) fn storage_error(error: sqlx::Error) -> StorageError {
    let text = error.to_string();
    let Some(code) = code(&error) else {
        // Everything but an answer of the server means that the session is gone, or
        // in a state that nobody knows.
        return StorageError::Lost(text);
    };
    let text = format!("{text} ({code})");
    match (&code[..2], code.as_str()) {
        // The server ends the session: shut down, crashed, or idle for too long in a
        // transaction.
        ("08", _) | (_, "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04") => {
            StorageError::Lost(text)
        }
        // A lock that is held, a deadlock, or a serialisation failure.
        ("40", _) | (_, "55P03") => StorageError::Busy(text),
        // Cut off by a timeout: with fewer rows it may go through.
        (_, "57014") => StorageError::Slow(text),
        // No room, an I/O error, a read-only server: no transaction would do better.
        ("53" | "58", _) | (_, "25006") => StorageError::Exhausted(text),
        _ => StorageError::Refused(text),
    }
}

pub(super) fn read_error(error: sqlx::Error) -> ReadError {
    match (&error, code(&error).as_deref()) {
        (sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_), _)
        | (_, Some("XX001" | "XX002")) => ReadError::Damaged(error.to_string()),
        _ => ReadError::Unavailable(error.to_string()),
    }
}
