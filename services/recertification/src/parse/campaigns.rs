//! What requests about campaigns say.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_recertification::campaign::Phase;
use quanheng_runtime::Failure;
use quanheng_runtime::wire::{division, named, required};
use quanheng_streams::{Member, Notified, TaskForce};

use super::shared::{attachments, bounded, day, document, short, text};

/// `persons/{person}`
pub(crate) fn person(field: &str, name: &str) -> Result<PersonId, Failure> {
    named(field, "persons/{person}", name)
}

/// The notice of a campaign.
pub(crate) fn notified(request: &wire::CreateCampaignRequest) -> Result<Notified, Failure> {
    Ok(Notified {
        title: text("title", &request.title)?,
        division: division("division", &request.division)?,
        document: document("document_number", &request.document_number)?,
        notice: short("notice", &request.notice)?,
        attachments: attachments("attachments", &request.attachments)?,
        baseline_on: day("baseline_on", request.baseline_on.as_ref())?,
        survey_due_on: day("survey_due_on", request.survey_due_on.as_ref())?,
    })
}

/// A task force, and whose.
pub(crate) fn task_force(
    given: Option<&wire::TaskForce>,
) -> Result<(DivisionCode, TaskForce), Failure> {
    let given = given.ok_or_else(|| Failure::field("task_force", "须填写工作专班"))?;
    bounded(given.members.len())?;
    let members = given.members.iter().enumerate().map(|(nr, one)| {
        let at = |name: &str| format!("task_force.members[{nr}].{name}");
        Ok(Member {
            person: person(&at("person"), &one.person)?,
            department: text(&at("department"), &one.department)?,
        })
    });
    let force = TaskForce {
        lead: person("task_force.lead", &given.lead)?,
        members: members.collect::<Result<_, Failure>>()?,
        document: document("task_force.document_number", &given.document_number)?,
    };
    Ok((division("task_force.division", &given.division)?, force))
}

/// 阶段
pub(crate) fn phase(field: &str, phase: wire::CampaignPhase) -> Result<Phase, Failure> {
    let phase = match phase {
        wire::CampaignPhase::Unspecified => None,
        wire::CampaignPhase::Provincial => Some(Phase::Provincial),
        wire::CampaignPhase::Municipal => Some(Phase::Municipal),
    };
    required(field, phase)
}
