//! What an auditor would ask about: who was refused by which rule, and nothing of what is
//! sealed.

use quanheng_casework::{Place, Sight};
use quanheng_eventlog::EventDraft;
use quanheng_identity::Role;
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::RequestState;
use tonic::Code;

use crate::judge::NOT_ELIGIBLE;

/// Codes of rules that rest on sealed facts: that one of them refused is no more than that
/// the candidate is not eligible.
const SEALED: [&str; 10] = [
    "TENURE_INSUFFICIENT",
    "ASSESSMENT_MISSING",
    "ASSESSMENT_INCOMPETENT",
    "IN_SANCTION_PERIOD",
    "USE_AFFECTED",
    "UNDER_INVESTIGATION",
    "CONDITION_NOT_MET",
    "BASIC_CONDITIONS_NOT_MET",
    "FACT_MISSING",
    NOT_ELIGIBLE,
];

/// The record of a step that rules did not let people complete. What time tries again and
/// again is not recorded each time.
pub(super) fn record(
    sight: &Sight<'_>,
    request: &RequestState,
    failure: &Failure,
) -> Result<Option<EventDraft>, Failure> {
    let by_rules = failure.metadata().contains_key("step");
    let principal = &sight.scope.principal;
    if failure.code() != Code::FailedPrecondition
        || !by_rules
        || principal.roles.contains(&Role::System)
    {
        return Ok(None);
    }
    let key = &request.account;
    sight.appends(&streams::refusals(key))?;
    let division = sight.last_profile(&request.unit)?.division;
    let policy = sight.policy(&division, sight.today);
    let (method, unit) = (sight.scope.method, Some(&request.unit));
    let place = Place { key, policy: &policy, method, unit };
    place.record(&Failure::rules(open(request, failure.broken_rules()))).map(Some)
}

fn open(request: &RequestState, rules: &[RuleFault]) -> Vec<RuleFault> {
    let sealed = |rule: &&RuleFault| SEALED.contains(&rule.code.as_str());
    let mut open: Vec<RuleFault> = rules.iter().filter(|rule| !sealed(rule)).cloned().collect();
    if rules.iter().any(|rule| sealed(&rule)) {
        open.push(RuleFault {
            code: NOT_ELIGIBLE.to_owned(),
            subject: format!("promotionRequests/{}", request.request),
            message: format!("promotionRequests/{} 资格审核未通过", request.request),
        });
    }
    open
}
