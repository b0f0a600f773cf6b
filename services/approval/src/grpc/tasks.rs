//! What people do with one task.

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_casework::case::{Matters, Said};
use quanheng_casework::run;
use quanheng_policy::PersonId;
use quanheng_runtime::{Call, Done, Failure};
use quanheng_workflow::case::{Task, TaskNr};
use quanheng_workflow::command::Command;
use quanheng_workflow::refusal::Refusal;

use super::act::{decided, existing, on_task};
use crate::parse;
use crate::sight::acting;

/// Nothing but who.
fn silent(call: &Call) -> Said {
    Said { by: call.principal.name(), ..Said::default() }
}

macro_rules! answered {
    ($response:ident, $done:expr) => {{
        let done = $done;
        Ok(wire::$response { task: Some(done.answer), position: done.position.0 })
    }};
}
pub(super) use answered;

pub(super) async fn claim(
    matters: &Matters,
    call: &Call,
    request: wire::ClaimTaskRequest,
) -> Result<wire::ClaimTaskResponse, Failure> {
    let command = |by, task| Command::Claim { by, task };
    answered!(
        ClaimTaskResponse,
        on_task(matters, call, &request, &request.name, silent(call), command).await?
    )
}

pub(super) async fn approve(
    matters: &Matters,
    call: &Call,
    request: wire::ApproveTaskRequest,
) -> Result<wire::ApproveTaskResponse, Failure> {
    let said = parse::said(call, &request.opinion, request.basis.as_ref(), &request.minutes_ref)?;
    let opinion = said.opinion.clone();
    let command = move |by, task| Command::Approve { by, task, opinion: opinion.clone() };
    answered!(
        ApproveTaskResponse,
        on_task(matters, call, &request, &request.name, said, command).await?
    )
}

pub(super) async fn refuse(
    matters: &Matters,
    call: &Call,
    request: wire::RefuseTaskRequest,
) -> Result<wire::RefuseTaskResponse, Failure> {
    let said = parse::said(call, &request.opinion, request.basis.as_ref(), &request.minutes_ref)?;
    let opinion = said.opinion.clone();
    let command = move |by, task| Command::Refuse { by, task, opinion: opinion.clone() };
    answered!(
        RefuseTaskResponse,
        on_task(matters, call, &request, &request.name, said, command).await?
    )
}

pub(super) async fn transfer(
    matters: &Matters,
    call: &Call,
    request: wire::TransferTaskRequest,
) -> Result<wire::TransferTaskResponse, Failure> {
    let names = (request.name.as_str(), request.to_person.as_str());
    let command = |by, task, to| Command::Transfer { by, task, to };
    answered!(TransferTaskResponse, hand_on(matters, call, &request, names, command).await?)
}

pub(super) async fn delegate(
    matters: &Matters,
    call: &Call,
    request: wire::DelegateTaskRequest,
) -> Result<wire::DelegateTaskResponse, Failure> {
    let names = (request.name.as_str(), request.to_person.as_str());
    let command = |by, task, to| Command::Delegate { by, task, to };
    answered!(DelegateTaskResponse, hand_on(matters, call, &request, names, command).await?)
}

/// Hands a task on to somebody, who has to be registered and in service.
async fn hand_on<R: Mutation + Message>(
    matters: &Matters,
    call: &Call,
    request: &R,
    (name, to): (&str, &str),
    command: impl Fn(PersonId, TaskNr, PersonId) -> Command + Send + Sync + 'static,
) -> Result<Done<wire::Task>, Failure> {
    let key = parse::task("name", name)?;
    let to = parse::person("to_person", to)?;
    let (by, said) = (acting(call)?, silent(call));
    let scope = matters.scope(call, &key.case).await?;
    let (given, matters) = (request.etag().to_owned(), matters.clone());
    run(call, request, scope, move |sight| {
        existing(sight, &key)?;
        // Whom nobody knows, and who left the service, can take no task.
        sight.person(&to, sight.today)?;
        let command = command(by.clone(), key.nr, to.clone());
        decided(sight, &matters, &key, command, &said, &given, &by)
    })
    .await
}

pub(super) async fn resolve(
    matters: &Matters,
    call: &Call,
    request: wire::ResolveDelegationRequest,
) -> Result<wire::ResolveDelegationResponse, Failure> {
    let said = parse::said(call, &request.opinion, None, "")?;
    let opinion = said.opinion.clone();
    let command = move |by, task| Command::ResolveDelegation { by, task, opinion: opinion.clone() };
    answered!(
        ResolveDelegationResponse,
        on_task(matters, call, &request, &request.name, said, command).await?
    )
}

pub(super) async fn add_signers(
    matters: &Matters,
    call: &Call,
    request: wire::AddSignersRequest,
) -> Result<wire::AddSignersResponse, Failure> {
    let key = parse::task("name", &request.name)?;
    let position = parse::position(request.position())?;
    let persons = parse::persons("persons", &request.persons)?;
    let (by, said) = (acting(call)?, silent(call));
    let scope = matters.scope(call, &key.case).await?;
    let (given, matters) = (request.etag.clone(), matters.clone());
    let done = run(call, &request, scope, move |sight| {
        existing(sight, &key)?;
        for person in &persons {
            sight.person(person, sight.today)?;
        }
        let (by, persons) = (by.clone(), persons.clone());
        let command = Command::AddSigners { by: by.clone(), task: key.nr, position, persons };
        decided(sight, &matters, &key, command, &said, &given, &by)
    });
    answered!(AddSignersResponse, done.await?)
}

pub(super) async fn remove_signers(
    matters: &Matters,
    call: &Call,
    request: wire::RemoveSignersRequest,
) -> Result<wire::RemoveSignersResponse, Failure> {
    let persons = parse::persons("persons", &request.persons)?;
    let command = move |by, task| Command::RemoveSigners { by, task, persons: persons.clone() };
    answered!(
        RemoveSignersResponse,
        on_task(matters, call, &request, &request.name, silent(call), command).await?
    )
}

pub(super) async fn copy(
    matters: &Matters,
    call: &Call,
    request: wire::CopyTaskRequest,
) -> Result<wire::CopyTaskResponse, Failure> {
    let key = parse::task("name", &request.name)?;
    let to = parse::persons("persons", &request.persons)?;
    let (by, said) = (acting(call)?, silent(call));
    let scope = matters.scope(call, &key.case).await?;
    let (given, matters) = (request.etag.clone(), matters.clone());
    let done = run(call, &request, scope, move |sight| {
        existing(sight, &key)?;
        for person in &to {
            sight.person(person, sight.today)?;
        }
        let command = Command::Copy { by: by.clone(), task: key.nr, to: to.clone() };
        decided(sight, &matters, &key, command, &said, &given, &by)
    });
    answered!(CopyTaskResponse, done.await?)
}

/// The flow urges whoever is on turn; here it is asked of a task that is to be done.
pub(super) async fn urge(
    matters: &Matters,
    call: &Call,
    request: wire::UrgeTaskRequest,
) -> Result<wire::UrgeTaskResponse, Failure> {
    let key = parse::task("name", &request.name)?;
    let (by, said) = (acting(call)?, silent(call));
    let scope = matters.scope(call, &key.case).await?;
    let (given, matters) = (request.etag.clone(), matters.clone());
    let done = run(call, &request, scope, move |sight| {
        let before = existing(sight, &key)?;
        let command = Command::Urge { by: by.clone() };
        let decided = decided(sight, &matters, &key, command, &said, &given, &by)?;
        let open = before.open.as_ref();
        if open.and_then(|open| open.task(key.nr)).is_some_and(Task::is_pending) {
            return Ok(decided);
        }
        let refusal = Refusal::TaskNotOpen { task: key.nr };
        let case = format!("cases/{}", key.case);
        let failure = Failure::rule(refusal.code(), &case, refusal.to_string());
        Err(failure.with("case", case))
    });
    answered!(UrgeTaskResponse, done.await?)
}

pub(super) async fn recall(
    matters: &Matters,
    call: &Call,
    request: wire::RecallTaskRequest,
) -> Result<wire::RecallTaskResponse, Failure> {
    let reason = parse::opinion(&request.reason)?;
    let command = move |by, task| Command::Recall { by, task, reason: reason.clone() };
    answered!(
        RecallTaskResponse,
        on_task(matters, call, &request, &request.name, silent(call), command).await?
    )
}

pub(super) async fn meet(
    matters: &Matters,
    call: &Call,
    request: wire::RecordMeetingRequest,
) -> Result<wire::RecordMeetingResponse, Failure> {
    let meeting = parse::meeting(request.meeting.as_ref())?;
    let said = parse::said(call, &request.opinion, request.basis.as_ref(), &meeting.minutes)?;
    let command = move |by, task| Command::DecideInMeeting { by, task, meeting: meeting.clone() };
    answered!(
        RecordMeetingResponse,
        on_task(matters, call, &request, &request.name, said, command).await?
    )
}
