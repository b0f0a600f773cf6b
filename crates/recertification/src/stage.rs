//! The stages of a case (案件环节, §6.7): from which to which it may go on each route.

use quanheng_policy::profile::{ChangeRoute, GateAct};
use serde::{Deserialize, Serialize};

use crate::authority::Chain;

/// A stage of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStage {
    /// 草稿
    Draft,
    /// 已申报
    Submitted,
    /// 齐全性审查
    CompletenessCheck,
    /// 反馈补正
    CorrectionRequested,
    /// 联合审核
    JointReview,
    /// 商请编办重新厘清职能
    Referral,
    /// 工作专班结论
    TaskForceConclusion,
    /// 同级公务员主管部门沟通汇报
    AuthorityReport,
    /// 审批
    Approval,
    /// 予以认定并登记
    Registered,
    /// 已报中央备案
    CentralFiled,
    /// 已备案
    Filed,
    /// 不予认定
    Denied,
    /// 批准退出
    ExitApproved,
    /// 过渡安排
    TransitionPlan,
    /// 过渡办结
    TransitionClosed,
}

impl CaseStage {
    /// All stages.
    pub const ALL: &'static [Self] = &[
        Self::Draft,
        Self::Submitted,
        Self::CompletenessCheck,
        Self::CorrectionRequested,
        Self::JointReview,
        Self::Referral,
        Self::TaskForceConclusion,
        Self::AuthorityReport,
        Self::Approval,
        Self::Registered,
        Self::CentralFiled,
        Self::Filed,
        Self::Denied,
        Self::ExitApproved,
        Self::TransitionPlan,
        Self::TransitionClosed,
    ];

    /// Its name in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Submitted => "已申报",
            Self::CompletenessCheck => "齐全性审查",
            Self::CorrectionRequested => "反馈补正",
            Self::JointReview => "联合审核",
            Self::Referral => "商请编办重新厘清职能",
            Self::TaskForceConclusion => "工作专班结论",
            Self::AuthorityReport => "沟通汇报",
            Self::Approval => "审批",
            Self::Registered => "予以认定",
            Self::CentralFiled => "已报中央备案",
            Self::Filed => "已备案",
            Self::Denied => "不予认定",
            Self::ExitApproved => "批准退出",
            Self::TransitionPlan => "过渡安排",
            Self::TransitionClosed => "过渡办结",
        }
    }

    /// Where it may go on a route, on the way that the applicant's chain goes: what the chain
    /// has no gate for is no stage of the case. What was decided is not decided again: after a
    /// denial only a new application helps.
    #[must_use]
    pub fn next(self, route: ChangeRoute, chain: &Chain) -> Vec<Self> {
        let mut found = match self {
            Self::Draft => vec![Self::Submitted],
            Self::Submitted | Self::CorrectionRequested => vec![Self::CompletenessCheck],
            Self::CompletenessCheck => vec![Self::CorrectionRequested, Self::JointReview],
            Self::JointReview => vec![Self::Referral],
            Self::Referral => vec![Self::JointReview],
            Self::Approval => match route {
                ChangeRoute::Recertify => vec![Self::Registered, Self::Denied],
                ChangeRoute::Filing => vec![Self::Filed],
                ChangeRoute::Exit => vec![Self::ExitApproved],
            },
            Self::Registered if chain.central_filing => vec![Self::CentralFiled],
            Self::Denied | Self::ExitApproved => vec![Self::TransitionPlan],
            Self::TransitionPlan => vec![Self::TransitionClosed],
            _ => Vec::new(),
        };
        found.extend(self.neighbours(chain));
        found
    }

    /// Between the joint review and the approval: the stage that follows, and the one before,
    /// to which every gate may return the case (层层把关).
    fn neighbours(self, chain: &Chain) -> Vec<Self> {
        let has = |act| !chain.bodies(act).is_empty();
        let way: Vec<Self> = [
            (true, Self::JointReview),
            (has(GateAct::Conclude), Self::TaskForceConclusion),
            (has(GateAct::Report), Self::AuthorityReport),
            (true, Self::Approval),
        ]
        .into_iter()
        .filter_map(|(there, stage)| there.then_some(stage))
        .collect();
        let Some(at) = way.iter().position(|stage| *stage == self) else { return Vec::new() };
        let before = at.checked_sub(1);
        [Some(at + 1), before].into_iter().flatten().filter_map(|at| way.get(at)).copied().collect()
    }

    /// Whether the case's deadlines stand still (办理时限暂停).
    #[must_use]
    pub fn clock_paused(self) -> bool {
        self == Self::Referral
    }

    /// Whether the case is decided (已有结论).
    #[must_use]
    pub fn decided(self) -> bool {
        self >= Self::Registered
    }
}
