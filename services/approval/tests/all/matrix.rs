//! Every action in every mode and situation, against a model of its own: what is allowed
//! does what it says, what is refused says why and changes nothing.

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_identity::Principal;
use quanheng_streams::CaseKey;
use quanheng_test_house::{Kind, request_id};
use quanheng_workflow::case::{Position, TaskNr};
use quanheng_workflow::command::Command;
use quanheng_workflow::event::Meeting;
use tonic::{Code, Status};

use crate::model::{ACTS, Act, Expected, Mode, Situation, expected, situations};
use crate::world::{World, as_person, call, case_name, id, manager, named, task_name, told};

on_both!(
    any_one_decides,
    only_yes_and_no,
    all_decide,
    a_share_decides,
    one_after_the_other,
    a_record,
    a_body_decides,
    time_passes,
);

async fn any_one_decides(kind: Kind) {
    every_action(kind, Mode::Any).await;
}

async fn only_yes_and_no(kind: Kind) {
    every_action(kind, Mode::Bare).await;
}

async fn all_decide(kind: Kind) {
    every_action(kind, Mode::All).await;
}

async fn a_share_decides(kind: Kind) {
    every_action(kind, Mode::Quorum).await;
}

async fn one_after_the_other(kind: Kind) {
    every_action(kind, Mode::Turn).await;
}

async fn a_record(kind: Kind) {
    every_action(kind, Mode::Record).await;
}

async fn a_body_decides(kind: Kind) {
    every_action(kind, Mode::Body).await;
}

async fn time_passes(kind: Kind) {
    every_action(kind, Mode::Wait).await;
}

fn flow(mode: Mode) -> &'static str {
    match mode {
        Mode::Any => "t_any",
        Mode::Bare => "t_bare",
        Mode::All => "t_all",
        Mode::Quorum => "t_quorum",
        Mode::Turn => "t_turn",
        Mode::Record => "t_record",
        Mode::Body => "t_body",
        Mode::Wait => "t_wait",
    }
}

/// Who has the first task of the step.
fn holder(mode: Mode) -> &'static str {
    match mode {
        Mode::Quorum => "m1",
        Mode::Body => "y1",
        _ => "c1",
    }
}

/// Another one who has it, too.
fn other(mode: Mode) -> &'static str {
    if mode == Mode::Body { "y2" } else { "c2" }
}

/// A case in a situation, a task of it, and who acts.
struct Stage {
    key: CaseKey,
    task: TaskNr,
    who: &'static str,
}

impl Stage {
    fn name(&self) -> String {
        task_name(&self.key, self.task)
    }
}

async fn approve(world: &World, key: &CaseKey, who: &str) {
    let task = world.task_of(key, who).await;
    let command = Command::Approve { by: id(who), task, opinion: "同意".into() };
    world.act(key, command).await;
}

/// Does the step to its end; says who was last.
async fn finish(world: &World, key: &CaseKey, mode: Mode) -> &'static str {
    let all: &[&'static str] = match mode {
        Mode::Any | Mode::Bare => &["c1"],
        Mode::All | Mode::Turn => &["c1", "s1"],
        Mode::Quorum => &["m1", "m2"],
        Mode::Record => {
            world.record(key, "结果").await;
            return "c1";
        }
        Mode::Body => {
            let task = world.task_of(key, "y1").await;
            let command = Command::DecideInMeeting { by: id("y1"), task, meeting: meeting() };
            world.act(key, command).await;
            return "y1";
        }
        Mode::Wait => panic!("time does it"),
    };
    for who in all {
        approve(world, key, who).await;
    }
    all[all.len() - 1]
}

fn meeting() -> Meeting {
    let members = ["m1", "m2", "m3"].map(id);
    Meeting {
        due: members.clone().into(),
        present: members.into(),
        in_favour: 3,
        against: 0,
        abstained: 0,
        minutes: "党组纪要〔2026〕3号".into(),
    }
}

async fn arrange(world: &World, mode: Mode, situation: Situation) -> Stage {
    use Situation as S;
    let key = world.at_work(flow(mode)).await;
    if mode == Mode::Wait {
        let who = if situation == S::Initiator { "starter" } else { "stranger" };
        match situation {
            S::Ended => {
                let reason = "不再申报".to_owned();
                world.act(&key, Command::Withdraw { by: id("starter"), reason }).await;
            }
            S::Paused => drop(world.act(&key, Command::Pause { reason: "核实".into() }).await),
            _ => {}
        }
        return Stage { key, task: TaskNr(1), who };
    }
    let has = holder(mode);
    let task = world.task_of(&key, has).await;
    let by = id(has);
    let add = |position| Command::AddSigners {
        by: by.clone(),
        task,
        position,
        persons: [id("n1")].into(),
    };
    let stage = |task, who| Stage { key: key.clone(), task, who };
    match situation {
        S::Holder => stage(task, has),
        S::Relative => {
            world.relate(has).await;
            stage(task, has)
        }
        S::StandIn => stage(task, "deputy"),
        S::OwnCase => stage(task, "subject"),
        S::Stranger => stage(task, "stranger"),
        S::Initiator => stage(task, "starter"),
        S::ClaimedByOther => {
            world.act(&key, Command::Claim { by: id(other(mode)), task }).await;
            stage(task, has)
        }
        S::Waiting => stage(world.task_of(&key, "s1").await, "s1"),
        S::WaitingForSigner => {
            world.act(&key, add(Position::Before)).await;
            stage(task, has)
        }
        S::Signer => {
            world.act(&key, add(Position::Before)).await;
            stage(world.task_of(&key, "n1").await, "n1")
        }
        S::Void => {
            world.act(&key, add(Position::After)).await;
            let signer = world.task_of(&key, "n1").await;
            let persons = [id("n1")].into();
            world.act(&key, Command::RemoveSigners { by, task, persons }).await;
            stage(signer, "n1")
        }
        S::DelegatedOwner | S::Delegate => {
            world.act(&key, Command::Delegate { by, task, to: id("n1") }).await;
            stage(task, if situation == S::Delegate { "n1" } else { has })
        }
        S::Decided => {
            approve(world, &key, has).await;
            stage(task, has)
        }
        S::StepOver | S::Acted | S::Ended => {
            let before = world.test.case(&key).await.unwrap().open.unwrap();
            let last = finish(world, &key, mode).await;
            let own = |task: &&quanheng_workflow::case::Task| task.candidates.contains(&id(last));
            let task = before.tasks.iter().find(own).unwrap().nr;
            let head = world.task_of(&key, "h1").await;
            match situation {
                S::Acted => {
                    drop(world.act(&key, Command::Claim { by: id("h1"), task: head }).await)
                }
                S::Ended => {
                    let opinion = "不同意".to_owned();
                    world.act(&key, Command::Refuse { by: id("h1"), task: head, opinion }).await;
                }
                _ => {}
            }
            stage(task, last)
        }
        S::Paused => {
            world.act(&key, Command::Pause { reason: "核实".into() }).await;
            stage(task, has)
        }
    }
}

macro_rules! ask {
    ($world:expr, $who:expr, $method:ident, $request:ident { $($field:ident : $value:expr),* $(,)? }) => {
        call!($world, $who, $method, wire::$request {
            $($field: $value,)*
            request_id: request_id(),
            ..Default::default()
        })
        .map(|answer| answer.task)
    };
}

/// Asks for an action; says how the task stands in the answer.
async fn perform(world: &World, stage: &Stage, act: Act) -> Result<Option<wire::Task>, Status> {
    let who: Principal = as_person(stage.who);
    let (who, name, opinion) = (&who, stage.name(), "意见".to_owned());
    let adds = |position: wire::SignerPosition| (i32::from(position), vec![named("n2")]);
    match act {
        Act::Claim => ask!(world, who, claim_task, ClaimTaskRequest { name: name }),
        Act::Approve => {
            ask!(world, who, approve_task, ApproveTaskRequest { name: name, opinion: opinion })
        }
        Act::Refuse => {
            ask!(world, who, refuse_task, RefuseTaskRequest { name: name, opinion: opinion })
        }
        Act::Return => ask!(
            world,
            who,
            return_task,
            ReturnTaskRequest { name: name, opinion: opinion, to_step: "draft".into() }
        ),
        Act::Transfer => ask!(
            world,
            who,
            transfer_task,
            TransferTaskRequest { name: name, to_person: named("n2") }
        ),
        Act::Delegate => ask!(
            world,
            who,
            delegate_task,
            DelegateTaskRequest { name: name, to_person: named("n2") }
        ),
        Act::Resolve => ask!(
            world,
            who,
            resolve_delegation,
            ResolveDelegationRequest { name: name, opinion: opinion }
        ),
        Act::AddBefore | Act::AddAfter | Act::AddParallel => {
            let (position, persons) = adds(match act {
                Act::AddBefore => wire::SignerPosition::Before,
                Act::AddAfter => wire::SignerPosition::After,
                _ => wire::SignerPosition::Parallel,
            });
            ask!(
                world,
                who,
                add_signers,
                AddSignersRequest { name: name, position: position, persons: persons }
            )
        }
        Act::Remove => ask!(
            world,
            who,
            remove_signers,
            RemoveSignersRequest { name: name, persons: vec![named("n1")] }
        ),
        Act::Copy => {
            ask!(world, who, copy_task, CopyTaskRequest { name: name, persons: vec![named("n3")] })
        }
        Act::Urge => ask!(world, who, urge_task, UrgeTaskRequest { name: name }),
        Act::Recall => {
            ask!(world, who, recall_task, RecallTaskRequest { name: name, reason: opinion })
        }
        Act::Meet => {
            let Meeting { due, present, in_favour, minutes, .. } = meeting();
            let meeting = wire::Meeting {
                due: due.iter().map(|p| named(p.as_str())).collect(),
                present: present.iter().map(|p| named(p.as_str())).collect(),
                in_favour,
                minutes_ref: minutes,
                ..Default::default()
            };
            ask!(
                world,
                who,
                record_meeting,
                RecordMeetingRequest { name: name, meeting: Some(meeting) }
            )
        }
        Act::Reseat => {
            ask!(world, &manager(), reseat_task, ReseatTaskRequest { name: name })
        }
        Act::Pause => {
            let request = wire::PauseCaseRequest {
                name: case_name(&stage.key),
                reason: "核实".into(),
                request_id: request_id(),
                ..Default::default()
            };
            call!(world, &manager(), pause_case, request).map(|_| None)
        }
        Act::Resume => {
            let request = wire::ResumeCaseRequest {
                name: case_name(&stage.key),
                request_id: request_id(),
                ..Default::default()
            };
            call!(world, &manager(), resume_case, request).map(|_| None)
        }
    }
}

fn code(reason: &str) -> Code {
    match reason {
        "ACCESS_DENIED" | "CONFLICT_OF_INTEREST" => Code::PermissionDenied,
        "INVALID_FIELD" => Code::InvalidArgument,
        _ => Code::FailedPrecondition,
    }
}

async fn every_action(kind: Kind, mode: Mode) {
    let world = World::new(kind).await;
    world.stand_in(holder(mode), "deputy", 0, 30).await;
    world.stand_in(holder(mode), "subject", 0, 30).await;
    let (mut allowed, mut refused) = (0, 0);
    for situation in situations(mode) {
        // What is refused leaves the case for the next; what is done takes one of its own.
        let shared = arrange(&world, mode, situation).await;
        for act in ACTS {
            let place = format!("{mode:?} {situation:?} {act:?}");
            match expected(mode, situation, act) {
                Expected::Refused(reason) => {
                    is_refused(&world, &shared, act, reason, &place).await;
                    refused += 1;
                }
                Expected::Done(state, at) => {
                    if situation == Situation::Relative {
                        world.unrelate(holder(mode)).await;
                    }
                    let own = arrange(&world, mode, situation).await;
                    is_done(&world, &own, act, (state, at), &place).await;
                    allowed += 1;
                }
            }
        }
        if situation == Situation::Relative {
            world.unrelate(holder(mode)).await;
        }
    }
    let total = situations(mode).len() * ACTS.len();
    assert_eq!(allowed + refused, total);
    assert!(allowed > 0 && refused > 0, "{allowed} {refused}");
}

async fn is_refused(world: &World, stage: &Stage, act: Act, reason: &str, place: &str) {
    let before = world.standing(&stage.key).await;
    let case = world.test.case(&stage.key).await;
    let status = perform(world, stage, act).await.err();
    let told = told(&status.unwrap_or_else(|| panic!("{place}: not refused")));
    assert_eq!((told.code, told.reason.as_str()), (code(reason), reason), "{place}: {told:?}");
    let named = case_name(&stage.key);
    match reason {
        "INVALID_FIELD" => assert_eq!(told.fields.len(), 1, "{place}"),
        _ => assert_eq!(told.metadata.get("case"), Some(&named), "{place}: {told:?}"),
    }
    assert_eq!(world.standing(&stage.key).await, before, "{place}: something changed");
    assert_eq!(world.test.case(&stage.key).await, case, "{place}");
}

async fn is_done(world: &World, stage: &Stage, act: Act, expected: (&str, &str), place: &str) {
    let turns = world.matter.turns.load(std::sync::atomic::Ordering::SeqCst);
    let answer = perform(world, stage, act).await;
    let answer = answer.unwrap_or_else(|status| panic!("{place}: {:?}", told(&status)));
    let asked = world.matter.turns.load(std::sync::atomic::Ordering::SeqCst);
    assert!(asked > turns, "{place}: the matter was not asked");
    let case = world.test.case(&stage.key).await.unwrap();
    let ended = case.ended.as_ref().map(|ended| ended.end.to_string());
    let at = case.open.as_ref().map(|open| open.step.to_string()).or(ended).unwrap();
    assert_eq!(at, expected.1, "{place}");
    assert_eq!(case.paused.is_some(), act == Act::Pause, "{place}");
    let (state, _) = expected;
    let Some(answer) = answer else { return };
    let stands =
        |task: &wire::Task| task.state().as_str_name().trim_start_matches("TASK_STATE_").to_owned();
    assert_eq!(stands(&answer), state, "{place}: {answer:?}");
    // The view comes to the same.
    let seen = world.task(&manager(), &stage.name()).await.unwrap();
    let plain = |task: wire::Task| wire::Task { actions: vec![], decided_at: None, ..task };
    assert_eq!(plain(seen), plain(answer), "{place}");
}
