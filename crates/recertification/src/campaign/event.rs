//! What happened to a campaign, and how that changes it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use serde::{Deserialize, Serialize};

use super::{Campaign, Override, Phase, PhaseState, SurveyState};

/// What happened to a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// 已部署
    Opened {
        /// The notice.
        document: DocumentNumber,
        /// The day whose counts are those before the reform.
        baseline_on: Date,
    },
    /// 摸底已开始
    SurveyOpened,
    /// 摸底已截止
    SurveyClosed,
    /// 已批准提前开放
    GateOverridden(Override),
    /// A phase went on to a state.
    PhaseMoved {
        /// Which.
        phase: Phase,
        /// To which state.
        to: PhaseState,
    },
    /// 已结束
    Closed,
}

/// Takes an event over into the state. Nothing but its opening begins a campaign.
pub fn evolve(state: &mut Option<Campaign>, event: &Event) {
    if let Event::Opened { document, baseline_on } = event {
        *state = Some(Campaign {
            version: 1,
            document: document.clone(),
            baseline_on: *baseline_on,
            survey: SurveyState::NotOpen,
            phases: BTreeMap::new(),
            gate_override: None,
            closed: false,
        });
        return;
    }
    let Some(campaign) = state else { return };
    campaign.version += 1;
    match event {
        Event::Opened { .. } => {}
        Event::SurveyOpened => campaign.survey = SurveyState::Open,
        Event::SurveyClosed => campaign.survey = SurveyState::Closed,
        Event::GateOverridden(by) => campaign.gate_override = Some(by.clone()),
        Event::PhaseMoved { phase, to } => {
            campaign.phases.insert(*phase, *to);
        }
        Event::Closed => campaign.closed = true,
    }
}
