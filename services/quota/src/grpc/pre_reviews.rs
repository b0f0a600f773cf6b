//! Pre-review (职数使用预审): asking, deciding, withdrawing. Approval holds the seats in the
//! same commit.

use quanheng_api::quanheng::quota::v1 as wire;
use quanheng_eventlog::EventDraft;
use quanheng_identity::Action;
use quanheng_ledger::command::Command;
use quanheng_ledger::event::ReleaseReason;
use quanheng_ledger::id::{AccountKey, CaseId, HoldId};
use quanheng_policy::UnitId;
use quanheng_runtime::wire::{basis, given_or_new, required, unit};
use quanheng_runtime::{Call, Decided, Failure, check_etag, next_etag};
use quanheng_streams as streams;
use quanheng_streams::{Entity as _, PreReviewEvent, PreReviewPhase, PreReviewState};
use tonic::Code;

use crate::{message, parse};
use quanheng_casework::run;
use quanheng_casework::{Scope, Sight};

/// A text that people write, bounded.
fn opinion(field: &'static str, text: &str, must: bool) -> Result<String, Failure> {
    const CHARS_MAX: usize = 2_000;
    let text = text.trim();
    match text.chars().count() {
        0 if must => Err(Failure::field(field, "须写明")),
        count if count > CHARS_MAX => {
            Err(Failure::bound("opinion_chars_max", CHARS_MAX as u64, count as u64))
        }
        _ => Ok(text.to_owned()),
    }
}

pub(super) async fn request(
    call: &Call,
    request: wire::RequestPreReviewRequest,
) -> Result<wire::RequestPreReviewResponse, Failure> {
    let key = parse::account("account", &request.account)?;
    let asking = unit("unit", &request.unit)?;
    let moves = parse::moves(&request.moves)?;
    let opinion = opinion("unit_opinion", &request.unit_opinion, true)?;
    let hold: HoldId = given_or_new("hold_id", &request.hold_id)?;
    let basis = basis(request.basis.as_ref())?;
    for_own_unit(call, &asking)?;
    let by = call.principal.name();
    let scope = Scope::new(call, vec![key.clone()]).units([asking.clone()]).pre_review(&key, &hold);
    let done = run(call, &request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        sight.governs(&sight.profile(&asking, sight.today)?.division)?;
        if sight.pre_review().is_some() || account.hold(&hold).is_some() {
            return Err(Failure::exists(message::hold_name(&key, &hold)));
        }
        // What would be refused when it is decided is refused at once.
        let applicant = sight.applicant(&key, &asking, sight.today)?;
        let trial = Command::PlaceHold {
            hold: hold.clone(),
            case: case_of(&hold)?,
            applicant,
            moves: moves.clone(),
            basis: basis.clone().into(),
        };
        sight.decide(&key, &division, trial, sight.today)?;
        let event = PreReviewEvent::PreReviewRequested {
            unit: asking.clone(),
            moves: moves.clone(),
            opinion: opinion.clone(),
            by: by.clone(),
        };
        answered(sight, &key, &hold, vec![], event)
    });
    let done = done.await?;
    Ok(wire::RequestPreReviewResponse { pre_review: Some(done.answer), position: done.position.0 })
}

/// A clerk asks for the unit that the clerk acts for.
fn for_own_unit(call: &Call, unit: &UnitId) -> Result<(), Failure> {
    match &call.principal.unit {
        Some(own) if own != unit && !call.may(Action::QuotaDecide) => {
            call.realm.denials.record(&call.principal, call.method);
            Err(Failure::denied("只能为本单位申报").with("unit", format!("units/{unit}")))
        }
        _ => Ok(()),
    }
}

fn case_of(hold: &HoldId) -> Result<CaseId, Failure> {
    CaseId::new(hold.as_str()).map_err(Failure::internal)
}

/// The answer after an event of the pre-review, and after events of the account if there
/// are any.
fn answered(
    sight: &Sight<'_>,
    key: &AccountKey,
    hold: &HoldId,
    mut drafts: Vec<EventDraft>,
    event: PreReviewEvent,
) -> Result<Decided<wire::PreReview>, Failure> {
    let stream = streams::pre_review(key, hold);
    let mut state = sight.pre_review().cloned();
    streams::PreReviews::evolve(&mut state, &event);
    let draft = streams::draft::<streams::PreReviews>(stream.clone(), &event);
    let mut draft = draft.map_err(Failure::internal)?;
    let division = sight.division(key, sight.account(key))?;
    for tag in [message::account_name(key), format!("divisions/{division}")] {
        draft = draft.tagged(quanheng_eventlog::Tag::new(tag).map_err(Failure::internal)?);
    }
    drafts.push(draft);
    let etag = next_etag(sight.desk, &stream, &drafts);
    let kept = sight.account(key).and_then(|account| account.hold(hold));
    Ok(Decided::new(drafts, message::pre_review(key, hold, state.as_ref(), kept, etag)))
}

fn pending<'a>(
    sight: &Sight<'a>,
    key: &AccountKey,
    hold: &HoldId,
) -> Result<&'a PreReviewState, Failure> {
    let name = message::hold_name(key, hold);
    let state = sight.pre_review().ok_or_else(|| Failure::not_found(&name))?;
    match state.phase {
        PreReviewPhase::Pending => Ok(state),
        _ => Err(Failure::rule("WRONG_STATE", &name, "该预审已办理,不在待审状态")),
    }
}

pub(super) async fn decide(
    call: &Call,
    request: wire::DecidePreReviewRequest,
) -> Result<wire::DecidePreReviewResponse, Failure> {
    let (key, hold) = parse::hold("name", &request.name)?;
    let decision = request.decision();
    let chosen = match decision {
        wire::PreReviewDecision::Unspecified => None,
        decision => Some(decision),
    };
    let chosen = required("decision", chosen)?;
    let must = chosen != wire::PreReviewDecision::Approve;
    let opinion = opinion("opinion", &request.opinion, must)?;
    let basis = match chosen {
        wire::PreReviewDecision::Return => None,
        _ => Some(basis(request.basis.as_ref())?),
    };
    let by = call.principal.name();
    let given = request.etag.clone();
    let scope = Scope::new(call, vec![key.clone()]).pre_review(&key, &hold);
    let done = run(call, &request, scope, move |sight| {
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        sight.governs(&division)?;
        let stream = streams::pre_review(&key, &hold);
        check_etag(sight.desk, &stream, &given)?;
        let state = pending(sight, &key, &hold)?;
        // Who asked does not decide (提交与审核分离).
        if state.requested_by == by {
            let message = "申报人不得审核本人提交的预审";
            return Err(Failure::new(Code::PermissionDenied, "CONFLICT_OF_INTEREST", message)
                .with("requested_by", &state.requested_by));
        }
        let (opinion, by) = (opinion.clone(), by.clone());
        let Some(basis) = basis.clone() else {
            let event = PreReviewEvent::PreReviewReturned { opinion, by };
            return answered(sight, &key, &hold, vec![], event);
        };
        if chosen == wire::PreReviewDecision::Reject {
            let event = PreReviewEvent::PreReviewRejected { opinion, by, basis: basis.into() };
            return answered(sight, &key, &hold, vec![], event);
        }
        let command = Command::PlaceHold {
            hold: hold.clone(),
            case: case_of(&hold)?,
            applicant: sight.applicant(&key, &state.unit, sight.today)?,
            moves: state.moves.clone(),
            basis: basis.clone().into(),
        };
        let events = sight.decide(&key, &division, command, sight.today)?;
        let (drafts, after) = sight.written(&key, &division, &events)?;
        let event = PreReviewEvent::PreReviewGranted { opinion, by, basis: basis.into() };
        let mut decided = answered(sight, &key, &hold, drafts, event.clone())?;
        let mut granted = Some(state.clone());
        streams::PreReviews::evolve(&mut granted, &event);
        let etag = decided.answer.etag.clone();
        decided.answer =
            message::pre_review(&key, &hold, granted.as_ref(), after.hold(&hold), etag);
        Ok(decided)
    });
    let done = done.await?;
    Ok(wire::DecidePreReviewResponse { pre_review: Some(done.answer), position: done.position.0 })
}

pub(super) async fn withdraw(
    call: &Call,
    request: wire::WithdrawPreReviewRequest,
) -> Result<wire::WithdrawPreReviewResponse, Failure> {
    let (key, hold) = parse::hold("name", &request.name)?;
    let reason = opinion("reason", &request.reason, true)?;
    let by = call.principal.name();
    let own = call.principal.unit.clone().filter(|_| !call.may(Action::QuotaDecide));
    let given = request.etag.clone();
    let scope = Scope::new(call, vec![key.clone()]).pre_review(&key, &hold);
    let done = run(call, &request, scope, move |sight| {
        let name = message::hold_name(&key, &hold);
        let account = sight.existing(&key)?;
        let division = sight.division(&key, Some(account))?;
        let state = sight.pre_review().ok_or_else(|| Failure::not_found(&name))?;
        if own.as_ref().is_some_and(|own| *own != state.unit) {
            return Err(Failure::denied("只能撤回本单位的申报"));
        }
        sight.governs(&division).or_else(|denied| match own {
            Some(_) => Ok(()),
            None => Err(denied),
        })?;
        check_etag(sight.desk, &streams::pre_review(&key, &hold), &given)?;
        let open = account.hold(&hold).is_some_and(|kept| kept.is_open());
        let event = PreReviewEvent::PreReviewWithdrawn { reason: reason.clone(), by: by.clone() };
        match state.phase {
            PreReviewPhase::Pending => answered(sight, &key, &hold, vec![], event),
            PreReviewPhase::Granted if open => {
                let command = Command::ReleaseHold {
                    hold: hold.clone(),
                    moves: std::collections::BTreeSet::new(),
                    reason: ReleaseReason::Withdrawn,
                };
                let events = sight.decide(&key, &division, command, sight.today)?;
                let (drafts, after) = sight.written(&key, &division, &events)?;
                let mut decided = answered(sight, &key, &hold, drafts, event.clone())?;
                let mut withdrawn = Some(state.clone());
                streams::PreReviews::evolve(&mut withdrawn, &event);
                let etag = decided.answer.etag.clone();
                let kept = after.hold(&hold);
                decided.answer = message::pre_review(&key, &hold, withdrawn.as_ref(), kept, etag);
                Ok(decided)
            }
            _ => Err(Failure::rule("WRONG_STATE", &name, "该预审已办结,不能撤回")),
        }
    });
    let done = done.await?;
    Ok(wire::WithdrawPreReviewResponse { pre_review: Some(done.answer), position: done.position.0 })
}
