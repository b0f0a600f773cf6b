//! Holds (预审占用): longer, ended, gone on with.

use clap::Subcommand;
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::quota::v1 as quota;

use crate::cli::args::{self, BasisArgs, Write};
use crate::cli::session::{Done, Session};

/// What can be done with holds.
#[derive(Debug, Subcommand)]
pub(crate) enum HoldCommand {
    /// 预审延期
    Extend {
        /// 预审
        #[arg(value_parser = args::hold)]
        name: String,
        /// 延至哪一天
        #[arg(long, value_name = "日期", value_parser = args::date)]
        expires_on: Date,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 释放预审占用
    Release {
        /// 预审
        #[arg(value_parser = args::hold)]
        name: String,
        /// 序号(可重复);未指定为全部未使用的
        #[arg(long = "index", value_name = "序号")]
        moves: Vec<u32>,
        /// 事由
        #[arg(long, value_name = "事由", value_parser = args::choices("quanheng.quota.v1.ReleaseReason"))]
        reason: i32,
        #[command(flatten)]
        write: Write,
    },
    /// 递补:等待的职数占用已空出的职数
    Resume {
        /// 预审
        #[arg(value_parser = args::hold)]
        name: String,
        #[command(flatten)]
        write: Write,
    },
}

impl HoldCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Extend { name, expires_on, reason, basis, write } => {
                let request = quota::ExtendHoldRequest {
                    name,
                    reason,
                    expires_on: Some(expires_on),
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Release { name, moves, reason, write } => {
                let request = quota::ReleaseHoldRequest {
                    name,
                    moves,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Resume { name, write } => {
                let request = quota::ResumeHoldRequest {
                    name,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
        }
    }
}
