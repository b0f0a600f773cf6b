//! The tests of forms: cells, merges and texts read back from the files; sums as tables; and
//! every document as paper shows it.
#![allow(clippy::unwrap_used, missing_docs)]

mod appointment;
mod bundle;
mod every;
mod filing;
mod hostile;
mod notice;
mod open;
mod paper;
mod pre_review;
mod recertification;
mod rendered;
mod review;
mod roster;
mod world;
