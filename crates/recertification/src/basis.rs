//! On what a public-affairs management function rests (法律、法规授权的依据, §6.2), and whether it
//! carries.

use jiff::civil::Date;
use quanheng_policy::codes::{DivisionCode, DivisionLevel, DocumentNumber};
use serde::{Deserialize, Serialize};

/// A kind of legal basis (依据种类). The list is the law's own and closed: no jurisdiction may
/// add to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasisKind {
    /// 法律
    NationalLaw,
    /// 行政法规
    AdministrativeRegulation,
    /// 国务院决定
    StateCouncilDecision,
    /// 监察法规
    SupervisionRegulation,
    /// 省级地方性法规
    ProvincialLocalRegulation,
    /// 设区的市、自治州地方性法规(经批准)
    CityLocalRegulationApproved,
    /// 经济特区法规
    SpecialZoneRegulation,
    /// 自治条例、单行条例
    AutonomousOrSeparateRegulation,
    /// 与法规效力相当的政策文件
    PolicyDocumentEqualToRegulation,
    /// 部门规章
    DepartmentalRule,
    /// 地方政府规章
    LocalGovernmentRule,
    /// 一般规范性文件
    NormativeDocument,
    /// 三定规定
    ThreeDeterminations,
}

impl BasisKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::NationalLaw,
        Self::AdministrativeRegulation,
        Self::StateCouncilDecision,
        Self::SupervisionRegulation,
        Self::ProvincialLocalRegulation,
        Self::CityLocalRegulationApproved,
        Self::SpecialZoneRegulation,
        Self::AutonomousOrSeparateRegulation,
        Self::PolicyDocumentEqualToRegulation,
        Self::DepartmentalRule,
        Self::LocalGovernmentRule,
        Self::NormativeDocument,
        Self::ThreeDeterminations,
    ];

    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NationalLaw => "法律",
            Self::AdministrativeRegulation => "行政法规",
            Self::StateCouncilDecision => "国务院决定",
            Self::SupervisionRegulation => "监察法规",
            Self::ProvincialLocalRegulation => "省级地方性法规",
            Self::CityLocalRegulationApproved => "设区的市、自治州地方性法规",
            Self::SpecialZoneRegulation => "经济特区法规",
            Self::AutonomousOrSeparateRegulation => "自治条例、单行条例",
            Self::PolicyDocumentEqualToRegulation => "与法规效力相当的政策文件",
            Self::DepartmentalRule => "部门规章",
            Self::LocalGovernmentRule => "地方政府规章",
            Self::NormativeDocument => "一般规范性文件",
            Self::ThreeDeterminations => "三定规定",
        }
    }

    /// Who issues such a text; empty for kinds that never carry a function.
    fn issuers(self) -> &'static [Issuer] {
        match self {
            Self::NationalLaw => &[Issuer::NationalCongress],
            Self::AdministrativeRegulation | Self::StateCouncilDecision => &[Issuer::StateCouncil],
            Self::SupervisionRegulation => &[Issuer::NationalSupervisionCommission],
            Self::ProvincialLocalRegulation => &[Issuer::ProvincialCongress],
            Self::CityLocalRegulationApproved => &[Issuer::CityCongress],
            Self::SpecialZoneRegulation => &[Issuer::SpecialZoneCongress],
            Self::AutonomousOrSeparateRegulation => &[Issuer::AutonomousCongress],
            Self::PolicyDocumentEqualToRegulation => {
                &[Issuer::CentralCommittee, Issuer::StateCouncil]
            }
            Self::DepartmentalRule
            | Self::LocalGovernmentRule
            | Self::NormativeDocument
            | Self::ThreeDeterminations => &[],
        }
    }

    /// Whether it is of the kinds of article 4. The others never carry a function alone,
    /// however many there are of them.
    #[must_use]
    pub fn sufficient(self) -> bool {
        !self.issuers().is_empty()
    }

    /// Whether it holds only where its issuer has a say.
    fn local(self) -> bool {
        matches!(
            self,
            Self::ProvincialLocalRegulation
                | Self::CityLocalRegulationApproved
                | Self::SpecialZoneRegulation
                | Self::AutonomousOrSeparateRegulation
        )
    }

    /// Whether a text of an area of this level can be of this kind.
    fn fits_level(self, level: DivisionLevel) -> bool {
        match self {
            Self::ProvincialLocalRegulation => level == DivisionLevel::Province,
            Self::CityLocalRegulationApproved => level == DivisionLevel::Prefecture,
            _ => level != DivisionLevel::Nation,
        }
    }
}

/// Who issued a basis (制定机关).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Issuer {
    /// 全国人大及其常委会
    NationalCongress,
    /// 党中央
    CentralCommittee,
    /// 国务院
    StateCouncil,
    /// 国家监察委员会
    NationalSupervisionCommission,
    /// 省级人大及其常委会
    ProvincialCongress,
    /// 设区的市、自治州人大及其常委会
    CityCongress,
    /// 经济特区所在地的省、市人大及其常委会
    SpecialZoneCongress,
    /// 民族自治地方人大
    AutonomousCongress,
    /// 国务院部门
    Ministry,
    /// 地方人民政府
    LocalGovernment,
    /// 机构编制部门
    EstablishmentOffice,
    /// 其他
    Other,
}

/// A legal basis (授权依据).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalBasis {
    /// 种类
    pub kind: BasisKind,
    /// 名称
    pub title: String,
    /// 文号或公布令号; may be empty.
    pub number: String,
    /// 条款
    pub article: String,
    /// 条文摘录; may be empty.
    pub excerpt: String,
    /// 制定机关
    pub issuer: Issuer,
    /// Where a local text holds.
    pub division: Option<DivisionCode>,
    /// Since when the provincial congress has approved a city's regulation (批准).
    pub approved_on: Option<Date>,
    /// 施行日期
    pub in_force_from: Date,
    /// The last day on which it is in force, if it was repealed (废止).
    pub in_force_to: Option<Date>,
    /// 授予的职能
    pub function: String,
}

/// Why a basis does not carry (依据不成立的原因).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BasisFault {
    /// 该类文件不足以单独作为依据
    KindInsufficient,
    /// 制定机关与种类不符
    WrongIssuer,
    /// 缺名称、条款或授予的职能
    Incomplete,
    /// 未经省级人大常委会批准
    NotApproved,
    /// 不适用于本地
    Elsewhere,
    /// 决定之日尚未施行
    NotYetInForce,
    /// 决定之日已废止
    Repealed,
}

impl BasisFault {
    /// For people, in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::KindInsufficient => "不足以单独作为授权依据",
            Self::WrongIssuer => "制定机关与依据种类不符",
            Self::Incomplete => "缺名称、条款或授予的职能",
            Self::NotApproved => "未经省级人大常委会批准",
            Self::Elsewhere => "不适用于本单位所在地",
            Self::NotYetInForce => "尚未施行",
            Self::Repealed => "已经废止",
        }
    }
}

impl LegalBasis {
    /// Why it does not carry the function of a unit in a division on a day; none if it does.
    #[must_use]
    pub fn fault(&self, division: &DivisionCode, on: Date) -> Option<BasisFault> {
        if !self.kind.sufficient() {
            return Some(BasisFault::KindInsufficient);
        }
        if !self.kind.issuers().contains(&self.issuer) {
            return Some(BasisFault::WrongIssuer);
        }
        let blank = |text: &str| text.trim().is_empty();
        if blank(&self.title) || blank(&self.article) || blank(&self.function) {
            return Some(BasisFault::Incomplete);
        }
        if self.kind.local() && !self.holds_in(division) {
            return Some(BasisFault::Elsewhere);
        }
        let approved = self.approved_on.is_some_and(|day| day <= on);
        if self.kind == BasisKind::CityLocalRegulationApproved && !approved {
            return Some(BasisFault::NotApproved);
        }
        if on < self.in_force_from {
            return Some(BasisFault::NotYetInForce);
        }
        self.in_force_to.is_some_and(|last| last < on).then_some(BasisFault::Repealed)
    }

    fn holds_in(&self, division: &DivisionCode) -> bool {
        let area = self.division.as_ref();
        area.is_some_and(|area| self.kind.fits_level(area.level()) && area.contains(division))
    }
}

/// Who says which main duties a unit has (主要职责的确定机关).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyIssuer {
    /// 党委
    PartyCommittee,
    /// 政府
    Government,
    /// 机构编制部门
    EstablishmentOffice,
    /// 其他
    Other,
}

/// The document that says which main duties a unit has (主要职责文件): it shows the function, and
/// authorises none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyDocument {
    /// 文号
    pub document: DocumentNumber,
    /// 确定机关
    pub issuer: DutyIssuer,
    /// 印发日期
    pub issued_on: Date,
    /// 主要职责
    pub duties: String,
}

impl DutyDocument {
    /// Whether it shows the duties of a unit on a day.
    #[must_use]
    pub fn shows(&self, on: Date) -> bool {
        let says = self.issuer != DutyIssuer::Other && !self.duties.trim().is_empty();
        says && self.issued_on <= on
    }
}
