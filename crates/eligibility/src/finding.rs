//! What a rule found: passed, failed or not applicable, the facts it rests on, and why.

use jiff::civil::Date;
use quanheng_policy::condition::{Comparison, Facts, Failure, Value};
use quanheng_policy::profile::{PolicyError, Source};
use serde::Serialize;

use crate::career::debug_hides;

macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident: $id:literal, $label:literal, $article:literal;)+) => {
        /// A rule that a check asks (审核项目).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Rule {
            $($(#[$doc])* #[serde(rename = $id)] $rule,)+
        }

        impl Rule {
            /// All rules, in the order in which they are asked.
            pub const ALL: &'static [Self] = &[$(Self::$rule),+];

            /// The stable id.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$rule => $id,)+ }
            }

            /// What it asks, in Chinese.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$rule => $label,)+ }
            }

            /// The article that it implements, where policy data names no other.
            #[must_use]
            pub fn article(self) -> &'static str {
                match self { $(Self::$rule => $article,)+ }
            }
        }
    };
}

rules! {
    /// The person is in service (在职).
    Service: "service", "在职", "公务员法第二条";
    /// The target is of the person's own ladder (职级序列).
    Ladder: "ladder", "职位类别", "公务员法第十九条";
    /// The target is the next rank up (逐级晋升).
    NextRank: "next_rank", "逐级晋升", "公务员法第四十九条;职务与职级并行规定第十八条";
    /// The unit may have the rank (职级设置规格).
    RankSetUp: "rank_set_up", "职级设置", "职务与职级并行规定第十条";
    /// The qualification that the rank requires (任职资格).
    Qualification: "qualification", "任职资格", "把好警务技术人民警察任职“门槛”";
    /// The years that the table asks for (最低任职年限).
    Tenure: "tenure", "任职年限", "职务与职级并行规定第十八条";
    /// Every counted year has a result (年度考核结果齐全).
    AssessmentsPresent: "assessments_present", "年度考核结果", "职务与职级并行规定第十九条";
    /// Every counted year is competent or better (称职以上).
    AssessmentsCompetent: "assessments_competent", "年度考核等次", "职务与职级并行规定第十九条";
    /// No sanction of the state runs (政务处分期).
    StateSanction: "bar_state_sanction", "政务处分期",
        "公务员法第六十四条;政务处分法第八条、第十五条;行政机关公务员处分条例第十条";
    /// No sanction of the Party runs (党纪处分影响期).
    PartySanction: "bar_party_sanction", "党纪处分影响期", "党纪处分条例(2023)第十条、第二十一条";
    /// No admonition runs (诫勉影响期).
    Admonition: "bar_admonition", "诫勉影响期", "职务与职级并行规定第二十一条";
    /// No organisational measure runs (组织处理影响期).
    OrganisationalMeasure: "bar_organisational_measure", "组织处理影响期",
        "职务与职级并行规定第二十一条;组织处理规定";
    /// No measure whose effect outlasts its period (期满影响使用).
    UseAffected: "bar_use_affected", "期满影响使用", "职务与职级并行规定第二十一条";
    /// No investigation without conclusion (立案审查调查).
    Investigation: "bar_investigation", "立案审查调查", "职务与职级并行规定第二十一条";
    /// The further conditions of the rank (附加条件).
    ExtraConditions: "extra_conditions", "附加条件",
        "对没有比例限制的职级等级,细化晋升条件,不搞“到点就提”";
    /// The rank that another ladder's becomes on transfer (转任后职级确定).
    TransferBand: "transfer_band", "转任后职级", "公务员法第七十一条;转任规定第二条";
}

/// Why a rule failed (原因代码).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// 不在职
    NotInService,
    /// 目标职级不属于本人职级序列
    LadderMismatch,
    /// 越级
    SkipRank,
    /// 目标职级不高于现任职务职级
    NotAPromotion,
    /// 单位未设置该职级
    RankNotSetUp,
    /// 未配置职数比例
    NoRatioTable,
    /// 缺少任职资格
    QualificationRequired,
    /// 任职年限不足
    TenureInsufficient,
    /// 缺年度考核结果
    AssessmentMissing,
    /// 年度考核不称职
    AssessmentIncompetent,
    /// 处分期、影响期未满
    InSanctionPeriod,
    /// 期满影响使用
    UseAffected,
    /// 立案审查调查尚未结案
    UnderInvestigation,
    /// 不符合附加条件
    ConditionNotMet,
    /// 不在可以确定的职级范围内
    NotInBand,
    /// 未配置参数
    PolicyNotConfigured,
    /// 缺少事实
    FactMissing,
}

impl Reason {
    /// All reasons.
    pub const ALL: &'static [Self] = &[
        Self::NotInService,
        Self::LadderMismatch,
        Self::SkipRank,
        Self::NotAPromotion,
        Self::RankNotSetUp,
        Self::NoRatioTable,
        Self::QualificationRequired,
        Self::TenureInsufficient,
        Self::AssessmentMissing,
        Self::AssessmentIncompetent,
        Self::InSanctionPeriod,
        Self::UseAffected,
        Self::UnderInvestigation,
        Self::ConditionNotMet,
        Self::NotInBand,
        Self::PolicyNotConfigured,
        Self::FactMissing,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotInService => "NOT_IN_SERVICE",
            Self::LadderMismatch => "LADDER_MISMATCH",
            Self::SkipRank => "SKIP_RANK",
            Self::NotAPromotion => "NOT_A_PROMOTION",
            Self::RankNotSetUp => "RANK_NOT_SET_UP",
            Self::NoRatioTable => "NO_RATIO_TABLE",
            Self::QualificationRequired => "QUALIFICATION_REQUIRED",
            Self::TenureInsufficient => "TENURE_INSUFFICIENT",
            Self::AssessmentMissing => "ASSESSMENT_MISSING",
            Self::AssessmentIncompetent => "ASSESSMENT_INCOMPETENT",
            Self::InSanctionPeriod => "IN_SANCTION_PERIOD",
            Self::UseAffected => "USE_AFFECTED",
            Self::UnderInvestigation => "UNDER_INVESTIGATION",
            Self::ConditionNotMet => "CONDITION_NOT_MET",
            Self::NotInBand => "NOT_IN_BAND",
            Self::PolicyNotConfigured => "POLICY_NOT_CONFIGURED",
            Self::FactMissing => "FACT_MISSING",
        }
    }
}

impl From<&PolicyError> for Reason {
    fn from(error: &PolicyError) -> Self {
        match error {
            PolicyError::NoRatioTable { .. } => Self::NoRatioTable,
            PolicyError::NoSuchRank { .. } => Self::RankNotSetUp,
            PolicyError::NotConfigured { .. }
            | PolicyError::VersionExists { .. }
            | PolicyError::JurisdictionTaken { .. } => Self::PolicyNotConfigured,
        }
    }
}

/// What came of a rule (审核结果).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 符合
    Pass,
    /// 不符合
    Fail,
    /// 不适用
    NotApplicable,
}

/// A comparison of a condition that failed.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct FailingBranch {
    /// The way to it from the root of the tree: `any/2/all/0`.
    pub path: String,
    /// The fact's name.
    pub fact: String,
    /// How it was to compare.
    pub is: Comparison,
    /// With what.
    pub wanted: Value,
    /// What the fact is; none if it is not known.
    pub found: Option<Value>,
}

impl From<Failure> for FailingBranch {
    fn from(failure: Failure) -> Self {
        let Failure { path, fact, is, wanted, found } = failure;
        Self { path, fact, is, wanted, found }
    }
}

/// What one rule found about one person. Its `Debug` says the rule and nothing about the
/// person.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it failed; none if it did not.
    pub reason: Option<Reason>,
    /// The figures and dates that it rests on, by name; units last in the names.
    pub facts: Facts,
    /// The article that it implements (依据).
    pub article: String,
    /// Where in policy the figure stands, if a figure of policy decided.
    pub source: Option<Source>,
    /// For people, in Chinese.
    pub message: String,
    /// Comparisons of a condition that would have to come out differently.
    pub failing: Vec<FailingBranch>,
    /// Of a rule that failed: the first day on which it passes if nothing but time changes;
    /// none if time alone does not do it. Of one that passed: since when it has, where a day
    /// decides.
    pub earliest: Option<Date>,
}

impl std::fmt::Debug for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Finding({})", self.rule.id())
    }
}

debug_hides!(FailingBranch);

impl Finding {
    fn new(rule: Rule, outcome: Outcome, reason: Option<Reason>, message: String) -> Self {
        Self {
            rule,
            outcome,
            reason,
            facts: Facts::new(),
            article: rule.article().to_owned(),
            source: None,
            message,
            failing: Vec::new(),
            earliest: None,
        }
    }

    pub(crate) fn pass(rule: Rule, message: impl Into<String>) -> Self {
        Self::new(rule, Outcome::Pass, None, message.into())
    }

    pub(crate) fn fail(rule: Rule, reason: Reason, message: impl Into<String>) -> Self {
        Self::new(rule, Outcome::Fail, Some(reason), message.into())
    }

    pub(crate) fn not_applicable(rule: Rule, message: impl Into<String>) -> Self {
        Self::new(rule, Outcome::NotApplicable, None, message.into())
    }

    /// Fails for want of a fact (缺少事实), by its name.
    pub(crate) fn missing(rule: Rule, fact: &str) -> Self {
        let message = format!("{}:缺少事实 {fact},不能认定", rule.label());
        Self::fail(rule, Reason::FactMissing, message).fact("missing", text(fact))
    }

    /// Fails for want of an entry of policy.
    pub(crate) fn refused(rule: Rule, error: &PolicyError) -> Self {
        let message = error.to_string();
        let message = message.split_once(": ").map_or(&*message, |(_, said)| said).to_owned();
        let finding = Self::fail(rule, Reason::from(error), message);
        match error {
            PolicyError::NotConfigured { key } => finding.fact("missing", text(key)),
            PolicyError::NoRatioTable { category, class } => {
                finding.fact("category", text(category.as_str())).fact("class", text(class))
            }
            PolicyError::NoSuchRank { rank } => finding.fact("rank", text(rank.as_str())),
            PolicyError::VersionExists { .. } | PolicyError::JurisdictionTaken { .. } => finding,
        }
    }

    pub(crate) fn fact(mut self, name: &str, value: Value) -> Self {
        self.facts.insert(name.to_owned(), value);
        self
    }

    /// Names the entry of policy that decided; its article goes before the rule's own.
    pub(crate) fn by(mut self, source: &Source) -> Self {
        self.article.clone_from(&source.article);
        self.source = Some(source.clone());
        self
    }

    /// Names the entry of policy whose figure was used; the rule's own article stays.
    pub(crate) fn with_figures_of(mut self, source: &Source) -> Self {
        self.source = Some(source.clone());
        self
    }

    pub(crate) fn since(mut self, earliest: Option<Date>) -> Self {
        self.earliest = earliest;
        self
    }

    /// Whether it failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.outcome == Outcome::Fail
    }
}

/// A text as a fact.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A number as a fact.
pub(crate) fn number(number: impl Into<i64>) -> Value {
    Value::Number(number.into())
}

/// Years as a fact: `2022、2023`.
pub(crate) fn years<'a>(years: impl IntoIterator<Item = &'a i16>) -> Value {
    let years: Vec<String> = years.into_iter().map(ToString::to_string).collect();
    Value::Text(years.join("、"))
}
