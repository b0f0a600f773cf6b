//! What somebody has to do is one range of one index, however many tasks there are.

use std::collections::BTreeSet;

use quanheng_approval::{CASES, INBOX, PROJECTION};
use quanheng_eventlog::{Tag, Transaction};
use quanheng_policy::UnitId;
use quanheng_projection::{Filter, Op, Order, Query};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, CaseKind};
use quanheng_test_house::{Kind, person};
use quanheng_workflow::case::{About, Due, FlowVersion, OpenStep, Origin, Task, TaskNr, TaskState};
use quanheng_workflow::definition::{Actor, Level, Role, StepId};
use quanheng_workflow::event::Event;

use crate::world::{COUNTY, World};

on_both!(a_list_of_few_among_many_is_one_range);

/// Cases, each with a task that ten of so many people have.
const CASES_MADE: usize = 500;
const PEOPLE: usize = 100;

async fn a_list_of_few_among_many_is_one_range(kind: Kind) {
    let world = World::new(kind).await;
    for chunk in 0..CASES_MADE / 50 {
        let mut transaction = Transaction::default();
        for number in chunk * 50..(chunk + 1) * 50 {
            for draft in drafts(number) {
                transaction = transaction.append(draft);
            }
        }
        world.test.realm.log.commit(transaction).await.unwrap();
    }
    world.test.settle().await;
    analyse(&world).await;
    let view = world.test.realm.projections.view(PROJECTION).unwrap();
    let own = || Filter::equal("person", "persons/p7").and(Filter::equal("view", "TODO"));
    let today = world.test.realm.today();
    for (collection, filter, order) in [
        (INBOX, own(), Order::ascending(&["due_on"])),
        (INBOX, own(), Order::descending(&["log_position"])),
        (INBOX, own().and(Filter::equal("kind", "request")), Order::ascending(&["due_on"])),
        (INBOX, own().and(Filter::equal("unit", "units/bureau")), Order::ascending(&["due_on"])),
        (CASES, Filter::compare("tick_on", Op::LessOrEqual, today), Order::ascending(&["tick_on"])),
        (CASES, Filter::equal("awaits", true), Order::BY_ID),
    ] {
        let query = Query { filter, order, after: None, limit: 20 };
        let plan = view.explain(collection, &query).await.unwrap();
        let text = plan.join("\n");
        let scans = plan.iter().any(|step| {
            let step = step.trim();
            step.starts_with("SCAN") && !step.contains("USING") || step.contains("Seq Scan")
        });
        assert!(!scans, "{query:?}\n{text}");
        if collection == INBOX {
            let sorts = text.contains("TEMP B-TREE") || text.contains("Sort  (");
            assert!(!sorts, "{query:?}\n{text}");
        }
    }
    let query = Query { filter: own(), order: Order::ascending(&["due_on"]), ..Query::default() };
    let listed = view.list(INBOX, &query).await.unwrap();
    assert_eq!(listed.docs.len(), CASES_MADE * 10 / PEOPLE);
}

/// Lets the database know how many there are, as it finds out by itself in time.
async fn analyse(world: &World) {
    if let Some((connect, _)) = world.test.place.postgres() {
        use sqlx::ConnectOptions as _;
        let mut connection = connect.connect().await.unwrap();
        sqlx::query("ANALYZE").execute(&mut connection).await.unwrap();
    }
}

fn drafts(number: usize) -> Vec<quanheng_eventlog::EventDraft> {
    let key = CaseKey { kind: CaseKind::Request, id: format!("many-{number}") };
    let on = jiff::civil::date(2026, 3, 2);
    let started = Event::CaseStarted {
        flow: FlowVersion { flow: "t_any".into(), version: 1, hash: String::new() },
        initiator: person("starter"),
        about: About {
            subject: format!("promotionRequests/many-{number}"),
            title: "测试事项".into(),
            persons: BTreeSet::new(),
            unit: Some(UnitId::new("bureau").unwrap()),
            keep_out: BTreeSet::new(),
        },
        on,
    };
    let candidates = (0..10).map(|n| person(&format!("p{}", (number * 10 + n) % PEOPLE)));
    let task = Task {
        nr: TaskNr(1),
        candidates: candidates.collect(),
        claimed_by: None,
        state: TaskState::Open,
        origin: Origin::Seat(Actor {
            role: Role::new("t_clerk").unwrap(),
            level: Level::SameLevel,
        }),
        handed_on: false,
    };
    let due = on + jiff::Span::new().days(i32::try_from(number % 40).unwrap() + 10_000);
    let opened = Event::StepOpened {
        open: OpenStep {
            step: StepId::new("work").unwrap(),
            opened_on: on,
            due: Some(Due::On(due)),
            deadline_passed: false,
            tasks: vec![task],
            approved: None,
        },
    };
    let draft = |event: &Event| {
        let draft = streams::draft::<streams::Cases>(streams::case(&key), event).unwrap();
        draft.tagged(Tag::new(format!("divisions/{COUNTY}")).unwrap())
    };
    vec![draft(&started), draft(&opened)]
}
