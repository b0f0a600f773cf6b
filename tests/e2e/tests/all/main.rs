//! The built program, through real clients.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod backup;
mod buf;
mod cli;
mod clients;
mod erase;
mod farm;
mod model;
mod postgres;
mod reference;
mod rounds;
mod serve;
mod sizes;
mod telemetry;
