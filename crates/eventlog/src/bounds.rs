//! Every bound of the log, by name, with its default.
//!
//! What exceeds one is refused with an error that names it; a page size alone is
//! cut to its maximum, as AIP-158 has it. The sizes of a record and of a name are
//! part of the format and not configurable.

use std::fmt;
use std::time::Duration;

/// Bytes of one record at most: the entry length of a tile is 16 bits wide.
pub const RECORD_BYTES_MAX: usize = 65_535;
/// Bytes of a stream name, event type, tag, principal or method at most.
pub const NAME_BYTES_MAX: usize = 255;
/// Bytes of one blob at most.
pub const BLOB_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The limits that a deployment may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Events of one commit.
    pub events_per_commit_max: usize,
    /// Bytes of all records of one commit.
    pub commit_bytes_max: usize,
    /// Tags of one event.
    pub tags_per_event_max: usize,
    /// Bytes of all blobs of one commit.
    pub commit_blob_bytes_max: usize,
    /// Bytes of a kept answer.
    pub answer_bytes_max: usize,
    /// Streams that one commit appends to, reads or guards.
    pub streams_per_commit_max: usize,
    /// Transactions that wait for the sequencer.
    pub queue_items_max: usize,
    /// Bytes of the transactions that wait for the sequencer.
    pub queue_bytes_max: usize,
    /// How long a caller waits for a place in the queue before it is pushed back.
    pub queue_wait_max: Duration,
    /// Events that one database transaction takes from the queue. A commit is never
    /// cut: the last one may go over.
    pub batch_events_max: usize,
    /// Bytes that one database transaction takes from the queue.
    pub batch_bytes_max: usize,
    /// How long a caller waits for the outcome of a commit.
    pub commit_wait_max: Duration,
    /// Events of a page; larger page sizes are cut to it. A page goes on to the
    /// end of the commit that it stops in.
    pub page_events_max: usize,
    /// Types and tags of one filter.
    pub filter_terms_max: usize,
    /// Streams whose versions the sequencer remembers.
    pub versions_cached_max: usize,
    /// Stream states that the sequencer remembers.
    pub states_cached_max: usize,
    /// Events by which a remembered state may lag and still be caught up under
    /// the lock; one that lags more is loaded anew outside it.
    pub catch_up_events_max: usize,
    /// Bytes of the newest records kept in memory for subscribers.
    pub tail_bytes_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            events_per_commit_max: 10_000,
            commit_bytes_max: 16 * 1024 * 1024,
            tags_per_event_max: 64,
            commit_blob_bytes_max: 64 * 1024 * 1024,
            answer_bytes_max: 1024 * 1024,
            streams_per_commit_max: 10_000,
            queue_items_max: 8_192,
            queue_bytes_max: 128 * 1024 * 1024,
            queue_wait_max: Duration::from_secs(5),
            batch_events_max: 1_024,
            batch_bytes_max: 8 * 1024 * 1024,
            commit_wait_max: Duration::from_secs(30),
            page_events_max: 512,
            filter_terms_max: 64,
            versions_cached_max: 65_536,
            states_cached_max: 4_096,
            catch_up_events_max: 10_000,
            tail_bytes_max: 8 * 1024 * 1024,
        }
    }
}

impl Bounds {
    /// No bound is nothing at all, and no wait is for ever.
    pub(crate) fn sane(mut self) -> Self {
        const WAIT_MAX: Duration = Duration::from_secs(3_600);
        for bound in [
            &mut self.queue_items_max,
            &mut self.queue_bytes_max,
            &mut self.batch_events_max,
            &mut self.batch_bytes_max,
            &mut self.page_events_max,
        ] {
            *bound = (*bound).max(1);
        }
        self.queue_bytes_max = self.queue_bytes_max.min(u32::MAX as usize);
        self.queue_wait_max = self.queue_wait_max.min(WAIT_MAX);
        self.commit_wait_max = self.commit_wait_max.min(WAIT_MAX);
        self
    }
}

/// Which bound was exceeded, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// The bound's name, as in the configuration; stable.
    pub bound: &'static str,
    /// What it allows.
    pub max: u64,
    /// What was asked for.
    pub actual: u64,
}

impl Exceeded {
    pub(crate) fn check(bound: &'static str, max: usize, actual: usize) -> Result<(), Self> {
        if actual <= max {
            return Ok(());
        }
        Err(Self { bound, max: max as u64, actual: actual as u64 })
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bound, max, actual } = self;
        write!(f, "{bound}: {actual} exceeds {max}")
    }
}
