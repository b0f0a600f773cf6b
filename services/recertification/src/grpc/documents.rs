//! Documents of reference management (表样) as files. One that names persons is only for those who
//! may read what is sealed, and who took it is recorded before its first byte goes out.

use futures::stream;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::{Context, Digest, Expect, Method, Transaction};
use quanheng_identity::Action;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::{Audit, AuditEvent};
use tonic::Status;
use wire::RecertificationDocument as Document;
use wire::export_documents_response::Part;

use super::{Exported, ground};
use crate::documents::{self, File, Ground};

/// Bytes of a piece of the file.
const PIECE_BYTES: usize = 64 * 1024;

pub(super) async fn export(
    call: &Call,
    request: wire::ExportDocumentsRequest,
) -> Result<Exported<wire::ExportDocumentsResponse>, Failure> {
    let document = request.document();
    if document == Document::Unspecified {
        return Err(Failure::field("document", "须指定表样"));
    }
    if document == Document::Transition {
        call.demand(Action::PersonsReadPrivate)?;
    }
    let ground = ground::read(call, document, &request).await?;
    if let Ground::Transition(ground) = &ground {
        let persons = ground.state.persons.len() as u64;
        noted(call, persons, format!("transition = \"{}\"", request.of)).await?;
    }
    let (of, today) = (request.of, call.realm.today());
    // Filling in and packing takes a while.
    let made = tokio::task::spawn_blocking(move || documents::make(&ground, &of, today)).await;
    Ok(Box::pin(stream::iter(parts(made.map_err(Failure::internal)??))))
}

/// Records who took what of persons.
async fn noted(call: &Call, persons: u64, filter: String) -> Result<(), Failure> {
    let stream = streams::exports(&call.principal.id);
    let event = AuditEvent::PersonsExported { persons, filter };
    let draft = streams::draft::<Audit>(stream.clone(), &event).map_err(Failure::internal)?;
    let context = Context {
        principal: Some(call.principal_name()?),
        method: Some(Method::new(call.method).map_err(Failure::internal)?),
        correlation_id: call.correlation_id,
        causation_id: call.causation_id,
        traceparent: call.traceparent.clone(),
        ..Context::default()
    };
    let transaction = Transaction { context, ..Transaction::default() };
    let transaction = transaction.append(draft).expect(stream, Expect::Any);
    call.realm.log.commit(transaction).await?;
    Ok(())
}

/// What the file is, and then its content in pieces.
fn parts(file: File) -> impl Iterator<Item = Result<wire::ExportDocumentsResponse, Status>> + Send {
    let File { name, media_type, bytes } = file;
    let head = wire::DocumentFile {
        file_name: name,
        media_type: media_type.to_owned(),
        sha256: Digest::of(&bytes).to_string(),
        size: bytes.len() as u64,
    };
    let starts = (0..bytes.len()).step_by(PIECE_BYTES);
    let pieces = starts.map(move |start| {
        let end = bytes.len().min(start + PIECE_BYTES);
        Part::Content(bytes[start..end].to_vec())
    });
    let parts = std::iter::once(Part::File(head)).chain(pieces);
    parts.map(|part| Ok(wire::ExportDocumentsResponse { part: Some(part) }))
}
