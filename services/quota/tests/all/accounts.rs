//! Entitlement, determination, reserves, reading and history.

use quanheng_api::date;
use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::quanheng::quota::v1::compute_entitlement_request::Subject;
use quanheng_api::quanheng::quota::v1::quota_service_server::QuotaService as _;
use quanheng_api::quanheng::registry::v1 as registry;
use quanheng_test_house::{Kind, request_id};

use crate::world::{BUREAU, World, basis, call, determine};

on_both!(
    entitlement_shows_its_working,
    a_determination_gives_what_the_ratios_give,
    reserves_are_kept_and_released,
    balances_are_told_as_they_were,
    lists_are_served_by_their_indexes,
);

/// W-01.
async fn entitlement_shows_its_working(kind: Kind) {
    let world = World::new(kind).await;
    let of_unit = wire::ComputeEntitlementRequest {
        subject: Some(Subject::Unit("units/bureau".into())),
        ..Default::default()
    };
    let inline = wire::ComputeEntitlementRequest {
        subject: Some(Subject::Facts(wire::UnitClassFacts {
            division: "420106".into(),
            tier: registry::Tier::County.into(),
            standing: registry::Standing::Unspecified.into(),
            grade: registry::UnitGrade::Section.into(),
            kind: registry::UnitKind::Organ.into(),
            base: 180,
        })),
        ..Default::default()
    };
    for message in [of_unit, inline] {
        let found = call!(world, compute_entitlement, message).unwrap().entitlement.unwrap();
        let caps: Vec<_> = found.lines.iter().map(|l| (l.set.as_str(), l.cap)).collect();
        assert_eq!(
            caps,
            [("GM04", 3), ("GM05-06", 18), ("GM05", 7), ("GM07-10", 108), ("GM07-08", 54)]
        );
        assert_eq!(found.quota_class, "county_township");
        let third = &found.lines[2];
        assert_eq!(third.working, "三级调研员 ≤ 40% × 18 = 7.2 → 7");
        assert_eq!(third.ratio, Some(common::Ratio { numerator: 2, denominator: 5 }));
        assert!(found.sources.iter().any(|source| source.article.contains("第十一条")));
        assert_eq!(found.policy_hash.len(), 64);
    }
}

async fn a_determination_gives_what_the_ratios_give(kind: Kind) {
    let world = World::new(kind).await;
    let account = world.determine("bureau").await.unwrap();
    assert_eq!((account.name.as_str(), account.base), (BUREAU, 180));
    assert_eq!(account.etag, "v1");
    let read = world.account(BUREAU).await;
    assert_eq!(read, account);
    let fewer = wire::DetermineQuotaRequest {
        fewer: [("GM05-06".to_owned(), 10)].into(),
        etag: account.etag.clone(),
        ..determine("bureau")
    };
    let again = call!(world, determine_quota, fewer).unwrap().account.unwrap();
    let set = again.sets.iter().find(|set| set.set == "GM05-06").unwrap();
    assert_eq!((set.determined, set.vacancy, set.badge.as_str()), (10, 10, "缺 10"));
    assert_eq!(again.etag, "v2");
}

async fn reserves_are_kept_and_released(kind: Kind) {
    let world = World::determined(kind).await;
    let set = wire::SetReserveRequest {
        account: BUREAU.into(),
        set: "GM05-06".into(),
        seats: 4,
        reason: "预留给换届干部".into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, set_reserve, set).unwrap();
    let balance = world.set(BUREAU, "GM05-06").await;
    assert_eq!((balance.reserved, balance.available), (4, 14));
    let release = wire::ReleaseReserveRequest {
        account: BUREAU.into(),
        set: "GM05-06".into(),
        seats: 3,
        reason: "换届完成".into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, release_reserve, release).unwrap();
    assert_eq!(world.set(BUREAU, "GM05-06").await.available, 17);
    // A mistake is put right by a new entry.
    let reverse = wire::ReverseEntryRequest {
        name: format!("{BUREAU}/entries/3"),
        reason: "误释放".into(),
        basis: basis(),
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, reverse_entry, reverse).unwrap();
    assert_eq!(world.set(BUREAU, "GM05-06").await.reserved, 4);
    let entries = wire::ListLedgerEntriesRequest {
        parent: BUREAU.into(),
        min_position: world.test.head().await,
        ..Default::default()
    };
    let entries = call!(world, list_ledger_entries, entries).unwrap().entries;
    let told: Vec<_> = entries.iter().map(|e| (e.version, e.reversed)).collect();
    assert_eq!(told, [(1, false), (2, false), (3, true), (4, false)]);
    assert_eq!(entries[1].summary, "预留 三级、四级调研员 4 个:预留给换届干部");
    assert_eq!(entries[1].document_number, "鄂组通〔2026〕12号");
    assert_eq!(entries[1].principal, "principals/everything");
    let posting = &entries[1].postings[0];
    assert_eq!(
        (posting.from.as_str(), posting.to.as_str(), posting.seats),
        ("available", "reserved", 4)
    );
}

async fn balances_are_told_as_they_were(kind: Kind) {
    let world = World::determined(kind).await;
    let before = world.test.head().await;
    let set = wire::SetReserveRequest {
        account: BUREAU.into(),
        set: "GM05-06".into(),
        seats: 5,
        reason: "预留".into(),
        basis: Some(common::Basis {
            effective_on: Some(date(jiff::civil::date(2026, 6, 1))),
            ..basis().unwrap()
        }),
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, set_reserve, set).unwrap();
    let get = |as_of, known_at| wire::GetQuotaAccountRequest {
        name: BUREAU.into(),
        as_of,
        known_at,
        min_position: 0,
    };
    let known = Some(common::KnownAt { at: Some(common::known_at::At::Position(before)) });
    let day = |month, day| Some(date(jiff::civil::date(2026, month, day)));
    world.test.settle().await;
    for (as_of, known_at, reserved, determined) in [
        (None, None, 5, 18),
        (None, known, 0, 18),
        (day(6, 1), None, 5, 18),
        (day(5, 31), None, 0, 18),
        (day(3, 1), None, 0, 0),
        (day(6, 1), known, 0, 18),
    ] {
        let found = call!(world, get_quota_account, get(as_of, known_at)).unwrap();
        let sets = found.account.unwrap().sets;
        let set = sets.iter().find(|set| set.set == "GM05-06").unwrap();
        assert_eq!(
            (set.reserved, set.determined),
            (reserved, determined),
            "{as_of:?} {known_at:?}"
        );
    }
}

async fn lists_are_served_by_their_indexes(kind: Kind) {
    let world = World::determined(kind).await;
    for unit in ["town", "station", "city"] {
        world.determine(unit).await.unwrap();
    }
    let list = |filter: &str, page_size, page_token: &str| wire::ListQuotaAccountsRequest {
        filter: filter.into(),
        page_size,
        page_token: page_token.into(),
        ..Default::default()
    };
    world.test.settle().await;
    let all = call!(world, list_quota_accounts, list("", 0, "")).unwrap();
    assert_eq!((all.accounts.len(), all.total_size), (4, 4));
    let first = call!(world, list_quota_accounts, list("", 3, "")).unwrap();
    assert_eq!(first.accounts.len(), 3);
    let rest = call!(world, list_quota_accounts, list("", 3, &first.next_page_token)).unwrap();
    assert_eq!((rest.accounts.len(), rest.next_page_token.as_str()), (1, ""));
    let towns = call!(world, list_quota_accounts, list("tier = TOWNSHIP", 0, "")).unwrap();
    assert_eq!(towns.accounts[0].unit, "units/town");
    let over = call!(world, list_quota_accounts, list("over_quota = true", 0, "")).unwrap();
    assert!(over.accounts.is_empty());
    let foreign =
        call!(world, list_quota_accounts, list("tier = TOWNSHIP", 3, &first.next_page_token));
    assert_eq!(crate::world::told(&foreign.unwrap_err()).fields, ["page_token"]);
    let unserved = call!(world, list_quota_accounts, list("base > 3", 0, "")).unwrap_err();
    assert_eq!(crate::world::told(&unserved).fields, ["filter"]);
}
