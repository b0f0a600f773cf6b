//! What reviewers record on the way: documents that they looked up, questions to the
//! establishment office and its answers.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::PersonId;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_workflow::command::Command as OnCase;
use quanheng_workflow::definition::Role;

use super::cases::on_case;
use super::materials::submitted;
use crate::case::Command;
use crate::work::{self, CaseWork};
use crate::{matter, parse, way};

/// The offices of a task force.
const REVIEWERS: [&str; 5] = [
    "case_officer",
    "organization_department_reviewer",
    "establishment_office_reviewer",
    "finance_department_reviewer",
    "task_force_lead",
];

/// Whether a person sits in one of these offices of the authority that reviews, and need not
/// keep out.
///
/// # Errors
/// `ACCESS_DENIED`, `CONFLICT_OF_INTEREST`.
pub(super) fn reviewer(
    work: &CaseWork<'_, '_>,
    by: &PersonId,
    roles: &[&str],
) -> Result<(), Failure> {
    let applicant = way::applicant(work.sight, &work.state.unit)?;
    let denied = || {
        Failure::denied("不是本事项的审核人员")
            .with("person", format!("persons/{by}"))
            .with("resource", work.name())
    };
    let authority = applicant.reviewing(work.sight)?.ok_or_else(denied)?;
    let offices = work.sight.need::<streams::Offices>(&streams::offices(&authority))?;
    let mut sits = false;
    for role in roles {
        let role = Role::new(*role).map_err(Failure::internal)?;
        sits |= offices.on(&role, work.sight.today).any(|person| person == by);
    }
    if !sits {
        return Err(denied());
    }
    matter::keeps_out(work, &applicant, by).map(drop)
}

pub(super) async fn consult(
    call: &Call,
    request: wire::RecordConsultationRequest,
) -> Result<wire::RecordConsultationResponse, Failure> {
    let by = work::actor(call)?;
    let documents = parse::case::consulted(&request.documents)?;
    let done = on_case(call, &request, &request.name, move |work| {
        submitted(work)?;
        reviewer(work, &by, &REVIEWERS)?;
        for (document, title) in &documents {
            let (document, title) = (document.clone(), title.clone());
            work.event(Command::Consult { document, title, by: by.clone() })?;
        }
        Ok(())
    });
    let done = done.await?;
    Ok(wire::RecordConsultationResponse { case: Some(done.answer), position: done.position.0 })
}

pub(super) async fn refer(
    call: &Call,
    request: wire::ReferToEstablishmentOfficeRequest,
) -> Result<wire::ReferToEstablishmentOfficeResponse, Failure> {
    let by = work::actor(call)?;
    let question = parse::shared::text("question", &request.question)?;
    let said = work::said(call, &question);
    let done = on_case(call, &request, &request.name, move |work| {
        let case = work::case_after(work.sight, &work.key(), &work.drafts)?;
        work::at_step(case.as_ref(), "joint_review", &work.name())?;
        reviewer(work, &by, &REVIEWERS)?;
        work.event(Command::Refer { question: question.clone(), by: by.clone() })?;
        work.once(&said, OnCase::Pause { reason: "转机构编制部门".to_owned() })?;
        Ok(())
    });
    let done = done.await?;
    let (case, position) = (Some(done.answer), done.position.0);
    Ok(wire::ReferToEstablishmentOfficeResponse { case, position })
}

pub(super) async fn answer(
    call: &Call,
    request: wire::AnswerReferralRequest,
) -> Result<wire::AnswerReferralResponse, Failure> {
    let by = work::actor(call)?;
    let answer = parse::shared::text("answer", &request.answer)?;
    let document = parse::shared::document("document_number", &request.document_number)?;
    let said = work::said(call, &answer);
    let done = on_case(call, &request, &request.name, move |work| {
        reviewer(work, &by, &["establishment_office_reviewer"])?;
        let (answer, document) = (answer.clone(), document.clone());
        work.event(Command::AnswerReferral { answer, document, by: by.clone() })?;
        work.once(&said, OnCase::Resume)?;
        Ok(())
    });
    let done = done.await?;
    Ok(wire::AnswerReferralResponse { case: Some(done.answer), position: done.position.0 })
}
