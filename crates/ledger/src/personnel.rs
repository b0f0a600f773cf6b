//! What changes of persons mean for seats (§4.6, §5.8).

use serde::{Deserialize, Serialize};

use crate::event::VacateReason;

/// A change of a person's post, rank or service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// 职级晋升
    RankPromotion,
    /// 任领导职务, the rank being given up
    LeadershipPost,
    /// 领导职务兼任职级
    ConcurrentRank,
    /// 领导职务转任职级
    PostToRank,
    /// 转任、调出
    Transfer,
    /// 挂职: the personnel relation stays (公务员法第七十二条).
    Secondment,
    /// 降低职级
    RankLowering,
    /// 降级: of the pay grade, not of the rank.
    GradeReduction,
    /// 降职: of the post, not of the rank.
    PostDemotion,
    /// 退休
    Retirement,
    /// 提前退休
    EarlyRetirement,
    /// 辞职、辞退、开除
    LeftService,
    /// 死亡
    Death,
}

/// What it does to seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing moves.
    None,
    /// A seat is taken, through a pre-review; what was held in the account is left with it.
    Take,
    /// The seat is left.
    Vacate(VacateReason),
    /// The seat is left, and another is taken where the person goes to.
    VacateAndTake(VacateReason),
    /// A seat of the lower rank is taken even where none is free.
    Lower,
}

/// What a change does to seats.
#[must_use]
pub fn effect(change: Change) -> Effect {
    match change {
        Change::RankPromotion | Change::ConcurrentRank | Change::PostToRank => Effect::Take,
        Change::LeadershipPost => Effect::Vacate(VacateReason::LeadershipPost),
        Change::Transfer => Effect::VacateAndTake(VacateReason::TransferOut),
        Change::Secondment | Change::GradeReduction | Change::PostDemotion => Effect::None,
        Change::RankLowering => Effect::Lower,
        Change::Retirement => Effect::Vacate(VacateReason::Retirement),
        Change::EarlyRetirement => Effect::Vacate(VacateReason::EarlyRetirement),
        Change::LeftService => Effect::Vacate(VacateReason::LeftService),
        Change::Death => Effect::Vacate(VacateReason::Death),
    }
}
