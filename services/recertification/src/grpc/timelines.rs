//! The timelines (办理记录) of campaigns and transitions: who did what when.

use futures::StreamExt as _;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::{Direction, Record, StreamName, Version};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;

use super::campaign_reads::{campaign_doc, position};
use super::transition_reads::transition_doc;
use crate::parse;
use crate::timeline::campaign::of_campaign;
use crate::timeline::transition::of_transition;
use crate::view::campaigns::PROJECTION;

pub(super) async fn get(
    call: &Call,
    request: wire::GetTimelineRequest,
) -> Result<wire::GetTimelineResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let mut entries = Vec::new();
    if request.name.starts_with("transitions/") {
        let id = parse::transition::transition("name", &request.name)?;
        transition_doc(call, &view, &id).await?;
        for record in records(call, streams::transition(&id)).await? {
            entries.push(of_transition(&record)?);
        }
    } else {
        let id = parse::campaign("name", &request.name)?;
        campaign_doc(call, &view, &id).await?;
        for record in records(call, streams::campaign(&id)).await? {
            entries.push(of_campaign(&record)?);
        }
    }
    Ok(wire::GetTimelineResponse { entries, position: position(&view)? })
}

/// The records of a stream.
async fn records(call: &Call, stream: StreamName) -> Result<Vec<Record>, Failure> {
    let records = call.realm.log.read_stream(stream, Version(1), Direction::Forward);
    let mut records = std::pin::pin!(records);
    let mut found = Vec::new();
    while let Some(record) = records.next().await {
        found.push(record?);
    }
    Ok(found)
}
