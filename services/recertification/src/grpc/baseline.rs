//! Freezing the counts before the reform (冻结改革前基数).

use std::sync::Arc;

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_runtime::reading::{Horizon, state_at};
use quanheng_runtime::{Call, Failure};
use quanheng_streams as streams;
use quanheng_streams::Frozen;

use super::campaigns::on_campaign;
use crate::campaign::baseline::{self, Baseline};
use crate::campaign::{Command, drafted, name};
use crate::{parse, work};

pub(super) async fn freeze(
    call: &Call,
    request: wire::FreezeBaselineRequest,
) -> Result<wire::FreezeBaselineResponse, Failure> {
    let by = work::actor(call)?;
    let id = parse::campaign("name", &request.name)?;
    let read = Arc::new(register(call, &id).await?);
    let done = on_campaign(call, &request, &request.name, move |work| {
        let sight = work.sight;
        let province = work.campaign()?.notified.division.clone();
        let frozen =
            Frozen { position: read.position, before: read.before(&province), on: sight.today };
        work.take(Command::Freeze(frozen), &by)?;
        let about = [name(&id)];
        for event in read.events(sight.today) {
            let stream = streams::book(&id);
            let draft = drafted::<streams::Books>(sight, stream, &province, &event, &about)?;
            work.drafts.push(draft);
        }
        Ok(())
    });
    let done = done.await?;
    let campaign = Some(done.answer);
    Ok(wire::FreezeBaselineResponse { campaign, position: done.position.0 })
}

/// What the register says; nothing where the command is refused anyway.
async fn register(call: &Call, id: &streams::CampaignId) -> Result<Baseline, Failure> {
    let stream = streams::campaign(id);
    let campaign = state_at::<streams::Campaigns>(&call.realm.log, stream, Horizon::Now).await?.0;
    let readable = campaign.filter(|campaign| {
        let open = campaign.frozen.is_none() && !campaign.course.closed;
        open && call.principal.within(&campaign.notified.division)
    });
    match readable {
        None => Ok(Baseline::default()),
        Some(campaign) => {
            let notified = &campaign.notified;
            let today = call.realm.today();
            baseline::read(call, &notified.division, notified.baseline_on, today).await
        }
    }
}
