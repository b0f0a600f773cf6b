//! Files: how they are sent and fetched.

use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_api::quanheng::attachment::v1::upload_attachment_request::{Head, Part};
use tonic::Status;

use crate::Client;
use crate::world::request_id;

pub(crate) fn head(file_name: &str) -> Head {
    Head {
        file_name: file_name.into(),
        media_type: "application/pdf".into(),
        sha256: String::new(),
        link: String::new(),
        request_id: request_id(),
    }
}

fn message(part: Part) -> wire::UploadAttachmentRequest {
    wire::UploadAttachmentRequest { part: Some(part) }
}

/// A head and pieces, as they are sent.
pub(crate) fn parts(head: &Head, pieces: &[&[u8]]) -> Vec<wire::UploadAttachmentRequest> {
    let pieces = pieces.iter().map(|piece| message(Part::Content(piece.to_vec())));
    std::iter::once(message(Part::Head(head.clone()))).chain(pieces).collect()
}

/// Uploads in one piece.
pub(crate) async fn upload(
    client: &mut Client,
    head: &Head,
    content: &[u8],
) -> Result<wire::UploadAttachmentResponse, Status> {
    let parts = parts(head, &[content]);
    Ok(client.upload_attachment(futures::stream::iter(parts)).await?.into_inner())
}

/// Downloads, piece by piece.
pub(crate) async fn download(client: &mut Client, name: &str) -> Result<Vec<Vec<u8>>, Status> {
    let request = wire::DownloadAttachmentRequest { name: name.into() };
    let mut stream = client.download_attachment(request).await?.into_inner();
    let mut pieces = Vec::new();
    while let Some(piece) = stream.message().await? {
        pieces.push(piece.content);
    }
    Ok(pieces)
}

pub(crate) async fn get(
    client: &mut Client,
    name: &str,
    min_position: u64,
) -> Result<wire::Attachment, Status> {
    let request = wire::GetAttachmentRequest { name: name.into(), min_position };
    Ok(client.get_attachment(request).await?.into_inner().attachment.unwrap())
}

pub(crate) fn listing(resource: &str, min_position: u64) -> wire::ListAttachmentsRequest {
    wire::ListAttachmentsRequest { resource: resource.into(), min_position, ..Default::default() }
}

/// Content that is not the same everywhere.
pub(crate) fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|place| u8::try_from(place * 31 % 251).unwrap_or_default()).collect()
}
