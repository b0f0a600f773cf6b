//! The timeline (办理记录): who did what when: of a case and on its flow, of a campaign, of a
//! transition.

use futures::StreamExt as _;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::{Direction, Record, StreamName, Version};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::CaseKey;

use super::campaign_reads::{campaign_doc, position};
use super::case_reads::case_doc;
use super::transition_reads::transition_doc;
use crate::parse;
use crate::timeline::campaign::of_campaign;
use crate::timeline::case::{of_case, of_flow};
use crate::timeline::transition::of_transition;
use crate::view::campaigns;
use crate::view::cases::PROJECTION;

pub(super) async fn get(
    call: &Call,
    request: wire::GetTimelineRequest,
) -> Result<wire::GetTimelineResponse, Failure> {
    match request.name.split_once('/') {
        Some(("campaigns", _)) => of_one_campaign(call, &request).await,
        Some(("transitions", _)) => of_one_transition(call, &request).await,
        _ => of_one_case(call, &request).await,
    }
}

async fn of_one_campaign(
    call: &Call,
    request: &wire::GetTimelineRequest,
) -> Result<wire::GetTimelineResponse, Failure> {
    let id = parse::campaign("name", &request.name)?;
    let view = call.realm.view(campaigns::PROJECTION, request.min_position, call.deadline).await?;
    campaign_doc(call, &view, &id).await?;
    let records = records(call, streams::campaign(&id)).await?;
    let entries = records.iter().map(of_campaign).collect::<Result<Vec<_>, Failure>>()?;
    Ok(wire::GetTimelineResponse { entries, position: position(&view)? })
}

async fn of_one_transition(
    call: &Call,
    request: &wire::GetTimelineRequest,
) -> Result<wire::GetTimelineResponse, Failure> {
    let id = parse::transition::transition("name", &request.name)?;
    let view = call.realm.view(campaigns::PROJECTION, request.min_position, call.deadline).await?;
    transition_doc(call, &view, &id).await?;
    let records = records(call, streams::transition(&id)).await?;
    let entries = records.iter().map(of_transition).collect::<Result<Vec<_>, Failure>>()?;
    Ok(wire::GetTimelineResponse { entries, position: position(&view)? })
}

async fn of_one_case(
    call: &Call,
    request: &wire::GetTimelineRequest,
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
    Ok(wire::GetTimelineResponse { entries, position: position(&view)? })
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
