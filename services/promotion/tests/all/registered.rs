//! Persons of the register: what happens to them changes what the rules find.

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::quanheng::registry::v1 as registry;
use registry::person_event as happened;
use registry::person_event::Event;

use crate::world::*;

on_both!(
    a_career_from_the_register,
    what_was_known_once,
    policy_as_it_was_known,
    whoever_left_and_whoever_moved,
    what_the_register_does_not_hold,
);

async fn a_career_from_the_register(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let today = day(2026, 3, 2);
    // Without a rank there is none to be promoted from.
    let found = world.check(about("p1", "GM09"), today).await;
    assert!(!found.candidate, "{:?}", reasons(&found));

    world.record("p1", vec![take_rank("GM10", day(2022, 7, 1))]).await;
    let found = world.check(about("p1", "GM09"), today).await;
    assert_eq!(reasons(&found), ["ASSESSMENT_MISSING"]);
    assert_eq!(found.person, "persons/p1");
    let missing = of(&found, "assessments_present");
    assert_eq!(fact(missing, "missing_years"), "2022、2023、2024");

    let results = (2022..=2025).map(|year| assess(year, "competent")).collect();
    world.record("p1", results).await;
    let found = world.check(about("p1", "GM09"), today).await;
    assert!(found.candidate, "{:?}", reasons(&found));
    assert_eq!(found.earliest_on, day(2024, 7, 1));
    let found = world.check(about("p1", "GM09"), day(2024, 6, 30)).await;
    assert_eq!((reasons(&found), found.candidate), (vec!["TENURE_INSUFFICIENT"], false));

    let fact = registry::Sanction { id: "s1".into(), ..sanction("warning", None) };
    world.record("p1", vec![event(Event::RecordSanction(fact), day(2026, 1, 15))]).await;
    let found = world.check(about("p1", "GM09"), today).await;
    assert_eq!(reasons(&found), ["IN_SANCTION_PERIOD"]);
    assert_eq!((found.candidate, found.earliest_on), (false, day(2026, 7, 15)));
    assert!(world.check(about("p1", "GM09"), day(2026, 1, 14)).await.candidate);

    let lifted = happened::LiftSanction { id: "s1".into(), on: day(2026, 2, 1) };
    world.record("p1", vec![event(Event::LiftSanction(lifted), None)]).await;
    assert!(world.check(about("p1", "GM09"), today).await.candidate);

    let opened = registry::Investigation {
        id: "i1".into(),
        opened_by: "样例县纪委监委".into(),
        ..Default::default()
    };
    world.record("p1", vec![event(Event::OpenInvestigation(opened), day(2026, 2, 10))]).await;
    let found = world.check(about("p1", "GM09"), today).await;
    assert_eq!(reasons(&found), ["UNDER_INVESTIGATION"]);
}

async fn what_was_known_once(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    let before = world.house.head().await;
    let fact = registry::Sanction { id: "s1".into(), ..sanction("warning", None) };
    world.record("p1", vec![event(Event::RecordSanction(fact), day(2026, 1, 15))]).await;
    let on = day(2026, 3, 2);
    let asked = ask(about("p1", "GM09"), on);
    let found = world.check_as(&manager(), asked.clone()).await.unwrap();
    assert_eq!(reasons(&found), ["IN_SANCTION_PERIOD"]);
    // Of the same day, as it was known before the sanction was recorded.
    let then = wire::CheckEligibilityRequest { known_at: at(before), ..asked.clone() };
    assert!(world.check_as(&manager(), then).await.unwrap().candidate);
    // Before the person was registered, nobody knew of one.
    let then = wire::CheckEligibilityRequest { known_at: at(1), ..asked };
    let refused = world.check_as(&manager(), then).await.unwrap_err();
    assert_eq!(refused.reason, "RESOURCE_NOT_FOUND");
}

async fn policy_as_it_was_known(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    let before = world.house.head().await;
    world
        .publish(
            "[parameters.extra_conditions]\narticle = \"本地规定\"\n\
             [parameters.extra_conditions.value.GM09]\n\
             compare = { fact = \"age\", is = \"at_least\", value = 50 }\n",
        )
        .await;
    let asked = ask(about("p1", "GM09"), day(2026, 3, 2));
    let now = world.check_as(&manager(), asked.clone()).await.unwrap();
    assert_eq!(reasons(&now), ["CONDITION_NOT_MET"]);
    assert_eq!(now.policy_layers.len(), 2);
    let then = wire::CheckEligibilityRequest { known_at: at(before), ..asked };
    let then = world.check_as(&manager(), then).await.unwrap();
    assert!(then.candidate);
    assert_eq!(then.policy_layers, now.policy_layers[1..]);
    assert_ne!(then.policy_hash, now.policy_hash);
}

async fn whoever_left_and_whoever_moved(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    world.clerk("p2", "u1", 2).await;
    let retired = happened::LeaveService {
        reason: registry::LeaveReason::Resignation.into(),
        on: day(2026, 2, 1),
    };
    world.record("p1", vec![event(Event::LeaveService(retired), day(2026, 2, 1))]).await;
    let found = world.check(about("p1", "GM09"), day(2026, 3, 2)).await;
    assert_eq!(reasons(&found)[0], "NOT_IN_SERVICE");
    assert!(world.check(about("p1", "GM09"), day(2026, 1, 31)).await.candidate);

    // A leading group has another table than the organ of the slot.
    let mut above = about("p2", "GM09");
    above.unit = organ(registry::Tier::Prefecture);
    assert!(world.check(above, day(2026, 3, 2)).await.candidate);
}

async fn what_the_register_does_not_hold(kind: Kind) {
    use wire::fact_value::Value;
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    world
        .publish(
            "[parameters.extra_conditions]\narticle = \"本地规定\"\n\
             [parameters.extra_conditions.value.GM09]\n\
             compare = { fact = \"village_years\", is = \"at_least\", value = 2 }\n",
        )
        .await;
    let on = day(2026, 3, 2);
    let found = world.check(about("p1", "GM09"), on).await;
    assert_eq!(reasons(&found), ["FACT_MISSING"]);
    let mut question = about("p1", "GM09");
    let years = wire::FactValue { value: Some(Value::Number(2)) };
    question.extra_facts.insert("village_years".into(), years);
    assert!(world.check(question, on).await.candidate);
}
