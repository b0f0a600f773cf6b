//! What a unit is at one time (单位基本情况, §8.5).

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::class::{self, Tier, UnitFacts, UnitGrade, UnitKind};
use quanheng_policy::codes::{CreditCode, DivisionCode, DocumentNumber};
use quanheng_policy::{CategoryId, UnitId};
use serde::{Deserialize, Serialize};

use crate::sealed::Sealed;

/// The category to which all counts that is not counted elsewhere (综合管理类).
pub const GENERAL_MANAGEMENT: &str = "general_management";

/// The nature of a unit (单位性质).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// 机关单位
    Organ,
    /// 参公管理的事业单位
    ReferencedInstitution,
    /// 参公管理的群团组织
    ReferencedMassOrganization,
    /// 事业单位
    PublicInstitution,
}

impl Nature {
    /// Whether its staff are managed as civil servants by reference (参照管理).
    #[must_use]
    pub fn is_referenced(self) -> bool {
        matches!(self, Self::ReferencedInstitution | Self::ReferencedMassOrganization)
    }
}

labelled! {
    Nature {
        Organ: "机关单位",
        ReferencedInstitution: "参公管理的事业单位",
        ReferencedMassOrganization: "参公管理的群团组织",
        PublicInstitution: "事业单位",
    }
}

/// Authorised headcount by kind (编制). The kinds are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Establishment {
    /// 行政编制
    pub administrative: u32,
    /// 参照公务员法管理事业单位编制
    pub referenced_institution: u32,
    /// 中央政法专项编制
    pub special_political_legal: u32,
    /// 工勤编制
    pub logistics: u32,
    /// 其他事业编制
    pub other_institution: u32,
}

/// Persons in post (实有人数).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Actual {
    /// (行政)实有人数
    pub administrative: u32,
    /// (参公)实有人数
    pub referenced: u32,
}

/// Authorised leadership posts (领导职数).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeadershipPosts {
    /// 县处级正职
    pub division_principal: u32,
    /// 县处级副职
    pub division_deputy: u32,
    /// 乡科级正职
    pub section_principal: u32,
    /// 乡科级副职
    pub section_deputy: u32,
    /// 领导班子职数
    pub group_posts: u32,
}

/// The approval of reference management (参照管理审批).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// 审批时间
    pub approved_on: Date,
    /// 审批文号
    pub approval_document: DocumentNumber,
}

/// What a unit is at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitProfile {
    /// 单位名称 (as on its seal)
    pub name: String,
    /// 简称; may be empty.
    pub short_name: String,
    /// 统一社会信用代码
    #[serde(with = "credit_code")]
    pub credit_code: Option<CreditCode>,
    /// 所在行政区划
    pub division: DivisionCode,
    /// 层级
    pub tier: Tier,
    /// 特殊地位
    pub standing: class::Standing,
    /// 机构规格
    pub grade: UnitGrade,
    /// 单位类别
    pub kind: UnitKind,
    /// 单位性质
    pub nature: Nature,
    /// 所属序列 (党群、政法、乡镇…); may be empty.
    pub sequence: String,
    /// 主管单位
    pub parent: Option<UnitId>,
    /// 垂直管理
    pub vertical: bool,
    /// 编制
    pub establishment: Establishment,
    /// 实有人数
    pub actual: Actual,
    /// 领导职数
    pub leadership: LeadershipPosts,
    /// 各职位类别核定职位数. What is not listed counts as general management.
    pub category_posts: BTreeMap<CategoryId, u32>,
    /// 参照管理审批
    pub reference: Option<Reference>,
    /// 主要职责; may be empty.
    pub functions: String,
    /// 联系人、联系电话, sealed.
    pub contact: Option<Sealed>,
    /// 备注; may be empty.
    pub remarks: String,
}

impl UnitProfile {
    /// What its ratio class is found by.
    #[must_use]
    pub fn facts(&self) -> UnitFacts {
        UnitFacts { tier: self.tier, standing: self.standing, grade: self.grade, kind: self.kind }
    }

    /// The establishment that ranks are counted of (§4.1): administrative slots of an organ,
    /// the political-legal ones among them; referenced slots of a referenced unit; none of
    /// other institutions. Logistics slots never count.
    #[must_use]
    pub fn counted_establishment(&self) -> u64 {
        let slots = &self.establishment;
        match self.nature {
            Nature::Organ => {
                u64::from(slots.administrative) + u64::from(slots.special_political_legal)
            }
            Nature::ReferencedInstitution | Nature::ReferencedMassOrganization => {
                u64::from(slots.referenced_institution)
            }
            Nature::PublicInstitution => 0,
        }
    }

    /// The base of a position category (核定基数): its authorised posts. General management
    /// has what is left of the establishment, unless its posts are listed too. A leading
    /// group's is its group posts.
    #[must_use]
    pub fn base(&self, category: &CategoryId) -> u64 {
        let general = category.as_str() == GENERAL_MANAGEMENT;
        if self.kind == UnitKind::LeadingGroup && general {
            return u64::from(self.leadership.group_posts);
        }
        if self.nature == Nature::PublicInstitution {
            return 0;
        }
        match (self.category_posts.get(category), general) {
            (Some(posts), _) => u64::from(*posts),
            (None, true) => self.counted_establishment().saturating_sub(self.listed_posts()),
            (None, false) => 0,
        }
    }

    /// All posts that are listed by category.
    #[must_use]
    pub fn listed_posts(&self) -> u64 {
        self.category_posts.values().copied().map(u64::from).sum()
    }
}

/// A credit code as text.
pub(super) mod credit_code {
    use quanheng_policy::codes::CreditCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(
        code: &Option<CreditCode>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        code.as_ref().map(CreditCode::as_str).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<CreditCode>, D::Error> {
        let text: Option<String> = Option::deserialize(from)?;
        text.map(|text| CreditCode::parse(&text).map_err(D::Error::custom)).transpose()
    }
}

/// The same where it may be absent, cleared or set.
pub(super) mod credit_code_patch {
    use quanheng_policy::codes::CreditCode;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        code: &Option<Option<CreditCode>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        super::credit_code::serialize(code.as_ref().unwrap_or(&None), to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Option<CreditCode>>, D::Error> {
        super::credit_code::deserialize(from).map(Some)
    }
}
