//! Typed clients that show a token.

use std::net::SocketAddr;
use std::time::Duration;

use quanheng_api::quanheng::approval::v1::approval_task_service_client::ApprovalTaskServiceClient;
use quanheng_api::quanheng::approval::v1::office_service_client::OfficeServiceClient;
use quanheng_api::quanheng::attachment::v1::attachment_service_client::AttachmentServiceClient;
use quanheng_api::quanheng::common::v1::operation_service_client::OperationServiceClient;
use quanheng_api::quanheng::policy::v1::policy_service_client::PolicyServiceClient;
use quanheng_api::quanheng::projection::v1::projection_service_client::ProjectionServiceClient;
use quanheng_api::quanheng::promotion::v1::promotion_service_client::PromotionServiceClient;
use quanheng_api::quanheng::quota::v1::quota_service_client::QuotaServiceClient;
use quanheng_api::quanheng::recertification::v1::recertification_service_client::RecertificationServiceClient;
use quanheng_api::quanheng::registry::v1::registry_service_client::RegistryServiceClient;
use tonic::codegen::InterceptedService;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Puts the token on every call.
#[derive(Debug, Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A channel with a token.
pub type Shown = InterceptedService<Channel, Bearer>;

/// Somebody's clients over one connection.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    bearer: Bearer,
}

const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $client:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> $client<Shown> {
            $client::with_interceptor(self.channel.clone(), self.bearer.clone())
                .max_decoding_message_size(MESSAGE_BYTES_MAX)
        }
    )+ };
}

impl Client {
    /// Connects.
    ///
    /// # Panics
    /// When nobody listens there.
    pub async fn connect(address: SocketAddr, token: &str) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
        let endpoint = endpoint.connect_timeout(Duration::from_secs(10)).tcp_nodelay(true);
        let channel = endpoint.connect().await.expect("the server listens");
        let bearer = format!("Bearer {token}").parse().expect("a token is plain text");
        Self { channel, bearer: Bearer(bearer) }
    }

    /// The channel, without the token.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    clients! {
        /// Registers.
        registry: RegistryServiceClient,
        /// The ledger.
        quota: QuotaServiceClient,
        /// Rounds and requests.
        promotion: PromotionServiceClient,
        /// Re-certification.
        recertification: RecertificationServiceClient,
        /// Policies.
        policy: PolicyServiceClient,
        /// Attachments.
        attachment: AttachmentServiceClient,
        /// Projections.
        projection: ProjectionServiceClient,
        /// Tasks.
        tasks: ApprovalTaskServiceClient,
        /// Offices.
        offices: OfficeServiceClient,
        /// Operations.
        operation: OperationServiceClient,
    }
}

/// A new request id.
#[must_use]
pub fn request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
