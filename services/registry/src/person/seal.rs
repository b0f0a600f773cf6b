//! Sealing and opening what is held about a person. Every text is sealed for its place:
//! `persons/{person}:profile`, `persons/{person}:sanction/{id}`; it opens nowhere else.

use quanheng_policy::PersonId;
use quanheng_register::Sealed;
use quanheng_register::private::PrivateProfile;
use quanheng_runtime::Failure;
pub(crate) use quanheng_runtime::sealed::{PROFILE, assessment, erased, fact, keys_failure, open};
use quanheng_sealing::{KeyState, Keys, KeysError, SubjectKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The kind of blind index of identity numbers; it names the streams of claims, too.
pub(crate) const IDENTITY: &str = "identity";
/// The kind of blind index of names.
pub(crate) const NAME: &str = "name";

/// A person's resource name, which is the subject of the key as well.
pub(crate) fn resource(person: &PersonId) -> String {
    format!("persons/{person}")
}

/// What seals for one person.
#[derive(Clone)]
pub(crate) struct Sealer {
    name: String,
    key: Hand,
}

#[derive(Clone)]
enum Hand {
    Key(SubjectKey),
    /// The key is gone. What is decided then is a refusal, or was decided before.
    Erased,
    /// Nothing is kept.
    Trial,
}

impl Sealer {
    /// The sealer of a person who is registered now: makes the key. A trial makes none.
    ///
    /// # Errors
    /// [`Failure`] when the keys cannot be used.
    pub(crate) async fn new(keys: &Keys, person: &PersonId, trial: bool) -> Result<Self, Failure> {
        let name = resource(person);
        if trial {
            return Ok(Self { name, key: Hand::Trial });
        }
        match keys.create(&[&name]).await {
            Err(KeysError::Erased { .. }) => return Ok(Self { name, key: Hand::Erased }),
            created => created.map_err(|error| keys_failure(&error))?,
        }
        Self::of(keys, person).await
    }

    /// The sealer of a person who is registered.
    ///
    /// # Errors
    /// [`Failure`] when the keys cannot be used.
    pub(crate) async fn of(keys: &Keys, person: &PersonId) -> Result<Self, Failure> {
        let name = resource(person);
        let key = match keys.get(&name).await.map_err(|error| keys_failure(&error))? {
            KeyState::Live(key) => Hand::Key(key),
            KeyState::Erased { .. } => Hand::Erased,
            KeyState::Missing => return Err(lost(&name)),
        };
        Ok(Self { name, key })
    }

    /// Whether what was sealed can be read no more.
    pub(crate) fn is_erased(&self) -> bool {
        matches!(self.key, Hand::Erased)
    }

    /// Seals a value for a place.
    ///
    /// # Errors
    /// An internal failure when it has no JSON, or is too long to be kept.
    pub(crate) fn seal(&self, place: &str, value: &impl Serialize) -> Result<Sealed, Failure> {
        let Hand::Key(key) = &self.key else {
            return Sealed::new("none").map_err(Failure::internal);
        };
        let plain = serde_json::to_vec(value).map_err(Failure::internal)?;
        let text = key.seal(&format!("{}:{place}", self.name), &plain);
        let bytes = text.len() as u64;
        let max = quanheng_register::SEALED_BYTES_MAX as u64;
        Sealed::new(text).map_err(|_| Failure::bound("sealed_bytes_max", max, bytes))
    }

    /// Opens what was sealed for a place; none if the key is gone.
    ///
    /// # Errors
    /// An internal failure when it does not open.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        place: &str,
        sealed: &Sealed,
    ) -> Result<Option<T>, Failure> {
        match &self.key {
            Hand::Key(key) => open(key, place, sealed.as_str()).map(Some),
            Hand::Erased | Hand::Trial => Ok(None),
        }
    }
}

/// A person without a key: the keys were restored from before the log's end.
fn lost(name: &str) -> Failure {
    tracing::error!(name, "a registered person has no key");
    Failure::internal("the key of a person is missing")
}

/// Opens who a person is.
///
/// # Errors
/// An internal failure when it does not open.
pub(crate) fn profile(key: &SubjectKey, sealed: &str) -> Result<PrivateProfile, Failure> {
    open(key, PROFILE, sealed)
}
