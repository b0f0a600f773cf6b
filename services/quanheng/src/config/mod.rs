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
pub(crate) use keys::{Config, DemoClock, LogFormat, Role};
pub(crate) use layers::Fault;
pub(crate) use show::{as_json, rows, schema};
