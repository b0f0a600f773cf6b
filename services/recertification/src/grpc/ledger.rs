//! The ledger of units (参照管理单位台账).

use futures::{StreamExt as _, TryStreamExt as _};
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Position;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Doc, Filter, View};
use quanheng_runtime::reading::{Horizon, day, jurisdiction, list, read_failure};
use quanheng_runtime::wire::unit as named;
use quanheng_runtime::{Call, Failure, Shelf};

use crate::ledger::{self, Entry, Known};
use crate::message::shared::unit_name;
use crate::view::{LEDGER_PROJECTION, LEDGER_UNITS, UnitDoc};

/// Units of a page at most: each is read from the log.
const PAGE_MAX: i32 = 100;
/// Units that are read from the log at once.
const READ_AHEAD: usize = 8;

/// Who governs the division may see it, and the unit itself.
pub(super) fn sees(call: &Call, division: &str, unit: &UnitId) -> Result<(), Failure> {
    if call.principal.unit.as_ref() == Some(unit) {
        return Ok(());
    }
    let name = unit_name(unit);
    match DivisionCode::parse(division) {
        Ok(division) => call.sees(&division, &name),
        Err(_) => Err(Failure::not_found(name)),
    }
}

/// The view at a position, with policy as it was published by then.
pub(super) async fn opened(
    call: &Call,
    min_position: u64,
) -> Result<(View, std::sync::Arc<Shelf>), Failure> {
    let view = call.realm.view(LEDGER_PROJECTION, min_position, call.deadline).await?;
    let position = Position(min_position);
    let shelf = call.realm.policies.shelf_at(position, call.deadline).await?;
    Ok((view, shelf))
}

/// The document of a unit that stands in the ledger and that the caller may see.
pub(super) async fn listed(call: &Call, view: &View, unit: &UnitId) -> Result<UnitDoc, Failure> {
    let doc = view.get(LEDGER_UNITS, unit.as_str()).await.map_err(read_failure)?;
    let missing = || Failure::not_found(unit_name(unit));
    let doc: UnitDoc = doc.ok_or_else(missing)?.parse().map_err(Failure::internal)?;
    sees(call, &doc.division, unit)?;
    match doc.listed {
        true => Ok(doc),
        false => Err(missing()),
    }
}

pub(super) async fn get(
    call: &Call,
    request: wire::GetLedgerUnitRequest,
) -> Result<wire::GetLedgerUnitResponse, Failure> {
    let unit = named("unit", &request.unit)?;
    let on = day("as_of", request.as_of.as_ref())?.unwrap_or_else(|| call.realm.today());
    let horizon = Horizon::of(request.known_at.as_ref())?;
    let (view, shelf) = opened(call, request.min_position).await?;
    let position = view.position().map_err(read_failure)?;
    let doc = listed(call, &view, &unit).await?;
    let entry = Entry::read(call, &shelf, &unit, &doc, Known { on, horizon }).await?;
    if entry.history.is_none() && entry.cases.is_empty() {
        return Err(Failure::not_found(&request.unit));
    }
    Ok(wire::GetLedgerUnitResponse { unit: Some(entry.message(on)), position: position.0 })
}

/// What a caller may list: its jurisdiction's units that stand in the ledger.
pub(super) fn within(call: &Call) -> Filter {
    Filter::equal("listed", true).and(jurisdiction(call))
}

pub(super) async fn list_units(
    call: &Call,
    mut request: wire::ListLedgerUnitsRequest,
) -> Result<wire::ListLedgerUnitsResponse, Failure> {
    request.page_size = match request.page_size {
        0 => 0,
        size => size.min(PAGE_MAX),
    };
    let (view, shelf) = opened(call, request.min_position).await?;
    let position = view.position().map_err(read_failure)?;
    let page = list(call, &view, LEDGER_UNITS, &request, within(call), "division").await?;
    let on = call.realm.today();
    let shelf = &shelf;
    let read = futures::stream::iter(page.docs).map(|doc: Doc| async move {
        let unit = named("unit", &format!("units/{}", doc.id))?;
        let held: UnitDoc = doc.parse().map_err(Failure::internal)?;
        let known = Known { on, horizon: Horizon::Now };
        let entry = Entry::read(call, shelf, &unit, &held, known).await?;
        Ok::<_, Failure>(wire::LedgerUnit { division: held.division, ..entry.message(on) })
    });
    let units = read.buffered(READ_AHEAD).try_collect().await?;
    Ok(wire::ListLedgerUnitsResponse {
        units,
        position: position.0,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}

pub(super) async fn lineage(
    call: &Call,
    request: wire::GetLineageRequest,
) -> Result<wire::GetLineageResponse, Failure> {
    let unit = named("unit", &request.unit)?;
    let (view, _) = opened(call, request.min_position).await?;
    let position = view.position().map_err(read_failure)?;
    let doc = view.get(LEDGER_UNITS, unit.as_str()).await.map_err(read_failure)?;
    let doc = doc.ok_or_else(|| Failure::not_found(&request.unit))?;
    let doc: UnitDoc = doc.parse().map_err(Failure::internal)?;
    sees(call, &doc.division, &unit)?;
    let (nodes, edges) = ledger::lineage(call, &unit).await?;
    Ok(wire::GetLineageResponse { nodes, edges, position: position.0 })
}
