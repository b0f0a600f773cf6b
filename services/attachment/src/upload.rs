//! Uploads: the head, then the content in pieces; stored in one commit with the event.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_api::quanheng::attachment::v1::upload_attachment_request::Part;
use quanheng_eventlog::{BLOB_BYTES_MAX, BlobRef, Desk, Digest};
use quanheng_runtime::{Call, Decided, Deciding, Failure};
use quanheng_streams::{Attachment, AttachmentEvent, Attachments, Entity as _, draft, state};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tonic::{Code, Streaming};

use crate::head::Head;
use crate::link::Tie;
use crate::message;

/// Bytes of a file at most: what the log keeps as one blob.
pub const ATTACHMENT_BYTES_MAX: usize = BLOB_BYTES_MAX;
/// Bytes of one piece of an upload at most.
pub const PIECE_BYTES_MAX: usize = 1024 * 1024;
/// Uploads that one process takes in at once: each may hold a whole file in memory.
pub const UPLOADS_MAX: usize = 16;
/// How long an upload may pause.
pub const UPLOAD_WAIT_MAX: Duration = Duration::from_secs(30);

type Parts = Streaming<wire::UploadAttachmentRequest>;

pub(crate) async fn upload(
    uploads: &Arc<Semaphore>,
    call: &Call,
    mut parts: Parts,
) -> Result<wire::UploadAttachmentResponse, Failure> {
    let _turn = uploads.try_acquire().map_err(|_| {
        Failure::bound("attachment_uploads_max", UPLOADS_MAX as u64, UPLOADS_MAX as u64 + 1)
            .retry_after(Duration::from_secs(1))
    })?;
    let Some(Part::Head(given)) = next(&mut parts).await? else {
        return Err(Failure::field("head", "上传应以文件信息开头"));
    };
    let head = Head::read(&given)?;
    let tie = match head.link.clone() {
        Some(resource) => Some(Tie::to(call, resource).await?),
        None => None,
    };
    let (content, digest) = content(&mut parts).await?;
    if head.sha256.is_some_and(|expected| expected != digest) {
        return Err(Failure::field("head.sha256", "内容与所给摘要不符,请重新上传")
            .with("sha256", digest.to_string()));
    }
    let body = [&given.encode_to_vec()[..], &digest.0].concat();
    let request_id = head.request_id;
    let command = deciding(call, head, tie, content, digest)?;
    let done = call.realm.engine.execute_as(call, request_id, &body, command).await?;
    Ok(wire::UploadAttachmentResponse {
        attachment: Some(message::dated(call, done.answer).await?),
        position: done.position.0,
    })
}

/// The next part; none at the end.
async fn next(parts: &mut Parts) -> Result<Option<Part>, Failure> {
    let waited = tokio::time::timeout(UPLOAD_WAIT_MAX, parts.message()).await;
    let message = waited.map_err(|_| {
        let message = "上传中断:等待内容超时";
        Failure::new(Code::DeadlineExceeded, "UPLOAD_WAIT_MAX", message)
    })?;
    match message {
        Ok(Some(message)) => match message.part {
            Some(part) => Ok(Some(part)),
            None => Err(Failure::field("part", "应为文件信息或内容")),
        },
        Ok(None) => Ok(None),
        // A message beyond what the server decodes at all.
        Err(status) if status.code() == Code::OutOfRange => Err(too_large(None)),
        Err(status) => Err(Failure::new(status.code(), "UPLOAD_BROKEN", "上传中断,请重新上传")),
    }
}

fn too_large(actual: Option<usize>) -> Failure {
    let actual = actual.unwrap_or(PIECE_BYTES_MAX + 1);
    Failure::bound("attachment_piece_bytes_max", PIECE_BYTES_MAX as u64, actual as u64)
}

/// The content, piece by piece, with its digest.
async fn content(parts: &mut Parts) -> Result<(Bytes, Digest), Failure> {
    let mut content = Vec::new();
    let mut hasher = Sha256::new();
    while let Some(part) = next(parts).await? {
        let Part::Content(piece) = part else {
            return Err(Failure::field("head", "文件信息只能出现一次"));
        };
        if piece.is_empty() {
            return Err(Failure::field("content", "内容分片不得为空"));
        }
        if piece.len() > PIECE_BYTES_MAX {
            return Err(too_large(Some(piece.len())));
        }
        let size = content.len() + piece.len();
        if size > ATTACHMENT_BYTES_MAX {
            let max = ATTACHMENT_BYTES_MAX as u64;
            return Err(Failure::bound("attachment_bytes_max", max, size as u64));
        }
        hasher.update(&piece);
        content.extend_from_slice(&piece);
    }
    match content.is_empty() {
        true => Err(Failure::field("content", "文件内容为空")),
        false => Ok((content.into(), Digest(hasher.finalize().into()))),
    }
}

fn deciding(
    call: &Call,
    head: Head,
    tie: Option<Tie>,
    content: Bytes,
    digest: Digest,
) -> Result<Deciding<wire::Attachment>, Failure> {
    let by = call.principal_name()?;
    let stream = quanheng_streams::attachment(&digest.to_string());
    let ties = tie.iter().map(Tie::read);
    let reads = std::iter::once(state::<Attachments>(stream.clone())).chain(ties).collect();
    Ok(Deciding::new(reads, move |desk: &Desk<'_>| {
        let missing = || Failure::internal("the attachment is not on the desk");
        let mut known = desk.state::<Attachment>(&stream).ok_or_else(missing)?.clone();
        let mut decided = Decided::new(Vec::new(), wire::Attachment::default());
        if known.sha256.is_empty() {
            let event = AttachmentEvent::AttachmentUploaded {
                sha256: digest.to_string(),
                size: content.len() as u64,
                file_name: head.file_name.clone(),
                media_type: head.media_type.clone(),
                by: by.as_str().to_owned(),
            };
            let draft = draft::<Attachments>(stream.clone(), &event).map_err(Failure::internal)?;
            let blob = BlobRef { digest, size: content.len() as u64 };
            decided.events.push(draft.with_blob(blob));
            decided.blobs.push(content.clone());
            Attachments::evolve(&mut known, &event);
        }
        if let Some(tie) = &tie
            && !known.links.contains(tie.resource.name())
        {
            let (after, draft) = tie.link(desk, &known, by.as_str())?;
            decided.events.push(draft);
            known = after;
        }
        decided.answer = message::attachment(&known);
        Ok(decided)
    }))
}
