//! What the handlers share: who acts and for which unit, what there is, etags; rounds and
//! requests on their way through a command ([`RoundWork`], [`RequestWork`]); what only one of
//! them may have.

mod claims;
mod turn;

use std::sync::Arc;

use jiff::civil::Date;
use quanheng_casework::Sight;
use quanheng_casework::case::Said;
use quanheng_eventlog::{Digest, EventDraft, StreamName, Tag, Version};
use quanheng_identity::Action;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::PolicyError;
use quanheng_policy::{PersonId, UnitId};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, Entity, RequestId, RequestState, RoundId, RoundState};
use quanheng_workflow::Flow;
use quanheng_workflow::case::{Case, Due};
use quanheng_workflow::definition::Check;

pub(crate) use claims::{free_candidate, make_candidate, use_hold};
pub(crate) use turn::{RequestWork, RoundWork, at_step, recording};

/// The person who acts: a token that belongs to none records nothing.
///
/// # Errors
/// `ACCESS_DENIED`.
pub(crate) fn actor(call: &Call) -> Result<PersonId, Failure> {
    call.principal.person.clone().ok_or_else(|| {
        call.realm.denials.record(&call.principal, call.method);
        Failure::denied("令牌未关联人员,不能办理")
    })
}

/// Whether the caller may act for a unit: its own clerk, or who governs its division.
///
/// # Errors
/// `ACCESS_DENIED`.
pub(crate) fn acts_for(sight: &Sight<'_>, unit: &UnitId) -> Result<(), Failure> {
    let principal = &sight.scope.principal;
    match &principal.unit {
        Some(own) if own == unit => Ok(()),
        Some(_) if !principal.may(Action::PromotionManage) => {
            Err(Failure::denied("只能办理本单位事项").with("unit", format!("units/{unit}")))
        }
        _ => sight.governs(&sight.last_profile(unit)?.division),
    }
}

/// A round that has to be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn round<'a>(sight: &Sight<'a>, id: &RoundId) -> Result<&'a RoundState, Failure> {
    let state = sight.need::<streams::Rounds>(&streams::promotion_round(id))?;
    state.as_ref().ok_or_else(|| Failure::not_found(format!("promotionRounds/{id}")))
}

/// A request that has to be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn request<'a>(sight: &Sight<'a>, id: &RequestId) -> Result<&'a RequestState, Failure> {
    let state = sight.need::<streams::Requests>(&streams::promotion_request(id))?;
    state.as_ref().ok_or_else(|| Failure::not_found(format!("promotionRequests/{id}")))
}

/// Reads everything about many requests in a few steps, rather than in one for each.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`; [`Failure`] where it has to be read first.
pub(crate) fn all<'a>(
    sight: &Sight<'a>,
    ids: &[RequestId],
) -> Result<Vec<&'a RequestState>, Failure> {
    let names: Vec<StreamName> = ids.iter().map(streams::promotion_request).collect();
    let cases = ids.iter().map(|id| streams::case(&CaseKey::request(id)));
    let cases = sight.need_all::<streams::Cases>(cases.collect::<Vec<_>>());
    sight.need_all::<streams::Requests>(names)?;
    cases?;
    let found = ids.iter().map(|id| request(sight, id));
    let found = found.collect::<Result<Vec<_>, Failure>>()?;
    let persons = found.iter().map(|request| streams::person(&request.person));
    let persons = sight.need_all::<streams::Persons>(persons.collect::<Vec<_>>());
    let keys = sight.keys(found.iter().map(|request| &request.person));
    let claims = found.iter().map(|one| streams::candidacy(&one.person, &one.category));
    let claims = sight.need_all::<streams::Candidacies>(claims.collect::<Vec<_>>());
    let seats = found.iter().map(|one| streams::seat(&one.person, &one.category));
    let seats = sight.need_all::<streams::Seats>(seats.collect::<Vec<_>>());
    persons?;
    keys?;
    claims?;
    seats?;
    Ok(found)
}

/// The flow that a case has pinned.
///
/// # Errors
/// An internal failure when it is not there.
pub(crate) fn flow(sight: &Sight<'_>, case: &Case) -> Result<Arc<Flow>, Failure> {
    let flow = sight.shelf.flow(&case.flow.flow, case.flow.version);
    flow.cloned().ok_or_else(|| Failure::internal("a case follows a flow that is not there"))
}

/// A rule that a flow asks for, and that means nothing here.
pub(crate) fn no_such_check(key: &CaseKey, check: Check) -> Failure {
    let message = format!("流程所列核查 {check:?} 不适用于本类事项");
    Failure::rule("POLICY_NOT_CONFIGURED", format!("cases/{key}"), message)
        .with("parameter", "flow")
}

/// What is recorded is told to the request as well, which only this service can do.
pub(crate) fn recorded_elsewhere(key: &CaseKey) -> Failure {
    let name = format!("cases/{key}");
    Failure::rule("WRONG_STATE", &name, "本步骤须在晋升申请中记录").with("case", name)
}

/// What the policy does not say.
pub(crate) fn policy_failure(error: &PolicyError, request: &RequestId) -> Failure {
    let name = format!("promotionRequests/{request}");
    let failure = Failure::rule(error.code(), &name, error.to_string()).with("request", name);
    match error {
        PolicyError::NotConfigured { key } => failure.with("parameter", key.to_string()),
        _ => failure,
    }
}

/// Whether a wait is over.
pub(crate) fn is_over(due: Due, today: Date) -> bool {
    matches!(due, Due::On(day) if day < today)
}

/// The etag of a round or a request: what happened to it, and to its case.
pub(crate) fn etag(own: Version, case: Version) -> String {
    format!("v{own}.{case}")
}

/// The etag of a resource, with some events more.
pub(crate) fn etag_after(
    sight: &Sight<'_>,
    stream: &StreamName,
    key: &CaseKey,
    drafts: &[EventDraft],
) -> String {
    let version = |stream: &StreamName| {
        let more = drafts.iter().filter(|draft| draft.stream == *stream).count() as u64;
        Version(sight.desk.version(stream).unwrap_or_default().0 + more)
    };
    etag(version(stream), version(&streams::case(key)))
}

/// Whether a resource is what the caller thinks it is. Its case has to be read.
///
/// # Errors
/// `ETAG_MISMATCH`.
pub(crate) fn check_etag(
    sight: &Sight<'_>,
    stream: &StreamName,
    key: &CaseKey,
    given: &str,
) -> Result<(), Failure> {
    sight.need::<streams::Cases>(&streams::case(key))?;
    let found = etag_after(sight, stream, key, &[]);
    match given.is_empty() || given == found {
        true => Ok(()),
        false => Err(Failure::etag_mismatch(given, found)),
    }
}

/// The state of a stream after the drafts that are for it.
///
/// # Errors
/// An internal failure when they are of another kind.
pub(crate) fn after<E: Entity>(
    before: &E::State,
    stream: &StreamName,
    drafts: &[EventDraft],
) -> Result<E::State, Failure>
where
    E::State: Clone,
{
    let mut state = before.clone();
    for draft in drafts.iter().filter(|draft| draft.stream == *stream) {
        let event: E::Event = serde_json::from_str(draft.data.get()).map_err(Failure::internal)?;
        E::evolve(&mut state, &event);
    }
    Ok(state)
}

/// The case of a round or request after some drafts.
///
/// # Errors
/// As [`after`].
pub(crate) fn case_after(
    sight: &Sight<'_>,
    key: &CaseKey,
    drafts: &[EventDraft],
) -> Result<Option<Case>, Failure> {
    let stream = streams::case(key);
    after::<streams::Cases>(sight.need::<streams::Cases>(&stream)?, &stream, drafts)
}

/// A draft with where it is and what it is about, under the policy of the day.
fn tagged<E: Entity>(
    sight: &Sight<'_>,
    stream: StreamName,
    unit: &UnitId,
    event: &E::Event,
    tags: &[String],
) -> Result<EventDraft, Failure> {
    let division: DivisionCode = sight.last_profile(unit)?.division;
    let mut draft = streams::draft::<E>(stream, event).map_err(Failure::internal)?;
    let places = [format!("divisions/{division}"), format!("units/{unit}")];
    for tag in places.iter().chain(tags) {
        draft = draft.tagged(Tag::new(tag.clone()).map_err(Failure::internal)?);
    }
    let policy = sight.policy(&division, sight.today).hash();
    Ok(draft.under_policy(Digest(policy)))
}

/// What somebody says, as a case takes it.
pub(crate) fn said(call: &Call, opinion: &str) -> Said {
    Said { by: call.principal.name(), opinion: opinion.to_owned(), ..Said::default() }
}
