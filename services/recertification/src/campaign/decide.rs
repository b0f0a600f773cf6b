//! Decisions about a campaign, pure: its course is decided by the rules of
//! `quanheng-recertification`; the notice, the task forces and the frozen baseline here.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_policy::PersonId;
use quanheng_policy::codes::{DivisionCode, DivisionLevel};
use quanheng_policy::profile::Policy;
use quanheng_recertification::campaign::{self as course, Event};
use quanheng_streams::{CampaignEvent, CampaignId, CampaignState, Frozen, Notified, TaskForce};

use super::refusal::Refusal;

/// What may be asked of a campaign.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// 部署
    Notify { campaign: CampaignId, notified: Box<Notified> },
    /// What the pure rules decide: the survey, phases, the end.
    Course(course::Command),
    /// 成立或调整工作专班
    SetTaskForce { division: DivisionCode, force: TaskForce },
    /// 冻结改革前基数
    Freeze(Frozen),
}

/// What a command brings about.
///
/// # Errors
/// Why it changes nothing.
pub(crate) fn decide(
    state: Option<&CampaignState>,
    command: Command,
    policy: &Policy,
    by: &PersonId,
    today: Date,
) -> Result<Vec<CampaignEvent>, Refusal> {
    let (by, on) = (by.clone(), today);
    let moved = |command| -> Result<Vec<CampaignEvent>, Refusal> {
        let events = course::decide(state.map(|state| &state.course), command, policy)?;
        let told = |moved| CampaignEvent::CampaignMoved { moved, by: by.clone(), on };
        Ok(events.into_iter().map(told).collect())
    };
    match command {
        Command::Notify { campaign, notified } => {
            if state.is_some() {
                return Err(Refusal::Exists);
            }
            check_notice(&notified, today)?;
            let notified = *notified;
            Ok(vec![CampaignEvent::CampaignNotified { campaign, notified, by, on }])
        }
        Command::Course(command) => moved(command),
        Command::SetTaskForce { division, force } => {
            task_force(standing(state)?, &division, &force, policy)?;
            Ok(vec![CampaignEvent::TaskForceSet { division, force, by, on }])
        }
        Command::Freeze(frozen) => {
            let campaign = standing(state)?;
            match &campaign.frozen {
                Some(frozen) => Err(Refusal::Frozen { on: frozen.on }),
                None => Ok(vec![CampaignEvent::BaselineFrozen { frozen, by }]),
            }
        }
    }
}

/// A campaign that goes on.
fn standing(state: Option<&CampaignState>) -> Result<&CampaignState, Refusal> {
    let campaign = state.ok_or(Refusal::Missing)?;
    match campaign.course.closed {
        true => Err(Refusal::Closed),
        false => Ok(campaign),
    }
}

fn check_notice(notified: &Notified, today: Date) -> Result<(), Refusal> {
    let wrong = |field, what: &str| Err(Refusal::Invalid { field, what: what.to_owned() });
    if notified.division.level() != DivisionLevel::Province {
        return wrong("division", "须为省级行政区划");
    }
    if notified.baseline_on > today {
        return wrong("baseline_on", "改革前基准日不能晚于今天");
    }
    if notified.survey_due_on < today {
        return wrong("survey_due_on", "摸底截止日不能早于今天");
    }
    Ok(())
}

/// Whether a task force is one of the campaign: its division is the province or a city of it,
/// nobody stands in it twice, and every department that policy requires has sent somebody.
///
/// # Errors
/// Why not.
fn task_force(
    campaign: &CampaignState,
    division: &DivisionCode,
    force: &TaskForce,
    policy: &Policy,
) -> Result<(), Refusal> {
    let province = &campaign.notified.division;
    let level = matches!(division.level(), DivisionLevel::Province | DivisionLevel::Prefecture);
    if !province.contains(division) || !level {
        return Err(Refusal::Invalid {
            field: "task_force.division",
            what: format!("工作专班的行政区划须为 {province} 或其所辖市"),
        });
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = force.members.iter().find(|one| !seen.insert(&one.person)) {
        return Err(Refusal::Invalid {
            field: "task_force.members",
            what: format!("persons/{} 重复", twice.person),
        });
    }
    let required = policy.required_joint_departments()?;
    let sent =
        |department: &&String| force.members.iter().any(|one| one.department == **department);
    let missing: Vec<String> = required.value.iter().filter(|one| !sent(one)).cloned().collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Refusal::DepartmentsMissing { missing }),
    }
}

/// Whether an event ends the campaign.
#[must_use]
pub(crate) fn ends(event: &CampaignEvent) -> bool {
    matches!(event, CampaignEvent::CampaignMoved { moved: Event::Closed, .. })
}
