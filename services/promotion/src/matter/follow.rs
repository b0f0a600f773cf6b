//! What a turn of a request's case brings about: what was decided is told to the request, and
//! what it had goes back when it ends.

use jiff::civil::Date;
use quanheng_casework::Sight;
use quanheng_casework::case::Turn;
use quanheng_eventlog::EventDraft;
use quanheng_ledger::event::ReleaseReason;
use quanheng_policy::PersonId;
use quanheng_runtime::Failure;
use quanheng_streams::{CaseKey, Ending, Judgement, RequestState};
use quanheng_workflow::case::Due;
use quanheng_workflow::definition::{Check, Kind, Outcome, Step};
use quanheng_workflow::event::{Completion, Event};

use crate::judge::judge;
use crate::request::Command;
use crate::seal::{Part, seal};
use crate::work::{self, RequestWork};
use crate::{round, seats};

/// What was decided last in a turn: the opinion, and by whom.
#[derive(Default)]
struct Decided {
    opinion: String,
    by: Option<PersonId>,
}

impl Decided {
    /// What the step was approved by before, where the last to act was not who approves.
    fn earlier(turn: &Turn<'_>) -> Option<Self> {
        let approval = turn.approved.as_ref()?;
        Some(Self { opinion: approval.opinion.clone(), by: Some(approval.by.person.clone()) })
    }
}

/// What a turn brings about. `own`: this service itself acts, so that what is recorded is
/// told to the request as well.
pub(super) fn follow(
    sight: &Sight<'_>,
    key: &CaseKey,
    request: RequestState,
    own: bool,
    turn: &Turn<'_>,
) -> Result<Vec<EventDraft>, Failure> {
    let mut work = RequestWork::of(sight, request);
    let mut decided = Decided::default();
    for event in turn.events {
        match event {
            Event::Recorded { .. } if !own => return Err(work::recorded_elsewhere(key)),
            Event::TaskDecided { opinion, by, .. } => {
                decided = Decided { opinion: opinion.clone(), by: Some(by.person.clone()) };
            }
            Event::BodyDecided { meeting, adopted, by } => {
                let (minutes, by) = (meeting.minutes.clone(), by.person.clone());
                decided = Decided { opinion: String::new(), by: Some(by.clone()) };
                work.event(Command::DecideCandidate { adopted: *adopted, minutes, by })?;
            }
            Event::StepCompleted { step, completion, .. } => {
                decided = Decided::earlier(turn).unwrap_or(decided);
                let flow = work::flow(sight, turn.after)?;
                let step = flow.definition.step(step);
                if let (Some(step), Some(by)) = (step, decided.by.clone())
                    && let Kind::Decide { .. } = step.kind
                {
                    decision(&mut work, step, *completion, &decided.opinion, by, turn)?;
                }
            }
            Event::Paused { .. } => paused(&mut work, turn)?,
            Event::Resumed { due, .. } => {
                resumed(&mut work)?;
                if let Some(Due::On(day)) = due {
                    notice_moved(&mut work, turn, *day)?;
                }
            }
            Event::DueSet { due, .. } => notice_moved(&mut work, turn, *due)?,
            Event::CaseEnded { outcome, .. } => ended(&mut work, *outcome, &decided, turn)?,
            _ => {}
        }
    }
    Ok(work.drafts)
}

/// A step in which people decide has come to its end.
fn decision(
    work: &mut RequestWork<'_, '_>,
    step: &Step,
    completion: Completion,
    opinion: &str,
    by: PersonId,
    turn: &Turn<'_>,
) -> Result<(), Failure> {
    let passed = completion == Completion::Passed;
    if completion == Completion::Refused || passed {
        // An approval asks for the conditions again; it is a body's decision.
        let asked = |check| step.completes_if.contains(&check);
        match asked(Check::Eligible) && !asked(Check::CollectiveDecision) {
            true => judged(work, passed, opinion, by)?,
            false => work.event(Command::Approve {
                approved: passed,
                opinion: opinion.to_owned(),
                minutes: turn.said.minutes.clone(),
                basis: turn.said.basis.clone().map(Into::into),
                by,
            })?,
        }
    }
    Ok(())
}

/// What the reviewer decided, with what the rules found on the day.
fn judged(
    work: &mut RequestWork<'_, '_>,
    passed: bool,
    opinion: &str,
    by: PersonId,
) -> Result<(), Failure> {
    let (sight, request) = (work.sight, &work.state);
    let judged = judge(sight, request)?;
    let (person, id) = (&request.person, &request.request);
    let findings = seal(sight, person, id, Part::Findings, &judged.kept())?;
    work.event(Command::Judge(Judgement {
        passed,
        failed: judged.open_codes(),
        findings,
        policy: judged.policy,
        person_version: judged.person_version,
        opinion: opinion.to_owned(),
        by,
        on: sight.today,
    }))
}

/// Why it pauses: what was said, or what the rules find.
fn paused(work: &mut RequestWork<'_, '_>, turn: &Turn<'_>) -> Result<(), Failure> {
    let (sight, request) = (work.sight, &work.state);
    let cause = match turn.said.opinion.trim() {
        "" => {
            let judged = judge(sight, request)?;
            let codes = judged.found.suspension_causes().filter_map(|finding| finding.reason);
            codes.map(|reason| reason.code()).collect::<Vec<_>>().join("、")
        }
        said => said.to_owned(),
    };
    let reported = request.unresolved().next().is_some();
    let (person, id) = (&request.person, &request.request);
    let cause = seal(sight, person, id, Part::Suspension, &cause)?;
    let by = sight.scope.principal.person.clone();
    work.event(Command::Suspend { reported, cause, by })
}

/// It goes on. That nothing bars the candidate any more was asked before, whoever says so.
fn resumed(work: &mut RequestWork<'_, '_>) -> Result<(), Failure> {
    let by = work.sight.scope.principal.person.clone();
    work.event(Command::Resume { by })
}

/// A notice that was interrupted is counted anew: to another last day.
fn notice_moved(work: &mut RequestWork<'_, '_>, turn: &Turn<'_>, to: Date) -> Result<(), Failure> {
    let Some(notice) = &work.state.notice else { return Ok(()) };
    let Some(open) = &turn.after.open else { return Ok(()) };
    let flow = work::flow(work.sight, turn.after)?;
    let waits = flow.definition.step(&open.step).map(|step| &step.kind);
    match matches!(waits, Some(Kind::Wait { .. })) && notice.to != to {
        true => work.event(Command::MoveNotice { to }),
        false => Ok(()),
    }
}

/// It ended without an appointment: the move, and the person, are free again.
fn ended(
    work: &mut RequestWork<'_, '_>,
    outcome: Outcome,
    decided: &Decided,
    turn: &Turn<'_>,
) -> Result<(), Failure> {
    let (ending, release) = match outcome {
        Outcome::Done => return Ok(()),
        Outcome::Refused | Outcome::Lapsed => (Ending::Refused, ReleaseReason::Refused),
        Outcome::Withdrawn => (Ending::Withdrawn, ReleaseReason::Withdrawn),
    };
    let (sight, request) = (work.sight, work.state.clone());
    let reason = match (turn.said.opinion.trim(), decided.opinion.as_str()) {
        ("", "") => "会议或期限所定".to_owned(),
        ("", opinion) => opinion.to_owned(),
        (said, _) => said.to_owned(),
    };
    let (person, id) = (&request.person, &request.request);
    let reason = seal(sight, person, id, Part::Ending, &reason)?;
    let by = decided.by.clone().or_else(|| sight.scope.principal.person.clone());
    work.event(Command::End { ending, reason, by })?;
    let Some(seat) = &request.seat else { return Ok(()) };
    let round = work::round(sight, &request.round)?;
    if round.moves.get(&seat.index) == Some(id) {
        let mut round = work::RoundWork::of(sight, round.clone());
        round.event(round::Command::Free { index: seat.index, request: id.clone() })?;
        work.drafts.extend(round.drafts);
    }
    let only = |index| index == seat.index;
    work.drafts.extend(seats::release(sight, &request.account, &seat.hold, only, release)?);
    work.drafts.extend(work::free_candidate(sight, &request)?);
    Ok(())
}
