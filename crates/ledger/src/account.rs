//! An account (职数账户): what it has, what of it is taken, and by whom.
//!
//! For every rank set, and for every set that it is part of:
//!
//! ```text
//! usable    = determined − allocated out + allocated in − lent out + borrowed in
//! charged   = occupied − exempt
//! vacancy   = usable − charged          below zero: over quota
//! available = vacancy − held − reserved
//! ```
//!
//! A seat of a nested set is a seat of its parents too, so whatever moves seats of a set
//! moves them along its whole path.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::class::Tier;
use quanheng_policy::{CategoryId, PersonId, QuotaClassId, RankId, SetId, UnitId};
use serde::{Deserialize, Serialize};

use crate::digestion::DigestionPlan;
use crate::hold::Hold;
use crate::id::{AccountKey, HoldId, OwnerId, PoolId, TransferId};
use crate::pool::{Ceiling, Member, PoolKind};

/// The owner of an account, with what the prohibitions read of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A unit.
    Unit {
        /// The unit.
        unit: UnitId,
        /// Its tier.
        tier: Tier,
        /// Whether it is a referenced unit (参照管理单位).
        referenced: bool,
    },
    /// A pool.
    Pool {
        /// The pool.
        pool: PoolId,
        /// The tier that manages it; no member is above it.
        tier: Tier,
        /// How it comes by its seats.
        kind: PoolKind,
        /// Who is in it.
        members: Vec<Member>,
        /// Of separate accounts: the member that heads the pool. It lends, and never borrows
        /// (资源下沉).
        head: Option<UnitId>,
        /// Whether every allocation names why (巡视员职数统筹使用).
        reasons_required: bool,
        /// Seats kept for the grass roots (乡镇专用): of each set so many, for this tier and
        /// below.
        earmarks: Vec<Earmark>,
    },
}

/// Seats of a pool that only members of a tier and below may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earmark {
    /// The tier.
    pub tier: Tier,
    /// Of which set.
    pub set: SetId,
    /// How many.
    pub seats: u64,
}

impl Owner {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> OwnerId {
        match self {
            Self::Unit { unit, .. } => OwnerId::Unit(unit.clone()),
            Self::Pool { pool, .. } => OwnerId::Pool(pool.clone()),
        }
    }

    /// The tier that its seats come from (职数来源层级).
    #[must_use]
    pub fn tier(&self) -> Tier {
        match self {
            Self::Unit { tier, .. } | Self::Pool { tier, .. } => *tier,
        }
    }

    /// Its members; none if it is a unit.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        match self {
            Self::Unit { .. } => &[],
            Self::Pool { members, .. } => members,
        }
    }
}

/// A rank set of an account, and what was moved in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSeats {
    /// The set.
    pub set: SetId,
    /// Its Chinese name.
    pub name: String,
    /// Its ranks.
    pub ranks: Vec<RankId>,
    /// The set that it is part of.
    pub of: Option<SetId>,
    /// 核定
    pub determined: u64,
    /// 调拨出
    pub allocated_out: u64,
    /// 调拨入
    pub allocated_in: u64,
    /// 借出
    pub lent_out: u64,
    /// 借入
    pub borrowed_in: u64,
    /// 预留
    pub reserved: u64,
}

/// What a set has and what of it is taken (§4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quantities {
    /// 核定
    pub determined: u64,
    /// 调拨出
    pub allocated_out: u64,
    /// 调拨入
    pub allocated_in: u64,
    /// 借出
    pub lent_out: u64,
    /// 借入
    pub borrowed_in: u64,
    /// 预留
    pub reserved: u64,
    /// 预审占用
    pub held: u64,
    /// 使用
    pub occupied: u64,
    /// 不占职数
    pub exempt: u64,
}

impl Quantities {
    /// 可用职数总额. Below zero only after a lower determination.
    #[must_use]
    pub fn usable(&self) -> i64 {
        signed(self.determined) - signed(self.allocated_out) + signed(self.allocated_in)
            - signed(self.lent_out)
            + signed(self.borrowed_in)
    }

    /// What its own seats still are: none that were borrowed.
    #[must_use]
    pub fn own(&self) -> i64 {
        self.usable() - signed(self.borrowed_in)
    }

    /// 占用职数
    #[must_use]
    pub fn charged(&self) -> u64 {
        self.occupied - self.exempt
    }

    /// 空缺. Below zero: over quota (超职数).
    #[must_use]
    pub fn vacancy(&self) -> i64 {
        self.usable() - signed(self.charged())
    }

    /// 可用空缺
    #[must_use]
    pub fn available(&self) -> i64 {
        self.vacancy() - signed(self.held) - signed(self.reserved)
    }

    /// Whether no more is kept than is vacant (I3).
    #[must_use]
    pub fn within(&self) -> bool {
        signed(self.held) + signed(self.reserved) <= self.vacancy().max(0) && self.vacancy() >= 0
    }
}

/// Seats are counted in the thousands; a count that does not fit is held at the bound.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Why a holder does not take a seat (不占职数事由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exemption {
    /// 军转干部首次确定职级
    ExMilitaryFirstPlacement,
    /// 单列管理
    SeparatelyListed,
}

/// How a holder came to the seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Brought in at cut-over (期初).
    Opening,
    /// Through a pre-review.
    Hold(HoldId),
    /// Without taking a seat: an exemption, or a rank without a cap.
    Placed,
    /// 降低职级
    Lowered,
}

/// Who holds what rank in the account (职级任职).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The rank.
    pub rank: RankId,
    /// The unit that holds the person's establishment slot.
    pub unit: UnitId,
    /// Its tier.
    pub tier: Tier,
    /// Why no seat is charged, if none is.
    pub exempt: Option<Exemption>,
    /// Whether a leadership post is held beside it (兼任).
    pub concurrent: bool,
    /// Since when.
    pub since: Date,
    /// How it came about.
    pub origin: Origin,
}

impl Holder {
    /// Whether it takes a seat of a set.
    #[must_use]
    pub fn charges(&self, set: &SetSeats) -> bool {
        self.exempt.is_none() && set.ranks.contains(&self.rank)
    }
}

/// Holders of one rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Count {
    /// All of them.
    pub occupied: u64,
    /// Those who take no seat.
    pub exempt: u64,
}

impl Count {
    /// Those who take a seat.
    #[must_use]
    pub fn charged(self) -> u64 {
        self.occupied - self.exempt
    }
}

/// Why seats went from one account to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// 调拨: a pool gives seats to a member.
    Allocation,
    /// 借用: between accounts of a pool.
    Loan,
}

/// Which way seats went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Out of this account.
    Out,
    /// Into it.
    In,
}

/// Seats that are with another account, as one side of the movement sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Why they went.
    pub kind: TransferKind,
    /// Which way.
    pub direction: Direction,
    /// The other account.
    pub peer: AccountKey,
    /// The set in this account.
    pub set: SetId,
    /// How many are still there.
    pub seats: u64,
}

/// What forced a set beyond its seats (超职数成因). Nothing else may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forced {
    /// 核减
    LowerDetermination,
    /// 降低职级
    RankLowered,
    /// 期初
    OpeningBalance,
    /// 更正: what was written wrongly is put right, whatever the seats say.
    Correction,
}

/// A set that is beyond its seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excess {
    /// What forced it.
    pub cause: Forced,
    /// Since when.
    pub since: Date,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub(crate) version: u64,
    pub(crate) owner: Owner,
    pub(crate) category: CategoryId,
    pub(crate) sets: Vec<SetSeats>,
    pub(crate) uncapped: Vec<RankId>,
    pub(crate) ceilings: Vec<Ceiling>,
    /// Hash of the policy of the last determination; none before the first, and after a
    /// change of members until the next.
    pub(crate) policy: Option<String>,
    /// The class and the base of the last determination.
    pub(crate) class: Option<QuotaClassId>,
    pub(crate) base: u64,
    pub(crate) holders: BTreeMap<PersonId, Holder>,
    pub(crate) counts: BTreeMap<UnitId, BTreeMap<RankId, Count>>,
    pub(crate) totals: BTreeMap<RankId, Count>,
    pub(crate) holds: BTreeMap<HoldId, Hold>,
    /// Holds with a move that is held or waits.
    pub(crate) open: BTreeSet<HoldId>,
    /// Holds with a use that is not filed.
    pub(crate) unfiled: BTreeSet<HoldId>,
    pub(crate) transfers: BTreeMap<TransferId, Transfer>,
    pub(crate) excesses: BTreeMap<SetId, Excess>,
    pub(crate) plan: Option<DigestionPlan>,
    /// Whether anything but opening balances was entered (已启用).
    pub(crate) in_use: bool,
    /// Entries that were reversed, by the version at which they stand.
    pub(crate) reversed: BTreeSet<u64>,
}

impl Account {
    pub(crate) fn new(owner: Owner, category: CategoryId) -> Self {
        Self {
            version: 0,
            owner,
            category,
            sets: Vec::new(),
            uncapped: Vec::new(),
            ceilings: Vec::new(),
            policy: None,
            class: None,
            base: 0,
            holders: BTreeMap::new(),
            counts: BTreeMap::new(),
            totals: BTreeMap::new(),
            holds: BTreeMap::new(),
            open: BTreeSet::new(),
            unfiled: BTreeSet::new(),
            transfers: BTreeMap::new(),
            excesses: BTreeMap::new(),
            plan: None,
            in_use: false,
            reversed: BTreeSet::new(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn key(&self) -> AccountKey {
        AccountKey { owner: self.owner.id(), category: self.category.clone() }
    }

    /// How many events it has seen.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The sets, each after the one that it is part of.
    #[must_use]
    pub fn sets(&self) -> &[SetSeats] {
        &self.sets
    }

    /// Hash of the policy under which its seats were determined.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// The class whose ratios the last determination took (比例类别).
    #[must_use]
    pub fn class(&self) -> Option<&QuotaClassId> {
        self.class.as_ref()
    }

    /// The base that the last determination took (核定基数).
    #[must_use]
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Ranks that may be held without a cap.
    #[must_use]
    pub fn uncapped(&self) -> &[RankId] {
        &self.uncapped
    }

    /// The position category.
    #[must_use]
    pub fn category(&self) -> &CategoryId {
        &self.category
    }

    /// Who holds what.
    #[must_use]
    pub fn holders(&self) -> &BTreeMap<PersonId, Holder> {
        &self.holders
    }

    /// A hold, open or not.
    #[must_use]
    pub fn hold(&self, id: &HoldId) -> Option<&Hold> {
        self.holds.get(id)
    }

    /// Holds with a move that is held or waits.
    pub fn open_holds(&self) -> impl Iterator<Item = (&HoldId, &Hold)> {
        self.open.iter().filter_map(|id| Some((id, self.holds.get(id)?)))
    }

    /// Holds with a use that is not filed.
    pub fn unfiled_holds(&self) -> impl Iterator<Item = (&HoldId, &Hold)> {
        self.unfiled.iter().filter_map(|id| Some((id, self.holds.get(id)?)))
    }

    /// Seats that are with another account, or come from one.
    #[must_use]
    pub fn transfers(&self) -> &BTreeMap<TransferId, Transfer> {
        &self.transfers
    }

    /// Sets beyond their seats, and what forced them there.
    #[must_use]
    pub fn excesses(&self) -> &BTreeMap<SetId, Excess> {
        &self.excesses
    }

    /// How the excess is to be digested.
    #[must_use]
    pub fn plan(&self) -> Option<&DigestionPlan> {
        self.plan.as_ref()
    }

    /// How many hold a rank in it, exempt or not.
    #[must_use]
    pub fn holders_count(&self) -> u64 {
        self.totals.values().map(|count| count.occupied).sum()
    }

    /// The account without the holders that some events are not about, and without holds
    /// that are done: small enough to be copied for every command. After these events its
    /// quantities are those that the account will have.
    #[must_use]
    pub fn outline(&self, events: &[crate::event::Event]) -> Self {
        let concerned = crate::event::persons(events);
        let holders = concerned
            .iter()
            .filter_map(|person| Some(((*person).clone(), self.holders.get(*person)?.clone())));
        let live = self.open.iter().chain(&self.unfiled);
        let named = events.iter().filter_map(crate::event::Event::hold);
        let holds =
            live.chain(named).filter_map(|id| Some((id.clone(), self.holds.get(id)?.clone())));
        Self {
            version: self.version,
            owner: self.owner.clone(),
            category: self.category.clone(),
            sets: self.sets.clone(),
            uncapped: self.uncapped.clone(),
            ceilings: self.ceilings.clone(),
            policy: self.policy.clone(),
            class: self.class.clone(),
            base: self.base,
            holders: holders.collect(),
            counts: self.counts.clone(),
            totals: self.totals.clone(),
            holds: holds.collect(),
            open: self.open.clone(),
            unfiled: self.unfiled.clone(),
            transfers: self.transfers.clone(),
            excesses: self.excesses.clone(),
            plan: self.plan.clone(),
            in_use: self.in_use,
            reversed: self.reversed.clone(),
        }
    }

    /// Whether a rank may be held in it at all (职级设置规格).
    #[must_use]
    pub fn admits(&self, rank: &RankId) -> bool {
        self.uncapped.contains(rank) || self.sets.iter().any(|set| set.ranks.contains(rank))
    }

    pub(crate) fn index(&self, set: &SetId) -> Option<usize> {
        self.sets.iter().position(|seats| seats.set == *set)
    }

    /// A set and all that it is part of, from itself outwards.
    pub(crate) fn path(&self, set: &SetId) -> Vec<usize> {
        let mut path: Vec<usize> = Vec::new();
        let mut next = Some(set);
        while let Some(index) = next.and_then(|set| self.index(set)) {
            path.push(index);
            next = self.sets[index].of.as_ref();
        }
        path
    }

    /// How many seats of a set open holds keep.
    fn held(&self, set: &SetId) -> u64 {
        self.open_holds().map(|(_, hold)| hold.seats(set)).sum()
    }

    /// What a set has and what of it is taken.
    #[must_use]
    pub fn quantities(&self, set: &SetId) -> Option<Quantities> {
        let seats = &self.sets[self.index(set)?];
        let mut counts = Count::default();
        for count in seats.ranks.iter().filter_map(|rank| self.totals.get(rank)) {
            counts.occupied += count.occupied;
            counts.exempt += count.exempt;
        }
        Some(Quantities {
            determined: seats.determined,
            allocated_out: seats.allocated_out,
            allocated_in: seats.allocated_in,
            lent_out: seats.lent_out,
            borrowed_in: seats.borrowed_in,
            reserved: seats.reserved,
            held: self.held(set),
            occupied: counts.occupied,
            exempt: counts.exempt,
        })
    }

    /// What some members of a pool take of a set: their holders, their holds, and what was
    /// allocated to them.
    pub(crate) fn taken_by(&self, units: &BTreeSet<UnitId>, set: &SetSeats) -> u64 {
        let charged: u64 = units
            .iter()
            .filter_map(|unit| self.counts.get(unit))
            .flat_map(|ranks| set.ranks.iter().filter_map(|rank| ranks.get(rank)))
            .map(|count| count.charged())
            .sum();
        let of_units = |hold: &&Hold| units.contains(&hold.unit);
        let held: u64 = self
            .open_holds()
            .map(|(_, hold)| hold)
            .filter(of_units)
            .map(|h| h.seats(&set.set))
            .sum();
        let allocated = self.transfers.values().filter(|transfer| {
            let to = matches!(&transfer.peer.owner, OwnerId::Unit(unit) if units.contains(unit));
            to && self.is_within(&transfer.set, &set.set)
        });
        charged + held + allocated.map(|transfer| transfer.seats).sum::<u64>()
    }

    /// Whether a set is another, or part of it.
    pub(crate) fn is_within(&self, set: &SetId, whole: &SetId) -> bool {
        self.path(set).iter().any(|index| self.sets[*index].set == *whole)
    }
}
