//! Documents: JSON under an id, as it is kept and as it is folded.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use quanheng_eventlog::Position;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bounds::{Exceeded, ID_BYTES_MAX};
use crate::column::Value;
use crate::definition::Collection;
use crate::projector::ProjectError;

/// Which document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocKey {
    /// The collection.
    pub collection: &'static str,
    /// The id in it.
    pub id: String,
}

impl DocKey {
    /// The document of an id in a collection.
    #[must_use]
    pub fn new(collection: &'static str, id: impl Into<String>) -> Self {
        Self { collection, id: id.into() }
    }
}

impl fmt::Display for DocKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.collection, self.id)
    }
}

/// A document as it stands in a view.
#[derive(Clone, PartialEq, Eq)]
pub struct Doc {
    /// Its id.
    pub id: String,
    /// The end of the commit that changed it last: what one commit changed bears one
    /// position.
    pub position: Position,
    /// Its JSON.
    pub json: Arc<str>,
}

impl fmt::Debug for Doc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the JSON: it holds what is known about people.
        write!(f, "Doc({} at {})", self.id, self.position)
    }
}

impl Doc {
    /// The document as a type of the caller's.
    ///
    /// # Errors
    /// When it has another shape.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.json)
    }
}

/// The documents that lie before a projector: those that the page's records touch.
#[derive(Debug)]
pub struct Docs {
    collections: &'static [Collection],
    slots: HashMap<DocKey, Slot>,
    commit_end: Position,
    document_bytes_max: usize,
}

#[derive(Default)]
struct Slot {
    json: Option<Arc<str>>,
    /// What the database holds.
    stored: Option<Arc<str>>,
    /// The same as a projector's type, as it was set last.
    typed: Option<Box<dyn Any + Send + Sync>>,
    /// What its columns are, once it was set.
    values: Vec<Option<Value>>,
    /// What it was when it was removed.
    last: Option<Arc<str>>,
    /// The end of the last commit that changed it.
    changed: Option<Position>,
}

impl Slot {
    fn loaded(json: Arc<str>) -> Self {
        Self { json: Some(Arc::clone(&json)), stored: Some(json), ..Self::default() }
    }

    /// The columns of what the database holds; none if it holds nothing.
    fn columns_stored(&self, collection: &Collection) -> Option<Vec<Option<Value>>> {
        let stored = serde_json::from_str(self.stored.as_deref()?).ok()?;
        collection.values(&stored).ok()
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot(changed {:?})", self.changed)
    }
}

/// What became of a document.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) key: DocKey,
    pub(crate) position: Position,
    pub(crate) became: Became,
}

#[derive(Debug)]
pub(crate) enum Became {
    Put {
        json: Arc<str>,
        values: Vec<Option<Value>>,
        /// The values that the database holds; none if it has no such document.
        stored: Option<Vec<Option<Value>>>,
    },
    Removed {
        last: Arc<str>,
    },
}

impl Docs {
    /// Documents that are loaded, and the touched ones that there are none of.
    pub(crate) fn new(
        collections: &'static [Collection],
        touched: impl IntoIterator<Item = DocKey>,
        loaded: impl IntoIterator<Item = (DocKey, Arc<str>)>,
        document_bytes_max: usize,
    ) -> Self {
        let mut slots: HashMap<_, _> =
            touched.into_iter().map(|key| (key, Slot::default())).collect();
        for (key, json) in loaded {
            slots.insert(key, Slot::loaded(json));
        }
        Self { collections, slots, commit_end: Position::START, document_bytes_max }
    }

    /// Lays further documents before the projector: those that were not there yet.
    pub(crate) fn lay(
        &mut self,
        touched: impl IntoIterator<Item = DocKey>,
        loaded: impl IntoIterator<Item = (DocKey, Arc<str>)>,
    ) {
        for key in touched {
            self.slots.entry(key).or_default();
        }
        for (key, json) in loaded {
            self.slots.insert(key, Slot::loaded(json));
        }
    }

    /// Whether a document lies before the projector.
    pub(crate) fn has(&self, key: &DocKey) -> bool {
        self.slots.contains_key(key)
    }

    /// What changes from now on was changed by the commit that ends here.
    pub(crate) fn enter(&mut self, commit_end: Position) {
        self.commit_end = commit_end;
    }

    /// A document; none if there is none.
    ///
    /// # Errors
    /// [`ProjectError`] when it has another shape, or the record does not touch it.
    pub fn get<T: DeserializeOwned>(&self, key: &DocKey) -> Result<Option<T>, ProjectError> {
        let slot = self.slots.get(key).ok_or_else(|| ProjectError::Untouched(key.clone()))?;
        let Some(json) = &slot.json else { return Ok(None) };
        let parsed = serde_json::from_str(json);
        parsed.map(Some).map_err(|error| ProjectError::document(key, &error))
    }

    /// Sets a document. One that stays what it was has not changed.
    ///
    /// # Errors
    /// [`ProjectError`] when it cannot be written or is beyond a bound, or the record does
    /// not touch it.
    pub fn put(&mut self, key: &DocKey, document: &impl Serialize) -> Result<(), ProjectError> {
        let document = serde_json::to_value(document);
        let document = document.map_err(|error| ProjectError::document(key, &error))?;
        let json = document.to_string();
        Exceeded::check("document_bytes_max", self.document_bytes_max, json.len())?;
        Exceeded::check("id_bytes_max", ID_BYTES_MAX, key.id.len())?;
        if key.id.is_empty() || key.id.contains('\0') {
            return Err(ProjectError::Other(format!("{:?} is no id", key.id)));
        }
        let collection = self.collections.iter().find(|known| known.name == key.collection);
        let collection = collection.ok_or(ProjectError::NoCollection(key.collection))?;
        let values = collection.values(&document)?;
        self.set(key, Some(json.into()), values)
    }

    /// Changes a document, or makes it from its default.
    ///
    /// # Errors
    /// As [`Docs::get`] and [`Docs::put`].
    pub fn change<T: DeserializeOwned + Serialize + Default + Any + Send + Sync>(
        &mut self,
        key: &DocKey,
        change: impl FnOnce(&mut T),
    ) -> Result<(), ProjectError> {
        // What was changed a moment ago need not be read again.
        let typed = self.slots.get_mut(key).and_then(|slot| slot.typed.take());
        let mut document = match typed.and_then(|typed| typed.downcast::<T>().ok()) {
            Some(document) => document,
            None => Box::new(self.get::<T>(key)?.unwrap_or_default()),
        };
        change(&mut document);
        self.put(key, &*document)?;
        if let Some(slot) = self.slots.get_mut(key) {
            slot.typed = Some(document);
        }
        Ok(())
    }

    /// Removes a document, if there is one.
    ///
    /// # Errors
    /// [`ProjectError`] when the record does not touch it.
    pub fn remove(&mut self, key: &DocKey) -> Result<(), ProjectError> {
        self.set(key, None, Vec::new())
    }

    fn set(
        &mut self,
        key: &DocKey,
        json: Option<Arc<str>>,
        values: Vec<Option<Value>>,
    ) -> Result<(), ProjectError> {
        let slot = self.slots.get_mut(key).ok_or_else(|| ProjectError::Untouched(key.clone()))?;
        slot.typed = None;
        if slot.json != json {
            slot.last = std::mem::replace(&mut slot.json, json);
            slot.values = values;
            // Pages are concluded after they were folded: an older commit comes last then.
            slot.changed = slot.changed.max(Some(self.commit_end));
        }
        Ok(())
    }

    /// What is to be written, in an order of its own: two processes that write the same
    /// rows must not wait for each other crosswise.
    pub(crate) fn into_changes(self) -> Vec<Change> {
        let collections = self.collections;
        let changed = self.slots.into_iter().filter_map(|(key, slot)| {
            let position = slot.changed?;
            let collection = collections.iter().find(|known| known.name == key.collection);
            let stored = collection.and_then(|collection| slot.columns_stored(collection));
            let became = match (slot.json, slot.last) {
                (Some(json), _) => Became::Put { json, values: slot.values, stored },
                // Also of a document that came and went within the page: whoever watched
                // while the log was folded in smaller pieces has seen it.
                (None, Some(last)) => Became::Removed { last },
                (None, None) => return None,
            };
            Some(Change { key, position, became })
        });
        let mut changes: Vec<_> = changed.collect();
        changes.sort_by(|a, b| a.key.cmp(&b.key));
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLLECTIONS: &[Collection] = &[Collection { name: "posts", columns: &[], indexes: &[] }];

    #[test]
    fn a_document_bears_the_newest_commit_that_changed_it() {
        let key = DocKey::new("posts", "a");
        let mut docs = Docs::new(COLLECTIONS, [key.clone()], [], 1_024);
        docs.enter(Position(5));
        docs.put(&key, &"folded").expect("touched");
        docs.enter(Position(3));
        docs.put(&key, &"concluded").expect("touched");
        let changes = docs.into_changes();
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].position, Position(5));
    }
}
