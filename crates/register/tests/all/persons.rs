//! What is refused of persons, and how a person stood on a day.

use jiff::civil::Date;
use quanheng_policy::RankId;
use quanheng_register::person::{
    Command, Conversion, Event, LeaveReason, MoveWay, PersonFacts, PersonPatch, PostFix,
    PostLeaveReason, PostSpell, RankFix, RankLeaveReason, RankReason, RankSpell, SecondmentFix,
    SlotFix, SlotKind, SlotSpell, SlotWarning, SpellFix, slot_warnings,
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
pub(crate) fn world() -> World {
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

pub(crate) fn check(rows: Vec<(&str, Command, &str)>) {
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
