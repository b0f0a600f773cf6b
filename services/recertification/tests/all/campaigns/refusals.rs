//! What is refused of campaigns, each once: code, reason, facts; nothing changes by it.

use super::course::step;
use super::world::*;

on_both!(
    fields_that_are_wrong,
    who_may_not,
    one_campaign_of_a_province,
    task_forces_that_are_not_whole,
    what_is_done_once,
    etags_that_are_stale,
);

async fn fields_that_are_wrong(kind: Kind) {
    let world = World::open(kind).await;
    let head = world.house.head().await;
    let changed = |change: fn(&mut wire::CreateCampaignRequest)| {
        let mut message = create("c1");
        change(&mut message);
        message
    };
    for (field, message) in [
        ("title", changed(|one| one.title.clear())),
        ("division", changed(|one| one.division = "530100".into())),
        ("baseline_on", changed(|one| one.baseline_on = None)),
        ("baseline_on", changed(|one| one.baseline_on = in_days(3))),
        ("survey_due_on", changed(|one| one.survey_due_on = day(2020, 1, 1))),
        ("survey_due_on", changed(|one| one.survey_due_on = day(2026, 2, 30))),
        ("attachments[0]", changed(|one| one.attachments = vec!["attachments/x".into()])),
        ("campaign_id", changed(|one| one.campaign_id = "没有 这样".into())),
        ("request_id", changed(|one| one.request_id.clear())),
    ] {
        let refused = call!(world, manager(), create_campaign, message).unwrap_err();
        assert_eq!(
            (refused.code, &refused.fields[..]),
            (Code::InvalidArgument, &[field.to_owned()][..])
        );
    }
    let message = changed(|one| one.document_number = "没有年份".into());
    let refused = call!(world, manager(), create_campaign, message).unwrap_err();
    assert_eq!(refused.reason, "DOCUMENT_NUMBER_FORMAT");
    let missing = format!("attachments/{}", "a".repeat(64));
    let message =
        wire::CreateCampaignRequest { attachments: vec![missing.clone()], ..create("c1") };
    let refused = call!(world, manager(), create_campaign, message).unwrap_err();
    assert_eq!((refused.code, &refused.metadata["resource"]), (Code::NotFound, &missing));
    world.unchanged(head).await;
    let none = step!(world, open_phase, OpenPhaseRequest { phase: PROVINCIAL }).unwrap_err();
    assert_eq!((none.code, none.metadata["resource"].as_str()), (Code::NotFound, CAMPAIGN));
    world.campaign().await;
    let unsaid = step!(world, open_phase, OpenPhaseRequest { phase: 0 }).unwrap_err();
    assert_eq!(unsaid.fields, ["phase"]);
    let reason = " ".to_owned();
    let unsaid = step!(world, override_phase_gate, OverridePhaseGateRequest { reason: reason });
    assert_eq!(unsaid.unwrap_err().fields, ["reason"]);
}

async fn who_may_not(kind: Kind) {
    let world = World::open(kind).await;
    let head = world.house.head().await;
    let city = governor("boss", "530100");
    let refused = call!(world, city, create_campaign, create("c1")).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    assert_eq!(refused.metadata["division"], PROVINCE);
    let nobody = quanheng_test_house::everything();
    let refused = call!(world, nobody, create_campaign, create("c1")).unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    let unfit = clerk("writer", "station", PROVINCE);
    let refused = call!(world, unfit, create_campaign, create("c1")).unwrap_err();
    assert_eq!(refused.code, Code::PermissionDenied);
    world.unchanged(head).await;
    world.campaign().await;
    let message = asked!(OpenPhaseRequest { name: CAMPAIGN.into(), phase: PROVINCIAL });
    let refused = call!(world, city, open_phase, message).unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
}

async fn one_campaign_of_a_province(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let head = world.house.head().await;
    let refused = call!(world, manager(), create_campaign, create("c2")).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "CAMPAIGN_OPEN")
    );
    assert_eq!(refused.metadata["campaign"], CAMPAIGN);
    let refused = call!(world, manager(), create_campaign, create("c1")).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::AlreadyExists, "RESOURCE_EXISTS"));
    world.unchanged(head).await;
    let other = wire::CreateCampaignRequest { division: "420000".into(), ..create("c3") };
    call!(world, manager(), create_campaign, other).unwrap();
}

async fn task_forces_that_are_not_whole(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    let head = world.house.head().await;
    let refused = |task_force: wire::TaskForce| {
        let world = &world;
        async move {
            let task_force = Some(task_force);
            step!(world, set_task_force, SetTaskForceRequest { task_force: task_force })
                .unwrap_err()
        }
    };
    let lacking = refused(force(PROVINCE, &DEPARTMENTS[..2])).await;
    assert_eq!(
        (lacking.code, lacking.reason.as_str()),
        (Code::FailedPrecondition, "DEPARTMENTS_MISSING")
    );
    assert_eq!(lacking.metadata["missing"], "finance_department");
    let abroad = refused(force("420100", &DEPARTMENTS)).await;
    assert_eq!(abroad.fields, ["task_force.division"]);
    let county = refused(force("530102", &DEPARTMENTS)).await;
    assert_eq!(county.fields, ["task_force.division"]);
    let mut twice = DEPARTMENTS.to_vec();
    twice.push(("m1", "finance_department"));
    assert_eq!(refused(force(PROVINCE, &twice)).await.fields, ["task_force.members"]);
    let mut unknown = DEPARTMENTS;
    unknown[0].0 = "nobody";
    let unknown = refused(force(PROVINCE, &unknown)).await;
    assert_eq!(
        (unknown.code, unknown.metadata["resource"].as_str()),
        (Code::NotFound, "persons/nobody")
    );
    let lead = wire::TaskForce { lead: "persons/nobody".into(), ..force(PROVINCE, &DEPARTMENTS) };
    assert_eq!(refused(lead).await.code, Code::NotFound);
    world.unchanged(head).await;
}

async fn what_is_done_once(kind: Kind) {
    let world = World::open(kind).await;
    world.campaign().await;
    step!(world, freeze_baseline, FreezeBaselineRequest {}).unwrap();
    let head = world.house.head().await;
    let again = step!(world, freeze_baseline, FreezeBaselineRequest {}).unwrap_err();
    assert_eq!((again.code, again.reason.as_str()), (Code::FailedPrecondition, "BASELINE_FROZEN"));
    world.unchanged(head).await;
    step!(world, close_survey, CloseSurveyRequest {}).unwrap();
    let again = step!(world, close_survey, CloseSurveyRequest {}).unwrap_err();
    assert_eq!(again.reason, "WRONG_STATE");
    step!(world, open_phase, OpenPhaseRequest { phase: PROVINCIAL }).unwrap();
    let again = step!(world, open_phase, OpenPhaseRequest { phase: PROVINCIAL }).unwrap_err();
    assert_eq!(again.reason, "WRONG_STATE");
}

async fn etags_that_are_stale(kind: Kind) {
    let world = World::open(kind).await;
    let opened = world.campaign().await;
    let message = |etag: &str| wire::OpenPhaseRequest {
        name: CAMPAIGN.into(),
        phase: PROVINCIAL,
        etag: etag.into(),
        request_id: request_id(),
        ..Default::default()
    };
    let stale = call!(world, manager(), open_phase, message("v9")).unwrap_err();
    assert_eq!((stale.code, stale.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    let open = call!(world, manager(), open_phase, message(&opened.etag)).unwrap();
    assert_eq!(open.campaign.unwrap().etag, world.get().await.etag);
}
