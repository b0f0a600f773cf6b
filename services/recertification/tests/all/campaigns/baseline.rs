//! The frozen baseline, against a plain recount over the register.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use quanheng_policy::UnitId;
use quanheng_policy::class::{Standing, Tier, UnitGrade, UnitKind};
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_recertification::decrease::{Figures, Scope};
use quanheng_register::Basis;
use quanheng_register::unit::{
    Actual, ChangeKind, Establishment, Event, LeadershipPosts, Nature, UnitPatch, UnitProfile,
};
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_streams as streams;
use quanheng_streams::{BookState, CampaignId};

use super::course::step;
use super::world::*;

on_both!(units_of_the_province_count, days_are_told_apart, many_units_are_counted);

fn document() -> DocumentNumber {
    DocumentNumber::parse("滇编〔2025〕1号").unwrap()
}

fn profile(division: &str, parent: &str, slots: u32, nature: Nature) -> UnitProfile {
    UnitProfile {
        name: "测试单位".into(),
        short_name: String::new(),
        credit_code: None,
        division: DivisionCode::parse(division).unwrap(),
        tier: Tier::Prefecture,
        standing: Standing::Ordinary,
        grade: UnitGrade::Section,
        kind: UnitKind::ReferencedUnit,
        nature,
        sequence: String::new(),
        parent: Some(UnitId::new(parent).unwrap()),
        vertical: false,
        establishment: Establishment {
            referenced_institution: slots,
            administrative: 7,
            logistics: 3,
            ..Establishment::default()
        },
        actual: Actual::default(),
        leadership: LeadershipPosts::default(),
        category_posts: BTreeMap::new(),
        reference: None,
        functions: String::new(),
        contact: None,
        remarks: String::new(),
    }
}

impl World {
    async fn registers(&self, id: &str, profile: UnitProfile, on: Date) {
        let unit = UnitId::new(id).unwrap();
        let event = Event::UnitRegistered {
            unit: unit.clone(),
            profile: Box::new(profile),
            kinds: Vec::new(),
            predecessors: Vec::new(),
            basis: Basis { document: document(), effective_on: on },
            note: String::new(),
        };
        self.append(streams::unit_draft(&unit, &event).unwrap()).await;
    }

    async fn updates(&self, id: &str, changes: UnitPatch, kind: ChangeKind, on: Date) {
        let unit = UnitId::new(id).unwrap();
        let event = Event::UnitUpdated {
            changes: Box::new(changes),
            kinds: vec![kind],
            predecessors: Vec::new(),
            basis: Basis { document: document(), effective_on: on },
            note: String::new(),
        };
        self.append(streams::unit_draft(&unit, &event).unwrap()).await;
    }

    async fn abolishes(&self, id: &str, into: &str, on: Date) {
        let unit = UnitId::new(id).unwrap();
        let event = Event::UnitAbolished {
            kind: ChangeKind::Merged,
            successors: vec![UnitId::new(into).unwrap()],
            basis: Basis { document: document(), effective_on: on },
            note: String::new(),
        };
        self.append(streams::unit_draft(&unit, &event).unwrap()).await;
    }

    async fn book(&self) -> BookState {
        let stream = streams::book(&CampaignId::new("c1").unwrap());
        state_at::<streams::Books>(&self.house.realm.log, stream, Horizon::Now).await.unwrap().0
    }
}

fn province() -> Scope {
    Scope::Province(DivisionCode::parse(PROVINCE).unwrap())
}

fn city() -> Scope {
    Scope::City(DivisionCode::parse("530100").unwrap())
}

async fn units_of_the_province_count(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let position = world.house.head().await;
    let frozen = step!(world, freeze_baseline, FreezeBaselineRequest {}).unwrap();
    let frozen = frozen.campaign.unwrap().baseline.unwrap();
    assert_eq!((frozen.position, frozen.on), (position, day(2024, 1, 1)));
    // `centre` 30, `station` 20, `post` 10; organs do not count, nor does another province.
    let before = frozen.before.unwrap();
    assert_eq!((before.units, before.headcount), (3, 60));
    let book = world.book().await;
    assert!(book.open);
    let all = Figures { units: 3, headcount: 60 };
    assert_eq!((book.book.before(&province()), book.book.after(&province())), (Some(all), all));
    let here = Figures { units: 2, headcount: 30 };
    assert_eq!((book.book.before(&city()), book.book.after(&city())), (Some(here), here));
    let bureau = Scope::Department(UnitId::new("bureau").unwrap());
    assert_eq!(book.book.before(&bureau), Some(here));
}

/// Between the baseline day and today: one grew and was renamed, one was merged away, one came,
/// one became referenced, one left.
async fn days_are_told_apart(kind: Kind) {
    let world = World::open(kind).await;
    let referenced = Nature::ReferencedInstitution;
    let (old, new) = (date(2020, 1, 1), date(2025, 3, 1));
    let slots = |slots| UnitPatch {
        establishment: Some(Establishment { referenced_institution: slots, ..Default::default() }),
        ..UnitPatch::default()
    };
    let renamed = UnitPatch { name: Some("新名称".into()), ..slots(26) };
    world.updates("station", renamed, ChangeKind::Renamed, new).await;
    world.abolishes("post", "station", new).await;
    world.registers("late", profile("530100", "bureau", 5, referenced), new).await;
    world.registers("came", profile("530100", "bureau", 8, Nature::PublicInstitution), old).await;
    let nature = |nature| UnitPatch { nature: Some(nature), ..UnitPatch::default() };
    world.updates("came", nature(referenced), ChangeKind::BecameReferenced, new).await;
    world.registers("left", profile("530100", "bureau", 4, referenced), old).await;
    let left = nature(Nature::PublicInstitution);
    world.updates("left", left, ChangeKind::ConvertedOther, new).await;
    // What is to come does not count yet.
    let next = today().tomorrow().unwrap();
    world.registers("next", profile("530100", "bureau", 9, referenced), next).await;
    world.updates("centre", slots(99), ChangeKind::HeadcountIncreased, next).await;
    world.campaign().await;
    step!(world, freeze_baseline, FreezeBaselineRequest {}).unwrap();
    let book = world.book().await;
    // centre 30, station 20, post 10, left 4.
    assert_eq!(book.book.before(&province()), Some(Figures { units: 4, headcount: 64 }));
    // centre 30, station 26, late 5, came 8.
    assert_eq!(book.book.after(&province()), Figures { units: 4, headcount: 69 });
    assert_eq!(book.book.before(&city()), Some(Figures { units: 3, headcount: 34 }));
    let names: Vec<_> = book.frozen.keys().map(UnitId::as_str).collect();
    assert_eq!(names, ["centre", "left", "post", "station"]);
    let names: Vec<_> = book.book.units().keys().map(UnitId::as_str).collect();
    assert_eq!(names, ["came", "centre", "late", "station"]);
}

/// As many as several events hold; the sums are those of a plain count.
async fn many_units_are_counted(kind: Kind) {
    let world = World::open(kind).await;
    let mut transaction = quanheng_eventlog::Transaction::default();
    let (mut units, mut slots) = (3_u64, 60_u64);
    for n in 0..700_u32 {
        let unit = UnitId::new(format!("unit-{n}")).unwrap();
        let referenced = n % 7 != 0;
        let nature =
            if referenced { Nature::ReferencedInstitution } else { Nature::PublicInstitution };
        if referenced {
            units += 1;
            slots += u64::from(n % 13);
        }
        let event = Event::UnitRegistered {
            unit: unit.clone(),
            profile: Box::new(profile("530100", "bureau", n % 13, nature)),
            kinds: Vec::new(),
            predecessors: Vec::new(),
            basis: Basis { document: document(), effective_on: founded() },
            note: String::new(),
        };
        transaction = transaction.append(streams::unit_draft(&unit, &event).unwrap());
    }
    world.house.realm.log.commit(transaction).await.unwrap();
    world.campaign().await;
    let frozen = step!(world, freeze_baseline, FreezeBaselineRequest {}).unwrap();
    let before = frozen.campaign.unwrap().baseline.unwrap().before.unwrap();
    let counted = Figures { units, headcount: slots };
    assert_eq!((before.units as u64, before.headcount as u64), (units, slots));
    let book = world.book().await;
    assert_eq!(
        (book.book.before(&province()), book.book.after(&province())),
        (Some(counted), counted)
    );
}
