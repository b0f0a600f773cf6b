//! The service: each RPC lets the call in, makes commands of its message, and answers.

mod baseline;
mod campaign_reads;
mod campaigns;
mod survey_import;
mod surveys;
mod timelines;
mod transition_reads;
mod transitions;

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::recertification::v1::recertification_service_server::{
    RecertificationService, RecertificationServiceServer,
};
use quanheng_identity::Action;
use quanheng_runtime::{Call, House};
use tonic::{Request, Response, Status, Streaming};

/// The service of re-certification.
#[derive(Clone)]
pub struct RecertificationApi {
    house: Arc<House>,
}

impl RecertificationApi {
    /// The service over a house.
    #[must_use]
    pub fn new(house: Arc<House>) -> Self {
        Self { house }
    }

    fn let_in_import<T>(&self, request: &Request<T>) -> Result<Call, Status> {
        const METHOD: &str = "quanheng.recertification.v1.RecertificationService/ImportSurveys";
        Ok(self.house.enter(request, METHOD, Action::RecertificationRequest)?)
    }

    /// Imports surveys of a file that comes in pieces: `ImportSurveys`, whatever the pieces
    /// come through.
    ///
    /// # Errors
    /// As the RPC.
    pub async fn import_pieces<S>(
        &self,
        request: Request<S>,
    ) -> Result<wire::ImportSurveysResponse, Status>
    where
        S: Stream<Item = Result<wire::ImportSurveysRequest, Status>>,
    {
        let call = self.let_in_import(&request)?;
        Ok(survey_import::import(&call, request.into_inner()).await?)
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> RecertificationServiceServer<Self> {
        RecertificationServiceServer::new(self)
    }
}

/// What an export streams.
type Exported<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

macro_rules! methods {
    (
        unary { $($name:ident($request:ident -> $response:ident) = $rpc:literal, $action:ident, $handler:path;)* }
        later { $($later:ident($asked:ident -> $answered:ident) = $later_rpc:literal, $later_action:ident;)* }
    ) => {
        #[tonic::async_trait]
        impl RecertificationService for RecertificationApi {
            $(
                async fn $name(
                    &self,
                    request: Request<wire::$request>,
                ) -> Result<Response<wire::$response>, Status> {
                    const METHOD: &str =
                        concat!("quanheng.recertification.v1.RecertificationService/", $rpc);
                    let call = self.house.enter(&request, METHOD, Action::$action)?;
                    let answer = $handler(&call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )*
            $(
                async fn $later(
                    &self,
                    request: Request<wire::$asked>,
                ) -> Result<Response<wire::$answered>, Status> {
                    const METHOD: &str =
                        concat!("quanheng.recertification.v1.RecertificationService/", $later_rpc);
                    self.house.enter(&request, METHOD, Action::$later_action)?;
                    Err(Status::unimplemented(METHOD))
                }
            )*
            async fn import_surveys(
                &self,
                request: Request<Streaming<wire::ImportSurveysRequest>>,
            ) -> Result<Response<wire::ImportSurveysResponse>, Status> {
                let call = self.let_in_import(&request)?;
                Ok(Response::new(survey_import::import(&call, request.into_inner()).await?))
            }
            type ExportDocumentsStream = Exported<wire::ExportDocumentsResponse>;
            async fn export_documents(
                &self,
                _: Request<wire::ExportDocumentsRequest>,
            ) -> Result<Response<Self::ExportDocumentsStream>, Status> {
                Err(Status::unimplemented("ExportDocuments"))
            }
        }
    };
}

methods! {
    unary {
        // Cases.

        // Campaigns, surveys, transitions.
        get_timeline(GetTimelineRequest -> GetTimelineResponse) = "GetTimeline", RecertificationRead, timelines::get;
        create_campaign(CreateCampaignRequest -> CreateCampaignResponse) = "CreateCampaign", RecertificationManage, campaigns::create;
        get_campaign(GetCampaignRequest -> GetCampaignResponse) = "GetCampaign", RecertificationRead, campaign_reads::get_campaign;
        list_campaigns(ListCampaignsRequest -> ListCampaignsResponse) = "ListCampaigns", RecertificationRead, campaign_reads::list_campaigns;
        set_task_force(SetTaskForceRequest -> SetTaskForceResponse) = "SetTaskForce", RecertificationManage, campaigns::set_task_force;
        freeze_baseline(FreezeBaselineRequest -> FreezeBaselineResponse) = "FreezeBaseline", RecertificationManage, baseline::freeze;
        open_phase(OpenPhaseRequest -> OpenPhaseResponse) = "OpenPhase", RecertificationManage, campaigns::open_phase;
        override_phase_gate(OverridePhaseGateRequest -> OverridePhaseGateResponse) = "OverridePhaseGate", RecertificationManage, campaigns::override_gate;
        end_intake(EndIntakeRequest -> EndIntakeResponse) = "EndIntake", RecertificationManage, campaigns::end_intake;
        close_phase(ClosePhaseRequest -> ClosePhaseResponse) = "ClosePhase", RecertificationManage, campaigns::close_phase;
        close_survey(CloseSurveyRequest -> CloseSurveyResponse) = "CloseSurvey", RecertificationManage, campaigns::close_survey;
        close_campaign(CloseCampaignRequest -> CloseCampaignResponse) = "CloseCampaign", RecertificationManage, campaigns::close;
        submit_survey(SubmitSurveyRequest -> SubmitSurveyResponse) = "SubmitSurvey", RecertificationRequest, surveys::submit;
        sign_survey(SignSurveyRequest -> SignSurveyResponse) = "SignSurvey", RecertificationRequest, surveys::sign;
        reopen_survey(ReopenSurveyRequest -> ReopenSurveyResponse) = "ReopenSurvey", RecertificationManage, surveys::reopen;
        get_survey(GetSurveyRequest -> GetSurveyResponse) = "GetSurvey", RecertificationRead, campaign_reads::get_survey;
        list_surveys(ListSurveysRequest -> ListSurveysResponse) = "ListSurveys", RecertificationRead, campaign_reads::list_surveys;
        confirm_three_clear(ConfirmThreeClearRequest -> ConfirmThreeClearResponse) = "ConfirmThreeClear", RecertificationManage, surveys::confirm;
        open_transition(OpenTransitionRequest -> OpenTransitionResponse) = "OpenTransition", RecertificationRequest, transitions::open;
        get_transition(GetTransitionRequest -> GetTransitionResponse) = "GetTransition", RecertificationRead, transition_reads::get;
        list_transitions(ListTransitionsRequest -> ListTransitionsResponse) = "ListTransitions", RecertificationRead, transition_reads::list_transitions;
        record_talk(RecordTalkRequest -> RecordTalkResponse) = "RecordTalk", RecertificationRequest, transitions::talk;
        record_placement(RecordPlacementRequest -> RecordPlacementResponse) = "RecordPlacement", RecertificationRequest, transitions::place;
        finish_person(FinishPersonRequest -> FinishPersonResponse) = "FinishPerson", RecertificationRequest, transitions::finish;
        close_transition(CloseTransitionRequest -> CloseTransitionResponse) = "CloseTransition", RecertificationRequest, transitions::close;

        // The ledger of units.

    }
    later {
        // Cases.
        check_only_decrease(CheckOnlyDecreaseRequest -> CheckOnlyDecreaseResponse) = "CheckOnlyDecrease", RecertificationRead;
        check_conditions(CheckConditionsRequest -> CheckConditionsResponse) = "CheckConditions", RecertificationRead;
        create_case(CreateCaseRequest -> CreateCaseResponse) = "CreateCase", RecertificationRequest;
        get_case(GetCaseRequest -> GetCaseResponse) = "GetCase", RecertificationRead;
        list_cases(ListCasesRequest -> ListCasesResponse) = "ListCases", RecertificationRead;
        update_case(UpdateCaseRequest -> UpdateCaseResponse) = "UpdateCase", RecertificationRequest;
        submit_materials(SubmitMaterialsRequest -> SubmitMaterialsResponse) = "SubmitMaterials", RecertificationRequest;
        review_materials(ReviewMaterialsRequest -> ReviewMaterialsResponse) = "ReviewMaterials", RecertificationManage;
        submit_case(SubmitCaseRequest -> SubmitCaseResponse) = "SubmitCase", RecertificationRequest;
        withdraw_case(WithdrawCaseRequest -> WithdrawCaseResponse) = "WithdrawCase", RecertificationRequest;
        request_correction(RequestCorrectionRequest -> RequestCorrectionResponse) = "RequestCorrection", RecertificationManage;
        answer_correction(AnswerCorrectionRequest -> AnswerCorrectionResponse) = "AnswerCorrection", RecertificationRequest;
        record_consultation(RecordConsultationRequest -> RecordConsultationResponse) = "RecordConsultation", RecertificationManage;
        refer_to_establishment_office(ReferToEstablishmentOfficeRequest -> ReferToEstablishmentOfficeResponse) = "ReferToEstablishmentOffice", RecertificationManage;
        answer_referral(AnswerReferralRequest -> AnswerReferralResponse) = "AnswerReferral", RecertificationRequest;
        register_unit(RegisterUnitRequest -> RegisterUnitResponse) = "RegisterUnit", RecertificationManage;
        file_with_central_authority(FileWithCentralAuthorityRequest -> FileWithCentralAuthorityResponse) = "FileWithCentralAuthority", RecertificationManage;
        publish_precedent(PublishPrecedentRequest -> PublishPrecedentResponse) = "PublishPrecedent", RecertificationManage;
        list_precedents(ListPrecedentsRequest -> ListPrecedentsResponse) = "ListPrecedents", RecertificationRead;
        get_book(GetBookRequest -> GetBookResponse) = "GetBook", RecertificationRead;

        // Campaigns, surveys, transitions.

        // The ledger of units.
        route_change(RouteChangeRequest -> RouteChangeResponse) = "RouteChange", RecertificationRead;
        get_ledger_unit(GetLedgerUnitRequest -> GetLedgerUnitResponse) = "GetLedgerUnit", RecertificationRead;
        list_ledger_units(ListLedgerUnitsRequest -> ListLedgerUnitsResponse) = "ListLedgerUnits", RecertificationRead;
        get_lineage(GetLineageRequest -> GetLineageResponse) = "GetLineage", RecertificationRead;
        list_findings(ListFindingsRequest -> ListFindingsResponse) = "ListFindings", RecertificationRead;
        get_review_statistics(GetReviewStatisticsRequest -> GetReviewStatisticsResponse) = "GetReviewStatistics", RecertificationRead;
    }
}
