//! Requests' messages as the domain's types; field by field, what is wrong.

pub(crate) mod change;
pub(crate) mod shared;

use quanheng_runtime::Failure;
use quanheng_runtime::wire::named;
use quanheng_streams::{CampaignId, RecertificationId};

/// `recertificationCases/{case}`
pub(crate) fn case(field: &str, name: &str) -> Result<RecertificationId, Failure> {
    named(field, "recertificationCases/{case}", name)
}

/// `campaigns/{campaign}`
pub(crate) fn campaign(field: &str, name: &str) -> Result<CampaignId, Failure> {
    named(field, "campaigns/{campaign}", name)
}
