//! Where a unit came from and what it became (沿革图): over all units that are joined so.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::UnitId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_register::unit::ChangeKind;
use quanheng_runtime::reading::Horizon;
use quanheng_runtime::wire::units::change_kind_message;
use quanheng_runtime::{Call, Failure};

use super::group::{heirs, history};
use super::history::History;
use crate::message::shared::unit_name;

/// Units of one graph at most.
const UNITS_MAX: usize = 500;

/// A step from one unit to another.
#[derive(Default)]
struct Step {
    kinds: BTreeSet<ChangeKind>,
    document: Option<DocumentNumber>,
}

/// From whom, to whom, when.
type Steps = BTreeMap<(UnitId, UnitId, Date), Step>;

/// The whole graph around a unit. A circle is no trouble: every unit is looked at once. Of units
/// outside the caller's jurisdiction, their names alone are told.
///
/// # Errors
/// `LINEAGE_UNITS_MAX`.
pub(crate) async fn lineage(
    call: &Call,
    unit: &UnitId,
) -> Result<(Vec<wire::GraphNode>, Vec<wire::GraphEdge>), Failure> {
    let today = call.realm.today();
    let (mut nodes, mut steps) = (BTreeMap::new(), Steps::new());
    let mut open = BTreeSet::from([unit.clone()]);
    while let Some(next) = open.pop_first() {
        if nodes.contains_key(&next) {
            continue;
        }
        if nodes.len() >= UNITS_MAX {
            let max = UNITS_MAX as u64;
            return Err(Failure::bound("lineage_units_max", max, max + 1));
        }
        let found = history(call, &next, Horizon::Now).await?;
        let shown = found.filter(|found| next == *unit || seen(call, found, today));
        nodes.insert(next.clone(), node(&next, shown.as_ref(), today));
        let Some(found) = shown else { continue };
        let heirs = heirs(call, &next, Horizon::Now).await?;
        for (before, after, _) in taken(&mut steps, &next, &found) {
            open.insert(if before == next { after } else { before });
        }
        open.extend(heirs.into_keys());
    }
    let edges = steps.into_iter().map(|((predecessor, successor, on), step)| wire::GraphEdge {
        predecessor: unit_name(&predecessor),
        successor: unit_name(&successor),
        on: Some(date(on)),
        kinds: step.kinds.iter().map(|kind| change_kind_message(*kind).into()).collect(),
        document_number: step.document.map(|document| document.to_string()).unwrap_or_default(),
    });
    Ok((nodes.into_values().collect(), edges.collect()))
}

fn seen(call: &Call, found: &History, today: Date) -> bool {
    let profile = found.unit.as_of(today).or_else(|| found.unit.as_of(Date::MAX));
    profile.is_some_and(|profile| call.principal.within(&profile.division))
}

/// Takes a unit's steps over; which they are.
fn taken(steps: &mut Steps, id: &UnitId, found: &History) -> Vec<(UnitId, UnitId, Date)> {
    let mut keys = Vec::new();
    let note = |version: u64| found.notes.get(&version).and_then(|note| note.document.clone());
    for line in &found.unit.lineage {
        for predecessor in line.predecessors.iter().filter(|predecessor| *predecessor != id) {
            let key = (predecessor.clone(), id.clone(), line.on);
            let step = steps.entry(key.clone()).or_default();
            step.kinds.extend(line.kinds.iter().copied());
            step.document = note(line.version).or(step.document.take());
            keys.push(key);
        }
    }
    if let Some(end) = found.unit.timeline.end() {
        for successor in end.what.successors.iter().filter(|successor| *successor != id) {
            let key = (id.clone(), successor.clone(), end.on);
            let step = steps.entry(key.clone()).or_default();
            step.kinds.insert(end.what.kind);
            step.document = step.document.take().or(note(end.version));
            keys.push(key);
        }
    }
    keys
}

fn node(id: &UnitId, found: Option<&History>, today: Date) -> wire::GraphNode {
    let Some(found) = found else {
        return wire::GraphNode { unit: unit_name(id), ..wire::GraphNode::default() };
    };
    let timeline = &found.unit.timeline;
    let profile = found.unit.as_of(today).or_else(|| found.unit.as_of(Date::MAX));
    wire::GraphNode {
        unit: unit_name(id),
        display_name: profile.as_ref().map(|profile| profile.name.clone()).unwrap_or_default(),
        from: Some(date(timeline.begun_on())),
        to: timeline.end().map(|end| date(end.on)),
        referenced: profile.is_some_and(|profile| profile.nature.is_referenced()),
    }
}
