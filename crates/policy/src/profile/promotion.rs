//! What the parameters of promotion, lowering and retirement are made of (§5).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::class::Tier;
use crate::condition::Condition;
use crate::id::{LevelId, RankId};

/// From when an excellent year shortens the tenure (优秀等次自何时可用).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExcellentUsableFrom {
    /// From the day on which the result was confirmed (等次确定日期).
    Confirmed,
    /// From the first day after the year, once the result is known.
    YearEnd,
}

/// The result of an annual assessment, as policy names it (年度考核等次).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum YearResult {
    /// 优秀
    Excellent,
    /// 称职
    Competent,
    /// 基本称职
    BasicallyCompetent,
    /// 不称职
    Incompetent,
    /// 不定等次
    Ungraded,
    /// 不进行考核
    NotAssessed,
}

/// How a promotion moves the pay grade (晋升职级后的级别).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GradeOnPromotion {
    /// How many grades up, where the old grade lies within the new rank's.
    pub step: u8,
    /// Ranks whose promotion moves no grade up (一级、三级调研员,一级、三级主任科员).
    pub without_step: Vec<RankId>,
}

/// Who approves (审批权限).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// 本单位党委(党组)
    Unit,
    /// 县级公务员主管部门
    County,
    /// 市级公务员主管部门
    Prefecture,
    /// 省级公务员主管部门
    Province,
    /// 中央公务员主管部门
    Central,
}

/// A row of the table of authorities (审批权限表): who approves a promotion, and to whom it is
/// filed. The first row that admits unit and rank is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorityRow {
    /// Of units of these tiers.
    pub tiers: Vec<Tier>,
    /// From this order of the ladder on, 1 the highest.
    pub highest: u8,
    /// To this one.
    pub lowest: u8,
    /// Who approves.
    pub approve: Authority,
    /// To whom it is filed (备案).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_to: Option<Authority>,
}

/// Sex, where a rule of retirement asks for it (性别).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetirementSex {
    /// 男
    Male,
    /// 女
    Female,
}

/// Who retires by which age (退休年龄). The first group that admits a person is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetirementGroup {
    /// What it is called, in Chinese.
    pub name: String,
    /// Of this sex.
    pub sex: RetirementSex,
    /// Of this leadership level at least, or of a rank that corresponds to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level_at_least: Option<LevelId>,
    /// Whether it is of workers (工勤人员); of cadres otherwise.
    #[serde(default)]
    pub worker: bool,
    /// The age before the delay (原法定退休年龄), in months.
    pub age_months: u16,
    /// The age at the end of the delay, in months.
    pub age_months_max: u16,
    /// The age grows by a month for every so many months (渐进式延迟).
    pub months_per_step: u8,
}

/// Ages of retirement, and when they began to grow (渐进式延迟法定退休年龄).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retirement {
    /// The first year of the delay. It begins in January.
    pub delay_from_year: i16,
    /// The groups, the narrower ones first.
    pub groups: Vec<RetirementGroup>,
}

/// Who may ask to retire earlier (自愿提前退休, 公务员法第九十三条): either is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlyRetirement {
    /// Years of service that are enough by themselves (工作年限).
    pub service_years: u8,
    /// Or so many years before the age of retirement at most …
    pub years_before_age: u8,
    /// … with so many years of service.
    pub with_service_years: u8,
}

/// What speaks for one candidate before another (倾斜): it ranks candidates, and never
/// makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TiltRule {
    /// What it is called, in Chinese.
    pub name: String,
    /// For whom it speaks.
    pub when: Condition,
    /// How much.
    pub points: u16,
}

/// A level of professional qualification (任职资格等级).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QualificationLevel {
    /// Its id: `senior_deputy`.
    pub id: String,
    /// Its Chinese name: 副高级.
    pub name: String,
}

/// Points out what is wrong with the parameters of this page, by key.
pub(super) fn faults(parameters: &super::Parameters) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if let Some(retirement) = &parameters.retirement {
        for group in &retirement.value.groups {
            let shrinks = group.age_months > group.age_months_max;
            if shrinks || group.months_per_step == 0 {
                let expected =
                    format!("{}:延迟后的年龄不小于延迟前的,months_per_step 至少为 1", group.name);
                found.push(("retirement", expected));
            }
        }
    }
    if let Some(levels) = &parameters.qualification_levels {
        let mut known = BTreeMap::new();
        for level in &levels.value {
            if known.insert(&level.id, ()).is_some() {
                found.push(("qualification_levels", format!("{} 重复", level.id)));
            }
        }
    }
    let noncounting = parameters.noncounting_results.as_ref();
    if noncounting.is_some_and(|results| results.value.contains(&YearResult::Excellent)) {
        found.push(("noncounting_results", "优秀年度应计入任职年限".to_owned()));
    }
    found
}
