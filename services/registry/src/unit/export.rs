//! Units as a worksheet; and worksheets as streams of bytes, page by page.

use std::collections::BTreeMap;

use futures::stream::{self, Stream};
use futures::{StreamExt as _, TryStreamExt as _};
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_policy::UnitId;
use quanheng_policy::class::UnitGrade;
use quanheng_projection::View;
use quanheng_register::unit::{Nature, Unit, UnitProfile};
use quanheng_runtime::reading::{self, Horizon, jurisdiction, read_failure};
use quanheng_runtime::wire::unit as named;
use quanheng_runtime::{Call, Failure};
use quanheng_sheets::units::{FORM, PlaceNames, UnitLevel, UnitNature, UnitRow};
use quanheng_sheets::{CsvWriter, Encoding, Form, SheetWriter, Value, WriteError};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::contact::{Shown, reveal};
use super::message;
use super::read::known;
use super::view::{UNITS, UNITS_PROJECTION, UnitView};
use crate::grpc::Exported;

/// Bytes of a piece of a file.
const PIECE_BYTES: usize = 64 * 1024;
/// Rows that are read at once.
pub(crate) const ROWS: i32 = 500;

pub(crate) async fn export(
    call: &Call,
    request: wire::ExportUnitsRequest,
) -> Result<Exported<wire::ExportUnitsResponse>, Failure> {
    let view = call.realm.view(UNITS_PROJECTION, request.min_position, call.deadline).await?;
    let first = wire::ListUnitsRequest {
        filter: request.filter.clone(),
        page_size: ROWS,
        ..wire::ListUnitsRequest::default()
    };
    let call = call.clone();
    let pages = stream::try_unfold(Some(first), move |listing| {
        let (call, view) = (call.clone(), view.clone());
        async move {
            let Some(mut listing) = listing else { return Ok(None) };
            let (rows, next) = page(&call, &view, &listing).await?;
            listing.page_token = next;
            let next = Some(listing).filter(|listing| !listing.page_token.is_empty());
            Ok::<_, Failure>(Some((rows, next)))
        }
    });
    let wrap = |content| wire::ExportUnitsResponse { content };
    sheet(&FORM, request.format(), pages, wrap).await
}

async fn page(
    call: &Call,
    view: &View,
    listing: &wire::ListUnitsRequest,
) -> Result<(Vec<Vec<Value>>, String), Failure> {
    let listed = reading::list(call, view, UNITS, listing, jurisdiction(call), "division").await?;
    let today = call.realm.today();
    let mut rows = Vec::with_capacity(listed.docs.len());
    for doc in &listed.docs {
        let mut found: UnitView = doc.parse().map_err(Failure::internal)?;
        let id = named("name", &doc.id)?;
        let state = known(call, &id, found.state.take(), Horizon::Now).await?;
        let Some(state) = state else { continue };
        // What is not yet is told as it will begin.
        let on = today.max(state.timeline.begun_on());
        if let Some(profile) = state.as_of(on) {
            rows.push((message::unit(&state, on), state, profile));
        }
    }
    let mut units: Vec<_> = rows.iter().map(|(unit, ..)| unit.clone()).collect();
    reveal(call, &mut units, Shown::Alone).await?;
    let parents = parents(view, &rows).await?;
    let rows = rows.iter().zip(units).map(|((_, state, profile), unit)| {
        let supervisor = profile.parent.as_ref().and_then(|parent| parents.get(parent));
        row(state, profile, &unit, supervisor.cloned()).values()
    });
    Ok((rows.collect(), listed.next))
}

/// What the units above are called.
async fn parents(
    view: &View,
    rows: &[(wire::Unit, Unit, UnitProfile)],
) -> Result<BTreeMap<UnitId, String>, Failure> {
    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }
    let mut ids: Vec<_> = rows.iter().filter_map(|(.., profile)| profile.parent.clone()).collect();
    ids.sort();
    ids.dedup();
    let names: Vec<_> = ids.iter().map(message::name).collect();
    let docs = view.get_many(UNITS, &names).await.map_err(read_failure)?;
    let mut found = BTreeMap::new();
    for (id, doc) in ids.into_iter().zip(docs) {
        if let Some(doc) = doc {
            found.insert(id, doc.parse::<Named>().map_err(Failure::internal)?.name);
        }
    }
    Ok(found)
}

fn row(
    state: &Unit,
    profile: &UnitProfile,
    told: &wire::Unit,
    supervisor: Option<String>,
) -> UnitRow {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let told = told.profile.as_ref();
    let slots = &profile.establishment;
    let posts = &profile.leadership;
    UnitRow {
        name: profile.name.clone(),
        credit_code: profile.credit_code.clone(),
        supervisor,
        place: PlaceNames::default(),
        nature: match profile.nature {
            Nature::Organ => Some(UnitNature::Organ),
            Nature::ReferencedInstitution => Some(UnitNature::ReferencedInstitution),
            Nature::ReferencedMassOrganization => Some(UnitNature::ReferencedMassOrganisation),
            // The form knows no other institutions.
            Nature::PublicInstitution => None,
        },
        affiliation: profile.vertical.then(|| "垂直管理".to_owned()),
        sequence: some(&profile.sequence),
        level: match profile.grade {
            UnitGrade::Division => Some(UnitLevel::County),
            UnitGrade::ViceDivision => Some(UnitLevel::ViceCounty),
            UnitGrade::Section => Some(UnitLevel::Township),
            _ => None,
        },
        administrative_slots: Some(slots.administrative),
        administrative_headcount: Some(profile.actual.administrative),
        referenced_slots: Some(slots.referenced_institution),
        referenced_headcount: Some(profile.actual.referenced),
        approved_on: profile.reference.as_ref().map(|approval| approval.approved_on),
        approval_number: profile.reference.as_ref().map(|r| r.approval_document.clone()),
        division_chief_seats: Some(posts.division_principal),
        division_deputy_seats: Some(posts.division_deputy),
        section_chief_seats: Some(posts.section_principal),
        section_deputy_seats: Some(posts.section_deputy),
        // Rank seats are the ledger's.
        researcher_upper_seats: None,
        researcher_lower_seats: None,
        clerk_upper_seats: None,
        clerk_lower_seats: None,
        contact: told.and_then(|told| some(told.contact_name())),
        phone: told.and_then(|told| some(told.contact_phone())),
        note: some(&profile.remarks),
        id: Some(state.unit.clone()),
        parent_id: profile.parent.clone(),
        supervisor_id: profile.parent.clone(),
        division: Some(profile.division.clone()),
        tier: Some(profile.tier),
        standing: Some(profile.standing),
        grade: Some(profile.grade),
        kind: Some(profile.kind),
        political_legal_slots: Some(slots.special_political_legal),
        institution_slots: Some(slots.other_institution),
        logistics_slots: Some(slots.logistics),
        leading_group_seats: Some(posts.group_posts),
    }
}

/// Streams a worksheet. CSV goes out page by page; a workbook is written to a temporary
/// file as the rows come, and goes out when it is whole. What is wrong with the first page
/// is told at once.
pub(crate) async fn sheet<T: Send + 'static>(
    form: &'static Form,
    format: wire::SheetFormat,
    pages: impl Stream<Item = Result<Vec<Vec<Value>>, Failure>> + Send + 'static,
    wrap: impl Fn(Vec<u8>) -> T + Send + 'static,
) -> Result<Exported<T>, Failure> {
    let mut pages = Box::pin(pages);
    let first = pages.next().await.transpose()?;
    let pages = stream::iter(first.map(Ok)).chain(pages).boxed();
    let (pieces, received) = mpsc::channel(4);
    tokio::spawn(async move {
        let written = match format {
            wire::SheetFormat::Unspecified | wire::SheetFormat::Xlsx => {
                workbook(form, pages, &pieces).await
            }
            wire::SheetFormat::CsvUtf8 => csv(form, Encoding::Utf8, pages, &pieces).await,
            wire::SheetFormat::CsvGb18030 => csv(form, Encoding::Gb18030, pages, &pieces).await,
        };
        if let Err(failure) = written {
            // The caller may be gone; then nobody is told.
            let _ = pieces.send(Err(failure)).await;
        }
    });
    let pieces = ReceiverStream::new(received);
    Ok(Box::pin(pieces.map(move |piece| piece.map(&wrap).map_err(Status::from))))
}

type Pages = stream::BoxStream<'static, Result<Vec<Vec<Value>>, Failure>>;
type Pieces = mpsc::Sender<Result<Vec<u8>, Failure>>;

fn write_failure(error: WriteError) -> Failure {
    match error {
        WriteError::Encoding => {
            let message = "有 GB18030 不能表示的字符,请改用 UTF-8 或 XLSX";
            Failure::rule("SHEET_ENCODING", "format", message)
        }
        error => Failure::internal(error),
    }
}

/// Sends the pieces of some bytes; whether anybody still takes them.
async fn send(pieces: &Pieces, bytes: &[u8]) -> bool {
    for piece in bytes.chunks(PIECE_BYTES) {
        if pieces.send(Ok(piece.to_vec())).await.is_err() {
            return false;
        }
    }
    true
}

async fn csv(
    form: &'static Form,
    encoding: Encoding,
    mut pages: Pages,
    pieces: &Pieces,
) -> Result<(), Failure> {
    let header = CsvWriter::new(form, encoding).and_then(CsvWriter::finish);
    let header = header.map_err(write_failure)?;
    if !send(pieces, &header).await {
        return Ok(());
    }
    while let Some(rows) = pages.try_next().await? {
        let mut writer = CsvWriter::new(form, encoding).map_err(write_failure)?;
        rows.iter().try_for_each(|row| writer.row(row)).map_err(write_failure)?;
        let bytes = writer.finish().map_err(write_failure)?;
        if !send(pieces, bytes.get(header.len()..).unwrap_or_default()).await {
            return Ok(());
        }
    }
    Ok(())
}

async fn workbook(form: &'static Form, mut pages: Pages, pieces: &Pieces) -> Result<(), Failure> {
    let (rows, mut taken) = mpsc::channel::<Vec<Vec<Value>>>(2);
    let writing = tokio::task::spawn_blocking(move || {
        let mut writer = SheetWriter::new(form)?;
        while let Some(page) = taken.blocking_recv() {
            page.iter().try_for_each(|row| writer.row(row))?;
        }
        writer.finish()
    });
    while let Some(page) = pages.try_next().await? {
        // A writer that failed takes no more; why, it says below.
        if rows.send(page).await.is_err() {
            break;
        }
    }
    drop(rows);
    let bytes = writing.await.map_err(Failure::internal)?.map_err(write_failure)?;
    send(pieces, &bytes).await;
    Ok(())
}
