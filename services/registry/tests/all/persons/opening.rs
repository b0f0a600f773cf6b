//! Facts at cut-over (期初).

use quanheng_api::quanheng::registry::v1 as wire;

use super::*;

on_both!(facts_of_many_are_taken_together, each_is_taken_for_itself);

fn facts(id: &str, rank: &str) -> wire::OpeningFacts {
    wire::OpeningFacts {
        person: format!("persons/{id}"),
        ranks: vec![wire::RankSpell {
            category: "general_management".into(),
            rank: rank.into(),
            from: day(2019, 6, 1),
            reason: wire::RankReason::Conversion.into(),
            ..Default::default()
        }],
        posts: vec![wire::PostSpell {
            unit: "units/u1".into(),
            title: "样例科科长".into(),
            from: day(2015, 1, 1),
            to: day(2021, 1, 1),
            way: wire::PostWay::Appointment.into(),
            left: wire::PostLeaveReason::TurnedToRank.into(),
            ..Default::default()
        }],
        same_level_since: day(2015, 1, 1),
        assessments: vec![assessment(2022, "excellent"), assessment(2023, "competent")],
        conversion: Some(wire::Conversion {
            rank: rank.into(),
            on: day(2019, 6, 1),
            level_since: day(2015, 1, 1),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn opening(facts: Vec<wire::OpeningFacts>, atomic: bool) -> wire::RecordOpeningFactsRequest {
    wire::RecordOpeningFactsRequest {
        facts,
        basis: basis(day(2024, 1, 1)),
        atomic,
        request_id: request_id(),
        validate_only: false,
    }
}

impl World {
    async fn record_opening(
        &self,
        message: wire::RecordOpeningFactsRequest,
    ) -> Result<wire::RecordOpeningFactsResponse, Told> {
        answered(self.api.record_opening_facts(request(&registrar(), message)).await)
    }
}

async fn facts_of_many_are_taken_together(kind: Kind) {
    let world = World::open(kind).await;
    for nr in 1..=3 {
        world.person(&format!("p{nr}"), "u1", nr).await;
    }
    let head = world.house.head().await;
    let unknown = opening(vec![facts("p1", "GM11"), facts("p9", "GM11")], true);
    assert_eq!(world.record_opening(unknown).await.unwrap_err().reason, "RESOURCE_NOT_FOUND");
    let mut late = facts("p2", "GM11");
    late.ranks[0].from = day(2024, 1, 2);
    let late = opening(vec![facts("p1", "GM11"), late], true);
    let refused = world.record_opening(late).await.unwrap_err();
    assert_eq!(refused.metadata["at"], "facts[1]");
    let twice = opening(vec![facts("p1", "GM11"), facts("p1", "GM12")], true);
    assert_eq!(world.record_opening(twice).await.unwrap_err().fields, ["facts[1].person"]);
    assert_eq!(world.house.head().await, head);

    let message = opening(vec![facts("p1", "GM11"), facts("p2", "GM12")], true);
    let trial = wire::RecordOpeningFactsRequest { validate_only: true, ..message.clone() };
    assert_eq!(world.record_opening(trial).await.unwrap().results.len(), 2);
    assert_eq!(world.house.head().await, head);
    let answer = world.record_opening(message.clone()).await.unwrap();
    assert!(answer.results.iter().all(|result| result.code == 0));
    assert_eq!((answer.results.len(), answer.position), (2, world.house.head().await));
    assert_eq!(world.record_opening(message).await.unwrap(), answer);
    let person = world.full("p1").await;
    assert_eq!((person.current_rank.as_str(), person.opened_on), ("GM11", day(2024, 1, 1)));
    assert_eq!(person.same_level_since, day(2015, 1, 1));
    assert_eq!(person.conversion.unwrap().level_since, day(2015, 1, 1));
    assert_eq!(person.rank_spells[0].reason(), wire::RankReason::Conversion);
    assert_eq!(person.assessments.len(), 2);
    assert_eq!(world.basic("p2").await.current_rank, "GM12");
}

async fn each_is_taken_for_itself(kind: Kind) {
    let world = World::open(kind).await;
    for nr in 1..=3 {
        world.person(&format!("p{nr}"), "u1", nr).await;
    }
    world.record_opening(opening(vec![facts("p2", "GM11")], false)).await.unwrap();
    let mut malformed = facts("p3", "GM11");
    malformed.ranks[0].reason = 0;
    let all = vec![facts("p1", "GM11"), facts("p2", "GM11"), malformed, facts("p9", "GM11")];
    let message = opening(all, false);
    let head = world.house.head().await;
    let trial = wire::RecordOpeningFactsRequest { validate_only: true, ..message.clone() };
    let tried = world.record_opening(trial).await.unwrap();
    assert_eq!(world.house.head().await, head);
    let answer = world.record_opening(message.clone()).await.unwrap();
    assert_eq!(tried.results, answer.results);
    let reasons: Vec<_> = answer.results.iter().map(|result| result.reason.as_str()).collect();
    assert_eq!(reasons, ["", "RESOURCE_EXISTS", "INVALID_FIELD", "RESOURCE_NOT_FOUND"]);
    assert_eq!(answer.results[2].metadata["field"], "facts[2].ranks[0].reason");
    assert_eq!(world.basic("p1").await.current_rank, "GM11");
    // The same again changes nothing, and says the same.
    let head = world.house.head().await;
    let again = world.record_opening(message).await.unwrap();
    assert_eq!((again.results, world.house.head().await), (answer.results, head));
}
