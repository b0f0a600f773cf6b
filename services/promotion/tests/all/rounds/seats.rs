//! Seats: what depends on each other is confirmed together; what ran out is told; what the
//! ledger refuses, nobody is appointed by.

use quanheng_ledger::command::Command as Ledger;
use quanheng_ledger::hold::Status;
use quanheng_ledger::id::HoldId;

use super::stage::*;

on_both!(
    what_depends_on_each_other_is_confirmed_together,
    a_hold_that_ran_out,
    who_refuses_the_register_refuses_the_seat,
    a_move_is_never_had_twice,
    nobody_waits_for_the_new_year_s_calendar,
);

/// W-24b
async fn what_depends_on_each_other_is_confirmed_together(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.full().await;
    stage.round("r1", &[("GM07", "GM06"), ("GM09", "GM08")]).await;
    stage.submitted("a", "r1", "up", "GM06").await;
    stage.submitted("b", "r1", "next", "GM08").await;
    for (id, who) in [("a", "city_head"), ("b", "head")] {
        stage.to(id, "r1", "approval").await;
        stage.judge(id, who, true).await.unwrap();
    }
    let who = of_department("appointer");
    let head = stage.world.house.head().await;
    let refused = rpc!(stage, who, confirm_appointment, appoint(&stage, &["b"])).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "DEPENDS_ON_MOVE")
    );
    assert_eq!(
        (stage.rank_of("next").await, stage.step("b").await),
        ("GM09".into(), "appointment".into())
    );
    // The refusal itself is recorded, for auditors; nothing else.
    assert_eq!(stage.world.house.head().await, head + 1);
    rpc!(stage, who, confirm_appointment, appoint(&stage, &["a", "b"])).unwrap();
    assert_eq!([stage.rank_of("up").await, stage.rank_of("next").await], ["GM06", "GM08"]);
    rpc!(stage, clerk(), file_promotion, file(&["a", "b"])).unwrap();
}

async fn a_hold_that_ran_out(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "closing").await;
    stage.draft("b", "r1", "c1", "GM09").await;
    stage.world.house.clock.pass_days(120);
    let refused = stage.forward("a", "r1", "closing").await.unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::FailedPrecondition, "HOLD_EXPIRED"));
    let refused = rpc!(stage, clerk(), submit_promotion_request, submit("b")).unwrap_err();
    assert_eq!(refused.reason, "HOLD_EXPIRED");
    assert_eq!(refused.metadata["hold"], format!("{ACCOUNT}/holds/r1"));
    // Its moves are released; the candidacy is not ended by that, nor silently kept alive.
    stage.ledger(Vec::new(), |_| Ledger::ExpireHolds).await;
    let refused = stage.forward("a", "r1", "closing").await.unwrap_err();
    assert_eq!(refused.reason, "HOLD_EXPIRED");
    rpc!(stage, clerk(), withdraw_promotion_request, withdraw("a")).unwrap();
    assert!(stage.state("a").await.ended.is_some());
}

async fn who_refuses_the_register_refuses_the_seat(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "appointment").await;
    let who = of_department("appointer");
    // Before the rank that is left was taken.
    let early = wire::ConfirmAppointmentRequest {
        basis: basis(day(2021, 1, 1)),
        ..appoint(&stage, &["a"])
    };
    let refused = rpc!(stage, who, confirm_appointment, early).unwrap_err();
    assert_eq!(refused.code, Code::FailedPrecondition, "{refused:?}");
    assert_eq!(stage.move_of("r1", 0).await, Status::Held, "{refused:?}");
    assert_eq!(stage.rank_of("c0").await, "GM10");
    let without = wire::ConfirmAppointmentRequest { basis: None, ..appoint(&stage, &["a"]) };
    let refused = rpc!(stage, who, confirm_appointment, without).unwrap_err();
    assert_eq!((refused.code, refused.fields), (Code::InvalidArgument, vec!["basis".to_owned()]));
    // Somebody vacated the seat meanwhile: the move no longer fits, and nobody is appointed.
    stage
        .ledger(vec![person("c0")], |sight| Ledger::Vacate {
            person: person("c0"),
            reason: quanheng_ledger::event::VacateReason::Other,
            basis: quanheng_ledger::event::Basis {
                document: quanheng_policy::codes::DocumentNumber::parse("样组〔2024〕12号")
                    .unwrap(),
                effective_on: sight.today,
            },
        })
        .await;
    let refused = rpc!(stage, who, confirm_appointment, appoint(&stage, &["a"])).unwrap_err();
    assert_eq!(refused.reason, "OTHER_RANK_HELD");
    assert_eq!(
        (stage.rank_of("c0").await, stage.step("a").await),
        ("GM10".into(), "appointment".into())
    );
}

async fn a_move_is_never_had_twice(kind: Kind) {
    let stage = Stage::with(kind, 2).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.draft("b", "r1", "c1", "GM09").await;
    let refused = rpc!(stage, clerk(), submit_promotion_request, submit("b")).unwrap_err();
    assert_eq!(refused.reason, "NO_MOVE_LEFT");
    // Nor is a person a candidate twice.
    stage.hold("r2", &[("GM10", "GM09")]).await;
    stage.propose("r2", &[("GM09", 1)]).await;
    stage.meet(&round_key("r2"), "secretary", true).await.unwrap();
    let used = rpc!(stage, clerk(), attach_pre_review, attach("r2", "r1")).unwrap_err();
    assert_eq!((used.code, used.reason.as_str()), (Code::FailedPrecondition, "HOLD_IN_USE"));
    rpc!(stage, clerk(), attach_pre_review, attach("r2", "r2")).unwrap();
    stage.draft("again", "r2", "c0", "GM09").await;
    let refused = rpc!(stage, clerk(), submit_promotion_request, submit("again")).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "ALREADY_CANDIDATE")
    );
    assert_eq!(refused.metadata["person"], "persons/c0");
    assert_eq!(stage.account().await.hold(&HoldId::new("r2").unwrap()).unwrap().size(), 1);
}

/// The filing period reaches into a year whose calendar is not published: that is no reason not
/// to appoint anybody.
async fn nobody_waits_for_the_new_year_s_calendar(kind: Kind) {
    let stage = Stage::on(kind, jiff::civil::date(2026, 12, 7)).await;
    stage.people(1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "appointment").await;
    let who = of_department("appointer");
    let told = rpc!(stage, who, confirm_appointment, appoint(&stage, &["a"])).unwrap();
    let told = &told.requests[0];
    assert_eq!((told.state(), told.due_on), (wire::PromotionRequestState::Appointed, None));
    assert_eq!(told.blockers, ["CALENDAR_NOT_PUBLISHED"]);
    assert_eq!(stage.rank_of("c0").await, "GM09");
    let account = stage.account().await;
    let kept = account.hold(&HoldId::new("r1").unwrap()).unwrap();
    assert!(kept.filing_awaits() && kept.filing_due_on().is_none());
    // It is filed without a day, too.
    rpc!(stage, clerk(), file_promotion, file(&["a"])).unwrap();
    let account = stage.account().await;
    assert!(!account.hold(&HoldId::new("r1").unwrap()).unwrap().filing_awaits());
}
