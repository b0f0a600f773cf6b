//! Requests that are repeated, tried, raced, or asked by who may not.

use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_eventlog::{Direction, StreamName, Version};
use quanheng_identity::Role;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_test_house::{Kind, principal, request_id};
use tonic::Code;

use crate::world::{BUREAU, World, ask, basis, call, determine, told};

on_both!(
    a_repetition_gets_the_first_answer,
    a_trial_changes_nothing,
    an_etag_loses_its_race,
    who_may_not_is_refused,
    what_is_out_of_jurisdiction_is_not_there,
    refused_use_is_recorded,
);

async fn a_repetition_gets_the_first_answer(kind: Kind) {
    let world = World::new(kind).await;
    let message = determine("bureau");
    let first = call!(world, determine_quota, message.clone()).unwrap();
    let head = world.test.head().await;
    let again = call!(world, determine_quota, message.clone()).unwrap();
    assert_eq!(first, again);
    assert_eq!(world.test.head().await, head);
    let other = wire::DetermineQuotaRequest { quota_class: "provincial".into(), ..message };
    let refused = told(&call!(world, determine_quota, other).unwrap_err());
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::InvalidArgument, "REQUEST_ID_REUSED")
    );
    // A refusal by a rule is an answer, too: the same again, though the state has changed.
    let asked = ask("h1", &[("", "GM03")]);
    let first = call!(world, request_pre_review, asked.clone()).unwrap_err();
    let again = call!(world, request_pre_review, asked).unwrap_err();
    assert_eq!(told(&first), told(&again));
    assert_eq!(told(&first).reason, "RANK_NOT_SET_UP");
}

async fn a_trial_changes_nothing(kind: Kind) {
    let world = World::new(kind).await;
    let head = world.test.head().await;
    let trial = wire::DetermineQuotaRequest { validate_only: true, ..determine("bureau") };
    let tried = call!(world, determine_quota, trial.clone()).unwrap();
    assert_eq!(tried.account.unwrap().base, 180);
    assert_eq!(world.test.head().await, head);
    // The request id is free still.
    let real = wire::DetermineQuotaRequest { validate_only: false, ..trial };
    call!(world, determine_quota, real).unwrap();
}

async fn an_etag_loses_its_race(kind: Kind) {
    let world = World::determined(kind).await;
    let reserve = |etag: &str| wire::SetReserveRequest {
        account: BUREAU.into(),
        set: "GM05-06".into(),
        seats: 1,
        reason: "预留".into(),
        basis: basis(),
        etag: etag.into(),
        request_id: request_id(),
        ..Default::default()
    };
    let now = world.account(BUREAU).await.etag;
    call!(world, set_reserve, reserve(&now)).unwrap();
    let lost = told(&call!(world, set_reserve, reserve(&now)).unwrap_err());
    assert_eq!((lost.code, lost.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    assert_eq!(lost.metadata["etag_found"], "v2");
}

async fn who_may_not_is_refused(kind: Kind) {
    let world = World::determined(kind).await;
    let viewer = principal("viewer", &[Role::Viewer]);
    let refused = told(&call!(world, &viewer, determine_quota, determine("bureau")).unwrap_err());
    assert_eq!((refused.code, refused.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    let mut clerk = principal("clerk", &[Role::UnitClerk]);
    clerk.unit = Some(UnitId::new("town").unwrap());
    let refused = call!(world, &clerk, request_pre_review, ask("h1", &[("", "GM10")])).unwrap_err();
    assert_eq!(told(&refused).reason, "ACCESS_DENIED");
    // Refused access is recorded, summed up.
    world.test.realm.denials.flush(&world.test.realm).await;
    for id in ["viewer", "clerk"] {
        let stream = StreamName::new(format!("principals/{id}/denials")).unwrap();
        assert_eq!(world.test.realm.log.stream_version(&stream).await.unwrap(), Version(1), "{id}");
    }
    let nobody = world.api.determine_quota(tonic::Request::new(determine("bureau"))).await;
    assert_eq!(nobody.unwrap_err().code(), Code::Unauthenticated);
}

async fn what_is_out_of_jurisdiction_is_not_there(kind: Kind) {
    let world = World::determined(kind).await;
    let mut stranger = principal("stranger", &[Role::QuotaManager]);
    stranger.jurisdiction = DivisionCode::parse("420200").unwrap();
    let get = wire::GetQuotaAccountRequest {
        name: BUREAU.into(),
        min_position: world.test.head().await,
        ..Default::default()
    };
    let hidden = told(&call!(world, &stranger, get_quota_account, get.clone()).unwrap_err());
    assert_eq!((hidden.code, hidden.reason.as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    let list = wire::ListQuotaAccountsRequest::default();
    assert!(
        call!(world, &stranger, list_quota_accounts, list.clone()).unwrap().accounts.is_empty()
    );
    let denied = told(&call!(world, &stranger, determine_quota, determine("bureau")).unwrap_err());
    assert_eq!((denied.code, denied.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    let mut neighbour = principal("neighbour", &[Role::QuotaManager]);
    neighbour.jurisdiction = DivisionCode::parse("420100").unwrap();
    call!(world, &neighbour, get_quota_account, get).unwrap();
    assert_eq!(call!(world, &neighbour, list_quota_accounts, list).unwrap().accounts.len(), 1);
}

async fn refused_use_is_recorded(kind: Kind) {
    let world = World::determined(kind).await;
    let asked = ask("h1", &[("", "GM03")]);
    let refused = call!(world, request_pre_review, asked).unwrap_err();
    assert_eq!(told(&refused).rules, ["RANK_NOT_SET_UP"]);
    let stream = StreamName::new(format!("{BUREAU}/refusals")).unwrap();
    let log = &world.test.realm.log;
    let records: Vec<_> =
        futures::TryStreamExt::try_collect(log.read_stream(stream, Version(1), Direction::Forward))
            .await
            .unwrap();
    assert_eq!(records.len(), 1);
    let facts: serde_json::Value = records[0].data().unwrap();
    assert_eq!(facts["rules"][0]["code"], "RANK_NOT_SET_UP");
    assert_eq!(facts["rules"][0]["message"], "本账户不设职级 一级调研员");
}
