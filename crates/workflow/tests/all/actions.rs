//! Every action: what it does, and when it is refused.

use quanheng_policy::UnitId;
use quanheng_workflow::case::{Due, Position, TaskNr, TaskState};
use quanheng_workflow::command::{Command, Substitution};
use quanheng_workflow::definition::{Check, Effect, Level, Outcome};
use quanheng_workflow::event::{Completion, Event};
use quanheng_workflow::refusal::Refusal;

use crate::world::{TODAY, World, actor, id, meeting, person, persons};

pub(crate) fn first(world: &World) -> TaskNr {
    world.tasks()[0]
}

pub(crate) fn approve(by: &str, task: TaskNr) -> Command {
    Command::Approve { by: person(by), task, opinion: String::new() }
}

pub(crate) fn give_back(world: &World, to: &str, back_to_me: bool) -> Command {
    let task = first(world);
    let (by, opinion) = (world.holder(task), "补充材料".to_owned());
    Command::Return { by, task, to: id(to), back_to_me, opinion }
}

#[test]
fn only_a_holder_acts() {
    let world = World::at("any");
    assert_eq!(world.refuses(approve("stranger", first(&world))), "ACCESS_DENIED");
    assert_eq!(world.refuses(approve("clerk-s-1", TaskNr(99))), "TASK_NOT_OPEN");
}

#[test]
fn a_claimed_task_is_its_claimers() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(Command::Claim { by: person("clerk-s-2"), task });
    assert_eq!(world.refuses(approve("clerk-s-1", task)), "ACCESS_DENIED");
    assert_eq!(world.refuses(Command::Claim { by: person("clerk-s-2"), task }), "TASK_NOT_OPEN");
    assert_eq!(world.case().todo(&person("clerk-s-1")).count(), 0);
    assert_eq!(world.case().todo(&person("clerk-s-2")).count(), 1);
    world.does(approve("clerk-s-2", task));
}

#[test]
fn a_stand_in_acts_on_the_days_of_the_substitution_and_both_are_shown() {
    let mut world = World::at("any");
    let task = first(&world);
    let (of, by) = (person("clerk-s-1"), person("stand-in"));
    let day = |n: i32| TODAY.checked_add(jiff::Span::new().days(n)).unwrap();
    world.substitutions = vec![Substitution { of, by, from: day(1), to: day(2) }];
    for (today, able) in [(0, false), (1, true), (2, true), (3, false)] {
        world.today = day(today);
        let found = world.clone().run(approve("stand-in", task));
        assert_eq!(found.is_ok(), able, "day {today}");
    }
    world.today = day(1);
    world.does(approve("stand-in", task));
    let shown = world.events.iter().any(|event| {
        matches!(event, Event::TaskDecided { by, .. }
            if by.person == person("stand-in") && by.for_person == Some(person("clerk-s-1")))
    });
    assert!(shown);
}

#[test]
fn a_stand_in_does_not_decide_on_their_own_case_nor_twice() {
    let mut world = World::at("all");
    let stand_in = |of: &str, by: &str| Substitution {
        of: person(of),
        by: person(by),
        from: TODAY,
        to: TODAY,
    };
    world.substitutions = vec![
        stand_in("organiser-s-1", "subject"),
        stand_in("establisher-s-1", "spouse"),
        stand_in("financier-s-1", "organiser-s-1"),
        stand_in("establisher-s-1", "clerk-s-1"),
    ];
    let tasks = world.tasks();
    assert_eq!(world.refuses(approve("subject", tasks[0])), "CONFLICT_OF_INTEREST");
    assert_eq!(world.refuses(approve("spouse", tasks[1])), "CONFLICT_OF_INTEREST");
    // The clerk has decided in a step that is kept apart from this one.
    assert_eq!(world.refuses(approve("clerk-s-1", tasks[1])), "CONFLICT_OF_INTEREST");
    world.does(approve("organiser-s-1", tasks[0]));
    assert_eq!(world.refuses(approve("organiser-s-1", tasks[2])), "CONFLICT_OF_INTEREST");
}

#[test]
fn a_returned_case_goes_on_from_there_or_comes_straight_back() {
    let mut world = World::at("all");
    world.does(world.approve(first(&world)));
    let mut again = world.clone();
    again.does(give_back(&again, "draft", false));
    assert!(again.is_open("draft"));
    again.go_on();
    assert!(again.is_open("any"), "every step again");

    world.does(give_back(&world, "draft", true));
    assert!(world.is_open("draft"));
    world.go_on();
    assert!(world.is_open("all"), "straight back");
    let decided =
        |task: &&quanheng_workflow::case::Task| matches!(task.state, TaskState::Decided { .. });
    assert_eq!(world.open().tasks.iter().filter(decided).count(), 1, "what was decided stands");
    world.go_on();
    world.go_on();
    assert!(world.is_open("turn"));
}

#[test]
fn a_return_goes_only_where_the_step_allows() {
    let world = World::at("any");
    assert_eq!(world.refuses(give_back(&world, "all", false)), "RETURN_NOT_ALLOWED");
    let world = World::at("vote");
    assert_eq!(world.refuses(give_back(&world, "draft", false)), "ACTION_NOT_ALLOWED");
}

#[test]
fn a_transferred_task_is_the_others() {
    let mut world = World::at("any");
    let unit = quanheng_policy::UnitId::new("dept-s").unwrap();
    world.belongs.insert(person("colleague"), [unit].into());
    let task = first(&world);
    let hand = |to: &str| Command::Transfer { by: person("clerk-s-1"), task, to: person(to) };
    for (to, code) in [
        ("subject", "CONFLICT_OF_INTEREST"),
        ("starter", "CONFLICT_OF_INTEREST"),
        ("clerk-s-2", "INVALID_FIELD"),
    ] {
        assert_eq!(world.refuses(hand(to)), code, "{to}");
    }
    world.does(hand("colleague"));
    assert_eq!(world.refuses(approve("clerk-s-1", task)), "ACCESS_DENIED");
    world.does(approve("colleague", task));
    assert!(world.is_open("all"));
}

#[test]
fn a_delegate_prepares_and_hands_back() {
    let mut world = World::at("any");
    let task = first(&world);
    let by = person("clerk-s-1");
    world.does(Command::Delegate { by: by.clone(), task, to: person("assistant") });
    let todo = |name: &str| world.case().todo(&person(name)).count();
    assert_eq!((todo("assistant"), todo("clerk-s-1")), (1, 0));
    assert_eq!(world.refuses(approve("clerk-s-1", task)), "TASK_NOT_OPEN");
    assert_eq!(world.refuses(approve("assistant", task)), "TASK_NOT_OPEN");
    let resolve =
        |by: &str| Command::ResolveDelegation {
            by: person(by), task, opinion: "已核".to_owned()
        };
    assert_eq!(world.refuses(resolve("clerk-s-2")), "ACCESS_DENIED");
    let mut taken_back = world.clone();
    taken_back.does(resolve("clerk-s-1"));
    world.does(resolve("assistant"));
    assert_eq!(world.refuses(resolve("assistant")), "TASK_NOT_OPEN");
    assert_eq!(world.refuses(approve("clerk-s-2", task)), "ACCESS_DENIED", "it is the owner's");
    world.does(approve("clerk-s-1", task));
}

pub(crate) fn add(world: &World, position: Position, names: &[&str]) -> Command {
    let task = first(world);
    Command::AddSigners { by: world.holder(task), task, position, persons: persons(names) }
}

#[test]
fn signers_before_are_heard_first() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(add(&world, Position::Before, &["adviser", "lawyer"]));
    assert_eq!(world.refuses(approve("clerk-s-1", task)), "TASK_NOT_OPEN");
    let signers = world.tasks();
    world.does(world.refuse(signers[0]));
    assert!(world.is_open("any"), "an opinion, no decision");
    world.does(world.approve(signers[1]));
    world.does(approve("clerk-s-1", task));
    assert!(world.is_open("all"));
}

#[test]
fn signers_after_must_approve_too() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(add(&world, Position::After, &["chief"]));
    assert_eq!(world.tasks(), [task], "not before the task itself");
    let mut refused = world.clone();
    refused.does(refused.refuse(task));
    assert_eq!(refused.end(), Some("refused"));
    world.does(world.approve(task));
    assert!(world.is_open("any"));
    let mut overruled = world.clone();
    overruled.does(overruled.refuse(first(&overruled)));
    assert_eq!(overruled.end(), Some("refused"));
    world.does(world.approve(first(&world)));
    assert!(world.is_open("all"));
}

#[test]
fn signers_beside_are_of_equal_standing() {
    let mut world = World::at("turn");
    world.does(add(&world, Position::Parallel, &["peer"]));
    let tasks = world.tasks();
    assert_eq!(tasks.len(), 2);
    world.does(world.approve(tasks[0]));
    assert_eq!(world.tasks(), [tasks[1]], "the next in turn waits for the peer");
    world.does(world.approve(tasks[1]));
    assert_eq!(world.tasks().len(), 1);
    for _ in 0..2 {
        world.does(world.approve(first(&world)));
    }
    assert!(world.is_open("vote"));
    let mut refused = World::at("turn");
    refused.does(add(&refused, Position::Parallel, &["peer"]));
    refused.does(refused.refuse(refused.tasks()[1]));
    assert_eq!(refused.end(), Some("refused"));
}

#[test]
fn signers_are_taken_off_by_who_added_them() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(add(&world, Position::Before, &["adviser", "lawyer"]));
    let remove = |by: &str, names: &[&str]| Command::RemoveSigners {
        by: person(by),
        task,
        persons: persons(names),
    };
    assert_eq!(world.refuses(remove("clerk-s-2", &["adviser"])), "ACCESS_DENIED");
    assert_eq!(world.refuses(remove("clerk-s-1", &["nobody"])), "INVALID_FIELD");
    world.does(remove("clerk-s-1", &["adviser"]));
    assert_eq!(world.refuses(approve("clerk-s-1", task)), "TASK_NOT_OPEN", "one is left");
    world.does(remove("clerk-s-1", &["lawyer"]));
    world.does(approve("clerk-s-1", task));
}

#[test]
fn who_may_not_be_a_signer() {
    let world = World::at("any");
    for (name, code) in [
        ("subject", "CONFLICT_OF_INTEREST"),
        ("spouse", "CONFLICT_OF_INTEREST"),
        ("starter", "CONFLICT_OF_INTEREST"),
        ("clerk-s-1", "INVALID_FIELD"),
    ] {
        assert_eq!(world.refuses(add(&world, Position::Before, &[name])), code, "{name}");
    }
    assert_eq!(world.refuses(add(&world, Position::Before, &[])), "INVALID_FIELD");
    let mut world = world;
    world.does(add(&world, Position::Before, &["adviser"]));
    assert_eq!(world.refuses(add(&world, Position::Before, &["other"])), "INVALID_FIELD");
}

#[test]
fn a_decision_is_recalled_until_somebody_acts_on_it() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(approve("clerk-s-1", task));
    let recall =
        |by: &str| Command::Recall { by: person(by), task, reason: "看错材料".to_owned() };
    assert_eq!(world.refuses(recall("clerk-s-2")), "ACCESS_DENIED");
    let mut recalled = world.clone();
    recalled.does(recall("clerk-s-1"));
    assert!(recalled.is_open("any"));
    assert_eq!(recalled.refuses(recall("clerk-s-1")), "NOT_RECALLABLE");
    let mut claimed = world.clone();
    claimed.does(Command::Claim { by: person("organiser-s-1"), task: first(&claimed) });
    assert_eq!(claimed.refuses(recall("clerk-s-1")), "NOT_RECALLABLE", "somebody has begun");
    recalled.does(recalled.refuse(task));
    assert_eq!(recalled.end(), Some("refused"));
    world.does(world.approve(first(&world)));
    assert_eq!(world.refuses(recall("clerk-s-1")), "NOT_RECALLABLE");
    assert_eq!(recalled.refuses(recall("clerk-s-1")), "WRONG_STATE", "it has ended");
}

#[test]
fn copies_and_urging() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(Command::Copy { by: person("clerk-s-1"), task, to: persons(&["archive"]) });
    assert!(world.case().copied.contains(&person("archive")));
    assert_eq!(world.refuses(Command::Urge { by: person("stranger") }), "ACCESS_DENIED");
    world.does(Command::Urge { by: person("starter") });
    let Some(Event::Urged { whom, .. }) = world.events.last() else { panic!() };
    assert_eq!(*whom, persons(&["clerk-s-1", "clerk-s-2"]));
}

#[test]
fn the_initiator_withdraws() {
    let mut world = World::at("turn");
    let withdraw =
        |by: &str| Command::Withdraw { by: person(by), reason: "另行安排".to_owned() };
    assert_eq!(world.refuses(withdraw("clerk-s-1")), "ACCESS_DENIED");
    world.does(withdraw("starter"));
    assert_eq!(world.end(), Some("withdrawn"));
    assert_eq!(world.refuses(withdraw("starter")), "WRONG_STATE");
    assert_eq!(World::at("final").refuses(withdraw("starter")), "ACTION_NOT_ALLOWED");
}

#[test]
fn a_meeting_decides_with_a_quorum_and_more_than_half_of_all() {
    // Nine due: six make a quorum, five adopt.
    let rows = [
        ((9, 5, 5), Err("QUORUM_NOT_MET")),
        ((9, 6, 4), Ok(false)),
        ((9, 6, 5), Ok(true)),
        ((8, 6, 4), Ok(false)),
        ((8, 6, 5), Ok(true)),
    ];
    for ((due, present, in_favour), expected) in rows {
        let mut world = World::at("meeting");
        let task = first(&world);
        let meeting = meeting(due, present, in_favour);
        let by = world.holder(task);
        let found = world.run(Command::DecideInMeeting { by, task, meeting });
        let found = found.map(|()| world.is_open("record")).map_err(|refusal| refusal.code());
        assert_eq!(found, expected, "{due} {present} {in_favour}");
    }
}

#[test]
fn a_meeting_is_written_down_whole() {
    let world = World::at("meeting");
    let task = first(&world);
    let by = world.holder(task);
    let refuses =
        |meeting| world.refuses(Command::DecideInMeeting { by: by.clone(), task, meeting });
    let whole = meeting(9, 7, 7);
    let mut other = whole.clone();
    other.minutes = String::new();
    assert_eq!(refuses(other), "INVALID_FIELD", "without minutes");
    let mut other = whole.clone();
    other.against = 1;
    assert_eq!(refuses(other), "INVALID_FIELD", "more votes than members");
    let mut other = whole.clone();
    other.due.remove(&person("committee-0"));
    assert_eq!(refuses(other), "INVALID_FIELD", "present but not due");
    let mut other = whole.clone();
    other.due.insert(person("spouse"));
    assert_eq!(refuses(other), "CONFLICT_OF_INTEREST", "a relative takes no part");
    assert_eq!(world.refuses(world.approve(task)), "ACTION_NOT_ALLOWED");
}

#[test]
fn a_record_names_every_field() {
    let world = World::at("record");
    let task = first(&world);
    for fields in [vec!["方式"], vec!["方式", "结果", "其他"], vec![]] {
        let facts = fields.iter().map(|field| ((*field).to_owned(), "有".to_owned())).collect();
        let record = Command::Record { by: world.holder(task), task, facts };
        assert_eq!(world.refuses(record), "INVALID_FIELD", "{fields:?}");
    }
}

#[test]
fn what_does_not_hold_keeps_a_step_from_opening() {
    let mut world = World::at("any");
    let task = first(&world);
    world.checks.insert(Check::MaterialsComplete, Err("缺三定文件".to_owned()));
    let found = world.run(approve("clerk-s-1", task));
    assert!(matches!(&found, Err(Refusal::CheckFailed { .. })), "{found:?}");
    assert_eq!(found.unwrap_err().to_string(), "缺三定文件");
    assert!(world.is_open("any"), "nothing changed");
    world.checks.remove(&Check::MaterialsComplete);
    assert_eq!(world.refuses(approve("clerk-s-1", task)), "CHECK_MISSING");
}

#[test]
fn a_check_leads_on_or_to_its_failure() {
    let mut world = World::at("check");
    world.checks.insert(Check::NoBars, Err("处分期未满".to_owned()));
    let mut fails = world.clone();
    fails.does(Command::RunChecks);
    assert_eq!(fails.end(), Some("refused"));
    let ended = fails.events.last();
    assert!(matches!(ended, Some(Event::CaseEnded { effects, outcome: Outcome::Refused, .. })
        if effects.contains(&Effect::ReleaseHolds)));
    world.checks.remove(&Check::NoBars);
    assert_eq!(world.refuses(Command::RunChecks), "CHECK_MISSING");
    assert_eq!(World::at("any").refuses(Command::RunChecks), "ACTION_NOT_ALLOWED");
}

#[test]
fn a_notice_has_its_working_days() {
    let mut world = World::at("notice");
    world.today = world.open().opened_on;
    let Some(Due::On(last)) = world.open().due else { panic!() };
    assert_eq!(world.refuses(Command::Tick), "WRONG_STATE");
    world.today = last;
    assert_eq!(world.refuses(Command::Tick), "WRONG_STATE", "its last day is part of it");
    world.today = last.tomorrow().unwrap();
    world.does(Command::Tick);
    assert!(world.is_open("check"));
    let posted = world.events.iter().any(|event| {
        matches!(event, Event::StepCompleted { effects, completion: Completion::Passed, .. }
            if effects.contains(&Effect::PostNotice))
    });
    assert!(posted);
}

#[test]
fn what_happens_when_a_deadline_passes() {
    let pass = |step: &str| {
        let mut world = World::at(step);
        let Some(Due::On(last)) = world.open().due else { panic!() };
        assert_eq!(world.refuses(Command::Tick), "WRONG_STATE");
        world.today = last.tomorrow().unwrap();
        world.does(Command::Tick);
        world
    };
    let escalated = pass("any");
    let candidates = &escalated.open().tasks.last().unwrap().candidates;
    assert_eq!(*candidates, persons(&["clerk-a-1", "clerk-a-2"]), "the next authority has it");
    assert_eq!(escalated.refuses(approve("clerk-s-1", TaskNr(2))), "TASK_NOT_OPEN");
    assert_eq!(escalated.refuses(Command::Tick), "WRONG_STATE", "once");

    let reminded = pass("all");
    let Some(Event::DeadlinePassed { remind, .. }) = reminded.events.last() else { panic!() };
    assert_eq!(remind.len(), 6);
    assert!(reminded.is_open("all"), "nothing is decided by time");

    assert_eq!(pass("turn").end(), Some("lapsed"));
}

#[test]
fn a_date_beyond_the_calendar_is_awaited() {
    let mut world = World::begun();
    world.today = jiff::civil::date(2026, 12, 30);
    world.go_on();
    assert!(matches!(world.open().due, Some(Due::AwaitsCalendar { .. })));
    assert_eq!(world.refuses(Command::Tick), "WRONG_STATE", "not yet published");
    let newer =
        quanheng_policy::calendar::Calendar::from_csv("date,kind,name\n2027-01-01,holiday,元旦\n");
    let newer = crate::world::calendar().with_published(&newer.unwrap());
    let facts = quanheng_workflow::command::Facts { calendar: &newer, ..world.facts() };
    let events = quanheng_workflow::decide(world.state.as_ref(), Command::Tick, facts).unwrap();
    let expected = jiff::civil::date(2027, 1, 5);
    assert_eq!(events, [Event::DueSet { step: id("any"), due: expected }]);
}

#[test]
fn a_pause_stops_the_clock() {
    let mut world = World::at("any");
    let Some(Due::On(before)) = world.open().due else { panic!() };
    world.does(Command::Pause { reason: "转编办重新厘清职能".to_owned() });
    assert_eq!(world.refuses(world.approve(first(&world))), "WRONG_STATE");
    assert_eq!(world.refuses(Command::Tick), "WRONG_STATE");
    world.today = jiff::civil::date(2026, 3, 16);
    world.does(Command::Resume);
    let Some(Due::On(after)) = world.open().due else { panic!() };
    let left = |from, to| crate::world::calendar().count_working_days(from, to).unwrap();
    assert_eq!(left(TODAY, before), left(world.today, after), "as many days as were left");
    assert_eq!(world.refuses(Command::Resume), "WRONG_STATE");
}

#[test]
fn what_was_found_elsewhere_ends_a_case_at_any_step() {
    for step in ["any", "turn"] {
        let mut world = World::at(step);
        world.does(Command::Stop);
        assert_eq!(world.end(), Some("refused"), "{step}");
        assert!(world.case().open.is_none());
        let refused = world.events.iter().any(|event| {
            matches!(event, Event::StepCompleted { step: own, completion: Completion::Refused, .. }
                if own.as_str() == step)
        });
        assert!(refused, "{step} was not passed");
        assert_eq!(world.refuses(Command::Stop), "WRONG_STATE");
    }
    let mut world = World::at("any");
    world.does(Command::Pause { reason: "核实反映".to_owned() });
    world.does(Command::Stop);
    assert_eq!((world.end(), &world.case().paused), (Some("refused"), &None));
}

#[test]
fn a_simplified_step_is_left_out_and_a_notice_never() {
    let mut world = World::at("meeting");
    world.skip = [id("record")].into();
    let mut skipped = world.clone();
    skipped.go_on();
    assert!(skipped.is_open("notice"));
    world.skip = [id("record"), id("notice")].into();
    let task = first(&world);
    let by = world.holder(task);
    let meeting = meeting(9, 7, 7);
    let decided = Command::DecideInMeeting { by, task, meeting };
    assert_eq!(world.refuses(decided), "STEP_NOT_SKIPPABLE");
}

#[test]
fn a_departments_own_people_go_to_the_authority_above() {
    let mut world = World::begun();
    let above = UnitId::new("dept-s").unwrap();
    if let Some(case) = &mut world.state {
        case.about.unit = Some(above);
    }
    world.go_on();
    let candidates = &world.open().tasks[0].candidates;
    assert_eq!(*candidates, persons(&["clerk-a-1", "clerk-a-2"]));
}

#[test]
fn where_everybody_must_keep_out_the_authority_above_decides_and_never_nobody() {
    let mut world = World::begun();
    world.relatives = persons(&["clerk-s-1", "clerk-s-2"]);
    let mut raised = world.clone();
    raised.go_on();
    assert_eq!(raised.open().tasks[0].candidates, persons(&["clerk-a-1", "clerk-a-2"]));
    for level in [Level::OneAbove, Level::Province, Level::Central] {
        world.desks.remove(&actor("clerk", level));
    }
    let task = first(&world);
    let facts = [("事由".to_owned(), "有".to_owned())].into();
    let record = Command::Record { by: world.holder(task), task, facts };
    assert_eq!(world.refuses(record), "NOBODY_TO_ACT");
}

#[test]
fn each_of_several_tasks_has_a_person_of_its_own() {
    let mut world = World::at("any");
    for role in ["organiser", "establisher", "financier"] {
        let desk = world.desks.get_mut(&actor(role, Level::SameLevel)).unwrap();
        desk.persons = persons(&["one", "two"]);
    }
    let task = first(&world);
    assert_eq!(world.refuses(approve("clerk-s-1", task)), "NOBODY_TO_ACT");
    let desk = world.desks.get_mut(&actor("financier", Level::SameLevel)).unwrap();
    desk.persons = persons(&["two", "three"]);
    world.does(approve("clerk-s-1", task));
    // If `three` signed, the others would still do; if `two` takes the first task, `one`
    // must take the second.
    let tasks = world.tasks();
    world.does(approve("two", tasks[0]));
    assert_eq!(world.refuses(approve("two", tasks[1])), "CONFLICT_OF_INTEREST");
    world.does(approve("one", tasks[1]));
    world.does(approve("three", tasks[2]));
    assert!(world.is_open("turn"));
}

#[test]
fn a_case_follows_the_version_of_its_birth() {
    let mut world = World::at("any");
    let task = first(&world);
    let text = crate::world::EVERYTHING.replacen("version = 1", "version = 2", 1);
    world.flow = quanheng_workflow::Flow::read("newer.toml", &text).unwrap();
    assert_eq!(world.refuses(approve("clerk-s-1", task)), "FLOW_VERSION_MISMATCH");
}

#[test]
fn nobody_starts_a_case_about_themselves() {
    let mut world = World::new(crate::world::everything());
    world.relatives = persons(&["starter"]);
    assert_eq!(world.refuses(world.start()), "CONFLICT_OF_INTEREST");
    world.relatives.clear();
    assert_eq!(world.refuses(Command::Tick), "WRONG_STATE", "not begun");
    world.does(world.start());
    assert_eq!(world.refuses(world.start()), "RESOURCE_EXISTS");
}

pub(crate) fn late(world: &mut World) {
    let Some(Due::On(last)) = world.open().due else { panic!() };
    world.today = last.tomorrow().unwrap();
    world.does(Command::Tick);
}

/// A deadline that passed while only a signer was still to sign took the case from
/// everybody.
#[test]
fn where_only_signers_are_missing_they_are_reminded_and_nothing_goes_up() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(add(&world, Position::After, &["chief"]));
    world.does(world.approve(task));
    late(&mut world);
    let Some(Event::DeadlinePassed { remind, .. }) = world.events.last() else { panic!() };
    assert_eq!(*remind, persons(&["chief"]));
    world.does(world.approve(first(&world)));
    assert!(world.is_open("all"));
}

#[test]
fn what_goes_up_takes_its_signers_with_it() {
    let mut world = World::at("any");
    world.does(add(&world, Position::Before, &["adviser"]));
    late(&mut world);
    assert_eq!(world.tasks().len(), 1, "the next authority's, ready to be acted on");
    assert_eq!(world.holder(first(&world)), person("clerk-a-1"));
    world.does(world.approve(first(&world)));
    assert!(world.is_open("all"));
}

#[test]
fn a_task_whose_people_can_no_longer_act_is_given_to_others() {
    let mut world = World::at("all");
    let tasks = world.tasks();
    world.does(world.approve(tasks[1]));
    world.relatives.insert(person("organiser-s-1"));
    for (role, name) in [("organiser", "newcomer"), ("financier", "successor")] {
        let desk = world.desks.get_mut(&actor(role, Level::SameLevel)).unwrap();
        desk.persons = persons(&[name]);
    }
    assert_eq!(world.refuses(approve("organiser-s-1", tasks[0])), "CONFLICT_OF_INTEREST");
    let reseat = |task: TaskNr, gone: &[&str]| Command::Reseat { task, gone: persons(gone) };
    assert_eq!(world.refuses(reseat(tasks[1], &[])), "TASK_NOT_OPEN");
    assert_eq!(world.refuses(reseat(tasks[0], &[])), "WRONG_STATE", "the other one can");
    world.does(reseat(tasks[0], &["organiser-s-2"]));
    world.does(reseat(tasks[2], &["financier-s-1", "financier-s-2"]));
    let holders: Vec<_> = world.tasks().iter().map(|nr| world.holder(*nr)).collect();
    assert_eq!(holders, [person("newcomer"), person("successor")]);
    world.does(world.approve(first(&world)));
    world.does(world.approve(first(&world)));
    assert!(world.is_open("turn"));
}

#[test]
fn in_turn_a_place_is_kept_when_its_people_change() {
    let mut world = World::at("turn");
    let waiting = world.open().tasks[1].nr;
    let reseat = |world: &World, task: TaskNr| {
        let holders = world.open().task(task).unwrap().holders();
        Command::Reseat { task, gone: holders }
    };
    world.does(reseat(&world, waiting));
    assert_eq!(world.tasks().len(), 1, "it is not its turn yet");
    let above: Vec<_> = world.open().tasks.iter().map(|task| task.nr).collect();
    assert_eq!(
        world.holder(above[2]),
        person("division-a-1"),
        "nobody is left: the authority above"
    );
    world.does(reseat(&world, first(&world)));
    assert_eq!(world.tasks().len(), 1);
    for whose in ["section-a-1", "division-a-1", "bureau-s-1"] {
        assert_eq!(world.tasks().len(), 1);
        assert_eq!(world.holder(first(&world)), person(whose), "in its turn");
        world.does(world.approve(first(&world)));
    }
    assert!(world.is_open("vote"));
}

#[test]
fn a_signer_who_can_no_longer_sign_is_taken_off() {
    let mut world = World::at("any");
    let task = first(&world);
    world.does(add(&world, Position::After, &["chief"]));
    world.does(world.approve(task));
    let chief = first(&world);
    let nobody = Command::Reseat { task: chief, gone: persons(&[]) };
    assert_eq!(world.refuses(nobody), "WRONG_STATE", "the chief can sign");
    world.does(Command::Reseat { task: chief, gone: persons(&["chief"]) });
    assert!(world.is_open("all"), "the approval stands by itself");
    let mut world = World::at("any");
    world.does(add(&world, Position::Before, &["adviser"]));
    let gone = persons(&["adviser"]);
    world.does(Command::Reseat { task: first(&world), gone });
    world.does(approve("clerk-s-1", task));
}

#[test]
fn a_case_does_not_come_straight_back_past_what_must_be_done_again() {
    // From the vote's successor back to before a meeting, a notice or an effect.
    let text = crate::world::EVERYTHING
        .replacen(
            "actions = [\"approve\", \"refuse\", \"recall\", \"claim\"]",
            "actions = [\"approve\", \"refuse\", \"recall\", \"claim\", \"return\"]\nreturns = [\"meeting\", \"record\", \"vote\"]",
            1,
        );
    let flow = quanheng_workflow::Flow::read("flow.toml", &text).unwrap();
    let mut world = World::new(flow);
    world.does(world.start());
    while !world.is_open("final") {
        world.go_on();
    }
    for to in ["meeting", "record", "vote"] {
        assert_eq!(world.refuses(give_back(&world, to, true)), "RETURN_NOT_ALLOWED", "{to}");
    }
    world.does(give_back(&world, "meeting", false));
    assert!(world.is_open("meeting"));
}

#[test]
fn who_was_present_at_a_meeting_has_decided() {
    let text = crate::world::EVERYTHING.replacen(
        "separate = [",
        "separate = [[\"meeting\", \"final\"], ",
        1,
    );
    let flow = quanheng_workflow::Flow::read("flow.toml", &text).unwrap();
    let mut world = World::new(flow);
    world.desks.get_mut(&actor("head", Level::OneAbove)).unwrap().persons =
        persons(&["committee-0", "head-a-2"]);
    world.does(world.start());
    while !world.is_open("final") {
        world.go_on();
    }
    assert_eq!(world.open().tasks[0].candidates, persons(&["head-a-2"]));
}

#[test]
fn a_return_forgets_only_who_decides_again() {
    let mut world = World::at("all");
    world.does(give_back(&world, "any", false));
    let kept: Vec<_> = world.case().deciders.keys().map(|step| step.as_str()).collect();
    assert_eq!(kept, ["draft"], "the draft is not written again");
    assert_eq!(world.case().opened, [id("draft"), id("any")]);
}

#[test]
fn who_has_given_an_opinion_is_not_the_one_it_goes_up_to() {
    let mut world = World::at("any");
    let above = actor("clerk", Level::OneAbove);
    world.desks.get_mut(&above).unwrap().persons = persons(&["boss"]);
    world.does(add(&world, Position::Before, &["boss"]));
    world.does(world.approve(first(&world)));
    late(&mut world);
    assert_eq!(world.holder(first(&world)), person("clerk-p-1"), "the next one up");
}

#[test]
fn a_department_that_keeps_out_is_not_let_in_by_a_transfer() {
    let mut world = World::begun();
    if let Some(case) = &mut world.state {
        case.about.keep_out = [UnitId::new("dept-s").unwrap()].into();
    }
    world.go_on();
    let task = first(&world);
    assert_eq!(world.holder(task), person("clerk-a-1"));
    let to = person("organiser-s-1");
    let hand = Command::Transfer { by: person("clerk-a-1"), task, to };
    assert_eq!(world.refuses(hand), "CONFLICT_OF_INTEREST");
}

#[test]
fn a_signer_before_gives_an_opinion_and_does_not_return_the_case() {
    let mut world = World::at("any");
    world.does(add(&world, Position::Before, &["adviser"]));
    assert_eq!(world.refuses(give_back(&world, "draft", false)), "ACTION_NOT_ALLOWED");
    let vote = World::at("vote");
    assert_eq!(vote.refuses(add(&vote, Position::Parallel, &["friend"])), "INVALID_FIELD");
}

#[test]
fn what_must_hold_at_the_end_of_a_step_is_asked_for_a_yes_only() {
    let text = crate::world::EVERYTHING.replacen(
        "name = \"集体研究\"\n",
        "name = \"集体研究\"\ncompletes_if = [\"only_decrease\"]\n",
        1,
    );
    let flow = quanheng_workflow::Flow::read("flow.toml", &text).unwrap();
    let mut world = World::new(flow);
    world.does(world.start());
    while !world.is_open("meeting") {
        world.go_on();
    }
    world.checks.insert(Check::OnlyDecrease, Err("编制数超出".to_owned()));
    let task = first(&world);
    let by = world.holder(task);
    let meet = |in_favour| Command::DecideInMeeting {
        by: by.clone(),
        task,
        meeting: meeting(9, 7, in_favour),
    };
    assert_eq!(world.refuses(meet(7)), "CHECK_FAILED");
    assert!(world.is_open("meeting"), "not committed, and nobody is denied by it");
    world.does(meet(2));
    assert_eq!(world.end(), Some("refused"));
}

#[test]
fn a_pause_on_the_last_day_leaves_that_day() {
    let mut world = World::at("turn");
    let Some(Due::On(last)) = world.open().due else { panic!() };
    world.today = last;
    world.does(Command::Pause { reason: "核实反映".to_owned() });
    world.today = jiff::civil::date(2026, 4, 1);
    world.does(Command::Resume);
    assert_eq!(world.open().due, Some(Due::On(world.today)));
    assert_eq!(world.refuses(Command::Tick), "WRONG_STATE");
}

#[test]
fn what_has_had_its_effect_is_not_recalled() {
    let text = crate::world::EVERYTHING.replacen(
        "name = \"会签\"\n",
        "name = \"会签\"\neffects = [\"place_holds\"]\n",
        1,
    );
    let flow = quanheng_workflow::Flow::read("flow.toml", &text).unwrap();
    let mut world = World::new(flow);
    world.does(world.start());
    while !world.is_open("all") {
        world.go_on();
    }
    let recall = |world: &World, task: TaskNr| {
        let by = world.case().recallable.as_ref().unwrap().by.person.clone();
        Command::Recall { by, task, reason: "看错材料".to_owned() }
    };
    let task = first(&world);
    world.does(world.approve(task));
    world.clone().does(recall(&world, task));
    world.does(world.approve(first(&world)));
    let last = first(&world);
    world.does(world.approve(last));
    assert!(world.is_open("turn"));
    assert_eq!(world.refuses(recall(&world, last)), "NOT_RECALLABLE");
}

#[test]
fn a_notice_that_reaches_beyond_the_calendar_ends_when_it_is_published() {
    let mut world = World::at("record");
    world.today = jiff::civil::date(2026, 12, 29);
    world.go_on();
    assert!(matches!(world.open().due, Some(Due::AwaitsCalendar { .. })));
    let newer =
        quanheng_policy::calendar::Calendar::from_csv("date,kind,name\n2027-01-01,holiday,元旦\n");
    let newer = crate::world::calendar().with_published(&newer.unwrap());
    let facts = quanheng_workflow::command::Facts { calendar: &newer, ..world.facts() };
    let events = quanheng_workflow::decide(world.state.as_ref(), Command::Tick, facts).unwrap();
    let expected = jiff::civil::date(2027, 1, 5);
    assert_eq!(events, [Event::DueSet { step: id("notice"), due: expected }]);
}
