//! Flows (流程定义): published once a version, for good. They hold for the whole realm.

use std::sync::Arc;

use bytes::Bytes;
use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_policy::codes::DivisionCode;
use quanheng_runtime::{Call, Decided, Deciding, Failure, Publication, Shelf};
use quanheng_streams::{PolicyEvent, PublishedDocument};
use quanheng_workflow::Flow;
use quanheng_workflow::definition::Definition;

use crate::document::{
    bounded, check_id, decided, event, located, moment, publication, published, published_here,
    publisher, shelf, version,
};
use crate::page;

fn name(flow: &str, version: u32) -> String {
    format!("flowDefinitions/{flow}/versions/{version}")
}

fn message(flow: &Publication<PublishedDocument>) -> wire::Flow {
    let PublishedDocument { id, version, title, sha256, .. } = &flow.what;
    wire::Flow {
        name: name(id, *version),
        flow: id.clone(),
        version: *version,
        title: title.clone(),
        sha256: sha256.clone(),
        publish_time: moment(flow.time),
        publisher: publisher(&flow.by),
        text: String::new(),
    }
}

fn find<'a>(
    shelf: &'a Shelf,
    flow: &str,
    version: u32,
) -> Option<&'a Publication<PublishedDocument>> {
    shelf.flow_list.iter().find(|known| known.what.id == flow && known.what.version == version)
}

pub(crate) async fn publish(
    call: &Call,
    request: wire::PublishFlowRequest,
) -> Result<wire::PublishFlowResponse, Failure> {
    let text = &request.text;
    bounded("text", text)?;
    let read = Flow::read("text", text).map_err(located)?;
    check_id(text, "flow", &read.definition.flow)?;
    // A flow has no jurisdiction: every case of the realm may run by it.
    call.governs(&DivisionCode::nation())?;
    let command = deciding(call, read, text)?;
    let done = published_here(call, &request, command).await?;
    let flow = wire::Flow { text: request.text, ..done.answer };
    Ok(wire::PublishFlowResponse { flow: Some(flow), position: done.position.0 })
}

/// The command that publishes a flow, unless the same text is there.
pub(crate) fn deciding(
    call: &Call,
    read: Arc<Flow>,
    text: &str,
) -> Result<Deciding<wire::Flow>, Failure> {
    let policies = call.realm.policies.clone();
    let by = call.principal_name()?;
    let text = Bytes::copy_from_slice(text.as_bytes());
    Ok(Deciding::new(vec![policies.read()], move |desk| {
        let shelf = policies.at(desk)?;
        let Definition { flow, version, title, .. } = &read.definition;
        let document = published(flow, *version, title, &text);
        if let Some(known) = find(&shelf, flow, *version) {
            return match known.what.sha256 == document.sha256 {
                true => Ok(Decided::new(Vec::new(), message(known))),
                false => Err(Failure::exists(name(flow, *version))),
            };
        }
        let draft = event(&PolicyEvent::FlowPublished { document: document.clone() }, &text)?;
        let new = publication(document, by.as_str(), desk.time());
        Ok(decided(draft, text.clone(), message(&new)))
    }))
}

pub(crate) async fn get(
    call: &Call,
    request: wire::GetFlowRequest,
) -> Result<wire::GetFlowResponse, Failure> {
    const PATTERN: &str = "flowDefinitions/{flow}/versions/{v}";
    let [id, number] = quanheng_api::resource_id::<2>(PATTERN, &request.name)
        .map_err(|error| Failure::field("name", error.to_string()))?;
    let missing = || Failure::not_found(&request.name);
    let number = version(number).ok_or_else(missing)?;
    let (shelf, position) = shelf(call, request.min_position).await?;
    let found = find(&shelf, id, number).ok_or_else(missing)?;
    let text = call.realm.policies.text(&found.what.sha256).await?;
    Ok(wire::GetFlowResponse { flow: Some(wire::Flow { text, ..message(found) }), position })
}

pub(crate) async fn list(
    call: &Call,
    request: wire::ListFlowsRequest,
) -> Result<wire::ListFlowsResponse, Failure> {
    let (shelf, position) = shelf(call, request.min_position).await?;
    let page = page::cut(call, &request, shelf.flow_list.iter())?;
    Ok(wire::ListFlowsResponse {
        flows: page.items.into_iter().map(message).collect(),
        position,
        next_page_token: page.next,
        total_size: page.total,
    })
}
