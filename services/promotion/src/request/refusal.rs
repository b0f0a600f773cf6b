//! Why a request refuses.

use quanheng_register::id::FactId;
use quanheng_runtime::Failure;
use quanheng_streams::RequestId;

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// There is one already under this name.
    #[error("申请已存在")]
    Exists,
    /// A value is missing, or does not fit the others.
    #[error("{what}")]
    Invalid {
        /// Where.
        field: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// Not in this state.
    #[error("{what}")]
    WrongState {
        /// What the state is.
        what: &'static str,
    },
    /// A report is not resolved.
    #[error("尚有 {count} 件反映未核实")]
    FeedbackUnresolved {
        /// How many.
        count: usize,
    },
    /// There is no such report, or it is resolved.
    #[error("反映 {feedback} 不存在或已核实")]
    NoSuchFeedback {
        /// Which.
        feedback: FactId,
    },
}

impl Refusal {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Exists => "RESOURCE_EXISTS",
            Self::Invalid { .. } => "INVALID_FIELD",
            Self::WrongState { .. } | Self::NoSuchFeedback { .. } => "WRONG_STATE",
            Self::FeedbackUnresolved { .. } => "FEEDBACK_UNRESOLVED",
        }
    }

    /// As the failure of a call.
    pub(crate) fn failure(&self, request: &RequestId) -> Failure {
        let name = format!("promotionRequests/{request}");
        match self {
            Self::Exists => Failure::exists(name),
            Self::Invalid { field, what } => Failure::field(*field, *what),
            _ => {
                let failure = Failure::rule(self.code(), &name, self.to_string());
                failure.with("request", name)
            }
        }
    }
}
