//! Who may see what: by the division that a resource belongs to.

use futures::StreamExt as _;
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
        unit.as_of(call.realm.today()).or_else(|| unit.as_of(unit.timeline.begun_on()))
    });
    Ok(known.map(|profile| profile.division))
}

/// Where the unit is on whose strength a person is, or was last.
async fn of_person(call: &Call, person: &Resource) -> Result<Option<DivisionCode>, Failure> {
    let state = state_at::<Persons>(&call.realm.log, person.stream(), Horizon::Now).await?.0;
    let Some(state) = state else { return Ok(None) };
    let unit = state.as_of(call.realm.today()).unit().cloned();
    let last = state.slots.values().last().map(|slot| slot.unit.clone());
    match unit.or(last) {
        Some(unit) => of_unit(call, &unit).await,
        None => Ok(Some(DivisionCode::nation())),
    }
}

/// Every event of an account bears the tag of the division that it is in.
async fn of_account(call: &Call, account: &str) -> Result<Option<DivisionCode>, Failure> {
    let Some(key) = quanheng_streams::account(account) else { return Ok(None) };
    let stream = quanheng_streams::account_stream(&key);
    let records = call.realm.log.read_stream(stream, Version(1), Direction::Backward);
    let mut records = std::pin::pin!(records);
    let Some(newest) = records.next().await else { return Ok(None) };
    let newest = newest?;
    let envelope = newest.envelope().map_err(Failure::internal)?;
    let code = envelope.tags().find_map(|tag| tag.strip_prefix("divisions/"));
    let code = code.and_then(|code| DivisionCode::parse(code).ok());
    Ok(Some(code.unwrap_or_else(DivisionCode::nation)))
}

/// Whether the caller may see an attachment: the first uploader may, and who may see
/// anything that it is linked to.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) async fn sees(call: &Call, attachment: &Attachment) -> Result<(), Failure> {
    let missing = || Failure::not_found(format!("attachments/{}", attachment.sha256));
    if attachment.sha256.is_empty() {
        return Err(missing());
    }
    let everywhere = call.principal.jurisdiction.level() == DivisionLevel::Nation;
    if everywhere || attachment.by == call.principal.name() {
        return Ok(());
    }
    for link in &attachment.links {
        let resource = Resource::read("links", link)?;
        let division = division(call, &resource).await?;
        if division.is_some_and(|division| call.principal.within(&division)) {
            return Ok(());
        }
    }
    call.realm.denials.record(&call.principal, call.method);
    Err(missing())
}
