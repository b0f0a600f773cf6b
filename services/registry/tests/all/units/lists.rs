//! Lists of units: filters, orders, pages, other days and other knowledge.

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_identity::Role;
use tonic::Code;

use super::*;

async fn peopled(kind: Kind) -> World {
    let world = World::open(kind).await;
    world
        .unit(
            "city",
            wire::UnitProfile {
                tier: Some(wire::Tier::Prefecture.into()),
                ..organ("市局", "530100")
            },
        )
        .await;
    let under = |name: &str, division: &str| wire::UnitProfile {
        parent: Some("units/city".into()),
        ..organ(name, division)
    };
    world.unit("a", under("丙局", "530102")).await;
    world.unit("b", under("乙局", "530103")).await;
    world
        .unit(
            "c",
            wire::UnitProfile {
                parent: Some("units/a".into()), ..referenced("甲中心", "530102")
            },
        )
        .await;
    world.unit("d", organ("丁局", "530402")).await;
    world
}

async fn filters(kind: Kind) {
    let world = peopled(kind).await;
    let nation = registrar();
    let prefecture = within("p", Role::Viewer, "530100");
    let county = within("c", Role::Viewer, "530102");
    for (who, filter, order, expected) in [
        (&nation, "", "", &["city", "a", "c", "b", "d"][..]),
        (&nation, "", "name", &["d", "a", "b", "city", "c"]),
        (&nation, "", "name desc", &["c", "city", "b", "a", "d"]),
        (&nation, "parent = \"units/city\"", "", &["a", "b"]),
        (&nation, "parent = \"units/city\"", "name", &["a", "b"]),
        (&nation, "parent = \"\"", "", &["city", "d"]),
        (&nation, "tier = TIER_PREFECTURE", "", &["city"]),
        (&nation, "kind = UNIT_KIND_REFERENCED_UNIT", "", &["c"]),
        (&nation, "nature = UNIT_NATURE_ORGAN", "", &["city", "a", "b", "d"]),
        (&nation, "grade = UNIT_GRADE_SECTION", "", &["city", "a", "c", "b", "d"]),
        (&nation, "referenced = true", "", &["c"]),
        (&nation, "name = \"乙局\"", "", &["b"]),
        (&nation, "division = 530102", "", &["a", "c"]),
        (&nation, "division = 530102", "name", &["a", "c"]),
        (&nation, "division >= 5301 AND division < 5302", "", &["city", "a", "c", "b"]),
        (&nation, "division = 530102 AND tier = TIER_COUNTY", "", &["a", "c"]),
        (&nation, "tier = TIER_COUNTY AND kind = UNIT_KIND_ORGAN", "", &["a", "b", "d"]),
        (&nation, "status = UNIT_STATUS_ACTIVE AND parent = \"units/city\"", "", &["a", "b"]),
        (&nation, "status = UNIT_STATUS_ACTIVE AND referenced = true", "", &["c"]),
        (&prefecture, "", "", &["city", "a", "c", "b"]),
        (&prefecture, "tier = TIER_COUNTY", "", &["a", "c", "b"]),
        (&prefecture, "division = 530103", "", &["b"]),
        (&prefecture, "division = 530103", "name", &["b"]),
        (&prefecture, "division >= 530103", "", &["b"]),
        (&prefecture, "division = 530402", "", &[]),
        (&prefecture, "parent = \"units/a\"", "", &["c"]),
        (&prefecture, "status = UNIT_STATUS_ACTIVE AND tier = TIER_COUNTY", "", &["a", "c", "b"]),
        (&county, "", "", &["a", "c"]),
        (&county, "", "division desc", &["c", "a"]),
        (&county, "name = \"乙局\"", "", &[]),
    ] {
        let message = wire::ListUnitsRequest {
            filter: filter.to_owned(),
            order_by: order.to_owned(),
            page_size: 100,
            ..Default::default()
        };
        let answer = world.list(who, message.clone()).await;
        let answer = answer.unwrap_or_else(|told| panic!("{filter} by {order}: {told:?}"));
        let ids: Vec<_> = answer.units.iter().map(|unit| &unit.name[6..]).collect();
        assert_eq!(ids, expected, "{filter} by {order} for {}", who.id);
        assert_eq!(answer.total_size, expected.len() as u64);

        // Page by page it is the same.
        let mut pages = Vec::new();
        let mut message = wire::ListUnitsRequest { page_size: 2, ..message };
        loop {
            let page = world.list(who, message.clone()).await.unwrap();
            pages.extend(page.units.iter().map(|unit| unit.name[6..].to_owned()));
            message.page_token = page.next_page_token;
            if message.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(pages, expected, "{filter} by {order} in pages");
    }
}

#[tokio::test]
async fn filters_and_orders_on_sqlite() {
    filters(Kind::Sqlite).await;
}

#[tokio::test]
async fn filters_and_orders_on_postgres() {
    filters(Kind::Postgres).await;
}

#[tokio::test]
async fn what_no_index_serves_is_refused() {
    let world = peopled(Kind::Sqlite).await;
    let first = wire::ListUnitsRequest { page_size: 1, ..Default::default() };
    let token = world.list(&registrar(), first).await.unwrap().next_page_token;
    let bad = |filter: &str, order: &str, token: &str, page_size| wire::ListUnitsRequest {
        filter: filter.to_owned(),
        order_by: order.to_owned(),
        page_token: token.to_owned(),
        page_size,
        ..Default::default()
    };
    for (message, says) in [
        (bad("colour = red", "", "", 0), "filter"),
        (bad("name = \"甲\" OR name = \"乙\"", "", "", 0), "支持的组合"),
        (bad("tier = TIER_COUNTY AND nature = UNIT_NATURE_ORGAN", "", "", 0), "支持的组合"),
        (bad("", "grade", "", 0), "支持的组合"),
        (bad("", "colour", "", 0), "order_by"),
        (bad("", "", "xyz", 0), "page_token"),
        (bad("tier = TIER_COUNTY", "", &token, 0), "page_token"),
        (bad("", "", "", -1), "page_size"),
    ] {
        let told = world.list(&registrar(), message.clone()).await.unwrap_err();
        assert_eq!((told.code, told.reason.as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
        assert!(told.message.contains(says), "{message:?}: {}", told.message);
    }
    // Another caller's token, too.
    let viewer = principal("viewer", &[Role::Viewer]);
    let stolen = world.list(&viewer, bad("", "", &token, 1)).await;
    assert_eq!(refusal(stolen).1, "INVALID_FIELD");
}

#[tokio::test]
async fn a_list_tells_of_another_day_and_of_what_was_known() {
    let world = peopled(Kind::Sqlite).await;
    let known = world.house.head().await;
    let young = wire::CreateUnitRequest {
        basis: basis(2022, 5, 1),
        ..create("young", organ("新局", "530102"))
    };
    world.create(&registrar(), young).await.unwrap();
    let renamed =
        wire::UnitProfile { display_name: Some("丙丙局".into()), ..Default::default() };
    world.update(&registrar(), update("a", renamed)).await.unwrap();
    let names = async |as_of, position: Option<u64>| {
        let message = wire::ListUnitsRequest {
            as_of,
            known_at: position.and_then(known_at),
            filter: "division = 530102".into(),
            ..Default::default()
        };
        let units = world.list(&registrar(), message).await.unwrap().units;
        let name = |unit: wire::Unit| unit.profile.unwrap().display_name().to_owned();
        units.into_iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(None, None).await, ["丙丙局", "甲中心", "新局"]);
    assert_eq!(names(day(2021, 1, 1), None).await, ["丙局", "甲中心"]);
    assert_eq!(names(None, Some(known)).await, ["丙局", "甲中心"]);
    assert_eq!(names(day(2022, 2, 1), Some(known)).await, ["丙局", "甲中心"]);
    assert!(names(None, Some(0)).await.is_empty());
}

#[tokio::test]
async fn a_later_view_is_the_same_view() {
    // What is folded in one piece later is what was folded event by event.
    let world = peopled(Kind::Sqlite).await;
    for person in ["zhang", "wang"] {
        world.registered().person(person, "a", None).await;
    }
    world.registered().person("li", "b", None).await;
    let live = documents(&world.house, "units").await;
    let folder = tempfile::tempdir().unwrap();
    let views = quanheng_projection::SqliteOptions::new(folder.path());
    let views = quanheng_projection::Backend::Sqlite(views);
    let projections = quanheng_projection::Projections::start(
        world.house.realm.log.clone(),
        quanheng_projection::Views::open(&views).await.unwrap(),
        vec![quanheng_registry::units_definition().unwrap()],
        quanheng_projection::Bounds::default(),
    );
    let projections = projections.await.unwrap();
    let soon = std::time::Instant::now() + std::time::Duration::from_secs(30);
    projections.wait_caught_up(soon).await.unwrap();
    let view = projections.view("units").unwrap();
    let listed = view.list("units", &quanheng_projection::Query::default()).await.unwrap();
    let rebuilt: BTreeMap<_, _> =
        listed.docs.into_iter().map(|doc| (doc.id.clone(), doc.json.to_string())).collect();
    assert_eq!(rebuilt, live);
    assert!(live["units/a"].contains("\"registered_headcount\":2"), "{}", live["units/a"]);
    projections.close().await;
}
