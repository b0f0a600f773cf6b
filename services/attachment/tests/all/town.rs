//! Two counties with a unit, a person and a pool of seats, as the registers record them.

use std::collections::BTreeMap;

use jiff::civil::date;
use quanheng_eventlog::{EventDraft, EventType, StreamName, Tag, Transaction};
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_policy::{CategoryId, PersonId, UnitId};
use quanheng_register::id::SpellId;
use quanheng_register::person::{self, PersonFacts, SlotKind, SlotSpell};
use quanheng_register::unit::{self, Actual, Establishment, LeadershipPosts, Nature, UnitProfile};
use quanheng_register::{Basis, Sealed};

use crate::world::World;

/// `units/u1`, `persons/p1`, the unit's account and the county's pool in 440106;
/// `units/u2` in 440104.
pub(crate) async fn settle(world: &World) {
    let transaction = Transaction::default()
        .append(unit("u1", "440106"))
        .append(unit("u2", "440104"))
        .append(person("p1", "u1"))
        .append(account("u1.general_management", "440106"))
        .append(account("pool.c1.general_management", "440106"));
    world.realm.log.commit(transaction).await.unwrap();
}

fn unit(id: &str, division: &str) -> EventDraft {
    let profile = UnitProfile {
        name: "某区农业农村局".to_owned(),
        short_name: String::new(),
        credit_code: None,
        division: DivisionCode::parse(division).unwrap(),
        tier: Tier::County,
        standing: Standing::Ordinary,
        grade: UnitGrade::Section,
        kind: UnitKind::Organ,
        nature: Nature::Organ,
        sequence: "政府".to_owned(),
        parent: None,
        vertical: false,
        establishment: Establishment { administrative: 30, ..Establishment::default() },
        actual: Actual::default(),
        leadership: LeadershipPosts::default(),
        category_posts: BTreeMap::new(),
        reference: None,
        functions: "农业农村工作".to_owned(),
        contact: None,
        remarks: String::new(),
    };
    let id = UnitId::new(id).unwrap();
    let event = unit::Event::UnitRegistered {
        unit: id.clone(),
        profile: Box::new(profile),
        kinds: Vec::new(),
        predecessors: Vec::new(),
        basis: Basis {
            document: DocumentNumber::parse("编办〔2024〕3号").unwrap(),
            effective_on: date(2024, 1, 1),
        },
    };
    quanheng_streams::unit_draft(&id, &event).unwrap()
}

fn person(id: &str, unit: &str) -> EventDraft {
    let id = PersonId::new(id).unwrap();
    let event = person::Event::PersonRegistered {
        person: id.clone(),
        private: Sealed::new("s1.a.AAAA").unwrap(),
        spell: SpellId::new("s1").unwrap(),
        slot: SlotSpell {
            unit: UnitId::new(unit).unwrap(),
            slot: SlotKind::Administrative,
            category: CategoryId::new("general_management").unwrap(),
            from: date(2024, 1, 1),
            document: None,
        },
        facts: PersonFacts::default(),
    };
    quanheng_streams::person_draft(&id, &event).unwrap()
}

/// The service asks an account only where it is.
fn account(id: &str, division: &str) -> EventDraft {
    let stream = StreamName::new(format!("quotaAccounts/{id}")).unwrap();
    let event_type = EventType::new("quanheng.quota.pool_created.v1").unwrap();
    let draft = EventDraft::new(stream, event_type, &serde_json::json!({})).unwrap();
    draft.tagged(Tag::new(format!("divisions/{division}")).unwrap())
}
