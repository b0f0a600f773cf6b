//! Everything that is wrong with a file, before anything of it is committed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use quanheng_eventlog::Log;
use quanheng_policy::UnitId;
use quanheng_projection::{Filter, Op, Query};
use quanheng_register::unit::Unit;
use quanheng_runtime::reading::{jurisdiction, read_failure};
use quanheng_runtime::{Call, Failure};
use quanheng_sheets::{Bounds, CellError, Import, Severity};

use super::kind::{Ground, Halt, Items, Kind, More, RowFault, Sight, UnitNames};
use super::look::look;
use super::names::Names;
use super::report::{Report, marked_copy};
use crate::unit::{UNITS, UNITS_PROJECTION};

/// How often further streams are read before it is given up: no hierarchy is deeper.
pub(super) const TRIES_MAX: usize = 64;

/// A file that was validated.
pub(super) struct Checked<K: Kind> {
    pub(super) report: Report,
    /// The copy with the errors marked, where there are any.
    pub(super) marked: Option<Vec<u8>>,
    /// How many rows the file has.
    pub(super) rows: u64,
    pub(super) items: Items<K>,
}

/// Validates a file whole.
///
/// # Errors
/// [`Failure`] when it cannot be found out what is wrong.
pub(super) async fn check<K: Kind>(
    call: &Call,
    bytes: Vec<u8>,
    bounds: Bounds,
    ground: &Arc<Ground>,
) -> Result<Checked<K>, Failure> {
    let shelf = call.realm.policies.shelf();
    let names = Names::of(&shelf.policy(&ground.jurisdiction, ground.today));
    let read = blocking(move || K::read(&bytes, &bounds, &names)).await?;
    let import = match read {
        Ok(import) => import,
        Err(error) => {
            let items = Items { items: Vec::new(), secrets: Vec::new(), problems: Vec::new() };
            let report = Report::unreadable(&error);
            return Ok(Checked { report, marked: None, rows: 0, items });
        }
    };
    let known = named_units(call, K::unit_names(&import)).await?;
    let (on, keys) = (Arc::clone(ground), call.realm.keys.clone());
    let (import, mut items) = blocking(move || {
        let mut items = K::items(&import, &on, &known);
        for (item, secret) in items.items.iter_mut().zip(&items.secrets) {
            K::digest(item, secret, &|kind, value| keys.index(kind, value));
        }
        (import, items)
    })
    .await?;
    let faults = trial::<K>(call, &mut items, ground).await?;
    let faults = faults.into_iter().map(|fault| (fault.row, fault.problem));
    let problems: Vec<_> = std::mem::take(&mut items.problems).into_iter().chain(faults).collect();
    blocking(move || {
        told(import, problems).map(|(report, marked, rows)| Checked { report, marked, rows, items })
    })
    .await?
}

/// What is told of a file: its own findings, and what was found since.
fn told<R>(
    import: Import<R>,
    problems: Vec<(u32, quanheng_sheets::Problem)>,
) -> Result<(Report, Option<Vec<u8>>, u64), Failure> {
    let table = import.table;
    let numbers: HashMap<u32, usize> =
        table.rows.iter().enumerate().map(|(at, row)| (row.number, at)).collect();
    let more: Vec<CellError> = problems
        .into_iter()
        .filter_map(|(number, problem)| {
            let row = table.rows.get(*numbers.get(&number)?)?;
            Some(table.layout.finding(row, problem))
        })
        .collect();
    let is_error = |finding: &&CellError| finding.severity == Severity::Error;
    let errors = table.findings.errors() + more.iter().filter(is_error).count() as u64;
    let mut findings: Vec<CellError> = table.findings.list().to_vec();
    findings.extend(more);
    findings.sort_by_key(|finding| finding.row);
    let mut report = Report::of(&findings, table.findings.left_off(), errors);
    if table.rows.is_empty() {
        report = Report {
            errors: vec![quanheng_api::quanheng::common::v1::SheetError {
                reason: "NO_ROWS".to_owned(),
                message: "文件中没有数据行".to_owned(),
                ..Default::default()
            }],
            total: 1,
            refused: true,
        };
    }
    let rows = table.rows.len() as u64;
    let marked = match report.refused && rows > 0 {
        true => marked_copy(&table, &findings)?,
        false => None,
    };
    Ok((report, marked, rows))
}

/// Runs what takes long on a thread for it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(Failure::internal)
}

/// Units by their names, as the register has them now: those that the caller governs and
/// that are not abolished.
async fn named_units(call: &Call, names: BTreeSet<String>) -> Result<UnitNames, Failure> {
    let mut found = UnitNames::new();
    if names.is_empty() {
        return Ok(found);
    }
    let head = call.realm.log.head().await?;
    let view = call.realm.view(UNITS_PROJECTION, head.0, call.deadline).await?;
    let collection = view.definition().collection(UNITS);
    let collection = collection.ok_or_else(|| Failure::internal("no units"))?;
    for name in names {
        let filter = jurisdiction(call).and(Filter::compare("name", Op::Equal, name.as_str()));
        let order = collection.parse_order("division").map_err(Failure::internal)?;
        let order = collection.serves(&filter, &order).map_err(Failure::internal)?;
        let query = Query { filter, order, after: None, limit: NAMESAKES_MAX };
        let page = view.list(UNITS, &query).await.map_err(read_failure)?;
        let mut units = Vec::new();
        for doc in page.docs {
            let named: Named = doc.parse().map_err(Failure::internal)?;
            let id = doc.id.strip_prefix("units/").unwrap_or(&doc.id);
            if !named.status.ends_with("ABOLISHED") {
                units.push(UnitId::new(id).map_err(Failure::internal)?);
            }
        }
        found.insert(name, units);
    }
    Ok(found)
}

/// Units of one name that are looked at; more than one that stands is too many already.
const NAMESAKES_MAX: usize = 32;

/// What of a unit's document is of interest here.
#[derive(serde::Deserialize)]
struct Named {
    status: String,
}

/// What the very decisions would say that will be taken, over what the register holds now
/// and what earlier rows would make of it. Nothing is decided.
async fn trial<K: Kind>(
    call: &Call,
    items: &mut Items<K>,
    ground: &Arc<Ground>,
) -> Result<Vec<RowFault>, Failure> {
    let all = Arc::new(std::mem::take(&mut items.items));
    let mut made: Arc<BTreeMap<UnitId, Unit>> = Arc::default();
    let mut faults = Vec::new();
    let mut from = 0;
    while from < all.len() {
        let to = all.len().min(from + K::CHUNK);
        let (found, units) = trial_of::<K>(&call.realm.log, &all, from..to, ground, &made).await?;
        faults.extend(found);
        if !units.is_empty() {
            let units = units.into_iter().map(|unit| (unit.unit.clone(), unit));
            Arc::make_mut(&mut made).extend(units);
        }
        from = to;
    }
    items.items = Arc::try_unwrap(all).unwrap_or_else(|shared| (*shared).clone());
    Ok(faults)
}

async fn trial_of<K: Kind>(
    log: &Log,
    all: &Arc<Vec<K::Item>>,
    chunk: std::ops::Range<usize>,
    ground: &Arc<Ground>,
    made: &Arc<BTreeMap<UnitId, Unit>>,
) -> Result<(Vec<RowFault>, Vec<Unit>), Failure> {
    let mut more = More::default();
    for _ in 0..TRIES_MAX {
        let reads = K::reads(&all[chunk.clone()], &more);
        let (items, chunk) = (Arc::clone(all), chunk.clone());
        let (ground, made, seen) = (Arc::clone(ground), Arc::clone(made), more.clone());
        let decided = look(log, reads, move |desk| {
            let sight = Sight::new(desk, &ground, &made, &seen);
            K::decide(&items[chunk.clone()], &sight).map(|done| (done.faults, done.units))
        });
        match decided.await? {
            Ok(done) => return Ok(done),
            Err(Halt::Failure(failure)) => return Err(failure),
            Err(Halt::More(needed)) => {
                if !more.add(needed) {
                    break;
                }
            }
        }
    }
    Err(Failure::lost_race("units"))
}
