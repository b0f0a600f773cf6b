//! `quanheng policy …` (政策参数、流程、日历).

use clap::Subcommand;
use policy::explain_request::Subject;
use prost_reflect::DynamicMessage;
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::policy::v1 as policy;

use super::args::{self, Fresh, Paging, Write};
use super::input;
use super::output::{Output, out, print};
use super::session::{Done, Session, part};

/// What can be done with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// 列出政策参数
    Profiles {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看一版政策参数
    Profile {
        /// 资源名,如 policyProfiles/national/versions/1
        name: String,
        /// 只输出文本(TOML)
        #[arg(long)]
        text: bool,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 发布政策参数
    Publish {
        /// 政策文本(TOML);- 为标准输入
        file: String,
        #[command(flatten)]
        write: Write,
    },
    /// 列出流程
    Flows {
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看一版流程
    Flow {
        /// 资源名,如 flowDefinitions/promotion/versions/1
        name: String,
        /// 只输出文本
        #[arg(long)]
        text: bool,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 发布流程
    PublishFlow {
        /// 流程文本;- 为标准输入
        file: String,
        #[command(flatten)]
        write: Write,
    },
    /// 列出已发布的日历
    Calendars {
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 发布放假调休安排
    PublishCalendar {
        /// CSV 文件(date,kind,occasion);- 为标准输入
        file: String,
        /// 安排文号,如 国办发明电〔2026〕9号
        #[arg(long, value_name = "文号")]
        source: String,
        #[command(flatten)]
        write: Write,
    },
    /// 说明某地某日适用哪条政策
    Explain {
        /// 政区代码
        #[arg(long, value_name = "代码", group = "subject", required = true)]
        division: Option<String>,
        /// 单位:同时说明其比例类别
        #[arg(long, value_name = "单位", value_parser = args::unit, group = "subject")]
        unit: Option<String>,
        /// 哪一天
        #[arg(long, value_name = "日期", value_parser = args::date)]
        on: Option<Date>,
        /// 参数名(可重复);未指定为全部
        #[arg(long = "parameter", value_name = "参数")]
        parameters: Vec<String>,
        /// 职位类别
        #[arg(long, value_name = "类别", default_value = "")]
        category: String,
        #[command(flatten)]
        fresh: Fresh,
    },
}

impl PolicyCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Profiles { paging, fresh } => {
                let min_position = fresh.min_position;
                let request = policy::ListProfilesRequest { min_position, ..Default::default() };
                session.pages(request, &paging).await
            }
            Self::Profile { name, text, fresh } => {
                let min_position = fresh.min_position;
                let request = policy::GetProfileRequest { name, min_position };
                let answer = session.call(request).await?;
                let profile: policy::Profile = part(&answer, "profile")?;
                shown(&answer, &profile.text, text, session.output)
            }
            Self::Publish { file, write } => {
                let (request_id, validate_only) = (write.request_id, write.validate_only);
                let text = input::read(&file)?;
                let request = policy::PublishProfileRequest { text, request_id, validate_only };
                session.answer(request).await
            }
            Self::Flows { paging, fresh } => {
                let min_position = fresh.min_position;
                let request = policy::ListFlowsRequest { min_position, ..Default::default() };
                session.pages(request, &paging).await
            }
            Self::Flow { name, text, fresh } => {
                let min_position = fresh.min_position;
                let request = policy::GetFlowRequest { name, min_position };
                let answer = session.call(request).await?;
                let flow: policy::Flow = part(&answer, "flow")?;
                shown(&answer, &flow.text, text, session.output)
            }
            Self::PublishFlow { file, write } => {
                let (request_id, validate_only) = (write.request_id, write.validate_only);
                let text = input::read(&file)?;
                let request = policy::PublishFlowRequest { text, request_id, validate_only };
                session.answer(request).await
            }
            Self::Calendars { fresh } => {
                let min_position = fresh.min_position;
                session.answer(policy::ListCalendarsRequest { min_position }).await
            }
            Self::PublishCalendar { file, source, write } => {
                let request = policy::PublishCalendarRequest {
                    csv: input::read(&file)?,
                    source,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Explain { division, unit, on, parameters, category, fresh } => {
                let request = policy::ExplainRequest {
                    on,
                    parameters,
                    category,
                    min_position: fresh.min_position,
                    subject: division.map(Subject::Division).or(unit.map(Subject::Unit)),
                };
                session.answer(request).await
            }
        }
    }
}

fn shown(answer: &DynamicMessage, text: &str, text_only: bool, output: Output) -> Done {
    if text_only { out(text) } else { print(answer, output) }
}
