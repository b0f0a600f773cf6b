//! What happened, for people (办理记录). What is sealed is not told here.

pub(crate) mod campaign;
pub(crate) mod case;
pub(crate) mod transition;

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Record;
use quanheng_runtime::Failure;

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
