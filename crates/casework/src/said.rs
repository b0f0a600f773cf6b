//! What is said with a decision, by whom, and what an earlier approval of the same step was
//! given with.

use std::collections::BTreeSet;

use quanheng_policy::PersonId;
use quanheng_runtime::wire::Basis;
use quanheng_workflow::case::{
    Approval, Case, Grounds, OpenStep, Origin, Position, Spoken, TaskState,
};
use quanheng_workflow::command::Command;
use quanheng_workflow::event::Event;

use crate::case::Said;

/// What the flow keeps of it.
pub(crate) fn spoken(said: &Said) -> Spoken {
    let grounds = said.basis.clone();
    let grounds =
        grounds.map(|Basis { document, effective_on }| Grounds { document, effective_on });
    Spoken { by: said.by.clone(), minutes: said.minutes.clone(), grounds }
}

/// With what the step was approved with before, where this does not say it anew.
pub(crate) fn filled(said: &Said, open: Option<&OpenStep>) -> Said {
    let mut said = said.clone();
    let Some(approval) = open.and_then(|open| open.approved.as_ref()) else { return said };
    if said.minutes.trim().is_empty() {
        said.minutes.clone_from(&approval.said.minutes);
    }
    let grounds = approval.said.grounds.clone();
    let earlier =
        grounds.map(|Grounds { document, effective_on }| Basis { document, effective_on });
    said.basis = said.basis.or(earlier);
    said
}

/// As the one said it who approved before.
pub(crate) fn as_approved(said: &Said, approval: &Approval) -> Said {
    let (by, opinion) = (approval.said.by.clone(), approval.opinion.clone());
    Said { by, opinion, ..said.clone() }
}

/// The approval that a step is completed by, where the last to act was not the one who
/// approves: a signer after it, or nobody.
pub(crate) fn earlier(case: Option<&Case>, turn: &[Event]) -> Option<Approval> {
    let open = case?.open.as_ref()?;
    let decided = turn.iter().rev().find_map(|event| match event {
        Event::TaskDecided { task, .. } => open.task(*task),
        _ => None,
    });
    let approves = decided.is_some_and(|task| match &task.origin {
        Origin::Seat(_) => true,
        Origin::Signer { position, .. } => *position == Position::Parallel,
    });
    open.approved.clone().filter(|_| !approves)
}

/// Who asks for it, if a person does.
pub(crate) fn asks(command: &Command) -> Option<&PersonId> {
    match command {
        Command::Start { by, .. }
        | Command::Claim { by, .. }
        | Command::Approve { by, .. }
        | Command::Refuse { by, .. }
        | Command::Return { by, .. }
        | Command::Transfer { by, .. }
        | Command::Delegate { by, .. }
        | Command::ResolveDelegation { by, .. }
        | Command::AddSigners { by, .. }
        | Command::RemoveSigners { by, .. }
        | Command::Copy { by, .. }
        | Command::Urge { by }
        | Command::Record { by, .. }
        | Command::DecideInMeeting { by, .. }
        | Command::Recall { by, .. }
        | Command::Withdraw { by, .. } => Some(by),
        Command::RunChecks
        | Command::Tick
        | Command::Reseat { .. }
        | Command::Pause { .. }
        | Command::Resume
        | Command::Stop => None,
    }
}

/// Whom it would bring in to act.
pub(crate) fn brings_in(command: &Command) -> BTreeSet<&PersonId> {
    match command {
        Command::Transfer { to, .. } | Command::Delegate { to, .. } => [to].into(),
        Command::AddSigners { persons, .. } => persons.iter().collect(),
        _ => BTreeSet::new(),
    }
}

/// Whose kinship it turns on: who acts and for whom, who would be brought in or was at the
/// meeting, and those whose task is to go to others.
pub(crate) fn concerns<'c>(case: Option<&'c Case>, command: &'c Command) -> BTreeSet<&'c PersonId> {
    let mut concerned = brings_in(command);
    concerned.extend(asks(command));
    if let Command::DecideInMeeting { meeting, .. } = command {
        concerned.extend(meeting.due.union(&meeting.present));
    }
    let task = match command {
        Command::Claim { task, .. }
        | Command::Approve { task, .. }
        | Command::Refuse { task, .. }
        | Command::Return { task, .. }
        | Command::Transfer { task, .. }
        | Command::Delegate { task, .. }
        | Command::ResolveDelegation { task, .. }
        | Command::AddSigners { task, .. }
        | Command::RemoveSigners { task, .. }
        | Command::Record { task, .. }
        | Command::DecideInMeeting { task, .. }
        | Command::Reseat { task, .. } => *task,
        _ => return concerned,
    };
    let open = case.and_then(|case| case.open.as_ref());
    let Some(task) = open.and_then(|open| open.task(task)) else { return concerned };
    let mut have: BTreeSet<&PersonId> = match &task.claimed_by {
        Some(claimed) => [claimed].into(),
        None => task.candidates.iter().collect(),
    };
    if let TaskState::Delegated { to } = &task.state {
        have.insert(to);
    }
    // Who has it acts for nobody; a stand-in acts for one of those who have it.
    if asks(command).is_none_or(|by| !have.contains(by)) {
        concerned.extend(have);
    }
    concerned
}
