//! What happened to a campaign.

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_eventlog::Record;
use quanheng_recertification::campaign::Event;
use quanheng_runtime::Failure;
use quanheng_streams as streams;
use quanheng_streams::CampaignEvent;

use super::entry;
use crate::message::shared::person_name;

/// A record of a campaign's stream.
pub(crate) fn of_campaign(record: &Record) -> Result<wire::TimelineEntry, Failure> {
    let event = streams::read::<streams::Campaigns>(record).map_err(Failure::internal)?;
    let mut told = entry(record)?;
    let (summary, by) = match &*event {
        CampaignEvent::CampaignNotified { notified, by, .. } => {
            told.document_number = notified.document.to_string();
            let summary = format!(
                "部署重新认定工作:{},改革前基准日 {},摸底截止日 {}",
                notified.title, notified.baseline_on, notified.survey_due_on
            );
            (summary, by)
        }
        CampaignEvent::CampaignMoved { moved, by, .. } => (course(moved, &mut told), by),
        CampaignEvent::TaskForceSet { division, force, by, .. } => {
            told.document_number = force.document.to_string();
            (format!("成立或调整工作专班({division}),成员 {} 人", force.members.len()), by)
        }
        CampaignEvent::BaselineFrozen { frozen, by } => {
            let (units, headcount) = (frozen.before.units, frozen.before.headcount);
            (format!("冻结改革前基数:{units} 个单位、{headcount} 名编制"), by)
        }
    };
    told.summary = summary;
    told.person = person_name(by);
    Ok(told)
}

fn course(moved: &Event, told: &mut wire::TimelineEntry) -> String {
    match moved {
        Event::Opened { .. } => "部署重新认定工作".to_owned(),
        Event::SurveyOpened => "开始摸底".to_owned(),
        Event::SurveyClosed => "截止摸底".to_owned(),
        Event::GateOverridden(by) => {
            by.reason.clone_into(&mut told.opinion);
            "省级批准提前开放市县申报".to_owned()
        }
        Event::PhaseMoved { phase, to } => {
            phase.label().clone_into(&mut told.step);
            format!("{}:{}", phase.label(), to.label())
        }
        Event::Closed => "结束重新认定工作".to_owned(),
    }
}
