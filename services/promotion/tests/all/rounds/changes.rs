//! Ranks that change by no promotion: lowered, and determined on a transfer.

use quanheng_api::quanheng::registry::v1 as registry;
use registry::person_event::Event;

use super::stage::*;

on_both!(
    an_incompetent_year_lowers_a_rank,
    what_lowers_no_rank,
    a_year_lowers_once,
    a_rank_is_lowered_in_its_own_ladder,
    a_judge_comes_to_the_bureau,
    what_a_transfer_leaves_alone,
);

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
        (lower("c1", 2024), Code::FailedPrecondition, "DISMISSAL_DUE"),
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

async fn a_year_lowers_once(kind: Kind) {
    let stage = Stage::open(kind).await;
    officer(&stage, "c0", 1, ["competent", "incompetent"]).await;
    let who = of_department("appointer");
    rpc!(stage, who, lower_rank, lower("c0", 2025)).unwrap();
    stage.world.house.clock.pass_days(1);
    let head = stage.world.house.head().await;
    let again = wire::LowerRankRequest { basis: basis(day(2026, 3, 17)), ..lower("c0", 2025) };
    let refused = rpc!(stage, who, lower_rank, again).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::FailedPrecondition, "YEAR_USED"));
    assert_eq!((stage.rank_of("c0").await, stage.world.house.head().await), ("GM10".into(), head));
}

/// A rank of a ladder, since July 2022.
fn rank_of_ladder(category: &str, rank: &str) -> registry::PersonEvent {
    let spell = registry::RankSpell {
        category: category.into(),
        rank: rank.into(),
        reason: registry::RankReason::Other.into(),
        ..Default::default()
    };
    event(Event::TakeRank(spell), day(2022, 7, 1))
}

async fn a_rank_is_lowered_in_its_own_ladder(kind: Kind) {
    let stage = Stage::open(kind).await;
    officer(&stage, "c0", 1, ["incompetent", "competent"]).await;
    stage.world.record("c0", vec![rank_of_ladder("judge", "JD06")]).await;
    stage.determine(20).await;
    stage.holders(&[("c0", "GM09")]).await;
    let head = stage.world.house.head().await;
    for year in [2024, 0] {
        let other = wire::LowerRankRequest { category: "judge".into(), ..lower("c0", year) };
        let refused = rpc!(stage, of_department("appointer"), lower_rank, other).unwrap_err();
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, "LADDER_MISMATCH"),
            "{year}"
        );
    }
    assert_eq!((stage.rank_of("c0").await, stage.world.house.head().await), ("GM09".into(), head));
}

/// A hold of a round, a ladder that the slot is not of, and ranks of a third.
async fn what_a_transfer_leaves_alone(kind: Kind) {
    let stage = Stage::open(kind).await;
    stage.world.person("judge", "u1", 1).await;
    let held = [rank_of_ladder("judge", "JD06"), rank_of_ladder("prosecutor", "PC06")];
    stage.world.record("judge", held.into()).await;
    stage.determine(20).await;
    stage.round("r1", &[("", "GM06")]).await;
    stage.hold("h1", &[("", "GM06")]).await;
    let message = |category: &str, rank: &str, hold: &str| wire::DetermineRankOnTransferRequest {
        person: "persons/judge".into(),
        from_category: "judge".into(),
        category: category.into(),
        rank: rank.into(),
        hold: format!("{ACCOUNT}/holds/{hold}"),
        reason: "转任综合管理类公务员".into(),
        minutes: "样例县委常委会〔2026〕9号".into(),
        basis: basis(day(2026, 3, 16)),
        request_id: request_id(),
        ..Default::default()
    };
    let who = of_department("appointer");
    let used = message("", "GM06", "r1");
    let refused = rpc!(stage, who, determine_rank_on_transfer, used).unwrap_err();
    assert_eq!((refused.code, refused.reason.as_str()), (Code::FailedPrecondition, "HOLD_IN_USE"));
    stage.ranked("c0", 2, "GM06").await;
    let other = wire::DetermineRankOnTransferRequest {
        person: "persons/c0".into(),
        from_category: "general_management".into(),
        ..message("police_enforcement", "PE06", "h1")
    };
    let refused = rpc!(stage, who, determine_rank_on_transfer, other).unwrap_err();
    assert!(refused.rules.contains(&"LADDER_MISMATCH".to_owned()), "{refused:?}");
    rpc!(stage, who, determine_rank_on_transfer, message("", "GM06", "h1")).unwrap();
    let registered = stage.registered("judge").await;
    let open = registered.ranks.values().filter(|spell| spell.to.is_none());
    let mut open: Vec<_> = open.map(|spell| spell.rank.as_str()).collect();
    open.sort_unstable();
    assert_eq!(open, ["GM06", "PC06"]);
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
