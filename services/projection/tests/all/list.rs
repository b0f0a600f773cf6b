//! How projections are doing.

use quanheng_api::quanheng::projection::v1 as wire;
use quanheng_identity::Role;
use tonic::Code;

use crate::client;
use crate::views::{broken, commit, set, unit};
use crate::world::{Kind, World, on_every_backend, who};

on_every_backend!(each_tells_how_far_it_is);

async fn each_tells_how_far_it_is(kind: Kind) {
    let world = World::new(kind).await;
    commit(&world, [set("units/a", &unit("440106", "甲"))]).await;
    let stopped = commit(&world, [broken("operations/a")]).await;
    let head = commit(&world, [set("units/b", &unit("440106", "乙"))]).await;
    let mut operator = client(&world, who("chen", &[Role::Operator], "440106"));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let listed = loop {
        let listed = operator.list_projections(wire::ListProjectionsRequest {}).await.unwrap();
        let listed = listed.into_inner().projections;
        if listed.iter().any(|projection| projection.failed_position > 0) {
            break listed;
        }
        assert!(std::time::Instant::now() < deadline, "it never stops: {listed:?}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    };
    let [units, persons, operations] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((units.name.as_str(), units.version), ("units", 3));
    assert_eq!((units.position, units.head, units.lag), (head, head, 0));
    assert!(units.failure.is_empty() && units.failed_position == 0);
    let [first, second] = units.collections.as_slice() else { panic!("{units:?}") };
    assert_eq!((first.name.as_str(), second.name.as_str()), ("units", "unit_notes"));
    assert_eq!(first.fields, ["id", "division", "name"]);
    assert_eq!(
        first.served,
        ["order by id", "order by division, id", "name = …, order by division, id"]
    );
    assert_eq!(
        (second.fields.as_slice(), second.served.as_slice()),
        (&["id".to_owned()][..], &["order by id".to_owned()][..])
    );
    assert_eq!(persons.name, "persons");
    assert_eq!((operations.name.as_str(), operations.failed_position), ("operations", stopped));
    assert!(operations.failure.contains("it is broken"), "{operations:?}");
    assert!(operations.lag > 0);

    let mut nobody = client(&world, who("x", &[], "000000"));
    let refused = world.refused(nobody.list_projections(wire::ListProjectionsRequest {})).await;
    refused.is(Code::PermissionDenied, "ACCESS_DENIED");
}
