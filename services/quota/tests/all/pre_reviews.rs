//! Pre-review, holds, occupation, filing: the whole way, and its timers.

use std::sync::Arc;

use quanheng_api::date;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_casework::case::Said;
use quanheng_eventlog::{BlobRef, Transaction};
use quanheng_quota::{ExpireHolds, PreReviewMatter, SetFilingDues};
use quanheng_runtime::{Deadline, Duty, derived_id};
use quanheng_streams::{self as streams, PolicyEvent, PublishedYears};
use quanheng_test_house::{Kind, person, request_id};
use quanheng_workflow::case::TaskNr;
use quanheng_workflow::command::Command;
use quanheng_workflow::definition::StepId;

use crate::world::{BUREAU, World, ask, basis, call, case, decider, occupy, opening, said, told};

on_both!(
    from_request_to_filing,
    a_filing_with_other_names_comes_back,
    what_is_returned_or_rejected_holds_nothing,
    who_decides_is_the_flows_to_say,
    seats_that_went_meanwhile_are_refused,
    together_each_sees_what_those_before_it_took,
    withdrawing_releases_the_seats,
    a_hold_is_extended_once_for_a_reason,
    holds_run_out_by_themselves,
    a_filing_that_awaits_a_calendar,
);

async fn from_request_to_filing(kind: Kind) {
    let world = World::determined(kind).await;
    call!(world, record_opening_balances, opening(BUREAU, &[("p0", "GM10"), ("p1", "GM10")]))
        .unwrap();
    let held = world.hold("h1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    assert_eq!(held.state(), wire::PreReviewState::Held);
    assert_eq!(held.authority_opinion, "同意");
    assert!(held.expires_on.is_some());
    let occupied = call!(world, &decider(), occupy_seats, occupy("h1", &[(0, "p0")])).unwrap();
    let review = occupied.pre_review.unwrap();
    assert_eq!(review.moves[0].person, "persons/p0");
    assert_eq!(review.moves[0].status(), wire::MoveStatus::Used);
    let holders = wire::ListHoldersRequest {
        parent: BUREAU.into(),
        min_position: world.test.head().await,
        ..Default::default()
    };
    let holders = call!(world, list_holders, holders).unwrap().holders;
    let ranks: Vec<_> = holders.iter().map(|h| (h.person.as_str(), h.rank.as_str())).collect();
    assert_eq!(ranks, [("persons/p0", "GM09"), ("persons/p1", "GM10")]);
    let file = wire::FileUseRequest {
        hold: format!("{BUREAU}/holds/h1"),
        persons: vec!["persons/p0".into()],
        request_id: request_id(),
        ..Default::default()
    };
    let filed = call!(world, file_use, file).unwrap();
    assert_eq!(filed.returned, None);
    assert!(filed.pre_review.unwrap().moves[0].filed);
    let give_back = wire::ReturnFilingRequest {
        hold: format!("{BUREAU}/holds/h1"),
        persons: vec!["persons/p0".into()],
        reason: "材料不全".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let back = call!(world, &decider(), return_filing, give_back).unwrap();
    assert!(!back.pre_review.unwrap().moves[0].filed);
    let vacate = wire::VacateSeatsRequest {
        account: BUREAU.into(),
        persons: vec!["persons/p1".into()],
        reason: wire::VacateReason::Retirement.into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    let after = call!(world, &decider(), vacate_seats, vacate).unwrap().account.unwrap();
    assert_eq!(after.holders, 1);
}

/// W-34.
async fn a_filing_with_other_names_comes_back(kind: Kind) {
    let world = World::determined(kind).await;
    call!(world, record_opening_balances, opening(BUREAU, &[("p0", "GM10")])).unwrap();
    world.hold("h1", &[("GM10", "GM09")]).await;
    call!(world, &decider(), occupy_seats, occupy("h1", &[(0, "p0")])).unwrap();
    let file = wire::FileUseRequest {
        hold: format!("{BUREAU}/holds/h1"),
        persons: vec!["persons/p0".into(), "persons/p1".into()],
        request_id: request_id(),
        ..Default::default()
    };
    let answer = call!(world, file_use, file).unwrap();
    assert_eq!(answer.returned.unwrap().reason, "MORE_THAN_PRE_REVIEWED");
    assert!(!answer.pre_review.unwrap().moves[0].filed);
}

async fn what_is_returned_or_rejected_holds_nothing(kind: Kind) {
    let world = World::determined(kind).await;
    for id in ["h1", "h2", "h3"] {
        call!(world, request_pre_review, ask(id, &[("", "GM10")])).unwrap();
    }
    // Returned to the form, and asked again with other moves.
    world.meets("h1", 3).await.unwrap();
    let back = |task| Command::Return {
        by: person("reviewer"),
        task,
        to: StepId::new("apply").unwrap(),
        back_to_me: false,
        opinion: "材料不齐".to_owned(),
    };
    world.acts("h1", said("材料不齐", false), back).await.unwrap();
    let returned = world.pre_review("h1").await;
    assert_eq!(returned.state(), wire::PreReviewState::Returned);
    assert_eq!(returned.authority_opinion, "材料不齐");
    let again = call!(world, request_pre_review, ask("h1", &[("", "GM10"), ("", "GM10")])).unwrap();
    assert_eq!(again.pre_review.unwrap().state(), wire::PreReviewState::Pending);
    // Rejected by the reviewer; not adopted by the party group.
    world.meets("h2", 3).await.unwrap();
    world.reviews("h2", false, "职数紧张").await.unwrap();
    world.meets("h3", 1).await.unwrap();
    for (id, opinion) in [("h2", "职数紧张"), ("h3", "")] {
        let rejected = world.pre_review(id).await;
        assert_eq!(rejected.state(), wire::PreReviewState::Rejected, "{id}");
        assert_eq!(rejected.authority_opinion, opinion);
        assert!(world.test.case(&case(id)).await.unwrap().ended.is_some());
    }
    assert_eq!(world.set(BUREAU, "GM07-10").await.held, 0);
    world.to_approval("h1").await;
    world.approves("h1").await.unwrap();
    assert_eq!(world.set(BUREAU, "GM07-10").await.held, 2);
    let list = wire::ListPreReviewsRequest {
        parent: BUREAU.into(),
        min_position: world.test.head().await,
        ..Default::default()
    };
    assert_eq!(call!(world, list_pre_reviews, list).unwrap().pre_reviews.len(), 3);
}

/// Nobody decides twice in one case, nobody decides without a meeting and a document, and
/// what is not theirs.
async fn who_decides_is_the_flows_to_say(kind: Kind) {
    let world = World::determined(kind).await;
    call!(world, request_pre_review, ask("h1", &[("", "GM10")])).unwrap();
    let head = world.test.head().await;
    let early = |task| Command::Approve { by: person("head"), task, opinion: String::new() };
    let refused = world.acts("h1", said("", true), early).await.unwrap_err();
    assert_eq!(refused.reason(), "ACTION_NOT_ALLOWED");
    world.to_approval("h1").await;
    let by = |who: &str| {
        let by = person(who);
        move |task| Command::Approve { by, task, opinion: "同意".to_owned() }
    };
    for (who, said, reason) in [
        ("reviewer", said("同意", true), "ACCESS_DENIED"),
        ("head", said("同意", false), "COLLECTIVE_DECISION_REQUIRED"),
        ("head", Said { basis: None, ..said("同意", true) }, "INVALID_FIELD"),
    ] {
        let refused = world.acts("h1", said, by(who)).await.unwrap_err();
        assert_eq!(refused.reason(), reason, "{who}");
    }
    assert_eq!(world.set(BUREAU, "GM07-10").await.held, 0);
    assert!(world.test.head().await > head);
    world.approves("h1").await.unwrap();
    assert_eq!(world.set(BUREAU, "GM07-10").await.held, 1);
}

/// Seats that went while it was under way are refused at the approval, and the refusal is
/// recorded.
async fn seats_that_went_meanwhile_are_refused(kind: Kind) {
    let world = World::determined(kind).await;
    // 三级 has 7 seats: two requests of 4 each are fine alone.
    for id in ["h1", "h2"] {
        call!(world, request_pre_review, ask(id, &[("", "GM05"); 4])).unwrap();
        world.meets(id, 3).await.unwrap();
    }
    world.reviews("h1", true, "").await.unwrap();
    world.reviews("h2", true, "").await.unwrap();
    world.approves("h1").await.unwrap();
    let refused = world.approves("h2").await.unwrap_err();
    assert_eq!(refused.reason(), "INSUFFICIENT_AVAILABLE");
    assert_eq!(world.set(BUREAU, "GM05").await.held, 4);
    assert!(world.test.case(&case("h2")).await.unwrap().ended.is_none());
}

/// Approvals in one commit on one account: the seats are counted once.
async fn together_each_sees_what_those_before_it_took(kind: Kind) {
    let world = World::determined(kind).await;
    // 三级 has 7 seats: two of 3 go together, a third does not.
    for id in ["h1", "h2", "h3"] {
        call!(world, request_pre_review, ask(id, &[("", "GM05"); 3])).unwrap();
        world.to_approval(id).await;
    }
    let approve = |id: &str| {
        let (by, opinion) = (person("head"), "同意".to_owned());
        (case(id), Command::Approve { by, task: TaskNr(4), opinion })
    };
    let together = async |ids: &[&str]| {
        let acts = ids.iter().map(|id| approve(id)).collect();
        world.test.act_in_one(&PreReviewMatter, acts, said("同意", true)).await
    };
    let refused = together(&["h1", "h2", "h3"]).await.unwrap_err();
    assert_eq!(refused.reason(), "INSUFFICIENT_AVAILABLE");
    assert_eq!(refused.metadata()["item"], "2");
    assert_eq!(world.set(BUREAU, "GM05").await.held, 0);
    together(&["h1", "h2"]).await.unwrap();
    assert_eq!(world.set(BUREAU, "GM05").await.held, 6);
    for id in ["h1", "h2"] {
        assert_eq!(world.pre_review(id).await.state(), wire::PreReviewState::Held);
    }
}

async fn withdrawing_releases_the_seats(kind: Kind) {
    let world = World::determined(kind).await;
    world.hold("h1", &[("", "GM10"), ("", "GM10")]).await;
    assert_eq!(world.set(BUREAU, "GM07-10").await.held, 2);
    let withdraw = wire::WithdrawPreReviewRequest {
        name: format!("{BUREAU}/holds/h1"),
        reason: "方案调整".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let done = call!(world, withdraw_pre_review, withdraw).unwrap().pre_review.unwrap();
    assert_eq!(done.state(), wire::PreReviewState::Closed);
    assert_eq!(world.set(BUREAU, "GM07-10").await.held, 0);
}

async fn a_hold_is_extended_once_for_a_reason(kind: Kind) {
    let world = World::determined(kind).await;
    let held = world.hold("h1", &[("", "GM10")]).await;
    let expires = quanheng_api::day(&held.expires_on.unwrap()).unwrap();
    world.test.clock.pass_days(10);
    let extend = wire::ExtendHoldRequest {
        name: held.name.clone(),
        reason: "考察延期".into(),
        expires_on: Some(date(expires.tomorrow().unwrap())),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    let extended = call!(world, &decider(), extend_hold, extend.clone()).unwrap();
    assert_eq!(extended.pre_review.unwrap().extended_for, ["考察延期"]);
    let again = wire::ExtendHoldRequest { request_id: request_id(), ..extend };
    let refused = call!(world, &decider(), extend_hold, again).unwrap_err();
    assert_eq!(told(&refused).reason, "HOLD_ALREADY_EXTENDED");
    let release = wire::ReleaseHoldRequest {
        name: held.name,
        moves: vec![],
        reason: wire::ReleaseReason::CaseClosed.into(),
        request_id: request_id(),
        ..Default::default()
    };
    let released = call!(world, &decider(), release_hold, release).unwrap();
    assert_eq!(released.pre_review.unwrap().state(), wire::PreReviewState::Closed);
}

async fn holds_run_out_by_themselves(kind: Kind) {
    let world = World::determined(kind).await;
    world.hold("h1", &[("", "GM10"), ("", "GM10")]).await;
    let duty = ExpireHolds;
    let realm = &world.test.realm;
    world.test.settle().await;
    assert_eq!(duty.due(realm, 10).await.unwrap(), []);
    world.test.clock.pass_days(91);
    let due = duty.due(realm, 10).await.unwrap();
    assert_eq!(due[0].resource, "bureau.general_management");
    let head = world.test.head().await;
    // Two processes fire it: it takes effect once.
    for _ in 0..2 {
        let id = derived_id(duty.name(), &due[0].resource, &due[0].instance);
        duty.fire(&Arc::clone(realm), &due[0], id).await.unwrap();
    }
    assert_eq!(world.test.head().await, head + 1);
    assert_eq!(world.set(BUREAU, "GM07-10").await.held, 0);
    let get = wire::GetPreReviewRequest { name: format!("{BUREAU}/holds/h1"), min_position: 0 };
    let review = call!(world, get_pre_review, get).unwrap().pre_review.unwrap();
    assert_eq!(review.state(), wire::PreReviewState::Closed);
    assert_eq!(duty.due(realm, 10).await.unwrap(), []);
}

/// Publishes the calendar of a year in which only its first day is a holiday.
async fn publish_calendar(world: &World, year: i16) {
    let text = format!("date,kind,occasion\n{year}-01-01,holiday,元旦\n");
    let blob = BlobRef::of(text.as_bytes());
    let event = PolicyEvent::CalendarPublished {
        calendar: PublishedYears {
            years: vec![year],
            source: "测试".to_owned(),
            sha256: blob.digest.to_string(),
            size: blob.size,
        },
    };
    let draft = streams::draft::<streams::Policies>(streams::policies(), &event).unwrap();
    let transaction = Transaction::default().append(draft.with_blob(blob));
    let transaction = transaction.blob(text.into_bytes().into());
    let realm = &world.test.realm;
    let published = realm.log.commit(transaction).await.unwrap().into_receipt();
    let deadline = Deadline::after(std::time::Duration::from_secs(20));
    realm.policies.shelf_at(published.position, deadline).await.unwrap();
}

/// Does what is due; how much that is.
async fn look(world: &World, duty: &impl Duty) -> usize {
    world.test.settle().await;
    let due = duty.due(&world.test.realm, 10).await.unwrap();
    for one in &due {
        let id = derived_id(duty.name(), &one.resource, &one.instance);
        // Two processes fire it: it takes effect once.
        duty.fire(&world.test.realm, one, id).await.unwrap();
        duty.fire(&world.test.realm, one, id).await.unwrap();
    }
    due.len()
}

async fn a_filing_that_awaits_a_calendar(kind: Kind) {
    let world = World::determined(kind).await;
    call!(world, record_opening_balances, opening(BUREAU, &[("p0", "GM10"), ("p1", "GM10")]))
        .unwrap();
    world.hold("h1", &[("GM10", "GM09"), ("GM10", "GM09")]).await;
    let last = world.test.realm.policies.shelf().calendar().published_years().max().unwrap();
    let mut winter = occupy("h1", &[(0, "p0")]);
    if let Some(basis) = &mut winter.basis {
        basis.effective_on = Some(date(jiff::civil::date(last, 12, 20)));
    }
    // No seat has to wait for the new year.
    call!(world, &decider(), occupy_seats, winter).unwrap();
    let used = &world.pre_review("h1").await.moves[0];
    assert_eq!((used.filing_due_on, used.filing_awaits_calendar), (None, true));
    let account = world.account(BUREAU).await;
    assert_eq!((account.filing_due_on, account.filing_awaits_calendar), (None, true));
    let list = wire::ListQuotaAccountsRequest {
        filter: "filing_awaits_calendar = true".into(),
        min_position: world.test.head().await,
        ..Default::default()
    };
    assert_eq!(call!(world, list_quota_accounts, list.clone()).unwrap().accounts.len(), 1);
    let duty = SetFilingDues::default();
    let head = world.test.head().await;
    assert_eq!(look(&world, &duty).await, 1, "it is tried once");
    assert_eq!(look(&world, &duty).await, 0, "and again when there is another calendar");
    assert_eq!(world.test.head().await, head);
    publish_calendar(&world, last + 2).await;
    assert_eq!(look(&world, &duty).await, 1);
    assert!(world.account(BUREAU).await.filing_awaits_calendar);
    publish_calendar(&world, last + 1).await;
    let head = world.test.head().await;
    assert_eq!(look(&world, &duty).await, 1);
    assert_eq!(world.test.head().await, head + 1);
    let account = world.account(BUREAU).await;
    let due = account.filing_due_on.unwrap();
    assert_eq!((due.year, due.month), (i32::from(last) + 1, 1));
    assert!((19..=21).contains(&due.day) && !account.filing_awaits_calendar);
    let used = &world.pre_review("h1").await.moves[0];
    assert_eq!((used.filing_due_on, used.filing_awaits_calendar), (Some(due), false));
    assert_eq!(look(&world, &duty).await, 0);
    let list = wire::ListQuotaAccountsRequest { min_position: world.test.head().await, ..list };
    assert_eq!(call!(world, list_quota_accounts, list).unwrap().accounts.len(), 0);
}
