//! Profiles: published once a version, refused where they cannot be, seen where they hold.

use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_eventlog::{BlobRef, Version};
use quanheng_policy_service::TEXT_BYTES_MAX;
use tonic::{Code, Request};

use crate::world::{Kind, World, on_every_backend, refusal, request_id};
use crate::{county, national, provincial};

on_every_backend!(
    a_profile_is_published_and_read,
    a_repetition_gets_the_first_answer,
    of_two_who_publish_one_version_one_is_told,
);

/// An overlay that sets how long a public notice lasts.
pub(crate) fn overlay(profile: &str, version: u32, jurisdiction: &str, days: u32) -> String {
    format!(
        "format = 1\nprofile = \"{profile}\"\nversion = {version}\n\
         jurisdiction = \"{jurisdiction}\"\ntitle = \"某地参数\"\n\
         effective_from = \"2026-01-01\"\n\n[parameters.notice_working_days]\n\
         value = {days}\narticle = \"某地实施办法第十条\"\n"
    )
}

pub(crate) fn publish(text: impl Into<String>) -> wire::PublishProfileRequest {
    wire::PublishProfileRequest {
        text: text.into(),
        request_id: request_id(),
        validate_only: false,
    }
}

fn get(name: &str, min_position: u64) -> wire::GetProfileRequest {
    wire::GetProfileRequest { name: name.into(), min_position }
}

async fn a_profile_is_published_and_read(kind: Kind) {
    let world = World::new(kind).await;
    let text = overlay("guangdong", 1, "440000", 7);
    let answer = provincial(&world).publish_profile(publish(&text)).await.unwrap().into_inner();
    let profile = answer.profile.unwrap();
    assert_eq!(profile.name, "policyProfiles/guangdong/versions/1");
    assert_eq!((profile.jurisdiction.as_str(), profile.version), ("440000", 1));
    assert_eq!(profile.publisher, "principals/li");
    assert_eq!(profile.text, text);
    assert_eq!(profile.effective_from.as_ref().map(|day| day.year), Some(2026));
    assert!(profile.publish_time.is_some() && profile.effective_to.is_none());

    // In one commit: the event with its tag, and the text.
    let stream = quanheng_streams::policies();
    assert_eq!(world.realm.log.stream_version(&stream).await.unwrap(), Version(1));
    let page = world.realm.log.page(answer_before(answer.position), &all(), 10).await.unwrap();
    let [record] = page.records.as_slice() else { panic!("{page:?}") };
    assert_eq!(record.event_type.as_str(), "quanheng.policy.profile_published.v1");
    let envelope = record.envelope().unwrap();
    assert_eq!(envelope.tags().collect::<Vec<_>>(), ["divisions/440000"]);
    let blob = BlobRef::of(text.as_bytes());
    assert_eq!(envelope.blobs().collect::<Result<Vec<_>, _>>().unwrap(), [blob]);
    assert_eq!(blob.digest.to_string(), profile.sha256);

    let read = get(&profile.name, answer.position);
    let read = county(&world).get_profile(read).await.unwrap().into_inner();
    assert_eq!(read.profile.as_ref(), Some(&profile));
    assert!(read.position >= answer.position);
    let listed = wire::ListProfilesRequest { min_position: answer.position, ..Default::default() };
    let listed = county(&world).list_profiles(listed).await.unwrap().into_inner();
    assert_eq!(listed.profiles, [wire::Profile { text: String::new(), ..profile.clone() }]);
    assert_eq!((listed.total_size, listed.next_page_token.as_str()), (1, ""));

    // The same text again is there already, whoever sends it.
    let head = world.head().await;
    let again = national(&world).publish_profile(publish(&text)).await.unwrap().into_inner();
    assert_eq!(again.profile, Some(profile));
    assert_eq!(world.head().await, head);
}

fn answer_before(position: u64) -> quanheng_eventlog::Position {
    quanheng_eventlog::Position(position - 1)
}

fn all() -> quanheng_eventlog::Filter {
    quanheng_eventlog::Filter::all()
}

async fn a_repetition_gets_the_first_answer(kind: Kind) {
    let world = World::new(kind).await;
    let request = publish(overlay("guangdong", 1, "440000", 7));
    let first = provincial(&world).publish_profile(request.clone()).await.unwrap().into_inner();
    let head = world.head().await;
    let again = provincial(&world).publish_profile(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(world.head().await, head);

    let text = overlay("guangdong", 1, "440000", 8);
    let other = wire::PublishProfileRequest { text, ..request };
    let refused = world.refused(provincial(&world).publish_profile(other)).await;
    refused.is(Code::InvalidArgument, "REQUEST_ID_REUSED");

    // A refusal by a rule is an answer, too.
    let clash = publish(overlay("other", 1, "440000", 7));
    for _ in 0..2 {
        let refused = world.refused(provincial(&world).publish_profile(clash.clone())).await;
        refused.is(Code::FailedPrecondition, "JURISDICTION_TAKEN");
    }
}

async fn of_two_who_publish_one_version_one_is_told(kind: Kind) {
    let world = World::new(kind).await;
    let beside = if kind == Kind::Postgres { Some(world.beside().await) } else { None };
    let other = beside.as_ref().unwrap_or(&world);
    for version in 1..=5 {
        let (mut one, mut two) = (provincial(&world), provincial(other));
        let first = one.publish_profile(publish(overlay("guangdong", version, "440000", 7)));
        let second = two.publish_profile(publish(overlay("guangdong", version, "440000", 8)));
        let (first, second) = tokio::join!(first, second);
        let refused = match (first, second) {
            (Ok(_), Err(status)) | (Err(status), Ok(_)) => refusal(&status),
            both => panic!("{both:?}"),
        };
        refused.is(Code::AlreadyExists, "RESOURCE_EXISTS");
    }
    let stream = quanheng_streams::policies();
    assert_eq!(world.realm.log.stream_version(&stream).await.unwrap(), Version(5));
    // Both see the same.
    let list = wire::ListProfilesRequest { min_position: 5, ..Default::default() };
    let here = provincial(&world).list_profiles(list.clone()).await.unwrap().into_inner();
    let there = provincial(other).list_profiles(list).await.unwrap().into_inner();
    assert_eq!((here.profiles.len(), here.profiles), (5, there.profiles));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_published_changes_nothing() {
    let world = World::new(Kind::Sqlite).await;
    let published = overlay("guangdong", 1, "440000", 7);
    provincial(&world).publish_profile(publish(&published)).await.unwrap();
    let long = format!("{published}# {}", "长".repeat(TEXT_BYTES_MAX / 3));
    for (case, text, code, reason) in [
        ("no text", " \n".to_owned(), Code::InvalidArgument, "INVALID_FIELD"),
        ("too long", long, Code::ResourceExhausted, "POLICY_TEXT_BYTES_MAX"),
        ("no TOML", "profile =".to_owned(), Code::InvalidArgument, "INVALID_FIELD"),
        (
            "the version with another text",
            overlay("guangdong", 1, "440000", 8),
            Code::AlreadyExists,
            "RESOURCE_EXISTS",
        ),
        (
            "another profile for the jurisdiction",
            overlay("other", 1, "440000", 7),
            Code::FailedPrecondition,
            "JURISDICTION_TAKEN",
        ),
        (
            "another jurisdiction for the profile",
            overlay("guangdong", 2, "440100", 7),
            Code::FailedPrecondition,
            "JURISDICTION_TAKEN",
        ),
        (
            "outside the jurisdiction",
            overlay("beijing", 1, "110000", 7),
            Code::PermissionDenied,
            "ACCESS_DENIED",
        ),
        (
            "around the jurisdiction",
            overlay("national", 1, "000000", 7),
            Code::PermissionDenied,
            "ACCESS_DENIED",
        ),
    ] {
        let refused = world.refused(provincial(&world).publish_profile(publish(text))).await;
        assert_eq!(refused.what(), (code, reason), "{case}");
    }
    let request = wire::PublishProfileRequest {
        request_id: "1".into(),
        ..publish(overlay("x", 1, "440100", 7))
    };
    world.refused(provincial(&world).publish_profile(request)).await.is_field("request_id");
    let refused = world.refused(county(&world).publish_profile(publish(&published))).await;
    refused.is(Code::PermissionDenied, "ACCESS_DENIED");
    let mut nobody = wire_client(&world);
    let refused = world.refused(nobody.publish_profile(publish(&published))).await;
    refused.is(Code::Unauthenticated, "UNAUTHENTICATED");
}

fn wire_client(
    world: &World,
) -> wire::policy_service_client::PolicyServiceClient<tonic::transport::Channel> {
    wire::policy_service_client::PolicyServiceClient::new(world.channel.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_document_is_located() {
    let world = World::new(Kind::Sqlite).await;
    for (case, text, fields) in [
        (
            "two faults",
            overlay("guangdong", 0, "440000", 4),
            vec!["text:3:version", "text:8:parameters.notice_working_days"],
        ),
        (
            "an unknown key",
            overlay("guangdong", 1, "440000", 7).replace("notice_working", "notices_working"),
            vec!["text:8:parameters.notices_working_days"],
        ),
        ("a name that no resource has", overlay("广东", 1, "440000", 7), vec!["text:2:profile"]),
    ] {
        let refused = world.refused(provincial(&world).publish_profile(publish(text))).await;
        refused.is(Code::InvalidArgument, "INVALID_FIELD");
        assert_eq!(refused.0.fields, fields, "{case}");
        assert_eq!(refused.0.metadata["faults"], fields.len().to_string(), "{case}");
    }

    // As many as there is room for in a header; all are counted.
    let sets: String = (0..100)
        .map(|nr| format!("{{ id = \"s{nr}\", name = \"组\", ranks = [], ratio = \"1%\" }},\n"))
        .collect();
    let text = format!(
        "{}\n[ratios.general_management.county]\narticle = \"第九条\"\nsets = [\n{sets}]\n",
        overlay("guangdong", 1, "440000", 7)
    );
    let refused = world.refused(provincial(&world).publish_profile(publish(text))).await;
    refused.is(Code::InvalidArgument, "INVALID_FIELD");
    assert_eq!(refused.0.metadata["faults"], "100");
    assert!((5..100).contains(&refused.0.fields.len()), "{}", refused.0.fields.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_changes_nothing() {
    let world = World::new(Kind::Sqlite).await;
    let request = wire::PublishProfileRequest {
        validate_only: true,
        ..publish(overlay("guangdong", 1, "440000", 7))
    };
    let head = world.head().await;
    let answer = provincial(&world).publish_profile(request).await.unwrap().into_inner();
    assert_eq!(answer.profile.unwrap().name, "policyProfiles/guangdong/versions/1");
    assert_eq!((world.head().await.0, answer.position), (head.0, head.0));
    let name = get("policyProfiles/guangdong/versions/1", 0);
    let refused = world.refused(provincial(&world).get_profile(name)).await;
    refused.is(Code::NotFound, "RESOURCE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_seen_where_it_holds() {
    let world = World::new(Kind::Sqlite).await;
    let mut position = 0;
    for (profile, jurisdiction) in [
        ("national", "000000"),
        ("guangdong", "440000"),
        ("beijing", "110000"),
        ("tianhe", "440106"),
        ("yuexiu", "440104"),
    ] {
        let text = overlay(profile, 1, jurisdiction, 7);
        let answer = national(&world).publish_profile(publish(text)).await.unwrap();
        position = answer.into_inner().position;
    }
    let names = |listed: wire::ListProfilesResponse| -> Vec<String> {
        listed.profiles.into_iter().map(|profile| profile.profile).collect()
    };
    let list = wire::ListProfilesRequest { min_position: position, ..Default::default() };
    let seen = county(&world).list_profiles(list.clone()).await.unwrap().into_inner();
    assert_eq!(names(seen), ["national", "guangdong", "tianhe"]);
    let seen = provincial(&world).list_profiles(list.clone()).await.unwrap().into_inner();
    assert_eq!(names(seen), ["national", "guangdong", "tianhe", "yuexiu"]);

    for (name, code, reason) in [
        ("policyProfiles/beijing/versions/1", Code::NotFound, "RESOURCE_NOT_FOUND"),
        ("policyProfiles/guangdong/versions/2", Code::NotFound, "RESOURCE_NOT_FOUND"),
        ("policyProfiles/guangdong/versions/01", Code::NotFound, "RESOURCE_NOT_FOUND"),
        ("policyProfiles/guangdong", Code::InvalidArgument, "INVALID_FIELD"),
    ] {
        let refused = world.refused(county(&world).get_profile(get(name, 0))).await;
        assert_eq!(refused.what(), (code, reason), "{name}");
    }

    // Page by page, each once.
    let mut all = Vec::new();
    let mut page = wire::ListProfilesRequest { page_size: 2, ..list };
    loop {
        let listed = national(&world).list_profiles(page.clone()).await.unwrap().into_inner();
        assert_eq!(listed.total_size, 5);
        page.page_token.clone_from(&listed.next_page_token);
        all.extend(names(listed));
        if page.page_token.is_empty() {
            break;
        }
        // The token is the caller's own.
        let refused = world.refused(provincial(&world).list_profiles(page.clone())).await;
        refused.is_field("page_token");
    }
    assert_eq!(all, ["national", "guangdong", "beijing", "tianhe", "yuexiu"]);
    let negative = wire::ListProfilesRequest { page_size: -1, ..Default::default() };
    world.refused(national(&world).list_profiles(negative)).await.is_field("page_size");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_waits_for_its_position_but_not_for_ever() {
    let world = World::new(Kind::Sqlite).await;
    let mut request = Request::new(get("policyProfiles/guangdong/versions/1", 99));
    request.set_timeout(std::time::Duration::from_millis(300));
    let status = provincial(&world).get_profile(request).await.unwrap_err();
    // Either side may notice first.
    assert!(matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled));
}
