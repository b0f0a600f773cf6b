//! What happened to a post.

use jiff::civil::Date;
use quanheng_policy::UnitId;
use serde::{Deserialize, Serialize};

use super::profile::{PostPatch, PostProfile};
use crate::basis::Basis;
use crate::id::PostId;

/// How an entry is put right (更正).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// The entry says this instead; what is absent stays as it was recorded.
    Amended {
        /// What it says.
        changes: PostPatch,
        /// From when it holds.
        effective_on: Option<Date>,
    },
    /// The entry never was. Not for the creation.
    Voided,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// 设置职位
    PostCreated {
        /// Of which unit.
        unit: UnitId,
        /// Its name there.
        post: PostId,
        /// What it is.
        profile: PostProfile,
        /// On what it rests.
        basis: Basis,
    },
    /// 调整职位
    PostUpdated {
        /// What changes.
        changes: PostPatch,
        /// On what it rests.
        basis: Basis,
    },
    /// 撤销职位
    PostAbolished {
        /// On what it rests.
        basis: Basis,
    },
    /// 更正
    PostCorrected {
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
            Self::PostCreated { .. } => "post_created",
            Self::PostUpdated { .. } => "post_updated",
            Self::PostAbolished { .. } => "post_abolished",
            Self::PostCorrected { .. } => "post_corrected",
        }
    }
}
