//! `quanheng task …` (审批任务).

mod batch;
mod hand;

use clap::{Args, Subcommand};
use quanheng_api::quanheng::approval::v1 as approval;

use super::args::{self, BasisArgs, Etag, Fresh, Paging, Which, Write};
use super::session::{Done, Session};
use batch::BatchArgs;
use hand::HandCommand;

/// What can be done with tasks.
#[derive(Debug, Subcommand)]
pub(crate) enum TaskCommand {
    /// 列出本人的任务:待办、已办、发起的、抄送的
    List {
        /// 任务视图
        #[arg(long, value_name = "视图", default_value = "todo", value_parser = args::choices("quanheng.approval.v1.TaskView"))]
        view: i32,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看任务
    Show {
        /// 任务
        #[arg(value_parser = args::task)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 签收
    Claim(Chosen),
    /// 同意
    Approve(Decision),
    /// 不同意
    Refuse(Decision),
    /// 退回;未指明步骤时列出可退回的步骤
    Return {
        #[command(flatten)]
        chosen: Chosen,
        /// 退回至哪一步
        #[arg(long, value_name = "步骤", requires = "opinion")]
        to: Option<String>,
        /// 退回后:逐步办理,或办后回到本步骤
        #[arg(long, value_name = "方式", default_value = "continue", value_parser = args::choices("quanheng.approval.v1.ReturnMode"))]
        mode: i32,
        /// 意见
        #[arg(long, value_name = "文字")]
        opinion: Option<String>,
    },
    #[command(flatten)]
    Hand(HandCommand),
    /// 收回本人刚作出的决定
    Recall {
        #[command(flatten)]
        chosen: Chosen,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
    },
    /// 记录集体研究的结果
    Meeting(MeetingArgs),
    /// 批量同意或不同意
    Batch(BatchArgs),
}

/// Which task, and how the change is made.
#[derive(Debug, Clone, Args)]
pub(crate) struct Chosen {
    /// 任务
    #[arg(value_parser = args::task)]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) write: Write,
    #[command(flatten)]
    pub(super) etag: Etag,
}

/// Yes or no, with what it rests on.
#[derive(Debug, Clone, Args)]
pub(crate) struct Decision {
    #[command(flatten)]
    chosen: Chosen,
    /// 意见
    #[arg(long, value_name = "文字", default_value = "")]
    opinion: String,
    #[command(flatten)]
    basis: BasisArgs,
    /// 会议纪要文号
    #[arg(long, value_name = "文号", default_value = "")]
    minutes: String,
}

/// What a meeting decided.
#[derive(Debug, Clone, Args)]
pub(crate) struct MeetingArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// 应到人员(可重复)
    #[arg(long = "due", value_name = "人员", value_parser = args::person, required = true)]
    due: Vec<String>,
    /// 实到人员(可重复);未指定为全部应到人员
    #[arg(long = "present", value_name = "人员", value_parser = args::person)]
    present: Vec<String>,
    /// 赞成票数
    #[arg(long, value_name = "票数")]
    in_favour: u32,
    /// 反对票数
    #[arg(long, value_name = "票数", default_value_t = 0)]
    against: u32,
    /// 弃权票数
    #[arg(long, value_name = "票数", default_value_t = 0)]
    abstained: u32,
    /// 会议纪要文号
    #[arg(long, value_name = "文号")]
    minutes: String,
    /// 意见
    #[arg(long, value_name = "文字", default_value = "")]
    opinion: String,
    #[command(flatten)]
    basis: BasisArgs,
}

impl TaskCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { view, which, paging, fresh } => {
                let request = approval::ListTasksRequest {
                    view,
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(approval::GetTaskRequest { name, min_position }).await
            }
            Self::Claim(chosen) => claim(session, chosen).await,
            Self::Approve(decision) => approve(session, decision).await,
            Self::Refuse(decision) => refuse(session, decision).await,
            Self::Return { chosen, to: None, .. } => {
                let request =
                    approval::ListReturnTargetsRequest { name: chosen.name, ..Default::default() };
                session.answer(request).await
            }
            Self::Return { chosen, to: Some(to_step), mode, opinion } => {
                let request = approval::ReturnTaskRequest {
                    name: chosen.name,
                    to_step,
                    mode,
                    opinion: opinion.unwrap_or_default(),
                    request_id: chosen.write.request_id,
                    validate_only: chosen.write.validate_only,
                    etag: chosen.etag.etag,
                };
                session.answer(request).await
            }
            Self::Hand(command) => command.run(session).await,
            Self::Recall { chosen, reason } => {
                let request = approval::RecallTaskRequest {
                    name: chosen.name,
                    reason,
                    request_id: chosen.write.request_id,
                    validate_only: chosen.write.validate_only,
                    etag: chosen.etag.etag,
                };
                session.answer(request).await
            }
            Self::Meeting(meeting) => meet(session, meeting).await,
            Self::Batch(batch) => batch.run(session).await,
        }
    }
}

async fn claim(session: &Session, chosen: Chosen) -> Done {
    let request = approval::ClaimTaskRequest {
        name: chosen.name,
        request_id: chosen.write.request_id,
        validate_only: chosen.write.validate_only,
        etag: chosen.etag.etag,
    };
    session.answer(request).await
}

async fn approve(session: &Session, decision: Decision) -> Done {
    let Decision { chosen, opinion, basis, minutes } = decision;
    let request = approval::ApproveTaskRequest {
        name: chosen.name,
        opinion,
        basis: basis.basis(),
        minutes_ref: minutes,
        request_id: chosen.write.request_id,
        validate_only: chosen.write.validate_only,
        etag: chosen.etag.etag,
    };
    session.answer(request).await
}

async fn refuse(session: &Session, decision: Decision) -> Done {
    let Decision { chosen, opinion, basis, minutes } = decision;
    let request = approval::RefuseTaskRequest {
        name: chosen.name,
        opinion,
        basis: basis.basis(),
        minutes_ref: minutes,
        request_id: chosen.write.request_id,
        validate_only: chosen.write.validate_only,
        etag: chosen.etag.etag,
    };
    session.answer(request).await
}

async fn meet(session: &Session, said: MeetingArgs) -> Done {
    let present = if said.present.is_empty() { said.due.clone() } else { said.present };
    let meeting = approval::Meeting {
        due: said.due,
        present,
        in_favour: said.in_favour,
        against: said.against,
        abstained: said.abstained,
        minutes_ref: said.minutes,
    };
    let request = approval::RecordMeetingRequest {
        name: said.chosen.name,
        meeting: Some(meeting),
        opinion: said.opinion,
        basis: said.basis.basis(),
        request_id: said.chosen.write.request_id,
        validate_only: said.chosen.write.validate_only,
        etag: said.chosen.etag.etag,
    };
    session.answer(request).await
}
