//! Cases: what is told of them and to whom; pauses, and others found for a task.

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_identity::{Principal, Role};
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_streams::CaseKey;
use quanheng_test_house::{Kind, Registered, principal, request_id};
use quanheng_workflow::case::Position;
use quanheng_workflow::command::Command;
use tonic::Status;

use crate::world::{World, as_person, call, case_name, id, manager, named, task_name, told};

on_both!(
    a_case_tells_its_history,
    who_may_see_a_case,
    a_pause_stops_everything,
    others_are_found_for_a_task,
    minutes_are_asked_for_and_passed_on,
);

async fn case(
    world: &World,
    who: &Principal,
    key: &CaseKey,
) -> Result<wire::GetCaseResponse, Status> {
    let min_position = world.test.head().await;
    call!(world, who, get_case, wire::GetCaseRequest { name: case_name(key), min_position })
}

async fn a_case_tells_its_history(kind: Kind) {
    let world = World::new(kind).await;
    world.stand_in("c1", "deputy", 0, 5).await;
    let key = world.at_work("t_any").await;
    let first = task_name(&key, world.task_of(&key, "c1").await);
    let back = wire::ReturnTaskRequest {
        name: first.clone(),
        to_step: "draft".into(),
        opinion: "请补充".into(),
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, &as_person("c2"), return_task, back).unwrap();
    world.record(&key, "事由").await;
    let second = task_name(&key, world.task_of(&key, "c1").await);
    world.approve("deputy", &second).await.unwrap();
    let told = case(&world, &as_person("starter"), &key).await.unwrap();
    let found = told.case.unwrap();
    assert_eq!(
        (found.step.as_str(), found.step_name.as_str(), found.state()),
        ("last", "审批", wire::CaseState::Open)
    );
    assert_eq!((found.kind_label.as_str(), found.title.as_str()), ("职级晋升", "测试事项"));
    assert_eq!(found.flow, "flowDefinitions/t_any/versions/1");
    let steps: Vec<_> =
        told.steps.iter().map(|step| (step.step.as_str(), step.outcome())).collect();
    use wire::StepOutcome::{Passed, Returned, Unspecified};
    assert_eq!(
        steps,
        [
            ("draft", Passed),
            ("work", Returned),
            ("draft", Passed),
            ("work", Passed),
            ("last", Unspecified)
        ]
    );
    let returned = &told.steps[1].tasks[0];
    assert_eq!(returned.verdict(), wire::Verdict::Return);
    assert_eq!(returned.decided_by.as_ref().unwrap().person, named("c2"));
    let decided = &told.steps[3].tasks[0];
    let by = decided.decided_by.clone().unwrap();
    assert_eq!((by.person, by.for_person), (named("deputy"), named("c1")));
    assert_eq!((decided.verdict(), decided.opinion.as_str()), (wire::Verdict::Approve, "同意"));
    assert_eq!(told.steps[0].tasks[0].verdict(), wire::Verdict::Record);
    let types: Vec<_> = told.timeline.iter().map(|entry| entry.r#type.as_str()).collect();
    assert_eq!(types[..4], ["case_started", "step_opened", "recorded", "step_completed"]);
    assert!(types.contains(&"step_returned") && types.contains(&"task_decided"), "{types:?}");
    let last = told.timeline.iter().rfind(|entry| entry.r#type == "task_decided").unwrap();
    assert_eq!((last.summary.as_str(), last.task.as_str()), ("同意", second.as_str()));
    let version = told.timeline.last().unwrap().version;
    assert_eq!(found.etag, format!("v{version}"));
}

async fn who_may_see_a_case(kind: Kind) {
    let world = World::new(kind).await;
    world.stand_in("c1", "deputy", 0, 5).await;
    world.stand_in("c1", "n1", 3, 5).await;
    let key = world.at_work("t_any").await;
    let task = world.task_of(&key, "c1").await;
    let copied = Command::Copy { by: id("c1"), task, to: [id("n3")].into() };
    world.act(&key, copied).await;
    let of = |code: &str| {
        let mut found = principal("somebody", &[Role::Viewer]);
        found.jurisdiction = DivisionCode::parse(code).unwrap();
        found
    };
    let mut clerk = of("650000");
    clerk.unit = Some(UnitId::new("bureau").unwrap());
    for (who, sees) in [
        (as_person("c1"), true),
        (as_person("starter"), true),
        (as_person("n3"), true),
        (as_person("deputy"), true),
        (as_person("n1"), false),
        (as_person("stranger"), false),
        (as_person("s1"), false),
        (manager(), true),
        (of("420106"), true),
        (of("420100"), true),
        (of("420200"), false),
        (clerk, true),
    ] {
        let found = case(&world, &who, &key).await;
        let shown = world.task(&who, &task_name(&key, task)).await;
        assert_eq!((found.is_ok(), shown.is_ok()), (sees, sees), "{who:?}");
        for hidden in [found.map(drop).err(), shown.map(drop).err()].into_iter().flatten() {
            assert_eq!(told(&hidden).reason, "RESOURCE_NOT_FOUND");
        }
    }
    // Who had it and has not acted sees it no more once it is gone.
    let head = Command::Approve { by: id("c1"), task, opinion: String::new() };
    world.act(&key, head).await;
    assert!(case(&world, &as_person("c1"), &key).await.is_ok());
    assert!(case(&world, &as_person("c2"), &key).await.is_err());
}

async fn a_pause_stops_everything(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_remind").await;
    let task = world.task_of(&key, "c1").await;
    let name = task_name(&key, task);
    let pause = |etag: &str| wire::PauseCaseRequest {
        name: case_name(&key),
        reason: "正在核实".into(),
        etag: etag.into(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = call!(world, &as_person("c1"), pause_case, pause("")).unwrap_err();
    assert_eq!(told(&refused).reason, "ACCESS_DENIED");
    let mut elsewhere = manager();
    elsewhere.jurisdiction = DivisionCode::parse("430000").unwrap();
    let refused = call!(world, &elsewhere, pause_case, pause("")).unwrap_err();
    assert_eq!(told(&refused).reason, "ACCESS_DENIED");
    let refused = call!(world, &manager(), pause_case, pause("v1")).unwrap_err();
    assert_eq!(told(&refused).reason, "ETAG_MISMATCH");
    let paused = call!(world, &manager(), pause_case, pause("")).unwrap().case.unwrap();
    assert_eq!(
        (paused.state(), paused.pause_reason.as_str()),
        (wire::CaseState::Paused, "正在核实")
    );
    let seen = world.task(&as_person("c1"), &name).await.unwrap();
    assert!(seen.paused && seen.actions.is_empty(), "{seen:?}");
    let refused = world.approve("c1", &name).await.unwrap_err();
    assert_eq!(told(&refused).reason, "WRONG_STATE");
    let resume = wire::ResumeCaseRequest {
        name: case_name(&key),
        etag: paused.etag,
        request_id: request_id(),
        ..Default::default()
    };
    let resumed = call!(world, &manager(), resume_case, resume).unwrap().case.unwrap();
    assert_eq!(resumed.state(), wire::CaseState::Open);
    world.approve("c1", &name).await.unwrap();
}

async fn others_are_found_for_a_task(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let task = world.task_of(&key, "c1").await;
    let reseat = |gone: &[&str]| wire::ReseatTaskRequest {
        name: task_name(&key, task),
        gone: gone.iter().map(|who| named(who)).collect(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = call!(world, &as_person("c1"), reseat_task, reseat(&[])).unwrap_err();
    assert_eq!(told(&refused).reason, "ACCESS_DENIED");
    // Who is still there is not gone.
    let refused = call!(world, &manager(), reseat_task, reseat(&["c1", "c2"])).unwrap_err();
    let refused = told(&refused);
    assert_eq!(
        (refused.reason.as_str(), &refused.metadata["person"]),
        ("WRONG_STATE", &named("c1"))
    );
    let registered = Registered(&world.test.realm);
    registered.person("c9", "dept", None).await;
    let dept = UnitId::new("dept").unwrap();
    let role = quanheng_workflow::definition::Role::new("t_clerk").unwrap();
    let today = world.test.realm.today();
    for who in ["c1", "c2"] {
        let event = quanheng_streams::OfficeEvent::OfficeLeft {
            role: role.clone(),
            person: id(who),
            on: today,
        };
        let stream = quanheng_streams::offices(&dept);
        let draft = quanheng_streams::draft::<quanheng_streams::Offices>(stream, &event);
        registered.append(draft.unwrap()).await;
    }
    registered.office("dept", "t_clerk", "c9").await;
    let done = call!(world, &manager(), reseat_task, reseat(&["c1", "c2"])).unwrap();
    assert_eq!(done.task.unwrap().state(), wire::TaskState::Void);
    assert_eq!(world.todo("c1").await, Vec::<String>::new());
    let todo = world.todo("c9").await;
    assert_eq!(todo.len(), 1);
    world.approve("c9", &todo[0]).await.unwrap();
}

async fn minutes_are_asked_for_and_passed_on(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_minutes").await;
    let name = task_name(&key, world.task_of(&key, "c1").await);
    let before = world.standing(&key).await;
    let refused = told(&world.approve("c1", &name).await.unwrap_err());
    assert_eq!(
        (refused.reason.as_str(), refused.rules.as_slice()),
        ("COLLECTIVE_DECISION_REQUIRED", &["COLLECTIVE_DECISION_REQUIRED".to_owned()][..])
    );
    assert_eq!(refused.metadata["step"], "work");
    assert_eq!(world.standing(&key).await, before);
    // A refusal needs no meeting.
    let signers = Command::AddSigners {
        by: id("c1"),
        task: world.task_of(&key, "c1").await,
        position: Position::After,
        persons: [id("n1")].into(),
    };
    world.act(&key, signers).await;
    let asked = wire::ApproveTaskRequest {
        minutes_ref: "鄂组纪〔2026〕5号".into(),
        ..crate::world::approval(&name)
    };
    call!(world, &as_person("c1"), approve_task, asked).unwrap();
    assert_eq!(*world.matter.minutes.lock().unwrap(), "鄂组纪〔2026〕5号");
}
