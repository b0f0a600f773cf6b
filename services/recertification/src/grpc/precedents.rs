//! Decisions that later reviewers may look at.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_projection::Filter;
use quanheng_runtime::reading::{list, read_failure};
use quanheng_runtime::{Call, Failure};

use super::cases::on_case;
use crate::case::Command;
use crate::view::cases::{PRECEDENTS, PROJECTION, PrecedentDoc};
use crate::{parse, work};

pub(super) async fn publish(
    call: &Call,
    request: wire::PublishPrecedentRequest,
) -> Result<wire::PublishPrecedentResponse, Failure> {
    let by = work::actor(call)?;
    let title = parse::shared::text("title", &request.title)?;
    let summary = parse::shared::text("summary", &request.summary)?;
    let done = on_case(call, &request, &request.name, move |work| {
        let division = work.sight.last_profile(&work.state.unit)?.division;
        work.sight.governs(&division)?;
        let (title, summary) = (title.clone(), summary.clone());
        work.event(Command::PublishPrecedent { title, summary, by: by.clone() })
    });
    let done = done.await?;
    Ok(wire::PublishPrecedentResponse { case: Some(done.answer), position: done.position.0 })
}

/// Precedents are for every reviewer of the country.
pub(super) async fn list_all(
    call: &Call,
    request: wire::ListPrecedentsRequest,
) -> Result<wire::ListPrecedentsResponse, Failure> {
    let view = call.realm.view(PROJECTION, request.min_position, call.deadline).await?;
    let order = "published_on desc";
    let page = list(call, &view, PRECEDENTS, &request, Filter::all(), order).await?;
    let docs = page.docs.iter();
    let docs = docs.map(|doc| doc.parse::<PrecedentDoc>().map_err(Failure::internal));
    let docs = docs.collect::<Result<Vec<_>, Failure>>()?;
    Ok(wire::ListPrecedentsResponse {
        precedents: docs.into_iter().map(PrecedentDoc::message).collect(),
        position: view.position().map_err(read_failure)?.0,
        next_page_token: page.next,
        total_size: page.total.unwrap_or_default(),
    })
}
