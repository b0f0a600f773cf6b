//! How an event changes a person. It never refuses: what is refused is never an event.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::event::{Event, SpellFix};
use super::spell::{LeaveReason, SlotSpell};
use super::state::{Erasure, FactKind, Held, Person, Service};
use crate::id::{FactId, SpellId};
use crate::sealed::Sealed;

/// Applies an event. A person begins with the registration.
pub fn evolve(state: &mut Option<Person>, event: &Event) {
    if let (None, Event::PersonRegistered { person, private, facts, .. }) = (&state, event) {
        *state = Some(Person {
            person: person.clone(),
            version: 0,
            private: Some(private.clone()),
            facts: facts.clone(),
            service: Vec::new(),
            slots: BTreeMap::new(),
            posts: BTreeMap::new(),
            ranks: BTreeMap::new(),
            secondments: BTreeMap::new(),
            opened_on: None,
            assessments: BTreeMap::new(),
            held: BTreeMap::new(),
            erased: None,
        });
    }
    if let Some(person) = state {
        person.version += 1;
        person.apply(event);
    }
}

impl Person {
    fn apply(&mut self, event: &Event) {
        match event {
            Event::PersonRegistered { spell, slot, .. } => self.enter(spell, slot),
            Event::PersonRejoined { spell, slot, entry } => {
                self.facts.entry = Some(*entry);
                self.enter(spell, slot);
            }
            Event::OpeningFactsRecorded { cut_over, posts, ranks, changes } => {
                self.opened_on = Some(*cut_over);
                self.posts.extend(posts.clone());
                self.ranks.extend(ranks.clone());
                changes.apply_to(&mut self.facts);
            }
            Event::PersonUpdated { changes, private } => {
                changes.apply_to(&mut self.facts);
                if private.is_some() {
                    self.private.clone_from(private);
                }
            }
            Event::LeftService { reason, on, closed, .. } => self.leave(*reason, *on, closed),
            Event::Reinstated { reopened, .. } => self.reinstate(reopened),
            Event::PersonErased { ordered_by, reason, on } => {
                self.private = None;
                self.assessments.clear();
                self.held.clear();
                let (ordered_by, reason) = (ordered_by.clone(), reason.clone());
                self.erased = Some(Erasure { ordered_by, reason, on: *on });
            }
            event => self.apply_to_spells(event),
        }
    }

    fn apply_to_spells(&mut self, event: &Event) {
        match event {
            Event::SlotMoved { spell, slot, .. } => {
                self.slots.insert(spell.clone(), slot.clone());
            }
            Event::PostTaken { spell, post } => {
                self.posts.insert(spell.clone(), post.clone());
            }
            Event::PostLeft { spell, on, reason, .. } => {
                if let Some(post) = self.posts.get_mut(spell) {
                    (post.to, post.left) = (Some(*on), Some(*reason));
                }
            }
            Event::RankTaken { spell, rank } => {
                self.ranks.insert(spell.clone(), rank.clone());
            }
            Event::RankLeft { spell, on, reason, .. } => {
                if let Some(rank) = self.ranks.get_mut(spell) {
                    (rank.to, rank.left) = (Some(*on), Some(*reason));
                }
            }
            Event::SecondmentStarted { spell, secondment } => {
                self.secondments.insert(spell.clone(), secondment.clone());
            }
            Event::SecondmentEnded { spell, on } => {
                if let Some(secondment) = self.secondments.get_mut(spell) {
                    secondment.to = Some(*on);
                }
            }
            Event::SpellCorrected { spell, fix, .. } => self.fix(spell, fix),
            event => self.apply_to_facts(event),
        }
    }

    fn apply_to_facts(&mut self, event: &Event) {
        let close = true;
        match event {
            Event::AssessmentRecorded { year, sealed, .. } => {
                self.assessments.insert(*year, sealed.clone());
            }
            Event::CommendationRecorded { commendation, sealed } => {
                self.hold(FactKind::Commendation, commendation, sealed, !close);
            }
            Event::SanctionRecorded { sanction, sealed } => {
                self.hold(FactKind::Sanction, sanction, sealed, !close);
            }
            Event::SanctionLifted { sanction, sealed } => {
                self.hold(FactKind::Sanction, sanction, sealed, close);
            }
            Event::InvestigationOpened { investigation, sealed } => {
                self.hold(FactKind::Investigation, investigation, sealed, !close);
            }
            Event::InvestigationClosed { investigation, sealed } => {
                self.hold(FactKind::Investigation, investigation, sealed, close);
            }
            Event::RelativeDeclared { relative, sealed } => {
                self.hold(FactKind::Relative, relative, sealed, !close);
            }
            Event::RelativeWithdrawn { relative } => {
                if let Some(held) = self.held_mut(FactKind::Relative).get_mut(relative) {
                    held.closed = true;
                }
            }
            Event::FactCorrected { kind, fact, sealed: None, .. } => {
                self.held_mut(*kind).remove(fact);
            }
            Event::FactCorrected { kind, fact, sealed: Some(sealed), .. } => {
                if let Some(held) = self.held_mut(*kind).get_mut(fact) {
                    held.sealed.clone_from(sealed);
                }
            }
            _ => {}
        }
    }

    fn held_mut(&mut self, kind: FactKind) -> &mut BTreeMap<FactId, Held> {
        self.held.entry(kind).or_default()
    }

    fn hold(&mut self, kind: FactKind, id: &FactId, sealed: &Sealed, closed: bool) {
        self.held_mut(kind).insert(id.clone(), Held { sealed: sealed.clone(), closed });
    }

    fn enter(&mut self, spell: &SpellId, slot: &SlotSpell) {
        self.service.push(Service { from: slot.from, left: None, closed: Vec::new() });
        self.slots.insert(spell.clone(), slot.clone());
    }

    fn leave(&mut self, reason: LeaveReason, on: Date, closed: &[SpellId]) {
        if let Some(service) = self.service.last_mut() {
            (service.left, service.closed) = (Some((on, reason)), closed.to_vec());
        }
    }

    fn reinstate(&mut self, reopened: &[SpellId]) {
        if let Some(service) = self.service.last_mut() {
            (service.left, service.closed) = (None, Vec::new());
        }
        for id in reopened {
            if let Some(post) = self.posts.get_mut(id) {
                (post.to, post.left) = (None, None);
            }
            if let Some(rank) = self.ranks.get_mut(id) {
                (rank.to, rank.left) = (None, None);
            }
            if let Some(secondment) = self.secondments.get_mut(id) {
                secondment.to = None;
            }
        }
    }

    fn fix(&mut self, id: &SpellId, fix: &SpellFix) {
        match fix {
            SpellFix::Slot(fix) => {
                let Some(slot) = self.slots.get_mut(id) else { return };
                let before = slot.from;
                fix.apply_to(slot);
                let after = slot.from;
                // A time in service begins with its first slot.
                let began = self.service.iter_mut().filter(|service| service.from == before);
                began.for_each(|service| service.from = after);
            }
            SpellFix::Post(fix) => {
                if let Some(post) = self.posts.get_mut(id) {
                    fix.apply_to(post);
                }
            }
            SpellFix::Rank(fix) => {
                if let Some(rank) = self.ranks.get_mut(id) {
                    fix.apply_to(rank);
                }
            }
            SpellFix::Secondment(fix) => {
                if let Some(secondment) = self.secondments.get_mut(id) {
                    fix.apply_to(secondment);
                }
            }
            SpellFix::Voided => {
                self.slots.remove(id);
                self.posts.remove(id);
                self.ranks.remove(id);
                self.secondments.remove(id);
            }
        }
    }
}
