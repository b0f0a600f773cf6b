//! Units in the ledger: who stands in it, what of their changes nobody has brought, and how it was.

use jiff::civil::date;
use quanheng_api::quanheng::common::v1::{KnownAt, known_at};
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::recertification::v1::recertification_service_server::RecertificationService as _;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{ChangeRoute as Route, GateBody};
use quanheng_register::unit::{ChangeKind, Nature, UnitPatch};
use quanheng_streams::{RecertificationEvent, Verdict};
use tonic::Code;
use wire::{ChangeRoute, ReferenceStatus};

use super::world::{DAY, Kind, World, call, person, told, unit, with_slots};

on_both!(
    a_rename_until_it_is_filed,
    who_stands_in_it,
    mergers_are_decided_where_units_live_on,
    parts_of_a_split,
    who_may_look,
);

async fn a_rename_until_it_is_filed(kind: Kind) {
    let world = World::open(kind).await;
    let name = Some("武昌区改名中心".to_owned());
    let renamed = UnitPatch { name, ..UnitPatch::default() };
    let recorded = world.change("a", DAY, &[ChangeKind::Renamed], renamed, &[]).await;
    assert_eq!(world.listed("case_missing = true").await, ["units/a"]);
    let told = world.ledger("a").await;
    assert_eq!(told.status(), ReferenceStatus::Approved);
    assert_eq!(told.profile.as_ref().unwrap().display_name(), "武昌区改名中心");
    let [change] = &told.changes[..] else { panic!("{:?}", told.changes) };
    assert_eq!((change.route(), change.settled, &*change.case), (ChangeRoute::Filing, false, ""));
    assert_eq!((change.position, &*change.document_number), (recorded, "鄂编〔2026〕8号"));
    assert!(change.summary.contains("测试单位a → 武昌区改名中心"), "{}", change.summary);
    assert_eq!((change.days_to_case, change.days_to_decision), (None, None));

    world.draft("m1", "a", Route::Filing, DAY).await;
    assert!(world.listed("case_missing = true").await.is_empty());
    world
        .case(
            "m1",
            RecertificationEvent::CaseSubmitted { by: person("clerk"), on: date(2026, 3, 8) },
        )
        .await;
    assert_eq!(world.listed("status = \"PENDING\"").await, ["units/a"]);
    assert_eq!(world.ledger("a").await.status(), ReferenceStatus::Pending);
    let filed =
        world.decide("m1", Verdict::Filed, GateBody::ProvincialAuthority, date(2026, 3, 20)).await;
    let told = world.ledger("a").await;
    let change = &told.changes[0];
    assert_eq!((&*change.case, change.settled), ("recertificationCases/m1", true));
    assert_eq!((change.days_to_case, change.days_to_decision), (Some(5), Some(18)));
    assert_eq!(told.status(), ReferenceStatus::Approved);

    // As it was known, and as it was.
    let known = |position| Some(KnownAt { at: Some(known_at::At::Position(position)) });
    let ask = |known_at, as_of: Option<jiff::civil::Date>| wire::GetLedgerUnitRequest {
        unit: "units/a".into(),
        known_at,
        as_of: as_of.map(quanheng_api::date),
        min_position: filed,
    };
    let then = call!(world, get_ledger_unit, ask(known(recorded), None)).unwrap().unit.unwrap();
    assert_eq!((&*then.changes[0].case, then.changes[0].settled), ("", false));
    let then = call!(world, get_ledger_unit, ask(known(recorded - 1), None)).unwrap().unit.unwrap();
    assert!(then.changes.is_empty());
    assert_eq!(then.profile.unwrap().display_name(), "测试单位a");
    let then = call!(world, get_ledger_unit, ask(None, Some(date(2026, 3, 1)))).unwrap();
    assert!(then.unit.unwrap().changes.is_empty());
    let then = call!(world, get_ledger_unit, ask(None, Some(date(2026, 3, 10)))).unwrap();
    assert_eq!(then.unit.unwrap().status(), ReferenceStatus::Pending);
    // A case that is withdrawn is no case.
    world.draft("m2", "b", Route::Filing, DAY).await;
    let reason = "误报".to_owned();
    let (by, on) = (person("clerk"), date(2026, 3, 21));
    world.case("m2", RecertificationEvent::CaseWithdrawn { reason, by, on }).await;
    assert!(world.ledger("b").await.changes.is_empty());
}

async fn who_stands_in_it(kind: Kind) {
    let world = World::open(kind).await;
    assert_eq!(world.listed("").await, ["units/a", "units/b", "units/c"]);
    // One that leaves stays in it; one that never was is not there.
    let nature = Some(Nature::PublicInstitution);
    let left = UnitPatch { nature, reference: Some(None), ..UnitPatch::default() };
    world.change("b", DAY, &[ChangeKind::ConvertedOther], left, &[]).await;
    assert_eq!(world.listed("status = \"LEFT\"").await, ["units/b"]);
    let told_b = world.ledger("b").await;
    assert_eq!(told_b.status(), ReferenceStatus::Left);
    assert_eq!(told_b.changes[0].route(), ChangeRoute::Exit);
    let message = wire::GetLedgerUnitRequest { unit: "units/plain".into(), ..Default::default() };
    let failure = told(&call!(world, get_ledger_unit, message).unwrap_err());
    assert_eq!((failure.code, &*failure.reason), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    // One that shall be is, as soon as a case is about it.
    world.draft("m1", "plain", Route::Recertify, DAY).await;
    assert_eq!(world.listed("").await.len(), 4);
    assert_eq!(world.ledger("plain").await.status(), ReferenceStatus::Unspecified);
}

async fn mergers_are_decided_where_units_live_on(kind: Kind) {
    let world = World::open(kind).await;
    let merged = UnitPatch {
        establishment: Some(with_slots(&world.profile("a").await, 40).establishment),
        ..UnitPatch::default()
    };
    world.end("b", DAY, ChangeKind::Merged, &["a"]).await;
    world.change("a", DAY, &[ChangeKind::Merged], merged, &["b", "c"]).await;
    world.end("c", DAY, ChangeKind::Merged, &["a"]).await;
    assert_eq!(world.listed("case_missing = true").await, ["units/a"]);
    let a = world.ledger("a").await;
    assert_eq!(a.predecessors, ["units/b", "units/c"]);
    let b = world.ledger("b").await;
    assert_eq!(
        (b.status(), &b.successors[..]),
        (ReferenceStatus::Left, &["units/a".to_owned()][..])
    );
    let [change] = &b.changes[..] else { panic!("{:?}", b.changes) };
    assert_eq!((change.route(), change.settled), (ChangeRoute::Unspecified, false));
    // Abolished into nothing, a unit has a procedure of its own.
    let later = date(2026, 4, 1);
    world.end("a", later, ChangeKind::Abolished, &[]).await;
    let a = world.ledger("a").await;
    assert_eq!(a.changes.last().unwrap().route(), ChangeRoute::Exit);
    assert_eq!(a.status(), ReferenceStatus::Left);
}

async fn parts_of_a_split(kind: Kind) {
    let world = World::open(kind).await;
    let whole = world.profile("a").await;
    let part = with_slots(&whole, 8);
    let rest = UnitPatch {
        establishment: Some(with_slots(&whole, 12).establishment),
        ..UnitPatch::default()
    };
    world.begin("part", DAY, &[ChangeKind::Split], part, &["a"]).await;
    world.change("a", DAY, &[ChangeKind::Split], rest, &[]).await;
    let units = world.listed("case_missing = true").await;
    assert_eq!(units, ["units/a", "units/part"]);
    for id in ["a", "part"] {
        let told = world.ledger(id).await;
        assert_eq!(told.changes[0].route(), ChangeRoute::Recertify, "{id}");
    }
    assert_eq!(world.ledger("a").await.successors, ["units/part"]);
    // A part that is no referenced unit is decided about, too.
    let mut plain = with_slots(&whole, 0);
    plain.nature = Nature::PublicInstitution;
    plain.reference = None;
    world.begin("other", date(2026, 5, 4), &[ChangeKind::Split], plain, &["a"]).await;
    let listed = world.listed("case_missing = true").await;
    assert!(listed.contains(&"units/other".to_owned()), "{listed:?}");
    assert_eq!(world.ledger("other").await.changes[0].route(), ChangeRoute::Exit);
}

async fn who_may_look(kind: Kind) {
    let world = World::open(kind).await;
    let mut stranger = world.all.clone();
    stranger.jurisdiction = DivisionCode::parse("420200").unwrap();
    let message = wire::GetLedgerUnitRequest {
        unit: "units/a".into(),
        min_position: world.house.head().await,
        ..Default::default()
    };
    let failure = told(&call!(world, &stranger, get_ledger_unit, message.clone()).unwrap_err());
    assert_eq!(failure.code, Code::NotFound);
    let list = wire::ListLedgerUnitsRequest::default();
    assert!(call!(world, &stranger, list_ledger_units, list).unwrap().units.is_empty());
    // The unit itself may.
    stranger.unit = Some(unit("a"));
    assert!(call!(world, &stranger, get_ledger_unit, message).is_ok());
    // Page by page, each once.
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let list = wire::ListLedgerUnitsRequest { page_size: 1, page_token, ..Default::default() };
        let page = call!(world, list_ledger_units, list).unwrap();
        found.extend(page.units.into_iter().map(|unit| unit.unit));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, ["units/a", "units/b", "units/c"]);
}
