//! Several decisions in one commit: each sees the log as those before it will leave it.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use quanheng_eventlog::{EventDraft, StreamName};
use quanheng_runtime::Failure;
use quanheng_streams::Entity;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::scope::{Sight, UNREAD};

type Boxed = Box<dyn Any + Send + Sync>;

/// States as the drafts of a decision leave them.
#[derive(Default)]
pub(crate) struct Staged(BTreeMap<StreamName, Slot>);

/// A stream that is appended to.
#[derive(Default)]
struct Slot {
    /// The state that was looked at before, if it was.
    base: Mutex<Option<Boxed>>,
    /// What came after it.
    drafts: Vec<EventDraft>,
    state: OnceLock<Result<Boxed, Failure>>,
}

impl Staged {
    /// With more drafts.
    fn with(self, drafts: &[EventDraft]) -> Self {
        let slots = self.0.into_iter().map(|(stream, slot)| (stream, slot.settled()));
        let mut slots: BTreeMap<_, _> = slots.collect();
        for draft in drafts {
            slots.entry(draft.stream.clone()).or_default().drafts.push(draft.clone());
        }
        Self(slots)
    }

    /// The state of a stream after the drafts; `read` is the log's.
    pub(crate) fn state<'a, E: Entity>(
        &'a self,
        stream: &StreamName,
        read: &'a E::State,
    ) -> Result<&'a E::State, Failure> {
        let Some(slot) = self.0.get(stream) else { return Ok(read) };
        let state = slot.state.get_or_init(|| slot.build::<E>(read));
        let state = state.as_ref().map_err(Clone::clone)?;
        let wrong = || Failure::internal(format!("{stream} is not of {}", E::AREA));
        state.downcast_ref().ok_or_else(wrong)
    }
}

impl Slot {
    /// What was looked at is what comes before the next drafts.
    fn settled(self) -> Self {
        match self.state.into_inner() {
            Some(Ok(state)) => Self { base: Mutex::new(Some(state)), ..Self::default() },
            _ => Self { base: self.base, drafts: self.drafts, state: OnceLock::new() },
        }
    }

    fn build<E: Entity>(&self, read: &E::State) -> Result<Boxed, Failure> {
        let base = self.base.lock().unwrap_or_else(PoisonError::into_inner).take();
        let base = base.and_then(|base| base.downcast::<E::State>().ok());
        let mut state = match base {
            Some(base) => *base,
            None => copied(read)?,
        };
        for draft in &self.drafts {
            let event = serde_json::from_str(draft.data.get()).map_err(Failure::internal)?;
            E::evolve(&mut state, &event);
        }
        Ok(Box::new(state))
    }
}

/// States are kept as JSON, as snapshots are.
fn copied<S: Serialize + DeserializeOwned>(state: &S) -> Result<S, Failure> {
    let text = serde_json::to_vec(state).map_err(Failure::internal)?;
    serde_json::from_slice(&text).map_err(Failure::internal)
}

/// Takes several decisions for one commit, each over what those before it bring about: all
/// their drafts, and what each told. The first that is refused refuses them all, and is
/// named by its number (`item`).
///
/// # Errors
/// The first refusal.
pub fn in_one<'s, T, D>(
    sight: &Sight<'s>,
    decisions: impl Iterator<Item = D> + Clone,
) -> Result<(Vec<EventDraft>, Vec<T>), Failure>
where
    D: Fn(&Sight<'_>) -> Result<(Vec<EventDraft>, T), Failure>,
{
    // What they need is read for all of them together, not one after the other.
    let mut unread = None;
    for decide in decisions.clone() {
        unread = decide(sight).err().filter(|failure| failure.reason() == UNREAD).or(unread);
    }
    if let Some(unread) = unread {
        return Err(unread);
    }
    let (mut drafts, mut told) = (Vec::new(), Vec::new());
    let mut staged = Staged::default();
    for (index, decide) in decisions.enumerate() {
        let (more, what) = decide(&sight.over(&staged))
            .map_err(|failure| failure.with("item", index.to_string()))?;
        staged = staged.with(&more);
        drafts.extend(more);
        told.push(what);
    }
    Ok((drafts, told))
}
