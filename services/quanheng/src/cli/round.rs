//! `quanheng round …` (职级晋升批次).

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use promotion::{Milestone, PlannedRank, PromotionPlan, RoundDocument};
use quanheng_api::quanheng::promotion::v1 as promotion;

use super::args::{self, Etag, Fresh, Paging, Which, Write};
use super::session::{Done, Session};
use super::transfer;

/// What can be done with rounds.
#[derive(Debug, Subcommand)]
pub(crate) enum RoundCommand {
    /// 提出工作方案
    Create {
        /// 单位
        #[arg(long, value_name = "单位", value_parser = args::unit)]
        unit: String,
        /// 账户
        #[arg(long, value_name = "账户", value_parser = args::account)]
        account: String,
        /// 名称
        #[arg(long, value_name = "文字")]
        title: String,
        /// 范围
        #[arg(long, value_name = "文字")]
        scope: String,
        /// 职级与职数,如 GM09=2(可重复)
        #[arg(long = "rank", value_name = "职级=职数", value_parser = rank_of, required = true)]
        ranks: Vec<PlannedRank>,
        /// 条件
        #[arg(long, value_name = "文字")]
        conditions: String,
        /// 进度,如 2026-04-01=民主推荐(可重复)
        #[arg(long = "milestone", value_name = "日期=事项", value_parser = milestone_of, required = true)]
        timetable: Vec<Milestone>,
        /// 批次编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        #[command(flatten)]
        write: Write,
    },
    /// 列出批次
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看批次与各状态人数
    Show {
        /// 批次
        #[arg(value_parser = args::round)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 记录预审,开放申报
    Attach {
        /// 批次
        #[arg(value_parser = args::round)]
        name: String,
        /// 预审
        #[arg(long, value_name = "预审", value_parser = args::hold)]
        hold: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 结束申报,释放无人选用的职数
    Close {
        /// 批次
        #[arg(value_parser = args::round)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 撤回批次
    Withdraw {
        /// 批次
        #[arg(value_parser = args::round)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 导出批次表样
    Export {
        /// 批次
        #[arg(value_parser = args::round)]
        name: String,
        /// 表样
        #[arg(long, value_name = "表样")]
        kind: Document,
        /// 申请(可重复);未指定时为应填入该表样的全部申请
        #[arg(long = "request", value_name = "申请", value_parser = args::request)]
        requests: Vec<String>,
        /// 写入的文件;- 为标准输出
        #[arg(long, value_name = "文件")]
        to: PathBuf,
        /// 文件已存在时覆盖
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 办理记录
    Timeline {
        /// 批次
        #[arg(value_parser = args::round)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
}

/// A document of a round.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Document {
    /// 公务员职级职数使用审批表(xlsx)
    PreReviewForm,
    /// 科级公务员职务职级任免与升降审核备案表(xlsx)
    FilingForm,
    /// 公务员职级任免审批表(docx)
    ApprovalForms,
    /// 公示(docx)
    Notice,
    /// 公示名单(xlsx)
    NoticeList,
    /// 晋升批次花名册(xlsx)
    Roster,
    /// 任职资格审核表(xlsx)
    EligibilityReview,
    /// 全部(zip)
    All,
}

impl From<Document> for RoundDocument {
    fn from(document: Document) -> Self {
        match document {
            Document::PreReviewForm => Self::PreReviewForm,
            Document::FilingForm => Self::FilingForm,
            Document::ApprovalForms => Self::ApprovalForms,
            Document::Notice => Self::Notice,
            Document::NoticeList => Self::NoticeList,
            Document::Roster => Self::Roster,
            Document::EligibilityReview => Self::EligibilityReview,
            Document::All => Self::All,
        }
    }
}

/// A rank with its seats: `GM09=2`.
fn rank_of(text: &str) -> Result<PlannedRank, String> {
    let (rank, seats) = text.split_once('=').unwrap_or((text, ""));
    match seats.parse() {
        Ok(seats) if !rank.is_empty() => Ok(PlannedRank { rank: rank.to_owned(), seats }),
        _ => Err("应形如 GM09=2".to_owned()),
    }
}

/// A part of a timetable: `2026-04-01=民主推荐`.
fn milestone_of(text: &str) -> Result<Milestone, String> {
    let (by, what) = text.split_once('=').unwrap_or((text, ""));
    if what.is_empty() {
        return Err("应形如 2026-04-01=民主推荐".to_owned());
    }
    Ok(Milestone { what: what.to_owned(), by: Some(args::date(by)?) })
}

impl RoundCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Create {
                unit,
                account,
                title,
                scope,
                ranks,
                conditions,
                timetable,
                id,
                write,
            } => {
                let plan = PromotionPlan { title, scope, ranks, conditions, timetable };
                let request = promotion::CreatePromotionRoundRequest {
                    unit,
                    account,
                    plan: Some(plan),
                    round_id: id,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::List { which, paging, fresh } => {
                let request = promotion::ListPromotionRoundsRequest {
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(promotion::GetPromotionRoundRequest { name, min_position }).await
            }
            Self::Attach { name, hold, write, etag } => {
                let request = promotion::AttachPreReviewRequest {
                    name,
                    hold,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Close { name, reason, write, etag } => {
                let request = promotion::ClosePromotionRoundRequest {
                    name,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Withdraw { name, reason, write, etag } => {
                let request = promotion::WithdrawPromotionRoundRequest {
                    name,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
            Self::Export { name, kind, requests, to, force, fresh } => {
                let request = promotion::ExportRoundDocumentsRequest {
                    round: name,
                    kind: RoundDocument::from(kind).into(),
                    requests,
                    min_position: fresh.min_position,
                };
                let method = "PromotionService/ExportRoundDocuments";
                transfer::save(session, method, &request, &to, force).await
            }
            Self::Timeline { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(promotion::GetTimelineRequest { name, min_position }).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranks_and_milestones_are_read() {
        assert_eq!(rank_of("GM09=2").unwrap(), PlannedRank { rank: "GM09".into(), seats: 2 });
        for wrong in ["GM09", "=2", "GM09=", "GM09=x", ""] {
            assert!(rank_of(wrong).is_err(), "{wrong}");
        }
        assert_eq!(milestone_of("2026-04-01=民主推荐").unwrap().what, "民主推荐");
        for wrong in ["2026-04-01", "2026-02-30=推荐", "=推荐"] {
            assert!(milestone_of(wrong).is_err(), "{wrong}");
        }
    }
}
