//! What requests say, as the flow takes it.

use std::collections::BTreeSet;

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::common::v1::Basis;
use quanheng_api::resource_id;
use quanheng_casework::case::Said;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DivisionCode;
use quanheng_runtime::wire::{basis, division as division_code, id, named};
use quanheng_runtime::{Call, Failure};
use quanheng_streams::{CaseKey, TaskKey};
use quanheng_workflow::case::Position;
use quanheng_workflow::event::Meeting;

/// Items of one batch at most.
pub(crate) const BATCH_MAX: usize = 1_000;
/// Characters of an opinion or a reason at most.
const OPINION_CHARS_MAX: usize = 2_000;
/// Characters of the number of minutes at most.
const MINUTES_CHARS_MAX: usize = 100;
/// Persons of one request at most: what a flow takes, and then it is told as a bound.
const PERSONS_MAX: usize = quanheng_workflow::command::PERSONS_MAX;

/// A task by its resource name.
pub(crate) fn task(field: &str, name: &str) -> Result<TaskKey, Failure> {
    let invalid = || Failure::field(field, "名称应形如 approvalTasks/{case}.{number}");
    let [id] = resource_id::<1>("approvalTasks/{task}", name).map_err(|_| invalid())?;
    TaskKey::parse(id).ok_or_else(invalid)
}

/// A case by its resource name.
pub(crate) fn case(field: &str, name: &str) -> Result<CaseKey, Failure> {
    let invalid = || Failure::field(field, "名称应形如 cases/{kind}.{id}");
    let [id] = resource_id::<1>("cases/{case}", name).map_err(|_| invalid())?;
    CaseKey::parse(id).ok_or_else(invalid)
}

/// A person by the resource name.
pub(crate) fn person(field: &str, name: &str) -> Result<PersonId, Failure> {
    named(field, "persons/{person}", name)
}

/// Persons by their resource names.
pub(crate) fn persons(field: &str, names: &[String]) -> Result<BTreeSet<PersonId>, Failure> {
    if names.len() > PERSONS_MAX {
        return Err(Failure::bound(
            "persons_per_action_max",
            PERSONS_MAX as u64,
            names.len() as u64,
        ));
    }
    names.iter().map(|name| person(field, name)).collect()
}

/// A division by the resource name of its authority.
pub(crate) fn authority(field: &str, name: &str) -> Result<DivisionCode, Failure> {
    let invalid = || Failure::field(field, "名称应形如 authorities/{division}");
    let [code] = resource_id::<1>("authorities/{division}", name).map_err(|_| invalid())?;
    division_code(field, code)
}

/// A stand-in by its resource name: of whom, and its id.
pub(crate) fn substitution(field: &str, name: &str) -> Result<(PersonId, String), Failure> {
    let invalid = || Failure::field(field, "名称应形如 persons/{person}/substitutions/{id}");
    let pattern = "persons/{person}/substitutions/{substitution}";
    let [person, text] = resource_id::<2>(pattern, name).map_err(|_| invalid())?;
    let person = id(field, person)?;
    quanheng_policy::check_id(text).map_err(|_| invalid())?;
    Ok((person, text.to_owned()))
}

/// A text that people write, bounded.
pub(crate) fn text(bound: &'static str, max: usize, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let count = text.chars().count();
    match count > max {
        true => Err(Failure::bound(bound, max as u64, count as u64)),
        false => Ok(text.to_owned()),
    }
}

/// An opinion or a reason.
pub(crate) fn opinion(given: &str) -> Result<String, Failure> {
    text("opinion_chars_max", OPINION_CHARS_MAX, given)
}

/// What a decider says beside yes or no.
pub(crate) fn said(
    call: &Call,
    given: &str,
    rests_on: Option<&Basis>,
    minutes: &str,
) -> Result<Said, Failure> {
    Ok(Said {
        by: call.principal.name(),
        opinion: opinion(given)?,
        basis: rests_on.map(|rests_on| basis(Some(rests_on))).transpose()?,
        minutes: text("minutes_ref_chars_max", MINUTES_CHARS_MAX, minutes)?,
    })
}

/// Where signers are added.
pub(crate) fn position(position: wire::SignerPosition) -> Result<Position, Failure> {
    match position {
        wire::SignerPosition::Unspecified => Err(Failure::field("position", "须填写或取值无效")),
        wire::SignerPosition::Before => Ok(Position::Before),
        wire::SignerPosition::After => Ok(Position::After),
        wire::SignerPosition::Parallel => Ok(Position::Parallel),
    }
}

/// What a meeting decided.
pub(crate) fn meeting(meeting: Option<&wire::Meeting>) -> Result<Meeting, Failure> {
    let meeting = meeting.ok_or_else(|| Failure::field("meeting", "须写明会议情况"))?;
    Ok(Meeting {
        due: persons("meeting.due", &meeting.due)?,
        present: persons("meeting.present", &meeting.present)?,
        in_favour: meeting.in_favour,
        against: meeting.against,
        abstained: meeting.abstained,
        minutes: text("minutes_ref_chars_max", MINUTES_CHARS_MAX, &meeting.minutes_ref)?,
    })
}
