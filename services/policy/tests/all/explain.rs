//! Explaining: which value holds, and where it comes from.

use jiff::civil::date;
use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_api::quanheng::policy::v1::explain_request::Subject;
use quanheng_policy_service::publish_defaults;
use quanheng_test_house::Registered;
use tonic::Code;

use crate::profiles::{overlay, publish};
use crate::world::{Kind, World};
use crate::{county, national, provincial};

async fn world() -> World {
    let world = World::new(Kind::Sqlite).await;
    publish_defaults(&world.realm).await.unwrap();
    let text = overlay("guangdong", 1, "440000", 7);
    provincial(&world).publish_profile(publish(text)).await.unwrap();
    world
}

fn ask(subject: Subject, parameters: &[&str]) -> wire::ExplainRequest {
    wire::ExplainRequest {
        subject: Some(subject),
        on: Some(quanheng_api::date(date(2026, 6, 1))),
        parameters: parameters.iter().map(|name| (*name).to_owned()).collect(),
        category: String::new(),
        min_position: 0,
    }
}

fn division(code: &str) -> Subject {
    Subject::Division(code.to_owned())
}

fn unit(name: &str) -> Subject {
    Subject::Unit(name.to_owned())
}

/// A county organ of Guangdong, since 2019.
async fn register(world: &World, id: &str) {
    Registered(&world.realm).unit(id, "440106", 30, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_closest_layer_says_what_holds() {
    let world = world().await;
    for (code, on, value, source) in [
        ("440106", date(2026, 6, 1), "7", "policyProfiles/guangdong/versions/1"),
        ("440000", date(2026, 1, 1), "7", "policyProfiles/guangdong/versions/1"),
        ("440000", date(2025, 12, 31), "5", "policyProfiles/national/versions/1"),
        ("110000", date(2026, 6, 1), "5", "policyProfiles/national/versions/1"),
    ] {
        let request = wire::ExplainRequest {
            on: Some(quanheng_api::date(on)),
            ..ask(division(code), &["notice_working_days"])
        };
        let answer = national(&world).explain(request).await.unwrap().into_inner();
        let [explained] = answer.explanations.as_slice() else { panic!("{answer:?}") };
        assert_eq!(explained.key, "parameters.notice_working_days");
        assert_eq!(
            (explained.label.as_str(), explained.value_json.as_str()),
            ("公示工作日数", value)
        );
        let from = explained.source.as_ref().unwrap();
        assert_eq!(
            (from.profile.as_str(), from.key.as_str()),
            (source, "parameters.notice_working_days")
        );
        assert!(!from.article.is_empty() && from.sha256.len() == 64);
        assert_eq!(answer.layers.first().map(String::as_str), Some(source));
        assert_eq!(answer.layers.last().unwrap(), "policyProfiles/national/versions/1");
        assert_eq!(answer.policy_hash.len(), 64);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_set_is_told_when_it_is_asked_for() {
    let world = world().await;
    let unset = "reserve_ratio";
    let all = county(&world).explain(ask(division("440106"), &[])).await.unwrap().into_inner();
    assert!(all.explanations.len() > 10);
    assert!(all.explanations.iter().all(|one| one.failure.is_none() && one.source.is_some()));
    assert!(all.explanations.iter().all(|one| one.key != format!("parameters.{unset}")));

    let request = ask(division("440106"), &[unset, "notice_working_days"]);
    let named = county(&world).explain(request).await.unwrap().into_inner();
    let [missing, found] = named.explanations.as_slice() else { panic!("{named:?}") };
    let failure = missing.failure.as_ref().unwrap();
    assert_eq!(
        (failure.reason.as_str(), failure.code),
        ("POLICY_NOT_CONFIGURED", Code::FailedPrecondition as i32)
    );
    assert!(missing.value_json.is_empty() && missing.source.is_none() && !missing.label.is_empty());
    assert!(!failure.message.contains("POLICY_NOT_CONFIGURED"), "{}", failure.message);
    assert_eq!(found.value_json, "7");
    assert_eq!(named.policy_hash, all.policy_hash);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_takes_a_class_and_its_table() {
    let world = world().await;
    register(&world, "u1").await;
    let request = wire::ExplainRequest {
        category: "general_management".into(),
        ..ask(unit("units/u1"), &["notice_working_days"])
    };
    let answer = county(&world).explain(request.clone()).await.unwrap().into_inner();
    let [notice, class, table] = answer.explanations.as_slice() else { panic!("{answer:?}") };
    assert_eq!(notice.value_json, "7");
    assert_eq!((class.key.as_str(), class.label.as_str()), ("classes", "职数类别"));
    let class: String = serde_json::from_str(&class.value_json).unwrap();
    assert_eq!(table.key, format!("ratios.general_management.{class}"));
    let ratios: serde_json::Value = serde_json::from_str(&table.value_json).unwrap();
    assert!(!ratios["sets"].as_array().unwrap().is_empty(), "{ratios}");
    assert!(table.source.as_ref().unwrap().article.contains("条"), "{table:?}");

    let none = wire::ExplainRequest { category: "none_such".into(), ..request };
    let answer = county(&world).explain(none).await.unwrap().into_inner();
    let last = answer.explanations.last().unwrap();
    assert_eq!(last.failure.as_ref().unwrap().reason, "NO_RATIO_TABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_explained_is_refused() {
    let world = world().await;
    register(&world, "u1").await;
    let category = |subject| wire::ExplainRequest {
        category: "general_management".into(),
        ..ask(subject, &[])
    };
    let nothing = wire::ExplainRequest { subject: None, ..ask(division("440106"), &[]) };
    let no_day = wire::ExplainRequest {
        on: Some(quanheng_api::google::r#type::Date { year: 2026, month: 2, day: 30 }),
        ..ask(division("440106"), &[])
    };
    let many = vec!["notice_working_days"; 200];
    let before = wire::ExplainRequest {
        on: Some(quanheng_api::date(date(2018, 1, 1))),
        ..ask(unit("units/u1"), &[])
    };
    for (case, request, code, reason) in [
        ("no subject", nothing, Code::InvalidArgument, "INVALID_FIELD"),
        ("no day", no_day, Code::InvalidArgument, "INVALID_FIELD"),
        ("no division", ask(division("4401"), &[]), Code::InvalidArgument, "DIVISION_CODE_FORMAT"),
        (
            "no parameter",
            ask(division("440106"), &["none_such"]),
            Code::InvalidArgument,
            "INVALID_FIELD",
        ),
        ("many", ask(division("440106"), &many), Code::ResourceExhausted, "POLICY_PARAMETERS_MAX"),
        (
            "class of a division",
            category(division("440106")),
            Code::InvalidArgument,
            "INVALID_FIELD",
        ),
        ("elsewhere", ask(division("440104"), &[]), Code::PermissionDenied, "ACCESS_DENIED"),
        ("no unit", ask(unit("units/u2"), &[]), Code::NotFound, "RESOURCE_NOT_FOUND"),
        ("no unit yet", before, Code::NotFound, "RESOURCE_NOT_FOUND"),
        ("no unit name", ask(unit("u1"), &[]), Code::InvalidArgument, "INVALID_FIELD"),
    ] {
        let refused = world.refused(county(&world).explain(request)).await;
        assert_eq!(refused.what(), (code, reason), "{case}");
    }
    // The layers around a jurisdiction may be asked about; a unit elsewhere is not there.
    county(&world).explain(ask(division("440000"), &[])).await.unwrap();
    let viewer = crate::world::who("zhao", &[quanheng_identity::Role::Viewer], "440104");
    let mut elsewhere = crate::client(&world, viewer);
    let refused = world.refused(elsewhere.explain(ask(unit("units/u1"), &[]))).await;
    refused.is(Code::NotFound, "RESOURCE_NOT_FOUND");
}
