//! What may be asked of a case, with the facts that the decision reads.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::calendar::Calendar;
use quanheng_policy::profile::Policy;
use quanheng_policy::{PersonId, UnitId};
use serde::{Deserialize, Serialize};

use crate::case::{About, Position, Spoken, TaskNr};
use crate::definition::{Actor, Check, StepId};
use crate::event::Meeting;
use crate::read::Flow;

/// At most so many persons in one action.
pub const PERSONS_MAX: usize = 100;

/// Who sits where: the people of a role at a level, as the case sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The unit whose people they are.
    pub unit: UnitId,
    /// They.
    pub persons: BTreeSet<PersonId>,
}

/// A dated stand-in (代办): both people are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Substitution {
    /// Who is stood in for.
    pub of: PersonId,
    /// Who stands in.
    pub by: PersonId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// What a decision reads besides the case.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The flow that the case has pinned.
    pub flow: &'a Flow,
    /// The day.
    pub today: Date,
    /// The policy for the case's division on this day.
    pub policy: &'a Policy,
    /// The calendar, with local days.
    pub calendar: &'a Calendar,
    /// Who sits where.
    pub desks: &'a BTreeMap<Actor, Desk>,
    /// Relatives of the persons whom the case is about.
    pub relatives: &'a BTreeSet<PersonId>,
    /// Stand-ins.
    pub substitutions: &'a [Substitution],
    /// The units of those who would be brought in: where they have their slots and offices.
    pub belongs: &'a BTreeMap<PersonId, BTreeSet<UnitId>>,
    /// What is said with the decision.
    pub said: &'a Spoken,
    /// Rules as they are now: met, or why not.
    pub checks: &'a BTreeMap<Check, Result<(), String>>,
    /// Steps that the profile leaves out for this case (简化程序).
    pub skip: &'a BTreeSet<StepId>,
}

/// What may be asked. `by` is who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the events, explained there")]
pub enum Command {
    /// 发起
    Start { by: PersonId, about: About },
    /// 签收
    Claim { by: PersonId, task: TaskNr },
    /// 同意
    Approve { by: PersonId, task: TaskNr, opinion: String },
    /// 不同意
    Refuse { by: PersonId, task: TaskNr, opinion: String },
    /// 退回
    Return { by: PersonId, task: TaskNr, to: StepId, back_to_me: bool, opinion: String },
    /// 转办
    Transfer { by: PersonId, task: TaskNr, to: PersonId },
    /// 委派
    Delegate { by: PersonId, task: TaskNr, to: PersonId },
    /// 委派办结
    ResolveDelegation { by: PersonId, task: TaskNr, opinion: String },
    /// 加签
    AddSigners { by: PersonId, task: TaskNr, position: Position, persons: BTreeSet<PersonId> },
    /// 减签
    RemoveSigners { by: PersonId, task: TaskNr, persons: BTreeSet<PersonId> },
    /// 抄送
    Copy { by: PersonId, task: TaskNr, to: BTreeSet<PersonId> },
    /// 催办
    Urge { by: PersonId },
    /// 记录
    Record { by: PersonId, task: TaskNr, facts: BTreeMap<String, String> },
    /// 集体研究
    DecideInMeeting { by: PersonId, task: TaskNr, meeting: Meeting },
    /// 收回
    Recall { by: PersonId, task: TaskNr, reason: String },
    /// 撤回
    Withdraw { by: PersonId, reason: String },
    /// 核查, by the system.
    RunChecks,
    /// What time brings: the end of a wait, a deadline, a date that awaited the calendar.
    Tick,
    /// 重新确定办理人, where those who have the task can no longer act; `gone`: who of them
    /// left the post or the service.
    Reseat { task: TaskNr, gone: BTreeSet<PersonId> },
    /// 中止
    Pause { reason: String },
    /// 恢复
    Resume,
    /// 终止: what was found outside of its tasks, as by a report that proved true, ends it
    /// as a refusal does.
    Stop,
}
