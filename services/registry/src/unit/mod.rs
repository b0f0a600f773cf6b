//! Units (单位): handlers and views.

mod change;
mod contact;
mod export;
mod history;
mod message;
mod parse;
mod read;
mod scope;
mod summary;
mod view;
mod write;

pub(crate) use change::change;
pub(crate) use contact::sealed_contact;
pub(crate) use export::{ROWS as EXPORT_ROWS, export, sheet};
pub(crate) use history::history;
pub(crate) use message::post_warnings;
pub(crate) use read::{LOGGED_PAGE_MAX, get, known, list, unit_view, visible};
pub(crate) use scope::{Scope, Sight, run};
pub(crate) use view::PostSeats;
pub(crate) use write::{create, update};

pub use view::{UNITS, UNITS_PROJECTION, units_definition};
