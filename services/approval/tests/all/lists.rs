//! Four lists of one's own, page by page.

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_test_house::Kind;
use quanheng_workflow::command::Command;
use wire::TaskView::{Copied, Done, Initiated, Todo};

use crate::world::{World, as_person, call, case_name, id, named, task_name, told};

on_both!(
    each_list_shows_its_own,
    lists_go_page_by_page,
    a_page_goes_on_with_whom_one_stands_in_for
);

async fn each_list_shows_its_own(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let task = world.task_of(&key, "c1").await;
    let name = task_name(&key, task);
    let copied = Command::Copy { by: id("c1"), task, to: [id("n3")].into() };
    world.act(&key, copied).await;
    for who in ["c1", "c2"] {
        let listed = world.list(who, Todo, |_| {}).await;
        assert_eq!((listed.tasks.len(), listed.total_size), (1, 1), "{who}");
        let found = &listed.tasks[0];
        assert_eq!((&found.name, found.state()), (&name, wire::TaskState::Open));
        assert_eq!((found.step_name.as_str(), found.article.as_str()), ("办理", "测试第二条"));
        assert_eq!(found.unit, "units/bureau");
        assert_eq!(found.division, crate::world::COUNTY);
        let actions: Vec<_> = found.actions().map(|action| action.as_str_name()).collect();
        assert!(actions.contains(&"TASK_ACTION_APPROVE"), "{actions:?}");
        assert!(!actions.contains(&"TASK_ACTION_URGE"), "{actions:?}");
    }
    assert_eq!(world.todo("stranger").await, Vec::<String>::new());
    let cases = |listed: wire::ListTasksResponse| -> Vec<String> {
        listed.cases.into_iter().map(|case| case.name).collect()
    };
    assert_eq!(cases(world.list("starter", Initiated, |_| {}).await), [case_name(&key)]);
    assert_eq!(cases(world.list("n3", Copied, |_| {}).await), [case_name(&key)]);
    assert_eq!(cases(world.list("c1", Copied, |_| {}).await), Vec::<String>::new());
    // Claimed: it is one's own alone.
    world.act(&key, Command::Claim { by: id("c1"), task }).await;
    assert_eq!(world.todo("c2").await, Vec::<String>::new());
    world.approve("c1", &name).await.unwrap();
    assert_eq!(world.todo("c1").await, Vec::<String>::new());
    let done = world.list("c1", Done, |_| {}).await.tasks;
    assert_eq!((done.len(), done[0].verdict()), (1, wire::Verdict::Approve));
    assert_eq!(done[0].actions().collect::<Vec<_>>().len(), 1, "{:?}", done[0]);
    // Taken back: to be done again, and not done.
    world.act(&key, Command::Recall { by: id("c1"), task, reason: "有误".into() }).await;
    assert_eq!(world.todo("c1").await, [name]);
    assert_eq!(world.list("c1", Done, |_| {}).await.tasks.len(), 0);
    assert_eq!(world.todo("h1").await, Vec::<String>::new());
    // What the initiator recorded is done, too.
    let recorded = world.list("starter", Done, |_| {}).await.tasks;
    assert_eq!((recorded.len(), recorded[0].verdict()), (1, wire::Verdict::Record));
    let nobody = quanheng_test_house::principal("nobody", &[quanheng_identity::Role::Viewer]);
    let refused = call!(world, &nobody, list_tasks, wire::ListTasksRequest::default());
    assert_eq!(told(&refused.unwrap_err()).reason, "ACCESS_DENIED");
}

async fn lists_go_page_by_page(kind: Kind) {
    let world = World::new(kind).await;
    let mut names = Vec::new();
    for number in 0..7 {
        // Those with a deadline come first.
        let flow = if number % 2 == 0 { "t_any" } else { "t_remind" };
        let key = world.at_work(flow).await;
        names.push((number % 2 == 0, task_name(&key, world.task_of(&key, "c1").await)));
    }
    names.sort();
    let wanted: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let given = token.clone();
        let page = world
            .list("c1", Todo, |asked| {
                (asked.page_size, asked.page_token) = (2, given);
            })
            .await;
        assert!(page.tasks.len() <= 2);
        seen.extend(page.tasks.into_iter().map(|task| task.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, wanted);
    let filtered = |filter: &str, order: &str| {
        let (filter, order_by) = (filter.to_owned(), order.to_owned());
        let world = &world;
        async move {
            let listed = world.list("c1", Todo, |asked| {
                (asked.filter, asked.order_by) = (filter, order_by);
            });
            listed.await.tasks.len()
        }
    };
    assert_eq!(filtered("kind = \"request\"", "").await, 7);
    assert_eq!(filtered("kind = \"round\"", "").await, 0);
    assert_eq!(filtered("unit = \"units/bureau\"", "log_position desc").await, 7);
    assert_eq!(filtered("due_on < \"9999-01-01\"", "").await, 3);
    for (filter, order_by, field) in [
        ("division = \"420106\"", "", "filter"),
        ("nothing = 1", "", "filter"),
        ("", "unit", "filter"),
        ("", "nothing", "order_by"),
        // Nobody lists what is another's.
        ("person = \"persons/c2\"", "", "filter"),
    ] {
        let asked = wire::ListTasksRequest {
            filter: filter.into(),
            order_by: order_by.into(),
            ..Default::default()
        };
        match call!(world, &as_person("c1"), list_tasks, asked) {
            Err(status) => assert_eq!(told(&status).fields, [field], "{filter} {order_by}"),
            Ok(listed) => assert!(listed.tasks.is_empty(), "{filter} {order_by}"),
        }
    }
    let asked = wire::ListTasksRequest { page_token: "c2.x".into(), ..Default::default() };
    let refused = call!(world, &as_person("c1"), list_tasks, asked).unwrap_err();
    assert_eq!(told(&refused).fields, ["page_token"]);
}

async fn a_page_goes_on_with_whom_one_stands_in_for(kind: Kind) {
    let world = World::new(kind).await;
    world.stand_in("c1", "m1", 0, 5).await;
    world.stand_in("s1", "m1", 0, 5).await;
    world.stand_in("c2", "m1", 2, 5).await;
    let mut own = Vec::new();
    for _ in 0..3 {
        let key = world.at_work("t_quorum").await;
        own.push(task_name(&key, world.task_of(&key, "m1").await));
    }
    let key = world.at_work("t_all").await;
    let (first, second) = (world.task_of(&key, "c1").await, world.task_of(&key, "s1").await);
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let given = token.clone();
        let page = world
            .list("m1", Todo, |asked| {
                (asked.page_size, asked.page_token) = (2, given);
            })
            .await;
        seen.extend(page.tasks.into_iter().map(|task| (task.name, task.acting_for)));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let mut wanted: Vec<_> = own.into_iter().map(|name| (name, String::new())).collect();
    wanted.push((task_name(&key, first), named("c1")));
    wanted.push((task_name(&key, second), named("s1")));
    assert_eq!(seen, wanted);
    // Done for the other: both have done it.
    let task = world.approve("m1", &task_name(&key, first)).await.unwrap();
    let by = task.decided_by.unwrap();
    assert_eq!((by.person, by.for_person), (named("m1"), named("c1")));
    for who in ["m1", "c1"] {
        assert_eq!(world.list(who, Done, |_| {}).await.tasks.len(), 1, "{who}");
    }
}
