//! What an exit brings about besides the events of its case. The transition of the staff takes the
//! place of what stands here.

use quanheng_casework::Sight;
use quanheng_eventlog::EventDraft;
use quanheng_recertification::Findings;
use quanheng_runtime::Failure;
use quanheng_streams::RecertificationState;

/// What an approved exit brings about elsewhere: seats, accounts.
///
/// # Errors
/// [`Failure`].
#[allow(clippy::unnecessary_wraps, reason = "seats move here")]
pub(crate) fn approve(
    _: &Sight<'_>,
    _: &RecertificationState,
    _: jiff::civil::Date,
) -> Result<Vec<EventDraft>, Failure> {
    Ok(Vec::new())
}

/// Whether an exit has its plan.
///
/// # Errors
/// [`Failure`].
#[allow(clippy::unnecessary_wraps, reason = "plans are read here")]
pub(crate) fn check_plan(_: &Sight<'_>, _: &RecertificationState) -> Result<Findings, Failure> {
    Ok(Findings::default())
}
