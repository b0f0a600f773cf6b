//! Materials of a case, and rounds of feedback on them.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::PersonId;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_workflow::case::{Case, TaskState};
use quanheng_workflow::command::Command as OnCase;
use quanheng_workflow::definition::StepId;

use super::cases::{at_apply, on_case, propose};
use super::reviews::reviewer;
use crate::case::Command;
use crate::parse;
use crate::work::{self, CaseWork};

pub(super) async fn submit(
    call: &Call,
    request: wire::SubmitMaterialsRequest,
) -> Result<wire::SubmitMaterialsResponse, Failure> {
    let by = work::actor(call)?;
    let files = parse::case::files(&request.materials)?;
    let done = on_case(call, &request, &request.name, move |work| {
        at_apply(work)?;
        let digests: Vec<String> = files.values().flatten().cloned().collect();
        work::files_exist(work.sight, &digests)?;
        work.event(Command::SubmitMaterials { files: files.clone(), by: by.clone() })
    });
    let done = done.await?;
    Ok(wire::SubmitMaterialsResponse { case: Some(done.answer), position: done.position.0 })
}

pub(super) async fn review(
    call: &Call,
    request: wire::ReviewMaterialsRequest,
) -> Result<wire::ReviewMaterialsResponse, Failure> {
    let by = work::actor(call)?;
    let reviewed = parse::case::reviewed(&request.materials)?;
    let done = on_case(call, &request, &request.name, move |work| {
        submitted(work)?;
        reviewer(work, &by, &["case_officer"])?;
        for one in &reviewed {
            let (code, status, reason) = (one.code.clone(), one.status, one.reason.clone());
            work.event(Command::ReviewMaterial { code, status, reason, by: by.clone() })?;
        }
        Ok(())
    });
    let done = done.await?;
    Ok(wire::ReviewMaterialsResponse { case: Some(done.answer), position: done.position.0 })
}

/// The case was submitted.
///
/// # Errors
/// `WRONG_STATE`.
pub(super) fn submitted(work: &CaseWork<'_, '_>) -> Result<(), Failure> {
    match work.state.submitted_on {
        Some(_) => Ok(()),
        None => {
            let name = work.name();
            Err(Failure::rule("WRONG_STATE", &name, "事项尚未申报").with("resource", name))
        }
    }
}

pub(super) async fn ask(
    call: &Call,
    request: wire::RequestCorrectionRequest,
) -> Result<wire::RequestCorrectionResponse, Failure> {
    let by = work::actor(call)?;
    let text = parse::shared::text("text", &request.text)?;
    let materials = parse::case::codes(&request.materials)?;
    let said = work::said(call, &text);
    let done = on_case(call, &request, &request.name, move |work| {
        work.corrects.clone_from(&materials);
        let command = returning(work, &by, &text, materials.is_empty())?;
        work.once(&said, command)?;
        Ok(())
    });
    let done = done.await?;
    Ok(wire::RequestCorrectionResponse { case: Some(done.answer), position: done.position.0 })
}

/// Gives the case back to its applicant. What asks for no materials comes straight back;
/// materials are looked through again first.
fn returning(
    work: &CaseWork<'_, '_>,
    by: &PersonId,
    text: &str,
    no_materials: bool,
) -> Result<OnCase, Failure> {
    let case = work.sight.need::<streams::Cases>(&streams::case(&work.key()))?.as_ref();
    let name = work.name();
    let case: &Case = case.ok_or_else(|| Failure::not_found(&name))?;
    let open = case.open.as_ref();
    let open = open
        .ok_or_else(|| Failure::rule("WRONG_STATE", &name, "事项已办结").with("resource", &name))?;
    let pending = || open.tasks.iter().filter(|task| task.state == TaskState::Open);
    let own = pending().find(|task| task.holders().contains(by));
    let task = own.or_else(|| pending().next());
    let task = task.ok_or_else(|| Failure::rule("TASK_NOT_OPEN", &name, "没有待办任务"))?;
    let to = StepId::new("apply").map_err(Failure::internal)?;
    let back = open.step.as_str() == "completeness" || no_materials;
    let flow = work::flow(work.sight, case)?;
    let targets = quanheng_workflow::return_targets(case, &flow);
    let back_to_me = back && targets.iter().any(|one| one.step == to && one.back_to_me);
    Ok(OnCase::Return { by: by.clone(), task: task.nr, to, back_to_me, opinion: text.to_owned() })
}

pub(super) async fn answer(
    call: &Call,
    request: wire::AnswerCorrectionRequest,
) -> Result<wire::AnswerCorrectionResponse, Failure> {
    let by = work::actor(call)?;
    let answer = parse::shared::text("answer", &request.answer)?;
    let said = work::said(call, &answer);
    let done = on_case(call, &request, &request.name, move |work| {
        at_apply(work)?;
        work.event(Command::AnswerCorrection { answer: answer.clone(), by: by.clone() })?;
        work.record("apply", &by, &said)?;
        propose(work, &by)
    });
    let done = done.await?;
    Ok(wire::AnswerCorrectionResponse { case: Some(done.answer), position: done.position.0 })
}
