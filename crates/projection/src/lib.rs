//! Projections: documents that are folded from the log, and are queried and watched.
//!
//! A [`Definition`] is a name, a version, collections of JSON documents with typed,
//! indexed columns, and a pure [`Projector`]. [`Projections`] follows the log for each,
//! on SQLite or PostgreSQL ([`Views`]); a [`View`] answers what is asked of the documents.
//!
//! * The checkpoint moves in the transaction of its documents, by compare-and-set: each
//!   event is folded exactly once, with any number of processes on the same views.
//! * A new version builds beside the old one. A log with another incarnation, or one that
//!   ends before the checkpoint, is folded anew from its beginning.
//! * A record that cannot be folded stops its projection alone, which says so at once.
//! * A filter ([`Filter`]) has one form in SQL and one in memory; they agree.
//! * A [`Watch`] is a snapshot and then changes, commit by commit; it resumes from a
//!   token without loss, and without a state older than one already seen.

mod bounds;
mod column;
pub mod columns;
mod definition;
mod document;
mod filter;
mod fold;
mod lex;
mod metrics;
mod order;
mod page_token;
mod parse;
mod parsed;
mod projections;
mod projector;
mod read;
mod resume_token;
mod runner;
mod serve;
mod sort_key;
mod states;
mod store;
mod view;
mod watch;

pub use bounds::{Bounds, COLUMN_BYTES_MAX, Exceeded, ID_BYTES_MAX, INDEX_TEXTS_MAX};
pub use column::{Column, ColumnKind, Value, WrongKind};
pub use definition::{Collection, Definition, Index, InvalidDefinition};
pub use document::{Doc, DocKey, Docs};
pub use filter::{Filter, InvalidFilter, Op};
pub use order::{Direction, Order, OrderBy};
pub use page_token::{Cursor, InvalidPageToken};
pub use parse::{ParseError, Problem};
pub use projections::{Projections, StartError, Status};
pub use projector::{ProjectError, Projector, Seed, StateFold, StreamState};
pub use read::ReadError;
pub use resume_token::{ResumeToken, TokenMismatch};
pub use serve::Unsupported;
pub use store::checkpoint::Failure;
pub use store::database::{Backend, FILE as SQLITE_FILE, PostgresOptions, SqliteOptions};
pub use store::documents::Changed;
pub use store::{StoreError, Views};
pub use view::{Changes, Listed, Query, View};
pub use watch::{Watch, WatchError, WatchEvent, WatchQuery};
