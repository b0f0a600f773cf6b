//! The record: one event as the exact bytes that are stored, hashed and never
//! serialised again.
//!
//! A record is one CloudEvents 1.0 JSON document. Its attributes say who did what,
//! when, on whose behalf, under which request and policy, and where the event stands
//! in its stream, its commit and the log. The columns of the database are derived
//! from these attributes; `verify` compares them.
//!
//! CloudEvents knows 32-bit integers, text and no lists. So positions and versions
//! are decimal text, and tags and blob references are separated by a blank, which
//! no name contains.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::bounds::{Exceeded, RECORD_BYTES_MAX};
use crate::name::{EventType, Method, Micros, Position, Principal, StreamName, Tag, Version};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = MalformedRecord;

    fn from_str(text: &str) -> Result<Self, MalformedRecord> {
        let malformed = || MalformedRecord::attribute("digest", text);
        let canonical = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 64 || !text.bytes().all(canonical) {
            return Err(malformed());
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| malformed())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| malformed())?;
        }
        Ok(Self(digest))
    }
}

/// Larger content that an event refers to; the content itself is kept beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobRef {
    /// SHA-256 of the content.
    pub digest: Digest,
    /// Size of the content in bytes.
    pub size: u64,
}

impl BlobRef {
    /// The reference to some content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self { digest: Digest::of(content), size: content.len() as u64 }
    }
}

/// `sha256:<hex>:<size>`
impl fmt::Display for BlobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}:{}", self.digest, self.size)
    }
}

impl FromStr for BlobRef {
    type Err = MalformedRecord;

    fn from_str(text: &str) -> Result<Self, MalformedRecord> {
        let malformed = || MalformedRecord::attribute("blobs", text);
        let rest = text.strip_prefix("sha256:").ok_or_else(malformed)?;
        let (digest, size) = rest.split_once(':').ok_or_else(malformed)?;
        Ok(Self { digest: digest.parse()?, size: size.parse().map_err(|_| malformed())? })
    }
}

/// An event before it has a place: what a decision wants to append to a stream.
///
/// ```
/// use quanheng_eventlog::{EventDraft, EventType, StreamName, Tag};
/// let draft = EventDraft::new(
///     StreamName::new("units/1")?,
///     EventType::new("quanheng.registry.unit_registered.v1")?,
///     &serde_json::json!({"name": "某县档案局"}),
/// )?
/// .tagged(Tag::new("divisions/110105")?);
/// assert_eq!(draft.tags.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct EventDraft {
    /// The stream to append to.
    pub stream: StreamName,
    /// What happened, with its version.
    pub event_type: EventType,
    /// The facts, as JSON that is stored as it stands.
    pub data: Box<RawValue>,
    /// What else the event is about. The stream's own name needs no tag.
    pub tags: Vec<Tag>,
    /// Larger content it refers to.
    pub blobs: Vec<BlobRef>,
    /// Hash of the policy under which it was decided.
    pub policy: Option<Digest>,
}

impl EventDraft {
    /// An event with its facts and nothing else.
    ///
    /// # Errors
    /// When the facts cannot be written as JSON.
    pub fn new(
        stream: StreamName,
        event_type: EventType,
        facts: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            stream,
            event_type,
            data: serde_json::value::to_raw_value(facts)?,
            tags: Vec::new(),
            blobs: Vec::new(),
            policy: None,
        })
    }

    /// Adds a tag; one that is already there is not repeated.
    #[must_use]
    pub fn tagged(mut self, tag: Tag) -> Self {
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
        self
    }

    /// Adds a reference to larger content.
    #[must_use]
    pub fn with_blob(mut self, blob: BlobRef) -> Self {
        self.blobs.push(blob);
        self
    }

    /// Names the policy under which the event was decided.
    #[must_use]
    pub fn under_policy(mut self, policy: Digest) -> Self {
        self.policy = Some(policy);
        self
    }
}

/// Who acts and why, the same for all events of a commit. Set by the server from
/// the authenticated call, never from what the caller says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Who acts.
    pub principal: Option<Principal>,
    /// For whom, where somebody stands in.
    pub on_behalf_of: Option<Principal>,
    /// The RPC or job.
    pub method: Option<Method>,
    /// The request, as its caller names it.
    pub request_id: Option<Uuid>,
    /// The whole piece of work that this belongs to.
    pub correlation_id: Option<Uuid>,
    /// The event that caused it.
    pub causation_id: Option<Uuid>,
    /// W3C trace context of the call.
    pub traceparent: Option<String>,
}

/// The place that the sequencer gives to an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) id: Uuid,
    pub(crate) position: Position,
    pub(crate) version: Version,
    pub(crate) commit: CommitRef,
}

/// Which commit an event belongs to, and where in it it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitRef {
    /// Id of the commit.
    pub id: Uuid,
    /// 0 for the first event of the commit.
    pub index: u32,
    /// How many events the commit has.
    pub count: u32,
}

impl CommitRef {
    /// Whether the event is the last of its commit.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.index + 1 == self.count
    }
}

/// The attributes of a record, in the order in which they are written.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope<'a> {
    /// Always `1.0`.
    #[serde(borrow)]
    pub specversion: Cow<'a, str>,
    /// The event's id, a UUIDv7.
    pub id: Uuid,
    /// The realm: `/realms/<uuid>`.
    #[serde(borrow)]
    pub source: Cow<'a, str>,
    /// The event's type with its version.
    #[serde(borrow, rename = "type")]
    pub event_type: Cow<'a, str>,
    /// The stream.
    #[serde(borrow)]
    pub subject: Cow<'a, str>,
    /// When it was committed; monotone over the log.
    #[serde(borrow)]
    pub time: Cow<'a, str>,
    /// Always `application/json`.
    #[serde(borrow)]
    pub datacontenttype: Cow<'a, str>,
    /// Place in the log, decimal.
    #[serde(borrow)]
    pub position: Cow<'a, str>,
    /// Place in the stream, decimal.
    #[serde(borrow)]
    pub version: Cow<'a, str>,
    /// Commit id.
    pub commitid: Uuid,
    /// Index within the commit, from 0.
    pub commitindex: u32,
    /// Number of events in the commit.
    pub commitcount: u32,
    /// Who acted.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Cow<'a, str>>,
    /// For whom.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub onbehalfof: Option<Cow<'a, str>>,
    /// The RPC or job.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Cow<'a, str>>,
    /// The request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requestid: Option<Uuid>,
    /// The piece of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlationid: Option<Uuid>,
    /// The causing event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causationid: Option<Uuid>,
    /// W3C trace context.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<Cow<'a, str>>,
    /// SHA-256 of the policy in force, hex.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub policyhash: Option<Cow<'a, str>>,
    /// Tags, separated by blanks.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Cow<'a, str>>,
    /// Blob references, separated by blanks.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub blobs: Option<Cow<'a, str>>,
    /// The facts.
    #[serde(borrow)]
    pub data: &'a RawValue,
}

impl Envelope<'_> {
    /// The tags, one by one.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.as_deref().into_iter().flat_map(str::split_ascii_whitespace)
    }

    /// The blob references, one by one.
    pub fn blobs(&self) -> impl Iterator<Item = Result<BlobRef, MalformedRecord>> {
        let texts = self.blobs.as_deref().into_iter();
        texts.flat_map(str::split_ascii_whitespace).map(BlobRef::from_str)
    }
}

/// Stored bytes that are no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed record: {0}")]
pub struct MalformedRecord(pub String);

impl MalformedRecord {
    pub(crate) fn attribute(name: &str, text: &str) -> Self {
        let text: String = text.chars().take(80).collect();
        Self(format!("attribute {name}: {text:?}"))
    }
}

fn joined<T: fmt::Display>(parts: &[T]) -> Option<Cow<'static, str>> {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push(' ');
        }
        // Writing to a String cannot fail.
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{part}"));
    }
    (!text.is_empty()).then_some(Cow::Owned(text))
}

/// What all records of one database transaction share, written once.
pub(crate) struct Stamp<'a> {
    pub(crate) source: &'a str,
    pub(crate) time: &'a str,
}

/// Writes the record of an event.
///
/// # Errors
/// [`Exceeded`] when it would be longer than [`RECORD_BYTES_MAX`].
pub(crate) fn encode(
    stamp: &Stamp<'_>,
    context: &Context,
    draft: &EventDraft,
    place: &Place,
) -> Result<Vec<u8>, Exceeded> {
    let envelope = Envelope {
        specversion: "1.0".into(),
        id: place.id,
        source: stamp.source.into(),
        event_type: draft.event_type.as_str().into(),
        subject: draft.stream.as_str().into(),
        time: stamp.time.into(),
        datacontenttype: "application/json".into(),
        position: place.position.to_string().into(),
        version: place.version.to_string().into(),
        commitid: place.commit.id,
        commitindex: place.commit.index,
        commitcount: place.commit.count,
        principal: context.principal.as_ref().map(|p| p.as_str().into()),
        onbehalfof: context.on_behalf_of.as_ref().map(|p| p.as_str().into()),
        method: context.method.as_ref().map(|m| m.as_str().into()),
        requestid: context.request_id,
        correlationid: context.correlation_id,
        causationid: context.causation_id,
        traceparent: context.traceparent.as_deref().map(Cow::Borrowed),
        policyhash: draft.policy.map(|p| p.to_string().into()),
        tags: joined(&draft.tags),
        blobs: joined(&draft.blobs),
        data: &draft.data,
    };
    let mut bytes = Vec::with_capacity(768 + draft.data.get().len());
    serde_json::to_writer(&mut bytes, &envelope)
        .expect("an envelope of text and numbers is written to memory");
    Exceeded::check("record_bytes_max", RECORD_BYTES_MAX, bytes.len())?;
    Ok(bytes)
}

/// A stored event: its exact bytes, and the columns that index it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Place in the log.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamName,
    /// Place in the stream.
    pub version: Version,
    /// The event's id.
    pub id: Uuid,
    /// What happened.
    pub event_type: EventType,
    /// When it was committed.
    pub time: Micros,
    /// The commit it belongs to.
    pub commit: CommitRef,
    /// The record as stored, hashed and proved.
    pub bytes: Bytes,
    /// Its facts, once they were read.
    pub facts: Facts,
}

/// The facts of a record once somebody has read them, for all who hold the record: the
/// sequencer that decided it and the projections that fold it read them once together.
#[derive(Clone, Default)]
pub struct Facts(Arc<OnceLock<Arc<dyn Any + Send + Sync>>>);

/// They are what the bytes say: two records differ by these alone.
impl PartialEq for Facts {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Facts {}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the bytes: they hold what is known about people.
        write!(f, "Record({} {} v{} {})", self.position, self.stream, self.version, self.event_type)
    }
}

impl Record {
    /// The attributes and the facts, read from the stored bytes.
    ///
    /// # Errors
    /// [`MalformedRecord`] when the bytes are no record, which `verify` also tells.
    pub fn envelope(&self) -> Result<Envelope<'_>, MalformedRecord> {
        serde_json::from_slice(&self.bytes).map_err(|error| MalformedRecord(error.to_string()))
    }

    /// The facts as a type of the caller's.
    ///
    /// # Errors
    /// [`MalformedRecord`] when they have another shape.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, MalformedRecord> {
        serde_json::from_str(self.envelope()?.data.get())
            .map_err(|error| MalformedRecord(error.to_string()))
    }

    /// The facts as a type of the caller's, read once for all who hold the record and ask
    /// for the same type.
    ///
    /// # Errors
    /// As [`Record::data`].
    pub fn facts<T>(&self) -> Result<Arc<T>, MalformedRecord>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        if let Some(Ok(known)) = self.facts.0.get().map(|facts| Arc::clone(facts).downcast()) {
            return Ok(known);
        }
        let facts = Arc::new(self.data::<T>()?);
        // Whoever was first stays; this is the same.
        let _ = self.facts.0.set(Arc::clone(&facts) as Arc<dyn Any + Send + Sync>);
        Ok(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn sample() -> (Context, EventDraft, Place) {
        let uuid = |n: u128| Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + n);
        let context = Context {
            principal: Some(Principal::new("principals/li").expect("valid")),
            on_behalf_of: Some(Principal::new("principals/wang").expect("valid")),
            method: Some(Method::new("quanheng.quota.v1.QuotaService/OccupySeats").expect("valid")),
            request_id: Some(uuid(1)),
            correlation_id: Some(uuid(2)),
            causation_id: Some(uuid(3)),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        };
        let draft = EventDraft::new(
            StreamName::new("quotaAccounts/1").expect("valid"),
            EventType::new("quanheng.quota.seats_occupied.v1").expect("valid"),
            &serde_json::json!({"rank": "GM07", "职级": "一级主任科员", "seats": 1}),
        )
        .expect("JSON")
        .tagged(Tag::new("units/1").expect("valid"))
        .tagged(Tag::new("persons/2").expect("valid"))
        .tagged(Tag::new("units/1").expect("valid"))
        .with_blob(BlobRef::of(b"minutes"))
        .under_policy(Digest::of(b"policy"));
        let place = Place {
            id: uuid(4),
            position: Position(7),
            version: Version(3),
            commit: CommitRef { id: uuid(5), index: 1, count: 2 },
        };
        (context, draft, place)
    }

    /// The published form of a record. If this fails, an auditor's tools fail: add
    /// attributes, never change or move what is here.
    #[test]
    fn the_bytes_of_a_record_are_frozen() {
        let (context, draft, place) = sample();
        let stamp = Stamp {
            source: "/realms/01930000-0000-7000-8000-000000000009",
            time: "2026-11-23T04:27:08.000001Z",
        };
        let bytes = encode(&stamp, &context, &draft, &place).expect("short");
        assert_eq!(
            String::from_utf8(bytes).expect("UTF-8"),
            include_str!("../golden/record.v1.json").trim_end()
        );
    }

    #[test]
    fn what_is_written_is_read() {
        let (context, draft, place) = sample();
        let stamp = Stamp { source: "/realms/r", time: "2026-11-23T04:27:08.000001Z" };
        let bytes = encode(&stamp, &context, &draft, &place).expect("short");
        let envelope: Envelope<'_> = serde_json::from_slice(&bytes).expect("a record");
        assert_eq!(envelope.tags().collect::<Vec<_>>(), ["units/1", "persons/2"]);
        assert_eq!(envelope.blobs().collect::<Vec<_>>(), [Ok(BlobRef::of(b"minutes"))]);
        assert_eq!(envelope.data.get(), draft.data.get());
        assert_eq!(envelope.requestid, context.request_id);
        assert_eq!(envelope.traceparent.as_deref(), context.traceparent.as_deref());
    }

    #[test]
    fn a_record_may_have_65535_bytes_and_not_one_more() {
        let (context, mut draft, place) = sample();
        let stamp = Stamp { source: "/realms/r", time: "2026-11-23T04:27:08.000001Z" };
        let mut length_with = |text: &str| {
            draft.data = serde_json::value::to_raw_value(text).expect("JSON");
            encode(&stamp, &context, &draft, &place)
        };
        let empty = length_with("").expect("short").len();
        let fits = "x".repeat(RECORD_BYTES_MAX - empty);
        assert_eq!(length_with(&fits).expect("fits").len(), RECORD_BYTES_MAX);
        assert_eq!(
            length_with(&(fits + "x")),
            Err(Exceeded { bound: "record_bytes_max", max: 65_535, actual: 65_536 })
        );
    }
}
