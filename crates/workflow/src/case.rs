//! A case on its way through a flow (流程实例): the step that is open, its tasks, and who
//! decided what before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{PersonId, UnitId};
use serde::{Deserialize, Serialize};

use crate::definition::{Actor, Outcome, StepId};

/// Which version of which flow a case follows: pinned at its birth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowVersion {
    /// The flow.
    pub flow: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its text, hex.
    pub hash: String,
}

/// Whom a case is about: they, and their relatives, decide nothing in it (回避).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct About {
    /// What it is about: a resource name.
    #[serde(default)]
    pub subject: String,
    /// What it is called in lists; no names of persons.
    #[serde(default)]
    pub title: String,
    /// The persons.
    pub persons: BTreeSet<PersonId>,
    /// The unit whose people or status it is about.
    pub unit: Option<UnitId>,
    /// Further units whose people keep out of reviewing it: the parent department.
    #[serde(default)]
    pub keep_out: BTreeSet<UnitId>,
}

/// Number of a task within its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskNr(pub u32);

/// What somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 同意
    Approve,
    /// 不同意
    Refuse,
}

/// Who acted, and for whom: a stand-in is shown with the one stood in for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ActedBy {
    /// Who.
    pub person: PersonId,
    /// For whom, if a substitution was in force (代办).
    pub for_person: Option<PersonId>,
}

impl ActedBy {
    /// Everybody who counts as having decided.
    pub fn persons(&self) -> impl Iterator<Item = &PersonId> {
        std::iter::once(&self.person).chain(&self.for_person)
    }
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// It can be acted on.
    Open,
    /// Others have to act first: those before it in turn, or signers added before it.
    Waiting,
    /// Somebody else prepares it (委派), and hands it back.
    Delegated {
        /// Who.
        to: PersonId,
    },
    /// Decided.
    Decided {
        /// How.
        verdict: Verdict,
        /// By whom.
        by: ActedBy,
    },
    /// No longer needed: decided without it, removed, or gone to a higher authority.
    Void,
}

/// Where a signer was added (加签).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Before the task: an opinion for it. The task waits until all of them have given
    /// theirs.
    Before,
    /// After it: its approval counts only with theirs, and a refusal of theirs is its own.
    After,
    /// Beside it: one more of equal standing.
    Parallel,
}

/// Why a task is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The step's own.
    Seat(Actor),
    /// A signer added to another task.
    Signer {
        /// Which.
        to: TaskNr,
        /// Where.
        position: Position,
    },
}

/// A task (待办).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its number.
    pub nr: TaskNr,
    /// Who may act on it: one of them.
    pub candidates: BTreeSet<PersonId>,
    /// Who of them has claimed it (签收).
    pub claimed_by: Option<PersonId>,
    /// Where it stands.
    pub state: TaskState,
    /// Why it is there.
    pub origin: Origin,
    /// Whether it was handed on (转办): whose it is then need not sit in the office.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub handed_on: bool,
}

impl Task {
    /// Whose it is: the one who claimed it, or any candidate.
    #[must_use]
    pub fn holders(&self) -> BTreeSet<PersonId> {
        match &self.claimed_by {
            Some(person) => [person.clone()].into(),
            None => self.candidates.clone(),
        }
    }

    /// Whether something is still to be done with it.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.state, TaskState::Open | TaskState::Waiting | TaskState::Delegated { .. })
    }

    pub(crate) fn is_signer_of(&self, nr: TaskNr, wanted: Position) -> bool {
        matches!(&self.origin, Origin::Signer { to, position } if *to == nr && *position == wanted)
    }
}

/// By when something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// On this day at the latest.
    On(Date),
    /// So many days after another; set when the year's calendar is published.
    AwaitsCalendar {
        /// From which day it is counted.
        from: Date,
    },
}

/// On what an approval rests (文号、生效日期).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// The document.
    pub document: DocumentNumber,
    /// From when it takes effect.
    pub effective_on: Date,
}

/// What is said with a decision beside the opinion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// Who acts: a principal's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// Number of the minutes of the meeting that discussed it (会议纪要文号).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub minutes: String,
    /// On what it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<Grounds>,
}

/// An approval that others have to act on before it takes the case on: after-signers, the
/// other seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// By whom.
    pub by: ActedBy,
    /// The opinion.
    pub opinion: String,
    /// What was said beside it.
    pub said: Spoken,
}

/// The step that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenStep {
    /// Which.
    pub step: StepId,
    /// When it opened.
    pub opened_on: Date,
    /// By when it is to be done; of a wait, its last day.
    pub due: Option<Due>,
    /// Whether its deadline has had its consequence.
    pub deadline_passed: bool,
    /// Its tasks, in the order of the seats.
    pub tasks: Vec<Task>,
    /// What was said with the last approval of a seat, as long as others have to act before
    /// the step is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Approval>,
}

impl OpenStep {
    /// A task.
    #[must_use]
    pub fn task(&self, nr: TaskNr) -> Option<&Task> {
        self.tasks.iter().find(|task| task.nr == nr)
    }

    /// A task and those of its signers who have not decided.
    pub(crate) fn with_signers(&self, nr: TaskNr) -> BTreeSet<TaskNr> {
        let own = |task: &&Task| {
            let signer = matches!(&task.origin, Origin::Signer { to, .. } if *to == nr);
            signer && task.is_pending()
        };
        self.tasks.iter().filter(own).map(|task| task.nr).chain([nr]).collect()
    }

    /// Whether a pending task is a person's and nobody else's.
    pub(crate) fn has_alone(&self, person: &PersonId) -> bool {
        let own = |task: &Task| task.holders().iter().eq([person]);
        self.tasks.iter().any(|task| task.is_pending() && own(task))
    }

    pub(crate) fn task_mut(&mut self, nr: TaskNr) -> Option<&mut Task> {
        self.tasks.iter_mut().find(|task| task.nr == nr)
    }
}

/// The decision that may still be taken back (收回): the one that completed the step before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recallable {
    /// The step as it was before the decision.
    pub before: OpenStep,
    /// The task that was decided.
    pub task: TaskNr,
    /// By whom.
    pub by: ActedBy,
    /// The step to which the case was to come back then.
    pub parked: Option<OpenStep>,
}

/// A pause (中止): deadlines stand still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: Date,
    /// Why.
    pub reason: String,
}

/// A case on its way through a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The version that it follows.
    pub flow: FlowVersion,
    /// Who began it (发起人).
    pub initiator: PersonId,
    /// Whom it is about.
    pub about: About,
    /// The step that is open; none once it has ended.
    pub open: Option<OpenStep>,
    /// How it ended.
    pub ended: Option<Ended>,
    /// Why it pauses, if it does.
    pub paused: Option<Pause>,
    /// Who decided in which step; that of a step which was gone back to starts anew.
    pub deciders: BTreeMap<StepId, BTreeSet<PersonId>>,
    /// The steps in the order in which they opened; those that are done again are not in
    /// it twice.
    pub opened: Vec<StepId>,
    /// Who was sent copies (抄送).
    pub copied: BTreeSet<PersonId>,
    /// The step that returned the case, to which it goes straight back (退回后回到本步骤).
    pub parked: Option<OpenStep>,
    /// What may still be taken back.
    pub recallable: Option<Recallable>,
    /// The number of the next task.
    pub next_task: u32,
}

/// How a case ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Which end.
    pub end: StepId,
    /// What it means.
    pub outcome: Outcome,
}

impl Case {
    /// Tasks that a person can act on, by being one of the holders.
    pub fn todo<'a>(&'a self, person: &'a PersonId) -> impl Iterator<Item = &'a Task> {
        let tasks = self.open.iter().flat_map(|open| &open.tasks);
        tasks.filter(move |task| match &task.state {
            TaskState::Open => task.holders().contains(person),
            TaskState::Delegated { to } => to == person,
            _ => false,
        })
    }
}
