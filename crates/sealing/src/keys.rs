//! The keys of subjects (数据主体密钥): making, finding, destroying them.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::RwLock;
use zeroize::Zeroizing;

use crate::cache::Cache;
use crate::cipher::Cipher;
use crate::error::{KeysError, SealError};
use crate::index::{check_kind, hex, hmac};
use crate::master::MasterKey;
use crate::store::{Entry, Head, KeysBackend, Rotation, Store, Stored};
use crate::subject::SubjectKey;

/// Keys that a store holds unwrapped in memory.
pub const CACHED_KEYS_MAX: usize = 10_000;
/// Subjects or index entries in one call.
pub const BATCH_MAX: usize = 10_000;
/// Subjects that one search of the index may find.
pub const FOUND_MAX: usize = 10_000;
/// Bytes of the name of a subject.
pub const SUBJECT_BYTES_MAX: usize = 255;

/// What the check value unwraps to: it tells a wrong master key before harm is done.
const CHECK: [u8; 32] = *b"quanheng/sealing/check-value/1..";

/// What there is of a subject's key.
#[derive(Debug, Clone)]
pub enum KeyState {
    /// The key.
    Live(SubjectKey),
    /// It was destroyed (已擦除): what it sealed is gone.
    Erased {
        /// When, in microseconds since 1970-01-01T00:00:00Z.
        at: i64,
    },
    /// There never was one.
    Missing,
}

/// The keys of a realm. Cheap to clone; every clone shares the connections and the cache.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    store: Box<dyn Store>,
    /// Written only by a rotation, which so waits for whoever unwraps.
    master: RwLock<Arc<dyn MasterKey>>,
    cipher: Cipher,
    index_key: Zeroizing<[u8; 32]>,
    cache: Cache,
}

impl Keys {
    /// Opens the store; makes it if it is not there. `cipher` is what seals from now on.
    ///
    /// # Errors
    /// [`KeysError::WrongMaster`], [`KeysError::Unusable`], [`KeysError::Unavailable`].
    pub async fn open(
        backend: KeysBackend,
        master: Arc<dyn MasterKey>,
        cipher: Cipher,
    ) -> Result<Self, KeysError> {
        let store = backend.open().await?;
        let head = match store.head().await? {
            Some(head) => head,
            None => store.settle(&fresh_head(&*master).await?).await?,
        };
        check_master(&head, &*master).await?;
        let index_key = unwrap(&*master, "index", &head.index_key).await?;
        Ok(Self(Arc::new(Inner {
            store,
            master: RwLock::new(master),
            cipher,
            index_key,
            cache: Cache::new(const { NonZeroUsize::new(CACHED_KEYS_MAX).expect("not 0") }),
        })))
    }

    /// Gives every subject a key that has none: all or nobody. Subjects that have one keep it.
    ///
    /// # Errors
    /// [`KeysError::Erased`] names the first subject that was erased;
    /// [`KeysError::InvalidSubject`], [`KeysError::TooMany`], …
    pub async fn create(&self, subjects: &[&str]) -> Result<(), KeysError> {
        let subjects = checked(subjects)?;
        let master = self.0.master.read().await;
        let mut known = HashSet::new();
        for (subject, stored) in self.0.store.find(&subjects).await? {
            if matches!(stored, Stored::Erased { .. }) {
                return Err(KeysError::Erased { subject });
            }
            known.insert(subject);
        }
        let mut rows = Vec::new();
        for subject in subjects.into_iter().filter(|subject| !known.contains(*subject)) {
            let mut key = Zeroizing::new([0; 32]);
            rand::fill(&mut key[..]);
            rows.push((subject.to_owned(), wrap(&**master, &key).await?));
        }
        if rows.is_empty() {
            return Ok(());
        }
        self.0.store.insert(master.id(), &rows).await
    }

    /// The key of a subject.
    ///
    /// # Errors
    /// [`KeysError::Damaged`], [`KeysError::WrongMaster`] after a rotation by another
    /// process, [`KeysError::Unavailable`], …
    pub async fn get(&self, subject: &str) -> Result<KeyState, KeysError> {
        let found = self.get_many(&[subject]).await?.remove(subject);
        Ok(found.unwrap_or(KeyState::Missing))
    }

    /// The keys of many subjects, each once.
    ///
    /// # Errors
    /// As [`Self::get`]; [`KeysError::TooMany`].
    pub async fn get_many(
        &self,
        subjects: &[&str],
    ) -> Result<HashMap<String, KeyState>, KeysError> {
        let mut states = HashMap::with_capacity(subjects.len());
        let mut unknown = Vec::new();
        for subject in checked(subjects)? {
            let held = self.0.cache.get(subject);
            if held.is_none() {
                unknown.push(subject);
            }
            states.insert(subject.to_owned(), held.map_or(KeyState::Missing, KeyState::Live));
        }
        if unknown.is_empty() {
            return Ok(states);
        }
        let master = self.0.master.read().await;
        let began = self.0.cache.begin();
        for (subject, stored) in self.0.store.find(&unknown).await? {
            let state = match stored {
                Stored::Erased { at } => KeyState::Erased { at },
                Stored::Wrapped(wrapped) => {
                    let key = self.unwrap(&**master, &subject, &wrapped).await?;
                    let key = SubjectKey::derive(&subject, self.0.cipher, &key);
                    self.0.cache.keep(began, &key);
                    KeyState::Live(key)
                }
            };
            states.insert(subject, state);
        }
        Ok(states)
    }

    async fn unwrap(
        &self,
        master: &dyn MasterKey,
        subject: &str,
        wrapped: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, KeysError> {
        let error = match unwrap(master, subject, wrapped).await {
            Err(error @ KeysError::Damaged { .. }) => error,
            other => return other,
        };
        // Damaged, or rewrapped by another process that rotated the master key.
        if let Some(head) = self.0.store.head().await?
            && head.master != master.id()
        {
            let given = master.id().to_owned();
            return Err(KeysError::WrongMaster { expected: head.master, given });
        }
        Err(error)
    }

    /// Destroys the key of a subject and its index entries, for good (擦除); what stays is
    /// that and when it was. Says whether the key was live: of a subject that is erased
    /// already, or has no key, nothing changes.
    ///
    /// # Errors
    /// [`KeysError::NotScrubbed`]: erase again; [`KeysError::Unavailable`], …
    pub async fn erase(&self, subject: &str, at_us: i64) -> Result<bool, KeysError> {
        check_subject(subject)?;
        self.0.cache.forget(subject);
        let erased = self.0.store.erase(subject, at_us).await;
        // Also after an error: the outcome of a commit may be unknown.
        self.0.cache.forget(subject);
        if matches!(erased, Ok(true)) {
            tracing::info!(subject, "a subject's key is erased");
        }
        erased
    }

    /// Drops a key from memory: another process erased it.
    pub fn forget(&self, subject: &str) {
        self.0.cache.forget(subject);
    }

    /// The blind index (盲索引) of a value: 64 hexadecimal digits, the same for the same
    /// kind and value as long as the store lives, others in every other realm. Values are
    /// compared as they are: whoever wants `１` and `1` to be the same makes them so first.
    #[must_use]
    pub fn index(&self, kind: &str, value: &str) -> String {
        hex(&*hmac(&self.0.index_key[..], &[kind, value]))
    }

    /// Lets subjects be found by values: kind, value, subject. All or none; those that are
    /// there stay.
    ///
    /// # Errors
    /// [`KeysError::Erased`] or [`KeysError::Unknown`] for a subject without a key;
    /// [`KeysError::InvalidKind`], [`KeysError::TooMany`], …
    pub async fn index_put(&self, entries: &[(&str, &str, &str)]) -> Result<(), KeysError> {
        let entries = self.entries(entries)?;
        self.0.store.index_put(&entries).await
    }

    /// Takes entries out, for example when a name was misspelt. Those that are not there
    /// stay away.
    ///
    /// # Errors
    /// [`KeysError::InvalidKind`], [`KeysError::TooMany`], …
    pub async fn index_remove(&self, entries: &[(&str, &str, &str)]) -> Result<(), KeysError> {
        let entries = self.entries(entries)?;
        self.0.store.index_remove(&entries).await
    }

    fn entries(&self, entries: &[(&str, &str, &str)]) -> Result<Vec<Entry>, KeysError> {
        check_batch(entries.len())?;
        let mut rows = Vec::with_capacity(entries.len());
        for (kind, value, subject) in entries {
            check_kind(kind)?;
            check_subject(subject)?;
            let digest = self.index(kind, value);
            rows.push(Entry { kind: (*kind).to_owned(), digest, subject: (*subject).to_owned() });
        }
        Ok(rows)
    }

    /// The subjects with a value, in the order of their names.
    ///
    /// # Errors
    /// [`KeysError::TooMany`] when more than [`FOUND_MAX`] have it;
    /// [`KeysError::InvalidKind`], …
    pub async fn index_find(&self, kind: &str, value: &str) -> Result<Vec<String>, KeysError> {
        check_kind(kind)?;
        let digest = self.index(kind, value);
        let found = self.0.store.index_find(kind, &digest, FOUND_MAX + 1).await?;
        if found.len() > FOUND_MAX {
            return Err(KeysError::TooMany { what: "index_found", max: FOUND_MAX });
        }
        Ok(found)
    }

    /// Wraps every key with another master key (主密钥轮换), in one transaction; says how
    /// many. Whatever is not in memory waits meanwhile. Afterwards this store opens with
    /// the new key alone; other processes that serve it answer
    /// [`KeysError::WrongMaster`] until they are started again with it.
    ///
    /// # Errors
    /// [`KeysError::WrongMaster`], [`KeysError::Damaged`], [`KeysError::Master`],
    /// [`KeysError::Unavailable`]: nothing changed. [`KeysError::NotScrubbed`]: it did,
    /// but keys in their old wrapping are still in SQLite's files; rewrap again, with the
    /// same new key.
    pub async fn rewrap(&self, new_master: Arc<dyn MasterKey>) -> Result<u64, KeysError> {
        let mut master = self.0.master.write().await;
        let rotation = Rotation { old: Arc::clone(&master), new: Arc::clone(&new_master) };
        let rewrapped = self.0.store.rewrap(&rotation).await;
        if matches!(rewrapped, Ok(_) | Err(KeysError::NotScrubbed)) {
            *master = new_master;
        }
        rewrapped
    }

    /// Closes the connections and wipes the cache. Clones are closed with it.
    pub async fn close(&self) {
        self.0.cache.forget_all();
        self.0.store.close().await;
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("cipher", &self.0.cipher).finish_non_exhaustive()
    }
}

/// What a new store begins with.
async fn fresh_head(master: &dyn MasterKey) -> Result<Head, KeysError> {
    let mut index_key = Zeroizing::new([0; 32]);
    rand::fill(&mut index_key[..]);
    Ok(Head {
        master: master.id().to_owned(),
        check_value: wrap(master, &CHECK).await?,
        index_key: wrap(master, &index_key).await?,
    })
}

async fn check_master(head: &Head, master: &dyn MasterKey) -> Result<(), KeysError> {
    let wrong =
        || KeysError::WrongMaster { expected: head.master.clone(), given: master.id().to_owned() };
    if head.master != master.id() {
        return Err(wrong());
    }
    match master.unwrap(&head.check_value).await {
        Ok(value) if *value == CHECK => Ok(()),
        Err(error @ SealError::MasterUnavailable(_)) => Err(KeysError::Master(error)),
        _ => Err(wrong()),
    }
}

async fn wrap(master: &dyn MasterKey, key: &[u8; 32]) -> Result<Vec<u8>, KeysError> {
    master.wrap(key).await.map_err(KeysError::Master)
}

pub(crate) async fn unwrap(
    master: &dyn MasterKey,
    subject: &str,
    wrapped: &[u8],
) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    master.unwrap(wrapped).await.map_err(|error| match error {
        SealError::MasterUnavailable(_) => KeysError::Master(error),
        _ => KeysError::Damaged { subject: subject.to_owned() },
    })
}

fn check_subject(subject: &str) -> Result<(), KeysError> {
    let plain = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    if (1..=SUBJECT_BYTES_MAX).contains(&subject.len()) && subject.bytes().all(plain) {
        return Ok(());
    }
    Err(KeysError::InvalidSubject(subject.chars().take(SUBJECT_BYTES_MAX).collect()))
}

fn check_batch(count: usize) -> Result<(), KeysError> {
    if count > BATCH_MAX {
        return Err(KeysError::TooMany { what: "keys_batch", max: BATCH_MAX });
    }
    Ok(())
}

/// Every subject once, in order: whoever locks rows locks them in the same order.
fn checked<'a>(subjects: &[&'a str]) -> Result<Vec<&'a str>, KeysError> {
    check_batch(subjects.len())?;
    let mut subjects = subjects.to_vec();
    subjects.sort_unstable();
    subjects.dedup();
    subjects.iter().try_for_each(|subject| check_subject(subject))?;
    Ok(subjects)
}
