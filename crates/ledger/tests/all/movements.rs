//! Movements one by one: what each does, and every refusal, which changes nothing.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use quanheng_ledger::account::{
    Direction, Earmark, Exemption, Forced, Holder, Origin, Transfer, TransferKind,
};
use quanheng_ledger::check::{Violation, violations};
use quanheng_ledger::command::{BATCH_MAX, Command, Determine, Facts, TransferRequest, UnitOwner};
use quanheng_ledger::digestion::{Quarter, Route, Step};
use quanheng_ledger::event::{AllocationReason, Event, ReleaseReason, VacateReason};
use quanheng_ledger::hold::{Cover, Status};
use quanheng_ledger::id::{AccountKey, OwnerId, PoolId, TransferId};
use quanheng_ledger::pool::{Member, PoolKind};
use quanheng_ledger::posting::{Place, postings};
use quanheng_ledger::{cover_shortfall, decide, give_back, transfer};
use quanheng_policy::QuotaClassId;
use quanheng_policy::class::Tier;

use crate::world::{
    Ledger, TODAY, basis, case, determine, facts, general, hold, occupant, of, person, rank, set,
    step, unit, with,
};

fn member(name: &str, tier: Tier, base: u64) -> Member {
    let class = QuotaClassId::new("county_township").unwrap();
    Member { unit: unit(name), tier, referenced: false, class, base }
}

fn pool_of(members: Vec<Member>, reasons_required: bool, earmarks: Vec<Earmark>) -> Command {
    Command::CreatePool {
        pool: PoolId::new("pool").unwrap(),
        category: general(),
        tier: Tier::County,
        kind: PoolKind::Common,
        members,
        head: None,
        reasons_required,
        earmarks,
        basis: basis(),
    }
}

fn pool(reasons_required: bool, earmarks: Vec<Earmark>) -> Ledger {
    let mut ledger = Ledger::default();
    let members = vec![member("county", Tier::County, 200), member("town", Tier::Township, 160)];
    ledger.does(pool_of(members, reasons_required, earmarks));
    ledger.does(Command::Determine(determine(0)));
    ledger
}

fn first_determination(base: u64) -> Command {
    let owner = UnitOwner { unit: unit("unit"), tier: Tier::County, referenced: false };
    Command::DetermineUnit { owner, category: general(), determine: determine(base) }
}

#[test]
fn without_an_account_nothing_moves() {
    let nothing = Ledger::default();
    assert_eq!(nothing.refuses(Command::ExpireHolds), "NOT_DETERMINED");
    let mut fresh = Ledger::default();
    fresh.does(pool_of(vec![member("county", Tier::County, 10)], false, vec![]));
    let place = fresh.place_for("x", "county", Tier::County, &[">GM10"]);
    assert_eq!(fresh.refuses(place), "NOT_DETERMINED", "a pool begins without seats");
    let opening = Command::RecordOpening { holders: one_legacy(), basis: basis() };
    assert_eq!(fresh.refuses(opening), "NOT_DETERMINED");
}

fn one_legacy() -> BTreeMap<quanheng_policy::PersonId, Holder> {
    let holder = Holder {
        rank: rank("GM09"),
        unit: unit("unit"),
        tier: Tier::County,
        exempt: None,
        concurrent: false,
        since: TODAY,
        origin: Origin::Opening,
    };
    [(person("legacy"), holder)].into()
}

#[test]
fn an_account_begins_once() {
    let ledger = Ledger::county(180);
    assert_eq!(ledger.refuses(first_determination(180)), "RESOURCE_EXISTS");
    let members = vec![member("county", Tier::County, 10)];
    assert_eq!(ledger.refuses(pool_of(members, false, vec![])), "RESOURCE_EXISTS");
}

#[test]
fn a_determination_gives_no_more_than_the_ratios() {
    let fewer = |pairs: &[(&str, u64)]| {
        let fewer = pairs.iter().map(|(id, n)| (set(id), *n)).collect();
        Command::Determine(Determine { fewer, ..determine(180) })
    };
    let mut ledger = Ledger::county(180);
    assert_eq!(ledger.refuses(fewer(&[("GM04", 4)])), "EXCEEDS_ENTITLEMENT");
    assert_eq!(ledger.refuses(fewer(&[("GM99", 0)])), "RESOURCE_NOT_FOUND");
    ledger.does(fewer(&[("GM04", 3), ("GM05-06", 10)]));
    assert_eq!(ledger.quantities("GM05-06").determined, 10);
    assert_eq!(ledger.quantities("GM07-10").determined, 108, "what is not named is given whole");
    let unknown = QuotaClassId::new("moon_base").unwrap();
    let elsewhere = Command::Determine(Determine { class: unknown, ..determine(180) });
    assert_eq!(ledger.refuses(elsewhere), "NO_RATIO_TABLE");
    assert_eq!(ledger.account().policy().map(str::len), Some(64), "the hash of the policy");
}

#[test]
fn a_lower_determination_is_taken_and_marked() {
    let mut ledger = Ledger::county(70);
    ledger.opens(&[("GM06", 6)]);
    ledger.does(ledger.place("kept", &[">GM06"]));
    ledger.does(Command::Determine(determine(50)));
    let found = ledger.quantities("GM05-06");
    assert_eq!((found.vacancy(), found.held, found.available()), (-1, 1, -2));
    assert_eq!(ledger.account().excesses()[&set("GM05-06")].cause, Forced::LowerDetermination);
    // What was held before can no longer be used: nothing increases a full set.
    let used = ledger.occupy("kept", &[(0, "newcomer")]);
    assert_eq!(ledger.refuses(used.clone()), "INSUFFICIENT_AVAILABLE");
    for n in 0..2 {
        ledger.does(Command::Vacate {
            person: person(&format!("GM06-{n}")),
            reason: VacateReason::TransferOut,
            basis: basis(),
        });
    }
    assert!(ledger.account().excesses().is_empty());
    ledger.does(used);
}

#[test]
fn other_sets_go_on_in_the_same_account() {
    let strict = with("[parameters.strict_split]\nvalue = true\narticle = \"本地规定\"\n");
    let mut ledger = Ledger::county(137);
    ledger.opens(&[("GM09", 41), ("GM08", 2)]);
    ledger.does(ledger.place("batch", &["GM08>GM06", "GM09>GM08", ">GM10"]));
    let facts = Facts { policy: &strict, ..facts() };
    ledger.run(Command::Determine(determine(137)), facts).unwrap();
    let rest = ledger.quantities("GM07-10-rest");
    // Of the three, one leaves 三级, one enters 四级 and keeps a seat in the new set too.
    assert_eq!((rest.determined, rest.occupied, rest.held), (41, 41, 1));
    assert_eq!(ledger.account().excesses()[&set("GM07-10-rest")].cause, Forced::LowerDetermination);
    let covers = &ledger.account().hold(&hold("batch")).unwrap().moves[1].covers;
    assert_eq!(covers[&set("GM07-08")], Cover::After(0), "what depended still does");
    // Back again, the set falls away; but not while some of it is in reserve.
    ledger.does(Command::Vacate {
        person: person("GM09-0"),
        reason: VacateReason::Retirement,
        basis: basis(),
    });
    ledger.does(Command::ReleaseHold {
        hold: hold("batch"),
        moves: [2].into(),
        reason: ReleaseReason::Withdrawn,
    });
    let (of, reason) = (set("GM07-10-rest"), "预留".to_owned());
    ledger.does(Command::SetReserve { set: of, seats: 1, reason, basis: basis() });
    assert_eq!(ledger.refuses(Command::Determine(determine(137))), "SET_IN_USE");
}

#[test]
fn who_may_be_in_a_pool() {
    let nothing = Ledger::default();
    let county = || member("county", Tier::County, 10);
    let rows = [
        (vec![], vec![], "INVALID_FIELD"),
        (vec![county(), county()], vec![], "INVALID_FIELD"),
        (vec![member("city", Tier::Prefecture, 10)], vec![], "UPWARD_USE_FORBIDDEN"),
        (
            vec![county()],
            vec![Earmark { tier: Tier::Township, set: set("GM04"), seats: 0 }],
            "INVALID_FIELD",
        ),
    ];
    for (members, earmarks, code) in rows {
        assert_eq!(nothing.refuses(pool_of(members, false, earmarks)), code);
    }
    let mut ledger = pool(false, vec![]);
    ledger.opens(&[("GM09", 1)]);
    let town_only = vec![member("town", Tier::Township, 160)];
    let redefine = |members| Command::RedefinePool { members, basis: basis() };
    assert_eq!(ledger.refuses(redefine(town_only)), "WRONG_STATE", "the county holds a seat");
    let county_only = vec![member("county", Tier::County, 220)];
    ledger.does(redefine(county_only.clone()));
    // Until it is determined what the members may use now, nothing is used.
    let place = ledger.place_for("x", "county", Tier::County, &[">GM10"]);
    assert_eq!(ledger.refuses(place.clone()), "NOT_DETERMINED");
    let town = Ledger::of_unit("county", Tier::County, false, 0);
    let give = request(TransferKind::Allocation, "GM05-06", 1);
    let refused = transfer(ledger.account(), town.account(), None, give).unwrap_err();
    assert_eq!(refused.code(), "NOT_DETERMINED");
    ledger.clone().does(Command::Determine(determine(0)));
    ledger.does(Command::Determine(determine(0)));
    assert_eq!(ledger.quantities("GM07-10").determined, 132);
    assert_eq!(Ledger::county(10).refuses(redefine(county_only)), "WRONG_STATE");
    // Seats of one class are not another's.
    let city = Member {
        class: QuotaClassId::new("prefecture").unwrap(),
        ..member("bureau", Tier::County, 50)
    };
    ledger.does(redefine(vec![member("county", Tier::County, 220), city]));
    assert_eq!(ledger.refuses(Command::Determine(determine(0))), "INVALID_FIELD");
}

fn request(kind: TransferKind, of: &str, seats: u64) -> TransferRequest {
    TransferRequest {
        transfer: TransferId::new("t").unwrap(),
        kind,
        from: set(of),
        to: set(of),
        seats,
        reason: None,
        basis: basis(),
    }
}

#[test]
fn a_pool_allocates_to_its_members_for_a_reason() {
    let mut pool = pool(true, vec![]);
    let mut town = Ledger::of_unit("town", Tier::Township, false, 0);
    let stranger = Ledger::of_unit("stranger", Tier::Township, false, 0);
    let bare = request(TransferKind::Allocation, "GM05-06", 2);
    let refuses = |giver: &Ledger, taker: &Ledger, request: &TransferRequest| {
        let found = transfer(giver.account(), taker.account(), None, request.clone());
        found.unwrap_err().code()
    };
    assert_eq!(refuses(&pool, &town, &bare), "REASON_REQUIRED");
    let reasoned = TransferRequest { reason: Some(AllocationReason::Performance), ..bare };
    assert_eq!(refuses(&pool, &stranger, &reasoned), "NOT_OF_ACCOUNT");
    assert_eq!(refuses(&town, &pool, &reasoned), "INVALID_FIELD");
    assert_eq!(refuses(&pool, &pool, &reasoned), "INVALID_FIELD");
    let none = TransferRequest { seats: 0, ..reasoned.clone() };
    assert_eq!(refuses(&pool, &town, &none), "INVALID_FIELD");
    let other = TransferRequest { to: set("GM07-08"), ..reasoned.clone() };
    assert_eq!(refuses(&pool, &town, &other), "INVALID_FIELD");
    let unknown = TransferRequest { from: set("X"), ..reasoned.clone() };
    assert_eq!(refuses(&pool, &town, &unknown), "RESOURCE_NOT_FOUND");
    let up = Ledger::of_unit("city", Tier::Prefecture, false, 0);
    assert_eq!(refuses(&pool, &up, &reasoned), "UPWARD_USE_FORBIDDEN");

    // A seat of a part is a seat of the whole, on both sides.
    let nested = TransferRequest { from: set("GM05"), to: set("GM05"), ..reasoned.clone() };
    let (out, into) = transfer(pool.account(), town.account(), None, nested.clone()).unwrap();
    let booked = postings(Some(pool.account()), &out[0]);
    let key = AccountKey { owner: OwnerId::Unit(unit("town")), category: general() };
    assert_eq!(booked.len(), 2, "of the set and of its parent");
    assert!(booked.iter().all(|p| p.from == Place::Available && p.to == Place::Other(key.clone())));
    pool.take(out);
    town.take(into);
    for id in ["GM05", "GM05-06"] {
        assert_eq!((pool.quantities(id).allocated_out, town.quantities(id).allocated_in), (2, 2));
    }
    assert_eq!(refuses(&pool, &town, &nested), "RESOURCE_EXISTS");
    town.does(town.place_for("asked", "town", Tier::Township, &[">GM05"]));

    let back = |seats| give_back(pool.account(), town.account(), &nested.transfer, seats, &basis());
    assert_eq!(back(0).unwrap_err().code(), "INVALID_FIELD");
    assert_eq!(back(3).unwrap_err().code(), "MORE_THAN_OUTSTANDING");
    assert_eq!(back(2).unwrap_err().code(), "INSUFFICIENT_AVAILABLE", "one is held");
    let (out, into) = back(1).unwrap();
    let wrong_way = give_back(town.account(), pool.account(), &nested.transfer, 1, &basis());
    assert_eq!(wrong_way.unwrap_err().code(), "RESOURCE_NOT_FOUND");
    pool.take(out);
    town.take(into);
    let side = &pool.account().transfers()[&nested.transfer];
    let expected = Transfer {
        kind: TransferKind::Allocation,
        direction: Direction::Out,
        peer: key,
        set: set("GM05"),
        seats: 1,
    };
    assert_eq!(*side, expected);
}

#[test]
fn earmarked_seats_stay_with_the_grass_roots() {
    // 36 seats of 三级、四级调研员, of which the county earned 20; 30 are the townships'.
    let earmark = Earmark { tier: Tier::Township, set: set("GM05-06"), seats: 30 };
    let mut pool = pool(false, vec![earmark]);
    let asks = |pool: &Ledger, name: &str, unit, tier, count: usize| {
        pool.place_for(name, unit, tier, &vec![">GM06"; count])
    };
    assert_eq!(pool.refuses(asks(&pool, "c", "county", Tier::County, 7)), "UPWARD_USE_FORBIDDEN");
    pool.does(asks(&pool, "c", "county", Tier::County, 6));
    pool.does(asks(&pool, "t", "town", Tier::Township, 30));
}

#[test]
fn borrowed_seats_are_not_lent_on() {
    let mut world = Ledger::default();
    world.does(Command::CreatePool {
        pool: PoolId::new("pool").unwrap(),
        category: general(),
        tier: Tier::County,
        kind: PoolKind::Separate,
        members: ["a", "b", "c"].map(|name| member(name, Tier::County, 50)).into(),
        head: None,
        reasons_required: false,
        earmarks: vec![],
        basis: basis(),
    });
    let pool = Some(world.account());
    let [mut a, mut b, c] = ["a", "b", "c"].map(|n| Ledger::of_unit(n, Tier::County, false, 50));
    let loan = |seats| request(TransferKind::Loan, "GM05-06", seats);
    let (out, into) = transfer(a.account(), b.account(), pool, loan(3)).unwrap();
    a.take(out);
    b.take(into);
    let again = TransferRequest { transfer: TransferId::new("t2").unwrap(), ..loan(6) };
    let refused = transfer(b.account(), c.account(), pool, again).unwrap_err();
    assert_eq!(refused.code(), "NOT_OWN_SEATS", "of its eight, three are another's");
    let own = TransferRequest { transfer: TransferId::new("t2").unwrap(), ..loan(5) };
    assert!(transfer(b.account(), c.account(), pool, own).is_ok());
    // The first lender has two to spare, the second the rest.
    let lenders = [a.account(), c.account()];
    let mut full = Ledger::of_unit("b", Tier::County, false, 50);
    full.opens(&[("GM06", 5)]);
    let moves = vec![step(">GM06"); 4];
    let loans = cover_shortfall(full.account(), &lenders, &unit("b"), &moves).unwrap();
    let found: Vec<_> = loans.iter().map(|loan| (loan.lender, loan.seats)).collect();
    assert_eq!(found, [(0, 2), (1, 2)]);
    let moves = vec![step(">GM06"); 8];
    assert_eq!(cover_shortfall(full.account(), &lenders, &unit("b"), &moves), None);
    let none = cover_shortfall(full.account(), &lenders, &unit("b"), &[step(">GM10")]);
    assert_eq!(none, Some(vec![]), "nothing is lacking");
    let never = cover_shortfall(full.account(), &lenders, &unit("b"), &[step(">GM03")]);
    assert_eq!(never, None, "no loan mends that");
    // A seat lent to a part fills its parent as well: one loan, not two.
    let mut thirds = Ledger::of_unit("b", Tier::County, false, 50);
    thirds.opens(&[("GM05", 2), ("GM06", 3)]);
    let loans = cover_shortfall(thirds.account(), &lenders, &unit("b"), &[step(">GM05")]);
    let loans = loans.unwrap();
    assert_eq!((loans.len(), &loans[0].set, loans[0].seats), (1, &set("GM05"), 1));
}

#[test]
fn what_a_request_must_be() {
    let ledger = Ledger::county(180);
    let none = decide(ledger.state.as_ref(), ledger.place("x", &[]), facts()).unwrap_err();
    assert_eq!((none.code(), none.to_string().as_str()), ("INVALID_FIELD", "不得为空"));
    assert_eq!(ledger.refuses(ledger.place("x", &["GM09>GM09"])), "INVALID_FIELD");
    let many = vec![">GM12"; BATCH_MAX + 1];
    assert_eq!(ledger.refuses(ledger.place("x", &many)), "INVALID_FIELD");
    let mut ledger = ledger;
    ledger.does(ledger.place("x", &[">GM10"]));
    assert_eq!(ledger.refuses(ledger.place("x", &[">GM10"])), "RESOURCE_EXISTS");
}

#[test]
fn a_hold_runs_out_and_is_extended_once_for_a_reason() {
    let mut ledger = Ledger::county(180);
    ledger.does(ledger.place("x", &[">GM10"]));
    let at = |days: i32| Facts { today: TODAY + days.days(), ..facts() };
    assert_eq!(ledger.account().hold(&hold("x")).unwrap().expires_on, TODAY + 90.days());
    let extend = |reason: &str, days: i32| Command::ExtendHold {
        hold: hold("x"),
        reason: reason.to_owned(),
        expires_on: TODAY + days.days(),
        basis: basis(),
    };
    let refuses = |ledger: &Ledger, command, days| {
        decide(ledger.state.as_ref(), command, at(days)).unwrap_err().code()
    };
    assert_eq!(refuses(&ledger, extend("", 100), 80), "INVALID_FIELD");
    assert_eq!(refuses(&ledger, extend("换届", 90), 80), "INVALID_FIELD", "no later");
    assert_eq!(refuses(&ledger, extend("换届", 171), 80), "INVALID_FIELD", "too late");
    assert_eq!(refuses(&ledger, extend("换届", 100), 91), "HOLD_EXPIRED");
    let mut extended = ledger.clone();
    extended.run(extend("换届", 170), at(80)).unwrap();
    assert_eq!(refuses(&extended, extend("换届", 171), 81), "HOLD_ALREADY_EXTENDED");
    extended.run(extend("补充考察", 171), at(81)).unwrap();

    let used = ledger.occupy("x", &[(0, "a")]);
    assert!(decide(ledger.state.as_ref(), used.clone(), at(90)).is_ok(), "on its last day");
    assert_eq!(refuses(&ledger, used, 91), "HOLD_EXPIRED");
    assert_eq!(decide(ledger.state.as_ref(), Command::ExpireHolds, at(90)), Ok(vec![]));
    ledger.run(Command::ExpireHolds, at(91)).unwrap();
    assert_eq!(ledger.quantities("GM07-10").held, 0);
    let release =
        Command::ReleaseHold { hold: hold("x"), moves: [].into(), reason: ReleaseReason::Refused };
    assert_eq!(ledger.refuses(release), "WRONG_STATE");
}

#[test]
fn what_is_released_is_available_again() {
    let mut ledger = Ledger::county(180);
    ledger.does(ledger.place("x", &[">GM10", ">GM10"]));
    let release = |moves: &[usize]| Command::ReleaseHold {
        hold: hold("x"),
        moves: moves.iter().copied().collect(),
        reason: ReleaseReason::CaseClosed,
    };
    assert_eq!(ledger.refuses(release(&[2])), "WRONG_STATE");
    ledger.does(release(&[1]));
    assert_eq!(ledger.quantities("GM07-10").held, 1);
    assert_eq!(ledger.refuses(ledger.occupy("x", &[(1, "a")])), "WRONG_STATE");
    ledger.does(release(&[]));
    assert_eq!(ledger.quantities("GM07-10").held, 0);
    let gone = Command::ReleaseHold {
        hold: hold("none"),
        moves: [].into(),
        reason: ReleaseReason::Refused,
    };
    assert_eq!(ledger.refuses(gone), "RESOURCE_NOT_FOUND");
    let resume = Command::ResumeWaiting { hold: hold("x") };
    assert_eq!(ledger.refuses(resume), "WRONG_STATE");
}

/// A chain: the first leaves what the second enters, and the second what the third does.
#[test]
fn a_fall_goes_down_the_chain_as_far_as_no_seat_is_free() {
    let mut ledger = Ledger::county(50);
    // 二级调研员 1, 三四级 5, 主任科员 30, 一二级 15: all full.
    ledger.opens(&[("GM06", 5), ("GM08", 15), ("GM09", 15), ("GM11", 2)]);
    ledger.does(ledger.place("chain", &["GM06>GM04", "GM08>GM06", "GM09>GM08", "GM11>GM10"]));
    let moves = |ledger: &Ledger| {
        let hold = ledger.account().hold(&hold("chain")).unwrap();
        hold.moves.iter().map(|m| m.status.clone()).collect::<Vec<_>>()
    };
    let release = |index| Command::ReleaseHold {
        hold: hold("chain"),
        moves: [index].into(),
        reason: ReleaseReason::Refused,
    };
    let mut all = ledger.clone();
    all.does(release(0));
    use Status::{Ended, Held, Waiting};
    assert_eq!(moves(&all), [Ended, Waiting, Waiting, Waiting]);
    let mut last = ledger.clone();
    last.does(release(2));
    assert_eq!(moves(&last), [Held, Held, Ended, Held], "nothing stood on it");
    let mut middle = ledger.clone();
    middle.does(Command::Vacate {
        person: person("GM08-0"),
        reason: VacateReason::Retirement,
        basis: basis(),
    });
    middle.does(release(1));
    // The seat that the retired one left keeps the last two from falling.
    assert_eq!(moves(&middle), [Held, Ended, Held, Held]);
    ledger.does(
        ledger.occupy("chain", &[(0, "GM06-0"), (1, "GM08-0"), (2, "GM09-0"), (3, "GM11-0")]),
    );
    assert_eq!(ledger.quantities("GM07-10").vacancy(), 0);
}

#[test]
fn who_may_take_a_held_seat() {
    let mut ledger = Ledger::county(180);
    ledger.opens(&[("GM09", 2), ("GM11", 1)]);
    ledger.does(ledger.place("x", &["GM09>GM08", ">GM10"]));
    let rows: &[(&[(usize, &str)], &str)] = &[
        (&[], "INVALID_FIELD"),
        (&[(0, "GM09-0"), (1, "GM09-0")], "INVALID_FIELD"),
        (&[(0, "GM09-0"), (0, "GM09-1")], "INVALID_FIELD"),
        (&[(7, "GM09-0")], "WRONG_STATE"),
        (&[(0, "newcomer")], "OTHER_RANK_HELD"),
        (&[(0, "GM11-0")], "OTHER_RANK_HELD"),
        (&[(1, "GM09-0")], "OTHER_RANK_HELD"),
    ];
    for (who, code) in rows {
        assert_eq!(ledger.refuses(ledger.occupy("x", who)), *code, "{who:?}");
    }
    let by = |of, seated_elsewhere| {
        let one =
            quanheng_ledger::command::Occupant { seated_elsewhere, ..occupant(1, "newcomer", of) };
        Command::Occupy { hold: hold("x"), occupants: vec![one], basis: basis() }
    };
    assert_eq!(ledger.refuses(by(of("unit", Tier::County), true)), "ALREADY_SEATED");
    assert_eq!(ledger.refuses(by(of("other", Tier::County), false)), "NOT_OF_ACCOUNT");
    assert_eq!(ledger.refuses(by(of("city", Tier::Prefecture), false)), "UPWARD_USE_FORBIDDEN");
    ledger.clone().does(by(of("unit", Tier::County), false));
    ledger.does(ledger.occupy("x", &[(1, "GM11-0")]));
    assert_eq!(ledger.account().holders()[&person("GM11-0")].rank, rank("GM10"));
    let missing = Command::Occupy { hold: hold("none"), occupants: vec![], basis: basis() };
    assert_eq!(ledger.refuses(missing), "INVALID_FIELD");
}

#[test]
fn a_rank_without_a_cap_takes_no_seat() {
    let mut ledger = Ledger::county(180);
    let place = |name: &str, id: &str, exempt, elsewhere| Command::Place {
        person: person(name),
        of: of("unit", Tier::County),
        rank: rank(id),
        exempt,
        seated_elsewhere: elsewhere,
        basis: basis(),
    };
    assert_eq!(ledger.refuses(place("a", "GM03", None, false)), "RANK_NOT_SET_UP");
    assert_eq!(ledger.refuses(place("a", "GM10", None, false)), "PRE_REVIEW_REQUIRED");
    assert_eq!(ledger.refuses(place("a", "GM12", None, true)), "ALREADY_SEATED");
    ledger.does(place("a", "GM12", None, false));
    ledger.does(place("a", "GM11", None, false));
    assert_eq!(ledger.account().holders()[&person("a")].rank, rank("GM11"));
    let listed = Some(Exemption::SeparatelyListed);
    ledger.does(place("b", "GM08", listed, false));
    assert_eq!(ledger.refuses(place("b", "GM07", listed, false)), "ALREADY_SEATED");
    assert_eq!(ledger.quantities("GM07-08").charged(), 0);
}

#[test]
fn lowering_takes_a_seat_even_of_a_full_set_and_is_marked() {
    let mut ledger = Ledger::county(50);
    ledger.opens(&[("GM06", 1), ("GM09", 15), ("GM08", 15)]);
    let lower = |name: &str, to: &str| Command::LowerRank {
        person: person(name),
        to: rank(to),
        basis: basis(),
    };
    for (name, to, code) in [
        ("GM06-0", "GM06", "INVALID_FIELD"),
        ("GM06-0", "GM05", "INVALID_FIELD"),
        ("GM06-0", "GM03", "RANK_NOT_SET_UP"),
        ("nobody", "GM07", "RESOURCE_NOT_FOUND"),
    ] {
        assert_eq!(ledger.refuses(lower(name, to)), code, "{name} {to}");
    }
    ledger.does(lower("GM06-0", "GM07"));
    for id in ["GM07-10", "GM07-08"] {
        assert_eq!(ledger.quantities(id).vacancy(), -1);
        assert_eq!(ledger.account().excesses()[&set(id)].cause, Forced::RankLowered);
    }
    assert_eq!(ledger.quantities("GM05-06").occupied, 0);
    assert_eq!(ledger.account().holders()[&person("GM06-0")].origin, Origin::Lowered);
}

#[test]
fn opening_balances_end_with_the_first_other_entry() {
    let mut ledger = Ledger::county(180);
    let opening = |holders| Command::RecordOpening { holders, basis: basis() };
    assert_eq!(ledger.refuses(opening(BTreeMap::new())), "INVALID_FIELD");
    let mut wrong = one_legacy();
    wrong.values_mut().for_each(|holder| holder.origin = Origin::Placed);
    assert_eq!(ledger.refuses(opening(wrong)), "INVALID_FIELD");
    ledger.does(opening(one_legacy()));
    assert_eq!(ledger.refuses(opening(one_legacy())), "ALREADY_SEATED");
    ledger.does(ledger.place("x", &[">GM10"]));
    let other = [(person("other"), one_legacy()[&person("legacy")].clone())].into();
    assert_eq!(ledger.refuses(opening(other)), "WRONG_STATE");
}

#[test]
fn a_filing_that_stood_can_come_back() {
    let mut ledger = Ledger::county(180);
    ledger.does(ledger.place("x", &[">GM10", ">GM10"]));
    ledger.does(ledger.occupy("x", &[(0, "a"), (1, "b")]));
    let file = |names: &[&str]| Command::FileUse {
        hold: hold("x"),
        persons: names.iter().map(|name| person(name)).collect(),
    };
    let back = |names: &[&str], reason: &str| Command::ReturnFiling {
        hold: hold("x"),
        persons: names.iter().map(|name| person(name)).collect(),
        reason: reason.to_owned(),
    };
    assert_eq!(ledger.refuses(file(&[])), "INVALID_FIELD");
    assert_eq!(ledger.refuses(file(&["a", "a"])), "INVALID_FIELD");
    assert_eq!(ledger.refuses(back(&["a"], "缺页")), "WRONG_STATE", "not filed yet");
    ledger.does(file(&["a", "b"]));
    assert_eq!(ledger.account().unfiled_holds().count(), 0);
    assert_eq!(ledger.refuses(back(&["a"], "")), "INVALID_FIELD");
    assert_eq!(ledger.refuses(back(&["stranger"], "缺页")), "WRONG_STATE");
    ledger.does(back(&["a"], "缺页"));
    let (_, kept) = ledger.account().unfiled_holds().next().unwrap();
    let unfiled: Vec<_> = kept.unfiled().map(|used| used.person.clone()).collect();
    assert_eq!(unfiled, [person("a")]);
    ledger.does(file(&["a"]));
    let missing = Command::FileUse { hold: hold("none"), persons: vec![person("a")] };
    assert_eq!(ledger.refuses(missing), "RESOURCE_NOT_FOUND");
}

#[test]
fn a_plan_digests_the_whole_excess_and_nothing_else() {
    let mut ledger = Ledger::county(70);
    ledger.opens(&[("GM06", 9)]);
    let step = |id: &str, seats, quarter| Step {
        set: set(id),
        quarter: Quarter { year: 2026, quarter },
        route: Route::Promotion,
        seats,
    };
    let plan = |steps| Command::SetDigestionPlan { steps, basis: basis() };
    for (steps, code) in [
        (vec![], "DIGESTION_PLAN_INCOMPLETE"),
        (vec![step("GM05-06", 2, 1), step("GM07-10", 1, 1)], "NOT_OVER_QUOTA"),
        (vec![step("GM05-06", 2, 5)], "INVALID_FIELD"),
        (vec![step("GM05-06", 2, 0)], "INVALID_FIELD"),
        (vec![step("GM05-06", 2, 1), step("GM05-06", 0, 1)], "INVALID_FIELD"),
        (vec![step("GM05-06", 2, 1), step("nowhere", 1, 1)], "RESOURCE_NOT_FOUND"),
    ] {
        assert_eq!(ledger.refuses(plan(steps)), code);
    }
    ledger.does(plan(vec![step("GM05-06", 1, 1), step("GM05-06", 1, 2)]));
    // A promotion out of the set digests one.
    ledger.does(ledger.place("up", &["GM06>GM04"]));
    ledger.does(ledger.occupy("up", &[(0, "GM06-0")]));
    let progressed = ledger.events.iter().rev().find_map(|event| match event {
        Event::DigestionProgressed { digested, remaining } => Some((digested.clone(), *remaining)),
        _ => None,
    });
    let (digested, remaining) = progressed.unwrap();
    assert_eq!((digested.route, digested.seats, remaining), (Route::Promotion, 1, 1));
    assert_eq!(digested.quarter, Quarter { year: 2026, quarter: 1 });
    // One that stays in the set does not.
    let before = ledger.events.len();
    ledger.does(ledger.place("same", &["GM06>GM05"]));
    ledger.does(ledger.occupy("same", &[(0, "GM06-1")]));
    assert_eq!(ledger.events.len(), before + 2);
    let register = quanheng_ledger::digestion::register(ledger.account());
    let lines: Vec<_> = register
        .iter()
        .map(|line| (line.quarter.quarter, line.planned.clone(), line.digested.clone()))
        .collect();
    let one = || BTreeMap::from([(Route::Promotion, 1)]);
    assert_eq!(lines, [(1, one(), one()), (2, one(), BTreeMap::new())]);
    assert!(quanheng_ledger::digestion::register(Ledger::county(10).account()).is_empty());
}

#[test]
fn quarters_are_of_three_months() {
    for (month, quarter) in [(1, 1), (3, 1), (4, 2), (6, 2), (7, 3), (9, 3), (10, 4), (12, 4)] {
        let found = Quarter::of(jiff::civil::date(2026, month, 15));
        assert_eq!(found, Quarter { year: 2026, quarter }, "{month}");
    }
}

#[test]
fn a_mistake_is_put_right_by_a_new_entry() {
    let mut ledger = Ledger::county(50);
    ledger.opens(&[("GM06", 4)]);
    ledger.does(ledger.place("x", &[">GM06"]));
    ledger.does(ledger.occupy("x", &[(0, "a")]));
    let occupied = ledger.account().version();
    let reverse = |ledger: &Ledger, version: u64, reason: &str| {
        let at = usize::try_from(version - 1).unwrap();
        Command::Reverse {
            version,
            entry: Box::new(ledger.events[at].clone()),
            reason: reason.to_owned(),
            basis: basis(),
        }
    };
    assert_eq!(ledger.refuses(reverse(&ledger, occupied, "")), "INVALID_FIELD");
    let beyond = Command::Reverse {
        version: occupied + 1,
        entry: Box::new(ledger.events[0].clone()),
        reason: "错".into(),
        basis: basis(),
    };
    assert_eq!(ledger.refuses(beyond), "RESOURCE_NOT_FOUND");
    for version in [1, 3] {
        assert_eq!(ledger.refuses(reverse(&ledger, version, "错")), "NOT_REVERSIBLE");
    }
    let mut undone = ledger.clone();
    undone.does(reverse(&undone, occupied, "录错人"));
    assert_eq!(undone.quantities("GM05-06").charged(), 4);
    assert_eq!(undone.account().unfiled_holds().count(), 0);
    assert_eq!(undone.refuses(reverse(&undone, occupied, "录错人")), "ALREADY_REVERSED");

    // A retirement that was none: by then the seat is another's, and truth prevails.
    let retires = |name: &str| Command::Vacate {
        person: person(name),
        reason: VacateReason::Retirement,
        basis: basis(),
    };
    ledger.does(retires("a"));
    let vacated = ledger.account().version();
    assert_eq!(ledger.refuses(reverse(&ledger, occupied, "错")), "WRONG_STATE");
    ledger.does(ledger.place("y", &[">GM06"]));
    ledger.does(ledger.occupy("y", &[(0, "b")]));
    ledger.does(reverse(&ledger, vacated, "并未退休"));
    assert_eq!(ledger.quantities("GM05-06").vacancy(), -1);
    assert_eq!(ledger.account().excesses()[&set("GM05-06")].cause, Forced::Correction);
    assert_eq!(ledger.refuses(retires("nobody")), "RESOURCE_NOT_FOUND");
}

#[test]
fn a_reserve_is_reversed_only_as_far_as_it_stands() {
    let mut ledger = Ledger::county(50);
    let set_up = |seats| Command::SetReserve {
        set: set("GM05"),
        seats,
        reason: "预留".to_owned(),
        basis: basis(),
    };
    let release = |id: &str, seats| Command::ReleaseReserve {
        set: set(id),
        seats,
        reason: "使用".to_owned(),
        basis: basis(),
    };
    assert_eq!(ledger.refuses(set_up(0)), "INVALID_FIELD");
    assert_eq!(ledger.refuses(set_up(3)), "INSUFFICIENT_AVAILABLE");
    ledger.does(set_up(2));
    let version = ledger.account().version();
    for id in ["GM05", "GM05-06"] {
        assert_eq!(ledger.quantities(id).reserved, 2, "{id}: along the path");
    }
    assert_eq!(ledger.refuses(release("GM05-06", 1)), "WRONG_STATE", "it is its part's");
    assert_eq!(ledger.refuses(release("GM05", 3)), "WRONG_STATE");
    assert_eq!(ledger.refuses(release("GM05", 0)), "INVALID_FIELD");
    assert_eq!(ledger.refuses(release("nowhere", 1)), "RESOURCE_NOT_FOUND");
    ledger.does(release("GM05", 1));
    let reverse = |ledger: &Ledger, version: u64| Command::Reverse {
        version,
        entry: Box::new(ledger.events[usize::try_from(version - 1).unwrap()].clone()),
        reason: "错".into(),
        basis: basis(),
    };
    assert_eq!(ledger.refuses(reverse(&ledger, version)), "WRONG_STATE");
    let released = ledger.account().version();
    let mut taken = ledger.clone();
    taken.does(taken.place("x", &[">GM05"]));
    assert_eq!(taken.refuses(reverse(&taken, released)), "INSUFFICIENT_AVAILABLE");
    ledger.does(reverse(&ledger, released));
    assert_eq!(ledger.quantities("GM05").reserved, 2);
    ledger.does(reverse(&ledger, version));
    assert_eq!(ledger.quantities("GM05-06").reserved, 0);
}

#[test]
fn a_hold_of_a_case_that_is_closed_is_a_violation() {
    let mut ledger = Ledger::county(180);
    ledger.does(ledger.place("x", &[">GM10"]));
    let open = [case("case-x")].into();
    assert_eq!(violations(ledger.account(), Some(&open)), []);
    let none = [].into();
    assert_eq!(violations(ledger.account(), Some(&none)), [Violation::CaseNotOpen(hold("x"))]);
}

#[test]
fn what_was_allocated_to_a_member_counts_as_taken() {
    // Of 36 seats of 三级、四级调研员 the county earned 20.
    let mut pool = pool(false, vec![]);
    let mut county = Ledger::of_unit("county", Tier::County, false, 0);
    let give = |id: &str, of: &str, seats| TransferRequest {
        transfer: TransferId::new(id).unwrap(),
        ..request(TransferKind::Allocation, of, seats)
    };
    for (id, of, seats) in [("t1", "GM05", 2), ("t2", "GM05-06", 15), ("t3", "GM07-08", 9)] {
        let (out, into) =
            transfer(pool.account(), county.account(), None, give(id, of, seats)).unwrap();
        pool.take(out);
        county.take(into);
    }
    let asks = |count| pool.place_for("x", "county", Tier::County, &vec![">GM06"; count]);
    pool.clone().does(asks(3));
    assert_eq!(pool.refuses(asks(4)), "UPWARD_USE_FORBIDDEN");
    let more = transfer(pool.account(), county.account(), None, give("t4", "GM05-06", 4));
    assert_eq!(more.unwrap_err().code(), "UPWARD_USE_FORBIDDEN");
    let place = pool.place_for("x", "stranger", Tier::County, &[">GM06"]);
    assert_eq!(pool.refuses(place), "NOT_OF_ACCOUNT");
}

#[test]
fn the_head_of_a_pool_lends_and_never_borrows() {
    let create = |head: &str| Command::CreatePool {
        pool: PoolId::new("pool").unwrap(),
        category: general(),
        tier: Tier::County,
        kind: PoolKind::Separate,
        members: ["hq", "branch"].map(|name| member(name, Tier::County, 50)).into(),
        head: Some(unit(head)),
        reasons_required: false,
        earmarks: vec![],
        basis: basis(),
    };
    let mut pool = Ledger::default();
    assert_eq!(pool.refuses(create("outside")), "INVALID_FIELD");
    pool.does(create("hq"));
    let [hq, branch] = ["hq", "branch"].map(|n| Ledger::of_unit(n, Tier::County, false, 50));
    let loan = || request(TransferKind::Loan, "GM05-06", 1);
    let pool = Some(pool.account());
    assert!(transfer(hq.account(), branch.account(), pool, loan()).is_ok());
    let refused = transfer(branch.account(), hq.account(), pool, loan()).unwrap_err();
    assert_eq!(refused.code(), "UPWARD_USE_FORBIDDEN");
}

#[test]
fn only_a_parent_is_told_that_it_is_one() {
    let station = Ledger::of_unit("station", Tier::County, true, 180);
    let place = station.place_for("x", "bureau", Tier::County, &[">GM09"]);
    assert_eq!(station.refuses(place), "NOT_OF_ACCOUNT");
}

#[test]
fn a_mark_keeps_its_first_cause() {
    let mut ledger = Ledger::county(70);
    ledger.opens(&[("GM06", 9)]);
    let first = ledger.account().excesses()[&set("GM05-06")];
    ledger.does(Command::Determine(determine(60)));
    assert_eq!(ledger.account().excesses()[&set("GM05-06")], first);
    let marks = ledger.events.iter().filter(|e| matches!(e, Event::OverQuotaDetected { .. }));
    assert_eq!(marks.count(), 1);
}

#[test]
fn what_is_digested_adds_up() {
    let mut ledger = Ledger::county(70);
    ledger.opens(&[("GM06", 9)]);
    let (of, quarter) = (set("GM05-06"), Quarter { year: 2026, quarter: 1 });
    let steps = vec![Step { set: of, quarter, route: Route::Other, seats: 2 }];
    ledger.does(Command::SetDigestionPlan { steps, basis: basis() });
    for (n, reason) in [(0, VacateReason::Retirement), (1, VacateReason::Retirement)] {
        let person = person(&format!("GM06-{n}"));
        ledger.does(Command::Vacate { person, reason, basis: basis() });
    }
    let digested = &ledger.account().plan().unwrap().digested;
    let found: Vec<_> = digested.iter().map(|d| (d.route, d.seats)).collect();
    assert_eq!(found, [(Route::Retirement, 2)]);
}

/// A state as it is stored, with something changed.
fn tampered(ledger: &Ledger, pointer: &str, value: serde_json::Value) -> Vec<Violation> {
    let mut state = serde_json::to_value(ledger.account()).unwrap();
    *state.pointer_mut(pointer).expect(pointer) = value;
    violations(&serde_json::from_value(state).unwrap(), None)
}

#[test]
fn what_is_wrong_with_a_state_is_found_and_named() {
    use serde_json::json;
    let mut ledger = Ledger::county(180);
    ledger.opens(&[("GM07", 4), ("GM08", 50), ("GM09", 3)]);
    ledger.does(ledger.place("batch", &["GM07>GM06", "GM09>GM08"]));
    ledger.does(ledger.place("used", &[">GM10"]));
    ledger.does(ledger.occupy("used", &[(0, "a")]));
    let hold_id = hold("batch");
    let index =
        |id: &str| ledger.account().sets().iter().position(|seats| seats.set == set(id)).unwrap();
    let at = |id: &str, field: &str| format!("/sets/{}/{field}", index(id));
    let count = "/totals/GM08";
    assert!(matches!(
        &tampered(&ledger, count, json!({ "occupied": 49, "exempt": 0 }))[..],
        [Violation::CountsDiffer]
    ));
    let found = tampered(&ledger, "/counts/unit/GM08", json!({ "occupied": 49, "exempt": 0 }));
    assert_eq!(found, [Violation::CountsDiffer]);
    let mut exempted = ledger.clone();
    exempted.does(Command::Place {
        person: person("exempt"),
        of: of("unit", Tier::County),
        rank: rank("GM10"),
        exempt: Some(Exemption::SeparatelyListed),
        seated_elsewhere: false,
        basis: basis(),
    });
    assert_eq!(
        tampered(&exempted, "/holders/exempt/exempt", json!(null)),
        [Violation::CountsDiffer]
    );

    let full = set("GM07-08");
    let found = tampered(&ledger, &at("GM07-08", "determined"), json!(53));
    assert_eq!(found, [Violation::BeyondWithoutCause(full.clone())]);
    let mark = json!({ "GM07-08": { "cause": "correction", "since": "2026-03-02" } });
    let found = tampered(&ledger, "/excesses", mark);
    assert_eq!(found, [Violation::MarkedWithin(full.clone())]);
    let found = tampered(&ledger, &at("GM07-08", "of"), json!("GM05-06"));
    assert_eq!(found, [Violation::TreeBroken(full.clone())]);

    assert_eq!(tampered(&ledger, "/open", json!([])), [Violation::HoldMisfiled(hold_id.clone())]);
    let misfiled = [Violation::HoldMisfiled(hold("used"))];
    assert_eq!(tampered(&ledger, "/unfiled", json!([])), misfiled);
    let both = json!(["batch", "used"]);
    assert_eq!(tampered(&ledger, "/open", both), misfiled);

    let covers = "/holds/batch/moves/1/covers";
    let found = tampered(&ledger, covers, json!({}));
    assert_eq!(found, [Violation::CoversDiffer(hold_id.clone(), 1)]);
    let found = tampered(&ledger, covers, json!({ "GM07-08": { "after": 1 } }));
    assert_eq!(found, [Violation::DependsOnNothing(hold_id.clone(), 1)], "it leaves no seat there");
    let found = tampered(&ledger, "/holds/batch/moves/0/status", json!("waiting"));
    let expected =
        [Violation::CoversDiffer(hold_id.clone(), 0), Violation::DependsOnNothing(hold_id, 1)];
    assert_eq!(found, expected);
}

#[test]
fn no_two_moves_rely_on_one_seat() {
    let mut ledger = Ledger::county(180);
    ledger.opens(&[("GM07", 4), ("GM08", 50), ("GM09", 3)]);
    ledger.does(ledger.place("b", &["GM07>GM06", "GM07>GM06", "GM09>GM08", "GM09>GM08"]));
    let found = tampered(
        &ledger,
        "/holds/b/moves/3/covers",
        serde_json::json!({ "GM07-08": { "after": 0 } }),
    );
    assert_eq!(found, [Violation::DependsOnNothing(hold("b"), 3)]);
}

#[test]
fn a_set_with_seats_elsewhere_keeps_its_place_in_the_tree() {
    let deeper = with(
        "[ratios.general_management.county_township]\narticle = \"本地规定\"\nsets = [\n\
         { id = \"GM04-06\", name = \"二级至四级调研员\", ranks = [\"GM04\", \"GM05\", \"GM06\"], ratio = \"12%\" },\n\
         { id = \"GM05-06\", name = \"三级、四级调研员\", of = \"GM04-06\", ranks = [\"GM05\", \"GM06\"], ratio = \"80%\" },\n]\n",
    );
    let facts = Facts { policy: &deeper, ..facts() };
    let mut ledger = Ledger::county(180);
    ledger.clone().run(Command::Determine(determine(180)), facts).unwrap();
    let (of, reason) = (set("GM05-06"), "预留".to_owned());
    ledger.does(Command::SetReserve { set: of, seats: 1, reason, basis: basis() });
    let refused = decide(ledger.state.as_ref(), Command::Determine(determine(180)), facts);
    assert_eq!(refused.unwrap_err().code(), "SET_IN_USE");
}
