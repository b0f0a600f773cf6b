//! Finding others for a task whose people can no longer act (重新确定办理人): they left the
//! post, or turned out to be relatives. So that a case never lies with nobody.

use quanheng_policy::PersonId;

use super::Draft;
use super::tasks::released;
use crate::case::{OpenStep, Origin, Position, Task, TaskNr, TaskState};
use crate::definition::{Kind, Level, Seat, Step};
use crate::event::{Completion, Event};
use crate::refusal::Refusal;
use crate::tally::tally;

impl Draft<'_> {
    /// A task of a seat is given to those who sit there now; a signer is taken off. Only
    /// where everybody who has it is gone, must keep out, or has decided in the step.
    pub(super) fn reseat(&mut self, nr: TaskNr) -> Result<(), Refusal> {
        let (open, step) = self.opened()?;
        let task = open.task(nr).filter(|task| task.is_pending());
        let task = task.ok_or(Refusal::TaskNotOpen { task: nr })?;
        let able = |person: &PersonId| {
            !self.gone.contains(person)
                && self.may(step, person).is_ok()
                && self.not_yet(person, &open).is_ok()
        };
        if task.holders().iter().any(able) {
            return Err(Refusal::WrongState { what: "办理人仍可办理".to_owned() });
        }
        let mut tasks = match &task.origin {
            Origin::Seat(actor) => self.in_place_of(&open, step, task, actor.level)?,
            Origin::Signer { .. } => vec![],
        };
        for (number, new) in (self.case.next_task..).zip(&mut tasks) {
            new.nr = TaskNr(number);
        }
        let voided = open.with_signers(nr);
        let mut after = open.clone();
        for other in after.tasks.iter_mut().filter(|other| voided.contains(&other.nr)) {
            other.state = TaskState::Void;
        }
        let opened = match &task.origin {
            Origin::Signer { to, position: Position::Before } => released(&after, *to),
            _ => None,
        };
        let opened = opened.into_iter().collect();
        self.push(Event::TaskReseated { task: nr, voided, opened, tasks });
        self.settle(step)
    }

    /// With a signer gone, what the others decided may be all that was missing.
    pub(super) fn settle(&mut self, step: &Step) -> Result<(), Refusal> {
        let Kind::Decide { how, .. } = &step.kind else { return self.still_enough(step) };
        match self.case.open.as_ref().and_then(|open| tally(how, open)) {
            Some(crate::case::Verdict::Approve) => self.complete(step, Completion::Passed),
            Some(crate::case::Verdict::Refuse) => self.complete(step, Completion::Refused),
            None => {
                self.next_in_turn(how);
                self.still_enough(step)
            }
        }
    }

    /// The tasks that stand in the place of a seat's at a level.
    pub(super) fn in_place_of(
        &self,
        open: &OpenStep,
        step: &Step,
        task: &Task,
        level: Level,
    ) -> Result<Vec<Task>, Refusal> {
        let Origin::Seat(actor) = &task.origin else { return Ok(vec![]) };
        let seat = Seat { role: actor.role.clone(), level, each: false };
        let mut tasks = self.seat(step, &seat, level, Some(open))?;
        let for_signers = open
            .tasks
            .iter()
            .any(|other| other.is_signer_of(task.nr, Position::Before) && other.is_pending());
        let waits_its_turn = task.state == TaskState::Waiting && !for_signers;
        for new in tasks.iter_mut().filter(|_| waits_its_turn) {
            new.state = TaskState::Waiting;
        }
        Ok(tasks)
    }
}
