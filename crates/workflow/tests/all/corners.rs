//! Corners: steps between a return and its coming back, people who left or must keep out,
//! dates that awaited a calendar, and authorities that are one unit.

use quanheng_policy::UnitId;
use quanheng_policy::calendar::Calendar;
use quanheng_workflow::case::{Due, Position, Spoken};
use quanheng_workflow::command::{Command, Facts};
use quanheng_workflow::decide;
use quanheng_workflow::definition::Level;
use quanheng_workflow::event::Event;

use crate::actions::{add, approve, first, give_back, late};
use crate::world::{World, actor, calendar, person, persons};

fn unit(name: &str) -> UnitId {
    UnitId::new(name).unwrap()
}

#[test]
fn coming_straight_back_forgets_no_step_between() {
    let mut world = World::at("turn");
    let opened = world.case().opened.clone();
    let decided = world.case().deciders.clone();
    world.does(give_back(&world, "any", true));
    assert_eq!(world.case().opened, opened);
    let task = first(&world);
    world.does(world.approve(task));
    assert!(world.is_open("turn"));
    assert_eq!(world.case().opened, opened);
    assert_eq!(world.case().deciders.keys().len(), decided.keys().len());
    // The step between can still be returned to, and is then done again.
    world.does(give_back(&world, "all", false));
    assert!(world.is_open("all"));
    let kept: Vec<_> = world.case().deciders.keys().map(|step| step.as_str()).collect();
    assert_eq!(kept, ["any", "draft"]);
}

#[test]
fn who_left_the_office_decides_no_more() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(Command::Claim { by: person("clerk-s-1"), task });
    let desk = actor("clerk", Level::SameLevel);
    world.desks.get_mut(&desk).unwrap().persons = persons(&["newcomer"]);
    let refused = decide(world.state.as_ref(), approve("clerk-s-1", task), world.facts());
    assert!(refused.unwrap_err().to_string().contains("重新确定办理人"));
    assert_eq!(world.refuses(approve("clerk-s-1", task)), "ACCESS_DENIED");
    world.does(Command::Reseat { task, gone: persons(&["clerk-s-1"]) });
    assert_eq!(world.holder(first(&world)), person("newcomer"));
    // Whom it was handed to has it by name.
    let mut world = World::at("any");
    let to = person("adviser");
    world.does(Command::Transfer { by: person("clerk-s-1"), task, to });
    world.desks.get_mut(&desk).unwrap().persons = persons(&["newcomer"]);
    world.does(approve("adviser", task));
}

#[test]
fn who_must_keep_out_takes_nothing_back_and_removes_nobody() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(add(&world, Position::Before, &["adviser"]));
    let mut other = World::at("any");
    other.does(Command::Delegate { by: person("clerk-s-1"), task, to: person("peer") });
    for name in ["clerk-s-1", "peer"] {
        world.relatives.insert(person(name));
        other.relatives.insert(person(name));
    }
    let by = person("clerk-s-1");
    let remove = Command::RemoveSigners { by, task, persons: persons(&["adviser"]) };
    assert_eq!(world.refuses(remove), "CONFLICT_OF_INTEREST");
    for name in ["clerk-s-1", "peer"] {
        let (by, opinion) = (person(name), "属实".to_owned());
        let resolve = Command::ResolveDelegation { by, task, opinion };
        assert_eq!(other.refuses(resolve), "CONFLICT_OF_INTEREST");
    }
}

#[test]
fn whoever_is_brought_in_is_of_the_seats_unit() {
    let mut world = World::at("any");
    let task = first(&world);
    let by = person("clerk-s-1");
    world.belongs.insert(person("insider"), [unit("dept-u")].into());
    world.belongs.insert(person("elsewhere"), [unit("dept-x")].into());
    let transfer = |to: &str| Command::Transfer { by: by.clone(), task, to: person(to) };
    let delegate = |to: &str| Command::Delegate { by: by.clone(), task, to: person(to) };
    for command in [transfer("insider"), delegate("insider")] {
        assert_eq!(world.refuses(command), "CONFLICT_OF_INTEREST");
    }
    for position in [Position::Before, Position::After, Position::Parallel] {
        assert_eq!(world.refuses(add(&world, position, &["insider"])), "CONFLICT_OF_INTEREST");
    }
    // In a seat's place, or beside it, nobody else decides; an opinion may be another's.
    for to in ["elsewhere", "nobody-knows"] {
        assert_eq!(world.refuses(transfer(to)), "INVALID_FIELD");
        assert_eq!(world.refuses(add(&world, Position::Parallel, &[to])), "INVALID_FIELD");
    }
    world.clone().does(delegate("elsewhere"));
    world.does(add(&world, Position::Before, &["elsewhere"]));
    // By the table, the unit itself may be the one that decides.
    let text = crate::world::EVERYTHING.replacen(
        "seats = [{ role = \"clerk\", level = \"same_level\" }]\nhow",
        "seats = [{ role = \"clerk\", level = \"by_table\" }]\nhow",
        1,
    );
    let mut world = World::new(quanheng_workflow::Flow::read("flow.toml", &text).unwrap());
    world.belongs.insert(person("insider"), [unit("dept-u")].into());
    world.does(world.start());
    world.go_on();
    let hand = |world: &World| {
        let task = first(world);
        Command::Transfer { by: world.holder(task), task, to: person("insider") }
    };
    assert_eq!(world.refuses(hand(&world)), "CONFLICT_OF_INTEREST");
    world.desks.get_mut(&actor("clerk", Level::ByTable)).unwrap().unit = unit("dept-u");
    world.does(hand(&world));
}

#[test]
fn an_approval_is_kept_with_what_it_was_given_with() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(add(&world, Position::After, &["chief"]));
    world.said =
        Spoken { by: "principals/c".to_owned(), minutes: "纪要".to_owned(), grounds: None };
    world.does(approve("clerk-s-1", task));
    let kept = world.open().approved.clone().unwrap();
    assert_eq!((kept.by.person, kept.said.minutes.as_str()), (person("clerk-s-1"), "纪要"));
    let by = person("clerk-s-1");
    world.does(Command::Recall { by, task, reason: "看错材料".to_owned() });
    assert_eq!(world.open().approved, None);
    // What is done at once is told at once.
    let mut world = World::at("any");
    world.does(approve("clerk-s-1", task));
    let told = world.events.iter().find_map(|event| match event {
        Event::TaskDecided { said, .. } => Some(said.is_none()),
        _ => None,
    });
    assert_eq!(told, Some(true));
}

/// The calendar with the next year.
fn newer() -> Calendar {
    let next = Calendar::from_csv("date,kind,name\n2027-01-01,holiday,元旦\n").unwrap();
    calendar().with_published(&next)
}

#[test]
fn a_date_that_awaited_the_calendar_is_set_when_the_case_goes_on() {
    let mut world = World::begun();
    world.today = jiff::civil::date(2026, 12, 30);
    world.go_on();
    assert!(matches!(world.open().due, Some(Due::AwaitsCalendar { .. })));
    let task = first(&world);
    let mut done = world.clone();
    world.does(Command::Pause { reason: "核实".to_owned() });
    let newer = newer();
    world.today = jiff::civil::date(2027, 1, 4);
    let facts = Facts { calendar: &newer, ..world.facts() };
    let events = decide(world.state.as_ref(), Command::Resume, facts).unwrap();
    let due = Some(Due::On(jiff::civil::date(2027, 1, 7)));
    assert_eq!(events, [Event::Resumed { due, on: world.today }]);
    // Published while the next step was open: what is taken back has its date.
    done.does(approve("clerk-s-1", task));
    let (by, reason) = (person("clerk-s-1"), "看错材料".to_owned());
    let recall = Command::Recall { by, task, reason };
    let facts = Facts { calendar: &newer, ..done.facts() };
    let events = decide(done.state.as_ref(), recall, facts).unwrap();
    let Some(Event::DueSet { due, .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(*due, jiff::civil::date(2027, 1, 5));
}

#[test]
fn nothing_goes_up_to_the_same_unit_nor_down() {
    let mut world = World::at("any");
    for level in [Level::SameLevel, Level::OneAbove] {
        world.desks.get_mut(&actor("clerk", level)).unwrap().unit = unit("dept-a");
    }
    late(&mut world);
    assert_eq!(world.holder(first(&world)), person("clerk-p-1"));
    // Whom the table names may be the authority of the province.
    let text = crate::world::EVERYTHING.replacen(
        "seats = [{ role = \"clerk\", level = \"same_level\" }]\nhow",
        "seats = [{ role = \"clerk\", level = \"by_table\" }]\nhow",
        1,
    );
    let mut world = World::new(quanheng_workflow::Flow::read("flow.toml", &text).unwrap());
    world.desks.get_mut(&actor("clerk", Level::ByTable)).unwrap().unit = unit("dept-p");
    world.does(world.start());
    world.go_on();
    late(&mut world);
    assert_eq!(world.holder(first(&world)), person("clerk-c-1"));
}

#[test]
fn a_last_day_on_a_weekend_leaves_a_working_day() {
    let mut world = World::at("turn");
    if let Some(open) = world.state.as_mut().and_then(|case| case.open.as_mut()) {
        open.due = Some(Due::On(jiff::civil::date(2026, 3, 8)));
    }
    world.today = jiff::civil::date(2026, 3, 6);
    world.does(Command::Pause { reason: "核实".to_owned() });
    world.today = jiff::civil::date(2026, 3, 9);
    world.does(Command::Resume);
    assert_eq!(world.open().due, Some(Due::On(jiff::civil::date(2026, 3, 10))));
}
