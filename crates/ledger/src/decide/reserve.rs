//! Reserves (预留空缺职数): seats kept empty until the authority releases them.

use quanheng_policy::SetId;

use super::{given, positive};
use crate::account::{Account, signed};
use crate::event::{Basis, Event};
use crate::hold::lacking;
use crate::refusal::{Refusal, Refused};

pub(super) fn set(
    account: &Account,
    set: SetId,
    seats: u64,
    reason: String,
    basis: Basis,
) -> Result<Vec<Event>, Refused> {
    positive("seats", seats)?;
    given("reason", &reason)?;
    known(account, &set)?;
    let path = account.path(&set).into_iter().map(|index| &account.sets[index]);
    Refused::none_of(path.filter_map(|set| lacking(account, set, signed(seats))).collect())?;
    Ok(vec![Event::ReserveSet { set, seats, reason, basis }])
}

pub(super) fn release(
    account: &Account,
    set: SetId,
    seats: u64,
    reason: String,
    basis: Basis,
) -> Result<Vec<Event>, Refused> {
    positive("seats", seats)?;
    given("reason", &reason)?;
    known(account, &set)?;
    let reserved = own(account, &set);
    if seats > reserved {
        let what = format!("{set} 预留 {reserved} 个,不能释放 {seats} 个");
        return Err(Refusal::WrongState { what }.into());
    }
    Ok(vec![Event::ReserveReleased { set, seats, reason, basis }])
}

/// What is reserved in a set itself, not in its parts.
pub(super) fn own(account: &Account, set: &SetId) -> u64 {
    let reserved = |seats: &&crate::account::SetSeats| seats.set == *set;
    let whole = account.sets.iter().find(reserved).map_or(0, |seats| seats.reserved);
    let parts = account.sets.iter().filter(|seats| seats.of.as_ref() == Some(set));
    whole - parts.map(|seats| seats.reserved).sum::<u64>()
}

pub(super) fn known(account: &Account, set: &SetId) -> Result<(), Refused> {
    match account.index(set) {
        Some(_) => Ok(()),
        None => Err(Refusal::NotFound { what: set.to_string() }.into()),
    }
}
