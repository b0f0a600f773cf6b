//! The service: each RPC lets the call in, makes commands of its message, and answers.

mod appointments;
mod check;
mod documents;
mod ground;
mod kin;
mod notices;
mod ranks;
mod reads;
mod requests;
mod rounds;
mod steps;
mod suspension;
mod timeline;

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_api::quanheng::promotion::v1::promotion_service_server::{
    PromotionService, PromotionServiceServer,
};
use quanheng_casework::{Scope, Sight, run};
use quanheng_eventlog::EventDraft;
use quanheng_identity::Action;
use quanheng_runtime::{Call, Decided, Done, Failure, House};
use quanheng_streams as streams;
use quanheng_streams::{CaseKey, RequestId, RequestState};
use tonic::{Request, Response, Status};

use crate::message;
use crate::work::{self, RequestWork};

/// The promotion service.
#[derive(Clone)]
pub struct PromotionApi {
    house: Arc<House>,
}

impl PromotionApi {
    /// The service over a house.
    #[must_use]
    pub fn new(house: Arc<House>) -> Self {
        Self { house }
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> PromotionServiceServer<Self> {
        PromotionServiceServer::new(self)
    }
}

/// A request as it will be after some drafts.
fn answer(
    sight: &Sight<'_>,
    state: &RequestState,
    drafts: &[EventDraft],
) -> Result<wire::PromotionRequest, Failure> {
    let key = CaseKey::request(&state.request);
    let case = work::case_after(sight, &key, drafts)?;
    let stream = streams::promotion_request(&state.request);
    let etag = work::etag_after(sight, &stream, &key, drafts);
    Ok(message::request(state, case.as_ref(), etag))
}

/// Executes a command on one request; answers with the request as it will be.
async fn on_request<R: Mutation + Message>(
    call: &Call,
    request: &R,
    id: RequestId,
    turn: impl Fn(&mut RequestWork<'_, '_>) -> Result<(), Failure> + Send + Sync + 'static,
) -> Result<Done<wire::PromotionRequest>, Failure> {
    let given = request.etag().to_owned();
    run(call, request, Scope::new(call, vec![]), move |sight| {
        let state = work::request(sight, &id)?.clone();
        work::acts_for(sight, &state.unit)?;
        let key = CaseKey::request(&id);
        work::check_etag(sight, &streams::promotion_request(&id), &key, &given)?;
        let mut work = RequestWork::of(sight, state);
        turn(&mut work)?;
        let answer = answer(sight, &work.state, &work.drafts)?;
        Ok(Decided::new(work.drafts, answer))
    })
    .await
}

/// Executes a command on several requests, all or none; answers with them as they will be.
/// `then` brings about what they have in common.
async fn on_requests<R, A>(
    call: &Call,
    request: &R,
    ids: Vec<RequestId>,
    turn: impl Fn(&mut RequestWork<'_, '_>) -> Result<(), Failure> + Send + Sync + 'static,
    then: impl Fn(&Sight<'_>, &[RequestState]) -> Result<Vec<EventDraft>, Failure>
    + Send
    + Sync
    + 'static,
    answered: impl Fn(Vec<wire::PromotionRequest>) -> A + Send + Sync + 'static,
) -> Result<Done<A>, Failure>
where
    R: Mutation + Message,
    A: Message + Default + Clone + 'static,
{
    run(call, request, Scope::new(call, vec![]), move |sight| {
        let requests = work::all(sight, &ids)?;
        let (mut drafts, mut states) = (Vec::new(), Vec::with_capacity(requests.len()));
        for state in requests {
            work::acts_for(sight, &state.unit)?;
            let mut work = RequestWork::of(sight, state.clone());
            turn(&mut work)?;
            drafts.extend(work.drafts);
            states.push(work.state);
        }
        drafts.extend(then(sight, &states)?);
        let answers = states.iter().map(|state| answer(sight, state, &drafts));
        let answers = answers.collect::<Result<Vec<_>, Failure>>()?;
        Ok(Decided::new(drafts, answered(answers)))
    })
    .await
}

/// Nothing in common.
fn nothing_more(_: &Sight<'_>, _: &[RequestState]) -> Result<Vec<EventDraft>, Failure> {
    Ok(Vec::new())
}

/// What an export streams.
type Exported<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

macro_rules! methods {
    (
        unary { $($name:ident($request:ident -> $response:ident) = $rpc:literal, $action:ident, $handler:path;)+ }
        export { $($export:ident as $stream:ident($asked:ident -> $piece:ident) = $export_rpc:literal, $export_action:ident, $exporter:path;)+ }
    ) => {
        #[tonic::async_trait]
        impl PromotionService for PromotionApi {
            $(
                async fn $name(
                    &self,
                    request: Request<wire::$request>,
                ) -> Result<Response<wire::$response>, Status> {
                    const METHOD: &str = concat!("quanheng.promotion.v1.PromotionService/", $rpc);
                    let call = self.house.enter(&request, METHOD, Action::$action)?;
                    let answer = $handler(&call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )+
            $(
                type $stream = Exported<wire::$piece>;
                async fn $export(
                    &self,
                    request: Request<wire::$asked>,
                ) -> Result<Response<Self::$stream>, Status> {
                    const METHOD: &str =
                        concat!("quanheng.promotion.v1.PromotionService/", $export_rpc);
                    let call = self.house.enter(&request, METHOD, Action::$export_action)?;
                    let answer = $exporter(&call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )+
        }
    };
}

methods! {
    unary {
        check_eligibility(CheckEligibilityRequest -> CheckEligibilityResponse) = "CheckEligibility", EligibilityCheck, check::check_one;
        batch_check_eligibility(BatchCheckEligibilityRequest -> BatchCheckEligibilityResponse) = "BatchCheckEligibility", EligibilityCheck, check::check_many;
        create_promotion_round(CreatePromotionRoundRequest -> CreatePromotionRoundResponse) = "CreatePromotionRound", PromotionRequest, rounds::create;
        get_promotion_round(GetPromotionRoundRequest -> GetPromotionRoundResponse) = "GetPromotionRound", PromotionRead, reads::get_round;
        list_promotion_rounds(ListPromotionRoundsRequest -> ListPromotionRoundsResponse) = "ListPromotionRounds", PromotionRead, reads::list_rounds;
        attach_pre_review(AttachPreReviewRequest -> AttachPreReviewResponse) = "AttachPreReview", PromotionRequest, rounds::attach;
        close_promotion_round(ClosePromotionRoundRequest -> ClosePromotionRoundResponse) = "ClosePromotionRound", PromotionRequest, rounds::close;
        withdraw_promotion_round(WithdrawPromotionRoundRequest -> WithdrawPromotionRoundResponse) = "WithdrawPromotionRound", PromotionRequest, rounds::withdraw;
        create_promotion_request(CreatePromotionRequestRequest -> CreatePromotionRequestResponse) = "CreatePromotionRequest", PromotionRequest, requests::create;
        get_promotion_request(GetPromotionRequestRequest -> GetPromotionRequestResponse) = "GetPromotionRequest", PromotionRead, reads::get_request;
        list_promotion_requests(ListPromotionRequestsRequest -> ListPromotionRequestsResponse) = "ListPromotionRequests", PromotionRead, reads::list_requests;
        update_promotion_request(UpdatePromotionRequestRequest -> UpdatePromotionRequestResponse) = "UpdatePromotionRequest", PromotionRequest, requests::update;
        submit_promotion_request(SubmitPromotionRequestRequest -> SubmitPromotionRequestResponse) = "SubmitPromotionRequest", PromotionRequest, requests::submit;
        withdraw_promotion_request(WithdrawPromotionRequestRequest -> WithdrawPromotionRequestResponse) = "WithdrawPromotionRequest", PromotionRequest, requests::withdraw;
        resubmit_promotion_request(ResubmitPromotionRequestRequest -> ResubmitPromotionRequestResponse) = "ResubmitPromotionRequest", PromotionRequest, requests::resubmit;
        record_recommendation(RecordRecommendationRequest -> RecordRecommendationResponse) = "RecordRecommendation", PromotionRequest, steps::recommend;
        record_vetting(RecordVettingRequest -> RecordVettingResponse) = "RecordVetting", PromotionRequest, steps::vet;
        post_notice(PostNoticeRequest -> PostNoticeResponse) = "PostNotice", PromotionRequest, notices::post;
        record_notice_feedback(RecordNoticeFeedbackRequest -> RecordNoticeFeedbackResponse) = "RecordNoticeFeedback", PromotionRequest, notices::report;
        resolve_notice_feedback(ResolveNoticeFeedbackRequest -> ResolveNoticeFeedbackResponse) = "ResolveNoticeFeedback", PromotionManage, notices::resolve;
        close_notice(CloseNoticeRequest -> CloseNoticeResponse) = "CloseNotice", PromotionRequest, notices::close;
        confirm_appointment(ConfirmAppointmentRequest -> ConfirmAppointmentResponse) = "ConfirmAppointment", PromotionManage, appointments::confirm;
        file_promotion(FilePromotionRequest -> FilePromotionResponse) = "FilePromotion", PromotionRequest, appointments::file;
        suspend(SuspendRequest -> SuspendResponse) = "Suspend", PromotionManage, suspension::suspend;
        resume(ResumeRequest -> ResumeResponse) = "Resume", PromotionManage, suspension::resume;
        lower_rank(LowerRankRequest -> LowerRankResponse) = "LowerRank", PromotionManage, ranks::lower;
        determine_rank_on_transfer(DetermineRankOnTransferRequest -> DetermineRankOnTransferResponse) = "DetermineRankOnTransfer", PromotionManage, ranks::determine;
        get_timeline(GetTimelineRequest -> GetTimelineResponse) = "GetTimeline", PromotionRead, timeline::get;
    }
    export {
        export_round_documents as ExportRoundDocumentsStream(ExportRoundDocumentsRequest -> ExportRoundDocumentsResponse) = "ExportRoundDocuments", PromotionRead, documents::export;
    }
}
