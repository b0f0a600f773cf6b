//! 审核台账: the cases of a campaign.

use jiff::civil::Date;
use quanheng_forms::recertification::Decided;
use quanheng_forms::recertification::cases::{CaseOpinion, CaseRow, Cases, Consulted, Round};
use quanheng_policy::profile::GateAct;
use quanheng_streams::RecertificationState;

use super::facts::{Units, department, verdict};

/// What it is made of.
pub(crate) struct ReviewGround {
    /// Whose it is.
    pub(crate) keeper: String,
    /// Today.
    pub(crate) today: Date,
    /// The cases.
    pub(crate) cases: Vec<RecertificationState>,
    /// The units that they name.
    pub(crate) units: Units,
}

impl ReviewGround {
    /// The ledger.
    pub(super) fn form(&self) -> Cases {
        Cases {
            task_force: self.keeper.clone(),
            as_of: self.today,
            cases: self.cases.iter().map(|case| self.row(case)).collect(),
        }
    }

    fn row(&self, case: &RecertificationState) -> CaseRow {
        let successors = case.change.successors.iter();
        let own = successors.filter(|one| one.unit == case.unit).find_map(|one| one.after.as_ref());
        let name = own.map(|profile| profile.name.clone());
        let name = name.or_else(|| self.units.name(&case.unit, self.today));
        let supervisor = own.and_then(|profile| profile.parent.as_ref());
        let rounds = case.corrections.iter().map(|round| Round {
            on: Some(round.on),
            asked: round.text.clone(),
            answered_on: round.answered.as_ref().map(|(_, on)| *on),
            answer: round.answered.as_ref().map(|(answer, _)| answer.clone()),
        });
        let consulted = case.consulted.iter().map(|one| Consulted {
            title: one.title.clone(),
            number: Some(one.document.to_string()),
            on: Some(one.on),
            finding: None,
        });
        let opinions = case.opinions.iter().map(|opinion| CaseOpinion {
            department: department(&opinion.department),
            favourable: Some(opinion.favourable),
            words: None,
        });
        let gate = |act: GateAct| case.gates.iter().rev().find(move |gate| gate.act == act);
        let concluded = gate(GateAct::Conclude);
        let decision = case.decision.as_ref();
        CaseRow {
            number: case.case.to_string(),
            unit_name: name.unwrap_or_else(|| format!("units/{}", case.unit)),
            supervisor: supervisor.and_then(|unit| self.units.name(unit, self.today)),
            route: Some(case.route.label().to_owned()),
            submitted_on: case.submitted_on,
            stage: Some(stage(case).to_owned()),
            rounds: rounds.collect(),
            consulted: consulted.collect(),
            opinions: opinions.collect(),
            conclusion: concluded.map(|gate| {
                let favour = if gate.favourable { "建议同意" } else { "建议不予同意" };
                match gate.opinion.trim() {
                    "" => favour.to_owned(),
                    words => format!("{favour}：{words}"),
                }
            }),
            decision: Decided {
                authority: gate(GateAct::Approve).map(|gate| gate.body.label().to_owned()),
                on: decision.map(|decision| decision.on),
                number: decision.and_then(|decision| Some(decision.document.as_ref()?.to_string())),
            },
            outcome: decision.map(|decision| verdict(decision.verdict).to_owned()),
        }
    }
}

/// How far a case is.
fn stage(case: &RecertificationState) -> &'static str {
    let answered = case.corrections.last().is_none_or(|round| round.answered.is_some());
    let referred = case.referrals.last().is_some_and(|one| one.answered.is_none());
    match case {
        case if case.withdrawn.is_some() => "撤回",
        case if case.centrally_filed.is_some() => "已报中央备案",
        case if case.registered_on.is_some() => "已登记",
        case if case.decision.is_some() => "已审批",
        case if case.submitted_on.is_none() => "草稿",
        _ if referred => "转机构编制部门研究",
        _ if !answered => "反馈补正",
        _ => "审核中",
    }
}
