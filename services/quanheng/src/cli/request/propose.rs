//! Proposing candidates, and looking at them.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use promotion::BasicCondition;
use quanheng_api::quanheng::promotion::v1 as promotion;

use crate::cli::args::{self, Etag, Fresh, Paging, Which, Write};
use crate::cli::input;
use crate::cli::session::{Done, Session};

/// What the unit says for its candidate.
#[derive(Debug, Clone, Args)]
pub(crate) struct Nomination {
    /// 提名理由
    #[arg(long, value_name = "文字")]
    nomination: String,
    /// 符合的基本条件(可重复;五项均须写明)
    #[arg(long = "condition", value_name = "条件", value_parser = args::choices("quanheng.promotion.v1.BasicConditionKind"))]
    conditions: Vec<i32>,
    /// 基本条件说明
    #[arg(long, value_name = "文字", default_value = "")]
    note: String,
    /// 任职资格的 JSON 文件(Qualification 列表);- 为标准输入
    #[arg(long, value_name = "文件")]
    qualifications: Option<String>,
}

impl Nomination {
    fn conditions(&self) -> Vec<BasicCondition> {
        let met =
            |kind: &i32| BasicCondition { kind: *kind, passed: true, note: self.note.clone() };
        self.conditions.iter().map(met).collect()
    }
}

/// What can be done with a draft, and looked at.
#[derive(Debug, Subcommand)]
pub(crate) enum ProposeCommand {
    /// 提出人选(草稿)
    Create {
        /// 批次
        #[arg(long, value_name = "批次", value_parser = args::round)]
        round: String,
        /// 人员
        #[arg(long, value_name = "人员", value_parser = args::person)]
        person: String,
        /// 拟晋升职级,如 GM09
        #[arg(long, value_name = "职级")]
        rank: String,
        #[command(flatten)]
        said: Nomination,
        /// 申请编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        #[command(flatten)]
        write: Write,
    },
    /// 列出申请与待解决事项
    List {
        /// 批次;未指定为全部
        #[arg(long, value_name = "批次", value_parser = args::round, default_value = "promotionRounds/-")]
        round: String,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看申请
    Show {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        /// 一并显示封存内容(须有权查看个人信息,并留记录)
        #[arg(long)]
        details: bool,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 修改草稿或退回的申请
    Update {
        /// 申请
        #[arg(value_parser = args::request)]
        name: String,
        /// 拟晋升职级;未指定为不变
        #[arg(long, value_name = "职级", default_value = "")]
        rank: String,
        #[command(flatten)]
        said: Nomination,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
}

fn qualifications(
    path: Option<&String>,
) -> Result<Vec<promotion::Qualification>, crate::cli::CliFailure> {
    path.map_or_else(|| Ok(Vec::new()), |path| input::message_list(path))
}

impl ProposeCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Create { round, person, rank, said, id, write } => {
                let request = promotion::CreatePromotionRequestRequest {
                    round,
                    person,
                    rank,
                    conditions: said.conditions(),
                    qualifications: qualifications(said.qualifications.as_ref())?,
                    nomination: said.nomination,
                    extra_facts: BTreeMap::new(),
                    promotion_request_id: id,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::List { round, which, paging, fresh } => {
                let request = promotion::ListPromotionRequestsRequest {
                    parent: round,
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, details, fresh } => {
                let request = promotion::GetPromotionRequestRequest {
                    name,
                    with_details: details,
                    min_position: fresh.min_position,
                };
                session.answer(request).await
            }
            Self::Update { name, rank, said, write, etag } => {
                let request = promotion::UpdatePromotionRequestRequest {
                    name,
                    rank,
                    conditions: said.conditions(),
                    qualifications: qualifications(said.qualifications.as_ref())?,
                    nomination: said.nomination,
                    extra_facts: BTreeMap::new(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
        }
    }
}
