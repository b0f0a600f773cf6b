//! What becomes of the staff of a unit that leaves (过渡安排, §6.8).

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::{Policy, PolicyError};
use quanheng_policy::{PersonId, UnitId};
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Findings, Reason, Rule, count, list, text};

/// What an option brings about (去向). Policy says which may be chosen, by these names or ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// 随职能划转机关
    MoveWithFunction,
    /// 转入其他参照管理单位
    MoveToReferenced,
    /// 转为事业单位工作人员
    BecomeInstitutionStaff,
    /// 过渡期内保留待遇
    RetainTreatment,
    /// 提前退休
    EarlyRetirement,
}

impl Destination {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::MoveWithFunction,
        Self::MoveToReferenced,
        Self::BecomeInstitutionStaff,
        Self::RetainTreatment,
        Self::EarlyRetirement,
    ];

    /// The stable name.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::MoveWithFunction => "move_with_function",
            Self::MoveToReferenced => "move_to_referenced",
            Self::BecomeInstitutionStaff => "become_institution_staff",
            Self::RetainTreatment => "retain_treatment",
            Self::EarlyRetirement => "early_retirement",
        }
    }

    /// The name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::MoveWithFunction => "随职能划转机关",
            Self::MoveToReferenced => "转入其他参照管理单位",
            Self::BecomeInstitutionStaff => "转为事业单位工作人员",
            Self::RetainTreatment => "过渡期内保留待遇",
            Self::EarlyRetirement => "提前退休",
        }
    }

    /// What an option of policy means; none of an option that no rule knows.
    #[must_use]
    pub fn read(option: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| option == one.id() || option == one.label())
    }

    /// Whether another unit takes the person.
    #[must_use]
    pub fn moves(self) -> bool {
        matches!(self, Self::MoveWithFunction | Self::MoveToReferenced)
    }

    /// Whether nothing changes before the person is done (办结).
    #[must_use]
    pub fn waits(self) -> bool {
        matches!(self, Self::RetainTreatment | Self::EarlyRetirement)
    }
}

/// The talk with a person (谈话记录).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// 日期
    pub on: Date,
    /// 讲解的政策
    pub policy: String,
    /// 本人签字
    pub signed: bool,
}

/// A person of a unit that leaves (过渡人员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonTransition {
    /// The person.
    pub person: PersonId,
    /// What was chosen, as policy names it (去向).
    pub option: Option<String>,
    /// The talk.
    pub talk: Option<Talk>,
    /// 待遇保留
    pub pay_protected: Option<bool>,
    /// When everything was done (办结日期).
    pub done_on: Option<Date>,
}

impl PersonTransition {
    /// What is open about the person on a day, in Chinese. `options`: what may be chosen.
    #[must_use]
    pub fn open(&self, options: &[String], on: Date) -> Vec<&'static str> {
        let chosen = self.option.as_ref().is_some_and(|option| options.contains(option));
        let talked =
            self.talk.as_ref().is_some_and(|talk| talk.on <= on && talk.signed && says(talk));
        let done = self.done_on.is_some_and(|day| day <= on);
        let all = [(chosen, "去向"), (talked, "谈话记录"), (done, "办结日期")];
        all.into_iter().filter(|(there, _)| !there).map(|(_, what)| what).collect()
    }
}

fn says(talk: &Talk) -> bool {
    !talk.policy.trim().is_empty()
}

/// The plan of a unit that leaves (过渡方案).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The unit.
    pub unit: UnitId,
    /// The transition policy that it is bound to (过渡期政策文号).
    pub document: DocumentNumber,
    /// From when the transition runs.
    pub from: Date,
    /// The unit's staff when it left (花名册). Every one of them needs a place in the plan.
    pub roster: BTreeSet<PersonId>,
    /// The persons.
    pub persons: Vec<PersonTransition>,
}

impl Plan {
    /// Staff that the plan says nothing about.
    #[must_use]
    pub fn left_out(&self) -> Vec<&PersonId> {
        let planned: BTreeSet<_> = self.persons.iter().map(|one| &one.person).collect();
        self.roster.iter().filter(|person| !planned.contains(person)).collect()
    }
}

/// Whether an exit has a plan that covers everybody (退出须有过渡方案).
#[must_use]
pub fn check_plan(policy: &Policy, plan: Option<&Plan>) -> Findings {
    let rule = Rule::TransitionPlan;
    let Some(plan) = plan else {
        let message = "批准退出须同时有人员过渡方案";
        return Findings(vec![Finding::fail(rule, Reason::TransitionPlanMissing, message)]);
    };
    let left_out = plan.left_out();
    let covered = match left_out.is_empty() {
        true => Finding::pass(rule, format!("过渡方案依据 {}", plan.document))
            .fact("persons", count(plan.persons.len())),
        false => {
            let message = format!("过渡方案未列 {} 人", left_out.len());
            Finding::fail(rule, Reason::TransitionPlanMissing, message)
                .fact("left_out", text(list(left_out)))
        }
    };
    let period = match transition_ends_on(policy, plan.from) {
        Ok(last) => Finding::pass(rule, format!("过渡期至 {last}")).fact("ends_on", text(last)),
        Err(error) => Finding::unset(rule, &error),
    };
    Findings(vec![covered, period])
}

/// The last day of a transition that begins on a day (过渡期满).
///
/// # Errors
/// [`PolicyError::NotConfigured`]: the text of the policy names no period, so it must be set.
pub fn transition_ends_on(policy: &Policy, from: Date) -> Result<Date, PolicyError> {
    let months = policy.transition_period_months()?;
    Ok(from.saturating_add(i64::from(*months.value).months()).yesterday().unwrap_or(from))
}

/// Whether a plan may be closed (过渡办结): only when every person is done.
#[must_use]
pub fn check_close(policy: &Policy, plan: &Plan, on: Date) -> Finding {
    let rule = Rule::TransitionClose;
    let options = match policy.transition_options() {
        Ok(options) => options,
        Err(error) => return Finding::unset(rule, &error),
    };
    let total = plan.roster.len().max(plan.persons.len());
    let waits = |one: &&PersonTransition| !one.open(&options.value, on).is_empty();
    let mut waiting: Vec<_> =
        plan.persons.iter().filter(waits).map(|one| one.person.as_str()).collect();
    waiting.extend(plan.left_out().into_iter().map(PersonId::as_str));
    let done = total - waiting.len().min(total);
    let finding = match (waiting.is_empty(), total) {
        (true, 0) => Finding::pass(rule, "没有需要过渡的人员"),
        (true, _) => Finding::pass(rule, format!("{total} 人均已办结")),
        (false, _) => {
            let message = format!("共 {total} 人,已办结 {done} 人,尚有 {} 人未办结", waiting.len());
            Finding::fail(rule, Reason::TransitionOpen, message)
                .fact("waiting", text(list(&waiting)))
        }
    };
    finding
        .fact("persons", count(total))
        .fact("persons_done", count(done))
        .with_figures_of(&options.source)
}

/// Whether a plan that is open has outlived its period.
///
/// # Errors
/// [`PolicyError::NotConfigured`].
pub fn overdue(policy: &Policy, plan: &Plan, on: Date) -> Result<Option<Finding>, PolicyError> {
    let last = transition_ends_on(policy, plan.from)?;
    let open = check_close(policy, plan, on).failed();
    Ok((open && on > last).then(|| {
        let message = format!("过渡期已于 {last} 届满,人员尚未全部办结");
        Finding::warn(Rule::TransitionClose, Reason::TransitionOverdue, message)
            .fact("ended_on", text(last))
    }))
}

/// A holder of a seat of an account that closes, and where the seat goes (职数随转).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move<A> {
    /// The person.
    pub person: PersonId,
    /// The account that the person's seat is charged to from now on.
    pub to: A,
}

/// Whether the account of a unit that becomes an organ may close (随转核查): everybody who holds a
/// seat there moves to the organ's account in the same commit.
#[must_use]
pub fn check_handover<A: PartialEq>(
    holders: &BTreeSet<PersonId>,
    moves: &[Move<A>],
    organ: &A,
) -> Finding {
    let rule = Rule::Handover;
    let moved: BTreeSet<_> =
        moves.iter().filter(|one| one.to == *organ).map(|one| &one.person).collect();
    let left: Vec<_> = holders.iter().filter(|person| !moved.contains(person)).collect();
    let finding = match left.is_empty() {
        true => Finding::pass(rule, format!("{} 人职级职数一并转入新机关账户", holders.len())),
        false => {
            let message =
                format!("{} 人职级职数未一并转入新机关账户,参照管理单位账户不能关闭", left.len());
            Finding::fail(rule, Reason::HoldersLeft, message).fact("left", text(list(&left)))
        }
    };
    finding.fact("holders", count(holders.len()))
}
