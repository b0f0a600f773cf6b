//! Reading one task or one case.

use std::sync::Arc;

use jiff::civil::Date;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_casework::case::Matters;
use quanheng_projection::View;
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Call, Failure, etag};
use quanheng_streams::{CaseKey, TaskKey};
use quanheng_workflow::Flow;
use quanheng_workflow::case::Case;

use crate::allowed::Viewer;
use crate::message::Shown;
use crate::sight::{sees, viewer};
use crate::view::{CASES, CaseDoc, PROJECTION, TASKS, TaskDoc, case_id, task_id};
use crate::{history, parse};

/// A case that the caller may see, and one of its tasks if one was asked for.
pub(super) struct Found {
    pub(super) key: CaseKey,
    pub(super) doc: CaseDoc,
    case: Case,
    pub(super) task: Option<TaskDoc>,
    pub(super) flow: Option<Arc<Flow>>,
    pub(super) viewer: Viewer,
    pub(super) position: u64,
    today: Date,
}

impl Found {
    pub(super) fn case(&self) -> &Case {
        &self.case
    }

    pub(super) fn shown(&self) -> Shown<'_> {
        shown(&self.key, &self.doc, &self.case, self.flow.as_deref(), self.today)
    }
}

/// A case as its document has it.
pub(super) fn shown<'a>(
    key: &'a CaseKey,
    doc: &'a CaseDoc,
    case: &'a Case,
    flow: Option<&'a Flow>,
    today: Date,
) -> Shown<'a> {
    let etag = etag(quanheng_eventlog::Version(doc.version));
    Shown { key, case, division: &doc.division, flow, today, etag }
}

pub(super) fn position(view: &View) -> Result<u64, Failure> {
    Ok(view.position().map_err(read_failure)?.0)
}

/// Finds a case that the caller may see.
pub(super) async fn found(
    call: &Call,
    key: &CaseKey,
    task: Option<&TaskKey>,
    name: &str,
    min_position: u64,
) -> Result<Found, Failure> {
    let view = call.realm.view(PROJECTION, min_position, call.deadline).await?;
    let missing = || Failure::not_found(name);
    let doc = view.get(CASES, &case_id(key)).await.map_err(read_failure)?;
    let doc: CaseDoc = doc.ok_or_else(missing)?.parse().map_err(Failure::internal)?;
    let case = doc.state.clone().ok_or_else(missing)?;
    let task = match task {
        None => None,
        Some(task) => {
            let found = view.get(TASKS, &task_id(task)).await.map_err(read_failure)?;
            Some(found.ok_or_else(missing)?.parse::<TaskDoc>().map_err(Failure::internal)?)
        }
    };
    let viewer = viewer(call, &view).await?;
    sees(call, &viewer, &doc, task.as_ref(), name)?;
    let flow = call.realm.policies.shelf().flow(&case.flow.flow, case.flow.version).cloned();
    let (position, today) = (position(&view)?, call.realm.today());
    Ok(Found { key: key.clone(), doc, case, task, flow, viewer, position, today })
}

pub(super) async fn task(
    _matters: &Matters,
    call: &Call,
    request: wire::GetTaskRequest,
) -> Result<wire::GetTaskResponse, Failure> {
    let key = parse::task("name", &request.name)?;
    let name = &request.name;
    let found = found(call, &key.case, Some(&key), name, request.min_position).await?;
    let shown = found.shown();
    let task = found.task.as_ref().map(|doc| shown.task(key.nr, &doc.facts, &found.viewer));
    Ok(wire::GetTaskResponse { task, position: found.position })
}

pub(super) async fn case(
    _matters: &Matters,
    call: &Call,
    request: wire::GetCaseRequest,
) -> Result<wire::GetCaseResponse, Failure> {
    let key = parse::case("name", &request.name)?;
    let found = found(call, &key, None, &request.name, request.min_position).await?;
    let shown = found.shown();
    let history = history::read(call, &shown, &found.viewer).await?;
    // State and etag are those of one moment: the log's.
    let newest = history.case.as_ref().unwrap_or(&found.case);
    let shown = Shown { case: newest, ..shown };
    let case = shown.case(found.doc.started_on, history.ended_on);
    Ok(wire::GetCaseResponse {
        case: Some(wire::Case { etag: history.etag, ..case }),
        steps: history.steps,
        timeline: history.timeline,
        position: found.position,
    })
}
