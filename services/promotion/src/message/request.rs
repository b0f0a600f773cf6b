//! Requests as messages: what is open of them, and what is held under seal.

use quanheng_api::date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_runtime::Failure;
use quanheng_sealing::SubjectKey;
use quanheng_streams::{CaseKey, Ending, RequestState, account_id};
use quanheng_workflow::case::{Case, Due, OpenStep};

use crate::judge::KeptFinding;
use crate::seal::{Nomination, Part, Report, open};
use crate::seats::hold_name;

/// How far a request is: by how it ended, or by the step at which its case stands.
fn state_of(state: &RequestState, case: Option<&Case>) -> wire::PromotionRequestState {
    use wire::PromotionRequestState as State;
    match state.ended {
        Some((Ending::Refused, _)) => return State::Refused,
        Some((Ending::Withdrawn, _)) => return State::Withdrawn,
        None if state.filed_on.is_some() => return State::Filed,
        None => {}
    }
    let Some(case) = case else { return State::Draft };
    if case.paused.is_some() {
        return State::Suspended;
    }
    match case.open.as_ref().map(|open| open.step.as_str()) {
        Some("apply") if state.submissions == 0 => State::Draft,
        Some("apply") => State::Returned,
        Some("eligibility") => State::Submitted,
        Some("recommendation") => State::EligibilityReviewed,
        Some("vetting") => State::Recommended,
        Some("candidates") => State::Vetted,
        Some("posting") => State::CandidatesDecided,
        Some("notice") => State::Noticed,
        Some("closing") => State::NoticeEnded,
        Some("approval") => State::NoticeClosed,
        Some("appointment") => State::Approved,
        Some("filing") => State::Appointed,
        _ => State::InProgress,
    }
}

/// What it waits for, as far as that tells nothing sealed.
fn blockers(state: &RequestState, case: Option<&Case>) -> Vec<String> {
    let mut blockers = Vec::new();
    let open = case.and_then(|case| case.open.as_ref());
    if case.is_some_and(|case| case.paused.is_some()) {
        blockers.push("SUSPENDED");
    }
    if state.unresolved().next().is_some() && state.ended.is_none() {
        blockers.push("FEEDBACK_UNRESOLVED");
    }
    if state.submissions > 0 && open.is_some_and(|open| open.step.as_str() == "apply") {
        blockers.push("RETURNED");
    }
    if matches!(open.and_then(|open| open.due), Some(Due::AwaitsCalendar { .. })) {
        blockers.push("CALENDAR_NOT_PUBLISHED");
    }
    blockers.into_iter().map(str::to_owned).collect()
}

/// Whether a notice waits for the calendar of a year into which it was counted anew: its last
/// day is not known then.
fn counted_anew(open: Option<&OpenStep>) -> bool {
    let waits = |open: &OpenStep| open.step.as_str() == "notice";
    let awaits = |open: &OpenStep| matches!(open.due, Some(Due::AwaitsCalendar { .. }));
    open.is_some_and(|open| waits(open) && awaits(open))
}

/// A request, with where its case stands.
pub(crate) fn request(
    state: &RequestState,
    case: Option<&Case>,
    etag: String,
) -> wire::PromotionRequest {
    let seat = state.seat.as_ref();
    let open = case.and_then(|case| case.open.as_ref());
    let due = match open.and_then(|open| open.due) {
        Some(Due::On(day)) => Some(date(day)),
        _ => None,
    };
    let basis = state.appointment.as_ref().map(|appointment| &appointment.basis);
    let notice = state.notice.as_ref();
    let judgement = state.judgement.as_ref();
    wire::PromotionRequest {
        name: format!("promotionRequests/{}", state.request),
        round: format!("promotionRounds/{}", state.round),
        unit: format!("units/{}", state.unit),
        account: format!("quotaAccounts/{}", account_id(&state.account)),
        person: format!("persons/{}", state.person),
        category: state.category.to_string(),
        rank: state.rank.to_string(),
        leaves: seat
            .and_then(|seat| seat.leaves.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default(),
        hold: seat.map(|seat| hold_name(&state.account, &seat.hold)).unwrap_or_default(),
        move_index: seat.map_or(0, |seat| u32::try_from(seat.index).unwrap_or(u32::MAX)),
        state: state_of(state, case).into(),
        step: open.map(|open| open.step.to_string()).unwrap_or_default(),
        due_on: due,
        case: format!("cases/{}", CaseKey::request(&state.request)),
        blockers: blockers(state, case),
        notice_from: notice.map(|notice| date(notice.from)),
        notice_to: notice.filter(|_| !counted_anew(open)).map(|notice| date(notice.to)),
        approval_minutes: state.approval_minutes.clone(),
        document_number: basis.map(|basis| basis.document.to_string()).unwrap_or_default(),
        effective_on: basis.map(|basis| date(basis.effective_on)),
        filed_on: state.filed_on.map(date),
        created_by: format!("persons/{}", state.created_by),
        created_on: Some(date(state.created_on)),
        person_version: judgement.map_or(0, |one| one.person_version),
        policy_hash: judgement.map(|one| one.policy.clone()).unwrap_or_default(),
        etag,
    }
}

/// What of a request is held under seal, opened.
///
/// # Errors
/// An internal failure when it does not open.
pub(crate) fn details(
    state: &RequestState,
    key: &SubjectKey,
) -> Result<wire::PromotionRequestDetails, Failure> {
    let id = &state.request;
    let said: Nomination = open(key, id, Part::Nomination, &state.nomination)?;
    let mut told = wire::PromotionRequestDetails {
        nomination: said.reason,
        conditions: said.conditions,
        ..Default::default()
    };
    if let Some(judgement) = &state.judgement {
        let kept: Vec<KeptFinding> = open(key, id, Part::Findings, &judgement.findings)?;
        told.findings = kept.into_iter().map(finding).collect();
    }
    if let Some((voters, valid_ballots, votes)) = &state.recommendation {
        (told.voters, told.valid_ballots) = (*voters, *valid_ballots);
        told.votes = open(key, id, Part::Votes, votes)?;
    }
    if let Some(vetting) = &state.vetting {
        told.vetting = Some(open(key, id, Part::Vetting, vetting)?);
    }
    if let Some(notice) = &state.notice {
        told.notice_text = open(key, id, Part::Notice, &notice.text)?;
    }
    for (feedback, one) in &state.feedback {
        let report: Report = open(key, id, Part::Feedback(feedback.as_str()), &one.record)?;
        let findings = match &one.findings {
            Some(text) => open(key, id, Part::Resolution(feedback.as_str()), text)?,
            None => String::new(),
        };
        told.feedback.push(wire::NoticeFeedback {
            id: feedback.to_string(),
            reporter: report.reporter,
            text: report.text,
            on: Some(date(one.on)),
            resolved: one.founded.is_some(),
            founded: one.founded.unwrap_or_default(),
            findings,
        });
    }
    if let Some(result) = &state.notice_result {
        told.notice_result = open(key, id, Part::Result, result)?;
    }
    if let Some((_, cause)) = &state.suspended {
        told.suspended_for = open(key, id, Part::Suspension, cause)?;
    }
    if let Some((_, reason)) = &state.ended {
        told.ended_for = open(key, id, Part::Ending, reason)?;
    }
    Ok(told)
}

fn finding(kept: KeptFinding) -> wire::ReviewedRule {
    let outcome = wire::RuleOutcome::from_str_name(&kept.outcome).unwrap_or_default();
    wire::ReviewedRule {
        rule: kept.rule,
        outcome: outcome.into(),
        reason: kept.reason,
        message: kept.message,
    }
}
