//! Rounds (晋升批次): the plan, its pre-review, no more requests, none at all.

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_casework::{Scope, Sight, run};
use quanheng_ledger::event::ReleaseReason;
use quanheng_ledger::id::OwnerId;
use quanheng_policy::{PersonId, UnitId};
use quanheng_runtime::wire::{given_or_new, unit};
use quanheng_runtime::{Call, Decided, Done, Failure};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, Plan, RoundId, RoundPhase};
use quanheng_workflow::case::About;
use quanheng_workflow::command::Command as Asked;

use crate::round::Command;
use crate::work::{self, RoundWork};
use crate::{message, parse, seats};

fn answer(work: &RoundWork<'_, '_>) -> Result<wire::PromotionRound, Failure> {
    let key = CaseKey::round(&work.state.round);
    let case = work::case_after(work.sight, &key, &work.drafts)?;
    let stream = streams::promotion_round(&work.state.round);
    let etag = work::etag_after(work.sight, &stream, &key, &work.drafts);
    Ok(message::round(&work.state, case.as_ref(), etag))
}

/// Executes a command on a round; answers with the round as it will be.
async fn on_round<R: Mutation + Message>(
    call: &Call,
    request: &R,
    id: RoundId,
    turn: impl Fn(&mut RoundWork<'_, '_>) -> Result<(), Failure> + Send + Sync + 'static,
) -> Result<Done<wire::PromotionRound>, Failure> {
    let given = request.etag().to_owned();
    run(call, request, Scope::new(call, vec![]), move |sight| {
        let state = work::round(sight, &id)?.clone();
        work::acts_for(sight, &state.unit)?;
        let key = CaseKey::round(&id);
        work::check_etag(sight, &streams::promotion_round(&id), &key, &given)?;
        let mut work = RoundWork::of(sight, state);
        turn(&mut work)?;
        let answer = answer(&work)?;
        Ok(Decided::new(work.drafts, answer))
    })
    .await
}

pub(super) async fn create(
    call: &Call,
    request: wire::CreatePromotionRoundRequest,
) -> Result<wire::CreatePromotionRoundResponse, Failure> {
    let by = work::actor(call)?;
    let unit = unit("unit", &request.unit)?;
    let account = parse::round::account("account", &request.account)?;
    let plan = parse::round::plan(request.plan.as_ref())?;
    let round: RoundId = given_or_new("round_id", &request.round_id)?;
    let said = work::said(call, "");
    let done = run(call, &request, Scope::new(call, vec![]), move |sight| {
        sight.profile(&unit, sight.today)?;
        work::acts_for(sight, &unit)?;
        of_account(sight, &account, &unit, &plan)?;
        let command = Command::Create {
            round: round.clone(),
            unit: unit.clone(),
            account: account.clone(),
            plan: plan.clone(),
            by: by.clone(),
        };
        let mut work = RoundWork::new(sight, &round, command)?;
        let about = About {
            subject: format!("promotionRounds/{round}"),
            title: plan.title.clone(),
            unit: Some(unit.clone()),
            ..About::default()
        };
        begin(&mut work, &by, about, &said)?;
        let answer = answer(&work)?;
        Ok(Decided::new(work.drafts, answer))
    });
    let done = done.await?;
    Ok(wire::CreatePromotionRoundResponse { round: Some(done.answer), position: done.position.0 })
}

/// Begins the case, and records the plan in it.
fn begin(
    work: &mut RoundWork<'_, '_>,
    by: &PersonId,
    about: About,
    said: &quanheng_casework::case::Said,
) -> Result<(), Failure> {
    let name = format!("promotionRounds/{}", work.state.round);
    let sight = work.sight;
    let mut steps = 0;
    work.act(said, |case| {
        steps += 1;
        match steps {
            1 => Ok(Some(Asked::Start { by: by.clone(), about: about.clone() })),
            2 => work::recording(sight, case, "plan", by, &name).map(Some),
            _ => Ok(None),
        }
    })?;
    Ok(())
}

/// The account is there, is the unit's or a pool's, and has the ranks of the plan.
fn of_account(
    sight: &Sight<'_>,
    key: &quanheng_ledger::id::AccountKey,
    unit: &UnitId,
    plan: &Plan,
) -> Result<(), Failure> {
    let account = sight.existing(key)?;
    let name = format!("quotaAccounts/{}", streams::account_id(key));
    let belongs = match &key.owner {
        OwnerId::Unit(owner) => owner == unit,
        OwnerId::Pool(_) => account.owner().members().iter().any(|member| member.unit == *unit),
    };
    if !belongs {
        let message = format!("units/{unit} 不是本账户的单位或统筹成员");
        return Err(Failure::rule("NOT_OF_ACCOUNT", format!("units/{unit}"), message)
            .with("account", name)
            .with("unit", format!("units/{unit}")));
    }
    match plan.ranks.iter().find(|line| !account.admits(&line.rank)) {
        None => Ok(()),
        Some(line) => {
            let division = sight.division(key, Some(account))?;
            let policy = sight.policy(&division, sight.today);
            let message = format!("本账户不设职级 {}", line.rank);
            let message = quanheng_casework::named(&message, &policy, &key.category);
            Err(Failure::rule("RANK_NOT_SET_UP", line.rank.as_str(), message)
                .with("account", name)
                .with("rank", line.rank.to_string()))
        }
    }
}

pub(super) async fn attach(
    call: &Call,
    request: wire::AttachPreReviewRequest,
) -> Result<wire::AttachPreReviewResponse, Failure> {
    let by = work::actor(call)?;
    let id = parse::round::round("name", &request.name)?;
    let (account, hold) = parse::round::hold("hold", &request.hold)?;
    let said = work::said(call, "");
    let done = on_round(call, &request, id, move |work| {
        if work.state.account != account {
            return Err(Failure::field("hold", "预审不属于本批次的账户"));
        }
        let (sight, by) = (work.sight, &by);
        let name = format!("promotionRounds/{}", work.state.round);
        work.event(Command::Attach { hold: hold.clone(), by: by.clone() })?;
        let mut done = false;
        work.act(&said, |case| match std::mem::replace(&mut done, true) {
            true => Ok(None),
            false => work::recording(sight, case, "pre_reviewed", by, &name).map(Some),
        })?;
        work.drafts.extend(work::use_hold(sight, &work.state, &hold)?);
        Ok(())
    });
    let done = done.await?;
    Ok(wire::AttachPreReviewResponse { round: Some(done.answer), position: done.position.0 })
}

pub(super) async fn close(
    call: &Call,
    request: wire::ClosePromotionRoundRequest,
) -> Result<wire::ClosePromotionRoundResponse, Failure> {
    let by = work::actor(call)?;
    let id = parse::round::round("name", &request.name)?;
    let reason = parse::round::text("reason", &request.reason)?;
    let done = on_round(call, &request, id, move |work| {
        work.event(Command::Close { reason: reason.clone(), by: by.clone() })?;
        release_free(work, ReleaseReason::CaseClosed)
    });
    let done = done.await?;
    Ok(wire::ClosePromotionRoundResponse { round: Some(done.answer), position: done.position.0 })
}

/// Releases the moves of the pre-review that no request has.
fn release_free(work: &mut RoundWork<'_, '_>, reason: ReleaseReason) -> Result<(), Failure> {
    let Some(hold) = work.state.hold.clone() else { return Ok(()) };
    let (account, taken) = (work.state.account.clone(), work.state.moves.clone());
    let free = |index| !taken.contains_key(&index);
    work.drafts.extend(seats::release(work.sight, &account, &hold, free, reason)?);
    Ok(())
}

pub(super) async fn withdraw(
    call: &Call,
    request: wire::WithdrawPromotionRoundRequest,
) -> Result<wire::WithdrawPromotionRoundResponse, Failure> {
    let by = work::actor(call)?;
    let id = parse::round::round("name", &request.name)?;
    let reason = parse::round::text("reason", &request.reason)?;
    let said = work::said(call, &reason);
    let done = on_round(call, &request, id, move |work| {
        let (by, reason) = (by.clone(), reason.clone());
        match work.state.phase {
            // What is to be decided on still is withdrawn on its way.
            RoundPhase::Planned | RoundPhase::Decided => {
                let mut asked = Some(Asked::Withdraw { by, reason });
                work.act(&said, |_| Ok(asked.take()))?;
                Ok(())
            }
            _ => {
                work.event(Command::Withdraw { reason, by })?;
                release_free(work, ReleaseReason::Withdrawn)
            }
        }
    });
    let done = done.await?;
    Ok(wire::WithdrawPromotionRoundResponse { round: Some(done.answer), position: done.position.0 })
}
