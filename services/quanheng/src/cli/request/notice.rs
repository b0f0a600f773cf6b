//! Public notices (公示).

use clap::Subcommand;
use promotion::NoticeEntry;
use quanheng_api::quanheng::promotion::v1 as promotion;

use crate::cli::args::{self, Etag, Write};
use crate::cli::session::{Done, Session};

/// What can be done about notices.
#[derive(Debug, Subcommand)]
pub(crate) enum NoticeCommand {
    /// 发布公示
    Post {
        /// 批次
        #[arg(value_parser = args::round)]
        round: String,
        /// 公示对象及其内容,如 q-1=拟晋升…(可重复);未指定为本批次全部待公示的
        #[arg(long = "entry", value_name = "申请=内容", value_parser = entry_of)]
        entries: Vec<NoticeEntry>,
        /// 共同内容,不得写姓名
        #[arg(long, value_name = "文字")]
        text: String,
        /// 公示方式(可重复)
        #[arg(long = "channel", value_name = "方式", required = true)]
        channels: Vec<String>,
        /// 联系电话
        #[arg(long, value_name = "电话")]
        phone: String,
        #[command(flatten)]
        write: Write,
    },
    /// 记录反映,中止该人选
    Feedback {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        /// 反映人
        #[arg(long, value_name = "文字", default_value = "")]
        reporter: String,
        /// 反映内容
        #[arg(long, value_name = "文字")]
        text: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 核实反映
    Resolve {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        /// 反映编号
        #[arg(long, value_name = "编号")]
        feedback: String,
        /// 属实:终止该申请
        #[arg(long)]
        founded: bool,
        /// 核实情况
        #[arg(long, value_name = "文字")]
        findings: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 公示期满,记录结果
    Close {
        /// 申请(可多个)
        #[arg(value_parser = args::request, required = true)]
        requests: Vec<String>,
        /// 公示结果
        #[arg(long, value_name = "文字")]
        result: String,
        #[command(flatten)]
        write: Write,
    },
}

/// A candidate and what the notice says: `q-1=拟晋升…`.
fn entry_of(text: &str) -> Result<NoticeEntry, String> {
    let (request, said) = text.split_once('=').unwrap_or((text, ""));
    Ok(NoticeEntry { request: args::request(request)?, text: said.to_owned() })
}

impl NoticeCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Post { round, entries, text, channels, phone, write } => {
                let request = promotion::PostNoticeRequest {
                    round,
                    entries,
                    text,
                    channels,
                    phone,
                    start_on: None,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Feedback { name, reporter, text, write, etag } => {
                let request = promotion::RecordNoticeFeedbackRequest {
                    name,
                    reporter,
                    text,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Resolve { name, feedback, founded, findings, write, etag } => {
                let request = promotion::ResolveNoticeFeedbackRequest {
                    name,
                    feedback_id: feedback,
                    founded,
                    findings,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Close { requests, result, write } => {
                let request = promotion::CloseNoticeRequest {
                    requests,
                    result,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
        }
    }
}
