//! The service: each RPC lets the call in, makes commands of its message, and answers.

mod documents;
mod findings;
mod ground;
mod ledger;
mod routes;
mod statistics;

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_api::quanheng::recertification::v1::recertification_service_server::{
    RecertificationService, RecertificationServiceServer,
};
use quanheng_identity::Action;
use quanheng_runtime::House;
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
                _: Request<Streaming<wire::ImportSurveysRequest>>,
            ) -> Result<Response<wire::ImportSurveysResponse>, Status> {
                Err(Status::unimplemented("ImportSurveys"))
            }
            type ExportDocumentsStream = Exported<wire::ExportDocumentsResponse>;
            async fn export_documents(
                &self,
                request: Request<wire::ExportDocumentsRequest>,
            ) -> Result<Response<Self::ExportDocumentsStream>, Status> {
                const METHOD: &str =
                    "quanheng.recertification.v1.RecertificationService/ExportDocuments";
                let call = self.house.enter(&request, METHOD, Action::RecertificationRead)?;
                Ok(Response::new(documents::export(&call, request.into_inner()).await?))
            }
        }
    };
}

methods! {
    unary {
        // Cases.

        // Campaigns, surveys, transitions.

        // The ledger of units.
        route_change(RouteChangeRequest -> RouteChangeResponse) = "RouteChange", RecertificationRead, routes::route;
        get_ledger_unit(GetLedgerUnitRequest -> GetLedgerUnitResponse) = "GetLedgerUnit", RecertificationRead, ledger::get;
        list_ledger_units(ListLedgerUnitsRequest -> ListLedgerUnitsResponse) = "ListLedgerUnits", RecertificationRead, ledger::list_units;
        get_lineage(GetLineageRequest -> GetLineageResponse) = "GetLineage", RecertificationRead, ledger::lineage;
        list_findings(ListFindingsRequest -> ListFindingsResponse) = "ListFindings", RecertificationRead, findings::list;
        get_review_statistics(GetReviewStatisticsRequest -> GetReviewStatisticsResponse) = "GetReviewStatistics", RecertificationRead, statistics::get;
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
        get_timeline(GetTimelineRequest -> GetTimelineResponse) = "GetTimeline", RecertificationRead;
        get_book(GetBookRequest -> GetBookResponse) = "GetBook", RecertificationRead;

        // Campaigns, surveys, transitions.
        create_campaign(CreateCampaignRequest -> CreateCampaignResponse) = "CreateCampaign", RecertificationManage;
        get_campaign(GetCampaignRequest -> GetCampaignResponse) = "GetCampaign", RecertificationRead;
        list_campaigns(ListCampaignsRequest -> ListCampaignsResponse) = "ListCampaigns", RecertificationRead;
        set_task_force(SetTaskForceRequest -> SetTaskForceResponse) = "SetTaskForce", RecertificationManage;
        freeze_baseline(FreezeBaselineRequest -> FreezeBaselineResponse) = "FreezeBaseline", RecertificationManage;
        open_phase(OpenPhaseRequest -> OpenPhaseResponse) = "OpenPhase", RecertificationManage;
        override_phase_gate(OverridePhaseGateRequest -> OverridePhaseGateResponse) = "OverridePhaseGate", RecertificationManage;
        end_intake(EndIntakeRequest -> EndIntakeResponse) = "EndIntake", RecertificationManage;
        close_phase(ClosePhaseRequest -> ClosePhaseResponse) = "ClosePhase", RecertificationManage;
        close_survey(CloseSurveyRequest -> CloseSurveyResponse) = "CloseSurvey", RecertificationManage;
        close_campaign(CloseCampaignRequest -> CloseCampaignResponse) = "CloseCampaign", RecertificationManage;
        submit_survey(SubmitSurveyRequest -> SubmitSurveyResponse) = "SubmitSurvey", RecertificationRequest;
        sign_survey(SignSurveyRequest -> SignSurveyResponse) = "SignSurvey", RecertificationRequest;
        reopen_survey(ReopenSurveyRequest -> ReopenSurveyResponse) = "ReopenSurvey", RecertificationManage;
        get_survey(GetSurveyRequest -> GetSurveyResponse) = "GetSurvey", RecertificationRead;
        list_surveys(ListSurveysRequest -> ListSurveysResponse) = "ListSurveys", RecertificationRead;
        confirm_three_clear(ConfirmThreeClearRequest -> ConfirmThreeClearResponse) = "ConfirmThreeClear", RecertificationManage;
        open_transition(OpenTransitionRequest -> OpenTransitionResponse) = "OpenTransition", RecertificationRequest;
        get_transition(GetTransitionRequest -> GetTransitionResponse) = "GetTransition", RecertificationRead;
        list_transitions(ListTransitionsRequest -> ListTransitionsResponse) = "ListTransitions", RecertificationRead;
        record_talk(RecordTalkRequest -> RecordTalkResponse) = "RecordTalk", RecertificationRequest;
        record_placement(RecordPlacementRequest -> RecordPlacementResponse) = "RecordPlacement", RecertificationRequest;
        finish_person(FinishPersonRequest -> FinishPersonResponse) = "FinishPerson", RecertificationRequest;
        close_transition(CloseTransitionRequest -> CloseTransitionResponse) = "CloseTransition", RecertificationRequest;

        // The ledger of units.
    }
}
