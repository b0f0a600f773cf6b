//! `quanheng transition …` (人员过渡安排).

use clap::Subcommand;
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::recertification::v1 as recertification;
use recertification::{Placement, Talk};

use super::args::{self, Etag, Fresh, Paging, Which, Write};
use super::input;
use super::session::{Done, Session};

/// What can be done with transitions.
#[derive(Debug, Subcommand)]
pub(crate) enum TransitionCommand {
    /// 建立过渡方案
    Open {
        /// 重新认定、备案或退出事项
        #[arg(long, value_name = "事项", value_parser = args::recertification_case)]
        case: String,
        /// 过渡期政策文号
        #[arg(long, value_name = "文号")]
        document: String,
        /// 过渡开始日期
        #[arg(long, value_name = "日期", value_parser = args::date)]
        from: Date,
        /// 编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        #[command(flatten)]
        write: Write,
    },
    /// 列出过渡方案
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看过渡方案
    Show {
        /// 过渡方案
        #[arg(value_parser = args::transition)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 记录谈话
    Talk {
        /// 过渡方案
        #[arg(value_parser = args::transition)]
        name: String,
        /// 人员
        #[arg(long, value_name = "人员", value_parser = args::person)]
        person: String,
        /// 谈话日期
        #[arg(long, value_name = "日期", value_parser = args::date)]
        on: Date,
        /// 讲解的政策
        #[arg(long, value_name = "文字")]
        policy: String,
        /// 写有本人所提问题的文件;- 为标准输入
        #[arg(long, value_name = "文件")]
        question: Option<String>,
        /// 本人已签字
        #[arg(long)]
        signed: bool,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 记录去向
    Place {
        /// 过渡方案
        #[arg(value_parser = args::transition)]
        name: String,
        /// 人员
        #[arg(long, value_name = "人员", value_parser = args::person)]
        person: String,
        /// 去向,以政策所列为准
        #[arg(long, value_name = "去向")]
        option: String,
        /// 接收单位
        #[arg(long, value_name = "单位", value_parser = args::unit)]
        unit: Option<String>,
        /// 新岗位
        #[arg(long, value_name = "文字", default_value = "")]
        post: String,
        /// 待遇保留
        #[arg(long)]
        pay_protected: bool,
        /// 文号
        #[arg(long, value_name = "文号")]
        document: String,
        /// 生效日期
        #[arg(long, value_name = "日期", value_parser = args::date)]
        effective_on: Date,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 办结一人
    Finish {
        /// 过渡方案
        #[arg(value_parser = args::transition)]
        name: String,
        /// 人员
        #[arg(long, value_name = "人员", value_parser = args::person)]
        person: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 办结过渡
    Close {
        /// 过渡方案
        #[arg(value_parser = args::transition)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 办理记录
    Timeline {
        /// 过渡方案
        #[arg(value_parser = args::transition)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
}

impl TransitionCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Open { case, document, from, id, write } => {
                let request = recertification::OpenTransitionRequest {
                    case,
                    document_number: document,
                    from: Some(from),
                    transition_id: id,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::List { which, paging, fresh } => {
                let request = recertification::ListTransitionsRequest {
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(recertification::GetTransitionRequest { name, min_position }).await
            }
            Self::Talk { name, person, on, policy, question, signed, write, etag } => {
                let question = question.map(|path| input::read(&path)).transpose()?;
                let talk = Some(Talk {
                    on: Some(on),
                    policy,
                    question: question.map(|text| text.trim().to_owned()).unwrap_or_default(),
                    signed,
                    by: String::new(),
                });
                change!(session, RecordTalkRequest { name, person, talk }, write, etag)
            }
            Self::Place {
                name,
                person,
                option,
                unit,
                post,
                pay_protected,
                document,
                effective_on,
                write,
                etag,
            } => {
                let placement = Some(Placement {
                    option,
                    unit: unit.unwrap_or_default(),
                    post,
                    pay_protected,
                    document_number: document,
                    effective_on: Some(effective_on),
                });
                change!(session, RecordPlacementRequest { name, person, placement }, write, etag)
            }
            Self::Finish { name, person, write, etag } => {
                change!(session, FinishPersonRequest { name, person }, write, etag)
            }
            Self::Close { name, write, etag } => {
                change!(session, CloseTransitionRequest { name }, write, etag)
            }
            Self::Timeline { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(recertification::GetTimelineRequest { name, min_position }).await
            }
        }
    }
}
