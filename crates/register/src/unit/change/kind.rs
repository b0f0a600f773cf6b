//! Kinds of changes, and how they are found by comparing.

use serde::{Deserialize, Serialize};

use crate::unit::profile::{Nature, UnitProfile};

/// A kind of change (§6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// 撤销
    Abolished,
    /// 合并
    Merged,
    /// 分设
    Split,
    /// 划转
    Transferred,
    /// 更名
    Renamed,
    /// 规格提升
    GradeRaised,
    /// 规格降低
    GradeLowered,
    /// 与非参照管理单位整合
    Integrated,
    /// 划转为行政机关
    ConvertedToOrgan,
    /// 转企、转公益事业单位
    ConvertedOther,
    /// 隶属关系调整
    AffiliationChanged,
    /// 编制增加
    HeadcountIncreased,
    /// 编制减少
    HeadcountDecreased,
    /// 职能调整
    FunctionChanged,
    /// 纳入参照管理
    BecameReferenced,
}

labelled! {
    ChangeKind {
        Abolished: "撤销",
        Merged: "合并",
        Split: "分设",
        Transferred: "划转",
        Renamed: "更名",
        GradeRaised: "规格提升",
        GradeLowered: "规格降低",
        Integrated: "整合",
        ConvertedToOrgan: "划转为行政机关",
        ConvertedOther: "转企、转公益事业单位",
        AffiliationChanged: "隶属关系调整",
        HeadcountIncreased: "编制增加",
        HeadcountDecreased: "编制减少",
        FunctionChanged: "职能调整",
        BecameReferenced: "纳入参照管理",
    }
}

/// Which kinds of change lead from one profile to another.
#[must_use]
pub fn kinds_between(before: &UnitProfile, after: &UnitProfile) -> Vec<ChangeKind> {
    let (slots_before, slots_after) =
        (before.counted_establishment(), after.counted_establishment());
    // Slots of different natures are not compared.
    let same_nature = before.nature == after.nature;
    let affiliated = |profile: &UnitProfile| {
        (profile.parent.clone(), profile.division.clone(), profile.tier, profile.vertical)
    };
    let found = [
        (ChangeKind::Renamed, before.name != after.name),
        // A smaller grade in the order is the higher one.
        (ChangeKind::GradeRaised, after.grade < before.grade),
        (ChangeKind::GradeLowered, after.grade > before.grade),
        (
            ChangeKind::ConvertedToOrgan,
            before.nature != Nature::Organ && after.nature == Nature::Organ,
        ),
        (
            ChangeKind::ConvertedOther,
            before.nature != Nature::PublicInstitution && after.nature == Nature::PublicInstitution,
        ),
        (ChangeKind::AffiliationChanged, affiliated(before) != affiliated(after)),
        (ChangeKind::HeadcountIncreased, same_nature && slots_after > slots_before),
        (ChangeKind::HeadcountDecreased, same_nature && slots_after < slots_before),
        (ChangeKind::FunctionChanged, before.functions != after.functions),
        (
            ChangeKind::BecameReferenced,
            !before.nature.is_referenced() && after.nature.is_referenced(),
        ),
    ];
    found.into_iter().filter_map(|(kind, found)| found.then_some(kind)).collect()
}
