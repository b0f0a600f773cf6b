//! The policy service by real clients, on SQLite and PostgreSQL.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use quanheng_api::quanheng::policy::v1::policy_service_client::PolicyServiceClient;
use quanheng_api::quanheng::policy::v1::policy_service_server::PolicyServiceServer;
use quanheng_identity::Role;
use quanheng_policy_service::PolicyApi;
use quanheng_projection::Definition;
use quanheng_runtime::House;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use crate::world::{As, World, who};

mod calendars;
mod defaults;
mod explain;
mod flows;
mod profiles;
mod world;

fn definitions() -> Vec<Definition> {
    Vec::new()
}

fn server(house: Arc<House>) -> PolicyServiceServer<PolicyApi> {
    PolicyApi::new(house).server()
}

type Client = PolicyServiceClient<InterceptedService<Channel, As>>;

fn client(world: &World, caller: As) -> Client {
    PolicyServiceClient::with_interceptor(world.channel.clone(), caller)
}

/// Publishes for the whole country.
fn national(world: &World) -> Client {
    client(world, who("zhang", &[Role::PolicyPublisher], "000000"))
}

/// Publishes for a province.
fn provincial(world: &World) -> Client {
    client(world, who("li", &[Role::PolicyPublisher], "440000"))
}

/// Reads in a county of that province.
fn county(world: &World) -> Client {
    client(world, who("wang", &[Role::Viewer], "440106"))
}
