//! Attachments and their links as documents.

use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_eventlog::{Digest, EventType, Filter, Record};
use quanheng_projection::columns::text;
use quanheng_projection::{
    Collection, Column, ColumnKind, Definition, DocKey, Docs, Index, ProjectError, Projector,
    StateFold, StreamState,
};
use quanheng_streams::{Attachment, AttachmentEvent, Attachments, Of, read};
use serde::{Deserialize, Serialize};

use crate::message;

/// The projection.
pub const PROJECTION: &str = "attachments";
/// Attachments, by the digest of their content.
pub const ATTACHMENTS: &str = "attachments";
/// Links, each a document of its own.
pub const LINKS: &str = "attachment_links";

const COLLECTIONS: &[Collection] = &[
    Collection {
        name: ATTACHMENTS,
        columns: &[
            text("file_name", "/file_name"),
            text("media_type", "/media_type"),
            text("uploader", "/uploader"),
            text("create_time", "/create_time"),
            Column { name: "size_bytes", pointer: "/size_bytes", kind: ColumnKind::Integer },
        ],
        indexes: &[
            Index { equals: &[], order: &["create_time"] },
            Index { equals: &["uploader"], order: &["create_time"] },
        ],
    },
    Collection {
        name: LINKS,
        columns: &[
            text("resource", "/resource"),
            text("attachment", "/attachment"),
            text("division", "/division"),
            text("link_time", "/link_time"),
        ],
        indexes: &[
            Index { equals: &[], order: &["division"] },
            Index { equals: &["resource"], order: &["link_time"] },
            Index { equals: &["attachment"], order: &["link_time"] },
        ],
    },
];

/// An attachment, as dashboards read it, with the message.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AttachmentDocument {
    file_name: String,
    media_type: String,
    uploader: String,
    create_time: String,
    size_bytes: u64,
    pub(crate) attachment: wire::Attachment,
}

/// A link.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LinkDocument {
    resource: String,
    attachment: String,
    pub(crate) sha256: String,
    /// Where the resource was when it was linked.
    division: Option<String>,
    link_time: String,
    linked_by: String,
}

/// The definition of the projection.
///
/// # Errors
/// A fault of the program.
pub fn definition() -> Result<Definition, Box<dyn std::error::Error + Send + Sync>> {
    let mut filter = Filter::all();
    for event in ["uploaded", "linked", "unlinked"] {
        let name = format!("quanheng.attachment.attachment_{event}.v1");
        filter = filter.or_type(EventType::new(name)?);
    }
    Ok(Definition::new(PROJECTION, 1, COLLECTIONS, AttachmentProjector)?.over(filter))
}

struct AttachmentProjector;

fn sha256(record: &Record) -> &str {
    let stream = record.stream.as_str();
    stream.strip_prefix("attachments/").unwrap_or(stream)
}

fn attachment_key(record: &Record) -> DocKey {
    DocKey::new(ATTACHMENTS, sha256(record))
}

/// Names are longer than ids may be; their digest is not.
fn link_key(record: &Record, resource: &str) -> DocKey {
    let tie = format!("{} {resource}", record.stream);
    DocKey::new(LINKS, Digest::of(tie.as_bytes()).to_string())
}

impl Projector for AttachmentProjector {
    fn touches(&self, record: &Record) -> Result<Vec<DocKey>, ProjectError> {
        let event = read::<Attachments>(record)?;
        let link = match &*event {
            AttachmentEvent::AttachmentLinked { resource, .. }
            | AttachmentEvent::AttachmentUnlinked { resource, .. } => Some(resource),
            AttachmentEvent::AttachmentUploaded { .. } => None,
        };
        let link = link.map(|resource| link_key(record, resource));
        Ok(std::iter::once(attachment_key(record)).chain(link).collect())
    }

    fn fold(
        &self,
        record: &Record,
        _: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        match &*read::<Attachments>(record)? {
            AttachmentEvent::AttachmentUploaded { .. } => Ok(()),
            AttachmentEvent::AttachmentLinked { resource, by } => {
                let envelope = record.envelope()?;
                let division = envelope.tags().find_map(|tag| tag.strip_prefix("divisions/"));
                let document = LinkDocument {
                    attachment: message::name(sha256(record)),
                    sha256: sha256(record).to_owned(),
                    division: division.map(str::to_owned),
                    link_time: record.time.to_string(),
                    linked_by: by.clone(),
                    resource: resource.clone(),
                };
                docs.put(&link_key(record, resource), &document)
            }
            AttachmentEvent::AttachmentUnlinked { resource, .. } => {
                docs.remove(&link_key(record, resource))
            }
        }
    }

    fn settle(
        &self,
        record: &Record,
        after: StreamState<'_>,
        docs: &mut Docs,
    ) -> Result<(), ProjectError> {
        let state = after.wanted::<Attachment>()?;
        let key = attachment_key(record);
        let before = docs.get::<AttachmentDocument>(&key)?;
        let mut attachment = message::attachment(state);
        let (uploaded, at) = match before {
            Some(before) => (before.create_time, before.attachment.create_time),
            None => (record.time.to_string(), Some(quanheng_api::timestamp(record.time.0))),
        };
        attachment.create_time = at;
        let document = AttachmentDocument {
            file_name: state.file_name.clone(),
            media_type: state.media_type.clone(),
            uploader: state.by.clone(),
            create_time: uploaded,
            size_bytes: state.size,
            attachment,
        };
        docs.put(&key, &document)
    }

    fn state(&self, _: &Record) -> Option<StateFold> {
        Some(StateFold::from(Of::<Attachments>::default()))
    }
}
