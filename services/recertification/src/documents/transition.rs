//! 过渡安排表: what becomes of the staff of a unit that leaves.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_forms::recertification::transition::{Transition, TransitionPerson};
use quanheng_policy::PersonId;
use quanheng_streams::TransitionState;

use super::facts::Units;

/// What it is made of.
pub(crate) struct TransitionGround {
    /// Today.
    pub(crate) today: Date,
    /// The plan.
    pub(crate) state: TransitionState,
    /// Names of its persons; none of those who were erased.
    pub(crate) names: BTreeMap<PersonId, String>,
    /// Their posts.
    pub(crate) posts: BTreeMap<PersonId, String>,
    /// What ranks are called.
    pub(crate) ranks: BTreeMap<PersonId, String>,
    /// The units that it names.
    pub(crate) units: Units,
}

impl TransitionGround {
    /// The table.
    pub(super) fn form(&self) -> Transition {
        let state = &self.state;
        let persons = state.persons.iter().map(|(id, person)| {
            let placement = person.placement.as_ref();
            let unit = placement.and_then(|placement| placement.unit.as_ref());
            let unit = unit.and_then(|unit| self.units.name(unit, self.today));
            let post = placement.map(|placement| placement.post.clone()).unwrap_or_default();
            let new_post = [unit.unwrap_or_default(), post].concat();
            TransitionPerson {
                name: self.names.get(id).cloned().unwrap_or_default(),
                post: self.posts.get(id).cloned(),
                rank: self.ranks.get(id).cloned(),
                rank_since: person.rank.as_ref().map(|(_, since)| *since),
                option: placement.map(|placement| placement.option.clone()),
                new_post: (!new_post.is_empty()).then_some(new_post),
                talked_on: person.talk.as_ref().map(|talk| talk.on),
                signed: person.talk.as_ref().map(|talk| talk.signed),
                pay_protected: placement.map(|placement| placement.pay_protected),
                done_on: person.done_on,
                remark: None,
            }
        });
        let unit_name = self.units.name(&state.unit, self.today);
        Transition {
            unit_name: unit_name.unwrap_or_else(|| format!("units/{}", state.unit)),
            document: Some(state.document.to_string()),
            from: Some(state.from),
            to: Some(state.ends_on),
            persons: persons.collect(),
        }
    }
}
