//! `quanheng rank …`: ranks that change by no promotion (降低职级、转任后职级确定).

use clap::Subcommand;
use quanheng_api::quanheng::promotion::v1 as promotion;

use super::args::{self, BasisArgs, Write};
use super::input;
use super::session::{Done, Session};

/// What can be done with ranks.
#[derive(Debug, Subcommand)]
pub(crate) enum RankCommand {
    /// 降低职级
    Lower {
        /// 人员
        #[arg(value_parser = args::person)]
        person: String,
        /// 职位类别;未指定为综合管理类
        #[arg(long, value_name = "类别", default_value = "")]
        category: String,
        /// 事由
        #[arg(long, value_name = "事由", value_parser = args::choices("quanheng.promotion.v1.LoweringGround"))]
        ground: i32,
        /// 考核年度(事由为年度考核不称职时)
        #[arg(long, value_name = "年度", default_value_t = 0)]
        year: i32,
        /// 具体事由
        #[arg(long, value_name = "文字")]
        reason: String,
        /// 会议纪要文号
        #[arg(long, value_name = "文号")]
        minutes: String,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
    /// 转任后确定职级;未指定职级时只列出可以确定的职级
    Transfer {
        /// 人员
        #[arg(value_parser = args::person)]
        person: String,
        /// 原职位类别,如 judge
        #[arg(long, value_name = "类别")]
        from_category: String,
        /// 职位类别;未指定为综合管理类
        #[arg(long, value_name = "类别", default_value = "")]
        category: String,
        /// 拟确定职级,如 GM06
        #[arg(long, value_name = "职级", default_value = "")]
        rank: String,
        /// 预审(职级有职数限制时)
        #[arg(long, value_name = "预审", value_parser = args::hold)]
        hold: Option<String>,
        /// 任职资格的 JSON 文件(Qualification 列表);- 为标准输入
        #[arg(long, value_name = "文件")]
        qualifications: Option<String>,
        /// 具体事由
        #[arg(long, value_name = "文字", default_value = "")]
        reason: String,
        /// 会议纪要文号
        #[arg(long, value_name = "文号", default_value = "")]
        minutes: String,
        #[command(flatten)]
        basis: BasisArgs,
        #[command(flatten)]
        write: Write,
    },
}

impl RankCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Lower { person, category, ground, year, reason, minutes, basis, write } => {
                let request = promotion::LowerRankRequest {
                    person,
                    category,
                    ground,
                    year,
                    reason,
                    minutes,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Transfer {
                person,
                from_category,
                category,
                rank,
                hold,
                qualifications,
                reason,
                minutes,
                basis,
                write,
            } => {
                let qualifications =
                    qualifications.map(|path| input::message_list(&path)).transpose()?;
                let request = promotion::DetermineRankOnTransferRequest {
                    person,
                    from_category,
                    category,
                    rank,
                    qualifications: qualifications.unwrap_or_default(),
                    hold: hold.unwrap_or_default(),
                    reason,
                    minutes,
                    basis: basis.basis(),
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
        }
    }
}
