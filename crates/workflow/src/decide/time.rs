//! What time brings: the end of a wait, deadlines and what follows, pauses.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_policy::calendar::{Calendar, CalendarError};

use super::tasks::on_turn;
use super::{Draft, given};
use crate::case::{Due, OpenStep, Origin, Task, TaskNr};
use crate::definition::{Consequence, Counting, Kind, Outcome, Period, Step};
use crate::event::{Completion, Event};
use crate::refusal::Refusal;

impl Draft<'_> {
    pub(super) fn tick(&mut self) -> Result<(), Refusal> {
        let (open, step) = self.opened()?;
        match open.due {
            Some(Due::AwaitsCalendar { from }) => self.set_due(step, from),
            Some(Due::On(day)) if day < self.facts.today => self.passed(&open, step),
            _ => Err(Refusal::WrongState { what: "没有到期事项".to_owned() }),
        }
    }

    fn period(step: &Step) -> Option<Period> {
        match &step.kind {
            Kind::Wait { period } => Some(period.clone()),
            _ => step.deadline.as_ref().map(|deadline| deadline.period()),
        }
    }

    /// The last day of a step, counted from a day.
    pub(super) fn due_of(&self, step: &Step, from: Date) -> Result<Option<Due>, Refusal> {
        Self::period(step).map(|period| self.due(&period, from)).transpose()
    }

    fn set_due(&mut self, step: &Step, from: Date) -> Result<(), Refusal> {
        match self.due_of(step, from)? {
            Some(Due::On(due)) => {
                self.push(Event::DueSet { step: step.id.clone(), due });
                Ok(())
            }
            _ => Err(Refusal::WrongState { what: "放假调休安排尚未公布".to_owned() }),
        }
    }

    fn passed(&mut self, open: &OpenStep, step: &Step) -> Result<(), Refusal> {
        if matches!(step.kind, Kind::Wait { .. }) {
            return self.complete(step, Completion::Passed);
        }
        let Some(deadline) = step.deadline.as_ref().filter(|_| !open.deadline_passed) else {
            return Err(Refusal::WrongState { what: "期限已处理".to_owned() });
        };
        let (id, on) = (step.id.clone(), self.facts.today);
        let event = |draft: &mut Self, remind, voided, escalated| {
            let step = id.clone();
            draft.push(Event::DeadlinePassed { step, remind, voided, escalated, on });
        };
        match &deadline.then {
            Consequence::Remind => event(self, on_turn(open), [].into(), vec![]),
            Consequence::Escalate => match self.escalated(open, step) {
                Ok((voided, escalated)) if !escalated.is_empty() => {
                    event(self, [].into(), voided, escalated);
                }
                // Nobody above can take it, or only signers are missing: those who have it
                // are reminded.
                _ => event(self, on_turn(open), [].into(), vec![]),
            },
            Consequence::Go(to) => {
                event(self, [].into(), [].into(), vec![]);
                let (step, completion) = (step.id.clone(), Completion::Overdue);
                self.push(Event::StepCompleted { step, completion, effects: [].into(), on });
                return self.go(to);
            }
        }
        Ok(())
    }

    /// For every task of a seat that is not decided, one of the next authority's; the
    /// task's signers go with it.
    fn escalated(
        &self,
        open: &OpenStep,
        step: &Step,
    ) -> Result<(BTreeSet<TaskNr>, Vec<Task>), Refusal> {
        let mut escalated: Vec<Task> = Vec::new();
        let mut voided = BTreeSet::new();
        for task in open.tasks.iter().filter(|task| task.is_pending()) {
            let Origin::Seat(actor) = &task.origin else { continue };
            let nobody = || Refusal::NobodyToAct {
                step: step.id.clone(),
                role: actor.role.clone(),
                level: actor.level,
            };
            let level = self.above(actor).ok_or_else(nobody)?;
            escalated.extend(self.in_place_of(open, step, task, level)?);
            voided.extend(open.with_signers(task.nr));
        }
        for (number, task) in (self.case.next_task..).zip(&mut escalated) {
            task.nr = TaskNr(number);
        }
        let stays = open.tasks.iter().filter(|task| !voided.contains(&task.nr));
        let after: Vec<_> = stays.chain(&escalated).cloned().collect();
        self.enough(step, &after)?;
        Ok((voided, escalated))
    }

    pub(super) fn pause(&mut self, reason: String) -> Result<(), Refusal> {
        given("reason", &reason)?;
        self.opened()?;
        self.push(Event::Paused { reason, on: self.facts.today });
        Ok(())
    }

    /// Ends the case at the flow's end for refusals, whatever step is open.
    pub(super) fn stop(&mut self) -> Result<(), Refusal> {
        let (_, step) = self.opened()?;
        let ends = &self.facts.flow.definition.ends;
        let end = ends.iter().find(|end| end.outcome == Outcome::Refused);
        let end =
            end.ok_or_else(|| Refusal::ActionNotAllowed { step: step.id.clone(), action: None })?;
        let (id, on) = (step.id.clone(), self.facts.today);
        let (completion, effects) = (Completion::Refused, BTreeSet::new());
        self.push(Event::StepCompleted { step: id, completion, effects, on });
        self.go(&end.id)
    }

    /// The days that were left when it paused are left again; where they reach into a year
    /// whose calendar is not published, the whole period is counted from today once it is.
    /// Those of a public notice are counted anew: it has to be seen for its whole time.
    pub(super) fn resume(&mut self) -> Result<(), Refusal> {
        let (open, step) = self.opened()?;
        let not_paused = || Refusal::WrongState { what: "事项未中止".to_owned() };
        let pause = self.case.paused.clone().ok_or_else(not_paused)?;
        let today = self.facts.today;
        let due = match (&step.kind, open.due) {
            (Kind::Wait { period }, Some(_)) => Some(self.due(period, today)?),
            (_, Some(Due::On(day))) => {
                let counting = step.deadline.as_ref().map(|deadline| deadline.count);
                let calendar = self.facts.calendar;
                match left_over(calendar, counting, pause.since, day, today) {
                    Ok(day) => Some(Due::On(day)),
                    Err(CalendarError::NotPublished { .. }) => {
                        Some(Due::AwaitsCalendar { from: today })
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            (_, Some(Due::AwaitsCalendar { .. })) => self.due_of(step, today)?,
            (_, None) => None,
        };
        self.push(Event::Resumed { due, on: today });
        Ok(())
    }
}

/// As many days from today as were left at the pause.
fn left_over(
    calendar: &Calendar,
    counting: Option<Counting>,
    since: Date,
    due: Date,
    today: Date,
) -> Result<Date, CalendarError> {
    if due < since {
        return Ok(due);
    }
    if due == since {
        return Ok(today);
    }
    if counting == Some(Counting::Days) {
        let left = (due - since).get_days().unsigned_abs();
        return calendar.calendar_deadline(today, left);
    }
    let left = calendar.count_working_days(since, due)?;
    let used = u32::from(calendar.is_working_day(since)?);
    // A last day that is none of work leaves the next one.
    calendar.add_working_days(today, (left - used).max(1))
}
