//! Reading units.

use futures::{StreamExt as _, TryStreamExt as _};
use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1 as wire;
use quanheng_eventlog::Position;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Doc, View};
use quanheng_register::unit::{Unit, UnitStatus};
use quanheng_runtime::reading::{self, Horizon, day, jurisdiction, read_failure, state_at};
use quanheng_runtime::wire::unit as named;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;

use super::contact::{Shown, reveal};
use super::message::{self, post_warnings};
use super::view::{UNITS, UNITS_PROJECTION, UnitView};

/// Items of a page whose states are read from the log one by one.
pub(crate) const LOGGED_PAGE_MAX: i32 = 100;
/// States that are read from the log at once.
const LOGGED_AT_ONCE: usize = 8;

/// A unit's document that the caller may see, with the position of the answer.
pub(crate) async fn visible(
    call: &Call,
    view: &View,
    name: &str,
) -> Result<(UnitView, Position), Failure> {
    let position = view.position().map_err(read_failure)?;
    let doc = view.get(UNITS, name).await.map_err(read_failure)?;
    let doc = doc.ok_or_else(|| Failure::not_found(name))?;
    let unit: UnitView = doc.parse().map_err(Failure::internal)?;
    let today = call.realm.today();
    let now = unit.state.as_ref().and_then(|state| state.as_of(today));
    // Whoever governs where it is or where it will be sees it.
    if !now.is_some_and(|profile| call.principal.within(&profile.division)) {
        let division = DivisionCode::parse(&unit.division);
        call.sees(&division.map_err(|error| Failure::internal(error.message))?, name)?;
    }
    Ok((unit, position.max(doc.position)))
}

/// A unit's document, whoever asks; none if there is none.
pub(crate) async fn unit_view(view: &View, id: &UnitId) -> Result<Option<UnitView>, Failure> {
    let doc = view.get(UNITS, &message::name(id)).await.map_err(read_failure)?;
    doc.map(|doc| doc.parse().map_err(Failure::internal)).transpose()
}

/// The whole of a unit: from its document, or from the log where that is too long or the
/// question goes back to what was known once.
pub(crate) async fn known(
    call: &Call,
    id: &UnitId,
    held: Option<Unit>,
    horizon: Horizon,
) -> Result<Option<Unit>, Failure> {
    if let (Horizon::Now, Some(unit)) = (horizon, held) {
        return Ok(Some(unit));
    }
    let state = state_at::<streams::Units>(&call.realm.log, streams::unit(id), horizon);
    Ok(state.await?.0)
}

pub(crate) async fn get(
    call: &Call,
    request: wire::GetUnitRequest,
) -> Result<wire::GetUnitResponse, Failure> {
    let id = named("name", &request.name)?;
    let as_of = day("as_of", request.as_of.as_ref())?;
    let horizon = Horizon::of(request.known_at.as_ref())?;
    let view = call.realm.view(UNITS_PROJECTION, request.min_position, call.deadline).await?;
    let (mut found, position) = visible(call, &view, &request.name).await?;
    let state = known(call, &id, found.state.take(), horizon).await?;
    let state = state.ok_or_else(|| Failure::not_found(&request.name))?;
    let mut units = [told(call, &state, &found, as_of, horizon)];
    reveal(call, &mut units, Shown::Alone).await?;
    let [unit] = units;
    Ok(wire::GetUnitResponse { unit: Some(unit), position: position.0 })
}

/// A unit as an answer tells it.
fn told(
    call: &Call,
    state: &Unit,
    found: &UnitView,
    as_of: Option<Date>,
    horizon: Horizon,
) -> wire::Unit {
    let on = as_of.unwrap_or_else(|| call.realm.today());
    let mut unit = message::unit(state, on);
    if horizon == Horizon::Now {
        unit.registered_headcount = found.registered_headcount;
    }
    // Posts are counted as they are recorded last: of another day nothing is said.
    if let (Horizon::Now, None, Some(profile)) = (horizon, as_of, state.as_of(on)) {
        let posts: Vec<_> = found.posts.values().filter(|post| post.active).collect();
        let posts: Vec<_> = posts.into_iter().map(super::view::PostSeats::profile).collect();
        unit.warnings.extend(post_warnings(&profile, &posts));
    }
    unit
}

pub(crate) async fn list(
    call: &Call,
    mut request: wire::ListUnitsRequest,
) -> Result<wire::ListUnitsResponse, Failure> {
    let as_of = day("as_of", request.as_of.as_ref())?;
    let horizon = Horizon::of(request.known_at.as_ref())?;
    if horizon != Horizon::Now {
        request.page_size = request.page_size.min(LOGGED_PAGE_MAX);
    }
    let view = call.realm.view(UNITS_PROJECTION, request.min_position, call.deadline).await?;
    let position = view.position().map_err(read_failure)?;
    let page = reading::list(call, &view, UNITS, &request, jurisdiction(call), "division").await?;
    let found = futures::stream::iter(page.docs);
    let found = found.map(|doc| item(call, doc, as_of, horizon)).buffered(LOGGED_AT_ONCE);
    let found: Vec<Option<wire::Unit>> = found.try_collect().await?;
    let whole = found.iter().all(Option::is_some);
    let mut units: Vec<_> = found.into_iter().flatten().collect();
    reveal(call, &mut units, Shown::Listed).await?;
    let total_size = page.total.filter(|_| whole).unwrap_or(units.len() as u64);
    Ok(wire::ListUnitsResponse {
        total_size: if page.next.is_empty() { total_size } else { 0 },
        units,
        position: position.0,
        next_page_token: page.next,
    })
}

/// One of a list; none where it did not exist, or was not known.
async fn item(
    call: &Call,
    doc: Doc,
    as_of: Option<Date>,
    horizon: Horizon,
) -> Result<Option<wire::Unit>, Failure> {
    let mut found: UnitView = doc.parse().map_err(Failure::internal)?;
    let id = named("name", &doc.id)?;
    let Some(state) = known(call, &id, found.state.take(), horizon).await? else {
        return Ok(None);
    };
    if as_of.is_some_and(|on| state.status(on) == UnitStatus::NotYet) {
        return Ok(None);
    }
    Ok(Some(told(call, &state, &found, as_of, horizon)))
}
