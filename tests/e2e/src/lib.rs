//! The built program under test: started, killed and stopped as operators do it, and asked
//! through real clients.

mod client;
pub mod made;
mod program;
mod server;
pub mod staff;
mod tokens;

pub use client::{Client, Shown, request_id};
pub use program::{Program, Ran};
pub use server::{Server, Setup, binary};
pub use tokens::{Tokens, Who};
