//! Ranks that change by no promotion (降低职级、转任后职级确定): who decided it, and on what it rests.

use jiff::civil::Date;
use quanheng_ledger::event::Basis;
use quanheng_policy::{CategoryId, PersonId, RankId};
use quanheng_register::Sealed;
use serde::{Deserialize, Serialize};

use crate::entity::Entity;

/// A rank in its ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderRank {
    /// 职位类别
    pub category: CategoryId,
    /// 职级
    pub rank: RankId,
}

/// A decision on a rank. Its grounds are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankDecision {
    /// The rank before.
    pub from: LadderRank,
    /// The rank after.
    pub to: LadderRank,
    /// Why.
    pub grounds: Sealed,
    /// On what it rests.
    pub basis: Basis,
    /// Number of the minutes of the meeting that decided it.
    pub minutes: String,
    /// Hash of the policy, hex.
    pub policy: String,
    /// The version of the person's stream that it was decided on.
    pub person_version: u64,
    /// Who entered it.
    pub by: PersonId,
    /// When.
    pub on: Date,
}

/// What is decided on the rank of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RankDecisionEvent {
    /// 降低职级
    RankLoweringDecided {
        /// The decision.
        decision: RankDecision,
    },
    /// 转任后职级确定
    TransferRankDetermined {
        /// The decision.
        decision: RankDecision,
    },
}

/// Decisions on the rank of a person, the oldest first.
pub struct RankDecisions;

impl Entity for RankDecisions {
    const AREA: &'static str = "promotion";
    const FORM: &'static str = "rank_decisions.1";
    type Event = RankDecisionEvent;
    type State = Vec<RankDecision>;

    fn evolve(state: &mut Vec<RankDecision>, event: &RankDecisionEvent) {
        let (RankDecisionEvent::RankLoweringDecided { decision }
        | RankDecisionEvent::TransferRankDetermined { decision }) = event;
        state.push(decision.clone());
    }
}
