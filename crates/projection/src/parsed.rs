//! Documents as they were read last, so that one that has not changed since is neither
//! fetched nor parsed again. The database is asked every time all the same: what is
//! answered is what stands there now.

use std::any::{Any, TypeId};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use quanheng_eventlog::Position;
use serde::de::DeserializeOwned;

use crate::read::ReadError;
use crate::store::StoreError;
use crate::view::View;

/// Of which collection, under which id, read as what.
type Key = (&'static str, String, TypeId);
/// What was read, and the end of the commit that had changed it last: each change bears
/// another one.
type Held = (Position, Arc<dyn Any + Send + Sync>);

/// The documents of one projection, the least recently used forgotten first.
pub(crate) struct Parsed(Mutex<LruCache<Key, Held>>);

impl Parsed {
    pub(crate) fn new(cached_max: usize) -> Self {
        let capacity = NonZeroUsize::new(cached_max).unwrap_or(NonZeroUsize::MIN);
        Self(Mutex::new(LruCache::new(capacity)))
    }

    fn get<T: Send + Sync + 'static>(&self, key: &Key) -> Option<(Position, Arc<T>)> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (position, document) = held.get(key)?;
        Some((*position, Arc::clone(document).downcast().ok()?))
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn put(&self, key: Key, held: Held) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(key, held);
    }
}

impl View {
    /// A document by its id as a type of the caller's; none if there is none. For documents
    /// that are read again and again; not for those that hold what is known about persons,
    /// of which memory keeps no more than it must.
    ///
    /// # Errors
    /// [`ReadError`], also for a document of another shape.
    pub async fn read<T>(&self, collection: &str, id: &str) -> Result<Option<Arc<T>>, ReadError>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let collection = self.collection(collection)?;
        self.position()?;
        if id.contains('\0') {
            return Ok(None);
        }
        let key = (collection.name, id.to_owned(), TypeId::of::<T>());
        let held = self.member.parsed.get::<T>(&key);
        let known = held.as_ref().map(|(position, _)| *position);
        let views = &self.shared.views;
        let found = views.document_since(self.definition(), collection, id, known).await?;
        let Some((position, json)) = found else { return Ok(None) };
        let Some(json) = json else { return Ok(held.map(|(_, document)| document)) };
        let document = serde_json::from_str::<T>(&json).map_err(|error| {
            // Where it broke, never what stood there.
            let at = (error.line(), error.column());
            let reason = format!("{:?} at line {} column {}", error.classify(), at.0, at.1);
            StoreError::Refused(format!("document {} {id}: {reason}", collection.name))
        })?;
        let document = Arc::new(document);
        self.member.parsed.put(key, (position, Arc::clone(&document) as _));
        Ok(Some(document))
    }
}
