//! Signers who are added to a task and taken off it again (加签、减签).

use std::collections::BTreeSet;

use quanheng_policy::PersonId;

use super::tasks::released;
use super::{Draft, allow, some};
use crate::case::{Origin, Position, Task, TaskNr, TaskState};
use crate::definition::{Action, Kind, Mode};
use crate::event::Event;
use crate::refusal::Refusal;

impl Draft<'_> {
    pub(super) fn add_signers(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        position: Position,
        persons: BTreeSet<PersonId>,
    ) -> Result<(), Refusal> {
        let (task, open, step) = self.task(nr, Action::AddSigners)?;
        some("persons", persons.len())?;
        let by = self.decides(&by, &task, &open, step)?;
        if !matches!(task.origin, Origin::Seat(_)) {
            let what = "加签人不能再加签".to_owned();
            return Err(Refusal::Invalid { field: "task", what });
        }
        if position == Position::Parallel
            && let Kind::Decide { how: Mode::Quorum { .. }, .. } = &step.kind
        {
            let what = "票决不得增加表决人".to_owned();
            return Err(Refusal::Invalid { field: "position", what });
        }
        // Who adds signers is the one who signs with them, so cannot be one.
        for person in &persons {
            self.newcomer(person, &task, &open, step)?;
            if position == Position::Parallel {
                self.of_the_seat(person, &task, &open)?;
            }
        }
        let state = match position {
            Position::After => TaskState::Waiting,
            Position::Before | Position::Parallel => TaskState::Open,
        };
        let signers = (self.case.next_task..).zip(persons).map(|(number, person)| Task {
            nr: TaskNr(number),
            candidates: [person].into(),
            claimed_by: None,
            state: state.clone(),
            origin: Origin::Signer { to: nr, position },
            handed_on: false,
        });
        let signers = signers.collect();
        self.push(Event::SignersAdded { task: nr, position, signers, by });
        self.still_enough(step)
    }

    pub(super) fn remove_signers(
        &mut self,
        by: PersonId,
        nr: TaskNr,
        persons: BTreeSet<PersonId>,
    ) -> Result<(), Refusal> {
        let (open, step) = self.opened()?;
        allow(step, Action::RemoveSigners)?;
        some("persons", persons.len())?;
        let pending = |task: &&Task| matches!(task.state, TaskState::Open | TaskState::Waiting);
        let task = open.task(nr).filter(pending).ok_or(Refusal::TaskNotOpen { task: nr })?;
        let by = self.acts(&by, task)?;
        for person in by.persons() {
            self.keeps_clear(person)?;
        }
        self.in_office(&by, task)?;
        let mut signers = BTreeSet::new();
        for person in &persons {
            let of = |task: &&Task| {
                let to = matches!(&task.origin, Origin::Signer { to, .. } if *to == nr);
                to && task.is_pending() && task.candidates.contains(person)
            };
            let signer = open.tasks.iter().find(of).ok_or_else(|| Refusal::Invalid {
                field: "persons",
                what: format!("{person} 不是待签的加签人"),
            })?;
            signers.insert(signer.nr);
        }
        let mut after = open.clone();
        for task in after.tasks.iter_mut().filter(|task| signers.contains(&task.nr)) {
            task.state = TaskState::Void;
        }
        let was_waiting = task.state == TaskState::Waiting && has_before(&open, nr);
        let opened = released(&after, nr).filter(|_| was_waiting).into_iter().collect();
        self.push(Event::SignersRemoved { task: nr, signers, opened, by });
        self.settle(step)
    }
}

/// Whether a task has signers before it, so that it waits for them and not for its turn.
fn has_before(open: &crate::case::OpenStep, nr: TaskNr) -> bool {
    open.tasks.iter().any(|task| task.is_signer_of(nr, Position::Before) && task.is_pending())
}
