//! Pools, allocations, loans, and the prohibitions that no pool defeats.

use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_test_house::{Kind, Registered, request_id};

use crate::world::{World, basis, call, told};

on_both!(
    a_common_pool_allocates_to_its_members,
    members_of_a_separate_pool_lend_to_each_other,
    pools_lie_in_one_division,
);

fn pool(id: &str, kind: wire::PoolKind, members: &[&str]) -> wire::CreatePoolRequest {
    wire::CreatePoolRequest {
        pool_id: id.into(),
        tier: registry::Tier::County.into(),
        kind: kind.into(),
        members: members.iter().map(|unit| format!("units/{unit}")).collect(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    }
}

async fn a_common_pool_allocates_to_its_members(kind: Kind) {
    let world = World::new(kind).await;
    let create = pool("county", wire::PoolKind::Common, &["bureau", "town"]);
    let account = call!(world, create_pool, create).unwrap().account.unwrap();
    assert_eq!(account.name, "quotaAccounts/pool.county.general_management");
    let determine = wire::DetermineQuotaRequest {
        owner: Some(wire::determine_quota_request::Owner::PoolAccount(account.name.clone())),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    let answer = call!(world, determine_quota, determine).unwrap();
    let determined = answer.account.unwrap();
    assert_eq!(determined.base, 220);
    assert_eq!(determined.sets.iter().find(|s| s.set == "GM07-10").unwrap().determined, 132);
    world.determine("town").await.unwrap();
    let allocate = |to: &str, seats| wire::AllocateSeatsRequest {
        from: "quotaAccounts/pool.county.general_management".into(),
        to: to.into(),
        set: "GM07-10".into(),
        seats,
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    let town = "quotaAccounts/town.general_management";
    let done = call!(world, allocate_seats, allocate(town, 10)).unwrap();
    let given = done.from.unwrap().sets.iter().find(|s| s.set == "GM07-10").unwrap().allocated_out;
    let got = done.to.unwrap().sets.iter().find(|s| s.set == "GM07-10").unwrap().usable;
    assert_eq!((given, got), (10, 34));
    let refused = call!(world, allocate_seats, allocate(town, 1_000)).unwrap_err();
    assert_eq!(told(&refused).reason, "INSUFFICIENT_AVAILABLE");
    let give_back = wire::ReturnSeatsRequest {
        giver: "quotaAccounts/pool.county.general_management".into(),
        taker: town.into(),
        transfer_id: done.transfer_id,
        seats: 4,
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, return_seats, give_back).unwrap();
    assert_eq!(world.set(town, "GM07-10").await.allocated_in, 6);
    // W-28b: the bureau may not use what the town earned.
    world.determine("bureau").await.unwrap();
    let upward = allocate("quotaAccounts/bureau.general_management", 120);
    let refused = told(&call!(world, allocate_seats, upward).unwrap_err());
    assert_eq!(refused.reason, "UPWARD_USE_FORBIDDEN");
    assert_eq!(refused.metadata["earned"], "108");
}

async fn members_of_a_separate_pool_lend_to_each_other(kind: Kind) {
    let world = World::new(kind).await;
    Registered(&world.test.realm).unit("sister", "420106", 60, None).await;
    for unit in ["bureau", "sister", "town"] {
        world.determine(unit).await.unwrap();
    }
    let create = pool("police", wire::PoolKind::Separate, &["bureau", "sister"]);
    call!(world, create_pool, create).unwrap();
    let lend = |from: &str, to: &str| wire::LendSeatsRequest {
        from: format!("quotaAccounts/{from}.general_management"),
        to: format!("quotaAccounts/{to}.general_management"),
        set: "GM07-10".into(),
        seats: 2,
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    let done = call!(world, lend_seats, lend("bureau", "sister")).unwrap();
    assert_eq!(done.from.unwrap().sets.iter().find(|s| s.set == "GM07-10").unwrap().lent_out, 2);
    let borrowed = world.set("quotaAccounts/sister.general_management", "GM07-10").await;
    assert_eq!((borrowed.borrowed_in, borrowed.usable), (2, 38));
    let stranger = told(&call!(world, lend_seats, lend("bureau", "town")).unwrap_err());
    assert_eq!(stranger.fields, ["pool"]);
    let update = wire::UpdatePoolRequest {
        account: "quotaAccounts/pool.police.general_management".into(),
        members: vec!["units/bureau".into(), "units/sister".into(), "units/town".into()],
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    let updated = call!(world, update_pool, update).unwrap().account.unwrap();
    assert_eq!(updated.pool.unwrap().members.len(), 3);
    call!(world, lend_seats, lend("bureau", "town")).unwrap();
    let upward = told(&call!(world, lend_seats, lend("town", "bureau")).unwrap_err());
    assert_eq!(upward.reason, "UPWARD_USE_FORBIDDEN");
}

async fn pools_lie_in_one_division(kind: Kind) {
    let world = World::new(kind).await;
    let create = pool("wide", wire::PoolKind::Common, &["bureau", "other"]);
    let refused = told(&call!(world, create_pool, create).unwrap_err());
    assert_eq!(refused.fields, ["members"]);
    let upward = wire::CreatePoolRequest {
        tier: registry::Tier::Township.into(),
        ..pool("low", wire::PoolKind::Common, &["bureau"])
    };
    let refused = told(&call!(world, create_pool, upward).unwrap_err());
    assert_eq!(refused.reason, "UPWARD_USE_FORBIDDEN");
}
