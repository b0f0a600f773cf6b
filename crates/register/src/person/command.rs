//! What may be asked of a person.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DocumentNumber;

use super::event::SpellFix;
use super::facts::{EntryWay, PersonFacts, PersonPatch};
use super::spell::{
    LeaveReason, MoveWay, PostLeaveReason, PostSpell, RankLeaveReason, RankSpell, Secondment,
    SlotSpell,
};
use super::state::FactKind;
use crate::id::{FactId, SpellId};
use crate::sealed::Sealed;

/// What may be asked of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the events, explained there")]
pub enum Command {
    /// 登记
    Register {
        person: PersonId,
        private: Sealed,
        spell: SpellId,
        slot: SlotSpell,
        facts: PersonFacts,
    },
    /// 期初, once.
    RecordOpening {
        cut_over: Date,
        posts: BTreeMap<SpellId, PostSpell>,
        ranks: BTreeMap<SpellId, RankSpell>,
        changes: PersonPatch,
    },
    /// 基本信息变更
    Update { changes: PersonPatch, private: Option<Sealed> },
    /// 转任、调动
    MoveSlot { spell: SpellId, slot: SlotSpell, way: MoveWay },
    /// 任职
    TakePost { spell: SpellId, post: PostSpell },
    /// 免职
    LeavePost { spell: SpellId, on: Date, reason: PostLeaveReason, document: DocumentNumber },
    /// 任职级. An open rank of the category ends with it.
    TakeRank { spell: SpellId, rank: RankSpell },
    /// 免职级
    LeaveRank { spell: SpellId, on: Date, reason: RankLeaveReason, document: DocumentNumber },
    /// 挂职
    StartSecondment { spell: SpellId, secondment: Secondment },
    /// 挂职期满
    EndSecondment { spell: SpellId, on: Date },
    /// 更正 of an interval.
    CorrectSpell { spell: SpellId, fix: SpellFix, reason: String, document: Option<DocumentNumber> },
    /// 离开公务员队伍: open intervals end with it.
    LeaveService { reason: LeaveReason, on: Date, document: Option<DocumentNumber> },
    /// 更正: the person did not leave.
    Reinstate { reason: String, document: Option<DocumentNumber> },
    /// 重新进入
    Rejoin { spell: SpellId, slot: SlotSpell, entry: EntryWay },
    /// 年度考核
    RecordAssessment { year: i16, sealed: Sealed, corrects: bool },
    /// 奖励
    RecordCommendation { commendation: FactId, sealed: Sealed },
    /// 处分、诫勉、组织处理
    RecordSanction { sanction: FactId, sealed: Sealed },
    /// 解除
    LiftSanction { sanction: FactId, sealed: Sealed },
    /// 立案审查调查
    OpenInvestigation { investigation: FactId, sealed: Sealed },
    /// 结案
    CloseInvestigation { investigation: FactId, sealed: Sealed },
    /// 报告亲属
    DeclareRelative { relative: FactId, sealed: Sealed },
    /// 亲属关系解除
    WithdrawRelative { relative: FactId },
    /// 更正 of a sealed fact.
    CorrectFact { kind: FactKind, fact: FactId, sealed: Option<Sealed>, reason: String },
    /// 删除
    Erase { ordered_by: String, reason: String },
}
