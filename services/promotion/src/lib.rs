//! Promotion in rank (职级晋升): who may be a candidate, rounds of a unit, and every candidate's
//! way through them.
//!
//! * [`PromotionApi`]: the service. Checks of eligibility change nothing. Rounds and requests
//!   are begun and recorded here; what people decide, they decide on the tasks of their
//!   cases.
//! * [`matters`]: rounds and requests as cases: which rules hold at each step, who approves,
//!   and what decisions bring about, in the same commit.
//! * `round`, `request`: the domain, pure.
//! * [`watch_bars`]: a bar that is recorded stops the candidate at once.
//! * `documents`: the documents of a round, filled in with what is known.
//! * [`definition`]: rounds and requests as documents.
//!
//! Reaching the years decides nothing: a check that nothing fails makes a candidate (人选), and
//! only people, step by step, make a promotion of it.

mod code;
mod documents;
mod duty;
mod grpc;
mod judge;
mod matter;
mod message;
mod parse;
mod person;
mod ranks;
mod refusal;
mod request;
mod roster;
mod round;
mod seal;
mod seats;
mod sight;
mod timeline;
mod view;
mod work;

pub use duty::watch_bars;
pub use grpc::PromotionApi;
pub use matter::{RequestMatter, RoundMatter, matters};
pub use view::{PROJECTION, REQUESTS, ROUNDS, definition};
