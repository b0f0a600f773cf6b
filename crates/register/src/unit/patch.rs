//! Sparse changes of a unit.

use std::collections::BTreeMap;

use quanheng_policy::class::{self, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{CreditCode, DivisionCode};
use quanheng_policy::{CategoryId, UnitId};

use super::event::Abolition;
use super::profile::{
    Actual, Establishment, LeadershipPosts, Nature, Reference, UnitProfile, credit_code_patch,
};
use crate::double;
use crate::patch::Overlay as _;
use crate::sealed::Sealed;
use crate::timeline::Record;

patch_of! {
    /// What changes of a unit.
    UnitPatch of UnitProfile {
        name: String,
        short_name: String,
        #[serde(with = "credit_code_patch")]
        credit_code: Option<CreditCode>,
        division: DivisionCode,
        tier: Tier,
        standing: class::Standing,
        grade: UnitGrade,
        kind: UnitKind,
        nature: Nature,
        sequence: String,
        #[serde(deserialize_with = "double::read")]
        parent: Option<UnitId>,
        vertical: bool,
        establishment: Establishment,
        actual: Actual,
        leadership: LeadershipPosts,
        category_posts: BTreeMap<CategoryId, u32>,
        #[serde(deserialize_with = "double::read")]
        reference: Option<Reference>,
        functions: String,
        #[serde(deserialize_with = "double::read")]
        contact: Option<Sealed>,
        remarks: String,
    }
}

impl Record for UnitProfile {
    type Patch = UnitPatch;
    type End = Abolition;

    fn apply(&mut self, patch: &UnitPatch) {
        patch.apply_to(self);
    }

    fn amend(patch: &mut UnitPatch, by: &UnitPatch) {
        patch.overlay(by);
    }
}
