//! Pools (统筹): members whose seats are used together. A pool's entitlement is taken of
//! the sum of its members' bases, or is the sum of their own entitlements (分别核算、统筹使用);
//! and a pool never defeats a prohibition.
//!
//! For every protected part of the members (those of lower tiers; referenced units), what
//! the *others* use stays within what they themselves earned: a [`Ceiling`]. So a county
//! pool does not let county departments absorb what townships earned, and a bureau does
//! not reach its referenced unit's seats through a common pool.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_policy::class::Tier;
use quanheng_policy::profile::RatioTable;
use quanheng_policy::{QuotaClassId, SetId, UnitId};
use serde::{Deserialize, Serialize};

use crate::entitlement::{Entitlement, RoundingRules};

/// A member of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The unit.
    pub unit: UnitId,
    /// Its tier: seats never move to a higher one.
    pub tier: Tier,
    /// Whether it is a referenced unit (参照管理单位), whose seats its parent must not use.
    pub referenced: bool,
    /// The class whose ratios it takes.
    pub class: QuotaClassId,
    /// Its base.
    pub base: u64,
}

/// How a pool comes by its seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolKind {
    /// 统筹核定: the ratios are taken of the sum of the members' bases; the pool's seats are
    /// used directly, or allocated to members by decision.
    Common,
    /// 分别核算、统筹使用: every member has an account of its own and they lend to each other;
    /// the pool itself has at most what rounding left over.
    Separate,
}

/// Which members a ceiling protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protects {
    /// Those of this tier and below (上级机关不得占用基层职数).
    TiersFrom(Tier),
    /// Referenced units (机关不得占用所属参照管理单位职数).
    ReferencedUnits,
}

/// What those whom it does not protect may use together at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceiling {
    /// Whom it protects.
    pub protects: Protects,
    /// The other members.
    pub others: BTreeSet<UnitId>,
    /// What they earned themselves.
    pub earned: BTreeMap<SetId, u64>,
}

/// The members of a pool that take one class.
#[derive(Debug, Clone, Copy)]
pub struct Pool<'a> {
    members: &'a [Member],
    class: &'a QuotaClassId,
}

impl<'a> Pool<'a> {
    /// Of a pool's members, those of one class.
    #[must_use]
    pub fn new(members: &'a [Member], class: &'a QuotaClassId) -> Self {
        Self { members, class }
    }

    fn members(&self) -> impl Iterator<Item = &'a Member> {
        self.members.iter().filter(|member| member.class == *self.class)
    }

    /// The sum of the members' bases.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.members().map(|member| member.base).sum()
    }

    /// What the members earn together: of the sum of their bases (统筹核定).
    #[must_use]
    pub fn by_sum_of_base(&self, table: &RatioTable, rules: RoundingRules) -> Entitlement {
        Entitlement::compute(table, self.base(), rules)
    }

    /// What they earn each by itself, added up (分别核算).
    #[must_use]
    pub fn by_sum_of_shares(
        &self,
        table: &RatioTable,
        rules: RoundingRules,
    ) -> BTreeMap<SetId, u64> {
        let mut sums = BTreeMap::new();
        for member in self.members() {
            for line in Entitlement::compute(table, member.base, rules).lines {
                *sums.entry(line.set).or_default() += line.cap;
            }
        }
        sums
    }

    /// What rounding each member's share leaves over (剩余职数): usable by a decision on the
    /// pool alone, and only where the profile says so.
    #[must_use]
    pub fn remainder(&self, table: &RatioTable, rules: RoundingRules) -> BTreeMap<SetId, u64> {
        let shares = self.by_sum_of_shares(table, rules);
        let together = self.by_sum_of_base(table, rules);
        let left = |line: &crate::entitlement::Line| {
            let shares = shares.get(&line.set).copied().unwrap_or(0);
            (line.set.clone(), line.cap.saturating_sub(shares))
        };
        together.lines.iter().map(left).collect()
    }

    /// What each part of the members may use at most, so that no protected part loses
    /// what it earned (4.4-5).
    #[must_use]
    pub fn ceilings(&self, table: &RatioTable, rules: RoundingRules) -> Vec<Ceiling> {
        let ceiling = |protects, is_other: &dyn Fn(&Member) -> bool| {
            let others: Vec<_> = self.members().filter(|member| is_other(member)).collect();
            let base = others.iter().map(|member| member.base).sum();
            let earned = Entitlement::compute(table, base, rules).lines;
            Ceiling {
                protects,
                others: others.iter().map(|member| member.unit.clone()).collect(),
                earned: earned.into_iter().map(|line| (line.set, line.cap)).collect(),
            }
        };
        let tiers: BTreeSet<Tier> = self.members().map(|member| member.tier).collect();
        let lower = tiers.into_iter().skip(1);
        let mut ceilings: Vec<_> = lower
            .map(|tier| ceiling(Protects::TiersFrom(tier), &|member| member.tier < tier))
            .collect();
        let referenced = self.members().filter(|member| member.referenced).count();
        if (1..self.members().count()).contains(&referenced) {
            ceilings.push(ceiling(Protects::ReferencedUnits, &|member| !member.referenced));
        }
        ceilings
    }
}
