//! What is held about a person.

use jiff::civil::Date;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DocumentNumber;
use serde::{Deserialize, Serialize};

use crate::refusal::{Refusal, Refused};
use crate::text::{NAME_CHARS_MAX, REMARK_CHARS_MAX, bounded, given};

/// The result of an annual assessment (年度考核等次).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssessmentResult {
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

labelled! {
    AssessmentResult {
        Excellent: "优秀",
        Competent: "称职",
        BasicallyCompetent: "基本称职",
        Incompetent: "不称职",
        Ungraded: "不定等次",
        NotAssessed: "不进行考核",
    }
}

impl AssessmentResult {
    /// Reads a result as rosters write it: institutions' words (合格…), and the longer forms
    /// that say why there is no grade.
    #[must_use]
    pub fn read_roster(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let known = match text.as_str() {
            "合格" => Some(Self::Competent),
            "基本合格" => Some(Self::BasicallyCompetent),
            "不合格" => Some(Self::Incompetent),
            text => Self::read(text),
        };
        let longer = || match () {
            () if text.ends_with("不进行考核") => Some(Self::NotAssessed),
            () if text.ends_with("不确定等次") || text.ends_with("不定等次") => {
                Some(Self::Ungraded)
            }
            () => None,
        };
        known.or_else(longer)
    }
}

/// An annual assessment (年度考核).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// 年度
    pub year: i16,
    /// 等次
    pub result: AssessmentResult,
    /// 等次确定日期: from when the result counts.
    pub confirmed_on: Date,
    /// As it was written; may be empty.
    pub raw: String,
}

impl Assessment {
    /// Checks it, as of a day.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn validate(&self, today: Date) -> Result<(), Refused> {
        let mut found: Vec<_> = bounded("raw", &self.raw, NAME_CHARS_MAX).into_iter().collect();
        if self.confirmed_on > today {
            found.push(Refusal::invalid("confirmed_on", "晚于今日"));
        }
        if self.confirmed_on.year() < self.year {
            found.push(Refusal::invalid("confirmed_on", "早于考核年度"));
        }
        Refused::none_of(found)
    }
}

/// A kind of commendation (奖励种类, 公务员法第五十三条).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommendationKind {
    /// 嘉奖
    Commendation,
    /// 记三等功
    #[serde(rename = "merit_3")]
    Merit3,
    /// 记二等功
    #[serde(rename = "merit_2")]
    Merit2,
    /// 记一等功
    #[serde(rename = "merit_1")]
    Merit1,
    /// 授予称号
    HonorTitle,
}

labelled! {
    CommendationKind {
        Commendation: "嘉奖",
        Merit3: "记三等功",
        Merit2: "记二等功",
        Merit1: "记一等功",
        HonorTitle: "授予称号",
    }
}

/// A commendation (奖励).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commendation {
    /// 种类
    pub kind: CommendationKind,
    /// 批准日期
    pub on: Date,
    /// 文号, where known.
    pub document: Option<DocumentNumber>,
    /// 备注; may be empty.
    pub note: String,
}

impl Commendation {
    /// Checks it, as of a day.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn validate(&self, today: Date) -> Result<(), Refused> {
        let mut found: Vec<_> = bounded("note", &self.note, REMARK_CHARS_MAX).into_iter().collect();
        found.extend(not_ahead("on", self.on, today));
        Refused::none_of(found)
    }
}

/// A kind of sanction or measure: of the state (公务员法第六十二条), of the Party
/// (党纪处分条例第八条), admonition and organisational measures.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SanctionKind {
    /// 警告
    Warning,
    /// 记过
    Demerit,
    /// 记大过
    MajorDemerit,
    /// 降级
    GradeReduction,
    /// 撤职
    Removal,
    /// 开除
    Dismissal,
    /// 党内警告
    PartyWarning,
    /// 党内严重警告
    PartySeriousWarning,
    /// 撤销党内职务
    PartyRemoval,
    /// 留党察看
    PartyProbation,
    /// 开除党籍
    PartyExpulsion,
    /// 诫勉
    Admonition,
    /// 调整职务
    PostAdjustment,
    /// 责令辞职
    OrderedResignation,
    /// 免职
    DismissalFromPost,
    /// 降职
    Demotion,
}

labelled! {
    SanctionKind {
        Warning: "警告",
        Demerit: "记过",
        MajorDemerit: "记大过",
        GradeReduction: "降级",
        Removal: "撤职",
        Dismissal: "开除",
        PartyWarning: "党内警告",
        PartySeriousWarning: "党内严重警告",
        PartyRemoval: "撤销党内职务",
        PartyProbation: "留党察看",
        PartyExpulsion: "开除党籍",
        Admonition: "诫勉",
        PostAdjustment: "调整职务",
        OrderedResignation: "责令辞职",
        DismissalFromPost: "免职",
        Demotion: "降职",
    }
}

impl SanctionKind {
    /// Whether it is one of the state's (政务处分): these accumulate up to a limit.
    #[must_use]
    pub fn is_of_state(self) -> bool {
        matches!(
            self,
            Self::Warning
                | Self::Demerit
                | Self::MajorDemerit
                | Self::GradeReduction
                | Self::Removal
                | Self::Dismissal
        )
    }

    /// Whether it is one of the Party's (党纪处分).
    #[must_use]
    pub fn is_of_party(self) -> bool {
        matches!(
            self,
            Self::PartyWarning
                | Self::PartySeriousWarning
                | Self::PartyRemoval
                | Self::PartyProbation
                | Self::PartyExpulsion
        )
    }

    /// Whether it is an organisational measure (组织处理): of several, the longest prevails.
    #[must_use]
    pub fn is_organisational(self) -> bool {
        matches!(
            self,
            Self::PostAdjustment
                | Self::OrderedResignation
                | Self::DismissalFromPost
                | Self::Demotion
        )
    }
}

/// A sanction or measure (处分、诫勉、组织处理).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sanction {
    /// 种类
    pub kind: SanctionKind,
    /// 决定生效日期
    pub on: Date,
    /// 文号, where known.
    pub document: Option<DocumentNumber>,
    /// 备注; may be empty.
    pub note: String,
    /// 留党察看: when the Party rights were restored; the bar runs from then.
    #[serde(default)]
    pub restored_on: Option<Date>,
    /// Until when the decision says that it lasts, where it says so.
    #[serde(default)]
    pub ends_on: Option<Date>,
    /// 期满影响使用: it bars after its time too.
    #[serde(default)]
    pub affects_use: bool,
    /// When it was lifted or set aside (解除、撤销).
    #[serde(default)]
    pub lifted_on: Option<Date>,
}

impl Sanction {
    /// Checks it, as of a day.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn validate(&self, today: Date) -> Result<(), Refused> {
        let mut found: Vec<_> = bounded("note", &self.note, REMARK_CHARS_MAX).into_iter().collect();
        found.extend(not_ahead("on", self.on, today));
        let later = [
            ("restored_on", self.restored_on),
            ("ends_on", self.ends_on),
            ("lifted_on", self.lifted_on),
        ];
        for (field, day) in later.into_iter().filter_map(|(field, day)| Some((field, day?))) {
            if day < self.on {
                found.push(Refusal::invalid(field, "早于决定生效日期"));
            }
        }
        if self.restored_on.is_some() && self.kind != SanctionKind::PartyProbation {
            found.push(Refusal::invalid("restored_on", "仅用于留党察看"));
        }
        Refused::none_of(found)
    }
}

/// An investigation (立案审查调查).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Investigation {
    /// 立案日期
    pub opened_on: Date,
    /// 立案机关
    pub opened_by: String,
    /// 结案日期; none while it is open.
    pub closed_on: Option<Date>,
    /// 结论; empty while it is open.
    pub outcome: String,
}

impl Investigation {
    /// Checks it, as of a day.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn validate(&self, today: Date) -> Result<(), Refused> {
        let mut found: Vec<_> =
            given("opened_by", &self.opened_by, NAME_CHARS_MAX).into_iter().collect();
        found.extend(not_ahead("opened_on", self.opened_on, today));
        match self.closed_on {
            Some(closed_on) => {
                found.extend(given("outcome", &self.outcome, REMARK_CHARS_MAX));
                found.extend(not_ahead("closed_on", closed_on, today));
                if closed_on < self.opened_on {
                    found.push(Refusal::invalid("closed_on", "早于立案日期"));
                }
            }
            None if !self.outcome.is_empty() => {
                found.push(Refusal::invalid("outcome", "尚未结案,不应有结论"));
            }
            None => {}
        }
        Refused::none_of(found)
    }
}

/// A relative, for recusal (亲属关系, 回避).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relative {
    /// 关系 (配偶、父亲、女儿…)
    pub relation: String,
    /// 姓名
    pub name: String,
    /// As a person of the register, where the relative is one.
    pub person: Option<PersonId>,
    /// As a user of the system, where the relative is one.
    pub principal: Option<String>,
    /// 工作单位及职务; may be empty.
    pub position: String,
}

impl Relative {
    /// Checks it.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn validate(&self) -> Result<(), Refused> {
        let texts = [
            given("relation", &self.relation, NAME_CHARS_MAX),
            given("name", &self.name, NAME_CHARS_MAX),
            bounded("position", &self.position, NAME_CHARS_MAX),
            self.principal.as_ref().and_then(|name| given("principal", name, NAME_CHARS_MAX)),
        ];
        Refused::none_of(texts.into_iter().flatten().collect())
    }
}

fn not_ahead(field: &'static str, day: Date, today: Date) -> Option<Refusal> {
    (day > today).then(|| Refusal::invalid(field, "晚于今日"))
}

super::debug_hides!(
    AssessmentResult,
    Assessment,
    CommendationKind,
    Commendation,
    SanctionKind,
    Sanction,
    Investigation,
    Relative
);
