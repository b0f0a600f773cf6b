//! The tests of the ledger: worked examples as tables named by their ids, properties, and
//! a plain model beside the accounts.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod count;
mod entitlements;
mod examples;
mod histories;
mod model;
mod movements;
mod world;
