//! Units (单位): organs and institutions with an establishment of their own, as they were on
//! any date.

mod change;
mod command;
mod decide;
mod event;
mod evolve;
mod finding;
mod patch;
mod profile;

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_policy::UnitId;
use serde::{Deserialize, Serialize};

pub use change::{Becomes, ChangeKind, Successor, UnitChange, decide_change, kinds_between};
pub use command::Command;
pub use decide::{PARENT_DEPTH_MAX, decide};
pub use event::{Abolition, Correction, Event, Lineage};
pub use evolve::evolve;
pub use finding::{Violation, Warning, violations, warnings};
pub use patch::UnitPatch;
pub use profile::{
    Actual, Establishment, GENERAL_MANAGEMENT, LeadershipPosts, Nature, Reference, UnitProfile,
};

use crate::timeline::{Phase, Timeline};

/// How a unit stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitStatus {
    /// 尚未设立
    NotYet,
    /// 存续
    Active,
    /// 已撤销
    Abolished,
}

/// A unit over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its name.
    pub unit: UnitId,
    /// How many events made this state. An entry is named by the version that it made.
    pub version: u64,
    /// What it was, and from when to when.
    pub timeline: Timeline<UnitProfile>,
    /// What it came from or took up, in the order of recording (沿革).
    pub lineage: Vec<Lineage>,
}

impl Unit {
    /// What it was on a day, or last before it was abolished; none before it existed.
    #[must_use]
    pub fn as_of(&self, on: Date) -> Option<UnitProfile> {
        self.timeline.as_of(on)
    }

    /// What it is today. The same as [`Unit::as_of`].
    #[must_use]
    pub fn current(&self, today: Date) -> Option<UnitProfile> {
        self.as_of(today)
    }

    /// How it stands on a day.
    #[must_use]
    pub fn status(&self, on: Date) -> UnitStatus {
        match self.timeline.standing(on) {
            Phase::NotYet => UnitStatus::NotYet,
            Phase::Active => UnitStatus::Active,
            Phase::Ended => UnitStatus::Abolished,
        }
    }

    /// The parent on a day.
    #[must_use]
    pub fn parent_on(&self, on: Date) -> Option<UnitId> {
        self.as_of(on)?.parent
    }

    /// Every unit that was, is or will be its parent: what a decision about it reads too.
    #[must_use]
    pub fn parents_ever(&self) -> BTreeSet<UnitId> {
        let days = self.timeline.days_from(self.timeline.begun_on());
        days.into_iter().filter_map(|day| self.parent_on(day)).collect()
    }

    /// Why and into what it was abolished, and when.
    #[must_use]
    pub fn abolition(&self) -> Option<(Date, &Abolition)> {
        self.timeline.end().map(|end| (end.on, &end.what))
    }
}
