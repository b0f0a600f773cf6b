//! Attachments on the wire.

use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_eventlog::{Digest, Micros};
use quanheng_runtime::Failure;
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

/// An attachment as it stands.
pub(crate) fn attachment(state: &Attachment, uploaded: Option<Micros>) -> wire::Attachment {
    wire::Attachment {
        name: name(&state.sha256),
        sha256: state.sha256.clone(),
        size_bytes: state.size,
        file_name: state.file_name.clone(),
        media_type: state.media_type.clone(),
        create_time: uploaded.map(|time| quanheng_api::timestamp(time.0)),
        uploader: state.by.clone(),
        links: state.links.iter().cloned().collect(),
    }
}
