//! What bars a promotion comes up between any two steps, and stops that candidate only.

use super::stage::*;

on_both!(
    a_bar_stops_one_candidate_at_every_step,
    an_investigation_at_the_end_of_the_notice,
    who_may_not_read_is_not_told,
    a_clerk_who_is_not_eligible,
);

/// Steps at whose completion a bar stops the candidate.
const STEPS: [&str; 9] = [
    "apply",
    "eligibility",
    "recommendation",
    "vetting",
    "candidates",
    "posting",
    "closing",
    "approval",
    "appointment",
];

async fn a_bar_stops_one_candidate_at_every_step(kind: Kind) {
    for (nr, step) in STEPS.into_iter().enumerate() {
        let stage = Stage::with(kind, 2).await;
        stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
        stage.draft("a", "r1", "c0", "GM09").await;
        stage.submitted("b", "r1", "c1", "GM09").await;
        if step != "apply" {
            rpc!(stage, clerk(), submit_promotion_request, submit("a")).unwrap();
            stage.to("a", "r1", step).await;
        }
        let code = match nr % 2 {
            0 => {
                stage.sanction("c0").await;
                "IN_SANCTION_PERIOD"
            }
            _ => {
                stage.investigation("c0").await;
                "UNDER_INVESTIGATION"
            }
        };
        // A clerk of the unit reads what is sealed, and so does the department.
        let refused = stage.forward("a", "r1", step).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, code),
            "{step}"
        );
        assert!(refused.rules.contains(&code.to_owned()));
        assert_eq!(refused.metadata["case"], "cases/request.a");
        assert_eq!(stage.step("a").await, step, "{step}: nothing changed");
        stage.to("b", "r1", "").await;
        assert_eq!([stage.rank_of("c0").await, stage.rank_of("c1").await], ["GM10", "GM09"]);
    }
}

/// W-60
async fn an_investigation_at_the_end_of_the_notice(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    for (id, person) in [("a", "c0"), ("b", "c1")] {
        stage.submitted(id, "r1", person, "GM09").await;
        stage.to(id, "r1", "notice").await;
    }
    stage.investigation("c0").await;
    stage.world.house.clock.pass_days(7);
    stage.tick("a").await.unwrap();
    stage.tick("b").await.unwrap();
    let case = stage.case(&request_key("a")).await.unwrap();
    let reason = case.paused.unwrap().reason;
    assert!(!reason.contains("立案"), "an open event tells nothing sealed: {reason}");
    assert!(!stage.state("a").await.suspended.unwrap().0, "no report was the cause");
    let shown = wire::GetPromotionRequestRequest {
        name: "promotionRequests/a".into(),
        min_position: stage.world.house.head().await,
        with_details: true,
    };
    let shown = rpc!(stage, manager(), get_promotion_request, shown).unwrap();
    assert_eq!(shown.request.unwrap().state(), wire::PromotionRequestState::Suspended);
    assert_eq!(shown.details.unwrap().suspended_for, "UNDER_INVESTIGATION");
    stage.to("b", "r1", "").await;
    assert_eq!(stage.rank_of("c1").await, "GM09");

    // As long as it is open, nobody resumes it.
    let who = of_department("appointer");
    let refused = rpc!(stage, who, resume, resume("a")).unwrap_err();
    assert_eq!(refused.reason, "UNDER_INVESTIGATION");
    stage.investigation_closed("c0").await;
    rpc!(stage, who, resume, resume("a")).unwrap();
    // The notice is counted anew.
    assert_eq!(stage.step("a").await, "notice");
    stage.to("a", "r1", "").await;
    assert_eq!(stage.rank_of("c0").await, "GM09");
}

async fn who_may_not_read_is_not_told(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.investigation("c0").await;
    let key = request_key("a");
    let command = quanheng_workflow::command::Command::Approve {
        by: person("reviewer"),
        task: stage.task(&key).await,
        opinion: "同意".into(),
    };
    let who =
        Principal { person: Some(person("reviewer")), ..principal("reviewer", &[Role::Viewer]) };
    let refused = stage.act(&who, &key, with_minutes(), command).await.unwrap_err();
    assert_eq!(refused.reason, "NOT_ELIGIBLE");
    assert!(!refused.message.contains("立案"), "{}", refused.message);
}

async fn a_clerk_who_is_not_eligible(kind: Kind) {
    let stage = Stage::open(kind).await;
    // Since last year only: the years are not there.
    stage.world.person("c0", "u1", 1).await;
    let events = vec![take_rank("GM10", day(2025, 7, 1)), assess(2025, "competent")];
    stage.world.record("c0", events).await;
    stage.determine(20).await;
    stage.holders(&[("c0", "GM10")]).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    let refused = stage.judge("a", "reviewer", true).await.unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.rules),
        ("TENURE_INSUFFICIENT", vec!["TENURE_INSUFFICIENT".to_owned()])
    );
    // To refuse needs no eligibility; what the rules found is kept under seal.
    stage.judge("a", "reviewer", false).await.unwrap();
    let state = stage.state("a").await;
    let judged = state.judgement.unwrap();
    assert!(!judged.passed && judged.failed.is_empty(), "its code would tell what is sealed");
    assert!(state.ended.is_some());
}
