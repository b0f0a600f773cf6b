//! What happens to a case (重新认定、备案、退出事项), beside its way through its flow.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use quanheng_policy::codes::DocumentNumber;
use quanheng_policy::profile::{ChangeRoute, GateAct, GateBody, ReferenceChange};
use quanheng_policy::{PersonId, UnitId};
use quanheng_recertification::{
    DutyDocument, LegalBasis, Material, MaterialStatus, Opinion, PaySource,
};
use quanheng_register::unit::{ChangeKind, Establishment, UnitProfile};
use serde::{Deserialize, Serialize};

use super::{CampaignId, RecertificationId, TransitionId};
use crate::entity::Entity;

/// A unit of a reported change (变动单位).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedUnit {
    /// The unit.
    pub unit: UnitId,
    /// What it was; none if it did not exist.
    pub before: Option<Box<UnitProfile>>,
    /// What it becomes; none if it ends.
    pub after: Option<Box<UnitProfile>>,
    /// 职能是否调整, as declared.
    pub functions_changed: Option<bool>,
}

/// A change as it was reported (机构变动).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedChange {
    /// As the register has it.
    pub kind: ChangeKind,
    /// 变动前单位
    pub predecessors: Vec<ReportedUnit>,
    /// 承接单位
    pub successors: Vec<ReportedUnit>,
    /// 变动文号
    pub documents: Vec<DocumentNumber>,
    /// 生效日期
    pub effective_on: Date,
}

/// What the conditions are asked about (认定条件所涉事实). Where the unit is, the change says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseGrounds {
    /// 授权依据
    pub bases: Vec<LegalBasis>,
    /// 主要职责文件
    pub duties: Vec<DutyDocument>,
    /// 编制 after the change; none if it is not known.
    pub establishment: Option<Establishment>,
    /// 工资福利来源; none if it is not certified.
    pub pay: Option<PaySource>,
}

/// A round of feedback (反馈补正).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// 反馈意见
    pub text: String,
    /// Codes of materials that are asked for.
    pub materials: BTreeSet<String>,
    /// Who asked.
    pub by: PersonId,
    /// When.
    pub on: Date,
    /// 补正说明, and when.
    pub answered: Option<(String, Date)>,
}

/// A document that a reviewer looked up (查阅编制文件).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consulted {
    /// 文号
    pub document: DocumentNumber,
    /// 标题
    pub title: String,
    /// Who.
    pub by: PersonId,
    /// When.
    pub on: Date,
}

/// A question to the establishment office (转机构编制部门).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalReferral {
    /// 问题
    pub question: String,
    /// When.
    pub on: Date,
    /// 答复, its document and when; none: the clock stands still.
    pub answered: Option<(String, DocumentNumber, Date)>,
}

/// A gate of the chain that was passed (把关记录). Returning to before it takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRecord {
    /// What was done.
    pub act: GateAct,
    /// By whom, as policy names the body.
    pub body: GateBody,
    /// 同意
    pub favourable: bool,
    /// The person.
    pub by: PersonId,
    /// When.
    pub on: Date,
    /// 意见
    pub opinion: String,
    /// 会议纪要文号
    pub minutes: String,
}

/// How it was decided (审批决定).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 予以认定
    Approved,
    /// 不予认定
    Denied,
    /// 批准退出
    ExitApproved,
    /// 准予备案
    Filed,
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What it is.
    pub verdict: Verdict,
    /// 批准文号; may be missing of a denial.
    pub document: Option<DocumentNumber>,
    /// 会议纪要文号
    pub minutes: String,
    /// When.
    pub on: Date,
    /// Codes of the rules by which it was denied.
    pub reasons: Vec<String>,
}

/// A decision that later reviewers may look at (先例).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precedent {
    /// 标题
    pub title: String,
    /// 要旨
    pub summary: String,
    /// When.
    pub on: Date,
}

/// What happens to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields bear the words of the state, explained there")]
pub enum RecertificationEvent {
    /// 提出
    CaseCreated {
        case: RecertificationId,
        unit: UnitId,
        campaign: Option<CampaignId>,
        change: Box<ReportedChange>,
        changes: BTreeSet<ReferenceChange>,
        route: ChangeRoute,
        grounds: Box<CaseGrounds>,
        reason: String,
        renews: Option<RecertificationId>,
        by: PersonId,
        on: Date,
    },
    /// 修改
    CaseUpdated {
        change: Box<ReportedChange>,
        changes: BTreeSet<ReferenceChange>,
        route: ChangeRoute,
        grounds: Box<CaseGrounds>,
        reason: String,
        by: PersonId,
        on: Date,
    },
    /// 提交材料
    MaterialsSubmitted { files: BTreeMap<String, Vec<String>>, by: PersonId, on: Date },
    /// 审核材料
    MaterialReviewed {
        code: String,
        status: MaterialStatus,
        reason: String,
        by: PersonId,
        on: Date,
    },
    /// 申报
    CaseSubmitted { by: PersonId, on: Date },
    /// 反馈补正
    CorrectionRequested { text: String, materials: BTreeSet<String>, by: PersonId, on: Date },
    /// 补正
    CorrectionAnswered { answer: String, by: PersonId, on: Date },
    /// 查阅
    DocumentConsulted { consulted: Consulted },
    /// 转机构编制部门
    CaseReferred { question: String, by: PersonId, on: Date },
    /// 答复
    ReferralAnswered { answer: String, document: DocumentNumber, by: PersonId, on: Date },
    /// 部门意见
    OpinionRecorded { opinion: Opinion, text: String, on: Date },
    /// 把关
    GatePassed { gate: GateRecord },
    /// 退回: gates from this one on, and the opinions of the joint review if it is asked anew, are
    /// to be had again.
    GatesReturned { from: usize, opinions: bool, on: Date },
    /// 审批决定
    CaseDecided { decision: Decision },
    /// 登记
    UnitEnteredRegister { by: PersonId, on: Date },
    /// 报中央备案, due
    CentralFilingDue { due_on: Date },
    /// 报中央备案
    CentrallyFiled { document: DocumentNumber, by: PersonId, on: Date },
    /// 过渡方案
    TransitionBound { transition: TransitionId },
    /// 先例
    PrecedentPublished { precedent: Precedent, by: PersonId },
    /// 撤回
    CaseWithdrawn { reason: String, by: PersonId, on: Date },
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecertificationState {
    /// Its name.
    pub case: RecertificationId,
    /// 申报单位
    pub unit: UnitId,
    /// The campaign; none: day-to-day management.
    pub campaign: Option<CampaignId>,
    /// The change.
    pub change: ReportedChange,
    /// What kinds of change it is for the unit.
    pub changes: BTreeSet<ReferenceChange>,
    /// 办理方式
    pub route: ChangeRoute,
    /// 认定条件所涉事实
    pub grounds: CaseGrounds,
    /// 申请事由
    pub reason: String,
    /// The denied case that this one applies anew after.
    pub renews: Option<RecertificationId>,
    /// 材料, by code.
    pub materials: BTreeMap<String, Material>,
    /// 申报日期
    pub submitted_on: Option<Date>,
    /// 反馈补正
    pub corrections: Vec<Correction>,
    /// 查阅文件
    pub consulted: Vec<Consulted>,
    /// 转机构编制部门
    pub referrals: Vec<ExternalReferral>,
    /// 部门意见
    pub opinions: Vec<Opinion>,
    /// What departments said, and when, by department.
    pub opinion_notes: BTreeMap<String, (String, Date)>,
    /// 把关记录
    pub gates: Vec<GateRecord>,
    /// 审批决定
    pub decision: Option<Decision>,
    /// 登记日期
    pub registered_on: Option<Date>,
    /// 报中央备案: by when.
    pub central_filing_due: Option<Date>,
    /// 报中央备案: when, and its number.
    pub centrally_filed: Option<(Date, DocumentNumber)>,
    /// 过渡方案
    pub transition: Option<TransitionId>,
    /// 先例
    pub precedent: Option<Precedent>,
    /// 撤回
    pub withdrawn: Option<String>,
    /// Who brought it.
    pub created_by: PersonId,
    /// When.
    pub created_on: Date,
}

/// Cases (重新认定、备案、退出事项).
pub struct Recertifications;

impl Entity for Recertifications {
    const AREA: &'static str = "recertification";
    const FORM: &'static str = "case.1";
    type Event = RecertificationEvent;
    type State = Option<RecertificationState>;

    fn evolve(state: &mut Option<RecertificationState>, event: &RecertificationEvent) {
        use RecertificationEvent as E;
        match (&mut *state, event) {
            (None, E::CaseCreated { .. }) => *state = created(event),
            (Some(case), event) => case.take(event),
            (None, _) => {}
        }
    }
}

fn created(event: &RecertificationEvent) -> Option<RecertificationState> {
    let RecertificationEvent::CaseCreated {
        case,
        unit,
        campaign,
        change,
        changes,
        route,
        grounds,
        reason,
        renews,
        by,
        on,
    } = event
    else {
        return None;
    };
    Some(RecertificationState {
        case: case.clone(),
        unit: unit.clone(),
        campaign: campaign.clone(),
        change: (**change).clone(),
        changes: changes.clone(),
        route: *route,
        grounds: (**grounds).clone(),
        reason: reason.clone(),
        renews: renews.clone(),
        materials: BTreeMap::new(),
        submitted_on: None,
        corrections: Vec::new(),
        consulted: Vec::new(),
        referrals: Vec::new(),
        opinions: Vec::new(),
        opinion_notes: BTreeMap::new(),
        gates: Vec::new(),
        decision: None,
        registered_on: None,
        central_filing_due: None,
        centrally_filed: None,
        transition: None,
        precedent: None,
        withdrawn: None,
        created_by: by.clone(),
        created_on: *on,
    })
}

impl RecertificationState {
    fn take(&mut self, event: &RecertificationEvent) {
        use RecertificationEvent as E;
        match event {
            E::CaseCreated { .. } => {}
            E::CaseUpdated { change, changes, route, grounds, reason, .. } => {
                self.change = (**change).clone();
                self.changes = changes.clone();
                self.route = *route;
                self.grounds = (**grounds).clone();
                self.reason = reason.clone();
            }
            E::MaterialsSubmitted { files, .. } => {
                for (code, files) in files {
                    let material = Material {
                        code: code.clone(),
                        files: files.clone(),
                        status: MaterialStatus::Received,
                        reviewer: None,
                        reason: String::new(),
                    };
                    self.materials.insert(code.clone(), material);
                }
            }
            E::MaterialReviewed { code, status, reason, by, .. } => {
                if let Some(material) = self.materials.get_mut(code) {
                    material.status = *status;
                    material.reviewer = Some(by.clone());
                    material.reason = reason.clone();
                }
            }
            E::CaseSubmitted { on, .. } => self.submitted_on = Some(*on),
            E::CorrectionRequested { text, materials, by, on } => {
                self.corrections.push(Correction {
                    text: text.clone(),
                    materials: materials.clone(),
                    by: by.clone(),
                    on: *on,
                    answered: None,
                });
            }
            E::CorrectionAnswered { answer, on, .. } => {
                if let Some(last) = self.corrections.last_mut() {
                    last.answered = Some((answer.clone(), *on));
                }
            }
            E::DocumentConsulted { consulted } => self.consulted.push(consulted.clone()),
            E::CaseReferred { question, on, .. } => {
                let question = question.clone();
                self.referrals.push(ExternalReferral { question, on: *on, answered: None });
            }
            E::ReferralAnswered { answer, document, on, .. } => {
                if let Some(last) = self.referrals.last_mut() {
                    last.answered = Some((answer.clone(), document.clone(), *on));
                }
            }
            E::OpinionRecorded { opinion, text, on } => {
                self.opinion_notes.insert(opinion.department.clone(), (text.clone(), *on));
                self.opinions.retain(|one| one.department != opinion.department);
                self.opinions.push(opinion.clone());
            }
            E::GatePassed { gate } => self.gates.push(gate.clone()),
            E::GatesReturned { from, opinions, .. } => {
                self.gates.truncate(*from);
                if *opinions {
                    self.opinions.clear();
                    self.opinion_notes.clear();
                }
            }
            E::CaseDecided { decision } => self.decision = Some(decision.clone()),
            E::UnitEnteredRegister { on, .. } => self.registered_on = Some(*on),
            E::CentralFilingDue { due_on } => self.central_filing_due = Some(*due_on),
            E::CentrallyFiled { document, on, .. } => {
                self.centrally_filed = Some((*on, document.clone()));
            }
            E::TransitionBound { transition } => self.transition = Some(transition.clone()),
            E::PrecedentPublished { precedent, .. } => self.precedent = Some(precedent.clone()),
            E::CaseWithdrawn { reason, .. } => self.withdrawn = Some(reason.clone()),
        }
    }
}
