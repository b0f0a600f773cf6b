//! What becomes of a task as its case goes on. The case itself knows only the tasks of the
//! step that is open; what was done before is told by the events.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::PersonId;
use quanheng_streams::{Cases, Entity as _};
use quanheng_workflow::case::{
    ActedBy, Case, Due, OpenStep, Origin, Position, Task, TaskNr, TaskState, Verdict,
};
use quanheng_workflow::definition::StepId;
use quanheng_workflow::event::Event;
use serde::{Deserialize, Serialize};

/// Where a task stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Standing {
    /// 待办
    #[default]
    Open,
    /// 等待
    Waiting,
    /// 已委派
    Delegated,
    /// 已办
    Decided,
    /// 无需办理
    Void,
    /// 已关闭: its step ended before it was decided.
    Closed,
}

/// How a task was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Doing {
    /// 同意
    Approve,
    /// 不同意
    Refuse,
    /// 退回
    Return,
    /// 已记录
    Record,
}

impl From<Verdict> for Doing {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approve => Self::Approve,
            Verdict::Refuse => Self::Refuse,
        }
    }
}

/// What is known of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskFacts {
    pub(crate) step: Option<StepId>,
    pub(crate) state: Standing,
    pub(crate) candidates: BTreeSet<PersonId>,
    pub(crate) claimed_by: Option<PersonId>,
    pub(crate) delegated_to: Option<PersonId>,
    pub(crate) signer_of: Option<(TaskNr, Position)>,
    pub(crate) opened_on: Option<Date>,
    pub(crate) due: Option<Due>,
    pub(crate) verdict: Option<Doing>,
    pub(crate) decided_by: Option<ActedBy>,
    pub(crate) opinion: String,
    /// When it was decided, in microseconds.
    pub(crate) decided_at: Option<i64>,
    /// What the delegate found.
    pub(crate) prepared: Option<(ActedBy, String)>,
}

impl TaskFacts {
    /// As it stands in an open step.
    pub(crate) fn of(open: &OpenStep, task: &Task) -> Self {
        let mut facts = Self::default();
        facts.stand(open, task);
        facts
    }

    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.state, Standing::Open | Standing::Waiting | Standing::Delegated)
    }

    /// Whose it is: the one who claimed it, or any candidate.
    pub(crate) fn holders(&self) -> BTreeSet<&PersonId> {
        match &self.claimed_by {
            Some(person) => [person].into(),
            None => self.candidates.iter().collect(),
        }
    }

    /// Everybody who has or had to do with it.
    pub(crate) fn concerns(&self, person: &PersonId) -> bool {
        let decided = self.decided_by.as_ref().is_some_and(|by| by.persons().any(|p| p == person));
        decided
            || self.delegated_to.as_ref() == Some(person)
            || self.claimed_by.as_ref() == Some(person)
            || self.candidates.contains(person)
    }

    fn stand(&mut self, open: &OpenStep, task: &Task) {
        self.step = Some(open.step.clone());
        self.opened_on = Some(open.opened_on);
        self.due = open.due;
        self.candidates.clone_from(&task.candidates);
        self.claimed_by.clone_from(&task.claimed_by);
        self.signer_of = match &task.origin {
            Origin::Seat(_) => None,
            Origin::Signer { to, position } => Some((*to, *position)),
        };
        self.delegated_to = None;
        match &task.state {
            TaskState::Open => self.pends(Standing::Open),
            TaskState::Waiting => self.pends(Standing::Waiting),
            TaskState::Delegated { to } => {
                self.pends(Standing::Delegated);
                self.delegated_to = Some(to.clone());
            }
            TaskState::Decided { verdict, by } => {
                self.state = Standing::Decided;
                self.verdict = Some((*verdict).into());
                self.decided_by = Some(by.clone());
            }
            TaskState::Void => self.state = Standing::Void,
        }
    }

    /// What was decided of it before is no longer so.
    fn pends(&mut self, state: Standing) {
        self.state = state;
        (self.verdict, self.decided_by, self.decided_at) = (None, None, None);
        self.opinion.clear();
    }

    fn done(&mut self, verdict: Doing, by: &ActedBy, opinion: &str, at: i64) {
        let closed = verdict == Doing::Return;
        self.state = if closed { Standing::Closed } else { Standing::Decided };
        self.verdict = Some(verdict);
        self.decided_by = Some(by.clone());
        opinion.clone_into(&mut self.opinion);
        self.decided_at = Some(at);
    }
}

/// Who did what with which task.
pub(crate) struct Deed<'a> {
    pub(crate) task: TaskNr,
    pub(crate) by: &'a ActedBy,
    doing: Doing,
    opinion: &'a str,
}

/// One event of a case, with the case before and after it.
pub(crate) struct Moved<'a> {
    pub(crate) before: Option<&'a Case>,
    pub(crate) event: &'a Event,
    pub(crate) after: Option<Case>,
}

impl<'a> Moved<'a> {
    /// What an event makes of a case.
    pub(crate) fn of(before: Option<&'a Case>, event: &'a Event) -> Self {
        let mut after = before.cloned();
        Cases::evolve(&mut after, event);
        Self { before, event, after }
    }

    fn open_before(&self) -> Option<&'a OpenStep> {
        self.before?.open.as_ref()
    }

    fn open_after(&self) -> Option<&OpenStep> {
        self.after.as_ref()?.open.as_ref()
    }

    /// The tasks of which something may have become.
    pub(crate) fn numbers(&self) -> BTreeSet<TaskNr> {
        let open = self.open_before().into_iter().chain(self.open_after());
        open.flat_map(|open| &open.tasks).map(|task| task.nr).collect()
    }

    /// What was done with a task by it, if anything was.
    pub(crate) fn deed(&self) -> Option<Deed<'a>> {
        let acting = |by: &ActedBy| {
            let owner = by.for_person.as_ref().unwrap_or(&by.person);
            let open = self.open_before()?;
            let own =
                |task: &&Task| task.state == TaskState::Open && task.holders().contains(owner);
            Some(open.tasks.iter().find(own)?.nr)
        };
        match self.event {
            Event::TaskDecided { task, verdict, by, opinion, .. } => {
                Some(Deed { task: *task, by, doing: (*verdict).into(), opinion })
            }
            Event::StepReturned { task, by, opinion, .. } => {
                Some(Deed { task: *task, by, doing: Doing::Return, opinion })
            }
            Event::Recorded { by, .. } => {
                Some(Deed { task: acting(by)?, by, doing: Doing::Record, opinion: "" })
            }
            Event::BodyDecided { by, adopted, .. } => {
                let doing = if *adopted { Doing::Approve } else { Doing::Refuse };
                Some(Deed { task: acting(by)?, by, doing, opinion: "" })
            }
            _ => None,
        }
    }

    /// What becomes of a task.
    pub(crate) fn apply(&self, nr: TaskNr, facts: &mut TaskFacts, at: i64) {
        let of = |open: Option<&OpenStep>| open.and_then(|open| open.task(nr)).is_some();
        if let Some((open, task)) = self.open_after().and_then(|open| Some((open, open.task(nr)?)))
        {
            facts.stand(open, task);
        } else if of(self.open_before()) && facts.is_pending() {
            let recalled = matches!(self.event, Event::DecisionRecalled { .. });
            facts.state = if recalled { Standing::Void } else { Standing::Closed };
        }
        if let Some(deed) = self.deed().filter(|deed| deed.task == nr) {
            facts.done(deed.doing, deed.by, deed.opinion, at);
        }
        if let Event::DelegationResolved { task, by, opinion } = self.event
            && *task == nr
        {
            facts.prepared = Some((by.clone(), opinion.clone()));
        }
    }

    /// Who has what to do before it, and who after it, with the day that it is due.
    pub(crate) fn todo(&self) -> (Todo, Todo) {
        (todo(self.open_before()), todo(self.open_after()))
    }
}

/// By task and person, when it is due.
pub(crate) type Todo = BTreeMap<(TaskNr, PersonId), Option<Due>>;

fn todo(open: Option<&OpenStep>) -> Todo {
    let tasks = open.into_iter().flat_map(|open| open.tasks.iter().map(move |task| (open, task)));
    let mut todo = Todo::new();
    for (open, task) in tasks {
        let persons = match &task.state {
            TaskState::Open => task.holders(),
            TaskState::Delegated { to } => [to.clone()].into(),
            _ => continue,
        };
        todo.extend(persons.into_iter().map(|person| ((task.nr, person), open.due)));
    }
    todo
}

/// What becomes of one task by what a command did to its case; none if the case does not
/// know it any more.
pub(crate) fn through(
    before: Option<&Case>,
    events: &[Event],
    nr: TaskNr,
    at: i64,
) -> Option<TaskFacts> {
    let open = before.and_then(|case| case.open.as_ref());
    let mut facts = open.and_then(|open| Some(TaskFacts::of(open, open.task(nr)?)));
    let mut case = before.cloned();
    for event in events {
        let moved = Moved::of(case.as_ref(), event);
        if moved.numbers().contains(&nr) {
            moved.apply(nr, facts.get_or_insert_default(), at);
        }
        case = moved.after;
    }
    facts
}
