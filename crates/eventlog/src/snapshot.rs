//! Snapshots: states of long streams, kept beside the log so that a cold one is not built
//! from its first event. Nothing rests on them: what is missing, torn or of another form is
//! built from the events.

use async_trait::async_trait;

use crate::desk::Slot;
use crate::name::{StreamName, Version};
use crate::storage::Realm;
use crate::transaction::Read;

/// A snapshot of a stream's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version that it holds.
    pub version: Version,
    /// The state, as its fold wrote it.
    pub state: Vec<u8>,
}

/// Where snapshots are kept. Losing them costs time and nothing else.
#[async_trait]
pub trait Snapshots: Send + Sync + 'static {
    /// The newest snapshot of a stream in a form, of this incarnation of the log.
    async fn load(&self, realm: Realm, stream: &StreamName, form: &str) -> Option<Snapshot>;

    /// Keeps a snapshot, instead of the one before.
    async fn save(&self, realm: Realm, stream: &StreamName, form: &str, snapshot: Snapshot);
}

/// Events that are read before a snapshot is worth keeping.
pub(crate) const EVENTS_MIN: u64 = 1_000;
/// Bytes of a snapshot at most.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// The state to begin with: that of a snapshot, or that of no event.
pub(crate) async fn begin(
    snapshots: Option<&dyn Snapshots>,
    realm: Realm,
    read: &Read,
    newest: Version,
) -> Option<Slot> {
    let (snapshots, fold) = (snapshots?, read.fold.as_ref()?);
    let found = snapshots.load(realm, &read.stream, fold.form()?).await?;
    if found.version > newest || found.version == Version::NONE {
        return None;
    }
    let state = fold.restore(&found.state)?;
    Some(Slot::of(found.version, state, std::sync::Arc::clone(fold)))
}

/// Keeps the state, if it took long to come by.
pub(crate) async fn end(
    snapshots: Option<&dyn Snapshots>,
    realm: Realm,
    stream: &StreamName,
    begun: Version,
    slot: &Slot,
) {
    let Some(snapshots) = snapshots else { return };
    if slot.version.0.saturating_sub(begun.0) < EVENTS_MIN {
        return;
    }
    let (Some(form), Some(state)) = (slot.fold.form(), slot.fold.save(slot.state.as_ref())) else {
        return;
    };
    if state.len() <= BYTES_MAX {
        let snapshot = Snapshot { version: slot.version, state };
        snapshots.save(realm, stream, form, snapshot).await;
    }
}
