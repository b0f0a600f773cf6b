//! What happened to an account. Every event tells all that it changes, so that it can be
//! folded and booked without looking anything up but the account itself.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{CategoryId, PersonId, QuotaClassId, RankId, SetId, UnitId};
use serde::{Deserialize, Serialize};

use crate::account::{Forced, Holder, Owner, Transfer};
use crate::digestion::{Digested, Route, Step};
use crate::hold::{Cover, FilingPeriod, MoveRequest};
use crate::id::{CaseId, HoldId, TransferId};
use crate::pool::{Ceiling, Member};

/// On what a decision rests (依据).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The document.
    pub document: DocumentNumber,
    /// From when it takes effect.
    pub effective_on: Date,
}

/// A set of a determination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeterminedSet {
    /// The set.
    pub set: SetId,
    /// Its Chinese name.
    pub name: String,
    /// Its ranks.
    pub ranks: Vec<RankId>,
    /// The set that it is part of.
    pub of: Option<SetId>,
    /// What the ratios give (按比例).
    pub entitled: u64,
    /// What was determined (核定): not more.
    pub seats: u64,
}

/// A determination (核定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Determination {
    /// The class whose ratios were taken.
    pub class: QuotaClassId,
    /// Of which base.
    pub base: u64,
    /// The sets, each after the one that it is part of.
    pub sets: Vec<DeterminedSet>,
    /// Ranks without a cap.
    pub uncapped: Vec<RankId>,
    /// Of a pool: what parts of its members may use at most.
    pub ceilings: Vec<Ceiling>,
    /// Hash of the policy, hex.
    pub policy: String,
    /// On what it rests.
    pub basis: Basis,
}

/// Why a seat was vacated (免职级事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VacateReason {
    /// 任领导职务
    LeadershipPost,
    /// 调出/转任
    TransferOut,
    /// 退休
    Retirement,
    /// 提前退休
    EarlyRetirement,
    /// 辞职/辞退/开除
    LeftService,
    /// 退出参照管理范围
    LeftReferenceManagement,
    /// 死亡
    Death,
    /// 其他
    Other,
}

impl VacateReason {
    /// As a route of digestion.
    #[must_use]
    pub fn route(self) -> Route {
        match self {
            Self::LeadershipPost => Route::LeadershipPost,
            Self::TransferOut => Route::TransferOut,
            Self::Retirement => Route::Retirement,
            Self::EarlyRetirement => Route::EarlyRetirement,
            Self::LeftService | Self::LeftReferenceManagement | Self::Death | Self::Other => {
                Route::Other
            }
        }
    }
}

/// Why a pool's seats go to a unit (统筹使用事由, E-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationReason {
    /// 政治强
    Political,
    /// 实绩好
    Performance,
    /// 资历长
    Seniority,
    /// 化解难点堵点
    ResolveDifficulty,
}

/// Why moves of a hold end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// 撤回
    Withdrawn,
    /// 不予晋升
    Refused,
    /// 办结,余数释放
    CaseClosed,
    /// 逾期
    Expired,
}

/// Why a filing came back (退回备案).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingFault {
    /// 超出预审数
    MoreThanPreReviewed {
        /// How many names were filed.
        filed: u64,
        /// How many seats were pre-reviewed.
        pre_reviewed: u64,
    },
    /// 人员与使用情况不符
    NotTheUsers {
        /// Who did not take a seat of this hold, or was filed before.
        persons: Vec<PersonId>,
    },
    /// 审核退回
    ByReview {
        /// Why.
        reason: String,
    },
}

/// What a reversal puts back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// A person's seat: as it was before.
    Seat {
        /// Who.
        person: PersonId,
        /// What the entry wrote; none if it took the person out.
        wrote: Option<Holder>,
        /// What stood there before.
        before: Option<Holder>,
    },
    /// A reserve.
    Reserve {
        /// Of which set.
        set: SetId,
        /// How many.
        seats: u64,
        /// Whether they are reserved again.
        again: bool,
    },
}

/// A move that takes a free seat of a set, instead of the one that it depended on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seated {
    /// Which of the hold's moves.
    pub index: usize,
    /// Of which set.
    pub set: SetId,
}

/// A move that waited and has found seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// Which of the hold's moves.
    pub index: usize,
    /// Where the seat of each set that it enters comes from.
    pub covers: BTreeMap<SetId, Cover>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// 建立统筹池
    PoolCreated {
        /// The pool.
        owner: Owner,
        /// The category.
        category: CategoryId,
        /// On what it rests.
        basis: Basis,
    },
    /// 调整统筹成员
    PoolRedefined {
        /// The members from now on.
        members: Vec<Member>,
        /// On what it rests.
        basis: Basis,
    },
    /// 核定
    QuotaDetermined {
        /// Whose account.
        owner: Owner,
        /// The category.
        category: CategoryId,
        /// What was determined.
        determination: Determination,
    },
    /// 重新核定
    QuotaRedetermined {
        /// What was determined.
        determination: Determination,
    },
    /// 调拨, at either side.
    SeatsAllocated {
        /// Its name.
        transfer: TransferId,
        /// What moved.
        side: Transfer,
        /// Why, where the pool asks for it.
        reason: Option<AllocationReason>,
        /// On what it rests.
        basis: Basis,
    },
    /// 借用, at either side.
    SeatsLent {
        /// Its name.
        transfer: TransferId,
        /// What moved.
        side: Transfer,
        /// On what it rests.
        basis: Basis,
    },
    /// 归还或收回, at either side.
    SeatsReturned {
        /// Of which allocation or loan.
        transfer: TransferId,
        /// How many.
        seats: u64,
        /// On what it rests.
        basis: Basis,
    },
    /// 预留
    ReserveSet {
        /// Of which set.
        set: SetId,
        /// How many more.
        seats: u64,
        /// Why.
        reason: String,
        /// On what it rests.
        basis: Basis,
    },
    /// 释放预留
    ReserveReleased {
        /// Of which set.
        set: SetId,
        /// How many.
        seats: u64,
        /// Why.
        reason: String,
        /// On what it rests.
        basis: Basis,
    },
    /// 预审通过
    PreReviewApproved {
        /// The hold.
        hold: HoldId,
        /// The case.
        case: CaseId,
        /// Who asked.
        unit: UnitId,
        /// The moves.
        moves: Vec<MoveRequest>,
        /// Of every move: where the seat of each set that it enters comes from.
        covers: Vec<BTreeMap<SetId, Cover>>,
        /// The last day on which it holds.
        expires_on: Date,
        /// On what it rests.
        basis: Basis,
    },
    /// 预审延期
    HoldExtended {
        /// The hold.
        hold: HoldId,
        /// Why.
        reason: String,
        /// The last day on which it now holds.
        expires_on: Date,
        /// On what it rests.
        basis: Basis,
    },
    /// 释放, of some moves or all; what depended on them takes free seats or waits.
    HoldReleased {
        /// The hold.
        hold: HoldId,
        /// Which moves end.
        moves: Vec<usize>,
        /// Why.
        reason: ReleaseReason,
        /// Moves that now take a free seat of a set.
        seated: Vec<Seated>,
        /// Moves that fall back to waiting.
        waiting: Vec<usize>,
        /// When.
        on: Date,
    },
    /// 递补: moves that waited have found seats.
    MovesResumed {
        /// The hold.
        hold: HoldId,
        /// Which moves, and where their seats come from.
        moves: Vec<Resumed>,
        /// When.
        on: Date,
    },
    /// 占用, through a hold.
    SeatOccupied {
        /// The hold.
        hold: HoldId,
        /// Which of its moves.
        index: usize,
        /// Who.
        person: PersonId,
        /// What the person held here before.
        before: Option<Holder>,
        /// What the person holds now.
        holder: Holder,
        /// By when the use is to be filed; none while that awaits a calendar.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filing_due_on: Option<Date>,
        /// The period, where its last day awaits a calendar.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filing_awaits: Option<FilingPeriod>,
        /// On what it rests.
        basis: Basis,
    },
    /// 备案期限确定: the calendar that it awaited is published.
    FilingDueSet {
        /// The hold.
        hold: HoldId,
        /// Which of its moves.
        index: usize,
        /// By when the use is to be filed.
        due_on: Date,
        /// When that was found.
        on: Date,
    },
    /// 任职, without taking a seat.
    RankPlaced {
        /// Who.
        person: PersonId,
        /// What the person held here before.
        before: Option<Holder>,
        /// What the person holds now.
        holder: Holder,
        /// On what it rests.
        basis: Basis,
    },
    /// 免职级
    SeatVacated {
        /// Who.
        person: PersonId,
        /// What the person held.
        holder: Holder,
        /// Why.
        reason: VacateReason,
        /// On what it rests.
        basis: Basis,
    },
    /// 降低职级
    RankLowered {
        /// Who.
        person: PersonId,
        /// What the person held.
        before: Holder,
        /// What the person holds now.
        holder: Holder,
        /// On what it rests.
        basis: Basis,
    },
    /// 期初
    OpeningBalancesRecorded {
        /// Who held what at cut-over.
        holders: BTreeMap<PersonId, Holder>,
        /// On what it rests.
        basis: Basis,
    },
    /// 使用后备案
    UseFiled {
        /// The hold.
        hold: HoldId,
        /// Who took its seats.
        persons: Vec<PersonId>,
        /// When.
        filed_on: Date,
    },
    /// 退回备案
    FilingReturned {
        /// The hold.
        hold: HoldId,
        /// Why.
        fault: FilingFault,
        /// Whose filing no longer stands.
        persons: Vec<PersonId>,
        /// When.
        on: Date,
    },
    /// 超职数
    OverQuotaDetected {
        /// Which sets.
        sets: Vec<SetId>,
        /// What forced them there.
        cause: Forced,
        /// When.
        on: Date,
    },
    /// 消化计划
    DigestionPlanSet {
        /// The steps.
        steps: Vec<Step>,
        /// On what it rests.
        basis: Basis,
    },
    /// 消化
    DigestionProgressed {
        /// What was digested.
        digested: Digested,
        /// How many are still over.
        remaining: u64,
    },
    /// 冲正
    EntryReversed {
        /// The version at which the entry stands.
        version: u64,
        /// What is put back.
        undo: Undo,
        /// Why.
        reason: String,
        /// On what it rests.
        basis: Basis,
    },
}

impl Event {
    /// The hold that it is about, if it is about one.
    #[must_use]
    pub fn hold(&self) -> Option<&HoldId> {
        match self {
            Self::PreReviewApproved { hold, .. }
            | Self::HoldExtended { hold, .. }
            | Self::HoldReleased { hold, .. }
            | Self::MovesResumed { hold, .. }
            | Self::SeatOccupied { hold, .. }
            | Self::FilingDueSet { hold, .. }
            | Self::UseFiled { hold, .. }
            | Self::FilingReturned { hold, .. } => Some(hold),
            _ => None,
        }
    }

    /// The persons whose seats it changes.
    #[must_use]
    pub fn persons(&self) -> Vec<&PersonId> {
        match self {
            Self::SeatOccupied { person, .. }
            | Self::RankPlaced { person, .. }
            | Self::SeatVacated { person, .. }
            | Self::RankLowered { person, .. }
            | Self::EntryReversed { undo: Undo::Seat { person, .. }, .. } => vec![person],
            Self::OpeningBalancesRecorded { holders, .. } => holders.keys().collect(),
            _ => Vec::new(),
        }
    }

    /// On what it rests, where it says so.
    #[must_use]
    pub fn basis(&self) -> Option<&Basis> {
        match self {
            Self::PoolCreated { basis, .. }
            | Self::PoolRedefined { basis, .. }
            | Self::SeatsAllocated { basis, .. }
            | Self::SeatsLent { basis, .. }
            | Self::SeatsReturned { basis, .. }
            | Self::ReserveSet { basis, .. }
            | Self::ReserveReleased { basis, .. }
            | Self::PreReviewApproved { basis, .. }
            | Self::HoldExtended { basis, .. }
            | Self::SeatOccupied { basis, .. }
            | Self::RankPlaced { basis, .. }
            | Self::SeatVacated { basis, .. }
            | Self::RankLowered { basis, .. }
            | Self::OpeningBalancesRecorded { basis, .. }
            | Self::DigestionPlanSet { basis, .. }
            | Self::EntryReversed { basis, .. } => Some(basis),
            Self::QuotaDetermined { determination, .. }
            | Self::QuotaRedetermined { determination } => Some(&determination.basis),
            _ => None,
        }
    }

    /// From which day it counts, where it says so.
    #[must_use]
    pub fn effective_on(&self) -> Option<Date> {
        match self {
            Self::HoldReleased { on, .. }
            | Self::MovesResumed { on, .. }
            | Self::FilingReturned { on, .. }
            | Self::FilingDueSet { on, .. }
            | Self::OverQuotaDetected { on, .. } => Some(*on),
            Self::UseFiled { filed_on, .. } => Some(*filed_on),
            event => event.basis().map(|basis| basis.effective_on),
        }
    }
}

/// The persons whose seats some events change.
#[must_use]
pub fn persons(events: &[Event]) -> std::collections::BTreeSet<&PersonId> {
    events.iter().flat_map(Event::persons).collect()
}
