//! The desk: what the sequencer lays before a decision, and the states it remembers.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::name::{Micros, Position, StreamName, Version};
use crate::record::{MalformedRecord, Record};
use crate::transaction::{AnyFold, Read};

/// What a decision may look at: the newest version and state of every stream that it
/// reads, and the time that its events will bear.
pub struct Desk<'a> {
    pub(crate) head: Position,
    pub(crate) time: Micros,
    pub(crate) versions: &'a HashMap<StreamName, Version>,
    pub(crate) states: &'a Working,
    pub(crate) reads: Reads<'a>,
}

/// The streams that a decision named: it sees no other.
pub(crate) enum Reads<'a> {
    Few(&'a [Read]),
    Many(HashSet<&'a StreamName>),
}

impl<'a> Reads<'a> {
    pub(crate) fn new(reads: &'a [Read]) -> Self {
        const FEW: usize = 16;
        match reads.len() <= FEW {
            true => Self::Few(reads),
            false => Self::Many(reads.iter().map(|read| &read.stream).collect()),
        }
    }

    fn contain(&self, stream: &StreamName) -> bool {
        match self {
            Self::Few(reads) => reads.iter().any(|read| read.stream == *stream),
            Self::Many(streams) => streams.contains(stream),
        }
    }
}

impl Desk<'_> {
    /// The position of the log before this decision.
    #[must_use]
    pub fn head(&self) -> Position {
        self.head
    }

    /// The time that the events of this decision will bear.
    #[must_use]
    pub fn time(&self) -> Micros {
        self.time
    }

    /// The version of a stream that the decision reads; none for any other stream.
    #[must_use]
    pub fn version(&self, stream: &StreamName) -> Option<Version> {
        self.versions.get(stream).copied().filter(|_| self.reads.contain(stream))
    }

    /// The state of a stream that the decision reads; none for any other stream, or
    /// one read under another type of state.
    #[must_use]
    pub fn state<S: 'static>(&self, stream: &StreamName) -> Option<&S> {
        if !self.reads.contain(stream) {
            return None;
        }
        let key = (stream.clone(), TypeId::of::<S>());
        self.states.slots.get(&key)?.state.downcast_ref()
    }
}

/// Which state of which stream.
pub(crate) type StateKey = (StreamName, TypeId);

/// A state with the version that it holds.
pub(crate) struct Slot {
    pub(crate) version: Version,
    pub(crate) state: Box<dyn Any + Send + Sync>,
    pub(crate) fold: Arc<dyn AnyFold>,
    /// Whether [`Warm`] knows of it.
    pub(crate) told: bool,
}

impl Slot {
    pub(crate) fn initial(fold: &Arc<dyn AnyFold>) -> Self {
        Self::of(Version::NONE, fold.initial(), Arc::clone(fold))
    }

    pub(crate) fn of(
        version: Version,
        state: Box<dyn Any + Send + Sync>,
        fold: Arc<dyn AnyFold>,
    ) -> Self {
        Self { version, state, fold, told: false }
    }

    pub(crate) fn evolve(&mut self, record: &Record) -> Result<(), MalformedRecord> {
        assert_eq!(
            record.version,
            self.version.next(),
            "a state is built from its stream's events in order"
        );
        self.fold.evolve(self.state.as_mut(), record)?;
        self.version = record.version;
        Ok(())
    }
}

/// The key under which the state of a read is remembered, if it reads a state.
pub(crate) fn state_key(read: &Read) -> Option<StateKey> {
    let fold = read.fold.as_ref()?;
    Some((read.stream.clone(), fold.state_type()))
}

/// The states that the sequencer remembers from batch to batch, the least recently
/// used forgotten first. Each holds what is committed, nothing more.
pub(crate) struct Remembered {
    slots: LruCache<StateKey, Slot>,
    warm: Warm,
}

/// Which states the sequencer remembers, as callers see it: what is not among them they
/// load before they queue, and not after a turn in vain. A hint: what it says wrongly is
/// found out in the queue.
#[derive(Clone, Default)]
pub(crate) struct Warm(Arc<Mutex<HashSet<StateKey>>>);

impl Warm {
    fn keys(&self) -> MutexGuard<'_, HashSet<StateKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of some reads whose states are likely not remembered.
    pub(crate) fn missing(&self, reads: &[Read]) -> Vec<Read> {
        let keys = self.keys();
        let cold = |read: &&Read| state_key(read).is_some_and(|key| !keys.contains(&key));
        reads.iter().filter(cold).cloned().collect()
    }
}

impl Remembered {
    pub(crate) fn new(states_cached_max: usize, warm: Warm) -> Self {
        let capacity = NonZeroUsize::new(states_cached_max).unwrap_or(NonZeroUsize::MIN);
        Self { slots: LruCache::new(capacity), warm }
    }

    pub(crate) fn contains(&self, key: &StateKey) -> bool {
        self.slots.contains(key)
    }

    /// Lays a state on the desk, if it is remembered.
    pub(crate) fn lend(&mut self, key: &StateKey, desk: &mut Working) {
        if let Some(slot) = self.slots.pop(key) {
            desk.insert(key.clone(), slot);
        }
    }

    /// Forgets everything; tells whether there was anything.
    pub(crate) fn forget(&mut self) -> bool {
        let forgotten = !self.slots.is_empty();
        self.slots.clear();
        self.warm.keys().clear();
        forgotten
    }

    pub(crate) fn keep(&mut self, working: Working) {
        let mut warm = self.warm.keys();
        for (key, mut slot) in working.slots {
            if !std::mem::replace(&mut slot.told, true) {
                warm.insert(key.clone());
            }
            // What comes back is the least recently used, or an older one of the same key.
            let forgotten = self.slots.push(key, slot).map(|(key, _)| key);
            if let Some(key) = forgotten.filter(|key| !self.slots.contains(key)) {
                warm.remove(&key);
            }
        }
    }
}

/// The states on the desk for one batch. They run ahead of what is committed; if the
/// batch fails they are thrown away and loaded anew.
#[derive(Default)]
pub(crate) struct Working {
    pub(crate) slots: HashMap<StateKey, Slot>,
    by_stream: HashMap<StreamName, Vec<TypeId>>,
}

impl Working {
    pub(crate) fn insert(&mut self, key: StateKey, slot: Slot) {
        let types = self.by_stream.entry(key.0.clone()).or_default();
        if !types.contains(&key.1) {
            types.push(key.1);
        }
        self.slots.insert(key, slot);
    }

    pub(crate) fn remove(&mut self, key: &StateKey) {
        self.slots.remove(key);
    }

    /// Brings every state of the record's stream on by that record.
    pub(crate) fn evolve(&mut self, record: &Record) -> Result<(), MalformedRecord> {
        let Some(types) = self.by_stream.get(&record.stream) else {
            return Ok(());
        };
        for state_type in types {
            let key = (record.stream.clone(), *state_type);
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.evolve(record)?;
            }
        }
        Ok(())
    }
}
