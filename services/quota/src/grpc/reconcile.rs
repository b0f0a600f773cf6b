//! Reconciliation (核对): ledger against registry, and the violations that are found.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::Date;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_eventlog::{EventType, Filter, Position, Tag};
use quanheng_ledger::account::{Account, Holder};
use quanheng_ledger::finding::{Finding, findings};
use quanheng_ledger::id::OwnerId;
use quanheng_policy::{CategoryId, PersonId, UnitId};
use quanheng_register::person::{Person, ServiceStatus};
use quanheng_register::unit::Unit;
use quanheng_runtime::reading::{Horizon, day, state_at};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::account_stream;

use crate::parse;
use quanheng_casework::pool_division;

/// Persons that are read at the same time.
const READ_AHEAD: usize = 16;
/// Persons of one account at most.
const PERSONS_MAX: usize = 20_000;

pub(super) async fn reconcile(
    call: &Call,
    request: wire::ReconcileAccountRequest,
) -> Result<wire::ReconcileAccountResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let on = day("as_of", request.as_of.as_ref())?.unwrap_or_else(|| call.realm.today());
    let log = &call.realm.log;
    let state = state_at::<streams::Accounts>(log, account_stream(&key), Horizon::Now).await?.0;
    let account = state.ok_or_else(|| Failure::not_found(&request.account))?;
    let units = units_of(&account);
    let first = units.iter().next().ok_or_else(|| Failure::internal("an account of nobody"))?;
    let unit = state_at::<streams::Units>(log, streams::unit(first), Horizon::Now).await?.0;
    let profile = unit.as_ref().and_then(|unit: &Unit| unit.as_of(Date::MAX));
    let profile = profile.ok_or_else(|| Failure::not_found(format!("units/{first}")))?;
    let division = match &key.owner {
        OwnerId::Unit(_) => profile.division,
        OwnerId::Pool(_) => pool_division(&profile.division, account.owner().tier())?,
    };
    call.sees(&division, &request.account)?;

    let registered = registered_in(call, &units).await?;
    let mut persons: BTreeSet<PersonId> = account.holders().keys().cloned().collect();
    persons.extend(registered);
    if persons.len() > PERSONS_MAX {
        let (max, actual) = (PERSONS_MAX as u64, persons.len() as u64);
        return Err(Failure::bound("reconciled_persons_max", max, actual));
    }
    let known = load(call, &persons).await?;
    let mut found: Vec<wire::Finding> = findings(&account, on).iter().map(violation).collect();
    found.extend(unreviewed(&account));
    let mut registered_checked = 0;
    for id in &persons {
        let holder = account.holders().get(id);
        let person = known.get(id);
        registered_checked += u64::from(person.is_some());
        found.extend(compare(id, holder, person, &units, &key.category, &account, on));
    }
    Ok(wire::ReconcileAccountResponse {
        findings: found,
        holders_checked: account.holders_count(),
        registered_checked,
        position: log.head().await?.0,
    })
}

fn units_of(account: &Account) -> BTreeSet<UnitId> {
    match account.owner().id() {
        OwnerId::Unit(unit) => BTreeSet::from([unit]),
        OwnerId::Pool(_) => super::pools::members_of(account).into_iter().collect(),
    }
}

/// Everybody whose establishment slot was ever in one of the units.
async fn registered_in(
    call: &Call,
    units: &BTreeSet<UnitId>,
) -> Result<BTreeSet<PersonId>, Failure> {
    let mut persons = BTreeSet::new();
    for unit in units {
        let tag = Tag::new(streams::unit(unit).as_str()).map_err(Failure::internal)?;
        let mut filter = Filter::all().and_tag(tag);
        for name in ["person_registered", "slot_moved", "person_rejoined"] {
            let event_type = EventType::new(format!("quanheng.registry.{name}.v1"));
            filter = filter.or_type(event_type.map_err(Failure::internal)?);
        }
        let pages = call.realm.log.read(Position::START, filter, 512);
        let mut pages = std::pin::pin!(pages);
        while let Some(page) = pages.try_next().await? {
            let ids = page.records.iter().filter_map(|record| {
                PersonId::new(record.stream.as_str().strip_prefix("persons/")?).ok()
            });
            persons.extend(ids);
        }
    }
    Ok(persons)
}

async fn load(
    call: &Call,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, Person>, Failure> {
    let states = stream::iter(persons.iter().cloned()).map(|id| async move {
        let log = &call.realm.log;
        let stream = streams::person(&id);
        let state = state_at::<streams::Persons>(log, stream, Horizon::Now).await?.0;
        Ok::<_, Failure>(state.map(|person| (id, person)))
    });
    let states: Vec<_> = states.buffer_unordered(READ_AHEAD).try_collect().await?;
    Ok(states.into_iter().flatten().collect())
}

/// What differs about one person.
fn compare(
    id: &PersonId,
    holder: Option<&Holder>,
    person: Option<&Person>,
    units: &BTreeSet<UnitId>,
    category: &CategoryId,
    account: &Account,
    on: Date,
) -> Option<wire::Finding> {
    let finding = |code: &str, message: String, ledger: String, registry: String| wire::Finding {
        code: code.to_owned(),
        message,
        person: format!("persons/{id}"),
        set: String::new(),
        in_ledger: ledger,
        in_registry: registry,
    };
    let seen = person.map(|person| person.as_of(on));
    let registered = seen.as_ref().and_then(|seen| seen.rank(category)).map(|rank| &rank.rank);
    let in_service = seen.as_ref().is_some_and(|seen| seen.status == ServiceStatus::InService);
    let unit = seen.as_ref().and_then(quanheng_register::person::PersonOn::unit);
    match (holder, person) {
        (Some(holder), None) => {
            let message = "台账有任职,人员登记中没有此人".to_owned();
            Some(finding("NOT_IN_REGISTRY", message, holder.rank.to_string(), String::new()))
        }
        (Some(holder), Some(_)) if !in_service => {
            let message = "人员已不在职,台账仍占用职数".to_owned();
            Some(finding("LEFT_SERVICE", message, holder.rank.to_string(), String::new()))
        }
        (Some(holder), Some(_)) if unit.is_some_and(|unit| *unit != holder.unit) => {
            let message = "编制所在单位与台账不符".to_owned();
            let registry = unit.map(|unit| format!("units/{unit}")).unwrap_or_default();
            Some(finding("UNIT_DIFFERS", message, format!("units/{}", holder.unit), registry))
        }
        (Some(holder), Some(_)) if registered != Some(&holder.rank) => {
            let message = "登记的职级与台账不符".to_owned();
            let registry = registered.map(ToString::to_string).unwrap_or_default();
            Some(finding("RANK_DIFFERS", message, holder.rank.to_string(), registry))
        }
        (None, Some(_)) => {
            let here = in_service && unit.is_some_and(|unit| units.contains(unit));
            let rank = registered.filter(|rank| here && account.admits(rank))?;
            let message = "登记有职级,台账没有任职".to_owned();
            Some(finding("NOT_IN_LEDGER", message, String::new(), rank.to_string()))
        }
        _ => None,
    }
}

fn violation(found: &Finding) -> wire::Finding {
    let empty = wire::Finding { code: found.code().to_owned(), ..wire::Finding::default() };
    match found {
        Finding::ParentOccupies { person, unit } => wire::Finding {
            message: format!("units/{unit} 占用所属参照管理单位职级职数"),
            person: format!("persons/{person}"),
            ..empty
        },
        Finding::UpwardUse { person, unit } => wire::Finding {
            message: format!("units/{unit} 占用下级职数"),
            person: format!("persons/{person}"),
            ..empty
        },
        Finding::CeilingExceeded { set, earned, used, .. } => wire::Finding {
            message: format!("池内使用 {used} 个,自身应得 {earned} 个"),
            set: set.to_string(),
            ..empty
        },
        Finding::OverQuota { set, over } => wire::Finding {
            message: format!("超职数 {over} 个,且无消化计划"),
            set: set.to_string(),
            ..empty
        },
        Finding::FilingOverdue { hold, due_on } => wire::Finding {
            message: format!("预审 {hold} 的使用应于 {due_on} 前备案,逾期未备案"),
            ..empty
        },
    }
}

/// V-QT-4: a seat that is charged though no pre-review, opening balance or lowering says
/// why. The ledger itself lets none in; this looks all the same.
fn unreviewed(account: &Account) -> Vec<wire::Finding> {
    use quanheng_ledger::account::Origin;
    let charged = account.holders().iter().filter(|(_, holder)| {
        let capped = account.sets().iter().any(|set| holder.charges(set));
        let unknown = match &holder.origin {
            Origin::Hold(hold) => account.hold(hold).is_none(),
            Origin::Placed => true,
            Origin::Opening | Origin::Lowered => false,
        };
        capped && unknown
    });
    let found = charged.map(|(person, holder)| wire::Finding {
        code: "V-QT-4".to_owned(),
        message: "占用职数未经预审".to_owned(),
        person: format!("persons/{person}"),
        in_ledger: holder.rank.to_string(),
        ..wire::Finding::default()
    });
    found.collect()
}
