//! A change over several units as the register has it: everything that one day did to a unit
//! and to those that it came from or went into, and the route of each.

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt as _;
use jiff::civil::Date;
use quanheng_eventlog::{EventType, Filter, Position, Tag};
use quanheng_policy::UnitId;
use quanheng_recertification::{Change, Routed, route_change};
use quanheng_register::unit::{ChangeKind, Event, UnitProfile};
use quanheng_runtime::reading::Horizon;
use quanheng_runtime::{Call, Failure, Shelf};
use quanheng_streams as streams;

use super::history::{Day, History, decisive};

/// Units of one change at most: the register records no larger one.
const UNITS_MAX: usize = 400;
/// Records of a page when the log is searched.
const PAGE: usize = 512;

/// What the register recorded of a unit up to a horizon; none if it was not known.
pub(crate) async fn history(
    call: &Call,
    unit: &UnitId,
    horizon: Horizon,
) -> Result<Option<History>, Failure> {
    use quanheng_eventlog::{Direction, Version};
    let records = call.realm.log.read_stream(streams::unit(unit), Version(1), Direction::Forward);
    let mut records = std::pin::pin!(records);
    let mut found = None;
    while let Some(record) = records.try_next().await? {
        if !horizon.admits(record.position, record.time) {
            break;
        }
        let event = streams::read::<streams::Units>(&record).map_err(Failure::internal)?;
        History::take(&mut found, &event, record.position, record.time);
    }
    Ok(found)
}

/// The units that took something of a unit up, and since when: their events bear its tag.
pub(crate) async fn heirs(
    call: &Call,
    unit: &UnitId,
    horizon: Horizon,
) -> Result<BTreeMap<UnitId, Date>, Failure> {
    let tag = Tag::new(streams::unit(unit).as_str()).map_err(Failure::internal)?;
    let mut filter = Filter::all().and_tag(tag);
    for name in ["unit_registered", "unit_updated"] {
        let event_type = EventType::new(format!("quanheng.registry.{name}.v1"));
        filter = filter.or_type(event_type.map_err(Failure::internal)?);
    }
    let pages = call.realm.log.read(Position::START, filter, PAGE);
    let mut pages = std::pin::pin!(pages);
    let mut found = BTreeMap::new();
    while let Some(page) = pages.try_next().await? {
        for record in &page.records {
            if !horizon.admits(record.position, record.time) {
                continue;
            }
            let event = streams::read::<streams::Units>(record).map_err(Failure::internal)?;
            let (Event::UnitRegistered { predecessors, basis, .. }
            | Event::UnitUpdated { predecessors, basis, .. }) = &*event
            else {
                continue;
            };
            let heir = record.stream.as_str().strip_prefix("units/");
            let heir = heir.and_then(|id| UnitId::new(id).ok());
            if let Some(heir) = heir.filter(|heir| predecessors.contains(unit) && heir != unit) {
                found.entry(heir).or_insert(basis.effective_on);
            }
        }
    }
    Ok(found)
}

/// What one day did to units that belong together.
pub(crate) struct Group {
    days: BTreeMap<UnitId, Day>,
    /// Units that something was taken from, and that did not change themselves that day.
    givers: BTreeMap<UnitId, UnitProfile>,
}

impl Group {
    /// Reads everything that belongs to what a day did to a unit.
    pub(crate) async fn read(
        call: &Call,
        unit: &UnitId,
        first: Day,
        horizon: Horizon,
    ) -> Result<Self, Failure> {
        let on = first.on;
        let (mut days, mut givers) = (BTreeMap::new(), BTreeMap::new());
        let mut open = beside(call, unit, &first, horizon).await?;
        days.insert(unit.clone(), first);
        while let Some(next) = open.pop_first() {
            if days.contains_key(&next) {
                continue;
            }
            if days.len() >= UNITS_MAX {
                let max = UNITS_MAX as u64;
                return Err(Failure::bound("units_of_change_max", max, max + 1));
            }
            let found = history(call, &next, horizon).await?;
            let Some(day) = found.as_ref().and_then(|found| found.day(on)) else {
                let takes = |held: &Day| held.predecessors.contains(&next);
                let profile = found.and_then(|found| found.unit.as_of(on));
                if let Some(profile) = profile.filter(|_| days.values().any(takes)) {
                    givers.insert(next, profile);
                }
                continue;
            };
            // What changed on the same day for another reason does not belong here.
            let linked = days.iter().any(|(known, held): (&UnitId, &Day)| {
                let names = |day: &Day, unit| {
                    day.predecessors.contains(unit) || day.successors.contains(unit)
                };
                names(held, &next) || names(&day, known)
            });
            if !linked {
                continue;
            }
            open.extend(beside(call, &next, &day, horizon).await?);
            days.insert(next, day);
        }
        Ok(Self { days, givers })
    }

    /// As the rules know a change.
    fn change(&self) -> Change {
        let kinds: BTreeSet<ChangeKind> =
            self.days.values().flat_map(|day| &day.kinds).copied().collect();
        let mut documents = Vec::new();
        for document in self.days.values().flat_map(|day| &day.documents) {
            if !documents.contains(document) {
                documents.push(document.clone());
            }
        }
        let before = self
            .days
            .iter()
            .filter_map(|(unit, day)| day.before.clone().map(|before| (unit.clone(), before)));
        let givers = self.givers.iter().map(|(unit, profile)| (unit.clone(), profile.clone()));
        Change {
            kind: decisive(&kinds),
            predecessors: before.chain(givers).collect(),
            successors: self.days.iter().filter_map(|(unit, day)| day.goes_on(unit)).collect(),
            documents,
        }
    }

    /// The route of each unit that it concerns, by the policy that holds where the unit is on
    /// that day.
    pub(crate) fn routes(&self, shelf: &Shelf, on: Date) -> Vec<Routed> {
        let change = self.change();
        let mut found = Vec::new();
        for (unit, day) in &self.days {
            let profile = day.after.as_ref().or(day.before.as_ref());
            let Some(profile) = profile else { continue };
            let policy = shelf.policy(&profile.division, on);
            let routes = route_change(&policy, &change);
            found.extend(routes.into_iter().filter(|routed| routed.unit == *unit));
        }
        found
    }
}

/// The units that stand beside one in what a day did to it.
async fn beside(
    call: &Call,
    unit: &UnitId,
    day: &Day,
    horizon: Horizon,
) -> Result<BTreeSet<UnitId>, Failure> {
    let mut found: BTreeSet<UnitId> = day.predecessors.clone();
    found.extend(day.successors.iter().cloned());
    // Whom a unit gave something up to stands in their entries alone.
    let gives = day.after.is_none() || day.kinds.contains(&ChangeKind::Split);
    if gives {
        found.extend(heirs(call, unit, horizon).await?.into_keys());
    }
    Ok(found)
}
