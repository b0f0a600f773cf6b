//! Transitions as messages.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_api::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_ledger::id::AccountKey;
use quanheng_policy::PersonId;
use quanheng_streams::{Placement, TalkRecord, TransitionPerson, TransitionState, account_id};

use super::shared::{person_name, unit_name};
use crate::transition::person_of;

/// How far it is.
pub(crate) fn state(transition: &TransitionState) -> wire::TransitionState {
    match (&transition.closed_on, &transition.cancelled) {
        (None, None) => wire::TransitionState::Open,
        _ => wire::TransitionState::Closed,
    }
}

/// What of a transition is told, and as of when.
pub(crate) struct Telling<'a> {
    /// What may be chosen.
    pub(crate) options: &'a [String],
    /// The day.
    pub(crate) today: Date,
    /// Questions that the caller may see, by person.
    pub(crate) questions: BTreeMap<PersonId, String>,
    /// 行政区划 of the unit.
    pub(crate) division: String,
    /// Whether persons are told one by one.
    pub(crate) persons: bool,
}

fn account(key: &AccountKey) -> String {
    format!("quotaAccounts/{}", account_id(key))
}

fn talk(talk: &TalkRecord, question: Option<&String>) -> wire::Talk {
    wire::Talk {
        on: Some(date(talk.on)),
        policy: talk.policy.clone(),
        question: question.cloned().unwrap_or_default(),
        signed: talk.signed,
        by: person_name(&talk.by),
    }
}

fn placement(placed: &Placement) -> wire::Placement {
    wire::Placement {
        option: placed.option.clone(),
        unit: placed.unit.as_ref().map(unit_name).unwrap_or_default(),
        post: placed.post.clone(),
        pay_protected: placed.pay_protected,
        document_number: placed.document.to_string(),
        effective_on: Some(date(placed.effective_on)),
    }
}

fn person(id: &PersonId, one: &TransitionPerson, telling: &Telling<'_>) -> wire::TransitionPerson {
    let open = person_of(id, one).open(telling.options, telling.today);
    let seat = one.seat.as_ref();
    wire::TransitionPerson {
        person: person_name(id),
        rank: one.rank.as_ref().map(|(rank, _)| rank.to_string()).unwrap_or_default(),
        rank_since: one.rank.as_ref().map(|(_, since)| date(*since)),
        talk: one.talk.as_ref().map(|one| talk(one, telling.questions.get(id))),
        placement: one.placement.as_ref().map(placement),
        done_on: one.done_on.map(date),
        left_account: seat.map(|seat| account(&seat.from)).unwrap_or_default(),
        account: seat.and_then(|seat| seat.to.as_ref()).map(account).unwrap_or_default(),
        open: open.into_iter().map(str::to_owned).collect(),
    }
}

/// A transition.
pub(crate) fn transition(
    transition: &TransitionState,
    telling: &Telling<'_>,
    etag: String,
) -> wire::Transition {
    let state = state(transition);
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let done = transition.persons.values().filter(|one| one.done_on.is_some()).count();
    let persons = transition.persons.iter().filter(|_| telling.persons);
    wire::Transition {
        name: format!("transitions/{}", transition.transition),
        case: format!("recertificationCases/{}", transition.case),
        unit: unit_name(&transition.unit),
        document_number: transition.document.to_string(),
        from: Some(date(transition.from)),
        ends_on: Some(date(transition.ends_on)),
        state: state.into(),
        persons: persons.map(|(id, one)| person(id, one, telling)).collect(),
        persons_total: count(transition.persons.len()),
        persons_done: count(done),
        closed_on: transition.closed_on.map(date),
        overdue: state == wire::TransitionState::Open && telling.today > transition.ends_on,
        division: telling.division.clone(),
        etag,
    }
}
