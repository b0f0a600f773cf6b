//! What is refused of posts, and when they are too many.

use std::collections::BTreeMap;

use quanheng_policy::LevelId;
use quanheng_register::post::{
    Command, Correction, Event, Excess, PostPatch, PostProfile, excesses,
};
use quanheng_register::unit::UnitProfile;

use crate::world::{World, basis, category, code, day, general, organ, post_id, unit_id};

fn clerk(authorised: u32) -> PostProfile {
    PostProfile {
        title: "综合科科员".into(),
        level: None,
        category: general(),
        leading_group_member: false,
        authorised,
        duties: "文稿起草".into(),
    }
}

fn create(profile: PostProfile, on: i64) -> Command {
    Command::Create { unit: unit_id("ju"), post: post_id("clerk"), profile, basis: basis(day(on)) }
}

fn counted(authorised: u32) -> PostPatch {
    PostPatch { authorised: Some(authorised), ..PostPatch::default() }
}

fn update(changes: PostPatch, on: i64) -> Command {
    Command::Update { changes, basis: basis(day(on)) }
}

fn correct(version: u64, correction: Correction) -> Command {
    Command::Correct { version, correction, reason: "误录".into(), basis: None }
}

/// `ju` from day 0 to 200; its post `clerk` from day 10, changed at 50, and until 100.
fn world() -> World {
    let mut world = World::default();
    world.register("ju", organ("某局"), day(0));
    world.post("ju", "clerk", create(clerk(3), 10)).unwrap();
    world.post("ju", "clerk", update(counted(4), 50)).unwrap();
    world.post("ju", "clerk", Command::Abolish { basis: basis(day(100)) }).unwrap();
    world.change(crate::changes::abolish("ju", day(200))).unwrap();
    world
}

#[test]
fn posts_are_refused_for_what_is_wrong_with_them() {
    let amend =
        |changes, on: Option<i64>| Correction::Amended { changes, effective_on: on.map(day) };
    let none = PostPatch::default;
    let rows: Vec<(&str, &str, Command, &str)> = vec![
        ("another", "next", create(clerk(1), 20), "OK"),
        ("there already", "clerk", create(clerk(1), 20), "RESOURCE_EXISTS"),
        ("for nobody", "next", create(clerk(0), 20), "INVALID_FIELD"),
        (
            "without a title",
            "next",
            create(PostProfile { title: " ".into(), ..clerk(1) }, 20),
            "INVALID_FIELD",
        ),
        ("before the unit", "next", create(clerk(1), -1), "BEFORE_UNIT_EXISTED"),
        ("after the unit", "next", create(clerk(1), 200), "UNIT_ABOLISHED"),
        ("too far ahead", "next", create(clerk(1), 900), "TOO_FAR_AHEAD"),
        ("unknown", "next", update(counted(2), 20), "RESOURCE_NOT_FOUND"),
        ("nothing", "clerk", update(none(), 20), "INVALID_FIELD"),
        ("before it was", "clerk", update(counted(2), 9), "WRONG_STATE"),
        ("after its end", "clerk", update(counted(2), 100), "WRONG_STATE"),
        ("told late", "clerk", update(counted(2), 20), "OK"),
        ("to nobody", "clerk", update(counted(0), 20), "INVALID_FIELD"),
        ("ended earlier", "clerk", Command::Abolish { basis: basis(day(60)) }, "WRONG_STATE"),
        ("ended again", "clerk", Command::Abolish { basis: basis(day(150)) }, "WRONG_STATE"),
        ("no such entry", "clerk", correct(9, Correction::Voided), "RESOURCE_NOT_FOUND"),
        ("never created", "clerk", correct(1, Correction::Voided), "WRONG_STATE"),
        ("never changed", "clerk", correct(2, Correction::Voided), "OK"),
        ("never ended", "clerk", correct(3, Correction::Voided), "OK"),
        ("nothing put right", "clerk", correct(2, amend(none(), None)), "INVALID_FIELD"),
        ("changed before it was", "clerk", correct(2, amend(none(), Some(5))), "WRONG_STATE"),
        ("changed after its end", "clerk", correct(2, amend(none(), Some(120))), "LATER_ENTRIES"),
        (
            "created before the unit",
            "clerk",
            correct(1, amend(none(), Some(-5))),
            "BEFORE_UNIT_EXISTED",
        ),
        ("the end says a count", "clerk", correct(3, amend(counted(1), None)), "WRONG_STATE"),
    ];
    for (name, post, command, expected) in rows {
        let outcome = world().post("ju", post, command);
        assert_eq!(code(&outcome), expected, "{name}: {outcome:?}");
    }
}

#[test]
fn a_post_ends_after_its_changes() {
    let mut world = World::default();
    world.register("ju", organ("某局"), day(0));
    world.post("ju", "clerk", create(clerk(3), 10)).unwrap();
    world.post("ju", "clerk", update(counted(4), 50)).unwrap();
    let abolish = |on| Command::Abolish { basis: basis(day(on)) };
    assert_eq!(code(&world.post("ju", "clerk", abolish(50))), "LATER_ENTRIES");
    assert_eq!(code(&world.post("ju", "clerk", abolish(51))), "OK");
    let post = &world.posts[&(unit_id("ju"), post_id("clerk"))];
    assert_eq!(post.as_of(day(49)).unwrap().authorised, 3);
    assert_eq!(post.as_of(day(50)).unwrap().authorised, 4);
}

#[test]
fn posts_beyond_the_establishment_are_told() {
    //
    let police = category("police_enforcement");
    let unit =
        UnitProfile { category_posts: BTreeMap::from([(police.clone(), 10)]), ..organ("某局") };
    let of = |category, authorised| PostProfile { category, ..clerk(authorised) };
    let excess = |category, posts, authorised| Excess { category, posts, authorised };
    let rows = [
        ("within", vec![of(general(), 20), of(police.clone(), 10)], vec![]),
        (
            "one category too many",
            vec![of(general(), 18), of(police.clone(), 6), of(police.clone(), 5)],
            vec![excess(Some(police.clone()), 11, 10)],
        ),
        (
            "all too many",
            vec![of(general(), 21), of(police.clone(), 10)],
            vec![excess(None, 31, 30), excess(Some(general()), 21, 20)],
        ),
        (
            "a category without posts",
            vec![of(category("judge"), 1)],
            vec![excess(Some(category("judge")), 1, 0)],
        ),
    ];
    for (name, posts, expected) in rows {
        assert_eq!(excesses(&unit, &posts), expected, "{name}");
    }
}

#[test]
fn events_have_names() {
    let level = Some(LevelId::new("L42").unwrap());
    let event = Event::PostCreated {
        unit: unit_id("ju"),
        post: post_id("clerk"),
        profile: PostProfile { level, ..clerk(1) },
        basis: basis(day(0)),
    };
    assert_eq!(serde_json::to_value(&event).unwrap()["type"], event.name());
}
