//! Who acts on a task, and for whom.

use quanheng_policy::PersonId;

use super::Draft;
use crate::case::{ActedBy, OpenStep, Task, TaskState};
use crate::definition::{Level, Step};
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
        Ok(by)
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
    /// is not in it already.
    pub(super) fn newcomer(
        &self,
        person: &PersonId,
        open: &OpenStep,
        step: &Step,
    ) -> Result<(), Refusal> {
        self.may(step, person)?;
        self.not_yet(person, open)?;
        let own = self.facts.desks.iter().any(|(actor, desk)| {
            desk.persons.contains(person) && self.keeps_out(actor.level, desk)
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
}
