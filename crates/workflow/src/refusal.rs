//! Why a flow refuses: a stable code, the facts, and a message that a user reads.

use quanheng_policy::PersonId;
use quanheng_policy::calendar::CalendarError;
use quanheng_policy::profile::PolicyError;

use crate::case::TaskNr;
use crate::definition::{Action, Check, Level, Role, StepId};

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub enum Refusal {
    /// A value is missing, empty or beyond its bound.
    #[error("{what}")]
    Invalid { field: &'static str, what: String },
    /// It has begun already.
    #[error("事项已发起")]
    Exists,
    /// It has not begun, has ended, or pauses.
    #[error("{what}")]
    WrongState { what: String },
    /// The flow given is not the one that the case has pinned.
    #[error("流程版本与事项所定不符")]
    OtherFlow,
    /// The task is not there, or not open (任务已办结).
    #[error("任务 {} 不存在或不在办理中", task.0)]
    TaskNotOpen { task: TaskNr },
    /// The step does not allow it.
    #[error("步骤 {step} 不允许该操作")]
    ActionNotAllowed { step: StepId, action: Option<Action> },
    /// It is somebody else's.
    #[error("{person} 不是办理人")]
    NotYours { person: PersonId },
    /// It was theirs while they sat in the office, which they left.
    #[error("{person} 已不在该岗位,请重新确定办理人")]
    LeftOffice { person: PersonId },
    /// 回避: the case is the person's own, or a relative's.
    #[error("{person} 应当回避:事项涉及本人或其亲属")]
    OwnCase { person: PersonId },
    /// 职责分离: the person has decided in a step that is kept apart, or in this one.
    #[error("{person} 已在本事项中办理 {step},不得再次办理")]
    DecidedBefore { person: PersonId, step: StepId },
    /// Each of several tasks needs another person.
    #[error("步骤 {step} 各项任务须由不同人员办理,人员不足")]
    TooFewPersons { step: StepId },
    /// 无人可办: nobody sits there, and there is no authority above.
    #[error("步骤 {step} 无人可办({role})")]
    NobodyToAct { step: StepId, role: Role, level: Level },
    /// A rule that the step asks for is not met.
    #[error("{}", messages(failed))]
    CheckFailed { step: StepId, failed: Vec<(Check, String)> },
    /// Whether a rule is met is not known.
    #[error("步骤 {step} 缺少核查结果")]
    CheckMissing { step: StepId, check: Check },
    /// It cannot be returned there.
    #[error("不能退回至 {to}")]
    ReturnNotAllowed { to: StepId },
    /// 不能收回: somebody has acted on it, or it has had its effect.
    #[error("已有后续办理或已生效,不能收回")]
    NotRecallable,
    /// 到会人数不足
    #[error("应到 {due} 人,实到 {present} 人,不足法定人数")]
    QuorumNotMet { due: usize, present: usize },
    /// The profile would leave out a step that must not be left out.
    #[error("步骤 {step} 不得省略")]
    NotSkippable { step: StepId },
    /// What the policy does not say.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// What the calendar does not say.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

fn messages(failed: &[(Check, String)]) -> String {
    let texts: Vec<_> = failed.iter().map(|(_, text)| text.as_str()).collect();
    texts.join(";")
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID_FIELD",
            Self::Exists => "RESOURCE_EXISTS",
            Self::WrongState { .. } => "WRONG_STATE",
            Self::OtherFlow => "FLOW_VERSION_MISMATCH",
            Self::TaskNotOpen { .. } => "TASK_NOT_OPEN",
            Self::ActionNotAllowed { .. } => "ACTION_NOT_ALLOWED",
            Self::NotYours { .. } | Self::LeftOffice { .. } => "ACCESS_DENIED",
            Self::OwnCase { .. } | Self::DecidedBefore { .. } => "CONFLICT_OF_INTEREST",
            Self::TooFewPersons { .. } | Self::NobodyToAct { .. } => "NOBODY_TO_ACT",
            Self::CheckFailed { .. } => "CHECK_FAILED",
            Self::CheckMissing { .. } => "CHECK_MISSING",
            Self::ReturnNotAllowed { .. } => "RETURN_NOT_ALLOWED",
            Self::NotRecallable => "NOT_RECALLABLE",
            Self::QuorumNotMet { .. } => "QUORUM_NOT_MET",
            Self::NotSkippable { .. } => "STEP_NOT_SKIPPABLE",
            Self::Policy(error) => error.code(),
            Self::Calendar(error) => error.code(),
        }
    }
}
