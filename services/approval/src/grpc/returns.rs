//! Returning a task (退回), and where it may be returned to.

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_casework::case::Matters;
use quanheng_runtime::{Call, Failure};
use quanheng_workflow::case::{Origin, Position};
use quanheng_workflow::command::Command;

use super::act::on_task;
use super::reads;
use super::tasks::answered;
use crate::parse;

pub(super) async fn give_back(
    matters: &Matters,
    call: &Call,
    request: wire::ReturnTaskRequest,
) -> Result<wire::ReturnTaskResponse, Failure> {
    let to = quanheng_runtime::wire::id("to_step", &request.to_step)?;
    let back_to_me = request.mode() == wire::ReturnMode::BackToMe;
    let said = parse::said(call, &request.opinion, None, "")?;
    let opinion = said.opinion.clone();
    let command = move |by, task| {
        let (to, opinion) = (std::clone::Clone::clone(&to), opinion.clone());
        Command::Return { by, task, to, back_to_me, opinion }
    };
    answered!(
        ReturnTaskResponse,
        on_task(matters, call, &request, &request.name, said, command).await?
    )
}

pub(super) async fn targets(
    _matters: &Matters,
    call: &Call,
    request: wire::ListReturnTargetsRequest,
) -> Result<wire::ListReturnTargetsResponse, Failure> {
    let key = parse::task("name", &request.name)?;
    let (name, since) = (&request.name, request.min_position);
    let found = reads::found(call, &key.case, Some(&key), name, since).await?;
    let (shown, case) = (found.shown(), found.case());
    // Only who has a task of the step returns it: not who gives an opinion before it.
    let task = case.open.as_ref().and_then(|open| open.task(key.nr));
    let task = task.filter(|task| {
        let before = matches!(task.origin, Origin::Signer { position: Position::Before, .. });
        task.is_pending() && !before
    });
    let targets = match (task, &found.flow) {
        (Some(_), Some(flow)) => quanheng_workflow::return_targets(case, flow),
        _ => Vec::new(),
    };
    let targets = targets.into_iter().map(|target| wire::ReturnTarget {
        step_name: shown.step(&target.step).0,
        step: target.step.to_string(),
        back_to_me: target.back_to_me,
    });
    Ok(wire::ListReturnTargetsResponse { targets: targets.collect(), position: found.position })
}
