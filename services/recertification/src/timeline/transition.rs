//! What happened to a transition.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Record;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::{TransitionEvent, account_id};

use super::entry;
use crate::message::shared::person_name;

/// A record of a transition's stream.
pub(crate) fn of_transition(record: &Record) -> Result<wire::TimelineEntry, Failure> {
    let event = streams::read::<streams::Transitions>(record).map_err(Failure::internal)?;
    let mut told = entry(record)?;
    let (summary, by) = match &*event {
        TransitionEvent::TransitionOpened { document, from, ends_on, roster, by, .. } => {
            told.document_number = document.to_string();
            (format!("建立过渡方案:{} 人,{from} 至 {ends_on}", roster.len()), Some(by))
        }
        TransitionEvent::PersonAdded { person, by, .. } => {
            (format!("列入过渡人员 persons/{person}"), Some(by))
        }
        TransitionEvent::TalkRecorded { person, talk } => {
            let how = if talk.signed { "已签字" } else { "未签字" };
            (format!("与 persons/{person} 谈话,{how}"), Some(&talk.by))
        }
        TransitionEvent::PersonPlaced { person, placement, by, .. } => {
            told.document_number = placement.document.to_string();
            (format!("确定 persons/{person} 去向:{}", placement.option), Some(by))
        }
        TransitionEvent::SeatSettled { person, seat } => {
            let from = account_id(&seat.from);
            let summary = match &seat.to {
                Some(to) => {
                    format!("persons/{person} 职数由 {from} 随转至 {}", account_id(to))
                }
                None => format!("persons/{person} 释放 {from} 的职数"),
            };
            (summary, None)
        }
        TransitionEvent::PersonFinished { person, by, .. } => {
            (format!("persons/{person} 办结"), Some(by))
        }
        TransitionEvent::TransitionClosed { by, .. } => ("过渡办结".to_owned(), Some(by)),
        TransitionEvent::TransitionCancelled { reason, .. } => (format!("方案作废:{reason}"), None),
    };
    told.summary = summary;
    told.person = by.map(person_name).unwrap_or_default();
    Ok(told)
}
