//! 公示 (8.7, 5.6): who is proposed for which rank, for how long, and whom to tell what one
//! knows of it. As a document in the layout of GB/T 9704, and as a list.
//!
//! There is no field for an identity number, and texts that hold one are refused.

mod document;
mod list;
mod wording;

use jiff::civil::Date;
use quanheng_policy::codes::{DocumentNumber, Sex, YearMonth};

pub use document::docx;
pub use list::xlsx;

use crate::bounds::{CANDIDATES_MAX, at_most};
use crate::error::FormError;
use crate::text::holds_identity_number;

/// A person whose promotion is proposed (公示对象).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// 姓名
    pub name: String,
    /// 性别
    pub sex: Sex,
    /// 出生年月
    pub born: YearMonth,
    /// 学历
    pub education: String,
    /// 政治面貌
    pub political_status: String,
    /// 现任职务职级
    pub present: String,
    /// 拟晋升职级
    pub proposed_rank: String,
}

impl Candidate {
    /// All that came from outside.
    fn texts(&self) -> [(&'static str, &str); 5] {
        [
            ("姓名", &self.name),
            ("学历", &self.education),
            ("政治面貌", &self.political_status),
            ("现任职务职级", &self.present),
            ("拟晋升职级", &self.proposed_rank),
        ]
    }
}

/// Whom to tell (受理方式).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// 受理部门
    pub receiver: String,
    /// 联系电话
    pub phone: String,
    /// 通讯地址
    pub address: Option<String>,
    /// 电子邮箱
    pub mail: Option<String>,
}

/// What the notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The unit that gives notice (公示单位).
    pub issuer: String,
    /// The title; left out, the usual one.
    pub title: Option<String>,
    /// The documents that it rests on (文号), if it names any.
    pub basis: Vec<DocumentNumber>,
    /// Who decided whom to propose: `中共样例县示例局党组会议`.
    pub decided_by: String,
    /// The candidates (公示对象), in their order.
    pub candidates: Vec<Candidate>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Working days from the first day to the last (工作日), as the calendar counted them.
    pub working_days: u32,
    /// Whom to tell.
    pub contact: Contact,
    /// The day under the issuer's name (成文日期).
    pub dated: Date,
}

impl Notice {
    /// The title that stands above it.
    #[must_use]
    pub fn heading(&self) -> String {
        self.title.clone().unwrap_or_else(|| wording::usual_title(&self.candidates))
    }

    fn check(&self) -> Result<(), FormError> {
        at_most("CANDIDATES_MAX", self.candidates.len(), CANDIDATES_MAX)?;
        if self.candidates.is_empty() {
            return Err(FormError::Missing { field: "公示对象" });
        }
        if self.to < self.from {
            return Err(FormError::Period { field: "公示时间" });
        }
        if self.basis.iter().any(|number| holds_identity_number(&number.to_string())) {
            return Err(FormError::IdentityNumber { field: "文号" });
        }
        match self.texts().into_iter().find(|(_, text)| holds_identity_number(text)) {
            Some((field, _)) => Err(FormError::IdentityNumber { field }),
            None => Ok(()),
        }
    }

    /// All that came from outside.
    fn texts(&self) -> Vec<(&'static str, &str)> {
        let contact = &self.contact;
        let own = [
            ("公示单位", self.issuer.as_str()),
            ("标题", self.title.as_deref().unwrap_or("")),
            ("研究决定", self.decided_by.as_str()),
            ("受理部门", contact.receiver.as_str()),
            ("联系电话", contact.phone.as_str()),
            ("通讯地址", contact.address.as_deref().unwrap_or("")),
            ("电子邮箱", contact.mail.as_deref().unwrap_or("")),
        ];
        own.into_iter().chain(self.candidates.iter().flat_map(Candidate::texts)).collect()
    }
}
