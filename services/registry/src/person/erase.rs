//! Erasing (删除): what is held about a person becomes unreadable, everywhere and for good.
//!
//! That it was ordered is an event; then the key is destroyed. A process that dies between
//! the two leaves a key that should be gone: every process destroys the keys of all erased
//! persons when it starts ([`finish_erasures`]), and follows what others erase
//! ([`watch_erasures`]), so that no key lives on in its memory either.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::{Position, Record};
use quanheng_register::claim;
use quanheng_register::person::{Command, Person};
use quanheng_register::private::PrivateProfile;
use quanheng_runtime::{Call, Failure, Realm};
use quanheng_sealing::{Keys, KeysError};
use tokio::task::JoinHandle;

use super::decide::{Item, Prepare, change};
use super::seal::{self, Sealer};
use super::view::erasures;
use super::write::person_id;

/// How long a follower waits before it tries again.
const PAUSE: Duration = Duration::from_secs(1);
/// Erasures that are looked at together.
const PAGE_EVENTS: usize = 256;
/// How often a key is tried to be destroyed before the caller is told to come again.
const TRIES_MAX: u32 = 5;

struct Erasing<'r>(&'r wire::ErasePersonRequest);

#[async_trait]
impl Prepare for Erasing<'_> {
    async fn prepare(&self, call: &Call, person: &Person) -> Result<Item, Failure> {
        let keys = &call.realm.keys;
        let mut item = Item::of(person, "");
        if let Some(sealed) = &person.private {
            let sealer = Sealer::of(keys, &person.person).await?;
            // Whoever comes back is registered anew, under another name.
            let profile: Option<PrivateProfile> = sealer.open(seal::PROFILE, sealed)?;
            if let Some(profile) = profile {
                let index = keys.index(seal::IDENTITY, &profile.identity_number);
                let by = seal::resource(&person.person);
                item.claims.push((index, claim::Command::Release { by }));
            }
        }
        let wire::ErasePersonRequest { ordered_by, reason, .. } = self.0.clone();
        item.then("", Command::Erase { ordered_by, reason });
        Ok(item)
    }
}

/// 删除个人信息
pub(crate) async fn erase(
    call: &Call,
    request: wire::ErasePersonRequest,
) -> Result<wire::ErasePersonResponse, Failure> {
    let person = person_id("name", &request.name)?;
    let done = change(call, &request, &person, &Erasing(&request)).await?;
    if !request.validate_only {
        // Also of a repetition: the first may have died here.
        destroy(&call.realm.keys, &request.name, call.realm.now().0)
            .await
            .map_err(|error| seal::keys_failure(&error))?;
    }
    let mut person = done.answer.persons.into_iter().next().and_then(|kept| kept.person);
    if let Some(person) = &mut person {
        person.warnings.clear();
    }
    Ok(wire::ErasePersonResponse { person, position: done.position.0 })
}

async fn destroy(keys: &Keys, name: &str, at: i64) -> Result<(), KeysError> {
    let mut tries = 0;
    loop {
        match keys.erase(name, at).await {
            Err(KeysError::NotScrubbed) if tries < TRIES_MAX => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(20) * tries).await;
            }
            erased => return erased.map(|_| ()),
        }
    }
}

async fn destroy_of(realm: &Realm, records: &[Record]) -> Result<(), KeysError> {
    for record in records {
        destroy(&realm.keys, record.stream.as_str(), record.time.0).await?;
    }
    Ok(())
}

/// Destroys the keys of all persons who were erased and still have one: of erasures that a
/// process did not live to finish, and of keys that were restored from a backup. Answers
/// with the position up to which it looked.
///
/// # Errors
/// [`Failure`] when the log cannot be read or a key cannot be destroyed: do not serve then.
pub async fn finish_erasures(realm: &Realm) -> Result<Position, Failure> {
    let filter = erasures().map_err(Failure::internal)?;
    let mut after = Position::START;
    loop {
        let page = realm.log.page(after, &filter, PAGE_EVENTS).await?;
        let destroyed = destroy_of(realm, &page.records).await;
        destroyed.map_err(|error| seal::keys_failure(&error))?;
        if page.through == after {
            return Ok(after);
        }
        after = page.through;
    }
}

/// Follows the erasures of every process, from the log's beginning on, as long as the realm
/// is open: destroys keys that are left, and forgets them.
#[must_use]
pub fn watch_erasures(realm: &Arc<Realm>) -> JoinHandle<()> {
    let realm = Arc::downgrade(realm);
    tokio::spawn(async move {
        let mut after = Position::START;
        while follow(&realm, &mut after).await {
            tokio::time::sleep(PAUSE).await;
        }
    })
}

/// Follows from a position on until something goes wrong; false once the realm is gone.
async fn follow(weak: &Weak<Realm>, after: &mut Position) -> bool {
    let (Some(realm), Ok(filter)) = (weak.upgrade(), erasures()) else { return false };
    let mut subscription = match realm.log.subscribe(*after, filter).await {
        Ok(subscription) => subscription.page_size(PAGE_EVENTS),
        Err(error) => {
            tracing::warn!(%error, "erasures cannot be followed");
            return true;
        }
    };
    drop(realm);
    loop {
        let page = match subscription.next().await {
            Ok(page) => page,
            Err(error) => {
                tracing::debug!(%error, "erasures are no longer followed from here");
                return weak.strong_count() > 0;
            }
        };
        let Some(realm) = weak.upgrade() else { return false };
        if let Err(error) = destroy_of(&realm, &page.records).await {
            tracing::error!(%error, "the key of an erased person cannot be destroyed yet");
            return true;
        }
        *after = page.through;
    }
}
