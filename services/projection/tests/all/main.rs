//! The projection service by real clients, on SQLite and PostgreSQL.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use quanheng_api::quanheng::projection::v1::projection_service_client::ProjectionServiceClient;
use quanheng_api::quanheng::projection::v1::projection_service_server::ProjectionServiceServer;
use quanheng_identity::Role;
use quanheng_projection::Definition;
use quanheng_projection_service::ProjectionApi;
use quanheng_runtime::House;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use crate::world::{As, World, who};

mod list;
mod masking;
mod sight;
mod tokens;
mod views;
mod watching;
mod world;

fn definitions() -> Vec<Definition> {
    views::definitions()
}

fn server(house: Arc<House>) -> ProjectionServiceServer<ProjectionApi> {
    ProjectionApi::new(house).server()
}

type Client = ProjectionServiceClient<InterceptedService<Channel, As>>;

fn client(world: &World, caller: As) -> Client {
    ProjectionServiceClient::with_interceptor(world.channel.clone(), caller)
}

/// Looks at the whole country.
fn national(world: &World) -> Client {
    client(world, who("zhang", &[Role::Viewer], "000000"))
}

/// Looks at a prefecture.
fn prefecture(world: &World) -> Client {
    client(world, who("li", &[Role::Viewer], "440100"))
}
