//! Why nothing changes (不予办理的原因).

use crate::finding::Finding;

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub enum Refusal {
    /// A value is missing, empty or doubled: mend it.
    #[error("{what}")]
    Invalid { field: &'static str, what: String },
    /// There is one already under this name.
    #[error("{what}已存在")]
    Exists { what: String },
    /// There is none under this name.
    #[error("未找到{what}")]
    NotFound { what: String },
    /// Not in this state.
    #[error("{what}")]
    WrongState { what: String },
    /// Cases of the phase are not decided: decide them first.
    #[error("{phase}尚有 {open_cases} 件未办结,不能结束")]
    CasesOpen { phase: &'static str, open_cases: u64 },
    /// A rule is not met: the finding says why.
    #[error("{}", .0.message)]
    Rule(Box<Finding>),
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "INVALID_FIELD",
            Self::Exists { .. } => "RESOURCE_EXISTS",
            Self::NotFound { .. } => "RESOURCE_NOT_FOUND",
            Self::WrongState { .. } => "WRONG_STATE",
            Self::CasesOpen { .. } => "CASES_OPEN",
            Self::Rule(finding) => finding.reason.map_or("WRONG_STATE", |reason| reason.code()),
        }
    }

    pub(crate) fn invalid(field: &'static str, what: &str) -> Self {
        Self::Invalid { field, what: what.to_owned() }
    }

    pub(crate) fn state(what: impl Into<String>) -> Self {
        Self::WrongState { what: what.into() }
    }
}
