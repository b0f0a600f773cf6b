//! Reading transitions. What a person asked is told to those only who may read what is held
//! about persons under seal, and that they saw it is recorded.

use std::collections::BTreeMap;

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::{Context, Expect, Method, Position, Transaction, Version};
use quanheng_identity::Action;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_projection::{Filter, View};
use quanheng_runtime::reading::{jurisdiction, list, read_failure};
use quanheng_runtime::{Call, Failure, etag, sealed};
use quanheng_sealing::KeyState;
use quanheng_streams as streams;
use quanheng_streams::{Audit, AuditEvent, TransitionId, TransitionState};

use super::campaign_reads::{parsed, position};
use crate::message::transition::Telling;
use crate::transition::seal;
use crate::view::campaigns::{PROJECTION, TRANSITIONS, TransitionDoc};
use crate::{message, parse};

/// The document of a transition that the caller may see: who governs the unit, and its clerk.
pub(super) async fn transition_doc(
    call: &Call,
    view: &View,
    id: &TransitionId,
) -> Result<TransitionDoc, Failure> {
    let name = crate::transition::name(id);
    let doc = view.get(TRANSITIONS, id.as_str()).await.map_err(read_failure)?;
    let doc: TransitionDoc = parsed(&doc.ok_or_else(|| Failure::not_found(&name))?)?;
    let own = call.principal.unit.as_ref().map(|unit| format!("units/{unit}"));
    if own.as_deref() == Some(doc.unit.as_str()) {
        return Ok(doc);
    }
    let division = DivisionCode::parse(&doc.division).map_err(Failure::internal)?;
    match own.is_some() && !call.may(Action::RecertificationManage) {
        true => {
            call.realm.denials.record(&call.principal, call.method);
            Err(Failure::not_found(name))
        }
        false => call.sees(&division, &name).map(|()| doc),
    }
}

pub(super) async fn get(
    call: &Call,
    request: wire::GetTransitionRequest,
) -> Result<wire::GetTransitionResponse, Failure> {
    let id = parse::transition::transition("name", &request.name)?;
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let doc = transition_doc(call, &view, &id).await?;
    let own = doc.own.as_ref().ok_or_else(|| Failure::not_found(&request.name))?;
    let mut position = position(&view)?;
    let mut questions = BTreeMap::new();
    if call.may(Action::PersonsReadPrivate) {
        questions = opened(call, own).await?;
        for person in questions.keys() {
            position = position.max(viewed(call, person).await?.0);
        }
    }
    let shelf = call.realm.policies.shelf_at(Position(0), call.deadline).await?;
    let division = DivisionCode::parse(&doc.division).map_err(Failure::internal)?;
    let policy = shelf.policy(&division, call.realm.today());
    let options = policy.transition_options().map(|options| options.value.to_vec());
    let telling = Telling {
        options: &options.unwrap_or_default(),
        today: call.realm.today(),
        questions,
        division: doc.division.clone(),
        persons: true,
    };
    let told = message::transition::transition(own, &telling, etag(Version(doc.version)));
    Ok(wire::GetTransitionResponse { transition: Some(told), position })
}

/// What persons asked; nothing of who was erased.
async fn opened(
    call: &Call,
    transition: &TransitionState,
) -> Result<BTreeMap<PersonId, String>, Failure> {
    let asked = transition.persons.iter().filter_map(|(person, one)| {
        let question = one.talk.as_ref()?.question.as_ref()?;
        Some((person, question))
    });
    let asked: Vec<_> = asked.collect();
    let names: Vec<String> = asked.iter().map(|(one, _)| format!("persons/{one}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let keys = call.realm.keys.get_many(&names).await;
    let keys = keys.map_err(|error| sealed::keys_failure(&error))?;
    let mut found = BTreeMap::new();
    for (person, question) in asked {
        if let Some(KeyState::Live(key)) = keys.get(&format!("persons/{person}")) {
            let text = seal::opened(key, &transition.transition, question)?;
            found.insert(person.clone(), text);
        }
    }
    Ok(found)
}

/// Records that the caller saw what is held about a person; it is shown once that is stored.
async fn viewed(call: &Call, person: &PersonId) -> Result<Position, Failure> {
    let event = AuditEvent::PersonViewed { method: call.method.to_owned() };
    let stream = streams::views(person);
    let draft = streams::draft::<Audit>(stream.clone(), &event).map_err(Failure::internal)?;
    let context = Context {
        principal: Some(call.principal_name()?),
        method: Some(Method::new(call.method).map_err(Failure::internal)?),
        correlation_id: call.correlation_id,
        causation_id: call.causation_id,
        traceparent: call.traceparent.clone(),
        ..Context::default()
    };
    let transaction = Transaction { context, ..Transaction::default() };
    let transaction = transaction.append(draft).expect(stream, Expect::Any);
    Ok(call.realm.log.commit(transaction).await?.into_receipt().position)
}

pub(super) async fn list_transitions(
    call: &Call,
    request: wire::ListTransitionsRequest,
) -> Result<wire::ListTransitionsResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let (within, order) = match &call.principal.unit {
        Some(unit) if !call.may(Action::RecertificationManage) => {
            (Filter::equal("unit", format!("units/{unit}")), "from")
        }
        _ => (jurisdiction(call), ""),
    };
    let page = list(call, &view, TRANSITIONS, &request, within, order).await?;
    let mut found = Vec::new();
    for doc in &page.docs {
        let doc: TransitionDoc = parsed(doc)?;
        let telling = Telling {
            options: &[],
            today: call.realm.today(),
            questions: BTreeMap::new(),
            division: doc.division.clone(),
            persons: false,
        };
        let etag = etag(Version(doc.version));
        found.extend(doc.own.map(|own| message::transition::transition(&own, &telling, etag)));
    }
    Ok(wire::ListTransitionsResponse {
        transitions: found,
        position: position(&view)?,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}
