//! Who keeps out, seen from both sides; who left; what a step is completed by when others had
//! to act; cases of a unit that is gone; and timers that meet a case which cannot be done.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_identity::Principal;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_register::unit::{ChangeKind, Event as UnitEvent};
use quanheng_runtime::{Due, Duty, Failure, Realm, Timers};
use quanheng_streams as streams;
use quanheng_streams::CaseKey;
use quanheng_test_house::{Kind, Registered, request_id};
use quanheng_workflow::case::Position;
use quanheng_workflow::command::Command;

use crate::world::{
    World, approval, as_person, call, case_name, id, manager, named, task_name, told,
};

on_both!(
    nobody_manages_their_own_case,
    what_bars_a_case_keeps_it_from_going_on,
    kinship_is_read_from_both_sides,
    only_people_of_the_seats_unit_are_brought_in,
    who_left_acts_no_more,
    a_signer_who_left_takes_nothing_from_the_approval,
    a_reason_that_is_sealed_is_not_told_by_the_case,
    a_case_of_a_unit_that_is_gone_can_be_ended,
    one_that_cannot_be_done_keeps_no_other_from_its_turn,
);

/// A manager who is a person.
fn managing(who: Option<&str>) -> Principal {
    Principal { person: who.map(id), ..manager() }
}

fn pause(key: &CaseKey) -> wire::PauseCaseRequest {
    wire::PauseCaseRequest {
        name: case_name(key),
        reason: "正在核实".into(),
        request_id: request_id(),
        ..Default::default()
    }
}

fn resume(key: &CaseKey) -> wire::ResumeCaseRequest {
    wire::ResumeCaseRequest { name: case_name(key), request_id: request_id(), ..Default::default() }
}

async fn nobody_manages_their_own_case(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    world.relate("n3").await;
    world.declare("n2", "rel", Some(id("subject")), None).await;
    let task = task_name(&key, world.task_of(&key, "c1").await);
    let reseat = || wire::ReseatTaskRequest {
        name: task.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    let before = world.standing(&key).await;
    for (who, reason) in [
        (None, "ACCESS_DENIED"),
        (Some("subject"), "CONFLICT_OF_INTEREST"),
        (Some("n3"), "CONFLICT_OF_INTEREST"),
        (Some("n2"), "CONFLICT_OF_INTEREST"),
    ] {
        let who = managing(who);
        let refused = call!(world, &who, pause_case, pause(&key)).unwrap_err();
        assert_eq!(told(&refused).reason, reason, "{who:?}");
        let refused = call!(world, &who, reseat_task, reseat()).unwrap_err();
        assert_eq!(told(&refused).reason, reason, "{who:?}");
    }
    assert_eq!(world.standing(&key).await, before);
    call!(world, &manager(), pause_case, pause(&key)).unwrap();
    for who in ["subject", "n3", "n2"] {
        let refused = call!(world, &managing(Some(who)), resume_case, resume(&key)).unwrap_err();
        assert_eq!(told(&refused).reason, "CONFLICT_OF_INTEREST", "{who}");
    }
    call!(world, &manager(), resume_case, resume(&key)).unwrap();
}

async fn what_bars_a_case_keeps_it_from_going_on(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    call!(world, &manager(), pause_case, pause(&key)).unwrap();
    world.matter.held.store(true, Ordering::SeqCst);
    let before = world.standing(&key).await;
    let refused = told(&call!(world, &manager(), resume_case, resume(&key)).unwrap_err());
    assert_eq!(refused.reason, "UNDER_INVESTIGATION");
    assert_eq!(world.standing(&key).await, before);
    world.matter.held.store(false, Ordering::SeqCst);
    call!(world, &manager(), resume_case, resume(&key)).unwrap();
}

async fn kinship_is_read_from_both_sides(kind: Kind) {
    let world = World::new(kind).await;
    // By the one who acts, by the one who is brought in, and by a principal's name alone.
    world.declare("c1", "rel", Some(id("subject")), None).await;
    world.declare("n2", "rel", Some(id("subject")), None).await;
    world.declare("subject", "rel-s1", None, Some("principals/u-s1".to_owned())).await;
    let key = world.at_work("t_all").await;
    let clerk = task_name(&key, world.task_of(&key, "c1").await);
    let second = task_name(&key, world.task_of(&key, "s1").await);
    for (who, task) in [("c1", &clerk), ("s1", &second)] {
        let refused = told(&world.approve(who, task).await.unwrap_err());
        assert_eq!(refused.reason, "CONFLICT_OF_INTEREST", "{who}");
    }
    world.stand_in("c1", "n1", 0, 5).await;
    let refused = told(&world.approve("n1", &clerk).await.unwrap_err());
    assert_eq!(refused.reason, "CONFLICT_OF_INTEREST", "for one who must keep out");
    let transfer = wire::TransferTaskRequest {
        name: clerk.clone(),
        to_person: named("n2"),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = call!(world, &as_person("c2"), transfer_task, transfer).unwrap_err();
    assert_eq!(told(&refused).reason, "CONFLICT_OF_INTEREST");
    world.approve("c2", &clerk).await.unwrap();
}

async fn only_people_of_the_seats_unit_are_brought_in(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let name = task_name(&key, world.task_of(&key, "c1").await);
    let c1 = as_person("c1");
    for (to, reason) in [("stranger", "CONFLICT_OF_INTEREST"), ("h1", "INVALID_FIELD"), ("n1", "")]
    {
        let (name, to_person, request_id) = (name.clone(), named(to), request_id());
        let transfer = wire::TransferTaskRequest {
            name,
            to_person,
            request_id,
            validate_only: true,
            ..Default::default()
        };
        let told = call!(world, &c1, transfer_task, transfer).err().map(|status| told(&status));
        assert_eq!(told.map(|told| told.reason).unwrap_or_default(), reason, "{to}");
    }
    for position in [wire::SignerPosition::After, wire::SignerPosition::Parallel] {
        let add = wire::AddSignersRequest {
            name: name.clone(),
            position: position.into(),
            persons: vec![named("stranger")],
            request_id: request_id(),
            ..Default::default()
        };
        let refused = call!(world, &c1, add_signers, add).unwrap_err();
        assert_eq!(told(&refused).reason, "CONFLICT_OF_INTEREST");
    }
}

async fn who_left_acts_no_more(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let task = world.task_of(&key, "c1").await;
    world.act(&key, Command::Claim { by: id("c1"), task }).await;
    let name = task_name(&key, task);
    world.retire("c1").await;
    let refused = told(&world.approve("c1", &name).await.unwrap_err());
    assert_eq!(refused.reason, "NOT_IN_SERVICE");
    // Still there, but no longer in the office.
    let other = world.at_work("t_any").await;
    let task = task_name(&other, world.task_of(&other, "c2").await);
    let event = quanheng_streams::OfficeEvent::OfficeLeft {
        role: quanheng_workflow::definition::Role::new("t_clerk").unwrap(),
        person: id("c2"),
        on: world.test.realm.today(),
    };
    let stream = streams::offices(&UnitId::new("dept").unwrap());
    let draft = streams::draft::<streams::Offices>(stream, &event).unwrap();
    Registered(&world.test.realm).append(draft).await;
    let refused = told(&world.approve("c2", &task).await.unwrap_err());
    assert_eq!(refused.reason, "ACCESS_DENIED");
    assert!(refused.message.contains("重新确定办理人"), "{refused:?}");
    let reseat = wire::ReseatTaskRequest {
        name,
        gone: vec![named("c1")],
        request_id: request_id(),
        ..Default::default()
    };
    call!(world, &manager(), reseat_task, reseat).unwrap();
    assert_eq!(world.todo("above").await.len(), 1, "nobody is left: the authority above");
}

async fn a_signer_who_left_takes_nothing_from_the_approval(kind: Kind) {
    let world = World::new(kind).await;
    for leaves in [false, true] {
        let key = world.at_work("t_minutes").await;
        let task = world.task_of(&key, "c1").await;
        let (by, persons) = (id("c1"), [id("n1")].into());
        let position = Position::After;
        world.act(&key, Command::AddSigners { by, task, position, persons }).await;
        let minutes_ref = "鄂组纪〔2026〕5号".to_owned();
        let asked = wire::ApproveTaskRequest { minutes_ref, ..approval(&task_name(&key, task)) };
        call!(world, &as_person("c1"), approve_task, asked).unwrap();
        let signer = task_name(&key, world.task_of(&key, "n1").await);
        match leaves {
            false => drop(world.approve("n1", &signer).await.unwrap()),
            true => {
                world.retire("n1").await;
                let reseat = wire::ReseatTaskRequest {
                    name: signer,
                    gone: vec![named("n1")],
                    request_id: request_id(),
                    ..Default::default()
                };
                call!(world, &manager(), reseat_task, reseat).unwrap();
            }
        }
        let case = world.test.case(&key).await.unwrap();
        assert_eq!(case.open.unwrap().step.as_str(), "last");
        assert_eq!(*world.matter.minutes.lock().unwrap(), "鄂组纪〔2026〕5号");
        assert_eq!(*world.matter.approved.lock().unwrap(), Some(id("c1")));
        assert_eq!(*world.matter.opinion.lock().unwrap(), "同意");
    }
}

async fn a_reason_that_is_sealed_is_not_told_by_the_case(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    world.matter.sealed.store(true, Ordering::SeqCst);
    let blank = wire::PauseCaseRequest { reason: " ".into(), ..pause(&key) };
    let refused = call!(world, &manager(), pause_case, blank).unwrap_err();
    assert_eq!(told(&refused).fields, ["reason"]);
    let paused = call!(world, &manager(), pause_case, pause(&key)).unwrap().case.unwrap();
    assert_eq!(paused.pause_reason, "中止办理");
    assert_eq!(*world.matter.opinion.lock().unwrap(), "正在核实");
}

async fn a_case_of_a_unit_that_is_gone_can_be_ended(kind: Kind) {
    let world = World::new(kind).await;
    let (withdrawn, refused) = (world.at_work("t_any").await, world.at_work("t_any").await);
    let event = UnitEvent::UnitAbolished {
        kind: ChangeKind::Abolished,
        successors: Vec::new(),
        basis: quanheng_register::Basis {
            document: DocumentNumber::parse("测试〔2026〕1号").unwrap(),
            effective_on: world.test.realm.today(),
        },
        note: String::new(),
    };
    let stream = streams::unit(&UnitId::new("bureau").unwrap());
    let draft = streams::draft::<streams::Units>(stream, &event).unwrap();
    Registered(&world.test.realm).append(draft).await;
    let reason = "单位撤销".to_owned();
    let case = world.act(&withdrawn, Command::Withdraw { by: id("starter"), reason }).await;
    assert_eq!(case.ended.unwrap().end.as_str(), "withdrawn");
    let task = world.task_of(&refused, "c1").await;
    let opinion = "单位撤销".to_owned();
    let case = world.act(&refused, Command::Refuse { by: id("c1"), task, opinion }).await;
    assert_eq!(case.ended.unwrap().end.as_str(), "refused");
}

/// Two things are due; the first can never be done.
#[derive(Default)]
struct Half(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Duty for Half {
    fn name(&self) -> &'static str {
        "test.half"
    }

    async fn due(&self, _: &Arc<Realm>, _: usize) -> Result<Vec<Due>, Failure> {
        let due = |resource: &str| Due { resource: resource.into(), instance: String::new() };
        Ok(vec![due("bad"), due("good")])
    }

    async fn fire(&self, _: &Arc<Realm>, due: &Due, _: uuid::Uuid) -> Result<(), Failure> {
        self.0.lock().unwrap().push(due.resource.clone());
        match due.resource.as_str() {
            "bad" => Err(Failure::internal("it cannot be done")),
            _ => Ok(()),
        }
    }
}

async fn one_that_cannot_be_done_keeps_no_other_from_its_turn(kind: Kind) {
    let world = World::new(kind).await;
    let fired = Arc::new(Mutex::new(Vec::new()));
    let duty: Arc<dyn Duty> = Arc::new(Half(Arc::clone(&fired)));
    let timers = Timers::start(&world.test.realm, vec![duty], Duration::from_millis(5));
    for _ in 0..1_000 {
        if fired.lock().unwrap().len() >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(timers);
    assert_eq!(fired.lock().unwrap()[..2], ["bad", "good"]);
}
