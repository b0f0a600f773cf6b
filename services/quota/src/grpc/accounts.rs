//! Entitlement, determination, digestion plans and reversal.

use jiff::civil::Date;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::quanheng::quota::v1::compute_entitlement_request::Subject;
use quanheng_api::quanheng::quota::v1::determine_quota_request::Owner as Whose;
use quanheng_eventlog::{Direction, Position, Version};
use quanheng_ledger::account::{Account, Owner};
use quanheng_ledger::command::{Command, Determine, UnitOwner};
use quanheng_ledger::entitlement::{Explained, explain};
use quanheng_ledger::event::Event;
use quanheng_ledger::id::{AccountKey, OwnerId};
use quanheng_policy::class::{Standing, UnitFacts};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{Policy, PolicyError};
use quanheng_policy::{CategoryId, QuotaClassId};
use quanheng_register::unit::Unit;
use quanheng_runtime::reading::{Horizon, day, state_at};
use quanheng_runtime::{Call, Decided, Failure, check_etag, next_etag, wire as read};
use quanheng_streams as streams;
use quanheng_streams::account_stream;

use super::on_account;
use crate::{message, parse};
use quanheng_casework::run;
use quanheng_casework::{Scope, Sight};

/// A figure that policy does not give.
pub(crate) fn policy_failure(error: &PolicyError) -> Failure {
    Failure::rule(error.code(), "policy", plain(&error.to_string()))
}

/// The message without the code before it: the code stands beside it.
fn plain(message: &str) -> String {
    let code = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    match message.split_once(": ") {
        Some((before, rest)) if code(before) => rest.to_owned(),
        _ => message.to_owned(),
    }
}

pub(super) async fn compute_entitlement(
    call: &Call,
    request: wire::ComputeEntitlementRequest,
) -> Result<wire::ComputeEntitlementResponse, Failure> {
    let realm = &call.realm;
    let category = parse::category(&request.category)?;
    let class = parse::class(&request.quota_class)?;
    let on = day("on", request.on.as_ref())?.unwrap_or_else(|| realm.today());
    let position = Position(request.min_position);
    let shelf = realm.policies.shelf_at(position, call.deadline).await?;
    let subject = request.subject.ok_or_else(|| Failure::field("subject", "须指明单位或条件"))?;
    let (policy, class, base) = match subject {
        Subject::Unit(name) => {
            let unit = read::unit("unit", &name)?;
            let state = state_at::<streams::Units>(&realm.log, streams::unit(&unit), Horizon::Now);
            let profile = state.await?.0.as_ref().and_then(|unit: &Unit| unit.as_of(on));
            let profile = profile.ok_or_else(|| Failure::not_found(&name))?;
            call.sees(&profile.division, &name)?;
            let policy = shelf.policy(&profile.division, on);
            let class = class_of(&policy, &category, class, &profile.facts())?;
            (policy, class, request.base.unwrap_or_else(|| profile.base(&category)))
        }
        Subject::Facts(facts) => {
            let division = read::division("facts.division", &facts.division)?;
            let found = unit_facts(&facts)?;
            let policy = shelf.policy(&division, on);
            let class = class_of(&policy, &category, class, &found)?;
            (policy, class, request.base.unwrap_or(facts.base))
        }
        Subject::PoolAccount(name) => {
            let key = parse::account("pool_account", &name)?;
            let account =
                state_at::<streams::Accounts>(&realm.log, account_stream(&key), Horizon::Now);
            let account = account.await?.0.ok_or_else(|| Failure::not_found(&name))?;
            let (division, class, base) = pool_facts(call, &account, class).await?;
            call.sees(&division, &name)?;
            (shelf.policy(&division, on), class, request.base.unwrap_or(base))
        }
    };
    let explained = explain(&policy, &category, &class, base);
    let explained = explained.map_err(|error| policy_failure(&error))?;
    Ok(wire::ComputeEntitlementResponse {
        entitlement: Some(message::entitlement(&explained, &policy)),
        position: realm.log.head().await?.0,
    })
}

fn class_of(
    policy: &Policy,
    category: &CategoryId,
    given: Option<QuotaClassId>,
    facts: &UnitFacts,
) -> Result<QuotaClassId, Failure> {
    match given {
        Some(class) => Ok(class),
        None => match policy.quota_class(category, facts) {
            Ok(found) => Ok(found.value.into_owned()),
            Err(error) => Err(policy_failure(&error)),
        },
    }
}

fn unit_facts(facts: &wire::UnitClassFacts) -> Result<UnitFacts, Failure> {
    Ok(UnitFacts {
        tier: read::required("facts.tier", read::tier(facts.tier()))?,
        standing: read::standing(facts.standing()).unwrap_or(Standing::Ordinary),
        grade: read::required("facts.grade", read::grade(facts.grade()))?,
        kind: read::required("facts.kind", read::kind(facts.kind()))?,
    })
}

/// Where a pool is, the class of its members, and the sum of their bases.
async fn pool_facts(
    call: &Call,
    account: &Account,
    given: Option<QuotaClassId>,
) -> Result<(DivisionCode, QuotaClassId, u64), Failure> {
    let members = account.owner().members();
    let first = members.first().ok_or_else(|| Failure::field("pool_account", "不是统筹池"))?;
    let stream = streams::unit(&first.unit);
    let unit = state_at::<streams::Units>(&call.realm.log, stream, Horizon::Now).await?.0;
    let missing = || Failure::not_found(format!("units/{}", first.unit));
    let profile = unit.and_then(|unit| unit.as_of(Date::MAX)).ok_or_else(missing)?;
    let division = quanheng_casework::pool_division(&profile.division, account.owner().tier())?;
    let class = given.unwrap_or_else(|| first.class.clone());
    let base = members.iter().filter(|m| m.class == class).map(|m| m.base).sum();
    Ok((division, class, base))
}

pub(super) async fn determine(
    call: &Call,
    request: wire::DetermineQuotaRequest,
) -> Result<wire::DetermineQuotaResponse, Failure> {
    let class = parse::class(&request.quota_class)?;
    let fewer = parse::fewer(&request.fewer)?;
    let basis = read::basis(request.basis.as_ref())?;
    let owner = request.owner.clone();
    let key = match owner.ok_or_else(|| Failure::field("owner", "须指明单位或统筹池"))? {
        Whose::Unit(name) => AccountKey {
            owner: OwnerId::Unit(read::unit("unit", &name)?),
            category: parse::category(&request.category)?,
        },
        Whose::PoolAccount(name) => parse::account("pool_account", &name)?,
    };
    let scope = Scope::new(call, vec![key.clone()]);
    let given = request.etag.clone();
    let done = run(call, &request, scope, move |sight| {
        let account = sight.account(&key);
        let division = sight.division(&key, account)?;
        sight.governs(&division)?;
        check_etag(sight.desk, &account_stream(&key), &given)?;
        let on = basis.effective_on;
        let (command, explained, policy) =
            determination(sight, &key, account, &division, &class, fewer.clone(), &basis)?;
        let events = sight.decide(&key, &division, command, on)?;
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let etag = next_etag(sight.desk, &account_stream(&key), &drafts);
        let answer = wire::DetermineQuotaResponse {
            account: Some(message::account(&after, etag)),
            entitlement: Some(message::entitlement(&explained, &policy)),
            position: 0,
        };
        Ok(Decided::new(drafts, answer))
    });
    let done = done.await?;
    Ok(wire::DetermineQuotaResponse { position: done.position.0, ..done.answer })
}

/// The command that determines an account, with what the ratios give.
fn determination(
    sight: &Sight<'_>,
    key: &AccountKey,
    account: Option<&Account>,
    division: &DivisionCode,
    class: &Option<QuotaClassId>,
    fewer: std::collections::BTreeMap<quanheng_policy::SetId, u64>,
    basis: &read::Basis,
) -> Result<(Command, Explained, Policy), Failure> {
    let policy = sight.policy(division, basis.effective_on);
    let (class, base, owner) = match (&key.owner, account.map(Account::owner)) {
        (OwnerId::Unit(unit), _) => {
            let profile = sight.profile(unit, basis.effective_on)?;
            let class = class_of(&policy, &key.category, class.clone(), &profile.facts())?;
            let owner = UnitOwner {
                unit: unit.clone(),
                tier: profile.tier,
                referenced: profile.nature.is_referenced(),
            };
            (class, profile.base(&key.category), Some(owner))
        }
        (OwnerId::Pool(_), Some(Owner::Pool { members, .. })) => {
            let first = members.first().map(|member| member.class.clone());
            let class = class.clone().or(first);
            let class = class.ok_or_else(|| Failure::internal("a pool without members"))?;
            let of_class = members.iter().filter(|member| member.class == class);
            let base = of_class.map(|member| member.base).sum();
            (class, base, None)
        }
        (OwnerId::Pool(_), _) => return Err(Failure::not_found(message::account_name(key))),
    };
    let explained = explain(&policy, &key.category, &class, base);
    let explained = explained.map_err(|error| policy_failure(&error))?;
    let determine = Determine { class, base, fewer, basis: basis.clone().into() };
    let command = match (account, owner) {
        (None, Some(owner)) => {
            Command::DetermineUnit { owner, category: key.category.clone(), determine }
        }
        _ => Command::Determine(determine),
    };
    Ok((command, explained, policy))
}

pub(super) async fn set_digestion_plan(
    call: &Call,
    request: wire::SetDigestionPlanRequest,
) -> Result<wire::SetDigestionPlanResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let steps = parse::steps(&request.steps)?;
    let basis = read::basis(request.basis.as_ref())?;
    let scope = Scope::new(call, vec![key.clone()]);
    let done = on_account(call, &request, key, scope, move |_| {
        Ok(Command::SetDigestionPlan { steps: steps.clone(), basis: basis.clone().into() })
    });
    let done = done.await?;
    Ok(wire::SetDigestionPlanResponse { account: Some(done.answer), position: done.position.0 })
}

pub(super) async fn reverse(
    call: &Call,
    request: wire::ReverseEntryRequest,
) -> Result<wire::ReverseEntryResponse, Failure> {
    let (key, version) = parse::entry("name", &request.name)?;
    let basis = read::basis(request.basis.as_ref())?;
    let entry = entry_at(call, &key, version).await?;
    let persons = entry.persons().into_iter().cloned().collect::<Vec<_>>();
    let reason = request.reason.clone();
    let scope = Scope::new(call, vec![key.clone()]).persons(persons);
    let done = on_account(call, &request, key, scope, move |_| {
        Ok(Command::Reverse {
            version,
            entry: Box::new(entry.clone()),
            reason: reason.clone(),
            basis: basis.clone().into(),
        })
    });
    let done = done.await?;
    Ok(wire::ReverseEntryResponse { account: Some(done.answer), position: done.position.0 })
}

/// The entry that stands at a version of an account.
async fn entry_at(call: &Call, key: &AccountKey, version: u64) -> Result<Event, Failure> {
    use futures::StreamExt as _;
    let stream = account_stream(key);
    let records = call.realm.log.read_stream(stream, Version(version), Direction::Forward);
    let mut records = std::pin::pin!(records);
    let missing =
        || Failure::not_found(format!("{}/entries/{version}", message::account_name(key)));
    if version == 0 {
        return Err(missing());
    }
    let record = records.next().await.ok_or_else(missing)??;
    let entry = streams::read::<streams::Accounts>(&record).map_err(Failure::internal)?;
    Ok(Event::clone(&entry))
}
