//! What a person asks in a talk is sealed under the person's own key, for its place:
//! `persons/{person}:transition/{transition}/question`.

use quanheng_casework::Sight;
use quanheng_policy::PersonId;
use quanheng_register::Sealed;
use quanheng_runtime::{Failure, sealed};
use quanheng_sealing::{KeyState, SubjectKey};
use quanheng_streams::TransitionId;

fn place(transition: &TransitionId) -> String {
    format!("transition/{transition}/question")
}

/// Seals a question; none if there is none.
///
/// # Errors
/// `PERSON_ERASED`; a bound that is exceeded.
pub(crate) fn question(
    sight: &Sight<'_>,
    transition: &TransitionId,
    person: &PersonId,
    text: &str,
) -> Result<Option<Sealed>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let name = format!("persons/{person}");
    let key = match sight.keys([person])?.get(person) {
        Some(KeyState::Live(key)) => key,
        Some(KeyState::Erased { .. }) => return Err(sealed::erased(&name)),
        Some(KeyState::Missing) | None => {
            tracing::error!(%person, "a registered person has no key");
            return Err(Failure::internal("the key of a person is missing"));
        }
    };
    let plain = serde_json::to_vec(text).map_err(Failure::internal)?;
    let text = key.seal(&format!("{}:{}", key.subject(), place(transition)), &plain);
    let (max, bytes) = (quanheng_register::SEALED_BYTES_MAX as u64, text.len() as u64);
    let sealed = Sealed::new(text).map_err(|_| Failure::bound("sealed_bytes_max", max, bytes))?;
    Ok(Some(sealed))
}

/// Opens a question.
///
/// # Errors
/// An internal failure when it does not open.
pub(crate) fn opened(
    key: &SubjectKey,
    transition: &TransitionId,
    text: &Sealed,
) -> Result<String, Failure> {
    sealed::open(key, &place(transition), text.as_str())
}
