//! Decisions about a campaign.

use quanheng_policy::profile::Policy;

use super::{Campaign, Command, Event, Phase, PhaseState, SurveyState};
use crate::gate::phase_gate;
use crate::refusal::Refusal;

/// The events that a command brings about.
///
/// # Errors
/// Why it changes nothing.
pub fn decide(
    state: Option<&Campaign>,
    command: Command,
    policy: &Policy,
) -> Result<Vec<Event>, Refusal> {
    let (campaign, command) = match (state, command) {
        (Some(_), Command::Open { .. }) => {
            return Err(Refusal::Exists { what: "重新认定工作".to_owned() });
        }
        (None, Command::Open { document, baseline_on }) => {
            return Ok(vec![Event::Opened { document, baseline_on }]);
        }
        (None, _) => return Err(Refusal::NotFound { what: "重新认定工作".to_owned() }),
        (Some(campaign), _) if campaign.closed => {
            return Err(Refusal::state("重新认定工作已结束"));
        }
        (Some(campaign), command) => (campaign, command),
    };
    going_on(campaign, command, policy).map(|event| vec![event])
}

fn going_on(campaign: &Campaign, command: Command, policy: &Policy) -> Result<Event, Refusal> {
    match command {
        Command::Open { .. } => Err(Refusal::Exists { what: "重新认定工作".to_owned() }),
        Command::OpenSurvey => match campaign.survey {
            SurveyState::NotOpen => Ok(Event::SurveyOpened),
            SurveyState::Open | SurveyState::Closed => Err(Refusal::state("摸底已开始或已截止")),
        },
        Command::CloseSurvey => match campaign.survey {
            SurveyState::Open => Ok(Event::SurveyClosed),
            SurveyState::NotOpen | SurveyState::Closed => Err(Refusal::state("摸底未在进行")),
        },
        Command::OverrideGate(by) => match by.reasoned() {
            true => Ok(Event::GateOverridden(by)),
            false => Err(Refusal::invalid("reason", "批准提前开放须写明理由")),
        },
        Command::OpenPhase(phase) => {
            standing(campaign, phase, PhaseState::NotOpen)?;
            let gate = phase_gate(policy, campaign, phase);
            if gate.failed() {
                return Err(Refusal::Rule(Box::new(gate)));
            }
            Ok(Event::PhaseMoved { phase, to: PhaseState::Open })
        }
        Command::EndIntake(phase) => {
            standing(campaign, phase, PhaseState::Open)?;
            Ok(Event::PhaseMoved { phase, to: PhaseState::Reviewing })
        }
        Command::ClosePhase { phase, open_cases } => {
            standing(campaign, phase, PhaseState::Reviewing)?;
            match open_cases {
                0 => Ok(Event::PhaseMoved { phase, to: PhaseState::Closed }),
                _ => Err(Refusal::CasesOpen { phase: phase.label(), open_cases }),
            }
        }
        Command::Close => close(campaign),
    }
}

fn standing(campaign: &Campaign, phase: Phase, wanted: PhaseState) -> Result<(), Refusal> {
    let found = campaign.phase(phase);
    match found == wanted {
        true => Ok(()),
        false => Err(Refusal::state(format!(
            "{}为“{}”,应为“{}”",
            phase.label(),
            found.label(),
            wanted.label()
        ))),
    }
}

fn close(campaign: &Campaign) -> Result<Event, Refusal> {
    for phase in Phase::ALL {
        standing(campaign, *phase, PhaseState::Closed)?;
    }
    Ok(Event::Closed)
}
