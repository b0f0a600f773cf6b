//! Taking and leaving seats (占用、免职级): through a hold, without a seat, by lowering, at
//! cut-over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::{PersonId, RankId, SetId};

use super::{belongs, counted, determined, distinct, forced, hold, invalid};
use crate::account::{Account, Exemption, Forced, Holder, Origin, SetSeats, signed};
use crate::command::{Applicant, BATCH_MAX, Facts, Occupant};
use crate::digestion::{self, Digested, Quarter, Route};
use crate::event::{Basis, Event, VacateReason};
use crate::hold::{Cover, FilingPeriod, Hold, above_ceiling, insufficient, lacking};
use crate::id::HoldId;
use crate::refusal::{Refusal, Refused};

pub(super) fn occupy(
    account: &Account,
    id: HoldId,
    occupants: Vec<Occupant>,
    basis: Basis,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    counted("occupants", &occupants)?;
    distinct("occupants", occupants.iter().map(|occupant| &occupant.person))?;
    let kept = hold::valid(account, &id, facts.today)?;
    let chosen: BTreeSet<usize> = occupants.iter().map(|occupant| occupant.index).collect();
    if chosen.len() < occupants.len() {
        return Err(invalid("occupants", "同一项重复使用"));
    }
    let mut refusals = Vec::new();
    for occupant in &occupants {
        refusals.extend(unfit(account, kept, occupant).err());
    }
    Refused::none_of(refusals)?;
    Refused::none_of(unseated(account, kept, &chosen))?;
    let days = *facts.policy.use_filing_deadline_days()?.value;
    let period = FilingPeriod { from: basis.effective_on, days };
    let due = period.last_day(facts.calendar)?;
    let events = occupants.into_iter().map(|occupant| {
        let request = &kept.moves[occupant.index].request;
        let holder = Holder {
            rank: request.to.clone(),
            unit: occupant.of.unit,
            tier: occupant.of.tier,
            exempt: None,
            concurrent: occupant.concurrent,
            since: basis.effective_on,
            origin: Origin::Hold(id.clone()),
        };
        Event::SeatOccupied {
            hold: id.clone(),
            index: occupant.index,
            before: account.holders.get(&occupant.person).cloned(),
            person: occupant.person,
            holder,
            filing_due_on: due,
            filing_awaits: due.is_none().then_some(period),
            basis: basis.clone(),
        }
    });
    let events: Vec<_> = events.collect();
    let left = events.iter().filter_map(|event| match event {
        Event::SeatOccupied { before: Some(before), holder, .. } => Some((before, Some(holder))),
        _ => None,
    });
    let digested = progress(account, left, Route::Promotion, basis.effective_on);
    Ok(events.into_iter().chain(digested).collect())
}

/// Whether a person can take the seat of a move (I5, I6, I7).
fn unfit(account: &Account, kept: &Hold, occupant: &Occupant) -> Result<(), Refusal> {
    let m = kept.moves.get(occupant.index).filter(|m| m.is_held());
    let m = m.ok_or_else(|| Refusal::WrongState {
        what: format!("第 {} 项不存在、等待递补或已办结", occupant.index),
    })?;
    belongs(account, &occupant.of).map_err(first)?;
    let person = occupant.person.clone();
    if occupant.of.unit != kept.unit {
        return Err(Refusal::NotOfAccount { unit: occupant.of.unit.clone() });
    }
    if occupant.seated_elsewhere {
        return Err(Refusal::AlreadySeated { person });
    }
    let before = account.holders.get(&person);
    let charged = before.filter(|holder| holder.exempt.is_none()).map(|holder| &holder.rank);
    let capped = charged.filter(|rank| account.sets.iter().any(|set| set.ranks.contains(rank)));
    let leaves = m.request.leaves.as_ref();
    // A rank without a cap frees nothing, so it may go unnamed.
    if charged == leaves || (leaves.is_none() && capped.is_none()) {
        return Ok(());
    }
    let (expected, found) = (leaves.cloned(), charged.cloned());
    Err(Refusal::OtherRankHeld { person, expected, found })
}

fn first(refused: Refused) -> Refusal {
    let refusals = refused.refusals();
    refusals.first().cloned().unwrap_or(Refusal::NotDetermined)
}

/// What the chosen moves lack when they are used together: a seat of a set that another
/// move of the hold has yet to leave, or one that a forced exception took away.
fn unseated(account: &Account, kept: &Hold, chosen: &BTreeSet<usize>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for set in &account.sets {
        let covers = chosen
            .iter()
            .filter_map(|index| Some((*index, *kept.moves[*index].covers.get(&set.set)?)));
        let early: Vec<_> = covers
            .filter_map(|(index, cover)| match cover {
                Cover::After(on) if !chosen.contains(&on) => Some((index, on)),
                _ => None,
            })
            .collect();
        if let Some((index, on)) = early.first() {
            let wanted = early.len() as u64;
            let free = lacking(account, set, signed(wanted)).is_none()
                && above_ceiling(account, &kept.unit, set, wanted).is_empty();
            if !free {
                let set = set.set.clone();
                refusals.push(Refusal::DependsOnMove { index: *index, on: *on, set });
                continue;
            }
        }
        refusals.extend(taken_away(account, set, kept, chosen));
    }
    refusals
}

/// Seats that were kept may have gone since: a lower determination took them. Then nothing
/// more may be charged than is vacant beside the reserve (I8).
fn taken_away(
    account: &Account,
    set: &SetSeats,
    kept: &Hold,
    chosen: &BTreeSet<usize>,
) -> Option<Refusal> {
    let requests = || chosen.iter().map(|index| &kept.moves[*index].request);
    let entering = requests().filter(|request| request.enters(set)).count() as u64;
    let leaving = requests().filter(|request| request.exits(set)).count() as u64;
    let more = signed(entering) - signed(leaving);
    let found = account.quantities(&set.set).unwrap_or_default();
    let left = found.vacancy() - signed(found.reserved);
    (more > 0 && left < more).then(|| insufficient(set, found, more))
}

pub(super) struct Placing {
    pub(super) person: PersonId,
    pub(super) of: Applicant,
    pub(super) rank: RankId,
    pub(super) exempt: Option<Exemption>,
    pub(super) seated_elsewhere: bool,
    pub(super) basis: Basis,
}

/// A rank that takes no seat: one without a cap, or a person who is exempt.
pub(super) fn place(
    account: &Account,
    placing: Placing,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let Placing { person, of, rank, exempt, seated_elsewhere, basis } = placing;
    belongs(account, &of)?;
    if !account.admits(&rank) {
        return Err(Refusal::RankNotSetUp { rank }.into());
    }
    let before = account.holders.get(&person).cloned();
    let has_seat = |holder: &Holder| account.sets.iter().any(|s| s.ranks.contains(&holder.rank));
    if seated_elsewhere || before.as_ref().is_some_and(has_seat) {
        return Err(Refusal::AlreadySeated { person }.into());
    }
    match exempt {
        Some(Exemption::ExMilitaryFirstPlacement) if !*facts.policy.ex_military_exempt()?.value => {
            return Err(Refusal::ExemptionNotAllowed.into());
        }
        Some(_) => {}
        None if account.sets.iter().any(|set| set.ranks.contains(&rank)) => {
            return Err(Refusal::PreReviewRequired { rank }.into());
        }
        None => {}
    }
    let (unit, tier, since) = (of.unit, of.tier, basis.effective_on);
    let origin = Origin::Placed;
    let holder = Holder { rank, unit, tier, exempt, concurrent: false, since, origin };
    Ok(vec![Event::RankPlaced { person, before, holder, basis }])
}

fn seated(account: &Account, person: &PersonId) -> Result<Holder, Refused> {
    let holder = account.holders.get(person).cloned();
    Ok(holder.ok_or_else(|| Refusal::NotFound { what: person.to_string() })?)
}

pub(super) fn vacate(
    account: &Account,
    person: PersonId,
    reason: VacateReason,
    basis: Basis,
) -> Result<Vec<Event>, Refused> {
    let holder = seated(account, &person)?;
    let (route, on) = (reason.route(), basis.effective_on);
    let digested = progress(account, [(&holder, None)], route, on);
    let vacated = Event::SeatVacated { person, holder, reason, basis };
    Ok(std::iter::once(vacated).chain(digested).collect())
}

/// Lowering a rank (降低职级) takes a seat of the lower rank even where none is free: law
/// forces it, and the excess is marked.
pub(super) fn lower(
    account: &Account,
    person: PersonId,
    to: RankId,
    basis: Basis,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let before = seated(account, &person)?;
    if !account.admits(&to) {
        return Err(Refusal::RankNotSetUp { rank: to }.into());
    }
    let order = |rank| facts.policy.rank(&account.category, rank).map(|rank| rank.order);
    if order(&to)? <= order(&before.rank)? {
        return Err(invalid("to", "应低于现任职级"));
    }
    let since = basis.effective_on;
    let (exempt, origin) = (None, Origin::Lowered);
    let holder = Holder { rank: to, exempt, since, origin, ..before.clone() };
    let left = [(&before, Some(&holder))];
    let digested = progress(account, left, Route::Other, since);
    let lowered =
        Event::RankLowered { person, before: before.clone(), holder, basis: basis.clone() };
    let events = std::iter::once(lowered).chain(digested).collect();
    Ok(forced(account, events, Forced::RankLowered, &basis))
}

/// Opening balances (期初) bring holders in as they stand at cut-over, whatever the seats say;
/// they end with the first other entry.
pub(super) fn open(
    account: &Account,
    holders: BTreeMap<PersonId, Holder>,
    basis: Basis,
) -> Result<Vec<Event>, Refused> {
    match holders.len() {
        1..=BATCH_MAX => {}
        0 => return Err(invalid("holders", "不得为空")),
        _ => return Err(invalid("holders", &format!("一次不超过 {BATCH_MAX} 项"))),
    }
    determined(account)?;
    if account.in_use {
        let what = "账户已启用,期初只能在启用前录入".to_owned();
        return Err(Refusal::WrongState { what }.into());
    }
    let mut refusals = Vec::new();
    for (person, holder) in &holders {
        if account.holders.contains_key(person) {
            refusals.push(Refusal::AlreadySeated { person: person.clone() });
        }
        if holder.origin != Origin::Opening {
            let what = format!("{person} 的来源应为期初");
            refusals.push(Refusal::Invalid { field: "origin", what });
        }
    }
    Refused::none_of(refusals)?;
    let recorded = Event::OpeningBalancesRecorded { holders, basis: basis.clone() };
    Ok(forced(account, vec![recorded], Forced::OpeningBalance, &basis))
}

/// What was digested of sets that are over quota, when seats in them are left for good.
fn progress<'a>(
    account: &Account,
    left: impl IntoIterator<Item = (&'a Holder, Option<&'a Holder>)>,
    route: Route,
    on: Date,
) -> Vec<Event> {
    let mut fewer: BTreeMap<SetId, i64> = BTreeMap::new();
    for (before, after) in left {
        for set in &account.sets {
            let charges = |holder: &Holder| i64::from(holder.charges(set));
            *fewer.entry(set.set.clone()).or_default() +=
                charges(before) - after.map_or(0, charges);
        }
    }
    let planned = account.plan.is_some();
    let over: Vec<_> = account
        .sets
        .iter()
        .map(|seats| (seats.set.clone(), digestion::over(account, &seats.set)))
        .filter(|(_, over)| planned && *over > 0)
        .collect();
    let digested = over.into_iter().filter_map(|(set, over)| {
        let seats = fewer.get(&set).copied().unwrap_or(0).min(signed(over));
        let seats = u64::try_from(seats).ok().filter(|seats| *seats > 0)?;
        let digested = Digested { set, quarter: Quarter::of(on), route, seats };
        Some(Event::DigestionProgressed { digested, remaining: over - seats })
    });
    digested.collect()
}
