//! Questions that change nothing, and documents.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::recertification::v1 as recertification;
use recertification::RecertificationDocument;

use crate::cli::args::{self, Fresh};
use crate::cli::failure::CliFailure;
use crate::cli::session::{Done, Session};
use crate::cli::{input, transfer};

/// What can be asked without changing anything.
#[derive(Debug, Subcommand)]
pub(crate) enum CheckCommand {
    /// 认定条件核查
    Conditions {
        /// 行政区划
        #[arg(long, value_name = "政区")]
        division: String,
        /// 认定条件所涉事实(JSON);- 为标准输入
        #[arg(long, value_name = "文件")]
        from: String,
        /// 决定之日;未指定时为当日
        #[arg(long, value_name = "日期", value_parser = args::date)]
        on: Option<Date>,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 只减不增核查
    Decrease {
        /// 重新认定工作
        #[arg(long, value_name = "编号", value_parser = args::campaign, conflicts_with = "from")]
        campaign: Option<String>,
        /// 拟一并批准的事项(可重复)
        #[arg(long = "case", value_name = "事项", value_parser = args::recertification_case)]
        cases: Vec<String>,
        /// 全部内容(CheckOnlyDecreaseRequest 的 JSON);- 为标准输入
        #[arg(long, value_name = "文件")]
        from: Option<String>,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 办理方式:按机构变动,或按登记的变动
    Route {
        /// 机构变动(JSON);- 为标准输入
        #[arg(long, value_name = "文件", conflicts_with_all = ["unit", "on"])]
        from: Option<String>,
        /// 单位
        #[arg(long, value_name = "单位", value_parser = args::unit, requires = "on")]
        unit: Option<String>,
        /// 变动生效日期
        #[arg(long, value_name = "日期", value_parser = args::date, requires = "unit")]
        on: Option<Date>,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 导出表样
    Export {
        /// 事项、重新认定工作或过渡方案,依表样而定
        of: String,
        /// 表样
        #[arg(long, value_name = "表样")]
        kind: Document,
        /// 截至某日的情况
        #[arg(long, value_name = "日期", value_parser = args::date)]
        as_of: Option<Date>,
        /// 写入的文件;- 为标准输出
        #[arg(long, value_name = "文件")]
        to: PathBuf,
        /// 文件已存在时覆盖
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        fresh: Fresh,
    },
}

/// A document of a case, a campaign or a transition.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Document {
    /// 参照管理申请(docx),一个事项的
    Application,
    /// 参照公务员法管理审批表(docx),一个事项的
    ApprovalForm,
    /// 参照公务员法管理机关(单位)备案表(docx),一个事项的
    FilingForm,
    /// 单位数、编制数改革前后对比表(xlsx),一项工作的
    Comparison,
    /// 重新认定审核台账(xlsx),一项工作的
    ReviewLedger,
    /// 人员过渡安排表(xlsx),一个过渡方案的
    Transition,
}

impl From<Document> for RecertificationDocument {
    fn from(document: Document) -> Self {
        match document {
            Document::Application => Self::Application,
            Document::ApprovalForm => Self::ApprovalForm,
            Document::FilingForm => Self::FilingForm,
            Document::Comparison => Self::Comparison,
            Document::ReviewLedger => Self::ReviewLedger,
            Document::Transition => Self::Transition,
        }
    }
}

impl CheckCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Conditions { division, from, on, fresh } => {
                let request = recertification::CheckConditionsRequest {
                    division,
                    grounds: Some(input::message(&from)?),
                    on,
                    min_position: fresh.min_position,
                };
                session.answer(request).await
            }
            Self::Decrease { campaign, cases, from, fresh } => {
                let given: recertification::CheckOnlyDecreaseRequest = match (from, &campaign) {
                    (Some(path), _) => input::message(&path)?,
                    (None, Some(_)) => recertification::CheckOnlyDecreaseRequest::default(),
                    (None, None) => {
                        return Err(CliFailure::usage("缺少 --campaign 或 --from"));
                    }
                };
                let request = recertification::CheckOnlyDecreaseRequest {
                    campaign: campaign.unwrap_or(given.campaign),
                    cases: if cases.is_empty() { given.cases } else { cases },
                    min_position: fresh.min_position,
                    ..given
                };
                session.answer(request).await
            }
            Self::Route { from, unit, on, fresh } => {
                let request = recertification::RouteChangeRequest {
                    change: from.map(|path| input::message(&path)).transpose()?,
                    unit: unit.unwrap_or_default(),
                    on,
                    min_position: fresh.min_position,
                };
                if request.change.is_none() && request.unit.is_empty() {
                    return Err(CliFailure::usage("缺少 --from,或 --unit 与 --on"));
                }
                session.answer(request).await
            }
            Self::Export { of, kind, as_of, to, force, fresh } => {
                let collection = match kind {
                    Document::Application | Document::ApprovalForm | Document::FilingForm => {
                        "recertificationCases"
                    }
                    Document::Comparison | Document::ReviewLedger => "campaigns",
                    Document::Transition => "transitions",
                };
                let of = if of.contains('/') { of } else { format!("{collection}/{of}") };
                let request = recertification::ExportDocumentsRequest {
                    document: RecertificationDocument::from(kind).into(),
                    of,
                    as_of,
                    min_position: fresh.min_position,
                };
                let method = "RecertificationService/ExportDocuments";
                transfer::save(session, method, &request, &to, force).await
            }
        }
    }
}
