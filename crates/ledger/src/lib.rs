//! Seats (职数): pure code over policy data. It knows no storage, no clock, no network, and
//! counts in whole numbers only.
//!
//! * [`entitlement`]: what the ratios give a unit or a pool, with the working shown.
//! * [`pool`]: what members of a pool may use without defeating a prohibition.

pub mod entitlement;
pub mod pool;
