//! `quanheng office …` (流程岗位、公务员主管部门).

use clap::{Args, Subcommand};
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::approval::v1 as approval;

use super::args::{self, Etag, Fresh, Paging, Which, Write};
use super::session::{Done, Session};

/// What can be done with offices.
#[derive(Debug, Subcommand)]
pub(crate) enum OfficeCommand {
    /// 列出岗位人员
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 设置岗位人员
    Set {
        #[command(flatten)]
        seat: Seat,
        /// 起始日期;未指定为今日
        #[arg(long, value_name = "日期", value_parser = args::date)]
        from: Option<Date>,
        #[command(flatten)]
        write: Write,
    },
    /// 免去岗位人员
    End {
        #[command(flatten)]
        seat: Seat,
        /// 自哪一天起不再任岗;未指定为今日
        #[arg(long, value_name = "日期", value_parser = args::date)]
        on: Option<Date>,
        #[command(flatten)]
        write: Write,
    },
    /// 查看或明确一个政区的公务员主管部门
    Authority {
        /// 政区代码
        #[arg(value_name = "政区")]
        division: String,
        /// 明确为哪个单位;未指定时只查看
        #[arg(long, value_name = "单位", value_parser = args::unit)]
        unit: Option<String>,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
        #[command(flatten)]
        fresh: Fresh,
    },
}

/// Which office, and whose.
#[derive(Debug, Clone, Args)]
pub(crate) struct Seat {
    /// 单位
    #[arg(long, value_name = "单位", value_parser = args::unit)]
    unit: String,
    /// 岗位,如 quota_reviewer
    #[arg(long, value_name = "岗位")]
    role: String,
    /// 人员
    #[arg(long, value_name = "人员", value_parser = args::person)]
    person: String,
}

impl OfficeCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { which, paging, fresh } => {
                let request = approval::ListOfficesRequest {
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Set { seat, from, write } => {
                let request = approval::SetOfficeRequest {
                    unit: seat.unit,
                    role: seat.role,
                    person: seat.person,
                    from,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::End { seat, on, write } => {
                let request = approval::EndOfficeRequest {
                    unit: seat.unit,
                    role: seat.role,
                    person: seat.person,
                    on,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Authority { division, unit: None, fresh, .. } => {
                let name = format!("authorities/{division}");
                let min_position = fresh.min_position;
                session.answer(approval::GetAuthorityRequest { name, min_position }).await
            }
            Self::Authority { division, unit: Some(unit), write, etag, .. } => {
                let request = approval::NameAuthorityRequest {
                    division,
                    unit,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
        }
    }
}
