//! Simulation (模拟): what would be, and what would be refused. The real rules over a copy
//! of the account; nothing changes.

use jiff::civil::Date;
use quanheng_api::quanheng::common::v1 as common;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_eventlog::Position;
use quanheng_ledger::account::{Account, Owner};
use quanheng_ledger::command::{Applicant, Command, Determine, Facts};
use quanheng_ledger::entitlement::explain;
use quanheng_ledger::event::{Basis, VacateReason};
use quanheng_ledger::id::{CaseId, HoldId, OwnerId};
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_register::unit::{Unit, UnitProfile};
use quanheng_runtime::reading::{Horizon, day, state_at};
use quanheng_runtime::wire::unit;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::account_stream;

use super::accounts::policy_failure;
use crate::{message, parse};
use quanheng_casework as casework;

/// The document that a simulation rests on: none.
fn no_document(on: Date) -> Result<Basis, Failure> {
    let document = DocumentNumber::parse(&format!("模拟〔{}〕1号", on.year()));
    Ok(Basis { document: document.map_err(Failure::internal)?, effective_on: on })
}

/// How many units are read on the way up before it is given up: no hierarchy is deeper.
const PARENTS_MAX: usize = 32;

pub(super) async fn simulate(
    call: &Call,
    request: wire::SimulateUseRequest,
) -> Result<wire::SimulateUseResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let on = day("on", request.on.as_ref())?.unwrap_or_else(|| call.realm.today());
    let moves = parse::moves(&request.moves)?;
    let leaving = parse::persons("leaving", &request.leaving)?;
    let log = &call.realm.log;
    let stream = account_stream(&key);
    let (found, version, _) = state_at::<streams::Accounts>(log, stream, Horizon::Now).await?;
    let account = found.ok_or_else(|| Failure::not_found(&request.account))?;
    let (division, applicant) = place(call, &account, &request.unit, on).await?;
    call.sees(&division, &request.account)?;
    let at = Position(request.min_position);
    let shelf = call.realm.policies.shelf_at(at, call.deadline).await?;
    let policy = shelf.policy(&division, on);
    let calendar = policy.calendar(shelf.calendar());
    let facts = Facts { policy: &policy, calendar: &calendar, today: on };
    let basis = no_document(on)?;

    let before = message::account(&account, quanheng_runtime::etag(version));
    let base = account.base().checked_add_signed(request.base_change);
    let base = base.ok_or_else(|| Failure::field("base_change", "核定基数不能为负数"))?;
    let class = account.class().cloned();
    let class = class
        .ok_or_else(|| Failure::rule("NOT_DETERMINED", &request.account, "账户尚未核定职数"))?;
    let explained = explain(&policy, &key.category, &class, base);
    let explained = explained.map_err(|error| policy_failure(&error))?;

    let mut commands = Vec::new();
    if request.base_change != 0 {
        if matches!(account.owner(), Owner::Pool { .. }) {
            return Err(Failure::field("base_change", "统筹池的基数由成员决定,请对成员单位模拟"));
        }
        let fewer = std::collections::BTreeMap::new();
        let determine = Determine { class: class.clone(), base, fewer, basis: basis.clone() };
        commands.push(Command::Determine(determine));
    }
    commands.extend(leaving.into_iter().map(|person| Command::Vacate {
        person,
        reason: VacateReason::Other,
        basis: basis.clone(),
    }));
    if !moves.is_empty() {
        let hold = HoldId::new("simulation").map_err(Failure::internal)?;
        let case = CaseId::new("simulation").map_err(Failure::internal)?;
        commands.push(Command::PlaceHold { hold, case, applicant, moves, basis });
    }
    let mut state = Some(account);
    let mut refusals: Vec<common::Failure> = Vec::new();
    for command in commands {
        match quanheng_ledger::decide(state.as_ref(), command, facts) {
            Ok(events) => {
                events.iter().for_each(|event| quanheng_ledger::evolve(&mut state, event));
            }
            Err(refused) => refusals.extend(broken(&casework::failure(&refused, &policy, &key))),
        }
    }
    let after = state.ok_or_else(|| Failure::internal("the account is gone"))?;
    let over = after
        .sets()
        .iter()
        .filter(|set| after.quantities(&set.set).unwrap_or_default().vacancy() < 0);
    Ok(wire::SimulateUseResponse {
        over_quota_sets: over.map(|set| set.set.to_string()).collect(),
        before: Some(before),
        after: Some(message::account(&after, String::new())),
        entitlement: Some(message::entitlement(&explained, &policy)),
        refusals,
        position: log.head().await?.0,
    })
}

/// One failure for each rule.
fn broken(failure: &Failure) -> Vec<common::Failure> {
    if failure.broken_rules().is_empty() {
        return vec![failure.clone().into_message()];
    }
    let rules = failure.broken_rules().iter().map(|rule| common::Failure {
        code: failure.code().into(),
        reason: rule.code.clone(),
        message: rule.message.clone(),
        metadata: [("subject".to_owned(), rule.subject.clone())].into(),
    });
    rules.collect()
}

/// Where the account is, and who would ask.
async fn place(
    call: &Call,
    account: &Account,
    asking: &str,
    on: Date,
) -> Result<(DivisionCode, Applicant), Failure> {
    let first = match account.owner() {
        Owner::Unit { unit, .. } => unit.clone(),
        Owner::Pool { members, .. } => {
            let first = members.first().map(|member| member.unit.clone());
            first.ok_or_else(|| Failure::internal("a pool without members"))?
        }
    };
    let owner = profile(call, &first).await?;
    let division = match account.owner() {
        Owner::Unit { .. } => owner.division.clone(),
        Owner::Pool { tier, .. } => quanheng_casework::pool_division(&owner.division, *tier)?,
    };
    let asking = if asking.is_empty() { first.clone() } else { unit("unit", asking)? };
    let tier = match asking == first {
        true => owner.tier,
        false => profile(call, &asking).await?.tier,
    };
    let mut above_owner = false;
    if let (OwnerId::Unit(owner), true) = (account.owner().id(), asking != first) {
        let mut next = unit_state(call, &owner).await?.parent_on(on);
        for _ in 0..PARENTS_MAX {
            let Some(parent) = next else { break };
            above_owner |= parent == asking;
            next = unit_state(call, &parent).await?.parent_on(on);
        }
    }
    Ok((division, Applicant { unit: asking, tier, above_owner }))
}

async fn unit_state(call: &Call, id: &quanheng_policy::UnitId) -> Result<Unit, Failure> {
    let log = &call.realm.log;
    let state = state_at::<streams::Units>(log, streams::unit(id), Horizon::Now).await?.0;
    state.ok_or_else(|| Failure::not_found(format!("units/{id}")))
}

async fn profile(call: &Call, id: &quanheng_policy::UnitId) -> Result<UnitProfile, Failure> {
    let unit = unit_state(call, id).await?;
    let profile = unit.as_of(call.realm.today()).or_else(|| unit.as_of(Date::MAX));
    profile.ok_or_else(|| Failure::not_found(format!("units/{id}")))
}
