//! Campaigns (重新认定工作): the notice, task forces, phases, the end.

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_casework::{Scope, Sight, run};
use quanheng_eventlog::EventDraft;
use quanheng_policy::PersonId;
use quanheng_recertification::campaign::{Command as Course, Override, Phase};
use quanheng_runtime::wire::given_or_new;
use quanheng_runtime::{Call, Decided, Done, Failure};
use quanheng_streams as streams;
use quanheng_streams::{CampaignId, CampaignState, Entity as _, ProvinceCampaignEvent};

use crate::campaign::{self, Command, Refusal, decide, drafted, ends, open_cases};
use crate::{message, parse, work};

/// A campaign on its way through a command.
pub(super) struct Turn<'w, 's> {
    pub(super) sight: &'w Sight<'s>,
    id: CampaignId,
    /// As it will be; none before it is opened.
    pub(super) state: Option<CampaignState>,
    /// What happens to it, and to whatever else.
    pub(super) drafts: Vec<EventDraft>,
}

impl<'w, 's> Turn<'w, 's> {
    pub(super) fn of(sight: &'w Sight<'s>, id: &CampaignId) -> Result<Self, Failure> {
        let state = sight.need::<streams::Campaigns>(&streams::campaign(id))?.clone();
        Ok(Self { sight, id: id.clone(), state, drafts: Vec::new() })
    }

    /// As it is, where it has to be there.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND`.
    pub(super) fn campaign(&self) -> Result<&CampaignState, Failure> {
        self.state.as_ref().ok_or_else(|| Failure::not_found(campaign::name(&self.id)))
    }

    /// What a command brings about.
    ///
    /// # Errors
    /// What is refused.
    pub(super) fn take(&mut self, command: Command, by: &PersonId) -> Result<(), Failure> {
        let division = match (&self.state, &command) {
            (None, Command::Notify { notified, .. }) => notified.division.clone(),
            _ => self.campaign()?.notified.division.clone(),
        };
        let policy = self.sight.policy(&division, self.sight.today);
        let events = decide(self.state.as_ref(), command, &policy, by, self.sight.today);
        let name = campaign::name(&self.id);
        for event in events.map_err(|refusal: Refusal| refusal.failure(&name))? {
            let stream = streams::campaign(&self.id);
            let about = std::slice::from_ref(&name);
            let draft = drafted::<streams::Campaigns>(self.sight, stream, &division, &event, about);
            self.drafts.push(draft?);
            streams::Campaigns::evolve(&mut self.state, &event);
            if ends(&event) {
                let (campaign, on) = (self.id.clone(), self.sight.today);
                self.province(&ProvinceCampaignEvent::ProvinceCampaignEnded { campaign, on })?;
            }
        }
        Ok(())
    }

    /// Tells the province which campaign goes on.
    fn province(&mut self, event: &ProvinceCampaignEvent) -> Result<(), Failure> {
        let division = self.campaign()?.notified.division.clone();
        let stream = streams::province_campaigns(&division);
        let about = [campaign::name(&self.id)];
        let sight = self.sight;
        let draft = drafted::<streams::ProvinceCampaigns>(sight, stream, &division, event, &about)?;
        self.drafts.push(draft);
        Ok(())
    }

    /// The campaign as it will be.
    pub(super) fn answer(self) -> Result<Decided<wire::Campaign>, Failure> {
        let open = |phase| Ok::<_, Failure>(open_cases(self.sight, &self.id, phase)?.len() as u64);
        let open = [open(Phase::Provincial)?, open(Phase::Municipal)?];
        let stream = streams::campaign(&self.id);
        let etag = quanheng_runtime::next_etag(self.sight.desk, &stream, &self.drafts);
        let told = message::campaign::campaign(self.campaign()?, open, etag);
        Ok(Decided::new(self.drafts, told))
    }
}

/// Executes a command on a campaign of a province that the caller governs.
pub(super) async fn on_campaign<R: Mutation + Message>(
    call: &Call,
    request: &R,
    name: &str,
    turn: impl Fn(&mut Turn<'_, '_>) -> Result<(), Failure> + Send + Sync + 'static,
) -> Result<Done<wire::Campaign>, Failure> {
    let id = parse::campaign("name", name)?;
    let given = request.etag().to_owned();
    run(call, request, Scope::new(call, vec![]), move |sight| {
        let mut work = Turn::of(sight, &id)?;
        sight.governs(&work.campaign()?.notified.division)?;
        quanheng_runtime::check_etag(sight.desk, &streams::campaign(&id), &given)?;
        turn(&mut work)?;
        work.answer()
    })
    .await
}

pub(super) async fn create(
    call: &Call,
    request: wire::CreateCampaignRequest,
) -> Result<wire::CreateCampaignResponse, Failure> {
    let by = work::actor(call)?;
    let notified = parse::campaigns::notified(&request)?;
    let id: CampaignId = given_or_new("campaign_id", &request.campaign_id)?;
    let done = run(call, &request, Scope::new(call, vec![]), move |sight| {
        sight.governs(&notified.division)?;
        let mut work = Turn::of(sight, &id)?;
        let province = streams::province_campaigns(&notified.division);
        let going_on = sight.need::<streams::ProvinceCampaigns>(&province)?;
        if let Some(other) = going_on.latest.as_ref().filter(|other| going_on.open && **other != id)
        {
            let message = format!("{} 已有正在进行的重新认定工作", notified.division);
            let name = campaign::name(other);
            return Err(Failure::rule("CAMPAIGN_OPEN", &name, message)
                .with("campaign", name)
                .with("division", notified.division.to_string()));
        }
        work::files_exist(sight, &notified.attachments)?;
        let notified = Box::new(notified.clone());
        work.take(Command::Notify { campaign: id.clone(), notified }, &by)?;
        let (campaign, on) = (id.clone(), sight.today);
        work.province(&ProvinceCampaignEvent::ProvinceCampaignBegan { campaign, on })?;
        work.answer()
    });
    let done = done.await?;
    let campaign = Some(done.answer);
    Ok(wire::CreateCampaignResponse { campaign, position: done.position.0 })
}

pub(super) async fn set_task_force(
    call: &Call,
    request: wire::SetTaskForceRequest,
) -> Result<wire::SetTaskForceResponse, Failure> {
    let by = work::actor(call)?;
    let (division, force) = parse::campaigns::task_force(request.task_force.as_ref())?;
    let done = on_campaign(call, &request, &request.name, move |work| {
        let persons: Vec<&PersonId> =
            force.members.iter().map(|one| &one.person).chain([&force.lead]).collect();
        let command = Command::SetTaskForce { division: division.clone(), force: force.clone() };
        work.take(command, &by)?;
        campaign::persons_serve(work.sight, persons)
    });
    let done = done.await?;
    let campaign = Some(done.answer);
    Ok(wire::SetTaskForceResponse { campaign, position: done.position.0 })
}

/// A command whose decision the pure rules take.
async fn course<R: Mutation + Message>(
    call: &Call,
    request: &R,
    name: &str,
    command: impl Fn(&Turn<'_, '_>) -> Result<Course, Failure> + Send + Sync + 'static,
) -> Result<Done<wire::Campaign>, Failure> {
    let by = work::actor(call)?;
    on_campaign(call, request, name, move |work| {
        let command = command(work)?;
        work.take(Command::Course(command), &by)
    })
    .await
}

pub(super) async fn open_phase(
    call: &Call,
    request: wire::OpenPhaseRequest,
) -> Result<wire::OpenPhaseResponse, Failure> {
    let phase = parse::campaigns::phase("phase", request.phase())?;
    let done = course(call, &request, &request.name, move |_| Ok(Course::OpenPhase(phase)));
    let done = done.await?;
    Ok(wire::OpenPhaseResponse { campaign: Some(done.answer), position: done.position.0 })
}

pub(super) async fn override_gate(
    call: &Call,
    request: wire::OverridePhaseGateRequest,
) -> Result<wire::OverridePhaseGateResponse, Failure> {
    let by = work::actor(call)?;
    let reason = parse::shared::text("reason", &request.reason)?;
    let done = course(call, &request, &request.name, move |work| {
        let on = work.sight.today;
        Ok(Course::OverrideGate(Override { by: by.clone(), on, reason: reason.clone() }))
    });
    let done = done.await?;
    let campaign = Some(done.answer);
    Ok(wire::OverridePhaseGateResponse { campaign, position: done.position.0 })
}

pub(super) async fn end_intake(
    call: &Call,
    request: wire::EndIntakeRequest,
) -> Result<wire::EndIntakeResponse, Failure> {
    let phase = parse::campaigns::phase("phase", request.phase())?;
    let done = course(call, &request, &request.name, move |_| Ok(Course::EndIntake(phase)));
    let done = done.await?;
    Ok(wire::EndIntakeResponse { campaign: Some(done.answer), position: done.position.0 })
}

pub(super) async fn close_phase(
    call: &Call,
    request: wire::ClosePhaseRequest,
) -> Result<wire::ClosePhaseResponse, Failure> {
    let phase = parse::campaigns::phase("phase", request.phase())?;
    let done = course(call, &request, &request.name, move |work| {
        let open_cases = open_cases(work.sight, &work.id, phase)?.len() as u64;
        Ok(Course::ClosePhase { phase, open_cases })
    });
    let done = done.await?;
    Ok(wire::ClosePhaseResponse { campaign: Some(done.answer), position: done.position.0 })
}

pub(super) async fn close_survey(
    call: &Call,
    request: wire::CloseSurveyRequest,
) -> Result<wire::CloseSurveyResponse, Failure> {
    let done = course(call, &request, &request.name, |_| Ok(Course::CloseSurvey)).await?;
    Ok(wire::CloseSurveyResponse { campaign: Some(done.answer), position: done.position.0 })
}

pub(super) async fn close(
    call: &Call,
    request: wire::CloseCampaignRequest,
) -> Result<wire::CloseCampaignResponse, Failure> {
    let done = course(call, &request, &request.name, |_| Ok(Course::Close)).await?;
    Ok(wire::CloseCampaignResponse { campaign: Some(done.answer), position: done.position.0 })
}
