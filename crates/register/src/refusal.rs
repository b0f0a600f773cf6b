//! Why the registers refuse (不予办理的原因): a stable code, the facts it rests on, and a
//! message that a user reads.

use jiff::civil::Date;
use quanheng_policy::UnitId;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::InvalidCode;
use serde::Serialize;

use crate::id::SpellId;
use crate::person::SlotKind;
use crate::unit::ChangeKind;

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub enum Refusal {
    /// A value is missing, empty, doubled or beyond its bound.
    #[error("{what}")]
    Invalid { field: &'static str, what: String },
    /// A code of a form is wrong: its check digit, its format.
    #[error("{message}")]
    Code { field: &'static str, reason: &'static str, message: &'static str },
    /// There is none under this name.
    #[error("未找到 {what}")]
    NotFound { what: String },
    /// There is one already under this name.
    #[error("{what} 已存在")]
    Exists { what: String },
    /// Not in this state.
    #[error("{what}")]
    WrongState { what: String },
    /// Another has this value (信用代码、公民身份号码重复).
    #[error("已由 {by} 登记")]
    AlreadyClaimed { by: String },
    /// Too far in the future.
    #[error("{on} 晚于最晚可登记日期 {latest}")]
    TooFarAhead { field: &'static str, on: Date, latest: Date },
    /// The unit did not exist yet.
    #[error("units/{unit} 自 {from} 起设立,{on} 尚不存在")]
    BeforeUnit { unit: UnitId, on: Date, from: Date },
    /// The unit is no more (已撤销).
    #[error("units/{unit} 在 {on} 已撤销")]
    UnitAbolished { unit: UnitId, on: Date },
    /// Entries that take effect later stand in the way.
    #[error("{what} 有 {last} 生效的登记,不能自 {on} 起撤销")]
    LaterEntries { what: String, on: Date, last: Date },
    /// The units above lead back to the unit (隶属关系成环).
    #[error("units/{unit} 的主管单位在 {on} 形成循环隶属")]
    ParentCycle { unit: UnitId, on: Date },
    /// More units above each other than there may be.
    #[error("units/{unit} 的隶属层数超过 {max} 层")]
    ParentTooDeep { unit: UnitId, max: usize },
    /// The parent stands lower in the hierarchy.
    #[error("主管单位 units/{parent} 的层级低于 units/{unit}")]
    ParentBelow { parent: UnitId, unit: UnitId },
    /// The division is not of the unit's tier.
    #[error("行政区划 {division} 与层级不符")]
    TierMismatch { tier: Tier, division: String },
    /// The nature and the kind of the unit contradict each other.
    #[error("单位性质与单位类别不符:{what}")]
    NatureMismatch { what: &'static str },
    /// Posts of categories are more than the establishment.
    #[error("各职位类别合计 {posts},超过编制 {establishment}")]
    CategoryPostsExceed { posts: u64, establishment: u64 },
    /// The change needs a unit that takes over (缺少承接单位).
    #[error("{}须有 {least} 个以上承接单位", .kind.label())]
    SuccessorMissing { kind: ChangeKind, least: usize },
    /// What is asked for is not this kind of change.
    #[error("与“{}”不符:{what}", .kind.label())]
    ChangeMismatch { kind: ChangeKind, what: String },
    /// A spell would end before it begins.
    #[error("终止日期 {to} 应晚于起始日期 {from}")]
    SpellEmpty { field: &'static str, from: Date, to: Date },
    /// Two spells that exclude each other.
    #[error("与 {other} 的任职期间重叠")]
    SpellOverlap { other: SpellId },
    /// Somebody in such a slot has no rank (工勤等编制不设职级).
    #[error("{}人员不任职级", .slot.label())]
    SlotWithoutRanks { slot: SlotKind },
    /// The person was not in service (不在职).
    #[error("该人员在 {on} 不在职")]
    NotInService { on: Date },
    /// What is held about the person was erased.
    #[error("该人员信息已删除")]
    PersonErased,
}

impl Refusal {
    pub(crate) fn invalid(field: &'static str, what: &str) -> Self {
        Self::Invalid { field, what: format!("{field}:{what}") }
    }

    pub(crate) fn code_of(field: &'static str, code: InvalidCode) -> Self {
        Self::Code { field, reason: code.reason, message: code.message }
    }

    pub(crate) fn state(what: impl Into<String>) -> Self {
        Self::WrongState { what: what.into() }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID_FIELD",
            Self::Code { reason, .. } => reason,
            Self::NotFound { .. } => "RESOURCE_NOT_FOUND",
            Self::Exists { .. } => "RESOURCE_EXISTS",
            Self::WrongState { .. } => "WRONG_STATE",
            Self::AlreadyClaimed { .. } => "ALREADY_CLAIMED",
            Self::TooFarAhead { .. } => "TOO_FAR_AHEAD",
            Self::BeforeUnit { .. } => "BEFORE_UNIT_EXISTED",
            Self::UnitAbolished { .. } => "UNIT_ABOLISHED",
            Self::LaterEntries { .. } => "LATER_ENTRIES",
            Self::ParentCycle { .. } => "PARENT_CYCLE",
            Self::ParentTooDeep { .. } => "PARENT_TOO_DEEP",
            Self::ParentBelow { .. } => "PARENT_BELOW_CHILD",
            Self::TierMismatch { .. } => "TIER_MISMATCH",
            Self::NatureMismatch { .. } => "NATURE_MISMATCH",
            Self::CategoryPostsExceed { .. } => "CATEGORY_POSTS_EXCEED",
            Self::SuccessorMissing { .. } => "SUCCESSOR_MISSING",
            Self::ChangeMismatch { .. } => "CHANGE_MISMATCH",
            Self::SpellEmpty { .. } => "SPELL_EMPTY",
            Self::SpellOverlap { .. } => "SPELL_OVERLAP",
            Self::SlotWithoutRanks { .. } => "SLOT_WITHOUT_RANKS",
            Self::NotInService { .. } => "NOT_IN_SERVICE",
            Self::PersonErased => "PERSON_ERASED",
        }
    }

    /// The field of the request that is wrong, where it is the input and not the state of
    /// things.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { field, .. }
            | Self::Code { field, .. }
            | Self::TooFarAhead { field, .. }
            | Self::SpellEmpty { field, .. } => Some(field),
            Self::TierMismatch { .. } => Some("division"),
            Self::NatureMismatch { .. } => Some("nature"),
            Self::CategoryPostsExceed { .. } => Some("category_posts"),
            _ => None,
        }
    }
}

/// Every rule that a command breaks; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused(Vec<Refusal>);

impl Refused {
    /// The refusals.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.0
    }

    /// The code of the first.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.first().map_or("WRONG_STATE", Refusal::code)
    }

    /// Ok if there is nothing to refuse.
    pub(crate) fn none_of(refusals: Vec<Refusal>) -> Result<(), Self> {
        if refusals.is_empty() { Ok(()) } else { Err(Self(refusals)) }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(vec![refusal])
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join(";"))
    }
}

impl std::error::Error for Refused {}
