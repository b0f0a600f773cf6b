//! What is asked again at every step: conditions, the hold, the day on which an appointment
//! takes effect; what else may use a round's hold, and what does not resume.

use quanheng_ledger::command::{Command as Ledger, Determine};
use quanheng_ledger::hold::Status;
use quanheng_workflow::command::Command;

use super::stage::*;

on_both!(
    an_appointment_takes_effect_between_its_approval_and_today,
    an_appointment_is_judged_as_of_its_day,
    conditions_are_asked_until_the_appointment,
    a_hold_is_asked_at_every_step,
    holds_that_are_used_together_are_judged_together,
    a_second_notice_takes_reports,
    who_is_barred_is_not_resumed_by_a_false_report,
    who_is_barred_does_not_hold_up_the_notice_of_others,
    a_round_takes_the_seats_of_its_plan,
    a_use_that_was_filed_already_is_filed,
    who_was_refused_is_recorded,
);

fn effective(stage: &Stage, on: jiff::civil::Date) -> wire::ConfirmAppointmentRequest {
    wire::ConfirmAppointmentRequest {
        basis: basis(Some(quanheng_api::date(on))),
        ..appoint(stage, &["a"])
    }
}

async fn an_appointment_takes_effect_between_its_approval_and_today(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "approval").await;
    stage.world.house.clock.pass_days(2);
    stage.judge("a", "head", true).await.unwrap();
    let approved = stage.today();
    stage.world.house.clock.pass_days(3);
    let head = stage.world.house.head().await;
    let who = of_department("appointer");
    for day in [approved.yesterday().unwrap(), stage.today().tomorrow().unwrap()] {
        let message = effective(&stage, day);
        let refused = rpc!(stage, who, confirm_appointment, message).unwrap_err();
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, "EFFECTIVE_DATE_INVALID"),
            "{day}"
        );
        assert_eq!(refused.metadata["request"], "promotionRequests/a");
        assert_eq!(refused.metadata["not_before"], approved.to_string());
        assert_eq!(refused.metadata["not_after"], stage.today().to_string());
    }
    assert_eq!((stage.world.house.head().await, stage.rank_of("c0").await), (head, "GM10".into()));
    rpc!(stage, who, confirm_appointment, effective(&stage, approved)).unwrap();
    assert_eq!(stage.rank_of("c0").await, "GM09");
    let spells = stage.registered("c0").await.ranks;
    let new = spells.values().find(|spell| spell.rank.as_str() == "GM09").unwrap();
    assert_eq!(new.from, approved);
}

async fn an_appointment_is_judged_as_of_its_day(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "appointment").await;
    let approved = stage.today();
    stage.world.house.clock.pass_days(1);
    // Open on the day of the approval, and closed today.
    stage.investigation("c0").await;
    stage.investigation_closed("c0").await;
    let who = of_department("appointer");
    let refused = rpc!(stage, who, confirm_appointment, effective(&stage, approved)).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "UNDER_INVESTIGATION")
    );
    assert_eq!(refused.metadata["request"], "promotionRequests/a");
    rpc!(stage, who, confirm_appointment, effective(&stage, stage.today())).unwrap();
}

/// No result of the last year by the end of March: nobody goes on from then.
async fn conditions_are_asked_until_the_appointment(kind: Kind) {
    for step in ["approval", "appointment"] {
        let stage = Stage::on(kind, jiff::civil::date(2026, 1, 20)).await;
        stage.people(1).await;
        stage.round("r1", &[("GM10", "GM09")]).await;
        stage.submitted("a", "r1", "c0", "GM09").await;
        stage.to("a", "r1", step).await;
        stage.world.house.clock.pass_days(70);
        let refused = stage.forward("a", "r1", step).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, "ASSESSMENT_MISSING"),
            "{step}"
        );
        assert_eq!(stage.step("a").await, step);
        stage.world.record("c0", vec![assess(2025, "competent")]).await;
        stage.forward("a", "r1", step).await.unwrap();
        if step == "approval" {
            let judged = stage.state("a").await;
            assert_eq!(judged.approval_minutes, "样例县委常委会〔2026〕8号");
            assert_eq!(judged.judgement.unwrap().by, person("reviewer"));
        }
    }
}

/// A move that takes the seat another leaves falls back when that one goes: its candidate
/// stays at the step.
async fn a_hold_is_asked_at_every_step(kind: Kind) {
    for step in
        ["eligibility", "recommendation", "vetting", "candidates", "posting", "notice", "closing"]
    {
        let stage = Stage::open(kind).await;
        stage.full().await;
        stage.round("r1", &[("GM07", "GM06"), ("GM09", "GM08")]).await;
        stage.submitted("a", "r1", "up", "GM06").await;
        stage.submitted("b", "r1", "next", "GM08").await;
        stage.to("b", "r1", step).await;
        rpc!(stage, clerk(), withdraw_promotion_request, withdraw("a")).unwrap();
        assert_eq!(stage.move_of("r1", 1).await, Status::Waiting);
        let refused = stage.forward("b", "r1", step).await.unwrap_err();
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, "MOVE_WAITING"),
            "{step}"
        );
        assert_eq!(stage.step("b").await, step);
    }
}

/// Of two holds each, one seat more than a lower determination has left.
async fn holds_that_are_used_together_are_judged_together(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.ranked("c0", 1, "GM09").await;
    stage.ranked("c1", 2, "GM09").await;
    stage.determine(20).await;
    stage.holders(&[("c0", "GM09"), ("c1", "GM09")]).await;
    for (round, id, person) in [("r1", "a", "c0"), ("r2", "b", "c1")] {
        stage.round(round, &[("GM09", "GM08")]).await;
        stage.submitted(id, round, person, "GM08").await;
        stage.to(id, round, "appointment").await;
    }
    // Of 4 posts, 主任科员 2, 一二级 1.
    stage
        .ledger(Vec::new(), |sight| {
            Ledger::Determine(Determine {
                class: quanheng_policy::QuotaClassId::new("county_township").unwrap(),
                base: 4,
                fewer: Default::default(),
                basis: quanheng_ledger::event::Basis {
                    document: quanheng_policy::codes::DocumentNumber::parse("样组〔2026〕1号")
                        .unwrap(),
                    effective_on: sight.today,
                },
            })
        })
        .await;
    let who = of_department("appointer");
    let both = appoint(&stage, &["a", "b"]);
    let refused = rpc!(stage, who, confirm_appointment, both).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "INSUFFICIENT_AVAILABLE")
    );
    assert_eq!([stage.rank_of("c0").await, stage.rank_of("c1").await], ["GM09", "GM09"]);
    rpc!(stage, who, confirm_appointment, appoint(&stage, &["a"])).unwrap();
    assert_eq!(stage.rank_of("c0").await, "GM08");
}

async fn a_second_notice_takes_reports(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "approval").await;
    let key = request_key("a");
    let command = Command::Return {
        by: person("head"),
        task: stage.task(&key).await,
        to: quanheng_workflow::definition::StepId::new("candidates").unwrap(),
        back_to_me: false,
        opinion: "请重新研究".into(),
    };
    stage.act(&of_department("head"), &key, Default::default(), command).await.unwrap();
    stage.to("a", "r1", "notice").await;
    let reported = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap();
    assert_eq!(reported.request.unwrap().state(), wire::PromotionRequestState::Suspended);
    let answer = resolve("a", &reported.feedback_id, false);
    rpc!(stage, of_department("appointer"), resolve_notice_feedback, answer).unwrap();
    stage.to("a", "r1", "").await;
    assert_eq!(stage.rank_of("c0").await, "GM09");
}

async fn who_is_barred_is_not_resumed_by_a_false_report(kind: Kind) {
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
    assert_eq!(told.blockers, ["SUSPENDED"], "the report is resolved");
    let refused = rpc!(stage, who, resume, resume("a")).unwrap_err();
    assert_eq!(refused.reason, "UNDER_INVESTIGATION");
    stage.investigation_closed("c0").await;
    rpc!(stage, who, resume, resume("a")).unwrap();
    stage.to("a", "r1", "").await;
    assert_eq!(stage.rank_of("c0").await, "GM09");
}

async fn who_is_barred_does_not_hold_up_the_notice_of_others(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    for (id, person) in [("a", "c0"), ("b", "c1")] {
        stage.submitted(id, "r1", person, "GM09").await;
        stage.to(id, "r1", "posting").await;
    }
    stage.investigation("c0").await;
    let named = rpc!(stage, clerk(), post_notice, post("r1", &["a", "b"])).unwrap_err();
    assert_eq!(named.reason, "UNDER_INVESTIGATION", "who is named is not left out");
    let posted = rpc!(stage, clerk(), post_notice, post("r1", &[])).unwrap();
    let states: Vec<_> = posted.requests.iter().map(wire::PromotionRequest::state).collect();
    use wire::PromotionRequestState as State;
    assert_eq!(states, [State::Suspended, State::Noticed]);
    assert_eq!(posted.last_day, day(2026, 3, 20));
    assert_eq!((stage.step("a").await, stage.step("b").await), ("posting".into(), "notice".into()));
    assert!(stage.state("a").await.notice.is_none());
}

async fn a_round_takes_the_seats_of_its_plan(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.propose("r1", &[("GM09", 1)]).await;
    stage.meet(&round_key("r1"), "secretary", true).await.unwrap();
    // The pre-review holds more than the plan decided on.
    stage.hold("h1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    rpc!(stage, clerk(), attach_pre_review, attach("r1", "h1")).unwrap();
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.draft("b", "r1", "c1", "GM09").await;
    let refused = rpc!(stage, clerk(), submit_promotion_request, submit("b")).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "PLANNED_SEATS_TAKEN")
    );
    assert_eq!(refused.metadata["round"], "promotionRounds/r1");
    assert_eq!(
        (refused.metadata["rank"].as_str(), refused.metadata["planned"].as_str()),
        ("GM09", "1")
    );
    // Who withdraws leaves the seat of the plan to another.
    rpc!(stage, clerk(), withdraw_promotion_request, withdraw("a")).unwrap();
    rpc!(stage, clerk(), submit_promotion_request, submit("b")).unwrap();
}

/// The clerk filed the use of one of two by itself: the requests are filed all the same.
async fn a_use_that_was_filed_already_is_filed(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    for (id, person) in [("a", "c0"), ("b", "c1")] {
        stage.submitted(id, "r1", person, "GM09").await;
        stage.to(id, "r1", "filing").await;
    }
    stage
        .ledger(Vec::new(), |_| Ledger::FileUse {
            hold: quanheng_ledger::id::HoldId::new("r1").unwrap(),
            persons: vec![person("c0")],
        })
        .await;
    rpc!(stage, clerk(), file_promotion, file(&["a", "b"])).unwrap();
    assert_eq!(stage.account().await.unfiled_holds().count(), 0);
    assert_eq!((stage.step("a").await, stage.step("b").await), (String::new(), String::new()));
}

/// By which open rules; of the sealed ones, that there was one.
async fn who_was_refused_is_recorded(kind: Kind) {
    use futures::StreamExt as _;
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.investigation("c0").await;
    let head = stage.world.house.head().await;
    stage.judge("a", "reviewer", true).await.unwrap_err();
    assert_eq!(stage.world.house.head().await, head + 1);
    let log = &stage.world.house.realm.log;
    let first = quanheng_eventlog::Version(1);
    let stream = streams::refusals(&account());
    let records = log.read_stream(stream, first, quanheng_eventlog::Direction::Forward);
    let records: Vec<_> = records.map(|record| record.unwrap()).collect().await;
    assert_eq!(records.len(), 1);
    let text = String::from_utf8_lossy(&records[0].bytes).into_owned();
    assert!(text.contains("NOT_ELIGIBLE") && text.contains("promotionRequests/a"), "{text}");
    for sealed in ["UNDER_INVESTIGATION", "立案"] {
        assert!(!text.contains(sealed), "{text}");
    }
}
