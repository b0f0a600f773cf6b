//! Each refusal once.

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_identity::Role;
use tonic::Code;
use wire::person_event as of;
use wire::person_event::Event;

use super::*;

on_both!(
    registrations_that_are_refused,
    changes_that_are_refused,
    whose_number_it_is_is_told_to_few
);

async fn registrations_that_are_refused(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    type Change = fn(&mut wire::CreatePersonRequest);
    fn asked(message: &mut wire::CreatePersonRequest) -> &mut wire::Person {
        message.person.as_mut().unwrap()
    }
    fn own(message: &mut wire::CreatePersonRequest) -> &mut wire::PrivateProfile {
        asked(message).private_profile.as_mut().unwrap()
    }
    let rows: [(Change, Code, &str, &str); 20] = [
        (|m| m.request_id.clear(), Code::InvalidArgument, "INVALID_FIELD", "request_id"),
        (|m| m.person = None, Code::InvalidArgument, "INVALID_FIELD", "person"),
        (|m| m.person_id = "张三".into(), Code::InvalidArgument, "INVALID_FIELD", "person_id"),
        (|m| m.basis = None, Code::InvalidArgument, "INVALID_FIELD", "basis"),
        (
            |m| m.basis.as_mut().unwrap().document_number = "12号".into(),
            Code::InvalidArgument,
            "DOCUMENT_NUMBER_FORMAT",
            "basis.document_number",
        ),
        (|m| asked(m).unit = "u1".into(), Code::InvalidArgument, "INVALID_FIELD", "person.unit"),
        (|m| asked(m).slot = 0, Code::InvalidArgument, "INVALID_FIELD", "person.slot"),
        (|m| asked(m).category.clear(), Code::InvalidArgument, "INVALID_FIELD", "person.category"),
        (
            |m| asked(m).private_profile = None,
            Code::InvalidArgument,
            "INVALID_FIELD",
            "person.private_profile",
        ),
        (
            |m| own(m).full_name.clear(),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "person.private_profile.full_name",
        ),
        (
            |m| own(m).identity_number = "530102198001010020".into(),
            Code::InvalidArgument,
            "IDENTITY_CHECK_DIGIT",
            "person.private_profile.identity_number",
        ),
        (
            |m| own(m).identity_number = "53010219800101".into(),
            Code::InvalidArgument,
            "IDENTITY_FORMAT",
            "person.private_profile.identity_number",
        ),
        (
            |m| own(m).birth_date = day(1980, 2, 30),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "person.private_profile.birth_date",
        ),
        (
            |m| asked(m).separate_listing = Some(wire::SeparateListing::default()),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "person.separate_listing.reason",
        ),
        (|m| m.person_id = "p1".into(), Code::AlreadyExists, "RESOURCE_EXISTS", ""),
        (|m| own(m).identity_number = number(1), Code::AlreadyExists, "RESOURCE_EXISTS", ""),
        (|m| asked(m).unit = "units/u9".into(), Code::NotFound, "RESOURCE_NOT_FOUND", ""),
        (
            |m| m.basis = basis(day(2019, 5, 31)),
            Code::FailedPrecondition,
            "BEFORE_UNIT_EXISTED",
            "",
        ),
        (|m| m.basis = basis(day(2999, 1, 1)), Code::FailedPrecondition, "TOO_FAR_AHEAD", ""),
        (
            |m| own(m).resume = "历".repeat(8_001),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "person.private_profile.resume",
        ),
    ];
    for (place, (change, code, reason, field)) in rows.into_iter().enumerate() {
        let mut message = create("p2", "u1", 2);
        change(&mut message);
        let refused = world.create(&registrar(), message).await.unwrap_err();
        assert_eq!((refused.code, refused.reason.as_str()), (code, reason), "{place}");
        let expected = if field.is_empty() { vec![] } else { vec![field.to_owned()] };
        assert_eq!(refused.fields, expected, "{place}");
        // Nobody's number stands in what is told.
        let said = format!("{refused:?}");
        assert!(!said.contains(&number(2)[..17]) && !said.contains("样例乙"), "{said}");
    }
    let there = within("wang", Role::Registrar, THERE);
    let denied = world.create(&there, create("p2", "u1", 2)).await.unwrap_err();
    assert_eq!((denied.code, denied.reason.as_str()), (Code::PermissionDenied, "ACCESS_DENIED"));
    let denied = world.create(&viewer(), create("p2", "u1", 2)).await.unwrap_err();
    assert_eq!(denied.reason, "ACCESS_DENIED");
    // Nothing of all this is in the way.
    world.person("p2", "u1", 2).await;
}

async fn changes_that_are_refused(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    world
        .record(&registrar(), "p1", vec![take_rank("r1", "GM12", day(2021, 1, 1)), sanction("s1")])
        .await
        .unwrap();
    let leave = |reason| of::LeaveRank { spell_id: "r1".into(), reason, on: None };
    let bare = |event| wire::PersonEvent { event: Some(event), basis: None };
    let promoted = i32::from(wire::RankLeaveReason::Promoted);
    let rows: Vec<(&str, wire::PersonEvent, Code, &str, &str)> = vec![
        (
            "no event",
            wire::PersonEvent::default(),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "events[0]",
        ),
        (
            "no document",
            bare(Event::LeaveRank(of::LeaveRank { on: day(2022, 1, 1), ..leave(promoted) })),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "events[0].basis.document_number",
        ),
        (
            "no day",
            bare(Event::LeaveRank(leave(promoted))),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "events[0].leave_rank.on",
        ),
        (
            "no reason",
            event(Event::LeaveRank(leave(0)), day(2022, 1, 1)),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "events[0].leave_rank.reason",
        ),
        (
            "empty spell",
            event(Event::LeaveRank(leave(promoted)), day(2021, 1, 1)),
            Code::FailedPrecondition,
            "SPELL_EMPTY",
            "",
        ),
        (
            "overlap",
            take_rank("r2", "GM11", day(2020, 6, 1)),
            Code::FailedPrecondition,
            "SPELL_OVERLAP",
            "",
        ),
        (
            "before service",
            take_rank("r2", "GM11", day(2020, 2, 1)),
            Code::FailedPrecondition,
            "SPELL_OVERLAP",
            "",
        ),
        (
            "unknown unit",
            take_post("t1", "u9", day(2021, 1, 1)),
            Code::NotFound,
            "RESOURCE_NOT_FOUND",
            "",
        ),
        (
            "unknown post",
            {
                let mut taken = take_post("t1", "u1", day(2021, 1, 1));
                if let Some(Event::TakePost(spell)) = &mut taken.event {
                    spell.post = "units/u1/posts/w1".into();
                }
                taken
            },
            Code::NotFound,
            "RESOURCE_NOT_FOUND",
            "",
        ),
        (
            "post elsewhere",
            {
                let mut taken = take_post("t1", "u1", day(2021, 1, 1));
                if let Some(Event::TakePost(spell)) = &mut taken.event {
                    spell.post = "units/u2/posts/w1".into();
                }
                taken
            },
            Code::InvalidArgument,
            "INVALID_FIELD",
            "events[0].take_post.post",
        ),
        ("known fact", sanction("s1"), Code::AlreadyExists, "RESOURCE_EXISTS", ""),
        (
            "unknown fact",
            event(
                Event::LiftSanction(of::LiftSanction { id: "s9".into(), on: None }),
                day(2024, 1, 1),
            ),
            Code::NotFound,
            "RESOURCE_NOT_FOUND",
            "",
        ),
        (
            "lifted before",
            event(
                Event::LiftSanction(of::LiftSanction { id: "s1".into(), on: None }),
                day(2023, 1, 1),
            ),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "events[0].lift_sanction.lifted_on",
        ),
        (
            "unknown kind",
            event(
                Event::RecordSanction(wire::Sanction {
                    kind: "scolding".into(),
                    ..Default::default()
                }),
                day(2024, 1, 1),
            ),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "events[0].record_sanction.kind",
        ),
        (
            "year",
            event(
                Event::RecordAssessment(wire::Assessment {
                    confirmed_on: day(2024, 1, 1),
                    ..assessment(1900, "excellent")
                }),
                None,
            ),
            Code::InvalidArgument,
            "INVALID_FIELD",
            "year",
        ),
        (
            "not gone",
            event(Event::Reinstate(of::Reinstate { reason: "误".into() }), None),
            Code::FailedPrecondition,
            "WRONG_STATE",
            "",
        ),
        (
            "same slot",
            move_slot("u1", day(2024, 1, 1)),
            Code::FailedPrecondition,
            "WRONG_STATE",
            "",
        ),
    ];
    let head = world.house.head().await;
    for (what, event, code, reason, field) in rows {
        let refused = world.record(&registrar(), "p1", vec![event]).await.unwrap_err();
        assert_eq!((refused.code, refused.reason.as_str()), (code, reason), "{what}: {refused:?}");
        let expected = if field.is_empty() { vec![] } else { vec![field.to_owned()] };
        assert_eq!(refused.fields, expected, "{what}");
    }
    assert_eq!(world.house.head().await, head);
    let none = world.record(&registrar(), "p1", vec![]).await.unwrap_err();
    assert_eq!(none.fields, ["events"]);
    let many = world.record(&registrar(), "p1", vec![sanction(""); 101]).await.unwrap_err();
    assert_eq!((many.code, many.reason.as_str()), (Code::ResourceExhausted, "PERSON_EVENTS_MAX"));
    let missing = world.record(&registrar(), "p9", vec![sanction("")]).await.unwrap_err();
    assert_eq!(missing.reason, "RESOURCE_NOT_FOUND");
    let nothing = wire::UpdatePersonRequest { name: "persons/p1".into(), ..Default::default() };
    let nothing = world.update(&registrar(), nothing).await.unwrap_err();
    assert_eq!((nothing.code, nothing.fields), (Code::InvalidArgument, vec!["changes".to_owned()]));
    let both = wire::UpdatePersonRequest {
        name: "persons/p1".into(),
        same_level_since: day(2020, 1, 1),
        clear: vec!["same_level_since".into()],
        ..Default::default()
    };
    assert_eq!(world.update(&registrar(), both).await.unwrap_err().fields, ["clear"]);
    let unordered = wire::ErasePersonRequest { ordered_by: " ".into(), ..erase("p1") };
    assert_eq!(world.erase(&officer(), unordered).await.unwrap_err().fields, ["ordered_by"]);
    assert_eq!(world.erase(&registrar(), erase("p1")).await.unwrap_err().reason, "ACCESS_DENIED");
}

async fn whose_number_it_is_is_told_to_few(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    world.house.settle().await;
    for (division, told) in [(HERE, true), (THERE, false)] {
        let (who, unit) =
            (within("sun", Role::Registrar, division), if told { "u3" } else { "u2" });
        let taken = world.create(&who, create("p2", unit, 1)).await.unwrap_err();
        assert_eq!((taken.code, taken.reason.as_str()), (Code::AlreadyExists, "RESOURCE_EXISTS"));
        let holder = taken.metadata.get("resource").map(String::as_str);
        assert_eq!(holder, told.then_some("persons/p1"));
        assert!(!taken.message.contains("p1"));
    }
}
