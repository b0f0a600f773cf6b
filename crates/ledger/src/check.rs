//! What is true of every state of an account, each named. It is checked after every event
//! in the tests, and by operators who doubt.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_policy::{RankId, SetId, UnitId};

use crate::account::{Account, Count};
use crate::hold::{Cover, Hold, Status};
use crate::id::{CaseId, HoldId};

/// What is wrong with a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// Counters differ from the holders counted anew.
    CountsDiffer,
    /// Exempt holders are more than all holders.
    MoreExemptThanOccupied(RankId),
    /// More is kept than is vacant, and no named exception put it there (I3).
    BeyondWithoutCause(SetId),
    /// A set is marked though it is within its seats.
    MarkedWithin(SetId),
    /// A hold belongs to a case that is not open.
    CaseNotOpen(HoldId),
    /// The lists of open and unfiled holds are not the holds that are so.
    HoldMisfiled(HoldId),
    /// A held move does not say where the seat of each set that it enters comes from, or
    /// one that is not held does.
    CoversDiffer(HoldId, usize),
    /// A move depends on one that leaves no seat there, or that another depends on too.
    DependsOnNothing(HoldId, usize),
    /// A set's parts or place in the tree are broken.
    TreeBroken(SetId),
}

/// Everything that is wrong with a state. `open_cases`: the cases that are open, where the
/// caller knows them.
#[must_use]
pub fn violations(account: &Account, open_cases: Option<&BTreeSet<CaseId>>) -> Vec<Violation> {
    let mut found = Vec::new();
    counts(account, &mut found);
    sets(account, &mut found);
    for (id, hold) in &account.holds {
        let open = account.open.contains(id);
        let unfiled = account.unfiled.contains(id);
        if open != hold.is_open() || unfiled != hold.unfiled().next().is_some() {
            found.push(Violation::HoldMisfiled(id.clone()));
        }
        if open && open_cases.is_some_and(|cases| !cases.contains(&hold.case)) {
            found.push(Violation::CaseNotOpen(id.clone()));
        }
        covers(account, id, hold, &mut found);
    }
    found
}

fn counts(account: &Account, found: &mut Vec<Violation>) {
    let mut totals: BTreeMap<RankId, Count> = BTreeMap::new();
    let mut units: BTreeMap<(UnitId, RankId), Count> = BTreeMap::new();
    for holder in account.holders.values() {
        let of_unit = units.entry((holder.unit.clone(), holder.rank.clone())).or_default();
        let total = totals.entry(holder.rank.clone()).or_default();
        for count in [of_unit, total] {
            count.occupied += 1;
            count.exempt += u64::from(holder.exempt.is_some());
        }
    }
    let some = |count: &Count| *count != Count::default();
    let kept = account.totals.iter().filter(|(_, count)| some(count));
    let kept_units = account.counts.iter().flat_map(|(unit, ranks)| {
        ranks.iter().map(|(rank, count)| ((unit.clone(), rank.clone()), *count))
    });
    let kept_units = kept_units.filter(|(_, count)| some(count));
    if !kept.eq(totals.iter()) || !kept_units.eq(units) {
        found.push(Violation::CountsDiffer);
    }
    let more = account.totals.iter().filter(|(_, count)| count.exempt > count.occupied);
    found.extend(more.map(|(rank, _)| Violation::MoreExemptThanOccupied(rank.clone())));
}

fn sets(account: &Account, found: &mut Vec<Violation>) {
    for (index, seats) in account.sets.iter().enumerate() {
        let set = seats.set.clone();
        if let Some(of) = &seats.of {
            let parent = account.sets[..index].iter().find(|parent| parent.set == *of);
            let inside = |rank: &RankId| parent.is_some_and(|p| p.ranks.contains(rank));
            if !seats.ranks.iter().all(inside) {
                found.push(Violation::TreeBroken(set.clone()));
            }
        }
        let within = account.quantities(&set).unwrap_or_default().within();
        match (within, account.excesses.contains_key(&set)) {
            (false, false) => found.push(Violation::BeyondWithoutCause(set)),
            (true, true) => found.push(Violation::MarkedWithin(set)),
            _ => {}
        }
    }
}

fn covers(account: &Account, id: &HoldId, hold: &Hold, found: &mut Vec<Violation>) {
    let mut relied_on = BTreeSet::new();
    for (index, m) in hold.moves.iter().enumerate() {
        let held = m.status == Status::Held;
        let entered = account.sets.iter().filter(|set| held && m.request.enters(set));
        let entered: BTreeSet<_> = entered.map(|set| &set.set).collect();
        if !entered.iter().copied().eq(m.covers.keys()) {
            found.push(Violation::CoversDiffer(id.clone(), index));
        }
        for (set, cover) in &m.covers {
            let Cover::After(on) = cover else { continue };
            let seats = account.sets.iter().find(|seats| seats.set == *set);
            let leaves = hold.moves.get(*on).is_some_and(|other| {
                other.status == Status::Held && seats.is_some_and(|s| other.request.exits(s))
            });
            if !leaves || !relied_on.insert((set, on)) {
                found.push(Violation::DependsOnNothing(id.clone(), index));
            }
        }
    }
}
