//! Attachments by digest: upload, download, links.
