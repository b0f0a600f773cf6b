//! The tests of the registers: tables of what is refused and why, and properties with a
//! plain model beside the states.
#![allow(clippy::unwrap_used)]

mod changes;
mod claims;
mod forms;
mod person_histories;
mod persons;
mod posts;
mod sealed_values;
mod service;
mod unit_histories;
mod units;
mod world;
