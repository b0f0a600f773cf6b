//! What happened to a unit.

use jiff::civil::Date;
use quanheng_policy::UnitId;
use serde::{Deserialize, Serialize};

use super::change::ChangeKind;
use super::patch::UnitPatch;
use super::profile::UnitProfile;
use crate::basis::Basis;

/// Why a unit was abolished, and what took it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abolition {
    /// By which kind of change.
    pub kind: ChangeKind,
    /// 承接单位
    pub successors: Vec<UnitId>,
}

/// Where a unit, or a part of it, came from (沿革).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The version of the entry.
    pub version: u64,
    /// From when.
    pub on: Date,
    /// By which kinds of change.
    pub kinds: Vec<ChangeKind>,
    /// From which units.
    pub predecessors: Vec<UnitId>,
}

/// How an entry is put right (更正).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// The entry says this instead; what is absent stays as it was recorded.
    Amended {
        /// What it says.
        changes: Box<UnitPatch>,
        /// From when it holds.
        effective_on: Option<Date>,
    },
    /// The entry never was. Not for the registration.
    Voided,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// 设立、登记
    UnitRegistered {
        /// The unit.
        unit: UnitId,
        /// What it is.
        profile: Box<UnitProfile>,
        /// By which kinds of change, if it came from others.
        kinds: Vec<ChangeKind>,
        /// The units that it came from.
        predecessors: Vec<UnitId>,
        /// On what it rests.
        basis: Basis,
        /// What else there is to say (说明).
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// 变更
    UnitUpdated {
        /// What changes.
        changes: Box<UnitPatch>,
        /// Which kinds of change that is.
        kinds: Vec<ChangeKind>,
        /// Other units that were taken up, wholly or in part.
        predecessors: Vec<UnitId>,
        /// On what it rests.
        basis: Basis,
        /// What else there is to say (说明).
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// 撤销
    UnitAbolished {
        /// By which kind of change.
        kind: ChangeKind,
        /// 承接单位
        successors: Vec<UnitId>,
        /// On what it rests.
        basis: Basis,
        /// What else there is to say (说明).
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// 更正
    UnitCorrected {
        /// The version of the entry that is put right.
        version: u64,
        /// How.
        correction: Correction,
        /// Why.
        reason: String,
        /// On what it rests, if on a document.
        basis: Option<Basis>,
    },
}

impl Event {
    /// Its name in snake case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::UnitRegistered { .. } => "unit_registered",
            Self::UnitUpdated { .. } => "unit_updated",
            Self::UnitAbolished { .. } => "unit_abolished",
            Self::UnitCorrected { .. } => "unit_corrected",
        }
    }
}
