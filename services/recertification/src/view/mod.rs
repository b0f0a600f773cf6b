//! The projections.

pub(crate) mod cases;
