//! What time brings, once each: the end of a wait, deadlines in working days, dates that wait
//! for a calendar.

use std::sync::atomic::Ordering;

use quanheng_approval::{Tick, definition};
use quanheng_runtime::{Duty as _, derived_id};
use quanheng_streams::CaseKey;
use quanheng_test_house::{Kind, TestHouse};
use quanheng_workflow::case::{Case, Due};

use crate::world::{World, as_person, task_name};

on_both!(
    a_wait_ends,
    deadlines_have_their_consequence_once,
    two_processes_do_it_once,
    a_date_waits_for_the_calendar,
    what_a_rule_holds_up_is_tried_again,
);

/// Looks for what is due, and does it, as the timers do; says how much there was.
async fn look(test: &TestHouse, tick: &Tick) -> usize {
    test.settle().await;
    let due = tick.due(&test.realm, 256).await.unwrap();
    for due in &due {
        let id = derived_id(tick.name(), &due.resource, &due.instance);
        let done = tick.fire(&test.realm, due, id).await;
        assert!(done.as_ref().err().is_none_or(|failure| failure.is_kept()), "{done:?}");
    }
    test.settle().await;
    due.len()
}

async fn open(world: &World, key: &CaseKey) -> Case {
    world.test.case(key).await.unwrap()
}

/// Lets days pass until a day is over.
fn pass(world: &World, until: jiff::civil::Date) {
    let days = (until - world.test.realm.today()).get_days();
    world.test.clock.pass_days(i64::from(days));
}

/// Until when the open step lasts.
async fn due(world: &World, key: &CaseKey) -> jiff::civil::Date {
    match open(world, key).await.open.unwrap().due {
        Some(Due::On(day)) => day,
        other => panic!("{other:?}"),
    }
}

async fn a_wait_ends(kind: Kind) {
    let world = World::new(kind).await;
    let tick = Tick::new(world.matters());
    let key = world.at_work("t_wait").await;
    let last = due(&world, &key).await;
    assert!((last - world.test.realm.today()).get_days() >= 3);
    assert_eq!(look(&world.test, &tick).await, 0);
    // Its last day is not over yet.
    pass(&world, last);
    assert_eq!(look(&world.test, &tick).await, 0);
    world.test.clock.pass_days(1);
    assert_eq!(look(&world.test, &tick).await, 1);
    assert_eq!(open(&world, &key).await.open.unwrap().step.as_str(), "last");
    assert_eq!(look(&world.test, &tick).await, 0);
    assert_eq!(world.todo("h1").await.len(), 1);
}

async fn deadlines_have_their_consequence_once(kind: Kind) {
    let world = World::new(kind).await;
    let tick = Tick::new(world.matters());
    let remind = world.at_work("t_remind").await;
    let escalate = world.at_work("t_escalate").await;
    let lapse = world.at_work("t_lapse").await;
    let name = task_name(&remind, world.task_of(&remind, "c1").await);
    let last = due(&world, &remind).await;
    pass(&world, last);
    assert!(!world.task(&as_person("c1"), &name).await.unwrap().overdue);
    assert_eq!(look(&world.test, &tick).await, 0);
    world.test.clock.pass_days(1);
    assert!(world.task(&as_person("c1"), &name).await.unwrap().overdue);
    assert_eq!(look(&world.test, &tick).await, 3);
    // Reminded: it stays where it is.
    let reminded = open(&world, &remind).await.open.unwrap();
    assert!(reminded.deadline_passed && reminded.step.as_str() == "work");
    assert!(world.todo("c1").await.contains(&name));
    // Gone to the authority above.
    let above = open(&world, &escalate).await.open.unwrap();
    assert!(above.tasks.iter().any(|task| task.candidates.contains(&crate::world::id("above"))));
    assert_eq!(world.todo("above").await.len(), 1);
    assert_eq!(world.todo("c2").await, [name]);
    // Ended.
    assert_eq!(open(&world, &lapse).await.ended.unwrap().end.as_str(), "lapsed");
    for _ in 0..3 {
        let head = world.test.head().await;
        assert_eq!(look(&world.test, &tick).await, 0);
        assert_eq!(world.test.head().await, head);
        world.test.clock.pass_days(1);
    }
}

async fn two_processes_do_it_once(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_remind").await;
    let last = due(&world, &key).await;
    pass(&world, last);
    world.test.clock.pass_days(1);
    // On SQLite there is one process; there it looks twice.
    let second = match kind {
        Kind::Sqlite => None,
        Kind::Postgres => {
            let place = world.test.place.clone();
            let second = TestHouse::open_at(place, vec![definition().unwrap()]).await;
            let days = (world.test.realm.today() - second.realm.today()).get_days();
            second.clock.pass_days(i64::from(days));
            Some(second)
        }
    };
    let second = second.as_ref().unwrap_or(&world.test);
    let (one, other) = (Tick::new(world.matters()), Tick::new(world.matters()));
    world.test.settle().await;
    second.settle().await;
    let before = world.standing(&key).await.1;
    // Both have seen that it is due before either does it.
    let seen = one.due(&world.test.realm, 10).await.unwrap();
    assert_eq!(other.due(&second.realm, 10).await.unwrap(), seen);
    let id = derived_id(one.name(), &seen[0].resource, &seen[0].instance);
    let (first, again) = tokio::join!(
        one.fire(&world.test.realm, &seen[0], id),
        other.fire(&second.realm, &seen[0], id)
    );
    assert!(first.is_ok() && again.is_ok(), "{first:?} {again:?}");
    assert_eq!(world.standing(&key).await.1, before + 1);
}

async fn a_date_waits_for_the_calendar(kind: Kind) {
    let world = World::new(kind).await;
    let tick = Tick::new(world.matters());
    let key = world.at_work("t_far").await;
    let opened = open(&world, &key).await.open.unwrap();
    assert!(matches!(opened.due, Some(Due::AwaitsCalendar { .. })), "{opened:?}");
    let name = task_name(&key, world.task_of(&key, "c1").await);
    let shown = world.task(&as_person("c1"), &name).await.unwrap();
    assert!(shown.due_awaits_calendar && shown.due_on.is_none());
    // Tried once; without another calendar there is nothing to be tried.
    assert_eq!(look(&world.test, &tick).await, 1);
    assert_eq!(look(&world.test, &tick).await, 0);
    let year = world.test.realm.today().year();
    world.publish_calendar(&[year + 1]).await;
    assert_eq!(look(&world.test, &tick).await, 1);
    assert!(matches!(open(&world, &key).await.open.unwrap().due, Some(Due::AwaitsCalendar { .. })));
    let years: Vec<i16> = (year + 2..year + 6).collect();
    world.publish_calendar(&years).await;
    assert_eq!(look(&world.test, &tick).await, 1);
    let last = due(&world, &key).await;
    assert!(last.year() >= year + 3, "{last}");
    assert_eq!(look(&world.test, &tick).await, 0);
    let shown = world.task(&as_person("c1"), &name).await.unwrap();
    assert_eq!(shown.due_on, Some(quanheng_api::date(last)));
}

async fn what_a_rule_holds_up_is_tried_again(kind: Kind) {
    let world = World::new(kind).await;
    let tick = Tick::new(world.matters());
    let key = world.at_work("t_held").await;
    let last = due(&world, &key).await;
    pass(&world, last);
    world.test.clock.pass_days(1);
    world.matter.complete.store(false, Ordering::SeqCst);
    let before = world.standing(&key).await;
    assert_eq!(look(&world.test, &tick).await, 1);
    assert_eq!(world.standing(&key).await, before);
    // It is tried again the next day; the same day's answer stands.
    world.matter.complete.store(true, Ordering::SeqCst);
    assert_eq!(look(&world.test, &tick).await, 1);
    assert_eq!(world.standing(&key).await, before);
    world.test.clock.pass_days(1);
    assert_eq!(look(&world.test, &tick).await, 1);
    assert_eq!(open(&world, &key).await.open.unwrap().step.as_str(), "last");
    // Where the matter says so, it pauses instead, and is no longer due.
    let key = world.at_work("t_held").await;
    let last = due(&world, &key).await;
    pass(&world, last);
    world.test.clock.pass_days(1);
    world.matter.complete.store(false, Ordering::SeqCst);
    world.matter.pauses.store(true, Ordering::SeqCst);
    assert_eq!(look(&world.test, &tick).await, 1);
    assert_eq!(open(&world, &key).await.paused.unwrap().reason, "材料不齐");
    assert_eq!(look(&world.test, &tick).await, 0);
}
