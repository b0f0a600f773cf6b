//! What may be asked of an account, with the facts that the decision reads.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::calendar::Calendar;
use quanheng_policy::class::Tier;
use quanheng_policy::profile::Policy;
use quanheng_policy::{CategoryId, PersonId, QuotaClassId, RankId, SetId, UnitId};
use serde::{Deserialize, Serialize};

use crate::account::{Earmark, Exemption, Holder, TransferKind};
use crate::digestion::Step;
use crate::event::{AllocationReason, Basis, Event, ReleaseReason, VacateReason};
use crate::hold::MoveRequest;
use crate::id::{CaseId, HoldId, PoolId, TransferId};
use crate::pool::{Member, PoolKind};

/// At most so many moves, persons or members in one command.
pub const BATCH_MAX: usize = 1_000;

/// What a decision reads besides the account: the policy that holds for it, the calendar,
/// and what day it is.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The policy for the account's division on this day.
    pub policy: &'a Policy,
    /// The calendar, with local days.
    pub calendar: &'a Calendar,
    /// The day.
    pub today: Date,
}

/// A unit that asks for seats, or that holds a person's establishment slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    /// The unit.
    pub unit: UnitId,
    /// Its tier.
    pub tier: Tier,
    /// Whether the account's owner is a unit below it (所属单位).
    pub above_owner: bool,
}

/// A person who takes a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occupant {
    /// Which of the hold's moves.
    pub index: usize,
    /// Who.
    pub person: PersonId,
    /// The unit that holds the establishment slot.
    pub of: Applicant,
    /// Whether a leadership post is held beside the rank (兼任).
    pub concurrent: bool,
    /// Whether the person keeps a seat of this category in another account.
    pub seated_elsewhere: bool,
}

/// The owner that a first determination is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitOwner {
    /// The unit.
    pub unit: UnitId,
    /// Its tier.
    pub tier: Tier,
    /// Whether it is a referenced unit.
    pub referenced: bool,
}

/// What a determination is asked to be (核定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Determine {
    /// The class whose ratios are taken.
    pub class: QuotaClassId,
    /// The base of a unit. A pool's is the sum of its members'.
    pub base: u64,
    /// Fewer seats than the ratios give, by set. A set that is not named gets all.
    pub fewer: BTreeMap<SetId, u64>,
    /// On what it rests.
    pub basis: Basis,
}

/// What may be asked of one account. What moves seats between two has functions of its
/// own: [`transfer`](crate::transfer), [`give_back`](crate::give_back).
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the events, explained there")]
pub enum Command {
    /// 建立统筹池
    CreatePool {
        pool: PoolId,
        category: CategoryId,
        tier: Tier,
        kind: PoolKind,
        members: Vec<Member>,
        head: Option<UnitId>,
        reasons_required: bool,
        earmarks: Vec<Earmark>,
        basis: Basis,
    },
    /// 调整统筹成员
    RedefinePool { members: Vec<Member>, basis: Basis },
    /// 核定, the first of a unit.
    DetermineUnit { owner: UnitOwner, category: CategoryId, determine: Determine },
    /// 核定 of a pool, or 重新核定.
    Determine(Determine),
    /// 预留
    SetReserve { set: SetId, seats: u64, reason: String, basis: Basis },
    /// 释放预留
    ReleaseReserve { set: SetId, seats: u64, reason: String, basis: Basis },
    /// 预审: approve it, placing the hold.
    PlaceHold {
        hold: HoldId,
        case: CaseId,
        applicant: Applicant,
        moves: Vec<MoveRequest>,
        basis: Basis,
    },
    /// 预审延期
    ExtendHold { hold: HoldId, reason: String, expires_on: Date, basis: Basis },
    /// 释放预审; no moves: all that are open.
    ReleaseHold { hold: HoldId, moves: BTreeSet<usize>, reason: ReleaseReason },
    /// 逾期释放, of every hold that ran out.
    ExpireHolds,
    /// 备案期限确定, of every use whose filing awaits a calendar that is published by now.
    SetFilingDues,
    /// 递补
    ResumeWaiting { hold: HoldId },
    /// 占用, of a hold's whole or part.
    Occupy { hold: HoldId, occupants: Vec<Occupant>, basis: Basis },
    /// 任职, without taking a seat.
    Place {
        person: PersonId,
        of: Applicant,
        rank: RankId,
        exempt: Option<Exemption>,
        seated_elsewhere: bool,
        basis: Basis,
    },
    /// 免职级
    Vacate { person: PersonId, reason: VacateReason, basis: Basis },
    /// 降低职级
    LowerRank { person: PersonId, to: RankId, basis: Basis },
    /// 期初
    RecordOpening { holders: BTreeMap<PersonId, Holder>, basis: Basis },
    /// 使用后备案
    FileUse { hold: HoldId, persons: Vec<PersonId> },
    /// 退回备案
    ReturnFiling { hold: HoldId, persons: Vec<PersonId>, reason: String },
    /// 消化计划
    SetDigestionPlan { steps: Vec<Step>, basis: Basis },
    /// 冲正 of the entry that stands at this version.
    Reverse { version: u64, entry: Box<Event>, reason: String, basis: Basis },
}

/// Seats that are to go from one account to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRequest {
    /// Its name.
    pub transfer: TransferId,
    /// Why they go.
    pub kind: TransferKind,
    /// The set that gives.
    pub from: SetId,
    /// The set that gets: its ranks are among those of the other.
    pub to: SetId,
    /// How many.
    pub seats: u64,
    /// Why, where the pool asks for it.
    pub reason: Option<AllocationReason>,
    /// On what it rests.
    pub basis: Basis,
}
