//! What decisions come to in each mode, over every order of every decision.

use quanheng_workflow::case::TaskNr;

use crate::world::{World, everything};

/// Decides on the open tasks one by one as told; how the step ended, and after how many
/// decisions.
fn decided(step: &str, verdicts: &[bool]) -> (Option<bool>, usize) {
    let mut world = World::at(step);
    let _ = everything();
    for (count, approve) in verdicts.iter().enumerate() {
        let tasks: Vec<TaskNr> = world.tasks();
        let nr = tasks[0];
        world.does(if *approve { world.approve(nr) } else { world.refuse(nr) });
        if !world.is_open(step) {
            return (Some(world.end() != Some("refused")), count + 1);
        }
    }
    (None, verdicts.len())
}

fn sequences(length: u32) -> impl Iterator<Item = Vec<bool>> {
    (0..2_u32.pow(length)).map(move |bits| (0..length).map(|n| bits & (1 << n) != 0).collect())
}

#[test]
fn any_one_decides_for_all() {
    assert_eq!(decided("any", &[true]), (Some(true), 1));
    assert_eq!(decided("any", &[false]), (Some(false), 1));
}

#[test]
fn all_must_approve_and_are_heard() {
    for verdicts in sequences(3) {
        let all = verdicts.iter().all(|approve| *approve);
        assert_eq!(decided("all", &verdicts), (Some(all), 3), "{verdicts:?}");
    }
}

#[test]
fn in_turn_the_first_refusal_refuses() {
    for verdicts in sequences(3) {
        let refused = verdicts.iter().position(|approve| !approve);
        let expected = match refused {
            Some(at) => (Some(false), at + 1),
            None => (Some(true), 3),
        };
        assert_eq!(decided("turn", &verdicts), expected, "{verdicts:?}");
    }
}

#[test]
fn in_turn_only_one_can_act_at_a_time() {
    let mut world = World::at("turn");
    for _ in 0..3 {
        assert_eq!(world.tasks().len(), 1);
        world.does(world.approve(world.tasks()[0]));
    }
}

/// Of five members two thirds are four: four approvals pass it, two refusals end it.
#[test]
fn a_vote_ends_as_soon_as_it_is_decided() {
    for verdicts in sequences(5) {
        let mut approve = 0;
        let mut expected = (None, 5);
        for (count, verdict) in verdicts.iter().enumerate() {
            approve += u32::from(*verdict);
            let refuse = count as u32 + 1 - approve;
            if approve == 4 || refuse == 2 {
                expected = (Some(approve == 4), count + 1);
                break;
            }
        }
        assert_eq!(decided("vote", &verdicts), expected, "{verdicts:?}");
    }
}

#[test]
fn a_refusal_needs_a_reason() {
    let world = World::at("any");
    let quanheng_workflow::command::Command::Refuse { by, task, .. } =
        world.refuse(world.tasks()[0])
    else {
        unreachable!("it refuses")
    };
    let opinion = " ".to_owned();
    let silent = quanheng_workflow::command::Command::Refuse { by, task, opinion };
    assert_eq!(world.refuses(silent), "INVALID_FIELD");
}

/// All at once, and any after all: the other meanings of a refusal.
#[test]
fn what_a_refusal_means_is_the_definitions() {
    let text = crate::world::EVERYTHING
        .replacen("how = { all = { refusal = \"after_all\" } }", "how = { all = { refusal = \"at_once\" } }", 1)
        .replacen(
            "seats = [{ role = \"clerk\", level = \"same_level\" }]\nhow = { any = { refusal = \"at_once\" } }",
            "seats = [{ role = \"clerk\", level = \"same_level\", each = true }]\nhow = { any = { refusal = \"after_all\" } }",
            1,
        );
    let flow = quanheng_workflow::Flow::read("flow.toml", &text).unwrap();
    let begin = || {
        let mut world = World::new(flow.clone());
        world.does(world.start());
        world.go_on();
        world
    };
    let mut world = begin();
    assert_eq!(world.tasks().len(), 2);
    world.does(world.refuse(world.tasks()[0]));
    assert!(world.is_open("any"), "the other may still approve");
    let mut refused = world.clone();
    refused.does(refused.refuse(refused.tasks()[0]));
    assert_eq!(refused.end(), Some("refused"), "all have refused");
    world.does(world.approve(world.tasks()[0]));
    assert!(world.is_open("all"), "one has approved");
    world.does(world.approve(world.tasks()[0]));
    world.does(world.refuse(world.tasks()[0]));
    assert_eq!(world.end(), Some("refused"), "one refusal is enough");
}
