//! Approval flows as data (流程定义) and their state machine: pure code that knows no storage,
//! no clock and no network.
//!
//! * [`definition`], [`Flow`]: what a flow is, read from TOML and checked when it is
//!   loaded: every step reachable, every deadline with its consequence, no dead end, no
//!   step that nobody can take.
//! * [`case`]: a case on its way through a flow.
//! * [`command`], [`decide`], [`event`], [`evolve`]: what may be asked, what it brings
//!   about or why it is refused ([`refusal`]), and how that changes the case.
//! * [`defaults`]: the national default flows.

pub mod case;
pub mod command;
mod decide;
pub mod defaults;
pub mod definition;
pub mod event;
mod evolve;
mod read;
pub mod refusal;
mod tally;

pub use decide::{ReturnTarget, decide, return_targets};
pub use evolve::evolve;
pub use read::Flow;

/// The JSON Schema of a flow definition, for editors.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(definition::Definition).to_value()
}
