//! What follows an approval: the register, and the filing with the central authority.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_runtime::{Call, Failure};

use super::cases::on_case;
use crate::case::Command;
use crate::{matter, parse, work};

pub(super) async fn register(
    call: &Call,
    request: wire::RegisterUnitRequest,
) -> Result<wire::RegisterUnitResponse, Failure> {
    let by = work::actor(call)?;
    let on = parse::shared::some_day("registered_on", request.registered_on.as_ref())?;
    let said = work::said(call, "");
    let done = on_case(call, &request, &request.name, move |work| {
        let sight = work.sight;
        work.record("registration", &by, &said)?;
        let on = on.unwrap_or(sight.today);
        work.event(Command::Register { on, by: by.clone() })?;
        let decision = work.state.decision.clone();
        let decision = decision.ok_or_else(|| Failure::internal("registered undecided"))?;
        let entered = matter::entered(sight, &work.state, &decision)?;
        work.drafts.extend(entered);
        // Where nothing is filed with the central authority, the case's end has freed it.
        let stream = quanheng_streams::reference_case(&work.state.unit);
        if !work.drafts.iter().any(|draft| draft.stream == stream) {
            let freed = work::free(sight, &work.state)?;
            work.drafts.extend(freed);
        }
        Ok(())
    });
    let done = done.await?;
    Ok(wire::RegisterUnitResponse { case: Some(done.answer), position: done.position.0 })
}

pub(super) async fn file(
    call: &Call,
    request: wire::FileWithCentralAuthorityRequest,
) -> Result<wire::FileWithCentralAuthorityResponse, Failure> {
    let by = work::actor(call)?;
    let document = parse::shared::document("document_number", &request.document_number)?;
    let said = work::said(call, "");
    let done = on_case(call, &request, &request.name, move |work| {
        work.record("central_filing", &by, &said)?;
        work.event(Command::FileCentrally { document: document.clone(), by: by.clone() })
    });
    let done = done.await?;
    let (case, position) = (Some(done.answer), done.position.0);
    Ok(wire::FileWithCentralAuthorityResponse { case, position })
}
