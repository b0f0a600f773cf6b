//! The cases of a phase that are not decided: told by whoever submits and ends cases, asked by
//! whoever closes the phase. All meet in one stream of the log.

use quanheng_casework::Sight;
use quanheng_eventlog::EventDraft;
use quanheng_recertification::campaign::Phase;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{CampaignId, PhaseCaseEvent, PhaseCaseState, RecertificationId};

/// The cases of a phase that are not decided.
///
/// # Errors
/// [`Failure`].
pub(crate) fn open_cases<'a>(
    sight: &Sight<'a>,
    campaign: &CampaignId,
    phase: Phase,
) -> Result<&'a PhaseCaseState, Failure> {
    sight.need::<streams::PhaseCases>(&streams::phase_cases(campaign, phase))
}

/// A case was submitted in a phase: the phase cannot be closed before it has left. Nothing, if
/// it was there already.
///
/// # Errors
/// [`Failure`].
pub(crate) fn entered(
    sight: &Sight<'_>,
    campaign: &CampaignId,
    phase: Phase,
    case: &RecertificationId,
) -> Result<Vec<EventDraft>, Failure> {
    match open_cases(sight, campaign, phase)?.contains(case) {
        true => Ok(Vec::new()),
        false => told(campaign, phase, &PhaseCaseEvent::PhaseCaseEntered { case: case.clone() }),
    }
}

/// A case of a phase was decided, or withdrawn. Nothing, if it never entered.
///
/// # Errors
/// [`Failure`].
pub(crate) fn left(
    sight: &Sight<'_>,
    campaign: &CampaignId,
    phase: Phase,
    case: &RecertificationId,
) -> Result<Vec<EventDraft>, Failure> {
    match open_cases(sight, campaign, phase)?.contains(case) {
        false => Ok(Vec::new()),
        true => told(campaign, phase, &PhaseCaseEvent::PhaseCaseLeft { case: case.clone() }),
    }
}

fn told(
    campaign: &CampaignId,
    phase: Phase,
    event: &PhaseCaseEvent,
) -> Result<Vec<EventDraft>, Failure> {
    let stream = streams::phase_cases(campaign, phase);
    let draft = streams::draft::<streams::PhaseCases>(stream, event).map_err(Failure::internal)?;
    Ok(vec![draft])
}
