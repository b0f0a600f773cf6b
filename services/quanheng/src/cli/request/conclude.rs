//! Appointing and filing; suspending and resuming; what happened.

use clap::Subcommand;
use quanheng_api::quanheng::promotion::v1 as promotion;

use crate::cli::args::{self, BasisArgs, Etag, Fresh, Write};
use crate::cli::session::{Done, Session};

/// What can be done after the notice, and at any time.
#[derive(Debug, Subcommand)]
pub(crate) enum ConcludeCommand {
    /// 任职:占用职数并登记职级
    Appoint {
        /// 申请(可多个)
        #[arg(value_parser = args::request, required = true)]
        requests: Vec<String>,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 使用后备案
    File {
        /// 申请(可多个)
        #[arg(value_parser = args::request, required = true)]
        requests: Vec<String>,
        #[command(flatten)]
        write: Write,
    },
    /// 中止一人,其他人选继续办理
    Suspend {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 恢复办理
    Resume {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 办理记录
    Timeline {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
}

impl ConcludeCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Appoint { requests, basis, write } => {
                let request = promotion::ConfirmAppointmentRequest {
                    requests,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::File { requests, write } => {
                let request = promotion::FilePromotionRequest {
                    requests,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Suspend { name, reason, write, etag } => {
                let request = promotion::SuspendRequest {
                    name,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Resume { name, write, etag } => {
                let request = promotion::ResumeRequest {
                    name,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Timeline { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(promotion::GetTimelineRequest { name, min_position }).await
            }
        }
    }
}
