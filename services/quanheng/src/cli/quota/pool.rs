//! Pools (统筹池), and seats that go from one account to another (调拨、借用、归还).

use clap::Subcommand;
use quanheng_api::quanheng::quota::v1 as quota;
use quanheng_api::quanheng::registry::v1::Tier;
use quota::Earmark;

use crate::cli::args::{self, BasisArgs, Etag, Write};
use crate::cli::session::{Done, Session};
use crate::cli::{api, labels};

/// What can be done with pools.
#[derive(Debug, Subcommand)]
pub(crate) enum PoolCommand {
    /// 建立统筹池
    Create {
        /// 统筹池编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        /// 职位类别
        #[arg(long, value_name = "类别", default_value = "")]
        category: String,
        /// 层级
        #[arg(long, value_name = "层级", value_parser = args::choices("quanheng.registry.v1.Tier"))]
        tier: i32,
        /// 统筹方式
        #[arg(long, value_name = "方式", value_parser = args::choices("quanheng.quota.v1.PoolKind"))]
        kind: i32,
        /// 成员单位(可重复)
        #[arg(long = "member", value_name = "单位", value_parser = args::unit, required = true)]
        members: Vec<String>,
        /// 牵头单位:只借出,不借入
        #[arg(long, value_name = "单位", value_parser = args::unit)]
        head: Option<String>,
        /// 调拨须注明事由
        #[arg(long)]
        reasons_required: bool,
        /// 专用职数,如 township:GM09-10:3(可重复)
        #[arg(long = "earmark", value_name = "层级:职数组:职数", value_parser = earmark)]
        earmarks: Vec<Earmark>,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 调整统筹成员
    Update {
        /// 统筹池账户
        #[arg(value_parser = args::account)]
        account: String,
        /// 调整后的全部成员单位(可重复)
        #[arg(long = "member", value_name = "单位", value_parser = args::unit, required = true)]
        members: Vec<String>,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
}

/// Seats that go elsewhere.
#[derive(Debug, Subcommand)]
pub(crate) enum TransferCommand {
    /// 从统筹池调拨职数给成员
    Allocate {
        #[command(flatten)]
        seats: SeatsArgs,
        /// 调拨事由
        #[arg(long, value_name = "事由", value_parser = args::choices("quanheng.quota.v1.AllocationReason"))]
        reason: Option<i32>,
    },
    /// 借出职数
    Lend {
        #[command(flatten)]
        seats: SeatsArgs,
    },
    /// 归还调拨或借用的职数
    ReturnSeats {
        /// 给出职数的账户
        #[arg(long, value_name = "账户", value_parser = args::account)]
        giver: String,
        /// 现有职数的账户
        #[arg(long, value_name = "账户", value_parser = args::account)]
        taker: String,
        /// 调拨或借用编号
        #[arg(long, value_name = "编号")]
        transfer_id: String,
        /// 职数
        #[arg(long, value_name = "职数")]
        seats: u64,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
}

/// Which seats go from where to where.
#[derive(Debug, clap::Args)]
pub(crate) struct SeatsArgs {
    /// 给出职数的账户
    #[arg(long, value_name = "账户", value_parser = args::account)]
    from: String,
    /// 得到职数的账户
    #[arg(long, value_name = "账户", value_parser = args::account)]
    to: String,
    /// 职数组,如 GM05-06
    #[arg(long, value_name = "职数组")]
    set: String,
    /// 对方账户中的职数组;未指定为相同
    #[arg(long, value_name = "职数组", default_value = "")]
    to_set: String,
    /// 职数
    #[arg(long, value_name = "职数")]
    seats: u64,
    /// 编号;未指定时由服务生成
    #[arg(long, value_name = "编号", default_value = "")]
    transfer_id: String,
    #[command(flatten)]
    basis: BasisArgs,
    #[command(flatten)]
    write: Write,
}

impl PoolCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Create {
                id,
                category,
                tier,
                kind,
                members,
                head,
                reasons_required,
                earmarks,
                basis,
                write,
            } => {
                let request = quota::CreatePoolRequest {
                    pool_id: id,
                    category,
                    tier,
                    kind,
                    members,
                    head: head.unwrap_or_default(),
                    reasons_required,
                    earmarks,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Update { account, members, basis, write, etag } => {
                let request = quota::UpdatePoolRequest {
                    account,
                    members,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
        }
    }
}

impl TransferCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Allocate { seats, reason } => {
                let request = quota::AllocateSeatsRequest {
                    from: seats.from,
                    to: seats.to,
                    set: seats.set,
                    to_set: seats.to_set,
                    seats: seats.seats,
                    reason: reason.unwrap_or_default(),
                    basis: seats.basis.basis(),
                    transfer_id: seats.transfer_id,
                    request_id: seats.write.request_id,
                    validate_only: seats.write.validate_only,
                };
                session.answer(request).await
            }
            Self::Lend { seats } => {
                let request = quota::LendSeatsRequest {
                    from: seats.from,
                    to: seats.to,
                    set: seats.set,
                    to_set: seats.to_set,
                    seats: seats.seats,
                    basis: seats.basis.basis(),
                    transfer_id: seats.transfer_id,
                    request_id: seats.write.request_id,
                    validate_only: seats.write.validate_only,
                };
                session.answer(request).await
            }
            Self::ReturnSeats { giver, taker, transfer_id, seats, basis, write } => {
                let request = quota::ReturnSeatsRequest {
                    giver,
                    taker,
                    transfer_id,
                    seats,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
        }
    }
}

fn earmark(text: &str) -> Result<Earmark, String> {
    let expected = || "应形如 township:GM09-10:3".to_owned();
    let [tier, set, seats] = text.split(':').collect::<Vec<_>>()[..] else {
        return Err(expected());
    };
    let of = api::enumeration("quanheng.registry.v1.Tier").ok_or_else(expected)?;
    let found = of.values().find(|value| labels::short(&of, value.name()) == tier);
    let tier = found.and_then(|value| Tier::try_from(value.number()).ok());
    Ok(Earmark {
        tier: tier.filter(|tier| *tier != Tier::Unspecified).ok_or_else(expected)?.into(),
        set: set.to_owned(),
        seats: seats.parse().map_err(|_| expected())?,
    })
}
