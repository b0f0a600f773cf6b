//! Which procedure a change takes (办理方式).

use std::collections::{BTreeMap, BTreeSet};

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Position;
use quanheng_policy::UnitId;
use quanheng_recertification::{Change, Routed, route_change};
use quanheng_register::unit::Unit;
use quanheng_runtime::reading::{Horizon, required_day, state_at};
use quanheng_runtime::wire::unit as named;
use quanheng_runtime::{Call, Failure, Shelf};
use quanheng_streams as streams;

use super::ledger::sees;
use crate::ledger::{Group, history};
use crate::message::shared::{routed, unit_name};
use crate::parse;

pub(super) async fn route(
    call: &Call,
    request: wire::RouteChangeRequest,
) -> Result<wire::RouteChangeResponse, Failure> {
    let position = Position(request.min_position);
    let shelf = call.realm.policies.shelf_at(position, call.deadline).await?;
    let found = match (&request.change, request.unit.as_str()) {
        (Some(_), "") => reported(call, &shelf, &request).await?,
        (None, "") => return Err(Failure::field("change", "须写明机构变动,或单位和日期")),
        (Some(_), _) => return Err(Failure::field("unit", "机构变动与单位只能填写其一")),
        (None, _) => recorded(call, &shelf, &request).await?,
    };
    let head = call.realm.log.head().await?;
    Ok(wire::RouteChangeResponse { routed: found.iter().map(routed).collect(), position: head.0 })
}

/// Of facts that are given; what is not said of a registered unit, the register says.
async fn reported(
    call: &Call,
    shelf: &Shelf,
    request: &wire::RouteChangeRequest,
) -> Result<Vec<Routed>, Failure> {
    let asked = parse::change::change("change", request.change.as_ref())?;
    let mut units: BTreeMap<UnitId, Unit> = BTreeMap::new();
    for id in asked.units().collect::<BTreeSet<_>>() {
        let stream = streams::unit(id);
        let state = state_at::<streams::Units>(&call.realm.log, stream, Horizon::Now).await?.0;
        let Some(unit) = state else { continue };
        if let Some(profile) = unit.as_of(jiff::civil::Date::MAX) {
            sees(call, profile.division.as_str(), id)?;
        }
        units.insert(id.clone(), unit);
    }
    let known = units.iter().map(|(id, unit)| (id.clone(), unit)).collect();
    let filled = asked.filled(&known)?;
    Ok(routes(shelf, &parse::change::facts(&filled), filled.effective_on))
}

/// The routes of all units of a change, each by the policy that holds where it is.
fn routes(shelf: &Shelf, change: &Change, on: jiff::civil::Date) -> Vec<Routed> {
    let successors = change.successors.iter().map(|one| (&one.unit, &one.after));
    let mut profiles: BTreeMap<_, _> = change.predecessors.iter().collect();
    profiles.extend(successors);
    let mut found = Vec::new();
    for (unit, profile) in profiles {
        let policy = shelf.policy(&profile.division, on);
        let routes = route_change(&policy, change).into_iter();
        found.extend(routes.filter(|routed| routed.unit == *unit));
    }
    found
}

/// Of a change that the register has.
async fn recorded(
    call: &Call,
    shelf: &Shelf,
    request: &wire::RouteChangeRequest,
) -> Result<Vec<Routed>, Failure> {
    let unit = named("unit", &request.unit)?;
    let on = required_day("on", request.on.as_ref())?;
    let found = history(call, &unit, Horizon::Now).await?;
    let found = found.ok_or_else(|| Failure::not_found(unit_name(&unit)))?;
    let profile = found.unit.as_of(jiff::civil::Date::MAX);
    let profile = profile.ok_or_else(|| Failure::not_found(unit_name(&unit)))?;
    sees(call, profile.division.as_str(), &unit)?;
    let Some(day) = found.day(on) else {
        return Err(Failure::field("on", format!("当日没有登记 {} 的变动", unit_name(&unit))));
    };
    Ok(Group::read(call, &unit, day, Horizon::Now).await?.routes(shelf, on))
}
