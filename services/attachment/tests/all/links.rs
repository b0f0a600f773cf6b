//! Ties between attachments and resources.

use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_attachment::{ATTACHMENTS, LINKS, LINKS_MAX, PROJECTION};
use quanheng_eventlog::{Direction, Filter, Position, Tag, Transaction, Version};
use quanheng_streams::{AttachmentEvent, Attachments};
use tonic::Code;

use crate::files::{get, head, listing, upload};
use crate::town::settle;
use crate::world::{Kind, World, on_every_backend, request_id};
use crate::{county, national, neighbour};

on_every_backend!(an_attachment_is_linked_listed_and_unlinked);

const RESOURCES: [&str; 4] = [
    "units/u1",
    "persons/p1",
    "quotaAccounts/u1.general_management",
    "quotaAccounts/pool.c1.general_management",
];

fn link(name: &str, resource: &str) -> wire::LinkAttachmentRequest {
    wire::LinkAttachmentRequest {
        name: name.into(),
        resource: resource.into(),
        request_id: request_id(),
        validate_only: false,
    }
}

fn unlink(name: &str, resource: &str) -> wire::UnlinkAttachmentRequest {
    wire::UnlinkAttachmentRequest {
        name: name.into(),
        resource: resource.into(),
        reason: "传错了".into(),
        request_id: request_id(),
        validate_only: false,
    }
}

/// Uploads as the county; tells the name.
async fn uploaded(world: &World, content: &[u8]) -> String {
    let answer = upload(&mut county(world), &head("甲.pdf"), content).await.unwrap();
    answer.attachment.unwrap().name
}

async fn an_attachment_is_linked_listed_and_unlinked(kind: Kind) {
    let world = World::new(kind).await;
    settle(&world).await;
    let name = uploaded(&world, b"content").await;
    let mut last = 0;
    for (nr, resource) in RESOURCES.into_iter().enumerate() {
        let request = link(&name, resource);
        let answer = county(&world).link_attachment(request.clone()).await.unwrap().into_inner();
        assert_eq!(answer.attachment.as_ref().unwrap().links.len(), nr + 1);
        assert!(answer.attachment.as_ref().unwrap().create_time.is_some());
        let again = county(&world).link_attachment(request).await.unwrap().into_inner();
        assert_eq!(again, answer);
        last = answer.position;
        assert_eq!(world.head().await.0, last);
        let list = listing(resource, last);
        let listed = county(&world).list_attachments(list).await.unwrap().into_inner();
        assert_eq!(listed.attachments, [answer.attachment.unwrap()], "{resource}");
        assert!(listed.position >= last);
        // Found in the log under the resource, too.
        let filter = Filter::all().and_tag(Tag::new(resource).unwrap());
        let page = world.realm.log.page(Position::START, &filter, 10).await.unwrap();
        let linked = page.records.last().unwrap();
        assert_eq!(linked.event_type.as_str(), "quanheng.attachment.attachment_linked.v1");
        assert!(linked.envelope().unwrap().tags().any(|tag| tag == "divisions/440106"));
    }

    let request = unlink(&name, "persons/p1");
    let answer = county(&world).unlink_attachment(request.clone()).await.unwrap().into_inner();
    assert_eq!(answer.attachment.as_ref().unwrap().links.len(), RESOURCES.len() - 1);
    assert_eq!(county(&world).unlink_attachment(request).await.unwrap().into_inner(), answer);
    assert_eq!(world.head().await.0, last + 1);
    let list = listing("persons/p1", answer.position);
    let listed = county(&world).list_attachments(list).await.unwrap().into_inner();
    assert!(listed.attachments.is_empty());
    let got = get(&mut county(&world), &name, answer.position).await.unwrap();
    assert_eq!(Some(got), answer.attachment);
    // Linked anew it is there again.
    let answer = county(&world).link_attachment(link(&name, "persons/p1")).await.unwrap();
    assert_eq!(answer.into_inner().attachment.unwrap().links.len(), RESOURCES.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_linked_changes_nothing() {
    let world = World::new(Kind::Sqlite).await;
    settle(&world).await;
    let name = uploaded(&world, b"content").await;
    county(&world).link_attachment(link(&name, "units/u1")).await.unwrap();
    let absent = format!("attachments/{}", "0".repeat(64));
    let (invalid, field) = (Code::InvalidArgument, "INVALID_FIELD");
    let (missing, not_found) = (Code::NotFound, "RESOURCE_NOT_FOUND");
    for (case, name, resource, code, reason) in [
        ("no name", "attachments/x", "units/u1", invalid, field),
        ("no attachment", absent.as_str(), "units/u1", missing, not_found),
        ("no resource", &name, "", invalid, field),
        ("what nothing is linked to", &name, "policies", invalid, field),
        ("a unit that is not there", &name, "units/u9", missing, not_found),
        ("a person that is not there", &name, "persons/p9", missing, not_found),
        ("a post that is not there", &name, "units/u1/posts/x", missing, not_found),
        (
            "an account that is not there",
            &name,
            "quotaAccounts/u2.general_management",
            missing,
            not_found,
        ),
        ("elsewhere", &name, "units/u2", Code::PermissionDenied, "ACCESS_DENIED"),
    ] {
        let mut county = county(&world);
        for refused in [
            world.refused(county.link_attachment(link(name, resource))).await,
            world.refused(county.unlink_attachment(unlink(name, resource))).await,
        ] {
            // Taking a tie off asks for the tie, not for what else there is at its end.
            assert_eq!(refused.what(), (code, reason), "{case}");
        }
    }
    let mut county = county(&world);
    let twice = world.refused(county.link_attachment(link(&name, "units/u1"))).await;
    twice.is(Code::AlreadyExists, "RESOURCE_EXISTS");
    let never = world.refused(county.unlink_attachment(unlink(&name, "persons/p1"))).await;
    never.is(missing, not_found);
    for reason in [String::new(), " ".to_owned(), "长".repeat(501)] {
        let request = wire::UnlinkAttachmentRequest { reason, ..unlink(&name, "units/u1") };
        world.refused(county.unlink_attachment(request)).await.is_field("reason");
    }
    let no_id =
        wire::LinkAttachmentRequest { request_id: String::new(), ..link(&name, "persons/p1") };
    world.refused(county.link_attachment(no_id)).await.is_field("request_id");
    let reused = link(&name, "persons/p1");
    county.link_attachment(reused.clone()).await.unwrap();
    let reused = wire::LinkAttachmentRequest { resource: "units/u1".into(), ..reused };
    world.refused(county.link_attachment(reused)).await.is(invalid, "REQUEST_ID_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_changes_nothing() {
    let world = World::new(Kind::Sqlite).await;
    settle(&world).await;
    let name = uploaded(&world, b"content").await;
    let before = world.head().await;
    let trial = wire::LinkAttachmentRequest { validate_only: true, ..link(&name, "units/u1") };
    let answer = county(&world).link_attachment(trial).await.unwrap().into_inner();
    assert_eq!(answer.attachment.unwrap().links, ["units/u1"]);
    assert_eq!(world.head().await, before);
    let got = get(&mut county(&world), &name, before.0).await.unwrap();
    assert!(got.links.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_links_and_no_more() {
    let world = World::new(Kind::Sqlite).await;
    settle(&world).await;
    let name = uploaded(&world, b"content").await;
    let stream = quanheng_streams::attachment(name.strip_prefix("attachments/").unwrap());
    let linked = (0..LINKS_MAX).fold(Transaction::default(), |transaction, nr| {
        let event = AttachmentEvent::AttachmentLinked {
            resource: format!("units/x{nr}"),
            by: "principals/li".into(),
        };
        transaction.append(quanheng_streams::draft::<Attachments>(stream.clone(), &event).unwrap())
    });
    world.realm.log.commit(linked).await.unwrap();
    let mut county = county(&world);
    let refused = world.refused(county.link_attachment(link(&name, "units/u1"))).await;
    refused.is(Code::ResourceExhausted, "ATTACHMENT_LINKS_MAX");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_has_its_attachments_page_by_page() {
    let world = World::new(Kind::Sqlite).await;
    settle(&world).await;
    let mut names = Vec::new();
    let mut position = 0;
    for nr in 0..5_u8 {
        let name = uploaded(&world, &[nr]).await;
        let linked = national(&world).link_attachment(link(&name, "units/u1")).await.unwrap();
        position = linked.into_inner().position;
        names.push(name);
    }
    let mut listed = Vec::new();
    let mut request =
        wire::ListAttachmentsRequest { page_size: 2, ..listing("units/u1", position) };
    loop {
        let page = county(&world).list_attachments(request.clone()).await.unwrap().into_inner();
        assert!(page.attachments.len() <= 2);
        listed.extend(page.attachments.into_iter().map(|attachment| attachment.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
        let elsewhere =
            wire::ListAttachmentsRequest { resource: "persons/p1".into(), ..request.clone() };
        let mut county = county(&world);
        world.refused(county.list_attachments(elsewhere)).await.is_field("page_token");
    }
    assert_eq!(listed, names);
    for (resource, code, reason) in [
        ("units/u9", Code::NotFound, "RESOURCE_NOT_FOUND"),
        ("everything", Code::InvalidArgument, "INVALID_FIELD"),
    ] {
        let mut county = county(&world);
        let refused = world.refused(county.list_attachments(listing(resource, 0))).await;
        refused.is(code, reason);
    }
    let mut neighbour = neighbour(&world);
    let refused = world.refused(neighbour.list_attachments(listing("units/u1", 0))).await;
    refused.is(Code::NotFound, "RESOURCE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_link_the_same_at_once_link_it_once() {
    let world = World::new(Kind::Postgres).await;
    let beside = world.beside().await;
    settle(&world).await;
    let name = uploaded(&world, b"content").await;
    let (mut here, mut there) = (county(&world), county(&beside));
    let (one, two) = tokio::join!(
        here.link_attachment(link(&name, "units/u1")),
        there.link_attachment(link(&name, "units/u1")),
    );
    assert_eq!([&one, &two].iter().filter(|done| done.is_ok()).count(), 1, "{one:?} {two:?}");
    let stream = quanheng_streams::attachment(name.strip_prefix("attachments/").unwrap());
    assert_eq!(world.realm.log.stream_version(&stream).await.unwrap(), Version(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_follow_the_log() {
    use futures::TryStreamExt as _;
    let world = World::new(Kind::Sqlite).await;
    settle(&world).await;
    let name = uploaded(&world, b"content").await;
    let sha256 = name.strip_prefix("attachments/").unwrap();
    county(&world).link_attachment(link(&name, "units/u1")).await.unwrap();
    let answer = county(&world).link_attachment(link(&name, "persons/p1")).await.unwrap();
    let position = answer.into_inner().position;
    let deadline = quanheng_runtime::Deadline::after(std::time::Duration::from_secs(10));
    let view = world.realm.view(PROJECTION, position, deadline).await.unwrap();
    let stored: serde_json::Value =
        view.get(ATTACHMENTS, sha256).await.unwrap().unwrap().parse().unwrap();
    assert_eq!((&stored["file_name"], &stored["size_bytes"]), (&"甲.pdf".into(), &7.into()));
    assert_eq!(stored["attachment"]["links"], serde_json::json!(["persons/p1", "units/u1"]));
    let stream = quanheng_streams::attachment(sha256);
    let records: Vec<_> = world
        .realm
        .log
        .read_stream(stream, Version(1), Direction::Forward)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(stored["create_time"], records[0].time.to_string());
    let links = view.list(LINKS, &quanheng_projection::Query::default()).await.unwrap().docs;
    assert_eq!(links.len(), 2);
    for link in links {
        let link: serde_json::Value = link.parse().unwrap();
        assert_eq!(
            (&link["division"], &link["attachment"]),
            (&"440106".into(), &name.as_str().into())
        );
    }
}
