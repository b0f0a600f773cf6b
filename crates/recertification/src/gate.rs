//! Which steps of a case may be taken (关口): submission, conclusion, approval.

use std::collections::BTreeSet;

use quanheng_policy::class::Tier;
use quanheng_policy::profile::{ChangeRoute, Policy, PolicyError, Severity};
use quanheng_policy::{PersonId, UnitId};
use serde::{Deserialize, Serialize};

use crate::campaign::{Campaign, Override, Phase, PhaseState};
use crate::finding::{Finding, Findings, Reason, Rule, count, list, text};
use crate::materials::{Material, Stage, check_materials};

/// One of the three that are to be clear (三清之一).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clear {
    /// Whether it is said to be clear; none if nobody has said.
    pub clear: Option<bool>,
    /// The evidence (佐证材料). Without any it is not clear.
    pub evidence: Vec<String>,
}

impl Clear {
    fn holds(&self) -> bool {
        self.clear == Some(true) && self.evidence.iter().any(|one| !one.trim().is_empty())
    }
}

/// The three clears (三清).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreeClear {
    /// 人员底数清
    pub staff: Clear,
    /// 编制文件清
    pub documents: Clear,
    /// 单位职能设置清
    pub functions: Clear,
}

impl ThreeClear {
    /// What is not clear.
    #[must_use]
    pub fn unclear(&self) -> Vec<&'static str> {
        let all = [
            (&self.staff, "人员底数"),
            (&self.documents, "编制文件"),
            (&self.functions, "单位职能设置"),
        ];
        all.into_iter().filter(|(one, _)| !one.holds()).map(|(_, name)| name).collect()
    }
}

/// Whether the three are clear; where policy only warns, a reasoned exception lets the case
/// pass and is told with it. Where it is hard there is no exception.
#[must_use]
pub fn check_three_clear(
    policy: &Policy,
    three: &ThreeClear,
    exception: Option<&Override>,
) -> Finding {
    let rule = Rule::ThreeClear;
    let severity = match policy.three_clear() {
        Ok(severity) => severity,
        Err(error) => return Finding::unset(rule, &error),
    };
    let unclear = three.unclear();
    if unclear.is_empty() {
        return Finding::pass(rule, "三清已完成").with_figures_of(&severity.source);
    }
    let message = format!("三清未完成:{}", list(&unclear));
    let reasoned = exception.filter(|by| *severity.value == Severity::Warn && by.reasoned());
    let finding = match reasoned {
        Some(by) => {
            let message = format!("{message}(已说明理由:{})", by.reason.trim());
            Finding::warn(rule, Reason::ThreeClearIncomplete, message)
                .fact("override_by", text(&by.by))
                .fact("override_on", text(by.on))
                .fact("override_reason", text(by.reason.trim()))
        }
        None => Finding::fail(rule, Reason::ThreeClearIncomplete, message),
    };
    finding.fact("unclear", text(list(&unclear))).with_figures_of(&severity.source)
}

/// Whether a phase may take cases in as far as the order of phases goes (先省直后市县): the
/// municipal one waits until the provincial one is as far as policy says, or the province
/// has decided otherwise and said why.
#[must_use]
pub fn phase_gate(policy: &Policy, campaign: &Campaign, phase: Phase) -> Finding {
    let rule = Rule::PhaseGate;
    if phase == Phase::Provincial {
        return Finding::pass(rule, "省直阶段先行");
    }
    let gate = match policy.phase_gate() {
        Ok(gate) => gate,
        Err(error) => return Finding::unset(rule, &error),
    };
    let Some(wanted) = PhaseState::read(&gate.value) else {
        let key = format!("phase_gate({})", gate.value);
        return Finding::unset(rule, &PolicyError::NotConfigured { key });
    };
    let provincial = campaign.phase(Phase::Provincial);
    let finding = match (&campaign.gate_override, provincial >= wanted) {
        (_, true) => Finding::pass(rule, format!("省直阶段{}", provincial.label())),
        (Some(by), false) if by.reasoned() => {
            let message = format!("省级批准提前开放:{}", by.reason.trim());
            Finding::pass(rule, message).fact("override_by", text(&by.by))
        }
        (_, false) => {
            let message = format!(
                "省直阶段为“{}”,达到“{}”后市县方可申报",
                provincial.label(),
                wanted.label()
            );
            Finding::fail(rule, Reason::PhaseLocked, message)
        }
    };
    finding
        .fact("provincial_state", text(provincial.id()))
        .fact("required_state", text(wanted.id()))
        .with_figures_of(&gate.source)
}

/// Whether a unit of a tier may submit its case now (申报阶段). It says nothing about the
/// survey, which no phase locks.
#[must_use]
pub fn check_phase(policy: &Policy, campaign: &Campaign, tier: Tier) -> Finding {
    let rule = Rule::PhaseGate;
    let Some(phase) = Phase::of(tier) else {
        return Finding::fail(rule, Reason::PhaseLocked, "中央单位不在本次重新认定范围");
    };
    if campaign.closed {
        return Finding::fail(rule, Reason::PhaseLocked, "重新认定工作已结束");
    }
    let gate = phase_gate(policy, campaign, phase);
    if gate.failed() {
        return gate;
    }
    match campaign.phase(phase) {
        PhaseState::Open => gate,
        state => {
            let message = format!("{}为“{}”,不受理申报", phase.label(), state.label());
            Finding::fail(rule, Reason::PhaseLocked, message).fact("state", text(state.id()))
        }
    }
}

/// What a submission is asked about (申报).
#[derive(Debug, Clone)]
pub struct Submission<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The unit's tier.
    pub tier: Tier,
    /// The route of the case.
    pub route: ChangeRoute,
    /// 三清
    pub three_clear: &'a ThreeClear,
    /// The exception from the three clears, if one was decided.
    pub exception: Option<&'a Override>,
    /// The materials.
    pub materials: &'a [Material],
    /// What the authority asked for besides.
    pub requested: &'a BTreeSet<String>,
}

/// Whether a case may be submitted.
#[must_use]
pub fn check_submission(policy: &Policy, asked: &Submission<'_>) -> Findings {
    Findings(vec![
        check_phase(policy, asked.campaign, asked.tier),
        check_three_clear(policy, asked.three_clear, asked.exception),
        check_materials(policy, asked.route, Stage::Submission, asked.materials, asked.requested),
    ])
}

/// What a department of the joint review says (联合审核意见).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// The department, as policy names it.
    pub department: String,
    /// Who gave it.
    pub reviewer: PersonId,
    /// The unit that the reviewer belongs to.
    pub reviewer_unit: UnitId,
    /// Whether it is in favour. An adverse opinion goes up with the case and stops nothing.
    pub favourable: bool,
    /// Whether it is signed.
    pub signed: bool,
}

/// What a conclusion is asked about (工作专班结论).
#[derive(Debug, Clone)]
pub struct Conclusion<'a> {
    /// The route of the case.
    pub route: ChangeRoute,
    /// The unit that applies.
    pub applicant: &'a UnitId,
    /// Its parent department.
    pub parent: Option<&'a UnitId>,
    /// The opinions.
    pub opinions: &'a [Opinion],
    /// The materials.
    pub materials: &'a [Material],
    /// What the authority asked for besides.
    pub requested: &'a BTreeSet<String>,
    /// How many rounds of feedback there were.
    pub feedback_rounds: u32,
}

/// Whether the task force may conclude.
#[must_use]
pub fn check_conclusion(policy: &Policy, asked: &Conclusion<'_>) -> Findings {
    Findings(vec![
        check_materials(policy, asked.route, Stage::JointReview, asked.materials, asked.requested),
        check_opinions(policy, asked.opinions),
        recusal(asked),
        feedback(policy, asked.feedback_rounds),
    ])
}

/// Whether every required department has given a signed opinion.
#[must_use]
pub fn check_opinions(policy: &Policy, opinions: &[Opinion]) -> Finding {
    let rule = Rule::Opinions;
    let required = match policy.required_joint_departments() {
        Ok(required) => required,
        Err(error) => return Finding::unset(rule, &error),
    };
    let given = |department: &&String| {
        opinions.iter().any(|one| one.department == **department && one.signed)
    };
    let missing: Vec<&String> = required.value.iter().filter(|one| !given(one)).collect();
    let finding = match missing.is_empty() {
        true => Finding::pass(rule, "各部门均已出具意见"),
        false => {
            let names = list(missing.iter().map(|one| department(one)));
            Finding::fail(rule, Reason::OpinionMissing, format!("缺{names}意见,不能形成结论"))
                .fact("missing", text(list(&missing)))
        }
    };
    finding.fact("required", count(required.value.len())).by(&required.source)
}

fn department(id: &str) -> &str {
    match id {
        "organization_department" => "组织部门",
        "establishment_office" => "机构编制部门",
        "finance_department" => "财政部门",
        other => other,
    }
}

/// Nobody reviews a case of the unit or department that they belong to.
fn recusal(asked: &Conclusion<'_>) -> Finding {
    let rule = Rule::Recusal;
    let own = |one: &&Opinion| {
        one.reviewer_unit == *asked.applicant || Some(&one.reviewer_unit) == asked.parent
    };
    let concerned: Vec<_> = asked.opinions.iter().filter(own).map(|one| &one.reviewer).collect();
    match concerned.is_empty() {
        true => Finding::pass(rule, "审核人员不属于申报单位及其主管部门"),
        false => {
            let message = format!("{} 属于申报单位或其主管部门,应当回避", list(&concerned));
            Finding::fail(rule, Reason::ConflictOfInterest, message)
                .fact("reviewers", text(list(&concerned)))
        }
    }
}

fn feedback(policy: &Policy, rounds: u32) -> Finding {
    let rule = Rule::FeedbackRounds;
    let least = match policy.min_feedback_rounds() {
        Ok(least) => least,
        Err(error) => return Finding::unset(rule, &error),
    };
    let wanted = u32::from(*least.value);
    let finding = match rounds >= wanted {
        true => Finding::pass(rule, format!("沟通反馈 {rounds} 轮")),
        false => {
            let message = format!("沟通反馈 {rounds} 轮,至少应为 {wanted} 轮");
            Finding::fail(rule, Reason::FeedbackTooFew, message)
        }
    };
    finding
        .fact("rounds", count(rounds))
        .fact("rounds_min", count(wanted))
        .with_figures_of(&least.source)
}
