//! Campaigns: their course, task forces, the frozen baseline.

mod baseline;
mod course;
mod refusals;
pub(crate) mod world;
