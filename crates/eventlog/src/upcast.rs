//! Old events in today's form. A published event version is never changed and never
//! rewritten: an upcaster brings it up when it is read.

use std::collections::HashMap;

use serde_json::Value;

use crate::name::EventType;
use crate::record::{MalformedRecord, Record};

/// Turns the facts of one event version into those of the next.
pub type Upcast = fn(Value) -> Result<Value, String>;

/// The upcasters of a service, by the event type that they start from.
///
/// ```
/// use quanheng_eventlog::{EventType, Upcasters};
/// let v1 = EventType::new("quanheng.registry.unit_renamed.v1")?;
/// let v2 = EventType::new("quanheng.registry.unit_renamed.v2")?;
/// let mut upcasters = Upcasters::default();
/// upcasters.register(v1.clone(), v2.clone(), |mut facts| {
///     facts["document"] = serde_json::Value::Null;
///     Ok(facts)
/// })?;
/// let (event_type, facts) = upcasters.bring_up(v1, serde_json::json!({"name": "甲"}))?;
/// assert_eq!(event_type, v2);
/// assert_eq!(facts, serde_json::json!({"name": "甲", "document": null}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default, Clone)]
pub struct Upcasters {
    steps: HashMap<EventType, (EventType, Upcast)>,
}

/// An upcaster that cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an upcaster from {0} is registered already, or leads in a circle")]
pub struct UpcasterClash(pub EventType);

impl Upcasters {
    /// Registers a step from one event version to the next.
    ///
    /// # Errors
    /// [`UpcasterClash`] when there is one from that version, or the steps would lead
    /// in a circle.
    pub fn register(
        &mut self,
        from: EventType,
        to: EventType,
        step: Upcast,
    ) -> Result<(), UpcasterClash> {
        let mut end = &to;
        loop {
            if *end == from {
                return Err(UpcasterClash(from));
            }
            match self.steps.get(end) {
                Some((next, _)) => end = next,
                None => break,
            }
        }
        if self.steps.contains_key(&from) {
            return Err(UpcasterClash(from));
        }
        self.steps.insert(from, (to, step));
        Ok(())
    }

    /// Brings facts up to the newest version.
    ///
    /// # Errors
    /// [`MalformedRecord`] when a step refuses them.
    pub fn bring_up(
        &self,
        mut event_type: EventType,
        mut facts: Value,
    ) -> Result<(EventType, Value), MalformedRecord> {
        while let Some((next, step)) = self.steps.get(&event_type) {
            facts = step(facts).map_err(|e| MalformedRecord(format!("{event_type}: {e}")))?;
            event_type = next.clone();
        }
        Ok((event_type, facts))
    }

    /// The type and facts of a record in today's form.
    ///
    /// # Errors
    /// [`MalformedRecord`] when the record is none, or a step refuses it.
    pub fn read(&self, record: &Record) -> Result<(EventType, Value), MalformedRecord> {
        self.bring_up(record.event_type.clone(), record.data()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(n: u32) -> EventType {
        EventType::new(format!("e.v{n}")).expect("valid")
    }

    #[test]
    fn steps_follow_each_other_and_never_in_a_circle() {
        let mut upcasters = Upcasters::default();
        let add = |facts: Value| Ok(Value::from(facts.as_u64().unwrap_or(0) + 1));
        assert_eq!(upcasters.register(version(2), version(3), add), Ok(()));
        assert_eq!(upcasters.register(version(1), version(2), add), Ok(()));
        for (from, to) in [(3, 1), (1, 3), (4, 4)] {
            assert_eq!(
                upcasters.register(version(from), version(to), add),
                Err(UpcasterClash(version(from))),
                "{from} to {to}"
            );
        }
        let up = |n| upcasters.bring_up(version(n), Value::from(0));
        assert_eq!(up(1), Ok((version(3), Value::from(2))));
        assert_eq!(up(3), Ok((version(3), Value::from(0))));
    }
}
