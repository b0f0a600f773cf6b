//! Surveys (摸底): what a unit says of itself in a campaign, pure decisions.
//!
//! No phase locks a survey: it takes answers as long as its window is open (摸底不受阶段限制). Whom
//! policy lets confirm the three clears does so after it is signed.

mod decide;
mod refusal;
pub(crate) mod sheet;

pub(crate) use decide::{Command, Signer, decide};

use quanheng_casework::Sight;
use quanheng_eventlog::EventDraft;
use quanheng_policy::UnitId;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{CampaignId, Entity as _, SurveyEvent, SurveyState};

use crate::campaign::drafted;

/// A survey's resource name.
pub(crate) fn name(campaign: &CampaignId, unit: &UnitId) -> String {
    format!("campaigns/{campaign}/surveys/{unit}")
}

/// The drafts of a survey's events, and the survey as it will be.
///
/// # Errors
/// [`Failure`].
pub(crate) fn written(
    sight: &Sight<'_>,
    campaign: &CampaignId,
    unit: &UnitId,
    events: &[SurveyEvent],
) -> Result<(Vec<EventDraft>, SurveyState), Failure> {
    let stream = streams::survey(campaign, unit);
    let mut state = sight.need::<streams::Surveys>(&stream)?.clone();
    let division = sight.last_profile(unit)?.division;
    let about = [format!("units/{unit}"), crate::campaign::name(campaign)];
    let mut drafts = Vec::with_capacity(events.len());
    for event in events {
        let stream = stream.clone();
        drafts.push(drafted::<streams::Surveys>(sight, stream, &division, event, &about)?);
        streams::Surveys::evolve(&mut state, event);
    }
    let state = state.ok_or_else(|| Failure::internal("a survey that was never filled in"))?;
    Ok((drafts, state))
}
