//! Whose requests one sees, what candidates see of their own, and who approves the people of
//! the department in charge.

use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_policy::UnitId;
use registry::person_event::Event;

use super::stage::*;

on_both!(
    a_clerk_sees_the_own_unit_only,
    candidates_do_not_see_who_reported_them,
    the_department_does_not_approve_its_own_people,
);

async fn a_clerk_sees_the_own_unit_only(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    let min_position = stage.world.house.head().await;
    let elsewhere = UnitId::new("u2").unwrap();
    let other = Principal { unit: Some(elsewhere.clone()), ..clerk() };
    let manager = Principal { unit: Some(elsewhere), ..manager() };
    for with_details in [false, true] {
        let get = wire::GetPromotionRequestRequest {
            name: "promotionRequests/a".into(),
            min_position,
            with_details,
        };
        let refused = rpc!(stage, other, get_promotion_request, get.clone()).unwrap_err();
        assert_eq!((refused.code, refused.reason.as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
        rpc!(stage, clerk(), get_promotion_request, get.clone()).unwrap();
        rpc!(stage, manager, get_promotion_request, get).unwrap();
    }
    for name in ["promotionRounds/r1", "promotionRequests/a"] {
        let get = wire::GetTimelineRequest { name: name.into(), min_position };
        let refused = rpc!(stage, other, get_timeline, get).unwrap_err();
        assert_eq!(refused.reason, "RESOURCE_NOT_FOUND");
    }
    let get = wire::GetPromotionRoundRequest { name: "promotionRounds/r1".into(), min_position };
    let refused = rpc!(stage, other, get_promotion_round, get).unwrap_err();
    assert_eq!(refused.reason, "RESOURCE_NOT_FOUND");
    let list = wire::ListPromotionRequestsRequest {
        parent: "promotionRounds/r1".into(),
        min_position,
        ..Default::default()
    };
    let refused = rpc!(stage, other, list_promotion_requests, list).unwrap_err();
    assert_eq!(refused.reason, "RESOURCE_NOT_FOUND");
}

fn relative(id: &str, of: &str) -> registry::PersonEvent {
    let relative = registry::Relative {
        id: id.into(),
        relation: "配偶".into(),
        full_name: "贾样例".into(),
        person: format!("persons/{of}"),
        ..Default::default()
    };
    event(Event::DeclareRelative(relative), None)
}

async fn candidates_do_not_see_who_reported_them(kind: Kind) {
    let stage = Stage::with(kind, 3).await;
    stage.world.record("c0", vec![relative("k1", "c1")]).await;
    stage.world.record("c2", vec![relative("k1", "c0")]).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "notice").await;
    rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap();
    let get = wire::GetPromotionRequestRequest {
        name: "promotionRequests/a".into(),
        min_position: stage.world.house.head().await,
        with_details: true,
    };
    for (who, shown) in [("c0", 0), ("c1", 0), ("c2", 0), ("clerk", 1), ("nobody", 1)] {
        let told = rpc!(stage, of_bureau(who), get_promotion_request, get.clone()).unwrap();
        let details = told.details.unwrap();
        assert_eq!(details.feedback.len(), shown, "{who}");
        assert_eq!(details.nomination, "工作实绩突出", "the rest is shown");
    }
}

/// The next authority decides for the organisation department's own people.
async fn the_department_does_not_approve_its_own_people(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage
        .world
        .publish(
            "[parameters.authority_table]\narticle = \"本地规定\"\n\
             value = [{ tiers = [\"county\"], highest = 1, lowest = 12, approve = \"unit\" }]\n",
        )
        .await;
    stage.office("u1", "approving_authority", "own_head").await;
    stage.office("cityorg", "appointment_officer", "city_reviewer").await;
    stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    stage.submitted("b", "r1", "c1", "GM09").await;
    // A unit that is no authority approves by itself.
    stage.to("b", "r1", "approval").await;
    let open = stage.case(&request_key("b")).await.unwrap().open.unwrap();
    assert_eq!(open.tasks[0].candidates, [person("own_head")].into());
    stage.authority(HERE, "u1").await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.judge("a", "city_reviewer", true).await.unwrap();
    stage.to("a", "r1", "approval").await;
    let open = stage.case(&request_key("a")).await.unwrap().open.unwrap();
    assert_eq!(open.tasks[0].candidates, [person("city_head")].into());
    let refused = stage.judge("a", "own_head", true).await.unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    stage.judge("a", "city_head", true).await.unwrap();
}
