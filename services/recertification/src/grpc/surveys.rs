//! Surveys (摸底): filling in, signing, giving back, the three clears.

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_casework::{Scope, Sight, run};
use quanheng_identity::Action;
use quanheng_policy::{PersonId, UnitId};
use quanheng_runtime::{Call, Decided, Done, Failure};
use quanheng_streams as streams;
use quanheng_streams::{CampaignId, CampaignState, SurveyState};

use crate::survey::{self, Command, Signer, decide, written};
use crate::{message, parse, work};

/// Who may act on a survey.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Who acts for the unit: its own clerk, or who governs it.
    Unit,
    /// The same, or the clerk of the parent department.
    UnitOrParent,
    /// Who governs the unit.
    Governor,
}

fn may(sight: &Sight<'_>, unit: &UnitId, who: Who) -> Result<(), Failure> {
    let profile = sight.last_profile(unit)?;
    match who {
        Who::Governor => sight.governs(&profile.division),
        Who::Unit => work::acts_for(sight, unit),
        Who::UnitOrParent => {
            let own = sight.scope.principal.unit.as_ref();
            match own.is_some() && own == profile.parent.as_ref() {
                true => Ok(()),
                false => work::acts_for(sight, unit),
            }
        }
    }
}

/// The campaign of a survey, whose province the unit lies in.
pub(super) fn campaign_of<'a>(
    sight: &Sight<'a>,
    id: &CampaignId,
    unit: &UnitId,
) -> Result<&'a CampaignState, Failure> {
    let campaign = work::campaign(sight, id)?;
    let division = sight.last_profile(unit)?.division;
    match campaign.notified.division.contains(&division) {
        true => Ok(campaign),
        false => {
            let name = survey::name(id, unit);
            let message = format!("units/{unit} 不在本次重新认定工作的行政区划内");
            Err(Failure::rule("NOT_OF_CAMPAIGN", &name, message)
                .with("unit", format!("units/{unit}"))
                .with("campaign", crate::campaign::name(id)))
        }
    }
}

/// A survey as it will be.
pub(super) fn told(
    sight: &Sight<'_>,
    campaign: &CampaignState,
    state: &SurveyState,
    drafts: &[quanheng_eventlog::EventDraft],
) -> Result<wire::Survey, Failure> {
    let stream = streams::survey(&state.campaign, &state.unit);
    let etag = quanheng_runtime::next_etag(sight.desk, &stream, drafts);
    let division = sight.last_profile(&state.unit)?.division;
    let due = campaign.notified.survey_due_on;
    Ok(message::survey::survey(state, Some(due), division.to_string(), etag))
}

/// Executes a command on a survey.
async fn on_survey<R: Mutation + Message>(
    call: &Call,
    request: &R,
    name: &str,
    who: Who,
    by: PersonId,
    command: impl Fn(&Sight<'_>, &UnitId) -> Result<Command, Failure> + Send + Sync + 'static,
) -> Result<Done<wire::Survey>, Failure> {
    let (id, unit) = parse::survey::survey("name", name)?;
    let given = request.etag().to_owned();
    run(call, request, Scope::new(call, vec![]), move |sight| {
        let campaign = work::campaign(sight, &id)?;
        sight.registered_unit(&unit)?;
        may(sight, &unit, who)?;
        campaign_of(sight, &id, &unit)?;
        let stream = streams::survey(&id, &unit);
        let state = sight.need::<streams::Surveys>(&stream)?.as_ref();
        quanheng_runtime::check_etag(sight.desk, &stream, &given)?;
        let policy = sight.policy(&sight.last_profile(&unit)?.division, sight.today);
        let command = command(sight, &unit)?;
        let event = decide(&campaign.course, state, command, &policy, &by, sight.today);
        let event = event.map_err(|refusal| refusal.failure(&survey::name(&id, &unit)))?;
        let (drafts, state) = written(sight, &id, &unit, &[event])?;
        let answer = told(sight, campaign, &state, &drafts)?;
        Ok(Decided::new(drafts, answer))
    })
    .await
}

pub(super) async fn submit(
    call: &Call,
    request: wire::SubmitSurveyRequest,
) -> Result<wire::SubmitSurveyResponse, Failure> {
    let by = work::actor(call)?;
    let (campaign, _) = parse::survey::survey("name", &request.name)?;
    let answer = parse::survey::answer(request.answer.as_ref())?;
    let done = on_survey(call, &request, &request.name, Who::Unit, by, move |sight, unit| {
        sight.profile(unit, sight.today)?;
        let (campaign, unit) = (campaign.clone(), unit.clone());
        Ok(Command::Submit { campaign, unit, answer: Box::new(answer.clone()) })
    });
    let done = done.await?;
    Ok(wire::SubmitSurveyResponse { survey: Some(done.answer), position: done.position.0 })
}

pub(super) async fn sign(
    call: &Call,
    request: wire::SignSurveyRequest,
) -> Result<wire::SignSurveyResponse, Failure> {
    let by = work::actor(call)?;
    let person = by.clone();
    let name = request.name.clone();
    let done = on_survey(call, &request, &name, Who::UnitOrParent, by, move |sight, unit| {
        let slot = sight.person(&person, sight.today)?.slot_on(sight.today);
        let signer =
            Signer { person: person.clone(), unit: slot.map(|(_, slot)| slot.unit.clone()) };
        Ok(Command::Sign { signer, parent: sight.last_profile(unit)?.parent })
    });
    let done = done.await?;
    Ok(wire::SignSurveyResponse { survey: Some(done.answer), position: done.position.0 })
}

pub(super) async fn reopen(
    call: &Call,
    request: wire::ReopenSurveyRequest,
) -> Result<wire::ReopenSurveyResponse, Failure> {
    let by = work::actor(call)?;
    let reason = parse::shared::text("reason", &request.reason)?;
    let done = on_survey(call, &request, &request.name, Who::Governor, by, move |_, _| {
        Ok(Command::Reopen { reason: reason.clone() })
    });
    let done = done.await?;
    Ok(wire::ReopenSurveyResponse { survey: Some(done.answer), position: done.position.0 })
}

pub(super) async fn confirm(
    call: &Call,
    request: wire::ConfirmThreeClearRequest,
) -> Result<wire::ConfirmThreeClearResponse, Failure> {
    let by = work::actor(call)?;
    let three = parse::shared::three_clear("three_clear", request.three_clear.as_ref())?;
    let reason = parse::shared::short("override_reason", &request.override_reason)?;
    let files = parse::survey::evidence_files(&three)?;
    let done = on_survey(call, &request, &request.name, Who::Governor, by, move |sight, _| {
        work::files_exist(sight, &files)?;
        Ok(Command::ConfirmThreeClear { three: three.clone(), reason: reason.clone() })
    });
    let done = done.await?;
    let survey = Some(done.answer);
    Ok(wire::ConfirmThreeClearResponse { survey, position: done.position.0 })
}

/// Whether a caller sees a unit's survey: who governs the division, the unit's own clerk, and
/// that of its parent department.
pub(super) async fn sees(
    call: &Call,
    unit: &UnitId,
    division: &str,
    name: &str,
) -> Result<(), Failure> {
    use quanheng_runtime::reading::{Horizon, state_at};
    let own = call.principal.unit.as_ref();
    if own == Some(unit) {
        return Ok(());
    }
    if let Some(own) = own {
        let stream = streams::unit(unit);
        let found = state_at::<streams::Units>(&call.realm.log, stream, Horizon::Now).await?.0;
        let parent = found.and_then(|unit| unit.parent_on(call.realm.today()));
        if parent.as_ref() == Some(own) {
            return Ok(());
        }
        if !call.may(Action::RecertificationManage) {
            call.realm.denials.record(&call.principal, call.method);
            return Err(Failure::not_found(name));
        }
    }
    let division = quanheng_policy::codes::DivisionCode::parse(division);
    call.sees(&division.map_err(Failure::internal)?, name)
}
