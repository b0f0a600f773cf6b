//! Posts (职位): what a unit's posts are on any date, and whether they are more than its
//! establishment.

mod command;
mod decide;
mod event;
mod evolve;
mod finding;
mod profile;

use jiff::civil::Date;
use quanheng_policy::UnitId;
use serde::{Deserialize, Serialize};

pub use command::Command;
pub use decide::decide;
pub use event::{Correction, Event};
pub use evolve::evolve;
pub use finding::{Excess, excesses, violations};
pub use profile::{PostPatch, PostProfile};

use crate::id::PostId;
use crate::timeline::Timeline;

/// A post over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Of which unit.
    pub unit: UnitId,
    /// Its name there.
    pub post: PostId,
    /// How many events made this state.
    pub version: u64,
    /// What it was, and from when to when.
    pub timeline: Timeline<PostProfile>,
}

impl Post {
    /// What it was on a day, or last before it was abolished; none before it existed.
    #[must_use]
    pub fn as_of(&self, on: Date) -> Option<PostProfile> {
        self.timeline.as_of(on)
    }
}
