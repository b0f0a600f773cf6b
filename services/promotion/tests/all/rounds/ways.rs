//! The whole way, and what stands at its end; the order of steps; returns; repetitions.

use quanheng_workflow::command::Command;

use super::stage::*;

on_both!(
    from_the_plan_to_the_filing,
    steps_come_in_their_order,
    what_is_returned_is_submitted_again,
    a_repetition_changes_nothing,
    what_is_only_tried_changes_nothing,
    reaching_the_years_decides_nothing,
    a_lower_rank_goes_a_simplified_way,
    who_approves_the_table_says,
);

async fn from_the_plan_to_the_filing(kind: Kind) {
    let stage = Stage::with(kind, 3).await;
    let proposed = stage.propose("r1", &[("GM09", 2)]).await;
    assert_eq!(proposed.state(), wire::PromotionRoundState::Planned);
    assert_eq!(
        (proposed.step.as_str(), proposed.case.as_str()),
        ("plan_decided", "cases/round.r1")
    );
    stage.meet(&round_key("r1"), "secretary", true).await.unwrap();
    stage.hold("h1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    let opened = rpc!(stage, clerk(), attach_pre_review, attach("r1", "h1")).unwrap();
    let opened = opened.round.unwrap();
    assert_eq!(opened.state(), wire::PromotionRoundState::Opened);
    assert_eq!(opened.hold, format!("{ACCOUNT}/holds/h1"));
    assert_eq!(opened.minutes, "样例局党组〔2026〕5号");

    for (id, person) in [("a", "c0"), ("b", "c1")] {
        let message = nominate(id, "r1", person, "GM09");
        let draft = rpc!(stage, clerk(), create_promotion_request, message).unwrap();
        assert_eq!(draft.request.unwrap().state(), wire::PromotionRequestState::Draft);
        let done = rpc!(stage, clerk(), submit_promotion_request, submit(id)).unwrap();
        let done = done.request.unwrap();
        assert_eq!(done.state(), wire::PromotionRequestState::Submitted);
        assert_eq!((done.leaves.as_str(), done.rank.as_str()), ("GM10", "GM09"));
    }
    assert_eq!(
        [stage.state("a").await, stage.state("b").await].map(|r| r.seat.unwrap().index),
        [0, 1]
    );

    for id in ["a", "b"] {
        stage.judge(id, "reviewer", true).await.unwrap();
    }
    let judged = stage.state("a").await.judgement.unwrap();
    assert!(judged.passed && judged.failed.is_empty() && judged.person_version > 0);
    let votes = recommend("r1", &[("a", 10), ("b", 9)]);
    let done = rpc!(stage, clerk(), record_recommendation, votes).unwrap();
    let states: Vec<_> = done.requests.iter().map(wire::PromotionRequest::state).collect();
    assert_eq!(states, [wire::PromotionRequestState::Recommended; 2]);
    for id in ["a", "b"] {
        rpc!(stage, of_bureau("vetter"), record_vetting, vet(id)).unwrap();
        stage.meet(&request_key(id), "secretary", true).await.unwrap();
    }
    let posted = rpc!(stage, clerk(), post_notice, post("r1", &[])).unwrap();
    assert_eq!(posted.requests.len(), 2);
    assert_eq!(posted.last_day, day(2026, 3, 20));
    stage.world.house.clock.pass_days(5);
    stage.tick("a").await.unwrap();
    // Nobody has looked for what time brings to the other: closing does.
    let closed = rpc!(stage, clerk(), close_notice, close(&["a", "b"])).unwrap();
    let states: Vec<_> = closed.requests.iter().map(wire::PromotionRequest::state).collect();
    assert_eq!(states, [wire::PromotionRequestState::NoticeClosed; 2]);
    for id in ["a", "b"] {
        stage.judge(id, "head", true).await.unwrap();
    }
    let message = appoint(&stage, &["a", "b"]);
    let done = rpc!(stage, of_department("appointer"), confirm_appointment, message).unwrap();
    assert_eq!(done.requests[0].state(), wire::PromotionRequestState::Appointed);
    assert_eq!(done.requests[0].approval_minutes, "样例县委常委会〔2026〕8号");
    for (id, rank) in [("c0", "GM09"), ("c1", "GM09"), ("c2", "GM10")] {
        assert_eq!(stage.rank_of(id).await, rank);
        assert_eq!(stage.account().await.holders()[&person(id)].rank.as_str(), rank);
    }
    let spells = stage.registered("c0").await.ranks;
    let new = spells.values().find(|spell| spell.rank.as_str() == "GM09").unwrap();
    assert_eq!((new.from, new.batch.as_str()), (stage.today(), "r1"));
    assert!(spells.values().any(|spell| spell.to == Some(stage.today())), "the old one ended");
    let done = rpc!(stage, clerk(), file_promotion, file(&["a", "b"])).unwrap();
    assert_eq!(done.requests[1].state(), wire::PromotionRequestState::Filed);
    assert_eq!(stage.account().await.unfiled_holds().count(), 0);
    assert!(stage.case(&request_key("a")).await.unwrap().ended.is_some());
    // Who was appointed may be a candidate again.
    stage.hold("h2", &[("GM09", "GM08")]).await;
}

async fn steps_come_in_their_order(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.draft("a", "r1", "c0", "GM09").await;
    let steps = [
        "apply",
        "eligibility",
        "recommendation",
        "vetting",
        "candidates",
        "posting",
        "notice",
        "closing",
        "approval",
        "appointment",
        "filing",
    ];
    for at in steps {
        if at == "apply" {
            assert_eq!(stage.step("a").await, "apply");
            for step in ["recommendation", "vetting", "posting", "closing", "appointment", "filing"]
            {
                assert_eq!(stage.forward("a", "r1", step).await.unwrap_err().reason, "WRONG_STATE");
            }
            rpc!(stage, clerk(), submit_promotion_request, submit("a")).unwrap();
            continue;
        }
        assert_eq!(stage.step("a").await, at);
        for step in ["recommendation", "vetting", "posting", "appointment", "filing"] {
            if step != at {
                let refused = stage.forward("a", "r1", step).await.unwrap_err();
                assert_eq!(
                    (refused.code, refused.reason.as_str()),
                    (Code::FailedPrecondition, "WRONG_STATE")
                );
                assert_eq!(refused.metadata["step"], at);
            }
        }
        let again = rpc!(stage, clerk(), submit_promotion_request, submit("a")).unwrap_err();
        assert_eq!(again.reason, "WRONG_STATE");
        stage.forward("a", "r1", at).await.unwrap();
    }
    assert_eq!(stage.step("a").await, "");
    let refused = rpc!(stage, clerk(), file_promotion, file(&["a"])).unwrap_err();
    assert_eq!(refused.reason, "WRONG_STATE");
}

async fn what_is_returned_is_submitted_again(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    let key = request_key("a");
    let command = Command::Return {
        by: person("reviewer"),
        task: stage.task(&key).await,
        to: quanheng_workflow::definition::StepId::new("apply").unwrap(),
        back_to_me: false,
        opinion: "材料不全".into(),
    };
    stage.act(&of_department("reviewer"), &key, Default::default(), command).await.unwrap();
    let message = wire::ResubmitPromotionRequestRequest {
        name: "promotionRequests/a".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = rpc!(stage, clerk(), submit_promotion_request, submit("a")).unwrap_err();
    assert_eq!(refused.reason, "WRONG_STATE");
    let update = wire::UpdatePromotionRequestRequest {
        name: "promotionRequests/a".into(),
        nomination: "补充实绩材料".into(),
        conditions: conditions(),
        request_id: request_id(),
        ..Default::default()
    };
    let updated = rpc!(stage, clerk(), update_promotion_request, update).unwrap().request.unwrap();
    assert_eq!(updated.state(), wire::PromotionRequestState::Returned);
    assert_eq!(updated.blockers, ["RETURNED"]);
    let again = rpc!(stage, clerk(), resubmit_promotion_request, message).unwrap();
    assert_eq!(again.request.unwrap().state(), wire::PromotionRequestState::Submitted);
    assert_eq!(stage.state("a").await.submissions, 2);
    stage.to("a", "r1", "").await;
    assert_eq!(stage.rank_of("c0").await, "GM09");
}

async fn a_repetition_changes_nothing(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    let message = plan("r1", &[("GM09", 1)]);
    let first = rpc!(stage, clerk(), create_promotion_round, message.clone()).unwrap();
    let head = stage.world.house.head().await;
    assert_eq!(rpc!(stage, clerk(), create_promotion_round, message.clone()).unwrap(), first);
    assert_eq!(stage.world.house.head().await, head);
    let other = wire::CreatePromotionRoundRequest { round_id: "r2".into(), ..message };
    let refused = rpc!(stage, clerk(), create_promotion_round, other).unwrap_err();
    assert_eq!(refused.reason, "REQUEST_ID_REUSED");

    stage.meet(&round_key("r1"), "secretary", true).await.unwrap();
    stage.hold("h1", &[("GM10", "GM09")]).await;
    rpc!(stage, clerk(), attach_pre_review, attach("r1", "h1")).unwrap();
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "notice").await;
    let message = report("a");
    let first = rpc!(stage, clerk(), record_notice_feedback, message.clone()).unwrap();
    let head = stage.world.house.head().await;
    assert_eq!(rpc!(stage, clerk(), record_notice_feedback, message).unwrap(), first);
    assert_eq!(stage.world.house.head().await, head);
    let resolved = resolve("a", &first.feedback_id, false);
    rpc!(stage, of_department("appointer"), resolve_notice_feedback, resolved).unwrap();
    stage.to("a", "r1", "appointment").await;
    let message = appoint(&stage, &["a"]);
    let who = of_department("appointer");
    let first = rpc!(stage, who, confirm_appointment, message.clone()).unwrap();
    assert_eq!(rpc!(stage, who, confirm_appointment, message).unwrap(), first);
    assert_eq!(stage.account().await.holders().len(), 1);
}

async fn what_is_only_tried_changes_nothing(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    let tried =
        wire::CreatePromotionRoundRequest { validate_only: true, ..plan("r1", &[("GM09", 1)]) };
    let head = stage.world.house.head().await;
    let told = rpc!(stage, clerk(), create_promotion_round, tried).unwrap().round.unwrap();
    assert_eq!(told.step, "plan_decided");
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.draft("a", "r1", "c0", "GM09").await;
    assert!(head < stage.world.house.head().await);
    let head = stage.world.house.head().await;
    let tried = wire::SubmitPromotionRequestRequest { validate_only: true, ..submit("a") };
    let told = rpc!(stage, clerk(), submit_promotion_request, tried).unwrap().request.unwrap();
    assert_eq!(told.state(), wire::PromotionRequestState::Submitted);
    assert_eq!(stage.world.house.head().await, head);
    assert_eq!(stage.step("a").await, "apply");
}

/// W-61
async fn reaching_the_years_decides_nothing(kind: Kind) {
    let stage = Stage::open(kind).await;
    let on = day(2026, 7, 1);
    let facts = assessed(career(vec![spell("GM10", day(2024, 7, 1), None)]), 2024, &[]);
    let questions = vec![inline(facts, "GM09"); 300];
    let head = stage.world.house.head().await;
    let found = stage.world.batch(&manager(), questions, on).await.unwrap();
    let candidates = found.iter().filter(|one| match &one.outcome {
        Some(wire::eligibility_result::Outcome::Eligibility(found)) => found.candidate,
        _ => false,
    });
    assert_eq!(candidates.count(), 300, "W-61: 300 candidates");
    assert_eq!(stage.world.house.head().await, head, "W-61: 0 decisions");
    let listed = wire::ListPromotionRequestsRequest { min_position: head, ..Default::default() };
    let listed = rpc!(stage, manager(), list_promotion_requests, listed).unwrap();
    assert_eq!(listed.requests, []);
}

async fn a_lower_rank_goes_a_simplified_way(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage
        .world
        .publish(
            "[parameters.simplified_steps]\narticle = \"本地规定\"\n\
             [parameters.simplified_steps.value]\nGM09 = [\"recommendation\", \"vetting\"]\n\
             [parameters.vetting_required]\narticle = \"本地规定\"\nvalue = [\"GM09\"]\n",
        )
        .await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.judge("a", "reviewer", true).await.unwrap();
    // What is required is not left out, whatever else is.
    assert_eq!(stage.step("a").await, "vetting");
    stage.to("a", "r1", "").await;
    assert_eq!(stage.rank_of("c0").await, "GM09");
}

async fn who_approves_the_table_says(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.ranked("c0", 1, "GM07").await;
    stage.clerk("c1", 2).await;
    stage.determine(20).await;
    stage.holders(&[("c0", "GM07"), ("c1", "GM10")]).await;
    stage.round("r1", &[("GM07", "GM06"), ("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM06").await;
    stage.submitted("b", "r1", "c1", "GM09").await;
    for (id, who) in [("a", "city_head"), ("b", "head")] {
        stage.to(id, "r1", "approval").await;
        let open = stage.case(&request_key(id)).await.unwrap().open.unwrap();
        assert_eq!(open.tasks[0].candidates, [person(who)].into(), "{id}");
    }
    let refused = stage.judge("a", "head", true).await.unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    stage.judge("a", "city_head", true).await.unwrap();
    // A table without a row for the rank: nothing is assumed.
    stage
        .world
        .publish(
            "[parameters.authority_table]\narticle = \"本地规定\"\n\
             value = [{ tiers = [\"county\"], highest = 1, lowest = 6, approve = \"unit\" }]\n",
        )
        .await;
    let refused = stage.judge("b", "head", true).await.unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "POLICY_NOT_CONFIGURED")
    );
    assert_eq!(refused.metadata["parameter"], "authority_table");
    // To withdraw needs no table.
    rpc!(stage, clerk(), withdraw_promotion_request, withdraw("b")).unwrap();
}
