//! What only one case of a unit may be: open, or the denial that stands.

use quanheng_casework::Sight;
use quanheng_eventlog::{EventDraft, StreamName};
use quanheng_register::claim::{self, Claim, Command};
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{DeniedCases, Entity, OpenCases, RecertificationState};

fn name(case: &RecertificationState) -> String {
    format!("recertificationCases/{}", case.case)
}

/// Who has a value.
fn holder<E: Entity<Event = claim::Event, State = Option<Claim>>>(
    sight: &Sight<'_>,
    stream: &StreamName,
) -> Result<Option<String>, Failure> {
    let held = sight.need::<E>(stream)?.as_ref();
    Ok(held.and_then(|claim| claim.holder.clone()))
}

fn drafts<E: Entity<Event = claim::Event, State = Option<Claim>>>(
    sight: &Sight<'_>,
    stream: &StreamName,
    command: Command,
) -> Result<Vec<EventDraft>, Failure> {
    let held = sight.need::<E>(stream)?.as_ref();
    let events = claim::decide(held, command).map_err(|_| Failure::lost_race("claim"))?;
    let drafts = events.iter().map(|event| streams::draft::<E>(stream.clone(), event));
    drafts.collect::<Result<_, _>>().map_err(Failure::internal)
}

/// Makes a case the open one of its unit.
///
/// # Errors
/// `UNIT_HAS_OPEN_CASE`.
pub(crate) fn take(
    sight: &Sight<'_>,
    case: &RecertificationState,
) -> Result<Vec<EventDraft>, Failure> {
    let (by, stream) = (name(case), streams::reference_case(&case.unit));
    if let Some(other) = holder::<OpenCases>(sight, &stream)?.filter(|other| *other != by) {
        let unit = format!("units/{}", case.unit);
        let message = format!("{unit} 已有在办的重新认定、备案或退出事项");
        return Err(Failure::rule("UNIT_HAS_OPEN_CASE", &unit, message)
            .with("unit", unit)
            .with("case", other));
    }
    drafts::<OpenCases>(sight, &stream, Command::Claim { by })
}

/// The unit has no open case any more.
///
/// # Errors
/// [`Failure`].
pub(crate) fn free(
    sight: &Sight<'_>,
    case: &RecertificationState,
) -> Result<Vec<EventDraft>, Failure> {
    let (by, stream) = (name(case), streams::reference_case(&case.unit));
    match holder::<OpenCases>(sight, &stream)?.as_ref() == Some(&by) {
        true => drafts::<OpenCases>(sight, &stream, Command::Release { by }),
        false => Ok(Vec::new()),
    }
}

/// The denial of a unit that stands, by its name.
///
/// # Errors
/// [`Failure`].
pub(crate) fn denial(
    sight: &Sight<'_>,
    unit: &quanheng_policy::UnitId,
) -> Result<Option<String>, Failure> {
    holder::<DeniedCases>(sight, &streams::reference_denial(unit))
}

/// The denial of a unit is this case's from now on, or none any more.
///
/// # Errors
/// [`Failure`].
pub(crate) fn set_denial(
    sight: &Sight<'_>,
    case: &RecertificationState,
    denied: bool,
) -> Result<Vec<EventDraft>, Failure> {
    let stream = streams::reference_denial(&case.unit);
    let mut events = Vec::new();
    if let Some(by) = denial(sight, &case.unit)? {
        events.push(claim::Event::Released { by });
    }
    if denied {
        events.push(claim::Event::Claimed { by: name(case) });
    }
    let drafts = events.iter().map(|event| streams::draft::<DeniedCases>(stream.clone(), event));
    drafts.collect::<Result<_, _>>().map_err(Failure::internal)
}
