//! Requests as cases: what is checked at each step, who approves, which steps are left out.

use std::collections::BTreeSet;

use quanheng_casework::Sight;
use quanheng_casework::case::{Matter, Said, Turn};
use quanheng_eventlog::{EventDraft, Read};
use quanheng_policy::UnitId;
use quanheng_policy::codes::{DivisionCode, DivisionLevel};
use quanheng_policy::profile::{Authority, Policy, PolicyError};
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, CaseKind, RequestState};
use quanheng_workflow::case::Case;
use quanheng_workflow::definition::{Check, StepId};

use super::{follow, refused};
use crate::judge::{NOT_ELIGIBLE, judge};
use crate::{seats, work};

/// The matter of requests.
#[derive(Debug, Clone, Default)]
pub struct RequestMatter {
    /// The request as it will be, where this service itself acts.
    own: Option<Box<RequestState>>,
}

impl RequestMatter {
    /// For a request as it will be.
    pub(crate) fn over(request: RequestState) -> Self {
        Self { own: Some(Box::new(request)) }
    }

    fn request(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<RequestState, Failure> {
        if let Some(request) = &self.own {
            return Ok((**request).clone());
        }
        let id = key.as_request().ok_or_else(|| Failure::not_found(format!("cases/{key}")))?;
        work::request(sight, &id).cloned()
    }
}

/// Codes of what bars a promotion, and of a register that cannot say that nothing does.
const BARS: [&str; 5] =
    ["UNDER_INVESTIGATION", "IN_SANCTION_PERIOD", "USE_AFFECTED", "FACT_MISSING", NOT_ELIGIBLE];

/// What a case says of itself while it pauses: the reason itself is sealed.
pub(crate) const PAUSED: &str = "中止办理,原因另行封存";

impl Matter for RequestMatter {
    fn kind(&self) -> CaseKind {
        CaseKind::Request
    }

    fn flow(&self) -> &'static str {
        "promotion"
    }

    fn reads(&self, key: &CaseKey) -> Vec<Read> {
        let request = key.as_request().map(|id| streams::promotion_request(&id));
        request.map(streams::state::<streams::Requests>).into_iter().collect()
    }

    fn check(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        check: Check,
        _: &Said,
    ) -> Result<Vec<RuleFault>, Failure> {
        let request = self.request(sight, key)?;
        let subject = format!("promotionRequests/{}", request.request);
        match check {
            Check::HoldsCoverTargets => seats::uncovered(sight, &request),
            Check::Eligible => Ok(judge(sight, &request)?.unmet(sight, &subject)),
            Check::NoBars => Ok(judge(sight, &request)?.bars(sight, &subject)),
            Check::NoticeClosed => {
                let case = sight.need::<streams::Cases>(&streams::case(key))?;
                Ok(notice_open(sight, &request, case.as_ref(), &subject))
            }
            _ => Err(work::no_such_check(key, check)),
        }
    }

    fn by_table(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<Option<UnitId>, Failure> {
        approving_unit(sight, &self.request(sight, key)?)
    }

    fn simplified(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<BTreeSet<StepId>, Failure> {
        let request = self.request(sight, key)?;
        let division = sight.last_profile(&request.unit)?.division;
        left_out(&sight.policy(&division, sight.today), &request)
    }

    fn held_up(&self, failure: &Failure) -> Option<String> {
        let barred = failure.broken_rules().iter().any(|rule| BARS.contains(&rule.code.as_str()));
        barred.then(|| PAUSED.to_owned())
    }

    fn refused(&self, sight: &Sight<'_>, key: &CaseKey, failure: Failure) -> Failure {
        let record = self.request(sight, key);
        match record.and_then(|request| refused::record(sight, &request, &failure)) {
            Ok(Some(event)) => failure.telling(event),
            Ok(None) => failure,
            Err(failure) => failure,
        }
    }

    fn may_resume(&self, sight: &Sight<'_>, key: &CaseKey) -> Result<Vec<RuleFault>, Failure> {
        let request = self.request(sight, key)?;
        let subject = format!("promotionRequests/{}", request.request);
        Ok(judge(sight, &request)?.bars(sight, &subject))
    }

    fn pauses_as(&self) -> Option<&'static str> {
        Some(PAUSED)
    }

    fn follow(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        turn: &Turn<'_>,
    ) -> Result<Vec<EventDraft>, Failure> {
        let request = self.request(sight, key)?;
        follow::follow(sight, key, request, self.own.is_some(), turn)
    }
}

/// What keeps a notice from being closed: its period, and reports that are not resolved. The
/// period of one that was resumed is that of the case, which counts it anew.
fn notice_open(
    sight: &Sight<'_>,
    request: &RequestState,
    case: Option<&Case>,
    subject: &str,
) -> Vec<RuleFault> {
    let mut faults = Vec::new();
    let fault = |code: &str, message: String| RuleFault {
        code: code.to_owned(),
        subject: subject.to_owned(),
        message,
    };
    match &request.notice {
        None => faults.push(fault("NOTICE_TOO_SHORT", "尚未公示".to_owned())),
        Some(notice) if notice.to >= sight.today => {
            let message = format!("公示至 {},尚未期满", notice.to);
            faults.push(fault("NOTICE_TOO_SHORT", message));
        }
        Some(_) => {}
    }
    let waiting = case.and_then(|case| case.open.as_ref());
    if waiting.is_some_and(|open| open.step.as_str() == "notice") && faults.is_empty() {
        let due = waiting.and_then(|open| open.due);
        if !due.is_some_and(|due| work::is_over(due, sight.today)) {
            faults.push(fault("NOTICE_TOO_SHORT", "公示尚未期满".to_owned()));
        }
    }
    let unresolved = request.unresolved().count();
    if unresolved > 0 {
        let message = format!("尚有 {unresolved} 件反映未核实");
        faults.push(fault("FEEDBACK_UNRESOLVED", message));
    }
    faults
}

/// Steps that the profile leaves out for a rank (简化程序).
fn left_out(policy: &Policy, request: &RequestState) -> Result<BTreeSet<StepId>, Failure> {
    let named = match policy.simplified_steps() {
        Ok(steps) => steps.value.get(&request.rank).cloned().unwrap_or_default(),
        Err(PolicyError::NotConfigured { .. }) => Vec::new(),
        Err(error) => return Err(work::policy_failure(&error, &request.request)),
    };
    let mut steps = BTreeSet::new();
    for step in named {
        steps.insert(StepId::new(step).map_err(Failure::internal)?);
    }
    let vetting = StepId::new("vetting").map_err(Failure::internal)?;
    let required = match policy.vetting_required() {
        Ok(ranks) => Some(ranks.value.contains(&request.rank)),
        Err(PolicyError::NotConfigured { .. }) => None,
        Err(error) => return Err(work::policy_failure(&error, &request.request)),
    };
    match required {
        Some(true) => drop(steps.remove(&vetting)),
        Some(false) => drop(steps.insert(vetting)),
        None => {}
    }
    Ok(steps)
}

/// Who approves (审批权限): the unit itself, or the authority of the division that the table
/// names; for an authority's own people the one above it.
///
/// # Errors
/// `POLICY_NOT_CONFIGURED` where no row of the table admits unit and rank.
fn approving_unit(sight: &Sight<'_>, request: &RequestState) -> Result<Option<UnitId>, Failure> {
    let profile = sight.last_profile(&request.unit)?;
    let policy = sight.policy(&profile.division, sight.today);
    let refused = |error: PolicyError| work::policy_failure(&error, &request.request);
    let order = policy.rank(&request.category, &request.rank).map_err(refused)?.order;
    let table = policy.authority_table().map_err(refused)?;
    let row = table.value.iter().find(|row| {
        row.tiers.contains(&profile.tier) && (row.highest..=row.lowest).contains(&order)
    });
    let Some(row) = row else {
        let message = format!("审批权限表未规定 {} 的审批机关", request.rank);
        let name = format!("promotionRequests/{}", request.request);
        return Err(Failure::rule("POLICY_NOT_CONFIGURED", name, message)
            .with("parameter", "authority_table")
            .with("rank", request.rank.to_string()));
    };
    let wanted = match row.approve {
        Authority::Unit => None,
        Authority::County => Some(DivisionLevel::County),
        Authority::Prefecture => Some(DivisionLevel::Prefecture),
        Authority::Province => Some(DivisionLevel::Province),
        Authority::Central => Some(DivisionLevel::Nation),
    };
    // A unit that approves by itself stands where its division is.
    let wanted = wanted.unwrap_or_else(|| profile.division.level());
    let above = std::iter::successors(Some(profile.division), DivisionCode::parent);
    let above: Vec<DivisionCode> = above.filter(|division| division.level() <= wanted).collect();
    let named = above.iter().map(streams::authority);
    let named = sight.need_all::<streams::Authorities>(named.collect::<Vec<_>>())?;
    let level = |division: &DivisionCode| division.level() == wanted;
    if !above.first().is_some_and(level) {
        return Ok(None);
    }
    let own = |unit: &&UnitId| **unit == request.unit;
    let mut authorities = named.into_iter();
    match authorities.next().and_then(Option::as_ref) {
        found if row.approve == Authority::Unit && !found.is_some_and(|unit| own(&unit)) => {
            Ok(Some(request.unit.clone()))
        }
        Some(unit) if own(&unit) => {
            Ok(authorities.filter_map(Option::as_ref).find(|unit| !own(unit)).cloned())
        }
        found => Ok(found.cloned()),
    }
}
