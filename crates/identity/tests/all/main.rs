//! Tokens, principals and rights.
#![allow(clippy::unwrap_used)]

mod listening;
mod reloading;
mod rights;
mod token_file;
