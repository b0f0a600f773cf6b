//! Pre-review and its holds (职数使用预审): placing, extending, releasing, running out, and
//! finding seats for moves that wait.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::Date;
use quanheng_policy::SetId;

use super::{belongs, counted, determined, given, invalid};
use crate::account::{Account, signed};
use crate::command::{Applicant, Facts};
use crate::event::{Basis, Event, ReleaseReason, Resumed};
use crate::hold::{Cover, Hold, MoveRequest, Status, above_ceiling, fall, judge, lacking};
use crate::id::{CaseId, HoldId};
use crate::refusal::{Refusal, Refused};

pub(super) struct Request {
    pub(super) hold: HoldId,
    pub(super) case: CaseId,
    pub(super) applicant: Applicant,
    pub(super) moves: Vec<MoveRequest>,
    pub(super) basis: Basis,
}

pub(super) fn place(
    account: &Account,
    request: Request,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let Request { hold, case, applicant, moves, basis } = request;
    if account.hold(&hold).is_some() {
        return Err(Refusal::Exists { what: hold.to_string() }.into());
    }
    determined(account)?;
    counted("moves", &moves)?;
    if moves.iter().any(|m| m.leaves.as_ref() == Some(&m.to)) {
        return Err(invalid("moves", "拟任职级与拟免职级相同"));
    }
    belongs(account, &applicant)?;
    let validity = *facts.policy.pre_review_validity_days()?.value;
    filed_in_time(account, &applicant, facts)?;
    let unit = applicant.unit;
    let covers = judge(account, &unit, &moves);
    let covers = covers.or_else(|refusals| Refused::none_of(refusals).map(|()| vec![]))?;
    let expires_on = later(facts.today, validity)?;
    Ok(vec![Event::PreReviewApproved { hold, case, unit, moves, covers, expires_on, basis }])
}

fn later(day: Date, days: u16) -> Result<Date, Refused> {
    day.checked_add(i64::from(days).days()).map_err(|_| invalid("today", "日期超出范围"))
}

/// A use of the unit's that should have been filed blocks its next pre-review, where the
/// profile says so.
fn filed_in_time(
    account: &Account,
    applicant: &Applicant,
    facts: Facts<'_>,
) -> Result<(), Refused> {
    let own = account.unfiled_holds().filter(|(_, hold)| hold.unit == applicant.unit);
    let overdue = own.filter_map(|(id, hold)| {
        let due_on = hold.filing_due_on()?;
        (due_on < facts.today).then(|| Refusal::FilingOverdue { hold: id.clone(), due_on })
    });
    let overdue: Vec<_> = overdue.collect();
    if overdue.is_empty() || !*facts.policy.overdue_blocks()?.value {
        return Ok(());
    }
    Refused::none_of(overdue)
}

/// A hold that is open.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`, `WRONG_STATE`.
pub(super) fn open<'a>(account: &'a Account, id: &HoldId) -> Result<&'a Hold, Refused> {
    let hold = account.hold(id).ok_or_else(|| Refusal::NotFound { what: id.to_string() })?;
    if !hold.is_open() {
        return Err(Refusal::WrongState { what: format!("预审 {id} 已办结") }.into());
    }
    Ok(hold)
}

/// A hold that is open and has not run out.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`, `WRONG_STATE`, `HOLD_EXPIRED`.
pub(super) fn valid<'a>(
    account: &'a Account,
    id: &HoldId,
    today: Date,
) -> Result<&'a Hold, Refused> {
    let hold = open(account, id)?;
    if hold.expires_on < today {
        let (hold, expires_on) = (id.clone(), hold.expires_on);
        return Err(Refusal::HoldExpired { hold, expires_on }.into());
    }
    Ok(hold)
}

pub(super) fn extend(
    account: &Account,
    id: HoldId,
    reason: String,
    expires_on: Date,
    basis: Basis,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    given("reason", &reason)?;
    let hold = valid(account, &id, facts.today)?;
    if hold.extended_for.contains(&reason) {
        return Err(Refusal::AlreadyExtended { hold: id, reason }.into());
    }
    let bound = later(facts.today, *facts.policy.pre_review_validity_days()?.value)?;
    if expires_on <= hold.expires_on || expires_on > bound {
        let what = format!("应晚于 {},至多延至 {bound}", hold.expires_on);
        return Err(invalid("expires_on", &what));
    }
    Ok(vec![Event::HoldExtended { hold: id, reason, expires_on, basis }])
}

pub(super) fn release(
    account: &Account,
    id: HoldId,
    moves: BTreeSet<usize>,
    reason: ReleaseReason,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    let hold = open(account, &id)?;
    let all = open_moves(hold);
    let ended = if moves.is_empty() { all.clone() } else { moves };
    if let Some(index) = ended.difference(&all).next() {
        let what = format!("第 {index} 项不存在或已办结");
        return Err(Refusal::WrongState { what }.into());
    }
    Ok(vec![ending(account, &id, hold, &ended, reason, facts.today)])
}

fn open_moves(hold: &Hold) -> BTreeSet<usize> {
    let open =
        |(_, m): &(usize, &crate::hold::Move)| matches!(m.status, Status::Held | Status::Waiting);
    hold.moves.iter().enumerate().filter(open).map(|(index, _)| index).collect()
}

fn ending(
    account: &Account,
    id: &HoldId,
    hold: &Hold,
    ended: &BTreeSet<usize>,
    reason: ReleaseReason,
    on: Date,
) -> Event {
    let fall = fall(account, hold, ended);
    Event::HoldReleased {
        hold: id.clone(),
        moves: ended.iter().copied().collect(),
        reason,
        seated: fall.seated,
        waiting: fall.waiting,
        on,
    }
}

pub(super) fn expire(account: &Account, facts: Facts<'_>) -> Vec<Event> {
    let out = account.open_holds().filter(|(_, hold)| hold.expires_on < facts.today);
    let expired = out.map(|(id, hold)| {
        let all = open_moves(hold);
        ending(account, id, hold, &all, ReleaseReason::Expired, facts.today)
    });
    expired.collect()
}

/// Moves that wait take free seats, each in the order of the request, as far as they go.
pub(super) fn resume(
    account: &Account,
    id: HoldId,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refused> {
    determined(account)?;
    let hold = valid(account, &id, facts.today)?;
    let mut taken: BTreeMap<&SetId, u64> = BTreeMap::new();
    let mut moves = Vec::new();
    let mut refusals = Vec::new();
    for (index, m) in hold.moves.iter().enumerate() {
        if m.status != Status::Waiting {
            continue;
        }
        let entered: Vec<_> = account.sets.iter().filter(|set| m.request.enters(set)).collect();
        let lacks = entered.iter().flat_map(|set| {
            let wanted = taken.get(&set.set).copied().unwrap_or(0) + 1;
            let mut lacks = above_ceiling(account, &hold.unit, set, wanted);
            lacks.extend(lacking(account, set, signed(wanted)));
            lacks
        });
        let lacks: Vec<_> = lacks.collect();
        if lacks.is_empty() {
            for set in &entered {
                *taken.entry(&set.set).or_default() += 1;
            }
            let covers = entered.iter().map(|set| (set.set.clone(), Cover::Seat)).collect();
            moves.push(Resumed { index, covers });
        }
        refusals.extend(lacks);
    }
    if moves.is_empty() {
        Refused::none_of(refusals)?;
        let what = format!("预审 {id} 没有等待递补的项");
        return Err(Refusal::WrongState { what }.into());
    }
    Ok(vec![Event::MovesResumed { hold: id, moves, on: facts.today }])
}
