//! What the department in charge does with a case: pausing it, going on, finding others for
//! a task that nobody is left to do.

use std::collections::BTreeSet;

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_casework::case::{Matter, Matters, Said, act, chosen};
use quanheng_casework::people::{self, Levels};
use quanheng_casework::{Sight, run, work};
use quanheng_identity::Action;
use quanheng_policy::PersonId;
use quanheng_register::person::ServiceStatus;
use quanheng_runtime::{Call, Decided, Done, Failure, check_etag};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, TaskKey};
use quanheng_workflow::case::{Case, Origin, TaskNr};
use quanheng_workflow::command::Command;

use super::act::{answer, existing, shown};
use super::tasks::answered;
use crate::parse;
use crate::sight::acting;

/// Whether the caller governs the division that a case is in, and need not keep out of it
/// (回避): what is done with a case is not done by whom it is about, nor by their relatives.
fn governs(sight: &Sight<'_>, key: &CaseKey, case: &Case, by: &PersonId) -> Result<(), Failure> {
    let unit = case.about.unit.as_ref();
    let unit = unit.ok_or_else(|| Failure::internal("a case without a unit"))?;
    sight.governs(&sight.last_profile(unit)?.division)?;
    people::keeps_clear(sight, key, &case.about, by)
}

async fn on_case<R: Mutation + Message>(
    matters: &Matters,
    call: &Call,
    request: &R,
    name: &str,
    opinion: &str,
    command: impl Fn(&dyn Matter) -> Command + Send + Sync + 'static,
) -> Result<Done<wire::Case>, Failure> {
    call.demand(Action::PromotionManage)?;
    let by = acting(call)?;
    let key = parse::case("name", name)?;
    let said = Said { by: call.principal.name(), opinion: opinion.to_owned(), ..Said::default() };
    let scope = matters.scope(call, &key).await?;
    let (given, matters) = (request.etag().to_owned(), matters.clone());
    run(call, request, scope, move |sight| {
        let stream = streams::case(&key);
        let before = sight.need::<streams::Cases>(&stream)?.as_ref();
        let before = before.ok_or_else(|| Failure::not_found(format!("cases/{key}")))?;
        governs(sight, &key, before, &by)?;
        check_etag(sight.desk, &stream, &given)?;
        let matter = matters.of(&key)?;
        let acted = act(sight, matter, &key, command(matter), &said)?;
        let case = shown(sight, &key, &acted.case, &acted.drafts, |shown| shown.case(None, None))?;
        Ok(Decided::new(acted.drafts, case))
    })
    .await
}

pub(super) async fn pause(
    matters: &Matters,
    call: &Call,
    request: wire::PauseCaseRequest,
) -> Result<wire::PauseCaseResponse, Failure> {
    let reason = parse::opinion(&request.reason)?;
    if reason.trim().is_empty() {
        return Err(Failure::field("reason", "须写明"));
    }
    let opinion = reason.clone();
    // A reason that is not for everybody is kept by the matter, and not told by the case.
    let command = move |matter: &dyn Matter| {
        let reason = matter.pauses_as().map_or(reason.clone(), str::to_owned);
        Command::Pause { reason }
    };
    let done = on_case(matters, call, &request, &request.name, &opinion, command).await?;
    Ok(wire::PauseCaseResponse { case: Some(done.answer), position: done.position.0 })
}

pub(super) async fn resume(
    matters: &Matters,
    call: &Call,
    request: wire::ResumeCaseRequest,
) -> Result<wire::ResumeCaseResponse, Failure> {
    let command = |_: &dyn Matter| Command::Resume;
    let done = on_case(matters, call, &request, &request.name, "", command).await?;
    Ok(wire::ResumeCaseResponse { case: Some(done.answer), position: done.position.0 })
}

pub(super) async fn reseat(
    matters: &Matters,
    call: &Call,
    request: wire::ReseatTaskRequest,
) -> Result<wire::ReseatTaskResponse, Failure> {
    call.demand(Action::PromotionManage)?;
    let by = acting(call)?;
    let key = parse::task("name", &request.name)?;
    let gone = parse::persons("gone", &request.gone)?;
    let said = Said { by: call.principal.name(), ..Said::default() };
    let scope = matters.scope(call, &key.case).await?;
    let (given, matters) = (request.etag.clone(), matters.clone());
    let done = run(call, &request, scope, move |sight| {
        let before = existing(sight, &key)?;
        governs(sight, &key.case, before, &by)?;
        check_etag(sight.desk, &streams::case(&key.case), &given)?;
        let matter = matters.of(&key.case)?;
        left(sight, matter, &key, before, &gone)?;
        let command = Command::Reseat { task: key.nr, gone: gone.clone() };
        let acted = act(sight, matter, &key.case, command, &said)?;
        let task = answer(sight, &key, Some(before), &acted, &acted.drafts, None)?;
        Ok(Decided::new(acted.drafts, task))
    });
    answered!(ReseatTaskResponse, done.await?)
}

/// Whether they have left: the service, or the office for which they had the task.
fn left(
    sight: &Sight<'_>,
    matter: &dyn Matter,
    key: &TaskKey,
    case: &Case,
    gone: &BTreeSet<PersonId>,
) -> Result<(), Failure> {
    let sitting = sitting(sight, matter, &key.case, case, key.nr)?;
    for person in gone {
        let registered = sight.need::<streams::Persons>(&streams::person(person))?.as_ref();
        let name = format!("persons/{person}");
        let registered = registered.ok_or_else(|| Failure::not_found(&name))?;
        let serves = registered.status(sight.today) == ServiceStatus::InService;
        if serves && sitting.as_ref().is_none_or(|sitting| sitting.contains(person)) {
            let message = format!("{name} 仍在职在岗");
            return Err(Failure::rule("WRONG_STATE", &name, message).with("person", &name));
        }
    }
    Ok(())
}

/// Who sits today in the office for which a task is there; none if it is there for no
/// office, as a signer's.
fn sitting(
    sight: &Sight<'_>,
    matter: &dyn Matter,
    key: &CaseKey,
    case: &Case,
    nr: TaskNr,
) -> Result<Option<BTreeSet<PersonId>>, Failure> {
    let task = case.open.as_ref().and_then(|open| open.task(nr));
    let Some(Origin::Seat(actor)) = task.map(|task| &task.origin) else { return Ok(None) };
    let Some(unit) = case.about.unit.as_ref().filter(|_| !actor.is_initiator()) else {
        return Ok(None);
    };
    let flow = work::flow(sight, case)?;
    let levels = Levels::of(sight, unit, chosen(sight, matter, key, &flow)?)?;
    let Some(unit) = levels.unit(actor.level) else { return Ok(None) };
    let offices = sight.need::<streams::Offices>(&streams::offices(unit))?;
    Ok(Some(offices.on(&actor.role, sight.today).cloned().collect()))
}
