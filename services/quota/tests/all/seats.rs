//! Opening balances, over-quota registers, placing, simulation, reconciliation.

use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_test_house::{Kind, Registered, request_id};

use tonic::Code;

use crate::world::{BUREAU, World, basis, call, decider, determine, moves, occupy, opening, told};

on_both!(
    opening_balances_may_be_over_quota,
    a_hundred_holders_are_brought_in_at_once,
    uncapped_ranks_take_no_seat,
    a_person_has_one_seat,
    simulation_changes_nothing,
    ledger_and_registry_are_held_against_each_other,
    a_hold_of_a_round_is_used_by_its_requests,
);

/// A bureau with ten posts: 主任科员 6, 一二级 3.
async fn small(kind: Kind) -> World {
    let world = World::new(kind).await;
    let registered = Registered(&world.test.realm);
    registered.unit("small", "420106", 10, None).await;
    for n in 0..10 {
        registered.person(&format!("s{n}"), "small", Some("GM08")).await;
    }
    world.determine("small").await.unwrap();
    world
}

const SMALL: &str = "quotaAccounts/small.general_management";

/// W-32.
async fn opening_balances_may_be_over_quota(kind: Kind) {
    let world = small(kind).await;
    let holders: Vec<_> = (0..5).map(|n| format!("s{n}")).collect();
    let holders: Vec<_> = holders.iter().map(|p| (p.as_str(), "GM08")).collect();
    let account = call!(world, record_opening_balances, opening(SMALL, &holders)).unwrap();
    let account = account.account.unwrap();
    assert!(account.over_quota);
    let set = account.sets.iter().find(|set| set.set == "GM07-08").unwrap();
    assert_eq!(
        (set.vacancy, set.badge.as_str(), set.forced_by.as_str()),
        (-2, "超 2", "opening_balance")
    );
    world.test.settle().await;
    let list =
        wire::ListQuotaAccountsRequest { filter: "over_quota = true".into(), ..Default::default() };
    assert_eq!(call!(world, list_quota_accounts, list).unwrap().accounts[0].name, SMALL);
    let step = |seats| wire::DigestionStep {
        year: 2027,
        quarter: 1,
        set: "GM07-08".into(),
        route: wire::DigestionRoute::Retirement.into(),
        seats,
    };
    let plan = |seats| wire::SetDigestionPlanRequest {
        account: SMALL.into(),
        steps: vec![step(seats)],
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = call!(world, set_digestion_plan, plan(1)).unwrap_err();
    assert_eq!(told(&refused).reason, "DIGESTION_PLAN_INCOMPLETE");
    let planned = call!(world, set_digestion_plan, plan(2)).unwrap().account.unwrap();
    assert_eq!(planned.digestion_plan.len(), 1);
    let vacate = wire::VacateSeatsRequest {
        account: SMALL.into(),
        persons: vec!["persons/s0".into(), "persons/s1".into()],
        reason: wire::VacateReason::Retirement.into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    let after = call!(world, &decider(), vacate_seats, vacate).unwrap().account.unwrap();
    assert!(!after.over_quota);
}

async fn a_hundred_holders_are_brought_in_at_once(kind: Kind) {
    let world = World::determined(kind).await;
    let registered = Registered(&world.test.realm);
    let names: Vec<_> = (0..400).map(|n| format!("many{n}")).collect();
    for name in &names {
        registered.person(name, "bureau", Some("GM10")).await;
    }
    let holders: Vec<_> = names.iter().map(|p| (p.as_str(), "GM10")).collect();
    let account = call!(world, record_opening_balances, opening(BUREAU, &holders)).unwrap();
    assert_eq!(account.account.unwrap().holders, 400);
    assert_eq!(world.account(BUREAU).await.holders, 400);
    let list = |page_token: String| wire::ListHoldersRequest {
        parent: BUREAU.into(),
        page_size: 1000,
        page_token,
        ..Default::default()
    };
    let page = call!(world, list_holders, list(String::new())).unwrap();
    assert_eq!((page.holders.len(), page.total_size), (400, 400));
}

async fn uncapped_ranks_take_no_seat(kind: Kind) {
    let world = World::determined(kind).await;
    let place = wire::PlaceHolderRequest {
        account: BUREAU.into(),
        person: "persons/p0".into(),
        rank: "GM11".into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    let placed = call!(world, &decider(), place_holder, place).unwrap().account.unwrap();
    assert_eq!(placed.holders, 1);
    assert!(placed.sets.iter().all(|set| set.occupied == 0));
}

/// I5 (一人一职级).
async fn a_person_has_one_seat(kind: Kind) {
    let world = World::determined(kind).await;
    let registered = Registered(&world.test.realm);
    call!(world, record_opening_balances, opening(BUREAU, &[("p0", "GM10")])).unwrap();
    // The person moves to the town, and the town opens its books.
    registered.person("mover", "town", Some("GM10")).await;
    world.determine("town").await.unwrap();
    let town = "quotaAccounts/town.general_management";
    call!(world, record_opening_balances, opening(town, &[("mover", "GM10")])).unwrap();
    registered.unit("second", "420106001", 40, None).await;
    call!(world, determine_quota, determine("second")).unwrap();
    let twice = opening("quotaAccounts/second.general_management", &[("mover", "GM10")]);
    let refused = told(&call!(world, record_opening_balances, twice).unwrap_err());
    assert_eq!((refused.reason.as_str(), refused.rules.len()), ("ALREADY_SEATED", 1));
    // Who leaves one account may sit in another.
    let vacate = wire::VacateSeatsRequest {
        account: town.into(),
        persons: vec!["persons/mover".into()],
        reason: wire::VacateReason::TransferOut.into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, &decider(), vacate_seats, vacate).unwrap();
    let twice = opening("quotaAccounts/second.general_management", &[("mover", "GM10")]);
    call!(world, record_opening_balances, twice).unwrap();
}

/// The moves of a hold that a round uses are those of its requests.
async fn a_hold_of_a_round_is_used_by_its_requests(kind: Kind) {
    use quanheng_register::claim;
    use quanheng_streams as streams;
    let world = World::determined(kind).await;
    call!(world, record_opening_balances, opening(BUREAU, &[("p0", "GM10")])).unwrap();
    world.hold("h1", &[("GM10", "GM09")]).await;
    let account = streams::account("bureau.general_management").unwrap();
    let hold = quanheng_ledger::id::HoldId::new("h1").unwrap();
    let event = claim::Event::Claimed { by: "promotionRounds/r1".into() };
    let stream = streams::hold_use(&account, &hold);
    let draft = streams::draft::<streams::HoldUses>(stream, &event).unwrap();
    Registered(&world.test.realm).append(draft).await;
    let head = world.test.head().await;
    let taken = occupy("h1", &[(0, "p0")]);
    let refused = told(&call!(world, &decider(), occupy_seats, taken).unwrap_err());
    assert_eq!((refused.code, refused.reason.as_str()), (Code::FailedPrecondition, "HOLD_IN_USE"));
    assert_eq!(refused.metadata["hold"], format!("{BUREAU}/holds/h1"));
    assert_eq!(refused.metadata["round"], "promotionRounds/r1");
    assert_eq!(world.test.head().await, head);
}

async fn simulation_changes_nothing(kind: Kind) {
    let world = small(kind).await;
    let holders: Vec<_> = (0..3).map(|n| format!("s{n}")).collect();
    let holders: Vec<_> = holders.iter().map(|p| (p.as_str(), "GM08")).collect();
    call!(world, record_opening_balances, opening(SMALL, &holders)).unwrap();
    let head = world.test.head().await;
    let simulate = wire::SimulateUseRequest {
        account: SMALL.into(),
        base_change: -5,
        moves: moves(&[("", "GM10")]),
        ..Default::default()
    };
    let found = call!(world, simulate_use, simulate).unwrap();
    assert_eq!(found.entitlement.unwrap().base, 5);
    let after = found.after.unwrap();
    let set = after.sets.iter().find(|set| set.set == "GM07-10").unwrap();
    assert_eq!((set.determined, set.vacancy), (3, 0));
    assert_eq!(found.over_quota_sets, ["GM07-08"]);
    assert_eq!(found.refusals[0].reason, "INSUFFICIENT_AVAILABLE");
    assert_eq!(world.test.head().await, head);
    assert_eq!(world.account(SMALL).await, found.before.unwrap());
}

async fn ledger_and_registry_are_held_against_each_other(kind: Kind) {
    let world = World::determined(kind).await;
    let holders = opening(BUREAU, &[("p0", "GM10"), ("p1", "GM09")]);
    call!(world, record_opening_balances, holders).unwrap();
    let reconcile = wire::ReconcileAccountRequest { account: BUREAU.into(), ..Default::default() };
    let found = call!(world, reconcile_account, reconcile).unwrap();
    let mut codes: Vec<_> =
        found.findings.iter().map(|f| (f.person.as_str(), f.code.as_str())).collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            ("persons/p1", "RANK_DIFFERS"),
            ("persons/p2", "NOT_IN_LEDGER"),
            ("persons/p3", "NOT_IN_LEDGER"),
            ("persons/p4", "NOT_IN_LEDGER"),
            ("persons/p5", "NOT_IN_LEDGER"),
        ]
    );
    assert_eq!((found.holders_checked, found.registered_checked), (2, 6));
}
