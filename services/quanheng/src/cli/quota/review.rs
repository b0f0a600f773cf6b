//! Pre-reviews (职数使用预审).

use clap::Subcommand;
use quanheng_api::quanheng::quota::v1 as quota;
use quota::Move;

use crate::cli::args::{self, BasisArgs, Etag, Fresh, Paging, Which, Write};
use crate::cli::session::{Done, Session};

/// What can be done with pre-reviews.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// 申报预审
    Request {
        /// 账户
        #[arg(value_parser = args::account)]
        account: String,
        /// 申报单位
        #[arg(long, value_name = "单位", value_parser = args::unit)]
        unit: String,
        /// 拟使用职数,如 GM08:GM07 或 :GM07(可重复)
        #[arg(long = "move", value_name = "拟免:拟任", value_parser = move_of, required = true)]
        moves: Vec<Move>,
        /// 申报单位党委(党组)意见
        #[arg(long, value_name = "文字", default_value = "")]
        opinion: String,
        /// 预审编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 列出预审
    List {
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
    /// 查看预审
    Show {
        /// 预审
        #[arg(value_parser = args::hold)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 撤回预审
    Withdraw {
        /// 预审
        #[arg(value_parser = args::hold)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字", default_value = "")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
}

/// One seat asked for: `GM08:GM07` leaves GM08 and takes GM07; `:GM07` leaves none.
///
/// # Errors
/// What is expected.
pub(crate) fn move_of(text: &str) -> Result<Move, String> {
    let (leaves, to) = text.split_once(':').unwrap_or(("", text));
    if to.is_empty() || to.contains(':') {
        return Err("应形如 GM08:GM07 或 :GM07".to_owned());
    }
    Ok(Move { leaves: leaves.to_owned(), to: to.to_owned() })
}

impl ReviewCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Request { account, unit, moves, opinion, id, basis, write } => {
                let request = quota::RequestPreReviewRequest {
                    account,
                    unit,
                    moves,
                    unit_opinion: opinion,
                    hold_id: id,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::List { account, which, paging, fresh } => {
                let request = quota::ListPreReviewsRequest {
                    parent: account,
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(quota::GetPreReviewRequest { name, min_position }).await
            }
            Self::Withdraw { name, reason, write, etag } => {
                let request = quota::WithdrawPreReviewRequest {
                    name,
                    reason,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                    etag: etag.etag,
                };
                session.answer(request).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_read() {
        let of = |leaves: &str, to: &str| Move { leaves: leaves.into(), to: to.into() };
        assert_eq!(move_of("GM08:GM07"), Ok(of("GM08", "GM07")));
        assert_eq!(move_of(":GM07"), Ok(of("", "GM07")));
        assert_eq!(move_of("GM07"), Ok(of("", "GM07")));
        assert!(move_of("GM08:").is_err());
        assert!(move_of("a:b:c").is_err());
    }
}
