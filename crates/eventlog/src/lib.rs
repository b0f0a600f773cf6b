//! The log: one durable, dense order of events, on SQLite and PostgreSQL.
//!
//! Everything Quanheng knows, it knows from this log. Callers commit
//! [`Transaction`]s, or [`Decide`] over the newest state of streams; the sequencer
//! gives every event its place; readers and subscribers see the same order
//! everywhere, without a hole.
//!
//! * What is acknowledged is durable, and stays what it is: records are stored as the
//!   exact bytes that are hashed and proved, and the database refuses to change them.
//! * Positions are 1, 2, 3, … in commit order; versions are the same within a stream.
//! * A commit is visible as a whole or not at all; pages end where commits end.
//! * A request key makes a request take effect once, however often it is sent.
//! * SQLite and PostgreSQL behave the same; one suite of tests says so.

mod bounds;
mod clock;
mod desk;
mod log;
mod metrics;
mod name;
mod postgres;
mod read;
mod record;
mod sequencer;
mod snapshot;
mod sqlite;
mod storage;
mod subscribe;
mod tail;
mod transaction;
mod upcast;
mod verify;

pub use bounds::{BLOB_BYTES_MAX, Bounds, Exceeded, NAME_BYTES_MAX, RECORD_BYTES_MAX};
pub use clock::{Clock, SystemClock};
pub use desk::Desk;
pub use log::{Backend, Log, Options, renew_incarnation};
pub use name::{
    EventType, InvalidMoment, InvalidName, Method, Micros, Position, Principal, StreamName, Tag,
    Version,
};
pub use postgres::{PostgresOptions, migrate as migrate_postgres};
pub use read::{Direction, Filter, Page};
pub use record::{
    BlobRef, CommitRef, Context, Digest, Envelope, EventDraft, Facts, MalformedRecord, Record,
};
pub use snapshot::{Snapshot, Snapshots};
pub use sqlite::{FILE as SQLITE_FILE, OpenError, SqliteOptions};
pub use storage::{ReadError, Realm};
pub use subscribe::Subscription;
pub use transaction::{
    Abort, Changes, CommitError, Decide, Expect, Fate, Fold, Loaded, Outcome, Proposal, Read,
    Receipt, RequestKey, Transaction,
};
pub use upcast::{Upcast, UpcasterClash, Upcasters};
pub use verify::{Fault, FaultKind, Verified, VerifyError};
