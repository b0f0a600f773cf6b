//! Going on to a step: leaving out what the profile simplifies, checking what must hold,
//! finding who acts, and by when.

use quanheng_policy::PersonId;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::calendar::CalendarError;

use super::Draft;
use crate::case::{Due, OpenStep, Origin, Task, TaskNr, TaskState};
use crate::command::Desk;
use crate::definition::{
    Actor, Check, Counting, Days, DaysParameter, Kind, Level, Mode, Period, Seat, Step, StepId,
};
use crate::event::{Completion, Event};
use crate::refusal::Refusal;
use crate::tally::needs_all;

impl Draft<'_> {
    /// Goes on to a step or an end.
    pub(super) fn go(&mut self, to: &StepId) -> Result<(), Refusal> {
        let definition = &self.facts.flow.definition;
        let mut to = to;
        let mut left_out = BTreeSet::new();
        while let Some(step) = definition.step(to) {
            if !self.facts.skip.contains(to) {
                self.must_hold(step, &step.opens_if)?;
                return self.open(step);
            }
            if !step.skippable || !left_out.insert(to) {
                return Err(Refusal::NotSkippable { step: to.clone() });
            }
            let (completion, on) = (Completion::Skipped, self.facts.today);
            let effects = BTreeSet::new();
            self.push(Event::StepCompleted { step: to.clone(), completion, effects, on });
            to = &step.next;
        }
        let nowhere = || Refusal::WrongState { what: format!("没有名为 {to} 的步骤") };
        let end = definition.end(to).ok_or_else(nowhere)?;
        let (effects, on) = (end.effects.clone(), self.facts.today);
        let (end, outcome) = (end.id.clone(), end.outcome);
        self.push(Event::CaseEnded { end, outcome, effects, on });
        Ok(())
    }

    /// Opens a step. One to which the case is returned was let in before.
    pub(super) fn open(&mut self, step: &Step) -> Result<(), Refusal> {
        let tasks = self.tasks_of(step)?;
        let period = match &step.kind {
            Kind::Wait { period } => Some(period.clone()),
            _ => step.deadline.as_ref().map(|deadline| deadline.period()),
        };
        let today = self.facts.today;
        let due = period.map(|period| self.due(&period, today)).transpose()?;
        let open = OpenStep {
            step: step.id.clone(),
            opened_on: today,
            due,
            deadline_passed: false,
            tasks,
            approved: None,
        };
        self.push(Event::StepOpened { open });
        Ok(())
    }

    /// The step that returned the case opens again as it was.
    pub(super) fn come_back(&mut self, parked: &OpenStep) -> Result<(), Refusal> {
        let definition = &self.facts.flow.definition;
        let Some(step) = definition.step(&parked.step) else { return self.go(&parked.step) };
        self.must_hold(step, &step.opens_if)?;
        let today = self.facts.today;
        let period = step.deadline.as_ref().map(|deadline| deadline.period());
        let due = period.map(|period| self.due(&period, today)).transpose()?;
        self.push(Event::StepResumed { due, on: today });
        Ok(())
    }

    /// What is not known to hold does not.
    pub(super) fn must_hold(&self, step: &Step, checks: &BTreeSet<Check>) -> Result<(), Refusal> {
        let failed = self.failed(step, checks)?;
        if failed.is_empty() {
            return Ok(());
        }
        let failed = failed.into_iter().collect();
        Err(Refusal::CheckFailed { step: step.id.clone(), failed })
    }

    pub(super) fn failed(
        &self,
        step: &Step,
        checks: &BTreeSet<Check>,
    ) -> Result<BTreeMap<Check, String>, Refusal> {
        let mut failed = BTreeMap::new();
        for check in checks {
            let missing = || Refusal::CheckMissing { step: step.id.clone(), check: *check };
            if let Err(why) = self.facts.checks.get(check).ok_or_else(missing)? {
                failed.insert(*check, why.clone());
            }
        }
        Ok(failed)
    }

    /// The last day of a period. A year whose calendar is not published yet is awaited.
    pub(super) fn due(&self, period: &Period, from: Date) -> Result<Due, Refusal> {
        let policy = self.facts.policy;
        let days = match &period.days {
            Days::Number(days) => *days,
            Days::Parameter(DaysParameter::NoticeWorkingDays) => {
                u16::from(*policy.notice_working_days()?.value)
            }
            Days::Parameter(DaysParameter::UseFilingDeadlineDays) => {
                *policy.use_filing_deadline_days()?.value
            }
            Days::Parameter(DaysParameter::CentralFilingDays) => {
                *policy.central_filing_days()?.value
            }
        };
        let calendar = self.facts.calendar;
        let day = match period.count {
            Counting::WorkingDays => calendar.add_working_days(from, days.into()),
            Counting::Days => calendar.calendar_deadline(from, days.into()),
            Counting::Notice => {
                calendar.notice_end(from, days.into(), *policy.notice_first_day()?.value)
            }
        };
        match day {
            Ok(day) => Ok(Due::On(day)),
            Err(CalendarError::NotPublished { .. }) => Ok(Due::AwaitsCalendar { from }),
            Err(error) => Err(error.into()),
        }
    }

    fn tasks_of(&self, step: &Step) -> Result<Vec<Task>, Refusal> {
        let mut tasks = Vec::new();
        for seat in step.seats() {
            tasks.extend(self.seat(step, seat, seat.level, None)?);
        }
        for (offset, task) in (self.case.next_task..).zip(&mut tasks) {
            task.nr = TaskNr(offset);
        }
        if let Kind::Decide { how: Mode::InTurn {}, .. } = &step.kind {
            tasks.iter_mut().skip(1).for_each(|task| task.state = TaskState::Waiting);
        }
        self.enough(step, &tasks)?;
        Ok(tasks)
    }

    /// The tasks of a seat: one, or one for each of its people. Where nobody may act, or
    /// the case is about the department's own people, the next authority does. `open` is
    /// the step as it is, if the seat is to be filled anew: who has decided in it, or has
    /// another task of it alone, is no help.
    pub(super) fn seat(
        &self,
        step: &Step,
        seat: &Seat,
        from: Level,
        open: Option<&OpenStep>,
    ) -> Result<Vec<Task>, Refusal> {
        let task = |candidates: BTreeSet<PersonId>, actor: &Actor| Task {
            nr: TaskNr(0),
            candidates,
            claimed_by: None,
            state: TaskState::Open,
            origin: Origin::Seat(actor.clone()),
            handed_on: false,
        };
        let actor = seat.actor();
        if actor.is_initiator() && open.is_none() {
            let initiator = self.case.initiator.clone();
            self.may(step, &initiator)?;
            return Ok(vec![task([initiator].into(), &actor)]);
        }
        let busy = |person: &PersonId| {
            self.gone.contains(person)
                || open.is_some_and(|open| {
                    self.not_yet(person, open).is_err() || open.has_alone(person)
                })
        };
        let mut level = Some(from);
        while let Some(at) = level {
            let actor = Actor { role: seat.role.clone(), level: at };
            let desk = self.facts.desks.get(&actor);
            let desk = desk.filter(|desk| !self.keeps_out(at, desk));
            let persons = desk.iter().flat_map(|desk| &desk.persons);
            let able = persons.filter(|p| self.may(step, p).is_ok() && !busy(p));
            let able: BTreeSet<_> = able.cloned().collect();
            if able.is_empty() {
                level = self.above(&actor).filter(|_| !actor.is_initiator());
            } else if seat.each {
                return Ok(able.into_iter().map(|p| task([p].into(), &actor)).collect());
            } else {
                return Ok(vec![task(able, &actor)]);
            }
        }
        let role = seat.role.clone();
        Err(Refusal::NobodyToAct { step: step.id.clone(), role, level: from })
    }

    /// The next authority up (提级办理): another unit than the one that sits there, above
    /// every level at which that one is the authority. So whom the table of authorities
    /// names is followed by the one above it.
    pub(super) fn above(&self, actor: &Actor) -> Option<Level> {
        let unit_at = |level| {
            let actor = Actor { role: actor.role.clone(), level };
            self.facts.desks.get(&actor).map(|desk| &desk.unit)
        };
        let own = unit_at(actor.level);
        use Level::{Central, OneAbove, ParentDepartment, Province, SameLevel, Unit};
        let levels = [Central, Province, OneAbove, SameLevel, ParentDepartment, Unit];
        let highest = levels.into_iter().find(|level| own.is_some() && unit_at(*level) == own);
        highest.unwrap_or(actor.level).above()
    }

    /// Whether a desk's people keep out: a department does not decide for its own people,
    /// nor a parent department for its unit. A unit's own party group does its own part,
    /// and whom the table of authorities names decides as it says.
    pub(super) fn keeps_out(&self, level: Level, desk: &Desk) -> bool {
        let own = self.case.about.unit.as_ref() == Some(&desk.unit);
        let reviews = !matches!(level, Level::Unit | Level::ByTable);
        reviews && (own || self.case.about.keep_out.contains(&desk.unit))
    }

    /// Whether a person may decide in a step: not on their own case or a relative's, and
    /// not after deciding in a step that is kept apart.
    pub(super) fn may(&self, step: &Step, person: &PersonId) -> Result<(), Refusal> {
        self.keeps_clear(person)?;
        let person = person.clone();
        let apart = self.facts.flow.definition.apart(&step.id);
        let decided = |other: &&&StepId| {
            self.case.deciders.get(**other).is_some_and(|persons| persons.contains(&person))
        };
        match apart.iter().find(decided) {
            Some(other) => {
                let step = (*other).clone();
                Err(Refusal::DecidedBefore { person, step })
            }
            None => Ok(()),
        }
    }

    /// 回避: the case is not the person's own, nor a relative's.
    pub(super) fn keeps_clear(&self, person: &PersonId) -> Result<(), Refusal> {
        if self.case.about.persons.contains(person) || self.facts.relatives.contains(person) {
            return Err(Refusal::OwnCase { person: person.clone() });
        }
        Ok(())
    }

    /// Whether every task that is still needed can have a person of its own.
    pub(super) fn enough(&self, step: &Step, tasks: &[Task]) -> Result<(), Refusal> {
        if let Kind::Decide { how, .. } = &step.kind
            && !needs_all(how)
        {
            return Ok(());
        }
        let decided: BTreeSet<&PersonId> = tasks
            .iter()
            .filter_map(|task| match &task.state {
                TaskState::Decided { by, .. } => Some(by.persons()),
                _ => None,
            })
            .flatten()
            .collect();
        let pending = tasks.iter().filter(|task| task.is_pending());
        let able = pending.map(|task| {
            task.holders().into_iter().filter(|p| !decided.contains(p)).collect::<Vec<_>>()
        });
        let able: Vec<_> = able.collect();
        let mut chosen: BTreeMap<&PersonId, usize> = BTreeMap::new();
        for task in 0..able.len() {
            if !assign(&able, task, &mut BTreeSet::new(), &mut chosen) {
                return Err(Refusal::TooFewPersons { step: step.id.clone() });
            }
        }
        Ok(())
    }
}

/// Finds a person for a task, moving others to other tasks where that helps.
fn assign<'a>(
    able: &'a [Vec<PersonId>],
    task: usize,
    seen: &mut BTreeSet<&'a PersonId>,
    chosen: &mut BTreeMap<&'a PersonId, usize>,
) -> bool {
    for person in &able[task] {
        if !seen.insert(person) {
            continue;
        }
        let free = match chosen.get(person).copied() {
            None => true,
            Some(other) => assign(able, other, seen, chosen),
        };
        if free {
            chosen.insert(person, task);
            return true;
        }
    }
    false
}
