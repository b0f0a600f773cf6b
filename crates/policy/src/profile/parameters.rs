//! The parameters of a profile (§11): what a jurisdiction may set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Set;
use super::book::{Policy, PolicyError, Resolved};
use super::promotion::{
    AuthorityRow, EarlyRetirement, ExcellentUsableFrom, GradeOnPromotion, QualificationLevel,
    Retirement, TiltRule, YearResult,
};
use super::recertification::{AuthorityChainRow, ChangeRouteRow, MaterialRow};
use crate::calendar::FirstDay;
use crate::condition::Condition;
use crate::id::{CategoryId, RankId, SetId};
use crate::ratio::Ratio;

/// How a share of a count becomes a whole number (取整).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// 向下取整
    Floor,
}

/// Of what a nested cap is a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NestedRounding {
    /// Of the parent's cap, already rounded down.
    FloorOfFloored,
    /// Of the parent's exact share.
    FloorOfExact,
}

/// In what tenure is counted (任职年限计算单位).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenureGranularity {
    /// 按月
    Month,
    /// 按日
    Day,
}

/// How much of a year that does not count is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NonCounting {
    /// Only its overlap with the tenure.
    Overlap,
    /// A full year.
    WholeYear,
}

/// Whether a rule refuses or warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 硬性
    Hard,
    /// 提示
    Warn,
}

/// Over which units a count is taken.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum UnitScope {
    /// 全省
    Province,
    /// 市
    City,
    /// 县
    County,
    /// 主管部门
    ParentDepartment,
}

/// A scope and how strict it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeRule {
    /// The scope.
    pub scope: UnitScope,
    /// How strict.
    pub severity: Severity,
}

/// When a body has decided (集体讨论决定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectiveDecision {
    /// The share of members that must be present.
    pub quorum: Ratio,
    /// The share of all members that must be in favour, and then one more.
    pub more_than: Ratio,
}

/// How long measures bar a promotion (影响期), in months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BarPeriods {
    /// 警告
    pub warning: u8,
    /// 记过
    pub demerit: u8,
    /// 记大过
    pub major_demerit: u8,
    /// 降级
    pub grade_reduction: u8,
    /// 撤职
    pub removal: u8,
    /// Sanctions of the state together, at most.
    pub state_sanctions_max: u8,
    /// 党内警告
    pub party_warning: u8,
    /// 党内严重警告
    pub party_serious_warning: u8,
    /// 撤销党内职务
    pub party_removal: u8,
    /// 留党察看, from restoration
    pub party_probation: u8,
    /// 诫勉
    pub admonition: u8,
    /// 调整职务
    pub post_adjustment: u8,
    /// 责令辞职
    pub ordered_resignation: u8,
    /// 免职
    pub dismissal_from_post: u8,
    /// 降职
    pub demotion: u8,
}

/// When an issue counts as common (共性问题): either is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommonIssueThreshold {
    /// In so many of the units that were inspected.
    pub units: u32,
    /// In this share of them.
    pub share: Ratio,
}

/// How often meetings are due (例会制).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingCadence {
    /// Promotion meetings (推进会) in the first half of a year.
    pub first_half: u8,
    /// Regular meetings in each quarter.
    pub each_quarter: u8,
}

/// A parameter, as it is listed and explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParameterInfo {
    /// Its name in a document.
    pub name: &'static str,
    /// What it is, in Chinese.
    pub label: &'static str,
}

macro_rules! parameters {
    ($($(#[$doc:meta])* $label:literal $name:ident: $type:ty),+ $(,)?) => {
        /// What a document sets. Everything is optional: what no layer sets is refused.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Parameters {
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $name: Option<Set<$type>>,
            )+
        }

        impl Parameters {
            /// All parameters there are.
            pub const ALL: &'static [ParameterInfo] = &[
                $(ParameterInfo { name: stringify!($name), label: $label },)+
            ];
        }

        impl Policy {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`PolicyError::NotConfigured`] when no layer sets it.
                pub fn $name(&self) -> Result<Resolved<'_, $type>, PolicyError> {
                    self.parameter(stringify!($name), |set| set.$name.as_ref())
                }
            )+

            /// The value of a parameter by its name, as data, with its source.
            ///
            /// # Errors
            /// [`PolicyError::NotConfigured`] when no layer sets it, or there is no such
            /// parameter.
            pub fn explain(&self, name: &str) -> Result<Resolved<'static, serde_json::Value>, PolicyError> {
                match name {
                    $(stringify!($name) => self.$name().map(|resolved| resolved.as_data()),)+
                    _ => Err(PolicyError::not_configured(name)),
                }
            }
        }
    };
}

parameters! {
    /// How shares become whole numbers.
    "职数取整方式" quota_rounding: Rounding,
    /// Of what nested caps are shares.
    "嵌套比例取整方式" nested_rounding: NestedRounding,
    /// Whether a small unit gets one seat where its share is less.
    "不足一个按一个核定" min_one_rule: bool,
    /// Whether lower ranks may not use the unused room of higher ones.
    "高低职级职数分别使用" strict_split: bool,
    /// The share of each rank set that is kept free.
    "预留空缺职数比例" reserve_ratio: BTreeMap<SetId, Ratio>,
    /// For how many days a pre-review holds seats.
    "预审有效期(日)" pre_review_validity_days: u16,
    /// Within how many days the use of seats is filed.
    "使用后备案期限(日)" use_filing_deadline_days: u16,
    /// Whether an overdue filing stops the next pre-review.
    "逾期备案是否停止预审" overdue_blocks: bool,
    /// Seats of the inspector pool.
    "巡视员统筹职数" inspector_pool_seats: u32,
    /// Whether a pool may use what is left over by rounding its members' shares.
    "统筹使用取整剩余职数" pool_by_sum_of_base: bool,
    /// Whether an ex-military officer's first rank is not charged.
    "军转干部首次确定职级不占职数" ex_military_exempt: bool,
    /// In what tenure is counted.
    "任职年限计算单位" tenure_granularity: TenureGranularity,
    /// Whether an excellent result of the year in which the rank was obtained counts.
    "取得职级当年优秀是否计入" excellent_entry_year_counts: bool,
    /// By how many months an excellent year shortens the tenure.
    "优秀等次缩短月数" excellent_credit_months: u8,
    /// From when an excellent year shortens the tenure.
    "优秀等次自何时可用" excellent_usable_from: ExcellentUsableFrom,
    /// The rank that each old title became on 2019-06-01.
    "首次套转对应职级" initial_conversion: BTreeMap<String, RankId>,
    /// From which year on results are read of who was converted, or whose time before the
    /// register is known from the file alone.
    "套转人员考核结果起计年度" first_assessment_year: i16,
    /// Results whose years are not counted as tenure.
    "不计算为任职年限的考核等次" noncounting_results: Vec<YearResult>,
    /// How much of a year that does not count is left out.
    "不计年限的年度扣除方式" noncounting_overlap: NonCounting,
    /// Whether time before the lowering of a rank, at the same level, is added.
    "降低职级前同层次时间是否合并" merge_time_before_lowering: bool,
    /// Whether time in a rank of another ladder that may become one of several here counts
    /// for each of them.
    "跨类别区间对应职级时间是否计入" banded_rank_time_counts: bool,
    /// By which month the result of the last year must be there.
    "年度考核结果应有月份" assessment_due_month: u8,
    /// Further conditions for a rank.
    "职级晋升附加条件" extra_conditions: BTreeMap<RankId, Condition>,
    /// Whether a rank without a cap needs further conditions (不搞“到点就提”).
    "不限比例职级是否须有附加条件" uncapped_needs_conditions: bool,
    /// What speaks for one candidate before another.
    "倾斜规则" tilt_rules: Vec<TiltRule>,
    /// How a promotion moves the pay grade.
    "晋升职级后的级别" grade_on_promotion: GradeOnPromotion,
    /// By how many ranks an incompetent person is lowered.
    "不称职降低职级数" lowering_ranks: u8,
    /// After how many incompetent years together a person is dismissed from service.
    "连续不称职辞退年数" incompetent_years_to_dismiss: u8,
    /// Ages of retirement.
    "退休年龄" retirement: Retirement,
    /// Who may ask to retire earlier.
    "自愿提前退休" early_retirement: EarlyRetirement,
    /// Who approves a promotion, and to whom it is filed.
    "审批权限" authority_table: Vec<AuthorityRow>,
    /// Ranks for which vetting is required.
    "须考察的职级" vetting_required: Vec<RankId>,
    /// Steps that fall away for a rank.
    "简化程序" simplified_steps: BTreeMap<RankId, Vec<String>>,
    /// How long measures bar a promotion.
    "影响期(月)" bar_periods: BarPeriods,
    /// Whether the corresponding day at the end of a bar is free.
    "期满对应日是否解除" bar_corresponding_day_free: bool,
    /// How strict the three clears are.
    "三清要求" three_clear: Severity,
    /// When a body has decided.
    "集体讨论决定" collective_decision: CollectiveDecision,
    /// How many working days a public notice has.
    "公示工作日数" notice_working_days: u8,
    /// Whether the day of posting counts.
    "公示首日是否计入" notice_first_day: FirstDay,
    /// The share of excellent results, by class of unit.
    "年度考核优秀比例" excellent_ratio: BTreeMap<String, Ratio>,
    /// How the number of excellent results is rounded.
    "优秀名额取整方式" excellent_rounding: Rounding,
    /// How many times the county's average a township's bonus is at least.
    "乡镇绩效奖励倍数" township_bonus_multiple: String,
    /// Age caps of inbound transfers, by level.
    "调任年龄上限" inbound_age_caps: BTreeMap<String, u8>,
    /// Levels of qualification, the highest first.
    "任职资格等级" qualification_levels: Vec<QualificationLevel>,
    /// The qualification that a rank requires.
    "职级对应任职资格" qualification_rank_map: BTreeMap<RankId, String>,
    /// The structural ratio of qualifications.
    "任职资格结构比例" qualification_ratio: BTreeMap<String, Ratio>,
    /// The share of judges and prosecutors.
    "员额比例" judicial_quota_ratio: BTreeMap<CategoryId, Ratio>,
    /// The state of the provincial phase that opens municipal intake.
    "市县申报开放条件" phase_gate: String,
    /// Over which scopes counts may only decrease.
    "只减不增核查范围" only_decrease_scopes: Vec<ScopeRule>,
    /// How many rounds of feedback there are at least.
    "沟通反馈最少轮次" min_feedback_rounds: u8,
    /// The departments whose opinions a joint review needs.
    "联合审核部门" required_joint_departments: Vec<String>,
    /// Which procedure a change of a referenced unit takes.
    "参照管理单位变动办理方式" change_routes: Vec<ChangeRouteRow>,
    /// What an application for reference management must bring.
    "参照管理申报材料" recertification_materials: Vec<MaterialRow>,
    /// Who proposes, concludes, reports and approves, by class of applicant.
    "参照管理审批权限" reference_authority_chains: Vec<AuthorityChainRow>,
    /// Within how many days an approval is filed with the central authority.
    "参照管理报中央备案期限(日)" central_filing_days: u16,
    /// Within how many days a new name of a referenced unit is filed.
    "参照管理单位更名备案期限(日)" name_filing_days: u16,
    /// How long a transition lasts.
    "过渡期(月)" transition_period_months: u16,
    /// What persons of an exiting unit may choose.
    "人员过渡去向" transition_options: Vec<String>,
    /// When an issue counts as common.
    "共性问题标准" common_issue_threshold: CommonIssueThreshold,
    /// After how many days closed items are looked at again.
    "回头看间隔(日)" lookback_after_days: u16,
    /// How often meetings are due.
    "例会频次" meeting_cadence: MeetingCadence,
}
