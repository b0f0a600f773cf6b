//! A flow definition (流程定义) as it is written: steps, who acts in them, how many must, what
//! they may do, by when, and what comes next.

use std::collections::BTreeSet;

use quanheng_policy::{Ratio, id_type};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

id_type!(
    /// A step or an end of a flow.
    StepId
);
id_type!(
    /// A role (角色): `organization_department_head`, … The initiator's is [`INITIATOR`].
    Role
);

macro_rules! schema_as_name {
    ($type:ident) => {
        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" })
            }
        }
    };
}
schema_as_name!(StepId);
schema_as_name!(Role);

/// The role of whoever began the case (发起人).
pub const INITIATOR: &str = "initiator";

/// Whose people act, seen from the case.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 本单位
    Unit,
    /// 主管部门
    ParentDepartment,
    /// 同级公务员主管部门
    SameLevel,
    /// 上一级
    OneAbove,
    /// 省级
    Province,
    /// 中央
    Central,
    /// 审批权限表所定
    ByTable,
    /// 审核机关: the authority whose task force reviews the case (工作专班所在)
    Reviewing,
}

impl Level {
    /// The next authority up, to which a case goes that a department may not decide for
    /// its own people (提级办理).
    #[must_use]
    pub fn above(self) -> Option<Self> {
        match self {
            Self::Unit | Self::ParentDepartment => Some(Self::SameLevel),
            Self::SameLevel => Some(Self::OneAbove),
            Self::OneAbove | Self::ByTable | Self::Reviewing => Some(Self::Province),
            Self::Province => Some(Self::Central),
            Self::Central => None,
        }
    }
}

/// Who acts: a role at a level.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The role.
    pub role: Role,
    /// The level.
    pub level: Level,
}

impl Actor {
    /// Whether it is whoever began the case.
    #[must_use]
    pub fn is_initiator(&self) -> bool {
        self.role.as_str() == INITIATOR
    }
}

/// Actors of a step, and whether each of them gets a task of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// The role.
    pub role: Role,
    /// The level.
    pub level: Level,
    /// Every one of them decides; otherwise one of them does, for all.
    #[serde(default)]
    pub each: bool,
}

impl Seat {
    /// Who.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor { role: self.role.clone(), level: self.level }
    }
}

/// How many must approve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Mode {
    /// 会签: all.
    All {
        /// What a refusal means.
        refusal: Refusing,
    },
    /// 任一人办理: any one.
    Any {
        /// What a refusal means.
        refusal: Refusing,
    },
    /// 票决: a share of all; a refusal is a vote against, and the step is refused as soon as
    /// the share cannot be reached.
    Quorum {
        /// The share that must approve.
        threshold: Ratio,
    },
    /// 依次: one after the other; a refusal refuses the step at once.
    InTurn {},
}

/// What one refusal means for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refusing {
    /// The step is refused at once (一票否决; of 任一人办理, the first decision decides).
    AtOnce,
    /// All are heard first: 会签 is then refused if one refused, 任一人办理 if all did.
    AfterAll,
}

/// What may be done with a task.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// 同意
    Approve,
    /// 不同意
    Refuse,
    /// 退回
    Return,
    /// 撤回, by the initiator: the case ends.
    Withdraw,
    /// 收回, by who decided last, before anybody acted on it.
    Recall,
    /// 转办
    Transfer,
    /// 委派
    Delegate,
    /// 加签
    AddSigners,
    /// 减签
    RemoveSigners,
    /// 抄送
    Copy,
    /// 催办
    Urge,
    /// 签收
    Claim,
}

/// A number of days, or the policy parameter that sets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Days {
    /// So many.
    Number(u16),
    /// As this parameter says.
    Parameter(DaysParameter),
}

/// Parameters that set a number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DaysParameter {
    /// 公示工作日数
    NoticeWorkingDays,
    /// 使用后备案期限
    UseFilingDeadlineDays,
    /// 参照管理报中央备案期限
    CentralFilingDays,
}

/// How days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// 工作日, from the day after.
    WorkingDays,
    /// 日, from the day after; the last day shifts to a working day.
    Days,
    /// 公示: working days, the first day as the profile says.
    Notice,
}

/// A period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// How many.
    pub days: Days,
    /// How they are counted.
    pub count: Counting,
}

/// By when a step is to be done, and what happens when that passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// How many.
    pub days: Days,
    /// How they are counted.
    pub count: Counting,
    /// What happens then.
    pub then: Consequence,
}

impl Deadline {
    /// The period.
    #[must_use]
    pub fn period(&self) -> Period {
        Period { days: self.days.clone(), count: self.count }
    }
}

/// What happens when a deadline passes. Never an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consequence {
    /// 提醒
    Remind,
    /// 提级: the tasks that are open go to the next authority.
    Escalate,
    /// To this step or end.
    Go(StepId),
}

/// Rules that must hold before a step opens, or that a step checks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// 材料齐全
    MaterialsComplete,
    /// 职数可用
    SeatsAvailable,
    /// 备案未逾期
    FilingsInTime,
    /// 预审覆盖拟任职级
    HoldsCoverTargets,
    /// 任职资格逐项符合
    Eligible,
    /// 无不得晋升情形
    NoBars,
    /// 公示期满且无未决反映
    NoticeClosed,
    /// 阶段已开放
    PhaseOpen,
    /// 三清
    ThreeClear,
    /// 硬性条件
    HardCriteria,
    /// 只减不增
    OnlyDecrease,
    /// 各部门意见齐全
    OpinionsPresent,
    /// 集体讨论有记录
    CollectiveDecision,
}

/// What is brought about when a step completes or the flow ends.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// 预审占用
    PlaceHolds,
    /// 释放预审
    ReleaseHolds,
    /// 占用职数
    OccupySeats,
    /// 发布公示
    PostNotice,
    /// 使用后备案
    FileUse,
    /// 登记单位
    RegisterUnit,
    /// 报中央备案
    FileWithCentral,
    /// 人员过渡
    OpenTransition,
}

/// What a step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// People decide on tasks (办理).
    Decide {
        /// Who.
        seats: Vec<Seat>,
        /// How many.
        how: Mode,
        /// What they may do.
        actions: BTreeSet<Action>,
        /// Steps to which it may be returned (退回).
        #[serde(default)]
        returns: Vec<StepId>,
        /// The step or end that a refusal leads to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<StepId>,
    },
    /// Facts are recorded (记录): a recommendation, a vetting, an appointment.
    Record {
        /// Who records.
        seats: Vec<Seat>,
        /// What must be given, by name.
        fields: Vec<String>,
        /// What else may be done.
        #[serde(default)]
        actions: BTreeSet<Action>,
    },
    /// Time passes (公示).
    Wait {
        /// How much.
        period: Period,
    },
    /// Rules are checked (核查).
    Check {
        /// Which.
        checks: BTreeSet<Check>,
        /// The step or end that a failure leads to.
        failed: StepId,
    },
    /// A body decides in a meeting (集体研究): members due and present, votes, minutes.
    Body {
        /// Who writes down what it decided.
        seats: Vec<Seat>,
        /// The step or end if it does not adopt.
        refused: StepId,
        /// What else may be done.
        #[serde(default)]
        actions: BTreeSet<Action>,
    },
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// Its Chinese name.
    pub name: String,
    /// The article that asks for it.
    pub article: String,
    /// What must hold before it opens.
    #[serde(default)]
    pub opens_if: BTreeSet<Check>,
    /// What must hold when it completes with a yes; a refusal needs no such thing.
    #[serde(default)]
    pub completes_if: BTreeSet<Check>,
    /// By when it is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Deadline>,
    /// Whether a profile may leave it out (简化程序). A public notice never.
    #[serde(default)]
    pub skippable: bool,
    /// What it brings about when it completes.
    #[serde(default)]
    pub effects: BTreeSet<Effect>,
    /// The step or end that follows.
    pub next: StepId,
    /// What it is.
    pub kind: Kind,
}

impl Step {
    /// Who acts in it; none in a wait or a check.
    #[must_use]
    pub fn seats(&self) -> &[Seat] {
        match &self.kind {
            Kind::Decide { seats, .. } | Kind::Record { seats, .. } | Kind::Body { seats, .. } => {
                seats
            }
            Kind::Wait { .. } | Kind::Check { .. } => &[],
        }
    }

    /// What may be done with its tasks. What a step is for needs no listing.
    #[must_use]
    pub fn allows(&self, action: Action) -> bool {
        match &self.kind {
            Kind::Decide { actions, .. }
            | Kind::Record { actions, .. }
            | Kind::Body { actions, .. } => actions.contains(&action),
            Kind::Wait { .. } | Kind::Check { .. } => action == Action::Withdraw,
        }
    }

    /// Every step or end that may follow it, but for returns.
    pub fn follows(&self) -> impl Iterator<Item = &StepId> {
        let other = match &self.kind {
            Kind::Decide { refused, .. } => refused.as_ref(),
            Kind::Body { refused, .. } => Some(refused),
            Kind::Check { failed, .. } => Some(failed),
            Kind::Record { .. } | Kind::Wait { .. } => None,
        };
        let late = match self.deadline.as_ref().map(|deadline| &deadline.then) {
            Some(Consequence::Go(to)) => Some(to),
            _ => None,
        };
        std::iter::once(&self.next).chain(other).chain(late)
    }

    /// Steps to which it may be returned.
    #[must_use]
    pub fn returns(&self) -> &[StepId] {
        match &self.kind {
            Kind::Decide { returns, .. } => returns,
            _ => &[],
        }
    }
}

/// How a case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 办结
    Done,
    /// 不予批准
    Refused,
    /// 逾期终止
    Lapsed,
    /// 撤回
    Withdrawn,
}

/// An end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// Its id.
    pub id: StepId,
    /// Its Chinese name.
    pub name: String,
    /// What it means.
    pub outcome: Outcome,
    /// What it brings about.
    #[serde(default)]
    pub effects: BTreeSet<Effect>,
}

/// A flow definition: one immutable version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The form of the document; 1.
    pub format: u32,
    /// The flow's name, the same in all its versions.
    pub flow: String,
    /// The version, from 1.
    pub version: u32,
    /// What it is, in Chinese.
    pub title: String,
    /// The first step.
    pub first: StepId,
    /// Groups of steps that one person may not decide twice in (回避、职责分离).
    #[serde(default)]
    pub separate: Vec<BTreeSet<StepId>>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The ends.
    pub ends: Vec<End>,
}

impl Definition {
    /// A step by its id.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// An end by its id.
    #[must_use]
    pub fn end(&self, id: &StepId) -> Option<&End> {
        self.ends.iter().find(|end| end.id == *id)
    }

    /// The end that a withdrawal leads to.
    #[must_use]
    pub fn withdrawn(&self) -> Option<&End> {
        self.ends.iter().find(|end| end.outcome == Outcome::Withdrawn)
    }

    /// Steps in which nobody may decide who has decided in this one.
    #[must_use]
    pub fn apart(&self, id: &StepId) -> BTreeSet<&StepId> {
        let groups = self.separate.iter().filter(|group| group.contains(id));
        groups.flatten().filter(|other| *other != id).collect()
    }
}
