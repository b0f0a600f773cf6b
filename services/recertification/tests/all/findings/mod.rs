//! What the detectors find, over registers, cases, books and accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, date};
use quanheng_api::quanheng::common::v1::Basis as WireBasis;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::recertification::v1::recertification_service_server::RecertificationService as _;
use quanheng_eventlog::Tag;
use quanheng_identity::Principal;
use quanheng_ledger::account::{Holder, Origin};
use quanheng_ledger::event::{Basis as LedgerBasis, Event as AccountEvent};
use quanheng_policy::class::Tier;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{ChangeRoute as Route, GateBody};
use quanheng_policy::{CategoryId, PersonId, RankId};
use quanheng_quota::QuotaApi;
use quanheng_recertification::decrease::{Counted, Place};
use quanheng_register::Sealed;
use quanheng_register::id::SpellId;
use quanheng_register::person::{
    EntryWay, Event as PersonEvent, MoveWay, PersonFacts, SlotKind, SlotSpell,
};
use quanheng_register::unit::{ChangeKind, UnitPatch};
use quanheng_streams as streams;
use quanheng_streams::{BookEvent, CampaignEvent, CampaignId, Notified, Settled, Verdict};
use quanheng_test_house::{Registered, request_id};
use tonic::Code;

use crate::ledger::world::{COUNTY, DAY, Kind, World, call, number, person, told, unit};

on_both!(
    of_units,
    of_persons,
    functions_that_moved_out,
    of_books,
    of_accounts,
    page_by_page_and_within_the_jurisdiction,
);

/// Everything that is found, by an expression of what is asked.
async fn found(world: &World, asked: wire::ListFindingsRequest) -> Vec<wire::MachineFinding> {
    let min_position = world.house.head().await;
    let asked = wire::ListFindingsRequest { min_position, ..asked };
    let answer = call!(world, list_findings, asked).unwrap();
    assert!(answer.next_page_token.is_empty());
    answer.findings
}

async fn causes(world: &World, detector: &str) -> Vec<(String, String)> {
    let detector = detector.to_owned();
    let found = found(world, wire::ListFindingsRequest { detector, ..Default::default() }).await;
    for one in &found {
        assert!(!one.message.is_empty() && !one.article.is_empty() && !one.label.is_empty());
    }
    found.into_iter().map(|one| (one.subject, one.cause)).collect()
}

fn pair(subject: &str, cause: &str) -> (String, String) {
    (subject.to_owned(), cause.to_owned())
}

async fn of_units(kind: Kind) {
    let world = World::open(kind).await;
    assert!(found(&world, wire::ListFindingsRequest::default()).await.is_empty());
    // No approval is recorded.
    let none = UnitPatch { reference: Some(None), ..UnitPatch::default() };
    world.change("a", date(2020, 1, 1), &[], none, &[]).await;
    // It was let out, and is referenced all the same.
    let exit = date(2026, 4, 1);
    world.draft("m1", "b", Route::Exit, DAY).await;
    world.decide("m1", Verdict::ExitApproved, GateBody::ProvincialAuthority, exit).await;
    let found = causes(&world, "V-RC-1").await;
    // The first approval is still known, though it was taken back.
    assert_eq!(found, [pair("units/b", "after_exit")]);
    // A change that nobody has brought.
    let name = Some("武昌区改名中心".to_owned());
    let renamed = UnitPatch { name, ..UnitPatch::default() };
    world.change("c", date(2025, 1, 6), &[ChangeKind::Renamed], renamed, &[]).await;
    assert_eq!(causes(&world, "case_not_brought").await, [pair("units/c", "case_not_brought")]);
    // No policy sets the days of a name: nobody is late.
    assert!(causes(&world, "V-RC-5").await.is_empty());
    // Who approved is known of a case: the county may not.
    world.draft("m2", "c", Route::Recertify, date(2025, 1, 6)).await;
    world.decide("m2", Verdict::Approved, GateBody::CountyAuthority, date(2025, 3, 3)).await;
    let approved = UnitPatch {
        reference: Some(Some(crate::ledger::world::approval(date(2025, 3, 3)))),
        ..UnitPatch::default()
    };
    world.change("c", date(2025, 3, 3), &[], approved, &[]).await;
    assert!(causes(&world, "case_not_brought").await.is_empty());
    let wrong = causes(&world, "V-RC-1").await;
    assert!(wrong.contains(&pair("units/c", "wrong_authority")), "{wrong:?}");
}

/// Puts a person into the register; nothing but the slot and how the person came is known.
async fn enters(world: &World, id: &str, of: &str, slot: SlotKind, entry: Option<EntryWay>) {
    let from = date(2021, 6, 1);
    let event = PersonEvent::PersonRegistered {
        person: PersonId::new(id).unwrap(),
        private: Sealed::new("s1.a.none").unwrap(),
        spell: SpellId::new("slot-1").unwrap(),
        slot: spell(of, slot, from),
        facts: PersonFacts { entry, ..PersonFacts::default() },
    };
    person_event(world, id, of, &event).await;
}

fn spell(of: &str, slot: SlotKind, from: Date) -> SlotSpell {
    SlotSpell {
        unit: unit(of),
        slot,
        category: CategoryId::new("general_management").unwrap(),
        from,
        document: None,
    }
}

async fn person_event(world: &World, id: &str, of: &str, event: &PersonEvent) {
    let stream = streams::person(&PersonId::new(id).unwrap());
    let draft = streams::draft::<streams::Persons>(stream, event).unwrap();
    let tag = Tag::new(format!("units/{of}")).unwrap();
    Registered(&world.house.realm).append(draft.tagged(tag)).await;
}

async fn of_persons(kind: Kind) {
    let world = World::open(kind).await;
    let recruited = Some(EntryWay::Recruitment);
    enters(&world, "p1", "a", SlotKind::ReferencedInstitution, recruited).await;
    enters(&world, "p2", "a", SlotKind::ReferencedInstitution, Some(EntryWay::Other)).await;
    enters(&world, "p3", "a", SlotKind::ReferencedInstitution, None).await;
    // A worker who is not registered, and a person of a unit that is not referenced.
    enters(&world, "p4", "a", SlotKind::Logistics, None).await;
    enters(&world, "p5", "bureau", SlotKind::Administrative, None).await;
    let found = causes(&world, "V-RC-2").await;
    let expected = [pair("persons/p2", "no_legal_entry"), pair("persons/p3", "entry_unknown")];
    assert_eq!(found, expected);
}

async fn functions_that_moved_out(kind: Kind) {
    let world = World::open(kind).await;
    let of = |text: &str| UnitPatch { functions: Some(text.to_owned()), ..UnitPatch::default() };
    world.change("a", date(2022, 1, 1), &[ChangeKind::FunctionChanged], of("水政监察"), &[]).await;
    for id in ["p1", "p2", "p3"] {
        enters(&world, id, "a", SlotKind::ReferencedInstitution, Some(EntryWay::Recruitment)).await;
    }
    assert!(causes(&world, "V-RC-3").await.is_empty());
    world.change("a", date(2025, 2, 3), &[ChangeKind::FunctionChanged], of(""), &[]).await;
    assert_eq!(causes(&world, "V-RC-3").await, [pair("units/a", "all_functions_moved")]);
    let moved = PersonEvent::SlotMoved {
        spell: SpellId::new("slot-2").unwrap(),
        slot: spell("bureau", SlotKind::Administrative, date(2025, 2, 10)),
        way: MoveWay::WithFunction,
    };
    person_event(&world, "p1", "bureau", &moved).await;
    let detector = "staff_not_moved_with_function".to_owned();
    let asked = wire::ListFindingsRequest { detector, ..Default::default() };
    let found = found(&world, asked).await;
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!((&*one.facts["staff"], &*one.facts["still_attached"]), ("3", "2"));
}

async fn of_books(kind: Kind) {
    let world = World::open(kind).await;
    let campaign = CampaignId::new("reform").unwrap();
    let notified = CampaignEvent::CampaignNotified {
        campaign: campaign.clone(),
        notified: Notified {
            title: "重新认定".to_owned(),
            division: DivisionCode::parse("420000").unwrap(),
            document: number("鄂组通〔2026〕1号"),
            notice: String::new(),
            attachments: Vec::new(),
            baseline_on: date(2024, 12, 31),
            survey_due_on: date(2026, 5, 31),
        },
        by: person("head"),
        on: DAY,
    };
    let stream = streams::campaign(&campaign);
    let draft = streams::draft::<streams::Campaigns>(stream, &notified).unwrap();
    Registered(&world.house.realm).append(draft).await;
    let place = Place::new(DivisionCode::parse(COUNTY).unwrap(), Some(unit("bureau"))).unwrap();
    let counted = |headcount| Counted { place: place.clone(), headcount };
    let frozen = BTreeMap::from([(unit("a"), counted(20)), (unit("b"), counted(15))]);
    let settled = vec![Settled { unit: unit("a"), becomes: Some(counted(30)) }];
    let case = streams::RecertificationId::new("m1").unwrap();
    for event in [
        BookEvent::UnitsFrozen { units: frozen.clone() },
        BookEvent::UnitsRetained { units: frozen },
        BookEvent::BookOpened { on: DAY },
        BookEvent::UnitsSettled { case, settled, on: DAY },
    ] {
        let draft = streams::draft::<streams::Books>(streams::book(&campaign), &event).unwrap();
        Registered(&world.house.realm).append(draft).await;
    }
    let found = causes(&world, "V-RC-4").await;
    assert!(found.iter().all(|(_, cause)| cause == "counts_grown"), "{found:?}");
    let scopes: Vec<_> = found.iter().map(|(scope, _)| scope.as_str()).collect();
    assert!(scopes.contains(&"全省(420000)") && scopes.contains(&"县(420106)"), "{scopes:?}");
    // What was frozen stands in the ledger.
    let baseline = world.ledger("a").await.baseline.unwrap();
    assert_eq!((baseline.headcount, &*baseline.display_name), (20, "测试单位a"));
    assert_eq!((&*baseline.department, &*baseline.division), ("units/bureau", COUNTY));
}

async fn of_accounts(kind: Kind) {
    let world = World::open(kind).await;
    let quota = QuotaApi::new(Arc::clone(&world.house.house));
    let clerk = Principal { person: Some(person("clerk")), ..world.all.clone() };
    let determine = quota::DetermineQuotaRequest {
        owner: Some(quota::determine_quota_request::Owner::Unit("units/a".into())),
        basis: Some(WireBasis {
            document_number: "鄂组通〔2026〕5号".to_owned(),
            effective_on: Some(quanheng_api::date(date(2026, 1, 5))),
        }),
        request_id: request_id(),
        ..Default::default()
    };
    quota.determine_quota(quanheng_test_house::request(&clerk, determine)).await.unwrap();
    let holder = |of: &str, tier| Holder {
        rank: RankId::new("GM10").unwrap(),
        unit: unit(of),
        tier,
        exempt: None,
        concurrent: false,
        since: date(2020, 1, 1),
        origin: Origin::Opening,
    };
    let opening = AccountEvent::OpeningBalancesRecorded {
        holders: BTreeMap::from([
            (person("q1"), holder("bureau", Tier::Prefecture)),
            (person("own"), holder("a", Tier::County)),
        ]),
        basis: LedgerBasis {
            document: number("鄂组通〔2026〕5号"),
            effective_on: date(2026, 1, 5),
        },
    };
    let key = streams::account("a.general_management").unwrap();
    let division = DivisionCode::parse(COUNTY).unwrap();
    let draft = streams::account_draft(&key, &division, &opening).unwrap();
    Registered(&world.house.realm).append(draft).await;
    // Its parent's staff sits on the county unit's seats: from above, and as its parent.
    assert_eq!(causes(&world, "V-QT-1").await, [pair("persons/q1", "parent_occupies")]);
    assert_eq!(causes(&world, "V-QT-2").await, [pair("persons/q1", "upward_use")]);
    // What was brought in at cut-over needed no review.
    assert!(causes(&world, "V-QT-4").await.is_empty());
}

async fn page_by_page_and_within_the_jurisdiction(kind: Kind) {
    let world = World::open(kind).await;
    for id in ["a", "b", "c"] {
        for nr in 0..3 {
            let id = (format!("{id}{nr}"), id);
            enters(&world, &id.0, id.1, SlotKind::ReferencedInstitution, None).await;
        }
        let renamed = UnitPatch { name: Some(format!("新{id}")), ..UnitPatch::default() };
        world.change(id, date(2025, 1, 6), &[ChangeKind::Renamed], renamed, &[]).await;
    }
    let all = found(&world, wire::ListFindingsRequest::default()).await;
    assert_eq!(all.len(), 12);
    for size in [1, 2, 5, 12] {
        let (mut pages, mut page_token) = (Vec::new(), String::new());
        loop {
            let asked =
                wire::ListFindingsRequest { page_size: size, page_token, ..Default::default() };
            let page = call!(world, list_findings, asked).unwrap();
            assert!(page.findings.len() <= usize::try_from(size).unwrap());
            pages.extend(page.findings);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(pages, all, "{size}");
    }
    // One unit's.
    let asked = wire::ListFindingsRequest { unit: "units/b".into(), ..Default::default() };
    let of_b = found(&world, asked).await;
    assert_eq!(of_b.len(), 4);
    assert!(of_b.iter().all(|one| one.unit == "units/b" && one.division == COUNTY));
    // Another division's.
    let asked = wire::ListFindingsRequest { division: "110000".into(), ..Default::default() };
    assert!(found(&world, asked.clone()).await.is_empty());
    let mut stranger = world.all.clone();
    stranger.jurisdiction = DivisionCode::parse("420200").unwrap();
    let failure = told(&call!(world, &stranger, list_findings, asked).unwrap_err());
    assert_eq!((failure.code, &*failure.reason), (Code::PermissionDenied, "ACCESS_DENIED"));
    let asked = wire::ListFindingsRequest::default();
    assert!(call!(world, &stranger, list_findings, asked).unwrap().findings.is_empty());
    // What cannot be asked.
    for (asked, field) in [
        (
            wire::ListFindingsRequest { detector: "V-RC-99".into(), ..Default::default() },
            "detector",
        ),
        (wire::ListFindingsRequest { page_token: "x".into(), ..Default::default() }, "page_token"),
        (
            wire::ListFindingsRequest {
                unit: "units/a".into(),
                division: COUNTY.into(),
                ..Default::default()
            },
            "division",
        ),
    ] {
        let failure = told(&call!(world, list_findings, asked).unwrap_err());
        assert_eq!((failure.code, failure.fields), (Code::InvalidArgument, vec![field.to_owned()]));
    }
}
