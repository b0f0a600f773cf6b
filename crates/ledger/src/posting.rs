//! Double entry (复式记账): every movement of seats names where they come from and where they
//! go. The postings of an account, added up, are its quantities.

use std::collections::BTreeMap;

use quanheng_policy::SetId;
use serde::{Deserialize, Serialize};

use crate::account::{Account, Direction, Holder, SetSeats, Transfer};
use crate::event::{Event, Seated, Undo};
use crate::evolve::evolve;
use crate::hold::{Cover, Move};
use crate::id::AccountKey;

/// Where seats of a set are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// 核定来源: they come into being here. Its balance is what was determined, below zero.
    Determination,
    /// 可用空缺
    Available,
    /// 预留
    Reserved,
    /// 预审占用
    Held,
    /// 使用
    Occupied,
    /// 不占职数: what is occupied without a seat. Its balance is below zero.
    Exemption,
    /// 另一账户
    Other(AccountKey),
}

/// Seats of a set that went from one place to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Of which set.
    pub set: SetId,
    /// Debit (来源).
    pub from: Place,
    /// Credit (去向).
    pub to: Place,
    /// How many; never zero.
    pub seats: u64,
}

/// Seats of sets by place.
pub type Book = BTreeMap<(SetId, Place), i64>;

/// The postings of an event, over the account as it was before.
#[must_use]
pub fn postings(before: Option<&Account>, event: &Event) -> Vec<Posting> {
    let mut entry = Entry::default();
    match (before, event) {
        (None, _) => entry.redetermined(None, event),
        (Some(account), Event::QuotaDetermined { .. } | Event::QuotaRedetermined { .. }) => {
            entry.redetermined(Some(account), event);
        }
        (Some(account), event) => entry.moved(account, event),
    }
    entry.postings
}

/// Adds postings to a book.
pub fn book(book: &mut Book, postings: &[Posting]) {
    for Posting { set, from, to, seats } in postings {
        let seats = crate::account::signed(*seats);
        *book.entry((set.clone(), from.clone())).or_default() -= seats;
        *book.entry((set.clone(), to.clone())).or_default() += seats;
    }
}

#[derive(Default)]
struct Entry {
    postings: Vec<Posting>,
}

impl Entry {
    fn post(&mut self, set: &SetId, from: Place, to: Place, seats: u64) {
        if seats > 0 {
            self.postings.push(Posting { set: set.clone(), from, to, seats });
        }
    }

    fn moved(&mut self, account: &Account, event: &Event) {
        use Place::{Available, Held, Reserved};
        match event {
            Event::SeatsAllocated { side, .. } | Event::SeatsLent { side, .. } => {
                self.transferred(account, side, side.seats, true);
            }
            Event::SeatsReturned { transfer, seats, .. } => {
                if let Some(side) = account.transfers().get(transfer) {
                    self.transferred(account, side, *seats, false);
                }
            }
            Event::ReserveSet { set, seats, .. } => {
                self.along(account, set, &Available, &Reserved, *seats);
            }
            Event::ReserveReleased { set, seats, .. } => {
                self.along(account, set, &Reserved, &Available, *seats);
            }
            Event::PreReviewApproved { covers, .. } => {
                covers.iter().for_each(|covers| self.kept(covers, Available, Held));
            }
            Event::MovesResumed { moves, .. } => {
                moves.iter().for_each(|m| self.kept(&m.covers, Available, Held));
            }
            Event::HoldReleased { hold, moves, waiting, seated, .. } => {
                let Some(hold) = account.hold(hold) else { return };
                for index in moves.iter().chain(waiting) {
                    self.kept(&hold.moves[*index].covers, Held, Available);
                }
                for Seated { set, .. } in seated {
                    self.post(set, Available, Held, 1);
                }
            }
            Event::SeatOccupied { hold, index, before, holder, .. } => {
                let Some(hold) = account.hold(hold) else { return };
                self.kept(&hold.moves[*index].covers, Held, Available);
                self.changed(account, before.as_ref(), Some(holder));
                let freed =
                    |m: &Move, set: &SetId| m.covers.get(set) == Some(&Cover::After(*index));
                for set in account.sets() {
                    let kept = hold.moves.iter().filter(|m| m.is_held() && freed(m, &set.set));
                    self.post(&set.set, Available, Held, kept.count() as u64);
                }
            }
            Event::RankPlaced { before, holder, .. } => {
                self.changed(account, before.as_ref(), Some(holder));
            }
            Event::SeatVacated { holder, .. } => self.changed(account, Some(holder), None),
            Event::RankLowered { before, holder, .. } => {
                self.changed(account, Some(before), Some(holder));
            }
            Event::OpeningBalancesRecorded { holders, .. } => {
                holders.values().for_each(|holder| self.changed(account, None, Some(holder)));
            }
            Event::EntryReversed { undo: Undo::Reserve { set, seats, again }, .. } => {
                let (from, to) = if *again { (Available, Reserved) } else { (Reserved, Available) };
                self.along(account, set, &from, &to, *seats);
            }
            Event::EntryReversed { undo: Undo::Seat { wrote, before, .. }, .. } => {
                self.changed(account, wrote.as_ref(), before.as_ref());
            }
            _ => {}
        }
    }

    /// Along a set's path: a seat of a part is a seat of the whole.
    fn along(&mut self, account: &Account, set: &SetId, from: &Place, to: &Place, seats: u64) {
        for index in account.path(set) {
            self.post(&account.sets()[index].set, from.clone(), to.clone(), seats);
        }
    }

    fn transferred(&mut self, account: &Account, side: &Transfer, seats: u64, forth: bool) {
        let (here, there) = (Place::Available, Place::Other(side.peer.clone()));
        let out = (side.direction == Direction::Out) == forth;
        let (from, to) = if out { (here, there) } else { (there, here) };
        self.along(account, &side.set, &from, &to, seats);
    }

    /// The seats that covers keep.
    fn kept(&mut self, covers: &BTreeMap<SetId, Cover>, from: Place, to: Place) {
        for (set, _) in covers.iter().filter(|(_, cover)| **cover == Cover::Seat) {
            self.post(set, from.clone(), to.clone(), 1);
        }
    }

    fn changed(&mut self, account: &Account, before: Option<&Holder>, after: Option<&Holder>) {
        use Place::{Available, Exemption, Occupied};
        for set in account.sets() {
            let source = |holder: &Holder| match holder.exempt {
                _ if !set.ranks.contains(&holder.rank) => None,
                None => Some(Available),
                Some(_) => Some(Exemption),
            };
            let (before, after) = (before.and_then(source), after.and_then(source));
            if before == after {
                continue;
            }
            if let Some(back) = before {
                self.post(&set.set, Occupied, back, 1);
            }
            if let Some(from) = after {
                self.post(&set.set, from, Occupied, 1);
            }
        }
    }

    /// Other sets may hold other ranks, so what stands in every place is compared.
    fn redetermined(&mut self, before: Option<&Account>, event: &Event) {
        let mut after = before.cloned();
        evolve(&mut after, event);
        let (old, new) = (before.map(balances), after.as_ref().map(balances));
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        let mut keys: Vec<_> = old.keys().chain(new.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys.into_iter().filter(|(_, place)| *place != Place::Available) {
            let at = |book: &Book| book.get(key).copied().unwrap_or(0);
            let more = at(&new) - at(&old);
            let (set, place) = key.clone();
            if more > 0 {
                self.post(&set, Place::Available, place, more.unsigned_abs());
            } else {
                self.post(&set, place, Place::Available, more.unsigned_abs());
            }
        }
    }
}

/// The book that an account's quantities make.
#[must_use]
pub fn balances(account: &Account) -> Book {
    let mut book = Book::new();
    let mut put = |set: &SetSeats, place: Place, seats: i64| {
        if seats != 0 {
            *book.entry((set.set.clone(), place)).or_default() += seats;
        }
    };
    for set in account.sets() {
        let found = account.quantities(&set.set).unwrap_or_default();
        let signed = crate::account::signed;
        put(set, Place::Determination, -signed(found.determined));
        put(set, Place::Available, found.available());
        put(set, Place::Reserved, signed(found.reserved));
        put(set, Place::Held, signed(found.held));
        put(set, Place::Occupied, signed(found.occupied));
        put(set, Place::Exemption, -signed(found.exempt));
        for side in account.transfers().values() {
            if account.is_within(&side.set, &set.set) {
                let out = if side.direction == Direction::Out { 1 } else { -1 };
                put(set, Place::Other(side.peer.clone()), out * signed(side.seats));
            }
        }
    }
    book.retain(|_, seats| *seats != 0);
    book
}
