//! What happens to a unit's answer in a campaign's survey (摸底).

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::ThreeClear;
use quanheng_recertification::campaign::Override;
use quanheng_register::unit::{ChangeKind, Establishment};
use serde::{Deserialize, Serialize};

use super::CampaignId;
use crate::entity::Entity;

/// Something that the reform changed (变动事项).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyedChange {
    /// 名称、隶属关系、职能、编制…
    pub field: String,
    /// 改革前
    pub before: String,
    /// 改革后
    pub after: String,
    /// 文号
    pub document: DocumentNumber,
    /// From when.
    pub effective_on: Option<Date>,
}

/// What a unit says of itself (摸底内容).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyAnswer {
    /// 涉改
    pub affected: bool,
    /// 变动事项
    pub changes: Vec<SurveyedChange>,
    /// 机构变化
    pub structural: Option<ChangeKind>,
    /// 变动前单位
    pub predecessors: Vec<UnitId>,
    /// 承接单位
    pub successors: Vec<UnitId>,
    /// 公共事务管理职能
    pub functions: String,
    /// 改革前编制
    pub establishment_before: Option<Establishment>,
    /// 改革后编制
    pub establishment_after: Option<Establishment>,
    /// 实有人数
    pub staff: u32,
    /// 存在问题
    pub issues: Vec<String>,
    /// 备注
    pub remarks: String,
}

/// What happens to a survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields bear the words of the state, explained there")]
pub enum SurveyEvent {
    /// 填报
    SurveySubmitted {
        campaign: CampaignId,
        unit: UnitId,
        answer: Box<SurveyAnswer>,
        by: PersonId,
        on: Date,
    },
    /// 签署确认
    SurveySigned { by: PersonId, on: Date },
    /// 退回
    SurveyReopened { reason: String, by: PersonId, on: Date },
    /// 确认三清
    ThreeClearConfirmed {
        three: ThreeClear,
        exception: Option<Override>,
        complete: bool,
        by: PersonId,
        on: Date,
    },
}

/// A unit's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyState {
    /// In which campaign.
    pub campaign: CampaignId,
    /// Whose.
    pub unit: UnitId,
    /// What it says.
    pub answer: SurveyAnswer,
    /// Who last filled it in.
    pub submitted_by: PersonId,
    /// When it was last filled in.
    pub submitted_on: Date,
    /// Who signed it, and when.
    pub signed: Option<(PersonId, Date)>,
    /// 三清, as last confirmed.
    pub three: ThreeClear,
    /// Why it may pass where they are not clear, and policy only warns.
    pub exception: Option<Override>,
    /// Whether they were clear when they were confirmed.
    pub three_clear: bool,
}

/// Surveys (摸底表).
pub struct Surveys;

impl Entity for Surveys {
    const AREA: &'static str = "recertification";
    const FORM: &'static str = "survey.1";
    type Event = SurveyEvent;
    type State = Option<SurveyState>;

    fn evolve(state: &mut Option<SurveyState>, event: &SurveyEvent) {
        if let SurveyEvent::SurveySubmitted { campaign, unit, answer, by, on } = event {
            let before = state.take();
            let (three, exception, three_clear) = match before {
                Some(was) => (was.three, was.exception, was.three_clear),
                None => (ThreeClear::default(), None, false),
            };
            *state = Some(SurveyState {
                campaign: campaign.clone(),
                unit: unit.clone(),
                answer: (**answer).clone(),
                submitted_by: by.clone(),
                submitted_on: *on,
                signed: None,
                three,
                exception,
                three_clear,
            });
            return;
        }
        let Some(survey) = state else { return };
        match event {
            SurveyEvent::SurveySubmitted { .. } => {}
            SurveyEvent::SurveySigned { by, on } => survey.signed = Some((by.clone(), *on)),
            // What was confirmed was confirmed of the answer that stood.
            SurveyEvent::SurveyReopened { .. } => {
                survey.signed = None;
                survey.three = ThreeClear::default();
                survey.exception = None;
                survey.three_clear = false;
            }
            SurveyEvent::ThreeClearConfirmed { three, exception, complete, .. } => {
                survey.three = three.clone();
                survey.exception = exception.clone();
                survey.three_clear = *complete;
            }
        }
    }
}
