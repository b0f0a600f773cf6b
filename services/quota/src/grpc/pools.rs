//! Pools: who is in them, with what the register says of each member.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_ledger::account::Account;
use quanheng_ledger::command::Command;
use quanheng_ledger::id::{AccountKey, OwnerId, PoolId};
use quanheng_ledger::pool::Member;
use quanheng_policy::class::Tier;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::{CategoryId, UnitId};
use quanheng_runtime::wire::{basis, given_or_new, required, tier, unit};
use quanheng_runtime::{Call, Decided, Failure, check_etag, next_etag};
use quanheng_streams::account_stream;

use super::accounts::policy_failure;
use crate::{message, parse};
use quanheng_casework::run;
use quanheng_casework::{Scope, Sight, pool_division};

fn units(names: &[String]) -> Result<Vec<UnitId>, Failure> {
    parse::bounded(names.len())?;
    names.iter().map(|name| unit("members", name)).collect()
}

pub(super) async fn create(
    call: &Call,
    request: wire::CreatePoolRequest,
) -> Result<wire::CreatePoolResponse, Failure> {
    let pool: PoolId = given_or_new("pool_id", &request.pool_id)?;
    let category = parse::category(&request.category)?;
    let managed_by = required("tier", tier(request.tier()))?;
    let kind = parse::pool_kind(request.kind())?;
    let members = units(&request.members)?;
    let head = match request.head.as_str() {
        "" => None,
        name => Some(unit("head", name)?),
    };
    let earmarks = parse::earmarks(&request.earmarks)?;
    let basis = basis(request.basis.as_ref())?;
    let key = AccountKey { owner: OwnerId::Pool(pool.clone()), category: category.clone() };
    let scope = Scope::new(call, vec![key.clone()]).units(members.iter().cloned());
    let reasons_required = request.reasons_required;
    let done = run(call, &request, scope, move |sight| {
        let on = basis.effective_on;
        let (division, members) = described(sight, &members, &category, managed_by, on)?;
        sight.governs(&division)?;
        let command = Command::CreatePool {
            pool: pool.clone(),
            category: category.clone(),
            tier: managed_by,
            kind,
            members,
            head: head.clone(),
            reasons_required,
            earmarks: earmarks.clone(),
            basis: basis.clone().into(),
        };
        let events = sight.decide(&key, &division, command, on)?;
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let etag = next_etag(sight.desk, &account_stream(&key), &drafts);
        Ok(Decided::new(drafts, message::account(&after, etag)))
    });
    let done = done.await?;
    Ok(wire::CreatePoolResponse { account: Some(done.answer), position: done.position.0 })
}

pub(super) async fn update(
    call: &Call,
    request: wire::UpdatePoolRequest,
) -> Result<wire::UpdatePoolResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let members = units(&request.members)?;
    let basis = basis(request.basis.as_ref())?;
    let scope = Scope::new(call, vec![key.clone()]).units(members.iter().cloned());
    let given = request.etag.clone();
    let done = run(call, &request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        sight.governs(&division)?;
        check_etag(sight.desk, &account_stream(&key), &given)?;
        let on = basis.effective_on;
        let managed_by = account.owner().tier();
        let (new_division, members) = described(sight, &members, &key.category, managed_by, on)?;
        if new_division != division {
            return Err(Failure::field("members", "成员应属于统筹池所在行政区划"));
        }
        let command = Command::RedefinePool { members, basis: basis.clone().into() };
        let events = sight.decide(&key, &division, command, on)?;
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let etag = next_etag(sight.desk, &account_stream(&key), &drafts);
        Ok(Decided::new(drafts, message::account(&after, etag)))
    });
    let done = done.await?;
    Ok(wire::UpdatePoolResponse { account: Some(done.answer), position: done.position.0 })
}

/// The members as the register and the policy have them, and the division of the pool: all
/// of them lie in it.
fn described(
    sight: &Sight<'_>,
    units: &[UnitId],
    category: &CategoryId,
    managed_by: Tier,
    on: Date,
) -> Result<(DivisionCode, Vec<Member>), Failure> {
    let mut members = Vec::with_capacity(units.len());
    let mut divisions = BTreeSet::new();
    for id in units {
        let profile = sight.profile(id, on)?;
        let policy = sight.policy(&profile.division, on);
        let class = policy.quota_class(category, &profile.facts());
        let class = class.map_err(|error| policy_failure(&error))?;
        divisions.insert(pool_division(&profile.division, managed_by)?);
        members.push(Member {
            unit: id.clone(),
            tier: profile.tier,
            referenced: profile.nature.is_referenced(),
            class: class.value.into_owned(),
            base: profile.base(category),
        });
    }
    let mut divisions = divisions.into_iter();
    match (divisions.next(), divisions.next()) {
        (Some(division), None) => Ok((division, members)),
        (None, _) => Err(Failure::field("members", "不得为空")),
        (Some(_), Some(_)) => Err(Failure::field("members", "成员应属于同一行政区划")),
    }
}

/// Whether an account is a pool's, with that pool's members among what is read.
pub(super) fn members_of(account: &Account) -> Vec<UnitId> {
    account.owner().members().iter().map(|member| member.unit.clone()).collect()
}
