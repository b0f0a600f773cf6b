//! The configuration: defaults, a file, the environment, flags.

mod bounds;
mod check;
mod flags;
mod keys;
mod layers;
mod show;
#[cfg(test)]
mod tests;

pub(crate) use flags::ConfigFlags;
pub(crate) use keys::{Cipher, Config, DemoClock, LogFormat, Role, millis};
pub(crate) use layers::{Fault, Loaded};
pub(crate) use show::{as_json, rows, schema};
