//! Who may see an attachment.

use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_api::quanheng::attachment::v1::upload_attachment_request::Head;
use quanheng_identity::Role;
use tonic::{Code, Response};

use crate::files::{download, get, head, upload};
use crate::town::settle;
use crate::world::{Kind, World, request_id, who};
use crate::{client, county, national, neighbour};

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_is_seen_where_it_is_linked() {
    let world = World::new(Kind::Sqlite).await;
    settle(&world).await;
    let loose = upload(&mut county(&world), &head("甲.pdf"), b"loose").await.unwrap();
    let mut tied = Vec::new();
    for (nr, resource) in
        ["units/u1", "persons/p1", "quotaAccounts/pool.c1.general_management"].iter().enumerate()
    {
        let linked = Head { link: (*resource).into(), ..head("乙.pdf") };
        let content = format!("tied {nr}");
        let answer = upload(&mut national(&world), &linked, content.as_bytes()).await.unwrap();
        tied.push(answer.attachment.unwrap().name);
    }
    let position = world.head().await.0;
    let loose = loose.attachment.unwrap().name;
    let colleague = who("zhao", &[Role::Registrar], "440106");
    let mut cases = vec![
        // Who uploaded it, and who governs everything.
        (county(&world), loose.clone(), true),
        (national(&world), loose.clone(), true),
        (client(&world, colleague.clone()), loose.clone(), false),
        (neighbour(&world), loose, false),
    ];
    for name in tied {
        cases.push((county(&world), name.clone(), true));
        cases.push((client(&world, colleague.clone()), name.clone(), true));
        cases.push((national(&world), name.clone(), true));
        cases.push((neighbour(&world), name, false));
    }
    for (mut caller, name, seen) in cases {
        if seen {
            assert_eq!(get(&mut caller, &name, position).await.unwrap().name, name);
            assert!(!download(&mut caller, &name).await.unwrap().is_empty());
            continue;
        }
        let call = async { get(&mut caller, &name, position).await.map(Response::new) };
        world.refused(call).await.is(Code::NotFound, "RESOURCE_NOT_FOUND");
        let call = async { download(&mut caller, &name).await.map(Response::new) };
        world.refused(call).await.is(Code::NotFound, "RESOURCE_NOT_FOUND");
        // Nor may it be taken into one's own sight.
        let request = wire::LinkAttachmentRequest {
            name,
            resource: "units/u2".into(),
            request_id: request_id(),
            validate_only: false,
        };
        let refused = world.refused(caller.link_attachment(request)).await;
        refused.is(Code::NotFound, "RESOURCE_NOT_FOUND");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found() {
    let world = World::new(Kind::Sqlite).await;
    let absent = format!("attachments/{}", "0".repeat(64));
    for (name, code, reason) in [
        (absent.as_str(), Code::NotFound, "RESOURCE_NOT_FOUND"),
        ("attachments/ABC", Code::InvalidArgument, "INVALID_FIELD"),
        ("units/u1", Code::InvalidArgument, "INVALID_FIELD"),
    ] {
        let mut caller = national(&world);
        let call = async { get(&mut caller, name, 0).await.map(Response::new) };
        world.refused(call).await.is(code, reason);
        let mut caller = national(&world);
        let call = async { download(&mut caller, name).await.map(Response::new) };
        world.refused(call).await.is(code, reason);
    }
    // Nobody sees files for running the machines.
    let mut operator = client(&world, who("chen", &[Role::Operator], "000000"));
    let call = async { download(&mut operator, &absent).await.map(Response::new) };
    world.refused(call).await.is(Code::PermissionDenied, "ACCESS_DENIED");
}
