//! How an event changes an account. It never refuses: what is refused is never an event.

use std::collections::BTreeMap;

use quanheng_policy::{PersonId, SetId};

use crate::account::{Account, Direction, Excess, Holder, Owner, SetSeats, Transfer, TransferKind};
use crate::digestion::DigestionPlan;
use crate::event::{Determination, Event, Resumed, Seated, Undo};
use crate::hold::{Cover, Hold, Move, Status, Use};
use crate::id::{HoldId, TransferId};

/// Applies an event. An account begins with its creation or its first determination.
pub fn evolve(state: &mut Option<Account>, event: &Event) {
    if state.is_none() {
        match event {
            Event::PoolCreated { owner, category, .. }
            | Event::QuotaDetermined { owner, category, .. } => {
                *state = Some(Account::new(owner.clone(), category.clone()));
            }
            _ => return,
        }
    }
    if let Some(account) = state {
        account.apply(event);
        account.version += 1;
        account.settle();
    }
}

impl Account {
    fn apply(&mut self, event: &Event) {
        match event {
            Event::PoolCreated { .. } => {}
            Event::PoolRedefined { members, .. } => {
                if let Owner::Pool { members: known, .. } = &mut self.owner {
                    known.clone_from(members);
                }
                // What the members may use is not known until it is determined anew.
                self.policy = None;
            }
            Event::QuotaDetermined { determination, .. }
            | Event::QuotaRedetermined { determination } => self.determine(determination),
            Event::SeatsAllocated { transfer, side, .. }
            | Event::SeatsLent { transfer, side, .. } => self.give(transfer, side),
            Event::SeatsReturned { transfer, seats, .. } => self.take_back(transfer, *seats),
            Event::ReserveSet { set, seats, .. } => self.reserve(set, *seats, true),
            Event::ReserveReleased { set, seats, .. } => self.reserve(set, *seats, false),
            Event::PreReviewApproved { hold, case, unit, moves, covers, expires_on, .. } => {
                self.in_use = true;
                let moves = moves.iter().zip(covers).map(|(request, covers)| Move {
                    request: request.clone(),
                    status: Status::Held,
                    covers: covers.clone(),
                });
                let kept = Hold {
                    case: case.clone(),
                    unit: unit.clone(),
                    moves: moves.collect(),
                    expires_on: *expires_on,
                    extended_for: std::collections::BTreeSet::new(),
                };
                self.holds.insert(hold.clone(), kept);
                self.open.insert(hold.clone());
            }
            Event::HoldExtended { hold, reason, expires_on, .. } => {
                if let Some(kept) = self.holds.get_mut(hold) {
                    kept.expires_on = *expires_on;
                    kept.extended_for.insert(reason.clone());
                }
            }
            Event::HoldReleased { hold, moves, seated, waiting, .. } => {
                self.release(hold, moves, seated, waiting);
            }
            Event::MovesResumed { hold, moves, .. } => {
                if let Some(kept) = self.holds.get_mut(hold) {
                    for Resumed { index, covers } in moves {
                        let m = &mut kept.moves[*index];
                        (m.status, m.covers) = (Status::Held, covers.clone());
                    }
                }
            }
            Event::SeatOccupied {
                hold,
                index,
                person,
                holder,
                filing_due_on,
                filing_awaits,
                ..
            } => {
                self.replace(person, Some(holder));
                let used = Use {
                    person: person.clone(),
                    filing_due_on: *filing_due_on,
                    filing_awaits: *filing_awaits,
                    filed: false,
                };
                self.use_move(hold, *index, used);
            }
            Event::FilingDueSet { hold, index, due_on, .. } => {
                let kept = self.holds.get_mut(hold).and_then(|hold| hold.moves.get_mut(*index));
                if let Some(Status::Used(used)) = kept.map(|m| &mut m.status) {
                    (used.filing_due_on, used.filing_awaits) = (Some(*due_on), None);
                }
            }
            Event::RankPlaced { person, holder, .. }
            | Event::RankLowered { person, holder, .. } => {
                self.in_use = true;
                self.replace(person, Some(holder));
            }
            Event::SeatVacated { person, .. } => {
                self.in_use = true;
                self.replace(person, None);
            }
            Event::OpeningBalancesRecorded { holders, .. } => {
                for (person, holder) in holders {
                    self.replace(person, Some(holder));
                }
            }
            Event::UseFiled { hold, persons, .. } => self.file(hold, persons, true),
            Event::FilingReturned { hold, persons, .. } => self.file(hold, persons, false),
            Event::OverQuotaDetected { sets, cause, on } => {
                for set in sets {
                    self.excesses.insert(set.clone(), Excess { cause: *cause, since: *on });
                }
            }
            Event::DigestionPlanSet { steps, basis } => {
                let digested = self.plan.take().map(|plan| plan.digested).unwrap_or_default();
                self.plan = Some(DigestionPlan {
                    document: basis.document.clone(),
                    set_on: basis.effective_on,
                    steps: steps.clone(),
                    digested,
                });
            }
            Event::DigestionProgressed { digested, .. } => {
                if let Some(plan) = &mut self.plan {
                    plan.digest(digested);
                }
            }
            Event::EntryReversed { version, undo, .. } => self.undo(*version, undo),
        }
    }

    /// A set that is back within its seats is no longer marked.
    fn settle(&mut self) {
        let within = |set: &SetId| self.quantities(set).is_none_or(|found| found.within());
        let settled: Vec<_> = self.excesses.keys().filter(|set| within(set)).cloned().collect();
        for set in settled {
            self.excesses.remove(&set);
        }
    }

    fn determine(&mut self, determination: &Determination) {
        let known: BTreeMap<SetId, SetSeats> =
            self.sets.drain(..).map(|seats| (seats.set.clone(), seats)).collect();
        let mut same = known.len() == determination.sets.len();
        for set in &determination.sets {
            let before = known.get(&set.set);
            same &= before.is_some_and(|seats| seats.ranks == set.ranks && seats.of == set.of);
            let moved = |part: fn(&SetSeats) -> u64| before.map_or(0, part);
            self.sets.push(SetSeats {
                set: set.set.clone(),
                name: set.name.clone(),
                ranks: set.ranks.clone(),
                of: set.of.clone(),
                determined: set.seats,
                allocated_out: moved(|seats| seats.allocated_out),
                allocated_in: moved(|seats| seats.allocated_in),
                lent_out: moved(|seats| seats.lent_out),
                borrowed_in: moved(|seats| seats.borrowed_in),
                reserved: moved(|seats| seats.reserved),
            });
        }
        self.uncapped.clone_from(&determination.uncapped);
        self.ceilings.clone_from(&determination.ceilings);
        self.policy = Some(determination.policy.clone());
        self.class = Some(determination.class.clone());
        self.base = determination.base;
        if !same {
            self.cover_anew();
        }
    }

    /// Under other sets, every held move keeps a seat of each set that it now enters,
    /// unless the move it depends on still leaves one there.
    fn cover_anew(&mut self) {
        let sets = &self.sets;
        for (_, hold) in self.holds.iter_mut().filter(|(id, _)| self.open.contains(id)) {
            let requests: Vec<_> = hold.moves.iter().map(|m| m.request.clone()).collect();
            for m in hold.moves.iter_mut().filter(|m| m.is_held()) {
                let entered = sets.iter().filter(|set| m.request.enters(set));
                let covers = entered.map(|set| {
                    let cover = match m.covers.get(&set.set) {
                        Some(Cover::After(other)) if requests[*other].exits(set) => {
                            Cover::After(*other)
                        }
                        _ => Cover::Seat,
                    };
                    (set.set.clone(), cover)
                });
                m.covers = covers.collect();
            }
        }
    }

    fn give(&mut self, id: &TransferId, side: &Transfer) {
        self.shift(side, side.seats, true);
        self.transfers.insert(id.clone(), side.clone());
    }

    fn take_back(&mut self, id: &TransferId, seats: u64) {
        let Some(mut side) = self.transfers.remove(id) else { return };
        self.shift(&side, seats, false);
        side.seats -= seats;
        if side.seats > 0 {
            self.transfers.insert(id.clone(), side);
        }
    }

    fn shift(&mut self, side: &Transfer, seats: u64, forth: bool) {
        for index in self.path(&side.set) {
            let set = &mut self.sets[index];
            let quantity = match (side.kind, side.direction) {
                (TransferKind::Allocation, Direction::Out) => &mut set.allocated_out,
                (TransferKind::Allocation, Direction::In) => &mut set.allocated_in,
                (TransferKind::Loan, Direction::Out) => &mut set.lent_out,
                (TransferKind::Loan, Direction::In) => &mut set.borrowed_in,
            };
            *quantity = if forth { *quantity + seats } else { *quantity - seats };
        }
    }

    fn reserve(&mut self, set: &SetId, seats: u64, more: bool) {
        for index in self.path(set) {
            let reserved = &mut self.sets[index].reserved;
            *reserved = if more { *reserved + seats } else { *reserved - seats };
        }
    }

    fn release(&mut self, id: &HoldId, ended: &[usize], seated: &[Seated], waiting: &[usize]) {
        let Some(hold) = self.holds.get_mut(id) else { return };
        for Seated { index, set } in seated {
            hold.moves[*index].covers.insert(set.clone(), Cover::Seat);
        }
        for (indexes, status) in [(ended, Status::Ended), (waiting, Status::Waiting)] {
            for index in indexes {
                let m = &mut hold.moves[*index];
                m.status = status.clone();
                m.covers.clear();
            }
        }
        if !hold.is_open() {
            self.open.remove(id);
        }
    }

    /// The seat is taken; what depended on the move keeps the seat that it left.
    fn use_move(&mut self, id: &HoldId, index: usize, used: Use) {
        let Some(hold) = self.holds.get_mut(id) else { return };
        hold.moves[index].status = Status::Used(used);
        hold.moves[index].covers.clear();
        for m in hold.moves.iter_mut().filter(|m| m.is_held()) {
            for cover in m.covers.values_mut().filter(|cover| **cover == Cover::After(index)) {
                *cover = Cover::Seat;
            }
        }
        self.unfiled.insert(id.clone());
        if !hold.is_open() {
            self.open.remove(id);
        }
    }

    fn file(&mut self, id: &HoldId, persons: &[PersonId], filed: bool) {
        let Some(hold) = self.holds.get_mut(id) else { return };
        for m in &mut hold.moves {
            if let Status::Used(used) = &mut m.status
                && persons.contains(&used.person)
            {
                used.filed = filed;
            }
        }
        if hold.unfiled().next().is_some() {
            self.unfiled.insert(id.clone());
        } else {
            self.unfiled.remove(id);
        }
    }

    /// Puts another holding in the place of a person's present one.
    fn replace(&mut self, person: &PersonId, holder: Option<&Holder>) {
        if let Some(before) = self.holders.remove(person) {
            self.count(&before, false);
        }
        if let Some(holder) = holder {
            self.count(holder, true);
            self.holders.insert(person.clone(), holder.clone());
        }
    }

    fn count(&mut self, holder: &Holder, more: bool) {
        let ranks = self.counts.entry(holder.unit.clone()).or_default();
        let of_unit = ranks.entry(holder.rank.clone()).or_default();
        let total = self.totals.entry(holder.rank.clone()).or_default();
        for count in [of_unit, total] {
            let exempt = u64::from(holder.exempt.is_some());
            if more {
                count.occupied += 1;
                count.exempt += exempt;
            } else {
                count.occupied -= 1;
                count.exempt -= exempt;
            }
        }
    }

    fn undo(&mut self, version: u64, undo: &Undo) {
        self.reversed.insert(version);
        match undo {
            Undo::Reserve { set, seats, again } => self.reserve(set, *seats, *again),
            Undo::Seat { person, wrote, before } => {
                self.replace(person, before.as_ref());
                let hold = wrote.as_ref().and_then(|holder| match &holder.origin {
                    crate::account::Origin::Hold(hold) => Some(hold.clone()),
                    _ => None,
                });
                if let Some(id) = hold {
                    self.take_use_back(&id, person);
                }
            }
        }
    }

    fn take_use_back(&mut self, id: &HoldId, person: &PersonId) {
        let Some(hold) = self.holds.get_mut(id) else { return };
        let used =
            |m: &&mut Move| matches!(&m.status, Status::Used(used) if used.person == *person);
        if let Some(m) = hold.moves.iter_mut().find(used) {
            m.status = Status::Ended;
        }
        if hold.unfiled().next().is_none() {
            self.unfiled.remove(id);
        }
    }
}
