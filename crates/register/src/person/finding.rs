//! What is odd about a person's slot, and what is true of every state.

use std::collections::BTreeSet;

use serde::Serialize;

use super::spell::SlotKind;
use super::state::Person;
use crate::id::SpellId;
use crate::unit::{Nature, UnitProfile};

/// What people should look at (V-RC-2); it refuses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum SlotWarning {
    /// The unit is of a nature that has no such slots.
    #[error("{}与{}不符", .slot.label(), .nature.label())]
    NatureMismatch {
        /// The slot.
        slot: SlotKind,
        /// The unit's nature.
        nature: Nature,
    },
    /// The unit has none of these slots authorised.
    #[error("单位没有核定{}", .slot.label())]
    NoneAuthorised {
        /// The slot.
        slot: SlotKind,
    },
}

/// What people should look at when somebody holds such a slot of a unit.
#[must_use]
pub fn slot_warnings(unit: &UnitProfile, slot: SlotKind) -> Vec<SlotWarning> {
    let slots = &unit.establishment;
    let (authorised, fits) = match slot {
        SlotKind::Administrative => (slots.administrative, unit.nature == Nature::Organ),
        SlotKind::SpecialPoliticalLegal => {
            (slots.special_political_legal, unit.nature == Nature::Organ)
        }
        SlotKind::ReferencedInstitution => {
            (slots.referenced_institution, unit.nature.is_referenced())
        }
        SlotKind::Logistics => (slots.logistics, true),
        SlotKind::OtherInstitution => (slots.other_institution, true),
    };
    let mut found = Vec::new();
    if !fits {
        found.push(SlotWarning::NatureMismatch { slot, nature: unit.nature });
    }
    if authorised == 0 {
        found.push(SlotWarning::NoneAuthorised { slot });
    }
    found
}

/// What is wrong with a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// An interval that ends before it begins.
    Empty(SpellId),
    /// Two ranks of one category, or two main leadership posts, at one time.
    Overlap(SpellId, SpellId),
    /// Two intervals of one name.
    NameTwice(SpellId),
    /// Two slots that begin on one day.
    SlotsTogether(SpellId, SpellId),
    /// Times in service that are not one after the other, each with a slot from its first
    /// day.
    Service,
    /// An interval that is open though the person is no longer in service.
    OpenAfterService(SpellId),
    /// A slot from before the person was in service.
    SlotOutsideService(SpellId),
    /// Something is still held about a person who was erased.
    HeldAfterErasure,
    /// Nothing is held about a person who was not.
    NothingHeld,
}

/// Everything that is wrong with a state.
#[must_use]
pub fn violations(person: &Person) -> Vec<Violation> {
    let mut found = Vec::new();
    names(person, &mut found);
    intervals(person, &mut found);
    service(person, &mut found);
    let held = person.private.is_some();
    let facts = !person.assessments.is_empty() || !person.held.is_empty();
    match person.erased.is_some() {
        true if held || facts => found.push(Violation::HeldAfterErasure),
        false if !held => found.push(Violation::NothingHeld),
        _ => {}
    }
    found
}

fn names(person: &Person, found: &mut Vec<Violation>) {
    let mut seen = BTreeSet::new();
    let names = person.slots.keys().chain(person.posts.keys());
    let names = names.chain(person.ranks.keys()).chain(person.secondments.keys());
    found.extend(names.filter(|id| !seen.insert(*id)).cloned().map(Violation::NameTwice));
}

fn intervals(person: &Person, found: &mut Vec<Violation>) {
    let posts = person.posts.iter().map(|(id, post)| (id, post.from, post.to));
    let ranks = person.ranks.iter().map(|(id, rank)| (id, rank.from, rank.to));
    let away = person.secondments.iter().map(|(id, away)| (id, away.from, away.to));
    let mut open = Vec::new();
    for (id, from, to) in posts.chain(ranks).chain(away) {
        match to {
            Some(to) if to <= from => found.push(Violation::Empty(id.clone())),
            Some(_) => {}
            None => open.push(id.clone()),
        }
    }
    if person.service.last().is_some_and(|service| service.left.is_some()) {
        found.extend(open.into_iter().map(Violation::OpenAfterService));
    }
    for (id, post) in &person.posts {
        let others = person.posts.iter().filter(|(other, _)| *other > id);
        let others = others.filter(|(_, other)| super::decide::posts_exclude(post, other));
        found.extend(others.map(|(other, _)| Violation::Overlap(id.clone(), other.clone())));
    }
    for (id, rank) in &person.ranks {
        let others = person.ranks.iter().filter(|(other, _)| *other > id);
        let others = others.filter(|(_, other)| super::decide::ranks_exclude(rank, other));
        found.extend(others.map(|(other, _)| Violation::Overlap(id.clone(), other.clone())));
    }
    for (id, slot) in &person.slots {
        let others = person.slots.iter().filter(|(other, _)| *other > id);
        let others = others.filter(|(_, other)| other.from == slot.from);
        found.extend(others.map(|(other, _)| Violation::SlotsTogether(id.clone(), other.clone())));
    }
}

fn service(person: &Person, found: &mut Vec<Violation>) {
    let times = &person.service;
    let orderly = times
        .windows(2)
        .all(|pair| pair[0].left.is_some_and(|(left_on, _)| left_on <= pair[1].from));
    let begun = times.iter().all(|time| {
        let slot = person.slots.values().any(|slot| slot.from == time.from);
        slot && time.left.is_none_or(|(left_on, _)| time.from < left_on)
    });
    if times.is_empty() || !orderly || !begun {
        found.push(Violation::Service);
    }
    let inside = |on| {
        times
            .iter()
            .any(|time| time.from <= on && time.left.is_none_or(|(left_on, _)| on < left_on))
    };
    let outside = person.slots.iter().filter(|(_, slot)| !inside(slot.from));
    found.extend(outside.map(|(id, _)| Violation::SlotOutsideService(id.clone())));
}
