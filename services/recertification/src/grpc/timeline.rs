//! The timeline (办理记录): who did what when, of a case and on its flow.

use futures::StreamExt as _;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::{Direction, Record, StreamName, Version};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::CaseKey;

use super::case_reads::case_doc;
use crate::parse;
use crate::timeline::case::{of_case, of_flow};
use crate::view::cases::PROJECTION;

pub(super) async fn get(
    call: &Call,
    request: wire::GetTimelineRequest,
) -> Result<wire::GetTimelineResponse, Failure> {
    let id = parse::case("name", &request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let doc = case_doc(call, &view, &id).await?;
    let mut entries = Vec::new();
    for record in records(call, streams::recertification(&id)).await? {
        entries.extend(of_case(&record)?);
    }
    if let Some(own) = &doc.own {
        let key = CaseKey::reference(own.route, &id);
        for record in records(call, streams::case(&key)).await? {
            entries.extend(of_flow(&record)?);
        }
    }
    entries.sort_by_key(|entry| entry.position);
    let position = view.position().map_err(read_failure)?.0;
    Ok(wire::GetTimelineResponse { entries, position })
}

/// The records of a stream: those of one case are few.
pub(super) async fn records(call: &Call, stream: StreamName) -> Result<Vec<Record>, Failure> {
    let records = call.realm.log.read_stream(stream, Version(1), Direction::Forward);
    let mut records = std::pin::pin!(records);
    let mut found = Vec::new();
    while let Some(record) = records.next().await {
        found.push(record?);
    }
    Ok(found)
}
