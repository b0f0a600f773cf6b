//! A request with the days on which things happened, which its state does not keep.

use jiff::civil::Date;
use quanheng_api::quanheng::promotion::v1::{PromotionRequestState as State, RoundDocument};
use quanheng_eventlog::Record;
use quanheng_runtime::Failure;
use quanheng_streams::{self as streams, Entity as _, RequestEvent, RequestState};
use quanheng_workflow::case::Case;

use crate::message;

/// That it was approved (审批).
pub(crate) struct Approval {
    /// 意见; may be empty.
    pub(crate) opinion: String,
    /// 会议纪要文号; may be empty.
    pub(crate) minutes: String,
    /// When.
    pub(crate) on: Date,
}

/// A request, and when it came so far.
pub(crate) struct History {
    /// The request.
    pub(crate) state: RequestState,
    /// Where it stands.
    pub(crate) stage: State,
    /// What it waits for, by codes.
    pub(crate) waits_for: Vec<String>,
    /// 民主推荐
    pub(crate) recommended_on: Option<Date>,
    /// 考察
    pub(crate) vetted_on: Option<Date>,
    /// When the meeting chose the candidate (确定拟晋升人选).
    pub(crate) chosen_on: Option<Date>,
    /// 审批
    pub(crate) approval: Option<Approval>,
}

impl History {
    /// Of the records of a request, and its case; none without records.
    ///
    /// # Errors
    /// An internal failure when a record cannot be read.
    pub(crate) fn read(records: &[Record], case: Option<&Case>) -> Result<Option<Self>, Failure> {
        let mut state = None;
        let (mut recommended_on, mut vetted_on, mut chosen_on) = (None, None, None);
        let mut approval = None;
        for record in records {
            let event = streams::read::<streams::Requests>(record).map_err(Failure::internal)?;
            match &*event {
                RequestEvent::RecommendationRecorded { on, .. } => recommended_on = Some(*on),
                RequestEvent::VettingRecorded { on, .. } => vetted_on = Some(*on),
                RequestEvent::CandidateDecided { adopted, on, .. } => {
                    chosen_on = adopted.then_some(*on);
                }
                RequestEvent::ApprovalDecided { approved, opinion, minutes, on, .. } => {
                    let (opinion, minutes) = (opinion.clone(), minutes.clone());
                    approval = approved.then_some(Approval { opinion, minutes, on: *on });
                }
                _ => {}
            }
            streams::Requests::evolve(&mut state, &event);
        }
        let Some(state) = state else { return Ok(None) };
        let told = message::request(&state, case, String::new());
        Ok(Some(Self {
            stage: told.state(),
            waits_for: told.blockers,
            state,
            recommended_on,
            vetted_on,
            chosen_on,
            approval,
        }))
    }

    /// Whether it is over without an appointment.
    fn over(&self) -> bool {
        self.state.ended.is_some()
    }

    /// Whether the meeting chose the candidate, and nothing was gone back to since.
    fn chosen(&self) -> bool {
        let before = matches!(
            self.stage,
            State::Draft
                | State::Returned
                | State::Submitted
                | State::EligibilityReviewed
                | State::Recommended
                | State::Vetted
        );
        self.chosen_on.is_some() && !before && !self.over()
    }

    /// Whether a document is about it.
    pub(crate) fn belongs(&self, kind: RoundDocument) -> bool {
        let state = &self.state;
        match kind {
            RoundDocument::FilingForm => state.appointment.is_some(),
            RoundDocument::ApprovalForms => self.chosen(),
            RoundDocument::Notice | RoundDocument::NoticeList => {
                state.notice.is_some() && !self.over()
            }
            RoundDocument::Roster => !self.over(),
            RoundDocument::EligibilityReview => {
                state.judgement.is_some() || (state.submissions > 0 && !self.over())
            }
            RoundDocument::All => super::EACH.into_iter().any(|kind| self.belongs(kind)),
            RoundDocument::Unspecified | RoundDocument::PreReviewForm => false,
        }
    }

    /// The day as of which the candidate is described: the last one before the appointment.
    pub(crate) fn stands_on(&self, today: Date) -> Date {
        let appointment = self.state.appointment.as_ref();
        let before = appointment.and_then(|one| one.basis.effective_on.yesterday().ok());
        before.map_or(today, |before| before.min(today))
    }

    /// Where it stands, for people (办理环节).
    pub(crate) fn stage_label(&self) -> &'static str {
        match self.stage {
            State::Unspecified => "",
            State::Draft => "草稿",
            State::Submitted => "任职资格审核中",
            State::EligibilityReviewed => "资格审核通过",
            State::Recommended => "已民主推荐",
            State::Vetted => "已考察",
            State::CandidatesDecided => "已确定拟晋升人选",
            State::Noticed => "公示中",
            State::NoticeEnded => "公示期满",
            State::NoticeClosed => "审批中",
            State::Approved => "已审批",
            State::Appointed => "已任职",
            State::Filed => "已备案",
            State::Returned => "退回",
            State::Suspended => "中止",
            State::Refused => "不予晋升",
            State::Withdrawn => "撤回",
            State::InProgress => "办理中",
        }
    }
}
