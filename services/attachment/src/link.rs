//! Ties between attachments and what they support.

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_eventlog::{Desk, Digest, EventDraft, Read, StreamName, Tag};
use quanheng_policy::codes::DivisionCode;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Decided, Deciding, Done, Failure};
use quanheng_streams::{Attachment, AttachmentEvent, Attachments, Entity as _, draft, state};

use crate::message;
use crate::resource::Resource;
use crate::sight::{division, sees};

/// Resources that one attachment may be linked to.
pub const LINKS_MAX: usize = 256;
/// Characters of a reason at most.
const REASON_CHARS_MAX: usize = 500;

/// A resource that the caller governs.
#[derive(Debug, Clone)]
pub(crate) struct Tie {
    pub(crate) resource: Resource,
    division: DivisionCode,
}

impl Tie {
    /// Looks where a resource is, and whether the caller governs it.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND`, `ACCESS_DENIED`.
    pub(crate) async fn to(call: &Call, resource: Resource) -> Result<Self, Failure> {
        let division = division(call, &resource).await?;
        let division = division.ok_or_else(|| Failure::not_found(resource.name()))?;
        call.governs(&division)?;
        Ok(Self { resource, division })
    }

    /// What a decision reads of it.
    pub(crate) fn read(&self) -> Read {
        Read::version(self.resource.stream())
    }

    /// Links an attachment; tells the state after it.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND` for a resource that there is not.
    pub(crate) fn link(
        &self,
        desk: &Desk<'_>,
        before: &Attachment,
        by: &str,
    ) -> Result<(Attachment, EventDraft), Failure> {
        let name = self.resource.name();
        let version = desk.version(&self.resource.stream()).unwrap_or_default();
        if version.0 == 0 {
            return Err(Failure::not_found(name));
        }
        let (max, actual) = (LINKS_MAX, before.links.len() + 1);
        if actual > max {
            return Err(Failure::bound("attachment_links_max", max as u64, actual as u64));
        }
        let event = AttachmentEvent::AttachmentLinked { resource: name.into(), by: by.into() };
        self.written(before, &event)
    }

    fn written(
        &self,
        before: &Attachment,
        event: &AttachmentEvent,
    ) -> Result<(Attachment, EventDraft), Failure> {
        let stream = quanheng_streams::attachment(&before.sha256);
        let draft = draft::<Attachments>(stream, event).map_err(Failure::internal)?;
        let division = Tag::new(format!("divisions/{}", self.division));
        let draft = draft.tagged(self.resource.tag()?);
        let draft = draft.tagged(division.map_err(Failure::internal)?);
        let mut after = before.clone();
        Attachments::evolve(&mut after, event);
        Ok((after, draft))
    }
}

/// An attachment that is there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
fn existing<'a>(desk: &'a Desk<'_>, stream: &StreamName) -> Result<&'a Attachment, Failure> {
    let found = desk.state::<Attachment>(stream).filter(|state| !state.sha256.is_empty());
    found.ok_or_else(|| Failure::not_found(stream.as_str()))
}

/// What a change of ties is about.
struct Change {
    stream: StreamName,
    tie: Tie,
}

impl Change {
    async fn read(call: &Call, name: &str, resource: &str) -> Result<Self, Failure> {
        let digest: Digest = message::digest(name)?;
        let resource = Resource::read("resource", resource)?;
        let stream = quanheng_streams::attachment(&digest.to_string());
        let log = &call.realm.log;
        let state = state_at::<Attachments>(log, stream.clone(), Horizon::Now).await?.0;
        if state.sha256.is_empty() {
            return Err(Failure::not_found(name));
        }
        sees(call, (&state).into()).await?;
        Ok(Self { stream, tie: Tie::to(call, resource).await? })
    }

    async fn run<R: Mutation + Message>(
        self,
        call: &Call,
        request: &R,
        decide: impl Fn(&Desk<'_>, &Attachment, &Tie) -> Result<(Attachment, EventDraft), Failure>
        + Send
        + Sync
        + 'static,
    ) -> Result<Done<wire::Attachment>, Failure> {
        let Self { stream, tie } = self;
        let reads = vec![state::<Attachments>(stream.clone()), tie.read()];
        let command = Deciding::new(reads, move |desk| {
            let before = existing(desk, &stream)?;
            let (after, draft) = decide(desk, before, &tie)?;
            Ok(Decided::new(vec![draft], message::attachment(&after)))
        });
        let mut done = call.realm.engine.execute(call, request, command).await?;
        done.answer = message::dated(call, done.answer).await?;
        Ok(done)
    }
}

pub(crate) async fn link(
    call: &Call,
    request: wire::LinkAttachmentRequest,
) -> Result<wire::LinkAttachmentResponse, Failure> {
    let change = Change::read(call, &request.name, &request.resource).await?;
    let by = call.principal_name()?;
    let done = change.run(call, &request, move |desk, before, tie| {
        let name = tie.resource.name();
        if before.links.contains(name) {
            let tie = format!("{} 与 {name} 的关联", message::name(&before.sha256));
            return Err(Failure::exists(tie));
        }
        tie.link(desk, before, by.as_str())
    });
    let done = done.await?;
    Ok(wire::LinkAttachmentResponse { attachment: Some(done.answer), position: done.position.0 })
}

pub(crate) async fn unlink(
    call: &Call,
    request: wire::UnlinkAttachmentRequest,
) -> Result<wire::UnlinkAttachmentResponse, Failure> {
    let reason = request.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        let message = format!("须说明解除关联的原因,不超过 {REASON_CHARS_MAX} 字");
        return Err(Failure::field("reason", message));
    }
    let change = Change::read(call, &request.name, &request.resource).await?;
    let by = call.principal_name()?;
    let done = change.run(call, &request, move |_, before, tie| {
        let name = tie.resource.name();
        if !before.links.contains(name) {
            let tie = format!("{} 与 {name} 的关联", message::name(&before.sha256));
            return Err(Failure::not_found(tie));
        }
        let event = AttachmentEvent::AttachmentUnlinked {
            resource: name.to_owned(),
            reason: reason.clone(),
            by: by.as_str().to_owned(),
        };
        tie.written(before, &event)
    });
    let done = done.await?;
    Ok(wire::UnlinkAttachmentResponse { attachment: Some(done.answer), position: done.position.0 })
}
