//! Which rules hold for a case now.

use std::collections::BTreeSet;

use quanheng_casework::Sight;
use quanheng_policy::profile::ChangeRoute;
use quanheng_recertification::campaign::Override;
use quanheng_recertification::{
    Conditions, Finding, Grounds, Material, Routed, Stage, ThreeClear, check_conditions,
    check_materials, check_opinions, check_phase, check_three_clear, route_change,
};
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, RecertificationState};
use quanheng_workflow::definition::Check;

use crate::way::Applicant;
use crate::{book, exit, parse, way, work};

/// All checks that a flow of reference management may ask for.
const CHECKS: [Check; 5] = [
    Check::PhaseOpen,
    Check::ThreeClear,
    Check::MaterialsComplete,
    Check::HardCriteria,
    Check::OpinionsPresent,
];

/// What of a rule does not hold.
pub(super) fn faults(
    sight: &Sight<'_>,
    key: &CaseKey,
    state: &RecertificationState,
    check: Check,
) -> Result<Vec<RuleFault>, Failure> {
    let subject = format!("recertificationCases/{}", state.case);
    if check == Check::OnlyDecrease {
        return measured(sight, state, subject);
    }
    let found = findings(sight, key, state, check)?;
    let mut faults: Vec<RuleFault> = found.iter().filter_map(|one| fault(one, &subject)).collect();
    if check == Check::HardCriteria && state.route == ChangeRoute::Filing {
        let applicant = way::applicant(sight, &state.unit)?;
        let stays = own_route(state, &applicant)
            .is_some_and(|routed| routed.route == Some(ChangeRoute::Filing));
        if !stays || !faults.is_empty() {
            // It is more than a filing: the reason stands behind where it has to go.
            let message = "不符合备案条件,应当重新认定".to_owned();
            faults.insert(0, RuleFault { code: "REROUTE".to_owned(), subject, message });
        }
    }
    Ok(faults)
}

/// What the whole commit makes of the book is decided when its last decision is taken; before,
/// it has only to be known what is measured by.
fn measured(
    sight: &Sight<'_>,
    state: &RecertificationState,
    subject: String,
) -> Result<Vec<RuleFault>, Failure> {
    let applicant = way::applicant(sight, &state.unit)?;
    match book::campaign_of(sight, state, &applicant) {
        Ok(_) => Ok(Vec::new()),
        Err(failure) if failure.reason() == "BASELINE_MISSING" => Ok(vec![RuleFault {
            code: "BASELINE_MISSING".to_owned(),
            subject,
            message: failure.message().to_owned(),
        }]),
        Err(failure) => Err(failure),
    }
}

fn fault(finding: &Finding, subject: &str) -> Option<RuleFault> {
    let reason = finding.reason.filter(|_| finding.failed())?;
    Some(RuleFault {
        code: reason.code().to_owned(),
        subject: subject.to_owned(),
        message: finding.message.clone(),
    })
}

fn findings(
    sight: &Sight<'_>,
    key: &CaseKey,
    state: &RecertificationState,
    check: Check,
) -> Result<Vec<Finding>, Failure> {
    let applicant = way::applicant(sight, &state.unit)?;
    Ok(match check {
        Check::PhaseOpen => phase(sight, state, &applicant)?,
        Check::ThreeClear => three_clear(sight, state, &applicant)?,
        Check::MaterialsComplete => {
            let case = sight.need::<streams::Cases>(&streams::case(key))?.as_ref();
            let open = case.and_then(|case| case.open.as_ref());
            let stage = match open.is_none_or(|open| open.step.as_str() == "apply") {
                true => Stage::Submission,
                false => Stage::JointReview,
            };
            vec![materials(state, &applicant, stage)]
        }
        Check::OpinionsPresent => vec![check_opinions(&applicant.policy, &state.opinions)],
        Check::HardCriteria => match state.route {
            ChangeRoute::Recertify => conditions(sight, state, &applicant).findings.0,
            ChangeRoute::Filing => filing(state, &applicant),
            ChangeRoute::Exit => exit::check_plan(sight, state)?.0,
        },
        check => return Err(work::no_such_check(key, check)),
    })
}

/// Both conditions as of today.
pub(crate) fn conditions(
    sight: &Sight<'_>,
    state: &RecertificationState,
    applicant: &Applicant,
) -> Conditions {
    let grounds = Grounds {
        division: applicant.profile.division.clone(),
        bases: state.grounds.bases.clone(),
        duties: state.grounds.duties.clone(),
        establishment: state.grounds.establishment,
        pay: state.grounds.pay,
    };
    check_conditions(&grounds, sight.today)
}

/// The route of the case's unit, as policy has it now.
fn own_route(state: &RecertificationState, applicant: &Applicant) -> Option<Routed> {
    let routed = route_change(&applicant.policy, &parse::change::facts(&state.change));
    routed.into_iter().find(|routed| routed.unit == state.unit)
}

/// Whether a filing is one still, and no more.
fn filing(state: &RecertificationState, applicant: &Applicant) -> Vec<Finding> {
    own_route(state, applicant).map(|routed| routed.findings.0).unwrap_or_default()
}

/// Whether the materials of a step are there.
pub(crate) fn materials(
    state: &RecertificationState,
    applicant: &Applicant,
    stage: Stage,
) -> Finding {
    let there: Vec<Material> = state.materials.values().cloned().collect();
    let requested: BTreeSet<String> =
        state.corrections.iter().flat_map(|round| round.materials.iter().cloned()).collect();
    check_materials(&applicant.policy, state.route, stage, &there, &requested)
}

/// What was taken in once stays in: no later end of the intake locks a correction.
fn phase(
    sight: &Sight<'_>,
    state: &RecertificationState,
    applicant: &Applicant,
) -> Result<Vec<Finding>, Failure> {
    match (&state.campaign, state.submitted_on) {
        (Some(campaign), None) => {
            let course = &work::campaign(sight, campaign)?.course;
            Ok(vec![check_phase(&applicant.policy, course, applicant.profile.tier)])
        }
        _ => Ok(Vec::new()),
    }
}

fn three_clear(
    sight: &Sight<'_>,
    state: &RecertificationState,
    applicant: &Applicant,
) -> Result<Vec<Finding>, Failure> {
    let Some((three, exception)) = three_of(sight, state)? else { return Ok(Vec::new()) };
    Ok(vec![check_three_clear(&applicant.policy, &three, exception.as_ref())])
}

/// 三清 of the unit in the campaign; none in day-to-day management.
pub(crate) fn three_of(
    sight: &Sight<'_>,
    state: &RecertificationState,
) -> Result<Option<(ThreeClear, Option<Override>)>, Failure> {
    let Some(campaign) = &state.campaign else { return Ok(None) };
    let survey = sight.need::<streams::Surveys>(&streams::survey(campaign, &state.unit))?;
    Ok(Some(match survey {
        Some(survey) => (survey.three.clone(), survey.exception.clone()),
        None => (ThreeClear::default(), None),
    }))
}

/// A refusal with the facts that its first rule rests on.
pub(super) fn told(
    sight: &Sight<'_>,
    key: &CaseKey,
    state: &RecertificationState,
    failure: Failure,
) -> Failure {
    let codes: Vec<String> = failure.broken_rules().iter().map(|rule| rule.code.clone()).collect();
    let failure = failure.with("resource", format!("recertificationCases/{}", state.case));
    for check in CHECKS {
        let Ok(found) = findings(sight, key, state, check) else { continue };
        let broken = found.iter().filter(|one| one.failed());
        let mut broken = broken
            .filter(|one| one.reason.is_some_and(|r| codes.iter().any(|code| code == r.code())));
        if let Some(first) = broken.next() {
            let facts = first.facts.iter();
            return facts.fold(failure, |told, (name, value)| told.with(name, value.to_string()));
        }
    }
    failure
}
