//! What the parameters of re-certification are made of (§6).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parameters::Parameters;
use crate::class::Tier;

/// A kind of change of a referenced unit (参照管理单位机构变动情形, §6.5).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceChange {
    /// 划转为行政机关
    ConvertedToOrgan,
    /// 名称调整
    Renamed,
    /// 规格提升
    GradeRaised,
    /// 规格降低
    GradeLowered,
    /// 多个参照管理单位合并
    MergedReferencedOnly,
    /// 与其他事业单位整合
    IntegratedWithNonReferenced,
    /// 职能调整
    FunctionChanged,
    /// 撤销
    Abolished,
    /// 分设
    Split,
    /// 转企、转公益事业单位
    ConvertedOther,
    /// 隶属关系调整
    AffiliationChanged,
    /// 编制增加
    HeadcountIncreased,
    /// 编制减少
    HeadcountDecreased,
    /// 纳入参照管理
    BecameReferenced,
}

impl ReferenceChange {
    /// All kinds, in the order of §6.5.
    pub const ALL: &'static [Self] = &[
        Self::ConvertedToOrgan,
        Self::Renamed,
        Self::GradeRaised,
        Self::GradeLowered,
        Self::MergedReferencedOnly,
        Self::IntegratedWithNonReferenced,
        Self::FunctionChanged,
        Self::Abolished,
        Self::Split,
        Self::ConvertedOther,
        Self::AffiliationChanged,
        Self::HeadcountIncreased,
        Self::HeadcountDecreased,
        Self::BecameReferenced,
    ];

    /// Its name in policy data.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::ConvertedToOrgan => "converted_to_organ",
            Self::Renamed => "renamed",
            Self::GradeRaised => "grade_raised",
            Self::GradeLowered => "grade_lowered",
            Self::MergedReferencedOnly => "merged_referenced_only",
            Self::IntegratedWithNonReferenced => "integrated_with_non_referenced",
            Self::FunctionChanged => "function_changed",
            Self::Abolished => "abolished",
            Self::Split => "split",
            Self::ConvertedOther => "converted_other",
            Self::AffiliationChanged => "affiliation_changed",
            Self::HeadcountIncreased => "headcount_increased",
            Self::HeadcountDecreased => "headcount_decreased",
            Self::BecameReferenced => "became_referenced",
        }
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ConvertedToOrgan => "划转为行政机关",
            Self::Renamed => "名称调整",
            Self::GradeRaised => "规格提升",
            Self::GradeLowered => "规格降低",
            Self::MergedReferencedOnly => "多个参照管理单位合并",
            Self::IntegratedWithNonReferenced => "与其他事业单位整合",
            Self::FunctionChanged => "职能调整",
            Self::Abolished => "撤销",
            Self::Split => "分设",
            Self::ConvertedOther => "转企、转公益事业单位",
            Self::AffiliationChanged => "隶属关系调整",
            Self::HeadcountIncreased => "编制增加",
            Self::HeadcountDecreased => "编制减少",
            Self::BecameReferenced => "纳入参照管理",
        }
    }
}

/// Which procedure a change takes (办理方式). Later is stricter.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ChangeRoute {
    /// 备案管理
    Filing,
    /// 重新认定
    Recertify,
    /// 批准退出
    Exit,
}

impl ChangeRoute {
    /// All routes, the mildest first.
    pub const ALL: &'static [Self] = &[Self::Filing, Self::Recertify, Self::Exit];

    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Filing => "备案管理",
            Self::Recertify => "重新认定",
            Self::Exit => "批准退出",
        }
    }
}

/// A row of the table of routes (区别不同情况采取不同的审批办法). The first row that admits a change and
/// the unit's tier is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRouteRow {
    /// Of these kinds.
    pub kinds: Vec<ReferenceChange>,
    /// Of units of these tiers; of all if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Vec<Tier>>,
    /// The procedure.
    pub route: ChangeRoute,
    /// Whether the seats of the unit are determined anew (重新核定职数).
    #[serde(default)]
    pub redetermine_quota: bool,
    /// On what the row rests.
    pub article: String,
}

impl ChangeRouteRow {
    /// Whether the row is of a change of a unit of this tier.
    #[must_use]
    pub fn admits(&self, change: ReferenceChange, tier: Tier) -> bool {
        let tiers = self.tiers.as_ref();
        self.kinds.contains(&change) && tiers.is_none_or(|tiers| tiers.contains(&tier))
    }
}

/// A material that a route asks for (申报材料).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaterialRow {
    /// Its code.
    pub code: String,
    /// Its name in Chinese.
    pub name: String,
    /// The routes that ask for it.
    pub required_for: Vec<ChangeRoute>,
    /// Only where the authority asks for it (审批机关要求的).
    #[serde(default)]
    pub on_request: bool,
    /// On what the row rests.
    pub article: String,
}

/// Which way an application goes (申报主体类别, §6.4).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ApplicantClass {
    /// 中央和国家机关直属、所属单位
    CentralUnit,
    /// 中央垂直管理机关所属单位
    UnderCentralVertical,
    /// 省直单位、省直部门所属单位
    ProvincialUnit,
    /// 省级垂直管理机关所属单位
    UnderProvincialVertical,
    /// 市级单位
    PrefectureUnit,
    /// 县级以下单位
    CountyUnit,
}

impl ApplicantClass {
    /// All classes.
    pub const ALL: &'static [Self] = &[
        Self::CentralUnit,
        Self::UnderCentralVertical,
        Self::ProvincialUnit,
        Self::UnderProvincialVertical,
        Self::PrefectureUnit,
        Self::CountyUnit,
    ];

    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::CentralUnit => "中央和国家机关直属、所属单位",
            Self::UnderCentralVertical => "中央垂直管理机关所属单位",
            Self::ProvincialUnit => "省直单位、省直部门所属单位",
            Self::UnderProvincialVertical => "省级垂直管理机关所属单位",
            Self::PrefectureUnit => "市级单位",
            Self::CountyUnit => "县级以下单位",
        }
    }

    /// Who may stand at the end of its chain: the authority above, never the unit's own.
    fn approvers(self) -> &'static [GateBody] {
        match self {
            Self::CentralUnit | Self::UnderCentralVertical => &[GateBody::CentralAuthority],
            Self::ProvincialUnit => &[GateBody::ProvincialCommittee, GateBody::CentralAuthority],
            Self::UnderProvincialVertical | Self::PrefectureUnit | Self::CountyUnit => &[
                GateBody::ProvincialAuthority,
                GateBody::ProvincialCommittee,
                GateBody::CentralAuthority,
            ],
        }
    }
}

/// Who acts at a gate (把关主体).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GateBody {
    /// 申报单位
    Applicant,
    /// 主管部门
    ParentDepartment,
    /// 垂直管理机关
    VerticalAgency,
    /// 市级工作专班
    PrefectureTaskForce,
    /// 省级工作专班
    ProvincialTaskForce,
    /// 县级公务员主管部门
    CountyAuthority,
    /// 市级公务员主管部门
    PrefectureAuthority,
    /// 省级公务员主管部门
    ProvincialAuthority,
    /// 省委
    ProvincialCommittee,
    /// 中央公务员主管部门
    CentralAuthority,
}

impl GateBody {
    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Applicant => "申报单位",
            Self::ParentDepartment => "主管部门",
            Self::VerticalAgency => "垂直管理机关",
            Self::PrefectureTaskForce => "市级工作专班",
            Self::ProvincialTaskForce => "省级工作专班",
            Self::CountyAuthority => "县级公务员主管部门",
            Self::PrefectureAuthority => "市级公务员主管部门",
            Self::ProvincialAuthority => "省级公务员主管部门",
            Self::ProvincialCommittee => "省委",
            Self::CentralAuthority => "中央公务员主管部门",
        }
    }
}

/// What is done at a gate (把关环节). Gates of a chain stand in this order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum GateAct {
    /// 提出申请
    Propose,
    /// 工作专班审核结论
    Conclude,
    /// 沟通汇报
    Report,
    /// 审批
    Approve,
}

impl GateAct {
    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Propose => "提出申请",
            Self::Conclude => "工作专班审核",
            Self::Report => "沟通汇报",
            Self::Approve => "审批",
        }
    }
}

/// A gate of a chain (把关关口).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateRow {
    /// What is done.
    pub act: GateAct,
    /// By whom.
    pub by: GateBody,
}

/// The chain of gates of one class of applicants (层层把关).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorityChainRow {
    /// Of these applicants.
    pub class: ApplicantClass,
    /// The gates, in order; the last one approves.
    pub gates: Vec<GateRow>,
    /// Whether what was approved is filed with the central authority (报中央备案).
    #[serde(default)]
    pub central_filing: bool,
    /// On what the row rests.
    pub article: String,
}

/// What the parameters of re-certification say that cannot be.
pub(super) fn faults(parameters: &Parameters) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if let Some(rows) = &parameters.change_routes {
        let empty = rows.value.iter().any(|row| row.kinds.is_empty() || row.article.is_empty());
        found.extend(empty.then(|| ("change_routes", "kinds、article 均不能为空".to_owned())));
    }
    if let Some(rows) = &parameters.recertification_materials {
        let mut known = BTreeSet::new();
        for row in &rows.value {
            if row.code.is_empty() || !known.insert(row.code.as_str()) {
                found.push(("recertification_materials", format!("{} 为空或重复", row.code)));
            }
        }
    }
    if let Some(rows) = &parameters.reference_authority_chains {
        let mut known = BTreeSet::new();
        for row in &rows.value {
            let doubled = (!known.insert(row.class)).then(|| "重复".to_owned());
            for what in chain_faults(row).into_iter().chain(doubled) {
                let expected = format!("{}:{what}", row.class.label());
                found.push(("reference_authority_chains", expected));
            }
        }
    }
    found
}

fn chain_faults(row: &AuthorityChainRow) -> Vec<String> {
    let mut found = Vec::new();
    let acts: Vec<GateAct> = row.gates.iter().map(|gate| gate.act).collect();
    let once = |act: GateAct| acts.iter().filter(|one| **one == act).count() == 1;
    if !acts.is_sorted() || !once(GateAct::Propose) || !once(GateAct::Approve) {
        found.push("各关口应依次为提出、审核、汇报、审批,提出和审批各一".to_owned());
    }
    let approver = row.gates.last().map(|gate| gate.by);
    if !approver.is_some_and(|by| row.class.approvers().contains(&by)) {
        found.push("最后一关应为上级审批机关".to_owned());
    }
    found
}
