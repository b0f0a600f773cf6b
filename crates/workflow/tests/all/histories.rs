//! Random histories of cases: after every accepted command there is an open step that
//! somebody can act on, a wait, or an end; and from everywhere the case can be brought to
//! its end.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use quanheng_policy::PersonId;
use quanheng_workflow::case::{Due, Origin, Position, TaskNr};
use quanheng_workflow::command::{Command, Substitution};
use quanheng_workflow::definition::{Kind, StepId};
use quanheng_workflow::event::Event;
use quanheng_workflow::{Flow, defaults};

use crate::world::{OTHERS, World, everything, meeting, person};

/// What is tried. Numbers choose among what is there when its turn comes.
#[derive(Debug, Clone, Copy)]
struct Op {
    what: u8,
    task: u8,
    who: u8,
    other: u8,
    flag: bool,
}

fn op() -> impl Strategy<Value = Op> {
    let byte = any::<u8>;
    // Mostly what brings the case on; else anything.
    let what = prop_oneof![3 => Just(0_u8), 1 => Just(1), 6 => 2..19_u8];
    (what, byte(), byte(), byte(), any::<bool>()).prop_map(|(what, task, who, other, flag)| Op {
        what,
        task,
        who,
        other,
        flag,
    })
}

fn flow(which: u8) -> Arc<Flow> {
    match which {
        0..3 => {
            let (file, text) = defaults::ALL[usize::from(which)];
            Flow::read(file, text).unwrap()
        }
        _ => everything(),
    }
}

fn choose<T>(list: &[T], by: u8) -> Option<&T> {
    if list.is_empty() { None } else { list.get(usize::from(by) % list.len()) }
}

fn resolve(world: &World, op: Op) -> Option<Command> {
    let open = world.case().open.as_ref()?;
    let numbers: Vec<TaskNr> = open.tasks.iter().map(|task| task.nr).collect();
    let task = choose(&numbers, op.task).copied().unwrap_or(TaskNr(0));
    let holders: Vec<PersonId> =
        open.task(task).map(|task| task.holders().into_iter().collect()).unwrap_or_default();
    let outsider = person(choose(&OTHERS, op.other).unwrap());
    let by = match op.who % 8 {
        0 => outsider.clone(),
        _ => choose(&holders, op.who).cloned().unwrap_or_else(|| outsider.clone()),
    };
    let to = outsider;
    let steps: Vec<&StepId> = world.flow.definition.steps.iter().map(|step| &step.id).collect();
    let opinion = "意见".to_owned();
    let reason = opinion.clone();
    let position =
        *choose(&[Position::Before, Position::After, Position::Parallel], op.other).unwrap();
    let people = [to.clone(), person(choose(&OTHERS, op.who).unwrap())].into();
    let step = world.flow.definition.step(&open.step).unwrap();
    let returns = if step.returns().is_empty() || op.who.is_multiple_of(5) {
        (*choose(&steps, op.other).unwrap()).clone()
    } else {
        choose(step.returns(), op.other).unwrap().clone()
    };
    Some(match op.what {
        2 | 3 => Command::Approve { by, task, opinion },
        4 => Command::Refuse { by, task, opinion },
        5 => Command::Return { by, task, to: returns, back_to_me: op.flag, opinion },
        6 => Command::Claim { by, task },
        7 => Command::Transfer { by, task, to },
        8 => Command::Delegate { by, task, to },
        9 => Command::ResolveDelegation { by: if op.flag { by } else { to }, task, opinion },
        10 | 11 => Command::AddSigners { by, task, position, persons: people },
        12 => {
            let signer = open
                .tasks
                .iter()
                .rev()
                .find(|task| task.is_pending() && matches!(task.origin, Origin::Signer { .. }));
            match signer.map(|signer| (&signer.origin, &signer.candidates)) {
                Some((Origin::Signer { to, .. }, persons)) => {
                    let by = open.task(*to)?.holders().into_iter().next()?;
                    Command::RemoveSigners { by, task: *to, persons: persons.clone() }
                }
                _ => Command::RemoveSigners { by, task, persons: [to].into() },
            }
        }
        13 => Command::Copy { by, task, to: people },
        14 => Command::Recall {
            by: world
                .case()
                .recallable
                .as_ref()
                .map_or(by, |recallable| recallable.by.person.clone()),
            task: world.case().recallable.as_ref().map_or(task, |recallable| recallable.task),
            reason,
        },
        15 => {
            let gone = if op.flag { holders.into_iter().collect() } else { [to].into() };
            Command::Reseat { task, gone }
        }
        16 if op.flag => Command::Pause { reason },
        16 => Command::Resume,
        17 => match &step.kind {
            Kind::Body { .. } => {
                let present = u32::from(op.other % 10);
                let in_favour = u32::from(op.task) % (present + 1);
                Command::DecideInMeeting { by, task, meeting: meeting(9, present, in_favour) }
            }
            Kind::Record { .. } => Command::Record { by, task, facts: BTreeMap::new() },
            _ => Command::RunChecks,
        },
        // Rarely, so that histories are long.
        18 if op.task < 20 => Command::Withdraw { by: person("starter"), reason },
        18 if op.task < 24 => Command::Stop,
        18 => Command::Urge { by: person("starter") },
        _ => Command::Tick,
    })
}

fn play(world: &mut World, ops: &[Op], tally: &mut BTreeMap<String, u64>) {
    world.substitutions = vec![Substitution {
        of: person("clerk-s-1"),
        by: person("stand-in"),
        from: world.today,
        to: world.today,
    }];
    world.does(world.start());
    for op in ops {
        if world.end().is_some() {
            break;
        }
        match op.what {
            0 if world.case().open.is_some() && op.flag => world.go_on(),
            1 => {
                if let Some(Due::On(day)) = world.open().due {
                    world.today = world.today.max(day.tomorrow().unwrap());
                }
                let _ = world.run(Command::Tick);
            }
            _ => {
                if let Some(command) = resolve(world, *op) {
                    let _ = world.run(command);
                }
            }
        }
    }
    for _ in 0..200 {
        if world.end().is_some() {
            break;
        }
        world.go_on();
    }
    assert!(world.end().is_some(), "it can be brought to an end: {:#?}", world.case());
    for event in &world.events {
        let kind = serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned();
        *tally.entry(kind).or_default() += 1;
        let text = serde_json::to_string(event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), *event, "as it is stored");
    }
}

fn cases() -> u32 {
    if std::env::var_os("QUANHENG_LONG").is_some() { 100_000 } else { 300 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn a_case_is_never_stuck(which in 0..8_u8, ops in prop::collection::vec(op(), 0..60)) {
        play(&mut World::new(flow(which)), &ops, &mut BTreeMap::new());
    }
}

#[test]
fn the_histories_reach_what_can_happen() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let histories = prop::collection::vec(op(), 20..60);
    let mut found = BTreeMap::new();
    for round in 0..400_u32 {
        let ops = histories.new_tree(&mut runner).unwrap().current();
        play(&mut World::new(flow((round % 8) as u8)), &ops, &mut found);
    }
    eprintln!("{found:?}");
    for kind in [
        "case_started",
        "step_opened",
        "step_resumed",
        "task_claimed",
        "task_decided",
        "task_transferred",
        "task_delegated",
        "delegation_resolved",
        "signers_added",
        "signers_removed",
        "copied",
        "urged",
        "recorded",
        "body_decided",
        "checked",
        "step_completed",
        "step_returned",
        "decision_recalled",
        "deadline_passed",
        "task_reseated",
        "paused",
        "resumed",
        "withdrawn",
        "case_ended",
    ] {
        assert!(found.get(kind).is_some_and(|count| *count >= 3), "{kind}: {found:?}");
    }
}
