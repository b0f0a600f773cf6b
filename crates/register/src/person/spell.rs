//! Intervals of service: in a slot, in a leadership post, in a rank, on secondment. Each is
//! from a day on, and up to, not including, another.

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{CategoryId, LevelId, RankId, UnitId};
use serde::{Deserialize, Serialize};

use crate::id::PostId;

/// The kind of establishment slot that a person holds (编制类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotKind {
    /// 行政编制
    Administrative,
    /// 参照公务员法管理事业单位编制
    ReferencedInstitution,
    /// 中央政法专项编制
    SpecialPoliticalLegal,
    /// 工勤编制
    Logistics,
    /// 其他事业编制
    OtherInstitution,
}

impl SlotKind {
    /// Whether who holds it is managed as a civil servant, and so has a rank.
    #[must_use]
    pub fn has_ranks(self) -> bool {
        !matches!(self, Self::Logistics | Self::OtherInstitution)
    }
}

labelled! {
    SlotKind {
        Administrative: "行政编制",
        ReferencedInstitution: "参公事业编制",
        SpecialPoliticalLegal: "中央政法专项编制",
        Logistics: "工勤编制",
        OtherInstitution: "其他事业编制",
    }
}

/// Where a person's establishment slot is. It lasts until the next begins, or service ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotSpell {
    /// 编制所在单位
    pub unit: UnitId,
    /// 编制类型
    pub slot: SlotKind,
    /// 职位类别
    pub category: CategoryId,
    /// From when.
    pub from: Date,
    /// By which document, where known.
    pub document: Option<DocumentNumber>,
}

/// How a person came to another slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveWay {
    /// 转任
    LateralTransfer,
    /// 公开遴选
    OpenSelection,
    /// 随机构、职能划转
    WithFunction,
    /// 分类入轨
    Reclassified,
    /// 其他
    Other,
}

labelled! {
    MoveWay {
        LateralTransfer: "转任",
        OpenSelection: "公开遴选",
        WithFunction: "随机构、职能划转",
        Reclassified: "分类入轨",
        Other: "其他",
    }
}

/// How a post was come by (任职方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostWay {
    /// 选拔任用
    Selection,
    /// 选举
    Election,
    /// 调任
    InboundTransfer,
    /// 委任
    Appointment,
    /// 其他
    Other,
}

labelled! {
    PostWay {
        Selection: "选拔任用",
        Election: "选举",
        InboundTransfer: "调任",
        Appointment: "委任",
        Other: "其他",
    }
}

/// Why a post was left (免职事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostLeaveReason {
    /// 任其他职务
    OtherPost,
    /// 转任职级
    TurnedToRank,
    /// 换届不再提名
    NotRenominated,
    /// 机构改革
    Reform,
    /// 降职、撤职
    Removed,
    /// 离开公务员队伍 (retirement, resignation, death)
    LeftService,
    /// 其他
    Other,
}

labelled! {
    PostLeaveReason {
        OtherPost: "任其他职务",
        TurnedToRank: "转任职级",
        NotRenominated: "换届不再提名",
        Reform: "机构改革",
        Removed: "降职、撤职",
        LeftService: "离开公务员队伍",
        Other: "其他",
    }
}

/// A time in a post. With a level it is a leadership post (领导职务).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostSpell {
    /// 任职单位
    pub unit: UnitId,
    /// Which of its posts, where posts are registered.
    pub post: Option<PostId>,
    /// 领导职务层次; none where the post is no leadership post.
    pub level: Option<LevelId>,
    /// 职务名称
    pub title: String,
    /// 任职时间
    pub from: Date,
    /// 免职时间: the first day out of the post.
    pub to: Option<Date>,
    /// 任职方式
    pub way: PostWay,
    /// 是否兼任: held beside the main post.
    pub concurrent: bool,
    /// 免职事由
    pub left: Option<PostLeaveReason>,
    /// 任职文号, where known.
    pub document: Option<DocumentNumber>,
}

impl PostSpell {
    /// Whether it excludes another such post at the same time.
    #[must_use]
    pub fn is_main_leadership(&self) -> bool {
        self.level.is_some() && !self.concurrent
    }
}

/// Why a rank was taken (任职级事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RankReason {
    /// 晋升
    Promotion,
    /// 新录用转正定级
    Probation,
    /// 调入
    TransferIn,
    /// 军转安置
    ExMilitary,
    /// 领导转任职级
    PostToRank,
    /// 首次套转
    InitialConversion,
    /// 跨类别转任确定职级
    CategoryConversion,
    /// 降低职级
    Lowered,
    /// 其他
    Other,
}

labelled! {
    RankReason {
        Promotion: "晋升",
        Probation: "新录用转正定级",
        TransferIn: "调入",
        ExMilitary: "军转安置",
        PostToRank: "领导转任职级",
        InitialConversion: "首次套转",
        CategoryConversion: "跨类别转任确定职级",
        Lowered: "降低职级",
        Other: "其他",
    }
}

/// Why a rank was left (免职级事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RankLeaveReason {
    /// 晋升
    Promoted,
    /// 任领导职务
    LeadershipPost,
    /// 降低职级
    Lowered,
    /// 调出、转任
    TransferOut,
    /// 转入其他职位类别
    Converted,
    /// 退休
    Retirement,
    /// 提前退休
    EarlyRetirement,
    /// 辞职、辞退、开除
    LeftService,
    /// 退出参照管理范围
    LeftReferenceManagement,
    /// 死亡
    Death,
    /// 其他
    Other,
}

labelled! {
    RankLeaveReason {
        Promoted: "晋升",
        LeadershipPost: "任领导职务",
        Lowered: "降低职级",
        TransferOut: "调出、转任",
        Converted: "转入其他职位类别",
        Retirement: "退休",
        EarlyRetirement: "提前退休",
        LeftService: "辞职、辞退、开除",
        LeftReferenceManagement: "退出参照管理范围",
        Death: "死亡",
        Other: "其他",
    }
}

/// Why a rank takes no seat (不占职数事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exemption {
    /// 军转干部首次确定职级
    ExMilitaryFirstPlacement,
    /// 单列管理
    SeparatelyListed,
}

labelled! {
    Exemption {
        ExMilitaryFirstPlacement: "军转干部首次确定职级",
        SeparatelyListed: "单列管理",
    }
}

/// A time in a rank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankSpell {
    /// 职位类别
    pub category: CategoryId,
    /// 职级
    pub rank: RankId,
    /// 任职级时间
    pub from: Date,
    /// 免职级时间: the first day out of the rank.
    pub to: Option<Date>,
    /// 任职级事由
    pub reason: RankReason,
    /// 不占职数事由
    pub exemption: Option<Exemption>,
    /// 批次; may be empty.
    pub batch: String,
    /// 免职级事由
    pub left: Option<RankLeaveReason>,
    /// 任职文号, where known.
    pub document: Option<DocumentNumber>,
}

/// A temporary posting (挂职): neither unit nor seat changes (公务员法第七十二条).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secondment {
    /// 挂职单位, where it is registered.
    pub unit: Option<UnitId>,
    /// 挂职地点、单位及职务
    pub place: String,
    /// From when.
    pub from: Date,
    /// The first day back.
    pub to: Option<Date>,
    /// By which document, where known.
    pub document: Option<DocumentNumber>,
}

/// Why a person is no longer in service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// 退休
    Retirement,
    /// 提前退休
    EarlyRetirement,
    /// 辞职
    Resignation,
    /// 辞退
    Dismissal,
    /// 开除
    Expulsion,
    /// 调出
    TransferOut,
    /// 退出参照管理范围
    LeftReferenceManagement,
    /// 死亡
    Death,
    /// 其他
    Other,
}

labelled! {
    LeaveReason {
        Retirement: "退休",
        EarlyRetirement: "提前退休",
        Resignation: "辞职",
        Dismissal: "辞退",
        Expulsion: "开除",
        TransferOut: "调出",
        LeftReferenceManagement: "退出参照管理范围",
        Death: "死亡",
        Other: "其他",
    }
}

impl LeaveReason {
    /// As the reason for which a rank was left.
    #[must_use]
    pub fn of_rank(self) -> RankLeaveReason {
        match self {
            Self::Retirement => RankLeaveReason::Retirement,
            Self::EarlyRetirement => RankLeaveReason::EarlyRetirement,
            Self::Resignation | Self::Dismissal | Self::Expulsion => RankLeaveReason::LeftService,
            Self::TransferOut => RankLeaveReason::TransferOut,
            Self::LeftReferenceManagement => RankLeaveReason::LeftReferenceManagement,
            Self::Death => RankLeaveReason::Death,
            Self::Other => RankLeaveReason::Other,
        }
    }
}
