//! Cases, tasks, inboxes, offices and stand-ins as documents.
//!
//! An inbox has one document for each task and person, so that what somebody has to do is
//! one range of one index, however many tasks there are.

mod project;

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use quanheng_eventlog::{Digest, EventType, Filter, InvalidName};
use quanheng_policy::PersonId;
use quanheng_projection::columns::{index, text};
use quanheng_projection::{Collection, Column, ColumnKind, Definition};
use quanheng_streams::{CaseKey, StandIn, TaskKey};
use quanheng_workflow::case::Case;
use serde::{Deserialize, Serialize};

use crate::track::TaskFacts;

/// The projection.
pub const PROJECTION: &str = "approval";
/// Cases: id `{case}`.
pub const CASES: &str = "cases";
/// Tasks: id `{case}.{number}`.
pub const TASKS: &str = "tasks";
/// Who has, had, began or was told of what: id `{person}/{view}/{task or case}`.
pub const INBOX: &str = "inbox";
/// Offices: id `{unit}/{role}/{person}`.
pub const OFFICES: &str = "offices";
/// Stand-ins: id `{person}/{substitution}`.
pub const SUBSTITUTIONS: &str = "substitutions";

/// Of what is due on no day, so that it comes last.
pub(crate) const NEVER: Date = date(9999, 12, 31);

const fn of_kind(name: &'static str, pointer: &'static str, kind: ColumnKind) -> Column {
    Column { name, pointer, kind }
}

static COLLECTIONS: [Collection; 5] = [
    Collection {
        name: CASES,
        columns: &[
            text("kind", "/kind"),
            text("unit", "/unit"),
            text("division", "/division"),
            text("state", "/standing"),
            of_kind("tick_on", "/tick_on", ColumnKind::Date),
            of_kind("awaits", "/awaits", ColumnKind::Boolean),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&["kind"], &["division"]),
            index(&["state"], &["division"]),
            index(&["unit"], &[]),
            index(&[], &["tick_on"]),
            index(&["awaits"], &[]),
        ],
    },
    Collection {
        name: TASKS,
        columns: &[
            text("case", "/case"),
            text("kind", "/kind"),
            text("unit", "/unit"),
            text("division", "/division"),
            text("state", "/facts/state"),
        ],
        indexes: &[
            index(&["case"], &[]),
            index(&[], &["division"]),
            index(&["state"], &["division"]),
            index(&["unit"], &[]),
        ],
    },
    Collection {
        name: INBOX,
        columns: &[
            text("person", "/person"),
            text("view", "/view"),
            text("kind", "/kind"),
            text("unit", "/unit"),
            text("division", "/division"),
            of_kind("due_on", "/due_on", ColumnKind::Date),
            of_kind("log_position", "/log_position", ColumnKind::Integer),
        ],
        indexes: &[
            index(&["person", "view"], &["due_on"]),
            index(&["person", "view"], &["log_position"]),
            index(&["person", "view", "kind"], &["due_on"]),
            index(&["person", "view", "kind"], &["log_position"]),
            index(&["person", "view", "unit"], &["due_on"]),
            index(&["person", "view", "unit"], &["log_position"]),
            index(&[], &["division"]),
        ],
    },
    Collection {
        name: OFFICES,
        columns: &[
            text("unit", "/unit"),
            text("role", "/role"),
            text("person", "/person"),
            text("division", "/division"),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&["unit"], &["division"]),
            index(&["unit", "role"], &["division"]),
            index(&["role"], &["division"]),
            index(&["person"], &["division"]),
        ],
    },
    Collection {
        name: SUBSTITUTIONS,
        columns: &[
            text("person", "/person"),
            text("substitute", "/substitute"),
            text("division", "/division"),
            of_kind("to", "/stand_in/to", ColumnKind::Date),
        ],
        indexes: &[
            index(&[], &["division"]),
            index(&["person"], &["to"]),
            index(&["substitute"], &["to"]),
        ],
    },
];

/// The events that are folded: of cases, of offices and of stand-ins.
const TYPES: [&str; 30] = [
    "approval.case_started",
    "approval.step_opened",
    "approval.step_resumed",
    "approval.task_claimed",
    "approval.task_decided",
    "approval.task_transferred",
    "approval.task_delegated",
    "approval.delegation_resolved",
    "approval.signers_added",
    "approval.signers_removed",
    "approval.next_in_turn",
    "approval.copied",
    "approval.urged",
    "approval.recorded",
    "approval.body_decided",
    "approval.checked",
    "approval.step_completed",
    "approval.step_returned",
    "approval.decision_recalled",
    "approval.deadline_passed",
    "approval.task_reseated",
    "approval.due_set",
    "approval.paused",
    "approval.resumed",
    "approval.withdrawn",
    "approval.case_ended",
    "office.office_taken",
    "office.office_left",
    "substitution.substitution_made",
    "substitution.substitution_ended",
];

/// The projection's definition.
///
/// # Errors
/// A fault of the program.
pub fn definition() -> Result<Definition, Box<dyn std::error::Error + Send + Sync>> {
    let types: Result<Vec<EventType>, InvalidName> =
        TYPES.iter().map(|name| EventType::new(format!("quanheng.{name}.v1"))).collect();
    let filter = types?.into_iter().fold(Filter::all(), Filter::or_type);
    Ok(Definition::new(PROJECTION, 2, &COLLECTIONS, project::Approval)?.over(filter))
}

/// A case's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct CaseDoc {
    pub(crate) case: String,
    pub(crate) kind: String,
    pub(crate) unit: Option<String>,
    pub(crate) division: String,
    pub(crate) standing: String,
    pub(crate) started_on: Option<Date>,
    pub(crate) ended_on: Option<Date>,
    /// On which day time next brings something.
    pub(crate) tick_on: Option<Date>,
    /// Whether its date waits for a calendar.
    pub(crate) awaits: bool,
    /// What time will bring something to: step, day, and since which event it is so.
    pub(crate) tick: String,
    pub(crate) version: u64,
    /// Everybody who has done something in it, or was told of it.
    pub(crate) involved: BTreeSet<PersonId>,
    /// The case as it is.
    pub(crate) state: Option<Case>,
}

/// A task's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct TaskDoc {
    pub(crate) task: String,
    pub(crate) case: String,
    pub(crate) kind: String,
    pub(crate) unit: Option<String>,
    pub(crate) division: String,
    pub(crate) facts: TaskFacts,
}

/// Which list of a person something is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Tray {
    /// 待办
    Todo,
    /// 已办
    Done,
    /// 我发起的
    Initiated,
    /// 抄送我的
    Copied,
}

impl Tray {
    /// As the column has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Todo => "TODO",
            Self::Done => "DONE",
            Self::Initiated => "INITIATED",
            Self::Copied => "COPIED",
        }
    }
}

/// A document of somebody's inbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct InboxDoc {
    pub(crate) person: String,
    pub(crate) view: Tray,
    pub(crate) kind: String,
    pub(crate) unit: Option<String>,
    pub(crate) division: String,
    pub(crate) case: String,
    pub(crate) task: Option<String>,
    pub(crate) due_on: Date,
    pub(crate) log_position: u64,
}

/// An office's document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct OfficeDoc {
    pub(crate) unit: String,
    pub(crate) role: String,
    pub(crate) person: String,
    pub(crate) division: String,
    pub(crate) from: Option<Date>,
    pub(crate) until: Option<Date>,
}

/// A stand-in's document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SubstitutionDoc {
    pub(crate) id: String,
    pub(crate) person: String,
    pub(crate) substitute: String,
    pub(crate) division: String,
    pub(crate) stand_in: StandIn,
}

/// An id that a document may have: a long one by its beginning and digest.
fn bounded(id: String) -> String {
    const BYTES_MAX: usize = 255;
    if id.len() <= BYTES_MAX {
        return id;
    }
    let digest = Digest::of(id.as_bytes()).to_string();
    // Ids are plain ASCII.
    format!("{}~{digest}", &id[..BYTES_MAX - 1 - digest.len()])
}

/// The id of a case's document.
pub(crate) fn case_id(key: &CaseKey) -> String {
    bounded(key.to_string())
}

/// The id of a task's document.
pub(crate) fn task_id(key: &TaskKey) -> String {
    bounded(key.to_string())
}

/// The id of a document in somebody's inbox.
pub(crate) fn inbox_id(person: &PersonId, tray: Tray, of: &str) -> String {
    bounded(format!("{person}/{}/{of}", tray.as_str()))
}
