//! What requests say, as the ledger takes it.

use std::collections::BTreeMap;

use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_api::resource_id;
use quanheng_ledger::account::{Earmark, Exemption};
use quanheng_ledger::digestion::{Quarter, Route, Step};
use quanheng_ledger::event::{AllocationReason, Basis, ReleaseReason, VacateReason};
use quanheng_ledger::hold::MoveRequest;
use quanheng_ledger::id::{AccountKey, HoldId};
use quanheng_ledger::pool::PoolKind;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{CategoryId, PersonId, QuotaClassId, RankId, SetId};
use quanheng_register::unit::GENERAL_MANAGEMENT;
use quanheng_runtime::Failure;
use quanheng_runtime::wire::{id, named, required, tier};
use quanheng_streams as streams;

/// Items of one request at most.
pub(crate) const BATCH_MAX: usize = 1_000;
/// Moves of one pre-review: they and where their seats come from stand in one record.
pub(crate) const MOVES_MAX: usize = 400;

/// An account by its resource name.
pub(crate) fn account(field: &str, name: &str) -> Result<AccountKey, Failure> {
    let invalid = || Failure::field(field, "名称应形如 quotaAccounts/{account}");
    let [id] = resource_id::<1>("quotaAccounts/{account}", name).map_err(|_| invalid())?;
    streams::account(id).ok_or_else(invalid)
}

/// A hold by its resource name.
pub(crate) fn hold(field: &str, name: &str) -> Result<(AccountKey, HoldId), Failure> {
    let invalid = || Failure::field(field, "名称应形如 quotaAccounts/{account}/holds/{hold}");
    let pattern = "quotaAccounts/{account}/holds/{hold}";
    let [account, hold] = resource_id::<2>(pattern, name).map_err(|_| invalid())?;
    Ok((streams::account(account).ok_or_else(invalid)?, id(field, hold)?))
}

/// An entry by its resource name.
pub(crate) fn entry(field: &str, name: &str) -> Result<(AccountKey, u64), Failure> {
    let invalid = || Failure::field(field, "名称应形如 quotaAccounts/{account}/entries/{version}");
    let pattern = "quotaAccounts/{account}/entries/{version}";
    let [account, version] = resource_id::<2>(pattern, name).map_err(|_| invalid())?;
    let key = streams::account(account).ok_or_else(invalid)?;
    Ok((key, version.parse().map_err(|_| invalid())?))
}

/// On what a trial rests that is never written down.
pub(crate) fn basis_of_trial(today: jiff::civil::Date) -> Result<Basis, Failure> {
    let document = DocumentNumber::parse(&format!("试算〔{}〕1号", today.year()));
    Ok(Basis { document: document.map_err(Failure::internal)?, effective_on: today })
}

/// A category; general management, if none is given.
pub(crate) fn category(text: &str) -> Result<CategoryId, Failure> {
    id("category", if text.is_empty() { GENERAL_MANAGEMENT } else { text })
}

/// A class, if one is given.
pub(crate) fn class(text: &str) -> Result<Option<QuotaClassId>, Failure> {
    if text.is_empty() { Ok(None) } else { id("quota_class", text).map(Some) }
}

/// A person by the resource name.
pub(crate) fn person(field: &str, name: &str) -> Result<PersonId, Failure> {
    named(field, "persons/{person}", name)
}

/// Persons, at most so many.
pub(crate) fn persons(field: &str, names: &[String]) -> Result<Vec<PersonId>, Failure> {
    bounded(names.len())?;
    names.iter().map(|name| person(field, name)).collect()
}

/// No more than one batch.
pub(crate) fn bounded(items: usize) -> Result<(), Failure> {
    match items <= BATCH_MAX {
        true => Ok(()),
        false => Err(Failure::bound("batch_items_max", BATCH_MAX as u64, items as u64)),
    }
}

/// A rank.
pub(crate) fn rank(field: &str, text: &str) -> Result<RankId, Failure> {
    id(field, text)
}

/// A rank set.
pub(crate) fn set(field: &str, text: &str) -> Result<SetId, Failure> {
    id(field, text)
}

/// Fewer seats, by set.
pub(crate) fn fewer(given: &BTreeMap<String, u64>) -> Result<BTreeMap<SetId, u64>, Failure> {
    let sets = given.iter().map(|(name, seats)| Ok((set("fewer", name)?, *seats)));
    sets.collect()
}

/// The moves of a pre-review.
pub(crate) fn moves(given: &[wire::Move]) -> Result<Vec<MoveRequest>, Failure> {
    if given.len() > MOVES_MAX {
        let (max, actual) = (MOVES_MAX as u64, given.len() as u64);
        return Err(Failure::bound("moves_per_pre_review_max", max, actual));
    }
    let moves = given.iter().map(|m| {
        let leaves = match m.leaves.is_empty() {
            true => None,
            false => Some(rank("moves.leaves", &m.leaves)?),
        };
        Ok(MoveRequest { leaves, to: rank("moves.to", &m.to)? })
    });
    moves.collect()
}

pub(crate) fn pool_kind(kind: wire::PoolKind) -> Result<PoolKind, Failure> {
    required(
        "kind",
        match kind {
            wire::PoolKind::Unspecified => None,
            wire::PoolKind::Common => Some(PoolKind::Common),
            wire::PoolKind::Separate => Some(PoolKind::Separate),
        },
    )
}

pub(crate) fn earmarks(given: &[wire::Earmark]) -> Result<Vec<Earmark>, Failure> {
    bounded(given.len())?;
    let earmarks = given.iter().map(|earmark| {
        let tier = required("earmarks.tier", tier(earmark.tier()))?;
        Ok(Earmark { tier, set: set("earmarks.set", &earmark.set)?, seats: earmark.seats })
    });
    earmarks.collect()
}

pub(crate) fn allocation_reason(reason: wire::AllocationReason) -> Option<AllocationReason> {
    match reason {
        wire::AllocationReason::Unspecified => None,
        wire::AllocationReason::Political => Some(AllocationReason::Political),
        wire::AllocationReason::Performance => Some(AllocationReason::Performance),
        wire::AllocationReason::Seniority => Some(AllocationReason::Seniority),
        wire::AllocationReason::ResolveDifficulty => Some(AllocationReason::ResolveDifficulty),
    }
}

pub(crate) fn vacate_reason(reason: wire::VacateReason) -> Result<VacateReason, Failure> {
    required(
        "reason",
        match reason {
            wire::VacateReason::Unspecified => None,
            wire::VacateReason::LeadershipPost => Some(VacateReason::LeadershipPost),
            wire::VacateReason::TransferOut => Some(VacateReason::TransferOut),
            wire::VacateReason::Retirement => Some(VacateReason::Retirement),
            wire::VacateReason::EarlyRetirement => Some(VacateReason::EarlyRetirement),
            wire::VacateReason::LeftService => Some(VacateReason::LeftService),
            wire::VacateReason::LeftReferenceManagement => {
                Some(VacateReason::LeftReferenceManagement)
            }
            wire::VacateReason::Death => Some(VacateReason::Death),
            wire::VacateReason::Other => Some(VacateReason::Other),
        },
    )
}

pub(crate) fn release_reason(reason: wire::ReleaseReason) -> Result<ReleaseReason, Failure> {
    required(
        "reason",
        match reason {
            wire::ReleaseReason::Unspecified => None,
            wire::ReleaseReason::Withdrawn => Some(ReleaseReason::Withdrawn),
            wire::ReleaseReason::Refused => Some(ReleaseReason::Refused),
            wire::ReleaseReason::CaseClosed => Some(ReleaseReason::CaseClosed),
        },
    )
}

pub(crate) fn exemption(exemption: wire::Exemption) -> Option<Exemption> {
    match exemption {
        wire::Exemption::Unspecified => None,
        wire::Exemption::ExMilitaryFirstPlacement => Some(Exemption::ExMilitaryFirstPlacement),
        wire::Exemption::SeparatelyListed => Some(Exemption::SeparatelyListed),
    }
}

pub(crate) fn steps(given: &[wire::DigestionStep]) -> Result<Vec<Step>, Failure> {
    bounded(given.len())?;
    let steps = given.iter().map(|step| {
        let invalid = || Failure::field("steps", "每步须写明年度、季度、职级组、途径和个数");
        let route = match step.route() {
            wire::DigestionRoute::Unspecified => return Err(invalid()),
            wire::DigestionRoute::Promotion => Route::Promotion,
            wire::DigestionRoute::LeadershipPost => Route::LeadershipPost,
            wire::DigestionRoute::Retirement => Route::Retirement,
            wire::DigestionRoute::EarlyRetirement => Route::EarlyRetirement,
            wire::DigestionRoute::TransferOut => Route::TransferOut,
            wire::DigestionRoute::Other => Route::Other,
        };
        let quarter = Quarter {
            year: i16::try_from(step.year).map_err(|_| invalid())?,
            quarter: u8::try_from(step.quarter).map_err(|_| invalid())?,
        };
        Ok(Step { set: set("steps.set", &step.set)?, quarter, route, seats: step.seats })
    });
    steps.collect()
}
