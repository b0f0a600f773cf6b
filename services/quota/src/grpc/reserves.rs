//! Reserves (预留空缺职数).

use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_ledger::command::Command;
use quanheng_runtime::wire::basis;
use quanheng_runtime::{Call, Failure};

use super::on_account;
use crate::parse;
use quanheng_casework::Scope;

pub(super) async fn set(
    call: &Call,
    request: wire::SetReserveRequest,
) -> Result<wire::SetReserveResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let set = parse::set("set", &request.set)?;
    let (seats, reason) = (request.seats, request.reason.clone());
    let basis = basis(request.basis.as_ref())?;
    let scope = Scope::new(call, vec![key.clone()]);
    let done = on_account(call, &request, key, scope, move |_| {
        let (set, reason, basis) = (set.clone(), reason.clone(), basis.clone().into());
        Ok(Command::SetReserve { set, seats, reason, basis })
    });
    let done = done.await?;
    Ok(wire::SetReserveResponse { account: Some(done.answer), position: done.position.0 })
}

pub(super) async fn release(
    call: &Call,
    request: wire::ReleaseReserveRequest,
) -> Result<wire::ReleaseReserveResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let set = parse::set("set", &request.set)?;
    let (seats, reason) = (request.seats, request.reason.clone());
    let basis = basis(request.basis.as_ref())?;
    let scope = Scope::new(call, vec![key.clone()]);
    let done = on_account(call, &request, key, scope, move |_| {
        let (set, reason, basis) = (set.clone(), reason.clone(), basis.clone().into());
        Ok(Command::ReleaseReserve { set, seats, reason, basis })
    });
    let done = done.await?;
    Ok(wire::ReleaseReserveResponse { account: Some(done.answer), position: done.position.0 })
}
