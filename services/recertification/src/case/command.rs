//! What may be asked of a case.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::{ChangeRoute, ReferenceChange};
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::{MaterialStatus, Opinion};
use quanheng_streams::{
    CampaignId, CaseGrounds, Decision, GateRecord, RecertificationId, ReportedChange,
};

/// What a case says.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) change: ReportedChange,
    pub(crate) changes: BTreeSet<ReferenceChange>,
    pub(crate) route: ChangeRoute,
    pub(crate) grounds: CaseGrounds,
    pub(crate) reason: String,
}

/// What may be asked.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// 提出
    Create {
        case: RecertificationId,
        unit: UnitId,
        campaign: Option<CampaignId>,
        asked: Box<Asked>,
        renews: Option<RecertificationId>,
        by: PersonId,
    },
    /// 修改
    Update { asked: Box<Asked>, by: PersonId },
    /// 提交材料
    SubmitMaterials { files: BTreeMap<String, Vec<String>>, by: PersonId },
    /// 审核材料
    ReviewMaterial { code: String, status: MaterialStatus, reason: String, by: PersonId },
    /// 申报
    Submit { by: PersonId },
    /// 反馈补正
    RequestCorrection { text: String, materials: BTreeSet<String>, by: PersonId },
    /// 补正
    AnswerCorrection { answer: String, by: PersonId },
    /// 查阅
    Consult { document: DocumentNumber, title: String, by: PersonId },
    /// 转机构编制部门
    Refer { question: String, by: PersonId },
    /// 答复
    AnswerReferral { answer: String, document: DocumentNumber, by: PersonId },
    /// 部门意见
    RecordOpinion { opinion: Opinion, text: String },
    /// 把关
    PassGate { gate: GateRecord },
    /// 退回
    ReturnGates { from: usize, opinions: bool },
    /// 审批决定
    Decide { decision: Decision },
    /// 登记
    Register { on: Date, by: PersonId },
    /// 报中央备案的期限
    OweCentralFiling { due_on: Date },
    /// 报中央备案
    FileCentrally { document: DocumentNumber, by: PersonId },
    /// 发布先例
    PublishPrecedent { title: String, summary: String, by: PersonId },
    /// 撤回
    Withdraw { reason: String, by: PersonId },
}
