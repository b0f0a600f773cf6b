//! What meets in a province and in a phase: which campaign is open, and which cases of a phase
//! are not decided. Each is a stream of its own, so that the log, and no view, decides between
//! somebody who closes and somebody who submits.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{CampaignId, RecertificationId};
use crate::entity::Entity;

/// What happens to the campaigns of a province.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields bear the words of the state, explained there")]
pub enum ProvinceCampaignEvent {
    /// 部署
    ProvinceCampaignBegan { campaign: CampaignId, on: Date },
    /// 结束
    ProvinceCampaignEnded { campaign: CampaignId, on: Date },
}

/// The campaigns of a province: one at a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvinceCampaignState {
    /// The newest campaign, open or not; none if there never was one.
    pub latest: Option<CampaignId>,
    /// Whether it goes on.
    pub open: bool,
}

/// Campaigns by province (`divisions/{division}/campaigns`).
pub struct ProvinceCampaigns;

impl Entity for ProvinceCampaigns {
    const AREA: &'static str = "recertification";
    const FORM: &'static str = "province_campaigns.1";
    type Event = ProvinceCampaignEvent;
    type State = ProvinceCampaignState;

    fn evolve(state: &mut ProvinceCampaignState, event: &ProvinceCampaignEvent) {
        match event {
            ProvinceCampaignEvent::ProvinceCampaignBegan { campaign, .. } => {
                state.latest = Some(campaign.clone());
                state.open = true;
            }
            ProvinceCampaignEvent::ProvinceCampaignEnded { .. } => state.open = false,
        }
    }
}

/// What happens to the cases of a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields bear the words of the state, explained there")]
pub enum PhaseCaseEvent {
    /// 申报
    PhaseCaseEntered { case: RecertificationId },
    /// 办结: decided, or withdrawn.
    PhaseCaseLeft { case: RecertificationId },
}

/// The cases of a phase that were submitted and are not decided.
pub type PhaseCaseState = BTreeSet<RecertificationId>;

/// Open cases by phase (`campaigns/{campaign}/phases/{phase}`).
pub struct PhaseCases;

impl Entity for PhaseCases {
    const AREA: &'static str = "recertification";
    const FORM: &'static str = "phase_cases.1";
    type Event = PhaseCaseEvent;
    type State = PhaseCaseState;

    fn evolve(state: &mut PhaseCaseState, event: &PhaseCaseEvent) {
        match event {
            PhaseCaseEvent::PhaseCaseEntered { case } => {
                state.insert(case.clone());
            }
            PhaseCaseEvent::PhaseCaseLeft { case } => {
                state.remove(case);
            }
        }
    }
}
