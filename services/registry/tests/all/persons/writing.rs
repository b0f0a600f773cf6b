//! Registering and changing.

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_identity::Role;

use super::*;

on_both!(
    a_person_is_registered,
    a_repetition_answers_the_same,
    a_trial_leaves_nothing,
    an_id_is_made_once_for_a_request,
    a_change_is_seen_and_found,
    a_number_that_was_given_up_is_free,
);

async fn a_person_is_registered(kind: Kind) {
    let world = World::open(kind).await;
    let created = world.create(&registrar(), create("p1", "u1", 1)).await.unwrap();
    let person = created.person.unwrap();
    assert_eq!((person.name.as_str(), person.unit.as_str()), ("persons/p1", "units/u1"));
    assert_eq!(person.status(), wire::ServiceStatus::InService);
    assert_eq!(
        (person.slot(), person.entry()),
        (wire::SlotKind::Administrative, wire::EntryWay::Recruitment)
    );
    let masked = person.private_profile.clone().unwrap();
    assert_eq!(masked.full_name, "甄**");
    let masked_number = format!("530102********{}", &number(1)[14..]);
    assert_eq!(masked.identity_number, masked_number);
    assert_eq!((masked.phone.as_str(), masked.birth_date), ("138****5678", day(1980, 1, 0)));
    assert_eq!((masked.native_place.as_str(), masked.resume.as_str()), ("", ""));
    assert_eq!(person.etag, "v1");
    assert_eq!(created.position, world.house.head().await);

    // What is read is what was answered.
    assert_eq!(world.basic("p1").await, person);
    let whole = world.full("p1").await;
    assert_eq!(whole.private_profile, Some(profile(1)));
    let open = |person: &wire::Person| wire::Person { private_profile: None, ..person.clone() };
    assert_eq!(open(&whole), open(&person));
}

async fn a_repetition_answers_the_same(kind: Kind) {
    let world = World::open(kind).await;
    let message = create("p1", "u1", 1);
    let first = world.create(&registrar(), message.clone()).await.unwrap();
    let change = wire::UpdatePersonRequest {
        name: "persons/p1".into(),
        private_profile: Some(profile(2)),
        ..Default::default()
    };
    world.update(&registrar(), change).await.unwrap();
    let again = world.create(&registrar(), message.clone()).await.unwrap();
    assert_eq!(again, first);
    let mut other = message;
    other.person.as_mut().unwrap().ex_military = true;
    let refused = world.create(&registrar(), other).await.unwrap_err();
    assert_eq!(refused.reason, "REQUEST_ID_REUSED");
}

async fn a_trial_leaves_nothing(kind: Kind) {
    let world = World::open(kind).await;
    let head = world.house.head().await;
    let trial = wire::CreatePersonRequest { validate_only: true, ..create("p1", "u1", 1) };
    let tried = world.create(&registrar(), trial).await.unwrap().person.unwrap();
    assert_eq!(world.house.head().await, head);
    let key = world.house.realm.keys.get("persons/p1").await.unwrap();
    assert!(matches!(key, quanheng_sealing::KeyState::Missing), "{key:?}");
    assert!(world.named(&full_name(1)).await.is_empty());
    let really = world.person("p1", "u1", 1).await;
    assert_eq!(tried.private_profile, really.private_profile);
    let trial = wire::ErasePersonRequest { validate_only: true, ..erase("p1") };
    assert!(world.erase(&officer(), trial).await.unwrap().erased);
    assert!(!world.basic("p1").await.erased);
}

async fn an_id_is_made_once_for_a_request(kind: Kind) {
    let world = World::open(kind).await;
    let message = create("", "u1", 1);
    let first = world.create(&registrar(), message.clone()).await.unwrap().person.unwrap();
    let again = world.create(&registrar(), message).await.unwrap().person.unwrap();
    assert_eq!(first.name, again.name);
    let id = first.name.strip_prefix("persons/").unwrap();
    assert!(id.parse::<uuid::Uuid>().is_ok(), "{id}");
    assert_eq!(world.named(&full_name(1)).await, [id]);
}

async fn a_change_is_seen_and_found(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let listing = wire::SeparateListing {
        reason: wire::ListingReason::Reform.into(),
        since: day(2021, 1, 1),
    };
    let change = wire::UpdatePersonRequest {
        name: "persons/p1".into(),
        private_profile: Some(profile(2)),
        ex_military: Some(true),
        separate_listing: Some(listing),
        same_level_since: day(2018, 5, 1),
        etag: "v1".into(),
        ..Default::default()
    };
    let changed = world.update(&registrar(), change.clone()).await.unwrap();
    assert!(changed.ex_military && changed.separately_listed);
    assert_eq!((changed.separate_listing, changed.etag.as_str()), (Some(listing), "v2"));
    assert_eq!(world.full("p1").await.private_profile, Some(profile(2)));
    assert_eq!(world.named(&full_name(2)).await, ["p1"]);
    assert_eq!(world.numbered(&number(2)).await, ["p1"]);
    assert!(world.named(&full_name(1)).await.is_empty());
    assert!(world.numbered(&number(1)).await.is_empty());

    let stale = world.update(&registrar(), change).await.unwrap_err();
    assert_eq!(stale.reason, "ETAG_MISMATCH");
    let clearing = wire::UpdatePersonRequest {
        name: "persons/p1".into(),
        clear: vec!["separate_listing".into(), "same_level_since".into()],
        ..Default::default()
    };
    let cleared = world.update(&registrar(), clearing).await.unwrap();
    assert_eq!((cleared.separate_listing, cleared.same_level_since), (None, None));
    assert!(cleared.ex_military);
}

async fn a_number_that_was_given_up_is_free(kind: Kind) {
    let world = World::open(kind).await;
    world.person("p1", "u1", 1).await;
    let change = |id: &str, nr| wire::UpdatePersonRequest {
        name: format!("persons/{id}"),
        private_profile: Some(profile(nr)),
        ..Default::default()
    };
    world.person("p2", "u1", 2).await;
    let taken = world.update(&registrar(), change("p1", 2)).await.unwrap_err();
    assert_eq!(
        (taken.reason.as_str(), taken.metadata["resource"].as_str()),
        ("RESOURCE_EXISTS", "persons/p2")
    );
    assert_eq!(world.numbered(&number(1)).await, ["p1"]);
    world.update(&registrar(), change("p2", 3)).await.unwrap();
    world.update(&registrar(), change("p1", 2)).await.unwrap();
    assert_eq!(world.numbered(&number(2)).await, ["p1"]);
    // A name that somebody else bears too is found for both.
    let name = wire::PrivateProfile { full_name: full_name(2), ..profile(3) };
    let both = wire::UpdatePersonRequest { private_profile: Some(name), ..change("p2", 3) };
    world.update(&registrar(), both).await.unwrap();
    assert_eq!(world.named(&full_name(2)).await, ["p1", "p2"]);
    let here = within("li", Role::Registrar, HERE);
    let lists =
        wire::ListPersonsRequest { full_name: full_name(2), page_size: 1, ..Default::default() };
    let first = world.list(&here, lists.clone()).await.unwrap();
    assert_eq!(ids(&first.persons), ["p1"]);
    let page_token = first.next_page_token;
    let next = world.list(&here, wire::ListPersonsRequest { page_token, ..lists }).await.unwrap();
    assert_eq!((ids(&next.persons), next.next_page_token.as_str()), (vec!["p2".to_owned()], ""));
}
