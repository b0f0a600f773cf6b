//! How an event changes a unit. It never refuses: what is refused is never an event.

use super::Unit;
use super::event::{Abolition, Correction, Event, Lineage};
use crate::timeline::Timeline;

/// Applies an event. A unit begins with its registration.
pub fn evolve(state: &mut Option<Unit>, event: &Event) {
    if let (None, Event::UnitRegistered { unit, profile, basis, .. }) = (&state, event) {
        let timeline = Timeline::new(1, basis.effective_on, (**profile).clone());
        *state = Some(Unit { unit: unit.clone(), version: 0, timeline, lineage: Vec::new() });
    }
    if let Some(unit) = state {
        unit.version += 1;
        unit.apply(event);
    }
}

impl Unit {
    fn apply(&mut self, event: &Event) {
        let version = self.version;
        match event {
            Event::UnitRegistered { kinds, predecessors, basis, .. } => {
                self.descend(kinds, predecessors, basis.effective_on);
            }
            Event::UnitUpdated { changes, kinds, predecessors, basis, .. } => {
                self.timeline.change(version, basis.effective_on, (**changes).clone());
                self.descend(kinds, predecessors, basis.effective_on);
            }
            Event::UnitAbolished { kind, successors, basis, .. } => {
                let why = Abolition { kind: *kind, successors: successors.clone() };
                self.timeline.finish(version, basis.effective_on, why);
            }
            Event::UnitCorrected { version, correction, .. } => self.correct(*version, correction),
        }
    }

    fn descend(
        &mut self,
        kinds: &[super::ChangeKind],
        predecessors: &[quanheng_policy::UnitId],
        on: jiff::civil::Date,
    ) {
        if !predecessors.is_empty() {
            self.lineage.push(Lineage {
                version: self.version,
                on,
                kinds: kinds.to_vec(),
                predecessors: predecessors.to_vec(),
            });
        }
    }

    fn correct(&mut self, version: u64, correction: &Correction) {
        match correction {
            Correction::Amended { changes, effective_on } => {
                self.timeline.amend(version, changes, *effective_on);
                let same = self.lineage.iter_mut().filter(|line| line.version == version);
                same.for_each(|line| line.on = effective_on.unwrap_or(line.on));
            }
            Correction::Voided => {
                self.timeline.void(version);
                self.lineage.retain(|line| line.version != version);
            }
        }
    }
}
