//! Pools (统筹): members whose seats are used together. A pool's entitlement is taken of
//! the sum of its members' bases, or is the sum of their own entitlements (分别核算、统筹使用);
//! and a pool never defeats a prohibition.
//!
//! For every protected part of the members (those of lower tiers; referenced units), what
//! the *others* use stays within what they themselves earned. So a county pool does not
//! let county departments absorb what townships earned, and a bureau does not reach its
//! referenced unit's seats through a common pool.

use std::collections::BTreeMap;

use quanheng_policy::class::Tier;
use quanheng_policy::profile::RatioTable;
use quanheng_policy::{RankId, SetId};
use serde::Serialize;

use crate::entitlement::{Entitlement, RoundingRules};

/// A member of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The unit.
    pub unit: String,
    /// Its tier: seats never move to a higher one.
    pub tier: Tier,
    /// Whether it is a referenced unit (参照管理单位), whose seats its parent must not use.
    pub referenced: bool,
    /// Its base.
    pub base: u64,
    /// Its holders in the pool, by rank.
    pub holders: BTreeMap<RankId, u64>,
}

/// Why a pool may not be used so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolRefusal {
    /// The pool as a whole has no seat left.
    #[error("INSUFFICIENT_AVAILABLE: 统筹账户 {set} 核定 {cap},使用后为 {used}")]
    Insufficient {
        /// The set.
        set: SetId,
        /// Its seats.
        cap: u64,
        /// How many would be held.
        used: u64,
    },
    /// Members of higher tiers would use what lower ones earned (上级机关占用基层职数).
    #[error(
        "UPWARD_USE_FORBIDDEN: {set} 上级单位自身应得 {earned},使用后为 {used},不得占用基层职数"
    )]
    UpwardUse {
        /// The set.
        set: SetId,
        /// What the higher tiers earned.
        earned: u64,
        /// How many they would hold.
        used: u64,
    },
    /// Other members would use what referenced units earned (机关占用参照管理单位职数).
    #[error(
        "PARENT_OCCUPIES_SUBORDINATE: {set} 机关自身应得 {earned},使用后为 {used},不得占用所属参照管理单位职数"
    )]
    ParentOccupies {
        /// The set.
        set: SetId,
        /// What the others earned.
        earned: u64,
        /// How many they would hold.
        used: u64,
    },
    /// The pool has no such rank.
    #[error("RANK_NOT_SET_UP: 本账户不设 {rank}")]
    RankNotSetUp {
        /// The rank.
        rank: RankId,
    },
}

/// A pool of members of one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pool {
    /// The members.
    pub members: Vec<Member>,
}

impl Pool {
    /// What the pool's members earn together: of the sum of their bases (统筹核定).
    #[must_use]
    pub fn by_sum_of_base(&self, table: &RatioTable, rules: RoundingRules) -> Entitlement {
        let base = self.members.iter().map(|member| member.base).sum();
        Entitlement::compute(table, base, rules)
    }

    /// What they earn each by itself, added up (分别核算).
    #[must_use]
    pub fn by_sum_of_shares(
        &self,
        table: &RatioTable,
        rules: RoundingRules,
    ) -> BTreeMap<SetId, u64> {
        let mut sums = BTreeMap::new();
        for member in &self.members {
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

    fn used(&self, line: &crate::entitlement::Line, which: impl Fn(&Member) -> bool) -> u64 {
        let members = self.members.iter().filter(|member| which(member));
        let held =
            members.flat_map(|member| line.ranks.iter().filter_map(|r| member.holders.get(r)));
        held.sum()
    }

    /// Whether some members may hold one more of a rank, and if not, why. The seats of
    /// the pool are those of the sum of bases.
    ///
    /// # Errors
    /// [`PoolRefusal`], the prohibition before the mere lack of seats.
    ///
    /// # Panics
    /// When `member` is not one of the members.
    pub fn admit(
        &self,
        member: usize,
        rank: &RankId,
        table: &RatioTable,
        rules: RoundingRules,
    ) -> Result<(), PoolRefusal> {
        let mut after = self.clone();
        let asking = &mut after.members[member];
        *asking.holders.entry(rank.clone()).or_default() += 1;
        let (tier, referenced) = (asking.tier, asking.referenced);
        let whole = after.by_sum_of_base(table, rules);
        if !whole.admits(rank) {
            return Err(PoolRefusal::RankNotSetUp { rank: rank.clone() });
        }
        let earned_by = |which: &dyn Fn(&Member) -> bool| {
            let base = after.members.iter().filter(|m| which(m)).map(|m| m.base).sum();
            Entitlement::compute(table, base, rules)
        };
        // Everybody at or above a tier stays within what they earned, for every tier at or
        // below the one that asks and above another member's.
        let below = after.members.iter().map(|other| other.tier).filter(|other| *other > tier);
        for lower in below {
            let others = |m: &Member| m.tier < lower;
            let earned = earned_by(&others);
            for line in earned.over(rank) {
                let used = after.used(line, others);
                if used > line.cap {
                    let (set, earned) = (line.set.clone(), line.cap);
                    return Err(PoolRefusal::UpwardUse { set, earned, used });
                }
            }
        }
        if !referenced && after.members.iter().any(|other| other.referenced) {
            let others = |m: &Member| !m.referenced;
            let earned = earned_by(&others);
            for line in earned.over(rank) {
                let used = after.used(line, others);
                if used > line.cap {
                    let (set, earned) = (line.set.clone(), line.cap);
                    return Err(PoolRefusal::ParentOccupies { set, earned, used });
                }
            }
        }
        for line in whole.over(rank) {
            let used = after.used(line, |_| true);
            if used > line.cap {
                return Err(PoolRefusal::Insufficient {
                    set: line.set.clone(),
                    cap: line.cap,
                    used,
                });
            }
        }
        Ok(())
    }
}
