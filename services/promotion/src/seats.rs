//! Seats of a request: which move of the round's pre-review it has, giving it up, taking
//! the seat, filing its use.

use std::collections::BTreeMap;

use quanheng_casework::Sight;
use quanheng_eventlog::EventDraft;
use quanheng_ledger::account::Account;
use quanheng_ledger::command::{Command, Occupant};
use quanheng_ledger::event::{Event, ReleaseReason};
use quanheng_ledger::hold::{Hold, MoveRequest, Status};
use quanheng_ledger::id::{AccountKey, HoldId};
use quanheng_policy::{PersonId, RankId};
use quanheng_register::id::SpellId;
use quanheng_register::person::{self, RankReason, RankSpell};
use quanheng_register::{Facts, Known};
use quanheng_runtime::wire::Basis;
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::{RequestState, RoundState, Seat, account_id};

use crate::refusal;

/// A pre-review's resource name.
pub(crate) fn hold_name(account: &AccountKey, hold: &HoldId) -> String {
    format!("quotaAccounts/{}/holds/{hold}", account_id(account))
}

/// A pre-review that holds seats.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn hold<'a>(
    sight: &Sight<'a>,
    key: &AccountKey,
    hold: &HoldId,
) -> Result<(&'a Account, &'a Hold), Failure> {
    let account = sight.existing(key)?;
    let kept = account.hold(hold).ok_or_else(|| Failure::not_found(hold_name(key, hold)))?;
    Ok((account, kept))
}

fn expired(name: &str, hold: &Hold) -> RuleFault {
    RuleFault {
        code: "HOLD_EXPIRED".to_owned(),
        subject: name.to_owned(),
        message: format!("预审已于 {} 到期", hold.expires_on),
    }
}

/// What of the move of a request is not as it has to be.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn uncovered(
    sight: &Sight<'_>,
    request: &RequestState,
) -> Result<Vec<RuleFault>, Failure> {
    let subject = format!("promotionRequests/{}", request.request);
    let fault = |code: &str, subject: &str, message: String| RuleFault {
        code: code.to_owned(),
        subject: subject.to_owned(),
        message,
    };
    let Some(seat) = &request.seat else {
        return Ok(vec![fault("MOVE_NOT_CHOSEN", &subject, "尚未选定预审项".to_owned())]);
    };
    let name = hold_name(&request.account, &seat.hold);
    let (_, kept) = hold(sight, &request.account, &seat.hold)?;
    if kept.expires_on < sight.today {
        return Ok(vec![expired(&name, kept)]);
    }
    let index = seat.index;
    Ok(match kept.moves.get(index).map(|m| &m.status) {
        Some(Status::Held) => Vec::new(),
        Some(Status::Waiting) => {
            vec![fault("MOVE_WAITING", &name, format!("预审第 {index} 项等待递补"))]
        }
        Some(Status::Used(_)) => {
            vec![fault("MOVE_USED", &name, format!("预审第 {index} 项已使用"))]
        }
        Some(Status::Ended) | None => {
            vec![fault("MOVE_RELEASED", &name, format!("预审第 {index} 项已释放"))]
        }
    })
}

/// What of a pre-review does not cover a round's plan.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn plan_uncovered(
    sight: &Sight<'_>,
    round: &RoundState,
    id: &HoldId,
) -> Result<Vec<RuleFault>, Failure> {
    let name = hold_name(&round.account, id);
    let (_, kept) = hold(sight, &round.account, id)?;
    if kept.unit != round.unit {
        let message = format!("预审由 units/{} 申报,不是本批次单位", kept.unit);
        return Ok(vec![RuleFault { code: "HOLD_OF_OTHER_UNIT".into(), subject: name, message }]);
    }
    if kept.expires_on < sight.today {
        return Ok(vec![expired(&name, kept)]);
    }
    let lacking = round.plan.ranks.iter().filter_map(|line| {
        let held = kept.moves.iter().filter(|m| m.request.to == line.rank);
        let held = held.filter(|m| m.status == Status::Held).count();
        let wanted = line.seats as usize;
        (held < wanted).then(|| RuleFault {
            code: "HOLD_NOT_COVERING".to_owned(),
            subject: line.rank.to_string(),
            message: format!("预审占用 {held} 个 {},方案需要 {wanted} 个", line.rank),
        })
    });
    Ok(lacking.collect())
}

/// Whether a person can take a move: leaves the rank that the person's seat is charged for.
fn fits(account: &Account, person: &PersonId, rank: &RankId, asked: &MoveRequest) -> bool {
    let holder = account.holders().get(person).filter(|holder| holder.exempt.is_none());
    let charged = holder.map(|holder| &holder.rank);
    let capped = |rank: &RankId| account.sets().iter().any(|set| set.ranks.contains(rank));
    let leaves = asked.leaves.as_ref();
    let left = charged == leaves || (leaves.is_none() && charged.is_none_or(|rank| !capped(rank)));
    asked.to == *rank && left
}

/// Requests of a round take no more seats of a rank than its plan decided on, however many
/// the pre-review holds.
fn within_plan(round: &RoundState, kept: &Hold, request: &RequestState) -> Result<(), Failure> {
    let of_rank = |m: &&quanheng_ledger::hold::Move| m.request.to == request.rank;
    let taken = round.moves.keys().filter_map(|index| kept.moves.get(*index)).filter(of_rank);
    let line = round.plan.ranks.iter().find(|line| line.rank == request.rank);
    let (taken, planned) = (taken.count(), line.map_or(0, |line| line.seats));
    if taken < planned as usize {
        return Ok(());
    }
    let name = format!("promotionRounds/{}", round.round);
    let message = format!("工作方案确定 {} 职数 {planned} 个,已全部选用", request.rank);
    Err(Failure::rule("PLANNED_SEATS_TAKEN", &name, message)
        .with("round", name)
        .with("rank", request.rank.to_string())
        .with("planned", planned.to_string()))
}

/// Chooses a move for a request: the first that fits and that no other request has.
///
/// # Errors
/// `HOLD_EXPIRED`, `PLANNED_SEATS_TAKEN`, `MOVE_WAITING`, `NO_MOVE_LEFT`.
pub(crate) fn choose(
    sight: &Sight<'_>,
    round: &RoundState,
    request: &RequestState,
) -> Result<Seat, Failure> {
    let none = || Failure::internal("an open round without a pre-review");
    let id = round.hold.as_ref().ok_or_else(none)?;
    let name = hold_name(&round.account, id);
    let (account, kept) = hold(sight, &round.account, id)?;
    if kept.expires_on < sight.today {
        return Err(Failure::rules(vec![expired(&name, kept)])
            .with("hold", &name)
            .with("expires_on", kept.expires_on.to_string()));
    }
    let free = |index: &usize| !round.moves.contains_key(index);
    let fitting = kept.moves.iter().enumerate().filter(|(index, m)| {
        free(index) && fits(account, &request.person, &request.rank, &m.request)
    });
    let mut waiting = None;
    for (index, m) in fitting {
        match m.status {
            Status::Held => {
                within_plan(round, kept, request)?;
                let (hold, leaves) = (id.clone(), m.request.leaves.clone());
                return Ok(Seat { hold, index, leaves });
            }
            Status::Waiting => waiting = waiting.or(Some(index)),
            Status::Used(_) | Status::Ended => {}
        }
    }
    let (code, message) = match waiting {
        Some(index) => ("MOVE_WAITING", format!("预审第 {index} 项等待递补")),
        None => ("NO_MOVE_LEFT", format!("预审中没有可供选用的 {} 项", request.rank)),
    };
    Err(Failure::rule(code, &name, message)
        .with("hold", &name)
        .with("rank", request.rank.to_string()))
}

/// Events of an account, decided and written.
///
/// # Errors
/// What the ledger refuses by.
pub(crate) fn on_account(
    sight: &Sight<'_>,
    key: &AccountKey,
    command: Command,
) -> Result<(Vec<Event>, Vec<EventDraft>), Failure> {
    let account = sight.existing(key)?;
    sight.appends(&streams::refusals(key))?;
    let division = sight.division(key, Some(account))?;
    let events = sight.decide(key, &division, command, sight.today)?;
    let persons = quanheng_ledger::event::persons(&events);
    let seats = persons.into_iter().map(|person| streams::seat(person, &key.category));
    sight.need_all::<streams::Seats>(seats.collect::<Vec<_>>())?;
    let (drafts, _) = sight.written(key, &division, &events)?;
    Ok((events, drafts))
}

/// Releases moves of a hold, those of them that are still held or wait.
///
/// # Errors
/// [`Failure`].
pub(crate) fn release(
    sight: &Sight<'_>,
    key: &AccountKey,
    id: &HoldId,
    which: impl Fn(usize) -> bool,
    reason: ReleaseReason,
) -> Result<Vec<EventDraft>, Failure> {
    let (_, kept) = hold(sight, key, id)?;
    let open =
        kept.moves.iter().enumerate().filter(|(index, m)| {
            which(*index) && matches!(m.status, Status::Held | Status::Waiting)
        });
    let moves: std::collections::BTreeSet<usize> = open.map(|(index, _)| index).collect();
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let command = Command::ReleaseHold { hold: id.clone(), moves, reason };
    Ok(on_account(sight, key, command)?.1)
}

/// Decides several commands of an account, each over what the ones before it made.
fn all_on_account(
    sight: &Sight<'_>,
    key: &AccountKey,
    commands: Vec<Command>,
) -> Result<(Vec<Event>, Vec<EventDraft>), Failure> {
    let account = sight.existing(key)?;
    let division = sight.division(key, Some(account))?;
    let events = sight.decide_all(key, commands)?;
    let persons = quanheng_ledger::event::persons(&events);
    let seats = persons.into_iter().map(|person| streams::seat(person, &key.category));
    sight.need_all::<streams::Seats>(seats.collect::<Vec<_>>())?;
    let (drafts, _) = sight.written(key, &division, &events)?;
    Ok((events, drafts))
}

type ByHold<'r> = BTreeMap<HoldId, Vec<(&'r RequestState, usize)>>;

/// Requests by their accounts, and the holds of these.
fn by_hold<'r>(requests: &[&'r RequestState]) -> Result<BTreeMap<AccountKey, ByHold<'r>>, Failure> {
    let mut grouped = BTreeMap::<AccountKey, ByHold<'r>>::new();
    for request in requests {
        let seat = request.seat.as_ref();
        let seat = seat.ok_or_else(|| Failure::internal("an appointment without a move"))?;
        let holds = grouped.entry(request.account.clone()).or_default();
        holds.entry(seat.hold.clone()).or_default().push((request, seat.index));
    }
    Ok(grouped)
}

/// Takes the seats of appointed candidates: those of one pre-review together, because one
/// may leave the seat that another takes; those of several of one account one after another,
/// because all of them need room.
///
/// # Errors
/// What the ledger refuses by.
pub(crate) fn occupy(
    sight: &Sight<'_>,
    requests: &[&RequestState],
    basis: &Basis,
) -> Result<Vec<EventDraft>, Failure> {
    let mut drafts = Vec::new();
    for (key, holds) in by_hold(requests)? {
        let commands = holds.into_iter().map(|(id, of)| occupying(sight, &key, id, &of, basis));
        let commands = commands.collect::<Result<Vec<_>, Failure>>()?;
        drafts.extend(all_on_account(sight, &key, commands)?.1);
    }
    Ok(drafts)
}

/// The command that takes the seats of one pre-review.
fn occupying(
    sight: &Sight<'_>,
    key: &AccountKey,
    hold: HoldId,
    appointed: &[(&RequestState, usize)],
    basis: &Basis,
) -> Result<Command, Failure> {
    let persons: Vec<&PersonId> = appointed.iter().map(|(r, _)| &r.person).collect();
    let on = basis.effective_on;
    let of = sight.applicants_of(key, persons.iter().copied(), on)?;
    let seats = persons.iter().map(|person| streams::seat(person, &key.category));
    sight.need_all::<streams::Seats>(seats.collect::<Vec<_>>())?;
    let occupants = appointed.iter().zip(of).map(|((request, index), of)| {
        let person = request.person.clone();
        let concurrent = sight.person(&person, on)?.as_of(on).main_post().is_some();
        let seated_elsewhere = sight.seated_elsewhere(key, &person);
        Ok(Occupant { index: *index, person, of, concurrent, seated_elsewhere })
    });
    let occupants = occupants.collect::<Result<Vec<_>, Failure>>()?;
    Ok(Command::Occupy { hold, occupants, basis: basis.clone().into() })
}

/// Enters the new rank in the person's register: the old one ends with it.
///
/// # Errors
/// What the register refuses by.
pub(crate) fn register(
    sight: &Sight<'_>,
    request: &RequestState,
    basis: &Basis,
) -> Result<Vec<EventDraft>, Failure> {
    let rank = RankSpell {
        category: request.category.clone(),
        rank: request.rank.clone(),
        from: basis.effective_on,
        to: None,
        reason: RankReason::Promotion,
        exemption: None,
        batch: request.round.to_string(),
        left: None,
        document: Some(basis.document.clone()),
    };
    let name = format!("persons/{}", request.person);
    let stream = streams::person(&request.person);
    let before = sight.need::<streams::Persons>(&stream)?.as_ref();
    let spell = SpellId::new(request.request.as_str()).map_err(Failure::internal)?;
    let known = Known::default();
    let command = person::Command::TakeRank { spell, rank };
    let events = person::decide(before, command, Facts::new(sight.today, &known));
    let events = events.map_err(|refused| refusal::of_register(&refused, &name))?;
    let newest = before.and_then(|person| person.slots.values().max_by_key(|slot| slot.from));
    let division = match newest {
        Some(slot) => Some(sight.last_profile(&slot.unit)?.division),
        None => None,
    };
    let drafts =
        events.iter().map(|event| streams::person_draft(&request.person, division.as_ref(), event));
    drafts.collect::<Result<_, _>>().map_err(Failure::internal)
}

/// Whether the use of a seat was filed already, outside the request.
fn is_filed(hold: &Hold, person: &PersonId) -> bool {
    let used = |status: &Status| matches!(status, Status::Used(used) if used.person == *person);
    hold.moves.iter().any(|m| used(&m.status)) && !hold.unfiled().any(|used| used.person == *person)
}

/// Files the use of seats, as far as it is not filed.
///
/// # Errors
/// What the ledger refuses by; `FILING_RETURNED` where it gives the filing back.
pub(crate) fn file(
    sight: &Sight<'_>,
    requests: &[&RequestState],
) -> Result<Vec<EventDraft>, Failure> {
    let mut drafts = Vec::new();
    for (key, holds) in by_hold(requests)? {
        let mut commands = Vec::new();
        for (hold, filed) in holds {
            let (_, kept) = self::hold(sight, &key, &hold)?;
            let persons = filed.iter().map(|(request, _)| &request.person);
            let persons = persons.filter(|person| !is_filed(kept, person)).cloned();
            match persons.collect::<Vec<_>>() {
                persons if persons.is_empty() => {}
                persons => commands.push(Command::FileUse { hold, persons }),
            }
        }
        let (events, written) = all_on_account(sight, &key, commands)?;
        let returned = events.iter().find_map(|event| match event {
            Event::FilingReturned { hold, .. } => Some(hold_name(&key, hold)),
            _ => None,
        });
        if let Some(name) = returned {
            let message = "备案人员与预审使用人员不符,备案退回";
            return Err(Failure::rule("FILING_RETURNED", &name, message).with("hold", name));
        }
        drafts.extend(written);
    }
    Ok(drafts)
}
