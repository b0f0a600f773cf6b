//! Of accounts of seats: who holds them, and whether there are enough.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_ledger::account::{Account, Holder, Origin, Owner};
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::detect::{
    AccountFacts, Detector, Issue, SeatFacts, detect_account, detect_seat,
};
use quanheng_register::unit::UnitProfile;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::account_id;

use super::{Found, Wanted};
use crate::message::shared::unit_name;

/// Detectors that are asked of accounts.
pub(crate) const OF_ACCOUNTS: [Detector; 4] =
    [Detector::ParentOccupies, Detector::UpwardUse, Detector::OverQuota, Detector::UseNotReviewed];

/// What they find about an account, by its id.
pub(crate) async fn account(
    call: &Call,
    id: &str,
    division: &str,
    wanted: Wanted,
) -> Result<Vec<Found>, Failure> {
    let Some(key) = streams::account(id) else { return Ok(Vec::new()) };
    let on = call.realm.today();
    let stream = streams::account_stream(&key);
    let state = state_at::<streams::Accounts>(&call.realm.log, stream, Horizon::Now).await?.0;
    let Some(account) = state else { return Ok(Vec::new()) };
    let charged = charged(call, &account, on).await?;
    let mut issues: Vec<Issue> = Vec::new();
    if wanted.any(&[Detector::OverQuota]) {
        issues.extend(sets(&account));
    }
    for (person, holder) in account.holders() {
        let Some(facts) = seat(&account, person, holder, &charged) else { continue };
        issues.extend(detect_seat(&facts, on));
    }
    let unit = charged.unit.as_ref().map(unit_name).unwrap_or_default();
    let issues = issues.into_iter().filter(|issue| wanted.any(&[issue.detector]));
    let found = issues.map(|issue| {
        let (unit, division) = (unit.clone(), division.to_owned());
        Found { issue, unit, division }
    });
    Ok(found.collect())
}

/// Whose seats they are: a unit's; of a pool, those of its members.
struct Charged {
    unit: Option<UnitId>,
    profiles: BTreeMap<UnitId, UnitProfile>,
}

async fn charged(call: &Call, account: &Account, on: Date) -> Result<Charged, Failure> {
    let (unit, members) = match account.owner() {
        Owner::Unit { unit, .. } => (Some(unit.clone()), vec![unit.clone()]),
        Owner::Pool { members, .. } => {
            (None, members.iter().map(|member| member.unit.clone()).collect())
        }
    };
    let mut profiles = BTreeMap::new();
    for unit in members {
        let stream = streams::unit(&unit);
        let state = state_at::<streams::Units>(&call.realm.log, stream, Horizon::Now).await?.0;
        profiles.extend(state.and_then(|state| state.as_of(on)).map(|profile| (unit, profile)));
    }
    Ok(Charged { unit, profiles })
}

/// The facts of a seat that is charged; none of one that takes no seat.
fn seat(
    account: &Account,
    person: &PersonId,
    holder: &Holder,
    charged: &Charged,
) -> Option<SeatFacts> {
    if !account.sets().iter().any(|set| holder.charges(set)) {
        return None;
    }
    let unit = charged.unit.clone().unwrap_or_else(|| holder.unit.clone());
    let profile = charged.profiles.get(&unit);
    let unfiled = account.unfiled_holds().flat_map(|(_, hold)| hold.unfiled());
    let due = unfiled.filter(|used| used.person == *person).filter_map(|used| used.filing_due_on);
    Some(SeatFacts {
        person: person.clone(),
        establishment: holder.unit.clone(),
        establishment_tier: holder.tier,
        charged_tier: account.owner().tier(),
        charged_is_referenced: profile.is_some_and(|profile| profile.nature.is_referenced()),
        charged_parent: profile.and_then(|profile| profile.parent.clone()),
        charged: unit,
        pre_reviewed: match &holder.origin {
            Origin::Hold(hold) => account.hold(hold).is_some(),
            // Brought in at cut-over, or lowered: nobody had to review that.
            Origin::Opening | Origin::Lowered => true,
            Origin::Placed => false,
        },
        filing_due_on: due.min(),
    })
}

/// Sets with more charged than there is.
fn sets(account: &Account) -> impl Iterator<Item = Issue> {
    account.sets().iter().filter_map(|set| {
        let quantities = account.quantities(&set.set).unwrap_or_default();
        let steps = account.plan().map(|plan| plan.steps.as_slice()).unwrap_or_default();
        let planned = steps.iter().filter(|step| step.set == set.set).map(|step| step.seats);
        detect_account(&AccountFacts {
            account: format!("quotaAccounts/{}({})", account_id(&account.key()), set.name),
            vacancy: quantities.vacancy(),
            planned_digestion: planned.sum(),
        })
    })
}
