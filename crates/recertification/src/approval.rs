//! Whether a case may be approved, filed, or let out (审批): every rule at once, so that
//! whoever decides sees them all.

use jiff::civil::Date;
use quanheng_policy::profile::{ChangeRoute, GateAct, GateBody, GateRow, Policy};
use serde::{Deserialize, Serialize};

use crate::authority::Chain;
use crate::conditions::Conditions;
use crate::decrease::BatchCheck;
use crate::finding::{Finding, Findings, Reason, Rule, count, text};
use crate::gate::{Opinion, check_opinions};
use crate::transition::{Plan, check_plan};

/// The record of a meeting that decided (集体讨论决定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// 会议纪要编号
    pub minutes: String,
    /// 应到人数
    pub due: u32,
    /// 实到人数
    pub present: u32,
    /// 赞成人数
    pub in_favour: u32,
}

/// What an approval is asked about (审批).
#[derive(Debug, Clone)]
pub struct Approval<'a> {
    /// The day of the decision.
    pub on: Date,
    /// The route of the case.
    pub route: ChangeRoute,
    /// The conditions, as of the day of the decision.
    pub conditions: &'a Conditions,
    /// The opinions of the joint review.
    pub opinions: &'a [Opinion],
    /// The chain of the applicant.
    pub chain: &'a Chain,
    /// The gates that were passed.
    pub passed: &'a [GateRow],
    /// Who approves.
    pub by: GateBody,
    /// The meeting.
    pub meeting: Option<&'a Meeting>,
    /// What the whole batch does to every scope.
    pub decrease: &'a BatchCheck,
    /// The plan for those who leave.
    pub plan: Option<&'a Plan>,
}

/// Whether it may be approved. A filing and a re-certification ask for only-decrease, a
/// re-certification for the conditions, an exit for its plan; every one for the authority and
/// a meeting. No argument here overrides a condition: there is none that could.
#[must_use]
pub fn check_approval(policy: &Policy, asked: &Approval<'_>) -> Findings {
    let mut found = Vec::new();
    if asked.route == ChangeRoute::Recertify {
        found.extend(conditions_of_the_day(asked));
        found.push(check_opinions(policy, asked.opinions));
    }
    found.push(asked.chain.check_gate(asked.passed, GateAct::Approve, asked.by));
    found.push(check_meeting(policy, asked.meeting));
    match asked.route {
        ChangeRoute::Exit => found.extend(check_plan(policy, asked.plan).0),
        ChangeRoute::Filing | ChangeRoute::Recertify => {
            found.extend(asked.decrease.findings.0.iter().cloned());
        }
    }
    Findings(found)
}

/// What the conditions found, if they were asked as of the day of the decision: what was in
/// force on another day says nothing.
fn conditions_of_the_day(asked: &Approval<'_>) -> Vec<Finding> {
    match asked.conditions.on == asked.on && !asked.conditions.findings.0.is_empty() {
        true => asked.conditions.findings.0.clone(),
        false => vec![Finding::missing(Rule::Authorization, "conditions_on_decision_date")],
    }
}

/// Whether a meeting with a quorum decided by a majority, and has minutes (集体讨论).
#[must_use]
pub fn check_meeting(policy: &Policy, meeting: Option<&Meeting>) -> Finding {
    let rule = Rule::CollectiveDecision;
    let asked = match policy.collective_decision() {
        Ok(asked) => asked,
        Err(error) => return Finding::unset(rule, &error),
    };
    let fails = |message: String| {
        Finding::fail(rule, Reason::CollectiveDecisionMissing, message)
            .with_figures_of(&asked.source)
    };
    let Some(meeting) = meeting else {
        return fails("未经集体讨论决定".to_owned());
    };
    let Meeting { minutes, due, present, in_favour } = meeting;
    let sound = due >= present && present >= in_favour && *due > 0;
    let share = |part: u32, of: u32, ratio: quanheng_policy::Ratio| {
        let (part, of) = (u128::from(part), u128::from(of));
        (part * u128::from(ratio.denominator())).cmp(&(of * u128::from(ratio.numerator())))
    };
    let quorum = share(*present, *due, asked.value.quorum).is_ge();
    let majority = share(*in_favour, *due, asked.value.more_than).is_gt();
    let finding = match (minutes.trim().is_empty(), sound && quorum, majority) {
        (true, ..) => fails("缺会议纪要编号".to_owned()),
        (_, false, _) => fails(format!("应到 {due} 人,实到 {present} 人,不足法定人数")),
        (_, _, false) => fails(format!("应到 {due} 人,赞成 {in_favour} 人,赞成人数不足")),
        _ => Finding::pass(rule, format!("集体讨论通过({})", minutes.trim()))
            .fact("minutes", text(minutes.trim()))
            .with_figures_of(&asked.source),
    };
    finding
        .fact("due", count(*due))
        .fact("present", count(*present))
        .fact("in_favour", count(*in_favour))
}
