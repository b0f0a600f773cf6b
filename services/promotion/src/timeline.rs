//! What happened to a round, a request and their cases, for people. What is sealed is not
//! told here.

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_eventlog::Record;
use quanheng_policy::PersonId;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{Ending, RequestEvent, RoundEvent};
use quanheng_workflow::case::{ActedBy, Verdict};
use quanheng_workflow::event::{Completion, Event};

/// An entry with what every record tells.
fn entry(record: &Record) -> Result<wire::TimelineEntry, Failure> {
    let envelope = record.envelope().map_err(Failure::internal)?;
    Ok(wire::TimelineEntry {
        position: record.position.0,
        recorded_at: record.time.to_string(),
        r#type: record.event_type.to_string(),
        principal: envelope.principal.as_deref().unwrap_or_default().to_owned(),
        ..Default::default()
    })
}

fn name(person: &PersonId) -> String {
    format!("persons/{person}")
}

/// What happened to a round.
pub(crate) fn of_round(record: &Record) -> Result<Option<wire::TimelineEntry>, Failure> {
    let event = streams::read::<streams::Rounds>(record).map_err(Failure::internal)?;
    let mut told = entry(record)?;
    let (summary, by) = match &*event {
        RoundEvent::RoundCreated { plan, by, .. } => {
            (format!("提出工作方案:{}", plan.title), Some(by))
        }
        RoundEvent::PlanDecided { adopted, minutes, by, .. } => {
            minutes.clone_into(&mut told.minutes);
            let how = if *adopted { "通过" } else { "未通过" };
            (format!("研究工作方案:{how}"), Some(by))
        }
        RoundEvent::PreReviewAttached { hold, by, .. } => (format!("记录预审 {hold}"), Some(by)),
        RoundEvent::RequestAdded { request } => {
            (format!("提出人选 promotionRequests/{request}"), None)
        }
        RoundEvent::MoveTaken { index, request } => {
            (format!("promotionRequests/{request} 选用预审第 {index} 项"), None)
        }
        RoundEvent::MoveFreed { index, request } => {
            (format!("promotionRequests/{request} 退出预审第 {index} 项"), None)
        }
        RoundEvent::RoundClosed { reason, by, .. } => (format!("结束申报:{reason}"), Some(by)),
        RoundEvent::RoundWithdrawn { reason, by, .. } => (format!("撤回批次:{reason}"), Some(by)),
    };
    told.summary = summary;
    told.person = by.map(name).unwrap_or_default();
    Ok(Some(told))
}

/// What happened to a request.
pub(crate) fn of_request(record: &Record) -> Result<Option<wire::TimelineEntry>, Failure> {
    let event = streams::read::<streams::Requests>(record).map_err(Failure::internal)?;
    let mut told = entry(record)?;
    let (summary, by) = match &*event {
        RequestEvent::RequestCreated { rank, by, .. } => {
            (format!("提出人选,拟任 {rank}"), Some(by))
        }
        RequestEvent::RequestUpdated { by, .. } => ("修改申请".to_owned(), Some(by)),
        RequestEvent::RequestSubmitted { seat, by, .. } => {
            (format!("提交申请,选用预审第 {} 项", seat.index), Some(by))
        }
        RequestEvent::EligibilityDecided { judgement } => {
            judgement.opinion.clone_into(&mut told.opinion);
            let how = if judgement.passed { "通过" } else { "未通过" };
            (format!("任职资格审核{how}"), Some(&judgement.by))
        }
        RequestEvent::RecommendationRecorded { voters, valid_ballots, by, .. } => {
            let summary = format!("民主推荐:参加 {voters} 人,有效票 {valid_ballots} 张");
            (summary, Some(by))
        }
        RequestEvent::VettingRecorded { by, .. } => ("记录考察情况".to_owned(), Some(by)),
        RequestEvent::CandidateDecided { adopted, minutes, by, .. } => {
            minutes.clone_into(&mut told.minutes);
            let how =
                if *adopted { "确定为拟晋升人选" } else { "未确定为拟晋升人选" };
            (how.to_owned(), Some(by))
        }
        RequestEvent::NoticePosted { notice } => {
            (format!("发布公示,{} 至 {}", notice.from, notice.to), Some(&notice.by))
        }
        RequestEvent::NoticeMoved { to, .. } => (format!("公示期重新计算,至 {to}"), None),
        RequestEvent::FeedbackReceived { feedback, by, .. } => {
            (format!("收到反映 {feedback}"), Some(by))
        }
        RequestEvent::FeedbackResolved { feedback, founded, by, .. } => {
            let how = if *founded { "属实" } else { "不属实" };
            (format!("核实反映 {feedback}:{how}"), Some(by))
        }
        RequestEvent::NoticeClosed { by, .. } => ("公示结束".to_owned(), Some(by)),
        RequestEvent::ApprovalDecided { approved, opinion, minutes, by, .. } => {
            opinion.clone_into(&mut told.opinion);
            minutes.clone_into(&mut told.minutes);
            let how = if *approved { "审批同意" } else { "审批不同意" };
            (how.to_owned(), Some(by))
        }
        RequestEvent::Appointed { appointment } => {
            let basis = &appointment.basis;
            appointment.minutes.clone_into(&mut told.minutes);
            let summary = format!("任职:{},{} 起生效", basis.document, basis.effective_on);
            (summary, Some(&appointment.by))
        }
        RequestEvent::PromotionFiled { by, .. } => ("使用后备案".to_owned(), Some(by)),
        RequestEvent::RequestSuspended { by, .. } => ("中止".to_owned(), by.as_ref()),
        RequestEvent::RequestResumed { by, .. } => ("恢复".to_owned(), by.as_ref()),
        RequestEvent::RequestEnded { ending, by, .. } => {
            let how = match ending {
                Ending::Refused => "不予晋升",
                Ending::Withdrawn => "撤回申请",
            };
            (how.to_owned(), by.as_ref())
        }
    };
    told.summary = summary;
    told.person = by.map(name).unwrap_or_default();
    Ok(Some(told))
}

/// What people and time did to a case; nothing of what only moves its tasks.
pub(crate) fn of_case(record: &Record) -> Result<Option<wire::TimelineEntry>, Failure> {
    let event = streams::read::<streams::Cases>(record).map_err(Failure::internal)?;
    let mut told = entry(record)?;
    let mut acted = |by: &ActedBy| {
        told.person = name(&by.person);
        told.for_person = by.for_person.as_ref().map(name).unwrap_or_default();
    };
    let (summary, opinion, step) = match &*event {
        Event::StepOpened { open } => ("步骤开始".to_owned(), "", Some(&open.step)),
        Event::TaskClaimed { by, .. } => {
            acted(by);
            ("签收".to_owned(), "", None)
        }
        Event::TaskDecided { verdict, opinion, by, .. } => {
            acted(by);
            let how = match verdict {
                Verdict::Approve => "同意",
                Verdict::Refuse => "不同意",
            };
            (how.to_owned(), opinion.as_str(), None)
        }
        Event::TaskTransferred { to, by, .. } => {
            acted(by);
            (format!("转办至 persons/{to}"), "", None)
        }
        Event::TaskDelegated { to, by, .. } => {
            acted(by);
            (format!("委派 persons/{to}"), "", None)
        }
        Event::StepCompleted { step, completion, .. } => {
            let how = match completion {
                Completion::Passed => "步骤完成",
                Completion::Refused => "步骤未通过",
                Completion::Overdue => "步骤逾期",
                Completion::Skipped => "步骤省略",
            };
            (how.to_owned(), "", Some(step))
        }
        Event::StepReturned { step, to, opinion, by, .. } => {
            acted(by);
            (format!("退回至 {to}"), opinion.as_str(), Some(step))
        }
        Event::DecisionRecalled { reason, by, .. } => {
            acted(by);
            ("收回".to_owned(), reason.as_str(), None)
        }
        Event::DeadlinePassed { step, .. } => ("期限已过".to_owned(), "", Some(step)),
        Event::DueSet { step, due } => (format!("期限定为 {due}"), "", Some(step)),
        Event::CaseEnded { end, .. } => ("办结".to_owned(), "", Some(end)),
        _ => return Ok(None),
    };
    told.summary = summary;
    opinion.clone_into(&mut told.opinion);
    told.step = step.map(ToString::to_string).unwrap_or_default();
    Ok(Some(told))
}
