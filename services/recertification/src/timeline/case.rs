//! What happened to a case, and on its flow.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Record;
use quanheng_policy::PersonId;
use quanheng_recertification::MaterialStatus;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{RecertificationEvent as E, Verdict};
use quanheng_workflow::case::{self, ActedBy};
use quanheng_workflow::event::{Completion, Event};

use super::entry;
use crate::message::shared::person_name;

/// What happened to a case.
pub(crate) fn of_case(record: &Record) -> Result<Option<wire::TimelineEntry>, Failure> {
    let event = streams::read::<streams::Recertifications>(record).map_err(Failure::internal)?;
    let mut told = entry(record)?;
    let (summary, by) = summary(&event);
    told.summary = summary;
    told.person = by.map(person_name).unwrap_or_default();
    match &*event {
        E::OpinionRecorded { text, .. } => text.clone_into(&mut told.opinion),
        E::GatePassed { gate } => gate.opinion.clone_into(&mut told.opinion),
        E::CaseDecided { decision } => {
            told.document_number =
                decision.document.as_ref().map(ToString::to_string).unwrap_or_default();
        }
        E::ReferralAnswered { document, answer, .. } => {
            told.document_number = document.to_string();
            answer.clone_into(&mut told.opinion);
        }
        E::CentrallyFiled { document, .. } => told.document_number = document.to_string(),
        E::DocumentConsulted { consulted } => {
            told.document_number = consulted.document.to_string();
        }
        _ => {}
    }
    Ok(Some(told))
}

fn summary(event: &E) -> (String, Option<&PersonId>) {
    match event {
        E::CaseCreated { route, by, .. } => (format!("提出事项:{}", route.label()), Some(by)),
        E::CaseUpdated { by, .. } => ("修改事项".to_owned(), Some(by)),
        E::MaterialsSubmitted { files, by, .. } => {
            let codes: Vec<&str> = files.keys().map(String::as_str).collect();
            (format!("提交材料:{}", codes.join("、")), Some(by))
        }
        E::MaterialReviewed { code, status, reason, by, .. } => {
            let how = match status {
                MaterialStatus::Accepted => "接受".to_owned(),
                _ => format!("退回({reason})"),
            };
            (format!("审核材料 {code}:{how}"), Some(by))
        }
        E::CaseSubmitted { by, .. } => ("申报".to_owned(), Some(by)),
        E::CorrectionRequested { text, by, .. } => (format!("反馈补正:{text}"), Some(by)),
        E::CorrectionAnswered { answer, by, .. } => (format!("补正:{answer}"), Some(by)),
        E::DocumentConsulted { consulted } => {
            (format!("查阅《{}》", consulted.title), Some(&consulted.by))
        }
        E::CaseReferred { question, by, .. } => (format!("转机构编制部门:{question}"), Some(by)),
        E::ReferralAnswered { by, .. } => ("机构编制部门答复".to_owned(), Some(by)),
        E::OpinionRecorded { opinion, .. } => {
            let how = if opinion.favourable { "同意" } else { "不同意" };
            (format!("部门意见({}):{how}", opinion.department), Some(&opinion.reviewer))
        }
        E::GatePassed { gate } => {
            let how = if gate.favourable { "同意" } else { "不同意" };
            (format!("{}{}:{how}", gate.body.label(), gate.act.label()), Some(&gate.by))
        }
        E::GatesReturned { .. } => ("退回,此后关口重新办理".to_owned(), None),
        E::CaseDecided { decision } => {
            let how = match decision.verdict {
                Verdict::Approved => "予以认定",
                Verdict::Denied => "不予认定",
                Verdict::ExitApproved => "批准退出",
                Verdict::Filed => "准予备案",
            };
            (format!("{how}(会议纪要 {})", decision.minutes), None)
        }
        E::UnitEnteredRegister { by, on } => (format!("登记,{on}"), Some(by)),
        E::CentralFilingDue { due_on } => (format!("{due_on} 前报中央备案"), None),
        E::CentrallyFiled { by, .. } => ("报中央备案".to_owned(), Some(by)),
        E::TransitionBound { transition } => {
            (format!("人员过渡方案 transitions/{transition}"), None)
        }
        E::PrecedentPublished { precedent, by } => {
            (format!("发布先例:{}", precedent.title), Some(by))
        }
        E::CaseWithdrawn { reason, by, .. } => (format!("撤回:{reason}"), Some(by)),
    }
}

/// What people and time did on its flow; nothing of what only moves its tasks, or what the case
/// itself tells.
pub(crate) fn of_flow(record: &Record) -> Result<Option<wire::TimelineEntry>, Failure> {
    let event = streams::read::<streams::Cases>(record).map_err(Failure::internal)?;
    let mut told = entry(record)?;
    let mut acted = |by: &ActedBy| told.person = person_name(&by.person);
    let (summary, opinion, step) = match &*event {
        Event::StepOpened { open } => ("步骤开始".to_owned(), "", Some(&open.step)),
        Event::TaskDecided { verdict, opinion, by, .. } => {
            acted(by);
            let how = match verdict {
                case::Verdict::Approve => "同意",
                case::Verdict::Refuse => "不同意",
            };
            (how.to_owned(), opinion.as_str(), None)
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
        Event::StepReturned { step, opinion, by, .. } => {
            acted(by);
            ("退回".to_owned(), opinion.as_str(), Some(step))
        }
        Event::DecisionRecalled { reason, by, .. } => {
            acted(by);
            ("收回".to_owned(), reason.as_str(), None)
        }
        Event::DeadlinePassed { step, .. } => ("逾期提醒".to_owned(), "", Some(step)),
        Event::Paused { reason, .. } => ("中止".to_owned(), reason.as_str(), None),
        Event::Resumed { .. } => ("恢复".to_owned(), "", None),
        _ => return Ok(None),
    };
    told.summary = summary;
    opinion.clone_into(&mut told.opinion);
    told.step = step.map(ToString::to_string).unwrap_or_default();
    Ok(Some(told))
}
