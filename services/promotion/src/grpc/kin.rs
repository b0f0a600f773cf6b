//! Whether the caller is concerned (回避): is the person, or a relative.

use quanheng_policy::PersonId;
use quanheng_register::person::{FactKind, Person};
use quanheng_register::private::Relative;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure, sealed};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;

use crate::roster::name_of;

/// Whether the caller is a person, or one's relative, whichever of the two declared it.
///
/// # Errors
/// [`Failure`] when it cannot be read.
pub(super) async fn concerns(call: &Call, person: &PersonId) -> Result<bool, Failure> {
    let Some(caller) = &call.principal.person else { return Ok(false) };
    Ok(caller == person
        || declared(call, person, caller).await?
        || declared(call, caller, person).await?)
}

/// Whether a person declared another as a relative, to whom one is still related.
async fn declared(call: &Call, by: &PersonId, other: &PersonId) -> Result<bool, Failure> {
    let (name, log) = (name_of(by), &call.realm.log);
    let person = state_at::<streams::Persons>(log, streams::person(by), Horizon::Now).await?.0;
    let Some(person) = person.filter(has_relatives) else { return Ok(false) };
    let key = call.realm.keys.get(&name).await;
    let KeyState::Live(key) = key.map_err(|error| sealed::keys_failure(&error))? else {
        return Ok(false);
    };
    for (fact, held) in person.held.get(&FactKind::Relative).into_iter().flatten() {
        if held.closed {
            continue;
        }
        let place = sealed::fact(FactKind::Relative, fact);
        let relative: Relative = sealed::open(&key, &place, held.sealed.as_str())?;
        if relative.person.as_ref() == Some(other) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_relatives(person: &Person) -> bool {
    person.erased.is_none() && person.held.contains_key(&FactKind::Relative)
}
