//! What an applicant does, and reading.

use clap::Subcommand;
use quanheng_api::quanheng::recertification::v1 as recertification;
use recertification::Material;

use crate::cli::args::{self, Etag, Fresh, Paging, Which, Write};
use crate::cli::input;
use crate::cli::session::{Done, Session};

/// What an applicant does with a case.
#[derive(Debug, Subcommand)]
pub(crate) enum ApplyCommand {
    /// 列出事项
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看事项
    Show {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 提出事项(草稿)
    Create {
        /// 申报单位
        #[arg(long, value_name = "单位", value_parser = args::unit)]
        unit: String,
        /// 重新认定工作;未指定时为日常管理
        #[arg(long, value_name = "编号", value_parser = args::campaign)]
        campaign: Option<String>,
        /// 机构变动(JSON);- 为标准输入
        #[arg(long, value_name = "文件")]
        change: String,
        /// 认定条件所涉事实(JSON)
        #[arg(long, value_name = "文件")]
        grounds: Option<String>,
        /// 申请事由
        #[arg(long, value_name = "文字")]
        reason: String,
        /// 此前不予认定、现重新申请的事项
        #[arg(long, value_name = "事项", value_parser = args::recertification_case)]
        renews: Option<String>,
        /// 编号;未指定时由服务生成
        #[arg(long, value_name = "编号", default_value = "")]
        id: String,
        #[command(flatten)]
        write: Write,
    },
    /// 修改事项
    Update {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 机构变动(JSON);- 为标准输入
        #[arg(long, value_name = "文件")]
        change: Option<String>,
        /// 认定条件所涉事实(JSON)
        #[arg(long, value_name = "文件")]
        grounds: Option<String>,
        /// 申请事由
        #[arg(long, value_name = "文字", default_value = "")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 提交材料
    Materials {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 材料代码与附件,如 application=0a1b…(可重复)
        #[arg(long = "file", value_name = "代码=附件", value_parser = file, required = true)]
        files: Vec<(String, String)>,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 申报
    Submit {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 撤回
    Withdraw {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 补正
    Answer {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 补正说明
        #[arg(long, value_name = "文字")]
        answer: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 办理记录
    Timeline {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
}

/// A file of a material: `application=0a1b…`.
fn file(text: &str) -> Result<(String, String), String> {
    let (code, file) = text.split_once('=').unwrap_or((text, ""));
    if code.is_empty() || file.is_empty() {
        return Err("应形如 application=附件摘要".to_owned());
    }
    Ok((code.to_owned(), args::attachment(file)?))
}

/// The files of each material together, in the order in which they were named.
fn gathered(files: Vec<(String, String)>) -> Vec<Material> {
    let mut found: Vec<Material> = Vec::new();
    for (code, file) in files {
        match found.iter_mut().find(|one| one.code == code) {
            Some(material) => material.files.push(file),
            None => found.push(Material { code, files: vec![file], ..Default::default() }),
        }
    }
    found
}

impl ApplyCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { which, paging, fresh } => {
                let request = recertification::ListCasesRequest {
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(recertification::GetCaseRequest { name, min_position }).await
            }
            Self::Create { unit, campaign, change, grounds, reason, renews, id, write } => {
                let request = recertification::CreateCaseRequest {
                    unit,
                    campaign: campaign.unwrap_or_default(),
                    change: Some(input::message(&change)?),
                    grounds: grounds.map(|path| input::message(&path)).transpose()?,
                    reason,
                    renews: renews.unwrap_or_default(),
                    case_id: id,
                    request_id: write.request_id,
                    validate_only: write.validate_only,
                };
                session.answer(request).await
            }
            Self::Update { name, change, grounds, reason, write, etag } => {
                let change = change.map(|path| input::message(&path)).transpose()?;
                let grounds = grounds.map(|path| input::message(&path)).transpose()?;
                change!(session, UpdateCaseRequest { name, change, grounds, reason }, write, etag)
            }
            Self::Materials { name, files, write, etag } => {
                let materials = gathered(files);
                change!(session, SubmitMaterialsRequest { name, materials }, write, etag)
            }
            Self::Submit { name, write, etag } => {
                change!(session, SubmitCaseRequest { name }, write, etag)
            }
            Self::Withdraw { name, reason, write, etag } => {
                change!(session, WithdrawCaseRequest { name, reason }, write, etag)
            }
            Self::Answer { name, answer, write, etag } => {
                change!(session, AnswerCorrectionRequest { name, answer }, write, etag)
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
    fn files_of_a_material_stand_together() {
        let files = ["application=a", "basis=b", "application=c"].map(|text| file(text).unwrap());
        let found = gathered(files.into());
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].files, ["attachments/a", "attachments/c"]);
        for wrong in ["application", "=a", "application=", ""] {
            assert!(file(wrong).is_err(), "{wrong}");
        }
    }
}
