//! From an upload to an operation: received, validated, sealed, stored, begun.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use quanheng_api::quanheng::common::v1 as common;
use quanheng_eventlog::{BlobRef, Digest, EventDraft, Read};
use quanheng_policy::codes::DivisionCode;
use quanheng_runtime::{Call, Decided, Deciding, Failure, derived_id};
use quanheng_sealing::{BATCH_MAX, KeyState};
use quanheng_streams as streams;
use quanheng_streams::{Attachment, AttachmentEvent, Attachments, OperationEvent, Operations};
use tonic::Streaming;
use uuid::Uuid;

use super::Imports;
use super::check::{Checked, blocking, check};
use super::kind::{Ground, Items, Kind};
use super::plan::{self, Input, Part, Writer};
use super::report::{Report, copy_name, stored};
use super::upload::{Piece, Upload};
use crate::operation;

/// Rows that are sealed at once.
const SEALED_AT_ONCE: usize = 2_000;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const REFUSED: &str = "SHEET_REFUSED";

/// Imports a file of a kind.
///
/// # Errors
/// [`Failure`] when nothing was begun. That a file is refused is no failure of the call:
/// the operation says so.
pub(super) async fn import<K: Kind, P: Piece>(
    imports: &Imports,
    call: &Call,
    stream: Streaming<P>,
) -> Result<common::Operation, Failure> {
    let (mut upload, _place) =
        Upload::receive(stream, imports.bounds(), imports.place(call)).await?;
    let trial = upload.head.message.validate_only;
    let asked = Asked::of::<K>(call, &upload);
    if !trial && let Some(operation) = asked.again(imports, call).await? {
        return Ok(operation);
    }
    let ground = Arc::new(Ground {
        basis: upload.head.basis.clone(),
        jurisdiction: call.principal.jurisdiction.clone(),
        today: call.realm.today(),
    });
    let sheets = quanheng_sheets::Bounds {
        file_bytes_max: imports.bounds().import_bytes_max,
        ..quanheng_sheets::Bounds::default()
    };
    let bytes = std::mem::take(&mut upload.bytes);
    let checked = check::<K>(call, bytes, sheets, &ground).await?;
    if trial {
        return tried::<K>(call, checked).await;
    }
    let mut input = asked.input(&upload, &ground.jurisdiction);
    input.findings = checked.report.total;
    if checked.report.refused {
        refuse::<K>(call, &asked, input, &checked).await?;
    } else {
        let rows = checked.items.items.len() as u64;
        let report = checked.report;
        input.parts = seal::<K>(imports, call, checked.items).await?;
        begin::<K>(call, &asked, input, rows, &report).await?;
        imports.go_on(&call.realm, asked.operation);
    }
    operation::told(call, asked.operation).await
}

/// What a trial answers: the report alone.
async fn tried<K: Kind>(call: &Call, checked: Checked<K>) -> Result<common::Operation, Failure> {
    let Report { errors, total, refused } = checked.report;
    let state = match refused {
        true => common::operation::State::Failed,
        false => common::operation::State::Done,
    };
    Ok(common::Operation {
        kind: K::NAME.to_owned(),
        state: state.into(),
        items_total: checked.rows,
        failure: refused.then(|| refusal(total).into_message()),
        sheet_errors: errors,
        sheet_errors_total: total,
        position: call.realm.log.head().await?.0,
        ..common::Operation::default()
    })
}

fn refusal(findings: u64) -> Failure {
    let message = refusal_message(findings);
    Failure::new(tonic::Code::FailedPrecondition, REFUSED, message)
}

fn refusal_message(findings: u64) -> String {
    format!("文件未通过校验,共 {findings} 处,未导入任何数据")
}

/// Who asks for what, under which request id.
struct Asked {
    operation: Uuid,
    request_id: Uuid,
    body: Vec<u8>,
}

impl Asked {
    /// The operation of a request has a name that only this request gives it.
    fn of<K: Kind>(call: &Call, upload: &Upload) -> Self {
        let request_id = upload.head.request_id;
        let by = format!("{} {}", call.realm.name, call.principal.name());
        let operation = derived_id(K::METHOD, &by, &request_id.to_string());
        Self { operation, request_id, body: upload.request() }
    }

    /// The digest that a repetition has, too.
    fn digest(&self) -> Digest {
        Digest::of(&self.body)
    }

    /// The operation, if the request was made before.
    async fn again(
        &self,
        imports: &Imports,
        call: &Call,
    ) -> Result<Option<common::Operation>, Failure> {
        let Some(known) = operation::find(&call.realm.log, self.operation).await? else {
            return Ok(None);
        };
        if known.input.request != self.digest().to_string() {
            let message = "该请求编号已用于内容不同的请求,请更换编号";
            let reused = Failure::new(tonic::Code::InvalidArgument, "REQUEST_ID_REUSED", message);
            return Err(reused.with("request_id", self.request_id.to_string()));
        }
        if known.is_running() {
            imports.go_on(&call.realm, self.operation);
        }
        known.message(&call.realm.log).await.map(Some)
    }

    fn input(&self, upload: &Upload, jurisdiction: &DivisionCode) -> Input {
        Input {
            file_name: upload.head.message.file_name.clone(),
            sha256: upload.sha256.to_string(),
            request: self.digest().to_string(),
            basis: upload.head.basis.clone(),
            jurisdiction: jurisdiction.clone(),
            parts: Vec::new(),
            report: None,
            findings: 0,
            marked_copy: None,
        }
    }
}

/// Seals what is personal and stores the rows. Keys are made first: what the log holds can
/// always be opened.
async fn seal<K: Kind>(
    imports: &Imports,
    call: &Call,
    items: Items<K>,
) -> Result<Vec<Part>, Failure> {
    let mut writer = Writer::new(&call.realm.log, imports.bounds().plan_part_bytes_max);
    let mut rows = items.items.into_iter().zip(items.secrets);
    loop {
        let batch: Vec<_> = rows.by_ref().take(SEALED_AT_ONCE).collect();
        if batch.is_empty() {
            return writer.finish().await;
        }
        writer.push(seal_batch::<K>(call, batch).await?).await?;
    }
}

async fn seal_batch<K: Kind>(
    call: &Call,
    mut batch: Vec<(K::Item, K::Secret)>,
) -> Result<Vec<Vec<u8>>, Failure> {
    let keys = &call.realm.keys;
    let secret = batch.iter().filter(|(_, secret)| K::has_secret(secret));
    let subjects: Vec<String> = secret.map(|(item, _)| K::subject(item)).collect();
    let names: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let failed = |error| crate::person::seal::keys_failure(&error);
    let mut states = std::collections::HashMap::new();
    if !names.is_empty() {
        keys.create(&names).await.map_err(failed)?;
        states = keys.get_many(&names).await.map_err(failed)?;
    }
    let (lines, found_by) = blocking(move || {
        let mut found_by = Vec::new();
        for (item, secret) in &mut batch {
            if !K::has_secret(secret) {
                continue;
            }
            let subject = K::subject(item);
            let Some(KeyState::Live(key)) = states.get(&subject) else {
                return Err(Failure::internal(format!("{subject} has no key")));
            };
            K::seal(item, secret, key)?;
            let values = K::found_by(secret);
            let values = values.into_iter().map(|(kind, value)| (kind, value.to_owned()));
            found_by.extend(values.map(|(kind, value)| (kind, value, subject.clone())));
        }
        let items: Vec<K::Item> = batch.into_iter().map(|(item, _)| item).collect();
        Ok((plan::lines(&items)?, found_by))
    })
    .await??;
    for some in found_by.chunks(BATCH_MAX) {
        let entries: Vec<_> = some
            .iter()
            .map(|(kind, value, subject)| (*kind, value.as_str(), subject.as_str()))
            .collect();
        call.realm.keys.index_put(&entries).await.map_err(failed)?;
    }
    Ok(lines)
}

/// Begins the operation of a file that is sound.
async fn begin<K: Kind>(
    call: &Call,
    asked: &Asked,
    mut input: Input,
    items: u64,
    report: &Report,
) -> Result<(), Failure> {
    let report = (!report.errors.is_empty()).then(|| report.json()).transpose()?;
    input.report = stored(report.as_ref());
    let blobs: Vec<Bytes> = report.map(Bytes::from).into_iter().collect();
    commit::<K>(call, asked, input, items, blobs, None).await
}

/// Records that a file was refused, with its report and the marked copy.
async fn refuse<K: Kind>(
    call: &Call,
    asked: &Asked,
    mut input: Input,
    checked: &Checked<K>,
) -> Result<(), Failure> {
    let report = Some(checked.report.json()?);
    input.report = stored(report.as_ref());
    input.marked_copy = stored(checked.marked.as_ref());
    let copy = checked.marked.clone().map(Bytes::from);
    let blobs: Vec<Bytes> = report.map(Bytes::from).into_iter().chain(copy).collect();
    commit::<K>(call, asked, input, checked.rows, blobs, Some(checked.report.total)).await
}

/// Commits the operation's beginning; of a refused file its end as well.
async fn commit<K: Kind>(
    call: &Call,
    asked: &Asked,
    input: Input,
    items: u64,
    blobs: Vec<Bytes>,
    refused: Option<u64>,
) -> Result<(), Failure> {
    let by = call.principal.name();
    let stream = streams::operation(asked.operation);
    let mut reads = vec![Read::version(stream.clone())];
    let copy = input.marked_copy.clone().map(|copy| (streams::attachment(&copy.sha256), copy));
    reads.extend(copy.iter().map(|(stream, _)| streams::state::<Attachments>(stream.clone())));
    let mut events = vec![started::<K>(asked, &input, items, &by)?];
    if let Some(findings) = refused {
        let event = OperationEvent::OperationFailed {
            reason: REFUSED.to_owned(),
            message: refusal_message(findings),
            row: None,
        };
        events.push(operation_draft(asked.operation, &event)?);
    }
    let upload = match &copy {
        None => None,
        Some((stream, copy)) => {
            let event = AttachmentEvent::AttachmentUploaded {
                sha256: copy.sha256.clone(),
                size: copy.size,
                file_name: copy_name(&input.file_name),
                media_type: XLSX.to_owned(),
                by: by.clone(),
            };
            let draft = streams::draft::<Attachments>(stream.clone(), &event);
            let draft = draft.map_err(Failure::internal)?.with_blob(copy.reference()?);
            Some((stream.clone(), draft))
        }
    };
    let name = stream.to_string();
    let command = Deciding::new(reads, move |desk| {
        let begun = desk.version(&stream).unwrap_or_default();
        if begun != quanheng_eventlog::Version::NONE {
            // Somebody made the same request at the same time, under the same key.
            return Err(Failure::lost_race(stream.as_str()));
        }
        let mut events = events.clone();
        if let Some((stream, draft)) = &upload {
            let known = desk.state::<Attachment>(stream);
            if known.is_none_or(|known| known.sha256.is_empty()) {
                events.push(draft.clone());
            }
        }
        let answer = common::Operation { name: name.clone(), ..common::Operation::default() };
        Ok(Decided { events, blobs: blobs.clone(), answer })
    });
    let engine = &call.realm.engine;
    engine.execute_as(call, asked.request_id, &asked.body, command).await?;
    Ok(())
}

fn started<K: Kind>(
    asked: &Asked,
    input: &Input,
    items: u64,
    by: &str,
) -> Result<EventDraft, Failure> {
    let event = OperationEvent::OperationStarted {
        kind: K::NAME.to_owned(),
        items,
        input: serde_json::to_value(input).map_err(Failure::internal)?,
        by: by.to_owned(),
    };
    let draft = operation_draft(asked.operation, &event)?;
    let parts = input.parts.iter().map(|part| &part.content);
    let stored = parts.chain(&input.report).chain(&input.marked_copy);
    let references: BTreeSet<String> = stored.clone().map(|one| one.sha256.clone()).collect();
    // Equal content is one blob.
    let mut draft = draft;
    for sha256 in references {
        let Some(one) = stored.clone().find(|one| one.sha256 == sha256) else { continue };
        let reference: BlobRef = one.reference()?;
        draft = draft.with_blob(reference);
    }
    Ok(draft)
}

pub(super) fn operation_draft(
    operation: Uuid,
    event: &OperationEvent,
) -> Result<EventDraft, Failure> {
    streams::draft::<Operations>(streams::operation(operation), event).map_err(Failure::internal)
}
