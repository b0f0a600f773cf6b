//! What the service shows, as documents.

pub(crate) mod campaigns;
pub(crate) mod cases;
