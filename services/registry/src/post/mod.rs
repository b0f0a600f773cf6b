//! Posts (职位): handlers and views. They stand in the projection of units.

mod export;
mod message;
mod read;
mod view;
mod write;

pub(crate) use export::export;
pub(crate) use read::{get, list};
pub(crate) use view::{post_document, seats};
pub(crate) use write::{create, update};

/// The posts in the projection of units.
pub const POSTS: &str = "posts";
