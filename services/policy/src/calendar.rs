//! Calendars (放假调休安排): whole years, each with the document that arranges it. They hold
//! for the whole realm.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_eventlog::BlobRef;
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_runtime::wire::wrong_code;
use quanheng_runtime::{Call, Deciding, Failure, Publication};
use quanheng_streams::{PolicyEvent, PublishedYears};

use crate::document::{
    bounded, decided, event, faulty, moment, publication, published_here, publisher, shelf,
};
use crate::table::{Counts, Table};

/// The years of a publication. `known`: those that were published before it.
fn message(
    calendar: &Publication<PublishedYears>,
    counts: &BTreeMap<i16, Counts>,
    known: &BTreeSet<i16>,
) -> Vec<wire::CalendarYear> {
    let years = calendar.what.years.iter();
    let years = years.map(|year| {
        let Counts { holidays, makeup_workdays } = counts.get(year).copied().unwrap_or_default();
        wire::CalendarYear {
            year: (*year).into(),
            holidays,
            makeup_workdays,
            source: calendar.what.source.clone(),
            publish_time: moment(calendar.time),
            publisher: publisher(&calendar.by),
            replaces: known.contains(year),
        }
    });
    years.collect()
}

pub(crate) async fn publish(
    call: &Call,
    request: wire::PublishCalendarRequest,
) -> Result<wire::PublishCalendarResponse, Failure> {
    bounded("csv", &request.csv)?;
    let source = DocumentNumber::parse(&request.source);
    let source = source.map_err(|error| wrong_code("source", error))?;
    let table = Table::read(&request.csv).map_err(faulty)?;
    call.governs(&DivisionCode::nation())?;
    let (policies, by) = (call.realm.policies.clone(), call.principal_name()?);
    let text = Bytes::copy_from_slice(request.csv.as_bytes());
    let command = Deciding::new(vec![policies.read()], move |desk| {
        let known = policies.at(desk)?.calendar().published_years().collect();
        let new =
            publication(recorded(&table, &source.to_string(), &text), by.as_str(), desk.time());
        let draft = event(&PolicyEvent::CalendarPublished { calendar: new.what.clone() }, &text)?;
        let years = message(&new, &table.counts(), &known);
        let answer = wire::PublishCalendarResponse { years, position: 0 };
        Ok(decided(draft, text.clone(), answer))
    });
    let done = published_here(call, &request, command).await?;
    Ok(wire::PublishCalendarResponse { position: done.position.0, ..done.answer })
}

/// What is recorded of a table.
pub(crate) fn recorded(table: &Table, source: &str, text: &Bytes) -> PublishedYears {
    let blob = BlobRef::of(text);
    PublishedYears {
        years: table.years().into_iter().collect(),
        source: source.to_owned(),
        sha256: blob.digest.to_string(),
        size: blob.size,
    }
}

pub(crate) async fn list(
    call: &Call,
    request: wire::ListCalendarsRequest,
) -> Result<wire::ListCalendarsResponse, Failure> {
    let (shelf, position) = shelf(call, request.min_position).await?;
    let mut known = BTreeSet::new();
    let mut newest = BTreeMap::new();
    for calendar in &shelf.calendars {
        let text = call.realm.policies.text(&calendar.what.sha256).await?;
        let counts = Table::of_published(&text).counts();
        for year in message(calendar, &counts, &known) {
            newest.insert(year.year, year);
        }
        known.extend(&calendar.what.years);
    }
    Ok(wire::ListCalendarsResponse { years: newest.into_values().collect(), position })
}
