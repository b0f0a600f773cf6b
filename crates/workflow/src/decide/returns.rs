//! Where a case may be returned to (退回), as a list for those who choose.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::definition::{Definition, Kind, Step, StepId};
use crate::read::Flow;

/// A step to which the step that is open may be returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTarget {
    /// Which.
    pub step: StepId,
    /// Whether the case may come straight back from there (退回后回到本步骤).
    pub back_to_me: bool,
}

/// The steps to which the step that is open may be returned, in the order of the flow.
/// Whether somebody is there to act in them is found when it is returned.
#[must_use]
pub fn return_targets(case: &Case, flow: &Flow) -> Vec<ReturnTarget> {
    let definition = &flow.definition;
    let open = case.open.as_ref().and_then(|open| definition.step(&open.step));
    let Some(from) = open.filter(|_| case.paused.is_none()) else { return Vec::new() };
    let targets = definition
        .steps
        .iter()
        .filter(|step| from.returns().contains(&step.id) && case.opened.contains(&step.id));
    let plain = |to: &Step| case.parked.is_none() && leads_plainly(definition, to, from);
    targets.map(|to| ReturnTarget { step: to.id.clone(), back_to_me: plain(to) }).collect()
}

/// Whether nothing lies from one step to another that must be done again when what the
/// first wrote changes: a meeting, a notice, a check, or anything with an effect.
pub(super) fn leads_plainly(definition: &Definition, from: &Step, to: &Step) -> bool {
    let (mut at, mut seen) = (from, BTreeSet::new());
    while at.id != to.id {
        let plain = matches!(at.kind, Kind::Decide { .. } | Kind::Record { .. });
        match definition.step(&at.next) {
            Some(next) if plain && at.effects.is_empty() && seen.insert(&at.id) => at = next,
            _ => return false,
        }
    }
    true
}
