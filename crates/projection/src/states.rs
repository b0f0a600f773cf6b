//! The stream states that a projection remembers, so that a projector sees the state
//! before each record without the stream being read again.

use std::any::{Any, TypeId};
use std::sync::Arc;

use futures::TryStreamExt as _;
use lru::LruCache;
use quanheng_eventlog::{Direction, Log, ReadError, Record, StreamName, Version};

use crate::projector::{AnyFold, ProjectError, Seed, StateFold, StreamState};

/// A state with the version that it holds.
struct Slot {
    version: Version,
    state: Box<dyn Any + Send + Sync>,
}

impl Slot {
    fn evolve(&mut self, fold: &dyn AnyFold, record: &Record) -> Result<(), ProjectError> {
        fold.evolve(&mut *self.state, record)?;
        self.version = record.version;
        Ok(())
    }
}

/// The least recently used is forgotten first, but nothing before its page is folded.
pub(crate) struct States {
    slots: LruCache<(StreamName, TypeId), Slot>,
    cached_max: usize,
}

/// The state of a record's stream, on its way past the record.
pub(crate) struct Lent {
    key: (StreamName, TypeId),
    fold: Arc<dyn AnyFold>,
    slot: Slot,
}

impl Lent {
    pub(crate) fn state(&self) -> StreamState<'_> {
        StreamState(Some(&*self.slot.state))
    }

    pub(crate) fn evolve(&mut self, record: &Record) -> Result<(), ProjectError> {
        self.slot.evolve(&*self.fold, record)
    }
}

/// Why a state could not be had.
pub(crate) enum StateError {
    Log(ReadError),
    Record(ProjectError),
}

impl States {
    pub(crate) fn new(states_cached_max: usize) -> Self {
        Self { slots: LruCache::unbounded(), cached_max: states_cached_max }
    }

    /// A page is folded: forgets what is beyond the bound.
    pub(crate) fn trim(&mut self) {
        while self.slots.len() > self.cached_max {
            self.slots.pop_lru();
        }
    }

    /// The state of a stream as it is remembered, if it is the one after this record.
    pub(crate) fn after(&self, record: &Record, StateFold(fold): &StateFold) -> StreamState<'_> {
        let slot = self.slots.peek(&(record.stream.clone(), fold.state_type()));
        StreamState(slot.filter(|slot| slot.version == record.version).map(|slot| &*slot.state))
    }

    pub(crate) fn forget(&mut self) {
        self.slots.clear();
    }

    /// Whether the state of the record's stream is remembered from before the record.
    pub(crate) fn knows(&self, record: &Record, StateFold(fold): &StateFold) -> bool {
        let slot = self.slots.peek(&(record.stream.clone(), fold.state_type()));
        slot.is_some_and(|slot| slot.version < record.version)
    }

    /// Takes over a state that a document holds.
    pub(crate) fn plant(&mut self, record: &Record, StateFold(fold): &StateFold, seed: Seed) {
        let Seed { version, state } = seed;
        // One of another type, or from behind the record, is none of this stream before it.
        if version < record.version && (*state).type_id() == fold.state_type() {
            let key = (record.stream.clone(), fold.state_type());
            self.slots.put(key, Slot { version, state });
        }
    }

    /// The state of the record's stream before the record. What is missing of it, also
    /// because the projection's filter passes over events, is read from the stream.
    pub(crate) async fn before(
        &mut self,
        log: &Log,
        record: &Record,
        StateFold(fold): StateFold,
    ) -> Result<Lent, StateError> {
        let key = (record.stream.clone(), fold.state_type());
        let initial = || Slot { version: Version::NONE, state: fold.initial() };
        let remembered = self.slots.pop(&key).filter(|slot| slot.version < record.version);
        let mut slot = remembered.unwrap_or_else(initial);
        if slot.version.next() < record.version {
            let from = slot.version.next();
            let records = log.read_stream(record.stream.clone(), from, Direction::Forward);
            let mut records = std::pin::pin!(records);
            while let Some(earlier) = records.try_next().await.map_err(StateError::Log)? {
                if earlier.version >= record.version {
                    break;
                }
                slot.evolve(&*fold, &earlier).map_err(StateError::Record)?;
            }
        }
        if slot.version.next() != record.version {
            let hole = format!("{} lacks version {}", record.stream, slot.version.next());
            return Err(StateError::Log(ReadError::Damaged(hole)));
        }
        Ok(Lent { key, fold, slot })
    }

    /// Remembers a state again.
    pub(crate) fn keep(&mut self, Lent { key, slot, .. }: Lent) {
        self.slots.put(key, slot);
    }
}
