//! Opening what the register holds about a person under seal. Every text is sealed for its
//! place: `persons/{person}:profile`, `persons/{person}:sanction/{id}`; it opens nowhere else.

use quanheng_register::id::FactId;
use quanheng_register::person::FactKind;
use quanheng_sealing::{KeysError, SubjectKey};
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// The place of who a person is.
pub const PROFILE: &str = "profile";

/// The place of an assessment.
#[must_use]
pub fn assessment(year: i16) -> String {
    format!("assessment/{year}")
}

/// The place of a fact.
#[must_use]
pub fn fact(kind: FactKind, id: &FactId) -> String {
    let kind = match kind {
        FactKind::Commendation => "commendation",
        FactKind::Sanction => "sanction",
        FactKind::Investigation => "investigation",
        FactKind::Relative => "relative",
    };
    format!("{kind}/{id}")
}

/// Opens what was sealed for a place.
///
/// # Errors
/// An internal failure when it does not open.
pub fn open<T: DeserializeOwned>(
    key: &SubjectKey,
    place: &str,
    sealed: &str,
) -> Result<T, Failure> {
    let context = format!("{}:{place}", key.subject());
    let plain = key.open(&context, sealed).map_err(|error| {
        tracing::error!(context, code = error.code(), "a sealed text does not open");
        Failure::internal("a sealed text does not open")
    })?;
    // What serde says of it would tell what stood there.
    serde_json::from_slice(&plain).map_err(|_| Failure::internal("a sealed text of another form"))
}

/// Nothing can be done any more with a person who was erased.
#[must_use]
pub fn erased(name: &str) -> Failure {
    Failure::rule("PERSON_ERASED", name, "该人员信息已删除").with("resource", name)
}

/// Why the keys do not do what was asked.
#[must_use]
pub fn keys_failure(error: &KeysError) -> Failure {
    match error {
        KeysError::Erased { subject } => erased(subject),
        KeysError::TooMany { what, max } => Failure::bound(what, *max as u64, *max as u64 + 1),
        KeysError::Master(_)
        | KeysError::WrongMaster { .. }
        | KeysError::NotScrubbed
        | KeysError::Unavailable(_) => {
            tracing::warn!(%error, "the keys of persons cannot be used");
            Failure::unavailable("KEYS_UNAVAILABLE", "密钥库暂不可用,请稍后重试")
        }
        error => Failure::internal(error),
    }
}
