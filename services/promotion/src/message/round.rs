//! Rounds as messages.

use quanheng_api::date;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_streams::{CaseKey, Plan, RoundPhase, RoundState, account_id};
use quanheng_workflow::case::Case;

use crate::seats::hold_name;

/// How far a round is.
fn phase(phase: RoundPhase) -> wire::PromotionRoundState {
    match phase {
        RoundPhase::Planned => wire::PromotionRoundState::Planned,
        RoundPhase::Decided => wire::PromotionRoundState::Decided,
        RoundPhase::Opened => wire::PromotionRoundState::Opened,
        RoundPhase::Closed => wire::PromotionRoundState::Closed,
        RoundPhase::Refused => wire::PromotionRoundState::Refused,
        RoundPhase::Withdrawn => wire::PromotionRoundState::Withdrawn,
    }
}

fn plan(plan: &Plan) -> wire::PromotionPlan {
    let ranks = plan
        .ranks
        .iter()
        .map(|line| wire::PlannedRank { rank: line.rank.to_string(), seats: line.seats });
    let timetable = plan
        .timetable
        .iter()
        .map(|part| wire::Milestone { what: part.what.clone(), by: Some(date(part.by)) });
    wire::PromotionPlan {
        title: plan.title.clone(),
        scope: plan.scope.clone(),
        ranks: ranks.collect(),
        conditions: plan.conditions.clone(),
        timetable: timetable.collect(),
    }
}

/// A round, with where its case stands.
pub(crate) fn round(state: &RoundState, case: Option<&Case>, etag: String) -> wire::PromotionRound {
    let account = &state.account;
    let open = case.and_then(|case| case.open.as_ref());
    wire::PromotionRound {
        name: format!("promotionRounds/{}", state.round),
        unit: format!("units/{}", state.unit),
        account: format!("quotaAccounts/{}", account_id(account)),
        plan: Some(plan(&state.plan)),
        state: phase(state.phase).into(),
        minutes: state.minutes.clone(),
        hold: state.hold.as_ref().map(|hold| hold_name(account, hold)).unwrap_or_default(),
        case: format!("cases/{}", CaseKey::round(&state.round)),
        step: open.map(|open| open.step.to_string()).unwrap_or_default(),
        requests: u32::try_from(state.requests.len()).unwrap_or(u32::MAX),
        moves_taken: u32::try_from(state.moves.len()).unwrap_or(u32::MAX),
        created_by: format!("persons/{}", state.created_by),
        created_on: Some(date(state.created_on)),
        reason: state.reason.clone(),
        counts: Vec::new(),
        etag,
    }
}
