//! Suspending one candidate (中止), while the others of the round go on; and going on (恢复).

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_runtime::{Call, Failure};
use quanheng_workflow::command::Command as Asked;

use super::notices::not_own;
use super::on_request;
use crate::matter::PAUSED;
use crate::request;
use crate::{parse, work};

pub(super) async fn suspend(
    call: &Call,
    request: wire::SuspendRequest,
) -> Result<wire::SuspendResponse, Failure> {
    work::actor(call)?;
    let id = parse::round::request("name", &request.name)?;
    let said = work::said(call, &parse::round::text("reason", &request.reason)?);
    let done = on_request(call, &request, id, move |work| {
        let mut asked = Some(Asked::Pause { reason: PAUSED.to_owned() });
        work.act(&said, |_| Ok(asked.take()))?;
        Ok(())
    });
    let done = done.await?;
    Ok(wire::SuspendResponse { request: Some(done.answer), position: done.position.0 })
}

pub(super) async fn resume(
    call: &Call,
    request: wire::ResumeRequest,
) -> Result<wire::ResumeResponse, Failure> {
    let by = work::actor(call)?;
    let id = parse::round::request("name", &request.name)?;
    let said = work::said(call, "");
    let done = on_request(call, &request, id, move |work| {
        not_own(work, &by)?;
        // What would be refused of the request is refused at once; what still bars it, when
        // the case resumes.
        let trial = request::Command::Resume { by: Some(by.clone()) };
        let refused = request::decide(Some(&work.state), trial, work.sight.today);
        refused.map_err(|refusal| refusal.failure(&work.state.request))?;
        let mut asked = Some(Asked::Resume);
        work.act(&said, |_| Ok(asked.take()))?;
        Ok(())
    });
    let done = done.await?;
    Ok(wire::ResumeResponse { request: Some(done.answer), position: done.position.0 })
}
