//! Of the books of campaigns: scopes whose counts have grown.

use quanheng_recertification::detect::detect_scopes;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::CampaignId;

use super::Found;

/// What they find about a campaign.
pub(crate) async fn scopes(
    call: &Call,
    campaign: &CampaignId,
    division: &str,
) -> Result<Vec<Found>, Failure> {
    let stream = streams::book(campaign);
    let state = state_at::<streams::Books>(&call.realm.log, stream, Horizon::Now).await?.0;
    if !state.open {
        return Ok(Vec::new());
    }
    let found = detect_scopes(&state.book).into_iter().map(|issue| Found {
        issue,
        unit: String::new(),
        division: division.to_owned(),
    });
    Ok(found.collect())
}
