//! The tests of eligibility: worked examples as tables named by their ids, tables for every
//! parameter and reason, properties, and slow plain models beside the rules.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod bars;
mod conditions;
mod conversion;
mod count;
mod examples;
mod facts;
mod model;
mod neighbours;
mod properties;
mod reasons;
mod register;
mod tenure;
mod world;
