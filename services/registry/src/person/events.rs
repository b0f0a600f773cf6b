//! Events of a person, from the wire to commands of the register. What is sealed is sealed
//! here.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_api::quanheng::registry::v1::person_event as event;
use quanheng_register::Sealed;
use quanheng_register::id::FactId;
use quanheng_register::person::{Command, FactKind, Person, SpellFix};
use quanheng_register::private::{Investigation, Sanction};
use quanheng_runtime::Failure;
use quanheng_runtime::wire::{id, required};
use serde::Serialize;

use super::decide::Item;
use super::parse::{self, Ground, Maker};
use super::seal::{self, Sealer};
use super::{code, private};

/// Makes commands of the events of one request, in order.
pub(crate) struct Recorder<'a> {
    pub(crate) person: &'a Person,
    pub(crate) sealer: &'a Sealer,
    pub(crate) maker: &'a Maker,
    pub(crate) today: Date,
    /// Facts that were recorded or changed by earlier events of the request.
    written: BTreeMap<(FactKind, FactId), Sealed>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(
        person: &'a Person,
        sealer: &'a Sealer,
        maker: &'a Maker,
        today: Date,
    ) -> Self {
        Self { person, sealer, maker, today, written: BTreeMap::new() }
    }

    /// Adds the command of an event.
    ///
    /// # Errors
    /// `INVALID_FIELD` and the codes of what is wrong.
    pub(crate) fn record(
        &mut self,
        item: &mut Item,
        at: &str,
        event: &wire::PersonEvent,
    ) -> Result<(), Failure> {
        use event::Event;
        let ground = &Ground::of(&format!("{at}.basis"), event.basis.as_ref())?;
        let none = || Failure::field(at, "须写明人员变动");
        let event = event.event.as_ref().ok_or_else(none)?;
        let command = match event {
            Event::TakePost(spell) => {
                let at = format!("{at}.take_post");
                let post = parse::post_spell(&at, spell, ground)?;
                Command::TakePost { spell: self.spell(&at, &spell.spell_id)?, post }
            }
            Event::LeavePost(leave) => {
                let place = format!("{at}.leave_post");
                Command::LeavePost {
                    spell: parse::spell_id(&place, &leave.spell_id)?,
                    on: ground.day(&format!("{place}.on"), leave.on.as_ref())?,
                    reason: needed(&format!("{place}.reason"), code::post_left(leave.reason()))?,
                    document: ground.needed_document(at)?,
                }
            }
            Event::TakeRank(spell) => {
                let at = format!("{at}.take_rank");
                let rank = parse::rank_spell(&at, spell, ground)?;
                Command::TakeRank { spell: self.spell(&at, &spell.spell_id)?, rank }
            }
            Event::LeaveRank(leave) => {
                let place = format!("{at}.leave_rank");
                Command::LeaveRank {
                    spell: parse::spell_id(&place, &leave.spell_id)?,
                    on: ground.day(&format!("{place}.on"), leave.on.as_ref())?,
                    reason: needed(&format!("{place}.reason"), code::rank_left(leave.reason()))?,
                    document: ground.needed_document(at)?,
                }
            }
            Event::MoveSlot(slot) => {
                let at = format!("{at}.move_slot.");
                let place = (slot.unit.as_str(), slot.slot(), slot.category.as_str());
                Command::MoveSlot {
                    spell: self.maker.given_or_made(&format!("{at}spell_id"), &slot.spell_id)?,
                    slot: parse::slot_spell(&at, place, slot.from.as_ref(), ground)?,
                    way: needed(&format!("{at}way"), code::move_way(slot.way()))?,
                }
            }
            Event::Rejoin(slot) => {
                let at = format!("{at}.rejoin.");
                let place = (slot.unit.as_str(), slot.slot(), slot.category.as_str());
                Command::Rejoin {
                    spell: self.maker.given_or_made(&format!("{at}spell_id"), &slot.spell_id)?,
                    slot: parse::slot_spell(&at, place, slot.from.as_ref(), ground)?,
                    entry: needed(&format!("{at}entry"), code::entry(slot.entry()))?,
                }
            }
            Event::StartSecondment(spell) => {
                let at = format!("{at}.start_secondment");
                let secondment = parse::secondment(&at, spell, ground)?;
                let spell = self.maker.given_or_made(&format!("{at}.id"), &spell.id)?;
                Command::StartSecondment { spell, secondment }
            }
            Event::EndSecondment(end) => {
                let at = format!("{at}.end_secondment");
                Command::EndSecondment {
                    spell: id(&format!("{at}.id"), &end.id)?,
                    on: ground.day(&format!("{at}.on"), end.on.as_ref())?,
                }
            }
            Event::LeaveService(leave) => {
                let at = format!("{at}.leave_service");
                Command::LeaveService {
                    reason: needed(&format!("{at}.reason"), code::leave(leave.reason()))?,
                    on: ground.day(&format!("{at}.on"), leave.on.as_ref())?,
                    document: ground.document.clone(),
                }
            }
            Event::Reinstate(reinstate) => Command::Reinstate {
                reason: reinstate.reason.clone(),
                document: ground.document.clone(),
            },
            Event::CorrectSpell(correct) => {
                let at = format!("{at}.correct_spell");
                let spell = parse::spell_id(&at, &correct.spell_id)?;
                let fix = parse::fix(&at, correct)?;
                self.name_fixed(item, &spell, &fix);
                let (reason, document) = (correct.reason.clone(), ground.document.clone());
                Command::CorrectSpell { spell, fix, reason, document }
            }
            fact => self.record_fact(at, fact, ground)?,
        };
        item.then(at, command);
        Ok(())
    }

    fn record_fact(
        &mut self,
        at: &str,
        fact: &event::Event,
        ground: &Ground,
    ) -> Result<Command, Failure> {
        use event::Event;
        let today = self.today;
        Ok(match fact {
            Event::RecordAssessment(fact) => {
                self.assess(&format!("{at}.record_assessment"), fact, false)?
            }
            Event::CorrectAssessment(fact) => {
                self.assess(&format!("{at}.correct_assessment"), fact, true)?
            }
            Event::RecordCommendation(fact) => {
                let at = format!("{at}.record_commendation");
                let commendation = self.fact(&at, &fact.id)?;
                let fact = private::commendation(&at, fact, ground, today)?;
                let sealed = self.seal(FactKind::Commendation, &commendation, &fact)?;
                Command::RecordCommendation { commendation, sealed }
            }
            Event::RecordSanction(fact) => {
                let at = format!("{at}.record_sanction");
                let sanction = self.fact(&at, &fact.id)?;
                let fact = private::sanction(&at, fact, ground, today)?;
                let sealed = self.seal(FactKind::Sanction, &sanction, &fact)?;
                Command::RecordSanction { sanction, sealed }
            }
            Event::LiftSanction(lift) => {
                let at = format!("{at}.lift_sanction");
                let sanction: FactId = id(&format!("{at}.id"), &lift.id)?;
                let on = ground.day(&format!("{at}.on"), lift.on.as_ref())?;
                let sealed =
                    self.reseal(&at, FactKind::Sanction, &sanction, |fact: &mut Sanction| {
                        fact.lifted_on = Some(on);
                        fact.validate(today)
                    })?;
                not_ahead(&format!("{at}.on"), on, today)?;
                Command::LiftSanction { sanction, sealed }
            }
            Event::OpenInvestigation(fact) => {
                let at = format!("{at}.open_investigation");
                let investigation = self.fact(&at, &fact.id)?;
                let fact = private::investigation(&at, fact, ground, today)?;
                let sealed = self.seal(FactKind::Investigation, &investigation, &fact)?;
                Command::OpenInvestigation { investigation, sealed }
            }
            Event::CloseInvestigation(close) => {
                let at = format!("{at}.close_investigation");
                let investigation: FactId = id(&format!("{at}.id"), &close.id)?;
                let on = ground.day(&format!("{at}.on"), close.on.as_ref())?;
                let kind = FactKind::Investigation;
                let sealed =
                    self.reseal(&at, kind, &investigation, |fact: &mut Investigation| {
                        fact.closed_on = Some(on);
                        fact.outcome.clone_from(&close.outcome);
                        fact.validate(today)
                    })?;
                Command::CloseInvestigation { investigation, sealed }
            }
            Event::DeclareRelative(fact) => {
                let at = format!("{at}.declare_relative");
                let relative = self.fact(&at, &fact.id)?;
                let fact = private::relative(&at, fact)?;
                let sealed = self.seal(FactKind::Relative, &relative, &fact)?;
                Command::DeclareRelative { relative, sealed }
            }
            Event::WithdrawRelative(withdraw) => Command::WithdrawRelative {
                relative: id(&format!("{at}.withdraw_relative.id"), &withdraw.id)?,
            },
            Event::CorrectFact(correct) => {
                self.correct(&format!("{at}.correct_fact"), correct, ground)?
            }
            _ => return Err(Failure::internal("an event that no command is made of")),
        })
    }

    fn correct(
        &mut self,
        at: &str,
        correct: &event::CorrectFact,
        ground: &Ground,
    ) -> Result<Command, Failure> {
        use event::correct_fact::Fact;
        let today = self.today;
        let known = |name: &str, text: &str| id::<FactId>(&format!("{at}.{name}.id"), text);
        let missing = || Failure::field(format!("{at}.fact"), "须写明更正内容");
        let (kind, fact, sealed) = match correct.fact.as_ref().ok_or_else(missing)? {
            Fact::Commendation(fact) => {
                let (kind, id) = (FactKind::Commendation, known("commendation", &fact.id)?);
                let fact =
                    private::commendation(&format!("{at}.commendation"), fact, ground, today)?;
                let sealed = self.seal(kind, &id, &fact)?;
                (kind, id, Some(sealed))
            }
            Fact::Sanction(fact) => {
                let (kind, id) = (FactKind::Sanction, known("sanction", &fact.id)?);
                let fact = private::sanction(&format!("{at}.sanction"), fact, ground, today)?;
                let sealed = self.seal(kind, &id, &fact)?;
                (kind, id, Some(sealed))
            }
            Fact::Investigation(fact) => {
                let (kind, id) = (FactKind::Investigation, known("investigation", &fact.id)?);
                let place = format!("{at}.investigation");
                let fact = private::investigation(&place, fact, ground, today)?;
                let sealed = self.seal(kind, &id, &fact)?;
                (kind, id, Some(sealed))
            }
            Fact::Relative(fact) => {
                let (kind, id) = (FactKind::Relative, known("relative", &fact.id)?);
                let fact = private::relative(&format!("{at}.relative"), fact)?;
                let sealed = self.seal(kind, &id, &fact)?;
                (kind, id, Some(sealed))
            }
            Fact::Voided(void) => {
                let kind = code::fact_kind(void.kind());
                (needed(&format!("{at}.voided.kind"), kind)?, known("voided", &void.id)?, None)
            }
        };
        Ok(Command::CorrectFact { kind, fact, sealed, reason: correct.reason.clone() })
    }

    /// An assessment, sealed.
    pub(crate) fn assess(
        &self,
        at: &str,
        fact: &wire::Assessment,
        corrects: bool,
    ) -> Result<Command, Failure> {
        let fact = private::assessment(at, fact, self.today)?;
        let sealed = self.sealer.seal(&seal::assessment(fact.year), &fact)?;
        Ok(Command::RecordAssessment { year: fact.year, sealed, corrects })
    }

    fn spell(&self, at: &str, text: &str) -> Result<quanheng_register::id::SpellId, Failure> {
        self.maker.given_or_made(&format!("{at}.spell_id"), text)
    }

    fn fact(&self, at: &str, text: &str) -> Result<FactId, Failure> {
        self.maker.given_or_made(&format!("{at}.id"), text)
    }

    fn seal(
        &mut self,
        kind: FactKind,
        id: &FactId,
        fact: &impl Serialize,
    ) -> Result<Sealed, Failure> {
        let sealed = self.sealer.seal(&seal::fact(kind, id), fact)?;
        self.written.insert((kind, id.clone()), sealed.clone());
        Ok(sealed)
    }

    /// Opens a fact, changes it, and seals it again. Of one that is not known the decision
    /// says so.
    fn reseal<T: Serialize + serde::de::DeserializeOwned>(
        &mut self,
        at: &str,
        kind: FactKind,
        id: &FactId,
        change: impl FnOnce(&mut T) -> Result<(), quanheng_register::Refused>,
    ) -> Result<Sealed, Failure> {
        let written = self.written.get(&(kind, id.clone()));
        let held = self.person.fact(kind, id).map(|held| &held.sealed);
        let fact: Option<T> = match written.or(held) {
            Some(sealed) => self.sealer.open(&seal::fact(kind, id), sealed)?,
            None => None,
        };
        let Some(mut fact) = fact else { return Sealed::new("none").map_err(Failure::internal) };
        change(&mut fact).map_err(|refused| private::invalid(at, &refused))?;
        self.seal(kind, id, &fact)
    }

    /// A corrected interval is checked where it is, and where it comes to be.
    fn name_fixed(&self, item: &mut Item, spell: &quanheng_register::id::SpellId, fix: &SpellFix) {
        if let Some(post) = self.person.posts.get(spell) {
            let mut post = post.clone();
            if let SpellFix::Post(fix) = fix {
                fix.apply_to(&mut post);
            }
            item.name_post(&post.unit, post.post.as_ref());
        }
        let away = self.person.secondments.get(spell).and_then(|away| away.unit.clone());
        item.units.extend(away);
        match fix {
            SpellFix::Slot(fix) => item.units.extend(fix.unit.clone()),
            SpellFix::Secondment(fix) => item.units.extend(fix.unit.clone().flatten()),
            SpellFix::Post(_) | SpellFix::Rank(_) | SpellFix::Voided => {}
        }
    }
}

fn needed<T>(field: &str, value: Option<T>) -> Result<T, Failure> {
    required(field, value)
}

fn not_ahead(field: &str, on: Date, today: Date) -> Result<(), Failure> {
    if on > today { Err(Failure::field(field, "晚于今日")) } else { Ok(()) }
}
