//! `quanheng operation …` (长时操作).

use clap::Subcommand;
use quanheng_api::quanheng::common::v1 as common;

use super::args::{self, Fresh, Paging, Which};
use super::session::{Done, Session};
use super::transfer::follow;

/// What can be done with operations.
#[derive(Debug, Subcommand)]
pub(crate) enum OperationCommand {
    /// 列出操作
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看操作
    Show {
        /// 操作
        #[arg(value_parser = args::operation)]
        name: String,
    },
    /// 等待操作结束
    Wait {
        /// 操作
        #[arg(value_parser = args::operation)]
        name: String,
    },
    /// 继续已停止的操作
    Resume {
        /// 操作
        #[arg(value_parser = args::operation)]
        name: String,
        /// 请求编号(UUID)
        #[arg(long, value_name = "编号", default_value = "")]
        request_id: String,
    },
    /// 取消操作;已提交的部分保留
    Cancel {
        /// 操作
        #[arg(value_parser = args::operation)]
        name: String,
        /// 请求编号(UUID)
        #[arg(long, value_name = "编号", default_value = "")]
        request_id: String,
    },
}

impl OperationCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { which, paging, fresh } => {
                let request = common::ListOperationsRequest {
                    filter: which.filter,
                    order_by: which.order_by,
                    min_position: fresh.min_position,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name } => session.answer(common::GetOperationRequest { name }).await,
            Self::Wait { name } => follow(session, &name).await,
            Self::Resume { name, request_id } => {
                session.answer(common::ResumeOperationRequest { name, request_id }).await
            }
            Self::Cancel { name, request_id } => {
                session.answer(common::CancelOperationRequest { name, request_id }).await
            }
        }
    }
}
