//! Operations: who may follow them, and how they are listed.

use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::common::v1::operation::State;
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::DivisionCode;
use tonic::Code;

use crate::imports::{DIVISION, What, World, registrar, sent, unit_file, unit_rows};
use crate::world::{Kind, principal, request_id, told};

on_both!(they_are_listed, only_those_who_may_follow_them);

async fn listed(world: &World, who: &Principal, filter: &str) -> Vec<common::Operation> {
    world.house.settle().await;
    let message = common::ListOperationsRequest {
        filter: filter.to_owned(),
        min_position: world.house.head().await,
        ..common::ListOperationsRequest::default()
    };
    let client = world.client(who).await;
    client.operations().list_operations(message).await.unwrap().into_inner().operations
}

async fn they_are_listed(kind: Kind) {
    let world = World::open(kind).await;
    let rows = unit_rows(8);
    let good = world.imported(What::Units, sent(unit_file(&rows[..4]))).await;
    let bad = world.imported(What::Units, sent(unit_file(&rows[..4]))).await;
    assert_eq!((good.state(), bad.state()), (State::Done, State::Failed));
    let who = registrar();
    let names = |operations: &[common::Operation]| -> Vec<String> {
        operations.iter().map(|operation| operation.name.clone()).collect()
    };
    let all = listed(&world, &who, "").await;
    assert_eq!(names(&all), [bad.name.clone(), good.name.clone()]);
    for (filter, expected) in [
        ("state = DONE", vec![&good.name]),
        ("state = FAILED", vec![&bad.name]),
        ("state = RUNNING", vec![]),
        ("kind = \"units.import\" AND state = FAILED", vec![&bad.name]),
        ("by = \"principals/registrar\" AND state = DONE", vec![&good.name]),
        ("kind = \"persons.import\"", vec![]),
    ] {
        let found = names(&listed(&world, &who, filter).await);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter}");
    }
    // A list counts what was found in a file; the operation itself tells it.
    let (in_list, alone) = (&all[0], &bad);
    assert!(in_list.sheet_errors.is_empty() && !alone.sheet_errors.is_empty());
    let without = common::Operation { sheet_errors: Vec::new(), ..alone.clone() };
    assert_eq!(*in_list, without);
}

async fn only_those_who_may_follow_them(kind: Kind) {
    let world = World::open(kind).await;
    let operation = world.imported(What::Units, sent(unit_file(&unit_rows(4)))).await;
    let of = |id: &str, role: Role, division: &str| Principal {
        jurisdiction: DivisionCode::parse(division).unwrap(),
        ..principal(id, &[role])
    };
    for (who, expected) in [
        (registrar(), None),
        (of("auditor", Role::Auditor, "000000"), None),
        // The registrar governs the whole country; these do not.
        (of("clerk", Role::UnitClerk, DIVISION), Some(Code::NotFound)),
        (of("viewer", Role::Viewer, "000000"), Some(Code::PermissionDenied)),
    ] {
        let client = world.client(&who).await;
        let got = client.get(&operation.name).await.map_err(|told| told.code);
        assert_eq!(got.err(), expected, "{}", who.id);
    }
    let clerk = of("clerk", Role::UnitClerk, DIVISION);
    assert!(listed(&world, &clerk, "").await.is_empty());

    // Following is not changing.
    let auditor = world.client(&of("auditor", Role::Auditor, "000000")).await;
    for refused in [auditor.resume(&operation.name).await, auditor.cancel(&operation.name).await] {
        assert_eq!(refused.unwrap_err().reason, "ACCESS_DENIED");
    }
    let client = world.client(&registrar()).await;
    for name in ["operations/nobody", "operations/0198f2a0-0000-7000-8000-000000000000"] {
        assert_eq!(client.get(name).await.unwrap_err().code, Code::NotFound, "{name}");
    }
    assert_eq!(client.get("units/1").await.unwrap_err().reason, "INVALID_FIELD");
    let wrong =
        common::CancelOperationRequest { name: operation.name.clone(), request_id: String::new() };
    let refused = client.operations().cancel_operation(wrong).await.unwrap_err();
    assert_eq!(told(&refused).reason, "INVALID_FIELD");
    // A refused file has nothing to go on with.
    let bad = world.imported(What::Units, sent(Vec::new())).await;
    assert_eq!(client.resume(&bad.name).await.unwrap_err().reason, "WRONG_STATE");
    let again = common::ResumeOperationRequest { name: bad.name, request_id: request_id() };
    let refused = client.operations().resume_operation(again).await.unwrap_err();
    assert_eq!(told(&refused).code, Code::FailedPrecondition);
}
