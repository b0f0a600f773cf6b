//! Seats that go from one account to another: allocations (调拨) of a pool to its members,
//! and loans (借用) between accounts of a pool. Never upward, never from a referenced unit to
//! its parent, and never seats that were borrowed.

use quanheng_policy::SetId;

use super::reserve::known;
use super::{determined, invalid, positive};
use crate::account::{Account, Direction, Owner, SetSeats, Transfer, TransferKind, signed};
use crate::command::TransferRequest;
use crate::event::{Basis, Event};
use crate::hold::{MoveRequest, above_ceiling, judge, lacking};
use crate::id::{OwnerId, TransferId};
use crate::pool::{Member, PoolKind};
use crate::refusal::{Refusal, Refused};

/// Both sides of a movement: the events of the account that gives, and of the one that
/// gets. They are committed together.
pub type Sides = (Vec<Event>, Vec<Event>);

/// Moves seats from one account to another. A loan names the pool that both are in.
///
/// # Errors
/// `UPWARD_USE_FORBIDDEN`, `PARENT_OCCUPIES_SUBORDINATE`, `INSUFFICIENT_AVAILABLE`,
/// `NOT_OWN_SEATS`, `REASON_REQUIRED`, and what is wrong with the request.
pub fn transfer(
    giver: &Account,
    taker: &Account,
    pool: Option<&Account>,
    request: TransferRequest,
) -> Result<Sides, Refused> {
    positive("seats", request.seats)?;
    determined(giver)?;
    known(giver, &request.from)?;
    known(taker, &request.to)?;
    if giver.key() == taker.key() || giver.category != taker.category {
        return Err(invalid("to", "应为同一职位类别的另一账户"));
    }
    if [giver, taker].iter().any(|side| side.transfers.contains_key(&request.transfer)) {
        return Err(Refusal::Exists { what: request.transfer.to_string() }.into());
    }
    fits(giver, &request.from, taker, &request.to)?;
    allowed(giver, taker, request.kind)?;
    if request.kind == TransferKind::Loan {
        share_pool(giver, taker, pool)?;
    }
    let mut refusals = Vec::new();
    if request.kind == TransferKind::Allocation
        && request.reason.is_none()
        && matches!(giver.owner, Owner::Pool { reasons_required: true, .. })
    {
        refusals.push(Refusal::ReasonRequired);
    }
    for index in giver.path(&request.from) {
        let set = &giver.sets[index];
        refusals.extend(lacking(giver, set, signed(request.seats)));
        refusals.extend(not_own(giver, set, request.seats));
        if let OwnerId::Unit(unit) = taker.owner.id() {
            refusals.extend(above_ceiling(giver, &unit, set, request.seats));
        }
    }
    Refused::none_of(refusals)?;
    Ok(sides(giver, taker, request))
}

/// A seat of a set serves any of its ranks, so what it becomes may hold no others.
fn fits(giver: &Account, from: &SetId, taker: &Account, to: &SetId) -> Result<(), Refused> {
    let ranks = |account: &Account, set: &SetId| {
        account.index(set).map(|index| account.sets[index].ranks.clone()).unwrap_or_default()
    };
    let from = ranks(giver, from);
    if ranks(taker, to).iter().all(|rank| from.contains(rank)) {
        return Ok(());
    }
    Err(invalid("to", "转入的职级组应包含于转出的职级组"))
}

/// Who may give to whom.
fn allowed(giver: &Account, taker: &Account, kind: TransferKind) -> Result<(), Refused> {
    let taker_id = taker.owner.id();
    if let (OwnerId::Unit(unit), true) = (&taker_id, taker.owner.tier() < giver.owner.tier()) {
        return Err(Refusal::UpwardUse { unit: unit.clone() }.into());
    }
    let is_member =
        |member: &Member| matches!(&taker_id, OwnerId::Unit(unit) if member.unit == *unit);
    match (kind, &giver.owner, &taker.owner) {
        (TransferKind::Allocation, Owner::Pool { members, .. }, Owner::Unit { unit, .. }) => {
            match members.iter().any(is_member) {
                true => Ok(()),
                false => Err(Refusal::NotOfAccount { unit: unit.clone() }.into()),
            }
        }
        (TransferKind::Allocation, ..) => Err(invalid("kind", "调拨由统筹池至成员单位")),
        (
            TransferKind::Loan,
            Owner::Unit { referenced: true, .. },
            Owner::Unit { referenced: false, unit, .. },
        ) => Err(Refusal::ParentOccupies { unit: unit.clone() }.into()),
        (TransferKind::Loan, Owner::Unit { .. }, Owner::Unit { .. }) => Ok(()),
        (TransferKind::Loan, ..) => Err(invalid("kind", "借用在单位账户之间")),
    }
}

/// Loans stay inside a pool of separate accounts (分别核算、统筹使用).
fn share_pool(giver: &Account, taker: &Account, pool: Option<&Account>) -> Result<(), Refused> {
    let Some(Owner::Pool { kind: PoolKind::Separate, members, head, .. }) =
        pool.map(|pool| &pool.owner)
    else {
        return Err(invalid("pool", "借用须写明双方所在的分别核算统筹池"));
    };
    if let (OwnerId::Unit(unit), Some(head)) = (taker.owner.id(), head)
        && unit == *head
    {
        return Err(Refusal::UpwardUse { unit }.into());
    }
    for side in [giver, taker] {
        if let OwnerId::Unit(unit) = side.owner.id()
            && !members.iter().any(|member| member.unit == unit)
        {
            return Err(Refusal::NotOfAccount { unit }.into());
        }
    }
    Ok(())
}

/// Borrowed seats are not lent on: they would hide where seats come from.
fn not_own(giver: &Account, set: &SetSeats, wanted: u64) -> Option<Refusal> {
    let own = giver.quantities(&set.set).unwrap_or_default().own();
    (own < signed(wanted)).then(|| Refusal::NotOwnSeats {
        set: set.set.clone(),
        name: set.name.clone(),
        own,
        wanted,
    })
}

fn sides(giver: &Account, taker: &Account, request: TransferRequest) -> Sides {
    let TransferRequest { transfer, kind, from, to, seats, reason, basis } = request;
    let event = |direction, peer: &Account, set: SetId| {
        let side = Transfer { kind, direction, peer: peer.key(), set, seats };
        let (transfer, basis) = (transfer.clone(), basis.clone());
        match kind {
            TransferKind::Allocation => Event::SeatsAllocated { transfer, side, reason, basis },
            TransferKind::Loan => Event::SeatsLent { transfer, side, basis },
        }
    };
    (vec![event(Direction::Out, taker, from)], vec![event(Direction::In, giver, to)])
}

/// Gives seats of an allocation or a loan back (归还、收回), whole or part.
///
/// # Errors
/// `INSUFFICIENT_AVAILABLE` if the one that has them uses them; `MORE_THAN_OUTSTANDING`.
pub fn give_back(
    giver: &Account,
    taker: &Account,
    transfer: &TransferId,
    seats: u64,
    basis: &Basis,
) -> Result<Sides, Refused> {
    positive("seats", seats)?;
    let side = |account: &Account, direction| {
        let side = account.transfers.get(transfer).filter(|side| side.direction == direction);
        side.cloned().ok_or_else(|| Refusal::NotFound { what: transfer.to_string() })
    };
    let (out, into) = (side(giver, Direction::Out)?, side(taker, Direction::In)?);
    if out.peer != taker.key() || into.peer != giver.key() {
        return Err(Refusal::NotFound { what: transfer.to_string() }.into());
    }
    if seats > into.seats {
        let (transfer, outstanding) = (transfer.clone(), into.seats);
        return Err(Refusal::MoreThanOutstanding { transfer, outstanding, asked: seats }.into());
    }
    let path = taker.path(&into.set).into_iter().map(|index| &taker.sets[index]);
    Refused::none_of(path.filter_map(|set| lacking(taker, set, signed(seats))).collect())?;
    let event = || Event::SeatsReturned { transfer: transfer.clone(), seats, basis: basis.clone() };
    Ok((vec![event()], vec![event()]))
}

/// A loan that a member of a pool needs (统筹使用).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// Which of the lenders.
    pub lender: usize,
    /// Of which set, in both accounts.
    pub set: SetId,
    /// How many seats.
    pub seats: u64,
}

/// Which loans would let a batch pass in an account of a 分别核算 pool: for every set that
/// lacks seats, from the first lenders that may give and have them. None if nothing is
/// lacking but seats cannot be found; empty if nothing is lacking.
#[must_use]
pub fn cover_shortfall(
    account: &Account,
    lenders: &[&Account],
    unit: &quanheng_policy::UnitId,
    moves: &[MoveRequest],
) -> Option<Vec<Shortfall>> {
    let refusals = match judge(account, unit, moves) {
        Ok(_) => return Some(vec![]),
        Err(refusals) => refusals,
    };
    let mut lacks = Vec::new();
    for refusal in refusals {
        match refusal {
            Refusal::InsufficientAvailable { set, available, wanted, .. } => {
                lacks.push((set, (wanted - available.max(0)).unsigned_abs(), available));
            }
            _ => return None,
        }
    }
    // A seat of a part is a seat of the whole: what is lent to a part fills its parents.
    lacks.sort_by_key(|(set, ..)| std::cmp::Reverse(account.path(set).len()));
    let mut loans: Vec<Shortfall> = Vec::new();
    for (set, mut lack, available) in lacks {
        if available < 0 {
            return None;
        }
        let filled: u64 =
            loans.iter().filter(|l| account.is_within(&l.set, &set)).map(|l| l.seats).sum();
        lack = lack.saturating_sub(filled);
        for (index, lender) in lenders.iter().enumerate() {
            if lack == 0 || allowed(lender, account, TransferKind::Loan).is_err() {
                continue;
            }
            let seats = spare(lender, &set, &loans, index).min(lack);
            if seats > 0 && fits(lender, &set, account, &set).is_ok() {
                loans.push(Shortfall { lender: index, set: set.clone(), seats });
                lack -= seats;
            }
        }
        if lack > 0 {
            return None;
        }
    }
    Some(loans)
}

/// How many seats of a set a lender can give, beside what it already gives.
fn spare(lender: &Account, set: &SetId, loans: &[Shortfall], index: usize) -> u64 {
    let path = lender.path(set).into_iter().map(|at| {
        let found = lender.quantities(&lender.sets[at].set).unwrap_or_default();
        let given = loans.iter().filter(|loan| loan.lender == index);
        let given = given.filter(|loan| lender.is_within(&loan.set, &lender.sets[at].set));
        let given = signed(given.map(|loan| loan.seats).sum());
        found.available().min(found.own()) - given
    });
    path.min().unwrap_or(0).max(0).unsigned_abs()
}
