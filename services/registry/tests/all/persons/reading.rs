//! Reading persons and what was recorded of them.

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_identity::Role;

use super::*;

on_both!(
    what_held_on_a_day_and_what_was_known,
    who_sees_everything_is_recorded,
    lists_are_masked_filtered_and_paged,
    lists_keep_to_the_jurisdiction,
    history_tells_what_happened,
);

async fn what_held_on_a_day_and_what_was_known(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let before = world.house.head().await;
    let events =
        vec![take_rank("r1", "GM12", day(2020, 6, 1)), take_rank("r2", "GM11", day(2022, 6, 1))];
    world.record(&registrar(), "p1", events).await.unwrap();
    for (as_of, known_at, rank, status) in [
        (None, None, "GM11", wire::ServiceStatus::InService),
        (day(2021, 1, 1), None, "GM12", wire::ServiceStatus::InService),
        (day(2020, 3, 31), None, "", wire::ServiceStatus::InService),
        (day(2019, 12, 31), None, "", wire::ServiceStatus::NotYet),
        (None, at(before), "", wire::ServiceStatus::InService),
        (day(2021, 1, 1), at(before + 1), "GM12", wire::ServiceStatus::InService),
    ] {
        let message = wire::GetPersonRequest { as_of, known_at, ..get("p1") };
        let person = world.get_as(&viewer(), message).await.unwrap();
        assert_eq!(
            (person.current_rank.as_str(), person.status()),
            (rank, status),
            "{as_of:?} {known_at:?}"
        );
        let listed = wire::ListPersonsRequest { as_of, known_at, ..Default::default() };
        let listed = world.list(&viewer(), listed).await.unwrap().persons;
        assert_eq!(listed, [person], "{as_of:?} {known_at:?}");
    }
    let unknown = wire::GetPersonRequest { known_at: at(before - 2), ..get("p1") };
    assert_eq!(world.get_as(&viewer(), unknown).await.unwrap_err().reason, "RESOURCE_NOT_FOUND");
    let unknown = wire::ListPersonsRequest { known_at: at(before - 2), ..Default::default() };
    assert!(world.list(&viewer(), unknown).await.unwrap().persons.is_empty());
}

async fn who_sees_everything_is_recorded(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    world.basic("p1").await;
    let denied = world.get(&viewer(), "p1", wire::PersonView::Full).await.unwrap_err();
    assert_eq!(denied.reason, "ACCESS_DENIED");
    assert!(world.events_of("persons/p1/views").await.is_empty());
    let head = world.house.head().await;
    let message = wire::GetPersonRequest {
        view: wire::PersonView::Full.into(),
        min_position: head,
        ..get("p1")
    };
    let answer = world.api.get_person(request(&registrar(), message)).await;
    // The answer comes after the record of it.
    assert_eq!(answered(answer).unwrap().position, head + 1);
    let seen = world.events_of("persons/p1/views").await;
    let envelope = seen[0].envelope().unwrap();
    assert_eq!(envelope.principal.as_deref(), Some("principals/registrar"));
    assert_eq!(envelope.event_type, "quanheng.audit.person_viewed.v1");
    // It is no event of the person's own.
    assert_eq!(world.basic("p1").await.etag, "v1");
}

async fn lists_are_masked_filtered_and_paged(kind: Kind) {
    let world = World::open(kind).await;
    for (nr, unit) in [(1, "u1"), (2, "u2"), (3, "u3"), (4, "u1")] {
        world.person(&format!("p{nr}"), unit, nr).await;
    }
    world.record(&registrar(), "p1", vec![take_rank("r1", "GM11", day(2021, 1, 1))]).await.unwrap();
    world
        .record(
            &registrar(),
            "p4",
            vec![take_rank("r1", "GM12", day(2022, 1, 1)), take_post("t1", "u1", day(2022, 1, 1))],
        )
        .await
        .unwrap();
    for (filter, expected) in [
        ("", vec!["p1", "p3", "p4", "p2"]),
        (r#"unit = "units/u1""#, vec!["p1", "p4"]),
        (r#"unit = "units/u1" AND rank = "GM12""#, vec!["p4"]),
        (r#"rank = "GM11""#, vec!["p1"]),
        (r#"level = "L42""#, vec!["p4"]),
        (r#"status = "in_service""#, vec!["p1", "p3", "p4", "p2"]),
        (r#"status = "retired""#, vec![]),
        (
            r#"category = "general_management" AND status = "in_service""#,
            vec!["p1", "p3", "p4", "p2"],
        ),
        (r#"division = "530103""#, vec!["p2"]),
        ("erased = true", vec![]),
    ] {
        assert_eq!(world.ids(&viewer(), filter).await, expected, "{filter}");
    }
    let by_rank = wire::ListPersonsRequest {
        filter: r#"unit = "units/u1""#.into(),
        order_by: "rank desc".into(),
        ..Default::default()
    };
    assert_eq!(ids(&world.list(&viewer(), by_rank).await.unwrap().persons), ["p4", "p1"]);
    for filter in [
        r#"title = "x""#,
        r#"rank != "GM11""#,
        r#"unit = "units/u1" AND level = "L42" AND rank = "GM11""#,
    ] {
        let message = wire::ListPersonsRequest { filter: filter.into(), ..Default::default() };
        assert_eq!(
            world.list(&viewer(), message).await.unwrap_err().fields,
            ["filter"],
            "{filter}"
        );
    }

    let mut message = wire::ListPersonsRequest { page_size: 3, ..Default::default() };
    let first = world.list(&viewer(), message.clone()).await.unwrap();
    assert_eq!(ids(&first.persons), ["p1", "p3", "p4"]);
    for person in &first.persons {
        assert_eq!(person.private_profile.as_ref().unwrap().full_name, "甄**");
        assert_eq!(*person, world.basic(person.name.trim_start_matches("persons/")).await);
    }
    message.page_token = first.next_page_token;
    let next = world.list(&viewer(), message.clone()).await.unwrap();
    assert_eq!((ids(&next.persons), next.next_page_token.as_str()), (vec!["p2".to_owned()], ""));
    let stolen = world.list(&registrar(), message).await.unwrap_err();
    assert_eq!(stolen.fields, ["page_token"]);
}

async fn lists_keep_to_the_jurisdiction(kind: Kind) {
    let world = World::open(kind).await;
    for (nr, unit) in [(1, "u1"), (2, "u2"), (3, "u3")] {
        world.person(&format!("p{nr}"), unit, nr).await;
    }
    let here = within("li", Role::Viewer, HERE);
    let above = within("zhao", Role::Viewer, "530100");
    let elsewhere = within("qian", Role::Viewer, "440000");
    for filter in ["", r#"status = "in_service""#, r#"category = "general_management""#] {
        assert_eq!(world.ids(&here, filter).await, ["p1", "p3"], "{filter}");
        assert_eq!(world.ids(&above, filter).await, ["p1", "p3", "p2"], "{filter}");
        assert!(world.ids(&elsewhere, filter).await.is_empty(), "{filter}");
    }
    assert!(world.ids(&here, r#"unit = "units/u2""#).await.is_empty());
    // Nor is anybody found elsewhere, or told of.
    let full_name = full_name(2);
    let lists = wire::ListPersonsRequest { full_name, ..Default::default() };
    assert!(world.list(&here, lists.clone()).await.unwrap().persons.is_empty());
    assert_eq!(ids(&world.list(&above, lists).await.unwrap().persons), ["p2"]);
    let hidden = world.get(&here, "p2", wire::PersonView::Basic).await.unwrap_err();
    let missing = world.get(&here, "p9", wire::PersonView::Basic).await.unwrap_err();
    assert_eq!((hidden.code, hidden.reason), (missing.code, missing.reason));
}

async fn history_tells_what_happened(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let events = vec![take_rank("r1", "GM12", day(2020, 6, 1)), sanction("s1")];
    world.record(&registrar(), "p1", events).await.unwrap();
    let all = world.history(&registrar(), "p1").await;
    let types: Vec<_> = all.iter().map(|entry| entry.r#type.split('.').nth(2).unwrap()).collect();
    assert_eq!(types, ["sanction_recorded", "rank_taken", "person_registered"]);
    let rank = &all[1];
    assert_eq!((rank.version, rank.effective_on), (2, day(2020, 6, 1)));
    assert_eq!(
        (rank.document_number.as_str(), rank.principal.as_str()),
        ("样组〔2024〕12号", "principals/registrar")
    );
    assert_eq!(rank.summary, "任职级 general_management/GM12(晋升)");
    assert!(!rank.request_id.is_empty() && rank.recorded_at.contains('T'));
    // That there was a sanction is not for everybody.
    let open = world.history(&viewer(), "p1").await;
    assert_eq!(open, all[1..]);

    let mut message = wire::ListPersonHistoryRequest {
        name: "persons/p1".into(),
        page_size: 2,
        min_position: world.house.head().await,
        ..Default::default()
    };
    let page = world.api.list_person_history(request(&registrar(), message.clone())).await;
    let page = answered(page).unwrap();
    assert_eq!(page.entries, all[..2]);
    message.page_token = page.next_page_token;
    let page =
        answered(world.api.list_person_history(request(&registrar(), message)).await).unwrap();
    assert_eq!((page.entries, page.next_page_token.as_str()), (all[2..].to_vec(), ""));
}
