//! Why there is no answer (不能认定的原因).

use jiff::civil::Date;
use quanheng_policy::profile::PolicyError;
use quanheng_policy::{CategoryId, RankId};

/// Why a question about a person has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What the policy does not say: set it.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A fact that the rule needs is not known: record it.
    #[error("缺少事实 {fact},不能认定")]
    FactMissing {
        /// The fact's name.
        fact: &'static str,
    },
    /// What is held about the person was erased: nothing can be said any more.
    #[error("个人信息已删除,不能认定")]
    Erased,
    /// There is no lower rank.
    #[error("{rank} 已是本序列最低职级,不能再降低")]
    LowestRank {
        /// The rank held.
        rank: RankId,
    },
    /// The year is no ground for lowering.
    #[error("{year} 年度考核结果不是不称职")]
    NotIncompetent {
        /// The year.
        year: i16,
    },
    /// A rank was lowered for it already.
    #[error("{year} 年度考核结果确认后已于 {used_on} 降低职级,不得再次据以降低")]
    YearUsed {
        /// The year.
        year: i16,
        /// When the rank was lowered.
        used_on: Date,
    },
    /// The ladder is not that of the slot.
    #[error("本人职位类别为 {own},不能降低 {asked} 的职级")]
    OtherLadder {
        /// 职位类别 of the slot.
        own: CategoryId,
        /// What was asked for.
        asked: CategoryId,
    },
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Policy(error) => error.code(),
            Self::FactMissing { .. } => "FACT_MISSING",
            Self::Erased => "PERSON_ERASED",
            Self::LowestRank { .. } => "LOWEST_RANK",
            Self::NotIncompetent { .. } => "NOT_INCOMPETENT",
            Self::YearUsed { .. } => "YEAR_USED",
            Self::OtherLadder { .. } => "LADDER_MISMATCH",
        }
    }
}
