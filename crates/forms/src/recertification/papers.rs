//! Everything together in one file (批量下载).

use jiff::civil::Date;

use super::application::{self, Application};
use super::approval::{self, Approval};
use super::cases::{self, Cases, Statistics};
use super::changes::{self, Changes};
use super::decrease::{self, Decrease};
use super::filing::{self, Filing};
use super::ledger::{self, Ledger};
use super::transition::{self, Talk, Transition};
use crate::bundle::{Named, zip};
use crate::error::FormError;

/// What goes into the file; what is left out is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Papers {
    /// 申请, one document each.
    pub applications: Vec<Application>,
    /// 审批表, all in one document.
    pub approvals: Vec<Approval>,
    /// 备案表, as a document and as a sheet.
    pub filing: Option<Filing>,
    /// 只减不增对比表
    pub decrease: Option<Decrease>,
    /// 机构编制前后对照表
    pub changes: Option<Changes>,
    /// 参照管理单位台账
    pub ledger: Option<Ledger>,
    /// 审核台账
    pub cases: Option<Cases>,
    /// 统计
    pub statistics: Option<Statistics>,
    /// 过渡安排表, one document each.
    pub transitions: Vec<Transition>,
    /// 谈话记录, all in one document.
    pub talks: Vec<Talk>,
}

/// A document with its name.
type Paper = (String, Vec<u8>);

impl Papers {
    /// The documents under their names, in the order in which a case makes them.
    ///
    /// # Errors
    /// [`FormError`] of the first that cannot be made.
    pub fn documents(&self, made_on: Date) -> Result<Vec<Paper>, FormError> {
        let mut papers: Vec<Paper> = Vec::new();
        let mut add = |name: String, made: Result<Vec<u8>, FormError>| {
            papers.push((name, made?));
            Ok::<(), FormError>(())
        };
        let many = self.applications.len() > 1;
        for (one, number) in self.applications.iter().zip(1..) {
            add(
                numbered("参照公务员法管理申请", number, many, "docx"),
                application::docx(one, made_on),
            )?;
        }
        if !self.approvals.is_empty() {
            let made = approval::docx(&self.approvals, made_on);
            add("参照公务员法管理审批表.docx".to_owned(), made)?;
        }
        if let Some(one) = &self.filing {
            add("参照公务员法管理备案表.docx".to_owned(), filing::docx(one, made_on))?;
            add("参照公务员法管理备案表.xlsx".to_owned(), filing::xlsx(one, made_on))?;
        }
        if let Some(one) = &self.decrease {
            add("只减不增对比表.xlsx".to_owned(), decrease::xlsx(one, made_on))?;
        }
        if let Some(one) = &self.changes {
            add("机构编制前后对照表.xlsx".to_owned(), changes::xlsx(one, made_on))?;
        }
        if let Some(one) = &self.ledger {
            add("参照管理单位台账.xlsx".to_owned(), ledger::xlsx(one, made_on))?;
        }
        if let Some(one) = &self.cases {
            add("重新认定审核台账.xlsx".to_owned(), cases::xlsx(one, made_on))?;
        }
        if let Some(one) = &self.statistics {
            add("重新认定情况统计表.xlsx".to_owned(), one.xlsx(made_on))?;
        }
        let many = self.transitions.len() > 1;
        for (one, number) in self.transitions.iter().zip(1..) {
            add(
                numbered("退出人员过渡安排表", number, many, "xlsx"),
                transition::xlsx(one, made_on),
            )?;
        }
        if !self.talks.is_empty() {
            add("谈话记录.docx".to_owned(), transition::docx(&self.talks, made_on))?;
        }
        Ok(papers)
    }

    /// All of them in one zip file.
    ///
    /// # Errors
    /// As of [`Self::documents`] and of [`zip`].
    pub fn zip(&self, made_on: Date) -> Result<Vec<u8>, FormError> {
        let papers = self.documents(made_on)?;
        let named: Vec<Named<'_>> =
            papers.iter().map(|(name, bytes)| Named { name, bytes }).collect();
        zip(&named, made_on)
    }
}

/// `申请.docx`, or `申请001.docx` where there are many.
fn numbered(name: &str, number: usize, many: bool, ending: &str) -> String {
    if many { format!("{name}{number:03}.{ending}") } else { format!("{name}.{ending}") }
}
