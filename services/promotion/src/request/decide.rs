//! Decisions about requests. Pure functions of the request, the command and the day.

use jiff::civil::Date;
use quanheng_streams::{RequestEvent, RequestState};

use super::command::Command;
use super::refusal::Refusal;

/// The event that a command brings about.
///
/// # Errors
/// The rule that refuses it; nothing changes then.
pub(crate) fn decide(
    state: Option<&RequestState>,
    command: Command,
    on: Date,
) -> Result<RequestEvent, Refusal> {
    if let Command::Create {
        request,
        round,
        unit,
        account,
        person,
        category,
        rank,
        nomination,
        by,
    } = command
    {
        if state.is_some() {
            return Err(Refusal::Exists);
        }
        return Ok(RequestEvent::RequestCreated {
            request,
            round,
            unit,
            account,
            person,
            category,
            rank,
            nomination,
            by,
            on,
        });
    }
    let request = state.ok_or(Refusal::WrongState { what: "申请不存在" })?;
    if request.ended.is_some() {
        return Err(Refusal::WrongState { what: "申请已办结" });
    }
    if let Command::File { by } = command {
        return match (&request.appointment, request.filed_on) {
            (Some(_), None) => Ok(RequestEvent::PromotionFiled { by, on }),
            (None, _) => Err(Refusal::WrongState { what: "尚未任职" }),
            (Some(_), Some(_)) => Err(Refusal::WrongState { what: "已备案" }),
        };
    }
    if request.appointment.is_some() {
        return Err(Refusal::WrongState { what: "已任职" });
    }
    open(request, command, on)
}

fn open(request: &RequestState, command: Command, on: Date) -> Result<RequestEvent, Refusal> {
    Ok(match command {
        Command::Create { .. } | Command::File { .. } => return Err(Refusal::Exists),
        Command::Update { rank, nomination, by } => {
            if request.submissions > 0 && rank != request.rank {
                let what = "已选定预审项,退回后不得改变拟晋升职级";
                return Err(Refusal::Invalid { field: "rank", what });
            }
            RequestEvent::RequestUpdated { rank, nomination, by, on }
        }
        Command::Submit { seat, by } => RequestEvent::RequestSubmitted { seat, by, on },
        Command::Judge(judgement) => RequestEvent::EligibilityDecided { judgement },
        Command::Recommend { voters, valid_ballots, votes, sealed, by } => {
            if voters == 0 || valid_ballots > voters || votes > valid_ballots {
                let what = "得票数不多于有效票数,有效票数不多于参加人数";
                return Err(Refusal::Invalid { field: "votes", what });
            }
            let votes = sealed;
            RequestEvent::RecommendationRecorded { voters, valid_ballots, votes, by, on }
        }
        Command::Vet { record, by } => RequestEvent::VettingRecorded { record, by, on },
        Command::DecideCandidate { adopted, minutes, by } => {
            RequestEvent::CandidateDecided { adopted, minutes, by, on }
        }
        Command::Post(notice) => RequestEvent::NoticePosted { notice },
        Command::MoveNotice { to } => {
            if request.notice.is_none() || request.notice_result.is_some() {
                return Err(Refusal::WrongState { what: "不在公示期内" });
            }
            RequestEvent::NoticeMoved { to, on }
        }
        Command::Report { feedback, record, by } => {
            if request.notice.is_none() || request.notice_result.is_some() {
                return Err(Refusal::WrongState {
                    what: "不在公示期内或公示结果已定"
                });
            }
            RequestEvent::FeedbackReceived { feedback, record, by, on }
        }
        Command::Resolve { feedback, founded, findings, by } => {
            if !request.unresolved().any(|id| *id == feedback) {
                return Err(Refusal::NoSuchFeedback { feedback });
            }
            RequestEvent::FeedbackResolved { feedback, founded, findings, by, on }
        }
        Command::CloseNotice { result, by } => {
            resolved(request)?;
            RequestEvent::NoticeClosed { result, by, on }
        }
        Command::Approve { approved, opinion, minutes, basis, by } => {
            RequestEvent::ApprovalDecided { approved, opinion, minutes, basis, by, on }
        }
        Command::Appoint(appointment) => {
            if request.seat.is_none() {
                return Err(Refusal::WrongState { what: "尚未选定预审项" });
            }
            RequestEvent::Appointed { appointment }
        }
        Command::Suspend { reported, cause, by } => {
            RequestEvent::RequestSuspended { reported, cause, by, on }
        }
        Command::Resume { by } => {
            resolved(request)?;
            if request.suspended.is_none() {
                return Err(Refusal::WrongState { what: "申请未中止" });
            }
            RequestEvent::RequestResumed { by, on }
        }
        Command::End { ending, reason, by } => {
            RequestEvent::RequestEnded { ending, reason, by, on }
        }
    })
}

/// What was reported has to be looked into before it goes on.
fn resolved(request: &RequestState) -> Result<(), Refusal> {
    match request.unresolved().count() {
        0 => Ok(()),
        count => Err(Refusal::FeedbackUnresolved { count }),
    }
}
