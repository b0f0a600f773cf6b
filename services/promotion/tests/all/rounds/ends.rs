//! Refusals and withdrawals at each step release exactly the move of that request.

use quanheng_ledger::hold::Status;

use super::stage::*;

on_both!(
    withdrawing_at_every_step,
    refusing_at_every_step_that_can,
    closing_releases_what_nobody_has,
    a_round_is_withdrawn_whole,
    a_move_that_depended_falls_back,
);

async fn assert_freed(stage: &Stage, id: &str, held: usize) {
    let (state, account) = (stage.state(id).await, stage.account().await);
    let seat = state.seat.unwrap();
    let moves = &account.hold(&seat.hold).unwrap().moves;
    assert_eq!(moves[seat.index].status, Status::Ended);
    let still = moves.iter().filter(|m| m.status == Status::Held).count();
    assert_eq!(still, held, "no other move is touched");
    assert!(state.ended.is_some());
    assert!(stage.case(&request_key(id)).await.unwrap().open.is_none(), "no task is left open");
}

async fn withdrawing_at_every_step(kind: Kind) {
    let stage = Stage::with(kind, 9).await;
    stage.round("r1", &[("GM10", "GM09"); 9]).await;
    let steps = [
        "eligibility",
        "recommendation",
        "vetting",
        "candidates",
        "posting",
        "notice",
        "closing",
        "approval",
        "appointment",
    ];
    for (nr, step) in steps.into_iter().enumerate() {
        let (id, person) = (format!("w{nr}"), format!("c{nr}"));
        stage.submitted(&id, "r1", &person, "GM09").await;
        stage.to(&id, "r1", step).await;
        rpc!(stage, clerk(), withdraw_promotion_request, withdraw(&id)).unwrap();
        assert_freed(&stage, &id, 8 - nr).await;
    }
    // A draft has no move to give back.
    stage.draft("d", "r1", "c0", "GM09").await;
    rpc!(stage, clerk(), withdraw_promotion_request, withdraw("d")).unwrap();
    assert!(stage.state("d").await.ended.is_some());
    // All moves were given back, so none is left.
    stage.draft("e", "r1", "c0", "GM09").await;
    let refused = rpc!(stage, clerk(), submit_promotion_request, submit("e")).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::FailedPrecondition, "NO_MOVE_LEFT"));
    assert_eq!(refused.metadata["rank"], "GM09");
}

async fn refusing_at_every_step_that_can(kind: Kind) {
    let stage = Stage::with(kind, 4).await;
    stage.round("r1", &[("GM10", "GM09"); 4]).await;
    for (nr, step) in ["eligibility", "candidates", "approval"].into_iter().enumerate() {
        let (id, person) = (format!("w{nr}"), format!("c{nr}"));
        stage.submitted(&id, "r1", &person, "GM09").await;
        stage.to(&id, "r1", step).await;
        match step {
            "candidates" => stage.meet(&request_key(&id), "secretary", false).await.unwrap(),
            "approval" => stage.judge(&id, "head", false).await.unwrap(),
            _ => stage.judge(&id, "reviewer", false).await.unwrap(),
        }
        assert_freed(&stage, &id, 3 - nr).await;
    }
    // The person may be a candidate of another round.
    stage.hold("h2", &[("GM10", "GM09")]).await;
    stage.submitted("again", "r1", "c0", "GM09").await;
}

async fn closing_releases_what_nobody_has(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    let message = wire::ClosePromotionRoundRequest {
        name: "promotionRounds/r1".into(),
        reason: "申报期满".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let closed = rpc!(stage, clerk(), close_promotion_round, message).unwrap().round.unwrap();
    assert_eq!(closed.state(), wire::PromotionRoundState::Closed);
    assert_eq!(stage.move_of("r1", 0).await, Status::Held);
    assert_eq!(stage.move_of("r1", 1).await, Status::Ended);
    let late = nominate("b", "r1", "c1", "GM09");
    let refused = rpc!(stage, clerk(), create_promotion_request, late).unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["round"].as_str()),
        ("WRONG_STATE", "promotionRounds/r1")
    );
    // What was made goes on.
    stage.to("a", "r1", "").await;
    assert_eq!(stage.rank_of("c0").await, "GM09");
}

async fn a_round_is_withdrawn_whole(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    let message = |round: &str| wire::WithdrawPromotionRoundRequest {
        name: format!("promotionRounds/{round}"),
        reason: "另行安排".into(),
        request_id: request_id(),
        ..Default::default()
    };
    stage.propose("r0", &[("GM09", 1)]).await;
    let done = rpc!(stage, clerk(), withdraw_promotion_round, message("r0")).unwrap();
    assert_eq!(done.round.unwrap().state(), wire::PromotionRoundState::Withdrawn);
    assert!(stage.case(&round_key("r0")).await.unwrap().ended.is_some());

    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    let refused = rpc!(stage, clerk(), withdraw_promotion_round, message("r1")).unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["open"].as_str()),
        ("REQUESTS_OPEN", "1")
    );
    rpc!(stage, clerk(), withdraw_promotion_request, withdraw("a")).unwrap();
    let done = rpc!(stage, clerk(), withdraw_promotion_round, message("r1")).unwrap();
    assert_eq!(done.round.unwrap().state(), wire::PromotionRoundState::Withdrawn);
    assert_eq!(stage.account().await.open_holds().count(), 0);

    stage.propose("r2", &[("GM09", 1)]).await;
    stage.meet(&round_key("r2"), "secretary", false).await.unwrap();
    let refused = rpc!(stage, clerk(), withdraw_promotion_round, message("r2")).unwrap_err();
    assert_eq!(refused.reason, "WRONG_STATE");
}

/// A move that takes the seat another leaves falls back to waiting when that one is withdrawn.
async fn a_move_that_depended_falls_back(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.full().await;
    stage.round("r1", &[("GM07", "GM06"), ("GM09", "GM08")]).await;
    stage.submitted("a", "r1", "up", "GM06").await;
    stage.submitted("b", "r1", "next", "GM08").await;
    stage.to("b", "r1", "eligibility").await;
    rpc!(stage, clerk(), withdraw_promotion_request, withdraw("a")).unwrap();
    assert_eq!(stage.move_of("r1", 0).await, Status::Ended);
    assert_eq!(stage.move_of("r1", 1).await, Status::Waiting);
    let refused = stage.forward("b", "r1", "eligibility").await.unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::FailedPrecondition, "MOVE_WAITING"));
}
