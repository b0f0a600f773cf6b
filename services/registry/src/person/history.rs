//! What was recorded of a person, in words. Nothing that is sealed is opened for it.

use jiff::civil::Date;
use quanheng_api::quanheng::registry::v1::HistoryEntry;
use quanheng_eventlog::Record;
use quanheng_policy::codes::DocumentNumber;
use quanheng_register::person::{Event, SpellFix};
use quanheng_runtime::Failure;
use quanheng_streams::{Persons, read};

/// The entry of an event.
///
/// # Errors
/// An internal failure when the event cannot be read.
pub(crate) fn entry(record: &Record) -> Result<HistoryEntry, Failure> {
    let event = read::<Persons>(record).map_err(Failure::internal)?;
    let envelope = record.envelope().map_err(Failure::internal)?;
    let document = document(&event).map(ToString::to_string);
    Ok(HistoryEntry {
        version: record.version.0,
        position: record.position.0,
        effective_on: effective_on(&event).map(quanheng_api::date),
        r#type: record.event_type.as_str().to_owned(),
        document_number: document.unwrap_or_default(),
        principal: envelope.principal.as_deref().unwrap_or_default().to_owned(),
        summary: summary(&event),
        recorded_at: envelope.time.clone().into_owned(),
        request_id: envelope.requestid.map(|id| id.to_string()).unwrap_or_default(),
    })
}

/// Whether an event is that the person was erased.
pub(crate) fn is_erasure(record: &Record) -> bool {
    record.event_type.as_str() == "quanheng.registry.person_erased.v1"
}

/// Whether an event is about something sealed besides who the person is: an assessment, a
/// commendation, a sanction, an investigation, a relative.
pub(crate) fn is_of_sealed_fact(record: &Record) -> bool {
    const ABOUT: [&str; 6] =
        ["assessment_", "commendation_", "sanction_", "investigation_", "relative_", "fact_"];
    let event = record.event_type.as_str().strip_prefix("quanheng.registry.");
    event.is_some_and(|event| ABOUT.iter().any(|about| event.starts_with(about)))
}

fn effective_on(event: &Event) -> Option<Date> {
    match event {
        Event::PersonRegistered { slot, .. }
        | Event::SlotMoved { slot, .. }
        | Event::PersonRejoined { slot, .. } => Some(slot.from),
        Event::OpeningFactsRecorded { cut_over, .. } => Some(*cut_over),
        Event::PostTaken { post, .. } => Some(post.from),
        Event::RankTaken { rank, .. } => Some(rank.from),
        Event::SecondmentStarted { secondment, .. } => Some(secondment.from),
        Event::PostLeft { on, .. }
        | Event::RankLeft { on, .. }
        | Event::SecondmentEnded { on, .. }
        | Event::LeftService { on, .. }
        | Event::PersonErased { on, .. } => Some(*on),
        _ => None,
    }
}

fn document(event: &Event) -> Option<&DocumentNumber> {
    match event {
        Event::PersonRegistered { slot, .. }
        | Event::SlotMoved { slot, .. }
        | Event::PersonRejoined { slot, .. } => slot.document.as_ref(),
        Event::PostTaken { post, .. } => post.document.as_ref(),
        Event::RankTaken { rank, .. } => rank.document.as_ref(),
        Event::SecondmentStarted { secondment, .. } => secondment.document.as_ref(),
        Event::PostLeft { document, .. }
        | Event::RankLeft { document, .. }
        | Event::SpellCorrected { document, .. }
        | Event::LeftService { document, .. }
        | Event::Reinstated { document, .. } => document.as_ref(),
        _ => None,
    }
}

fn summary(event: &Event) -> String {
    match event {
        Event::PersonRegistered { slot, .. } => {
            format!("登记,编制在 units/{}({})", slot.unit, slot.slot.label())
        }
        Event::OpeningFactsRecorded { posts, ranks, .. } => {
            format!("记录期初信息:任职 {} 段,任职级 {} 段", posts.len(), ranks.len())
        }
        Event::PersonUpdated { changes, private } => match (changes.is_empty(), private) {
            (true, _) => "变更个人信息".to_owned(),
            (false, None) => "变更基本信息".to_owned(),
            (false, Some(_)) => "变更个人信息和基本信息".to_owned(),
        },
        Event::SlotMoved { slot, way, .. } => {
            format!("{}至 units/{}({})", way.label(), slot.unit, slot.slot.label())
        }
        Event::PostTaken { post, .. } => format!("任{}({})", post.title, post.way.label()),
        Event::PostLeft { spell, reason, .. } => format!("免职({}):{spell}", reason.label()),
        Event::RankTaken { rank, .. } => {
            format!("任职级 {}/{}({})", rank.category, rank.rank, rank.reason.label())
        }
        Event::RankLeft { spell, reason, .. } => format!("免职级({}):{spell}", reason.label()),
        Event::SecondmentStarted { secondment, .. } => format!("挂职:{}", secondment.place),
        Event::SecondmentEnded { spell, .. } => format!("挂职期满:{spell}"),
        Event::SpellCorrected { spell, fix: SpellFix::Voided, reason, .. } => {
            format!("更正:{spell} 作废,{reason}")
        }
        Event::SpellCorrected { spell, reason, .. } => format!("更正 {spell}:{reason}"),
        Event::LeftService { reason, .. } => format!("离开公务员队伍({})", reason.label()),
        Event::Reinstated { reason, .. } => format!("更正,恢复在职:{reason}"),
        Event::PersonRejoined { slot, entry, .. } => {
            format!("重新进入({}),编制在 units/{}", entry.label(), slot.unit)
        }
        Event::AssessmentRecorded { year, corrects: false, .. } => format!("记录 {year} 年度考核"),
        Event::AssessmentRecorded { year, .. } => format!("更正 {year} 年度考核"),
        Event::CommendationRecorded { .. } => "记录奖励".to_owned(),
        Event::SanctionRecorded { .. } => "记录处分或组织处理".to_owned(),
        Event::SanctionLifted { .. } => "解除处分或组织处理".to_owned(),
        Event::InvestigationOpened { .. } => "记录立案".to_owned(),
        Event::InvestigationClosed { .. } => "记录结案".to_owned(),
        Event::RelativeDeclared { .. } => "报告亲属".to_owned(),
        Event::RelativeWithdrawn { .. } => "亲属关系解除".to_owned(),
        Event::FactCorrected { kind, reason, .. } => format!("更正{}:{reason}", kind.label()),
        Event::PersonErased { ordered_by, reason, .. } => {
            format!("删除个人信息({ordered_by}):{reason}")
        }
    }
}
