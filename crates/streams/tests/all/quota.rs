//! Events of accounts, pre-reviews, refusals, and of where persons are seated.

use std::collections::{BTreeMap, BTreeSet};

use quanheng_eventlog::StreamName;
use quanheng_ledger::account::{
    Direction, Earmark, Exemption, Forced, Holder, Origin, Owner, Transfer, TransferKind,
};
use quanheng_ledger::digestion::{Digested, Quarter, Route, Step};
use quanheng_ledger::event::{
    AllocationReason, Basis, Determination, DeterminedSet, Event, FilingFault, ReleaseReason,
    Resumed, Seated, Undo, VacateReason,
};
use quanheng_ledger::hold::{Cover, FilingPeriod, MoveRequest};
use quanheng_ledger::id::{AccountKey, CaseId, HoldId, OwnerId, PoolId, TransferId};
use quanheng_ledger::pool::{Ceiling, Member, PoolKind, Protects};
use quanheng_policy::class::Tier;
use quanheng_policy::{QuotaClassId, SetId};
use quanheng_register::claim::Event as Claimed;
use quanheng_streams::{
    Accounts, PreReviewEvent, PreReviews, RefusalEvent, Refusals, RefusedRule, Seats,
};

use crate::golden::{Published, Sample, form, full};
use crate::names::names;
use crate::sample::{CLERK, LATER, ON, SHA256, category, document, person, rank, ranks, set, unit};

fn basis() -> Basis {
    Basis { document: document(), effective_on: ON }
}

fn hold() -> HoldId {
    HoldId::new("h1").unwrap()
}

fn transfer(id: &str) -> TransferId {
    TransferId::new(id).unwrap()
}

fn pool_id() -> PoolId {
    PoolId::new("p1").unwrap()
}

fn class(id: &str) -> QuotaClassId {
    QuotaClassId::new(id).unwrap()
}

fn key(owner: OwnerId) -> AccountKey {
    AccountKey { owner, category: category() }
}

fn members() -> Vec<Member> {
    let member = |id, tier, referenced, class_id, base| Member {
        unit: unit(id),
        tier,
        referenced,
        class: class(class_id),
        base,
    };
    vec![
        member("u1", Tier::County, false, "county_organ", 60),
        member("u2", Tier::County, true, "county_organ", 20),
        member("u3", Tier::Township, false, "county_township", 40),
    ]
}

fn pool(kind: PoolKind, head: Option<&str>, earmarks: Vec<Earmark>) -> Owner {
    let (pool, tier, members, head) = (pool_id(), Tier::County, members(), head.map(unit));
    Owner::Pool { pool, tier, kind, members, head, reasons_required: true, earmarks }
}

fn common_pool() -> Owner {
    pool(PoolKind::Common, None, Vec::new())
}

fn separate_pool() -> Owner {
    let earmark = Earmark { tier: Tier::Township, set: set("GM07-10"), seats: 2 };
    pool(PoolKind::Separate, Some("u1"), vec![earmark])
}

fn determined(id: &str, name: &str, list: &[&str], of: Option<&str>, seats: u64) -> DeterminedSet {
    let (entitled, ranks, of) = (seats + 1, ranks(list), of.map(set));
    DeterminedSet { set: set(id), name: name.to_owned(), ranks, of, entitled, seats }
}

fn determination(seats: u64, ceilings: Vec<Ceiling>) -> Determination {
    let junior = ["GM07", "GM08", "GM09", "GM10"];
    Determination {
        class: class("county_organ"),
        base: 80,
        sets: vec![
            determined("GM03-06", "一级至四级调研员", &["GM03", "GM04", "GM05", "GM06"], None, 6),
            determined("GM07-10", "一级至四级主任科员", &junior, None, seats),
            determined("GM07-08", "一级、二级主任科员", &junior[..2], Some("GM07-10"), seats / 2),
        ],
        uncapped: ranks(&["GM11", "GM12"]),
        ceilings,
        policy: SHA256.to_owned(),
        basis: basis(),
    }
}

fn ceilings() -> Vec<Ceiling> {
    let ceiling = |protects, others: &[&str]| Ceiling {
        protects,
        others: others.iter().map(|id| unit(id)).collect::<BTreeSet<_>>(),
        earned: BTreeMap::from([(set("GM03-06"), 3), (set("GM07-10"), 9)]),
    };
    vec![
        ceiling(Protects::TiersFrom(Tier::Township), &["u1", "u2"]),
        ceiling(Protects::ReferencedUnits, &["u1", "u3"]),
    ]
}

fn side(kind: TransferKind, direction: Direction, peer: OwnerId) -> Transfer {
    Transfer { kind, direction, peer: key(peer), set: set("GM07-08"), seats: 2 }
}

fn request(leaves: Option<&str>, to: &str) -> MoveRequest {
    MoveRequest { leaves: leaves.map(rank), to: rank(to) }
}

/// The second and the third move use what the first leaves.
fn moves() -> Vec<MoveRequest> {
    vec![
        request(Some("GM07"), "GM06"),
        request(Some("GM09"), "GM08"),
        request(None, "GM10"),
        request(None, "GM09"),
    ]
}

fn cover(id: &str, cover: Cover) -> BTreeMap<SetId, Cover> {
    BTreeMap::from([(set(id), cover)])
}

fn covers() -> Vec<BTreeMap<SetId, Cover>> {
    vec![
        cover("GM03-06", Cover::Seat),
        cover("GM07-08", Cover::After(0)),
        cover("GM07-10", Cover::After(0)),
        cover("GM07-10", Cover::Seat),
    ]
}

fn holder(id: &str, exempt: Option<Exemption>, origin: Origin) -> Holder {
    let (rank, unit, tier) = (rank(id), unit("u1"), Tier::County);
    Holder { rank, unit, tier, exempt, concurrent: false, since: ON, origin }
}

fn opening(id: &str) -> Holder {
    holder(id, None, Origin::Opening)
}

fn listed(id: &str) -> Holder {
    holder(id, Some(Exemption::SeparatelyListed), Origin::Opening)
}

fn placed(id: &str) -> Holder {
    holder(id, Some(Exemption::ExMilitaryFirstPlacement), Origin::Placed)
}

fn occupied(before: Option<Holder>, index: usize, id: &str, to: &str) -> Event {
    Event::SeatOccupied {
        hold: hold(),
        index,
        person: person(id),
        before,
        holder: holder(to, None, Origin::Hold(hold())),
        filing_due_on: Some(LATER),
        filing_awaits: None,
        basis: basis(),
    }
}

/// The same, filed by a day that is not known yet.
fn awaiting(event: Event) -> Event {
    let Event::SeatOccupied { hold, index, person, before, holder, basis, .. } = event else {
        return event;
    };
    let filing_awaits = Some(FilingPeriod { from: ON, days: 30 });
    Event::SeatOccupied {
        hold,
        index,
        person,
        before,
        holder,
        filing_due_on: None,
        filing_awaits,
        basis,
    }
}

fn returned(fault: FilingFault) -> Event {
    Event::FilingReturned { hold: hold(), fault, persons: vec![person("pn1")], on: ON }
}

fn reversed(version: u64, undo: Undo) -> Event {
    Event::EntryReversed { version, undo, reason: "录入有误".to_owned(), basis: basis() }
}

fn undone(id: &str, wrote: Option<Holder>, before: Option<Holder>) -> Undo {
    Undo::Seat { person: person(id), wrote, before }
}

const QUARTER: Quarter = Quarter { year: 2024, quarter: 3 };

impl Published for Accounts {
    names! { Event {
        PoolCreated: "pool_created",
        PoolRedefined: "pool_redefined",
        QuotaDetermined: "quota_determined",
        QuotaRedetermined: "quota_redetermined",
        SeatsAllocated: "seats_allocated",
        SeatsLent: "seats_lent",
        SeatsReturned: "seats_returned",
        ReserveSet: "reserve_set",
        ReserveReleased: "reserve_released",
        PreReviewApproved: "pre_review_approved",
        HoldExtended: "hold_extended",
        HoldReleased: "hold_released",
        MovesResumed: "moves_resumed",
        SeatOccupied: "seat_occupied",
        FilingDueSet: "filing_due_set",
        RankPlaced: "rank_placed",
        SeatVacated: "seat_vacated",
        RankLowered: "rank_lowered",
        OpeningBalancesRecorded: "opening_balances_recorded",
        UseFiled: "use_filed",
        FilingReturned: "filing_returned",
        OverQuotaDetected: "over_quota_detected",
        DigestionPlanSet: "digestion_plan_set",
        DigestionProgressed: "digestion_progressed",
        EntryReversed: "entry_reversed",
    } }

    fn stream() -> StreamName {
        quanheng_streams::account_stream(&key(OwnerId::Pool(pool_id())))
    }

    fn samples() -> Vec<Sample<Event>> {
        let mut samples = of_seats();
        samples.extend(of_holds());
        samples.extend(of_holders());
        samples.extend(of_excess());
        samples
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![
            vec![
                "pool_created",
                "pool_redefined",
                "quota_determined",
                "seats_allocated",
                "seats_lent",
                "seats_returned",
                "reserve_set",
                "reserve_released",
                "entry_reversed.reserve",
                "opening_balances_recorded",
                "pre_review_approved",
                "hold_extended",
                "hold_released",
                "moves_resumed",
                "seat_occupied",
                "use_filed",
                "filing_returned",
                "seat_occupied.from_outside",
                "seat_occupied.awaiting_calendar",
                "filing_due_set",
                "rank_placed",
                "rank_placed.first",
                "rank_lowered",
                "seat_vacated",
                "entry_reversed.vacated",
                "entry_reversed",
                "entry_reversed.first",
                "quota_redetermined",
                "over_quota_detected",
                "digestion_plan_set",
                "digestion_progressed",
            ],
            vec!["pool_created.common", "quota_determined.common_pool"],
            vec![
                "quota_determined.unit",
                "seats_allocated.received",
                "seats_lent.received",
                "opening_balances_recorded",
                "pre_review_approved",
                "seat_occupied",
                "filing_returned.more_than_pre_reviewed",
                "filing_returned.by_review",
            ],
        ]
    }
}

/// Determinations, movements between accounts, reserves.
fn of_seats() -> Vec<Sample<Event>> {
    let (category, basis) = (category(), basis());
    let created =
        |owner| Event::PoolCreated { owner, category: category.clone(), basis: basis.clone() };
    let first = |owner, determination| Event::QuotaDetermined {
        owner,
        category: category.clone(),
        determination,
    };
    let county = Owner::Unit { unit: unit("u1"), tier: Tier::County, referenced: false };
    let allocated = |direction, peer, reason| Event::SeatsAllocated {
        transfer: transfer("t1"),
        side: side(TransferKind::Allocation, direction, peer),
        reason,
        basis: basis.clone(),
    };
    let lent = |direction, peer: &str| Event::SeatsLent {
        transfer: transfer("t2"),
        side: side(TransferKind::Loan, direction, OwnerId::Unit(unit(peer))),
        basis: basis.clone(),
    };
    let (of, reason) = (set("GM07-10"), "机构改革".to_owned());
    let (to_unit, from_pool) = (OwnerId::Unit(unit("u3")), OwnerId::Pool(pool_id()));
    vec![
        full(created(separate_pool())),
        form("common", created(common_pool())),
        full(Event::PoolRedefined { members: members(), basis: basis.clone() }),
        full(first(separate_pool(), determination(12, ceilings()))),
        form("common_pool", first(common_pool(), determination(12, ceilings()))),
        form("unit", first(county, determination(12, Vec::new()))),
        full(Event::QuotaRedetermined { determination: determination(1, ceilings()) }),
        full(allocated(Direction::Out, to_unit, Some(AllocationReason::ResolveDifficulty))),
        form("received", allocated(Direction::In, from_pool, None)),
        full(lent(Direction::Out, "u2")),
        form("received", lent(Direction::In, "u2")),
        full(Event::SeatsReturned { transfer: transfer("t1"), seats: 1, basis: basis.clone() }),
        full(Event::ReserveSet {
            set: of.clone(),
            seats: 3,
            reason: reason.clone(),
            basis: basis.clone(),
        }),
        full(Event::ReserveReleased { set: of, seats: 1, reason, basis }),
    ]
}

/// Pre-reviews that hold seats.
fn of_holds() -> Vec<Sample<Event>> {
    vec![
        full(Event::PreReviewApproved {
            hold: hold(),
            case: CaseId::new("c1").unwrap(),
            unit: unit("u1"),
            moves: moves(),
            covers: covers(),
            expires_on: LATER,
            basis: basis(),
        }),
        full(Event::HoldExtended {
            hold: hold(),
            reason: "考察未结束".to_owned(),
            expires_on: LATER,
            basis: basis(),
        }),
        full(Event::HoldReleased {
            hold: hold(),
            moves: vec![0],
            reason: ReleaseReason::Withdrawn,
            seated: vec![Seated { index: 1, set: set("GM07-08") }],
            waiting: vec![2],
            on: ON,
        }),
        full(Event::MovesResumed {
            hold: hold(),
            moves: vec![Resumed { index: 2, covers: cover("GM07-10", Cover::Seat) }],
            on: ON,
        }),
    ]
}

/// Who holds what, and the filing of it.
fn of_holders() -> Vec<Sample<Event>> {
    let persons = vec![person("pn1")];
    let to_rank = |before, id, to: &str| Event::RankPlaced {
        person: person(id),
        before,
        holder: placed(to),
        basis: basis(),
    };
    vec![
        full(occupied(Some(opening("GM09")), 1, "pn1", "GM08")),
        form("from_outside", occupied(None, 3, "pn4", "GM09")),
        form("awaiting_calendar", awaiting(occupied(None, 2, "pn5", "GM09"))),
        full(Event::FilingDueSet { hold: hold(), index: 2, due_on: LATER, on: LATER }),
        full(to_rank(Some(listed("GM12")), "pn2", "GM11")),
        form("first", to_rank(None, "pn5", "GM09")),
        full(Event::SeatVacated {
            person: person("pn2"),
            holder: placed("GM11"),
            reason: VacateReason::LeadershipPost,
            basis: basis(),
        }),
        full(Event::RankLowered {
            person: person("pn3"),
            before: opening("GM07"),
            holder: holder("GM08", None, Origin::Lowered),
            basis: basis(),
        }),
        full(Event::OpeningBalancesRecorded {
            holders: BTreeMap::from([
                (person("pn1"), opening("GM09")),
                (person("pn2"), listed("GM12")),
                (person("pn3"), opening("GM07")),
            ]),
            basis: basis(),
        }),
        full(Event::UseFiled { hold: hold(), persons: persons.clone(), filed_on: ON }),
        full(returned(FilingFault::NotTheUsers { persons })),
        form(
            "more_than_pre_reviewed",
            returned(FilingFault::MoreThanPreReviewed { filed: 5, pre_reviewed: 4 }),
        ),
        form("by_review", returned(FilingFault::ByReview { reason: "材料不全".to_owned() })),
    ]
}

/// What is beyond the quota, and what is put right.
fn of_excess() -> Vec<Sample<Event>> {
    let (of, quarter, route) = (set("GM07-10"), QUARTER, Route::EarlyRetirement);
    let steps = vec![Step { set: of.clone(), quarter, route, seats: 2 }];
    let digested = Digested { set: of.clone(), quarter, route, seats: 1 };
    let lowered = || holder("GM08", None, Origin::Lowered);
    vec![
        full(Event::OverQuotaDetected {
            sets: vec![of.clone()],
            cause: Forced::LowerDetermination,
            on: ON,
        }),
        full(Event::DigestionPlanSet { steps, basis: basis() }),
        full(Event::DigestionProgressed { digested, remaining: 1 }),
        full(reversed(21, undone("pn3", Some(lowered()), Some(opening("GM07"))))),
        form("vacated", reversed(22, undone("pn2", None, Some(placed("GM11"))))),
        form("first", reversed(20, undone("pn5", Some(placed("GM09")), None))),
        form("reserve", reversed(8, Undo::Reserve { set: of, seats: 1, again: true })),
    ]
}

impl Published for PreReviews {
    names! { PreReviewEvent {
        PreReviewRequested: "pre_review_requested",
        PreReviewGranted: "pre_review_granted",
        PreReviewReturned: "pre_review_returned",
        PreReviewRejected: "pre_review_rejected",
        PreReviewWithdrawn: "pre_review_withdrawn",
    } }

    fn stream() -> StreamName {
        quanheng_streams::pre_review(&key(OwnerId::Unit(unit("u1"))), &hold())
    }

    fn samples() -> Vec<Sample<PreReviewEvent>> {
        let (by, basis, opinion) = (|| CLERK.to_owned(), basis(), str::to_owned);
        vec![
            full(PreReviewEvent::PreReviewRequested {
                unit: unit("u1"),
                moves: moves(),
                opinion: opinion("党组研究同意申报"),
                by: by(),
            }),
            full(PreReviewEvent::PreReviewGranted {
                opinion: opinion("同意"),
                by: by(),
                basis: basis.clone(),
            }),
            full(PreReviewEvent::PreReviewReturned {
                opinion: opinion("请补正材料"), by: by()
            }),
            full(PreReviewEvent::PreReviewRejected {
                opinion: opinion("职数不足"),
                by: by(),
                basis: Some(basis),
            }),
            full(PreReviewEvent::PreReviewWithdrawn { reason: opinion("暂不使用"), by: by() }),
        ]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        let requested = Self::NAMES[0];
        Self::NAMES[1..].iter().map(|decided| vec![requested, *decided]).collect()
    }
}

impl Published for Refusals {
    names! { RefusalEvent { UseRefused: "use_refused", } }

    fn stream() -> StreamName {
        quanheng_streams::refusals(&key(OwnerId::Unit(unit("u1"))))
    }

    fn samples() -> Vec<Sample<RefusalEvent>> {
        let refused = |unit| RefusalEvent::UseRefused {
            method: "quanheng.quota.v1.QuotaService/RequestPreReview".to_owned(),
            unit,
            rules: vec![RefusedRule {
                code: "INSUFFICIENT_AVAILABLE".to_owned(),
                message: "一级、二级主任科员可用空缺 0 个,申请 1 个".to_owned(),
            }],
        };
        vec![full(refused(Some(unit("u1")))), form("of_no_unit", refused(None))]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec!["use_refused", "use_refused.of_no_unit"]]
    }
}

impl Published for Seats {
    names! { Claimed { Claimed: "claimed", Released: "released", } }

    fn stream() -> StreamName {
        quanheng_streams::seat(&person("pn1"), &category())
    }

    fn samples() -> Vec<Sample<Claimed>> {
        let by = || "quotaAccounts/u1.general_management".to_owned();
        vec![full(Claimed::Claimed { by: by() }), full(Claimed::Released { by: by() })]
    }

    fn histories() -> Vec<Vec<&'static str>> {
        vec![vec!["claimed", "released"]]
    }
}
