//! Changes of units (机构变动) over one unit or several: what is asked, and of which kind it
//! is. Decided over the states of all units concerned; every unit gets its own events.

mod decide;
mod kind;

use quanheng_policy::UnitId;
use serde::{Deserialize, Serialize};

pub use decide::decide_change;
pub use kind::{ChangeKind, kinds_between};

use super::patch::UnitPatch;
use super::profile::UnitProfile;
use crate::basis::Basis;

/// What becomes of a unit that goes on after the change, or begins with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Becomes {
    /// It begins.
    Registered(Box<UnitProfile>),
    /// It exists and changes.
    Updated(Box<UnitPatch>),
}

/// A unit that takes over (承接单位), or goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// The unit.
    pub unit: UnitId,
    /// What it becomes.
    pub becomes: Becomes,
}

/// A change over one unit or several. A predecessor that is no successor is abolished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitChange {
    /// Of which kind. What comes with it (a new name, more headcount) is found out.
    pub kind: ChangeKind,
    /// The units that it begins with.
    pub predecessors: Vec<UnitId>,
    /// The units that it ends with.
    pub successors: Vec<Successor>,
    /// On what it rests.
    pub basis: Basis,
    /// What else there is to say (说明); may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}
