//! What only one may have: a person's candidacy in a category, a pre-review.

use quanheng_casework::Sight;
use quanheng_eventlog::{EventDraft, StreamName};
use quanheng_ledger::id::HoldId;
use quanheng_register::claim;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{Entity, RequestState, RoundState};

/// Claims a value for a holder, or gives it up.
fn claimed<E: Entity<Event = claim::Event, State = Option<claim::Claim>>>(
    sight: &Sight<'_>,
    stream: &StreamName,
    command: claim::Command,
) -> Result<Option<Vec<EventDraft>>, Failure> {
    let held = sight.need::<E>(stream)?.as_ref();
    let Ok(events) = claim::decide(held, command) else { return Ok(None) };
    let drafts = events.iter().map(|event| streams::draft::<E>(stream.clone(), event));
    drafts.collect::<Result<Vec<_>, _>>().map(Some).map_err(Failure::internal)
}

/// Makes a person the candidate of a request, and of no other.
///
/// # Errors
/// `ALREADY_CANDIDATE`.
pub(crate) fn make_candidate(
    sight: &Sight<'_>,
    request: &RequestState,
) -> Result<Vec<EventDraft>, Failure> {
    let by = format!("promotionRequests/{}", request.request);
    let stream = streams::candidacy(&request.person, &request.category);
    let claim = claim::Command::Claim { by: by.clone() };
    claimed::<streams::Candidacies>(sight, &stream, claim)?.ok_or_else(|| {
        let name = format!("persons/{}", request.person);
        let message = format!("{name} 在同一职位类别已有在办的晋升申请");
        Failure::rule("ALREADY_CANDIDATE", &name, message).with("person", name).with("request", by)
    })
}

/// The person is a candidate no more.
///
/// # Errors
/// [`Failure`].
pub(crate) fn free_candidate(
    sight: &Sight<'_>,
    request: &RequestState,
) -> Result<Vec<EventDraft>, Failure> {
    let by = format!("promotionRequests/{}", request.request);
    let stream = streams::candidacy(&request.person, &request.category);
    let held = sight.need::<streams::Candidacies>(&stream)?.as_ref();
    if held.and_then(|claim| claim.holder.as_ref()) != Some(&by) {
        return Ok(Vec::new());
    }
    let release = claim::Command::Release { by };
    Ok(claimed::<streams::Candidacies>(sight, &stream, release)?.unwrap_or_default())
}

/// Takes a pre-review for a round, and for no other.
///
/// # Errors
/// `HOLD_IN_USE`.
pub(crate) fn use_hold(
    sight: &Sight<'_>,
    round: &RoundState,
    hold: &HoldId,
) -> Result<Vec<EventDraft>, Failure> {
    let by = format!("promotionRounds/{}", round.round);
    let stream = streams::hold_use(&round.account, hold);
    let claim = claim::Command::Claim { by };
    claimed::<streams::HoldUses>(sight, &stream, claim)?.ok_or_else(|| {
        let name = crate::seats::hold_name(&round.account, hold);
        Failure::rule("HOLD_IN_USE", &name, "该预审已用于其他批次").with("hold", name)
    })
}
