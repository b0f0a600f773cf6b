//! What is refused before a flow is asked, each once: code, reason, what it names.

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_identity::Role;
use quanheng_test_house::{Kind, principal, request_id};
use tonic::{Code, Status};

use crate::world::{World, approval, as_person, call, manager, named, task_name, told};

on_both!(every_refusal_says_why, a_denial_is_recorded);

async fn every_refusal_says_why(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let name = task_name(&key, world.task_of(&key, "c1").await);
    let before = world.standing(&key).await;
    let c1 = as_person("c1");
    let approve = |change: fn(&mut wire::ApproveTaskRequest)| {
        let mut asked = approval(&name);
        change(&mut asked);
        asked
    };
    let basis = |number: &str| Some(Basis { document_number: number.into(), effective_on: None });
    let mut refused: Vec<(&str, Status, Code, &str, &str)> = Vec::new();
    macro_rules! refused {
        ($what:literal, $who:expr, $method:ident, $message:expr, $code:ident, $reason:literal, $names:literal) => {{
            let answer = call!(world, $who, $method, $message);
            let status = answer.err().unwrap_or_else(|| panic!("{}: not refused", $what));
            refused.push(($what, status, Code::$code, $reason, $names));
        }};
    }
    refused!(
        "no request id",
        &c1,
        approve_task,
        approve(|a| a.request_id.clear()),
        InvalidArgument,
        "INVALID_FIELD",
        "request_id"
    );
    refused!(
        "a wrong name",
        &c1,
        approve_task,
        approve(|a| a.name = "tasks/1".into()),
        InvalidArgument,
        "INVALID_FIELD",
        "name"
    );
    refused!(
        "a wrong kind",
        &c1,
        approve_task,
        approve(|a| a.name = "approvalTasks/other.r0.1".into()),
        InvalidArgument,
        "INVALID_FIELD",
        "name"
    );
    refused!(
        "no such number",
        &c1,
        approve_task,
        approve(|a| a.name = "approvalTasks/request.r0.99".into()),
        NotFound,
        "RESOURCE_NOT_FOUND",
        "resource"
    );
    refused!(
        "no such case",
        &c1,
        approve_task,
        approve(|a| a.name = "approvalTasks/request.none.1".into()),
        NotFound,
        "RESOURCE_NOT_FOUND",
        "resource"
    );
    refused!(
        "no person",
        &principal("p", &[Role::Viewer]),
        approve_task,
        approval(&name),
        PermissionDenied,
        "ACCESS_DENIED",
        ""
    );
    refused!(
        "no right",
        &principal("p", &[Role::Operator]),
        approve_task,
        approval(&name),
        PermissionDenied,
        "ACCESS_DENIED",
        "action"
    );
    refused!(
        "a stale etag",
        &c1,
        approve_task,
        approve(|a| a.etag = "v1".into()),
        Aborted,
        "ETAG_MISMATCH",
        "etag_found"
    );
    refused!(
        "a long opinion",
        &c1,
        approve_task,
        approve(|a| a.opinion = "长".repeat(2_001)),
        ResourceExhausted,
        "OPINION_CHARS_MAX",
        "bound"
    );
    refused!(
        "long minutes",
        &c1,
        approve_task,
        approve(|a| a.minutes_ref = "长".repeat(101)),
        ResourceExhausted,
        "MINUTES_REF_CHARS_MAX",
        "bound"
    );
    let asked = wire::ApproveTaskRequest { basis: basis("第一号"), ..approval(&name) };
    refused!(
        "a wrong document",
        &c1,
        approve_task,
        asked,
        InvalidArgument,
        "DOCUMENT_NUMBER_FORMAT",
        "basis.document_number"
    );
    let asked =
        wire::ApproveTaskRequest { basis: basis("鄂组〔2026〕1号"), ..approval(&name) };
    refused!(
        "no day of effect",
        &c1,
        approve_task,
        asked,
        InvalidArgument,
        "INVALID_FIELD",
        "basis.effective_on"
    );
    let asked = wire::RefuseTaskRequest {
        name: name.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        "a refusal without opinion",
        &c1,
        refuse_task,
        asked,
        InvalidArgument,
        "INVALID_FIELD",
        "opinion"
    );
    let back = |to: &str, opinion: &str| wire::ReturnTaskRequest {
        name: name.clone(),
        to_step: to.into(),
        opinion: opinion.into(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        "a return without opinion",
        &c1,
        return_task,
        back("draft", ""),
        InvalidArgument,
        "INVALID_FIELD",
        "opinion"
    );
    refused!(
        "a return to no step",
        &c1,
        return_task,
        back("", "请补充"),
        InvalidArgument,
        "INVALID_FIELD",
        "to_step"
    );
    refused!(
        "a return ahead",
        &c1,
        return_task,
        back("last", "请补充"),
        FailedPrecondition,
        "RETURN_NOT_ALLOWED",
        "case"
    );
    let hand = |to: &str| wire::TransferTaskRequest {
        name: name.clone(),
        to_person: to.into(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        "to nobody",
        &c1,
        transfer_task,
        hand(""),
        InvalidArgument,
        "INVALID_FIELD",
        "to_person"
    );
    refused!(
        "to somebody unknown",
        &c1,
        transfer_task,
        hand("persons/none"),
        NotFound,
        "RESOURCE_NOT_FOUND",
        "resource"
    );
    refused!(
        "to one who has it",
        &c1,
        transfer_task,
        hand("persons/c2"),
        InvalidArgument,
        "INVALID_FIELD",
        "person"
    );
    refused!(
        "to whom it is about",
        &c1,
        transfer_task,
        hand("persons/subject"),
        PermissionDenied,
        "CONFLICT_OF_INTEREST",
        "person"
    );
    let sign = |position: wire::SignerPosition, persons: Vec<String>| wire::AddSignersRequest {
        name: name.clone(),
        position: position.into(),
        persons,
        request_id: request_id(),
        ..Default::default()
    };
    refused!(
        "no position",
        &c1,
        add_signers,
        sign(wire::SignerPosition::Unspecified, vec![named("n1")]),
        InvalidArgument,
        "INVALID_FIELD",
        "position"
    );
    refused!(
        "no signers",
        &c1,
        add_signers,
        sign(wire::SignerPosition::After, vec![]),
        InvalidArgument,
        "INVALID_FIELD",
        "persons"
    );
    refused!(
        "many signers",
        &c1,
        add_signers,
        sign(wire::SignerPosition::After, vec![named("n1"); 101]),
        ResourceExhausted,
        "PERSONS_PER_ACTION_MAX",
        "bound"
    );
    let meet = wire::RecordMeetingRequest {
        name: name.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    refused!("no meeting", &c1, record_meeting, meet, InvalidArgument, "INVALID_FIELD", "meeting");
    let body = world.at_work("t_body").await;
    let meeting = |due: &[&str], present: &[&str], votes: (u32, u32), minutes: &str| {
        let meeting = wire::Meeting {
            due: due.iter().map(|who| named(who)).collect(),
            present: present.iter().map(|who| named(who)).collect(),
            in_favour: votes.0,
            against: votes.1,
            abstained: 0,
            minutes_ref: minutes.into(),
        };
        wire::RecordMeetingRequest {
            name: task_name(&body, quanheng_workflow::case::TaskNr(2)),
            meeting: Some(meeting),
            request_id: request_id(),
            ..Default::default()
        }
    };
    let y1 = as_person("y1");
    let head = world.test.head().await;
    refused!(
        "no minutes",
        &y1,
        record_meeting,
        meeting(&["m1"], &["m1"], (1, 0), ""),
        InvalidArgument,
        "INVALID_FIELD",
        "minutes"
    );
    refused!(
        "votes of nobody",
        &y1,
        record_meeting,
        meeting(&["m1", "m2"], &["m1", "m2"], (1, 0), "纪要"),
        InvalidArgument,
        "INVALID_FIELD",
        "meeting"
    );
    refused!(
        "no quorum",
        &y1,
        record_meeting,
        meeting(&["m1", "m2", "m3"], &["m1"], (1, 0), "纪要"),
        FailedPrecondition,
        "QUORUM_NOT_MET",
        "case"
    );
    refused!(
        "a member who must keep out",
        &y1,
        record_meeting,
        meeting(&["m1", "subject"], &["m1"], (1, 0), "纪要"),
        PermissionDenied,
        "CONFLICT_OF_INTEREST",
        "person"
    );
    let get = |name: &str| wire::GetTaskRequest { name: name.into(), min_position: 0 };
    refused!(
        "a task that is not there",
        &manager(),
        get_task,
        get("approvalTasks/request.r0.77"),
        NotFound,
        "RESOURCE_NOT_FOUND",
        "resource"
    );
    let ahead = wire::GetTaskRequest { name: name.clone(), min_position: head + 100 };
    refused!(
        "beyond the log",
        &manager(),
        get_task,
        ahead,
        OutOfRange,
        "POSITION_BEYOND_HEAD",
        "head"
    );
    let case = wire::GetCaseRequest { name: "cases/none".into(), min_position: 0 };
    refused!("a wrong case", &manager(), get_case, case, InvalidArgument, "INVALID_FIELD", "name");
    for (what, status, code, reason, names) in refused {
        let told = told(&status);
        assert_eq!((told.code, told.reason.as_str()), (code, reason), "{what}: {told:?}");
        let named = names.is_empty()
            || told.fields.iter().any(|field| field == names)
            || told.metadata.contains_key(names);
        assert!(named, "{what}: {told:?}");
    }
    assert_eq!(world.test.head().await, head);
    assert_eq!(world.standing(&key).await.1, before.1);
}

async fn a_denial_is_recorded(kind: Kind) {
    let world = World::new(kind).await;
    let key = world.at_work("t_any").await;
    let name = task_name(&key, world.task_of(&key, "c1").await);
    let refused = told(&world.approve("stranger", &name).await.unwrap_err());
    assert_eq!((refused.code, refused.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    world.test.realm.denials.flush(&world.test.realm).await;
    let stream = quanheng_streams::denials("u-stranger");
    assert_eq!(world.test.realm.log.stream_version(&stream).await.unwrap().0, 1);
}
