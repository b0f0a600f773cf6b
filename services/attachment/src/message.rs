//! Attachments on the wire.

use futures::StreamExt as _;
use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_eventlog::{Digest, Direction, Version};
use quanheng_runtime::{Call, Failure};
use quanheng_streams::Attachment;

/// `attachments/{sha256}`
pub(crate) fn name(sha256: &str) -> String {
    format!("attachments/{sha256}")
}

/// The digest in a name.
///
/// # Errors
/// `INVALID_FIELD`.
pub(crate) fn digest(name: &str) -> Result<Digest, Failure> {
    let [text] = quanheng_api::resource_id::<1>("attachments/{sha256}", name)
        .map_err(|error| Failure::field("name", error.to_string()))?;
    text.parse().map_err(|_| Failure::field("name", "应为 attachments/ 与 64 位十六进制摘要"))
}

/// An attachment as it stands. When it was uploaded, its stream alone does not say.
pub(crate) fn attachment(state: &Attachment) -> wire::Attachment {
    wire::Attachment {
        name: name(&state.sha256),
        sha256: state.sha256.clone(),
        size_bytes: state.size,
        file_name: state.file_name.clone(),
        media_type: state.media_type.clone(),
        create_time: None,
        uploader: state.by.clone(),
        links: state.links.iter().cloned().collect(),
    }
}

/// The same with the time of its upload: that of the first event.
pub(crate) async fn dated(
    call: &Call,
    mut attachment: wire::Attachment,
) -> Result<wire::Attachment, Failure> {
    let stream = quanheng_streams::attachment(&attachment.sha256);
    let records = call.realm.log.read_stream(stream, Version(1), Direction::Forward);
    let mut records = std::pin::pin!(records);
    if let Some(first) = records.next().await {
        attachment.create_time = Some(quanheng_api::timestamp(first?.time.0));
    }
    Ok(attachment)
}
