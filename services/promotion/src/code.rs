//! The lists that this service reads and writes, on the wire and in the domain.

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_eligibility::Outcome;
use quanheng_policy::condition;
use quanheng_register::person::RankReason;
use quanheng_register::private::Sex;

/// 性别; none if it is not given.
pub(crate) fn sex(sex: registry::Sex) -> Option<Sex> {
    match sex {
        registry::Sex::Male => Some(Sex::Male),
        registry::Sex::Female => Some(Sex::Female),
        registry::Sex::Unspecified => None,
    }
}

/// 任职级事由; none if it is not given.
pub(crate) fn rank_reason(reason: registry::RankReason) -> Option<RankReason> {
    Some(match reason {
        registry::RankReason::Unspecified => return None,
        registry::RankReason::Promotion => RankReason::Promotion,
        registry::RankReason::ProbationEnded => RankReason::Probation,
        registry::RankReason::TransferredIn => RankReason::TransferIn,
        registry::RankReason::ExMilitary => RankReason::ExMilitary,
        registry::RankReason::FromPost => RankReason::PostToRank,
        registry::RankReason::Conversion => RankReason::InitialConversion,
        registry::RankReason::CategoryConversion => RankReason::CategoryConversion,
        registry::RankReason::Lowered => RankReason::Lowered,
        registry::RankReason::Other => RankReason::Other,
    })
}

/// 审核结果
pub(crate) fn outcome(outcome: Outcome) -> wire::RuleOutcome {
    match outcome {
        Outcome::Pass => wire::RuleOutcome::Pass,
        Outcome::Fail => wire::RuleOutcome::Fail,
        Outcome::NotApplicable => wire::RuleOutcome::NotApplicable,
    }
}

/// 比较方式
pub(crate) fn comparison(comparison: condition::Comparison) -> wire::Comparison {
    match comparison {
        condition::Comparison::Equal => wire::Comparison::Equal,
        condition::Comparison::NotEqual => wire::Comparison::NotEqual,
        condition::Comparison::AtLeast => wire::Comparison::AtLeast,
        condition::Comparison::AtMost => wire::Comparison::AtMost,
    }
}
