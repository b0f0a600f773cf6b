//! An entity: the events of a kind of stream, and the state that they make.

use std::marker::PhantomData;
use std::sync::Arc;

use quanheng_eventlog::{
    EventDraft, EventType, Fold, InvalidName, MalformedRecord, Read, Record, StreamName,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind of stream. Its events are `serde` enums with a tag `type`; their type in the log
/// is `quanheng.<area>.<type>.v1`.
pub trait Entity: Send + Sync + 'static {
    /// `registry`, `quota`, …
    const AREA: &'static str;
    /// What happens.
    type Event: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the events make.
    type State: Default + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The form of snapshots of the state: a new name as soon as the same bytes would mean
    /// something else.
    const FORM: &'static str;

    /// The state after one more event.
    fn evolve(state: &mut Self::State, event: &Self::Event);
}

/// The log's fold of an entity.
pub struct Of<E>(PhantomData<fn() -> E>);

impl<E> Default for Of<E> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<E: Entity> Fold for Of<E> {
    type State = E::State;

    fn initial(&self) -> E::State {
        E::State::default()
    }

    fn evolve(&self, state: &mut E::State, record: &Record) -> Result<(), MalformedRecord> {
        E::evolve(state, &*read::<E>(record)?);
        Ok(())
    }

    fn form(&self) -> Option<&'static str> {
        Some(E::FORM)
    }

    fn save(&self, state: &E::State) -> Option<Vec<u8>> {
        serde_json::to_vec(state).ok()
    }

    fn restore(&self, snapshot: &[u8]) -> Option<E::State> {
        serde_json::from_slice(snapshot).ok()
    }
}

/// Reads the state of an entity's stream.
#[must_use]
pub fn state<E: Entity>(stream: StreamName) -> Read {
    Read::state(stream, Arc::new(Of::<E>::default()))
}

/// An event that cannot be written: a fault of the program.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Unreadable {
    /// It has no JSON, or none with a type.
    #[error("an event of {0} cannot be written")]
    Json(&'static str),
    /// Its name is none.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

/// The draft of an event.
///
/// # Errors
/// [`Unreadable`].
pub fn draft<E: Entity>(stream: StreamName, event: &E::Event) -> Result<EventDraft, Unreadable> {
    let unreadable = || Unreadable::Json(E::AREA);
    let data = serde_json::value::to_raw_value(event).map_err(|_| unreadable())?;
    // The tag is written first.
    let tagged = data.get().strip_prefix(r#"{"type":""#);
    let name = tagged.and_then(|rest| rest.split('"').next()).ok_or_else(unreadable)?;
    let event_type = EventType::new(format!("quanheng.{}.{name}.v1", E::AREA))?;
    Ok(EventDraft { stream, event_type, data, tags: Vec::new(), blobs: Vec::new(), policy: None })
}

/// The event of a record, read once for all who hold the record.
///
/// # Errors
/// [`MalformedRecord`] when it is not of this entity.
pub fn read<E: Entity>(record: &Record) -> Result<Arc<E::Event>, MalformedRecord> {
    let area = record.event_type.as_str().strip_prefix("quanheng.");
    let area = area.and_then(|rest| rest.split('.').next());
    if area != Some(E::AREA) || !record.event_type.as_str().ends_with(".v1") {
        let what = format!("{}: not an event of {} that is known", record.event_type, E::AREA);
        return Err(MalformedRecord(what));
    }
    record.facts()
}
