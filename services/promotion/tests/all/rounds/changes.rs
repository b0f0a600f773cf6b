//! Ranks that change by no promotion: lowered, and determined on a transfer.

use quanheng_api::quanheng::registry::v1 as registry;
use registry::person_event::Event;

use super::stage::*;

on_both!(an_incompetent_year_lowers_a_rank, what_lowers_no_rank, a_judge_comes_to_the_bureau,);

fn lower(person: &str, year: i32) -> wire::LowerRankRequest {
    wire::LowerRankRequest {
        person: format!("persons/{person}"),
        category: String::new(),
        ground: match year {
            0 => wire::LoweringGround::Unfit,
            _ => wire::LoweringGround::Incompetent,
        }
        .into(),
        year,
        reason: "年度考核确定为不称职等次".into(),
        minutes: "样例县委常委会〔2026〕9号".into(),
        basis: basis(day(2026, 3, 16)),
        request_id: request_id(),
        validate_only: false,
    }
}

/// In GM10 from April 2020, and in GM09 from July 2022, with these results of two years.
async fn officer(stage: &Stage, id: &str, nr: u32, results: [&str; 2]) {
    stage.world.person(id, "u1", nr).await;
    let mut events = vec![take_rank("GM10", day(2020, 4, 1)), take_rank("GM09", day(2022, 7, 1))];
    events.extend((2020..=2023).map(|year| assess(year, "competent")));
    events.extend([assess(2024, results[0]), assess(2025, results[1])]);
    stage.world.record(id, events).await;
}

/// W-62
async fn an_incompetent_year_lowers_a_rank(kind: Kind) {
    let stage = Stage::open(kind).await;
    officer(&stage, "c0", 1, ["incompetent", "competent"]).await;
    officer(&stage, "c1", 2, ["competent", "competent"]).await;
    stage.determine(20).await;
    stage.holders(&[("c0", "GM09")]).await;
    let who = of_department("appointer");
    let message = lower("c0", 2024);
    let done = rpc!(stage, who, lower_rank, message.clone()).unwrap();
    let change = done.change.clone().unwrap();
    assert_eq!((change.from_rank.as_str(), change.rank.as_str()), ("GM09", "GM10"), "W-62");
    assert_eq!((change.months_before, change.account.as_str()), (27, ACCOUNT), "W-62");
    assert_eq!(stage.rank_of("c0").await, "GM10");
    let account = stage.account().await;
    assert_eq!(account.holders()[&person("c0")].rank.as_str(), "GM10");
    let registered = stage.registered("c0").await;
    let now = registered.ranks.values().find(|spell| spell.to.is_none()).unwrap();
    assert_eq!(now.reason, quanheng_register::person::RankReason::Lowered);
    let head = stage.world.house.head().await;
    assert_eq!(rpc!(stage, who, lower_rank, message).unwrap(), done);
    assert_eq!(stage.world.house.head().await, head);
    // Who has no seat is lowered in the register alone.
    let done = rpc!(stage, who, lower_rank, lower("c1", 0)).unwrap().change.unwrap();
    assert_eq!((done.rank.as_str(), done.account.as_str()), ("GM10", ""));
    assert_eq!(stage.rank_of("c1").await, "GM10");
}

async fn what_lowers_no_rank(kind: Kind) {
    let stage = Stage::open(kind).await;
    officer(&stage, "c0", 1, ["competent", "competent"]).await;
    officer(&stage, "c1", 2, ["incompetent", "incompetent"]).await;
    stage.ranked("c2", 3, "GM12").await;
    stage.determine(20).await;
    let head = stage.world.house.head().await;
    let who = of_department("appointer");
    for (message, code, reason) in [
        (lower("c0", 2024), Code::FailedPrecondition, "NOT_INCOMPETENT"),
        (lower("c1", 2025), Code::FailedPrecondition, "DISMISSAL_DUE"),
        (lower("c2", 0), Code::FailedPrecondition, "LOWEST_RANK"),
        (lower("nobody", 0), Code::NotFound, "RESOURCE_NOT_FOUND"),
        (
            wire::LowerRankRequest { minutes: String::new(), ..lower("c0", 0) },
            Code::FailedPrecondition,
            "COLLECTIVE_DECISION_REQUIRED",
        ),
        (
            wire::LowerRankRequest { reason: String::new(), ..lower("c0", 0) },
            Code::InvalidArgument,
            "INVALID_FIELD",
        ),
        (
            wire::LowerRankRequest {
                ground: wire::LoweringGround::Incompetent.into(),
                ..lower("c0", 0)
            },
            Code::InvalidArgument,
            "INVALID_FIELD",
        ),
    ] {
        let refused = rpc!(stage, who, lower_rank, message).unwrap_err();
        assert_eq!((refused.code, refused.reason.as_str()), (code, reason));
    }
    let own = rpc!(stage, of_department("c0"), lower_rank, lower("c0", 0)).unwrap_err();
    assert_eq!((own.code, own.reason.as_str()), (Code::PermissionDenied, "CONFLICT_OF_INTEREST"));
    let there =
        Principal { person: Some(person("appointer")), ..within(Role::QuotaManager, THERE) };
    let refused = rpc!(stage, there, lower_rank, lower("c0", 0)).unwrap_err();
    assert_eq!(refused.reason, "ACCESS_DENIED");
    assert_eq!(stage.world.house.head().await, head);
}

/// W-63
async fn a_judge_comes_to_the_bureau(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.world.person("judge", "u1", 1).await;
    let spell = registry::RankSpell {
        category: "judge".into(),
        rank: "JD06".into(),
        reason: registry::RankReason::Other.into(),
        ..Default::default()
    };
    stage.world.record("judge", vec![event(Event::TakeRank(spell), day(2022, 7, 1))]).await;
    stage.determine(20).await;
    stage.hold("h1", &[("", "GM06")]).await;
    let message = |rank: &str, hold: &str| wire::DetermineRankOnTransferRequest {
        person: "persons/judge".into(),
        from_category: "judge".into(),
        rank: rank.into(),
        hold: hold.into(),
        reason: "转任综合管理类公务员".into(),
        minutes: "样例县委常委会〔2026〕9号".into(),
        basis: basis(day(2026, 3, 16)),
        request_id: request_id(),
        ..Default::default()
    };
    let who = of_department("appointer");
    let head = stage.world.house.head().await;
    let asked = rpc!(stage, who, determine_rank_on_transfer, message("", "")).unwrap();
    assert_eq!(asked.allowed, ["GM03", "GM04", "GM05", "GM06"], "W-63");
    assert_eq!((asked.change, stage.world.house.head().await), (None, head));
    let refused = rpc!(stage, who, determine_rank_on_transfer, message("GM02", "")).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::FailedPrecondition, "NOT_IN_BAND"),
        "W-63"
    );
    assert_eq!(refused.metadata["allowed"], "GM03、GM04、GM05、GM06");
    let refused = rpc!(stage, who, determine_rank_on_transfer, message("GM06", "")).unwrap_err();
    assert_eq!(refused.reason, "PRE_REVIEW_REQUIRED");
    let hold = format!("{ACCOUNT}/holds/h1");
    let other = wire::DetermineRankOnTransferRequest {
        from_category: "prosecutor".into(),
        ..message("GM06", &hold)
    };
    let refused = rpc!(stage, who, determine_rank_on_transfer, other).unwrap_err();
    assert_eq!(
        (refused.reason.as_str(), refused.metadata["fact"].as_str()),
        ("FACT_MISSING", "held_rank")
    );
    let done = rpc!(stage, who, determine_rank_on_transfer, message("GM06", &hold)).unwrap();
    let change = done.change.unwrap();
    assert_eq!((change.from_rank.as_str(), change.rank.as_str()), ("JD06", "GM06"));
    assert_eq!((change.left_account.as_str(), change.account.as_str()), ("", ACCOUNT));
    assert_eq!(stage.rank_of("judge").await, "GM06");
    let registered = stage.registered("judge").await;
    let open: Vec<_> = registered.ranks.values().filter(|spell| spell.to.is_none()).collect();
    assert_eq!(open.len(), 1, "the old rank ended");
    assert_eq!(stage.account().await.holders()[&person("judge")].rank.as_str(), "GM06");
}
