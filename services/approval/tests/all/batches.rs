//! Many decisions at once: each its own outcome, or all in one commit.

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_test_house::{Kind, request_id};
use tonic::Code;
use wire::task_decision_result::Outcome;

use crate::world::{World, as_person, call, task_name, told};

on_both!(
    each_has_its_own_outcome,
    all_or_nothing,
    one_case_twice_in_one_commit,
    a_task_that_another_decision_opens,
    a_batch_is_repeated,
    what_is_no_batch,
);

fn decision(task: &str, verdict: wire::Verdict) -> wire::TaskDecision {
    wire::TaskDecision {
        task: task.to_owned(),
        verdict: verdict.into(),
        opinion: "已阅".into(),
        ..Default::default()
    }
}

fn batch(decisions: Vec<wire::TaskDecision>, atomic: bool) -> wire::BatchDecideTasksRequest {
    wire::BatchDecideTasksRequest {
        decisions,
        atomic,
        request_id: request_id(),
        ..Default::default()
    }
}

/// Tasks of some cases, each `c1`'s.
async fn tasks(world: &World, flow: &'static str, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..count {
        let key = world.at_work(flow).await;
        names.push(task_name(&key, world.task_of(&key, "c1").await));
    }
    names
}

/// How each came out: a state, or a reason.
fn outcomes(answer: &wire::BatchDecideTasksResponse) -> Vec<String> {
    let told = |result: &wire::TaskDecisionResult| match result.outcome.clone().unwrap() {
        Outcome::Task(task) => task.state().as_str_name().to_owned(),
        Outcome::Failure(failure) => failure.reason,
    };
    answer.results.iter().map(told).collect()
}

async fn each_has_its_own_outcome(kind: Kind) {
    let world = World::new(kind).await;
    let names = tasks(&world, "t_any", 4).await;
    world.approve("c2", &names[1]).await.unwrap();
    let mut decisions: Vec<_> =
        names.iter().map(|name| decision(name, wire::Verdict::Approve)).collect();
    decisions[2].verdict = wire::Verdict::Refuse.into();
    decisions[3].etag = "v1".into();
    decisions.push(decision("approvalTasks/request.none.1", wire::Verdict::Approve));
    let answer = call!(world, &as_person("c1"), batch_decide_tasks, batch(decisions, false));
    let answer = answer.unwrap();
    assert_eq!(
        outcomes(&answer),
        [
            "TASK_STATE_DECIDED",
            "TASK_NOT_OPEN",
            "TASK_STATE_DECIDED",
            "ETAG_MISMATCH",
            "RESOURCE_NOT_FOUND"
        ]
    );
    assert_eq!(answer.position, world.test.head().await);
    assert_eq!(world.todo("c1").await, [names[3].clone()]);
}

async fn all_or_nothing(kind: Kind) {
    let world = World::new(kind).await;
    let names = tasks(&world, "t_any", 30).await;
    world.approve("c2", &names[17]).await.unwrap();
    let decisions = |names: &[String]| {
        names.iter().map(|name| decision(name, wire::Verdict::Approve)).collect::<Vec<_>>()
    };
    let head = world.test.head().await;
    let asked = batch(decisions(&names), true);
    let refused = call!(world, &as_person("c1"), batch_decide_tasks, asked).unwrap_err();
    let told = told(&refused);
    assert_eq!(
        (told.code, told.reason.as_str(), told.metadata["item"].as_str()),
        (Code::FailedPrecondition, "TASK_NOT_OPEN", "17")
    );
    assert_eq!(world.test.head().await, head);
    let rest = [&names[..17], &names[18..]].concat();
    let asked = batch(decisions(&rest), true);
    let answer = call!(world, &as_person("c1"), batch_decide_tasks, asked).unwrap();
    assert!(outcomes(&answer).iter().all(|state| state == "TASK_STATE_DECIDED"));
    // One commit: its events bear one id.
    let log = &world.test.realm.log;
    let pages: Vec<_> = futures::TryStreamExt::try_collect(log.read(
        quanheng_eventlog::Position(head),
        quanheng_eventlog::Filter::all(),
        512,
    ))
    .await
    .unwrap();
    let records: Vec<_> = pages.iter().flat_map(|page| &page.records).collect();
    assert_eq!(records.len(), 3 * rest.len());
    let count = u32::try_from(records.len()).unwrap();
    assert!(records.iter().all(|record| record.commit.count == count));
}

async fn one_case_twice_in_one_commit(kind: Kind) {
    let world = World::new(kind).await;
    // In turn: the second may decide only because the first did, in the same commit.
    world.stand_in("s1", "c1", 0, 5).await;
    let key = world.at_work("t_turn").await;
    let (first, second) = (world.task_of(&key, "c1").await, world.task_of(&key, "s1").await);
    let names = [task_name(&key, first), task_name(&key, second)];
    let decisions = |names: &[String]| {
        names.iter().map(|name| decision(name, wire::Verdict::Approve)).collect::<Vec<_>>()
    };
    let refused =
        call!(world, &as_person("c1"), batch_decide_tasks, batch(decisions(&names), true));
    // Nobody decides twice in a step: that, too, is seen over what came before.
    assert_eq!(told(&refused.unwrap_err()).reason, "CONFLICT_OF_INTEREST");
    world.stand_in("c1", "n1", 0, 5).await;
    world.stand_in("s1", "n1", 0, 5).await;
    let reversed = [names[1].clone(), names[0].clone()];
    let refused =
        call!(world, &as_person("n1"), batch_decide_tasks, batch(decisions(&reversed), true));
    assert_eq!(told(&refused.unwrap_err()).reason, "TASK_NOT_OPEN");
}

async fn a_task_that_another_decision_opens(kind: Kind) {
    let world = World::new(kind).await;
    world.stand_in("h1", "c1", 0, 5).await;
    let key = world.at_work("t_any").await;
    let work = world.task_of(&key, "c1").await;
    let next = quanheng_workflow::case::TaskNr(work.0 + 1);
    let names = [task_name(&key, work), task_name(&key, next)];
    let decisions: Vec<_> =
        names.iter().map(|name| decision(name, wire::Verdict::Approve)).collect();
    let before = world.standing(&key).await;
    let answer =
        call!(world, &as_person("c1"), batch_decide_tasks, batch(decisions, true)).unwrap();
    assert_eq!(outcomes(&answer), ["TASK_STATE_DECIDED"; 2]);
    let case = world.test.case(&key).await.unwrap();
    assert_eq!(case.ended.unwrap().end.as_str(), "done");
    // Decided, done, opened; decided, done, ended.
    assert_eq!(world.standing(&key).await.1, before.1 + 6);
}

async fn a_batch_is_repeated(kind: Kind) {
    let world = World::new(kind).await;
    let names = tasks(&world, "t_any", 3).await;
    let decisions = names.iter().map(|name| decision(name, wire::Verdict::Approve)).collect();
    let asked = batch(decisions, false);
    let first = call!(world, &as_person("c1"), batch_decide_tasks, asked.clone()).unwrap();
    let head = world.test.head().await;
    let again = call!(world, &as_person("c1"), batch_decide_tasks, asked.clone()).unwrap();
    assert_eq!(first, again);
    assert_eq!(world.test.head().await, head);
    let mut other = asked;
    other.decisions.pop();
    let refused = call!(world, &as_person("c1"), batch_decide_tasks, other).unwrap_err();
    assert_eq!(told(&refused).reason, "REQUEST_ID_REUSED");
    // A trial changes nothing, and says what would come of it.
    let names = tasks(&world, "t_any", 2).await;
    let decisions: Vec<_> =
        names.iter().map(|name| decision(name, wire::Verdict::Approve)).collect();
    for atomic in [false, true] {
        let head = world.test.head().await;
        let mut trial = batch(decisions.clone(), atomic);
        trial.validate_only = true;
        let tried = call!(world, &as_person("c1"), batch_decide_tasks, trial).unwrap();
        assert_eq!(outcomes(&tried), ["TASK_STATE_DECIDED"; 2]);
        assert_eq!(world.test.head().await, head);
    }
}

async fn what_is_no_batch(kind: Kind) {
    let world = World::new(kind).await;
    let one = || decision("approvalTasks/request.r0.1", wire::Verdict::Approve);
    for (decisions, code, reason) in [
        (vec![], Code::InvalidArgument, "INVALID_FIELD"),
        (vec![one(), one()], Code::InvalidArgument, "INVALID_FIELD"),
        (
            vec![decision("approvalTasks/request.r0.1", wire::Verdict::Return)],
            Code::InvalidArgument,
            "INVALID_FIELD",
        ),
        (vec![one(); 1_001], Code::ResourceExhausted, "BATCH_ITEMS_MAX"),
    ] {
        let refused = call!(world, &as_person("c1"), batch_decide_tasks, batch(decisions, true));
        let told = told(&refused.unwrap_err());
        assert_eq!((told.code, told.reason.as_str()), (code, reason));
    }
}
