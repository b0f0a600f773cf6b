//! Which way a case goes (审批权限): the chain of its applicant, and the units of its gates.

use std::collections::BTreeSet;

use quanheng_casework::Sight;
use quanheng_policy::UnitId;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::{DivisionCode, DivisionLevel};
use quanheng_policy::profile::{GateAct, GateBody, Policy};
use quanheng_recertification::{Chain, Vertical, applicant_class, chain};
use quanheng_register::unit::UnitProfile;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_workflow::definition::StepId;

use crate::work;

/// No hierarchy is deeper.
const PARENTS_MAX: usize = 16;

/// What is known of the unit that a case is about.
pub(crate) struct Applicant {
    pub(crate) profile: UnitProfile,
    pub(crate) policy: Policy,
    pub(crate) chain: Chain,
}

/// The unit of a case, with the chain that it goes.
///
/// # Errors
/// `POLICY_NOT_CONFIGURED`.
pub(crate) fn applicant(sight: &Sight<'_>, unit: &UnitId) -> Result<Applicant, Failure> {
    let profile = sight.last_profile(unit)?;
    let policy = sight.policy(&profile.division, sight.today);
    let class = applicant_class(profile.tier, vertical(sight, &profile)?);
    let name = format!("units/{unit}");
    let chain = chain(&policy, class).map_err(|error| work::policy_failure(&error, &name))?;
    Ok(Applicant { profile, policy, chain })
}

/// Whose vertical agency a unit belongs to, by the highest unit above it.
fn vertical(sight: &Sight<'_>, profile: &UnitProfile) -> Result<Option<Vertical>, Failure> {
    if !profile.vertical {
        return Ok(None);
    }
    let (mut above, mut highest) = (profile.parent.clone(), profile.tier);
    for _ in 0..PARENTS_MAX {
        let Some(unit) = above else { break };
        let parent = sight.last_profile(&unit)?;
        highest = highest.min(parent.tier);
        above = parent.parent;
    }
    Ok(match (highest, profile.tier) {
        (Tier::Central, _) => Some(Vertical::Central),
        (Tier::Province, tier) if tier != Tier::Province => Some(Vertical::Province),
        _ => None,
    })
}

/// The division whose authority a body is, seen from a unit's.
fn division_of(body: GateBody, unit: &DivisionCode) -> Option<DivisionCode> {
    let wanted = match body {
        GateBody::CountyAuthority => DivisionLevel::County,
        GateBody::PrefectureTaskForce | GateBody::PrefectureAuthority => DivisionLevel::Prefecture,
        GateBody::ProvincialTaskForce
        | GateBody::ProvincialAuthority
        | GateBody::ProvincialCommittee => DivisionLevel::Province,
        GateBody::CentralAuthority => DivisionLevel::Nation,
        GateBody::Applicant | GateBody::ParentDepartment | GateBody::VerticalAgency => return None,
    };
    let above = std::iter::successors(Some(unit.clone()), DivisionCode::parent);
    let mut above = above.filter(|division| division.level() <= wanted);
    above.next()
}

/// The authority that a body is.
///
/// # Errors
/// [`Failure`] where it has to be read first.
fn authority(
    sight: &Sight<'_>,
    body: GateBody,
    unit: &DivisionCode,
) -> Result<Option<UnitId>, Failure> {
    let Some(division) = division_of(body, unit) else { return Ok(None) };
    Ok(sight.need::<streams::Authorities>(&streams::authority(&division))?.clone())
}

impl Applicant {
    /// The body whose task force reviews: the one that concludes, or else that approves.
    pub(crate) fn reviewer(&self) -> Option<GateBody> {
        let concluding = self.chain.bodies(GateAct::Conclude).first().copied();
        concluding.or_else(|| self.chain.approver())
    }

    /// The division of the task force that reviews.
    pub(crate) fn reviewed_in(&self) -> Option<DivisionCode> {
        division_of(self.reviewer()?, &self.profile.division)
    }

    /// The authority whose task force reviews.
    ///
    /// # Errors
    /// [`Failure`] where it has to be read first.
    pub(crate) fn reviewing(&self, sight: &Sight<'_>) -> Result<Option<UnitId>, Failure> {
        match self.reviewer() {
            Some(body) => authority(sight, body, &self.profile.division),
            None => Ok(None),
        }
    }

    /// The unit of the body that approves. What a provincial committee decides, the
    /// province's authority writes down.
    ///
    /// # Errors
    /// [`Failure`] where it has to be read first.
    pub(crate) fn approving(&self, sight: &Sight<'_>) -> Result<Option<UnitId>, Failure> {
        match self.chain.approver() {
            Some(body) => authority(sight, body, &self.profile.division),
            None => Ok(None),
        }
    }

    /// Who proposes.
    pub(crate) fn proposer(&self) -> GateBody {
        let bodies = self.chain.bodies(GateAct::Propose);
        bodies.first().copied().unwrap_or(GateBody::Applicant)
    }

    /// Steps that the chain has no gate for.
    ///
    /// # Errors
    /// A fault of the program.
    pub(crate) fn left_out(&self) -> Result<BTreeSet<StepId>, Failure> {
        let reports = self.chain.bodies(GateAct::Report);
        let first = reports.contains(&GateBody::CountyAuthority);
        let others = reports.iter().any(|body| *body != GateBody::CountyAuthority);
        let kept = [
            ("conclusion", !self.chain.bodies(GateAct::Conclude).is_empty()),
            ("report_first", first),
            ("report", others),
            ("central_filing", self.chain.central_filing),
        ];
        let out = kept.into_iter().filter(|(_, kept)| !kept);
        out.map(|(step, _)| StepId::new(step).map_err(Failure::internal)).collect()
    }

    /// The body that acts in a step of a flow.
    pub(crate) fn body_of(&self, step: &str) -> Option<(GateAct, GateBody)> {
        let reports = self.chain.bodies(GateAct::Report);
        let other = |body: &&GateBody| **body != GateBody::CountyAuthority;
        Some(match step {
            "conclusion" => (GateAct::Conclude, *self.chain.bodies(GateAct::Conclude).first()?),
            "report_first" => (GateAct::Report, GateBody::CountyAuthority),
            "report" => (GateAct::Report, *reports.iter().find(other)?),
            "approval" => (GateAct::Approve, self.chain.approver()?),
            _ => return None,
        })
    }

    /// The province.
    pub(crate) fn province(&self) -> Option<DivisionCode> {
        division_of(GateBody::ProvincialAuthority, &self.profile.division)
            .filter(|division| division.level() == DivisionLevel::Province)
    }
}
