//! The service: each RPC lets the call in and hands it to its room.

use std::sync::Arc;

use quanheng_api::quanheng::projection::v1 as wire;
use quanheng_api::quanheng::projection::v1::projection_service_server::{
    ProjectionService, ProjectionServiceServer,
};
use quanheng_identity::Action;
use quanheng_runtime::House;
use tonic::{Request, Response, Status};

use crate::list;
use crate::watch::{self, Watched};

/// The projection service.
#[derive(Clone)]
pub struct ProjectionApi {
    house: Arc<House>,
}

impl ProjectionApi {
    /// The service over a house.
    #[must_use]
    pub fn new(house: Arc<House>) -> Self {
        Self { house }
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> ProjectionServiceServer<Self> {
        ProjectionServiceServer::new(self)
    }
}

#[tonic::async_trait]
impl ProjectionService for ProjectionApi {
    async fn list_projections(
        &self,
        request: Request<wire::ListProjectionsRequest>,
    ) -> Result<Response<wire::ListProjectionsResponse>, Status> {
        const METHOD: &str = "quanheng.projection.v1.ProjectionService/ListProjections";
        let call = self.house.enter(&request, METHOD, Action::ProjectionsRead)?;
        Ok(Response::new(list::list(&call).await?))
    }

    type WatchStream = Watched;

    async fn watch(
        &self,
        request: Request<wire::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        const METHOD: &str = "quanheng.projection.v1.ProjectionService/Watch";
        let call = self.house.enter(&request, METHOD, Action::ProjectionsWatch)?;
        Ok(Response::new(watch::watch(&call, request.into_inner()).await?))
    }
}
