//! What is asked, and of whom.

use quanheng_api::quanheng::approval::v1 as approval;
use quanheng_api::quanheng::promotion::v1 as promotion;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1 as registry;

use crate::farm::{Answer, Ask, People, text};

macro_rules! commands {
    ($($name:ident($message:ty) = $who:ident.$service:ident.$method:ident;)+) => {
        /// A command, with the message that is sent again and again until it is answered.
        #[derive(Debug, Clone)]
        pub(super) enum Command { $($name(Box<$message>),)+ }

        $(
            impl From<$message> for Asked {
                fn from(message: $message) -> Self {
                    Self::Command(Command::$name(Box::new(message)))
                }
            }
        )+

        impl Ask for Command {
            async fn send(&self, people: &People) -> Answer {
                match self.clone() {
                    $(Self::$name(message) => {
                        people.$who.$service().$method(*message).await.map(text)
                    })+
                }
            }
        }
    };
}

commands! {
    Unit(registry::CreateUnitRequest) = asker.registry.create_unit;
    Person(registry::CreatePersonRequest) = asker.registry.create_person;
    Happened(registry::RecordPersonEventsRequest) = asker.registry.record_person_events;
    Office(approval::SetOfficeRequest) = asker.offices.set_office;
    Determine(quota::DetermineQuotaRequest) = asker.quota.determine_quota;
    Opening(quota::RecordOpeningBalancesRequest) = asker.quota.record_opening_balances;
    PreReview(quota::RequestPreReviewRequest) = asker.quota.request_pre_review;
    Meet(approval::RecordMeetingRequest) = secretary.tasks.record_meeting;
    Round(promotion::CreatePromotionRoundRequest) = asker.promotion.create_promotion_round;
    Attach(promotion::AttachPreReviewRequest) = asker.promotion.attach_pre_review;
    CloseRound(promotion::ClosePromotionRoundRequest) = asker.promotion.close_promotion_round;
    Nominate(promotion::CreatePromotionRequestRequest) = asker.promotion.create_promotion_request;
    Submit(promotion::SubmitPromotionRequestRequest) = asker.promotion.submit_promotion_request;
    Withdraw(promotion::WithdrawPromotionRequestRequest) = asker.promotion.withdraw_promotion_request;
    Recommend(promotion::RecordRecommendationRequest) = asker.promotion.record_recommendation;
    Vet(promotion::RecordVettingRequest) = asker.promotion.record_vetting;
    Post(promotion::PostNoticeRequest) = asker.promotion.post_notice;
    Report(promotion::RecordNoticeFeedbackRequest) = asker.promotion.record_notice_feedback;
    Resolve(promotion::ResolveNoticeFeedbackRequest) = decider.promotion.resolve_notice_feedback;
    CloseNotice(promotion::CloseNoticeRequest) = asker.promotion.close_notice;
    Appoint(promotion::ConfirmAppointmentRequest) = decider.promotion.confirm_appointment;
    File(promotion::FilePromotionRequest) = asker.promotion.file_promotion;
    Suspend(promotion::SuspendRequest) = decider.promotion.suspend;
    Resume(promotion::ResumeRequest) = decider.promotion.resume;
}

/// A decision on a task, by the reviewer or by the head of the department.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    pub(super) head: bool,
    pub(super) message: DecisionMessage,
}

#[derive(Debug, Clone)]
pub(super) enum DecisionMessage {
    Approve(approval::ApproveTaskRequest),
    Refuse(approval::RefuseTaskRequest),
    Batch(approval::BatchDecideTasksRequest),
}

impl Ask for Decision {
    async fn send(&self, people: &People) -> Answer {
        let mut tasks = if self.head { people.head.tasks() } else { people.reviewer.tasks() };
        match self.message.clone() {
            DecisionMessage::Approve(message) => tasks.approve_task(message).await.map(text),
            DecisionMessage::Refuse(message) => tasks.refuse_task(message).await.map(text),
            DecisionMessage::Batch(message) => {
                let results = tasks.batch_decide_tasks(message).await?.into_inner().results;
                // Who was let through, in their order; the facts of refusals have no order.
                use approval::task_decision_result::Outcome;
                let told = results.into_iter().map(|result| match result.outcome {
                    Some(Outcome::Task(_)) => "+".to_owned(),
                    Some(Outcome::Failure(failure)) => format!("-{}", failure.reason),
                    None => "?".to_owned(),
                });
                Ok(told.collect::<Vec<_>>().join(" "))
            }
        }
    }
}

impl From<Decision> for Asked {
    fn from(decision: Decision) -> Self {
        Self::Decision(decision)
    }
}

/// Whatever is asked.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    Command(Command),
    Decision(Decision),
}

impl Ask for Asked {
    async fn send(&self, people: &People) -> Answer {
        match self {
            Self::Command(command) => command.send(people).await,
            Self::Decision(decision) => decision.send(people).await,
        }
    }
}
