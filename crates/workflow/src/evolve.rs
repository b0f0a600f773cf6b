//! How an event changes a case. It never refuses: what is refused is never an event.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_policy::PersonId;

use crate::case::{
    ActedBy, Approval, Case, Due, Ended, OpenStep, Pause, Position, Recallable, Spoken, Task,
    TaskNr, TaskState,
};
use crate::definition::StepId;
use crate::event::{Completion, Event};

/// Applies an event. A case begins with its start.
pub fn evolve(state: &mut Option<Case>, event: &Event) {
    match (state, event) {
        (state @ None, Event::CaseStarted { flow, initiator, about, .. }) => {
            *state = Some(Case {
                flow: flow.clone(),
                initiator: initiator.clone(),
                about: about.clone(),
                open: None,
                ended: None,
                paused: None,
                deciders: BTreeMap::new(),
                opened: Vec::new(),
                copied: BTreeSet::new(),
                parked: None,
                recallable: None,
                next_task: 1,
            });
        }
        (None, _) => {}
        (Some(case), event) => case.apply(event),
    }
}

impl Case {
    fn apply(&mut self, event: &Event) {
        if acts(event) {
            self.recallable = None;
        }
        match event {
            Event::CaseStarted { .. } | Event::Urged { .. } | Event::Checked { .. } => {}
            Event::StepOpened { open } => {
                self.numbered(&open.tasks);
                // Who returned the case comes back to it: the steps between stay as they are.
                if self.parked.is_none() || !self.opened.contains(&open.step) {
                    self.opened.push(open.step.clone());
                }
                self.open = Some(open.clone());
            }
            Event::StepResumed { due, .. } => {
                self.open = self.parked.take();
                if let Some(open) = &mut self.open {
                    (open.due, open.deadline_passed) = (*due, false);
                }
            }
            Event::TaskClaimed { task, by } => {
                let person = by.for_person.clone().unwrap_or_else(|| by.person.clone());
                self.with_task(*task, |task| task.claimed_by = Some(person));
            }
            Event::TaskDecided { task, verdict, opinion, by, opened, voided, said } => {
                self.keep_for_recall(*task, by);
                if let (Some(said), Some(open)) = (said, &mut self.open) {
                    let (by, opinion) = (by.clone(), opinion.clone());
                    let said = with_earlier(said.clone(), open.approved.take());
                    open.approved = Some(Approval { by, opinion, said });
                }
                let (verdict, by) = (*verdict, by.clone());
                self.decided(&by);
                self.with_task(*task, |task| task.state = TaskState::Decided { verdict, by });
                self.set(opened, &TaskState::Open);
                self.set(voided, &TaskState::Void);
            }
            Event::TaskTransferred { task, to, .. } => self.with_task(*task, |task| {
                task.candidates = [to.clone()].into();
                task.claimed_by = None;
                task.handed_on = true;
            }),
            Event::TaskDelegated { task, to, by } => {
                let person = by.for_person.clone().unwrap_or_else(|| by.person.clone());
                self.with_task(*task, |task| {
                    task.claimed_by = Some(person);
                    task.state = TaskState::Delegated { to: to.clone() };
                });
            }
            Event::DelegationResolved { task, .. } => {
                self.with_task(*task, |task| task.state = TaskState::Open);
            }
            Event::SignersAdded { task, position, signers, by } => {
                let person = by.for_person.clone().unwrap_or_else(|| by.person.clone());
                self.numbered(signers);
                if let Some(open) = &mut self.open {
                    open.tasks.extend(signers.iter().cloned());
                }
                self.with_task(*task, |task| {
                    task.claimed_by = Some(person);
                    if *position == Position::Before {
                        task.state = TaskState::Waiting;
                    }
                });
            }
            Event::SignersRemoved { signers, opened, .. } => {
                self.set(signers, &TaskState::Void);
                self.set(opened, &TaskState::Open);
            }
            Event::Copied { to, .. } => self.copied.extend(to.iter().cloned()),
            Event::Recorded { by, .. } => self.decided(&by.clone()),
            Event::BodyDecided { by, meeting, .. } => {
                self.decided(&by.clone());
                // Who was present has decided with the body.
                if let Some(open) = &self.open {
                    let deciders = self.deciders.entry(open.step.clone()).or_default();
                    deciders.extend(meeting.present.iter().cloned());
                }
            }
            Event::StepCompleted { completion, .. } => {
                self.open = None;
                if matches!(completion, Completion::Refused | Completion::Overdue) {
                    self.parked = None;
                }
            }
            Event::StepReturned { to, back_to_me, undone, .. } => {
                let open = self.open.take();
                self.parked = if *back_to_me { open } else { None };
                if !back_to_me {
                    let last = self.opened.iter().rposition(|step| step == to);
                    self.opened.truncate(last.unwrap_or(0));
                }
                self.deciders.retain(|step, _| !undone.contains(step));
            }
            Event::DecisionRecalled { .. } => self.recall(),
            Event::DeadlinePassed { voided, escalated, .. } => {
                self.set(voided, &TaskState::Void);
                self.numbered(escalated);
                if let Some(open) = &mut self.open {
                    open.deadline_passed = true;
                    open.tasks.extend(escalated.iter().cloned());
                }
            }
            Event::TaskReseated { task, voided, opened, tasks } => {
                self.set(voided, &TaskState::Void);
                self.set(opened, &TaskState::Open);
                self.numbered(tasks);
                if let Some(open) = &mut self.open {
                    // Where its turn is, theirs is.
                    let place = open.tasks.iter().position(|old| old.nr == *task);
                    let place = place.map_or(open.tasks.len(), |place| place + 1);
                    open.tasks.splice(place..place, tasks.iter().cloned());
                }
            }
            Event::NextInTurn { task } => self.with_task(*task, |t| t.state = TaskState::Open),
            Event::DueSet { due, .. } => {
                if let Some(open) = &mut self.open {
                    open.due = Some(Due::On(*due));
                }
            }
            Event::Paused { reason, on } => {
                self.paused = Some(Pause { since: *on, reason: reason.clone() });
            }
            Event::Resumed { due, .. } => {
                self.paused = None;
                if let Some(open) = &mut self.open {
                    open.due = *due;
                }
            }
            Event::Withdrawn { .. } => self.open = None,
            Event::CaseEnded { end, outcome, .. } => {
                self.open = None;
                self.parked = None;
                self.paused = None;
                self.recallable = None;
                self.ended = Some(Ended { end: end.clone(), outcome: *outcome });
            }
        }
    }

    fn with_task(&mut self, nr: TaskNr, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.open.as_mut().and_then(|open| open.task_mut(nr)) {
            change(task);
        }
    }

    fn set(&mut self, tasks: &BTreeSet<TaskNr>, state: &TaskState) {
        for nr in tasks {
            self.with_task(*nr, |task| task.state = state.clone());
        }
    }

    fn numbered(&mut self, tasks: &[Task]) {
        let last = tasks.iter().map(|task| task.nr.0).max().unwrap_or(0);
        self.next_task = self.next_task.max(last + 1);
    }

    fn decided(&mut self, by: &ActedBy) {
        let Some(step) = self.open.as_ref().map(|open| open.step.clone()) else { return };
        self.deciders.entry(step).or_default().extend(by.persons().cloned());
    }

    fn keep_for_recall(&mut self, task: TaskNr, by: &ActedBy) {
        let before = self.open.clone();
        let parked = self.parked.clone();
        self.recallable = before.map(|before| Recallable { before, task, by: by.clone(), parked });
    }

    /// The step is as it was before the decision, and its decider has not decided.
    fn recall(&mut self) {
        let Some(Recallable { before, by, parked, .. }) = self.recallable.take() else { return };
        forget(&mut self.deciders, &before, &by);
        // The last that had opened then: the step itself, or the one that awaits its return.
        let newest = parked.as_ref().map_or(&before.step, |parked| &parked.step);
        let last = self.opened.iter().rposition(|step| step == newest);
        self.opened.truncate(last.map_or(0, |last| last + 1));
        self.open = Some(before);
        self.parked = parked;
    }
}

fn forget(deciders: &mut BTreeMap<StepId, BTreeSet<PersonId>>, open: &OpenStep, by: &ActedBy) {
    if let Some(persons) = deciders.get_mut(&open.step) {
        persons.retain(|person| !by.persons().any(|by| by == person));
    }
}

/// What one approval does not say, an earlier one of the step may have said.
fn with_earlier(said: Spoken, earlier: Option<Approval>) -> Spoken {
    let Some(earlier) = earlier.map(|approval| approval.said) else { return said };
    let minutes = if said.minutes.is_empty() { earlier.minutes } else { said.minutes };
    Spoken { by: said.by, minutes, grounds: said.grounds.or(earlier.grounds) }
}

/// Whether somebody acted, so that what was decided before can no longer be taken back.
fn acts(event: &Event) -> bool {
    !matches!(
        event,
        Event::StepOpened { .. }
            | Event::StepCompleted { .. }
            | Event::Urged { .. }
            | Event::Copied { .. }
            | Event::DueSet { .. }
            | Event::DecisionRecalled { .. }
    )
}
