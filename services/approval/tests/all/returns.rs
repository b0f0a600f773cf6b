//! Returning a case, step by step or straight back; taking a decision back in time.

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_streams::CaseKey;
use quanheng_test_house::{Kind, request_id};
use quanheng_workflow::case::Position;
use quanheng_workflow::command::Command;

use crate::world::{World, as_person, call, id, task_name, told};

on_both!(step_by_step, straight_back, a_decision_is_taken_back_in_time);

fn back(name: &str, to: &str, mode: wire::ReturnMode) -> wire::ReturnTaskRequest {
    wire::ReturnTaskRequest {
        name: name.into(),
        to_step: to.into(),
        mode: mode.into(),
        opinion: "请补充材料".into(),
        request_id: request_id(),
        ..Default::default()
    }
}

/// A case at its last step, and the head's task.
async fn at_last(world: &World) -> (CaseKey, String) {
    let key = world.at_work("t_any").await;
    let task = world.task_of(&key, "c1").await;
    let command = Command::Approve { by: id("c1"), task, opinion: String::new() };
    world.act(&key, command).await;
    let name = task_name(&key, world.task_of(&key, "h1").await);
    (key, name)
}

async fn step(world: &World, key: &CaseKey) -> String {
    world.test.case(key).await.unwrap().open.unwrap().step.to_string()
}

async fn step_by_step(kind: Kind) {
    let world = World::new(kind).await;
    let (key, name) = at_last(&world).await;
    let ask = async |who: &str, name: &str| {
        let min_position = world.test.head().await;
        let asked = wire::ListReturnTargetsRequest { name: name.to_owned(), min_position };
        call!(world, &as_person(who), list_return_targets, asked).unwrap().targets
    };
    let targets = ask("h1", &name).await;
    let targets: Vec<_> = targets
        .iter()
        .map(|target| (target.step.as_str(), target.step_name.as_str(), target.back_to_me))
        .collect();
    assert_eq!(targets, [("draft", "起草", true), ("work", "办理", true)]);
    // Not from a task that is done, nor by who gives an opinion before another.
    let all = world.at_work("t_all").await;
    let clerk = world.task_of(&all, "c1").await;
    let (by, persons, position) = (id("c1"), [id("n1")].into(), Position::Before);
    world.act(&all, Command::AddSigners { by, task: clerk, position, persons }).await;
    let signer = task_name(&all, world.task_of(&all, "n1").await);
    assert!(ask("n1", &signer).await.is_empty());
    assert_eq!(ask("c1", &task_name(&all, clerk)).await.len(), 1);
    let second = world.task_of(&all, "s1").await;
    assert_eq!(ask("s1", &task_name(&all, second)).await.len(), 1);
    let opinion = "同意".to_owned();
    world.act(&all, Command::Approve { by: id("s1"), task: second, opinion }).await;
    assert!(ask("s1", &task_name(&all, second)).await.is_empty());
    let returned = back(&name, "draft", wire::ReturnMode::Continue);
    let returned = call!(world, &as_person("h1"), return_task, returned).unwrap().task.unwrap();
    assert_eq!(
        (returned.state(), returned.verdict(), returned.opinion.as_str()),
        (wire::TaskState::Closed, wire::Verdict::Return, "请补充材料")
    );
    assert_eq!(step(&world, &key).await, "draft");
    assert_eq!(world.todo("starter").await.len(), 1);
    world.record(&key, "事由").await;
    assert_eq!(step(&world, &key).await, "work");
    // Who decided before decides anew.
    let again = task_name(&key, world.task_of(&key, "c1").await);
    world.approve("c1", &again).await.unwrap();
    assert_eq!(step(&world, &key).await, "last");
    let refused = back(&name, "draft", wire::ReturnMode::Continue);
    let refused = call!(world, &as_person("h1"), return_task, refused).unwrap_err();
    assert_eq!(told(&refused).reason, "TASK_NOT_OPEN");
}

async fn straight_back(kind: Kind) {
    let world = World::new(kind).await;
    let (key, name) = at_last(&world).await;
    let asked = back(&name, "work", wire::ReturnMode::BackToMe);
    call!(world, &as_person("h1"), return_task, asked).unwrap();
    assert_eq!(step(&world, &key).await, "work");
    assert_eq!(world.todo("h1").await, Vec::<String>::new());
    let work = task_name(&key, world.task_of(&key, "c1").await);
    // One return at a time comes straight back.
    let twice = back(&work, "draft", wire::ReturnMode::BackToMe);
    let refused = told(&call!(world, &as_person("c1"), return_task, twice).unwrap_err());
    assert_eq!(refused.reason, "RETURN_NOT_ALLOWED");
    world.approve("c1", &work).await.unwrap();
    assert_eq!(step(&world, &key).await, "last");
    assert_eq!(world.todo("h1").await, std::slice::from_ref(&name));
    world.approve("h1", &name).await.unwrap();
    assert!(world.test.case(&key).await.unwrap().ended.is_some());
}

async fn a_decision_is_taken_back_in_time(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let name = task_name(&key, world.task_of(&key, "c1").await);
    world.approve("c1", &name).await.unwrap();
    let recall = || wire::RecallTaskRequest {
        name: name.clone(),
        reason: "材料有误".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = told(&call!(world, &as_person("c2"), recall_task, recall()).unwrap_err());
    assert_eq!(refused.reason, "ACCESS_DENIED");
    let head = task_name(&key, world.task_of(&key, "h1").await);
    let back = call!(world, &as_person("c1"), recall_task, recall()).unwrap().task.unwrap();
    assert_eq!((back.state(), back.decided_by), (wire::TaskState::Open, None));
    assert_eq!(step(&world, &key).await, "work");
    let gone = world.task(&crate::world::manager(), &head).await.unwrap();
    assert_eq!(gone.state(), wire::TaskState::Void);
    world.approve("c2", &name).await.unwrap();
    let claim = wire::ClaimTaskRequest {
        name: task_name(&key, world.task_of(&key, "h1").await),
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, &as_person("h1"), claim_task, claim).unwrap();
    let late = told(&call!(world, &as_person("c2"), recall_task, recall()).unwrap_err());
    assert_eq!(late.reason, "NOT_RECALLABLE");
}
