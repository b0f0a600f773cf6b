//! Spells and open facts, from the wire.

use jiff::civil::Date;
use pbjson_types::FieldMask;
use quanheng_api::google;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{InvalidId, UnitId};
use quanheng_register::id::{PostId, SpellId};
use quanheng_register::person::{
    Conversion, PersonFacts, PostFix, PostSpell, RankFix, RankSpell, Secondment, SecondmentFix,
    SeparateListing, SlotFix, SlotSpell, SpellFix,
};
use quanheng_runtime::wire::{id, required, unit, wrong_code};
use quanheng_runtime::{Failure, derived_id};
use uuid::Uuid;

use super::code;

type WireDate = google::r#type::Date;

/// On what an event rests, as far as it is told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ground {
    pub(crate) document: Option<DocumentNumber>,
    pub(crate) on: Option<Date>,
}

impl Ground {
    /// What a basis says; nothing if there is none.
    ///
    /// # Errors
    /// `INVALID_FIELD`, `DOCUMENT_NUMBER_FORMAT`.
    pub(crate) fn of(field: &str, basis: Option<&Basis>) -> Result<Self, Failure> {
        let Some(basis) = basis else { return Ok(Self::default()) };
        Ok(Self {
            document: document(&format!("{field}.document_number"), &basis.document_number)?,
            on: day(&format!("{field}.effective_on"), basis.effective_on.as_ref())?,
        })
    }

    /// A spell's own document, or that of the basis.
    pub(crate) fn document(
        &self,
        field: &str,
        text: &str,
    ) -> Result<Option<DocumentNumber>, Failure> {
        Ok(document(field, text)?.or_else(|| self.document.clone()))
    }

    /// A document that has to be there.
    pub(crate) fn needed_document(&self, field: &str) -> Result<DocumentNumber, Failure> {
        let missing = || Failure::field(format!("{field}.basis.document_number"), "须填写文号");
        self.document.clone().ok_or_else(missing)
    }

    /// A day of the event's own, or that of the basis.
    pub(crate) fn day(&self, field: &str, date: Option<&WireDate>) -> Result<Date, Failure> {
        let own = day(field, date)?.or(self.on);
        own.ok_or_else(|| Failure::field(field, "须填写日期"))
    }
}

/// A day, if one is given.
pub(crate) fn day(field: &str, date: Option<&WireDate>) -> Result<Option<Date>, Failure> {
    match quanheng_api::optional_day(date) {
        None => Ok(None),
        Some(Some(day)) => Ok(Some(day)),
        Some(None) => Err(Failure::field(field, "不是有效日期")),
    }
}

/// A day that has to be given.
pub(crate) fn needed_day(field: &str, date: Option<&WireDate>) -> Result<Date, Failure> {
    day(field, date)?.ok_or_else(|| Failure::field(field, "须填写日期"))
}

/// A document's number, if one is given.
pub(crate) fn document(field: &str, text: &str) -> Result<Option<DocumentNumber>, Failure> {
    match text.is_empty() {
        true => Ok(None),
        false => DocumentNumber::parse(text).map(Some).map_err(|error| wrong_code(field, error)),
    }
}

/// An id or a unit's name, if one is given.
fn optional<T>(
    text: &str,
    read: impl FnOnce(&str) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

/// Makes ids that are the same however often the request is sent.
#[derive(Debug, Clone)]
pub(crate) struct Maker {
    request_id: Uuid,
}

impl Maker {
    pub(crate) fn new(request_id: Uuid) -> Self {
        Self { request_id }
    }

    /// The id that is given, or one that is made for a place in the request.
    pub(crate) fn given_or_made<T: TryFrom<String, Error = InvalidId>>(
        &self,
        field: &str,
        text: &str,
    ) -> Result<T, Failure> {
        match text.is_empty() {
            true => {
                let made = derived_id("persons", &self.request_id.to_string(), field);
                id(field, &made.to_string())
            }
            false => id(field, text),
        }
    }
}

/// The post that a spell names: one of the spell's unit.
fn post_id(field: &str, of: &UnitId, name: &str) -> Result<Option<PostId>, Failure> {
    if name.is_empty() {
        return Ok(None);
    }
    let found = quanheng_api::resource_id::<2>("units/{unit}/posts/{post}", name);
    let [of_post, post] = found.map_err(|error| Failure::field(field, error.to_string()))?;
    if of_post != of.as_str() {
        return Err(Failure::field(field, "职位不属于任职单位"));
    }
    id(field, post).map(Some)
}

/// A time in a post.
pub(crate) fn post_spell(
    field: &str,
    spell: &wire::PostSpell,
    ground: &Ground,
) -> Result<PostSpell, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    let of = unit(&at("unit"), &spell.unit)?;
    Ok(PostSpell {
        post: post_id(&at("post"), &of, &spell.post)?,
        unit: of,
        level: optional(&spell.level, |text| id(&at("level"), text))?,
        title: spell.title.clone(),
        from: ground.day(&at("from"), spell.from.as_ref())?,
        to: day(&at("to"), spell.to.as_ref())?,
        way: required(&at("way"), code::post_way(spell.way()))?,
        concurrent: spell.concurrent,
        left: code::post_left(spell.left()),
        document: ground.document(&at("document_number"), &spell.document_number)?,
    })
}

/// A time in a rank.
pub(crate) fn rank_spell(
    field: &str,
    spell: &wire::RankSpell,
    ground: &Ground,
) -> Result<RankSpell, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    Ok(RankSpell {
        category: id(&at("category"), &spell.category)?,
        rank: id(&at("rank"), &spell.rank)?,
        from: ground.day(&at("from"), spell.from.as_ref())?,
        to: day(&at("to"), spell.to.as_ref())?,
        reason: required(&at("reason"), code::rank_reason(spell.reason()))?,
        exemption: code::exemption(spell.exemption()),
        batch: spell.batch.clone(),
        left: code::rank_left(spell.left()),
        document: ground.document(&at("document_number"), &spell.document_number)?,
    })
}

/// A secondment.
pub(crate) fn secondment(
    field: &str,
    spell: &wire::Secondment,
    ground: &Ground,
) -> Result<Secondment, Failure> {
    let at = |name: &str| format!("{field}.{name}");
    Ok(Secondment {
        unit: optional(&spell.unit, |name| unit(&at("unit"), name))?,
        place: spell.title.clone(),
        from: ground.day(&at("from"), spell.from.as_ref())?,
        to: day(&at("to"), spell.to.as_ref())?,
        document: ground.document(&at("document_number"), &spell.document_number)?,
    })
}

/// Where a person's slot is, from a day on.
pub(crate) fn slot_spell(
    field: &str,
    (name, kind, category): (&str, wire::SlotKind, &str),
    from: Option<&WireDate>,
    ground: &Ground,
) -> Result<SlotSpell, Failure> {
    let at = |name: &str| format!("{field}{name}");
    Ok(SlotSpell {
        unit: unit(&at("unit"), name)?,
        slot: required(&at("slot"), code::slot_kind(kind))?,
        category: id(&at("category"), category)?,
        from: ground.day(&at("from"), from)?,
        document: ground.document.clone(),
    })
}

/// What of a spell is put right.
pub(crate) fn fix(
    field: &str,
    correct: &wire::person_event::CorrectSpell,
) -> Result<SpellFix, Failure> {
    use wire::person_event::correct_spell::Spell;
    let mask = correct.update_mask.as_ref();
    match &correct.spell {
        Some(Spell::Slot(spell)) => slot_fix(field, spell, mask).map(SpellFix::Slot),
        Some(Spell::Post(spell)) => post_fix(field, spell, mask).map(SpellFix::Post),
        Some(Spell::Rank(spell)) => rank_fix(field, spell, mask).map(SpellFix::Rank),
        Some(Spell::Secondment(spell)) => {
            secondment_fix(field, spell, mask).map(SpellFix::Secondment)
        }
        Some(Spell::Voided(true)) => Ok(SpellFix::Voided),
        Some(Spell::Voided(false)) | None => {
            Err(Failure::field(format!("{field}.spell"), "须写明更正内容"))
        }
    }
}

/// The paths of a mask, each with the field that a fault is told of.
fn paths<'m>(field: &str, mask: Option<&'m FieldMask>) -> impl Iterator<Item = (&'m str, String)> {
    let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
    paths.iter().map(move |path| (path.as_str(), format!("{field}.{path}")))
}

fn unknown_path(field: &str, path: &str) -> Failure {
    let message = format!("没有可更正的字段 {path}");
    Failure::field(format!("{field}.update_mask"), message)
}

fn slot_fix(
    field: &str,
    spell: &wire::SlotSpell,
    mask: Option<&FieldMask>,
) -> Result<SlotFix, Failure> {
    let mut fix = SlotFix::default();
    for (path, at) in paths(field, mask) {
        match path {
            "unit" => fix.unit = Some(unit(&at, &spell.unit)?),
            "slot" => fix.slot = Some(required(&at, code::slot_kind(spell.slot()))?),
            "category" => fix.category = Some(id(&at, &spell.category)?),
            "from" => fix.from = Some(needed_day(&at, spell.from.as_ref())?),
            "document_number" => fix.document = Some(document(&at, &spell.document_number)?),
            path => return Err(unknown_path(field, path)),
        }
    }
    Ok(fix)
}

fn post_fix(
    field: &str,
    spell: &wire::PostSpell,
    mask: Option<&FieldMask>,
) -> Result<PostFix, Failure> {
    let mut fix = PostFix::default();
    for (path, at) in paths(field, mask) {
        match path {
            "unit" => fix.unit = Some(unit(&at, &spell.unit)?),
            "post" => {
                let of = unit(&format!("{field}.unit"), &spell.unit)?;
                fix.post = Some(post_id(&at, &of, &spell.post)?);
            }
            "level" => fix.level = Some(optional(&spell.level, |text| id(&at, text))?),
            "title" => fix.title = Some(spell.title.clone()),
            "from" => fix.from = Some(needed_day(&at, spell.from.as_ref())?),
            "to" => fix.to = Some(day(&at, spell.to.as_ref())?),
            "way" => fix.way = Some(required(&at, code::post_way(spell.way()))?),
            "concurrent" => fix.concurrent = Some(spell.concurrent),
            "left" => fix.left = Some(code::post_left(spell.left())),
            "document_number" => fix.document = Some(document(&at, &spell.document_number)?),
            path => return Err(unknown_path(field, path)),
        }
    }
    Ok(fix)
}

fn rank_fix(
    field: &str,
    spell: &wire::RankSpell,
    mask: Option<&FieldMask>,
) -> Result<RankFix, Failure> {
    let mut fix = RankFix::default();
    for (path, at) in paths(field, mask) {
        match path {
            "category" => fix.category = Some(id(&at, &spell.category)?),
            "rank" => fix.rank = Some(id(&at, &spell.rank)?),
            "from" => fix.from = Some(needed_day(&at, spell.from.as_ref())?),
            "to" => fix.to = Some(day(&at, spell.to.as_ref())?),
            "reason" => fix.reason = Some(required(&at, code::rank_reason(spell.reason()))?),
            "exemption" => fix.exemption = Some(code::exemption(spell.exemption())),
            "batch" => fix.batch = Some(spell.batch.clone()),
            "left" => fix.left = Some(code::rank_left(spell.left())),
            "document_number" => fix.document = Some(document(&at, &spell.document_number)?),
            path => return Err(unknown_path(field, path)),
        }
    }
    Ok(fix)
}

fn secondment_fix(
    field: &str,
    spell: &wire::Secondment,
    mask: Option<&FieldMask>,
) -> Result<SecondmentFix, Failure> {
    let mut fix = SecondmentFix::default();
    for (path, at) in paths(field, mask) {
        match path {
            "unit" => fix.unit = Some(optional(&spell.unit, |name| unit(&at, name))?),
            "title" => fix.place = Some(spell.title.clone()),
            "from" => fix.from = Some(needed_day(&at, spell.from.as_ref())?),
            "to" => fix.to = Some(day(&at, spell.to.as_ref())?),
            "document_number" => fix.document = Some(document(&at, &spell.document_number)?),
            path => return Err(unknown_path(field, path)),
        }
    }
    Ok(fix)
}

/// The interval that an event is about.
pub(crate) fn spell_id(field: &str, text: &str) -> Result<SpellId, Failure> {
    id(&format!("{field}.spell_id"), text)
}

/// 单列管理, if it is given.
pub(crate) fn listing(
    field: &str,
    listing: Option<&wire::SeparateListing>,
) -> Result<Option<SeparateListing>, Failure> {
    let Some(listing) = listing else { return Ok(None) };
    Ok(Some(SeparateListing {
        reason: required(&format!("{field}.reason"), code::listing(listing.reason()))?,
        since: needed_day(&format!("{field}.since"), listing.since.as_ref())?,
    }))
}

/// 首次套转, if it is given.
pub(crate) fn conversion(
    field: &str,
    conversion: Option<&wire::Conversion>,
) -> Result<Option<Conversion>, Failure> {
    let Some(conversion) = conversion else { return Ok(None) };
    let at = |name: &str| format!("{field}.{name}");
    Ok(Some(Conversion {
        rank: id(&at("rank"), &conversion.rank)?,
        on: needed_day(&at("on"), conversion.on.as_ref())?,
        level_since: needed_day(&at("level_since"), conversion.level_since.as_ref())?,
        months_used: conversion.months_used,
        promotions: conversion.promotions,
    }))
}

/// What is known openly of a person who is registered.
pub(crate) fn person_facts(person: &wire::Person) -> Result<PersonFacts, Failure> {
    let since = "person.same_level_since";
    Ok(PersonFacts {
        entry: code::entry(person.entry()),
        ex_military: person.ex_military,
        separately_listed: listing("person.separate_listing", person.separate_listing.as_ref())?,
        same_level_since: day(since, person.same_level_since.as_ref())?,
        conversion: conversion("person.conversion", person.conversion.as_ref())?,
    })
}
