//! Requests that come again: at once, and after everything was closed and opened.

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_approval::{ApprovalApi, definition};
use quanheng_test_house::{Kind, TestHouse, request};
use tonic::Code;

use crate::world::{World, approval, as_person, call, task_name, told};

on_both!(a_repetition_gets_the_first_answer, also_after_reopening, a_trial_changes_nothing);

async fn a_repetition_gets_the_first_answer(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let asked = approval(&task_name(&key, world.task_of(&key, "c1").await));
    let first = call!(world, &as_person("c1"), approve_task, asked.clone()).unwrap();
    let before = world.standing(&key).await;
    let again = call!(world, &as_person("c1"), approve_task, asked.clone()).unwrap();
    assert_eq!((first, world.standing(&key).await), (again, before));
    let other = wire::ApproveTaskRequest { opinion: "另一意见".into(), ..asked.clone() };
    let refused = told(&call!(world, &as_person("c1"), approve_task, other).unwrap_err());
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::InvalidArgument, "REQUEST_ID_REUSED")
    );
    // A refusal by a rule is an answer, too.
    let late = approval(&asked.name);
    let first = call!(world, &as_person("c2"), approve_task, late.clone()).unwrap_err();
    let again = call!(world, &as_person("c2"), approve_task, late).unwrap_err();
    assert_eq!(told(&first), told(&again));
    assert_eq!(told(&first).reason, "TASK_NOT_OPEN");
}

async fn also_after_reopening(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let asked = approval(&task_name(&key, world.task_of(&key, "c1").await));
    let first = call!(world, &as_person("c1"), approve_task, asked.clone()).unwrap();
    let (head, version) = world.standing(&key).await;
    let (place, matters) = (world.test.place.clone(), world.matters());
    world.test.realm.close().await;
    drop(world);
    let test = TestHouse::open_at(place, vec![definition().unwrap()]).await;
    let api = ApprovalApi::new(std::sync::Arc::clone(&test.house), matters);
    let again = api.approve_task(request(&as_person("c1"), asked)).await.unwrap().into_inner();
    assert_eq!(first, again);
    let stream = quanheng_streams::case(&key);
    assert_eq!(test.realm.log.stream_version(&stream).await.unwrap().0, version);
    assert_eq!(test.head().await, head);
}

async fn a_trial_changes_nothing(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let asked = approval(&task_name(&key, world.task_of(&key, "c1").await));
    let before = world.standing(&key).await;
    let trial = wire::ApproveTaskRequest { validate_only: true, ..asked.clone() };
    let tried = call!(world, &as_person("c1"), approve_task, trial).unwrap().task.unwrap();
    assert_eq!(tried.state(), wire::TaskState::Decided);
    assert_eq!(world.standing(&key).await, before);
    call!(world, &as_person("c1"), approve_task, asked).unwrap();
}
