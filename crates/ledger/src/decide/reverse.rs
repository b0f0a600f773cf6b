//! Reversal (冲正): an entry that was made by mistake is put right by a new one; nothing is
//! edited. It is refused where something later already stands on it.

use super::{forced, given, reserve};
use crate::account::{Account, Forced, Holder, signed};
use crate::event::{Basis, Event, Undo};
use crate::hold::lacking;
use crate::refusal::{Refusal, Refused};

pub(super) fn reverse(
    account: &Account,
    version: u64,
    entry: Event,
    reason: String,
    basis: Basis,
) -> Result<Vec<Event>, Refused> {
    given("reason", &reason)?;
    if version == 0 || version > account.version {
        return Err(Refusal::NotFound { what: format!("第 {version} 笔") }.into());
    }
    if account.reversed.contains(&version) {
        return Err(Refusal::AlreadyReversed { version }.into());
    }
    let undo = undo(account, entry)?;
    let event = Event::EntryReversed { version, undo, reason, basis: basis.clone() };
    Ok(forced(account, vec![event], Forced::Correction, &basis))
}

fn undo(account: &Account, entry: Event) -> Result<Undo, Refused> {
    match entry {
        Event::SeatOccupied { person, before, holder, .. }
        | Event::RankPlaced { person, before, holder, .. } => {
            stands(account, &person, Some(&holder))?;
            Ok(Undo::Seat { person, wrote: Some(holder), before })
        }
        Event::RankLowered { person, before, holder, .. } => {
            stands(account, &person, Some(&holder))?;
            Ok(Undo::Seat { person, wrote: Some(holder), before: Some(before) })
        }
        Event::SeatVacated { person, holder, .. } => {
            stands(account, &person, None)?;
            Ok(Undo::Seat { person, wrote: None, before: Some(holder) })
        }
        Event::ReserveSet { set, seats, .. } => {
            if reserve::own(account, &set) < seats {
                let what = format!("{set} 的预留已释放");
                return Err(Refusal::WrongState { what }.into());
            }
            Ok(Undo::Reserve { set, seats, again: false })
        }
        Event::ReserveReleased { set, seats, .. } => {
            reserve::known(account, &set)?;
            let path = account.path(&set).into_iter().map(|index| &account.sets[index]);
            let lacks = path.filter_map(|set| lacking(account, set, signed(seats)));
            Refused::none_of(lacks.collect())?;
            Ok(Undo::Reserve { set, seats, again: true })
        }
        entry => Err(Refusal::NotReversible { instead: instead(&entry) }.into()),
    }
}

/// Nothing later happened to the person's seat.
fn stands(
    account: &Account,
    person: &quanheng_policy::PersonId,
    wrote: Option<&Holder>,
) -> Result<(), Refused> {
    if account.holders.get(person) == wrote {
        return Ok(());
    }
    Err(Refusal::WrongState { what: format!("{person} 此后另有变动,不能冲正") }.into())
}

/// What undoes an entry that no reversal does.
fn instead(entry: &Event) -> &'static str {
    match entry {
        Event::QuotaDetermined { .. } | Event::QuotaRedetermined { .. } => "请重新核定",
        Event::SeatsAllocated { .. } | Event::SeatsLent { .. } | Event::SeatsReturned { .. } => {
            "请归还或另行调拨"
        }
        Event::PreReviewApproved { .. }
        | Event::HoldExtended { .. }
        | Event::HoldReleased { .. }
        | Event::MovesResumed { .. } => "请释放后重新预审",
        Event::UseFiled { .. } | Event::FilingReturned { .. } => "请退回备案或重新备案",
        Event::DigestionPlanSet { .. } | Event::DigestionProgressed { .. } => "请重新制定消化计划",
        Event::OpeningBalancesRecorded { .. } => "请逐人免职级",
        _ => "请以新的决定更正",
    }
}
