//! Which procedure a change takes.

use std::collections::BTreeMap;

use jiff::civil::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::recertification::v1::recertification_service_server::RecertificationService as _;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_policy::codes::DivisionCode;
use quanheng_register::unit::{ChangeKind, UnitPatch};
use tonic::{Code, Status};
use wire::{ChangeRoute, ReferenceChange, RouteConsequence};

use super::world::{DAY, Kind, Told, World, call, told, with_slots};

fn changed(id: &str, after: Option<registry::UnitProfile>, functions: bool) -> wire::ChangedUnit {
    wire::ChangedUnit {
        unit: format!("units/{id}"),
        after,
        functions_changed: Some(functions),
        ..Default::default()
    }
}

fn change(
    kind: registry::UnitChangeKind,
    from: &[&str],
    to: Vec<wire::ChangedUnit>,
) -> wire::ReportedChange {
    wire::ReportedChange {
        kind: kind.into(),
        predecessors: from.iter().map(|id| changed(id, None, false)).collect(),
        successors: to,
        documents: vec!["鄂编〔2026〕8号".to_owned()],
        effective_on: Some(quanheng_api::date(DAY)),
    }
}

async fn route(
    world: &World,
    change: wire::ReportedChange,
) -> Result<Vec<wire::RoutedUnit>, Status> {
    let message = wire::RouteChangeRequest {
        change: Some(change),
        min_position: world.house.head().await,
        ..Default::default()
    };
    Ok(call!(world, route_change, message)?.routed)
}

fn slots(slots: u32) -> registry::UnitProfile {
    registry::UnitProfile {
        establishment: Some(registry::Establishment {
            referenced_institution: slots,
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn named(name: &str) -> registry::UnitProfile {
    registry::UnitProfile { display_name: Some(name.to_owned()), ..Default::default() }
}

on_both!(examples, recorded_changes, wrong_questions);

async fn examples(kind: Kind) {
    use registry::UnitChangeKind as K;
    let world = World::open(kind).await;
    // W-90: a new name is filed.
    let found =
        route(&world, change(K::Rename, &["a"], vec![changed("a", Some(named("新名")), false)]));
    let found = found.await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].route(), ChangeRoute::Filing);
    assert_eq!(found[0].changes, [i32::from(ReferenceChange::Renamed)]);
    // W-93: with other functions it is decided anew.
    let renamed = changed("a", Some(named("新名")), true);
    let found = route(&world, change(K::Rename, &["a"], vec![renamed])).await.unwrap();
    assert_eq!(found[0].route(), ChangeRoute::Recertify);
    // W-91: three that join with fewer slots are filed; with more, decided anew.
    let joined =
        |count| change(K::Merge, &["a", "b", "c"], vec![changed("a", Some(slots(count)), false)]);
    let found = route(&world, joined(40)).await.unwrap();
    let routes: BTreeMap<_, _> = found.iter().map(|one| (&*one.unit, one.route())).collect();
    assert_eq!(routes, BTreeMap::from([("units/a", ChangeRoute::Filing)]));
    assert_eq!(found[0].consequences().count(), 2);
    let found = route(&world, joined(46)).await.unwrap();
    assert_eq!(found[0].route(), ChangeRoute::Recertify);
    let reasons: Vec<_> = found[0].findings.iter().map(|one| one.reason.as_str()).collect();
    assert!(reasons.contains(&"HEADCOUNT_EXCEEDS"), "{reasons:?}");
    // One that is none makes it more than a merger.
    let mixed = change(K::Integrate, &["a", "plain"], vec![changed("a", Some(slots(20)), false)]);
    assert_eq!(route(&world, mixed).await.unwrap()[0].route(), ChangeRoute::Recertify);
    // W-94: to an organ: it leaves, and its holders go with it.
    let organ = registry::UnitProfile {
        nature: Some(registry::UnitNature::Organ.into()),
        kind: Some(registry::UnitKind::Organ.into()),
        ..Default::default()
    };
    let found =
        route(&world, change(K::ConvertToOrgan, &["a"], vec![changed("a", Some(organ), false)]));
    let found = found.await.unwrap();
    assert_eq!(found[0].route(), ChangeRoute::Exit);
    let follows: Vec<_> = found[0].consequences().collect();
    assert!(follows.contains(&RouteConsequence::MoveHoldersToOrgan), "{follows:?}");
    assert!(follows.contains(&RouteConsequence::OpenTransition), "{follows:?}");
}

async fn recorded_changes(kind: Kind) {
    let world = World::open(kind).await;
    let name = Some("武昌区改名中心".to_owned());
    let renamed = UnitPatch { name, ..UnitPatch::default() };
    world.change("a", DAY, &[ChangeKind::Renamed], renamed, &[]).await;
    // b ends in c, which keeps no more slots than both had.
    let merged = UnitPatch {
        establishment: Some(with_slots(&world.profile("c").await, 25).establishment),
        ..UnitPatch::default()
    };
    let later = date(2026, 3, 9);
    world.change("c", later, &[ChangeKind::Merged], merged, &["b"]).await;
    world.end("b", later, ChangeKind::Merged, &["c"]).await;
    let ask = |unit: &str, on| wire::RouteChangeRequest {
        unit: format!("units/{unit}"),
        on: Some(quanheng_api::date(on)),
        ..Default::default()
    };
    let found = call!(world, route_change, ask("a", DAY)).unwrap().routed;
    assert_eq!((found.len(), found[0].route()), (1, ChangeRoute::Filing));
    // The whole merger is found from either side. That functions stay, nobody has declared:
    // that is for its case, and until then it is no mere filing.
    for from in ["b", "c"] {
        let found = call!(world, route_change, ask(from, later)).unwrap().routed;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&*found[0].unit, found[0].route()), ("units/c", ChangeRoute::Recertify));
        assert_eq!(found[0].changes, [i32::from(ReferenceChange::MergedReferencedOnly)]);
        let missing = found[0].findings.iter().any(|one| one.reason == "FACT_MISSING");
        assert!(missing, "{:?}", found[0].findings);
    }
    let nothing = told(&call!(world, route_change, ask("a", later)).unwrap_err());
    assert_eq!((nothing.code, nothing.fields), (Code::InvalidArgument, vec!["on".to_owned()]));
}

async fn wrong_questions(kind: Kind) {
    let world = World::open(kind).await;
    let refused = |failure: &Status| {
        let Told { code, reason, fields, .. } = told(failure);
        (code, reason, fields)
    };
    let field =
        |name: &str| (Code::InvalidArgument, "INVALID_FIELD".to_owned(), vec![name.to_owned()]);
    let empty = wire::RouteChangeRequest::default();
    assert_eq!(refused(&call!(world, route_change, empty).unwrap_err()), field("change"));
    let both = wire::RouteChangeRequest {
        change: Some(change(registry::UnitChangeKind::Rename, &["a"], Vec::new())),
        unit: "units/a".into(),
        ..Default::default()
    };
    assert_eq!(refused(&call!(world, route_change, both).unwrap_err()), field("unit"));
    let unknown = wire::RouteChangeRequest {
        unit: "units/nobody".into(),
        on: Some(quanheng_api::date(DAY)),
        ..Default::default()
    };
    let (code, reason, _) = refused(&call!(world, route_change, unknown).unwrap_err());
    assert_eq!((code, &*reason), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    // What lies elsewhere is not there.
    let mut stranger = world.all.clone();
    stranger.jurisdiction = DivisionCode::parse("110000").unwrap();
    let asked = wire::RouteChangeRequest {
        change: Some(change(
            registry::UnitChangeKind::Rename,
            &["a"],
            vec![changed("a", Some(named("x")), false)],
        )),
        ..Default::default()
    };
    let failure = call!(world, &stranger, route_change, asked).unwrap_err();
    assert_eq!(refused(&failure).0, Code::NotFound);
}

/// Every set of changes of one unit, and every larger one: a change that is added never makes the
/// procedure milder.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_change_that_is_added_makes_a_route_milder() {
    let world = World::open(Kind::Sqlite).await;
    let rank = |route: ChangeRoute| match route {
        ChangeRoute::Unspecified => 0,
        ChangeRoute::Filing => 1,
        ChangeRoute::Recertify => 2,
        ChangeRoute::Exit => 3,
    };
    let mut routes = BTreeMap::new();
    for set in 1_u8..64 {
        let has = |bit: u8| set & (1 << bit) != 0;
        let after = registry::UnitProfile {
            display_name: has(0).then(|| "新名".to_owned()),
            grade: has(1).then(|| registry::UnitGrade::ViceDivision.into()),
            establishment: has(2).then(|| slots(21).establishment.unwrap()),
            parent: has(3).then(String::new),
            nature: has(4).then(|| registry::UnitNature::PublicInstitution.into()),
            ..registry::UnitProfile::default()
        };
        let to = vec![changed("a", Some(after), has(5))];
        let asked = change(registry::UnitChangeKind::Rename, &["a"], to);
        let found = route(&world, asked).await.unwrap();
        assert_eq!(found.len(), 1, "{set:06b}");
        routes.insert(set, rank(found[0].route()));
    }
    for (set, route) in &routes {
        for (larger, other) in routes.iter().filter(|(larger, _)| *larger & set == *set) {
            assert!(other >= route, "{set:06b} is {route}, {larger:06b} is {other}");
        }
    }
    assert_eq!(routes.values().max(), Some(&3));
}
