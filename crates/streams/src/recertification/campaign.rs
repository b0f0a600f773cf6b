//! What happens to a campaign (重新认定工作).

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::PersonId;
use quanheng_policy::codes::{DivisionCode, DocumentNumber};
use quanheng_recertification::campaign::{Campaign, Event};
use quanheng_recertification::decrease::Figures;
use serde::{Deserialize, Serialize};

use super::CampaignId;
use crate::entity::Entity;

/// The notice that opens a campaign (通知).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notified {
    /// 名称
    pub title: String,
    /// The province.
    pub division: DivisionCode,
    /// 通知文号
    pub document: DocumentNumber,
    /// 通知要求; may be empty.
    pub notice: String,
    /// 通知附件, by their digests.
    pub attachments: Vec<String>,
    /// 改革前基准日
    pub baseline_on: Date,
    /// 摸底截止日
    pub survey_due_on: Date,
}

/// A member of a task force (工作专班成员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// The department that sent them, as policy names it (抽调部门).
    pub department: String,
}

/// A task force (工作专班): reviews the units of its division.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskForce {
    /// 负责人
    pub lead: PersonId,
    /// 成员
    pub members: Vec<Member>,
    /// 成立文号
    pub document: DocumentNumber,
}

/// What was frozen as that before the reform (改革前基数).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Up to where the register was read.
    pub position: u64,
    /// The province's counts on the baseline day.
    pub before: Figures,
    /// When.
    pub on: Date,
}

/// What happens to a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields bear the words of the state, explained there")]
pub enum CampaignEvent {
    /// 部署
    CampaignNotified { campaign: CampaignId, notified: Notified, by: PersonId, on: Date },
    /// Its survey or a phase went on, as the pure rules decide.
    CampaignMoved { moved: Event, by: PersonId, on: Date },
    /// 成立或调整工作专班
    TaskForceSet { division: DivisionCode, force: TaskForce, by: PersonId, on: Date },
    /// 冻结改革前基数: what was counted stands in the book of the campaign.
    BaselineFrozen { frozen: Frozen, by: PersonId },
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignState {
    /// Its name.
    pub campaign: CampaignId,
    /// The notice.
    pub notified: Notified,
    /// Its survey and phases.
    pub course: Campaign,
    /// By division.
    pub task_forces: BTreeMap<DivisionCode, TaskForce>,
    /// None: not frozen yet.
    pub frozen: Option<Frozen>,
    /// Who opened it.
    pub created_by: PersonId,
    /// When.
    pub created_on: Date,
}

/// Campaigns (重新认定工作).
pub struct Campaigns;

impl Entity for Campaigns {
    const AREA: &'static str = "recertification";
    const FORM: &'static str = "campaign.1";
    type Event = CampaignEvent;
    type State = Option<CampaignState>;

    fn evolve(state: &mut Option<CampaignState>, event: &CampaignEvent) {
        if let CampaignEvent::CampaignNotified { campaign, notified, by, on } = event {
            let (document, baseline_on) = (notified.document.clone(), notified.baseline_on);
            let mut course = None;
            for event in [Event::Opened { document, baseline_on }, Event::SurveyOpened] {
                quanheng_recertification::campaign::evolve(&mut course, &event);
            }
            let Some(course) = course else { return };
            *state = Some(CampaignState {
                campaign: campaign.clone(),
                notified: notified.clone(),
                course,
                task_forces: BTreeMap::new(),
                frozen: None,
                created_by: by.clone(),
                created_on: *on,
            });
            return;
        }
        let Some(campaign) = state else { return };
        match event {
            CampaignEvent::CampaignNotified { .. } => {}
            CampaignEvent::CampaignMoved { moved, .. } => {
                let mut course = Some(campaign.course.clone());
                quanheng_recertification::campaign::evolve(&mut course, moved);
                campaign.course = course.unwrap_or_else(|| campaign.course.clone());
            }
            CampaignEvent::TaskForceSet { division, force, .. } => {
                campaign.task_forces.insert(division.clone(), force.clone());
            }
            CampaignEvent::BaselineFrozen { frozen, .. } => campaign.frozen = Some(frozen.clone()),
        }
    }
}
