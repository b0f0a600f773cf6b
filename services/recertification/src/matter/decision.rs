//! The decision of the approving body, and everything that it brings about at once.

use quanheng_casework::Sight;
use quanheng_casework::case::Said;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::{ChangeRoute, GateAct};
use quanheng_runtime::Failure;
use quanheng_streams::{Decision, GateRecord, RecertificationState, Settled, Verdict};
use quanheng_workflow::event::Meeting;

use super::follow::{days_after, left_phase, pass};
use super::{check, register};
use crate::book::{self, Settling};
use crate::case::Command;
use crate::exit;
use crate::way::Applicant;
use crate::work::{self, CaseWork};

/// A meeting decided.
pub(super) fn decided(
    work: &mut CaseWork<'_, '_>,
    applicant: &Applicant,
    meeting: &Meeting,
    adopted: bool,
    by: PersonId,
    said: &Said,
) -> Result<(), Failure> {
    let sight = work.sight;
    let approver = applicant.chain.approver();
    let body = approver.ok_or_else(|| Failure::internal("a chain that nobody approves at"))?;
    pass(
        work,
        applicant,
        GateRecord {
            act: GateAct::Approve,
            body,
            favourable: adopted,
            by,
            on: sight.today,
            opinion: said.opinion.clone(),
            minutes: meeting.minutes.clone(),
        },
    )?;
    let document = said.basis.as_ref().map(|basis| basis.document.clone());
    let decision = Decision {
        verdict: verdict(work.state.route, adopted),
        document: documented(document, adopted)?,
        minutes: meeting.minutes.clone(),
        on: sight.today,
        reasons: match adopted {
            true => Vec::new(),
            false => reasons(work, applicant),
        },
    };
    work.event(Command::Decide { decision: decision.clone() })?;
    left_phase(work, applicant)?;
    match (decision.verdict, work.state.route) {
        (Verdict::Approved, _) => approved(work, applicant),
        (Verdict::Filed, _) => filed(work, applicant, &decision),
        (Verdict::ExitApproved, _) => exited(work, applicant, &decision),
        (Verdict::Denied, ChangeRoute::Recertify) => denied(work, applicant),
        (Verdict::Denied, _) => Ok(()),
    }
}

fn verdict(route: ChangeRoute, adopted: bool) -> Verdict {
    match (adopted, route) {
        (false, _) => Verdict::Denied,
        (true, ChangeRoute::Recertify) => Verdict::Approved,
        (true, ChangeRoute::Filing) => Verdict::Filed,
        (true, ChangeRoute::Exit) => Verdict::ExitApproved,
    }
}

/// What is approved has a document.
fn documented(
    document: Option<DocumentNumber>,
    adopted: bool,
) -> Result<Option<DocumentNumber>, Failure> {
    match (document, adopted) {
        (None, true) => Err(Failure::field("basis", "须写明批准文号(依据)")),
        (document, _) => Ok(document),
    }
}

/// By which rules it is denied.
fn reasons(work: &CaseWork<'_, '_>, applicant: &Applicant) -> Vec<String> {
    match work.state.route {
        ChangeRoute::Recertify => {
            let found = check::conditions(work.sight, &work.state, applicant).findings;
            found.reasons().iter().map(|reason| reason.code().to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

fn settle(
    work: &mut CaseWork<'_, '_>,
    applicant: &Applicant,
    settled: Vec<Settled>,
) -> Result<(), Failure> {
    let (sight, state) = (work.sight, &work.state);
    let settling = Settling {
        campaign: book::campaign_of(sight, state, applicant)?,
        case: state.case.clone(),
        unit: state.unit.clone(),
        settled,
    };
    let drafts = book::settle(sight, settling)?;
    work.drafts.extend(drafts);
    Ok(())
}

fn approved(work: &mut CaseWork<'_, '_>, applicant: &Applicant) -> Result<(), Failure> {
    if applicant.chain.central_filing {
        let due_on = central_filing_due(work.sight, applicant, &work.name())?;
        work.event(Command::OweCentralFiling { due_on })?;
    }
    let heard_again = work::set_denial(work.sight, &work.state, false)?;
    work.drafts.extend(heard_again);
    let settled = book::approved(&work.state)?;
    settle(work, applicant, settled)
}

/// The last day on which what was approved today is filed with the central authority.
fn central_filing_due(
    sight: &Sight<'_>,
    applicant: &Applicant,
    name: &str,
) -> Result<jiff::civil::Date, Failure> {
    let days = applicant.policy.central_filing_days();
    let days = *days.map_err(|error| work::policy_failure(&error, name))?.value;
    let calendar = sight.calendar(&applicant.policy);
    let due = calendar.calendar_deadline(sight.today, days.into());
    // Until the calendar of the year is published, the day itself counts.
    Ok(due.unwrap_or_else(|_| days_after(sight.today, days)))
}

fn filed(
    work: &mut CaseWork<'_, '_>,
    applicant: &Applicant,
    decision: &Decision,
) -> Result<(), Failure> {
    let settled = book::approved(&work.state)?;
    settle(work, applicant, settled)?;
    let profile = work.sight.last_profile(&work.state.unit)?;
    if profile.reference.is_none() {
        // A successor that is new stands on the filing.
        let drafts = register::entered(work.sight, &work.state, decision)?;
        work.drafts.extend(drafts);
    }
    Ok(())
}

fn exited(
    work: &mut CaseWork<'_, '_>,
    applicant: &Applicant,
    decision: &Decision,
) -> Result<(), Failure> {
    let moved = exit::approve(work.sight, &work.state, decision.on)?;
    work.drafts.extend(moved);
    let left = register::left(work.sight, &work.state, decision)?;
    work.drafts.extend(left);
    leave(work, applicant)
}

fn denied(work: &mut CaseWork<'_, '_>, applicant: &Applicant) -> Result<(), Failure> {
    let stands = work::set_denial(work.sight, &work.state, true)?;
    work.drafts.extend(stands);
    leave(work, applicant)
}

/// The unit counts no more. Without a book there is nothing that it counted in.
fn leave(work: &mut CaseWork<'_, '_>, applicant: &Applicant) -> Result<(), Failure> {
    let campaign = match book::campaign_of(work.sight, &work.state, applicant) {
        Err(failure) if failure.reason() == "BASELINE_MISSING" => return Ok(()),
        campaign => campaign?,
    };
    let counts = |state: &RecertificationState| -> Result<bool, Failure> {
        let book = book::opened(work.sight, &campaign)?;
        Ok(book.is_some_and(|book| book.book.units().contains_key(&state.unit)))
    };
    if !counts(&work.state)? {
        return Ok(());
    }
    let unit = work.state.unit.clone();
    settle(work, applicant, vec![Settled { unit, becomes: None }])
}
