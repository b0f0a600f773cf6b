//! Files by the digest of their content (附件), linked to whatever they support.
//!
//! * [`AttachmentApi`]: the service; `upload`, `download`, `link` and `reads` hold its
//!   handlers.
//! * [`definition`]: attachments and their links as documents.
//!
//! The same content is one attachment, however often and by whomever it is uploaded. Who
//! may see one: whoever uploaded it first, whoever may see a resource that it is linked to,
//! and who governs the whole country.

mod download;
mod grpc;
mod head;
mod link;
mod message;
mod reads;
mod resource;
mod sight;
mod upload;
mod view;

pub use download::{DOWNLOAD_PIECE_BYTES, DOWNLOAD_WAIT_MAX, DOWNLOADS_MAX};
pub use grpc::AttachmentApi;
pub use head::FILE_NAME_BYTES_MAX;
pub use link::LINKS_MAX;
pub use upload::{ATTACHMENT_BYTES_MAX, PIECE_BYTES_MAX, UPLOAD_WAIT_MAX, UPLOADS_MAX};
pub use view::{ATTACHMENTS, LINKS, PROJECTION, definition};
