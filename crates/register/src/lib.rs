//! Units, posts and persons: what happened to them and how they stood on a date; pure.
//!
//! * [`mod@unit`]: units (单位), what they were on any date, and changes over several of them.
//! * [`post`]: the posts of a unit (职位).
//! * [`person`]: persons (人员): slots, posts, ranks and service as intervals; what is held
//!   about them sealed.
//! * [`private`]: what is sealed, as plain values, and what may be wrong with it.
//! * [`claim`]: values that only one may have: credit codes, identity numbers.
//! * [`timeline`]: changes with dates, in whatever order they were recorded.
//!
//! Everywhere `decide` makes events of a command or says why not ([`refusal`]), and
//! `evolve` applies them. Today, the units and the posts that a decision reads come in as
//! [`Facts`].

#[macro_use]
mod label;
#[macro_use]
mod patch;

pub mod basis;
pub mod claim;
mod double;
mod facts;
pub mod id;
pub mod person;
pub mod post;
pub mod private;
pub mod refusal;
mod sealed;
mod text;
pub mod timeline;
pub mod unit;

pub use basis::Basis;
pub use facts::{Facts, Known};
pub use refusal::{Refusal, Refused};
pub use sealed::{InvalidSealed, SEALED_BYTES_MAX, Sealed};
