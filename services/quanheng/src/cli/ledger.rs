//! `quanheng ledger …` (参照管理单位台账).

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::recertification::v1 as recertification;
use recertification::RecertificationDocument;

use super::args::{self, Fresh, Paging, When, Which};
use super::session::{Done, Session};
use super::transfer;

/// What can be asked of the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// 列出台账中的单位;未办理变动的单位用 --filter 'case_missing = true'
    Units {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看一个单位的台账
    Unit {
        /// 单位
        #[arg(value_parser = args::unit)]
        unit: String,
        #[command(flatten)]
        when: When,
    },
    /// 沿革图
    Lineage {
        /// 单位
        #[arg(value_parser = args::unit)]
        unit: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 问题线索
    Findings {
        /// 只查一个单位
        #[arg(long, value_name = "单位", value_parser = args::unit, conflicts_with = "division")]
        unit: Option<String>,
        /// 只查一个行政区划
        #[arg(long, value_name = "政区", default_value = "")]
        division: String,
        /// 只查一种问题,如 V-RC-1
        #[arg(long, value_name = "代码", default_value = "")]
        detector: String,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 导出台账
    Export {
        /// 单位,或行政区划的代码
        of: String,
        /// 表样
        #[arg(long, value_name = "表样", default_value = "ledger")]
        kind: LedgerDocument,
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

/// A document of the ledger.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LedgerDocument {
    /// 参照管理单位台账(xlsx),一个行政区划的
    Ledger,
    /// 单位台账(docx),一个单位的
    Unit,
}

impl From<LedgerDocument> for RecertificationDocument {
    fn from(document: LedgerDocument) -> Self {
        match document {
            LedgerDocument::Ledger => Self::UnitLedger,
            LedgerDocument::Unit => Self::UnitSheet,
        }
    }
}

impl LedgerCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Units { which, paging, fresh } => {
                let request = recertification::ListLedgerUnitsRequest {
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Unit { unit, when } => {
                let request = recertification::GetLedgerUnitRequest {
                    unit,
                    as_of: when.as_of,
                    known_at: when.known_at,
                    min_position: when.fresh.min_position,
                };
                session.answer(request).await
            }
            Self::Lineage { unit, fresh } => {
                let min_position = fresh.min_position;
                session.answer(recertification::GetLineageRequest { unit, min_position }).await
            }
            Self::Findings { unit, division, detector, paging, fresh } => {
                let request = recertification::ListFindingsRequest {
                    unit: unit.unwrap_or_default(),
                    division,
                    detector,
                    min_position: fresh.min_position,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Export { of, kind, as_of, to, force, fresh } => {
                let request = recertification::ExportDocumentsRequest {
                    document: RecertificationDocument::from(kind).into(),
                    of: match kind {
                        LedgerDocument::Ledger => of,
                        LedgerDocument::Unit if of.contains('/') => of,
                        LedgerDocument::Unit => format!("units/{of}"),
                    },
                    as_of,
                    min_position: fresh.min_position,
                };
                let method = "RecertificationService/ExportDocuments";
                transfer::save(session, method, &request, &to, force).await
            }
        }
    }
}
