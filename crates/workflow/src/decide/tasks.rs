//! What people do with tasks: decide, return, hand on, take back.

use std::collections::BTreeSet;

use quanheng_policy::PersonId;

use super::returns::leads_plainly;
use super::{Draft, allow, given, some};
use crate::case::{ActedBy, Due, OpenStep, Origin, Position, Task, TaskNr, TaskState, Verdict};
use crate::definition::{Action, Kind, Mode, Outcome, Step, StepId};
use crate::event::{Completion, Event};
use crate::refusal::Refusal;
use crate::tally::{positions, tally};

impl Draft<'_> {
    pub(super) fn claim(&mut self, by: PersonId, nr: TaskNr) -> Result<(), Refusal> {
        let (task, open, step) = self.task(nr, Action::Claim)?;
        if task.claimed_by.is_some() {
            return Err(Refusal::TaskNotOpen { task: nr });
        }
        let by = self.decides(&by, &task, &open, step)?;
        self.push(Event::TaskClaimed { task: nr, by });
        self.still_enough(step)
    }

    /// What was just done leaves a person for every task that is still needed.
    pub(super) fn still_enough(&self, step: &Step) -> Result<(), Refusal> {
        match &self.case.open {
            Some(open) if open.step == step.id => self.enough(step, &open.tasks),
            _ => Ok(()),
        }
    }

    pub(super) fn judge(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        approve: bool,
        opinion: String,
    ) -> Result<(), Refusal> {
        let action = if approve { Action::Approve } else { Action::Refuse };
        let (task, open, step) = self.task(nr, action)?;
        let Kind::Decide { how, .. } = &step.kind else {
            return Err(Refusal::ActionNotAllowed { step: step.id.clone(), action: Some(action) });
        };
        if !approve {
            given("opinion", &opinion)?;
        }
        let by = self.decides(&by, &task, &open, step)?;
        let verdict = if approve { Verdict::Approve } else { Verdict::Refuse };
        let after = with_verdict(&open, nr, verdict, &by);
        let outcome = tally(how, &after);
        let (opened, voided) = match outcome {
            Some(_) => (BTreeSet::new(), pending(&after)),
            None => moved(how, &after, &task, verdict),
        };
        // What a seat approves with counts when the others have acted.
        let seat = match &task.origin {
            Origin::Seat(_) => true,
            Origin::Signer { position, .. } => *position == Position::Parallel,
        };
        let said = (approve && seat && outcome.is_none()).then(|| self.facts.said.clone());
        self.push(Event::TaskDecided { task: nr, verdict, opinion, by, opened, voided, said });
        match outcome {
            Some(Verdict::Approve) => self.complete(step, Completion::Passed),
            Some(Verdict::Refuse) => self.complete(step, Completion::Refused),
            None => self.still_enough(step),
        }
    }

    pub(super) fn give_back(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        to: StepId,
        back_to_me: bool,
        opinion: String,
    ) -> Result<(), Refusal> {
        let (task, open, step) = self.task(nr, Action::Return)?;
        given("opinion", &opinion)?;
        let by = self.decides(&by, &task, &open, step)?;
        if let Origin::Signer { position: Position::Before, .. } = task.origin {
            // Such a signer gives an opinion, and leaves what follows to the task's owner.
            return Err(Refusal::ActionNotAllowed {
                step: step.id.clone(),
                action: Some(Action::Return),
            });
        }
        let visited = self.case.opened.iter().rposition(|opened| *opened == to);
        let definition = &self.facts.flow.definition;
        let target = definition.step(&to);
        let (Some(since), Some(target)) = (visited, target) else {
            return Err(Refusal::ReturnNotAllowed { to });
        };
        let straight =
            !back_to_me || (self.case.parked.is_none() && leads_plainly(definition, target, step));
        if !step.returns().contains(&to) || !straight {
            return Err(Refusal::ReturnNotAllowed { to });
        }
        let undone = match back_to_me {
            true => [to.clone()].into(),
            false => self.case.opened[since..].iter().cloned().collect(),
        };
        let (task, step) = (nr, step.id.clone());
        let event = Event::StepReturned { step, to, task, back_to_me, undone, opinion, by };
        self.push(event);
        self.open(target)
    }

    pub(super) fn transfer(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        to: PersonId,
    ) -> Result<(), Refusal> {
        let (task, open, step) = self.task(nr, Action::Transfer)?;
        let by = self.decides(&by, &task, &open, step)?;
        self.newcomer(&to, &task, &open, step)?;
        self.of_the_seat(&to, &task, &open)?;
        self.push(Event::TaskTransferred { task: nr, to, by });
        self.still_enough(step)
    }

    pub(super) fn delegate(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        to: PersonId,
    ) -> Result<(), Refusal> {
        let (task, open, step) = self.task(nr, Action::Delegate)?;
        let by = self.decides(&by, &task, &open, step)?;
        self.newcomer(&to, &task, &open, step)?;
        self.push(Event::TaskDelegated { task: nr, to, by });
        self.still_enough(step)
    }

    /// By the delegate, or taken back by who delegated.
    pub(super) fn resolve_delegation(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        opinion: String,
    ) -> Result<(), Refusal> {
        let (open, _) = self.opened()?;
        let task = open.task(nr).ok_or(Refusal::TaskNotOpen { task: nr })?;
        if !matches!(task.state, TaskState::Delegated { .. }) {
            return Err(Refusal::TaskNotOpen { task: nr });
        }
        given("opinion", &opinion)?;
        let owner = Task { state: TaskState::Open, ..task.clone() };
        let by = self.acts(&by, task).or_else(|_| self.acts(&by, &owner))?;
        for person in by.persons() {
            self.keeps_clear(person)?;
        }
        self.push(Event::DelegationResolved { task: nr, opinion, by });
        Ok(())
    }

    pub(super) fn copy(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        to: BTreeSet<PersonId>,
    ) -> Result<(), Refusal> {
        let (task, ..) = self.task(nr, Action::Copy)?;
        some("to", to.len())?;
        let by = self.acts(&by, &task)?;
        self.push(Event::Copied { to, by });
        Ok(())
    }

    /// By the initiator, or anybody who has decided in the case.
    pub(super) fn urge(&mut self, by: PersonId) -> Result<(), Refusal> {
        let (open, step) = self.opened()?;
        allow(step, Action::Urge)?;
        let takes_part = by == self.case.initiator
            || self.case.deciders.values().any(|persons| persons.contains(&by));
        if !takes_part {
            return Err(Refusal::NotYours { person: by });
        }
        let whom = on_turn(&open);
        let by = ActedBy { person: by, for_person: None };
        self.push(Event::Urged { whom, by });
        Ok(())
    }

    pub(super) fn recall(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        reason: String,
    ) -> Result<(), Refusal> {
        given("reason", &reason)?;
        let recallable = self.case.recallable.clone().filter(|recallable| recallable.task == nr);
        let recallable = recallable.ok_or(Refusal::NotRecallable)?;
        let before = &recallable.before.step;
        let definition = &self.facts.flow.definition;
        let step = definition.step(before).ok_or(Refusal::NotRecallable)?;
        allow(step, Action::Recall)?;
        if recallable.by.person != by {
            return Err(Refusal::NotYours { person: by });
        }
        let still_open = self
            .case
            .open
            .as_ref()
            .is_some_and(|open| open.step == *before && open.task(nr).is_some());
        let due = recallable.before.due;
        let late = matches!(due, Some(Due::On(day)) if day < self.facts.today);
        if late || (!still_open && !step.effects.is_empty()) {
            return Err(Refusal::NotRecallable);
        }
        let by = recallable.by;
        self.push(Event::DecisionRecalled { task: nr, reason, by });
        // The calendar may have been published while the step was done.
        let Some(Due::AwaitsCalendar { from }) = due else { return Ok(()) };
        if let Some(Due::On(due)) = self.due_of(step, from)? {
            self.push(Event::DueSet { step: step.id.clone(), due });
        }
        Ok(())
    }

    pub(super) fn next_in_turn(&mut self, how: &Mode) {
        let next = self.case.open.as_ref().and_then(|open| next_in_turn(how, open));
        if let Some(task) = next {
            self.push(Event::NextInTurn { task });
        }
    }

    pub(super) fn withdraw(&mut self, by: PersonId, reason: String) -> Result<(), Refusal> {
        let (_, step) = self.opened()?;
        allow(step, Action::Withdraw)?;
        given("reason", &reason)?;
        if by != self.case.initiator {
            return Err(Refusal::NotYours { person: by });
        }
        let definition = &self.facts.flow.definition;
        let end = definition.ends.iter().find(|end| end.outcome == Outcome::Withdrawn);
        let not_allowed =
            Refusal::ActionNotAllowed { step: step.id.clone(), action: Some(Action::Withdraw) };
        let end = end.ok_or(not_allowed)?.id.clone();
        let by = ActedBy { person: by, for_person: None };
        self.push(Event::Withdrawn { reason, by });
        self.go(&end)
    }
}

/// A step with a decision on one of its tasks.
fn with_verdict(open: &OpenStep, nr: TaskNr, verdict: Verdict, by: &ActedBy) -> OpenStep {
    let mut after = open.clone();
    if let Some(task) = after.task_mut(nr) {
        task.state = TaskState::Decided { verdict, by: by.clone() };
    }
    after
}

fn pending(open: &OpenStep) -> BTreeSet<TaskNr> {
    open.tasks.iter().filter(|task| task.is_pending()).map(|task| task.nr).collect()
}

/// Who can act now.
pub(super) fn on_turn(open: &OpenStep) -> BTreeSet<PersonId> {
    let turn = open.tasks.iter().filter_map(|task| match &task.state {
        TaskState::Open => Some(task.holders()),
        TaskState::Delegated { to } => Some([to.clone()].into()),
        _ => None,
    });
    turn.flatten().collect()
}

/// Tasks that a decision opens and those that it makes needless, while the step stays
/// open.
fn moved(
    how: &Mode,
    after: &OpenStep,
    task: &Task,
    verdict: Verdict,
) -> (BTreeSet<TaskNr>, BTreeSet<TaskNr>) {
    let (mut opened, mut voided) = (BTreeSet::new(), BTreeSet::new());
    let of =
        |position| move |other: &&Task| other.is_signer_of(task.nr, position) && other.is_pending();
    let behind = after.tasks.iter().filter(of(Position::After)).map(|other| other.nr);
    match verdict {
        Verdict::Approve => opened.extend(behind),
        Verdict::Refuse => voided.extend(behind),
    }
    if let Origin::Signer { to, position: Position::Before } = &task.origin {
        opened.extend(released(after, *to));
    }
    if opened.is_empty() {
        opened.extend(next_in_turn(how, after));
    }
    (opened, voided)
}

/// In turn, the next one comes when nobody before it is still to act.
fn next_in_turn(how: &Mode, open: &OpenStep) -> Option<TaskNr> {
    let busy = |other: &Task| other.is_pending() && other.state != TaskState::Waiting;
    if !matches!(how, Mode::InTurn {}) || open.tasks.iter().any(busy) {
        return None;
    }
    positions(open).find(|other| other.state == TaskState::Waiting).map(|other| other.nr)
}

/// A task that waited for signers before it, once none of them is still to sign.
pub(super) fn released(open: &OpenStep, nr: TaskNr) -> Option<TaskNr> {
    let waits = open.task(nr).is_some_and(|task| task.state == TaskState::Waiting);
    let before = |task: &&Task| task.is_signer_of(nr, Position::Before);
    let signing = open.tasks.iter().filter(before).any(Task::is_pending);
    (waits && !signing).then_some(nr)
}
