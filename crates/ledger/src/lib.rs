//! Seats (职数): pure code over policy data. It knows no storage, no clock, no network, and
//! counts in whole numbers only.
//!
//! * [`entitlement`]: what the ratios give a unit or a pool, with the working shown.
//! * [`pool`]: members of a pool, and what parts of them may use at most.
//! * [`account`]: the state of an account and its quantities.
//! * [`command`], [`decide`], [`event`], [`evolve`]: what may be asked, what it brings
//!   about or why it is refused ([`refusal`]), and how that changes the account.
//! * [`hold`]: batches judged by their net effect, with moves that depend on each other.
//! * [`posting`]: the same movements as double entries.
//! * [`check`]: what is true of every state.
//! * [`digestion`], [`finding`], [`personnel`]: over-quota registers, violations, and what
//!   changes of persons mean for seats.

pub mod account;
pub mod check;
pub mod command;
mod decide;
pub mod digestion;
pub mod entitlement;
pub mod event;
mod evolve;
pub mod finding;
pub mod hold;
pub mod id;
pub mod personnel;
pub mod pool;
pub mod posting;
pub mod refusal;

pub use decide::{Shortfall, Sides, cover_shortfall, decide, give_back, transfer};
pub use evolve::evolve;
