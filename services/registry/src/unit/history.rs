//! What was recorded of a unit.

use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::Record;
use quanheng_register::unit::{Correction, Event};
use quanheng_runtime::reading::newest_records;
use quanheng_runtime::wire::unit as named;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;

use super::read::visible;
use super::summary::summary;
use super::view::UNITS_PROJECTION;

pub(crate) async fn history(
    call: &Call,
    request: wire::ListUnitHistoryRequest,
) -> Result<wire::ListUnitHistoryResponse, Failure> {
    let id = named("name", &request.name)?;
    let view = call.realm.view(UNITS_PROJECTION, request.min_position, call.deadline).await?;
    let (_, position) = visible(call, &view, &request.name).await?;
    let (records, next) = newest_records(call, streams::unit(&id), &request).await?;
    let newest = records.first().map_or(position, |record| record.position);
    let entries = records.iter().map(entry).collect::<Result<_, _>>()?;
    Ok(wire::ListUnitHistoryResponse {
        entries,
        position: position.max(newest).0,
        next_page_token: next,
    })
}

fn entry(record: &Record) -> Result<wire::HistoryEntry, Failure> {
    let event = streams::read::<streams::Units>(record).map_err(Failure::internal)?;
    let envelope = record.envelope().map_err(Failure::internal)?;
    let basis = match &*event {
        Event::UnitRegistered { basis, .. }
        | Event::UnitUpdated { basis, .. }
        | Event::UnitAbolished { basis, .. } => Some(basis),
        Event::UnitCorrected { basis, .. } => basis.as_ref(),
    };
    let effective_on = match &*event {
        Event::UnitCorrected {
            correction: Correction::Amended { effective_on: Some(on), .. },
            ..
        } => Some(*on),
        Event::UnitCorrected { .. } => None,
        _ => basis.map(|basis| basis.effective_on),
    };
    Ok(wire::HistoryEntry {
        version: record.version.0,
        position: record.position.0,
        effective_on: effective_on.map(quanheng_api::date),
        r#type: record.event_type.to_string(),
        document_number: basis.map(|basis| basis.document.to_string()).unwrap_or_default(),
        principal: envelope.principal.as_deref().unwrap_or_default().to_owned(),
        summary: summary(&event),
        recorded_at: record.time.to_string(),
        request_id: envelope.requestid.map(|id| id.to_string()).unwrap_or_default(),
    })
}
