//! The tests of re-certification: worked examples as rows named by their ids, tables for every
//! rule, properties, and a slow plain model beside only-decrease.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod approval;
mod campaigns;
mod chains;
mod codes;
mod conditions;
mod count;
mod decrease;
mod detect;
mod examples;
mod gates;
mod materials;
mod onboarding;
mod routes;
mod stages;
mod transition;
mod world;
