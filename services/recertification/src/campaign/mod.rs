//! Campaigns (重新认定工作): what may be asked of one, and what it brings about.

pub(crate) mod baseline;
mod decide;
mod phase;
mod refusal;

pub(crate) use decide::{Command, decide, ends};
pub(crate) use phase::{entered, left, open_cases};
pub(crate) use refusal::{Refusal, conflict, of_finding, of_policy};

use quanheng_casework::Sight;
use quanheng_eventlog::{EventDraft, StreamName};
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{CampaignId, Entity};

use crate::work;

/// A campaign's resource name.
pub(crate) fn name(id: &CampaignId) -> String {
    format!("campaigns/{id}")
}

/// A draft with where it is and what it is about, under the policy of the day. What it is
/// appended to is read.
///
/// # Errors
/// [`Failure`].
pub(crate) fn drafted<E: Entity>(
    sight: &Sight<'_>,
    stream: StreamName,
    division: &DivisionCode,
    event: &E::Event,
    about: &[String],
) -> Result<EventDraft, Failure> {
    sight.need::<E>(&stream)?;
    work::tagged_in::<E>(sight, stream, division, event, about)
}

/// Persons who have to be in the register.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`, `PERSON_ERASED`, `NOT_IN_SERVICE`.
pub(crate) fn persons_serve<'p>(
    sight: &Sight<'_>,
    persons: impl IntoIterator<Item = &'p PersonId> + Clone,
) -> Result<(), Failure> {
    let names = persons.clone().into_iter().map(streams::person);
    sight.need_all::<streams::Persons>(names.collect::<Vec<_>>())?;
    persons.into_iter().try_for_each(|person| sight.person(person, sight.today).map(drop))
}
