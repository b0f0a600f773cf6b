//! Determination (核定) and pools (统筹池).

use std::collections::{BTreeMap, BTreeSet};

use quanheng_policy::profile::Policy;
use quanheng_policy::{CategoryId, QuotaClassId, SetId, UnitId};

use super::{counted, forced, invalid};
use crate::account::{Account, Forced, Owner, SetSeats};
use crate::command::{Determine, Facts, UnitOwner};
use crate::entitlement::{self, Entitlement};
use crate::event::{Basis, Determination, DeterminedSet, Event};
use crate::id::OwnerId;
use crate::pool::{Member, Pool, PoolKind};
use crate::refusal::{Refusal, Refused};

pub(super) fn create_pool(
    state: Option<&Account>,
    owner: Owner,
    category: CategoryId,
    basis: Basis,
) -> Result<Vec<Event>, Refused> {
    if let Some(account) = state {
        return Err(Refusal::Exists { what: account.key().to_string() }.into());
    }
    check_members(&owner)?;
    if let Owner::Pool { earmarks, .. } = &owner
        && earmarks.iter().any(|earmark| earmark.seats == 0)
    {
        return Err(invalid("earmarks", "应大于 0"));
    }
    Ok(vec![Event::PoolCreated { owner, category, basis }])
}

/// No member is above the pool (I7), and none is twice in it.
fn check_members(owner: &Owner) -> Result<(), Refused> {
    counted("members", owner.members())?;
    let mut seen = BTreeSet::new();
    for member in owner.members() {
        if member.tier < owner.tier() {
            return Err(Refusal::UpwardUse { unit: member.unit.clone() }.into());
        }
        if !seen.insert(&member.unit) {
            return Err(invalid("members", &format!("{} 重复", member.unit)));
        }
    }
    match owner {
        Owner::Pool { head: Some(head), .. } if !seen.contains(head) => {
            Err(invalid("head", "牵头单位应为成员"))
        }
        _ => Ok(()),
    }
}

pub(super) fn redefine_pool(
    account: &Account,
    members: Vec<Member>,
    basis: Basis,
) -> Result<Vec<Event>, Refused> {
    let Owner::Pool { members: known, .. } = &account.owner else {
        return Err(Refusal::WrongState { what: "单位账户没有统筹成员".to_owned() }.into());
    };
    let mut owner = account.owner.clone();
    if let Owner::Pool { members: new, .. } = &mut owner {
        new.clone_from(&members);
    }
    check_members(&owner)?;
    let stays: BTreeSet<&UnitId> = members.iter().map(|member| &member.unit).collect();
    let gone = known.iter().map(|member| &member.unit).filter(|unit| !stays.contains(unit));
    let refusals = gone.filter(|unit| takes_part(account, unit)).map(|unit| {
        let what = format!("{unit} 在池中尚有任职、预审或调拨,不能移出");
        Refusal::WrongState { what }
    });
    Refused::none_of(refusals.collect())?;
    Ok(vec![Event::PoolRedefined { members, basis }])
}

fn takes_part(account: &Account, unit: &UnitId) -> bool {
    let counts = account.counts.get(unit);
    counts.is_some_and(|ranks| ranks.values().any(|count| count.occupied > 0))
        || account.open_holds().any(|(_, hold)| hold.unit == *unit)
        || account.transfers.values().any(|t| t.peer.owner == OwnerId::Unit(unit.clone()))
}

pub(super) fn unit(
    state: Option<&Account>,
    owner: UnitOwner,
    category: CategoryId,
    determine: Determine,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    if let Some(account) = state {
        return Err(Refusal::Exists { what: account.key().to_string() }.into());
    }
    let UnitOwner { unit, tier, referenced } = owner;
    let owner = Owner::Unit { unit, tier, referenced };
    let determination = determination(&owner, &category, determine, facts.policy)?;
    Ok(vec![Event::QuotaDetermined { owner, category, determination }])
}

pub(super) fn again(
    account: &Account,
    determine: Determine,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let basis = determine.basis.clone();
    let determination = determination(&account.owner, &account.category, determine, facts.policy)?;
    // What was moved along a set's path goes back along it, so the path has to stay.
    let stays = |seats: &&SetSeats| {
        determination.sets.iter().any(|set| set.set == seats.set && set.of == seats.of)
    };
    let in_use = account.sets.iter().filter(|seats| !stays(seats) && has_moved(seats));
    let in_use = in_use.map(|seats| Refusal::SetInUse { set: seats.set.clone() });
    Refused::none_of(in_use.collect())?;
    let event = if account.policy.is_none() {
        let (owner, category) = (account.owner.clone(), account.category.clone());
        Event::QuotaDetermined { owner, category, determination }
    } else {
        Event::QuotaRedetermined { determination }
    };
    Ok(forced(account, vec![event], Forced::LowerDetermination, &basis))
}

fn has_moved(seats: &SetSeats) -> bool {
    let SetSeats { allocated_out, allocated_in, lent_out, borrowed_in, reserved, .. } = seats;
    [allocated_out, allocated_in, lent_out, borrowed_in, reserved].into_iter().any(|n| *n > 0)
}

/// What the ratios give the owner, less what the decision withholds.
fn determination(
    owner: &Owner,
    category: &CategoryId,
    determine: Determine,
    policy: &Policy,
) -> Result<Determination, Refused> {
    let Determine { class, base, fewer, basis } = determine;
    let table = policy.ratio_table(category, &class)?;
    let (rules, _) = entitlement::rounding_rules(policy)?;
    let (base, entitlement, ceilings) = match owner {
        Owner::Unit { .. } => (base, Entitlement::compute(&table.value, base, rules), vec![]),
        Owner::Pool { members, kind, .. } => {
            let pool = Pool::new(members, &class);
            let mut entitlement = pool.by_sum_of_base(&table.value, rules);
            let mut ceilings = vec![];
            match kind {
                PoolKind::Common => {
                    one_class(members, &class)?;
                    ceilings = pool.ceilings(&table.value, rules);
                }
                PoolKind::Separate => {
                    let usable = *policy.pool_by_sum_of_base()?.value;
                    let left = pool.remainder(&table.value, rules);
                    for line in &mut entitlement.lines {
                        let left = left.get(&line.set).copied().unwrap_or(0);
                        line.cap = if usable { left } else { 0 };
                    }
                }
            }
            (pool.base(), entitlement, ceilings)
        }
    };
    let sets = determined_sets(&entitlement, &fewer)?;
    let policy = policy.hash().iter().map(|byte| format!("{byte:02x}")).collect();
    let uncapped = entitlement.uncapped;
    Ok(Determination { class, base, sets, uncapped, ceilings, policy, basis })
}

/// Who uses a common pool has contributed to it: seats of one class are not another's.
fn one_class(members: &[Member], class: &QuotaClassId) -> Result<(), Refused> {
    match members.iter().find(|member| member.class != *class) {
        None => Ok(()),
        Some(member) => {
            Err(invalid("class", &format!("统筹核定的成员应属同一比例类别:{}", member.unit)))
        }
    }
}

fn determined_sets(
    entitlement: &Entitlement,
    fewer: &BTreeMap<SetId, u64>,
) -> Result<Vec<DeterminedSet>, Refused> {
    let mut refusals = Vec::new();
    let unknown = fewer.keys().filter(|set| entitlement.cap(set).is_none());
    refusals.extend(unknown.map(|set| Refusal::NotFound { what: set.to_string() }));
    let sets = entitlement.lines.iter().map(|line| {
        let asked = fewer.get(&line.set).copied().unwrap_or(line.cap);
        if asked > line.cap {
            let (set, name, entitled) = (line.set.clone(), line.name.clone(), line.cap);
            refusals.push(Refusal::ExceedsEntitlement { set, name, asked, entitled });
        }
        DeterminedSet {
            set: line.set.clone(),
            name: line.name.clone(),
            ranks: line.ranks.clone(),
            of: line.of.clone(),
            entitled: line.cap,
            seats: asked,
        }
    });
    let sets = sets.collect();
    Refused::none_of(refusals)?;
    Ok(sets)
}
