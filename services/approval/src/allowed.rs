//! What a person may do with a task, as far as its case and flow tell. Whether a rule stands
//! in the way, or the person has to keep out, is found when it is done.

use std::collections::BTreeSet;

use quanheng_api::quanheng::approval::v1::TaskAction;
use quanheng_policy::PersonId;
use quanheng_workflow::case::{Case, OpenStep, Origin, Position, Task, TaskNr, TaskState};
use quanheng_workflow::definition::{Action, Definition, Kind, Step};

/// Who looks: a person, and for whom that person may act today.
#[derive(Debug, Clone, Default)]
pub(crate) struct Viewer {
    pub(crate) person: Option<PersonId>,
    pub(crate) stands_in_for: BTreeSet<PersonId>,
}

/// What may be done, and for whom the viewer would act.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowed {
    pub(crate) actions: Vec<TaskAction>,
    pub(crate) acting_for: Option<PersonId>,
}

/// What a viewer may do with a task.
pub(crate) fn allowed(case: &Case, flow: &Definition, nr: TaskNr, viewer: &Viewer) -> Allowed {
    let Some(person) = &viewer.person else { return Allowed::default() };
    if case.ended.is_some() || case.paused.is_some() {
        return Allowed::default();
    }
    let mut allowed = Allowed::default();
    if let Some(open) = &case.open
        && let Some(step) = flow.step(&open.step)
    {
        if let Some(task) = open.task(nr) {
            on_task(case, open, step, task, person, viewer, &mut allowed);
        }
        let takes_part = case.initiator == *person
            || case.deciders.values().any(|persons| persons.contains(person));
        let pending = open.task(nr).is_some_and(Task::is_pending);
        if takes_part && pending && step.allows(Action::Urge) {
            allowed.actions.push(TaskAction::Urge);
        }
    }
    let recallable = case.recallable.as_ref().filter(|recallable| recallable.task == nr);
    let recalls = recallable.is_some_and(|recallable| {
        let step = flow.step(&recallable.before.step);
        let may = step.is_some_and(|step| {
            let left = case.open.as_ref().is_none_or(|open| open.step != step.id);
            step.allows(Action::Recall) && (!left || step.effects.is_empty())
        });
        may && recallable.by.person == *person
    });
    if recalls {
        allowed.actions.push(TaskAction::Recall);
    }
    allowed
}

fn on_task(
    case: &Case,
    open: &OpenStep,
    step: &Step,
    task: &Task,
    person: &PersonId,
    viewer: &Viewer,
    allowed: &mut Allowed,
) {
    let holders = task.holders();
    let acts = |holders: &BTreeSet<PersonId>| match holders.contains(person) {
        true => Some(None),
        false => holders.iter().find(|of| viewer.stands_in_for.contains(*of)).cloned().map(Some),
    };
    if let TaskState::Delegated { to } = &task.state {
        let found = acts(&[to.clone()].into()).or_else(|| acts(&holders));
        if let Some(acting_for) = found {
            allowed.acting_for = acting_for;
            allowed.actions.push(TaskAction::ResolveDelegation);
        }
        return;
    }
    let Some(acting_for) = acts(&holders) else { return };
    let signed = open.tasks.iter().any(|other| {
        let of = matches!(&other.origin, Origin::Signer { to, .. } if *to == task.nr);
        of && other.is_pending()
    });
    let removes = signed && step.allows(Action::RemoveSigners);
    match &task.state {
        TaskState::Open => {
            allowed.actions.extend(actions(case, step, task));
            allowed.actions.extend(removes.then_some(TaskAction::RemoveSigners));
        }
        TaskState::Waiting => {
            allowed.actions.extend(removes.then_some(TaskAction::RemoveSigners));
        }
        _ => {}
    }
    if !allowed.actions.is_empty() {
        allowed.acting_for = acting_for;
    }
}

/// What the holder of an open task may do with it.
fn actions(case: &Case, step: &Step, task: &Task) -> Vec<TaskAction> {
    let own = matches!(task.origin, Origin::Seat(_));
    let opines = matches!(&task.origin, Origin::Signer { position: Position::Before, .. });
    let returns = !opines && step.returns().iter().any(|to| case.opened.contains(to));
    let allows = |action, wire, also: bool| (also && step.allows(action)).then_some(wire);
    let decides = matches!(step.kind, Kind::Decide { .. });
    [
        allows(Action::Claim, TaskAction::Claim, task.claimed_by.is_none()),
        allows(Action::Approve, TaskAction::Approve, decides),
        allows(Action::Refuse, TaskAction::Refuse, decides),
        allows(Action::Return, TaskAction::Return, returns),
        matches!(step.kind, Kind::Body { .. }).then_some(TaskAction::RecordMeeting),
        matches!(step.kind, Kind::Record { .. }).then_some(TaskAction::Record),
        allows(Action::Transfer, TaskAction::Transfer, true),
        allows(Action::Delegate, TaskAction::Delegate, true),
        allows(Action::AddSigners, TaskAction::AddSigners, own),
        allows(Action::Copy, TaskAction::Copy, true),
    ]
    .into_iter()
    .flatten()
    .collect()
}
