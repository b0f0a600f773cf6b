//! The store of keys, on both databases.
#![allow(clippy::unwrap_used)]

mod erasing;
mod fixture;
mod indexing;
mod keeping;
mod master_file;
mod rotating;
mod sealing;
