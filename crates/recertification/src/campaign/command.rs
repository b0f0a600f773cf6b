//! What may be asked of a campaign.

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;

use super::{Override, Phase};

/// What may be asked of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// 部署
    Open {
        /// The notice.
        document: DocumentNumber,
        /// The day whose counts are those before the reform.
        baseline_on: Date,
    },
    /// 开始摸底
    OpenSurvey,
    /// 截止摸底
    CloseSurvey,
    /// 省级批准提前开放市县申报
    OverrideGate(Override),
    /// 开放申报
    OpenPhase(Phase),
    /// 停止受理
    EndIntake(Phase),
    /// 结束阶段
    ClosePhase {
        /// Which.
        phase: Phase,
        /// Its cases that are not decided.
        open_cases: u64,
    },
    /// 结束
    Close,
}
