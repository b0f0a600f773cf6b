//! The timeline (办理记录): who did what when, of a round or a request and of its case.

use futures::StreamExt as _;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_eventlog::{Direction, Record, StreamName, Version};
use quanheng_runtime::reading::read_failure;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::CaseKey;

use super::reads::{request_doc, round_doc};
use crate::parse;
use crate::timeline::{of_case, of_request, of_round};
use crate::view::PROJECTION;

pub(super) async fn get(
    call: &Call,
    request: wire::GetTimelineRequest,
) -> Result<wire::GetTimelineResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let mut entries = Vec::new();
    if request.name.starts_with("promotionRounds/") {
        let id = parse::round::round("name", &request.name)?;
        round_doc(call, &view, &id).await?;
        for record in records(call, streams::promotion_round(&id)).await? {
            entries.extend(of_round(&record)?);
        }
        for record in records(call, streams::case(&CaseKey::round(&id))).await? {
            entries.extend(of_case(&record)?);
        }
    } else {
        let id = parse::round::request("name", &request.name)?;
        request_doc(call, &view, &id).await?;
        for record in records(call, streams::promotion_request(&id)).await? {
            entries.extend(of_request(&record)?);
        }
        for record in records(call, streams::case(&CaseKey::request(&id))).await? {
            entries.extend(of_case(&record)?);
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
