//! Who may see what: by the division that a resource belongs to.

use futures::StreamExt as _;
use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_eventlog::{Direction, Version};
use quanheng_policy::UnitId;
use quanheng_policy::codes::{DivisionCode, DivisionLevel};
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure, wire as read};
use quanheng_streams::{Attachment, Persons, Units, unit};

use crate::resource::Resource;

/// The division of a resource; none if there is no such resource.
pub(crate) async fn division(
    call: &Call,
    resource: &Resource,
) -> Result<Option<DivisionCode>, Failure> {
    match resource.parts()[..] {
        ["units", id, ..] => of_unit(call, &read::id("resource", id)?).await,
        ["persons", _] => of_person(call, resource).await,
        ["quotaAccounts", account, ..] => of_account(call, account).await,
        _ => Ok(None),
    }
}

async fn of_unit(call: &Call, id: &UnitId) -> Result<Option<DivisionCode>, Failure> {
    let state = state_at::<Units>(&call.realm.log, unit(id), Horizon::Now).await?.0;
    let known = state.as_ref().and_then(|unit| {
        // One that is set up for a later day is somewhere, too.
        let today = call.realm.today();
        unit.as_of(today).or_else(|| unit.as_of(unit.timeline.begun_on()))
    });
    Ok(known.map(|profile| profile.division))
}

/// Where the unit is on whose strength a person is, or was last.
async fn of_person(call: &Call, person: &Resource) -> Result<Option<DivisionCode>, Failure> {
    let state = state_at::<Persons>(&call.realm.log, person.stream(), Horizon::Now).await?.0;
    let Some(state) = state else { return Ok(None) };
    let unit = state.as_of(call.realm.today()).unit().cloned();
    let last = state.slots.values().max_by_key(|slot| slot.from);
    let last = last.map(|slot| slot.unit.clone());
    match unit.or(last) {
        Some(unit) => of_unit(call, &unit).await,
        None => Ok(Some(DivisionCode::nation())),
    }
}

/// A unit's account is where the unit is; every event of a pool's account bears the tag of
/// the division that the pool is in.
async fn of_account(call: &Call, account: &str) -> Result<Option<DivisionCode>, Failure> {
    let Some(key) = quanheng_streams::account(account) else { return Ok(None) };
    let (log, stream) = (&call.realm.log, quanheng_streams::account_stream(&key));
    let newest = log.stream_version(&stream).await?;
    if newest == Version::NONE {
        return Ok(None);
    }
    if let [unit, _] = account.split('.').collect::<Vec<_>>()[..] {
        return of_unit(call, &read::id("resource", unit)?).await;
    }
    let records = log.read_stream(stream, newest, Direction::Forward);
    let mut records = std::pin::pin!(records);
    let Some(record) = records.next().await else { return Ok(None) };
    let record = record?;
    let envelope = record.envelope().map_err(Failure::internal)?;
    let code = envelope.tags().find_map(|tag| tag.strip_prefix("divisions/"));
    let code = code.and_then(|code| DivisionCode::parse(code).ok());
    Ok(Some(code.unwrap_or_else(DivisionCode::nation)))
}

/// An attachment as far as it matters who may see it.
pub(crate) struct Seen<'a> {
    pub(crate) sha256: &'a str,
    pub(crate) uploader: &'a str,
    pub(crate) links: Vec<&'a str>,
}

impl<'a> From<&'a Attachment> for Seen<'a> {
    fn from(state: &'a Attachment) -> Self {
        let links = state.links.iter().map(String::as_str).collect();
        Self { sha256: &state.sha256, uploader: &state.by, links }
    }
}

impl<'a> From<&'a wire::Attachment> for Seen<'a> {
    fn from(message: &'a wire::Attachment) -> Self {
        let links = message.links.iter().map(String::as_str).collect();
        Self { sha256: &message.sha256, uploader: &message.uploader, links }
    }
}

/// Whether the caller may see an attachment: the first uploader may, and who may see
/// anything that it is linked to.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) async fn sees(call: &Call, seen: Seen<'_>) -> Result<(), Failure> {
    let everywhere = call.principal.jurisdiction.level() == DivisionLevel::Nation;
    if everywhere || seen.uploader == call.principal.name() {
        return Ok(());
    }
    for link in seen.links {
        let resource = Resource::read("links", link)?;
        let division = division(call, &resource).await?;
        if division.is_some_and(|division| call.principal.within(&division)) {
            return Ok(());
        }
    }
    call.realm.denials.record(&call.principal, call.method);
    Err(Failure::not_found(crate::message::name(seen.sha256)))
}
