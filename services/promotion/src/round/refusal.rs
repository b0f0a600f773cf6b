//! Why a round refuses.

use quanheng_runtime::Failure;
use quanheng_streams::RoundId;

/// Why a command changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// There is one already under this name.
    #[error("批次已存在")]
    Exists,
    /// A value is missing or doubled.
    #[error("{what}")]
    Invalid {
        /// Where.
        field: &'static str,
        /// What is wrong.
        what: String,
    },
    /// Not in this state.
    #[error("{what}")]
    WrongState {
        /// What the state is.
        what: &'static str,
    },
    /// Another request has the move.
    #[error("预审第 {index} 项已由其他申请选用")]
    MoveTaken {
        /// Which.
        index: usize,
    },
    /// Requests are still under way.
    #[error("本批次有 {open} 件申请在办或已任职,不能撤回")]
    RequestsOpen {
        /// How many.
        open: usize,
    },
    /// No more requests fit into a round.
    #[error("批次申请数超出限额")]
    TooMany {
        /// The bound.
        max: usize,
    },
}

impl Refusal {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Exists => "RESOURCE_EXISTS",
            Self::Invalid { .. } => "INVALID_FIELD",
            Self::WrongState { .. } => "WRONG_STATE",
            Self::MoveTaken { .. } => "MOVE_TAKEN",
            Self::RequestsOpen { .. } => "REQUESTS_OPEN",
            Self::TooMany { .. } => "ROUND_REQUESTS_MAX",
        }
    }

    /// As the failure of a call.
    pub(crate) fn failure(&self, round: &RoundId) -> Failure {
        let name = format!("promotionRounds/{round}");
        match self {
            Self::Exists => Failure::exists(name),
            Self::Invalid { field, what } => Failure::field(*field, what.clone()),
            Self::TooMany { max } => {
                Failure::bound("round_requests_max", *max as u64, *max as u64 + 1)
            }
            Self::MoveTaken { index } => Failure::rule(self.code(), &name, self.to_string())
                .with("round", &name)
                .with("index", index.to_string()),
            Self::RequestsOpen { open } => Failure::rule(self.code(), &name, self.to_string())
                .with("round", &name)
                .with("open", open.to_string()),
            Self::WrongState { .. } => {
                Failure::rule(self.code(), &name, self.to_string()).with("round", &name)
            }
        }
    }
}
