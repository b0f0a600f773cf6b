//! What happens to a round (晋升批次).

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_ledger::id::{AccountKey, HoldId};
use quanheng_policy::{PersonId, RankId, UnitId};
use serde::{Deserialize, Serialize};

use super::{RequestId, RoundId};
use crate::entity::Entity;

/// Seats of a rank that a round is to fill (职级、职数).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRank {
    /// 拟晋升职级
    pub rank: RankId,
    /// How many.
    pub seats: u32,
}

/// A part of the timetable (进度安排).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// What is to be done.
    pub what: String,
    /// By when.
    pub by: Date,
}

/// The plan of a round (工作方案).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// 名称
    pub title: String,
    /// 范围
    pub scope: String,
    /// 职级、职数
    pub ranks: Vec<PlannedRank>,
    /// 条件
    pub conditions: String,
    /// 进度
    pub timetable: Vec<Milestone>,
}

/// What happens to a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields bear the words of the state, explained there")]
pub enum RoundEvent {
    /// 提出工作方案
    RoundCreated {
        round: RoundId,
        unit: UnitId,
        account: AccountKey,
        plan: Plan,
        by: PersonId,
        on: Date,
    },
    /// 党委(党组)研究工作方案
    PlanDecided { adopted: bool, minutes: String, by: PersonId, on: Date },
    /// 记录预审
    PreReviewAttached { hold: HoldId, by: PersonId, on: Date },
    /// 提出人选
    RequestAdded { request: RequestId },
    /// A request takes a move of the pre-review.
    MoveTaken { index: usize, request: RequestId },
    /// It gives it up.
    MoveFreed { index: usize, request: RequestId },
    /// 结束申报
    RoundClosed { reason: String, by: PersonId, on: Date },
    /// 撤回
    RoundWithdrawn { reason: String, by: PersonId, on: Date },
}

/// How far a round is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundPhase {
    /// 方案待研究
    Planned,
    /// 方案已定
    Decided,
    /// 预审通过: requests may be made.
    Opened,
    /// 结束申报
    Closed,
    /// 方案未通过
    Refused,
    /// 撤回
    Withdrawn,
}

/// A round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundState {
    /// Its name.
    pub round: RoundId,
    /// Whose it is.
    pub unit: UnitId,
    /// The account that it charges.
    pub account: AccountKey,
    /// 工作方案
    pub plan: Plan,
    /// Number of the minutes that decided on the plan.
    pub minutes: String,
    /// The pre-review that it uses.
    pub hold: Option<HoldId>,
    /// How far it is.
    pub phase: RoundPhase,
    /// Its requests, drafts too.
    pub requests: Vec<RequestId>,
    /// Moves of the pre-review that requests have, by their index.
    pub moves: BTreeMap<usize, RequestId>,
    /// Who made the plan.
    pub created_by: PersonId,
    /// When.
    pub created_on: Date,
    /// Why it was closed or withdrawn.
    pub reason: String,
}

/// Rounds (晋升批次).
pub struct Rounds;

impl Entity for Rounds {
    const AREA: &'static str = "promotion";
    const FORM: &'static str = "round.1";
    type Event = RoundEvent;
    type State = Option<RoundState>;

    fn evolve(state: &mut Option<RoundState>, event: &RoundEvent) {
        if let RoundEvent::RoundCreated { round, unit, account, plan, by, on } = event {
            *state = Some(RoundState {
                round: round.clone(),
                unit: unit.clone(),
                account: account.clone(),
                plan: plan.clone(),
                minutes: String::new(),
                hold: None,
                phase: RoundPhase::Planned,
                requests: Vec::new(),
                moves: BTreeMap::new(),
                created_by: by.clone(),
                created_on: *on,
                reason: String::new(),
            });
            return;
        }
        let Some(state) = state else { return };
        match event {
            RoundEvent::RoundCreated { .. } => {}
            RoundEvent::PlanDecided { adopted, minutes, .. } => {
                state.phase = if *adopted { RoundPhase::Decided } else { RoundPhase::Refused };
                minutes.clone_into(&mut state.minutes);
            }
            RoundEvent::PreReviewAttached { hold, .. } => {
                state.hold = Some(hold.clone());
                state.phase = RoundPhase::Opened;
            }
            RoundEvent::RequestAdded { request } => state.requests.push(request.clone()),
            RoundEvent::MoveTaken { index, request } => {
                state.moves.insert(*index, request.clone());
            }
            RoundEvent::MoveFreed { index, .. } => {
                state.moves.remove(index);
            }
            RoundEvent::RoundClosed { reason, .. } => {
                state.phase = RoundPhase::Closed;
                reason.clone_into(&mut state.reason);
            }
            RoundEvent::RoundWithdrawn { reason, .. } => {
                state.phase = RoundPhase::Withdrawn;
                reason.clone_into(&mut state.reason);
            }
        }
    }
}
