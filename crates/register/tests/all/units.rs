//! What is refused of one unit, and what a unit says.

use std::collections::BTreeMap;

use jiff::civil::date;
use quanheng_policy::class::{Standing, Tier, UnitKind};
use quanheng_policy::codes::DivisionCode;
use quanheng_register::unit::{
    Command, Correction, Establishment, Nature, UnitPatch, UnitProfile, UnitStatus, Warning,
    warnings,
};

use crate::world::{
    TODAY, World, basis, category, code, credit_code, day, general, institution, organ, referenced,
    reread, unit_id,
};

fn division(code: &str) -> DivisionCode {
    DivisionCode::parse(code).unwrap()
}

fn register(profile: UnitProfile) -> Command {
    Command::Register { unit: unit_id("new"), profile: Box::new(profile), basis: basis(day(0)) }
}

fn update(changes: UnitPatch, on: i64) -> Command {
    Command::Update { changes: Box::new(changes), basis: basis(day(on)) }
}

fn named(name: &str) -> UnitPatch {
    UnitPatch { name: Some(name.to_owned()), ..UnitPatch::default() }
}

fn under(parent: &str) -> UnitPatch {
    UnitPatch { parent: Some(Some(unit_id(parent))), ..UnitPatch::default() }
}

/// A city bureau over a county bureau over a station; another county bureau was abolished.
fn world() -> World {
    let mut world = World::default();
    let city = UnitProfile {
        tier: Tier::Prefecture,
        division: division("530300"),
        ..organ("某市农业农村局")
    };
    world.register("city", city, day(-100));
    world.register("ju", UnitProfile { parent: Some(unit_id("city")), ..organ("某局") }, day(-90));
    let zhan = UnitProfile { parent: Some(unit_id("ju")), ..referenced("某站", 10) };
    world.register("zhan", zhan, day(-80));
    world.register("old", organ("某老局"), day(-100));
    world.change(crate::changes::abolish("old", day(-10))).unwrap();
    world
}

#[test]
fn a_registration_is_refused_for_what_is_wrong_with_it() {
    let rows: Vec<(&str, UnitProfile, &str)> = vec![
        ("as it should be", organ("某局"), "OK"),
        ("no name", organ("  "), "INVALID_FIELD"),
        ("too long a name", organ(&"长".repeat(101)), "INVALID_FIELD"),
        (
            "a control character",
            UnitProfile { remarks: "a\u{7}".into(), ..organ("某局") },
            "INVALID_FIELD",
        ),
        (
            "a county by a city's code",
            UnitProfile { division: division("530300"), ..organ("某局") },
            "TIER_MISMATCH",
        ),
        (
            "a township by its nine digits",
            UnitProfile {
                tier: Tier::Township,
                division: division("530302101"),
                ..organ("某镇政府")
            },
            "OK",
        ),
        (
            "a municipality's district, second tier by its county code",
            UnitProfile {
                tier: Tier::Prefecture,
                standing: Standing::MunicipalityDistrict,
                division: division("110105"),
                ..organ("某区某局")
            },
            "OK",
        ),
        (
            "another prefecture by a county code",
            UnitProfile { tier: Tier::Prefecture, division: division("110105"), ..organ("某局") },
            "TIER_MISMATCH",
        ),
        (
            "an organ of the kind of referenced units",
            UnitProfile { kind: UnitKind::ReferencedUnit, ..organ("某局") },
            "NATURE_MISMATCH",
        ),
        (
            "a referenced institution of another kind",
            UnitProfile { kind: UnitKind::Dispatched, ..referenced("某站", 3) },
            "NATURE_MISMATCH",
        ),
        (
            "an organ with an approval of reference management",
            UnitProfile { reference: referenced("某站", 3).reference, ..organ("某局") },
            "NATURE_MISMATCH",
        ),
        (
            "more category posts than slots",
            UnitProfile {
                category_posts: BTreeMap::from([(category("police_enforcement"), 31)]),
                ..organ("某局")
            },
            "CATEGORY_POSTS_EXCEED",
        ),
        (
            "an unknown parent",
            UnitProfile { parent: Some(unit_id("nowhere")), ..organ("某局") },
            "RESOURCE_NOT_FOUND",
        ),
        (
            "its own parent",
            UnitProfile { parent: Some(unit_id("new")), ..organ("某局") },
            "PARENT_CYCLE",
        ),
        (
            "under an abolished parent",
            UnitProfile { parent: Some(unit_id("old")), ..organ("某局") },
            "UNIT_ABOLISHED",
        ),
        (
            "above its parent",
            UnitProfile {
                tier: Tier::Prefecture,
                division: division("530300"),
                parent: Some(unit_id("ju")),
                ..organ("某局")
            },
            "PARENT_BELOW_CHILD",
        ),
    ];
    for (name, profile, expected) in rows {
        let outcome = world().unit("new", register(profile));
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn an_update_is_refused_for_when_and_where_it_is() {
    let rows: Vec<(&str, &str, Command, &str)> = vec![
        ("there already", "ju", register(organ("某局")), "RESOURCE_EXISTS"),
        ("unknown", "nowhere", update(named("新局"), 0), "RESOURCE_NOT_FOUND"),
        ("nothing", "ju", update(UnitPatch::default(), 0), "INVALID_FIELD"),
        ("before it existed", "ju", update(named("新局"), -91), "BEFORE_UNIT_EXISTED"),
        ("on its first day", "ju", update(named("新局"), -90), "OK"),
        ("too far ahead", "ju", update(named("新局"), 1000), "TOO_FAR_AHEAD"),
        ("after its end", "old", update(named("新局"), -10), "UNIT_ABOLISHED"),
        ("before its end, told late", "old", update(named("新局"), -11), "OK"),
        ("under its own child", "city", update(under("zhan"), 0), "PARENT_CYCLE"),
        ("under itself", "city", update(under("city"), 0), "PARENT_CYCLE"),
        ("under one that was not yet", "city", update(under("ju"), -95), "BEFORE_UNIT_EXISTED"),
    ];
    for (name, unit, command, expected) in rows {
        let outcome = world().unit(unit, command);
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn a_parent_that_comes_back_only_later_is_a_cycle_too() {
    let mut world = World::default();
    world.register("a", organ("甲局"), day(0));
    world.register("b", organ("乙局"), day(0));
    world.unit("b", update(under("a"), 50)).unwrap();
    let outcome = world.unit("a", update(under("b"), 10));
    assert_eq!(code(&outcome), "PARENT_CYCLE", "from day 50 on");
    let free = UnitPatch { parent: Some(None), ..UnitPatch::default() };
    world.unit("b", update(free, 5)).unwrap();
    let void = Command::Correct {
        version: 2,
        correction: Correction::Voided,
        reason: "误录".into(),
        basis: None,
    };
    world.unit("b", void).unwrap();
    world.unit("a", update(under("b"), 10)).unwrap();
}

#[test]
fn no_unit_stands_too_deep() {
    let mut world = World::default();
    world.register("u0", organ("局0"), day(0));
    for n in 1..=16_u32 {
        let parent = Some(unit_id(&format!("u{}", n - 1)));
        world.register(&format!("u{n}"), UnitProfile { parent, ..organ("局") }, day(0));
    }
    let deepest = UnitProfile { parent: Some(unit_id("u16")), ..organ("局") };
    assert_eq!(code(&world.unit("new", register(deepest))), "PARENT_TOO_DEEP");
}

#[test]
fn later_changes_hold_whatever_is_told_of_earlier_days() {
    let mut world = World::default();
    world.register("ju", organ("旧名"), day(0));
    world.unit("ju", update(named("新名"), 60)).unwrap();
    let told_late = UnitPatch { remarks: Some("迁址".into()), ..named("中间名") };
    world.unit("ju", update(told_late, 30)).unwrap();
    let ju = &world.units[&unit_id("ju")];
    let on = |n| ju.as_of(day(n)).map(|profile| (profile.name, profile.remarks));
    let is = |name: &str, remarks: &str| Some((name.to_owned(), remarks.to_owned()));
    assert_eq!(on(-1), None);
    assert_eq!(on(0), is("旧名", ""));
    assert_eq!(on(29), is("旧名", ""));
    assert_eq!(on(30), is("中间名", "迁址"));
    assert_eq!(on(60), is("新名", "迁址"));
    assert_eq!(ju.current(TODAY), ju.as_of(TODAY));
}

#[test]
fn entries_are_put_right() {
    let amend = |changes, on: Option<i64>| Correction::Amended {
        changes: Box::new(changes),
        effective_on: on.map(day),
    };
    let none = UnitPatch::default;
    let rows: Vec<(&str, u64, Correction, &str, &str)> = vec![
        ("no such entry", 9, Correction::Voided, "误录", "RESOURCE_NOT_FOUND"),
        ("no reason", 2, Correction::Voided, " ", "INVALID_FIELD"),
        ("nothing", 2, amend(none(), None), "误录", "INVALID_FIELD"),
        ("the registration never was", 1, Correction::Voided, "误录", "WRONG_STATE"),
        ("the registration said another name", 1, amend(named("甲"), None), "误录", "OK"),
        (
            "it began later than it changed",
            1,
            amend(none(), Some(40)),
            "误录",
            "BEFORE_UNIT_EXISTED",
        ),
        ("it changed before it began", 2, amend(none(), Some(-1)), "误录", "BEFORE_UNIT_EXISTED"),
        ("it changed after its end", 2, amend(none(), Some(90)), "误录", "LATER_ENTRIES"),
        ("it changed too far ahead", 2, amend(none(), Some(900)), "误录", "TOO_FAR_AHEAD"),
        ("its end says a name", 3, amend(named("甲"), None), "误录", "WRONG_STATE"),
        ("it ended before it changed", 3, amend(none(), Some(30)), "误录", "LATER_ENTRIES"),
        ("it never ended", 3, Correction::Voided, "误录", "OK"),
        ("it never changed", 2, Correction::Voided, "误录", "OK"),
        (
            "it was of another tier",
            1,
            amend(UnitPatch { tier: Some(Tier::Province), ..none() }, None),
            "误录",
            "TIER_MISMATCH",
        ),
    ];
    for (name, version, correction, reason, expected) in rows {
        let mut world = World::default();
        world.register("ju", organ("旧名"), day(0));
        world.unit("ju", update(named("新名"), 30)).unwrap();
        world.change(crate::changes::abolish("ju", day(80))).unwrap();
        let command = Command::Correct { version, correction, reason: reason.into(), basis: None };
        let outcome = world.unit("ju", command);
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn an_end_is_put_right() {
    let mut world = World::default();
    world.register("ju", organ("某局"), day(0));
    world.change(crate::changes::abolish("ju", day(80))).unwrap();
    let status = |world: &World, n| world.units[&unit_id("ju")].status(day(n));
    assert_eq!(status(&world, -1), UnitStatus::NotYet);
    assert_eq!(status(&world, 79), UnitStatus::Active);
    assert_eq!(status(&world, 80), UnitStatus::Abolished);
    let correction = Correction::Voided;
    let void = Command::Correct { version: 2, correction, reason: "误录".into(), basis: None };
    world.unit("ju", void).unwrap();
    assert_eq!(status(&world, 80), UnitStatus::Active);
    assert_eq!(world.units[&unit_id("ju")].abolition(), None);
}

#[test]
fn bases_are_counted_of_the_right_establishment() {
    let police = category("police_enforcement");
    let posts = |n| BTreeMap::from([(police.clone(), n)]);
    let with = |establishment, category_posts| UnitProfile {
        establishment,
        category_posts,
        ..organ("某局")
    };
    let administrative = |n| Establishment { administrative: n, ..Establishment::default() };
    let group = UnitProfile {
        kind: UnitKind::LeadingGroup,
        leadership: quanheng_register::unit::LeadershipPosts {
            group_posts: 11,
            ..Default::default()
        },
        ..organ("某县领导班子")
    };
    let rows: Vec<(&str, UnitProfile, u64, u64)> = vec![
        ("all general", with(administrative(137), BTreeMap::new()), 137, 0),
        ("less what another category has", with(administrative(137), posts(100)), 37, 100),
        (
            "political-legal slots are administrative ones",
            with(Establishment { special_political_legal: 50, ..administrative(10) }, posts(45)),
            15,
            45,
        ),
        (
            "logistics never counts",
            with(Establishment { logistics: 9, ..administrative(24) }, BTreeMap::new()),
            24,
            0,
        ),
        (
            "general posts that are listed",
            with(administrative(30), BTreeMap::from([(general(), 20)])),
            20,
            0,
        ),
        ("a referenced unit's own slots", referenced("某站", 24), 24, 0),
        ("none of another institution", institution("某院"), 0, 0),
        ("a leading group's posts", group, 11, 0),
    ];
    for (name, profile, general_base, police_base) in rows {
        assert_eq!(profile.base(&general()), general_base, "{name}");
        assert_eq!(profile.base(&police), police_base, "{name}");
    }
}

#[test]
fn oddities_are_told_and_refuse_nothing() {
    let code = |body| Some(credit_code(body));
    let rows: Vec<(&str, UnitProfile, Vec<Warning>)> = vec![
        (
            "an organ by an organ's code",
            UnitProfile { credit_code: code("1153030201234567A"), ..organ("某局") },
            vec![],
        ),
        (
            "an organ by an institution's code",
            UnitProfile { credit_code: code("1253030201234567A"), ..organ("某局") },
            vec![Warning::CreditCodeCategory { category: "12".into() }],
        ),
        (
            "referenced, and never approved",
            UnitProfile { reference: None, ..referenced("某站", 3) },
            vec![Warning::ReferenceMissing],
        ),
        (
            "more persons than slots",
            UnitProfile {
                actual: quanheng_register::unit::Actual { administrative: 31, referenced: 0 },
                ..organ("某局")
            },
            vec![Warning::OverEstablishment { actual: 31, establishment: 30 }],
        ),
        (
            "slots of another kind",
            UnitProfile {
                establishment: Establishment {
                    administrative: 1,
                    referenced_institution: 3,
                    ..Establishment::default()
                },
                ..referenced("某站", 3)
            },
            vec![Warning::MixedEstablishment { what: "参照管理单位有行政编制" }],
        ),
    ];
    for (name, profile, expected) in rows {
        assert_eq!(warnings(&reread(&profile)), expected, "{name}");
        assert_eq!(crate::world::code(&world().unit("new", register(profile))), "OK", "{name}");
    }
}

#[test]
fn patches_tell_keeping_from_clearing() {
    let before = UnitProfile { parent: Some(unit_id("p")), ..referenced("某站", 3) };
    let after = UnitProfile {
        parent: None,
        reference: None,
        credit_code: Some(credit_code("1253030201234567A")),
        nature: Nature::PublicInstitution,
        kind: UnitKind::DirectlyAffiliated,
        ..before.clone()
    };
    let patch = UnitPatch::between(&before, &after);
    assert_eq!(patch.fields(), ["credit_code", "kind", "nature", "parent", "reference"]);
    let mut found = before.clone();
    reread(&patch).apply_to(&mut found);
    assert_eq!(found, after);
    let back = reread(&UnitPatch::between(&after, &before));
    back.apply_to(&mut found);
    assert_eq!(found, before);
    assert!(serde_json::from_str::<UnitPatch>(r#"{"title":"x"}"#).is_err());
    assert_eq!(before.reference.unwrap().approved_on, date(2012, 5, 1));
}
