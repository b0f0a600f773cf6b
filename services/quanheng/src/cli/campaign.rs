//! `quanheng campaign …` (重新认定工作).

use clap::Subcommand;
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::recertification::v1 as recertification;
use recertification::{TaskForce, TaskForceMember};

use super::args::{self, Etag, Fresh, Paging, Which, Write};
use super::session::{Done, Session};

/// What can be done with campaigns.
#[derive(Debug, Subcommand)]
pub(crate) enum CampaignCommand {
    /// 列出重新认定工作
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看重新认定工作
    Show {
        /// 重新认定工作
        #[arg(value_parser = args::campaign)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 部署重新认定工作,同时开始摸底
    Create {
        /// 名称
        #[arg(long, value_name = "文字")]
        title: String,
        /// 省级行政区划,六位代码
        #[arg(long, value_name = "政区")]
        division: String,
        /// 通知文号
        #[arg(long, value_name = "文号")]
        document: String,
        /// 通知要求
        #[arg(long, value_name = "文字", default_value = "")]
        notice: String,
        /// 通知附件(可重复)
        #[arg(long = "attachment", value_name = "附件", value_parser = args::attachment)]
        attachments: Vec<String>,
        /// 改革前基准日
        #[arg(long, value_name = "日期", value_parser = args::date)]
        baseline_on: Date,
        /// 摸底截止日
        #[arg(long, value_name = "日期", value_parser = args::date)]
        survey_due_on: Date,
        /// 编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        #[command(flatten)]
        write: Write,
    },
    /// 成立或调整工作专班
    TaskForce {
        /// 重新认定工作
        #[arg(value_parser = args::campaign)]
        name: String,
        /// 行政区划:省或市
        #[arg(long, value_name = "政区")]
        division: String,
        /// 负责人
        #[arg(long, value_name = "人员", value_parser = args::person)]
        lead: String,
        /// 抽调部门与成员,如 organization_department=p-1(可重复)
        #[arg(long = "member", value_name = "部门=人员", value_parser = member, required = true)]
        members: Vec<TaskForceMember>,
        /// 成立文号
        #[arg(long, value_name = "文号")]
        document: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 冻结改革前基数
    Freeze {
        /// 重新认定工作
        #[arg(value_parser = args::campaign)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 开放申报
    OpenPhase(PhaseArgs),
    /// 省级批准提前开放市县申报
    Override {
        /// 重新认定工作
        #[arg(value_parser = args::campaign)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 停止受理
    EndIntake(PhaseArgs),
    /// 结束阶段
    ClosePhase(PhaseArgs),
    /// 截止摸底
    CloseSurvey {
        /// 重新认定工作
        #[arg(value_parser = args::campaign)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 结束重新认定工作
    Close {
        /// 重新认定工作
        #[arg(value_parser = args::campaign)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 只减不增台账
    Book {
        /// 重新认定工作
        #[arg(value_parser = args::campaign)]
        name: String,
        /// 只列某类范围
        #[arg(long, value_name = "范围", default_value = "", hide_default_value = true,
              value_parser = scope_kind)]
        scope: i32,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 审核统计
    Statistics {
        /// 重新认定工作
        #[arg(value_parser = args::campaign)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 办理记录
    Timeline {
        /// 重新认定工作
        #[arg(value_parser = args::campaign)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
}

/// Which phase.
#[derive(Debug, clap::Args)]
pub(crate) struct PhaseArgs {
    /// 重新认定工作
    #[arg(value_parser = args::campaign)]
    name: String,
    /// 阶段
    #[arg(long, value_name = "阶段",
          value_parser = args::choices("quanheng.recertification.v1.CampaignPhase"))]
    phase: i32,
    #[command(flatten)]
    write: Write,
    #[command(flatten)]
    etag: Etag,
}

/// A kind of scopes; none of nothing.
fn scope_kind(text: &str) -> Result<i32, String> {
    use recertification::ScopeKind;
    let kind = match text {
        "" => ScopeKind::Unspecified,
        "province" => ScopeKind::Province,
        "city" => ScopeKind::City,
        "county" => ScopeKind::County,
        "parent-department" => ScopeKind::ParentDepartment,
        _ => return Err("可用:province、city、county、parent-department".to_owned()),
    };
    Ok(kind.into())
}

/// A member of a task force: `organization_department=p-1`.
fn member(text: &str) -> Result<TaskForceMember, String> {
    let (department, person) = text.split_once('=').unwrap_or((text, ""));
    if department.is_empty() || person.is_empty() {
        return Err("应形如 organization_department=p-1".to_owned());
    }
    Ok(TaskForceMember { person: args::person(person)?, department: department.to_owned() })
}

impl CampaignCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { which, paging, fresh } => {
                let request = recertification::ListCampaignsRequest {
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(recertification::GetCampaignRequest { name, min_position }).await
            }
            Self::Create {
                title,
                division,
                document,
                notice,
                attachments,
                baseline_on,
                survey_due_on,
                id,
                write,
            } => {
                let request = recertification::CreateCampaignRequest {
                    title,
                    division,
                    document_number: document,
                    notice,
                    attachments,
                    baseline_on: Some(baseline_on),
                    survey_due_on: Some(survey_due_on),
                    campaign_id: id,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::TaskForce { name, division, lead, members, document, write, etag } => {
                let force = TaskForce { division, lead, members, document_number: document };
                let task_force = Some(force);
                change!(session, SetTaskForceRequest { name, task_force }, write, etag)
            }
            Self::Freeze { name, write, etag } => {
                change!(session, FreezeBaselineRequest { name }, write, etag)
            }
            Self::OpenPhase(PhaseArgs { name, phase, write, etag }) => {
                change!(session, OpenPhaseRequest { name, phase }, write, etag)
            }
            Self::Override { name, reason, write, etag } => {
                change!(session, OverridePhaseGateRequest { name, reason }, write, etag)
            }
            Self::EndIntake(PhaseArgs { name, phase, write, etag }) => {
                change!(session, EndIntakeRequest { name, phase }, write, etag)
            }
            Self::ClosePhase(PhaseArgs { name, phase, write, etag }) => {
                change!(session, ClosePhaseRequest { name, phase }, write, etag)
            }
            Self::CloseSurvey { name, write, etag } => {
                change!(session, CloseSurveyRequest { name }, write, etag)
            }
            Self::Close { name, write, etag } => {
                change!(session, CloseCampaignRequest { name }, write, etag)
            }
            Self::Book { name, scope, fresh } => {
                let min_position = fresh.min_position;
                let request =
                    recertification::GetBookRequest { campaign: name, kind: scope, min_position };
                session.answer(request).await
            }
            Self::Statistics { name, fresh } => {
                let (campaign, min_position) = (name, fresh.min_position);
                let request =
                    recertification::GetReviewStatisticsRequest { campaign, min_position };
                session.answer(request).await
            }
            Self::Timeline { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(recertification::GetTimelineRequest { name, min_position }).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn members_and_scopes_are_read() {
        let found = member("finance_department=p-1").unwrap();
        assert_eq!(
            (found.department.as_str(), &*found.person),
            ("finance_department", "persons/p-1")
        );
        for wrong in ["p-1", "=p-1", "finance_department=", ""] {
            assert!(member(wrong).is_err(), "{wrong}");
        }
        assert_eq!(scope_kind("city").unwrap(), i32::from(recertification::ScopeKind::City));
        assert_eq!(scope_kind("").unwrap(), 0);
        assert!(scope_kind("town").is_err());
    }
}
