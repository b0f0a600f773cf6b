//! The service of operations.

use std::sync::Arc;

use prost::Message;
use quanheng_api::Mutation;
use quanheng_api::quanheng::common::v1 as wire;
use quanheng_api::quanheng::common::v1::operation_service_server::{
    OperationService, OperationServiceServer,
};
use quanheng_eventlog::{EventType, Filter};
use quanheng_identity::Action;
use quanheng_runtime::reading::{self, jurisdiction, read_failure};
use quanheng_runtime::{Call, Decided, Deciding, Failure, House};
use quanheng_streams as streams;
use quanheng_streams::{OperationEvent, OperationState, Operations, Phase};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::state::{Known, find, told};
use super::view::{OPERATIONS, OPERATIONS_PROJECTION, OperationDoc};
use crate::import::{Imports, action_of};

/// The service of operations.
#[derive(Clone)]
pub struct OperationApi {
    house: Arc<House>,
    imports: Imports,
}

impl OperationApi {
    /// The service over a house; what is resumed goes on in `imports`.
    #[must_use]
    pub fn new(house: Arc<House>, imports: Imports) -> Self {
        Self { house, imports }
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> OperationServiceServer<Self> {
        OperationServiceServer::new(self)
    }
}

macro_rules! methods {
    ($($name:ident($request:ident -> $response:ident) = $rpc:literal, $handler:path;)+) => {
        #[tonic::async_trait]
        impl OperationService for OperationApi {
            $(
                async fn $name(
                    &self,
                    request: Request<wire::$request>,
                ) -> Result<Response<wire::$response>, Status> {
                    const METHOD: &str = concat!("quanheng.common.v1.OperationService/", $rpc);
                    // Whoever may start an operation may follow operations.
                    let call = self.house.enter(&request, METHOD, Action::OperationsRead)?;
                    let answer = $handler(&self.imports, &call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )+
        }
    };
}

methods! {
    get_operation(GetOperationRequest -> GetOperationResponse) = "GetOperation", get;
    list_operations(ListOperationsRequest -> ListOperationsResponse) = "ListOperations", list;
    wait_operation(WaitOperationRequest -> WaitOperationResponse) = "WaitOperation", wait;
    resume_operation(ResumeOperationRequest -> ResumeOperationResponse) = "ResumeOperation", resume;
    cancel_operation(CancelOperationRequest -> CancelOperationResponse) = "CancelOperation", cancel;
}

fn id(name: &str) -> Result<Uuid, Failure> {
    let found = quanheng_api::resource_id::<1>("operations/{operation}", name);
    let [id] = found.map_err(|error| Failure::field("name", error.to_string()))?;
    id.parse().map_err(|_| Failure::not_found(name))
}

/// An operation that the caller may see: of their own, or of somebody who governs no more
/// than they do.
async fn seen(call: &Call, name: &str) -> Result<Known, Failure> {
    let known = find(&call.realm.log, id(name)?).await?;
    let known = known.ok_or_else(|| Failure::not_found(name))?;
    if known.state.by != call.principal.name() {
        call.sees(&known.input.jurisdiction, name)?;
    }
    Ok(known)
}

async fn get(
    _: &Imports,
    call: &Call,
    request: wire::GetOperationRequest,
) -> Result<wire::GetOperationResponse, Failure> {
    let known = seen(call, &request.name).await?;
    let operation = known.message(&call.realm.log).await?;
    Ok(wire::GetOperationResponse { operation: Some(operation) })
}

async fn list(
    _: &Imports,
    call: &Call,
    request: wire::ListOperationsRequest,
) -> Result<wire::ListOperationsResponse, Failure> {
    let view = call.realm.view(OPERATIONS_PROJECTION, request.min_position, call.deadline).await?;
    let position = view.position().map_err(read_failure)?;
    let within = jurisdiction(call);
    let order = match within == quanheng_projection::Filter::all() {
        true => "create_time desc",
        false => "division",
    };
    let page = reading::list(call, &view, OPERATIONS, &request, within, order).await?;
    let mut operations = Vec::with_capacity(page.docs.len());
    for doc in page.docs {
        let doc: OperationDoc = doc.parse().map_err(Failure::internal)?;
        operations.push(doc.operation);
    }
    Ok(wire::ListOperationsResponse {
        operations,
        position: position.0,
        next_page_token: page.next,
    })
}

/// Answers when the operation no longer runs, or shortly before the caller's patience
/// ends.
async fn wait(
    _: &Imports,
    call: &Call,
    request: wire::WaitOperationRequest,
) -> Result<wire::WaitOperationResponse, Failure> {
    let known = seen(call, &request.name).await?;
    let operation = known.operation;
    if known.is_running() {
        let patience = call.deadline.left().saturating_sub(MARGIN);
        let waited = tokio::time::timeout(patience, stopped(call, &known)).await;
        waited.unwrap_or(Ok(()))?;
    }
    Ok(wire::WaitOperationResponse { operation: Some(told(call, operation).await?) })
}

/// How much earlier than its deadline a call is answered.
const MARGIN: std::time::Duration = std::time::Duration::from_millis(200);

/// Waits until an operation has stopped.
async fn stopped(call: &Call, known: &Known) -> Result<(), Failure> {
    let mut filter = Filter::all();
    for name in ["operation_finished", "operation_failed", "operation_cancelled"] {
        let event_type = EventType::new(format!("quanheng.operation.{name}.v1"));
        filter = filter.or_type(event_type.map_err(Failure::internal)?);
    }
    let stream = streams::operation(known.operation);
    let mut subscription = call.realm.log.subscribe(known.position(), filter).await?;
    loop {
        let page = subscription.next().await?;
        if page.records.iter().any(|record| record.stream == stream) {
            return Ok(());
        }
    }
}

async fn resume(
    imports: &Imports,
    call: &Call,
    request: wire::ResumeOperationRequest,
) -> Result<wire::ResumeOperationResponse, Failure> {
    let known = seen(call, &request.name).await?;
    may_change(call, &known)?;
    if known.input.parts.is_empty() {
        let message = "文件未通过校验,没有可以继续的内容;请改正后重新导入";
        return Err(Failure::rule("WRONG_STATE", &request.name, message));
    }
    let by = call.principal.name();
    let name = request.name.clone();
    change(call, &request, &known, move |state| match state.phase {
        Phase::Failed | Phase::Cancelled => {
            Ok(vec![OperationEvent::OperationResumed { by: by.clone() }])
        }
        Phase::Running => Ok(Vec::new()),
        Phase::Done | Phase::None => {
            Err(Failure::rule("WRONG_STATE", &name, "该操作已完成,无需继续"))
        }
    })
    .await?;
    imports.go_on(&call.realm, known.operation);
    let operation = told(call, known.operation).await?;
    Ok(wire::ResumeOperationResponse { operation: Some(operation) })
}

async fn cancel(
    _: &Imports,
    call: &Call,
    request: wire::CancelOperationRequest,
) -> Result<wire::CancelOperationResponse, Failure> {
    let known = seen(call, &request.name).await?;
    may_change(call, &known)?;
    let by = call.principal.name();
    let name = request.name.clone();
    change(call, &request, &known, move |state| match state.phase {
        Phase::Running => Ok(vec![OperationEvent::OperationCancelled { by: by.clone() }]),
        Phase::Cancelled => Ok(Vec::new()),
        Phase::Done | Phase::Failed | Phase::None => {
            Err(Failure::rule("WRONG_STATE", &name, "该操作已结束,不能取消"))
        }
    })
    .await?;
    let operation = told(call, known.operation).await?;
    Ok(wire::CancelOperationResponse { operation: Some(operation) })
}

/// Only who asked for an operation, or who might have, may change it.
fn may_change(call: &Call, known: &Known) -> Result<(), Failure> {
    if known.state.by == call.principal.name() {
        return Ok(());
    }
    match action_of(&known.state.kind) {
        Some(action) => call.demand(action),
        None => Err(Failure::denied("无权执行该操作")),
    }
}

/// Decides about an operation.
async fn change<R: Mutation + Message>(
    call: &Call,
    request: &R,
    known: &Known,
    decide: impl Fn(&OperationState) -> Result<Vec<OperationEvent>, Failure> + Send + Sync + 'static,
) -> Result<(), Failure> {
    let stream = streams::operation(known.operation);
    let reads = vec![streams::state::<Operations>(stream.clone())];
    let command = Deciding::new(reads, move |desk| {
        let state = desk.state::<OperationState>(&stream);
        let state = state.ok_or_else(|| Failure::internal("the operation was not read"))?;
        let events = decide(state)?;
        let drafts = events.iter().map(|event| streams::draft::<Operations>(stream.clone(), event));
        let drafts = drafts.collect::<Result<_, _>>().map_err(Failure::internal)?;
        Ok(Decided::new(drafts, wire::Operation::default()))
    });
    call.realm.engine.execute(call, request, command).await?;
    Ok(())
}
