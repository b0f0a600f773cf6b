//! What the program ships: committed once, whoever starts and however often.

use std::collections::BTreeSet;

use jiff::civil::date;
use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_eventlog::{Direction, Version};
use quanheng_policy_service::publish_defaults;
use quanheng_streams::{Policies, PolicyEvent};

use crate::national;
use crate::profiles::{overlay, publish};
use crate::world::{Kind, World, on_every_backend, request_id};

on_every_backend!(defaults_are_published_once, what_was_published_before_stays);

/// A profile, six flows, a calendar.
const SHIPPED: u64 = 8;

async fn version(world: &World) -> Version {
    world.realm.log.stream_version(&quanheng_streams::policies()).await.unwrap()
}

async fn events(world: &World) -> Vec<PolicyEvent> {
    use futures::TryStreamExt as _;
    let stream = quanheng_streams::policies();
    let records = world.realm.log.read_stream(stream, Version(1), Direction::Forward);
    let records: Vec<_> = records.try_collect().await.unwrap();
    for record in &records {
        let principal = record.envelope().unwrap().principal.map(|name| name.into_owned());
        assert!(principal.is_some());
    }
    let event = |record| quanheng_streams::read::<Policies>(record).unwrap();
    records.iter().map(|record| PolicyEvent::clone(&event(record))).collect()
}

async fn defaults_are_published_once(kind: Kind) {
    let world = World::new(kind).await;
    for _ in 0..3 {
        publish_defaults(&world.realm).await.unwrap();
        assert_eq!(version(&world).await, Version(SHIPPED));
        let head = world.head().await;
        assert_eq!(head.0, SHIPPED);
    }
    // On the shelf at once, as shipped with the program.
    let shelf = world.realm.policies.shelf();
    assert!(shelf.flow("promotion", 1).is_some());
    assert_eq!(shelf.calendar().is_working_day(date(2026, 10, 1)), Ok(false));
    assert!(shelf.profiles.iter().all(|profile| profile.by == "principals/system"));
    let name = "policyProfiles/national/versions/1".to_owned();
    let get = wire::GetProfileRequest { name, min_position: 0 };
    let profile = national(&world).get_profile(get).await.unwrap().into_inner().profile.unwrap();
    assert_eq!((profile.publisher.as_str(), profile.title.as_str()), ("", "全国默认"));
    let list = wire::ListCalendarsRequest::default();
    let years = national(&world).list_calendars(list).await.unwrap().into_inner().years;
    assert_eq!((years.len(), years[0].year, years[22].year), (23, 2004, 2026));
    assert!(years.iter().all(|year| year.publisher.is_empty() && !year.replaces));
}

async fn what_was_published_before_stays(kind: Kind) {
    let world = World::new(kind).await;
    let own = overlay("own_national", 1, "000000", 9);
    national(&world).publish_profile(publish(&own)).await.unwrap();
    let csv = crate::calendars::year(2026);
    let request = wire::PublishCalendarRequest {
        csv,
        source: "国办发明电〔2025〕7号".into(),
        request_id: request_id(),
        validate_only: false,
    };
    national(&world).publish_calendar(request).await.unwrap();
    for _ in 0..2 {
        publish_defaults(&world.realm).await.unwrap();
        // All but the profile.
        assert_eq!(version(&world).await, Version(2 + SHIPPED - 1));
    }
    let published = events(&world).await;
    let years: Vec<BTreeSet<i16>> = published
        .iter()
        .filter_map(|event| match event {
            PolicyEvent::CalendarPublished { calendar } => {
                Some(calendar.years.iter().copied().collect())
            }
            _ => None,
        })
        .collect();
    assert_eq!(years, [BTreeSet::from([2026]), (2004..=2025).collect()]);
    // 2026-02-17 is a holiday of the shipped year, not of the one that was published.
    let shelf = world.realm.policies.shelf();
    assert_eq!(shelf.calendar().is_working_day(date(2026, 2, 17)), Ok(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_at_once_publish_them_once() {
    for _ in 0..3 {
        let world = World::new(Kind::Postgres).await;
        let beside = world.beside().await;
        let (one, two) =
            tokio::join!(publish_defaults(&world.realm), publish_defaults(&beside.realm));
        one.unwrap();
        two.unwrap();
        assert_eq!(version(&world).await, Version(SHIPPED));
        for world in [&world, &beside] {
            let shelf = world.realm.policies.shelf();
            assert_eq!((shelf.profiles.len(), shelf.flow_list.len()), (1, 6));
            assert_eq!(shelf.calendars.len(), 1);
        }
    }
}
