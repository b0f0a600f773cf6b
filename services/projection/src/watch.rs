//! Watching a collection: a snapshot and then changes, within the caller's jurisdiction.

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use quanheng_api::quanheng::projection::v1 as wire;
use quanheng_api::quanheng::projection::v1::watch_response::{
    Bookmark, Change, CommitEnd, Event, Item, SnapshotComplete, change::What,
};
use quanheng_policy::codes::DivisionLevel;
use quanheng_projection::{
    Bounds, Collection, Doc, Filter, ReadError, ResumeToken, View, WatchError, WatchEvent,
    WatchQuery,
};
use quanheng_runtime::reading::{jurisdiction, read_failure};
use quanheng_runtime::{Call, Failure};
use tonic::{Code, Status};

use crate::mask;
use crate::right::right;

/// Seconds between two bookmarks at most; longer ones are cut to it.
pub const HEARTBEAT_SECONDS_MAX: u32 = 300;

/// What a watch streams.
pub(crate) type Watched = Pin<Box<dyn Stream<Item = Result<wire::WatchResponse, Status>> + Send>>;

pub(crate) async fn watch(call: &Call, request: wire::WatchRequest) -> Result<Watched, Failure> {
    let (view, collection) = find(call, &request.collection).await?;
    call.demand(right(view.definition().name(), collection.name))?;
    let query = WatchQuery {
        filter: filter(collection, &request.filter)?,
        within: within(call, collection)?,
        resume: resume(&request.resume_token)?,
        snapshot: request.include_snapshot,
        bookmark_interval: heartbeat(request.heartbeat_seconds),
    };
    let watch = view.watch(collection.name, query).await.map_err(failure)?;
    let events = watch.into_stream();
    Ok(Box::pin(events.map(|event| Ok(response(event.map_err(failure)?)?))))
}

/// The collection of a name, in whichever projection it is.
async fn find(call: &Call, name: &str) -> Result<(View, &'static Collection), Failure> {
    if name.is_empty() {
        return Err(Failure::field("collection", "须指明集合"));
    }
    let projections = &call.realm.projections;
    for status in projections.status().await.map_err(read_failure)? {
        let view = projections.view(status.name).map_err(read_failure)?;
        if let Some(collection) = view.definition().collection(name) {
            return Ok((view, collection));
        }
    }
    Err(Failure::not_found(format!("collections/{name}")))
}

/// Any tree will do: it is evaluated in memory.
fn filter(collection: &Collection, text: &str) -> Result<Filter, Failure> {
    if text.is_empty() {
        return Ok(Filter::all());
    }
    let parsed = collection.parse_filter(text, &Bounds::default());
    parsed.map_err(|error| Failure::field("filter", error.zh()))
}

/// Of which documents the caller may hear anything at all.
fn within(call: &Call, collection: &Collection) -> Result<Filter, Failure> {
    let everywhere = call.principal.jurisdiction.level() == DivisionLevel::Nation;
    if !everywhere && collection.column("division").is_none() {
        call.realm.denials.record(&call.principal, call.method);
        let message = "该集合不分行政区划,只有管辖全域者可以订阅";
        return Err(Failure::denied(message).with("collection", collection.name));
    }
    Ok(jurisdiction(call))
}

fn resume(text: &str) -> Result<Option<ResumeToken>, Failure> {
    match text {
        "" => Ok(None),
        text => ResumeToken::decode(text).map(Some).map_err(|error| failure(error.into())),
    }
}

fn heartbeat(seconds: u32) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds.min(HEARTBEAT_SECONDS_MAX).into()))
}

fn failure(error: WatchError) -> Failure {
    match error {
        WatchError::Mismatch(_) => {
            let message = "续传标记无效,或不属于本次订阅";
            Failure::new(Code::InvalidArgument, "RESUME_TOKEN_MISMATCH", message)
                .with("field", "resume_token")
        }
        WatchError::Expired => {
            let message = "续传标记已失效,请重新获取快照";
            Failure::new(Code::OutOfRange, "RESUME_TOKEN_EXPIRED", message)
        }
        WatchError::TooSlow { resume } => {
            let message = "接收过慢,订阅已断开,请从续传标记继续";
            let failure = Failure::new(Code::ResourceExhausted, "WATCH_SEND_WAIT_MAX", message);
            let failure = failure.with("bound", "watch_send_wait_max");
            match resume {
                Some(token) => failure.with("resume_token", token.encode()),
                None => failure,
            }
        }
        WatchError::Read(ReadError::Filter(error)) => {
            Failure::field("filter", "筛选条件不适用于该集合").with("detail", error.to_string())
        }
        WatchError::Read(error) => read_failure(error),
    }
}

fn response(event: WatchEvent) -> Result<wire::WatchResponse, Failure> {
    let event = match event {
        WatchEvent::SnapshotItem(doc) => Event::SnapshotItem(item(&doc)?),
        WatchEvent::SnapshotComplete { position, token } => {
            let resume_token = token.encode();
            Event::SnapshotComplete(SnapshotComplete { position: position.0, resume_token })
        }
        WatchEvent::Upsert(doc) => Event::Change(Change {
            position: doc.position.0,
            what: Some(What::Upsert(item(&doc)?)),
        }),
        WatchEvent::Delete { id, position } => {
            Event::Change(Change { position: position.0, what: Some(What::Delete(id)) })
        }
        WatchEvent::CommitEnd { position, token } => {
            let resume_token = token.encode();
            Event::CommitEnd(CommitEnd { position: position.0, resume_token })
        }
        WatchEvent::Bookmark { position, head, token } => Event::Bookmark(Bookmark {
            resume_token: token.encode(),
            position: position.0,
            head: head.0,
        }),
    };
    Ok(wire::WatchResponse { event: Some(event) })
}

fn item(doc: &Doc) -> Result<Item, Failure> {
    let json = doc.parse().map_err(Failure::internal)?;
    let document = Some(mask::document(json));
    Ok(Item { id: doc.id.clone(), document, position: doc.position.0 })
}
