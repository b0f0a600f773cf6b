//! Reading one person, and what was recorded of one.

use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::{Context, Expect, Method, Micros, Position, Record, Transaction};
use quanheng_identity::Action;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::View;
use quanheng_register::person::Person;
use quanheng_runtime::reading::{Horizon, day, newest_records, read_failure, state_at};
use quanheng_runtime::{Call, Failure, today};
use quanheng_sealing::{KeyState, SubjectKey};
use quanheng_streams::{self as streams, Audit, AuditEvent};

use super::view::{PERSONS, PERSONS_PROJECTION, PersonDoc};
use super::write::person_id;
use super::{message, seal};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    Basic,
    Full,
}

impl Detail {
    /// What a request asks for; for everything, the caller needs a right of its own.
    ///
    /// # Errors
    /// `ACCESS_DENIED`.
    pub(crate) fn of(call: &Call, view: wire::PersonView) -> Result<Self, Failure> {
        match view {
            wire::PersonView::Unspecified | wire::PersonView::Basic => Ok(Self::Basic),
            wire::PersonView::Full => {
                call.demand(Action::PersonsReadPrivate)?;
                Ok(Self::Full)
            }
        }
    }
}

/// The document of a person whom the caller may see.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` if there is none, or it is hidden.
pub(crate) async fn document(
    call: &Call,
    view: &View,
    person: &PersonId,
) -> Result<PersonDoc, Failure> {
    let name = seal::resource(person);
    let found = view.get(PERSONS, person.as_str()).await.map_err(read_failure)?;
    let found = found.ok_or_else(|| Failure::not_found(&name))?;
    let document: PersonDoc = found.parse().map_err(Failure::internal)?;
    if !may_see(call, &document) {
        call.realm.denials.record(&call.principal, call.method);
        return Err(Failure::not_found(&name));
    }
    Ok(document)
}

/// Whether the caller may see a person at all. Whose place is not known, only those see
/// who see the whole country.
pub(crate) fn may_see(call: &Call, document: &PersonDoc) -> bool {
    let mut places = document.divisions(call.realm.today()).peekable();
    match places.peek() {
        Some(_) => places.any(|division| call.principal.within(division)),
        None => call.principal.within(&DivisionCode::nation()),
    }
}

/// Whether the caller may see the person of a name, as the view has it at a position or later.
///
/// # Errors
/// [`Failure`] when the view cannot be read.
pub(crate) async fn is_seen(call: &Call, name: &str, position: Position) -> Result<bool, Failure> {
    let person = person_id("name", name)?;
    let view = call.realm.view(PERSONS_PROJECTION, position.0, call.deadline).await?;
    let found = view.get(PERSONS, person.as_str()).await.map_err(read_failure)?;
    let document: Option<PersonDoc> =
        found.map(|doc| doc.parse()).transpose().map_err(Failure::internal)?;
    Ok(call.may(Action::PersonsRead) && document.is_some_and(|doc| may_see(call, &doc)))
}

/// The key of a person.
pub(crate) enum Held {
    Key(SubjectKey),
    Erased(Date),
    /// There is none: the keys were restored from before the person was registered.
    Lost,
}

impl Held {
    pub(crate) fn of(name: &str, state: KeyState) -> Self {
        match state {
            KeyState::Live(key) => Self::Key(key),
            KeyState::Erased { at } => Self::Erased(today(Micros(at))),
            KeyState::Missing => {
                tracing::error!(name, "a registered person has no key");
                Self::Lost
            }
        }
    }
}

/// A person as a caller sees one, as of a day.
///
/// # Errors
/// An internal failure when something sealed does not open. One lost key does not make a
/// list fail: of that person, only what is open is told.
pub(crate) fn shown(
    person: &Person,
    held: &Held,
    detail: Detail,
    on: Date,
) -> Result<wire::Person, Failure> {
    let key = match (held, &person.erased) {
        (Held::Key(key), None) => key,
        (Held::Lost, None) if detail == Detail::Basic => return Ok(message::open(person, on)),
        (Held::Lost, None) => return Err(Failure::internal("the key of a person is missing")),
        (Held::Erased(on), None) => {
            return Ok(message::erased(&seal::resource(&person.person), *on));
        }
        (_, Some(erasure)) => {
            return Ok(message::erased(&seal::resource(&person.person), erasure.on));
        }
    };
    let mut message = message::open(person, on);
    match detail {
        Detail::Basic => message::add_masked(&mut message, person, key)?,
        Detail::Full => message::add_whole(&mut message, person, key)?,
    }
    Ok(message)
}

/// 查阅人员
pub(crate) async fn get(
    call: &Call,
    request: wire::GetPersonRequest,
) -> Result<wire::GetPersonResponse, Failure> {
    let id = person_id("name", &request.name)?;
    let detail = Detail::of(call, request.view())?;
    let on = day("as_of", request.as_of.as_ref())?.unwrap_or_else(|| call.realm.today());
    let horizon = Horizon::of(request.known_at.as_ref())?;
    let view = call.realm.view(PERSONS_PROJECTION, request.min_position, call.deadline).await?;
    let position = view.position().map_err(read_failure)?;
    let document = document(call, &view, &id).await?;
    let name = seal::resource(&id);
    let answer = |person, position: Position| wire::GetPersonResponse {
        person: Some(person),
        position: position.0,
    };
    if let Some(erased_on) = document.erased_on {
        return Ok(answer(message::erased(&name, erased_on), position));
    }
    let person = match horizon {
        Horizon::Now => document.state,
        past => {
            let stream = streams::person(&id);
            state_at::<streams::Persons>(&call.realm.log, stream, past).await?.0
        }
    };
    let person = person.ok_or_else(|| Failure::not_found(&name))?;
    let key = call.realm.keys.get(&name).await.map_err(|error| seal::keys_failure(&error))?;
    let message = shown(&person, &Held::of(&name, key), detail, on)?;
    let recorded = match detail {
        Detail::Full if !message.erased => viewed(call, &id).await?,
        _ => Position::START,
    };
    Ok(answer(message, position.max(recorded)))
}

/// Records that the caller saw all that is held about a person.
async fn viewed(call: &Call, person: &PersonId) -> Result<Position, Failure> {
    let event = AuditEvent::PersonViewed { method: call.method.to_owned() };
    note(call, streams::views(person), &event).await
}

/// Records something for auditors; what was seen is answered once that is stored.
///
/// # Errors
/// [`Failure`]: then nothing is shown.
pub(crate) async fn note(
    call: &Call,
    stream: quanheng_eventlog::StreamName,
    event: &AuditEvent,
) -> Result<Position, Failure> {
    let draft = streams::draft::<Audit>(stream.clone(), event).map_err(Failure::internal)?;
    let context = Context {
        principal: Some(call.principal_name()?),
        method: Some(Method::new(call.method).map_err(Failure::internal)?),
        correlation_id: call.correlation_id,
        causation_id: call.causation_id,
        traceparent: call.traceparent.clone(),
        ..Context::default()
    };
    let transaction = Transaction { context, ..Transaction::default() };
    let transaction = transaction.append(draft).expect(stream, Expect::Any);
    Ok(call.realm.log.commit(transaction).await?.into_receipt().position)
}

/// 变动记录
pub(crate) async fn history(
    call: &Call,
    request: wire::ListPersonHistoryRequest,
) -> Result<wire::ListPersonHistoryResponse, Failure> {
    let id = person_id("name", &request.name)?;
    let view = call.realm.view(PERSONS_PROJECTION, request.min_position, call.deadline).await?;
    let position = view.position().map_err(read_failure)?.0;
    let document = document(call, &view, &id).await?;
    let (records, next) = newest_records(call, streams::person(&id), &request).await?;
    let private = call.may(Action::PersonsReadPrivate);
    let key = call.realm.keys.get(&seal::resource(&id)).await;
    let key = key.map_err(|error| seal::keys_failure(&error))?;
    // The key is destroyed before the view tells of it.
    let erased = document.erased || matches!(key, KeyState::Erased { .. });
    let told = |record: &&Record| match erased {
        // Of who was erased, that is all that is told.
        true => super::history::is_erasure(record),
        // That there was a sanction at all is for those who may see it.
        false => private || !super::history::is_of_sealed_fact(record),
    };
    let entries = records.iter().filter(told).map(super::history::entry);
    let entries = entries.collect::<Result<_, _>>()?;
    // Nothing is recorded after an erasure: it stands on the first page.
    let next_page_token = if erased { String::new() } else { next };
    Ok(wire::ListPersonHistoryResponse { entries, position, next_page_token })
}
