//! What happens to a request (晋升申请). Whatever is said about the person, or rests on what is
//! held about the person under seal, is sealed under the person's own key.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_ledger::event::Basis;
use quanheng_ledger::id::{AccountKey, HoldId};
use quanheng_policy::{CategoryId, PersonId, RankId, UnitId};
use quanheng_register::Sealed;
use quanheng_register::id::FactId;
use serde::{Deserialize, Serialize};

use super::{RequestId, RoundId};
use crate::entity::Entity;

/// The move of a pre-review that a request has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The pre-review.
    pub hold: HoldId,
    /// Which of its moves.
    pub index: usize,
    /// The rank whose charged seat the move leaves, if it leaves one.
    pub leaves: Option<RankId>,
}

/// What the review of conditions came to (任职资格审核). It can be computed again: from the
/// person's stream at its version, and the policy by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Whether the reviewer passed it.
    pub passed: bool,
    /// Codes of rules that failed, as far as they tell nothing that is sealed.
    pub failed: Vec<String>,
    /// What every rule found.
    pub findings: Sealed,
    /// Hash of the policy, hex.
    pub policy: String,
    /// The version of the person's stream that it was judged on.
    pub person_version: u64,
    /// The opinion (意见).
    pub opinion: String,
    /// Who decided.
    pub by: PersonId,
    /// Of which day.
    pub on: Date,
}

/// A public notice (公示).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// 公示内容
    pub text: Sealed,
    /// 公示方式
    pub channels: Vec<String>,
    /// 联系电话
    pub phone: String,
    /// The day of posting.
    pub from: Date,
    /// The last day, as it was told when it was posted, or when it was counted anew.
    pub to: Date,
    /// Who posted it.
    pub by: PersonId,
}

/// What was reported about a candidate (反映问题).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// What, and by whom.
    pub record: Sealed,
    /// When it was taken down.
    pub on: Date,
    /// Whether it proved true, once that is known.
    pub founded: Option<bool>,
    /// What was found.
    pub findings: Option<Sealed>,
}

/// An appointment (任职).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// 任职文号、生效日期
    pub basis: Basis,
    /// Number of the minutes of the meeting that approved it.
    pub minutes: String,
    /// Who entered it.
    pub by: PersonId,
}

/// How a request ended without an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// 不予晋升
    Refused,
    /// 撤回
    Withdrawn,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields bear the words of the state, explained there")]
pub enum RequestEvent {
    /// 提出人选
    RequestCreated {
        request: RequestId,
        round: RoundId,
        unit: UnitId,
        account: AccountKey,
        person: PersonId,
        category: CategoryId,
        rank: RankId,
        nomination: Sealed,
        by: PersonId,
        on: Date,
    },
    /// 修改
    RequestUpdated { rank: RankId, nomination: Sealed, by: PersonId, on: Date },
    /// 提交, and again after a return.
    RequestSubmitted { seat: Seat, by: PersonId, on: Date },
    /// 任职资格审核
    EligibilityDecided { judgement: Judgement },
    /// 民主推荐或民主测评: a reference, and nothing follows from it by itself.
    RecommendationRecorded {
        voters: u32,
        valid_ballots: u32,
        votes: Sealed,
        by: PersonId,
        on: Date,
    },
    /// 考察了解
    VettingRecorded { record: Sealed, by: PersonId, on: Date },
    /// 党委(党组)研究确定拟晋升人选
    CandidateDecided { adopted: bool, minutes: String, by: PersonId, on: Date },
    /// 发布公示
    NoticePosted { notice: Notice },
    /// 公示期重新计算: it was interrupted, and is to be seen for its whole time.
    NoticeMoved { to: Date, on: Date },
    /// 收到反映
    FeedbackReceived { feedback: FactId, record: Sealed, by: PersonId, on: Date },
    /// 核实反映
    FeedbackResolved { feedback: FactId, founded: bool, findings: Sealed, by: PersonId, on: Date },
    /// 公示结果
    NoticeClosed { result: Sealed, by: PersonId, on: Date },
    /// 审批
    ApprovalDecided {
        approved: bool,
        opinion: String,
        minutes: String,
        basis: Option<Basis>,
        by: PersonId,
        on: Date,
    },
    /// 任职
    Appointed { appointment: Appointment },
    /// 使用后备案
    PromotionFiled { by: PersonId, on: Date },
    /// 中止; by nobody when a rule asks for it. `reported`: for a report about the candidate,
    /// so that it goes on when that is resolved.
    RequestSuspended { reported: bool, cause: Sealed, by: Option<PersonId>, on: Date },
    /// 恢复
    RequestResumed { by: Option<PersonId>, on: Date },
    /// 不予晋升、撤回
    RequestEnded { ending: Ending, reason: Sealed, by: Option<PersonId>, on: Date },
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestState {
    /// Its name.
    pub request: RequestId,
    /// In which round.
    pub round: RoundId,
    /// The unit whose round it is.
    pub unit: UnitId,
    /// The account that is charged.
    pub account: AccountKey,
    /// Who.
    pub person: PersonId,
    /// 职位类别
    pub category: CategoryId,
    /// 拟晋升职级
    pub rank: RankId,
    /// 提名理由、基本条件
    pub nomination: Sealed,
    /// Who proposed it.
    pub created_by: PersonId,
    /// When.
    pub created_on: Date,
    /// The day of the last change of the draft.
    pub updated_on: Date,
    /// The move that it has, once it was submitted.
    pub seat: Option<Seat>,
    /// How often it was submitted.
    pub submissions: u32,
    /// 任职资格审核
    pub judgement: Option<Judgement>,
    /// Voters, valid ballots and votes.
    pub recommendation: Option<(u32, u32, Sealed)>,
    /// 考察
    pub vetting: Option<Sealed>,
    /// Number of the minutes that decided on the candidate.
    pub candidate_minutes: String,
    /// 公示
    pub notice: Option<Notice>,
    /// 反映
    pub feedback: BTreeMap<FactId, Feedback>,
    /// 公示结果, of the notice that was posted last.
    pub notice_result: Option<Sealed>,
    /// When it was closed.
    pub notice_closed_on: Option<Date>,
    /// Number of the minutes of the approval.
    pub approval_minutes: String,
    /// When it was approved.
    pub approved_on: Option<Date>,
    /// 任职
    pub appointment: Option<Appointment>,
    /// When the use was filed.
    pub filed_on: Option<Date>,
    /// Why it pauses, if it does; and whether for a report.
    pub suspended: Option<(bool, Sealed)>,
    /// How it ended without an appointment, and why.
    pub ended: Option<(Ending, Sealed)>,
}

impl RequestState {
    /// Whether it may still come to an appointment.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ended.is_none() && self.appointment.is_none()
    }

    /// Reports that are not resolved.
    pub fn unresolved(&self) -> impl Iterator<Item = &FactId> {
        self.feedback.iter().filter(|(_, one)| one.founded.is_none()).map(|(id, _)| id)
    }
}

/// Requests (晋升申请).
pub struct Requests;

impl Entity for Requests {
    const AREA: &'static str = "promotion";
    const FORM: &'static str = "request.2";
    type Event = RequestEvent;
    type State = Option<RequestState>;

    fn evolve(state: &mut Option<RequestState>, event: &RequestEvent) {
        if let RequestEvent::RequestCreated {
            request,
            round,
            unit,
            account,
            person,
            category,
            rank,
            nomination,
            by,
            on,
        } = event
        {
            *state = Some(RequestState {
                request: request.clone(),
                round: round.clone(),
                unit: unit.clone(),
                account: account.clone(),
                person: person.clone(),
                category: category.clone(),
                rank: rank.clone(),
                nomination: nomination.clone(),
                created_by: by.clone(),
                created_on: *on,
                updated_on: *on,
                seat: None,
                submissions: 0,
                judgement: None,
                recommendation: None,
                vetting: None,
                candidate_minutes: String::new(),
                notice: None,
                feedback: BTreeMap::new(),
                notice_result: None,
                notice_closed_on: None,
                approval_minutes: String::new(),
                approved_on: None,
                appointment: None,
                filed_on: None,
                suspended: None,
                ended: None,
            });
            return;
        }
        if let Some(state) = state {
            state.apply(event);
        }
    }
}

impl RequestState {
    fn apply(&mut self, event: &RequestEvent) {
        match event {
            RequestEvent::RequestCreated { .. } => {}
            RequestEvent::RequestUpdated { rank, nomination, on, .. } => {
                self.rank = rank.clone();
                self.nomination = nomination.clone();
                self.updated_on = *on;
            }
            RequestEvent::RequestSubmitted { seat, .. } => {
                self.seat = Some(seat.clone());
                self.submissions += 1;
            }
            RequestEvent::EligibilityDecided { judgement } => {
                self.judgement = Some(judgement.clone());
            }
            RequestEvent::RecommendationRecorded { voters, valid_ballots, votes, .. } => {
                self.recommendation = Some((*voters, *valid_ballots, votes.clone()));
            }
            RequestEvent::VettingRecorded { record, .. } => self.vetting = Some(record.clone()),
            RequestEvent::CandidateDecided { minutes, .. } => {
                minutes.clone_into(&mut self.candidate_minutes);
            }
            RequestEvent::NoticePosted { notice } => {
                self.notice = Some(notice.clone());
                (self.notice_result, self.notice_closed_on) = (None, None);
            }
            RequestEvent::NoticeMoved { to, .. } => {
                if let Some(notice) = &mut self.notice {
                    notice.to = *to;
                }
            }
            RequestEvent::FeedbackReceived { feedback, record, on, .. } => {
                let (record, on) = (record.clone(), *on);
                let one = Feedback { record, on, founded: None, findings: None };
                self.feedback.insert(feedback.clone(), one);
            }
            RequestEvent::FeedbackResolved { feedback, founded, findings, .. } => {
                if let Some(one) = self.feedback.get_mut(feedback) {
                    one.founded = Some(*founded);
                    one.findings = Some(findings.clone());
                }
            }
            RequestEvent::NoticeClosed { result, on, .. } => {
                self.notice_result = Some(result.clone());
                self.notice_closed_on = Some(*on);
            }
            RequestEvent::ApprovalDecided { approved, minutes, on, .. } => {
                minutes.clone_into(&mut self.approval_minutes);
                self.approved_on = approved.then_some(*on);
            }
            RequestEvent::Appointed { appointment } => {
                self.appointment = Some(appointment.clone());
            }
            RequestEvent::PromotionFiled { on, .. } => self.filed_on = Some(*on),
            RequestEvent::RequestSuspended { reported, cause, .. } => {
                self.suspended = Some((*reported, cause.clone()));
            }
            RequestEvent::RequestResumed { .. } => self.suspended = None,
            RequestEvent::RequestEnded { ending, reason, .. } => {
                self.suspended = None;
                self.ended = Some((*ending, reason.clone()));
            }
        }
    }
}
