//! Seats that go from one account to another: allocations, loans, and their return.

use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_ledger::account::TransferKind;
use quanheng_ledger::command::TransferRequest;
use quanheng_ledger::event::Event;
use quanheng_ledger::id::{AccountKey, TransferId};
use quanheng_ledger::refusal::Refused;
use quanheng_ledger::{Sides, give_back as give, transfer};
use quanheng_runtime::wire::{basis, given_or_new, id};
use quanheng_runtime::{Call, Decided, Done, Failure, next_etag};
use quanheng_streams::account_stream;

use crate::{message, parse};
use quanheng_casework::Place;
use quanheng_casework::run;
use quanheng_casework::{Scope, Sight};

pub(super) async fn allocate(
    call: &Call,
    request: wire::AllocateSeatsRequest,
) -> Result<wire::AllocateSeatsResponse, Failure> {
    let (from, to) = (parse::account("from", &request.from)?, parse::account("to", &request.to)?);
    let set = parse::set("set", &request.set)?;
    let moved = TransferRequest {
        transfer: given_or_new("transfer_id", &request.transfer_id)?,
        kind: TransferKind::Allocation,
        to: if request.to_set.is_empty() {
            set.clone()
        } else {
            parse::set("to_set", &request.to_set)?
        },
        from: set,
        seats: request.seats,
        reason: parse::allocation_reason(request.reason()),
        basis: basis(request.basis.as_ref())?.into(),
    };
    let transfer_id = moved.transfer.clone();
    let scope = Scope::new(call, vec![from.clone(), to.clone()]);
    let done = run(call, &request, scope, move |sight| {
        let (giver, taker) = (sight.existing(&from)?, sight.existing(&to)?);
        both(sight, &from, &to, |_| transfer(giver, taker, None, moved.clone()))
    });
    let (done, [from, to]) = answered(done.await?);
    Ok(wire::AllocateSeatsResponse {
        from,
        to,
        transfer_id: transfer_of(&done, &transfer_id),
        position: done.position.0,
    })
}

pub(super) async fn lend(
    call: &Call,
    request: wire::LendSeatsRequest,
) -> Result<wire::LendSeatsResponse, Failure> {
    let (from, to) = (parse::account("from", &request.from)?, parse::account("to", &request.to)?);
    let pool = shared_pool(call, &from, &to).await?;
    let set = parse::set("set", &request.set)?;
    let moved = TransferRequest {
        transfer: given_or_new("transfer_id", &request.transfer_id)?,
        kind: TransferKind::Loan,
        to: if request.to_set.is_empty() {
            set.clone()
        } else {
            parse::set("to_set", &request.to_set)?
        },
        from: set,
        seats: request.seats,
        reason: None,
        basis: basis(request.basis.as_ref())?.into(),
    };
    let transfer_id = moved.transfer.clone();
    let accounts = [from.clone(), to.clone()].into_iter().chain(pool.clone());
    let scope = Scope::new(call, accounts.collect());
    let done = run(call, &request, scope, move |sight| {
        let (giver, taker) = (sight.existing(&from)?, sight.existing(&to)?);
        let pool = pool.as_ref().and_then(|pool| sight.account(pool));
        both(sight, &from, &to, |_| transfer(giver, taker, pool, moved.clone()))
    });
    let (done, [from, to]) = answered(done.await?);
    Ok(wire::LendSeatsResponse {
        from,
        to,
        transfer_id: transfer_of(&done, &transfer_id),
        position: done.position.0,
    })
}

/// The pool of separate accounts that two accounts are in, as the views know it; the ledger
/// checks it again.
async fn shared_pool(
    call: &Call,
    from: &AccountKey,
    to: &AccountKey,
) -> Result<Option<AccountKey>, Failure> {
    let pools = crate::grpc::reads::pools_of(call, from).await?;
    let others = crate::grpc::reads::pools_of(call, to).await?;
    Ok(pools.into_iter().find(|pool| others.contains(pool)))
}

pub(super) async fn give_back(
    call: &Call,
    request: wire::ReturnSeatsRequest,
) -> Result<wire::ReturnSeatsResponse, Failure> {
    let giver = parse::account("giver", &request.giver)?;
    let taker = parse::account("taker", &request.taker)?;
    let transfer: TransferId = id("transfer_id", &request.transfer_id)?;
    let seats = request.seats;
    let basis = basis(request.basis.as_ref())?;
    let scope = Scope::new(call, vec![giver.clone(), taker.clone()]);
    let done = run(call, &request, scope, move |sight| {
        let (from, to) = (sight.existing(&giver)?, sight.existing(&taker)?);
        let basis = basis.clone().into();
        both(sight, &giver, &taker, |_| give(from, to, &transfer, seats, &basis))
    });
    let (done, [giver, taker]) = answered(done.await?);
    Ok(wire::ReturnSeatsResponse { giver, taker, position: done.position.0 })
}

/// Both accounts, as the answer that is kept.
type Both = wire::LendSeatsResponse;

fn answered(done: Done<Both>) -> (Done<Both>, [Option<wire::QuotaAccount>; 2]) {
    let accounts = [done.answer.from.clone(), done.answer.to.clone()];
    (done, accounts)
}

/// A repetition answers with the transfer that was made first.
fn transfer_of(done: &Done<Both>, made: &TransferId) -> String {
    match done.answer.transfer_id.is_empty() {
        true => made.to_string(),
        false => done.answer.transfer_id.clone(),
    }
}

fn both(
    sight: &Sight<'_>,
    giver: &AccountKey,
    taker: &AccountKey,
    decide: impl Fn(&Sight<'_>) -> Result<Sides, Refused>,
) -> Result<Decided<Both>, Failure> {
    let from_division = sight.division(giver, sight.account(giver))?;
    let to_division = sight.division(taker, sight.account(taker))?;
    sight.governs(&from_division)?;
    sight.governs(&to_division)?;
    let policy = sight.policy(&from_division, sight.today);
    let method = sight.scope.method;
    let place = Place { key: giver, policy: &policy, method, unit: None };
    let (out, into) = decide(sight).map_err(|refused| place.failure(&refused))?;
    let transfer_id = out.iter().find_map(|event| match event {
        Event::SeatsAllocated { transfer, .. }
        | Event::SeatsLent { transfer, .. }
        | Event::SeatsReturned { transfer, .. } => Some(transfer.to_string()),
        _ => None,
    });
    let (mut drafts, giver_after) = sight.written(giver, &from_division, &out)?;
    let (more, taker_after) = sight.written(taker, &to_division, &into)?;
    drafts.extend(more);
    let etag = |key| next_etag(sight.desk, &account_stream(key), &drafts);
    let answer = Both {
        from: Some(message::account(&giver_after, etag(giver))),
        to: Some(message::account(&taker_after, etag(taker))),
        transfer_id: transfer_id.unwrap_or_default(),
        position: 0,
    };
    Ok(Decided::new(drafts, answer))
}
