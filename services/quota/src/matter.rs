//! Pre-review as a case (职数使用预审): what its flow asks of the ledger, and what its
//! decisions bring about there, in the same commit.

use quanheng_casework::case::{Matter, Said, Turn};
use quanheng_casework::{Place, Sight};
use quanheng_eventlog::{EventDraft, Read, Tag};
use quanheng_ledger::command::Command;
use quanheng_ledger::event::Basis;
use quanheng_ledger::id::{AccountKey, CaseId, HoldId};
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, CaseKind, PreReviewEvent, PreReviewState};
use quanheng_workflow::definition::{Check, Effect, Outcome};
use quanheng_workflow::event::Event;
use tonic::Code;

use crate::message;

/// The flow of pre-reviews.
pub(crate) const FLOW: &str = "pre_review";
/// The first step of the flow: the form (职级职数使用审批表).
pub(crate) const APPLY: &str = "apply";

/// Pre-reviews as cases.
#[derive(Debug, Clone, Copy)]
pub struct PreReviewMatter;

impl Matter for PreReviewMatter {
    fn kind(&self) -> CaseKind {
        CaseKind::PreReview
    }

    fn flow(&self) -> &'static str {
        FLOW
    }

    fn reads(&self, key: &CaseKey) -> Vec<Read> {
        let Some((account, hold)) = key.as_pre_review() else { return Vec::new() };
        vec![
            streams::state::<streams::PreReviews>(streams::pre_review(&account, &hold)),
            streams::state::<streams::Accounts>(streams::account_stream(&account)),
            Read::version(streams::refusals(&account)),
        ]
    }

    fn check(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        check: Check,
        _: &Said,
    ) -> Result<Vec<RuleFault>, Failure> {
        let (account, hold) = asked_of(key)?;
        let overdue = |fault: &RuleFault| fault.code == "FILING_OVERDUE";
        let mut faults = match check {
            // The form is refused without its figures.
            Check::MaterialsComplete => return Ok(Vec::new()),
            Check::SeatsAvailable | Check::FilingsInTime => tried(sight, &account, &hold)?,
            check => return Err(Failure::internal(format!("pre-reviews know no {check:?}"))),
        };
        faults.retain(|fault| overdue(fault) == (check == Check::FilingsInTime));
        Ok(faults)
    }

    fn refused(&self, sight: &Sight<'_>, key: &CaseKey, failure: Failure) -> Failure {
        match refusal(sight, key, &failure) {
            Ok(Some(event)) => failure.telling(event),
            Ok(None) => failure,
            Err(failure) => failure,
        }
    }

    fn follow(
        &self,
        sight: &Sight<'_>,
        key: &CaseKey,
        turn: &Turn<'_>,
    ) -> Result<Vec<EventDraft>, Failure> {
        let (account, hold) = asked_of(key)?;
        let mut drafts = Vec::new();
        for event in turn.events {
            drafts.extend(follows(sight, &account, &hold, event, turn.said)?);
        }
        Ok(drafts)
    }
}

fn asked_of(key: &CaseKey) -> Result<(AccountKey, HoldId), Failure> {
    key.as_pre_review().ok_or_else(|| Failure::internal(format!("{key} is no pre-review")))
}

fn state<'a>(
    sight: &Sight<'a>,
    account: &AccountKey,
    hold: &HoldId,
) -> Result<&'a PreReviewState, Failure> {
    let state = sight.need::<streams::PreReviews>(&streams::pre_review(account, hold))?;
    state.as_ref().ok_or_else(|| Failure::not_found(message::hold_name(account, hold)))
}

/// The command that holds the seats.
fn placing(
    sight: &Sight<'_>,
    account: &AccountKey,
    hold: &HoldId,
    basis: Basis,
) -> Result<Command, Failure> {
    let asked = state(sight, account, hold)?;
    Ok(Command::PlaceHold {
        hold: hold.clone(),
        case: CaseId::new(hold.as_str()).map_err(Failure::internal)?,
        applicant: sight.applicant(account, &asked.unit, sight.today)?,
        moves: asked.moves.clone(),
        basis,
    })
}

/// What would be refused if the seats were held now.
fn tried(
    sight: &Sight<'_>,
    account: &AccountKey,
    hold: &HoldId,
) -> Result<Vec<RuleFault>, Failure> {
    let basis = crate::parse::basis_of_trial(sight.today)?;
    let command = placing(sight, account, hold, basis)?;
    let division = sight.division(account, Some(sight.existing(account)?))?;
    match sight.decide(account, &division, command, sight.today) {
        Ok(_) => Ok(Vec::new()),
        Err(failure) if failure.code() == Code::FailedPrecondition => {
            Ok(failure.broken_rules().to_vec())
        }
        Err(failure) => Err(failure),
    }
}

/// What an auditor would ask about: seats that were refused.
fn refusal(
    sight: &Sight<'_>,
    key: &CaseKey,
    failure: &Failure,
) -> Result<Option<EventDraft>, Failure> {
    let step = failure.metadata().get("step").map(String::as_str);
    if failure.code() != Code::FailedPrecondition || step.is_none() {
        return Ok(None);
    }
    let (account, hold) = asked_of(key)?;
    sight.appends(&streams::refusals(&account))?;
    let unit = &state(sight, &account, &hold)?.unit;
    let division = sight.division(&account, Some(sight.existing(&account)?))?;
    let policy = sight.policy(&division, sight.today);
    let method = sight.scope.method;
    let place = Place { key: &account, policy: &policy, method, unit: Some(unit) };
    place.record(failure).map(Some)
}

/// What an event of the case brings about in the ledger.
fn follows(
    sight: &Sight<'_>,
    account: &AccountKey,
    hold: &HoldId,
    event: &Event,
    said: &Said,
) -> Result<Vec<EventDraft>, Failure> {
    let (opinion, by) = (said.opinion.clone(), said.by.clone());
    match event {
        Event::StepCompleted { effects, .. } if effects.contains(&Effect::PlaceHolds) => {
            let basis: Basis = said
                .basis
                .clone()
                .ok_or_else(|| Failure::field("basis", "须写明依据(文号、生效日期)"))?
                .into();
            let command = placing(sight, account, hold, basis.clone())?;
            let division = sight.division(account, Some(sight.existing(account)?))?;
            let events = sight.decide(account, &division, command, sight.today)?;
            let (mut drafts, _) = sight.written(account, &division, &events)?;
            let granted = PreReviewEvent::PreReviewGranted { opinion, by, basis };
            drafts.push(draft(sight, account, hold, &granted)?);
            Ok(drafts)
        }
        Event::StepReturned { to, .. } if to.as_str() == APPLY => Ok(vec![draft(
            sight,
            account,
            hold,
            &PreReviewEvent::PreReviewReturned { opinion, by },
        )?]),
        Event::CaseEnded { outcome: Outcome::Refused, .. } => {
            let basis = said.basis.clone().map(Basis::from);
            let rejected = PreReviewEvent::PreReviewRejected { opinion, by, basis };
            Ok(vec![draft(sight, account, hold, &rejected)?])
        }
        Event::Withdrawn { reason, .. } => {
            let withdrawn = PreReviewEvent::PreReviewWithdrawn { reason: reason.clone(), by };
            Ok(vec![draft(sight, account, hold, &withdrawn)?])
        }
        _ => Ok(Vec::new()),
    }
}

/// The draft of an event of a pre-review, tagged with its account and place.
pub(crate) fn draft(
    sight: &Sight<'_>,
    account: &AccountKey,
    hold: &HoldId,
    event: &PreReviewEvent,
) -> Result<EventDraft, Failure> {
    let stream = streams::pre_review(account, hold);
    sight.need::<streams::PreReviews>(&stream)?;
    let draft = streams::draft::<streams::PreReviews>(stream, event);
    let mut draft = draft.map_err(Failure::internal)?;
    let division = sight.division(account, Some(sight.existing(account)?))?;
    for tag in [message::account_name(account), format!("divisions/{division}")] {
        draft = draft.tagged(Tag::new(tag).map_err(Failure::internal)?);
    }
    Ok(draft)
}
