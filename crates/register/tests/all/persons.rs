//! What is refused of persons, and how a person stood on a day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::RankId;
use quanheng_register::person::{
    Command, Conversion, EntryWay, Event, FactKind, LeaveReason, MoveWay, PersonFacts, PersonPatch,
    PostFix, PostLeaveReason, PostSpell, RankFix, RankLeaveReason, RankReason, RankSpell,
    SecondmentFix, ServiceStatus, SlotFix, SlotKind, SlotSpell, SlotWarning, SpellFix,
    slot_warnings,
};
use quanheng_register::unit::Nature;

use crate::world::{
    World, category, code, day, document, fact, general, organ, post_id, post_spell, rank_spell,
    referenced, register, sealed, secondment, slot, spell,
};

pub(crate) fn take_rank(name: &str, rank: RankSpell) -> Command {
    Command::TakeRank { spell: spell(name), rank }
}

pub(crate) fn take_post(name: &str, post: PostSpell) -> Command {
    Command::TakePost { spell: spell(name), post }
}

pub(crate) fn leave_rank(name: &str, on: Date) -> Command {
    let reason = RankLeaveReason::Other;
    Command::LeaveRank { spell: spell(name), on, reason, document: document() }
}

pub(crate) fn leave_post(name: &str, on: Date) -> Command {
    let reason = PostLeaveReason::OtherPost;
    Command::LeavePost { spell: spell(name), on, reason, document: document() }
}

pub(crate) fn leave(reason: LeaveReason, on: Date) -> Command {
    Command::LeaveService { reason, on, document: Some(document()) }
}

pub(crate) fn correct(name: &str, fix: SpellFix) -> Command {
    Command::CorrectSpell { spell: spell(name), fix, reason: "误录".into(), document: None }
}

pub(crate) fn move_slot(name: &str, slot: SlotSpell) -> Command {
    Command::MoveSlot { spell: spell(name), slot, way: MoveWay::LateralTransfer }
}

fn away(name: &str, from: Date, to: Option<Date>) -> Command {
    Command::StartSecondment { spell: spell(name), secondment: secondment(from, to) }
}

fn end_away(name: &str, on: Date) -> Command {
    Command::EndSecondment { spell: spell(name), on }
}

/// 王芳, in `ju` since day 0: rank r1 (二级主任科员) since day 10, post p1 since day 20, a
/// secondment m1 since day 40, a sanction lifted, an assessment.
fn world() -> World {
    let mut world = World::with_person();
    let commands = [
        take_rank("r1", rank_spell("GM08", day(10), None)),
        take_post("p1", post_spell("ju", day(20), None)),
        away("m1", day(40), None),
        Command::RecordAssessment { year: 2023, sealed: sealed("a"), corrects: false },
        Command::RecordSanction { sanction: fact("x1"), sealed: sealed("x") },
        Command::LiftSanction { sanction: fact("x1"), sealed: sealed("xx") },
        Command::OpenInvestigation { investigation: fact("i1"), sealed: sealed("i") },
        Command::DeclareRelative { relative: fact("k1"), sealed: sealed("k") },
    ];
    for command in commands {
        world.person("wang", command).unwrap();
    }
    world
}

fn check(rows: Vec<(&str, Command, &str)>) {
    for (name, command, expected) in rows {
        let outcome = world().person("wang", command);
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn registrations() {
    let rows = [
        ("in a unit that is", "new", register("s1", slot("ju", day(0))), "OK"),
        ("in an unknown unit", "new", register("s1", slot("x", day(0))), "RESOURCE_NOT_FOUND"),
        ("before the unit", "new", register("s1", slot("ju", day(-401))), "BEFORE_UNIT_EXISTED"),
        ("too far ahead", "new", register("s1", slot("ju", day(900))), "TOO_FAR_AHEAD"),
        ("twice", "wang", register("s1", slot("ju", day(0))), "RESOURCE_EXISTS"),
        ("unknown", "new", leave_rank("r1", day(50)), "RESOURCE_NOT_FOUND"),
    ];
    for (name, person, command, expected) in rows {
        let outcome = world().person(person, command);
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn open_facts() {
    let none = PersonPatch::default;
    let update = |changes| Command::Update { changes, private: None };
    let conversion = |since| Conversion {
        rank: RankId::new("GM08").unwrap(),
        on: day(0),
        level_since: since,
        months_used: 0,
        promotions: 0,
    };
    let converted = |since| PersonPatch { conversion: Some(Some(conversion(since))), ..none() };
    check(vec![
        ("nothing", update(none()), "INVALID_FIELD"),
        ("ex-military", update(PersonPatch { ex_military: Some(true), ..none() }), "OK"),
        (
            "ahead",
            update(PersonPatch { same_level_since: Some(Some(day(900))), ..none() }),
            "TOO_FAR_AHEAD",
        ),
        ("converted", update(converted(day(-900))), "OK"),
        ("converted before the time that is converted", update(converted(day(1))), "INVALID_FIELD"),
        ("another file", Command::Update { changes: none(), private: Some(sealed("p")) }, "OK"),
    ]);
}

#[test]
fn ranks() {
    let with = |name: &str, rank: RankSpell| take_rank(name, rank);
    let closed = |from, to| rank_spell("GM09", day(from), Some(day(to)));
    let other =
        RankSpell { category: category("police_enforcement"), ..rank_spell("PE08", day(10), None) };
    check(vec![
        ("the next", with("r2", rank_spell("GM07", day(60), None)), "OK"),
        ("a name that is taken", with("p1", rank_spell("GM07", day(60), None)), "RESOURCE_EXISTS"),
        ("from the same day", with("r2", rank_spell("GM07", day(10), None)), "SPELL_OVERLAP"),
        ("before, open", with("r2", rank_spell("GM07", day(5), None)), "SPELL_OVERLAP"),
        ("before, closed", with("r2", closed(0, 10)), "OK"),
        ("before, a day too long", with("r2", closed(0, 11)), "SPELL_OVERLAP"),
        ("before the register knew the person", with("r2", closed(-500, -300)), "OK"),
        (
            "before service, open",
            with("r2", RankSpell { category: category("x"), ..rank_spell("GM07", day(-1), None) }),
            "NOT_IN_SERVICE",
        ),
        ("in another category", with("r2", other), "OK"),
        ("empty", with("r2", closed(5, 5)), "SPELL_EMPTY"),
        ("ahead", with("r2", rank_spell("GM07", day(900), None)), "TOO_FAR_AHEAD"),
        ("its end ahead", with("r2", closed(0, 900)), "TOO_FAR_AHEAD"),
        (
            "without a document",
            with("r2", RankSpell { document: None, ..closed(0, 5) }),
            "INVALID_FIELD",
        ),
        (
            "open, and why it was left",
            with(
                "r2",
                RankSpell {
                    left: Some(RankLeaveReason::Other),
                    ..rank_spell("GM07", day(60), None)
                },
            ),
            "INVALID_FIELD",
        ),
        (
            "a batch too long",
            with("r2", RankSpell { batch: "批".repeat(101), ..closed(0, 5) }),
            "INVALID_FIELD",
        ),
        ("left", leave_rank("r1", day(50)), "OK"),
        ("left on its first day", leave_rank("r1", day(10)), "SPELL_EMPTY"),
        ("left, unknown", leave_rank("r9", day(50)), "RESOURCE_NOT_FOUND"),
        ("left ahead", leave_rank("r1", day(900)), "TOO_FAR_AHEAD"),
    ]);
    let mut world = world();
    world.person("wang", leave_rank("r1", day(50))).unwrap();
    assert_eq!(code(&world.person("wang", leave_rank("r1", day(60)))), "WRONG_STATE");
}

#[test]
fn a_promotion_ends_the_rank_before() {
    let mut world = world();
    let events = world.person("wang", take_rank("r2", rank_spell("GM07", day(60), None))).unwrap();
    let names: Vec<_> = events.iter().map(Event::name).collect();
    assert_eq!(names, ["rank_left", "rank_taken"]);
    let wang = world.wang();
    let rank = |n| wang.as_of(day(n)).rank(&general()).map(|rank| rank.rank.to_string());
    assert_eq!(rank(9), None);
    assert_eq!(rank(59).unwrap(), "GM08");
    assert_eq!(rank(60).unwrap(), "GM07");
    assert_eq!(wang.ranks[&spell("r1")].left, Some(RankLeaveReason::Promoted));
    let lowered = RankSpell { reason: RankReason::Lowered, ..rank_spell("GM08", day(90), None) };
    world.person("wang", take_rank("r3", lowered)).unwrap();
    assert_eq!(world.wang().ranks[&spell("r2")].left, Some(RankLeaveReason::Lowered));
}

#[test]
fn nobody_in_a_logistics_slot_has_a_rank() {
    let mut world = World::with_person();
    let logistics = SlotSpell { slot: SlotKind::Logistics, ..slot("ju", day(30)) };
    world.person("wang", move_slot("s1", logistics)).unwrap();
    let rank = |from| take_rank("r1", rank_spell("GM12", from, Some(day(40))));
    assert_eq!(code(&world.person("wang", rank(day(30)))), "SLOT_WITHOUT_RANKS");
    assert_eq!(code(&world.person("wang", rank(day(29)))), "OK");
}

#[test]
fn posts() {
    let with = |post: PostSpell| take_post("p2", post);
    let open = |from| post_spell("ju", day(from), None);
    let named = |name: &str, from| PostSpell {
        post: Some(post_id(name)),
        ..post_spell("ju", day(from), Some(day(19)))
    };
    check(vec![
        ("beside, concurrently", with(PostSpell { concurrent: true, ..open(30) }), "OK"),
        ("beside, no leadership post", with(PostSpell { level: None, ..open(30) }), "OK"),
        ("a second main post", with(open(30)), "SPELL_OVERLAP"),
        ("before, closed", with(post_spell("ju", day(1), Some(day(20)))), "OK"),
        ("before, a day too long", with(post_spell("ju", day(1), Some(day(21)))), "SPELL_OVERLAP"),
        ("a registered post", with(named("deputy", 1)), "OK"),
        ("an unknown post", with(named("nowhere", 1)), "RESOURCE_NOT_FOUND"),
        ("in an unknown unit", with(post_spell("x", day(1), Some(day(2)))), "RESOURCE_NOT_FOUND"),
        ("before the unit", with(post_spell("ju", day(-401), Some(day(2)))), "BEFORE_UNIT_EXISTED"),
        (
            "without a title",
            with(PostSpell { title: String::new(), ..post_spell("ju", day(1), Some(day(2))) }),
            "INVALID_FIELD",
        ),
        (
            "without a document",
            with(PostSpell { document: None, ..post_spell("ju", day(1), Some(day(2))) }),
            "INVALID_FIELD",
        ),
        ("left", leave_post("p1", day(50)), "OK"),
        ("left on its first day", leave_post("p1", day(20)), "SPELL_EMPTY"),
        ("left, unknown", leave_post("p9", day(50)), "RESOURCE_NOT_FOUND"),
        ("left, a rank", leave_post("r1", day(50)), "RESOURCE_NOT_FOUND"),
        ("away", away("m2", day(1), Some(day(9))), "OK"),
        ("away, empty", away("m2", day(9), Some(day(9))), "SPELL_EMPTY"),
        ("away, a name that is taken", away("r1", day(1), Some(day(9))), "RESOURCE_EXISTS"),
        ("back", end_away("m1", day(60)), "OK"),
        ("back before", end_away("m1", day(40)), "SPELL_EMPTY"),
        ("back, unknown", end_away("m9", day(60)), "RESOURCE_NOT_FOUND"),
    ]);
    let mut world = world();
    world.person("wang", leave_post("p1", day(50))).unwrap();
    assert_eq!(code(&world.person("wang", leave_post("p1", day(60)))), "WRONG_STATE");
    world.person("wang", end_away("m1", day(60))).unwrap();
    assert_eq!(code(&world.person("wang", end_away("m1", day(61)))), "WRONG_STATE");
}

#[test]
fn slots() {
    let to = |unit: &str, from| move_slot("s2", slot(unit, day(from)));
    check(vec![
        ("to another unit", to("zhan", 50), "OK"),
        ("to the same", to("ju", 50), "WRONG_STATE"),
        ("to an unknown unit", to("x", 50), "RESOURCE_NOT_FOUND"),
        ("on the first day", to("zhan", 0), "SPELL_OVERLAP"),
        ("before service", to("zhan", -1), "NOT_IN_SERVICE"),
        ("ahead", to("zhan", 900), "TOO_FAR_AHEAD"),
        ("a name that is taken", move_slot("s0", slot("zhan", day(50))), "RESOURCE_EXISTS"),
        (
            "without a document",
            move_slot("s2", SlotSpell { document: None, ..slot("zhan", day(50)) }),
            "INVALID_FIELD",
        ),
        (
            "only the category",
            move_slot("s2", SlotSpell { category: category("x"), ..slot("ju", day(50)) }),
            "OK",
        ),
    ]);
    let mut world = world();
    world.person("wang", to("zhan", 50)).unwrap();
    let back_in_between =
        move_slot("s3", SlotSpell { slot: SlotKind::Logistics, ..slot("ju", day(30)) });
    world.person("wang", back_in_between).unwrap();
    let wang = world.wang();
    let stood = |n| wang.as_of(day(n)).slot.map(|(_, slot)| (slot.unit.to_string(), slot.slot));
    assert_eq!(stood(-1), None);
    assert_eq!(stood(29), Some(("ju".into(), SlotKind::Administrative)));
    assert_eq!(stood(30), Some(("ju".into(), SlotKind::Logistics)));
    assert_eq!(stood(50), Some(("zhan".into(), SlotKind::Administrative)));
    assert_eq!(wang.as_of(day(50)).unit().unwrap().as_str(), "zhan");
}

#[test]
fn leaving_ends_what_is_open() {
    let mut world = world();
    let events = world.person("wang", leave(LeaveReason::Retirement, day(100))).unwrap();
    let names: Vec<_> = events.iter().map(Event::name).collect();
    assert_eq!(names, ["post_left", "rank_left", "secondment_ended", "left_service"]);
    let on = |world: &World, n| {
        let wang = world.wang();
        let stood = wang.as_of(day(n));
        (
            stood.status,
            stood.posts.len(),
            stood.ranks.len(),
            stood.secondments.len(),
            stood.unit().is_some(),
        )
    };
    assert_eq!(on(&world, 99), (ServiceStatus::InService, 1, 1, 1, true));
    assert_eq!(on(&world, 100), (ServiceStatus::Retired, 0, 0, 0, false));
    assert_eq!(world.wang().ranks[&spell("r1")].left, Some(RankLeaveReason::Retirement));

    let refused = [
        ("left already", leave(LeaveReason::Death, day(120)), "NOT_IN_SERVICE"),
        ("a rank after", take_rank("r2", rank_spell("GM07", day(110), None)), "NOT_IN_SERVICE"),
        (
            "a rank over the end",
            take_rank(
                "r2",
                RankSpell {
                    category: category("x"),
                    ..rank_spell("GM07", day(90), Some(day(110)))
                },
            ),
            "NOT_IN_SERVICE",
        ),
        ("a slot after", move_slot("s2", slot("zhan", day(110))), "NOT_IN_SERVICE"),
        (
            "a rank reopened",
            correct(
                "r1",
                SpellFix::Rank(RankFix { to: Some(None), left: Some(None), ..RankFix::default() }),
            ),
            "WRONG_STATE",
        ),
        (
            "a rank over the end, by correction",
            correct(
                "r1",
                SpellFix::Rank(RankFix { to: Some(Some(day(110))), ..RankFix::default() }),
            ),
            "NOT_IN_SERVICE",
        ),
    ];
    for (name, command, expected) in refused {
        assert_eq!(code(&world.person("wang", command)), expected, "{name}");
    }
    world.person("wang", take_rank("r0", rank_spell("GM09", day(1), Some(day(9))))).unwrap();

    let reinstate = |reason: &str| Command::Reinstate { reason: reason.into(), document: None };
    assert_eq!(code(&world.person("wang", reinstate(""))), "INVALID_FIELD");
    world.person("wang", reinstate("误录")).unwrap();
    assert_eq!(on(&world, 100), (ServiceStatus::InService, 1, 1, 1, true));
    assert_eq!(code(&world.person("wang", reinstate("误录"))), "WRONG_STATE");
}

#[test]
fn leaving_is_refused_while_something_lasts_longer() {
    let closed = |name: &str, from, to: i64| {
        let rank =
            RankSpell { category: category("x"), ..rank_spell("GM07", day(from), Some(day(to))) };
        take_rank(name, rank)
    };
    let rows: Vec<(&str, Option<Command>, LeaveReason, i64, bool, &str)> = vec![
        ("on the first day", None, LeaveReason::Retirement, 0, true, "SPELL_EMPTY"),
        ("before the last beginning", None, LeaveReason::Retirement, 40, true, "LATER_ENTRIES"),
        ("after it", None, LeaveReason::Retirement, 41, true, "OK"),
        (
            "before an end",
            Some(closed("r2", 0, 80)),
            LeaveReason::Retirement,
            60,
            true,
            "LATER_ENTRIES",
        ),
        ("without a document", None, LeaveReason::Resignation, 60, false, "INVALID_FIELD"),
        ("by death, without a document", None, LeaveReason::Death, 60, false, "OK"),
        ("ahead", None, LeaveReason::Retirement, 900, true, "TOO_FAR_AHEAD"),
    ];
    for (name, first, reason, on, with, expected) in rows {
        let mut world = world();
        first.map(|command| world.person("wang", command).unwrap());
        let document = with.then(document);
        let outcome = world.person("wang", Command::LeaveService { reason, on: day(on), document });
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn somebody_may_come_back() {
    let back = |name: &str, slot: SlotSpell| Command::Rejoin {
        spell: spell(name),
        slot,
        entry: EntryWay::InboundTransfer,
    };
    assert_eq!(code(&world().person("wang", back("s2", slot("zhan", day(150))))), "WRONG_STATE");
    let rows = [
        ("later", LeaveReason::TransferOut, back("s2", slot("zhan", day(150))), "OK"),
        ("the same day", LeaveReason::TransferOut, back("s2", slot("zhan", day(100))), "OK"),
        (
            "before leaving",
            LeaveReason::TransferOut,
            back("s2", slot("zhan", day(99))),
            "SPELL_EMPTY",
        ),
        ("from the dead", LeaveReason::Death, back("s2", slot("zhan", day(150))), "WRONG_STATE"),
        (
            "by a name that is taken",
            LeaveReason::TransferOut,
            back("r1", slot("zhan", day(150))),
            "RESOURCE_EXISTS",
        ),
        (
            "to an unknown unit",
            LeaveReason::TransferOut,
            back("s2", slot("x", day(150))),
            "RESOURCE_NOT_FOUND",
        ),
        (
            "without a document",
            LeaveReason::TransferOut,
            back("s2", SlotSpell { document: None, ..slot("zhan", day(150)) }),
            "INVALID_FIELD",
        ),
    ];
    for (name, reason, command, expected) in rows {
        let mut world = world();
        world.person("wang", leave(reason, day(100))).unwrap();
        let outcome = world.person("wang", command);
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
        if outcome.is_ok() {
            let unit = world.wang().as_of(day(150)).unit().map(ToString::to_string);
            assert_eq!(unit.as_deref(), Some("zhan"), "{name}");
            assert_eq!(world.wang().status(day(99)), ServiceStatus::InService, "{name}");
        }
    }
}

#[test]
fn intervals_are_put_right() {
    let rank = |fix| SpellFix::Rank(fix);
    let post = |fix| SpellFix::Post(fix);
    let slot_fix = |fix| SpellFix::Slot(fix);
    let mut rows = vec![
        ("unknown", correct("x", SpellFix::Voided), "RESOURCE_NOT_FOUND"),
        ("nothing", correct("r1", rank(RankFix::default())), "INVALID_FIELD"),
        (
            "of another kind",
            correct("r1", post(PostFix { concurrent: Some(true), ..PostFix::default() })),
            "INVALID_FIELD",
        ),
        (
            "a rank's beginning",
            correct("r1", rank(RankFix { from: Some(day(3)), ..RankFix::default() })),
            "OK",
        ),
        (
            "a rank's end before it",
            correct("r1", rank(RankFix { to: Some(Some(day(9))), ..RankFix::default() })),
            "SPELL_EMPTY",
        ),
        ("a rank never was", correct("r1", SpellFix::Voided), "OK"),
        (
            "a post's unit",
            correct(
                "p1",
                post(PostFix { unit: Some(crate::world::unit_id("x")), ..PostFix::default() }),
            ),
            "RESOURCE_NOT_FOUND",
        ),
        (
            "a post's title",
            correct("p1", post(PostFix { title: Some(String::new()), ..PostFix::default() })),
            "INVALID_FIELD",
        ),
        (
            "a secondment's place",
            correct(
                "m1",
                SpellFix::Secondment(SecondmentFix {
                    place: Some("某市".into()),
                    ..SecondmentFix::default()
                }),
            ),
            "OK",
        ),
        (
            "a secondment's end",
            correct(
                "m1",
                SpellFix::Secondment(SecondmentFix {
                    to: Some(Some(day(1))),
                    ..SecondmentFix::default()
                }),
            ),
            "SPELL_EMPTY",
        ),
        (
            "the first slot's beginning",
            correct("s0", slot_fix(SlotFix { from: Some(day(-9)), ..SlotFix::default() })),
            "OK",
        ),
        (
            "before its unit",
            correct("s0", slot_fix(SlotFix { from: Some(day(-500)), ..SlotFix::default() })),
            "BEFORE_UNIT_EXISTED",
        ),
        ("the only slot never was", correct("s0", SpellFix::Voided), "WRONG_STATE"),
    ];
    let no_reason = Command::CorrectSpell {
        spell: spell("r1"),
        fix: SpellFix::Voided,
        reason: " ".into(),
        document: None,
    };
    rows.push(("no reason", no_reason, "INVALID_FIELD"));
    check(rows);

    let mut world = world();
    world.person("wang", take_rank("r2", rank_spell("GM07", day(60), None))).unwrap();
    world.person("wang", move_slot("s1", slot("zhan", day(50)))).unwrap();
    let rows = [
        (
            "over the next rank",
            correct("r1", rank(RankFix { to: Some(Some(day(61))), ..RankFix::default() })),
            "SPELL_OVERLAP",
        ),
        (
            "a slot on the day of another",
            correct("s1", slot_fix(SlotFix { from: Some(day(0)), ..SlotFix::default() })),
            "SPELL_OVERLAP",
        ),
        (
            "a slot before service",
            correct("s1", slot_fix(SlotFix { from: Some(day(-5)), ..SlotFix::default() })),
            "WRONG_STATE",
        ),
        (
            "the first slot after the second",
            correct("s0", slot_fix(SlotFix { from: Some(day(55)), ..SlotFix::default() })),
            "WRONG_STATE",
        ),
        ("the second slot never was", correct("s1", SpellFix::Voided), "OK"),
    ];
    for (name, command, expected) in rows {
        let outcome = world.person("wang", command);
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn opening_facts_are_brought_in_once() {
    let opening = |posts: Vec<(&str, PostSpell)>, ranks: Vec<(&str, RankSpell)>, on: i64| {
        Command::RecordOpening {
            cut_over: day(on),
            posts: posts.into_iter().map(|(name, post)| (spell(name), post)).collect(),
            ranks: ranks.into_iter().map(|(name, rank)| (spell(name), rank)).collect(),
            changes: PersonPatch {
                same_level_since: Some(Some(day(-900))),
                ..PersonPatch::default()
            },
        }
    };
    let rank = |from| RankSpell { document: None, ..rank_spell("GM08", day(from), None) };
    let rows = vec![
        (
            "older than the unit, without documents",
            opening(
                vec![("p1", PostSpell { document: None, ..post_spell("ju", day(-2000), None) })],
                vec![("r1", rank(-1500))],
                0,
            ),
            "OK",
        ),
        ("begun after cut-over", opening(vec![], vec![("r1", rank(5))], 0), "INVALID_FIELD"),
        ("before service", opening(vec![], vec![("r1", rank(-1500))], -1), "NOT_IN_SERVICE"),
        (
            "two ranks at once",
            opening(vec![], vec![("r1", rank(-1500)), ("r2", rank(-100))], 0),
            "SPELL_OVERLAP",
        ),
        (
            "two main posts at once",
            opening(
                vec![
                    ("p1", post_spell("ju", day(-9), None)),
                    ("p2", post_spell("zhan", day(-3), None)),
                ],
                vec![],
                0,
            ),
            "SPELL_OVERLAP",
        ),
        (
            "a name twice",
            opening(vec![("p1", post_spell("ju", day(-9), None))], vec![("p1", rank(-9))], 0),
            "RESOURCE_EXISTS",
        ),
        (
            "in an unknown unit",
            opening(vec![("p1", post_spell("x", day(-9), None))], vec![], 0),
            "RESOURCE_NOT_FOUND",
        ),
        ("ahead", opening(vec![], vec![], 900), "TOO_FAR_AHEAD"),
    ];
    for (name, command, expected) in rows {
        let mut world = World::with_person();
        let outcome = world.person("wang", command.clone());
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
        if outcome.is_ok() {
            assert_eq!(world.wang().facts.same_level_since, Some(day(-900)));
            assert_eq!(code(&world.person("wang", command)), "RESOURCE_EXISTS", "{name}, again");
            let title = PostFix { title: Some("局长".into()), ..PostFix::default() };
            assert_eq!(code(&world.person("wang", correct("p1", SpellFix::Post(title)))), "OK");
        }
    }
    let many: Vec<_> = (0..101).map(|n| (format!("r{n}"), n)).collect();
    let ranks: BTreeMap<_, _> = many
        .iter()
        .map(|(name, n)| (spell(name), rank_spell("GM08", day(-2 * n - 2), Some(day(-2 * n - 1)))))
        .collect();
    let command = Command::RecordOpening {
        cut_over: day(0),
        posts: BTreeMap::new(),
        ranks,
        changes: PersonPatch::default(),
    };
    assert_eq!(code(&World::with_person().person("wang", command)), "INVALID_FIELD");
}

#[test]
fn sealed_facts() {
    let assess = |year, corrects| Command::RecordAssessment { year, sealed: sealed("b"), corrects };
    let amend = |kind, name: &str, sealed, reason: &str| Command::CorrectFact {
        kind,
        fact: fact(name),
        sealed,
        reason: reason.into(),
    };
    check(vec![
        ("a year", assess(2022, false), "OK"),
        ("a year twice", assess(2023, false), "RESOURCE_EXISTS"),
        ("a year put right", assess(2023, true), "OK"),
        ("a year put right that is not there", assess(2022, true), "RESOURCE_NOT_FOUND"),
        ("a year to come", assess(2025, false), "INVALID_FIELD"),
        ("a year long ago", assess(1948, false), "INVALID_FIELD"),
        (
            "a commendation",
            Command::RecordCommendation { commendation: fact("c1"), sealed: sealed("c") },
            "OK",
        ),
        ("a sanction", Command::RecordSanction { sanction: fact("x2"), sealed: sealed("x") }, "OK"),
        (
            "a sanction twice",
            Command::RecordSanction { sanction: fact("x1"), sealed: sealed("x") },
            "RESOURCE_EXISTS",
        ),
        (
            "lifted twice",
            Command::LiftSanction { sanction: fact("x1"), sealed: sealed("x") },
            "WRONG_STATE",
        ),
        (
            "lifted, unknown",
            Command::LiftSanction { sanction: fact("x9"), sealed: sealed("x") },
            "RESOURCE_NOT_FOUND",
        ),
        (
            "a case twice",
            Command::OpenInvestigation { investigation: fact("i1"), sealed: sealed("x") },
            "RESOURCE_EXISTS",
        ),
        (
            "a case closed",
            Command::CloseInvestigation { investigation: fact("i1"), sealed: sealed("x") },
            "OK",
        ),
        (
            "a case closed, unknown",
            Command::CloseInvestigation { investigation: fact("i9"), sealed: sealed("x") },
            "RESOURCE_NOT_FOUND",
        ),
        (
            "a relative twice",
            Command::DeclareRelative { relative: fact("k1"), sealed: sealed("x") },
            "RESOURCE_EXISTS",
        ),
        ("a relative no more", Command::WithdrawRelative { relative: fact("k1") }, "OK"),
        (
            "a relative no more, unknown",
            Command::WithdrawRelative { relative: fact("k9") },
            "RESOURCE_NOT_FOUND",
        ),
        ("put right", amend(FactKind::Sanction, "x1", Some(sealed("y")), "误录"), "OK"),
        (
            "put right, of another kind",
            amend(FactKind::Relative, "x1", Some(sealed("y")), "误录"),
            "RESOURCE_NOT_FOUND",
        ),
        (
            "put right for no reason",
            amend(FactKind::Sanction, "x1", Some(sealed("y")), ""),
            "INVALID_FIELD",
        ),
    ]);
    let mut world = world();
    world.person("wang", amend(FactKind::Sanction, "x1", Some(sealed("y")), "误录")).unwrap();
    let held = world.wang().fact(FactKind::Sanction, &fact("x1")).unwrap();
    assert_eq!((held.sealed.as_str(), held.closed), ("y", true), "still lifted");
    world.person("wang", amend(FactKind::Sanction, "x1", None, "误录")).unwrap();
    assert_eq!(world.wang().fact(FactKind::Sanction, &fact("x1")), None);
    world.person("wang", assess(2023, true)).unwrap();
    assert_eq!(world.wang().assessments[&2023].as_str(), "b");
    for n in 0..200 {
        let record = Command::RecordCommendation {
            commendation: fact(&format!("c{n}")),
            sealed: sealed("c"),
        };
        world.person("wang", record).unwrap();
    }
    let one_more = Command::RecordCommendation { commendation: fact("more"), sealed: sealed("c") };
    assert_eq!(code(&world.person("wang", one_more)), "WRONG_STATE");
}

#[test]
fn after_erasure_nothing_is_recorded() {
    let erase = |by: &str| Command::Erase { ordered_by: by.into(), reason: "本人申请".into() };
    let mut world = world();
    assert_eq!(code(&world.person("wang", erase(" "))), "INVALID_FIELD");
    world.person("wang", erase("某县委组织部")).unwrap();
    let wang = world.wang();
    assert!(wang.private.is_none() && wang.assessments.is_empty() && wang.held.is_empty());
    assert_eq!(wang.as_of(day(50)).ranks.len(), 1, "what is open stays");
    let commands = [
        erase("某县委组织部"),
        take_rank("r2", rank_spell("GM07", day(60), None)),
        take_post("p2", post_spell("ju", day(60), None)),
        leave(LeaveReason::Retirement, day(100)),
        Command::RecordAssessment { year: 2022, sealed: sealed("b"), corrects: false },
        Command::Update { changes: PersonPatch::default(), private: Some(sealed("p")) },
        correct("r1", SpellFix::Voided),
    ];
    for command in commands {
        assert_eq!(code(&world.person("wang", command.clone())), "PERSON_ERASED", "{command:?}");
    }
    let again = register("s1", slot("ju", day(0)));
    assert_eq!(code(&world.person("wang", again)), "RESOURCE_EXISTS");
}

#[test]
fn slots_of_the_wrong_kind_are_told() {
    let (ju, zhan) = (organ("某局"), referenced("某站", 10));
    let slot = SlotKind::Logistics;
    assert_eq!(slot_warnings(&ju, SlotKind::Administrative), []);
    assert_eq!(slot_warnings(&ju, slot), [SlotWarning::NoneAuthorised { slot }]);
    assert_eq!(slot_warnings(&zhan, SlotKind::ReferencedInstitution), []);
    let slot = SlotKind::Administrative;
    let nature = Nature::ReferencedInstitution;
    let expected =
        [SlotWarning::NatureMismatch { slot, nature }, SlotWarning::NoneAuthorised { slot }];
    assert_eq!(slot_warnings(&zhan, slot), expected);
}

#[test]
fn open_facts_begin_empty() {
    assert_eq!(world().wang().facts, PersonFacts::default());
}
