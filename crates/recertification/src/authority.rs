//! Who proposes, concludes, reports and approves (审批权限, §6.4; 层层把关).

use quanheng_policy::class::Tier;
use quanheng_policy::profile::{
    ApplicantClass, GateAct, GateBody, GateRow, Policy, PolicyError, Source,
};
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Reason, Rule, count, list, text};

/// Whose vertical agency a unit belongs to (垂直管理).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vertical {
    /// 中央垂直管理
    Central,
    /// 省级垂直管理
    Province,
}

/// The class of an applicant (申报主体类别). Institutions of congresses, consultative conferences,
/// courts, procuratorates, democratic parties and the federation of industry and commerce go
/// by analogy: as units of their tier.
#[must_use]
pub fn applicant_class(tier: Tier, vertical: Option<Vertical>) -> ApplicantClass {
    match (vertical, tier) {
        (Some(Vertical::Central), _) => ApplicantClass::UnderCentralVertical,
        (Some(Vertical::Province), _) => ApplicantClass::UnderProvincialVertical,
        (None, Tier::Central) => ApplicantClass::CentralUnit,
        (None, Tier::Province) => ApplicantClass::ProvincialUnit,
        (None, Tier::Prefecture) => ApplicantClass::PrefectureUnit,
        (None, Tier::County | Tier::Township) => ApplicantClass::CountyUnit,
    }
}

/// The gates of an applicant, in order (把关链条).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// Of which class.
    pub class: ApplicantClass,
    /// The gates; the last one approves.
    pub gates: Vec<GateRow>,
    /// Whether what was approved is filed with the central authority.
    pub central_filing: bool,
    /// On what the chain rests.
    pub article: String,
    /// Where in policy it stands.
    pub source: Source,
}

/// The chain of a class of applicants.
///
/// # Errors
/// [`PolicyError::NotConfigured`] when policy has none for it.
pub fn chain(policy: &Policy, class: ApplicantClass) -> Result<Chain, PolicyError> {
    let rows = policy.reference_authority_chains()?;
    let row = rows.value.iter().find(|row| row.class == class && !row.gates.is_empty());
    let row = row.cloned().ok_or_else(|| PolicyError::NotConfigured {
        key: format!("reference_authority_chains({})", class.label()),
    })?;
    Ok(Chain {
        class,
        gates: row.gates,
        central_filing: row.central_filing,
        article: row.article,
        source: rows.source,
    })
}

impl Chain {
    /// Who does this, in the order of the gates.
    #[must_use]
    pub fn bodies(&self, act: GateAct) -> Vec<GateBody> {
        self.gates.iter().filter(|gate| gate.act == act).map(|gate| gate.by).collect()
    }

    /// Who approves (审批机关): the last gate, and nobody before it.
    #[must_use]
    pub fn approver(&self) -> Option<GateBody> {
        self.gates.last().filter(|gate| gate.act == GateAct::Approve).map(|gate| gate.by)
    }

    /// The gate that comes after so many have been passed.
    #[must_use]
    pub fn next(&self, passed: usize) -> Option<GateRow> {
        self.gates.get(passed).copied()
    }

    /// Whether a body may act at a gate now. `passed`: the gates that were passed and not
    /// returned, in order.
    #[must_use]
    pub fn check_gate(&self, passed: &[GateRow], act: GateAct, by: GateBody) -> Finding {
        let rule = Rule::Chain;
        let fails = |reason, message: String| {
            let gates = list(passed.iter().map(|gate| gate.by.label()));
            Finding::fail(rule, reason, message)
                .fact("passed", text(gates))
                .fact("by", text(by.label()))
                .fact("act", text(act.label()))
                .with_figures_of(&self.source)
        };
        if !self.gates.starts_with(passed) {
            let message = "已办理的关口与审批权限不符,应退回重新办理".to_owned();
            return fails(Reason::GateSkipped, message);
        }
        let Some(next) = self.next(passed.len()) else {
            return fails(Reason::GateSkipped, "各关口均已办理".to_owned());
        };
        match (next.act == act, next.by == by) {
            (true, true) => Finding::pass(rule, format!("由{}{}", by.label(), act.label()))
                .fact("gate", count(passed.len() + 1))
                .with_figures_of(&self.source),
            (true, false) => {
                let message =
                    format!("{}应由{}办理,{}无权办理", act.label(), next.by.label(), by.label());
                fails(Reason::WrongAuthority, message)
            }
            (false, _) => {
                let message =
                    format!("尚未经{}{},不得{}", next.by.label(), next.act.label(), act.label());
                fails(Reason::GateSkipped, message)
            }
        }
    }
}

/// Where a case stands in its chain (关口进度): every gate can pass it on or return it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    passed: Vec<GateRow>,
}

impl Progress {
    /// The gates that were passed, in order.
    #[must_use]
    pub fn passed(&self) -> &[GateRow] {
        &self.passed
    }

    /// Passes the next gate.
    ///
    /// # Errors
    /// The finding that says why the body may not act now.
    pub fn pass(&mut self, chain: &Chain, act: GateAct, by: GateBody) -> Result<(), Box<Finding>> {
        let found = chain.check_gate(&self.passed, act, by);
        if found.failed() {
            return Err(Box::new(found));
        }
        self.passed.push(GateRow { act, by });
        Ok(())
    }

    /// Returns the case to before a gate that was passed (退回): all from there on are to be
    /// passed again. False, and nothing changes, if that gate was not passed.
    pub fn return_before(&mut self, gate: usize) -> bool {
        let there = gate < self.passed.len();
        self.passed.truncate(if there { gate } else { self.passed.len() });
        there
    }

    /// Whether the last gate has approved.
    #[must_use]
    pub fn approved(&self, chain: &Chain) -> bool {
        chain.approver().is_some() && self.passed == chain.gates
    }
}
