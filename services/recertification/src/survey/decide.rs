//! Decisions about a survey, pure.

use jiff::civil::Date;
use quanheng_policy::profile::{Policy, Severity};
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::campaign::{Campaign, Override};
use quanheng_recertification::{ThreeClear, check_three_clear};
use quanheng_streams::{CampaignId, SurveyAnswer, SurveyEvent, SurveyState};

use super::refusal::Refusal;

/// Who signs, and where the person's slot is.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    /// The person.
    pub(crate) person: PersonId,
    /// The unit of the person's slot; none without one.
    pub(crate) unit: Option<UnitId>,
}

/// What may be asked of a survey.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// 填报
    Submit { campaign: CampaignId, unit: UnitId, answer: Box<SurveyAnswer> },
    /// 签署确认: `parent` is the unit's parent department.
    Sign { signer: Signer, parent: Option<UnitId> },
    /// 退回
    Reopen { reason: String },
    /// 确认三清; a reason where policy only warns.
    ConfirmThreeClear { three: ThreeClear, reason: String },
}

/// What a command brings about.
///
/// # Errors
/// Why it changes nothing.
pub(crate) fn decide(
    campaign: &Campaign,
    state: Option<&SurveyState>,
    command: Command,
    policy: &Policy,
    by: &PersonId,
    today: Date,
) -> Result<SurveyEvent, Refusal> {
    let (by, on) = (by.clone(), today);
    match command {
        Command::Submit { campaign: id, unit, answer } => {
            takes_answers(campaign)?;
            if state.is_some_and(|survey| survey.signed.is_some()) {
                return Err(Refusal::Signed);
            }
            check_answer(&answer, &unit)?;
            Ok(SurveyEvent::SurveySubmitted { campaign: id, unit, answer, by, on })
        }
        Command::Sign { signer, parent } => {
            takes_answers(campaign)?;
            let survey = filled(state)?;
            if survey.signed.is_some() {
                return Err(Refusal::Signed);
            }
            may_sign(survey, &signer, parent.as_ref())?;
            Ok(SurveyEvent::SurveySigned { by: signer.person, on })
        }
        Command::Reopen { reason } => {
            takes_answers(campaign)?;
            match filled(state)?.signed {
                Some(_) => Ok(SurveyEvent::SurveyReopened { reason, by, on }),
                None => Err(Refusal::NotSigned),
            }
        }
        Command::ConfirmThreeClear { three, reason } => {
            if campaign.closed {
                return Err(Refusal::CampaignClosed);
            }
            if filled(state)?.signed.is_none() {
                return Err(Refusal::NotSigned);
            }
            confirmed(three, &reason, policy, by, on)
        }
    }
}

/// The window of the survey, and nothing of the phases (摸底不受阶段限制).
fn takes_answers(campaign: &Campaign) -> Result<(), Refusal> {
    match campaign.survey_open() {
        true => Ok(()),
        false => Err(Refusal::WindowClosed),
    }
}

fn filled(state: Option<&SurveyState>) -> Result<&SurveyState, Refusal> {
    state.ok_or(Refusal::Missing)
}

/// What a unit says has to agree with itself.
fn check_answer(answer: &SurveyAnswer, unit: &UnitId) -> Result<(), Refusal> {
    let wrong = |field, what: &str| Err(Refusal::Invalid { field, what: what.to_owned() });
    let changed = !answer.changes.is_empty() || answer.structural.is_some();
    if answer.affected && !changed {
        return wrong("answer.changes", "涉改单位须填写变动事项或机构变化");
    }
    if !answer.affected && changed {
        return wrong("answer.affected", "填写了变动事项或机构变化,应为涉改单位");
    }
    if answer.structural.is_none() && answer.predecessors.iter().any(|one| one != unit) {
        return wrong("answer.structural", "填写了变动前单位,须填写机构变化");
    }
    if answer.structural.is_none() && answer.successors.iter().any(|one| one != unit) {
        return wrong("answer.structural", "填写了承接单位,须填写机构变化");
    }
    Ok(())
}

/// Two people: whoever filled it in does not confirm it, and who does belongs to the unit or to
/// its parent department.
fn may_sign(survey: &SurveyState, signer: &Signer, parent: Option<&UnitId>) -> Result<(), Refusal> {
    if signer.person == survey.submitted_by {
        return Err(Refusal::OwnAnswer { person: signer.person.clone() });
    }
    let belongs = |unit: &UnitId| *unit == survey.unit || Some(unit) == parent;
    match signer.unit.as_ref().is_some_and(belongs) {
        true => Ok(()),
        false => Err(Refusal::NotOfUnit { person: signer.person.clone() }),
    }
}

/// Where policy is hard there is no exception: three that are not clear are refused. Where it
/// only warns, a reason is recorded.
fn confirmed(
    three: ThreeClear,
    reason: &str,
    policy: &Policy,
    by: PersonId,
    on: Date,
) -> Result<SurveyEvent, Refusal> {
    let complete = three.unclear().is_empty();
    let exception = match reason.trim() {
        "" => None,
        reason => Some(Override { by: by.clone(), on, reason: reason.to_owned() }),
    };
    if complete && exception.is_some() {
        return Err(Refusal::Invalid {
            field: "override_reason",
            what: "三清已完成,不需说明理由".to_owned(),
        });
    }
    let severity = *policy.three_clear()?.value;
    if exception.is_some() && severity == Severity::Hard {
        return Err(Refusal::NoException { unclear: three.unclear() });
    }
    let found = check_three_clear(policy, &three, exception.as_ref());
    if found.failed() {
        return Err(Refusal::NotClear(Box::new(found)));
    }
    Ok(SurveyEvent::ThreeClearConfirmed { three, exception, complete, by, on })
}
