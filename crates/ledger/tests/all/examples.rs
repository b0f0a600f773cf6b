//! The worked examples of 10.2, each a row named by its id.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use quanheng_ledger::account::{Exemption, Forced, Holder, Origin, TransferKind};
use quanheng_ledger::command::{Applicant, Command, Facts, TransferRequest};
use quanheng_ledger::digestion::{Quarter, Route, Step};
use quanheng_ledger::event::{Event, FilingFault, VacateReason};
use quanheng_ledger::finding::{Finding, findings};
use quanheng_ledger::hold::Status;
use quanheng_ledger::id::{PoolId, TransferId};
use quanheng_ledger::personnel::{Change, Effect, effect};
use quanheng_ledger::pool::{Member, PoolKind};
use quanheng_ledger::{cover_shortfall, decide, transfer};
use quanheng_policy::QuotaClassId;
use quanheng_policy::calendar::Calendar;
use quanheng_policy::class::Tier;

use crate::world::{
    Ledger, TODAY, basis, basis_on, calendar, determine, facts, general, hold, occupant, of,
    person, rank, set, step, unit, with,
};

/// What is to come of a row.
type Outcome = Result<(), &'static str>;

/// Base, holders, then one request: what the account says.
struct Row {
    id: &'static str,
    base: u64,
    holders: &'static [(&'static str, usize)],
    before: fn(&mut Ledger),
    asks: &'static [&'static str],
    outcome: Outcome,
}

#[test]
fn what_a_pre_review_may_use() {
    let rows = [
        Row {
            id: "W-20",
            base: 360,
            holders: &[("GM05", 12), ("GM06", 18)],
            before: |ledger| ledger.does(ledger.place("first", &["GM06>GM05"])),
            asks: &["GM06>GM05", "GM06>GM05"],
            outcome: Err("INSUFFICIENT_AVAILABLE"),
        },
        Row {
            id: "W-20 with one only",
            base: 360,
            holders: &[("GM05", 12), ("GM06", 18)],
            before: |ledger| ledger.does(ledger.place("first", &["GM06>GM05"])),
            asks: &["GM06>GM05"],
            outcome: Ok(()),
        },
        Row {
            id: "W-22",
            base: 360,
            holders: &[("GM06", 30)],
            before: |ledger| ledger.does(reserve(4)),
            asks: &[">GM06", ">GM06", ">GM06"],
            outcome: Err("INSUFFICIENT_AVAILABLE"),
        },
        Row {
            id: "W-22 after the release",
            base: 360,
            holders: &[("GM06", 30)],
            before: |ledger| {
                ledger.does(reserve(4));
                let (set, reason) = (set("GM05-06"), "年度使用计划".to_owned());
                ledger.does(Command::ReleaseReserve { set, seats: 1, reason, basis: basis() });
            },
            asks: &[">GM06", ">GM06", ">GM06"],
            outcome: Ok(()),
        },
        Row {
            id: "W-23",
            base: 180,
            holders: &[("GM08", 54)],
            before: |_| {},
            asks: &["GM08>GM07"],
            outcome: Ok(()),
        },
        Row {
            id: "W-23 but from below",
            base: 180,
            holders: &[("GM08", 54), ("GM09", 1)],
            before: |_| {},
            asks: &["GM09>GM08"],
            outcome: Err("INSUFFICIENT_AVAILABLE"),
        },
        Row {
            id: "W-24b",
            base: 180,
            holders: &[("GM07", 4), ("GM08", 50), ("GM09", 3)],
            before: |_| {},
            asks: &["GM07>GM06", "GM09>GM08"],
            outcome: Ok(()),
        },
        Row {
            id: "a rank above the ceiling",
            base: 180,
            holders: &[],
            before: |_| {},
            asks: &[">GM03"],
            outcome: Err("RANK_NOT_SET_UP"),
        },
        Row {
            id: "more leave than there are",
            base: 180,
            holders: &[("GM08", 1)],
            before: |ledger| ledger.does(ledger.place("first", &["GM08>GM07"])),
            asks: &["GM08>GM07"],
            outcome: Err("NO_SUCH_HOLDERS"),
        },
    ];
    for row in &rows {
        let mut ledger = Ledger::county(row.base);
        if !row.holders.is_empty() {
            ledger.opens(row.holders);
        }
        (row.before)(&mut ledger);
        let asked = ledger.run(ledger.place("asked", row.asks), facts());
        assert_eq!(asked.map(|_| ()).map_err(|refused| refused.code()), row.outcome, "{}", row.id);
    }
    eprintln!("10.2 pre-reviews: {} rows", rows.len());
}

fn reserve(seats: u64) -> Command {
    let reason = "预留空缺".to_owned();
    Command::SetReserve { set: set("GM05-06"), seats, reason, basis: basis() }
}

#[test]
fn w_20_the_refusal_names_its_figures() {
    let mut ledger = Ledger::county(360);
    ledger.opens(&[("GM05", 12), ("GM06", 18)]);
    ledger.does(ledger.place("first", &["GM06>GM05"]));
    let asked = ledger.place("asked", &["GM06>GM05", "GM06>GM05"]);
    let refused = decide(ledger.state.as_ref(), asked, facts()).unwrap_err();
    assert_eq!(refused.to_string(), "三级调研员 可用空缺 1(空缺 2,预审占用 1,预留 0),不足 2 个");
}

#[test]
fn w_24b_the_second_move_depends_on_the_first() {
    let mut ledger = Ledger::county(180);
    ledger.opens(&[("GM07", 4), ("GM08", 50), ("GM09", 3)]);
    ledger.does(ledger.place("batch", &["GM07>GM06", "GM09>GM08"]));
    assert_eq!(ledger.quantities("GM07-08").held, 0, "net use of the set is 0");
    assert_eq!(ledger.quantities("GM05-06").held, 1);
    let alone = ledger.occupy("batch", &[(1, "GM09-0")]);
    assert_eq!(ledger.refuses(alone), "DEPENDS_ON_MOVE");

    let mut falls = ledger.clone();
    let moves = [0].into();
    let reason = quanheng_ledger::event::ReleaseReason::Refused;
    falls.does(Command::ReleaseHold { hold: hold("batch"), moves, reason });
    let waits = &falls.account().hold(&hold("batch")).unwrap().moves[1].status;
    assert_eq!(*waits, Status::Waiting, "what needed the seat falls back");
    let resume = Command::ResumeWaiting { hold: hold("batch") };
    assert_eq!(falls.refuses(resume.clone()), "INSUFFICIENT_AVAILABLE");
    falls.does(Command::Vacate {
        person: person("GM08-0"),
        reason: VacateReason::Retirement,
        basis: basis(),
    });
    falls.does(resume);
    falls.does(falls.occupy("batch", &[(1, "GM09-0")]));
    assert_eq!(falls.quantities("GM07-08").vacancy(), 0);

    ledger.does(ledger.occupy("batch", &[(0, "GM07-0"), (1, "GM09-0")]));
    assert_eq!(ledger.quantities("GM07-08").vacancy(), 0);
    assert_eq!(ledger.quantities("GM05-06").charged(), 1);
}

#[test]
fn w_25_an_exempt_holder_takes_no_seat() {
    let local = with("[parameters.ex_military_exempt]\nvalue = true\narticle = \"本地规定\"\n");
    let mut ledger = Ledger::county(137);
    ledger.opens(&[("GM08", 40)]);
    ledger.opens_with(&[("GM08", 3)], Some(Exemption::ExMilitaryFirstPlacement));
    let found = ledger.quantities("GM07-08");
    assert_eq!((found.determined, found.occupied, found.exempt), (41, 43, 3));
    assert_eq!((found.charged(), found.vacancy()), (40, 1));
    assert!(ledger.account().excesses().is_empty(), "not over quota");
    let place = |exempt| Command::Place {
        person: person("newcomer"),
        of: of("unit", Tier::County),
        rank: rank("GM10"),
        exempt,
        seated_elsewhere: false,
        basis: basis(),
    };
    let exempt = Some(Exemption::ExMilitaryFirstPlacement);
    assert_eq!(ledger.refuses(place(exempt)), "EXEMPTION_NOT_ALLOWED", "nationally it is off");
    assert_eq!(ledger.refuses(place(None)), "PRE_REVIEW_REQUIRED");
    ledger.run(place(exempt), Facts { policy: &local, ..facts() }).unwrap();
    assert_eq!(ledger.quantities("GM07-10").charged(), 40);
    // The exemption ends with a promotion.
    ledger.does(ledger.place("asked", &[">GM09"]));
    ledger.does(ledger.occupy("asked", &[(0, "newcomer")]));
    assert_eq!(ledger.quantities("GM07-10").charged(), 41);
    assert_eq!(ledger.quantities("GM07-10").exempt, 3);
}

#[test]
fn w_27_and_w_28_whose_seats_are_not_to_be_had() {
    let asks = |ledger: &Ledger, applicant: Applicant| {
        let Command::PlaceHold { hold, case, moves, basis, .. } = ledger.place("x", &[">GM09"])
        else {
            unreachable!("it places a hold")
        };
        ledger.refuses(Command::PlaceHold { hold, case, applicant, moves, basis })
    };
    let county = Ledger::county(180);
    let station = Ledger::of_unit("station", Tier::Prefecture, true, 180);
    let rows = [
        ("W-27", &county, of("bureau", Tier::Prefecture), "UPWARD_USE_FORBIDDEN"),
        (
            "W-28",
            &station,
            Applicant { above_owner: true, ..of("bureau", Tier::Prefecture) },
            "PARENT_OCCUPIES_SUBORDINATE",
        ),
        ("another unit", &county, of("other", Tier::County), "NOT_OF_ACCOUNT"),
        ("a lower unit", &county, of("town", Tier::Township), "NOT_OF_ACCOUNT"),
    ];
    for (id, ledger, applicant, code) in rows {
        assert_eq!(asks(ledger, applicant), code, "{id}");
    }
}

#[test]
fn w_28_legacy_is_a_finding_and_not_refused() {
    let mut ledger = Ledger::of_unit("station", Tier::County, true, 180);
    let legacy = |unit_name: &str, tier| Holder {
        rank: rank("GM09"),
        unit: unit(unit_name),
        tier,
        exempt: None,
        concurrent: false,
        since: TODAY,
        origin: Origin::Opening,
    };
    let holders = [
        (person("own"), legacy("station", Tier::County)),
        (person("parents"), legacy("bureau", Tier::County)),
        (person("above"), legacy("city", Tier::Prefecture)),
    ];
    ledger.does(Command::RecordOpening { holders: holders.into(), basis: basis() });
    let found = findings(ledger.account(), TODAY);
    assert_eq!(
        found,
        [
            Finding::UpwardUse { person: person("above"), unit: unit("city") },
            Finding::ParentOccupies { person: person("parents"), unit: unit("bureau") },
        ]
    );
    let codes: Vec<_> = found.iter().map(Finding::code).collect();
    assert_eq!(codes, ["V-QT-2", "V-QT-1"]);
}

fn member(name: &str, tier: Tier, referenced: bool, base: u64) -> Member {
    let class = QuotaClassId::new("county_township").unwrap();
    Member { unit: unit(name), tier, referenced, class, base }
}

fn pool(kind: PoolKind, members: Vec<Member>) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.does(Command::CreatePool {
        pool: PoolId::new("pool").unwrap(),
        category: general(),
        tier: Tier::County,
        kind,
        members,
        head: None,
        reasons_required: false,
        earmarks: vec![],
        basis: basis(),
    });
    ledger.does(Command::Determine(determine(0)));
    ledger
}

#[test]
fn w_28b_a_common_pool_does_not_move_seats_up() {
    let county = member("county", Tier::County, false, 200);
    let town = member("town", Tier::Township, false, 160);
    let mut ledger = pool(PoolKind::Common, vec![county, town]);
    assert_eq!(ledger.quantities("GM07-10").determined, 216);
    ledger.opens(&[("GM09", 120)]);
    let asks = |unit, tier| ledger.place_for("x", unit, tier, &[">GM10"]);
    let refused = decide(ledger.state.as_ref(), asks("county", Tier::County), facts());
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), "UPWARD_USE_FORBIDDEN");
    assert!(refused.to_string().contains("自身应得 120,使用后为 121"), "{refused}");
    ledger.clone().does(asks("town", Tier::Township));
}

#[test]
fn w_28_nor_does_it_give_a_bureau_its_stations_seats() {
    let bureau = member("bureau", Tier::County, false, 50);
    let station = member("station", Tier::County, true, 100);
    let mut ledger = pool(PoolKind::Common, vec![bureau, station]);
    ledger.opens(&[("GM09", 30)]);
    let asks = |unit| ledger.place_for("x", unit, Tier::County, &[">GM09"]);
    assert_eq!(ledger.refuses(asks("bureau")), "PARENT_OCCUPIES_SUBORDINATE");
    ledger.clone().does(asks("station"));
}

#[test]
fn w_29_a_separate_pool_has_only_what_rounding_left() {
    let bases = [27, 33, 41, 58, 72];
    let members = || -> Vec<_> {
        bases.map(|base| member(&format!("b{base}"), Tier::County, false, base)).into()
    };
    let shares = bases.map(|base| base * 60 / 100);
    let left = 231 * 60 / 100 - shares.iter().sum::<u64>();
    assert_eq!(left, 2);
    let nationally = pool(PoolKind::Separate, members());
    assert_eq!(nationally.quantities("GM07-10").determined, 0);
    let local = with("[parameters.pool_by_sum_of_base]\nvalue = true\narticle = \"本地规定\"\n");
    let mut ledger = nationally;
    ledger.run(Command::Determine(determine(0)), Facts { policy: &local, ..facts() }).unwrap();
    assert_eq!(ledger.quantities("GM07-10").determined, left);
}

#[test]
fn w_31_a_branch_borrows_what_the_pool_has_free() {
    let pool = pool(
        PoolKind::Separate,
        vec![
            member("hq", Tier::County, false, 100),
            member("branch", Tier::County, false, 40),
            member("town", Tier::Township, false, 40),
            member("station", Tier::County, true, 40),
        ],
    );
    let mut hq = Ledger::of_unit("hq", Tier::County, false, 100);
    let mut branch = Ledger::of_unit("branch", Tier::County, false, 40);
    branch.opens(&[("GM06", 4)]);
    assert_eq!(branch.quantities("GM05-06").available(), 0);
    let moves = [step(">GM06")];
    let lenders = [hq.account()];
    let loans = cover_shortfall(branch.account(), &lenders, &unit("branch"), &moves).unwrap();
    assert_eq!((loans.len(), loans[0].lender, loans[0].seats), (1, 0, 1));
    let request = |id: &str, seats| TransferRequest {
        transfer: TransferId::new(id).unwrap(),
        kind: TransferKind::Loan,
        from: set("GM05-06"),
        to: set("GM05-06"),
        seats,
        reason: None,
        basis: basis(),
    };
    let pool = Some(pool.account());
    let (out, into) =
        transfer(hq.account(), branch.account(), pool, request("loan", loans[0].seats)).unwrap();
    hq.take(out);
    branch.take(into);
    assert_eq!((hq.quantities("GM05-06").usable(), hq.quantities("GM05-06").lent_out), (9, 1));
    branch.does(branch.place_for("asked", "branch", Tier::County, &[">GM06"]));
    assert_eq!(branch.quantities("GM05-06").held, 1);

    let town = Ledger::of_unit("town", Tier::Township, false, 40);
    let station = Ledger::of_unit("station", Tier::County, true, 40);
    let outside = Ledger::of_unit("outside", Tier::County, false, 40);
    let rows = [
        ("upward", &town, &hq, pool, 1, "UPWARD_USE_FORBIDDEN"),
        ("from a referenced unit", &station, &hq, pool, 1, "PARENT_OCCUPIES_SUBORDINATE"),
        ("more than is free", &hq, &town, pool, 10, "INSUFFICIENT_AVAILABLE"),
        ("what was borrowed", &branch, &town, pool, 5, "INSUFFICIENT_AVAILABLE"),
        ("outside the pool", &hq, &outside, pool, 1, "NOT_OF_ACCOUNT"),
        ("without a pool", &hq, &town, None, 1, "INVALID_FIELD"),
    ];
    for (id, giver, taker, pool, seats, code) in rows {
        let refused = transfer(giver.account(), taker.account(), pool, request("x", seats));
        assert_eq!(refused.unwrap_err().code(), code, "{id}");
    }
}

/// 70 posts give 7 seats of 三级、四级调研员; 9 people hold them.
fn over_by_two() -> Ledger {
    let mut ledger = Ledger::county(70);
    ledger.opens(&[("GM06", 9)]);
    ledger
}

#[test]
fn w_32_over_quota_is_digested_and_never_grows() {
    let mut ledger = over_by_two();
    assert_eq!(ledger.quantities("GM05-06").vacancy(), -2);
    assert_eq!(ledger.account().excesses()[&set("GM05-06")].cause, Forced::OpeningBalance);
    assert_eq!(ledger.refuses(ledger.place("x", &[">GM06"])), "INSUFFICIENT_AVAILABLE");
    ledger.clone().does(ledger.place("x", &["GM06>GM05"]));
    let found = findings(ledger.account(), TODAY);
    assert_eq!(found, [Finding::OverQuota { set: set("GM05-06"), over: 2 }]);
    let plan = |seats| {
        let (set, quarter) = (set("GM05-06"), Quarter { year: 2026, quarter: 2 });
        let steps = vec![Step { set, quarter, route: Route::Retirement, seats }];
        Command::SetDigestionPlan { steps, basis: basis() }
    };
    assert_eq!(ledger.refuses(plan(1)), "DIGESTION_PLAN_INCOMPLETE");
    ledger.does(plan(2));
    assert_eq!(findings(ledger.account(), TODAY), [], "a plan stands");
    let retires = |n: u32| Command::Vacate {
        person: person(&format!("GM06-{n}")),
        reason: VacateReason::Retirement,
        basis: basis(),
    };
    ledger.does(retires(0));
    assert_eq!(ledger.quantities("GM05-06").vacancy(), -1);
    assert!(matches!(ledger.events.last(), Some(Event::DigestionProgressed { remaining: 1, .. })));
    ledger.does(retires(1));
    assert!(ledger.account().excesses().is_empty(), "no longer over");
    let register = quanheng_ledger::digestion::register(ledger.account());
    let done: Vec<_> = register.iter().map(|line| &line.digested).collect();
    assert_eq!(
        done,
        [&BTreeMap::new(), &[(Route::Retirement, 2)].into()].into_iter().rev().collect::<Vec<_>>()
    );
}

/// Three seats pre-reviewed and taken, so that the use is due for filing.
fn three_used() -> Ledger {
    let mut ledger = Ledger::county(180);
    ledger.does(ledger.place("batch", &[">GM10", ">GM10", ">GM10"]));
    ledger.does(ledger.occupy("batch", &[(0, "a"), (1, "b"), (2, "c")]));
    ledger
}

#[test]
fn w_34_a_filing_lists_no_more_than_was_pre_reviewed() {
    let mut ledger = three_used();
    let file = |names: &[&str]| {
        let persons = names.iter().map(|name| person(name)).collect();
        Command::FileUse { hold: hold("batch"), persons }
    };
    ledger.does(file(&["a", "b", "c", "d"]));
    let Some(Event::FilingReturned { fault, .. }) = ledger.events.last() else { panic!() };
    assert_eq!(*fault, FilingFault::MoreThanPreReviewed { filed: 4, pre_reviewed: 3 });
    ledger.does(file(&["a", "x"]));
    let Some(Event::FilingReturned { fault, .. }) = ledger.events.last() else { panic!() };
    assert_eq!(*fault, FilingFault::NotTheUsers { persons: vec![person("x")] });
    ledger.does(file(&["a", "b"]));
    assert_eq!(ledger.account().unfiled_holds().count(), 1, "one is still due");
    ledger.does(file(&["c"]));
    assert_eq!(ledger.account().unfiled_holds().count(), 0);
}

/// Beyond the calendars that are published no last day is known: seats are taken all the same,
/// and it is found once the calendar is there.
#[test]
fn a_filing_period_that_awaits_a_calendar() {
    let mut ledger = three_used();
    let file = |hold_id: &str, names: &[&str]| {
        let persons = names.iter().map(|name| person(name)).collect();
        Command::FileUse { hold: hold(hold_id), persons }
    };
    ledger.does(file("batch", &["a", "b", "c"]));
    let winter = jiff::civil::date(2026, 12, 10);
    let at = |today, calendar| Facts { today, calendar, ..facts() };
    let place = ledger.place("late", &[">GM10", ">GM10"]);
    ledger.run(place, at(winter, calendar())).unwrap();
    let Command::Occupy { hold, occupants, .. } = ledger.occupy("late", &[(0, "d"), (1, "e")])
    else {
        panic!()
    };
    let occupy = Command::Occupy { hold, occupants, basis: basis_on(winter) };
    ledger.run(occupy, at(winter, calendar())).unwrap();
    let (_, kept) = ledger.account().unfiled_holds().next().unwrap();
    assert_eq!((kept.filing_due_on(), kept.filing_awaits()), (None, true));
    // Nothing is overdue as long as nobody knows it.
    let spring = jiff::civil::date(2027, 3, 1);
    assert!(findings(ledger.account(), spring).is_empty());
    let awaits = decide(ledger.state.as_ref(), Command::SetFilingDues, at(spring, calendar()));
    assert_eq!(awaits, Ok(vec![]));
    // One is filed meanwhile; of the other it is told once the calendar is published.
    ledger.run(file("late", &["d"]), at(winter, calendar())).unwrap();
    let year = Calendar::from_csv("date,kind,occasion\n2027-01-01,holiday,元旦\n").unwrap();
    let known = calendar().with_published(&year);
    ledger.run(Command::SetFilingDues, at(spring, &known)).unwrap();
    let (_, kept) = ledger.account().unfiled_holds().next().unwrap();
    // 30 days from 10 December end on Saturday, 9 January.
    let due = jiff::civil::date(2027, 1, 11);
    assert_eq!((kept.filing_due_on(), kept.filing_awaits()), (Some(due), false));
    assert_eq!(findings(ledger.account(), due).len(), 0);
    assert_eq!(findings(ledger.account(), spring)[0].code(), "V-QT-4");
    assert_eq!(
        decide(ledger.state.as_ref(), Command::SetFilingDues, at(spring, &known)),
        Ok(vec![])
    );
}

#[test]
fn w_35_an_overdue_filing_blocks_the_next_pre_review() {
    let ledger = three_used();
    let (_, kept) = ledger.account().unfiled_holds().next().unwrap();
    let due = kept.unfiled().next().unwrap().filing_due_on.unwrap();
    let lenient = with("[parameters.overdue_blocks]\nvalue = false\narticle = \"本地规定\"\n");
    let asks = |today, policy| {
        let facts = Facts { today, policy, ..facts() };
        let asked = decide(ledger.state.as_ref(), ledger.place("next", &[">GM10"]), facts);
        asked.map(|_| ()).map_err(|refused| refused.code())
    };
    let late = due + 1.day();
    assert_eq!(asks(due, facts().policy), Ok(()), "on the last day");
    assert_eq!(asks(late, facts().policy), Err("FILING_OVERDUE"));
    assert_eq!(asks(late, &lenient), Ok(()), "where the profile says so");
    let found = findings(ledger.account(), late);
    assert_eq!(found[0].code(), "V-QT-4");
}

#[test]
fn w_36_a_leader_who_also_holds_a_rank_takes_a_seat() {
    let mut ledger = Ledger::county(180);
    let before = ledger.quantities("GM07-10").charged();
    assert_eq!(effect(Change::ConcurrentRank), Effect::Take);
    ledger.does(ledger.place("asked", &[">GM09"]));
    let leader = occupant(0, "leader", of("unit", Tier::County));
    let occupants = vec![quanheng_ledger::command::Occupant { concurrent: true, ..leader }];
    ledger.does(Command::Occupy { hold: hold("asked"), occupants, basis: basis() });
    assert_eq!(ledger.quantities("GM07-10").charged(), before + 1);
    assert!(ledger.account().holders()[&person("leader")].concurrent);
}

#[test]
fn w_38_a_secondment_moves_no_seat() {
    assert_eq!(effect(Change::Secondment), Effect::None);
    assert_eq!(effect(Change::GradeReduction), Effect::None, "降级 is of the grade");
    assert_eq!(effect(Change::PostDemotion), Effect::None, "降职 is of the post");
    assert_eq!(effect(Change::RankLowering), Effect::Lower);
    assert_eq!(effect(Change::Retirement), Effect::Vacate(VacateReason::Retirement));
}
