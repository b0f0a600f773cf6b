//! Reading rounds and requests.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_eventlog::{Context, Expect, Method, Position, StreamName, Transaction};
use quanheng_identity::Action;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Doc, Filter, Op, Order, Query, View};
use quanheng_runtime::reading::{Horizon, jurisdiction, list, read_failure, state_at};
use quanheng_runtime::{Call, Failure, sealed};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;
use quanheng_streams::{Audit, AuditEvent, RequestId, RequestState, RoundId};
use serde::de::DeserializeOwned;

use super::kin;
use crate::view::{HOLDS, HoldDoc, PROJECTION, REQUESTS, ROUNDS, RequestDoc, RoundDoc, hold_id};
use crate::{message, parse};

fn parsed<T: DeserializeOwned>(doc: &Doc) -> Result<T, Failure> {
    doc.parse().map_err(Failure::internal)
}

fn position(view: &View) -> Result<u64, Failure> {
    Ok(view.position().map_err(read_failure)?.0)
}

/// Who acts for the unit may see it, and who governs the division; but not who acts for
/// another unit of it, unless all of them are managed by the caller.
pub(super) fn sees(call: &Call, division: &str, unit: &str, name: &str) -> Result<(), Failure> {
    let own = call.principal.unit.as_ref().map(|unit| format!("units/{unit}"));
    match own.as_deref() {
        Some(own) if own == unit => return Ok(()),
        Some(_) if !call.may(Action::PromotionManage) => {
            call.realm.denials.record(&call.principal, call.method);
            return Err(Failure::not_found(name));
        }
        _ => {}
    }
    let division = DivisionCode::parse(division).map_err(Failure::internal)?;
    call.sees(&division, name)
}

/// The document of a round that the caller may see.
pub(super) async fn round_doc(call: &Call, view: &View, id: &RoundId) -> Result<RoundDoc, Failure> {
    let name = format!("promotionRounds/{id}");
    let doc = view.get(ROUNDS, id.as_str()).await.map_err(read_failure)?;
    let doc: RoundDoc = parsed(&doc.ok_or_else(|| Failure::not_found(&name))?)?;
    sees(call, &doc.division, &doc.unit, &name)?;
    Ok(doc)
}

/// The document of a request that the caller may see.
pub(super) async fn request_doc(
    call: &Call,
    view: &View,
    id: &RequestId,
) -> Result<RequestDoc, Failure> {
    let name = format!("promotionRequests/{id}");
    let doc = view.get(REQUESTS, id.as_str()).await.map_err(read_failure)?;
    let doc: RequestDoc = parsed(&doc.ok_or_else(|| Failure::not_found(&name))?)?;
    sees(call, &doc.division, &doc.unit, &name)?;
    Ok(doc)
}

pub(super) async fn get_round(
    call: &Call,
    request: wire::GetPromotionRoundRequest,
) -> Result<wire::GetPromotionRoundResponse, Failure> {
    let id = parse::round::round("name", &request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let doc = round_doc(call, &view, &id).await?;
    let mut round = doc.message().ok_or_else(|| Failure::not_found(&request.name))?;
    round.counts = counts(&view, &request.name).await?;
    Ok(wire::GetPromotionRoundResponse { round: Some(round), position: position(&view)? })
}

/// How many requests of a round are in which state.
async fn counts(view: &View, round: &str) -> Result<Vec<wire::RequestCount>, Failure> {
    let mut counts: BTreeMap<i32, u32> = BTreeMap::new();
    let mut query = Query {
        filter: Filter::compare("round", Op::Equal, round),
        order: Order::ascending(&["created_on"]),
        limit: 500,
        ..Query::default()
    };
    loop {
        let page = view.list(REQUESTS, &query).await.map_err(read_failure)?;
        for doc in &page.docs {
            if let Some(request) = parsed::<RequestDoc>(doc)?.message() {
                *counts.entry(request.state).or_default() += 1;
            }
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    let counts = counts.into_iter().map(|(state, requests)| wire::RequestCount { state, requests });
    Ok(counts.collect())
}

/// What a caller may list: its jurisdiction's, or its own unit's.
fn within(call: &Call) -> Filter {
    match &call.principal.unit {
        Some(unit) => Filter::equal("unit", format!("units/{unit}")),
        None => jurisdiction(call),
    }
}

pub(super) async fn list_rounds(
    call: &Call,
    request: wire::ListPromotionRoundsRequest,
) -> Result<wire::ListPromotionRoundsResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let order = if call.principal.unit.is_some() { "created_on" } else { "" };
    let page = list(call, &view, ROUNDS, &request, within(call), order).await?;
    let rounds = page.docs.iter().map(|doc| Ok(parsed::<RoundDoc>(doc)?.message()));
    let rounds = rounds.collect::<Result<Vec<_>, Failure>>()?;
    Ok(wire::ListPromotionRoundsResponse {
        rounds: rounds.into_iter().flatten().collect(),
        position: position(&view)?,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}

pub(super) async fn list_requests(
    call: &Call,
    request: wire::ListPromotionRequestsRequest,
) -> Result<wire::ListPromotionRequestsResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let (within, order) = match request.parent.as_str() {
        "" | "promotionRounds/-" => {
            (within(call), if call.principal.unit.is_some() { "created_on" } else { "" })
        }
        name => {
            round_doc(call, &view, &parse::round::round("parent", name)?).await?;
            (Filter::equal("round", name), "created_on")
        }
    };
    let page = list(call, &view, REQUESTS, &request, within, order).await?;
    let mut holds = Holds::default();
    let mut requests = Vec::with_capacity(page.docs.len());
    for doc in &page.docs {
        requests.extend(holds.told(call, &view, &parsed(doc)?).await?);
    }
    Ok(wire::ListPromotionRequestsResponse {
        requests,
        position: position(&view)?,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}

pub(super) async fn get_request(
    call: &Call,
    request: wire::GetPromotionRequestRequest,
) -> Result<wire::GetPromotionRequestResponse, Failure> {
    let id = parse::round::request("name", &request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let doc = request_doc(call, &view, &id).await?;
    let told = Holds::default().told(call, &view, &doc).await?;
    let told = told.ok_or_else(|| Failure::not_found(&request.name))?;
    let mut position = position(&view)?;
    let mut details = None;
    if request.with_details {
        call.demand(Action::PersonsReadPrivate)?;
        if let Some((person, told)) = sealed_details(call, &id).await? {
            position = position.max(viewed(call, &[person].into()).await?.0);
            details = Some(told);
        }
    }
    Ok(wire::GetPromotionRequestResponse { request: Some(told), details, position })
}

/// Until when the pre-reviews hold that requests use.
#[derive(Default)]
struct Holds(BTreeMap<String, Option<Date>>);

impl Holds {
    /// A request as it is read: with what of it depends on the day.
    async fn told(
        &mut self,
        call: &Call,
        view: &View,
        doc: &RequestDoc,
    ) -> Result<Option<wire::PromotionRequest>, Failure> {
        let Some(mut told) = doc.message() else { return Ok(None) };
        if self.ran_out(call, view, doc).await? {
            told.blockers.push("HOLD_EXPIRED".to_owned());
        }
        Ok(Some(told))
    }

    /// Whether its pre-review holds no more, and its seat is not taken yet.
    async fn ran_out(
        &mut self,
        call: &Call,
        view: &View,
        doc: &RequestDoc,
    ) -> Result<bool, Failure> {
        let waits = |own: &&RequestState| own.ended.is_none() && own.appointment.is_none();
        let Some(own) = doc.own.as_ref().filter(waits) else { return Ok(false) };
        let Some(seat) = &own.seat else { return Ok(false) };
        let id = hold_id(&own.account, &seat.hold);
        let last = match self.0.get(&id) {
            Some(last) => *last,
            None => {
                let found = view.get(HOLDS, &id).await.map_err(read_failure)?;
                let found = found.as_ref().map(parsed::<HoldDoc>).transpose()?;
                *self.0.entry(id).or_insert(found.and_then(|found| found.expires_on))
            }
        };
        Ok(last.is_some_and(|last| last < call.realm.today()))
    }
}

/// What is held under seal, and about whom; none of who was erased.
async fn sealed_details(
    call: &Call,
    id: &RequestId,
) -> Result<Option<(PersonId, wire::PromotionRequestDetails)>, Failure> {
    let stream = streams::promotion_request(id);
    let state = state_at::<streams::Requests>(&call.realm.log, stream, Horizon::Now).await?.0;
    let Some(state) = state else { return Ok(None) };
    let key = call.realm.keys.get(&format!("persons/{}", state.person)).await;
    match key.map_err(|error| sealed::keys_failure(&error))? {
        KeyState::Live(key) => {
            let mut told = message::details(&state, &key)?;
            // Who reported a candidate, neither the candidate learns nor the family.
            if kin::concerns(call, &state.person).await? {
                told.feedback.clear();
            }
            Ok(Some((state.person, told)))
        }
        KeyState::Erased { .. } | KeyState::Missing => Ok(None),
    }
}

/// Records that the caller saw what is held about persons; it is shown once that is stored.
pub(super) async fn viewed(call: &Call, persons: &BTreeSet<PersonId>) -> Result<Position, Failure> {
    let event = AuditEvent::PersonViewed { method: call.method.to_owned() };
    match persons.is_empty() {
        true => Ok(Position::START),
        false => note(call, persons.iter().map(|person| (streams::views(person), &event))).await,
    }
}

/// Records something for auditors.
pub(super) async fn noted(
    call: &Call,
    stream: StreamName,
    event: &AuditEvent,
) -> Result<Position, Failure> {
    note(call, std::iter::once((stream, event))).await
}

async fn note<'e>(
    call: &Call,
    events: impl Iterator<Item = (StreamName, &'e AuditEvent)>,
) -> Result<Position, Failure> {
    let context = Context {
        principal: Some(call.principal_name()?),
        method: Some(Method::new(call.method).map_err(Failure::internal)?),
        correlation_id: call.correlation_id,
        causation_id: call.causation_id,
        traceparent: call.traceparent.clone(),
        ..Context::default()
    };
    let mut transaction = Transaction { context, ..Transaction::default() };
    for (stream, event) in events {
        let draft = streams::draft::<Audit>(stream.clone(), event).map_err(Failure::internal)?;
        transaction = transaction.append(draft).expect(stream, Expect::Any);
    }
    Ok(call.realm.log.commit(transaction).await?.into_receipt().position)
}
