//! `quanheng attachment …` (附件).

use std::path::PathBuf;

use clap::Subcommand;
use quanheng_api::quanheng::attachment::v1 as attachment;
use sha2::{Digest as _, Sha256};

use super::args::{self, Fresh, Paging, Write};
use super::output::print;
use super::session::{Done, Session, note};
use super::transfer::{download, file_name, hex, request_id, upload};
use super::{api, input};

/// What can be done with attachments.
#[derive(Debug, Subcommand)]
pub(crate) enum AttachmentCommand {
    /// 上传附件
    Upload {
        /// 文件;- 为标准输入
        file: String,
        /// 文件名;未指定时取自文件
        #[arg(long, value_name = "名称")]
        file_name: Option<String>,
        /// 媒体类型
        #[arg(long, value_name = "类型", default_value = "application/octet-stream")]
        media_type: String,
        /// 同时关联到资源,如 units/u-1001
        #[arg(long, value_name = "资源", default_value = "")]
        link: String,
        /// 请求编号(UUID)
        #[arg(long, value_name = "编号", default_value = "")]
        request_id: String,
    },
    /// 查看附件
    Show {
        /// 附件
        #[arg(value_parser = args::attachment)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 下载附件
    Download {
        /// 附件
        #[arg(value_parser = args::attachment)]
        name: String,
        /// 写入的文件;- 为标准输出
        #[arg(long, value_name = "文件")]
        to: PathBuf,
    },
    /// 关联到资源
    Link {
        /// 附件
        #[arg(value_parser = args::attachment)]
        name: String,
        /// 资源,如 units/u-1001
        resource: String,
        #[command(flatten)]
        write: Write,
    },
    /// 解除关联
    Unlink {
        /// 附件
        #[arg(value_parser = args::attachment)]
        name: String,
        /// 资源
        resource: String,
        /// 原因
        #[arg(long, value_name = "文字", default_value = "")]
        reason: String,
        #[command(flatten)]
        write: Write,
    },
    /// 列出资源的附件
    List {
        /// 资源,如 units/u-1001
        resource: String,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
}

impl AttachmentCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Upload { file, file_name: named, media_type, link, request_id: given } => {
                let content = input::read_bytes(&file)?;
                let head = attachment::upload_attachment_request::Head {
                    file_name: named.unwrap_or_else(|| file_name(&file)),
                    media_type,
                    sha256: hex(&Sha256::digest(&content)),
                    link,
                    request_id: request_id(given),
                };
                let method = api::method("AttachmentService/UploadAttachment")?;
                let id = head.request_id.clone();
                let answer = upload(session, &method, &head, content, &id).await?;
                print(&answer, session.output)
            }
            Self::Show { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(attachment::GetAttachmentRequest { name, min_position }).await
            }
            Self::Download { name, to } => {
                let method = api::method("AttachmentService/DownloadAttachment")?;
                let request = attachment::DownloadAttachmentRequest { name };
                let bytes = download(session, &method, &request, &to).await?;
                note(format_args!("已写入 {}({bytes} 字节)", to.display()));
                Ok(())
            }
            Self::Link { name, resource, write } => {
                let request = attachment::LinkAttachmentRequest {
                    name,
                    resource,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Unlink { name, resource, reason, write } => {
                let request = attachment::UnlinkAttachmentRequest {
                    name,
                    resource,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::List { resource, paging, fresh } => {
                let request = attachment::ListAttachmentsRequest {
                    resource,
                    min_position: fresh.min_position,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
        }
    }
}
