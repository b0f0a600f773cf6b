//! Decisions: what a command makes of a case. Pure functions of the case, the command and
//! the facts.

mod meeting;
mod open;
mod people;
mod reseat;
mod returns;
mod signers;
mod tasks;
mod time;

use std::collections::BTreeSet;

use quanheng_policy::PersonId;

pub use returns::{ReturnTarget, return_targets};

use crate::case::{About, Case, FlowVersion, OpenStep, Task, TaskNr, TaskState};
use crate::command::{Command, Facts, PERSONS_MAX};
use crate::definition::{Action, Kind, Step};
use crate::event::{Completion, Event};
use crate::evolve::evolve;
use crate::refusal::Refusal;

/// The events that a command brings about.
///
/// # Errors
/// The rule that refuses it; nothing changes then.
pub fn decide(
    state: Option<&Case>,
    command: Command,
    facts: Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    if let Command::Start { by, about } = command {
        if state.is_some() {
            return Err(Refusal::Exists);
        }
        return start(by, about, facts);
    }
    let case =
        state.ok_or_else(|| Refusal::WrongState { what: "事项尚未发起".to_owned() })?;
    if case.flow != version(facts) {
        return Err(Refusal::OtherFlow);
    }
    if case.ended.is_some() {
        return Err(Refusal::WrongState { what: "事项已办结".to_owned() });
    }
    let resumes = matches!(command, Command::Resume | Command::Withdraw { .. } | Command::Stop);
    if case.paused.is_some() && !resumes {
        return Err(Refusal::WrongState { what: "事项中止中".to_owned() });
    }
    let (case, gone) = (case.clone(), BTreeSet::new());
    let mut draft = Draft { case, events: Vec::new(), facts, gone };
    draft.run(command)?;
    Ok(draft.events)
}

fn version(facts: Facts<'_>) -> FlowVersion {
    let definition = &facts.flow.definition;
    FlowVersion {
        flow: definition.flow.clone(),
        version: definition.version,
        hash: facts.flow.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn start(by: PersonId, about: About, facts: Facts<'_>) -> Result<Vec<Event>, Refusal> {
    if about.persons.contains(&by) || facts.relatives.contains(&by) {
        return Err(Refusal::OwnCase { person: by });
    }
    let started =
        Event::CaseStarted { flow: version(facts), initiator: by, about, on: facts.today };
    let mut state = None;
    evolve(&mut state, &started);
    let case = state.ok_or(Refusal::Exists)?;
    let mut draft = Draft { case, events: vec![started], facts, gone: BTreeSet::new() };
    draft.go(&facts.flow.definition.first)?;
    Ok(draft.events)
}

/// A case with the events that are to happen to it, so that each sees what came before.
struct Draft<'a> {
    case: Case,
    events: Vec<Event>,
    facts: Facts<'a>,
    /// Who left the post or the service, as the command says.
    gone: BTreeSet<PersonId>,
}

impl<'a> Draft<'a> {
    fn push(&mut self, event: Event) {
        let mut state = Some(self.case.clone());
        evolve(&mut state, &event);
        if let Some(case) = state {
            self.case = case;
        }
        self.events.push(event);
    }

    fn run(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Start { .. } => Err(Refusal::Exists),
            Command::Claim { by, task } => self.claim(by, task),
            Command::Approve { by, task, opinion } => self.judge(by, task, true, opinion),
            Command::Refuse { by, task, opinion } => self.judge(by, task, false, opinion),
            Command::Return { by, task, to, back_to_me, opinion } => {
                self.give_back(by, task, to, back_to_me, opinion)
            }
            Command::Transfer { by, task, to } => self.transfer(by, task, to),
            Command::Delegate { by, task, to } => self.delegate(by, task, to),
            Command::ResolveDelegation { by, task, opinion } => {
                self.resolve_delegation(by, task, opinion)
            }
            Command::AddSigners { by, task, position, persons } => {
                self.add_signers(by, task, position, persons)
            }
            Command::RemoveSigners { by, task, persons } => self.remove_signers(by, task, persons),
            Command::Copy { by, task, to } => self.copy(by, task, to),
            Command::Urge { by } => self.urge(by),
            Command::Record { by, task, facts } => self.record(by, task, facts),
            Command::DecideInMeeting { by, task, meeting } => self.meet(by, task, meeting),
            Command::Recall { by, task, reason } => self.recall(by, task, reason),
            Command::Withdraw { by, reason } => self.withdraw(by, reason),
            Command::RunChecks => self.run_checks(),
            Command::Tick => self.tick(),
            Command::Reseat { task, gone } => {
                self.gone = gone;
                self.reseat(task)
            }
            Command::Pause { reason } => self.pause(reason),
            Command::Resume => self.resume(),
            Command::Stop => self.stop(),
        }
    }

    /// The step that is open, and its definition.
    fn opened(&self) -> Result<(OpenStep, &'a Step), Refusal> {
        let closed = || Refusal::WrongState { what: "没有在办的步骤".to_owned() };
        let open = self.case.open.clone().ok_or_else(closed)?;
        let step = self.facts.flow.definition.step(&open.step).ok_or_else(closed)?;
        Ok((open, step))
    }

    /// A task that is open, its step, and whether the step allows an action with it.
    fn task(&self, nr: TaskNr, action: Action) -> Result<(Task, OpenStep, &'a Step), Refusal> {
        let (open, step) = self.opened()?;
        let task = open.task(nr).filter(|task| task.state == TaskState::Open).cloned();
        let task = task.ok_or(Refusal::TaskNotOpen { task: nr })?;
        allow(step, action)?;
        Ok((task, open, step))
    }

    /// Completes the open step and goes on.
    fn complete(&mut self, step: &Step, completion: Completion) -> Result<(), Refusal> {
        let passed = completion == Completion::Passed;
        if passed {
            self.must_hold(step, &step.completes_if)?;
        }
        let effects = if passed { step.effects.clone() } else { Default::default() };
        let to = match (completion, &step.kind) {
            (Completion::Refused, Kind::Decide { refused: Some(to), .. })
            | (Completion::Refused, Kind::Body { refused: to, .. })
            | (Completion::Refused, Kind::Check { failed: to, .. }) => to,
            _ => &step.next,
        };
        let (id, on) = (step.id.clone(), self.facts.today);
        self.push(Event::StepCompleted { step: id, completion, effects, on });
        match &self.case.parked {
            Some(parked) if passed => {
                let parked = parked.clone();
                self.come_back(&parked)
            }
            _ => self.go(to),
        }
    }
}

fn allow(step: &Step, action: Action) -> Result<(), Refusal> {
    if step.allows(action) {
        return Ok(());
    }
    Err(Refusal::ActionNotAllowed { step: step.id.clone(), action: Some(action) })
}

fn given(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::Invalid { field, what: "须写明".to_owned() });
    }
    Ok(())
}

fn some(field: &'static str, count: usize) -> Result<(), Refusal> {
    if (1..=PERSONS_MAX).contains(&count) {
        return Ok(());
    }
    Err(Refusal::Invalid { field, what: format!("应为 1 至 {PERSONS_MAX} 人") })
}
