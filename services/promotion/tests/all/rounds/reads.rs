//! What is shown: lists, counts, sealed details, timelines; and that nothing sealed stands in
//! the open.

use futures::StreamExt as _;
use quanheng_eventlog::{Direction, Version};

use super::stage::*;

on_both!(
    a_pre_review_that_ran_out_is_told,
    lists_and_counts,
    what_is_sealed_is_told_to_few,
    a_timeline_tells_who_did_what
);

/// What stands in the way of a request, as a list and as the request itself tell it.
async fn blockers(stage: &Stage, id: &str) -> Vec<String> {
    let min_position = stage.world.house.head().await;
    let list = wire::ListPromotionRequestsRequest {
        parent: "promotionRounds/r1".into(),
        min_position,
        ..Default::default()
    };
    let listed = rpc!(stage, clerk(), list_promotion_requests, list).unwrap().requests;
    let name = format!("promotionRequests/{id}");
    let listed = listed.into_iter().find(|one| one.name == name).unwrap();
    let get = wire::GetPromotionRequestRequest { name, min_position, with_details: false };
    let got = rpc!(stage, clerk(), get_promotion_request, get).unwrap().request.unwrap();
    assert_eq!(listed, got);
    got.blockers
}

async fn a_pre_review_that_ran_out_is_told(kind: Kind) {
    let stage = Stage::with(kind, 4).await;
    stage.round("r1", &[("GM10", "GM09"); 4]).await;
    for (id, person) in [("a", "c0"), ("b", "c1"), ("c", "c2")] {
        stage.submitted(id, "r1", person, "GM09").await;
    }
    stage.draft("d", "r1", "c3", "GM09").await;
    stage.to("b", "r1", "").await;
    rpc!(stage, clerk(), withdraw_promotion_request, withdraw("c")).unwrap();
    let hold = quanheng_ledger::id::HoldId::new("r1").unwrap();
    let last = stage.account().await.hold(&hold).unwrap().expires_on;
    let left = i64::from((last - stage.today()).get_days());
    stage.world.house.clock.pass_days(left);
    assert!(blockers(&stage, "a").await.is_empty(), "on its last day it holds");
    let moved = quanheng_ledger::command::Command::ExtendHold {
        hold,
        reason: "extended".to_owned(),
        expires_on: last.tomorrow().unwrap(),
        basis: ledger_basis(),
    };
    stage.ledger(Vec::new(), move |_| moved.clone()).await;
    stage.world.house.clock.pass_days(1);
    assert!(blockers(&stage, "a").await.is_empty(), "it was extended");
    stage.world.house.clock.pass_days(1);
    assert_eq!(blockers(&stage, "a").await, ["HOLD_EXPIRED"]);
    for id in ["b", "c", "d"] {
        assert!(blockers(&stage, id).await.is_empty(), "{id} needs no seat");
    }
}

async fn lists_and_counts(kind: Kind) {
    let stage = Stage::with(kind, 3).await;
    stage.round("r1", &[("GM10", "GM09"); 3]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.submitted("b", "r1", "c1", "GM09").await;
    stage.draft("c", "r1", "c2", "GM09").await;
    stage.to("b", "r1", "vetting").await;
    let min_position = stage.world.house.head().await;
    let get = wire::GetPromotionRoundRequest { name: "promotionRounds/r1".into(), min_position };
    let round = rpc!(stage, clerk(), get_promotion_round, get.clone()).unwrap().round.unwrap();
    let counts: Vec<_> = round.counts.iter().map(|one| (one.state(), one.requests)).collect();
    use wire::PromotionRequestState as State;
    assert_eq!(counts, [(State::Draft, 1), (State::Submitted, 1), (State::Recommended, 1)]);
    assert_eq!((round.requests, round.moves_taken), (3, 2));
    let here = within(Role::QuotaManager, HERE);
    let there = within(Role::QuotaManager, THERE);
    let list = |parent: &str, filter: &str| wire::ListPromotionRequestsRequest {
        parent: parent.into(),
        filter: filter.into(),
        min_position,
        ..Default::default()
    };
    for (who, parent, filter, expected) in [
        (&here, "promotionRounds/r1", "", vec!["a", "b", "c"]),
        (&here, "promotionRounds/r1", "state = \"SUBMITTED\"", vec!["a"]),
        (&here, "", "state = \"DRAFT\"", vec!["c"]),
        (&here, "promotionRounds/-", "rank = \"GM09\"", vec!["a", "b", "c"]),
        (&clerk(), "", "", vec!["a", "b", "c"]),
        (&there, "", "", vec![]),
    ] {
        let found =
            rpc!(stage, who.clone(), list_promotion_requests, list(parent, filter)).unwrap();
        let mut names: Vec<_> = found.requests.iter().map(|one| one.name.clone()).collect();
        names.sort();
        let expected: Vec<_> =
            expected.iter().map(|id| format!("promotionRequests/{id}")).collect();
        assert_eq!(names, expected, "{parent} {filter}");
    }
    let refused =
        rpc!(stage, there, list_promotion_requests, list("promotionRounds/r1", "")).unwrap_err();
    assert_eq!(refused.reason, "RESOURCE_NOT_FOUND");
    let refused = rpc!(stage, here, list_promotion_requests, list("", "votes = 3")).unwrap_err();
    assert_eq!((refused.code, refused.fields), (Code::InvalidArgument, vec!["filter".to_owned()]));
    let rounds = wire::ListPromotionRoundsRequest { min_position, ..Default::default() };
    let rounds = rpc!(stage, here, list_promotion_rounds, rounds).unwrap().rounds;
    assert_eq!(rounds, [wire::PromotionRound { counts: vec![], ..round }]);
}

/// What the log holds of a round and a request, as text.
async fn written(stage: &Stage) -> String {
    let log = &stage.world.house.realm.log;
    let streams = [
        streams::promotion_round(&streams::RoundId::new("r1").unwrap()),
        streams::promotion_request(&streams::RequestId::new("a").unwrap()),
        streams::case(&round_key("r1")),
        streams::case(&request_key("a")),
    ];
    let mut text = String::new();
    for stream in streams {
        let records = log.read_stream(stream, Version(1), Direction::Forward);
        let mut records = std::pin::pin!(records);
        while let Some(record) = records.next().await {
            text.push_str(&String::from_utf8_lossy(&record.unwrap().bytes));
        }
    }
    text
}

async fn what_is_sealed_is_told_to_few(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "notice").await;
    let reported = rpc!(stage, clerk(), record_notice_feedback, report("a")).unwrap();
    let get = wire::GetPromotionRequestRequest {
        name: "promotionRequests/a".into(),
        min_position: stage.world.house.head().await,
        with_details: true,
    };
    let told = rpc!(stage, manager(), get_promotion_request, get.clone()).unwrap();
    let details = told.details.unwrap();
    assert_eq!(details.nomination, "工作实绩突出");
    assert_eq!((details.voters, details.valid_ballots, details.votes), (12, 11, 9));
    assert_eq!(details.vetting.unwrap().integrity_reply, "同意");
    assert_eq!(details.notice_text, "拟晋升职级人选公示\n拟晋升三级主任科员");
    assert_eq!(details.feedback[0].id, reported.feedback_id);
    assert_eq!(
        (details.feedback[0].text.as_str(), details.feedback[0].resolved),
        ("反映内容样例", false)
    );
    assert!(details.findings.iter().all(|one| one.outcome() != wire::RuleOutcome::Fail));
    let head = stage.world.house.head().await;
    assert_eq!(head, get.min_position + 1, "that it was seen is recorded");
    let refused = rpc!(stage, viewer(), get_promotion_request, get.clone()).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    let plain = wire::GetPromotionRequestRequest { with_details: false, ..get.clone() };
    let open = rpc!(stage, viewer(), get_promotion_request, plain).unwrap();
    assert_eq!(open.details, None);
    assert_eq!(stage.world.house.head().await, head);

    let text = written(&stage).await;
    assert!(text.contains("promotionRequests/a"), "the log was read");
    for secret in ["工作实绩突出", "无不良反映", "反映内容样例", "样例群众", "拟晋升三级主任科员"]
    {
        assert!(!text.contains(secret), "{secret} stands in the open");
    }
    stage.world.erase("c0").await;
    let min_position = stage.world.house.head().await;
    let get = wire::GetPromotionRequestRequest { min_position, ..get };
    let erased = rpc!(stage, manager(), get_promotion_request, get).unwrap();
    assert_eq!(erased.details, None, "the key is gone");
    // What belongs to nobody any more can still be ended.
    rpc!(stage, clerk(), withdraw_promotion_request, withdraw("a")).unwrap();
}

async fn a_timeline_tells_who_did_what(kind: Kind) {
    let stage = Stage::with(kind, 1).await;
    stage.round("r1", &[("GM10", "GM09")]).await;
    stage.submitted("a", "r1", "c0", "GM09").await;
    stage.to("a", "r1", "").await;
    let min_position = stage.world.house.head().await;
    let get = |name: &str| wire::GetTimelineRequest { name: name.into(), min_position };
    let told = rpc!(stage, clerk(), get_timeline, get("promotionRequests/a")).unwrap().entries;
    assert!(told.is_sorted_by_key(|entry| entry.position));
    let said: Vec<_> = told.iter().map(|one| (one.summary.as_str(), one.person.as_str())).collect();
    for expected in [
        ("提出人选,拟任 GM09", "persons/clerk"),
        ("提交申请,选用预审第 0 项", "persons/clerk"),
        ("任职资格审核通过", "persons/reviewer"),
        ("民主推荐:参加 12 人,有效票 11 张", "persons/clerk"),
        ("记录考察情况", "persons/vetter"),
        ("确定为拟晋升人选", "persons/secretary"),
        ("公示结束", "persons/clerk"),
        ("审批同意", "persons/head"),
        ("使用后备案", "persons/clerk"),
    ] {
        assert!(said.contains(&expected), "{expected:?} in {said:?}");
    }
    let told = rpc!(stage, clerk(), get_timeline, get("promotionRounds/r1")).unwrap().entries;
    assert!(told.iter().any(|one| one.minutes == "样例局党组〔2026〕5号"));
    let refused = rpc!(stage, clerk(), get_timeline, get("promotionRequests/z")).unwrap_err();
    assert_eq!(refused.reason, "RESOURCE_NOT_FOUND");
}
