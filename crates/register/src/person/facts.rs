//! What is known of a person openly, besides the intervals.

use jiff::civil::Date;
use quanheng_policy::RankId;
use serde::{Deserialize, Serialize};

use crate::double;

/// How a person came into service. Without a lawful way a registration under reference
/// management is irregular (违规参照管理登记).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryWay {
    /// 考试录用
    Recruitment,
    /// 选调生
    SelectedGraduate,
    /// 公开选调
    OpenTransferSelection,
    /// 调任
    InboundTransfer,
    /// 军转安置
    ExMilitary,
    /// 选举
    Election,
    /// 随单位整体登记
    RegisteredWithUnit,
    /// 其他
    Other,
}

labelled! {
    EntryWay {
        Recruitment: "考试录用",
        SelectedGraduate: "选调生",
        OpenTransferSelection: "公开选调",
        InboundTransfer: "调任",
        ExMilitary: "军转安置",
        Election: "选举",
        RegisteredWithUnit: "随单位整体登记",
        Other: "其他",
    }
}

/// Why a person is listed separately (单列管理事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingReason {
    /// 机构改革
    Reform,
    /// 换届
    Election,
    /// 其他
    Other,
}

labelled! {
    ListingReason {
        Reform: "机构改革",
        Election: "换届",
        Other: "其他",
    }
}

/// A person outside the normal count (单列管理).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeparateListing {
    /// Why.
    pub reason: ListingReason,
    /// From when.
    pub since: Date,
}

/// The one-off conversion of old titles (首次套转), and what of the time before it was used
/// up since (§5.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// 套转职级
    pub rank: RankId,
    /// 套转时间
    pub on: Date,
    /// 套转前同职务层次任职时间
    pub level_since: Date,
    /// Months of it that promotions since then consumed.
    pub months_used: u32,
    /// How many promotions there were since then.
    pub promotions: u32,
}

/// What is known of a person openly, besides the intervals.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonFacts {
    /// 进入方式
    pub entry: Option<EntryWay>,
    /// 军转干部
    pub ex_military: bool,
    /// 单列管理
    pub separately_listed: Option<SeparateListing>,
    /// 任同职务层次时间 (a fact of the file, where the intervals do not reach back so far)
    pub same_level_since: Option<Date>,
    /// 首次套转
    pub conversion: Option<Conversion>,
}

patch_of! {
    /// What changes of the open facts.
    PersonPatch of PersonFacts {
        #[serde(deserialize_with = "double::read")]
        entry: Option<EntryWay>,
        ex_military: bool,
        #[serde(deserialize_with = "double::read")]
        separately_listed: Option<SeparateListing>,
        #[serde(deserialize_with = "double::read")]
        same_level_since: Option<Date>,
        #[serde(deserialize_with = "double::read")]
        conversion: Option<Conversion>,
    }
}
