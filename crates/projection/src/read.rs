//! Why a view cannot be read.

use quanheng_eventlog::{Position, ReadError as LogError};

use crate::bounds::Exceeded;
use crate::filter::InvalidFilter;
use crate::store::StoreError;
use crate::store::checkpoint::Failure;

/// Why a view cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// There is no such projection in this process.
    #[error("there is no projection {0}")]
    NoProjection(String),
    /// The projection has no such collection.
    #[error("projection {0} has no collection {1}")]
    NoCollection(&'static str, String),
    /// The projection has not come to the position yet. Try again.
    #[error("projection {projection} is at {at}, not yet at {asked}")]
    Behind {
        /// Which.
        projection: &'static str,
        /// The position asked for.
        asked: Position,
        /// How far it has come.
        at: Position,
    },
    /// The projection stands still at a record that it cannot fold. Only a repair helps.
    #[error("projection {projection} stands still at {}: {}", .failure.position, .failure.reason)]
    Failed {
        /// Which.
        projection: &'static str,
        /// Where and why.
        failure: Failure,
    },
    /// The log has no such position: it belongs to another incarnation.
    #[error("position {asked} is beyond the head {head}")]
    BeyondHead {
        /// The position asked for.
        asked: Position,
        /// The newest position.
        head: Position,
    },
    /// What was removed since then is no longer known. Begin anew.
    #[error("what changed after {after} is no longer known; only what changed after {floor}")]
    Expired {
        /// The position asked for.
        after: Position,
        /// From where on changes are known.
        floor: Position,
    },
    /// The filter does not fit the collection.
    #[error(transparent)]
    Filter(#[from] InvalidFilter),
    /// No index of the collection has the order.
    #[error("collection {collection} is not ordered by {order}")]
    NoOrder {
        /// The collection.
        collection: &'static str,
        /// The order asked for.
        order: String,
    },
    /// The question is beyond a bound.
    #[error("{0}")]
    BoundExceeded(Exceeded),
    /// The views' database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The process is closing.
    #[error("the projections are closing")]
    Closing,
}

impl From<Exceeded> for ReadError {
    fn from(exceeded: Exceeded) -> Self {
        Self::BoundExceeded(exceeded)
    }
}
