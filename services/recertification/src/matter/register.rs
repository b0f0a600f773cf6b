//! What the register of units is told of a decision, in the same commit.

use quanheng_casework::Sight;
use quanheng_eventlog::EventDraft;
use quanheng_policy::class::UnitKind;
use quanheng_register::Basis;
use quanheng_register::refusal::Refused;
use quanheng_register::unit::{Command, Nature, Reference, UnitPatch, UnitStatus, decide};
use quanheng_register::{Facts, Known};
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::{Decision, RecertificationState};

/// The approval: what the unit is from then on.
///
/// # Errors
/// What the register refuses.
pub(crate) fn entered(
    sight: &Sight<'_>,
    state: &RecertificationState,
    decision: &Decision,
) -> Result<Vec<EventDraft>, Failure> {
    let Some(document) = &decision.document else { return Ok(Vec::new()) };
    let profile = sight.last_profile(&state.unit)?;
    let approval = Reference { approved_on: decision.on, approval_document: document.clone() };
    let mut patch = UnitPatch { reference: Some(Some(approval)), ..UnitPatch::default() };
    if !profile.nature.is_referenced() {
        let after = state.change.successors.iter().find(|one| one.unit == state.unit);
        let after = after.and_then(|one| one.after.as_deref());
        patch.nature = after.map(|after| after.nature).filter(|nature| nature.is_referenced());
        patch.kind = patch.nature.map(|_| UnitKind::ReferencedUnit);
        patch.establishment = after.map(|after| after.establishment);
    }
    updated(sight, state, patch, decision)
}

/// The exit: what the unit is from then on. One that has ended says nothing any more.
///
/// # Errors
/// What the register refuses.
pub(super) fn left(
    sight: &Sight<'_>,
    state: &RecertificationState,
    decision: &Decision,
) -> Result<Vec<EventDraft>, Failure> {
    let after = state.change.successors.iter().find(|one| one.unit == state.unit);
    let after = after.and_then(|one| one.after.as_deref());
    let patch = UnitPatch {
        reference: Some(None),
        nature: Some(after.map_or(Nature::PublicInstitution, |after| after.nature)),
        kind: Some(after.map_or(UnitKind::DirectlyAffiliated, |after| after.kind)),
        ..UnitPatch::default()
    };
    updated(sight, state, patch, decision)
}

fn updated(
    sight: &Sight<'_>,
    state: &RecertificationState,
    patch: UnitPatch,
    decision: &Decision,
) -> Result<Vec<EventDraft>, Failure> {
    let unit = sight.registered_unit(&state.unit)?;
    let Some(document) = &decision.document else { return Ok(Vec::new()) };
    if unit.status(decision.on) != UnitStatus::Active {
        return Ok(Vec::new());
    }
    let basis = Basis { document: document.clone(), effective_on: decision.on };
    let known = Known::default();
    let command = Command::Update { changes: Box::new(patch), basis };
    let events = decide(Some(unit), command, Facts::new(sight.today, &known));
    let events = events.map_err(|refused| refusal(&refused, &format!("units/{}", state.unit)))?;
    let drafts = events.iter().map(|event| streams::unit_draft(&state.unit, event));
    drafts.collect::<Result<_, _>>().map_err(Failure::internal)
}

fn refusal(refused: &Refused, name: &str) -> Failure {
    let rules = refused.refusals().iter().map(|refusal| RuleFault {
        code: refusal.code().to_owned(),
        subject: name.to_owned(),
        message: refusal.to_string(),
    });
    Failure::rules(rules.collect()).with("resource", name)
}
