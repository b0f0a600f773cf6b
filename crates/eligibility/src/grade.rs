//! What a promotion does to the pay grade (晋升职级后的级别, §3.2).

use quanheng_policy::profile::{Policy, PolicyError, Source};

use crate::check::Target;
use crate::refusal::Refusal;

/// How the grade came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GradeChange {
    /// Below the new rank's grades before: now its lowest (低于最低级别的,确定为最低级别).
    RaisedToLowest,
    /// Within the new rank's grades: so many up (晋升一个级别).
    Stepped,
    /// Within them, and the promotion to this rank moves no grade up; or it is the highest
    /// already (级别不变).
    Kept,
}

/// The pay grade after a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeEffect {
    /// 原级别
    pub before: u8,
    /// 新级别: the smaller number is the higher grade.
    pub after: u8,
    /// How it came about.
    pub change: GradeChange,
    /// The entry of policy that says so.
    pub source: Source,
}

/// The pay grade after a promotion to a rank.
///
/// # Errors
/// [`Refusal::Policy`] where the ladder, its grades or `grade_on_promotion` are not set.
pub fn grade_after_promotion(
    policy: &Policy,
    target: &Target,
    grade: u8,
) -> Result<GradeEffect, Refusal> {
    let rank = policy.rank(&target.category, &target.rank)?;
    let Some(grades) = rank.grades else {
        let key = format!("ladders.{}.ranks.{}.grades", target.category, target.rank);
        return Err(PolicyError::NotConfigured { key }.into());
    };
    let rule = policy.grade_on_promotion()?;
    let (after, change) = if grade > grades.lowest {
        (grades.lowest, GradeChange::RaisedToLowest)
    } else if grade <= grades.highest || rule.value.without_step.contains(&target.rank) {
        (grade, GradeChange::Kept)
    } else {
        (grade.saturating_sub(rule.value.step).max(grades.highest), GradeChange::Stepped)
    };
    Ok(GradeEffect { before: grade, after, change, source: rule.source })
}
