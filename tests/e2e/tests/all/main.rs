//! The built program, through real clients.
#![allow(clippy::unwrap_used, clippy::print_stderr)]
