//! Opening what the register holds about a person, for the rules.

use std::collections::BTreeMap;

use quanheng_eligibility::Opened;
use quanheng_register::id::FactId;
use quanheng_register::person::{FactKind, Person};
use quanheng_register::private::{Assessment, PrivateProfile};
use quanheng_runtime::{Failure, sealed};
use quanheng_sealing::{KeyState, SubjectKey};
use serde::de::DeserializeOwned;

/// Everything that is held about a person and read by the rules.
///
/// # Errors
/// `PERSON_ERASED`; an internal failure when something does not open: what cannot be read
/// never passes for nothing.
pub(crate) fn opened(person: &Person, key: Option<&KeyState>) -> Result<Opened, Failure> {
    let name = format!("persons/{}", person.person);
    let key = match (key, &person.erased) {
        (_, Some(_)) | (Some(KeyState::Erased { .. }), None) => {
            return Err(sealed::erased(&name));
        }
        (Some(KeyState::Live(key)), None) => key,
        (Some(KeyState::Missing) | None, None) => {
            tracing::error!(name, "a registered person has no key");
            return Err(Failure::internal("the key of a person is missing"));
        }
    };
    Ok(Opened {
        profile: profile(person, key)?,
        assessments: assessments(person, key)?,
        commendations: facts(person, key, FactKind::Commendation)?,
        sanctions: facts(person, key, FactKind::Sanction)?,
        investigations: facts(person, key, FactKind::Investigation)?,
    })
}

fn profile(person: &Person, key: &SubjectKey) -> Result<PrivateProfile, Failure> {
    let held = person.private.as_ref();
    let held = held.ok_or_else(|| Failure::internal("a person without a profile"))?;
    sealed::open(key, sealed::PROFILE, held.as_str())
}

fn assessments(person: &Person, key: &SubjectKey) -> Result<BTreeMap<i16, Assessment>, Failure> {
    let opened = person.assessments.iter().map(|(year, held)| {
        let place = sealed::assessment(*year);
        Ok((*year, sealed::open(key, &place, held.as_str())?))
    });
    opened.collect()
}

fn facts<T: DeserializeOwned>(
    person: &Person,
    key: &SubjectKey,
    kind: FactKind,
) -> Result<BTreeMap<FactId, T>, Failure> {
    let held = person.held.get(&kind).into_iter().flatten();
    let opened = held.map(|(id, held)| {
        let place = sealed::fact(kind, id);
        Ok((id.clone(), sealed::open(key, &place, held.sealed.as_str())?))
    });
    opened.collect()
}
