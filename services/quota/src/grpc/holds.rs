//! Holds (预审占用): extending, releasing, resuming.

use std::collections::BTreeSet;

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_ledger::command::Command;
use quanheng_ledger::id::{AccountKey, HoldId};
use quanheng_runtime::reading::required_day;
use quanheng_runtime::wire::basis;
use quanheng_runtime::{Call, Decided, Done, Failure, etag};
use quanheng_streams as streams;

use crate::{message, parse};
use quanheng_casework::run;
use quanheng_casework::{Scope, Sight};

/// Executes one command on one hold; answers with the hold as it will be.
pub(super) async fn on_hold<R: Mutation + Message>(
    call: &Call,
    request: &R,
    key: AccountKey,
    hold: HoldId,
    scope: Scope,
    command: impl Fn(&Sight<'_>) -> Result<Command, Failure> + Send + Sync + 'static,
) -> Result<Done<wire::PreReview>, Failure> {
    let scope = scope.pre_review(&key, &hold);
    run(call, request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        sight.governs(&division)?;
        if account.hold(&hold).is_none() {
            return Err(Failure::not_found(message::hold_name(&key, &hold)));
        }
        let events = sight.decide(&key, &division, command(sight)?, sight.today)?;
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let version = sight.desk.version(&streams::pre_review(&key, &hold)).unwrap_or_default();
        let (case, kept) = (sight.pre_review(), after.hold(&hold));
        Ok(Decided::new(drafts, message::pre_review(&key, &hold, case, kept, etag(version))))
    })
    .await
}

pub(super) async fn extend(
    call: &Call,
    request: wire::ExtendHoldRequest,
) -> Result<wire::ExtendHoldResponse, Failure> {
    let (key, hold) = parse::hold("name", &request.name)?;
    let expires_on = required_day("expires_on", request.expires_on.as_ref())?;
    let basis = basis(request.basis.as_ref())?;
    let (reason, id) = (request.reason.clone(), hold.clone());
    let scope = Scope::new(call, vec![key.clone()]);
    let done = on_hold(call, &request, key, hold, scope, move |_| {
        let (hold, reason) = (id.clone(), reason.clone());
        Ok(Command::ExtendHold { hold, reason, expires_on, basis: basis.clone().into() })
    });
    let done = done.await?;
    Ok(wire::ExtendHoldResponse { pre_review: Some(done.answer), position: done.position.0 })
}

pub(super) async fn release(
    call: &Call,
    request: wire::ReleaseHoldRequest,
) -> Result<wire::ReleaseHoldResponse, Failure> {
    let (key, hold) = parse::hold("name", &request.name)?;
    let reason = parse::release_reason(request.reason())?;
    let moves = request.moves.iter().map(|index| *index as usize);
    let (moves, id): (BTreeSet<usize>, _) = (moves.collect(), hold.clone());
    let scope = Scope::new(call, vec![key.clone()]);
    let done = on_hold(call, &request, key, hold, scope, move |_| {
        Ok(Command::ReleaseHold { hold: id.clone(), moves: moves.clone(), reason })
    });
    let done = done.await?;
    Ok(wire::ReleaseHoldResponse { pre_review: Some(done.answer), position: done.position.0 })
}

pub(super) async fn resume(
    call: &Call,
    request: wire::ResumeHoldRequest,
) -> Result<wire::ResumeHoldResponse, Failure> {
    let (key, hold) = parse::hold("name", &request.name)?;
    let id = hold.clone();
    let scope = Scope::new(call, vec![key.clone()]);
    let done = on_hold(call, &request, key, hold, scope, move |_| {
        Ok(Command::ResumeWaiting { hold: id.clone() })
    });
    let done = done.await?;
    Ok(wire::ResumeHoldResponse { pre_review: Some(done.answer), position: done.position.0 })
}
