//! What happened to a case.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::PersonId;
use serde::{Deserialize, Serialize};

use crate::case::{
    About, ActedBy, Due, FlowVersion, OpenStep, Position, Spoken, Task, TaskNr, Verdict,
};
use crate::definition::{Check, Effect, Outcome, StepId};

/// How a step came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// 同意、已记录、已期满、核查通过、会议通过
    Passed,
    /// 不同意、核查未通过、会议未通过
    Refused,
    /// 逾期
    Overdue,
    /// 简化
    Skipped,
}

/// What a body decided (集体研究).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// Members who were due (应到). Those who recuse themselves are not.
    pub due: BTreeSet<PersonId>,
    /// Members who came (实到).
    pub present: BTreeSet<PersonId>,
    /// 赞成
    pub in_favour: u32,
    /// 反对
    pub against: u32,
    /// 弃权
    pub abstained: u32,
    /// Number of the minutes (纪要文号).
    pub minutes: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// 发起
    CaseStarted {
        /// The version that it follows.
        flow: FlowVersion,
        /// Who began it.
        initiator: PersonId,
        /// Whom it is about.
        about: About,
        /// When.
        on: Date,
    },
    /// A step opened.
    StepOpened {
        /// As it is.
        open: OpenStep,
    },
    /// The step that returned the case is open again, as it was.
    StepResumed {
        /// By when it is now due.
        due: Option<Due>,
        /// When.
        on: Date,
    },
    /// 签收
    TaskClaimed {
        /// Which.
        task: TaskNr,
        /// By whom.
        by: ActedBy,
    },
    /// 同意、不同意
    TaskDecided {
        /// Which.
        task: TaskNr,
        /// How.
        verdict: Verdict,
        /// The opinion.
        opinion: String,
        /// By whom.
        by: ActedBy,
        /// Tasks that may now be acted on.
        opened: BTreeSet<TaskNr>,
        /// Tasks that are no longer needed.
        voided: BTreeSet<TaskNr>,
        /// What a seat's approval was given with, where the step waits for others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<Spoken>,
    },
    /// 转办
    TaskTransferred {
        /// Which.
        task: TaskNr,
        /// To whom.
        to: PersonId,
        /// By whom.
        by: ActedBy,
    },
    /// 委派
    TaskDelegated {
        /// Which.
        task: TaskNr,
        /// To whom.
        to: PersonId,
        /// By whom.
        by: ActedBy,
    },
    /// 委派办结
    DelegationResolved {
        /// Which.
        task: TaskNr,
        /// What was found.
        opinion: String,
        /// By whom.
        by: ActedBy,
    },
    /// 加签
    SignersAdded {
        /// To which task.
        task: TaskNr,
        /// Where.
        position: Position,
        /// Their tasks.
        signers: Vec<Task>,
        /// By whom.
        by: ActedBy,
    },
    /// 减签
    SignersRemoved {
        /// From which task.
        task: TaskNr,
        /// Their tasks.
        signers: BTreeSet<TaskNr>,
        /// Tasks that may now be acted on.
        opened: BTreeSet<TaskNr>,
        /// By whom.
        by: ActedBy,
    },
    /// In turn, the next task may be acted on.
    NextInTurn {
        /// Which.
        task: TaskNr,
    },
    /// 抄送
    Copied {
        /// To whom.
        to: BTreeSet<PersonId>,
        /// By whom.
        by: ActedBy,
    },
    /// 催办
    Urged {
        /// Whom.
        whom: BTreeSet<PersonId>,
        /// By whom.
        by: ActedBy,
    },
    /// 记录
    Recorded {
        /// What, by field.
        facts: BTreeMap<String, String>,
        /// By whom.
        by: ActedBy,
    },
    /// 集体研究
    BodyDecided {
        /// What the meeting decided.
        meeting: Meeting,
        /// Whether it adopted.
        adopted: bool,
        /// Who wrote it down.
        by: ActedBy,
    },
    /// 核查
    Checked {
        /// Those that failed, with why.
        failed: BTreeMap<Check, String>,
    },
    /// A step is done.
    StepCompleted {
        /// Which.
        step: StepId,
        /// How.
        completion: Completion,
        /// What it brings about.
        effects: BTreeSet<Effect>,
        /// When.
        on: Date,
    },
    /// 退回
    StepReturned {
        /// From which.
        step: StepId,
        /// To which.
        to: StepId,
        /// On whose task.
        task: TaskNr,
        /// Whether it comes straight back.
        back_to_me: bool,
        /// Steps that are done again.
        undone: BTreeSet<StepId>,
        /// Why.
        opinion: String,
        /// By whom.
        by: ActedBy,
    },
    /// 收回
    DecisionRecalled {
        /// Which task.
        task: TaskNr,
        /// Why.
        reason: String,
        /// By whom.
        by: ActedBy,
    },
    /// 逾期
    DeadlinePassed {
        /// Of which step.
        step: StepId,
        /// Whom to remind.
        remind: BTreeSet<PersonId>,
        /// Tasks that went to the next authority.
        voided: BTreeSet<TaskNr>,
        /// Its tasks.
        escalated: Vec<Task>,
        /// When.
        on: Date,
    },
    /// 重新确定办理人
    TaskReseated {
        /// Whose people could no longer act.
        task: TaskNr,
        /// It, and its signers.
        voided: BTreeSet<TaskNr>,
        /// Tasks that may now be acted on.
        opened: BTreeSet<TaskNr>,
        /// What stands in its place; nothing in that of a signer.
        tasks: Vec<Task>,
    },
    /// A date that waited for the calendar is set.
    DueSet {
        /// Of which step.
        step: StepId,
        /// The date.
        due: Date,
    },
    /// 中止
    Paused {
        /// Why.
        reason: String,
        /// When.
        on: Date,
    },
    /// 恢复
    Resumed {
        /// By when the open step is now due.
        due: Option<Due>,
        /// When.
        on: Date,
    },
    /// 撤回
    Withdrawn {
        /// Why.
        reason: String,
        /// By whom.
        by: ActedBy,
    },
    /// 办结
    CaseEnded {
        /// Which end.
        end: StepId,
        /// What it means.
        outcome: Outcome,
        /// What it brings about.
        effects: BTreeSet<Effect>,
        /// When.
        on: Date,
    },
}
