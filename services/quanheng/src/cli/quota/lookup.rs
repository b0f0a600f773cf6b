//! Looking at accounts: nothing changes.

use clap::Subcommand;
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::quota::v1 as quota;
use quota::compute_entitlement_request::Subject;

use crate::cli::args::{self, Fresh, Paging, When, Which};
use crate::cli::input;
use crate::cli::quota::review::move_of;
use crate::cli::session::{Done, Session};

/// What can be looked at.
#[derive(Debug, Subcommand)]
pub(crate) enum LookupCommand {
    /// 列出职数账户
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看职数账户
    Show {
        /// 账户
        #[arg(value_parser = args::account)]
        name: String,
        #[command(flatten)]
        when: When,
    },
    /// 查看台账分录
    Entries {
        /// 账户;未指定为全部
        #[arg(value_parser = args::account, default_value = "quotaAccounts/-")]
        account: String,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看职级任职人员
    Holders {
        /// 账户
        #[arg(value_parser = args::account)]
        account: String,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 按比例计算应得职数,并列出核定过程
    Entitlement {
        /// 单位
        #[arg(long, value_name = "单位", value_parser = args::unit, group = "subject", required = true)]
        unit: Option<String>,
        /// 统筹池账户
        #[arg(long, value_name = "账户", value_parser = args::account, group = "subject")]
        pool: Option<String>,
        /// 假设情况的 JSON 文件(UnitClassFacts);- 为标准输入
        #[arg(long, value_name = "文件", group = "subject")]
        facts: Option<String>,
        /// 职位类别
        #[arg(long, value_name = "类别", default_value = "")]
        category: String,
        /// 指定比例类别
        #[arg(long, value_name = "类别", default_value = "")]
        quota_class: String,
        /// 指定核定基数
        #[arg(long, value_name = "人数")]
        base: Option<u64>,
        /// 哪一天
        #[arg(long, value_name = "日期", value_parser = args::date)]
        on: Option<Date>,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 模拟使用职数,不改变台账
    Simulate {
        /// 账户
        #[arg(value_parser = args::account)]
        account: String,
        /// 编制增减
        #[arg(long, value_name = "人数", default_value_t = 0, allow_hyphen_values = true)]
        base_change: i64,
        /// 拟使用职数,如 GM08:GM07 或 :GM07(可重复)
        #[arg(long = "move", value_name = "拟免:拟任", value_parser = move_of)]
        moves: Vec<quota::Move>,
        /// 申报单位
        #[arg(long, value_name = "单位", value_parser = args::unit)]
        unit: Option<String>,
        /// 将离开的人员(可重复)
        #[arg(long, value_name = "人员", value_parser = args::person)]
        leaving: Vec<String>,
        /// 哪一天
        #[arg(long, value_name = "日期", value_parser = args::date)]
        on: Option<Date>,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 核对台账与人员登记
    Reconcile {
        /// 账户
        #[arg(value_parser = args::account)]
        account: String,
        /// 截至哪一天
        #[arg(long, value_name = "日期", value_parser = args::date)]
        as_of: Option<Date>,
        #[command(flatten)]
        fresh: Fresh,
    },
}

impl LookupCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { which, paging, fresh } => {
                let request = quota::ListQuotaAccountsRequest {
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, when } => {
                let request = quota::GetQuotaAccountRequest {
                    name,
                    min_position: when.fresh.min_position,
                    as_of: when.as_of,
                    known_at: when.known_at,
                };
                session.answer(request).await
            }
            Self::Entries { account, which, paging, fresh } => {
                let request = quota::ListLedgerEntriesRequest {
                    parent: account,
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Holders { account, paging, fresh } => {
                let request = quota::ListHoldersRequest {
                    parent: account,
                    min_position: fresh.min_position,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Entitlement { unit, pool, facts, category, quota_class, base, on, fresh } => {
                let facts = facts.map(|path| input::message(&path)).transpose()?;
                let subject = unit
                    .map(Subject::Unit)
                    .or(pool.map(Subject::PoolAccount))
                    .or(facts.map(Subject::Facts));
                let request = quota::ComputeEntitlementRequest {
                    category,
                    quota_class,
                    base,
                    on,
                    min_position: fresh.min_position,
                    subject,
                };
                session.answer(request).await
            }
            Self::Simulate { account, base_change, moves, unit, leaving, on, fresh } => {
                let request = quota::SimulateUseRequest {
                    account,
                    base_change,
                    moves,
                    unit: unit.unwrap_or_default(),
                    leaving,
                    on,
                    min_position: fresh.min_position,
                };
                session.answer(request).await
            }
            Self::Reconcile { account, as_of, fresh } => {
                let min_position = fresh.min_position;
                let request = quota::ReconcileAccountRequest { account, as_of, min_position };
                session.answer(request).await
            }
        }
    }
}
