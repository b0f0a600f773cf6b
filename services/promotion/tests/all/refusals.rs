//! What is refused: each once, with its code, reason and field. That nothing changes, every
//! call of the world checks.

use quanheng_api::quanheng::common::v1::{KnownAt, known_at};
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::quanheng::registry::v1 as registry;
use tonic::Code;
use wire::eligibility_question::Subject;

use crate::world::*;

on_both!(fields_that_are_wrong, too_many_facts, what_is_not_configured_fails, positions);

fn changed(change: impl Fn(&mut wire::CareerFacts)) -> Option<wire::EligibilityQuestion> {
    let mut facts = clerk(&[]);
    change(&mut facts);
    Some(inline(facts, "GM09"))
}

fn asked(change: impl Fn(&mut wire::EligibilityQuestion)) -> Option<wire::EligibilityQuestion> {
    let mut question = inline(clerk(&[]), "GM09");
    change(&mut question);
    Some(question)
}

async fn fields_that_are_wrong(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    let unset = wire::FactValue::default();
    let flag = wire::FactValue { value: Some(wire::fact_value::Value::Flag(true)) };
    let late = day(2999, 1, 1);
    let rows = [
        ("", None),
        (".subject", asked(|q| q.subject = None)),
        (".person", asked(|q| q.subject = Some(Subject::Person("people/1".into())))),
        (".rank", asked(|q| q.rank.clear())),
        (".category", asked(|q| q.category = "没有 这样".into())),
        (".unit.tier", asked(|q| q.unit = Some(wire::UnitFacts::default()))),
        (".qualifications[0].level", asked(|q| q.qualifications = vec![Default::default()])),
        (".extra_facts.x", asked(|q| drop(q.extra_facts.insert("x".into(), unset.clone())))),
        (
            ".extra_facts.grass_roots_two_years",
            asked(|q| {
                *q = about("p1", "GM09");
                q.extra_facts.insert("grass_roots_two_years".into(), flag.clone());
            }),
        ),
        (".facts.sex", changed(|f| f.sex = 0)),
        (".facts.birth_date", changed(|f| f.birth_date = day(1980, 13, 0))),
        (".facts.work_started", changed(|f| f.work_started = day(2003, 2, 30))),
        (".facts.pay_grade", changed(|f| f.pay_grade = 28)),
        (".facts.spells[0].holding", changed(|f| f.spells[0].holding = None)),
        (".facts.spells[0].from", changed(|f| f.spells[0].from = None)),
        (".facts.spells[0].to", changed(|f| f.spells[0].to = day(2022, 6, 30))),
        (".facts.prior[0].holding", changed(|f| f.prior = vec![Default::default()])),
        (
            ".facts.conversion.rank",
            changed(|f| f.conversion = Some(registry::Conversion::default())),
        ),
        (".facts.assessments[1].result", changed(|f| f.assessments[1].result = "good".into())),
        (
            ".facts.assessments[0].confirmed_on",
            changed(|f| f.assessments[0].confirmed_on = day(2021, 1, 1)),
        ),
        (".facts.commendations[0].kind", changed(|f| f.commendations = vec![Default::default()])),
        (".facts.sanctions[0].on", changed(|f| f.sanctions = vec![sanction("warning", None)])),
        (".facts.sanctions[0].on", changed(|f| f.sanctions = vec![sanction("warning", late)])),
        (
            ".facts.investigations[0].opened_on",
            changed(|f| f.investigations = vec![Default::default()]),
        ),
    ];
    for (field, question) in rows {
        let message = wire::CheckEligibilityRequest { question, ..Default::default() };
        let refused = world.check_as(&manager(), message).await.unwrap_err();
        let field = format!("question{field}");
        assert_eq!((refused.code, refused.fields), (Code::InvalidArgument, vec![field.clone()]));
        assert_eq!(refused.reason, "INVALID_FIELD", "{field}");
        assert_eq!(refused.metadata["field"], field);
    }
    let question = changed(|f| f.division = "5301".into());
    let message = wire::CheckEligibilityRequest { question, ..Default::default() };
    let refused = world.check_as(&manager(), message).await.unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::InvalidArgument, "DIVISION_CODE_FORMAT")
    );
    for (field, message) in [
        ("on", ask(about("p1", "GM09"), day(2026, 2, 30))),
        (
            "known_at",
            wire::CheckEligibilityRequest {
                known_at: Some(KnownAt { at: Some(known_at::At::Time(pbjson(i64::MAX))) }),
                ..ask(about("p1", "GM09"), None)
            },
        ),
    ] {
        let refused = world.check_as(&manager(), message).await.unwrap_err();
        assert_eq!(
            (refused.reason.as_str(), refused.fields),
            ("INVALID_FIELD", vec![field.to_owned()])
        );
    }
}

fn pbjson(seconds: i64) -> quanheng_api::pbjson_types::Timestamp {
    quanheng_api::pbjson_types::Timestamp { seconds, nanos: 0 }
}

async fn too_many_facts(kind: Kind) {
    let world = World::open(kind).await;
    let question = changed(|f| f.spells = vec![spell("GM10", day(2022, 7, 1), None); 1_001]);
    let message = wire::CheckEligibilityRequest { question, ..Default::default() };
    let refused = world.check_as(&manager(), message).await.unwrap_err();
    assert_eq!(refused.code, Code::ResourceExhausted);
    assert_eq!(refused.reason, "CAREER_FACTS_MAX");
    assert_eq!(refused.metadata["field"], "question.facts.spells");
    assert_eq!(
        (refused.metadata["max"].as_str(), refused.metadata["actual"].as_str()),
        ("1000", "1001")
    );
}

async fn what_is_not_configured_fails(kind: Kind) {
    let world = World::without_policy(kind).await;
    world.clerk("p1", "u1", 1).await;
    let on = day(2026, 3, 2);
    for question in [about("p1", "GM09"), inline(clerk(&[]), "GM09")] {
        let found = world.check(question, on).await;
        assert!(!found.candidate && found.earliest_on.is_none());
        assert!(reasons(&found).contains(&"POLICY_NOT_CONFIGURED"), "{:?}", reasons(&found));
        assert!(found.policy_layers.is_empty());
    }
    world.house.publish_national().await;
    // What is not known of the unit fails the rule that needs it.
    let unknown = wire::EligibilityQuestion { unit: None, ..inline(clerk(&[]), "GM09") };
    let found = world.check(unknown, on).await;
    assert_eq!(of(&found, "rank_set_up").reason, "FACT_MISSING");
    assert!(!found.candidate && found.earliest_on.is_none());
}

async fn positions(kind: Kind) {
    let world = World::open(kind).await;
    world.clerk("p1", "u1", 1).await;
    let min_position = world.house.head().await + 100;
    for question in [about("p1", "GM09"), inline(clerk(&[]), "GM09")] {
        use quanheng_api::quanheng::promotion::v1::promotion_service_server::PromotionService as _;
        let message = wire::CheckEligibilityRequest { min_position, ..ask(question, None) };
        let mut hurried = request(&manager(), message);
        hurried.metadata_mut().insert("grpc-timeout", "200m".parse().unwrap());
        let status = world.api.check_eligibility(hurried).await.unwrap_err();
        let refused = told(&status);
        assert!(
            ["PROJECTION_BEHIND", "POSITION_BEYOND_HEAD"].contains(&refused.reason.as_str()),
            "{refused:?}"
        );
    }
}
