//! Requests (晋升申请): proposing, changing, submitting, withdrawing.

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_casework::{Scope, Sight, run};
use quanheng_policy::{PersonId, RankId};
use quanheng_runtime::wire::{given_or_new, id, named};
use quanheng_runtime::{Call, Decided, Failure};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, RequestId, RoundState};
use quanheng_workflow::case::About;
use quanheng_workflow::command::Command as Asked;

use super::{answer, on_request};
use crate::request::Command;
use crate::seal::{self, Part, seal};
use crate::work::{self, RequestWork, RoundWork};
use crate::{parse, round, seats};

/// What a case says of a withdrawal: the reason itself is sealed.
const WITHDRAWN: &str = "撤回申请";

pub(super) async fn create(
    call: &Call,
    request: wire::CreatePromotionRequestRequest,
) -> Result<wire::CreatePromotionRequestResponse, Failure> {
    let by = work::actor(call)?;
    let round = parse::round::round("round", &request.round)?;
    let person: PersonId = named("person", "persons/{person}", &request.person)?;
    let rank: RankId = id("rank", &request.rank)?;
    let nomination = parse::round::nomination(
        &request.nomination,
        &request.conditions,
        &request.qualifications,
        &request.extra_facts,
    )?;
    let own: RequestId = given_or_new("promotion_request_id", &request.promotion_request_id)?;
    let said = work::said(call, "");
    let done = run(call, &request, Scope::new(call, vec![]), move |sight| {
        let state = work::round(sight, &round)?.clone();
        work::acts_for(sight, &state.unit)?;
        of_round(sight, &state, &person, &rank)?;
        let command = Command::Create {
            request: own.clone(),
            round: round.clone(),
            unit: state.unit.clone(),
            account: state.account.clone(),
            person: person.clone(),
            category: state.account.category.clone(),
            rank: rank.clone(),
            nomination: seal(sight, &person, &own, Part::Nomination, &nomination)?,
            by: by.clone(),
        };
        let mut work = RequestWork::new(sight, &own, command)?;
        let about = About {
            subject: format!("promotionRequests/{own}"),
            title: format!("{}({rank})", state.plan.title),
            persons: [person.clone()].into(),
            unit: Some(state.unit.clone()),
            keep_out: Default::default(),
        };
        let mut asked = Some(Asked::Start { by: by.clone(), about });
        work.act(&said, |_| Ok(asked.take()))?;
        let mut of = RoundWork::of(sight, state);
        of.event(round::Command::Add { request: own.clone() })?;
        work.drafts.extend(of.drafts);
        let answer = answer(sight, &work.state, &work.drafts)?;
        Ok(Decided::new(work.drafts, answer))
    });
    let done = done.await?;
    Ok(wire::CreatePromotionRequestResponse {
        request: Some(done.answer),
        position: done.position.0,
    })
}

/// The person belongs to the round's unit, and the rank to its plan.
fn of_round(
    sight: &Sight<'_>,
    round: &RoundState,
    person: &PersonId,
    rank: &RankId,
) -> Result<(), Failure> {
    let name = format!("persons/{person}");
    let registered = sight.person(person, sight.today)?;
    let slot = registered.slot_on(sight.today).map(|(_, slot)| &slot.unit);
    if slot != Some(&round.unit) {
        let message = format!("{name} 的编制不在本批次单位");
        return Err(Failure::rule("NOT_OF_ACCOUNT", &name, message)
            .with("person", name)
            .with("unit", format!("units/{}", round.unit)));
    }
    planned(round, rank)
}

fn planned(round: &RoundState, rank: &RankId) -> Result<(), Failure> {
    if round.plan.ranks.iter().any(|line| line.rank == *rank) {
        return Ok(());
    }
    let name = format!("promotionRounds/{}", round.round);
    Err(Failure::rule("RANK_NOT_PLANNED", &name, format!("工作方案没有职级 {rank}"))
        .with("round", name)
        .with("rank", rank.to_string()))
}

pub(super) async fn update(
    call: &Call,
    request: wire::UpdatePromotionRequestRequest,
) -> Result<wire::UpdatePromotionRequestResponse, Failure> {
    let by = work::actor(call)?;
    let own = parse::round::request("name", &request.name)?;
    let rank: Option<RankId> = match request.rank.is_empty() {
        true => None,
        false => Some(id("rank", &request.rank)?),
    };
    let nomination = parse::round::nomination(
        &request.nomination,
        &request.conditions,
        &request.qualifications,
        &request.extra_facts,
    )?;
    let done = on_request(call, &request, own, move |work| {
        at_draft(work, &by)?;
        let (sight, state) = (work.sight, &work.state);
        let rank = rank.clone().unwrap_or_else(|| state.rank.clone());
        planned(work::round(sight, &state.round)?, &rank)?;
        let (person, own) = (&state.person, &state.request);
        let nomination = seal(sight, person, own, Part::Nomination, &nomination)?;
        work.event(Command::Update { rank, nomination, by: by.clone() })
    });
    let done = done.await?;
    Ok(wire::UpdatePromotionRequestResponse {
        request: Some(done.answer),
        position: done.position.0,
    })
}

/// It is a draft, or was returned; and it is this person's to change.
fn at_draft(work: &RequestWork<'_, '_>, by: &PersonId) -> Result<(), Failure> {
    let key = CaseKey::request(&work.state.request);
    let name = format!("promotionRequests/{}", work.state.request);
    let case = work.sight.need::<streams::Cases>(&streams::case(&key))?.as_ref();
    work::at_step(case, "apply", &name)?;
    match case.is_some_and(|case| case.initiator == *by) {
        true => Ok(()),
        false => Err(Failure::denied("只有提出人可以修改或提交").with("request", name)),
    }
}

pub(super) async fn submit(
    call: &Call,
    request: wire::SubmitPromotionRequestRequest,
) -> Result<wire::SubmitPromotionRequestResponse, Failure> {
    let by = work::actor(call)?;
    let own = parse::round::request("name", &request.name)?;
    let said = work::said(call, "");
    let done = on_request(call, &request, own, move |work| {
        fresh(work, true)?;
        at_draft(work, &by)?;
        complete(work)?;
        let (sight, state) = (work.sight, work.state.clone());
        let round = work::round(sight, &state.round)?.clone();
        let candidate = work::make_candidate(sight, &state)?;
        let mut of = RoundWork::of(sight, round);
        let seat = seats::choose(sight, &of.state, &state)?;
        let (index, request) = (seat.index, state.request.clone());
        of.event(round::Command::Take { index, request })?;
        work.event(Command::Submit { seat, by: by.clone() })?;
        work.record("apply", &by, &said)?;
        work.drafts.extend(of.drafts);
        work.drafts.extend(candidate);
        Ok(())
    });
    let done = done.await?;
    Ok(wire::SubmitPromotionRequestResponse {
        request: Some(done.answer),
        position: done.position.0,
    })
}

/// Whether it was submitted before.
fn fresh(work: &RequestWork<'_, '_>, wanted: bool) -> Result<(), Failure> {
    let name = format!("promotionRequests/{}", work.state.request);
    match ((work.state.submissions == 0) == wanted, wanted) {
        (true, _) => Ok(()),
        (false, true) => {
            Err(Failure::rule("WRONG_STATE", &name, "申请已提交").with("request", name))
        }
        (false, false) => {
            Err(Failure::rule("WRONG_STATE", &name, "申请尚未提交").with("request", name))
        }
    }
}

/// The basic conditions are all given, and met.
fn complete(work: &RequestWork<'_, '_>) -> Result<(), Failure> {
    let said = seal::nomination(work.sight, &work.state)?;
    let lacking = parse::conditions_lacking(&said.conditions);
    if lacking.is_empty() {
        return Ok(());
    }
    let name = format!("promotionRequests/{}", work.state.request);
    let message = format!("基本条件未写明或不符合:{}", lacking.join("、"));
    Err(Failure::rule("BASIC_CONDITIONS_NOT_MET", &name, message).with("request", name))
}

pub(super) async fn resubmit(
    call: &Call,
    request: wire::ResubmitPromotionRequestRequest,
) -> Result<wire::ResubmitPromotionRequestResponse, Failure> {
    let by = work::actor(call)?;
    let own = parse::round::request("name", &request.name)?;
    let said = work::said(call, "");
    let done = on_request(call, &request, own, move |work| {
        fresh(work, false)?;
        at_draft(work, &by)?;
        complete(work)?;
        let seat = work.state.seat.clone();
        let seat = seat.ok_or_else(|| Failure::internal("a submitted request without a move"))?;
        work.event(Command::Submit { seat, by: by.clone() })?;
        work.record("apply", &by, &said)?;
        Ok(())
    });
    let done = done.await?;
    Ok(wire::ResubmitPromotionRequestResponse {
        request: Some(done.answer),
        position: done.position.0,
    })
}

pub(super) async fn withdraw(
    call: &Call,
    request: wire::WithdrawPromotionRequestRequest,
) -> Result<wire::WithdrawPromotionRequestResponse, Failure> {
    let by = work::actor(call)?;
    let own = parse::round::request("name", &request.name)?;
    let said = work::said(call, &parse::round::text("reason", &request.reason)?);
    let done = on_request(call, &request, own, move |work| {
        let reason = WITHDRAWN.to_owned();
        let mut asked = Some(Asked::Withdraw { by: by.clone(), reason });
        work.act(&said, |_| Ok(asked.take()))?;
        Ok(())
    });
    let done = done.await?;
    Ok(wire::WithdrawPromotionRequestResponse {
        request: Some(done.answer),
        position: done.position.0,
    })
}
