//! What every action on a task has in common.

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_casework::case::{Acted, Matters, Said, act};
use quanheng_casework::{Scope, Sight, run};
use quanheng_eventlog::EventDraft;
use quanheng_policy::PersonId;
use quanheng_runtime::{Call, Decided, Done, Failure, check_etag, next_etag};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, TaskKey};
use quanheng_workflow::case::{Case, TaskNr};
use quanheng_workflow::command::Command;

use crate::allowed::Viewer;
use crate::message::{Shown, task_name};
use crate::sight::acting;
use crate::{parse, track};

/// Carries out what a person asks of a task, and answers with the task as it will be.
pub(super) async fn on_task<R: Mutation + Message>(
    matters: &Matters,
    call: &Call,
    request: &R,
    name: &str,
    said: Said,
    command: impl Fn(PersonId, TaskNr) -> Command + Send + Sync + 'static,
) -> Result<Done<wire::Task>, Failure> {
    let key = parse::task("name", name)?;
    let by = acting(call)?;
    let given = request.etag().to_owned();
    let matters = matters.clone();
    run(call, request, Scope::new(call, vec![]), move |sight| {
        let command = command(by.clone(), key.nr);
        decided(sight, &matters, &key, command, &said, &given, &by)
    })
    .await
}

/// One command on one task.
pub(super) fn decided(
    sight: &Sight<'_>,
    matters: &Matters,
    key: &TaskKey,
    command: Command,
    said: &Said,
    etag: &str,
    by: &PersonId,
) -> Result<Decided<wire::Task>, Failure> {
    let before = existing(sight, key)?;
    check_etag(sight.desk, &streams::case(&key.case), etag)?;
    let acted = act(sight, matters.of(&key.case)?, &key.case, command, said)?;
    let answer = answer(sight, key, Some(before), &acted, &acted.drafts, Some(by))?;
    Ok(Decided::new(acted.drafts, answer))
}

/// The case of a task that has to be there.
pub(super) fn existing<'a>(sight: &Sight<'a>, key: &TaskKey) -> Result<&'a Case, Failure> {
    let case = sight.need::<streams::Cases>(&streams::case(&key.case))?.as_ref();
    let known = case.filter(|case| (1..case.next_task).contains(&key.nr.0));
    known.ok_or_else(|| Failure::not_found(task_name(&key.case, key.nr)))
}

/// A task as it will be after what was decided. `drafts` is everything that is appended.
pub(super) fn answer(
    sight: &Sight<'_>,
    key: &TaskKey,
    before: Option<&Case>,
    acted: &Acted,
    drafts: &[EventDraft],
    by: Option<&PersonId>,
) -> Result<wire::Task, Failure> {
    let facts = track::through(before, &acted.events, key.nr, sight.desk.time().0);
    let viewer = Viewer { person: by.cloned(), ..Viewer::default() };
    let facts = facts.unwrap_or_default();
    shown(sight, &key.case, &acted.case, drafts, |shown| shown.task(key.nr, &facts, &viewer))
}

/// Shows something of a case as it will be.
pub(super) fn shown<T>(
    sight: &Sight<'_>,
    key: &CaseKey,
    case: &Case,
    drafts: &[EventDraft],
    show: impl FnOnce(&Shown<'_>) -> T,
) -> Result<T, Failure> {
    let unit = case.about.unit.as_ref();
    let unit = unit.ok_or_else(|| Failure::internal("a case without a unit"))?;
    let division = sight.last_profile(unit)?.division;
    let flow = sight.shelf.flow(&case.flow.flow, case.flow.version);
    Ok(show(&Shown {
        key,
        case,
        division: division.as_str(),
        flow: flow.map(AsRef::as_ref),
        today: sight.today,
        etag: next_etag(sight.desk, &streams::case(key), drafts),
    }))
}
