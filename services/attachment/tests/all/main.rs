//! The attachment service by real clients, on SQLite and PostgreSQL.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use quanheng_api::quanheng::attachment::v1::attachment_service_client::AttachmentServiceClient;
use quanheng_api::quanheng::attachment::v1::attachment_service_server::AttachmentServiceServer;
use quanheng_attachment::AttachmentApi;
use quanheng_identity::Role;
use quanheng_projection::Definition;
use quanheng_runtime::House;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use crate::world::{As, World, who};

mod files;
mod links;
mod sight;
mod town;
mod uploads;
mod world;

fn definitions() -> Vec<Definition> {
    vec![quanheng_attachment::definition().unwrap()]
}

fn server(house: Arc<House>) -> AttachmentServiceServer<AttachmentApi> {
    AttachmentApi::new(house).server()
}

type Client = AttachmentServiceClient<InterceptedService<Channel, As>>;

fn client(world: &World, caller: As) -> Client {
    AttachmentServiceClient::with_interceptor(world.channel.clone(), caller)
}

/// Keeps the registers of the whole country.
fn national(world: &World) -> Client {
    client(world, who("zhang", &[Role::Registrar], "000000"))
}

/// Keeps the registers of a county.
fn county(world: &World) -> Client {
    client(world, who("li", &[Role::Registrar], "440106"))
}

/// Keeps the registers of the county beside it.
fn neighbour(world: &World) -> Client {
    client(world, who("wang", &[Role::Registrar], "440104"))
}
