//! What publishing any document has in common: texts, faults, and who published it when.

use std::sync::Arc;

use bytes::Bytes;
use pbjson_types::Timestamp;
use prost::Message;
use quanheng_api::Mutation;
use quanheng_eventlog::{BlobRef, EventDraft, Micros, Position};
use quanheng_policy::located::DocumentError;
use quanheng_runtime::{Call, Command, Decided, Done, Failure, FieldFault, Publication, Shelf};
use quanheng_streams::{Policies, PolicyEvent, PublishedDocument, draft, policies};

/// Bytes of a document's text at most.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of the faults that one answer tells: a status travels in headers, which few
/// clients take larger than 8 KiB, and its texts stand in it several times.
const FAULT_BYTES_MAX: usize = 900;
/// Characters of what one fault expects.
const FAULT_CHARS_MAX: usize = 200;

/// The program itself, as events name it.
pub(crate) const SYSTEM: &str = "principals/system";

/// A text that is there and not too long.
pub(crate) fn bounded(field: &'static str, text: &str) -> Result<(), Failure> {
    if text.trim().is_empty() {
        return Err(Failure::field(field, "不得为空"));
    }
    match text.len() <= TEXT_BYTES_MAX {
        true => Ok(()),
        false => {
            let (max, actual) = (TEXT_BYTES_MAX as u64, text.len() as u64);
            Err(Failure::bound("policy_text_bytes_max", max, actual))
        }
    }
}

/// One fault of a document: `text:<line>:<key>`. What the parser of the form says is
/// English, and is told as it is behind a word in Chinese.
pub(crate) fn fault(line: usize, key: &str, expected: &str) -> FieldFault {
    let chinese = expected.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let before = if chinese { "" } else { "不合文档格式:" };
    FieldFault {
        field: format!("text:{line}:{key}"),
        reason: "INVALID_FIELD".to_owned(),
        message: before.chars().chain(expected.chars()).take(FAULT_CHARS_MAX).collect(),
    }
}

/// What is wrong with a document, and where. The first faults are told one by one, all are
/// counted.
pub(crate) fn faulty(faults: Vec<FieldFault>) -> Failure {
    let total = faults.len();
    let mut bytes = 0;
    let mut told = Vec::new();
    for fault in faults {
        bytes += fault.field.len() + fault.message.len();
        if bytes > FAULT_BYTES_MAX && !told.is_empty() {
            break;
        }
        told.push(fault);
    }
    Failure::fields(told).with("faults", total.to_string())
}

pub(crate) fn located(errors: Vec<DocumentError>) -> Failure {
    let faults = errors.into_iter();
    faulty(faults.map(|error| fault(error.line, &error.key, &error.expected)).collect())
}

/// The line that sets a key at the top of a document.
pub(crate) fn line_of(text: &str, key: &str) -> usize {
    let sets = |line: &str| {
        line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().position(sets).map_or(1, |nr| nr + 1)
}

/// An id that stands in a resource name.
pub(crate) fn check_id(text: &str, key: &str, id: &str) -> Result<(), Failure> {
    quanheng_policy::check_id(id)
        .map_err(|error| faulty(vec![fault(line_of(text, key), key, &error.to_string())]))
}

/// The version in a resource name.
pub(crate) fn version(text: &str) -> Option<u32> {
    text.parse().ok().filter(|version: &u32| version.to_string() == text)
}

/// What is published, and the position that it has at least seen.
pub(crate) async fn shelf(call: &Call, min: u64) -> Result<(Arc<Shelf>, u64), Failure> {
    let policies = &call.realm.policies;
    policies.shelf_at(Position(min), call.deadline).await?;
    // The position first: the shelf is of it or of a later one.
    let position = policies.position();
    Ok((policies.shelf(), position.0))
}

/// Publishes. What this process answers from then on knows of it.
pub(crate) async fn published_here<R, C>(
    call: &Call,
    request: &R,
    command: C,
) -> Result<Done<C::Answer>, Failure>
where
    R: Mutation + Message,
    C: Command,
{
    let done = call.realm.engine.execute(call, request, command).await?;
    // It is published even if that takes too long; a read can wait for the position.
    if let Err(behind) = call.realm.policies.shelf_at(done.position, call.deadline).await {
        tracing::warn!(reason = behind.reason(), "published, and not read yet");
    }
    Ok(done)
}

/// Who publishes; empty for what the program ships.
pub(crate) fn publisher(by: &str) -> String {
    if by == SYSTEM { String::new() } else { by.to_owned() }
}

/// When.
pub(crate) fn moment(time: Micros) -> Option<Timestamp> {
    Some(quanheng_api::timestamp(time.0))
}

/// A publication as it will stand on the shelf.
pub(crate) fn publication<T>(what: T, by: &str, time: Micros) -> Publication<T> {
    Publication { what, by: by.to_owned(), time }
}

/// A document as it is published.
pub(crate) fn published(id: &str, version: u32, title: &str, text: &Bytes) -> PublishedDocument {
    let blob = BlobRef::of(text);
    PublishedDocument {
        id: id.to_owned(),
        version,
        title: title.to_owned(),
        sha256: blob.digest.to_string(),
        size: blob.size,
    }
}

/// The event with its text in the same commit.
pub(crate) fn event(event: &PolicyEvent, text: &Bytes) -> Result<EventDraft, Failure> {
    let draft = draft::<Policies>(policies(), event).map_err(Failure::internal)?;
    Ok(draft.with_blob(BlobRef::of(text)))
}

/// What publishing brings about.
pub(crate) fn decided<A>(event: EventDraft, text: Bytes, answer: A) -> Decided<A> {
    Decided { blobs: vec![text], ..Decided::new(vec![event], answer) }
}
