//! What becomes of the staff of a unit that leaves (过渡安排).
//!
//! A plan is made before an exit is approved, or after a denial. Until the unit is decided a
//! placement is a plan alone. From then on it takes effect with being recorded: in the
//! register of persons and in the ledger of seats, in the same commit ([`effect`]). Who keeps
//! the treatment for the transition, or retires early, changes when the person is done.

mod decide;
pub(crate) mod effect;
mod refusal;
pub(crate) mod seal;
pub(crate) mod staff;

pub(crate) use decide::{Command, decide};

use quanheng_casework::Sight;
use quanheng_eventlog::EventDraft;
use quanheng_policy::PersonId;
use quanheng_recertification::transition::{PersonTransition, Plan, Talk};
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{
    Entity as _, RecertificationState, TransitionEvent, TransitionId, TransitionPerson,
    TransitionState, Verdict,
};

use crate::work;

/// A transition's resource name.
pub(crate) fn name(id: &TransitionId) -> String {
    format!("transitions/{id}")
}

/// A transition that has to be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`.
pub(crate) fn transition<'a>(
    sight: &Sight<'a>,
    id: &TransitionId,
) -> Result<&'a TransitionState, Failure> {
    let found = sight.need::<streams::Transitions>(&streams::transition(id))?.as_ref();
    found.ok_or_else(|| Failure::not_found(name(id)))
}

/// A person as the rules take one.
pub(crate) fn person_of(id: &PersonId, one: &TransitionPerson) -> PersonTransition {
    let talk = one.talk.as_ref();
    PersonTransition {
        person: id.clone(),
        option: one.placement.as_ref().map(|placed| placed.option.clone()),
        talk: talk.map(|talk| Talk {
            on: talk.on,
            policy: talk.policy.clone(),
            signed: talk.signed,
        }),
        pay_protected: one.placement.as_ref().map(|placed| placed.pay_protected),
        done_on: one.done_on,
    }
}

/// A plan as the rules take it: `staff` is everybody who has to stand in it.
pub(crate) fn plan_of(
    transition: &TransitionState,
    staff: impl IntoIterator<Item = PersonId>,
) -> Plan {
    Plan {
        unit: transition.unit.clone(),
        document: transition.document.clone(),
        from: transition.from,
        roster: transition.persons.keys().cloned().chain(staff).collect(),
        persons: transition.persons.iter().map(|(id, one)| person_of(id, one)).collect(),
    }
}

/// Whether the unit of a case leaves by now: what is recorded takes effect.
pub(crate) fn leaves(case: &RecertificationState) -> bool {
    let verdict = case.decision.as_ref().map(|decision| decision.verdict);
    matches!(verdict, Some(Verdict::ExitApproved | Verdict::Denied))
}

/// The drafts of a transition's events, and the transition as it will be.
///
/// # Errors
/// [`Failure`].
pub(crate) fn written(
    sight: &Sight<'_>,
    id: &TransitionId,
    unit: &quanheng_policy::UnitId,
    events: &[TransitionEvent],
) -> Result<(Vec<EventDraft>, TransitionState), Failure> {
    let stream = streams::transition(id);
    let mut state = sight.need::<streams::Transitions>(&stream)?.clone();
    let mut drafts = Vec::with_capacity(events.len());
    for event in events {
        let tags: Vec<String> = persons_of(event).map(|one| format!("persons/{one}")).collect();
        let stream = stream.clone();
        drafts.push(work::tagged::<streams::Transitions>(sight, stream, unit, event, &tags)?);
        streams::Transitions::evolve(&mut state, event);
    }
    let state = state.ok_or_else(|| Failure::internal("a transition that was never opened"))?;
    Ok((drafts, state))
}

fn persons_of(event: &TransitionEvent) -> impl Iterator<Item = &PersonId> {
    let one = match event {
        TransitionEvent::PersonAdded { person, .. }
        | TransitionEvent::TalkRecorded { person, .. }
        | TransitionEvent::PersonPlaced { person, .. }
        | TransitionEvent::SeatSettled { person, .. }
        | TransitionEvent::PersonFinished { person, .. } => Some(person),
        TransitionEvent::TransitionOpened { .. }
        | TransitionEvent::TransitionClosed { .. }
        | TransitionEvent::TransitionCancelled { .. } => None,
    };
    one.into_iter()
}
