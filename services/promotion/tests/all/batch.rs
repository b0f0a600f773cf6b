//! Many questions at once, each with its own outcome.

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_identity::Role;
use tonic::Code;
use wire::eligibility_result::Outcome;

use crate::world::*;

on_both!(each_has_its_own_outcome, bounds, the_same_as_one_by_one);

async fn each_has_its_own_outcome(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    world.person("p2", "u1", 2).await;
    world.clerk("p3", "u2", 3).await;
    world.clerk("p4", "u1", 4).await;
    world.erase("p4").await;
    let broken = wire::CareerFacts { birth_date: None, ..clerk(&[]) };
    let questions = vec![
        about("p1", "GM09"),
        about("p2", "GM09"),
        about("p3", "GM09"),
        about("p4", "GM09"),
        about("nobody", "GM09"),
        inline(clerk(&[]), "GM09"),
        inline(broken, "GM09"),
        about("p1", "GM08"),
        wire::EligibilityQuestion { rank: "GM09".into(), ..Default::default() },
    ];
    let here = within(Role::QuotaManager, HERE);
    let results = world.batch(&here, questions, day(2026, 3, 2)).await.unwrap();
    let found = |n: usize| match results[n].outcome.as_ref().unwrap() {
        Outcome::Eligibility(found) => found,
        Outcome::Failure(failure) => panic!("{n}: {failure:?}"),
    };
    let failed = |n: usize| match results[n].outcome.as_ref().unwrap() {
        Outcome::Failure(failure) => (Code::from(failure.code), failure.reason.as_str(), failure),
        Outcome::Eligibility(found) => panic!("{n}: {:?}", reasons(found)),
    };
    assert_eq!(results.len(), 9);
    assert_eq!((found(0).person.as_str(), found(0).candidate), ("persons/p1", true));
    assert!(!found(1).candidate);
    assert!(found(5).candidate && found(5).person.is_empty());
    assert_eq!(reasons(found(7)), ["SKIP_RANK"]);
    for (n, code, reason, key, value) in [
        (2, Code::NotFound, "RESOURCE_NOT_FOUND", "resource", "persons/p3"),
        (3, Code::FailedPrecondition, "PERSON_ERASED", "resource", "persons/p4"),
        (4, Code::NotFound, "RESOURCE_NOT_FOUND", "resource", "persons/nobody"),
        (6, Code::InvalidArgument, "INVALID_FIELD", "field", "questions[6].facts.birth_date"),
        (8, Code::InvalidArgument, "INVALID_FIELD", "field", "questions[8].subject"),
    ] {
        let (own, told, failure) = failed(n);
        assert_eq!((own, told), (code, reason), "{n}");
        assert_eq!(failure.metadata[key], value, "{n}");
        assert!(failure.message.chars().any(|c| c >= '\u{4e00}'), "{n}");
    }
}

async fn bounds(kind: Kind) {
    let world = World::open(kind).await;
    let many = |count: usize| vec![inline(clerk(&[]), "GM09"); count];
    let refused = world.batch(&manager(), many(1_001), None).await.unwrap_err();
    assert_eq!(refused.code, Code::ResourceExhausted);
    assert_eq!(refused.reason, "BATCH_ITEMS_MAX");
    let figures = (refused.metadata["max"].as_str(), refused.metadata["actual"].as_str());
    assert_eq!(figures, ("1000", "1001"));
    let refused = world.batch(&manager(), many(0), None).await.unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.fields),
        ("INVALID_FIELD", vec!["questions".to_owned()])
    );
    let results = world.batch(&manager(), many(1_000), day(2026, 3, 2)).await.unwrap();
    assert_eq!(results.len(), 1_000);
}

async fn the_same_as_one_by_one(kind: Kind) {
    let world = World::open(kind).await;
    let on = day(2026, 3, 2);
    let mut questions = Vec::new();
    for nr in 1..=12 {
        let id = format!("p{nr}");
        world.clerk(&id, if nr % 2 == 0 { "u1" } else { "u2" }, nr).await;
        questions.push(about(&id, if nr % 3 == 0 { "GM08" } else { "GM09" }));
    }
    let results = world.batch(&manager(), questions.clone(), on).await.unwrap();
    for (question, result) in questions.into_iter().zip(results) {
        let one = world.check(question, on).await;
        assert_eq!(result.outcome, Some(Outcome::Eligibility(one)));
    }
}
