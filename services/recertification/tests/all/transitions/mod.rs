//! Transitions: plans, placements, the end.

mod refusals;
mod stage;
mod ways;
