//! Attachments as they are asked for.

use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_projection::{Doc, Filter};
use quanheng_runtime::reading::{list as page_of, read_failure};
use quanheng_runtime::{Call, Failure};

use crate::message;
use crate::resource::Resource;
use crate::sight::{division, sees};
use crate::view::{ATTACHMENTS, AttachmentDocument, LINKS, LinkDocument, PROJECTION};

fn attachment(doc: &Doc) -> Result<wire::Attachment, Failure> {
    let document: AttachmentDocument = doc.parse().map_err(Failure::internal)?;
    Ok(document.attachment)
}

pub(crate) async fn get(
    call: &Call,
    request: wire::GetAttachmentRequest,
) -> Result<wire::GetAttachmentResponse, Failure> {
    let digest = message::digest(&request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let position = view.position().map_err(read_failure)?;
    let found = view.get(ATTACHMENTS, &digest.to_string()).await.map_err(read_failure)?;
    let found = attachment(&found.ok_or_else(|| Failure::not_found(&request.name))?)?;
    sees(call, (&found).into()).await?;
    Ok(wire::GetAttachmentResponse { attachment: Some(found), position: position.0 })
}

pub(crate) async fn list(
    call: &Call,
    request: wire::ListAttachmentsRequest,
) -> Result<wire::ListAttachmentsResponse, Failure> {
    let resource = Resource::read("resource", &request.resource)?;
    let place = division(call, &resource).await?;
    let place = place.ok_or_else(|| Failure::not_found(resource.name()))?;
    call.sees(&place, resource.name())?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let position = view.position().map_err(read_failure)?;
    let of_resource = Filter::equal("resource", resource.name());
    let page = page_of(call, &view, LINKS, &request, of_resource, "link_time").await?;
    let mut ids = Vec::with_capacity(page.docs.len());
    for doc in &page.docs {
        ids.push(doc.parse::<LinkDocument>().map_err(Failure::internal)?.sha256);
    }
    let found = view.get_many(ATTACHMENTS, &ids).await.map_err(read_failure)?;
    let attachments = found.iter().flatten().map(attachment).collect::<Result<_, _>>()?;
    Ok(wire::ListAttachmentsResponse {
        attachments,
        position: position.0,
        next_page_token: page.next,
    })
}
