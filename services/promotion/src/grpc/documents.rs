//! Documents of a round (批次表样) as files: only for those who may read what is sealed, and who
//! took what is recorded before the first byte goes out.

use futures::stream;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::quanheng::promotion::v1::RoundDocument;
use quanheng_api::quanheng::promotion::v1::export_round_documents_response::Part;
use quanheng_eventlog::Digest;
use quanheng_identity::Action;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::AuditEvent;
use tonic::Status;

use super::reads::{noted, round_doc};
use super::{Exported, ground};
use crate::documents::{self, File};
use crate::parse;
use crate::view::PROJECTION;

/// Bytes of a piece of the file.
const PIECE_BYTES: usize = 64 * 1024;

pub(super) async fn export(
    call: &Call,
    request: wire::ExportRoundDocumentsRequest,
) -> Result<Exported<wire::ExportRoundDocumentsResponse>, Failure> {
    call.demand(Action::PersonsReadPrivate)?;
    let round = parse::round::round("round", &request.round)?;
    let kind = request.kind();
    if kind == RoundDocument::Unspecified {
        return Err(Failure::field("kind", "须指定表样"));
    }
    let asked = match request.requests.as_slice() {
        [] => Vec::new(),
        names => parse::round::requests("requests", names)?,
    };
    if kind == RoundDocument::PreReviewForm && !asked.is_empty() {
        return Err(Failure::field("requests", "本表样不含人员"));
    }
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    round_doc(call, &view, &round).await?;
    let ground = ground::read(call, &round, kind, &asked, request.min_position).await?;
    let persons = ground.candidates.len() as u64;
    // Filling in and packing takes a while.
    let made = tokio::task::spawn_blocking(move || documents::make(&ground, kind)).await;
    let file = made.map_err(Failure::internal)??;
    let what = kind.as_str_name().trim_start_matches("ROUND_DOCUMENT_");
    let filter = format!("round = \"{}\" AND kind = \"{what}\"", request.round);
    let event = AuditEvent::PersonsExported { persons, filter };
    noted(call, streams::exports(&call.principal.id), &event).await?;
    Ok(Box::pin(stream::iter(parts(file))))
}

/// What the file is, and then its content in pieces.
fn parts(
    file: File,
) -> impl Iterator<Item = Result<wire::ExportRoundDocumentsResponse, Status>> + Send {
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
    let parts = std::iter::once(Part::Head(head)).chain(pieces);
    parts.map(|part| Ok(wire::ExportRoundDocumentsResponse { part: Some(part) }))
}
