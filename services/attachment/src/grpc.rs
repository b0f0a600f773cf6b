//! The service: each RPC lets the call in and hands it to its room.

use std::sync::Arc;

use quanheng_api::quanheng::attachment::v1 as wire;
use quanheng_api::quanheng::attachment::v1::attachment_service_server::{
    AttachmentService, AttachmentServiceServer,
};
use quanheng_identity::Action;
use quanheng_runtime::House;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status, Streaming};

use crate::download::{self, DOWNLOADS_MAX, Downloaded};
use crate::upload::{self, UPLOADS_MAX};
use crate::{link, reads};

/// The attachment service.
#[derive(Clone)]
pub struct AttachmentApi {
    house: Arc<House>,
    uploads: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
}

impl AttachmentApi {
    /// The service over a house.
    #[must_use]
    pub fn new(house: Arc<House>) -> Self {
        Self {
            house,
            uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
            downloads: Arc::new(Semaphore::new(DOWNLOADS_MAX)),
        }
    }

    /// As a server.
    #[must_use]
    pub fn server(self) -> AttachmentServiceServer<Self> {
        AttachmentServiceServer::new(self)
    }
}

macro_rules! method {
    ($rpc:literal) => {
        concat!("quanheng.attachment.v1.AttachmentService/", $rpc)
    };
}

#[tonic::async_trait]
impl AttachmentService for AttachmentApi {
    async fn upload_attachment(
        &self,
        request: Request<Streaming<wire::UploadAttachmentRequest>>,
    ) -> Result<Response<wire::UploadAttachmentResponse>, Status> {
        let action = Action::AttachmentsWrite;
        let call = self.house.enter(&request, method!("UploadAttachment"), action)?;
        let answer = upload::upload(&self.uploads, &call, request.into_inner()).await;
        Ok(Response::new(answer?))
    }

    async fn get_attachment(
        &self,
        request: Request<wire::GetAttachmentRequest>,
    ) -> Result<Response<wire::GetAttachmentResponse>, Status> {
        let action = Action::AttachmentsRead;
        let call = self.house.enter(&request, method!("GetAttachment"), action)?;
        Ok(Response::new(reads::get(&call, request.into_inner()).await?))
    }

    type DownloadAttachmentStream = Downloaded;

    async fn download_attachment(
        &self,
        request: Request<wire::DownloadAttachmentRequest>,
    ) -> Result<Response<Self::DownloadAttachmentStream>, Status> {
        let action = Action::AttachmentsRead;
        let call = self.house.enter(&request, method!("DownloadAttachment"), action)?;
        let answer = download::download(&self.downloads, &call, request.into_inner()).await;
        Ok(Response::new(answer?))
    }

    async fn link_attachment(
        &self,
        request: Request<wire::LinkAttachmentRequest>,
    ) -> Result<Response<wire::LinkAttachmentResponse>, Status> {
        let action = Action::AttachmentsWrite;
        let call = self.house.enter(&request, method!("LinkAttachment"), action)?;
        Ok(Response::new(link::link(&call, request.into_inner()).await?))
    }

    async fn unlink_attachment(
        &self,
        request: Request<wire::UnlinkAttachmentRequest>,
    ) -> Result<Response<wire::UnlinkAttachmentResponse>, Status> {
        let action = Action::AttachmentsWrite;
        let call = self.house.enter(&request, method!("UnlinkAttachment"), action)?;
        Ok(Response::new(link::unlink(&call, request.into_inner()).await?))
    }

    async fn list_attachments(
        &self,
        request: Request<wire::ListAttachmentsRequest>,
    ) -> Result<Response<wire::ListAttachmentsResponse>, Status> {
        let action = Action::AttachmentsRead;
        let call = self.house.enter(&request, method!("ListAttachments"), action)?;
        Ok(Response::new(reads::list(&call, request.into_inner()).await?))
    }
}
