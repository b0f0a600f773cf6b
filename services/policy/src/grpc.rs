//! The service: each RPC lets the call in and hands it to its room.

use std::sync::Arc;

use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_api::quanheng::policy::v1::policy_service_server::{
    PolicyService, PolicyServiceServer,
};
use quanheng_identity::Action;
use quanheng_runtime::House;
use tonic::{Request, Response, Status};

use crate::{calendar, explain, flow, profile};

/// The policy service.
#[derive(Clone)]
pub struct PolicyApi {
    house: Arc<House>,
}

impl PolicyApi {
    /// The service over a house.
    #[must_use]
    pub fn new(house: Arc<House>) -> Self {
        Self { house }
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> PolicyServiceServer<Self> {
        PolicyServiceServer::new(self)
    }
}

macro_rules! methods {
    ($($name:ident($request:ident -> $response:ident) = $rpc:literal, $action:ident, $handler:path;)+) => {
        #[tonic::async_trait]
        impl PolicyService for PolicyApi {
            $(
                async fn $name(
                    &self,
                    request: Request<wire::$request>,
                ) -> Result<Response<wire::$response>, Status> {
                    const METHOD: &str = concat!("quanheng.policy.v1.PolicyService/", $rpc);
                    let call = self.house.enter(&request, METHOD, Action::$action)?;
                    let answer = $handler(&call, request.into_inner()).await;
                    Ok(Response::new(answer?))
                }
            )+
        }
    };
}

methods! {
    publish_profile(PublishProfileRequest -> PublishProfileResponse) = "PublishProfile", PolicyPublish, profile::publish;
    get_profile(GetProfileRequest -> GetProfileResponse) = "GetProfile", PolicyRead, profile::get;
    list_profiles(ListProfilesRequest -> ListProfilesResponse) = "ListProfiles", PolicyRead, profile::list;
    publish_flow(PublishFlowRequest -> PublishFlowResponse) = "PublishFlow", PolicyPublish, flow::publish;
    get_flow(GetFlowRequest -> GetFlowResponse) = "GetFlow", PolicyRead, flow::get;
    list_flows(ListFlowsRequest -> ListFlowsResponse) = "ListFlows", PolicyRead, flow::list;
    publish_calendar(PublishCalendarRequest -> PublishCalendarResponse) = "PublishCalendar", PolicyPublish, calendar::publish;
    list_calendars(ListCalendarsRequest -> ListCalendarsResponse) = "ListCalendars", PolicyRead, calendar::list;
    explain(ExplainRequest -> ExplainResponse) = "Explain", PolicyRead, explain::explain;
}
