//! Command execution: load, decide, commit; request keys and kept answers; policies as
//! they are published; reads that wait for a position; timers.
//!
//! The data's way: a handler lets a call in ([`House::enter`]), makes a [`Command`] of its
//! message, and gives it to the [`Engine`]. The log's sequencer takes the pure decision
//! over the newest states; what comes of it is committed with the answer that a
//! repetition gets. Reads go to the views ([`reading`]).

mod call;
mod denial;
mod engine;
mod failure;
mod house;
mod kept;
pub mod policies;
pub mod reading;
pub mod sealed;
pub mod time;
mod timer;
pub mod wire;
mod within;

pub use call::Call;
pub use denial::Denials;
pub use engine::{
    Asked, Command, Decided, Deciding, Done, Engine, check_etag, etag, next_etag, request_id,
};
pub use failure::{DOMAIN, Failure, FieldFault, RuleFault};
pub use house::{CORRELATION, House, REALM, Realm, unauthenticated};
pub use policies::{Policies, Publication, Shelf};
pub use time::{Deadline, today};
pub use timer::{Due, Duty, Timers, derived_id};
