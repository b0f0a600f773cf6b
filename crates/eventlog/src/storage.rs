//! What a database must do for the log: one writer that the sequencer owns, and
//! readers beside it. SQLite and PostgreSQL stand behind these two traits.

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use crate::bounds::Exceeded;
use crate::name::{Micros, Position, StreamName, Tag, Version};
use crate::read::{Direction, Filter};
use crate::record::{Digest, Record};
use crate::transaction::RequestKey;

/// The newest position, and the time of its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    pub(crate) position: Position,
    pub(crate) time: Micros,
}

/// What the writer finds when it has the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) head: Head,
    /// Whether the session is new. Then it may be one with another server, and nothing
    /// that was remembered can be trusted, even if the head is the same.
    pub(crate) fresh: bool,
}

/// Which log this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Realm {
    /// The realm's id: given once, kept by backups.
    pub id: Uuid,
    /// Given anew whenever the log is restored from a backup, so that positions and
    /// tokens of the lost part are told apart.
    pub incarnation: Uuid,
}

/// An answer that is kept under a request key.
#[derive(Debug, Clone)]
pub(crate) struct KeptAnswer {
    pub(crate) key: RequestKey,
    pub(crate) answer: Bytes,
    pub(crate) commit_id: Uuid,
    /// The log's position after the commit.
    pub(crate) position: Position,
    /// How many events the commit has.
    pub(crate) events: u64,
    pub(crate) time: Micros,
}

/// The rows of one database transaction.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) events: Vec<Record>,
    pub(crate) tags: Vec<(Tag, Position)>,
    pub(crate) blobs: Vec<(Digest, Bytes)>,
    pub(crate) answers: Vec<KeptAnswer>,
    /// The head after the batch.
    pub(crate) head: Head,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.answers.is_empty() && self.blobs.is_empty()
    }
}

/// Whether the rows went in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appended {
    Stored,
    /// One of the request keys is taken: look it up and run the batch again.
    KeyTaken,
}

/// What went wrong with the database, by what the sequencer can do about it.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum StorageError {
    /// Somebody else holds the lock. Nothing happened; try again.
    #[error("the log's lock is held by somebody else: {0}")]
    Busy(String),
    /// The connection is gone, and the transaction with it, unless it was committing.
    #[error("connection lost: {0}")]
    Lost(String),
    /// The database takes nothing now, whatever the transaction: disk full, read-only.
    #[error("the database takes no more: {0}")]
    Exhausted(String),
    /// The database did not finish these rows in time. Fewer may go through.
    #[error("the database took too long: {0}")]
    Slow(String),
    /// The database refused these rows.
    #[error("{0}")]
    Refused(String),
}

/// The one writer. It reconnects by itself in [`Writer::begin`].
#[async_trait]
pub(crate) trait Writer: Send {
    /// Opens a database transaction and takes the log's lock before anything else.
    async fn begin(&mut self) -> Result<Begun, StorageError>;

    /// Looks up kept answers, in the order of the keys.
    async fn answers(
        &mut self,
        keys: &[RequestKey],
    ) -> Result<Vec<Option<KeptAnswer>>, StorageError>;

    /// The versions of streams, in their order.
    async fn versions(&mut self, streams: &[StreamName]) -> Result<Vec<Version>, StorageError>;

    /// The events of a stream after a version, at most `limit`.
    async fn stream_after(
        &mut self,
        stream: &StreamName,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Record>, StorageError>;

    /// Stream and version of the events with positions in `after < position <= through`.
    async fn places(
        &mut self,
        after: Position,
        through: Position,
    ) -> Result<Vec<(StreamName, Version)>, StorageError>;

    /// Which of these blobs are stored, with their sizes.
    async fn blob_sizes(&mut self, digests: &[Digest]) -> Result<Vec<Option<u64>>, StorageError>;

    /// Writes the rows.
    async fn append(&mut self, batch: &Batch) -> Result<Appended, StorageError>;

    /// Makes the transaction durable. After [`StorageError::Lost`] its outcome is
    /// unknown until the lock is held again and [`Writer::has_commit`] was asked.
    async fn commit(&mut self) -> Result<(), StorageError>;

    /// Ends the transaction without a trace. Never fails: a connection that cannot
    /// even do that is dropped, which has the same effect.
    async fn rollback(&mut self);

    /// Whether "not found" is final for a commit of unknown outcome. Where the sync of a
    /// write-ahead log failed, its pages may still be found by a later recovery.
    fn absence_is_final(&self) -> bool;

    /// Whether a commit is stored, found by its first event or its kept answer.
    async fn has_commit(&mut self, witness: &Witness) -> Result<bool, StorageError>;

    /// Forgets kept answers older than a moment, at most `limit`; tells how many.
    async fn prune_answers(&mut self, before: Micros, limit: usize) -> Result<u64, StorageError>;

    /// Work to do between batches, such as a checkpoint of the write-ahead log.
    async fn maintain(&mut self);

    /// Closes the connection in an orderly way.
    async fn close(&mut self);
}

/// By what a commit of unknown outcome is found again.
#[derive(Debug, Clone)]
pub(crate) enum Witness {
    Event(Uuid),
    Answer { key: RequestKey, commit_id: Uuid },
}

/// Reading from the database. Every call is one short statement, so that no reader
/// ever pins old data.
#[async_trait]
pub(crate) trait Reader: Send + Sync {
    /// The newest position.
    async fn head(&self) -> Result<Head, ReadError>;

    /// The version of a stream.
    async fn version(&self, stream: &StreamName) -> Result<Version, ReadError>;

    /// Events with positions in `after < position <= through` that pass the filter,
    /// in order, at most `limit`.
    async fn range(
        &self,
        after: Position,
        through: Position,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Record>, ReadError>;

    /// Events of a stream from a version on (inclusive), in a direction.
    async fn stream(
        &self,
        stream: &StreamName,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Record>, ReadError>;

    /// One event.
    async fn event(&self, id: Uuid) -> Result<Option<Record>, ReadError>;

    /// The content of a blob.
    async fn blob(&self, digest: &Digest) -> Result<Option<Bytes>, ReadError>;

    /// The realm.
    async fn realm(&self) -> Result<Realm, ReadError>;

    /// For verification: which of these tag rows are there.
    async fn tags_stored(&self, tags: &[(Tag, Position)]) -> Result<Vec<bool>, ReadError>;

    /// For verification: tag rows after one, in order of tag and position.
    async fn tags_after(
        &self,
        after: Option<(Tag, Position)>,
        limit: usize,
    ) -> Result<Vec<(Tag, Position)>, ReadError>;

    /// For verification: where the given versions of streams stand.
    async fn positions_of(
        &self,
        places: &[(StreamName, Version)],
    ) -> Result<Vec<Option<Position>>, ReadError>;

    /// For verification: blobs after a digest, in order, with the sizes they are said
    /// to have.
    async fn blobs_after(
        &self,
        after: Option<Digest>,
        limit: usize,
    ) -> Result<Vec<(Digest, u64)>, ReadError>;

    /// Closes the connections.
    async fn close(&self);
}

impl From<Exceeded> for ReadError {
    fn from(exceeded: Exceeded) -> Self {
        Self::BoundExceeded(exceeded)
    }
}

/// Why a read failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The database cannot be reached now. Try again.
    #[error("the log cannot be read now: {0}")]
    Unavailable(String),
    /// What is stored is not what the log wrote. Run a verification.
    #[error("the stored log is damaged: {0}")]
    Damaged(String),
    /// The filter is beyond a bound.
    #[error("{0}")]
    BoundExceeded(Exceeded),
    /// The position lies beyond the head: it belongs to another incarnation of the log.
    #[error("position {asked} is beyond the head {head}")]
    BeyondHead {
        /// The position asked for.
        asked: Position,
        /// The newest position.
        head: Position,
    },
}
