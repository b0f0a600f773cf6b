//! What services that bring cases on their way share: who acts and for which unit, etags,
//! states as the drafts of a command leave them, and tagged drafts.

use std::collections::BTreeMap;
use std::sync::Arc;

use quanheng_eventlog::{Digest, EventDraft, StreamName, Tag, Version};
use quanheng_identity::Action;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{PersonId, UnitId};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, Entity};
use quanheng_workflow::Flow;
use quanheng_workflow::case::{Case, OpenStep, TaskState};
use quanheng_workflow::command::Command;
use quanheng_workflow::definition::{Check, Kind};

use crate::case::Said;
use crate::scope::Sight;

/// The person who acts: a token that belongs to none records nothing.
///
/// # Errors
/// `ACCESS_DENIED`.
pub fn actor(call: &Call) -> Result<PersonId, Failure> {
    call.principal.person.clone().ok_or_else(|| {
        call.realm.denials.record(&call.principal, call.method);
        Failure::denied("令牌未关联人员,不能办理")
    })
}

/// Whether the caller may act for a unit: its own clerk, or who governs its division and, if
/// of another unit, may `manage`.
///
/// # Errors
/// `ACCESS_DENIED`.
pub fn acts_for(sight: &Sight<'_>, unit: &UnitId, manage: Action) -> Result<(), Failure> {
    let principal = &sight.scope.principal;
    match &principal.unit {
        Some(own) if own == unit => Ok(()),
        Some(_) if !principal.may(manage) => {
            Err(Failure::denied("只能办理本单位事项").with("unit", format!("units/{unit}")))
        }
        _ => sight.governs(&sight.last_profile(unit)?.division),
    }
}

/// The flow that a case has pinned.
///
/// # Errors
/// An internal failure when it is not there.
pub fn flow(sight: &Sight<'_>, case: &Case) -> Result<Arc<Flow>, Failure> {
    let flow = sight.shelf.flow(&case.flow.flow, case.flow.version);
    flow.cloned().ok_or_else(|| Failure::internal("a case follows a flow that is not there"))
}

/// A rule that a flow asks for, and that means nothing here.
#[must_use]
pub fn no_such_check(key: &CaseKey, check: Check) -> Failure {
    let message = format!("流程所列核查 {check:?} 不适用于本类事项");
    Failure::rule("POLICY_NOT_CONFIGURED", format!("cases/{key}"), message)
        .with("parameter", "flow")
}

/// The etag of what has a case: what happened to it, and to its case.
#[must_use]
pub fn etag(own: Version, case: Version) -> String {
    format!("v{own}.{case}")
}

/// The etag of a resource, with some events more.
#[must_use]
pub fn etag_after(
    sight: &Sight<'_>,
    stream: &StreamName,
    key: &CaseKey,
    drafts: &[EventDraft],
) -> String {
    let version = |stream: &StreamName| {
        let more = drafts.iter().filter(|draft| draft.stream == *stream).count() as u64;
        Version(sight.desk.version(stream).unwrap_or_default().0 + more)
    };
    etag(version(stream), version(&streams::case(key)))
}

/// Whether a resource is what the caller thinks it is. Its case has to be read.
///
/// # Errors
/// `ETAG_MISMATCH`.
pub fn check_etag(
    sight: &Sight<'_>,
    stream: &StreamName,
    key: &CaseKey,
    given: &str,
) -> Result<(), Failure> {
    sight.need::<streams::Cases>(&streams::case(key))?;
    let found = etag_after(sight, stream, key, &[]);
    match given.is_empty() || given == found {
        true => Ok(()),
        false => Err(Failure::etag_mismatch(given, found)),
    }
}

/// The state of a stream after the drafts that are for it.
///
/// # Errors
/// An internal failure when they are of another kind.
pub fn after<E: Entity>(
    before: &E::State,
    stream: &StreamName,
    drafts: &[EventDraft],
) -> Result<E::State, Failure>
where
    E::State: Clone,
{
    let mut state = before.clone();
    for draft in drafts.iter().filter(|draft| draft.stream == *stream) {
        let event: E::Event = serde_json::from_str(draft.data.get()).map_err(Failure::internal)?;
        E::evolve(&mut state, &event);
    }
    Ok(state)
}

/// A case after some drafts.
///
/// # Errors
/// As [`after`].
pub fn case_after(
    sight: &Sight<'_>,
    key: &CaseKey,
    drafts: &[EventDraft],
) -> Result<Option<Case>, Failure> {
    let stream = streams::case(key);
    after::<streams::Cases>(sight.need::<streams::Cases>(&stream)?, &stream, drafts)
}

/// A draft of an event about a unit, with where it is and what it is about, under the policy
/// of the day.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when the unit is not there.
pub fn tagged<E: Entity>(
    sight: &Sight<'_>,
    stream: StreamName,
    unit: &UnitId,
    event: &E::Event,
    tags: &[String],
) -> Result<EventDraft, Failure> {
    let division = sight.last_profile(unit)?.division;
    let tags: Vec<String> =
        std::iter::once(format!("units/{unit}")).chain(tags.iter().cloned()).collect();
    tagged_in::<E>(sight, stream, &division, event, &tags)
}

/// The same about what lies in a division and belongs to no unit.
///
/// # Errors
/// A fault of the program.
pub fn tagged_in<E: Entity>(
    sight: &Sight<'_>,
    stream: StreamName,
    division: &DivisionCode,
    event: &E::Event,
    tags: &[String],
) -> Result<EventDraft, Failure> {
    let mut draft = streams::draft::<E>(stream, event).map_err(Failure::internal)?;
    let place = format!("divisions/{division}");
    for tag in std::iter::once(&place).chain(tags) {
        draft = draft.tagged(Tag::new(tag.clone()).map_err(Failure::internal)?);
    }
    let policy = sight.policy(division, sight.today).hash();
    Ok(draft.under_policy(Digest(policy)))
}

/// What somebody says, as a case takes it.
#[must_use]
pub fn said(call: &Call, opinion: &str) -> Said {
    Said { by: call.principal.name(), opinion: opinion.to_owned(), ..Said::default() }
}

/// The step that a case stands at, if it is the one that is wanted.
///
/// # Errors
/// `WRONG_STATE`.
pub fn at_step<'c>(
    case: Option<&'c Case>,
    step: &str,
    name: &str,
) -> Result<&'c OpenStep, Failure> {
    let open = case.and_then(|case| case.open.as_ref());
    match open {
        Some(open) if open.step.as_str() == step => Ok(open),
        Some(open) => {
            let message = format!("当前步骤为 {},不能办理 {step}", open.step);
            Err(Failure::rule("WRONG_STATE", name, message)
                .with("resource", name)
                .with("step", open.step.to_string()))
        }
        None => Err(Failure::rule("WRONG_STATE", name, "事项已办结").with("resource", name)),
    }
}

/// The command that records a step. What was recorded stands in the resource itself: the case
/// says that it was.
///
/// # Errors
/// `WRONG_STATE`.
pub fn recording(
    sight: &Sight<'_>,
    case: Option<&Case>,
    step: &str,
    by: &PersonId,
    name: &str,
) -> Result<Command, Failure> {
    let open = at_step(case, step, name)?;
    let case = case.ok_or_else(|| Failure::not_found(name))?;
    let task = open.tasks.iter().find(|task| task.state == TaskState::Open);
    let task = task.ok_or_else(|| Failure::rule("TASK_NOT_OPEN", name, "没有待办任务"))?;
    let flow = flow(sight, case)?;
    let fields = match flow.definition.step(&open.step).map(|step| &step.kind) {
        Some(Kind::Record { fields, .. }) => fields.clone(),
        _ => Vec::new(),
    };
    let facts: BTreeMap<String, String> =
        fields.into_iter().map(|field| (field, "已记录".to_owned())).collect();
    Ok(Command::Record { by: by.clone(), task: task.nr, facts })
}
