//! Public notices: how long they last, what is reported, what follows.

use jiff::civil::date;

use super::stage::*;

on_both!(
    a_notice_lasts_as_long_as_the_calendar_says,
    a_notice_that_no_calendar_can_end,
    a_report_stops_one_candidate,
    a_founded_report_ends_a_candidacy,
    reports_only_while_the_notice_stands,
    a_notice_is_not_closed_before_its_end,
    a_notice_that_is_resumed_tells_its_last_day,
    a_notice_that_is_resumed_waits_for_a_calendar,
);

/// W-70, W-72, W-74
async fn a_notice_lasts_as_long_as_the_calendar_says(kind: Kind) {
    for (posted, include, exclude) in [
        (date(2025, 9, 26), day(2025, 10, 9), day(2025, 10, 10)),
        (date(2026, 2, 12), day(2026, 2, 25), day(2026, 2, 26)),
        (date(2025, 6, 9), day(2025, 6, 13), day(2025, 6, 16)),
    ] {
        for (first_day, last) in [("include", include), ("exclude", exclude)] {
            let stage = Stage::on(kind, posted).await;
            stage
                .world
                .publish(&format!(
                    "[parameters.notice_first_day]\narticle = \"本地规定\"\n\
                     value = \"{first_day}\"\n"
                ))
                .await;
            stage.people(1).await;
            stage.round("r1", &[("GM10", "GM09")]).await;
            stage.submitted("a", "r1", "c0", "GM09").await;
            stage.to("a", "r1", "posting").await;
            let posted = rpc!(stage, clerk(), post_notice, post("r1", &["a"])).unwrap();
            assert_eq!(posted.last_day, last, "{first_day}");
            assert_eq!(posted.requests[0].due_on, last);
        }
    }
}

/// W-76
async fn a_notice_that_no_calendar_can_end(kind: Kind) {
    let stage = Stage::on(kind, date(2026, 12, 29)).await;
    stage.people(1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "posting").await;
    let head = stage.world.house.head().await;
    let refused = rpc!(stage, clerk(), post_notice, post("r1", &["a"])).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "CALENDAR_NOT_PUBLISHED")
    );
    assert_eq!(refused.metadata["request"], "promotionRequests/a");
    assert_eq!((stage.world.house.head().await, stage.step("a").await), (head, "posting".into()));
}

async fn a_report_stops_one_candidate(kind: Kind) {
    let stage = Stage::with(kind, 3).await;
    stage.round("r1", &[("GM10", "GM09"); 3]).await;
    for (id, person) in [("a", "c0"), ("b", "c1"), ("c", "c2")] {
        stage.submitted(id, "r1", person, "GM09").await;
        stage.to(id, "r1", "notice").await;
    }
    let first = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap();
    let told = first.request.unwrap();
    assert_eq!(told.state(), wire::PromotionRequestState::Suspended);
    assert_eq!(told.blockers, ["SUSPENDED", "FEEDBACK_UNRESOLVED"]);
    let second = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap();
    for id in ["b", "c"] {
        stage.to(id, "r1", "appointment").await;
    }
    let message = appoint(&stage, &["b", "c"]);
    rpc!(stage, of_department("appointer"), confirm_appointment, message).unwrap();
    assert_eq!([stage.rank_of("c1").await, stage.rank_of("c2").await], ["GM09", "GM09"]);

    let who = of_department("appointer");
    let refused = rpc!(stage, who, resume, resume("a")).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "FEEDBACK_UNRESOLVED")
    );
    let answer = resolve("a", &first.feedback_id, false);
    let told = rpc!(stage, who, resolve_notice_feedback, answer).unwrap().request.unwrap();
    assert_eq!(told.state(), wire::PromotionRequestState::Suspended, "another is not resolved");
    let answer = resolve("a", &second.feedback_id, false);
    let told = rpc!(stage, who, resolve_notice_feedback, answer).unwrap().request.unwrap();
    assert_eq!(told.state(), wire::PromotionRequestState::Noticed);
    let again = rpc!(stage, who, resolve_notice_feedback, resolve("a", &second.feedback_id, true));
    assert_eq!(again.unwrap_err().reason, "WRONG_STATE");
    stage.to("a", "r1", "").await;
    assert_eq!(stage.rank_of("c0").await, "GM09");
}

async fn a_founded_report_ends_a_candidacy(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    for (id, person) in [("a", "c0"), ("b", "c1")] {
        stage.submitted(id, "r1", person, "GM09").await;
        stage.to(id, "r1", "notice").await;
    }
    let reported = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap();
    let answer = resolve("a", &reported.feedback_id, true);
    let ended = rpc!(stage, of_department("appointer"), resolve_notice_feedback, answer).unwrap();
    assert_eq!(ended.request.unwrap().state(), wire::PromotionRequestState::Refused);
    assert_eq!(stage.move_of("r1", 0).await, quanheng_ledger::hold::Status::Ended);
    assert_eq!(stage.move_of("r1", 1).await, quanheng_ledger::hold::Status::Held);
    stage.to("b", "r1", "").await;
    assert_eq!([stage.rank_of("c0").await, stage.rank_of("c1").await], ["GM10", "GM09"]);
}

async fn reports_only_while_the_notice_stands(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    let early = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap_err();
    assert_eq!((early.code, early.reason.as_str()), (Code::FailedPrecondition, "WRONG_STATE"));
    stage.to("a", "r1", "closing").await;
    // The period is over, but its result is not told yet.
    let reported = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap();
    let who = of_department("appointer");
    let answer = resolve("a", &reported.feedback_id, false);
    rpc!(stage, who, resolve_notice_feedback, answer).unwrap();
    stage.to("a", "r1", "approval").await;
    let late = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap_err();
    assert_eq!(late.reason, "WRONG_STATE");
}

async fn a_notice_is_not_closed_before_its_end(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "notice").await;
    let refused = rpc!(stage, clerk(), close_notice, close(&["a"])).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "NOTICE_TOO_SHORT")
    );
    assert_eq!(refused.metadata["last_day"], "2026-03-20");
    stage.world.house.clock.pass_days(4);
    let refused = rpc!(stage, clerk(), close_notice, close(&["a"])).unwrap_err();
    assert_eq!(refused.reason, "NOTICE_TOO_SHORT", "its last day is not over");
    stage.world.house.clock.pass_days(1);
    rpc!(stage, clerk(), close_notice, close(&["a"])).unwrap();
}

async fn a_notice_that_is_resumed_tells_its_last_day(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "posting").await;
    let posted = rpc!(stage, clerk(), post_notice, post("r1", &["a"])).unwrap();
    assert_eq!(posted.last_day, day(2026, 3, 20));
    let who = of_department("appointer");
    rpc!(stage, who, suspend, suspend("a")).unwrap();
    // On the same day it is the same.
    let told = rpc!(stage, who, resume, resume("a")).unwrap().request.unwrap();
    assert_eq!((told.notice_to, told.due_on), (day(2026, 3, 20), day(2026, 3, 20)));
    rpc!(stage, who, suspend, suspend("a")).unwrap();
    stage.world.house.clock.pass_days(3);
    let told = rpc!(stage, who, resume, resume("a")).unwrap().request.unwrap();
    assert_eq!((told.notice_to, told.due_on), (day(2026, 3, 25), day(2026, 3, 25)));
    stage.world.house.clock.pass_days(2);
    let early = rpc!(stage, clerk(), close_notice, close(&["a"])).unwrap_err();
    assert_eq!(early.metadata["last_day"], "2026-03-25");
    stage.to("a", "r1", "closing").await;
    let min_position = stage.world.house.head().await;
    let get = wire::GetPromotionRequestRequest {
        name: "promotionRequests/a".into(),
        min_position,
        with_details: false,
    };
    let told = rpc!(stage, clerk(), get_promotion_request, get).unwrap().request.unwrap();
    assert_eq!((told.notice_from, told.notice_to), (day(2026, 3, 16), day(2026, 3, 25)));
    let get = wire::GetTimelineRequest { name: "promotionRequests/a".into(), min_position };
    let told = rpc!(stage, clerk(), get_timeline, get).unwrap().entries;
    let moved: Vec<_> = told.iter().filter(|one| one.summary.starts_with("公示期重新")).collect();
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0].summary, "公示期重新计算,至 2026-03-25");
}

async fn a_notice_that_is_resumed_waits_for_a_calendar(kind: Kind) {
    let stage = Stage::on(kind, date(2026, 12, 21)).await;
    stage.people(1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "notice").await;
    let who = of_department("appointer");
    rpc!(stage, who, suspend, suspend("a")).unwrap();
    stage.world.house.clock.pass_days(9);
    let told = rpc!(stage, who, resume, resume("a")).unwrap().request.unwrap();
    assert_eq!((told.notice_to, told.due_on), (None, None));
    assert_eq!(told.blockers, ["CALENDAR_NOT_PUBLISHED"]);
}
