//! The built program, through real clients.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod buf;
mod clients;
mod model;
mod postgres;
mod sizes;
