//! What the handlers share: who acts and for which unit, what there is.

use quanheng_casework::Sight;
pub(crate) use quanheng_casework::work::{
    actor, after, at_step, case_after, check_etag, etag, etag_after, flow, no_such_check,
    recording, said, tagged, tagged_in,
};
use quanheng_identity::Action;
use quanheng_policy::UnitId;
use quanheng_policy::profile::PolicyError;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{CampaignId, CampaignState, RecertificationId, RecertificationState};

/// Whether the caller may act for a unit: its own clerk, or who governs its division.
///
/// # Errors
/// `ACCESS_DENIED`.
pub(crate) fn acts_for(sight: &Sight<'_>, unit: &UnitId) -> Result<(), Failure> {
    quanheng_casework::work::acts_for(sight, unit, Action::RecertificationManage)
}

/// A campaign that has to be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn campaign<'a>(
    sight: &Sight<'a>,
    id: &CampaignId,
) -> Result<&'a CampaignState, Failure> {
    let state = sight.need::<streams::Campaigns>(&streams::campaign(id))?;
    state.as_ref().ok_or_else(|| Failure::not_found(format!("campaigns/{id}")))
}

/// A case that has to be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn case<'a>(
    sight: &Sight<'a>,
    id: &RecertificationId,
) -> Result<&'a RecertificationState, Failure> {
    let state = sight.need::<streams::Recertifications>(&streams::recertification(id))?;
    state.as_ref().ok_or_else(|| Failure::not_found(format!("recertificationCases/{id}")))
}

/// What the policy does not say.
pub(crate) fn policy_failure(error: &PolicyError, name: &str) -> Failure {
    let failure = Failure::rule(error.code(), name, error.to_string()).with("resource", name);
    match error {
        PolicyError::NotConfigured { key } => failure.with("parameter", key.to_string()),
        _ => failure,
    }
}
