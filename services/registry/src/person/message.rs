//! A person on the wire: what is open, and who may see more, more.

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::Version;
use quanheng_policy::codes::DocumentNumber;
use quanheng_register::id::SpellId;
use quanheng_register::person::{
    FactKind, Person, PersonOn, PostSpell, RankSpell, Secondment, Service, ServiceStatus, SlotSpell,
};
use quanheng_register::private::{Assessment, Commendation, Investigation, Relative, Sanction};
use quanheng_runtime::{Failure, etag};
use quanheng_sealing::SubjectKey;

use super::{code, private, seal};

/// All that is told of a person who was erased.
pub(crate) fn erased(name: &str, on: Date) -> wire::Person {
    wire::Person {
        name: name.to_owned(),
        erased: true,
        erased_on: Some(date(on)),
        ..wire::Person::default()
    }
}

/// What is open of a person, as of a day.
pub(crate) fn open(person: &Person, on: Date) -> wire::Person {
    let name = seal::resource(&person.person);
    if let Some(erasure) = &person.erased {
        return erased(&name, erasure.on);
    }
    let stands = person.as_of(on);
    let rank = rank_of(&stands);
    let post = stands.main_post().or_else(|| stands.posts.first().map(|(_, post)| *post));
    let listing = person.facts.separately_listed;
    let slot = stands.slot.map(|(_, slot)| slot);
    wire::Person {
        name,
        unit: slot.map(|slot| format!("units/{}", slot.unit)).unwrap_or_default(),
        slot: slot.map(|slot| code::slot_kind_message(slot.slot).into()).unwrap_or_default(),
        category: slot.map(|slot| slot.category.to_string()).unwrap_or_default(),
        status: code::status_message(stands.status).into(),
        current_rank: rank.map(|rank| rank.rank.to_string()).unwrap_or_default(),
        current_rank_since: rank.map(|rank| date(rank.from)),
        current_level: level_of(post),
        current_title: post.map(|post| post.title.clone()).unwrap_or_default(),
        same_level_since: person.facts.same_level_since.map(date),
        ex_military: person.facts.ex_military,
        separately_listed: listing.is_some_and(|listing| listing.since <= on),
        post_spells: person.posts.iter().map(post_message).collect(),
        rank_spells: person.ranks.iter().map(rank_message).collect(),
        secondments: person.secondments.iter().map(secondment_message).collect(),
        entry: person
            .facts
            .entry
            .map(|entry| code::entry_message(entry).into())
            .unwrap_or_default(),
        separate_listing: listing.map(|listing| wire::SeparateListing {
            reason: code::listing_message(listing.reason).into(),
            since: Some(date(listing.since)),
        }),
        conversion: person.facts.conversion.as_ref().map(|conversion| wire::Conversion {
            rank: conversion.rank.to_string(),
            on: Some(date(conversion.on)),
            level_since: Some(date(conversion.level_since)),
            months_used: conversion.months_used,
            promotions: conversion.promotions,
        }),
        opened_on: person.opened_on.map(date),
        slot_spells: person.slots.iter().map(slot_message).collect(),
        service_spells: person.service.iter().map(service_message).collect(),
        etag: etag(Version(person.version)),
        ..wire::Person::default()
    }
}

/// The rank that counts: that of the slot's category, or else the only one.
pub(crate) fn rank_of<'a>(stands: &PersonOn<'a>) -> Option<&'a RankSpell> {
    let category = stands.slot.map(|(_, slot)| &slot.category);
    let own = category.and_then(|category| stands.rank(category));
    own.or_else(|| stands.ranks.first().map(|(_, rank)| *rank))
}

/// The level of a post, if it is a leadership post.
pub(crate) fn level_of(post: Option<&PostSpell>) -> String {
    post.and_then(|post| post.level.as_ref()).map(ToString::to_string).unwrap_or_default()
}

fn document(document: Option<&DocumentNumber>) -> String {
    document.map(ToString::to_string).unwrap_or_default()
}

fn slot_message((id, spell): (&SpellId, &SlotSpell)) -> wire::SlotSpell {
    wire::SlotSpell {
        spell_id: id.to_string(),
        unit: format!("units/{}", spell.unit),
        slot: code::slot_kind_message(spell.slot).into(),
        category: spell.category.to_string(),
        from: Some(date(spell.from)),
        document_number: document(spell.document.as_ref()),
    }
}

fn post_message((id, spell): (&SpellId, &PostSpell)) -> wire::PostSpell {
    let post = spell.post.as_ref().map(|post| format!("units/{}/posts/{post}", spell.unit));
    wire::PostSpell {
        spell_id: id.to_string(),
        unit: format!("units/{}", spell.unit),
        post: post.unwrap_or_default(),
        level: level_of(Some(spell)),
        title: spell.title.clone(),
        from: Some(date(spell.from)),
        to: spell.to.map(date),
        way: code::post_way_message(spell.way).into(),
        concurrent: spell.concurrent,
        document_number: document(spell.document.as_ref()),
        left: spell.left.map(|left| code::post_left_message(left).into()).unwrap_or_default(),
    }
}

fn rank_message((id, spell): (&SpellId, &RankSpell)) -> wire::RankSpell {
    let exemption = spell.exemption.map(|exemption| code::exemption_message(exemption).into());
    wire::RankSpell {
        spell_id: id.to_string(),
        category: spell.category.to_string(),
        rank: spell.rank.to_string(),
        from: Some(date(spell.from)),
        to: spell.to.map(date),
        reason: code::rank_reason_message(spell.reason).into(),
        batch: spell.batch.clone(),
        document_number: document(spell.document.as_ref()),
        exemption: exemption.unwrap_or_default(),
        left: spell.left.map(|left| code::rank_left_message(left).into()).unwrap_or_default(),
    }
}

fn secondment_message((id, spell): (&SpellId, &Secondment)) -> wire::Secondment {
    wire::Secondment {
        id: id.to_string(),
        unit: spell.unit.as_ref().map(|unit| format!("units/{unit}")).unwrap_or_default(),
        title: spell.place.clone(),
        from: Some(date(spell.from)),
        to: spell.to.map(date),
        document_number: document(spell.document.as_ref()),
    }
}

fn service_message(service: &Service) -> wire::ServiceSpell {
    let reason = service.left.map(|(_, reason)| code::leave_message(reason).into());
    wire::ServiceSpell {
        from: Some(date(service.from)),
        to: service.left.map(|(on, _)| date(on)),
        reason: reason.unwrap_or_default(),
    }
}

/// Adds who the person is, masked.
///
/// # Errors
/// An internal failure when it does not open.
pub(crate) fn add_masked(
    message: &mut wire::Person,
    person: &Person,
    key: &SubjectKey,
) -> Result<(), Failure> {
    if let Some(sealed) = &person.private {
        let profile = seal::profile(key, sealed.as_str())?;
        message.private_profile = Some(private::masked(&profile));
    }
    Ok(())
}

/// Adds who the person is, and all that is held.
///
/// # Errors
/// An internal failure when something does not open.
pub(crate) fn add_whole(
    message: &mut wire::Person,
    person: &Person,
    key: &SubjectKey,
) -> Result<(), Failure> {
    if let Some(sealed) = &person.private {
        let profile = seal::profile(key, sealed.as_str())?;
        message.private_profile = Some(private::whole(&profile));
    }
    for (year, sealed) in &person.assessments {
        let fact: Assessment = seal::open(key, &seal::assessment(*year), sealed.as_str())?;
        message.assessments.push(private::assessment_message(&fact));
    }
    for (kind, facts) in &person.held {
        for (id, held) in facts {
            let (place, sealed) = (seal::fact(*kind, id), held.sealed.as_str());
            match kind {
                FactKind::Commendation => {
                    let fact: Commendation = seal::open(key, &place, sealed)?;
                    message.commendations.push(private::commendation_message(id, &fact));
                }
                FactKind::Sanction => {
                    let fact: Sanction = seal::open(key, &place, sealed)?;
                    message.sanctions.push(private::sanction_message(id, &fact));
                }
                FactKind::Investigation => {
                    let fact: Investigation = seal::open(key, &place, sealed)?;
                    message.investigations.push(private::investigation_message(id, &fact));
                }
                FactKind::Relative => {
                    let fact: Relative = seal::open(key, &place, sealed)?;
                    message.relatives.push(private::relative_message(id, &fact, held.closed));
                }
            }
        }
    }
    Ok(())
}

/// The name of a status in views.
pub(crate) fn status_word(status: ServiceStatus) -> &'static str {
    match status {
        ServiceStatus::NotYet => "not_yet",
        ServiceStatus::InService => "in_service",
        ServiceStatus::Retired => "retired",
        ServiceStatus::LeftService => "left_service",
        ServiceStatus::Deceased => "deceased",
        ServiceStatus::TransferredOut => "transferred_out",
    }
}
