//! The API as the command line knows it: descriptors, and which request has which answer.

use std::sync::LazyLock;

use prost::{Message, Name};
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, MessageDescriptor, MethodDescriptor,
};
use quanheng_api::quanheng::{
    approval, attachment, common, policy, projection, promotion, quota, recertification, registry,
};

use super::failure::CliFailure;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(quanheng_api::DESCRIPTORS).expect("the descriptors are compiled in")
});

/// A request of a unary method, with its answer.
pub(crate) trait Rpc: Message + Name {
    /// What is answered.
    type Answer: Message + Name + Default;
}

macro_rules! rpcs {
    ($($area:ident: $($request:ident => $answer:ident),+ ;)+) => {
        $($(impl Rpc for $area::v1::$request { type Answer = $area::v1::$answer; })+)+

        /// Every request and answer by name, so that a test compares them with the files.
        #[cfg(test)]
        pub(crate) fn pairs() -> Vec<(String, String)> {
            vec![$($((
                <$area::v1::$request as Name>::full_name(),
                <$area::v1::$answer as Name>::full_name(),
            )),+),+]
        }
    };
}

rpcs! {
    registry:
        CreateUnitRequest => CreateUnitResponse,
        GetUnitRequest => GetUnitResponse,
        ListUnitsRequest => ListUnitsResponse,
        UpdateUnitRequest => UpdateUnitResponse,
        ChangeUnitsRequest => ChangeUnitsResponse,
        ListUnitHistoryRequest => ListUnitHistoryResponse,
        CreatePostRequest => CreatePostResponse,
        GetPostRequest => GetPostResponse,
        ListPostsRequest => ListPostsResponse,
        UpdatePostRequest => UpdatePostResponse,
        CreatePersonRequest => CreatePersonResponse,
        GetPersonRequest => GetPersonResponse,
        ListPersonsRequest => ListPersonsResponse,
        UpdatePersonRequest => UpdatePersonResponse,
        RecordPersonEventsRequest => RecordPersonEventsResponse,
        RecordOpeningFactsRequest => RecordOpeningFactsResponse,
        ListPersonHistoryRequest => ListPersonHistoryResponse,
        ErasePersonRequest => ErasePersonResponse;
    recertification:
        CreateCampaignRequest => CreateCampaignResponse,
        GetCampaignRequest => GetCampaignResponse,
        ListCampaignsRequest => ListCampaignsResponse,
        SetTaskForceRequest => SetTaskForceResponse,
        FreezeBaselineRequest => FreezeBaselineResponse,
        OpenPhaseRequest => OpenPhaseResponse,
        OverridePhaseGateRequest => OverridePhaseGateResponse,
        EndIntakeRequest => EndIntakeResponse,
        ClosePhaseRequest => ClosePhaseResponse,
        CloseSurveyRequest => CloseSurveyResponse,
        CloseCampaignRequest => CloseCampaignResponse,
        SubmitSurveyRequest => SubmitSurveyResponse,
        SignSurveyRequest => SignSurveyResponse,
        ReopenSurveyRequest => ReopenSurveyResponse,
        GetSurveyRequest => GetSurveyResponse,
        ListSurveysRequest => ListSurveysResponse,
        ConfirmThreeClearRequest => ConfirmThreeClearResponse,
        RouteChangeRequest => RouteChangeResponse,
        CheckOnlyDecreaseRequest => CheckOnlyDecreaseResponse,
        CheckConditionsRequest => CheckConditionsResponse,
        CreateCaseRequest => CreateCaseResponse,
        GetCaseRequest => GetCaseResponse,
        ListCasesRequest => ListCasesResponse,
        UpdateCaseRequest => UpdateCaseResponse,
        SubmitMaterialsRequest => SubmitMaterialsResponse,
        ReviewMaterialsRequest => ReviewMaterialsResponse,
        SubmitCaseRequest => SubmitCaseResponse,
        WithdrawCaseRequest => WithdrawCaseResponse,
        RequestCorrectionRequest => RequestCorrectionResponse,
        AnswerCorrectionRequest => AnswerCorrectionResponse,
        RecordConsultationRequest => RecordConsultationResponse,
        ReferToEstablishmentOfficeRequest => ReferToEstablishmentOfficeResponse,
        AnswerReferralRequest => AnswerReferralResponse,
        RegisterUnitRequest => RegisterUnitResponse,
        FileWithCentralAuthorityRequest => FileWithCentralAuthorityResponse,
        PublishPrecedentRequest => PublishPrecedentResponse,
        ListPrecedentsRequest => ListPrecedentsResponse,
        OpenTransitionRequest => OpenTransitionResponse,
        GetTransitionRequest => GetTransitionResponse,
        ListTransitionsRequest => ListTransitionsResponse,
        RecordTalkRequest => RecordTalkResponse,
        RecordPlacementRequest => RecordPlacementResponse,
        FinishPersonRequest => FinishPersonResponse,
        CloseTransitionRequest => CloseTransitionResponse,
        GetTimelineRequest => GetTimelineResponse,
        GetLedgerUnitRequest => GetLedgerUnitResponse,
        ListLedgerUnitsRequest => ListLedgerUnitsResponse,
        GetLineageRequest => GetLineageResponse,
        GetBookRequest => GetBookResponse,
        ListFindingsRequest => ListFindingsResponse,
        GetReviewStatisticsRequest => GetReviewStatisticsResponse;
    quota:
        GetQuotaAccountRequest => GetQuotaAccountResponse,
        ListQuotaAccountsRequest => ListQuotaAccountsResponse,
        ListLedgerEntriesRequest => ListLedgerEntriesResponse,
        ListHoldersRequest => ListHoldersResponse,
        ComputeEntitlementRequest => ComputeEntitlementResponse,
        DetermineQuotaRequest => DetermineQuotaResponse,
        RecordOpeningBalancesRequest => RecordOpeningBalancesResponse,
        CreatePoolRequest => CreatePoolResponse,
        UpdatePoolRequest => UpdatePoolResponse,
        AllocateSeatsRequest => AllocateSeatsResponse,
        LendSeatsRequest => LendSeatsResponse,
        ReturnSeatsRequest => ReturnSeatsResponse,
        SetReserveRequest => SetReserveResponse,
        ReleaseReserveRequest => ReleaseReserveResponse,
        RequestPreReviewRequest => RequestPreReviewResponse,
        GetPreReviewRequest => GetPreReviewResponse,
        ListPreReviewsRequest => ListPreReviewsResponse,
        WithdrawPreReviewRequest => WithdrawPreReviewResponse,
        ExtendHoldRequest => ExtendHoldResponse,
        ReleaseHoldRequest => ReleaseHoldResponse,
        ResumeHoldRequest => ResumeHoldResponse,
        OccupySeatsRequest => OccupySeatsResponse,
        PlaceHolderRequest => PlaceHolderResponse,
        VacateSeatsRequest => VacateSeatsResponse,
        FileUseRequest => FileUseResponse,
        ReturnFilingRequest => ReturnFilingResponse,
        SetDigestionPlanRequest => SetDigestionPlanResponse,
        ReverseEntryRequest => ReverseEntryResponse,
        SimulateUseRequest => SimulateUseResponse,
        ReconcileAccountRequest => ReconcileAccountResponse;
    promotion:
        CheckEligibilityRequest => CheckEligibilityResponse,
        BatchCheckEligibilityRequest => BatchCheckEligibilityResponse,
        CreatePromotionRoundRequest => CreatePromotionRoundResponse,
        GetPromotionRoundRequest => GetPromotionRoundResponse,
        ListPromotionRoundsRequest => ListPromotionRoundsResponse,
        AttachPreReviewRequest => AttachPreReviewResponse,
        ClosePromotionRoundRequest => ClosePromotionRoundResponse,
        WithdrawPromotionRoundRequest => WithdrawPromotionRoundResponse,
        CreatePromotionRequestRequest => CreatePromotionRequestResponse,
        GetPromotionRequestRequest => GetPromotionRequestResponse,
        ListPromotionRequestsRequest => ListPromotionRequestsResponse,
        UpdatePromotionRequestRequest => UpdatePromotionRequestResponse,
        SubmitPromotionRequestRequest => SubmitPromotionRequestResponse,
        WithdrawPromotionRequestRequest => WithdrawPromotionRequestResponse,
        ResubmitPromotionRequestRequest => ResubmitPromotionRequestResponse,
        RecordRecommendationRequest => RecordRecommendationResponse,
        RecordVettingRequest => RecordVettingResponse,
        PostNoticeRequest => PostNoticeResponse,
        RecordNoticeFeedbackRequest => RecordNoticeFeedbackResponse,
        ResolveNoticeFeedbackRequest => ResolveNoticeFeedbackResponse,
        CloseNoticeRequest => CloseNoticeResponse,
        ConfirmAppointmentRequest => ConfirmAppointmentResponse,
        FilePromotionRequest => FilePromotionResponse,
        SuspendRequest => SuspendResponse,
        ResumeRequest => ResumeResponse,
        LowerRankRequest => LowerRankResponse,
        DetermineRankOnTransferRequest => DetermineRankOnTransferResponse,
        GetTimelineRequest => GetTimelineResponse;
    approval:
        ListTasksRequest => ListTasksResponse,
        GetTaskRequest => GetTaskResponse,
        ClaimTaskRequest => ClaimTaskResponse,
        ApproveTaskRequest => ApproveTaskResponse,
        RefuseTaskRequest => RefuseTaskResponse,
        ReturnTaskRequest => ReturnTaskResponse,
        ListReturnTargetsRequest => ListReturnTargetsResponse,
        TransferTaskRequest => TransferTaskResponse,
        DelegateTaskRequest => DelegateTaskResponse,
        ResolveDelegationRequest => ResolveDelegationResponse,
        AddSignersRequest => AddSignersResponse,
        RemoveSignersRequest => RemoveSignersResponse,
        CopyTaskRequest => CopyTaskResponse,
        UrgeTaskRequest => UrgeTaskResponse,
        RecallTaskRequest => RecallTaskResponse,
        RecordMeetingRequest => RecordMeetingResponse,
        BatchDecideTasksRequest => BatchDecideTasksResponse,
        ReseatTaskRequest => ReseatTaskResponse,
        GetCaseRequest => GetCaseResponse,
        PauseCaseRequest => PauseCaseResponse,
        ResumeCaseRequest => ResumeCaseResponse,
        CreateSubstitutionRequest => CreateSubstitutionResponse,
        ListSubstitutionsRequest => ListSubstitutionsResponse,
        DeleteSubstitutionRequest => DeleteSubstitutionResponse,
        SetOfficeRequest => SetOfficeResponse,
        EndOfficeRequest => EndOfficeResponse,
        ListOfficesRequest => ListOfficesResponse,
        NameAuthorityRequest => NameAuthorityResponse,
        GetAuthorityRequest => GetAuthorityResponse;
    policy:
        PublishProfileRequest => PublishProfileResponse,
        GetProfileRequest => GetProfileResponse,
        ListProfilesRequest => ListProfilesResponse,
        PublishFlowRequest => PublishFlowResponse,
        GetFlowRequest => GetFlowResponse,
        ListFlowsRequest => ListFlowsResponse,
        PublishCalendarRequest => PublishCalendarResponse,
        ListCalendarsRequest => ListCalendarsResponse,
        ExplainRequest => ExplainResponse;
    projection:
        ListProjectionsRequest => ListProjectionsResponse;
    attachment:
        GetAttachmentRequest => GetAttachmentResponse,
        LinkAttachmentRequest => LinkAttachmentResponse,
        UnlinkAttachmentRequest => UnlinkAttachmentResponse,
        ListAttachmentsRequest => ListAttachmentsResponse;
    common:
        GetOperationRequest => GetOperationResponse,
        ListOperationsRequest => ListOperationsResponse,
        WaitOperationRequest => WaitOperationResponse,
        ResumeOperationRequest => ResumeOperationResponse,
        CancelOperationRequest => CancelOperationResponse;
}

/// Every method of the API.
pub(crate) fn methods() -> impl Iterator<Item = MethodDescriptor> {
    let ours = POOL.services().filter(|service| service.full_name().starts_with("quanheng."));
    ours.flat_map(|service| service.methods().collect::<Vec<_>>())
}

/// `RegistryService/GetUnit`, with or without the package before it.
///
/// # Errors
/// A usage failure that names methods which sound alike.
pub(crate) fn method(name: &str) -> Result<MethodDescriptor, CliFailure> {
    let name = name.trim_start_matches('/');
    let (service, method) =
        name.split_once('/').or_else(|| name.rsplit_once('.')).unwrap_or(("", name));
    let fits = |candidate: &MethodDescriptor| {
        let parent = candidate.parent_service();
        let of_service = service.is_empty()
            || parent.name().eq_ignore_ascii_case(service)
            || parent.full_name() == service;
        of_service && candidate.name().eq_ignore_ascii_case(method)
    };
    methods().find(fits).ok_or_else(|| {
        let wanted = method.to_ascii_lowercase();
        let near: Vec<String> = methods()
            .filter(|candidate| candidate.name().to_ascii_lowercase().contains(&wanted))
            .map(|candidate| short_name(&candidate))
            .collect();
        let near = if near.is_empty() { "quanheng call --list".into() } else { near.join("、") };
        CliFailure::usage(format!("没有方法 {name},可参考:{near}"))
    })
}

/// `RegistryService/GetUnit`.
pub(crate) fn short_name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().name(), method.name())
}

/// The method that takes a request: every method has a request of its own.
pub(crate) fn method_of<R: Rpc>() -> MethodDescriptor {
    let name = R::full_name();
    let found = methods().find(|method| method.input().full_name() == name);
    found.expect("every request of the list is some method's, as a test says")
}

/// The descriptor of a message.
pub(crate) fn message(full_name: &str) -> Option<MessageDescriptor> {
    POOL.get_message_by_name(full_name)
}

/// The descriptor of an enumeration.
pub(crate) fn enumeration(full_name: &str) -> Option<EnumDescriptor> {
    POOL.get_enum_by_name(full_name)
}

/// A message in its dynamic form.
pub(crate) fn dynamic<M: Message + Name>(typed: &M) -> DynamicMessage {
    let descriptor = message(&M::full_name()).expect("generated from the same files");
    DynamicMessage::decode(descriptor, typed.encode_to_vec().as_slice())
        .expect("what was encoded from the same files")
}
