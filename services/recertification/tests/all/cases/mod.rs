//! Cases of re-certification, filing and exit.

mod batches;
mod refusals;
mod stage;
mod ways;
