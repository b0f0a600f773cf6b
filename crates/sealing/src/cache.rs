//! Keys that were unwrapped lately, in memory: bounded, and wiped as they leave.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::subject::SubjectKey;

pub(crate) struct Cache(Mutex<Shelf>);

struct Shelf {
    keys: LruCache<String, SubjectKey>,
    /// How often something was forgotten.
    forgotten: u64,
}

/// When a reader began to read from the database.
#[derive(Clone, Copy)]
pub(crate) struct Began(u64);

impl Cache {
    pub(crate) fn new(keys_max: NonZeroUsize) -> Self {
        Self(Mutex::new(Shelf { keys: LruCache::new(keys_max), forgotten: 0 }))
    }

    /// A shelf is whole between any two of its operations, so poison means nothing.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, subject: &str) -> Option<SubjectKey> {
        self.shelf().keys.get(subject).cloned()
    }

    /// Called before reading what may be kept by [`Self::keep`].
    pub(crate) fn begin(&self) -> Began {
        Began(self.shelf().forgotten)
    }

    /// Keeps a key, unless one was forgotten since it began to be read: a key that was
    /// read before its erasure must not come back after it.
    pub(crate) fn keep(&self, began: Began, key: &SubjectKey) {
        let mut shelf = self.shelf();
        if shelf.forgotten == began.0 {
            shelf.keys.put(key.subject().to_owned(), key.clone());
        }
    }

    pub(crate) fn forget(&self, subject: &str) {
        let mut shelf = self.shelf();
        shelf.forgotten += 1;
        shelf.keys.pop(subject);
    }

    pub(crate) fn forget_all(&self) {
        let mut shelf = self.shelf();
        shelf.forgotten += 1;
        shelf.keys.clear();
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.shelf().keys.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cipher;

    fn key(subject: &str) -> SubjectKey {
        SubjectKey::derive(subject, Cipher::Aes256Gcm, &[1; 32])
    }

    fn cache(keys_max: usize) -> Cache {
        Cache::new(NonZeroUsize::new(keys_max).expect("not 0"))
    }

    #[test]
    fn it_keeps_the_newest() {
        let cache = cache(2);
        for subject in ["a", "b", "c"] {
            cache.keep(cache.begin(), &key(subject));
        }
        let held = ["a", "b", "c"].map(|subject| cache.get(subject).is_some());
        assert_eq!((held, cache.len()), ([false, true, true], 2));
        cache.forget_all();
        assert_eq!(cache.len(), 0);
    }

    #[test]
    fn what_was_read_before_an_erasure_is_not_kept_after_it() {
        let cache = cache(2);
        let began = cache.begin();
        cache.forget("a");
        cache.keep(began, &key("a"));
        assert!(cache.get("a").is_none());
        cache.keep(cache.begin(), &key("a"));
        assert!(cache.get("a").is_some());
    }
}
