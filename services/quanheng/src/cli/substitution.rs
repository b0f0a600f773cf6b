//! `quanheng substitution …` (代办).

use clap::Subcommand;
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::approval::v1 as approval;

use super::args::{self, Fresh, Paging, Write};
use super::session::{Done, Session};

/// What can be done with stand-ins.
#[derive(Debug, Subcommand)]
pub(crate) enum SubstitutionCommand {
    /// 列出代办:本人的,或某人的
    List {
        /// 被代办人;- 为管辖范围内全部;未指定为与本人有关的
        #[arg(value_parser = args::person)]
        person: Option<String>,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 设定代办
    Create {
        /// 代办人
        #[arg(value_parser = args::person)]
        substitute: String,
        /// 被代办人;未指定为本人
        #[arg(long, value_name = "人员", value_parser = args::person)]
        person: Option<String>,
        /// 起始日期;未指定为今日
        #[arg(long, value_name = "日期", value_parser = args::date)]
        from: Option<Date>,
        /// 截止日期
        #[arg(long, value_name = "日期", value_parser = args::date)]
        to: Date,
        /// 事由
        #[arg(long, value_name = "文字")]
        reason: String,
        /// 代办编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        #[command(flatten)]
        write: Write,
    },
    /// 撤销代办
    Delete {
        /// 代办
        #[arg(value_parser = args::substitution)]
        name: String,
        #[command(flatten)]
        write: Write,
    },
}

impl SubstitutionCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { person, paging, fresh } => {
                let request = approval::ListSubstitutionsRequest {
                    parent: person.unwrap_or_default(),
                    min_position: fresh.min_position,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Create { substitute, person, from, to, reason, id, write } => {
                let request = approval::CreateSubstitutionRequest {
                    person: person.unwrap_or_default(),
                    substitute,
                    from,
                    to: Some(to),
                    reason,
                    substitution_id: id,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Delete { name, write } => {
                let request = approval::DeleteSubstitutionRequest {
                    name,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
        }
    }
}
