//! Appointing (任职) and filing the use of seats (使用后备案): of several candidates at once,
//! because one may leave the seat that another takes.

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_casework::Sight;
use quanheng_eventlog::EventDraft;
use quanheng_runtime::wire::{Basis, basis};
use quanheng_runtime::{Call, Failure, RuleFault};
use quanheng_streams::{Appointment, RequestState};

use super::on_requests;
use crate::judge::judge_on;
use crate::request::Command;
use crate::{parse, seats, work};

pub(super) async fn confirm(
    call: &Call,
    request: wire::ConfirmAppointmentRequest,
) -> Result<wire::ConfirmAppointmentResponse, Failure> {
    let by = work::actor(call)?;
    let ids = parse::round::requests("requests", &request.requests)?;
    let basis = basis(request.basis.as_ref())?;
    let said = quanheng_casework::case::Said { basis: Some(basis.clone()), ..work::said(call, "") };
    let document = basis.clone();
    let turn = move |work: &mut work::RequestWork<'_, '_>| {
        work.record("appointment", &by, &said)?;
        in_effect(work, &document)?;
        let appointment = Appointment {
            basis: document.clone().into(),
            minutes: work.state.approval_minutes.clone(),
            by: by.clone(),
        };
        work.event(Command::Appoint(appointment))
    };
    let then = move |sight: &Sight<'_>, states: &[RequestState]| taken(sight, states, &basis);
    let answered = |requests| wire::ConfirmAppointmentResponse { requests, position: 0 };
    let done = on_requests(call, &request, ids, turn, then, answered).await?;
    Ok(wire::ConfirmAppointmentResponse { position: done.position.0, ..done.answer })
}

/// The day on which an appointment takes effect: none before it was approved and its notice
/// closed, and none to come; and on that day, too, nothing stands against it.
fn in_effect(work: &work::RequestWork<'_, '_>, basis: &Basis) -> Result<(), Failure> {
    let (sight, state, on) = (work.sight, &work.state, basis.effective_on);
    let name = format!("promotionRequests/{}", state.request);
    let (first, last) = (state.approved_on.max(state.notice_closed_on), sight.today);
    if first.is_some_and(|first| on < first) || last < on {
        let first = first.unwrap_or(on);
        let message = format!("任职生效日期 {on} 应在审批之日 {first} 至今日 {last} 之间");
        return Err(Failure::rule("EFFECTIVE_DATE_INVALID", &name, message)
            .with("request", name)
            .with("not_before", first.to_string())
            .with("not_after", last.to_string()));
    }
    if on == last {
        return Ok(());
    }
    let judged = judge_on(sight, state, on)?;
    let mut faults: Vec<RuleFault> = judged.unmet(sight, &name);
    faults.extend(judged.bars(sight, &name));
    match faults.is_empty() {
        true => Ok(()),
        false => {
            Err(Failure::rules(faults).with("request", name).with("effective_on", on.to_string()))
        }
    }
}

/// The seats are taken, the ranks entered in the register, and the persons free to be
/// candidates again: all of it or nothing.
fn taken(
    sight: &Sight<'_>,
    states: &[RequestState],
    basis: &Basis,
) -> Result<Vec<EventDraft>, Failure> {
    let appointed: Vec<&RequestState> = states.iter().collect();
    let mut drafts = seats::occupy(sight, &appointed, basis)?;
    for request in appointed {
        drafts.extend(seats::register(sight, request, basis)?);
        drafts.extend(work::free_candidate(sight, request)?);
    }
    Ok(drafts)
}

pub(super) async fn file(
    call: &Call,
    request: wire::FilePromotionRequest,
) -> Result<wire::FilePromotionResponse, Failure> {
    let by = work::actor(call)?;
    let ids = parse::round::requests("requests", &request.requests)?;
    let said = work::said(call, "");
    let turn = move |work: &mut work::RequestWork<'_, '_>| {
        work.record("filing", &by, &said)?;
        work.event(Command::File { by: by.clone() })
    };
    let then = |sight: &Sight<'_>, states: &[RequestState]| {
        let filed: Vec<&RequestState> = states.iter().collect();
        seats::file(sight, &filed)
    };
    let answered = |requests| wire::FilePromotionResponse { requests, position: 0 };
    let done = on_requests(call, &request, ids, turn, then, answered).await?;
    Ok(wire::FilePromotionResponse { position: done.position.0, ..done.answer })
}
