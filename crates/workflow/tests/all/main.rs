//! The tests of flows: definitions and what is refused of them, every action and mode, and
//! properties over random histories.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod actions;
mod corners;
mod definitions;
mod histories;
mod modes;
mod world;
