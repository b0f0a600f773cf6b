//! Campaigns and surveys as messages.

use quanheng_api::date;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_policy::codes::DivisionCode;
use quanheng_recertification::campaign::{Phase, PhaseState, SurveyState as Window};
use quanheng_streams::{CampaignState, Frozen, TaskForce};

use super::shared::{attachment_names, exception, figures, person_name};

fn window(window: Window) -> wire::SurveyWindow {
    match window {
        Window::NotOpen => wire::SurveyWindow::Unspecified,
        Window::Open => wire::SurveyWindow::Open,
        Window::Closed => wire::SurveyWindow::Closed,
    }
}

/// 阶段
pub(crate) fn phase(phase: Phase) -> wire::CampaignPhase {
    match phase {
        Phase::Provincial => wire::CampaignPhase::Provincial,
        Phase::Municipal => wire::CampaignPhase::Municipal,
    }
}

fn phase_state(state: PhaseState) -> wire::PhaseState {
    match state {
        PhaseState::NotOpen => wire::PhaseState::NotOpen,
        PhaseState::Open => wire::PhaseState::Open,
        PhaseState::Reviewing => wire::PhaseState::Reviewing,
        PhaseState::Closed => wire::PhaseState::Closed,
    }
}

fn task_force(division: &DivisionCode, force: &TaskForce) -> wire::TaskForce {
    let members = force.members.iter().map(|one| wire::TaskForceMember {
        person: person_name(&one.person),
        department: one.department.clone(),
    });
    wire::TaskForce {
        division: division.to_string(),
        lead: person_name(&force.lead),
        members: members.collect(),
        document_number: force.document.to_string(),
    }
}

fn frozen(campaign: &CampaignState, frozen: &Frozen) -> wire::FrozenBaseline {
    wire::FrozenBaseline {
        on: Some(date(campaign.notified.baseline_on)),
        position: frozen.position,
        before: Some(figures(frozen.before)),
        frozen_on: Some(date(frozen.on)),
    }
}

/// A campaign. `open`: the open cases of both phases, in their order.
pub(crate) fn campaign(campaign: &CampaignState, open: [u64; 2], etag: String) -> wire::Campaign {
    let (notified, course) = (&campaign.notified, &campaign.course);
    let phases = Phase::ALL.iter().zip(open).map(|(one, open_cases)| wire::PhaseStanding {
        phase: phase(*one).into(),
        state: phase_state(course.phase(*one)).into(),
        open_cases,
    });
    let forces = campaign.task_forces.iter();
    wire::Campaign {
        name: crate::campaign::name(&campaign.campaign),
        title: notified.title.clone(),
        division: notified.division.to_string(),
        document_number: notified.document.to_string(),
        notice: notified.notice.clone(),
        attachments: attachment_names(&notified.attachments),
        baseline_on: Some(date(notified.baseline_on)),
        survey_due_on: Some(date(notified.survey_due_on)),
        survey: window(course.survey).into(),
        phases: phases.collect(),
        gate_override: course.gate_override.as_ref().map(exception),
        task_forces: forces.map(|(division, force)| task_force(division, force)).collect(),
        baseline: campaign.frozen.as_ref().map(|one| frozen(campaign, one)),
        closed: course.closed,
        created_on: Some(date(campaign.created_on)),
        etag,
    }
}
