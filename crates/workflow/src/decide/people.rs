//! Who acts on a task, and for whom.

use quanheng_policy::PersonId;

use super::Draft;
use crate::case::{ActedBy, OpenStep, Origin, Position, Task, TaskState};
use crate::definition::{Actor, Level, Step};
use crate::refusal::Refusal;

impl Draft<'_> {
    /// Who acts when a person asks to: one of the holders, or a stand-in of one.
    pub(super) fn acts(&self, by: &PersonId, task: &Task) -> Result<ActedBy, Refusal> {
        let holders = match &task.state {
            TaskState::Delegated { to } => [to.clone()].into(),
            _ => task.holders(),
        };
        if holders.contains(by) {
            return Ok(ActedBy { person: by.clone(), for_person: None });
        }
        let today = self.facts.today;
        let stands_in = self.facts.substitutions.iter().find(|substitution| {
            let in_force = substitution.from <= today && today <= substitution.to;
            in_force && substitution.by == *by && holders.contains(&substitution.of)
        });
        let person = by.clone();
        match stands_in {
            Some(substitution) => Ok(ActedBy { person, for_person: Some(substitution.of.clone()) }),
            None => Err(Refusal::NotYours { person }),
        }
    }

    /// Who decides: nobody twice in a step, and nobody who must keep out of it.
    pub(super) fn decides(
        &self,
        by: &PersonId,
        task: &Task,
        open: &OpenStep,
        step: &Step,
    ) -> Result<ActedBy, Refusal> {
        let by = self.acts(by, task)?;
        for person in by.persons() {
            self.may(step, person)?;
            self.not_yet(person, open)?;
        }
        self.in_office(&by, task)?;
        Ok(by)
    }

    /// Whoever has a task by an office acts on it while they sit there. Whom it was handed
    /// to, and who was added to it, has it by name.
    pub(super) fn in_office(&self, by: &ActedBy, task: &Task) -> Result<(), Refusal> {
        let Origin::Seat(actor) = &task.origin else { return Ok(()) };
        let holder = by.for_person.as_ref().unwrap_or(&by.person);
        let desk = self.facts.desks.get(actor);
        let sits = desk.is_some_and(|desk| desk.persons.contains(holder));
        match sits || task.handed_on || actor.is_initiator() {
            true => Ok(()),
            false => Err(Refusal::LeftOffice { person: holder.clone() }),
        }
    }

    /// The seat that a task is for: its own, or that of the task to which it was added.
    fn seat_of<'o>(task: &'o Task, open: &'o OpenStep) -> Option<&'o Actor> {
        match &task.origin {
            Origin::Seat(actor) => Some(actor),
            Origin::Signer { to, .. } => open.task(*to).and_then(|to| Self::seat_of(to, open)),
        }
    }

    pub(super) fn not_yet(&self, person: &PersonId, open: &OpenStep) -> Result<(), Refusal> {
        let decided = open.tasks.iter().any(|task| match &task.state {
            TaskState::Decided { by, .. } => by.persons().any(|by| by == person),
            _ => false,
        });
        if decided {
            let (person, step) = (person.clone(), open.step.clone());
            return Err(Refusal::DecidedBefore { person, step });
        }
        Ok(())
    }

    /// Whether a person may be brought into an open step: may decide in it, has not, and
    /// is not in it already. Nobody of the units whose people keep out is brought in, but by
    /// a seat of that very unit.
    pub(super) fn newcomer(
        &self,
        person: &PersonId,
        task: &Task,
        open: &OpenStep,
        step: &Step,
    ) -> Result<(), Refusal> {
        self.may(step, person)?;
        self.not_yet(person, open)?;
        let seat = Self::seat_of(task, open).and_then(|actor| self.facts.desks.get(actor));
        let about = &self.case.about;
        let mut units = self.facts.belongs.get(person).into_iter().flatten();
        let own = units.any(|unit| {
            let keeps_out = about.unit.as_ref() == Some(unit) || about.keep_out.contains(unit);
            keeps_out && seat.is_none_or(|seat| seat.unit != *unit)
        });
        if own && step.seats().iter().any(|seat| seat.level != Level::Unit) {
            return Err(Refusal::OwnCase { person: person.clone() });
        }
        let inside = open.tasks.iter().filter(|task| task.is_pending()).any(|task| {
            let delegated = matches!(&task.state, TaskState::Delegated { to } if to == person);
            delegated || task.holders().contains(person)
        });
        if inside {
            let what = format!("{person} 已是本步骤办理人");
            return Err(Refusal::Invalid { field: "person", what });
        }
        Ok(())
    }

    /// Who comes to decide in a seat's place, or beside it, is of its unit.
    pub(super) fn of_the_seat(
        &self,
        person: &PersonId,
        task: &Task,
        open: &OpenStep,
    ) -> Result<(), Refusal> {
        if let Origin::Signer { position: Position::Before | Position::After, .. } = task.origin {
            return Ok(());
        }
        let seat = Self::seat_of(task, open).and_then(|actor| self.facts.desks.get(actor));
        let Some(seat) = seat else { return Ok(()) };
        let belongs = self.facts.belongs.get(person);
        if belongs.is_some_and(|units| units.contains(&seat.unit)) {
            return Ok(());
        }
        let what = format!("{person} 不是 units/{} 的人员", seat.unit);
        Err(Refusal::Invalid { field: "person", what })
    }
}
