//! A campaign (重新认定工作): its survey, its phases, and which of them takes cases in
//! (先省直后市县).

mod command;
mod decide;
mod event;

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::PersonId;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::DocumentNumber;
use serde::{Deserialize, Serialize};

pub use command::Command;
pub use decide::decide;
pub use event::{Event, evolve};

/// A phase of a campaign (阶段), by whose units it takes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// 省直
    Provincial,
    /// 市县
    Municipal,
}

impl Phase {
    /// Both, in their order.
    pub const ALL: &'static [Self] = &[Self::Provincial, Self::Municipal];

    /// The phase of units of a tier; none for those that no province decides about.
    #[must_use]
    pub fn of(tier: Tier) -> Option<Self> {
        match tier {
            Tier::Central => None,
            Tier::Province => Some(Self::Provincial),
            Tier::Prefecture | Tier::County | Tier::Township => Some(Self::Municipal),
        }
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Provincial => "省直阶段",
            Self::Municipal => "市县阶段",
        }
    }
}

/// How far a phase is (阶段状态). It only goes forward.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PhaseState {
    /// 未开放
    #[default]
    NotOpen,
    /// 受理申报
    Open,
    /// 停止受理,审核中
    Reviewing,
    /// 已结束
    Closed,
}

impl PhaseState {
    /// All states, in their order.
    pub const ALL: &'static [Self] = &[Self::NotOpen, Self::Open, Self::Reviewing, Self::Closed];

    /// Its name in policy data.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::NotOpen => "not_open",
            Self::Open => "open",
            Self::Reviewing => "reviewing",
            Self::Closed => "closed",
        }
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NotOpen => "未开放",
            Self::Open => "受理申报",
            Self::Reviewing => "停止受理、审核中",
            Self::Closed => "已结束",
        }
    }

    /// Reads a name of policy data.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.id() == name)
    }
}

/// Whether the baseline survey (摸底) takes answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurveyState {
    /// 未部署
    #[default]
    NotOpen,
    /// 摸底中
    Open,
    /// 已截止
    Closed,
}

/// A reasoned exception that a policy allows (例外), as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Who decided it.
    pub by: PersonId,
    /// On what day.
    pub on: Date,
    /// Why.
    pub reason: String,
}

impl Override {
    /// Whether it says why.
    #[must_use]
    pub fn reasoned(&self) -> bool {
        !self.reason.trim().is_empty()
    }
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// How many events made this state.
    pub version: u64,
    /// The notice that opened it (通知文号).
    pub document: DocumentNumber,
    /// The day whose counts are frozen as those before the reform (改革前基准日).
    pub baseline_on: Date,
    /// 摸底
    pub survey: SurveyState,
    /// How far each phase is.
    pub phases: BTreeMap<Phase, PhaseState>,
    /// The province's exception from the order of phases (省级批准提前开放).
    pub gate_override: Option<Override>,
    /// 已结束
    pub closed: bool,
}

impl Campaign {
    /// How far a phase is.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> PhaseState {
        self.phases.get(&phase).copied().unwrap_or_default()
    }

    /// Whether the survey takes answers. No phase locks it (摸底不受阶段限制).
    #[must_use]
    pub fn survey_open(&self) -> bool {
        !self.closed && self.survey == SurveyState::Open
    }
}
