//! What is recorded on the way: the recommendation, the vetting.

use std::collections::BTreeMap;

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_runtime::{Call, Failure};
use quanheng_streams::RequestId;

use super::{nothing_more, on_request, on_requests};
use crate::request::Command;
use crate::seal::{Part, seal};
use crate::{parse, work};

pub(super) async fn recommend(
    call: &Call,
    request: wire::RecordRecommendationRequest,
) -> Result<wire::RecordRecommendationResponse, Failure> {
    let by = work::actor(call)?;
    let round = parse::round::round("round", &request.round)?;
    parse::round::bounded("votes", request.votes.len())?;
    let votes = request
        .votes
        .iter()
        .map(|line| Ok((parse::round::request("votes.request", &line.request)?, line.votes)));
    let votes = votes.collect::<Result<Vec<(RequestId, u32)>, Failure>>()?;
    let ids: Vec<RequestId> = votes.iter().map(|(id, _)| id.clone()).collect();
    parse::round::distinct("votes", &ids)?;
    let votes: BTreeMap<RequestId, u32> = votes.into_iter().collect();
    let (voters, valid_ballots) = (request.voters, request.valid_ballots);
    let said = work::said(call, "");
    let turn = move |work: &mut work::RequestWork<'_, '_>| {
        in_round(work, &round)?;
        let (person, own) = (work.state.person.clone(), work.state.request.clone());
        let votes = votes.get(&own).copied().unwrap_or_default();
        let sealed = seal(work.sight, &person, &own, Part::Votes, &votes)?;
        work.record("recommendation", &by, &said)?;
        work.event(Command::Recommend { voters, valid_ballots, votes, sealed, by: by.clone() })
    };
    let answered = |requests| wire::RecordRecommendationResponse { requests, position: 0 };
    let done = on_requests(call, &request, ids, turn, nothing_more, answered).await?;
    Ok(wire::RecordRecommendationResponse { position: done.position.0, ..done.answer })
}

/// The request is one of the round's.
pub(super) fn in_round(
    work: &work::RequestWork<'_, '_>,
    round: &quanheng_streams::RoundId,
) -> Result<(), Failure> {
    match work.state.round == *round {
        true => Ok(()),
        false => {
            let message = format!("promotionRequests/{} 不属于本批次", work.state.request);
            Err(Failure::field("round", message))
        }
    }
}

pub(super) async fn vet(
    call: &Call,
    request: wire::RecordVettingRequest,
) -> Result<wire::RecordVettingResponse, Failure> {
    let by = work::actor(call)?;
    let id = parse::round::request("name", &request.name)?;
    let vetting = parse::round::vetting(request.vetting.as_ref())?;
    let said = work::said(call, "");
    let done = on_request(call, &request, id, move |work| {
        let (person, own) = (work.state.person.clone(), work.state.request.clone());
        let record = seal(work.sight, &person, &own, Part::Vetting, &vetting)?;
        work.record("vetting", &by, &said)?;
        work.event(Command::Vet { record, by: by.clone() })
    });
    let done = done.await?;
    Ok(wire::RecordVettingResponse { request: Some(done.answer), position: done.position.0 })
}
