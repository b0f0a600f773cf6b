//! What the handlers share: who acts and for which unit, what there is, etags; rounds and
//! requests on their way through a command ([`RoundWork`], [`RequestWork`]); what only one of
//! them may have.

mod claims;
mod turn;

use jiff::civil::Date;
use quanheng_casework::Sight;
pub(crate) use quanheng_casework::work::{
    actor, after, at_step, case_after, check_etag, etag, etag_after, flow, no_such_check,
    recording, said, tagged,
};
use quanheng_eventlog::StreamName;
use quanheng_identity::Action;
use quanheng_policy::UnitId;
use quanheng_policy::profile::PolicyError;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, RequestId, RequestState, RoundId, RoundState};
use quanheng_workflow::case::Due;

pub(crate) use claims::{free_candidate, make_candidate, use_hold};
pub(crate) use turn::{RequestWork, RoundWork};

/// Whether the caller may act for a unit: its own clerk, or who governs its division.
///
/// # Errors
/// `ACCESS_DENIED`.
pub(crate) fn acts_for(sight: &Sight<'_>, unit: &UnitId) -> Result<(), Failure> {
    quanheng_casework::work::acts_for(sight, unit, Action::PromotionManage)
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
