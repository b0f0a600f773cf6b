//! Every bound of projections, by name, with its default.

use std::fmt;
use std::time::Duration;

/// Bytes of an indexed text at most. A longer one, or one with a NUL, is missing for
/// filters and orders: no database's index takes it, and no document is lost for it.
pub const COLUMN_BYTES_MAX: usize = 400;
/// Bytes of a document's id at most.
pub const ID_BYTES_MAX: usize = 255;
/// Text columns of one index at most: an entry of PostgreSQL's holds no more.
pub const INDEX_TEXTS_MAX: usize = 5;

/// The limits that a deployment may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Documents of a page; larger page sizes are cut to it.
    pub page_size_max: usize,
    /// Documents asked for by id at once.
    pub ids_per_get_max: usize,
    /// Up to how many documents are counted.
    pub count_max: u64,
    /// Bytes of the text of a filter or an order.
    pub filter_bytes_max: usize,
    /// Comparisons of one filter.
    pub filter_terms_max: usize,
    /// How deep a filter's brackets may stand in each other.
    pub filter_depth_max: usize,
    /// Bytes of one document.
    pub document_bytes_max: usize,
    /// Events that are folded in one transaction; a commit is never cut.
    pub fold_events_max: usize,
    /// How long events may be left to come together before they are folded, while nobody
    /// waits for them.
    pub fold_interval: Duration,
    /// Events that a projection must have before it when it begins, to be built without
    /// indexes, which are made at the end.
    pub bare_events_min: usize,
    /// Stream states that one projection remembers.
    pub states_cached_max: usize,
    /// Documents that one projection keeps as they were read last.
    pub parsed_cached_max: usize,
    /// Removed documents that a collection remembers.
    pub removals_kept: u64,
    /// How long a removed document is remembered, by the time of the log.
    pub removals_age_max: Duration,
    /// Events that wait for one watcher.
    pub watch_buffer_max: usize,
    /// How long a watcher may let its full buffer wait before it is cut off.
    pub watch_send_wait_max: Duration,
    /// Watchers of one projection in this process.
    pub watchers_max: usize,
    /// How often a watcher without news hears where it stands.
    pub bookmark_interval: Duration,
    /// How often a watcher may ask for that at most.
    pub bookmark_interval_min: Duration,
    /// How often a waiter looks at what other processes have done.
    pub poll_interval: Duration,
    /// How long a checkpoint that only passed over others' events may stay unwritten.
    pub checkpoint_interval: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            page_size_max: 1_000,
            ids_per_get_max: 1_000,
            count_max: 100_000,
            filter_bytes_max: 4_096,
            filter_terms_max: 64,
            filter_depth_max: 16,
            document_bytes_max: 1024 * 1024,
            fold_events_max: 512,
            fold_interval: Duration::from_millis(100),
            bare_events_min: 20_000,
            states_cached_max: 1_024,
            parsed_cached_max: 1_024,
            removals_kept: 100_000,
            removals_age_max: Duration::from_secs(7 * 24 * 3_600),
            watch_buffer_max: 256,
            watch_send_wait_max: Duration::from_secs(30),
            watchers_max: 1_000,
            bookmark_interval: Duration::from_secs(10),
            bookmark_interval_min: Duration::from_secs(1),
            poll_interval: Duration::from_millis(100),
            checkpoint_interval: Duration::from_millis(200),
        }
    }
}

impl Bounds {
    /// No bound is nothing at all, and no interval a busy loop.
    pub(crate) fn sane(mut self) -> Self {
        for bound in [
            &mut self.page_size_max,
            &mut self.fold_events_max,
            &mut self.states_cached_max,
            &mut self.watch_buffer_max,
        ] {
            *bound = (*bound).max(1);
        }
        for interval in [
            &mut self.bookmark_interval,
            &mut self.bookmark_interval_min,
            &mut self.poll_interval,
            &mut self.checkpoint_interval,
            &mut self.watch_send_wait_max,
        ] {
            *interval = (*interval).clamp(Duration::from_millis(1), Duration::from_secs(3_600));
        }
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
