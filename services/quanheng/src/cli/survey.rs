//! `quanheng survey …` (摸底表).

use std::path::PathBuf;

use clap::Subcommand;
use quanheng_api::quanheng::recertification::v1 as recertification;
use recertification::{Clear, SurveyImport, ThreeClear};

use super::args::{self, Etag, Fresh, Paging, Which, Write};
use super::failure::CliFailure;
use super::input;
use super::output::print;
use super::session::{Done, Session, note};
use super::{api, transfer};

/// What can be done with surveys.
#[derive(Debug, Subcommand)]
pub(crate) enum SurveyCommand {
    /// 列出一项工作的摸底表
    List {
        /// 重新认定工作
        #[arg(long, value_name = "编号", value_parser = args::campaign)]
        campaign: String,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 查看摸底表
    Show {
        /// 摸底表
        #[arg(value_parser = args::survey)]
        name: String,
        #[command(flatten)]
        fresh: Fresh,
    },
    /// 填报摸底表
    Submit {
        /// 摸底表
        #[arg(value_parser = args::survey)]
        name: String,
        /// 摸底内容(JSON);- 为标准输入
        #[arg(long, value_name = "文件")]
        from: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 签署确认
    Sign {
        /// 摸底表
        #[arg(value_parser = args::survey)]
        name: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 退回摸底表
    Reopen {
        /// 摸底表
        #[arg(value_parser = args::survey)]
        name: String,
        /// 原因
        #[arg(long, value_name = "文字")]
        reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 导入摸底表
    Import {
        /// 表格文件(xlsx 或 csv);- 为标准输入
        file: String,
        /// 重新认定工作
        #[arg(long, value_name = "编号", value_parser = args::campaign)]
        campaign: String,
        /// CSV 文件的编码为 GB18030
        #[arg(long)]
        gb18030: bool,
        /// 有问题时,把标出问题的表格写入该文件
        #[arg(long, value_name = "文件")]
        marked: Option<PathBuf>,
        #[command(flatten)]
        write: Write,
    },
    /// 确认三清
    ThreeClear {
        /// 摸底表
        #[arg(value_parser = args::survey)]
        name: String,
        /// 人员底数清的佐证材料(可重复)
        #[arg(long, value_name = "佐证")]
        staff: Vec<String>,
        /// 编制文件清的佐证材料(可重复)
        #[arg(long, value_name = "佐证")]
        documents: Vec<String>,
        /// 单位职能设置清的佐证材料(可重复)
        #[arg(long, value_name = "佐证")]
        functions: Vec<String>,
        /// 未清的一项:staff、documents、functions(可重复)
        #[arg(long = "not-clear", value_name = "一项",
              value_parser = ["staff", "documents", "functions"])]
        not_clear: Vec<String>,
        /// 例外的原因:仅在政策只作提示时
        #[arg(long, value_name = "文字", default_value = "")]
        override_reason: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
}

/// One of the three: clear by its evidence, not clear, or not said.
fn clear(evidence: Vec<String>, name: &str, not_clear: &[String]) -> Clear {
    let clear = match (not_clear.iter().any(|one| one == name), evidence.is_empty()) {
        (true, _) => Some(false),
        (false, true) => None,
        (false, false) => Some(true),
    };
    Clear { clear, evidence }
}

impl SurveyCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::List { campaign, which, paging, fresh } => {
                let request = recertification::ListSurveysRequest {
                    parent: campaign,
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
            Self::Show { name, fresh } => {
                let min_position = fresh.min_position;
                session.answer(recertification::GetSurveyRequest { name, min_position }).await
            }
            Self::Submit { name, from, write, etag } => {
                let answer = Some(input::message(&from)?);
                change!(session, SubmitSurveyRequest { name, answer }, write, etag)
            }
            Self::Sign { name, write, etag } => {
                change!(session, SignSurveyRequest { name }, write, etag)
            }
            Self::Reopen { name, reason, write, etag } => {
                change!(session, ReopenSurveyRequest { name, reason }, write, etag)
            }
            Self::Import { file, campaign, gb18030, marked, write } => {
                let head = SurveyImport {
                    campaign,
                    gb18030,
                    marked_copy: marked.is_some(),
                    request_id: transfer::request_id(write.request_id),
                    validate_only: write.validate_only,
                };
                import(session, &file, head, marked).await
            }
            Self::ThreeClear {
                name,
                staff,
                documents,
                functions,
                not_clear,
                override_reason,
                write,
                etag,
            } => {
                let three_clear = Some(ThreeClear {
                    staff: Some(clear(staff, "staff", &not_clear)),
                    documents: Some(clear(documents, "documents", &not_clear)),
                    functions: Some(clear(functions, "functions", &not_clear)),
                });
                change!(
                    session,
                    ConfirmThreeClearRequest { name, three_clear, override_reason },
                    write,
                    etag
                )
            }
        }
    }
}

/// Sends the sheet, shows what came of it, keeps the marked copy.
async fn import(
    session: &Session,
    file: &str,
    head: SurveyImport,
    marked: Option<PathBuf>,
) -> Done {
    let content = input::read_bytes(file)?;
    let request_id = head.request_id.clone();
    let method = api::method("RecertificationService/ImportSurveys")?;
    let answer =
        transfer::upload_under(session, &method, ("open", &head), content, &request_id).await?;
    let told: recertification::ImportSurveysResponse =
        answer.transcode_to().map_err(CliFailure::internal)?;
    if let (Some(to), false) = (marked, told.marked.is_empty()) {
        let failed = |error| CliFailure::io(to.display(), error);
        tokio::fs::write(&to, &told.marked).await.map_err(failed)?;
        note(format_args!("已写入 {}({} 字节)", to.display(), told.marked.len()));
    }
    print(&answer, session.output)?;
    match told.errors.iter().filter(|error| !error.warning).count() {
        0 => Ok(()),
        count => Err(CliFailure::refused("SHEET_INVALID", format!("表格有 {count} 处问题,未导入"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clear_is_said_by_its_evidence() {
        let said = |evidence: &[&str], not_clear: &[&str]| {
            let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
            clear(owned(evidence), "staff", &owned(not_clear)).clear
        };
        assert_eq!(said(&["attachments/a"], &[]), Some(true));
        assert_eq!(said(&["attachments/a"], &["staff"]), Some(false));
        assert_eq!(said(&[], &["documents"]), None);
    }
}
