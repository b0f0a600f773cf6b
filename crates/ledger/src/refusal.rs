//! Why the ledger refuses (不予办理的原因): a stable code, the facts it rests on, and a message
//! that a user reads.

use jiff::civil::Date;
use quanheng_policy::calendar::CalendarError;
use quanheng_policy::profile::PolicyError;
use quanheng_policy::{PersonId, RankId, SetId, UnitId};
use serde::Serialize;

use crate::id::{HoldId, TransferId};

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub enum Refusal {
    /// A value is missing, empty, doubled or beyond its bound.
    #[error("{what}")]
    Invalid { field: &'static str, what: String },
    /// There is no account yet (未核定).
    #[error("账户尚未核定职数")]
    NotDetermined,
    /// There is one already under this name.
    #[error("{what} 已存在")]
    Exists { what: String },
    /// There is none under this name.
    #[error("未找到 {what}")]
    NotFound { what: String },
    /// Not in this state.
    #[error("{what}")]
    WrongState { what: String },
    /// The class of units may not have this rank (职级设置规格).
    #[error("本账户不设职级 {rank}")]
    RankNotSetUp { rank: RankId },
    /// I1, I3, I8.
    #[error(
        "{name} 可用空缺 {available}(空缺 {vacancy},预审占用 {held},预留 {reserved}),不足 {wanted} 个"
    )]
    InsufficientAvailable {
        set: SetId,
        name: String,
        vacancy: i64,
        held: u64,
        reserved: u64,
        available: i64,
        wanted: i64,
    },
    /// I7 (上级机关不得占用基层职数).
    #[error("{unit} 层级高于职数来源,上级机关不得占用基层职数")]
    UpwardUse { unit: UnitId },
    /// The same, inside a pool.
    #[error("{name}:上级单位自身应得 {earned},使用后为 {used},不得占用基层职数")]
    UpwardUseInPool { set: SetId, name: String, earned: u64, used: u64 },
    /// The same, for seats kept for the grass roots.
    #[error("{name}:乡镇专用 {kept} 个,其余可用 {available},不足 {wanted} 个")]
    Earmarked { set: SetId, name: String, kept: u64, available: i64, wanted: u64 },
    /// I6 (机关不得占用所属参照管理单位职数).
    #[error("{unit} 不得占用所属参照管理单位职数")]
    ParentOccupies { unit: UnitId },
    /// The same, inside a pool.
    #[error("{name}:机关自身应得 {earned},使用后为 {used},不得占用所属参照管理单位职数")]
    ParentOccupiesInPool { set: SetId, name: String, earned: u64, used: u64 },
    /// I6: the person's establishment is elsewhere.
    #[error("{unit} 不是本账户的单位或统筹成员")]
    NotOfAccount { unit: UnitId },
    /// I5 (一人一职级).
    #[error("{person} 已在同一职位类别占用职数")]
    AlreadySeated { person: PersonId },
    /// The person does not hold the rank that the move leaves.
    #[error("{person} 现任职级与预审的拟免职级不符")]
    OtherRankHeld { person: PersonId, expected: Option<RankId>, found: Option<RankId> },
    /// More would leave a rank than hold it.
    #[error("{rank} 现有 {holders} 人,已有 {pending} 人拟免,不能再免 {asked} 人")]
    NoSuchHolders { rank: RankId, asked: u64, pending: u64, holders: u64 },
    /// A seat is charged, so it needs a pre-review (职数使用预审).
    #[error("{rank} 须经职数使用预审")]
    PreReviewRequired { rank: RankId },
    /// The move waits for a seat that another leaves.
    #[error("第 {index} 项以同批第 {on} 项腾出 {set} 为前提")]
    DependsOnMove { index: usize, on: usize, set: SetId },
    /// The hold ran out (预审逾期).
    #[error("预审已于 {expires_on} 到期")]
    HoldExpired { hold: HoldId, expires_on: Date },
    /// It was extended for this reason before.
    #[error("同一事由({reason})只能延期一次")]
    AlreadyExtended { hold: HoldId, reason: String },
    /// A use was not filed in time (逾期未备案).
    #[error("{hold} 的职数使用应于 {due_on} 前备案,逾期未备案")]
    FilingOverdue { hold: HoldId, due_on: Date },
    /// The exemption is not allowed here.
    #[error("本地未规定首次确定职级不占职数")]
    ExemptionNotAllowed,
    /// More than the ratios give (超出比例核定).
    #[error("{name} 拟核定 {asked},按比例至多 {entitled}")]
    ExceedsEntitlement { set: SetId, name: String, asked: u64, entitled: u64 },
    /// A set that falls away still has seats elsewhere or in reserve.
    #[error("{set} 尚有调拨、借用或预留,不能取消")]
    SetInUse { set: SetId },
    /// Borrowed seats are not lent on.
    #[error("{name} 自有 {own} 个,不能转出 {wanted} 个(借入的不得转借)")]
    NotOwnSeats { set: SetId, name: String, own: i64, wanted: u64 },
    /// The pool demands a reason for every allocation.
    #[error("统筹使用须注明事由")]
    ReasonRequired,
    /// More would come back than is out.
    #[error("{transfer} 尚有 {outstanding} 个,不能归还 {asked} 个")]
    MoreThanOutstanding { transfer: TransferId, outstanding: u64, asked: u64 },
    /// There is nothing to digest.
    #[error("{set} 未超职数")]
    NotOverQuota { set: SetId },
    /// The plan leaves some of the excess (消化计划不足).
    #[error("{set} 超 {over} 个,计划只消化 {planned} 个")]
    PlanIncomplete { set: SetId, over: u64, planned: u64 },
    /// The entry was reversed before.
    #[error("第 {version} 笔已冲正")]
    AlreadyReversed { version: u64 },
    /// Another command undoes this kind of entry.
    #[error("该类分录不能冲正:{instead}")]
    NotReversible { instead: &'static str },
    /// What the policy does not say.
    #[error(transparent)]
    Policy(#[serde(serialize_with = "as_text")] PolicyError),
    /// What the calendar does not say.
    #[error(transparent)]
    Calendar(#[serde(serialize_with = "as_text")] CalendarError),
}

fn as_text<T: ToString, S: serde::Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&value.to_string())
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID_FIELD",
            Self::NotDetermined => "NOT_DETERMINED",
            Self::Exists { .. } => "RESOURCE_EXISTS",
            Self::NotFound { .. } => "RESOURCE_NOT_FOUND",
            Self::WrongState { .. } => "WRONG_STATE",
            Self::RankNotSetUp { .. } => "RANK_NOT_SET_UP",
            Self::InsufficientAvailable { .. } => "INSUFFICIENT_AVAILABLE",
            Self::UpwardUse { .. } | Self::UpwardUseInPool { .. } | Self::Earmarked { .. } => {
                "UPWARD_USE_FORBIDDEN"
            }
            Self::ParentOccupies { .. } | Self::ParentOccupiesInPool { .. } => {
                "PARENT_OCCUPIES_SUBORDINATE"
            }
            Self::NotOfAccount { .. } => "NOT_OF_ACCOUNT",
            Self::AlreadySeated { .. } => "ALREADY_SEATED",
            Self::OtherRankHeld { .. } => "OTHER_RANK_HELD",
            Self::NoSuchHolders { .. } => "NO_SUCH_HOLDERS",
            Self::PreReviewRequired { .. } => "PRE_REVIEW_REQUIRED",
            Self::DependsOnMove { .. } => "DEPENDS_ON_MOVE",
            Self::HoldExpired { .. } => "HOLD_EXPIRED",
            Self::AlreadyExtended { .. } => "HOLD_ALREADY_EXTENDED",
            Self::FilingOverdue { .. } => "FILING_OVERDUE",
            Self::ExemptionNotAllowed => "EXEMPTION_NOT_ALLOWED",
            Self::ExceedsEntitlement { .. } => "EXCEEDS_ENTITLEMENT",
            Self::SetInUse { .. } => "SET_IN_USE",
            Self::NotOwnSeats { .. } => "NOT_OWN_SEATS",
            Self::ReasonRequired => "REASON_REQUIRED",
            Self::MoreThanOutstanding { .. } => "MORE_THAN_OUTSTANDING",
            Self::NotOverQuota { .. } => "NOT_OVER_QUOTA",
            Self::PlanIncomplete { .. } => "DIGESTION_PLAN_INCOMPLETE",
            Self::AlreadyReversed { .. } => "ALREADY_REVERSED",
            Self::NotReversible { .. } => "NOT_REVERSIBLE",
            Self::Policy(error) => error.code(),
            Self::Calendar(error) => error.code(),
        }
    }
}

impl From<PolicyError> for Refusal {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error)
    }
}

impl From<CalendarError> for Refusal {
    fn from(error: CalendarError) -> Self {
        Self::Calendar(error)
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
    ///
    /// # Errors
    /// The refusals, if there are any.
    pub(crate) fn none_of(refusals: Vec<Refusal>) -> Result<(), Self> {
        if refusals.is_empty() { Ok(()) } else { Err(Self(refusals)) }
    }
}

impl<R: Into<Refusal>> From<R> for Refused {
    fn from(refusal: R) -> Self {
        Self(vec![refusal.into()])
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join(";"))
    }
}

impl std::error::Error for Refused {}
