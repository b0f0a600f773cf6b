//! Several decisions in one commit: each sees the log as those before it will leave it.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Takes more drafts in. Only what they touch is looked at again.
    fn take(&mut self, drafts: &[EventDraft]) {
        let touched: BTreeSet<&StreamName> = drafts.iter().map(|draft| &draft.stream).collect();
        for stream in touched {
            if let Some(slot) = self.0.remove(stream) {
                self.0.insert(stream.clone(), slot.settled());
            }
        }
        for draft in drafts {
            self.0.entry(draft.stream.clone()).or_default().drafts.push(draft.clone());
        }
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

/// What one decision adds to something that is decided once over a whole commit (整批).
pub type Part = Box<dyn Any + Send + Sync>;

/// Something that no decision of a commit settles alone, because another one of the same
/// commit may make room for it: it is decided when the last of them was taken.
pub struct Whole {
    /// What is decided together: parts of one name.
    pub name: &'static str,
    /// What this decision adds.
    pub part: Part,
    /// Decides over all parts, in the order in which they were added, over what the
    /// decisions brought about.
    pub decide: fn(&Sight<'_>, Vec<Part>) -> Result<Vec<EventDraft>, Failure>,
}

type Deciding = fn(&Sight<'_>, Vec<Part>) -> Result<Vec<EventDraft>, Failure>;

/// What is to be decided when the last decision was taken.
#[derive(Default)]
pub(crate) struct Later(Mutex<BTreeMap<&'static str, (Deciding, Vec<Part>)>>);

impl Later {
    pub(crate) fn add(&self, whole: Whole) {
        let mut later = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        later.entry(whole.name).or_insert((whole.decide, Vec::new())).1.push(whole.part);
    }

    fn decided(self, sight: &Sight<'_>) -> Result<Vec<EventDraft>, Failure> {
        let mut drafts = Vec::new();
        for (decide, parts) in
            self.0.into_inner().unwrap_or_else(PoisonError::into_inner).into_values()
        {
            drafts.extend(decide(sight, parts)?);
        }
        Ok(drafts)
    }
}

/// Takes several decisions for one commit, each over what those before it bring about: all
/// their drafts, and what each told. The first that is refused refuses them all, and is
/// named by its number (`item`). What is settled by the whole of them only is decided last.
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
    let (mut drafts, mut told) = (Vec::new(), Vec::new());
    let (mut staged, later) = (Staged::default(), Later::default());
    for (index, decide) in decisions.clone().enumerate() {
        match decide(&sight.over(&staged, &later)) {
            Ok((more, what)) => {
                staged.take(&more);
                drafts.extend(more);
                told.push(what);
            }
            Err(failure) if failure.reason() == UNREAD => {
                // What the others need is read together with it, not one after the other.
                let nowhere = (Staged::default(), Later::default());
                decisions.skip(index + 1).for_each(|decide| {
                    drop(decide(&sight.over(&nowhere.0, &nowhere.1)));
                });
                return Err(failure);
            }
            Err(failure) => return Err(failure.with("item", index.to_string())),
        }
    }
    let whole = later.decided(&sight.over(&staged, &Later::default()))?;
    drafts.extend(whole);
    Ok((drafts, told))
}
