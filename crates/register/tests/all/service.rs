//! Coming into service and leaving it, and what is held about persons.

use std::collections::BTreeMap;

use quanheng_register::person::{
    Command, EntryWay, Event, FactKind, LeaveReason, PersonPatch, PostFix, PostSpell, RankFix,
    RankLeaveReason, RankSpell, ServiceStatus, SlotSpell, SpellFix,
};

use crate::world::{
    World, category, code, day, document, fact, post_spell, rank_spell, register, sealed, slot,
    spell,
};

use crate::persons::{check, correct, leave, move_slot, take_post, take_rank, world};

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
    type Row = (&'static str, Option<Command>, LeaveReason, i64, bool, &'static str);
    let rows: Vec<Row> = vec![
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
