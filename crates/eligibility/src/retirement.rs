//! When a person retires (退休, §5.8): the age grows step by step, and some may ask to go
//! earlier. A seat is free from that day on; the ledger frees it.

use jiff::civil::Date;
use quanheng_policy::codes::YearMonth;
use quanheng_policy::profile::{
    Policy, PolicyError, Resolved, Retirement, RetirementGroup, RetirementSex, Source,
    TenureGranularity,
};
use quanheng_register::private::Sex;

use crate::career::Career;
use crate::facts::holds_level;
use crate::known::Known;
use crate::refusal::Refusal;
use crate::span::{Grain, age_reached, reached_after};

const MONTHS_PER_YEAR: u32 = 12;

/// The day on which a person reaches the age of retirement (达到退休年龄).
#[derive(Clone, PartialEq, Eq)]
pub struct RetirementDue {
    /// The day; the last of the month where it has no such day, the first where the day of
    /// birth is not known.
    pub on: Date,
    /// The age, in months.
    pub age_months: u32,
    /// By how many months it was delayed (延迟月数).
    pub delay_months: u32,
    /// To which group the person belongs, in Chinese.
    pub group: String,
    /// The entry of policy that says so.
    pub source: Source,
}

crate::career::debug_hides!(RetirementDue);

impl RetirementDue {
    /// The month.
    #[must_use]
    pub fn month(&self) -> YearMonth {
        YearMonth::of(self.on)
    }
}

/// When a person reaches the age of retirement, by what is held on a day.
///
/// # Errors
/// [`Refusal::Policy`] where `retirement` is not set, or has no group for the person.
pub fn retirement(policy: &Policy, career: &Career, on: Date) -> Result<RetirementDue, Refusal> {
    let rules = policy.retirement()?;
    let group = group(policy, &rules, Known { career, on })?;
    let before = u32::from(group.age_months);
    let beyond = || Refusal::FactMissing { fact: "birth" };
    let original = age_reached(career.birth, before).ok_or_else(beyond)?;
    let delay_months = delay(&rules.value, group, original);
    let age_months = before + delay_months;
    let due = age_reached(career.birth, age_months).ok_or_else(beyond)?;
    let group = group.name.clone();
    Ok(RetirementDue { on: due, age_months, delay_months, group, source: rules.source })
}

/// The first group that admits the person.
fn group<'r>(
    policy: &Policy,
    rules: &'r Resolved<'_, Retirement>,
    known: Known<'_>,
) -> Result<&'r RetirementGroup, PolicyError> {
    let sex = match known.career.sex {
        Sex::Male => RetirementSex::Male,
        Sex::Female => RetirementSex::Female,
    };
    let admits = |group: &&RetirementGroup| {
        group.sex == sex
            && group.worker == known.career.worker
            && group.level_at_least.as_ref().is_none_or(|level| holds_level(policy, known, level))
    };
    let none = || PolicyError::NotConfigured { key: "retirement.groups".to_owned() };
    rules.value.groups.iter().find(admits).ok_or_else(none)
}

/// One month more for every step since the delay began, up to the end of the delay.
fn delay(rules: &Retirement, group: &RetirementGroup, original: Date) -> u32 {
    let month = Grain(TenureGranularity::Month);
    let passed = month.of(original) - month.year(rules.delay_from_year);
    let most = u32::from(group.age_months_max.saturating_sub(group.age_months));
    let Ok(passed) = u32::try_from(passed) else { return 0 };
    let step = u32::from(group.months_per_step).max(1);
    (passed / step + 1).min(most)
}

/// On which ground a person may ask to retire earlier (公务员法第九十三条).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlyGround {
    /// 工作年限满
    Service,
    /// 距退休年龄不足规定年数,且工作年限满
    NearAge,
}

/// From when a person may ask to retire before the age (自愿提前退休). With approval only.
#[derive(Clone, PartialEq, Eq)]
pub struct EarlyRetirementFrom {
    /// The first day.
    pub on: Date,
    /// On which ground.
    pub ground: EarlyGround,
    /// The entry of policy that says so.
    pub source: Source,
}

crate::career::debug_hides!(EarlyRetirementFrom);

/// From when a person may ask to retire before the age; none if the age comes first.
///
/// # Errors
/// Those of [`retirement`]; [`Refusal::FactMissing`] where it is not known when the person
/// began to work.
pub fn early_retirement(
    policy: &Policy,
    career: &Career,
    on: Date,
) -> Result<Option<EarlyRetirementFrom>, Refusal> {
    let due = retirement(policy, career, on)?;
    let rules = policy.early_retirement()?;
    let missing = || Refusal::FactMissing { fact: "work_started" };
    let started = career.work_started.ok_or_else(missing)?;
    let served = |years: u8| reached_after(started, u32::from(years) * MONTHS_PER_YEAR);
    let by_service = served(rules.value.service_years).ok_or_else(missing)?;
    let near = u32::from(rules.value.years_before_age) * MONTHS_PER_YEAR;
    let near = age_reached(career.birth, due.age_months.saturating_sub(near));
    let near = near.ok_or(Refusal::FactMissing { fact: "birth" })?;
    let near = near.max(served(rules.value.with_service_years).ok_or_else(missing)?);
    let (on, ground) = match by_service <= near {
        true => (by_service, EarlyGround::Service),
        false => (near, EarlyGround::NearAge),
    };
    let source = rules.source;
    Ok((on < due.on).then_some(EarlyRetirementFrom { on, ground, source }))
}
