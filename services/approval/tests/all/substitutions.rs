//! Stand-ins: made, dated, listed, ended.

use quanheng_api::date;
use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::ApprovalTaskService as _;
use quanheng_identity::{Principal, Role};
use quanheng_policy::codes::DivisionCode;
use quanheng_test_house::{Kind, principal, request_id};
use tonic::Code;

use crate::world::{World, as_person, call, named, task_name, told};

on_both!(a_stand_in_acts_on_its_days, by_whom_and_for_whom, of_one_who_left, what_is_refused);

fn create(
    world: &World,
    of: &str,
    by: &str,
    after: i32,
    days: i32,
) -> wire::CreateSubstitutionRequest {
    let from = world.test.realm.today() + jiff::Span::new().days(after);
    wire::CreateSubstitutionRequest {
        person: if of.is_empty() { String::new() } else { named(of) },
        substitute: named(by),
        from: Some(date(from)),
        to: Some(date(from + jiff::Span::new().days(days - 1))),
        reason: "出差".into(),
        request_id: request_id(),
        ..Default::default()
    }
}

async fn listed(world: &World, who: &Principal, parent: &str) -> Vec<String> {
    let asked = wire::ListSubstitutionsRequest {
        parent: parent.into(),
        min_position: world.test.head().await,
        ..Default::default()
    };
    let mut asked = asked;
    let mut names = Vec::new();
    loop {
        let page = call!(world, who, list_substitutions, asked.clone()).unwrap();
        names.extend(page.substitutions.into_iter().map(|found| found.substitute));
        asked.page_token = page.next_page_token;
        if asked.page_token.is_empty() {
            return names;
        }
    }
}

async fn a_stand_in_acts_on_its_days(kind: Kind) {
    let world = World::new(kind).await;
    let asked = create(&world, "", "n1", 2, 2);
    let made = call!(world, &as_person("c1"), create_substitution, asked.clone()).unwrap();
    assert_eq!(call!(world, &as_person("c1"), create_substitution, asked).unwrap(), made);
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(world.at_work("t_any").await);
    }
    let mut names = Vec::new();
    for key in &keys {
        names.push(task_name(key, world.task_of(key, "c1").await));
    }
    // Not yet, then on two days, then no more.
    for (day, stands_in) in [(0, false), (1, false), (2, true), (3, true), (4, false)] {
        assert_eq!(!world.todo("n1").await.is_empty(), stands_in, "day {day}");
        if !stands_in {
            let refused = told(&world.approve("n1", &names[2]).await.unwrap_err());
            assert_eq!(refused.reason, "ACCESS_DENIED", "day {day}");
        } else {
            let name = &names[day - 2];
            let task = world.approve("n1", name).await.unwrap();
            let by = task.decided_by.unwrap();
            assert_eq!((by.person, by.for_person), (named("n1"), named("c1")));
        }
        world.test.clock.pass_days(1);
    }
}

async fn by_whom_and_for_whom(kind: Kind) {
    let world = World::new(kind).await;
    let mut registrar = principal("registrar", &[Role::Registrar, Role::Viewer]);
    registrar.jurisdiction = DivisionCode::parse("420000").unwrap();
    call!(world, &as_person("c1"), create_substitution, create(&world, "", "n1", 0, 5)).unwrap();
    let asked = create(&world, "c2", "c1", 0, 5);
    let made = call!(world, &registrar, create_substitution, asked).unwrap();
    let name = made.substitution.unwrap().name;
    assert_eq!(listed(&world, &as_person("c1"), "").await, [named("n1"), named("c1")]);
    assert_eq!(listed(&world, &as_person("n1"), "").await, [named("n1")]);
    assert_eq!(listed(&world, &registrar, "persons/c2").await, [named("c1")]);
    assert_eq!(listed(&world, &registrar, "persons/-").await.len(), 2);
    let delete = || wire::DeleteSubstitutionRequest {
        name: name.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = call!(world, &as_person("c1"), delete_substitution, delete()).unwrap_err();
    assert_eq!(told(&refused).reason, "ACCESS_DENIED");
    call!(world, &as_person("c2"), delete_substitution, delete()).unwrap();
    assert_eq!(listed(&world, &as_person("c2"), "").await, Vec::<String>::new());
    let gone = call!(world, &as_person("c2"), delete_substitution, delete()).unwrap_err();
    assert_eq!(told(&gone).reason, "RESOURCE_NOT_FOUND");
}

/// Who left the service is stood in for by nobody, and those who set offices can end it.
async fn of_one_who_left(kind: Kind) {
    let world = World::new(kind).await;
    let mut registrar = principal("registrar", &[Role::Registrar, Role::Viewer]);
    registrar.jurisdiction = DivisionCode::parse("420000").unwrap();
    let made = create(&world, "", "n1", 0, 5);
    let made = call!(world, &as_person("c1"), create_substitution, made).unwrap();
    let key = world.at_work("t_any").await;
    let name = task_name(&key, world.task_of(&key, "c1").await);
    world.retire("c1").await;
    let refused = told(&world.approve("n1", &name).await.unwrap_err());
    assert_eq!(refused.reason, "ACCESS_DENIED");
    let another = create(&world, "c1", "n2", 0, 5);
    let refused = call!(world, &registrar, create_substitution, another).unwrap_err();
    assert_eq!(told(&refused).reason, "NOT_IN_SERVICE");
    let mut elsewhere = registrar.clone();
    elsewhere.jurisdiction = DivisionCode::parse("430000").unwrap();
    let delete = || wire::DeleteSubstitutionRequest {
        name: made.substitution.as_ref().unwrap().name.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    let refused = call!(world, &elsewhere, delete_substitution, delete()).unwrap_err();
    assert_eq!(told(&refused).reason, "ACCESS_DENIED");
    call!(world, &registrar, delete_substitution, delete()).unwrap();
}

async fn what_is_refused(kind: Kind) {
    let world = World::new(kind).await;
    let head = world.test.head().await;
    let plain = || create(&world, "", "n1", 0, 2);
    let with = |change: fn(&mut wire::CreateSubstitutionRequest)| {
        let mut asked = plain();
        change(&mut asked);
        asked
    };
    let mut elsewhere = principal("registrar", &[Role::Registrar, Role::Viewer]);
    elsewhere.jurisdiction = DivisionCode::parse("430000").unwrap();
    use Code::{InvalidArgument, NotFound, PermissionDenied};
    for (who, asked, code, reason) in [
        (as_person("c1"), create(&world, "", "c1", 0, 2), InvalidArgument, "INVALID_FIELD"),
        (as_person("c1"), create(&world, "", "n1", -5, 2), InvalidArgument, "INVALID_FIELD"),
        (as_person("c1"), create(&world, "", "n1", 2, 0), InvalidArgument, "INVALID_FIELD"),
        (as_person("c1"), with(|asked| asked.to = None), InvalidArgument, "INVALID_FIELD"),
        (as_person("c1"), with(|asked| asked.reason.clear()), InvalidArgument, "INVALID_FIELD"),
        (as_person("c1"), with(|a| a.request_id.clear()), InvalidArgument, "INVALID_FIELD"),
        (as_person("c1"), create(&world, "", "none", 0, 2), NotFound, "RESOURCE_NOT_FOUND"),
        (as_person("c1"), create(&world, "c2", "n1", 0, 2), PermissionDenied, "ACCESS_DENIED"),
        (elsewhere, create(&world, "c2", "n1", 0, 2), PermissionDenied, "ACCESS_DENIED"),
        (principal("nobody", &[Role::Viewer]), plain(), PermissionDenied, "ACCESS_DENIED"),
    ] {
        let place = format!("{asked:?}");
        let refused = call!(world, &who, create_substitution, asked);
        let refused = told(&refused.err().unwrap_or_else(|| panic!("{place}")));
        assert_eq!((refused.code, refused.reason.as_str()), (code, reason), "{place}");
    }
    assert_eq!(world.test.head().await, head);
}
