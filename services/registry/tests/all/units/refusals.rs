//! Each refusal once: its code and its reason.

use quanheng_api::quanheng::registry::v1 as wire;
use tonic::Code;

use super::*;

async fn world() -> World {
    let world = World::open(Kind::Sqlite).await;
    world
        .unit(
            "top",
            wire::UnitProfile {
                tier: Some(wire::Tier::Prefecture.into()),
                ..organ("市局", "530100")
            },
        )
        .await;
    world
        .unit(
            "a",
            wire::UnitProfile { parent: Some("units/top".into()), ..organ("甲局", "530102") },
        )
        .await;
    world
        .unit("b", wire::UnitProfile { parent: Some("units/a".into()), ..organ("乙局", "530102") })
        .await;
    world.unit("gone", organ("旧局", "530102")).await;
    let abolish = change(wire::UnitChangeKind::Abolish, &["gone"], vec![]);
    world.change(&registrar(), abolish).await.unwrap();
    world
}

#[tokio::test]
async fn a_registration_that_is_refused() {
    let world = world().await;
    let head = world.house.head().await;
    let organ = || organ("丙局", "530102");
    let with = |profile| create("c", profile);
    let (bad, rule) = (Code::InvalidArgument, Code::FailedPrecondition);
    let cases: Vec<(wire::CreateUnitRequest, Code, &str)> = vec![
        (
            wire::CreateUnitRequest { request_id: String::new(), ..with(organ()) },
            bad,
            "INVALID_FIELD",
        ),
        (wire::CreateUnitRequest { profile: None, ..with(organ()) }, bad, "INVALID_FIELD"),
        (wire::CreateUnitRequest { basis: None, ..with(organ()) }, bad, "INVALID_FIELD"),
        (
            wire::CreateUnitRequest {
                basis: basis(2020, 1, 1)
                    .map(|basis| Basis { document_number: "一号文".into(), ..basis }),
                ..with(organ())
            },
            bad,
            "DOCUMENT_NUMBER_FORMAT",
        ),
        (
            wire::CreateUnitRequest { basis: basis(2020, 2, 30), ..with(organ()) },
            bad,
            "INVALID_FIELD",
        ),
        (create("c/d", organ()), bad, "INVALID_FIELD"),
        (
            with(wire::UnitProfile { display_name: Some(" ".into()), ..organ() }),
            bad,
            "INVALID_FIELD",
        ),
        (
            with(wire::UnitProfile { contact_phone: Some("打电话".into()), ..organ() }),
            bad,
            "PHONE_FORMAT",
        ),
        (create("a", organ()), Code::AlreadyExists, "RESOURCE_EXISTS"),
        (
            with(wire::UnitProfile { parent: Some("units/none".into()), ..organ() }),
            Code::NotFound,
            "RESOURCE_NOT_FOUND",
        ),
        (
            wire::CreateUnitRequest { basis: basis(2999, 1, 1), ..with(organ()) },
            rule,
            "TOO_FAR_AHEAD",
        ),
        (
            with(wire::UnitProfile { division: Some("530100".into()), ..organ() }),
            rule,
            "TIER_MISMATCH",
        ),
        (
            with(wire::UnitProfile {
                nature: Some(wire::UnitNature::ReferencedInstitution.into()),
                ..organ()
            }),
            rule,
            "NATURE_MISMATCH",
        ),
        (
            with(wire::UnitProfile {
                category_posts: BTreeMap::from([("judge".to_owned(), 21)]),
                ..organ()
            }),
            rule,
            "CATEGORY_POSTS_EXCEED",
        ),
        (
            with(wire::UnitProfile {
                tier: Some(wire::Tier::Prefecture.into()),
                division: Some("530100".into()),
                parent: Some("units/a".into()),
                ..organ()
            }),
            rule,
            "PARENT_BELOW_CHILD",
        ),
        (
            wire::CreateUnitRequest {
                basis: basis(2023, 6, 1),
                ..with(wire::UnitProfile { parent: Some("units/gone".into()), ..organ() })
            },
            rule,
            "UNIT_ABOLISHED",
        ),
        (
            wire::CreateUnitRequest {
                basis: basis(2019, 1, 1),
                ..with(wire::UnitProfile { parent: Some("units/a".into()), ..organ() })
            },
            rule,
            "BEFORE_UNIT_EXISTED",
        ),
    ];
    for (index, (message, code, reason)) in cases.into_iter().enumerate() {
        let refused = refusal(world.create(&registrar(), message).await);
        assert_eq!(refused, (code, reason.to_owned()), "case {index}");
    }
    // A refusal is no event.
    assert_eq!(world.house.head().await, head);
}

#[tokio::test]
async fn an_update_that_is_refused() {
    let world = world().await;
    let none = wire::UnitProfile::default;
    let remarks = || wire::UnitProfile { remarks: Some("注".into()), ..none() };
    let correction = |message: wire::UpdateUnitRequest| wire::UpdateUnitRequest {
        correction: true,
        reason: "有误".into(),
        basis: None,
        ..message
    };
    let (bad, rule) = (Code::InvalidArgument, Code::FailedPrecondition);
    let cases: Vec<(wire::UpdateUnitRequest, Code, &str)> = vec![
        (update("none", remarks()), Code::NotFound, "RESOURCE_NOT_FOUND"),
        (
            wire::UpdateUnitRequest { name: "persons/a".into(), ..update("a", remarks()) },
            bad,
            "INVALID_FIELD",
        ),
        (update("a", none()), bad, "INVALID_FIELD"),
        (
            wire::UpdateUnitRequest { reason: "因".into(), ..update("a", remarks()) },
            bad,
            "INVALID_FIELD",
        ),
        (
            wire::UpdateUnitRequest { etag: "v9".into(), ..update("a", remarks()) },
            Code::Aborted,
            "ETAG_MISMATCH",
        ),
        (
            update("a", wire::UnitProfile { parent: Some("units/b".into()), ..none() }),
            rule,
            "PARENT_CYCLE",
        ),
        (
            wire::UpdateUnitRequest { basis: basis(2023, 6, 1), ..update("gone", remarks()) },
            rule,
            "UNIT_ABOLISHED",
        ),
        (
            wire::UpdateUnitRequest { reason: String::new(), ..correction(update("a", remarks())) },
            bad,
            "INVALID_FIELD",
        ),
        (
            wire::UpdateUnitRequest { void_entry: true, ..correction(update("a", none())) },
            rule,
            "WRONG_STATE",
        ),
        (
            wire::UpdateUnitRequest { void_entry: true, ..correction(update("a", remarks())) },
            bad,
            "INVALID_FIELD",
        ),
        (
            wire::UpdateUnitRequest { corrected_version: 7, ..correction(update("a", remarks())) },
            Code::NotFound,
            "RESOURCE_NOT_FOUND",
        ),
        (
            // The abolition cannot come before the registration.
            wire::UpdateUnitRequest {
                corrected_effective_on: day(2019, 1, 1),
                ..correction(update("gone", none()))
            },
            rule,
            "LATER_ENTRIES",
        ),
    ];
    for (index, (message, code, reason)) in cases.into_iter().enumerate() {
        let refused = refusal(world.update(&registrar(), message).await);
        assert_eq!(refused, (code, reason.to_owned()), "case {index}");
    }
}

#[tokio::test]
async fn nobody_known_is_let_in() {
    let world = World::open(Kind::Sqlite).await;
    let message = tonic::Request::new(wire::GetUnitRequest::default());
    let refused = answered(world.api.get_unit(message).await);
    assert_eq!(refusal(refused), (Code::Unauthenticated, "UNAUTHENTICATED".into()));
    let beyond =
        wire::GetUnitRequest { name: "units/a".into(), min_position: 9, ..Default::default() };
    assert_eq!(refusal(world.get_as(beyond).await).0, Code::OutOfRange);
}
