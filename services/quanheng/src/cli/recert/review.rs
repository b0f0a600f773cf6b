//! What those who review do.

use clap::Subcommand;
use quanheng_api::google::r#type::Date;
use quanheng_api::quanheng::recertification::v1 as recertification;
use recertification::{ConsultedDocument, Material, MaterialStatus};

use crate::cli::args::{self, Etag, Fresh, Paging, Which, Write};
use crate::cli::session::{Done, Session};

/// What a reviewer does with a case.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// 审核材料
    Review {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 接受的材料(可重复)
        #[arg(long = "accept", value_name = "代码")]
        accepted: Vec<String>,
        /// 退回的材料与原因,如 basis=缺条文摘录(可重复)
        #[arg(long = "reject", value_name = "代码=原因", value_parser = rejected)]
        rejected: Vec<Material>,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 反馈补正
    Correct {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 反馈意见
        #[arg(long, value_name = "文字")]
        text: String,
        /// 需补正的材料(可重复)
        #[arg(long = "material", value_name = "代码")]
        materials: Vec<String>,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 记录查阅的编制文件
    Consult {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 文号与标题,如 编办发〔2026〕3号=机构设置批复(可重复)
        #[arg(long = "document", value_name = "文号=标题", value_parser = consulted, required = true)]
        documents: Vec<ConsultedDocument>,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 转机构编制部门研究
    Refer {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 问题
        #[arg(long, value_name = "文字")]
        question: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 机构编制部门答复
    AnswerReferral {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 答复
        #[arg(long, value_name = "文字")]
        answer: String,
        /// 答复文号
        #[arg(long, value_name = "文号")]
        document: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 登记
    Register {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 登记日期;未指定时为当日
        #[arg(long, value_name = "日期", value_parser = args::date)]
        on: Option<Date>,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 报中央备案
    FileCentral {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 备案文号
        #[arg(long, value_name = "文号")]
        document: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 发布先例
    Precedent {
        /// 事项
        #[arg(value_parser = args::recertification_case)]
        name: String,
        /// 标题
        #[arg(long, value_name = "文字")]
        title: String,
        /// 要旨
        #[arg(long, value_name = "文字")]
        summary: String,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        etag: Etag,
    },
    /// 列出先例
    Precedents {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        paging: Paging,
        #[command(flatten)]
        fresh: Fresh,
    },
}

/// A material that is rejected, and why: `basis=缺条文摘录`.
fn rejected(text: &str) -> Result<Material, String> {
    let (code, reason) = text.split_once('=').unwrap_or((text, ""));
    if code.is_empty() || reason.is_empty() {
        return Err("应形如 basis=缺条文摘录".to_owned());
    }
    Ok(Material {
        code: code.to_owned(),
        status: MaterialStatus::Rejected.into(),
        reason: reason.to_owned(),
        ..Default::default()
    })
}

/// A document that was looked up: `编办发〔2026〕3号=机构设置批复`.
fn consulted(text: &str) -> Result<ConsultedDocument, String> {
    let (number, title) = text.split_once('=').unwrap_or((text, ""));
    if number.is_empty() || title.is_empty() {
        return Err("应形如 编办发〔2026〕3号=机构设置批复".to_owned());
    }
    Ok(ConsultedDocument {
        document_number: number.to_owned(),
        title: title.to_owned(),
        ..Default::default()
    })
}

impl ReviewCommand {
    /// Does it.
    pub(crate) async fn run(self, session: &Session) -> Done {
        match self {
            Self::Review { name, accepted, rejected, write, etag } => {
                let status = MaterialStatus::Accepted.into();
                let accepted = accepted.into_iter();
                let accepted = accepted.map(|code| Material { code, status, ..Default::default() });
                let materials = accepted.chain(rejected).collect();
                change!(session, ReviewMaterialsRequest { name, materials }, write, etag)
            }
            Self::Correct { name, text, materials, write, etag } => {
                change!(session, RequestCorrectionRequest { name, text, materials }, write, etag)
            }
            Self::Consult { name, documents, write, etag } => {
                change!(session, RecordConsultationRequest { name, documents }, write, etag)
            }
            Self::Refer { name, question, write, etag } => {
                change!(session, ReferToEstablishmentOfficeRequest { name, question }, write, etag)
            }
            Self::AnswerReferral { name, answer, document, write, etag } => {
                let document_number = document;
                change!(
                    session,
                    AnswerReferralRequest { name, answer, document_number },
                    write,
                    etag
                )
            }
            Self::Register { name, on, write, etag } => {
                let registered_on = on;
                change!(session, RegisterUnitRequest { name, registered_on }, write, etag)
            }
            Self::FileCentral { name, document, write, etag } => {
                let document_number = document;
                change!(
                    session,
                    FileWithCentralAuthorityRequest { name, document_number },
                    write,
                    etag
                )
            }
            Self::Precedent { name, title, summary, write, etag } => {
                change!(session, PublishPrecedentRequest { name, title, summary }, write, etag)
            }
            Self::Precedents { which, paging, fresh } => {
                let request = recertification::ListPrecedentsRequest {
                    min_position: fresh.min_position,
                    filter: which.filter,
                    order_by: which.order_by,
                    ..Default::default()
                };
                session.pages(request, &paging).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rejected_materials_and_documents_are_read() {
        let found = rejected("basis=缺条文摘录").unwrap();
        assert_eq!((found.code.as_str(), &*found.reason), ("basis", "缺条文摘录"));
        assert_eq!(found.status(), MaterialStatus::Rejected);
        assert!(rejected("basis").is_err() && rejected("=x").is_err());
        let found = consulted("编办发〔2026〕3号=批复").unwrap();
        assert_eq!((&*found.document_number, &*found.title), ("编办发〔2026〕3号", "批复"));
        assert!(consulted("编办发〔2026〕3号").is_err());
    }
}
