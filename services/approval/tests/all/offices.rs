//! Offices and authorities: set, ended, listed, refused.

use quanheng_api::date;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::office_service_server::OfficeService as _;
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::DivisionCode;
use quanheng_test_house::{Kind, principal, request, request_id};
use tonic::Code;

use crate::world::{World, named, told};

on_both!(an_office_is_taken_and_left, an_authority_is_named, what_is_refused);

macro_rules! call {
    ($world:expr, $who:expr, $method:ident, $message:expr) => {
        $world.offices.$method(request($who, $message)).await.map(tonic::Response::into_inner)
    };
}

fn registrar(code: &str) -> Principal {
    let mut found = principal("registrar", &[Role::Registrar]);
    found.jurisdiction = DivisionCode::parse(code).unwrap();
    found
}

fn set(unit: &str, role: &str, person: &str) -> wire::SetOfficeRequest {
    wire::SetOfficeRequest {
        unit: format!("units/{unit}"),
        role: role.into(),
        person: named(person),
        request_id: request_id(),
        ..Default::default()
    }
}

fn end(unit: &str, role: &str, person: &str) -> wire::EndOfficeRequest {
    wire::EndOfficeRequest {
        unit: format!("units/{unit}"),
        role: role.into(),
        person: named(person),
        request_id: request_id(),
        ..Default::default()
    }
}

async fn listed(world: &World, filter: &str) -> Vec<(String, String)> {
    let asked = wire::ListOfficesRequest {
        filter: filter.into(),
        min_position: world.test.head().await,
        ..Default::default()
    };
    let answer = call!(world, &registrar("420000"), list_offices, asked).unwrap();
    let told = answer.offices.into_iter().map(|office| (office.role, office.person));
    told.collect()
}

async fn an_office_is_taken_and_left(kind: Kind) {
    let world = World::new(kind).await;
    let asked = set("dept", "quota_reviewer", "n1");
    let done = call!(world, &registrar("420000"), set_office, asked.clone()).unwrap();
    let today = world.test.realm.today();
    let office = done.office.clone().unwrap();
    assert_eq!((office.from, office.until), (Some(date(today)), None));
    assert_eq!(call!(world, &registrar("420000"), set_office, asked).unwrap(), done);
    let n1 = ("quota_reviewer".to_owned(), named("n1"));
    assert_eq!(
        listed(&world, "unit = \"units/dept\" AND role = \"quota_reviewer\"").await,
        std::slice::from_ref(&n1)
    );
    assert_eq!(listed(&world, "person = \"persons/n1\"").await, [n1]);
    let twice = set("dept", "quota_reviewer", "n1");
    let refused = call!(world, &registrar("420000"), set_office, twice).unwrap_err();
    assert_eq!(told(&refused).reason, "WRONG_STATE");
    let left = call!(world, &registrar("420000"), end_office, end("dept", "quota_reviewer", "n1"));
    assert_eq!(left.unwrap().office.unwrap().until, Some(date(today)));
    let again = call!(world, &registrar("420000"), end_office, end("dept", "quota_reviewer", "n1"));
    assert_eq!(told(&again.unwrap_err()).reason, "WRONG_STATE");
    // Taken again.
    let done = call!(world, &registrar("420000"), set_office, set("dept", "quota_reviewer", "n1"));
    done.unwrap();
    // Who sits there until a day is not set anew, and may leave earlier.
    let in_days = |days: i32| Some(date(today + jiff::Span::new().days(days)));
    let until =
        |days| wire::EndOfficeRequest { on: in_days(days), ..end("dept", "quota_reviewer", "n1") };
    call!(world, &registrar("420000"), end_office, until(9)).unwrap();
    let later = wire::SetOfficeRequest { from: in_days(20), ..set("dept", "quota_reviewer", "n1") };
    let refused = call!(world, &registrar("420000"), set_office, later).unwrap_err();
    assert_eq!(told(&refused).reason, "WRONG_STATE");
    assert_eq!(listed(&world, "person = \"persons/n1\"").await.len(), 1);
    let refused = call!(world, &registrar("420000"), end_office, until(9)).unwrap_err();
    assert_eq!(told(&refused).reason, "WRONG_STATE");
    let left = call!(world, &registrar("420000"), end_office, until(3)).unwrap();
    assert_eq!(left.office.unwrap().until, in_days(3));
}

async fn an_authority_is_named(kind: Kind) {
    let world = World::new(kind).await;
    let name = |division: &str, unit: &str| wire::NameAuthorityRequest {
        division: division.into(),
        unit: format!("units/{unit}"),
        request_id: request_id(),
        ..Default::default()
    };
    let done = call!(world, &registrar("420000"), name_authority, name("420106", "city")).unwrap();
    let authority = done.authority.unwrap();
    assert_eq!((authority.unit.as_str(), authority.etag.as_str()), ("units/city", "v2"));
    let get = wire::GetAuthorityRequest { name: "authorities/420106".into(), min_position: 0 };
    let found = call!(world, &registrar("420000"), get_authority, get.clone()).unwrap();
    assert_eq!(found.authority.unwrap(), authority);
    let stale = wire::NameAuthorityRequest { etag: "v1".into(), ..name("420106", "dept") };
    let refused = call!(world, &registrar("420000"), name_authority, stale).unwrap_err();
    assert_eq!(told(&refused).reason, "ETAG_MISMATCH");
    let same = call!(world, &registrar("420000"), name_authority, name("420106", "city"));
    assert_eq!(told(&same.unwrap_err()).reason, "WRONG_STATE");
    // Not a unit of another place.
    let other = call!(world, &registrar("420000"), name_authority, name("420100", "dept"));
    assert_eq!(told(&other.unwrap_err()).fields, ["unit"]);
    let hidden = call!(world, &registrar("430000"), get_authority, get).unwrap_err();
    assert_eq!(told(&hidden).reason, "RESOURCE_NOT_FOUND");
}

async fn what_is_refused(kind: Kind) {
    let world = World::new(kind).await;
    let all = registrar("420000");
    let viewer = principal("viewer", &[Role::Viewer]);
    let elsewhere = registrar("430000");
    let head = world.test.head().await;
    use Code::{FailedPrecondition, InvalidArgument, NotFound, PermissionDenied};
    for (who, asked, code, reason) in [
        (&viewer, set("dept", "t_clerk", "n1"), PermissionDenied, "ACCESS_DENIED"),
        (&elsewhere, set("dept", "t_clerk", "n1"), PermissionDenied, "ACCESS_DENIED"),
        (&all, set("dept", "t_nobody", "n1"), InvalidArgument, "INVALID_FIELD"),
        (&all, set("dept", "initiator", "n1"), InvalidArgument, "INVALID_FIELD"),
        (&all, set("dept", "角色", "n1"), InvalidArgument, "INVALID_FIELD"),
        (&all, set("none", "t_clerk", "n1"), NotFound, "RESOURCE_NOT_FOUND"),
        (&all, set("dept", "t_clerk", "none"), NotFound, "RESOURCE_NOT_FOUND"),
        (&all, set("dept", "t_clerk", "c1"), FailedPrecondition, "WRONG_STATE"),
    ] {
        let place = format!("{asked:?}");
        let refused = told(&call!(world, who, set_office, asked).unwrap_err());
        assert_eq!((refused.code, refused.reason.as_str()), (code, reason), "{place}");
    }
    let none = call!(world, &all, end_office, end("dept", "t_clerk", "n1")).unwrap_err();
    assert_eq!(told(&none).reason, "RESOURCE_NOT_FOUND");
    let mut early = end("dept", "t_clerk", "c1");
    early.on = Some(date(jiff::civil::date(2018, 1, 1)));
    assert_eq!(told(&call!(world, &all, end_office, early).unwrap_err()).fields, ["on"]);
    assert_eq!(world.test.head().await, head);
}
