//! Which row of the ratio table a unit takes (4.3a), by its tier, standing, grade and
//! kind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::id::QuotaClassId;

/// A place in the administrative hierarchy (层级). Later is lower.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// 中央
    Central,
    /// 省级
    Province,
    /// 市级
    Prefecture,
    /// 县级
    County,
    /// 乡镇
    Township,
}

/// What sets a unit's place apart from others of its tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing.
    Ordinary,
    /// 正部级机关
    Ministry,
    /// 副部级机关
    ViceMinistry,
    /// 副省级城市
    SubProvincialCity,
    /// 副省级城市的区
    SubProvincialDistrict,
    /// 直辖市的区
    MunicipalityDistrict,
}

/// The administrative grade of a unit (机构规格).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum UnitGrade {
    /// 正部级
    Ministerial,
    /// 副部级
    ViceMinisterial,
    /// 正厅级
    Bureau,
    /// 副厅级
    ViceBureau,
    /// 正处级
    Division,
    /// 副处级
    ViceDivision,
    /// 正科级
    Section,
    /// 副科级
    ViceSection,
}

/// What kind of unit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 机关
    Organ,
    /// 领导班子
    LeadingGroup,
    /// 直属单位
    DirectlyAffiliated,
    /// 派出机构
    Dispatched,
    /// 垂直管理部门
    Vertical,
    /// 参照管理单位
    ReferencedUnit,
}

impl Tier {
    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Central => "中央",
            Self::Province => "省级",
            Self::Prefecture => "市级",
            Self::County => "县级",
            Self::Township => "乡镇",
        }
    }
}

impl Standing {
    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ordinary => "一般",
            Self::Ministry => "正部级机关",
            Self::ViceMinistry => "副部级机关",
            Self::SubProvincialCity => "副省级城市",
            Self::SubProvincialDistrict => "副省级城市的区",
            Self::MunicipalityDistrict => "直辖市的区",
        }
    }
}

impl UnitGrade {
    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ministerial => "正部级",
            Self::ViceMinisterial => "副部级",
            Self::Bureau => "正厅级",
            Self::ViceBureau => "副厅级",
            Self::Division => "正处级",
            Self::ViceDivision => "副处级",
            Self::Section => "正科级",
            Self::ViceSection => "副科级",
        }
    }
}

impl UnitKind {
    /// The name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Organ => "机关",
            Self::LeadingGroup => "领导班子",
            Self::DirectlyAffiliated => "直属单位",
            Self::Dispatched => "派出机构",
            Self::Vertical => "垂直管理部门",
            Self::ReferencedUnit => "参照管理单位",
        }
    }
}

/// The facts by which the class of a unit is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UnitFacts {
    /// Its tier.
    pub tier: Tier,
    /// Its standing.
    pub standing: Standing,
    /// Its grade.
    pub grade: UnitGrade,
    /// Its kind.
    pub kind: UnitKind,
}

impl std::fmt::Display for UnitFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tier, standing, grade, kind } = self;
        write!(f, "{}、{}、{}、{}", tier.label(), standing.label(), grade.label(), kind.label())
    }
}

/// One row: units of any of these take this class. A list that is not given admits all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassRule {
    /// Any of these tiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Vec<Tier>>,
    /// Any of these standings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standings: Option<Vec<Standing>>,
    /// Any of these grades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grades: Option<Vec<UnitGrade>>,
    /// Any of these kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<UnitKind>>,
    /// The class.
    pub class: QuotaClassId,
    /// The source of the rule.
    pub article: String,
}

impl ClassRule {
    /// Whether a unit takes this class.
    #[must_use]
    pub fn admits(&self, unit: &UnitFacts) -> bool {
        fn any<T: PartialEq>(list: &Option<Vec<T>>, value: &T) -> bool {
            list.as_ref().is_none_or(|list| list.contains(value))
        }
        any(&self.tiers, &unit.tier)
            && any(&self.standings, &unit.standing)
            && any(&self.grades, &unit.grade)
            && any(&self.kinds, &unit.kind)
    }
}
