//! Campaigns (重新认定工作): what may be asked of one, and what it brings about.

mod phase;

pub(crate) use phase::{entered, left, open_cases};
