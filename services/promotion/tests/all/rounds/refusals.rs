//! What is refused, each once: code, reason, and what it rests on; nothing changes by it.

use quanheng_policy::UnitId;

use super::stage::*;

on_both!(
    fields_that_are_wrong,
    who_may_not,
    own_case_and_relatives,
    rounds_that_cannot_be,
    requests_that_cannot_be,
    etags_that_are_stale,
    recommendations_that_cannot_be,
    suspending_and_resuming,
);

async fn fields_that_are_wrong(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    let head = stage.world.house.head().await;
    let changed = |change: fn(&mut wire::PromotionPlan)| {
        let mut message = plan("r2", &[("GM09", 1)]);
        change(message.plan.as_mut().unwrap());
        message
    };
    for (field, message) in [
        ("plan.scope", changed(|plan| plan.scope.clear())),
        ("plan.ranks", changed(|plan| plan.ranks.clear())),
        ("plan.ranks[0].rank", changed(|plan| plan.ranks[0].rank.clear())),
        ("plan.timetable[0].by", changed(|plan| plan.timetable[0].by = day(2026, 2, 30))),
        ("plan", wire::CreatePromotionRoundRequest { plan: None, ..plan("r2", &[]) }),
        ("unit", wire::CreatePromotionRoundRequest { unit: "u1".into(), ..plan("r2", &[]) }),
        ("account", wire::CreatePromotionRoundRequest { account: "u1".into(), ..plan("r2", &[]) }),
        ("round_id", plan("没有 这样", &[("GM09", 1)])),
        (
            "request_id",
            wire::CreatePromotionRoundRequest {
                request_id: String::new(),
                ..plan("r2", &[("GM09", 1)])
            },
        ),
    ] {
        let refused = rpc!(stage, clerk(), create_promotion_round, message).unwrap_err();
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::InvalidArgument, "INVALID_FIELD"),
            "{field}"
        );
        assert_eq!(refused.fields, [field]);
    }
    let mut twice = nominate("a", "r1", "c0", "GM09");
    twice.conditions[1].kind = 1;
    let unsaid = wire::CreatePromotionRequestRequest {
        nomination: " ".into(),
        ..nominate("a", "r1", "c0", "GM09")
    };
    for (field, message) in [("conditions[1].kind", twice), ("nomination", unsaid)] {
        let refused = rpc!(stage, clerk(), create_promotion_request, message).unwrap_err();
        assert_eq!(refused.fields, [field]);
    }
    let refused = rpc!(stage, clerk(), close_notice, close(&[])).unwrap_err();
    assert_eq!(refused.fields, ["requests"]);
    let refused = rpc!(stage, clerk(), close_notice, close(&["a", "a"])).unwrap_err();
    assert_eq!(refused.fields, ["requests"]);
    let many: Vec<String> = (0..1_001).map(|n| format!("q{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = rpc!(stage, clerk(), close_notice, close(&many)).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::ResourceExhausted, "BATCH_ITEMS_MAX")
    );
    let yesterday = wire::PostNoticeRequest { start_on: day(2026, 3, 15), ..post("r1", &["a"]) };
    let refused = rpc!(stage, clerk(), post_notice, yesterday).unwrap_err();
    assert_eq!(refused.fields, ["start_on"]);
    let nobody = wire::PostNoticeRequest { channels: vec![], ..post("r1", &["a"]) };
    assert_eq!(rpc!(stage, clerk(), post_notice, nobody).unwrap_err().fields, ["channels"]);
    let half = wire::RecordVettingRequest { vetting: Some(Default::default()), ..vet("a") };
    let refused = rpc!(stage, of_bureau("vetter"), record_vetting, half).unwrap_err();
    assert_eq!(refused.fields, ["vetting.method"]);
    assert_eq!(stage.world.house.head().await, head);
}

async fn who_may_not(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    let head = stage.world.house.head().await;
    let nobody = Principal { person: None, ..clerk() };
    let refused =
        rpc!(stage, nobody, create_promotion_round, plan("r2", &[("GM09", 1)])).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    assert_eq!(refused.message, "令牌未关联人员,不能办理");
    let other = Principal { unit: Some(UnitId::new("u2").unwrap()), ..clerk() };
    let refused =
        rpc!(stage, other, create_promotion_round, plan("r2", &[("GM09", 1)])).unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["unit"].as_str()),
        ("ACCESS_DENIED", "units/u1")
    );
    let viewer = Principal { person: Some(person("clerk")), ..viewer() };
    let refused =
        rpc!(stage, viewer, create_promotion_round, plan("r2", &[("GM09", 1)])).unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    let refused = rpc!(stage, clerk(), suspend, suspend("a")).unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    let elsewhere = within(Role::QuotaManager, THERE);
    let elsewhere = Principal { person: Some(person("appointer")), ..elsewhere };
    let refused = rpc!(stage, elsewhere, suspend, suspend("a")).unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["division"].as_str()),
        ("ACCESS_DENIED", HERE)
    );
    // Whose task it is, the flow says.
    let refused = stage.judge("a", "head", true).await.unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    let refused =
        rpc!(stage, of_bureau("vetter"), withdraw_promotion_request, withdraw("a")).unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    stage.to("a", "r1", "vetting").await;
    let refused = rpc!(stage, clerk(), record_vetting, vet("a")).unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    // What a token of another division asks for is not there for it.
    let get = wire::GetPromotionRequestRequest {
        name: "promotionRequests/a".into(),
        min_position: stage.world.house.head().await,
        with_details: false,
    };
    let refused = rpc!(stage, elsewhere, get_promotion_request, get).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
    assert!(head < stage.world.house.head().await);
}

async fn own_case_and_relatives(kind: Kind) {
    use quanheng_api::quanheng::registry::v1 as registry;
    use registry::person_event::Event;
    let stage = Stage::with(kind, 3).await;
    // One candidate proposes for all; the reviewer is a relative of another.
    stage.office("u1", "personnel_officer", "c0").await;
    let relative = registry::Relative {
        id: "k1".into(),
        relation: "配偶".into(),
        full_name: "贾样例".into(),
        person: "persons/c1".into(),
        ..Default::default()
    };
    stage.world.record("c2", vec![event(Event::DeclareRelative(relative), None)]).await;
    stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    let own = nominate("own", "r1", "c0", "GM09");
    let refused = rpc!(stage, of_bureau("c0"), create_promotion_request, own).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::PermissionDenied, "CONFLICT_OF_INTEREST")
    );
    assert_eq!(refused.metadata["person"], "persons/c0");
    let kin = nominate("kin", "r1", "c2", "GM09");
    let refused = rpc!(stage, of_bureau("c1"), create_promotion_request, kin).unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["person"].as_str()),
        ("CONFLICT_OF_INTEREST", "persons/c1")
    );
    // Who proposed does not review; who is a relative has no task of it.
    stage.office("orgdept", "eligibility_reviewer", "c1").await;
    stage.submitted("a", "r1", "c2", "GM09").await;
    let refused = stage.judge("a", "c1", true).await.unwrap_err();
    assert_eq!(refused.code, Code::PermissionDenied);
    stage.judge("a", "reviewer", true).await.unwrap();
    let report_of = |who: &str| Principal { person: Some(person(who)), ..of_department(who) };
    stage.to("a", "r1", "notice").await;
    let reported = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap();
    let answer = resolve("a", &reported.feedback_id, false);
    let refused = rpc!(stage, report_of("c1"), resolve_notice_feedback, answer).unwrap_err();
    assert_eq!(refused.reason, "CONFLICT_OF_INTEREST");
    let answer = resolve("a", &reported.feedback_id, false);
    rpc!(stage, report_of("appointer"), resolve_notice_feedback, answer).unwrap();
}

async fn rounds_that_cannot_be(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    // W-58
    let refused =
        rpc!(stage, clerk(), create_promotion_round, plan("r1", &[("GM03", 1)])).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "RANK_NOT_SET_UP"),
        "W-58"
    );
    assert_eq!(refused.metadata["rank"], "GM03");
    let other =
        wire::CreatePromotionRoundRequest { unit: "units/u2".into(), ..plan("r1", &[("GM09", 1)]) };
    let who = Principal { unit: None, ..clerk() };
    let refused = rpc!(stage, who, create_promotion_round, other).unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["unit"].as_str()),
        ("NOT_OF_ACCOUNT", "units/u2")
    );
    let missing = wire::CreatePromotionRoundRequest {
        account: "quotaAccounts/u1.judge".into(),
        ..plan("r1", &[("GM09", 1)])
    };
    let refused = rpc!(stage, clerk(), create_promotion_round, missing).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));

    stage.propose("r1", &[("GM09", 2)]).await;
    let again =
        rpc!(stage, clerk(), create_promotion_round, plan("r1", &[("GM09", 1)])).unwrap_err();
    assert_eq!((again.code, again.reason.as_str()), (Code::AlreadyExists, "RESOURCE_EXISTS"));
    stage.hold("h1", &[("GM10", "GM09")]).await;
    let early = rpc!(stage, clerk(), attach_pre_review, attach("r1", "h1")).unwrap_err();
    assert_eq!((early.code, early.reason.as_str()), (Code::FailedPrecondition, "WRONG_STATE"));
    let own = stage.meet(&round_key("r1"), "clerk", true).await.unwrap_err();
    assert_eq!(own.code, Code::PermissionDenied, "who plans does not decide");
    stage.meet(&round_key("r1"), "secretary", true).await.unwrap();
    let less = rpc!(stage, clerk(), attach_pre_review, attach("r1", "h1")).unwrap_err();
    assert_eq!(
        (less.reason.as_str(), less.metadata["round"].as_str()),
        ("HOLD_NOT_COVERING", "promotionRounds/r1")
    );
    let none = rpc!(stage, clerk(), attach_pre_review, attach("r1", "h9")).unwrap_err();
    assert_eq!(none.reason, "RESOURCE_NOT_FOUND");
    let none = rpc!(stage, clerk(), attach_pre_review, attach("r9", "h1")).unwrap_err();
    assert_eq!(none.metadata["resource"], "promotionRounds/r9");
    let early = nominate("a", "r1", "c0", "GM09");
    let early = rpc!(stage, clerk(), create_promotion_request, early).unwrap_err();
    assert_eq!(early.reason, "WRONG_STATE");
}

async fn requests_that_cannot_be(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.world.person("there", "u2", 77).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    let code = |told: Told| (told.code, told.reason);
    for (person, rank, expected) in [
        ("there", "GM09", (Code::FailedPrecondition, "NOT_OF_ACCOUNT")),
        ("nobody", "GM09", (Code::NotFound, "RESOURCE_NOT_FOUND")),
        ("c0", "GM08", (Code::FailedPrecondition, "RANK_NOT_PLANNED")),
    ] {
        let message = nominate("a", "r1", person, rank);
        let refused = rpc!(stage, clerk(), create_promotion_request, message).unwrap_err();
        assert_eq!(code(refused), (expected.0, expected.1.to_owned()));
    }
    let lacking = wire::CreatePromotionRequestRequest {
        conditions: conditions()[..4].to_vec(),
        ..nominate("a", "r1", "c0", "GM09")
    };
    rpc!(stage, clerk(), create_promotion_request, lacking).unwrap();
    let again = nominate("a", "r1", "c0", "GM09");
    let again = rpc!(stage, clerk(), create_promotion_request, again).unwrap_err();
    assert_eq!(code(again), (Code::AlreadyExists, "RESOURCE_EXISTS".into()));
    let refused = rpc!(stage, clerk(), submit_promotion_request, submit("a")).unwrap_err();
    assert!(refused.message.contains("作风品行"), "{}", refused.message);
    assert_eq!(code(refused), (Code::FailedPrecondition, "BASIC_CONDITIONS_NOT_MET".into()));
    let update = |rank: &str| wire::UpdatePromotionRequestRequest {
        name: "promotionRequests/a".into(),
        rank: rank.into(),
        nomination: "补充".into(),
        conditions: conditions(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = rpc!(stage, clerk(), update_promotion_request, update("GM08")).unwrap_err();
    assert_eq!(refused.reason, "RANK_NOT_PLANNED");
    let refused =
        rpc!(stage, of_bureau("vetter"), update_promotion_request, update("")).unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    rpc!(stage, clerk(), update_promotion_request, update("")).unwrap();
    let message = wire::ResubmitPromotionRequestRequest {
        name: "promotionRequests/a".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = rpc!(stage, clerk(), resubmit_promotion_request, message).unwrap_err();
    assert_eq!(refused.reason, "WRONG_STATE");
    rpc!(stage, clerk(), submit_promotion_request, submit("a")).unwrap();
    let refused = rpc!(stage, clerk(), update_promotion_request, update("")).unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["step"].as_str()),
        ("WRONG_STATE", "eligibility")
    );
    let refused = rpc!(stage, clerk(), submit_promotion_request, submit("z")).unwrap_err();
    assert_eq!(refused.metadata["resource"], "promotionRequests/z");
}

async fn etags_that_are_stale(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    let message = nominate("a", "r1", "c0", "GM09");
    let draft = rpc!(stage, clerk(), create_promotion_request, message).unwrap();
    let etag = draft.request.unwrap().etag;
    let stale = wire::SubmitPromotionRequestRequest { etag: "v1.1".into(), ..submit("a") };
    let refused = rpc!(stage, clerk(), submit_promotion_request, stale).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    assert_eq!(refused.metadata["etag_found"], etag);
    let fresh = wire::SubmitPromotionRequestRequest { etag, ..submit("a") };
    let done = rpc!(stage, clerk(), submit_promotion_request, fresh).unwrap().request.unwrap();
    let get = wire::GetPromotionRequestRequest {
        name: "promotionRequests/a".into(),
        min_position: stage.world.house.head().await,
        with_details: false,
    };
    let shown = rpc!(stage, manager(), get_promotion_request, get).unwrap().request.unwrap();
    assert_eq!(shown, done, "what was answered is what is shown");
    // Somebody decided meanwhile: that is another state of the request.
    stage.judge("a", "reviewer", true).await.unwrap();
    let stale = wire::WithdrawPromotionRequestRequest { etag: done.etag, ..withdraw("a") };
    let refused = rpc!(stage, clerk(), withdraw_promotion_request, stale).unwrap_err();
    assert_eq!(refused.reason, "ETAG_MISMATCH");
}

async fn recommendations_that_cannot_be(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    for (id, person) in [("a", "c0"), ("b", "c1")] {
        stage.submitted(id, "r1", person, "GM09").await;
    }
    stage.to("a", "r1", "recommendation").await;
    let head = stage.world.house.head().await;
    // All or none: the other is not reviewed yet.
    let both = recommend("r1", &[("a", 9), ("b", 9)]);
    let refused = rpc!(stage, clerk(), record_recommendation, both).unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["resource"].as_str()),
        ("WRONG_STATE", "promotionRequests/b")
    );
    let more = recommend("r1", &[("a", 12)]);
    let refused = rpc!(stage, clerk(), record_recommendation, more).unwrap_err();
    assert_eq!((refused.code, refused.fields), (Code::InvalidArgument, vec!["votes".to_owned()]));
    let other = recommend("r9", &[("a", 9)]);
    let refused = rpc!(stage, clerk(), record_recommendation, other).unwrap_err();
    assert_eq!(refused.fields, ["round"]);
    assert_eq!(stage.world.house.head().await, head);
    assert_eq!(stage.step("a").await, "recommendation");
}

async fn suspending_and_resuming(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    let who = of_department("appointer");
    let refused = rpc!(stage, who, resume, resume("a")).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::FailedPrecondition, "WRONG_STATE"));
    let told = rpc!(stage, who, suspend, suspend("a")).unwrap().request.unwrap();
    assert_eq!(told.state(), wire::PromotionRequestState::Suspended);
    let again = rpc!(stage, who, suspend, suspend("a")).unwrap_err();
    assert_eq!(
        (again.reason.as_str(), again.metadata["request"].as_str()),
        ("WRONG_STATE", "promotionRequests/a")
    );
    let refused = stage.judge("a", "reviewer", true).await.unwrap_err();
    assert_eq!(refused.reason, "WRONG_STATE");
    rpc!(stage, who, resume, resume("a")).unwrap();
    stage.to("a", "r1", "").await;
    assert_eq!(stage.rank_of("c0").await, "GM09");
}
