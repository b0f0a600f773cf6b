//! Uploads: in pieces, once, within bounds; and downloads of what was uploaded.

use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_api::quanheng::attachment::v1::upload_attachment_request::{Head, Part};
use quanheng_attachment::{
    ATTACHMENT_BYTES_MAX, DOWNLOAD_PIECE_BYTES, PIECE_BYTES_MAX, UPLOADS_MAX,
};
use quanheng_eventlog::{BlobRef, Filter, Position};
use quanheng_identity::Role;
use tonic::{Code, Response};

use crate::files::{content, download, get, head, listing, parts, upload};
use crate::town::settle;
use crate::world::{Kind, World, on_every_backend, refusal, request_id, who};
use crate::{client, county, national, neighbour};

on_every_backend!(
    a_file_comes_back_as_it_went,
    the_same_content_is_one_attachment,
    a_repetition_gets_the_first_answer,
);

async fn a_file_comes_back_as_it_went(kind: Kind) {
    let world = World::new(kind).await;
    let sent = content(3 * DOWNLOAD_PIECE_BYTES + 1);
    let blob = BlobRef::of(&sent);
    let named = Head {
        sha256: blob.digest.to_string().to_ascii_uppercase(),
        ..head("../公文/核定批复.pdf")
    };
    let pieces: Vec<&[u8]> = sent.chunks(100_000).collect();
    let parts = futures::stream::iter(parts(&named, &pieces));
    let answer = county(&world).upload_attachment(parts).await.unwrap().into_inner();
    let attachment = answer.attachment.unwrap();
    assert_eq!(attachment.name, format!("attachments/{}", blob.digest));
    assert_eq!(
        (attachment.sha256.clone(), attachment.size_bytes),
        (blob.digest.to_string(), blob.size)
    );
    assert_eq!(
        (attachment.file_name.as_str(), attachment.media_type.as_str()),
        ("核定批复.pdf", "application/pdf")
    );
    assert_eq!(attachment.uploader, "principals/li");
    assert!(attachment.create_time.is_some() && attachment.links.is_empty());

    // One commit: the event, and the content beside it.
    let page = world.realm.log.page(Position::START, &Filter::all(), 10).await.unwrap();
    let [record] = page.records.as_slice() else { panic!("{page:?}") };
    assert_eq!(record.event_type.as_str(), "quanheng.attachment.attachment_uploaded.v1");
    let blobs: Result<Vec<_>, _> = record.envelope().unwrap().blobs().collect();
    assert_eq!(blobs.unwrap(), [blob]);

    let got = get(&mut county(&world), &attachment.name, answer.position).await.unwrap();
    assert_eq!(got, attachment);
    let pieces = download(&mut county(&world), &attachment.name).await.unwrap();
    let sizes: Vec<_> = pieces.iter().map(Vec::len).collect();
    assert_eq!(sizes, [DOWNLOAD_PIECE_BYTES, DOWNLOAD_PIECE_BYTES, DOWNLOAD_PIECE_BYTES, 1]);
    assert_eq!(pieces.concat(), sent);
}

async fn the_same_content_is_one_attachment(kind: Kind) {
    let world = World::new(kind).await;
    settle(&world).await;
    let first = upload(&mut county(&world), &head("甲.pdf"), b"content").await.unwrap();
    let head_before = world.head().await;
    let again = upload(&mut neighbour(&world), &head("乙.pdf"), b"content").await.unwrap();
    assert_eq!(again.attachment, first.attachment);
    assert_eq!(world.head().await, head_before);

    // With a link it is linked, once.
    let linked = Head { link: "units/u1".into(), ..head("丙.pdf") };
    let third = upload(&mut county(&world), &linked, b"content").await.unwrap();
    assert_eq!(third.attachment.as_ref().unwrap().links, ["units/u1"]);
    assert_eq!(third.attachment.as_ref().unwrap().file_name, "甲.pdf");
    assert_eq!(world.head().await.0, head_before.0 + 1);
    let linked = Head { request_id: request_id(), ..linked };
    let fourth = upload(&mut county(&world), &linked, b"content").await.unwrap();
    assert_eq!(fourth.attachment, third.attachment);
    assert_eq!(world.head().await.0, head_before.0 + 1);

    // New content with a link at once: two events of one commit.
    let fresh = Head { link: "persons/p1".into(), ..head("丁.pdf") };
    let fifth = upload(&mut county(&world), &fresh, b"more content").await.unwrap();
    assert_eq!(world.head().await.0, head_before.0 + 3);
    let list = listing("persons/p1", fifth.position);
    let listed = county(&world).list_attachments(list).await.unwrap().into_inner();
    assert_eq!(listed.attachments, [fifth.attachment.unwrap()]);
}

async fn a_repetition_gets_the_first_answer(kind: Kind) {
    let world = World::new(kind).await;
    let named = head("甲.pdf");
    let first = upload(&mut county(&world), &named, b"content").await.unwrap();
    let before = world.head().await;
    let again = upload(&mut county(&world), &named, b"content").await.unwrap();
    assert_eq!((again, world.head().await), (first, before));
    // Other content, another name: another request.
    let renamed = Head { file_name: "乙.pdf".into(), ..named.clone() };
    for (head, content) in [(&named, &b"other"[..]), (&renamed, &b"content"[..])] {
        let status = upload(&mut county(&world), head, content).await.unwrap_err();
        refusal(&status).is(Code::InvalidArgument, "REQUEST_ID_REUSED");
    }
    // Another caller's request ids are their own.
    upload(&mut neighbour(&world), &renamed, b"content").await.unwrap();
    assert_eq!(world.head().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_changes_nothing() {
    let world = World::new(Kind::Sqlite).await;
    settle(&world).await;
    let with = |change: &dyn Fn(&mut Head)| {
        let mut head = head("甲.pdf");
        change(&mut head);
        head
    };
    let content =
        |piece: &[u8]| wire::UploadAttachmentRequest { part: Some(Part::Content(piece.to_vec())) };
    let nothing = wire::UploadAttachmentRequest { part: None };
    let good = head("甲.pdf");
    let twice = [parts(&good, &[b"a"]), parts(&good, &[b"b"])].concat();
    let (invalid, field) = (Code::InvalidArgument, "INVALID_FIELD");
    for (case, sent, code, reason, fields) in [
        ("nothing", vec![], invalid, field, vec!["head"]),
        ("no head", vec![content(b"a")], invalid, field, vec!["head"]),
        ("an empty message", vec![nothing], invalid, field, vec!["part"]),
        ("two heads", twice, invalid, field, vec!["head"]),
        ("no content", parts(&good, &[]), invalid, field, vec!["content"]),
        ("an empty piece", parts(&good, &[b"a", b""]), invalid, field, vec!["content"]),
        (
            "no name",
            parts(&with(&|h| h.file_name = "folder/".into()), &[b"a"]),
            invalid,
            field,
            vec!["head.file_name"],
        ),
        (
            "no type",
            parts(&with(&|h| h.media_type = "pdf".into()), &[b"a"]),
            invalid,
            field,
            vec!["head.media_type"],
        ),
        (
            "no digest",
            parts(&with(&|h| h.sha256 = "abc".into()), &[b"a"]),
            invalid,
            field,
            vec!["head.sha256"],
        ),
        (
            "another digest",
            parts(&with(&|h| h.sha256 = "0".repeat(64)), &[b"a"]),
            invalid,
            field,
            vec!["head.sha256"],
        ),
        (
            "no request id",
            parts(&with(&|h| h.request_id.clear()), &[b"a"]),
            invalid,
            field,
            vec!["request_id"],
        ),
        (
            "no resource",
            parts(&with(&|h| h.link = "policies".into()), &[b"a"]),
            invalid,
            field,
            vec!["head.link"],
        ),
        (
            "a unit that is not there",
            parts(&with(&|h| h.link = "units/u9".into()), &[b"a"]),
            Code::NotFound,
            "RESOURCE_NOT_FOUND",
            vec![],
        ),
        (
            "a unit elsewhere",
            parts(&with(&|h| h.link = "units/u2".into()), &[b"a"]),
            Code::PermissionDenied,
            "ACCESS_DENIED",
            vec![],
        ),
    ] {
        let mut county = county(&world);
        let call = county.upload_attachment(futures::stream::iter(sent));
        let refused = world.refused(call).await;
        assert_eq!(refused.what(), (code, reason), "{case}");
        assert_eq!(refused.0.fields, fields, "{case}");
    }
    let mut viewer = client(&world, who("zhao", &[Role::Viewer], "440106"));
    let call = async { upload(&mut viewer, &good, b"a").await.map(Response::new) };
    world.refused(call).await.is(Code::PermissionDenied, "ACCESS_DENIED");
}

#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_bounded() {
    let world = World::new(Kind::Sqlite).await;
    let piece = content(PIECE_BYTES_MAX);
    let whole = ATTACHMENT_BYTES_MAX / PIECE_BYTES_MAX;
    let larger = content(PIECE_BYTES_MAX + 1);
    let largest = content(5 * 1024 * 1024);
    let many = vec![piece.as_slice(); whole];
    let too_many = [many.clone(), vec![&b"x"[..]]].concat();
    for (case, pieces, reason) in [
        ("a piece", vec![larger.as_slice()], "ATTACHMENT_PIECE_BYTES_MAX"),
        (
            "a piece that is not decoded at all",
            vec![largest.as_slice()],
            "ATTACHMENT_PIECE_BYTES_MAX",
        ),
        ("the whole", too_many, "ATTACHMENT_BYTES_MAX"),
    ] {
        let mut national = national(&world);
        let sent = futures::stream::iter(parts(&head("大.bin"), &pieces));
        let refused = world.refused(national.upload_attachment(sent)).await;
        assert_eq!(refused.what(), (Code::ResourceExhausted, reason), "{case}");
    }
    let sent = futures::stream::iter(parts(&head("大.bin"), &many));
    let answer = national(&world).upload_attachment(sent).await.unwrap().into_inner();
    let attachment = answer.attachment.unwrap();
    assert_eq!(attachment.size_bytes, ATTACHMENT_BYTES_MAX as u64);
    let pieces = download(&mut national(&world), &attachment.name).await.unwrap();
    assert_eq!(pieces.len(), ATTACHMENT_BYTES_MAX / DOWNLOAD_PIECE_BYTES);
    assert!(pieces.concat() == many.concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_uploads_at_once() {
    let world = World::new(Kind::Sqlite).await;
    let first = wire::UploadAttachmentRequest { part: Some(Part::Head(head("甲.pdf"))) };
    let mut open = Vec::new();
    let mut running = tokio::task::JoinSet::new();
    // One more than there is room for, none of which comes to its end.
    for _ in 0..=UPLOADS_MAX {
        let (sender, sent) = tokio::sync::mpsc::channel(4);
        sender.send(first.clone()).await.unwrap();
        open.push(sender);
        let mut national = national(&world);
        running.spawn(async move {
            let sent = tokio_stream::wrappers::ReceiverStream::new(sent);
            national.upload_attachment(sent).await
        });
    }
    let refused = running.join_next().await.unwrap().unwrap().unwrap_err();
    refusal(&refused).is(Code::ResourceExhausted, "ATTACHMENT_UPLOADS_MAX");
    drop(open);
    while let Some(ended) = running.join_next().await {
        refusal(&ended.unwrap().unwrap_err()).is_field("content");
    }
    upload(&mut national(&world), &head("乙.pdf"), b"b").await.unwrap();
}
