//! `quanheng case …` (事项).

use clap::Subcommand;
use quanheng_api::quanheng::approval::v1 as approval;

use super::args::{self, Etag, Fresh, Write};
use super::session::{Done, Session};

/// What can be done with cases.
#[derive(Debug, Subcommand)]
pub(crate) enum CaseCommand {
    /// 查看事项:步骤、任务、办理过程
    Show {
        /// 事项
        #[arg(value_parser = args::case)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 中止事项
    Pause {
        /// 事项
        #[arg(value_parser = args::case)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 恢复中止的事项
    Resume {
        /// 事项
        #[arg(value_parser = args::case)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
}

impl CaseCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Show { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(approval::GetCaseRequest { name, min_position }).await
            }
            Self::Pause { name, reason, write, etag } => {
                let request = approval::PauseCaseRequest {
                    name,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Resume { name, write, etag } => {
                let request = approval::ResumeCaseRequest {
                    name,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
        }
    }
}
