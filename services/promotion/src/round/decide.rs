//! Decisions about rounds. Pure functions of the round, the command and the day.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_streams::{Plan, RoundEvent, RoundPhase, RoundState};

use super::command::Command;
use super::refusal::Refusal;

/// Requests of one round at most: those that one call reaches.
const REQUESTS_MAX: usize = 1_000;
/// Ranks of one plan, and parts of its timetable, at most.
const LINES_MAX: usize = 100;
/// Seats of one rank at most.
const SEATS_MAX: u32 = 1_000;

/// The events that a command brings about.
///
/// # Errors
/// The rule that refuses it; nothing changes then.
pub(crate) fn decide(
    state: Option<&RoundState>,
    command: Command,
    on: Date,
) -> Result<Vec<RoundEvent>, Refusal> {
    if let Command::Create { round, unit, account, plan, by } = command {
        if state.is_some() {
            return Err(Refusal::Exists);
        }
        stands(&plan)?;
        return Ok(vec![RoundEvent::RoundCreated { round, unit, account, plan, by, on }]);
    }
    let round = state.ok_or(Refusal::WrongState { what: "批次不存在" })?;
    let event = match command {
        Command::Create { .. } => return Err(Refusal::Exists),
        Command::DecidePlan { adopted, minutes, by } => {
            in_phase(round, &[RoundPhase::Planned], "方案已研究")?;
            RoundEvent::PlanDecided { adopted, minutes, by, on }
        }
        Command::Attach { hold, by } => {
            in_phase(round, &[RoundPhase::Decided], "方案未定或预审已记录")?;
            RoundEvent::PreReviewAttached { hold, by, on }
        }
        Command::Add { request } => {
            in_phase(round, &[RoundPhase::Opened], "批次未开放或已结束申报")?;
            if round.requests.len() >= REQUESTS_MAX {
                return Err(Refusal::TooMany { max: REQUESTS_MAX });
            }
            RoundEvent::RequestAdded { request }
        }
        Command::Take { index, request } => {
            in_phase(round, &[RoundPhase::Opened], "批次未开放或已结束申报")?;
            if round.moves.contains_key(&index) {
                return Err(Refusal::MoveTaken { index });
            }
            RoundEvent::MoveTaken { index, request }
        }
        Command::Free { index, request } => match round.moves.get(&index) {
            Some(holder) if *holder == request => RoundEvent::MoveFreed { index, request },
            _ => return Err(Refusal::WrongState { what: "该申请未选用该预审项" }),
        },
        Command::Close { reason, by } => {
            in_phase(round, &[RoundPhase::Opened], "批次未开放或已结束申报")?;
            given(&reason)?;
            RoundEvent::RoundClosed { reason, by, on }
        }
        Command::Withdraw { reason, by } => {
            use RoundPhase::{Closed, Decided, Opened, Planned};
            in_phase(round, &[Planned, Decided, Opened, Closed], "批次已终止")?;
            given(&reason)?;
            match round.moves.len() {
                0 => RoundEvent::RoundWithdrawn { reason, by, on },
                open => return Err(Refusal::RequestsOpen { open }),
            }
        }
    };
    Ok(vec![event])
}

fn in_phase(round: &RoundState, phases: &[RoundPhase], what: &'static str) -> Result<(), Refusal> {
    if phases.contains(&round.phase) { Ok(()) } else { Err(Refusal::WrongState { what }) }
}

fn given(reason: &str) -> Result<(), Refusal> {
    match reason.trim().is_empty() {
        false => Ok(()),
        true => Err(Refusal::Invalid { field: "reason", what: "须写明".to_owned() }),
    }
}

/// Whether a plan says what it has to.
fn stands(plan: &Plan) -> Result<(), Refusal> {
    let invalid = |field, what: &str| Err(Refusal::Invalid { field, what: what.to_owned() });
    for (field, text) in [
        ("plan.title", &plan.title),
        ("plan.scope", &plan.scope),
        ("plan.conditions", &plan.conditions),
    ] {
        if text.trim().is_empty() {
            return invalid(field, "须写明");
        }
    }
    if !(1..=LINES_MAX).contains(&plan.ranks.len()) {
        return invalid("plan.ranks", "应为 1 至 100 个职级");
    }
    if !(1..=LINES_MAX).contains(&plan.timetable.len()) {
        return invalid("plan.timetable", "应为 1 至 100 项");
    }
    if plan.timetable.iter().any(|part| part.what.trim().is_empty()) {
        return invalid("plan.timetable", "每项须写明事项");
    }
    let mut seen = BTreeSet::new();
    for line in &plan.ranks {
        if !(1..=SEATS_MAX).contains(&line.seats) {
            return invalid("plan.ranks", "职数应为 1 至 1000");
        }
        if !seen.insert(&line.rank) {
            return invalid("plan.ranks", &format!("{} 重复", line.rank));
        }
    }
    Ok(())
}
