//! Persons (人员): registering and changing them, reading and listing them, erasing what is
//! held about them.
//!
//! * `write`, `events`, `opening`, `erase`: requests that change something; `parse` and
//!   `private` read what they say, `decide` takes the decision.
//! * `read`, `list`, `history`, `export`: requests that do not; `message` and `roster` are
//!   what they answer.
//! * `seal`: sealing and opening; `mask`: what everybody sees instead.
//! * `view`: the documents.

mod code;
mod decide;
mod erase;
mod events;
mod export;
mod history;
mod list;
mod mask;
mod message;
mod opening;
mod page;
mod parse;
mod private;
mod read;
mod roster;
pub(crate) mod seal;
mod view;
mod write;

pub use erase::{finish_erasures, watch_erasures};
pub use view::{PERSONS, PERSONS_PROJECTION, persons_definition};

pub(crate) use erase::erase;
pub(crate) use export::export;
pub(crate) use list::list;
pub(crate) use opening::record_opening;
pub(crate) use read::{get, history};
pub(crate) use write::{create, record_events, update};
