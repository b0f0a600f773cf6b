//! The services: each RPC lets the call in, makes a command of the message, and answers.

mod act;
mod batch;
mod cases;
mod lists;
mod offices;
mod reads;
mod returns;
mod substitutions;
mod tasks;

use std::sync::Arc;

use quanheng_api::quanheng::approval::v1 as wire;
use quanheng_api::quanheng::approval::v1::approval_task_service_server::{
    ApprovalTaskService, ApprovalTaskServiceServer,
};
use quanheng_api::quanheng::approval::v1::office_service_server::{
    OfficeService, OfficeServiceServer,
};
use quanheng_casework::case::Matters;
use quanheng_identity::Action;
use quanheng_runtime::House;
use tonic::{Request, Response, Status};

/// The service of tasks.
#[derive(Clone)]
pub struct ApprovalApi {
    house: Arc<House>,
    matters: Matters,
}

impl ApprovalApi {
    /// The service over a house, for these kinds of cases.
    #[must_use]
    pub fn new(house: Arc<House>, matters: Matters) -> Self {
        Self { house, matters }
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> ApprovalTaskServiceServer<Self> {
        ApprovalTaskServiceServer::new(self)
    }
}

/// The service of offices (流程岗位).
#[derive(Clone)]
pub struct OfficeApi {
    house: Arc<House>,
}

impl OfficeApi {
    /// The service over a house.
    #[must_use]
    pub fn new(house: Arc<House>) -> Self {
        Self { house }
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> OfficeServiceServer<Self> {
        OfficeServiceServer::new(self)
    }
}

/// Handlers of cases know the kinds that there are; those of offices need not.
macro_rules! on_cases {
    ($api:ident, $handler:path, $call:ident, $message:expr) => {
        $handler(&$api.matters, &$call, $message)
    };
}

macro_rules! on_offices {
    ($api:ident, $handler:path, $call:ident, $message:expr) => {
        $handler(&$call, $message)
    };
}

macro_rules! methods {
    ($service:ident of $api:ident, $on:ident;
     $($name:ident($request:ident -> $response:ident) = $rpc:literal, $action:ident, $handler:path;)+) => {
        #[tonic::async_trait]
        impl $service for $api {
            $(
                async fn $name(
                    &self,
                    request: Request<wire::$request>,
                ) -> Result<Response<wire::$response>, Status> {
                    const METHOD: &str =
                        concat!("quanheng.approval.v1.", stringify!($service), "/", $rpc);
                    let call = self.house.enter(&request, METHOD, Action::$action)?;
                    let answer = $on!(self, $handler, call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )+
        }
    };
}

methods! {
    ApprovalTaskService of ApprovalApi, on_cases;
    list_tasks(ListTasksRequest -> ListTasksResponse) = "ListTasks", TasksRead, lists::list;
    get_task(GetTaskRequest -> GetTaskResponse) = "GetTask", TasksRead, reads::task;
    claim_task(ClaimTaskRequest -> ClaimTaskResponse) = "ClaimTask", TasksAct, tasks::claim;
    approve_task(ApproveTaskRequest -> ApproveTaskResponse) = "ApproveTask", TasksAct, tasks::approve;
    refuse_task(RefuseTaskRequest -> RefuseTaskResponse) = "RefuseTask", TasksAct, tasks::refuse;
    return_task(ReturnTaskRequest -> ReturnTaskResponse) = "ReturnTask", TasksAct, returns::give_back;
    list_return_targets(ListReturnTargetsRequest -> ListReturnTargetsResponse) = "ListReturnTargets", TasksRead, returns::targets;
    transfer_task(TransferTaskRequest -> TransferTaskResponse) = "TransferTask", TasksAct, tasks::transfer;
    delegate_task(DelegateTaskRequest -> DelegateTaskResponse) = "DelegateTask", TasksAct, tasks::delegate;
    resolve_delegation(ResolveDelegationRequest -> ResolveDelegationResponse) = "ResolveDelegation", TasksAct, tasks::resolve;
    add_signers(AddSignersRequest -> AddSignersResponse) = "AddSigners", TasksAct, tasks::add_signers;
    remove_signers(RemoveSignersRequest -> RemoveSignersResponse) = "RemoveSigners", TasksAct, tasks::remove_signers;
    copy_task(CopyTaskRequest -> CopyTaskResponse) = "CopyTask", TasksAct, tasks::copy;
    urge_task(UrgeTaskRequest -> UrgeTaskResponse) = "UrgeTask", TasksAct, tasks::urge;
    recall_task(RecallTaskRequest -> RecallTaskResponse) = "RecallTask", TasksAct, tasks::recall;
    record_meeting(RecordMeetingRequest -> RecordMeetingResponse) = "RecordMeeting", TasksAct, tasks::meet;
    batch_decide_tasks(BatchDecideTasksRequest -> BatchDecideTasksResponse) = "BatchDecideTasks", TasksAct, batch::decide;
    reseat_task(ReseatTaskRequest -> ReseatTaskResponse) = "ReseatTask", TasksAct, cases::reseat;
    get_case(GetCaseRequest -> GetCaseResponse) = "GetCase", TasksRead, reads::case;
    pause_case(PauseCaseRequest -> PauseCaseResponse) = "PauseCase", TasksAct, cases::pause;
    resume_case(ResumeCaseRequest -> ResumeCaseResponse) = "ResumeCase", TasksAct, cases::resume;
    create_substitution(CreateSubstitutionRequest -> CreateSubstitutionResponse) = "CreateSubstitution", TasksAct, substitutions::create;
    list_substitutions(ListSubstitutionsRequest -> ListSubstitutionsResponse) = "ListSubstitutions", TasksRead, substitutions::list;
    delete_substitution(DeleteSubstitutionRequest -> DeleteSubstitutionResponse) = "DeleteSubstitution", TasksAct, substitutions::delete;
}

methods! {
    OfficeService of OfficeApi, on_offices;
    set_office(SetOfficeRequest -> SetOfficeResponse) = "SetOffice", OfficesWrite, offices::set;
    end_office(EndOfficeRequest -> EndOfficeResponse) = "EndOffice", OfficesWrite, offices::end;
    list_offices(ListOfficesRequest -> ListOfficesResponse) = "ListOffices", OfficesRead, offices::list;
    name_authority(NameAuthorityRequest -> NameAuthorityResponse) = "NameAuthority", OfficesWrite, offices::name_authority;
    get_authority(GetAuthorityRequest -> GetAuthorityResponse) = "GetAuthority", OfficesRead, offices::authority;
}
