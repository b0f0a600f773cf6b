//! What bars a promotion comes up between any two steps, and stops that candidate only.

use std::time::Duration;

use quanheng_eventlog::{Direction, Version};

use super::stage::*;

on_both!(
    a_bar_stops_one_candidate_at_every_step,
    an_investigation_at_the_end_of_the_notice,
    who_may_not_read_is_not_told,
    a_clerk_who_is_not_eligible,
    a_bar_that_is_recorded_stops_at_once,
    what_was_recorded_while_nobody_listened,
    whoever_is_barred_is_resumed_by_nothing,
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

/// Those at which people wait for others.
const UNDER_WAY: [&str; 7] =
    ["eligibility", "recommendation", "vetting", "candidates", "posting", "closing", "appointment"];

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

/// Waits until a request is suspended without anybody's asking.
async fn stops(stage: &Stage, id: &str) {
    let stopped = async {
        while stage.state(id).await.suspended.is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(20), stopped).await;
    told.unwrap_or_else(|_| panic!("{id} is not stopped"));
}

/// How often a request was suspended.
async fn suspensions(stage: &Stage, id: &str) -> usize {
    use futures::StreamExt as _;
    let stream = streams::promotion_request(&quanheng_streams::RequestId::new(id).unwrap());
    let log = &stage.world.house.realm.log;
    let records = log.read_stream(stream, Version(1), Direction::Forward);
    let mut records = std::pin::pin!(records);
    let mut found = 0;
    while let Some(record) = records.next().await {
        let kind = record.unwrap().event_type.to_string();
        found += usize::from(kind == "quanheng.promotion.request_suspended.v1");
    }
    found
}

async fn suspended_for(stage: &Stage, id: &str) -> String {
    let shown = wire::GetPromotionRequestRequest {
        name: format!("promotionRequests/{id}"),
        min_position: stage.world.house.head().await,
        with_details: true,
    };
    let shown = rpc!(stage, manager(), get_promotion_request, shown).unwrap();
    shown.details.unwrap().suspended_for
}

/// W-60
async fn a_bar_that_is_recorded_stops_at_once(kind: Kind) {
    let stage = Stage::with(kind, 8).await;
    stage.round("r1", &[("GM10", "GM09"); 8]).await;
    // Every process follows the register: more than one asks for the same pause.
    let realm = &stage.world.house.realm;
    let watching = [quanheng_promotion::watch_bars(realm), quanheng_promotion::watch_bars(realm)];
    for (nr, step) in UNDER_WAY.into_iter().enumerate() {
        let (id, person) = (format!("a{nr}"), format!("c{nr}"));
        stage.submitted(&id, "r1", &person, "GM09").await;
        stage.to(&id, "r1", step).await;
    }
    stage.draft("d", "r1", "c7", "GM09").await;
    for (nr, _) in UNDER_WAY.into_iter().enumerate().filter(|(nr, _)| *nr != 3) {
        match nr % 2 {
            0 => stage.sanction(&format!("c{nr}")).await,
            _ => stage.investigation(&format!("c{nr}")).await,
        }
    }
    stage.sanction("c7").await;
    for (nr, step) in UNDER_WAY.into_iter().enumerate().filter(|(nr, _)| *nr != 3) {
        let id = format!("a{nr}");
        stops(&stage, &id).await;
        assert_eq!(stage.step(&id).await, step);
        assert!(stage.case(&request_key(&id)).await.unwrap().paused.is_some());
        let code = ["IN_SANCTION_PERIOD", "UNDER_INVESTIGATION"][nr % 2];
        assert_eq!(suspended_for(&stage, &id).await, code);
        assert!(!stage.state(&id).await.suspended.unwrap().0, "by no report");
        assert_eq!(suspensions(&stage, &id).await, 1);
    }
    // Whoever is not barred goes on, and a draft is nobody's candidacy.
    assert!(stage.state("d").await.suspended.is_none());
    stage.to("a3", "r1", "").await;
    assert_eq!(stage.rank_of("c3").await, "GM09");
    // Whoever was appointed is stopped by nothing.
    stage.investigation("c3").await;
    // A bar that ends resumes nothing by itself.
    stage.investigation_closed("c1").await;
    stage.investigation("c6").await;
    stage.world.house.settle().await;
    assert!(stage.state("a1").await.suspended.is_some());
    assert!(stage.state("a3").await.suspended.is_none());
    rpc!(stage, of_department("appointer"), resume, resume("a1")).unwrap();
    stage.to("a1", "r1", "").await;
    assert_eq!(stage.rank_of("c1").await, "GM09");
    // Heard of again, by who starts anew: nothing more comes of it.
    watching.iter().for_each(tokio::task::JoinHandle::abort);
    let head = stage.world.house.head().await;
    let again = quanheng_promotion::watch_bars(realm);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(stage.world.house.head().await, head);
    again.abort();
}

async fn what_was_recorded_while_nobody_listened(kind: Kind) {
    let stage = Stage::with(kind, 3).await;
    stage.round("r1", &[("GM10", "GM09"); 3]).await;
    for nr in 0..3 {
        stage.submitted(&format!("a{nr}"), "r1", &format!("c{nr}"), "GM09").await;
    }
    stage.to("a0", "r1", "notice").await;
    stage.to("a1", "r1", "vetting").await;
    stage.sanction("c0").await;
    stage.investigation("c1").await;
    let watching = quanheng_promotion::watch_bars(&stage.world.house.realm);
    stops(&stage, "a0").await;
    stops(&stage, "a1").await;
    assert!(stage.state("a2").await.suspended.is_none());
    assert_eq!(suspended_for(&stage, "a0").await, "IN_SANCTION_PERIOD");
    // From here on it follows.
    stage.investigation("c2").await;
    stops(&stage, "a2").await;
    // The task ends with the realm.
    stage.world.house.realm.close().await;
    drop(stage);
    let ended = tokio::time::timeout(Duration::from_secs(20), watching).await;
    ended.unwrap().unwrap();
}

/// However it is asked for: a report that was resolved, a case that is resumed.
async fn whoever_is_barred_is_resumed_by_nothing(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "notice").await;
    let reported = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap();
    stage.investigation("c0").await;
    let who = of_department("appointer");
    let answer = resolve("a", &reported.feedback_id, false);
    let told = rpc!(stage, who, resolve_notice_feedback, answer).unwrap().request.unwrap();
    assert_eq!(told.state(), wire::PromotionRequestState::Suspended);
    assert_eq!(told.blockers, ["SUSPENDED"]);
    let command = quanheng_workflow::command::Command::Resume;
    let refused = stage.act(&who, &request_key("a"), Default::default(), command).await;
    assert_eq!(refused.unwrap_err().reason, "UNDER_INVESTIGATION");
    let refused = rpc!(stage, who, resume, resume("a")).unwrap_err();
    assert_eq!(refused.reason, "UNDER_INVESTIGATION");
    stage.investigation_closed("c0").await;
    rpc!(stage, who, resume, resume("a")).unwrap();
    assert_eq!(stage.step("a").await, "notice");
}
