//! Where units came from and what they became.

use jiff::civil::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::recertification::v1::recertification_service_server::RecertificationService as _;
use quanheng_register::unit::{ChangeKind, UnitPatch};

use super::world::{DAY, Kind, World, call, with_slots};

on_both!(the_whole_graph, a_circle_ends);

async fn graph(world: &World, id: &str) -> wire::GetLineageResponse {
    let message = wire::GetLineageRequest {
        unit: format!("units/{id}"),
        min_position: world.house.head().await,
    };
    call!(world, get_lineage, message).unwrap()
}

fn edges(graph: &wire::GetLineageResponse) -> Vec<(String, String)> {
    let edges = graph.edges.iter();
    edges.map(|edge| (edge.predecessor.clone(), edge.successor.clone())).collect()
}

async fn the_whole_graph(kind: Kind) {
    let world = World::open(kind).await;
    let none = UnitPatch::default;
    world.change("a", DAY, &[ChangeKind::Merged], none(), &["b"]).await;
    world.end("b", DAY, ChangeKind::Merged, &["a"]).await;
    let part = with_slots(&world.profile("a").await, 3);
    let later = date(2026, 4, 1);
    world.begin("part", later, &[ChangeKind::Split], part, &["a"]).await;
    world.change("a", later, &[ChangeKind::Split], none(), &[]).await;
    let expected = [("units/a", "units/part"), ("units/b", "units/a")];
    let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
    for from in ["a", "b", "part"] {
        let found = graph(&world, from).await;
        let units: Vec<_> = found.nodes.iter().map(|node| node.unit.as_str()).collect();
        assert_eq!(units, ["units/a", "units/b", "units/part"], "{from}");
        assert_eq!(edges(&found), expected, "{from}");
        let documents = found.edges.iter().map(|edge| edge.document_number.as_str());
        assert!(documents.into_iter().all(|document| document == "鄂编〔2026〕8号"));
        let b = found.nodes.iter().find(|node| node.unit == "units/b").unwrap();
        assert_eq!(b.to, Some(quanheng_api::date(DAY)));
        assert!(b.referenced && b.display_name == "测试单位b");
    }
    assert_eq!(graph(&world, "c").await.nodes.len(), 1);
}

async fn a_circle_ends(kind: Kind) {
    let world = World::open(kind).await;
    let none = UnitPatch::default;
    world.change("a", DAY, &[ChangeKind::Split], none(), &["b"]).await;
    world.change("b", date(2026, 4, 1), &[ChangeKind::Split], none(), &["a"]).await;
    let found = graph(&world, "a").await;
    assert_eq!((found.nodes.len(), found.edges.len()), (2, 2));
}
