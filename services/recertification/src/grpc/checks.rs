//! Questions that change nothing: the conditions, what a batch would do, the book.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Position;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{Policy, UnitScope};
use quanheng_recertification::decrease::{Batch, BatchCheck, Book, Settlement};
use quanheng_recertification::{Grounds, Verdict, check_conditions};
use quanheng_runtime::reading::{Horizon, read_failure, state_at};
use quanheng_runtime::wire::division;
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::{BookState, CampaignId};

use crate::view::cases::PROJECTION;
use crate::{book, code, message, parse};

/// Units of one question at most.
const UNITS_MAX: usize = 10_000;

/// The policy of a division on a day, as of a position that the caller knows.
async fn policy(
    call: &Call,
    division: &DivisionCode,
    min_position: u64,
) -> Result<(Policy, u64), Failure> {
    let view = call.realm.view(PROJECTION, min_position, call.deadline).await?;
    let at = view.position().map_err(read_failure)?.0;
    let shelf = match min_position {
        0 => call.realm.policies.shelf(),
        at => call.realm.policies.shelf_at(Position(at), call.deadline).await?,
    };
    Ok((shelf.policy(division, call.realm.today()), at))
}

pub(super) async fn conditions(
    call: &Call,
    request: wire::CheckConditionsRequest,
) -> Result<wire::CheckConditionsResponse, Failure> {
    let division = division("division", &request.division)?;
    let grounds = parse::shared::grounds("grounds", request.grounds.as_ref())?;
    let on = parse::shared::some_day("on", request.on.as_ref())?;
    let (_, position) = policy(call, &division, request.min_position).await?;
    let grounds = Grounds {
        division,
        bases: grounds.bases,
        duties: grounds.duties,
        establishment: grounds.establishment,
        pay: grounds.pay,
    };
    let found = check_conditions(&grounds, on.unwrap_or_else(|| call.realm.today()));
    let verdict = match found.verdict() {
        Verdict::Met => "MET",
        Verdict::Denied => "DENIED",
        Verdict::Unknown => "UNKNOWN",
    };
    Ok(wire::CheckConditionsResponse {
        verdict: verdict.to_owned(),
        findings: message::shared::findings(&found.findings.0),
        position,
    })
}

fn bounded(count: usize) -> Result<(), Failure> {
    match count > UNITS_MAX {
        true => Err(Failure::bound("settlements_max", UNITS_MAX as u64, count as u64)),
        false => Ok(()),
    }
}

fn settlements(field: &str, given: &[wire::UnitSettlement]) -> Result<Vec<Settlement>, Failure> {
    bounded(given.len())?;
    let given = given.iter().enumerate();
    given.map(|(nr, one)| parse::shared::settlement(&format!("{field}[{nr}]"), one)).collect()
}

fn answered(check: &BatchCheck, position: u64) -> wire::CheckOnlyDecreaseResponse {
    wire::CheckOnlyDecreaseResponse {
        scopes: check.lines.iter().map(message::shared::scope_line).collect(),
        passed: check.passed(),
        findings: message::shared::findings(&check.findings.0),
        position,
    }
}

pub(super) async fn only_decrease(
    call: &Call,
    request: wire::CheckOnlyDecreaseRequest,
) -> Result<wire::CheckOnlyDecreaseResponse, Failure> {
    let mut batch = settlements("settlements", &request.settlements)?;
    if request.campaign.is_empty() {
        return inline(call, &request, batch).await;
    }
    let campaign = parse::campaign("campaign", &request.campaign)?;
    let (kept, division) = kept(call, &campaign).await?;
    bounded(request.cases.len())?;
    for (nr, name) in request.cases.iter().enumerate() {
        let id = parse::case(&format!("cases[{nr}]"), name)?;
        batch.extend(of_case(call, &id, &batch).await?);
    }
    let (policy, position) = policy(call, &division, request.min_position).await?;
    let batch = Batch::new(batch);
    let batch = batch.map_err(|error| Failure::field("settlements", error.to_string()))?;
    Ok(answered(&kept.book.check(&policy, &batch), position))
}

/// What the approval of a case would make of units. Those that the batch settles already are
/// settled by their own.
async fn of_case(
    call: &Call,
    id: &streams::RecertificationId,
    batch: &[Settlement],
) -> Result<Vec<Settlement>, Failure> {
    let stream = streams::recertification(id);
    let log = &call.realm.log;
    let state = state_at::<streams::Recertifications>(log, stream, Horizon::Now).await?.0;
    let state = state.ok_or_else(|| Failure::not_found(format!("recertificationCases/{id}")))?;
    let settled = match state.route {
        quanheng_policy::profile::ChangeRoute::Exit => {
            vec![streams::Settled { unit: state.unit.clone(), becomes: None }]
        }
        _ => book::approved(&state)?,
    };
    let known = |one: &streams::Settled| batch.iter().any(|other| other.unit == one.unit);
    let settled = settled.into_iter().filter(|one| one.unit == state.unit || !known(one));
    Ok(settled.map(|one| Settlement { unit: one.unit, becomes: one.becomes }).collect())
}

/// Against figures that the caller gives.
async fn inline(
    call: &Call,
    request: &wire::CheckOnlyDecreaseRequest,
    batch: Vec<Settlement>,
) -> Result<wire::CheckOnlyDecreaseResponse, Failure> {
    let division = division("division", &request.division)?;
    if !request.cases.is_empty() {
        return Err(Failure::field("cases", "须指明重新认定工作(campaign)"));
    }
    if !request.scopes.is_empty() {
        return Err(Failure::field("scopes", "请逐个列出单位(before、committed)"));
    }
    let before = settlements("before", &request.before)?;
    let committed = settlements("committed", &request.committed)?;
    let mut book = Book::frozen_from(before.iter().filter_map(|one| one.becomes.as_ref()));
    for one in committed {
        book.settle(one.unit, one.becomes);
    }
    let (policy, position) = policy(call, &division, request.min_position).await?;
    let batch = Batch::new(batch);
    let batch = batch.map_err(|error| Failure::field("settlements", error.to_string()))?;
    Ok(answered(&book.check(&policy, &batch), position))
}

/// The book of a campaign that the caller may see, and its province.
async fn kept(call: &Call, id: &CampaignId) -> Result<(BookState, DivisionCode), Failure> {
    let (log, name) = (&call.realm.log, format!("campaigns/{id}"));
    let campaign = state_at::<streams::Campaigns>(log, streams::campaign(id), Horizon::Now);
    let campaign = campaign.await?.0.ok_or_else(|| Failure::not_found(&name))?;
    let division = campaign.notified.division;
    call.sees(&division, &name)?;
    let kept = state_at::<streams::Books>(log, streams::book(id), Horizon::Now).await?.0;
    match kept.open {
        true => Ok((kept, division)),
        false => Err(book::missing(&name, Some(id))),
    }
}

pub(super) async fn get_book(
    call: &Call,
    request: wire::GetBookRequest,
) -> Result<wire::GetBookResponse, Failure> {
    let id = parse::campaign("campaign", &request.campaign)?;
    let kind: Option<UnitScope> = code::scope_kind(request.kind());
    let (kept, division) = kept(call, &id).await?;
    let (policy, position) = policy(call, &division, request.min_position).await?;
    let lines = kept.book.standing(&policy);
    let lines = lines.iter().filter(|line| kind.is_none_or(|kind| line.scope.kind() == kind));
    let scopes = lines.map(message::shared::scope_line).collect();
    Ok(wire::GetBookResponse { scopes, position })
}
