//! Flows: published once a version, by who governs the whole realm.

use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_eventlog::Version;
use quanheng_workflow::defaults::PRE_REVIEW;
use tonic::Code;

use crate::world::{Kind, World, on_every_backend, request_id};
use crate::{county, national, provincial};

on_every_backend!(a_flow_is_published_and_read);

fn publish(text: impl Into<String>) -> wire::PublishFlowRequest {
    wire::PublishFlowRequest { text: text.into(), request_id: request_id(), validate_only: false }
}

fn version(version: u32) -> String {
    PRE_REVIEW.replacen("version = 1", &format!("version = {version}"), 1)
}

async fn a_flow_is_published_and_read(kind: Kind) {
    let world = World::new(kind).await;
    let request = publish(version(2));
    let answer = national(&world).publish_flow(request.clone()).await.unwrap().into_inner();
    let flow = answer.flow.clone().unwrap();
    assert_eq!(flow.name, "flowDefinitions/pre_review/versions/2");
    assert_eq!((flow.flow.as_str(), flow.version), ("pre_review", 2));
    assert_eq!(
        (flow.title.as_str(), flow.publisher.as_str()),
        ("职级职数使用预审", "principals/zhang")
    );
    assert_eq!(flow.text, request.text);

    let head = world.head().await;
    let again = national(&world).publish_flow(request.clone()).await.unwrap().into_inner();
    assert_eq!(again, answer);
    let same = national(&world).publish_flow(publish(version(2))).await.unwrap().into_inner();
    assert_eq!(same.flow, Some(flow.clone()));
    assert_eq!(world.head().await, head);

    let get = wire::GetFlowRequest { name: flow.name.clone(), min_position: answer.position };
    let read = county(&world).get_flow(get).await.unwrap().into_inner();
    assert_eq!(read.flow, Some(flow.clone()));
    let list = wire::ListFlowsRequest { min_position: answer.position, ..Default::default() };
    let listed = county(&world).list_flows(list).await.unwrap().into_inner();
    assert_eq!(listed.flows, [wire::Flow { text: String::new(), ..flow }]);
    assert_eq!(listed.total_size, 1);
    assert!(world.realm.policies.shelf().flow("pre_review", 2).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_published_changes_nothing() {
    let world = World::new(Kind::Sqlite).await;
    national(&world).publish_flow(publish(PRE_REVIEW)).await.unwrap();
    let (invalid, exists) = (Code::InvalidArgument, Code::AlreadyExists);
    for (case, text, code, reason) in [
        ("no text", String::new(), invalid, "INVALID_FIELD"),
        (
            "no step to begin with",
            version(2).replace("first = \"apply\"", "first = \"x\""),
            invalid,
            "INVALID_FIELD",
        ),
        (
            "a name that no resource has",
            version(2).replacen("pre_review", "预审", 1),
            invalid,
            "INVALID_FIELD",
        ),
        ("another text", PRE_REVIEW.replacen("使用预审", "使用审核", 2), exists, "RESOURCE_EXISTS"),
    ] {
        let refused = world.refused(national(&world).publish_flow(publish(text))).await;
        assert_eq!(refused.what(), (code, reason), "{case}");
        if case != "no text" && code == invalid {
            assert!(refused.0.fields.iter().all(|field| field.starts_with("text:")), "{refused:?}");
        }
    }
    for mut caller in [provincial(&world), county(&world)] {
        let refused = world.refused(caller.publish_flow(publish(version(2)))).await;
        refused.is(Code::PermissionDenied, "ACCESS_DENIED");
    }
    let trial = wire::PublishFlowRequest { validate_only: true, ..publish(version(2)) };
    national(&world).publish_flow(trial).await.unwrap();
    let stream = quanheng_streams::policies();
    assert_eq!(world.realm.log.stream_version(&stream).await.unwrap(), Version(1));
    for (name, code, reason) in [
        ("flowDefinitions/pre_review/versions/2", Code::NotFound, "RESOURCE_NOT_FOUND"),
        ("flowDefinitions/pre_review/versions/x", Code::NotFound, "RESOURCE_NOT_FOUND"),
        ("flows/pre_review", invalid, "INVALID_FIELD"),
    ] {
        let get = wire::GetFlowRequest { name: name.into(), min_position: 0 };
        let refused = world.refused(national(&world).get_flow(get)).await;
        assert_eq!(refused.what(), (code, reason), "{name}");
    }
    let list = wire::ListFlowsRequest { page_token: "x-1".into(), ..Default::default() };
    world.refused(national(&world).list_flows(list)).await.is_field("page_token");
}
