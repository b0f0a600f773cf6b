//! What happened to a person.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::PersonId;
use quanheng_policy::codes::DocumentNumber;
use serde::{Deserialize, Serialize};

use super::facts::{EntryWay, PersonFacts, PersonPatch};
use super::fix::{PostFix, RankFix, SecondmentFix, SlotFix};
use super::spell::{
    LeaveReason, MoveWay, PostLeaveReason, PostSpell, RankLeaveReason, RankSpell, Secondment,
    SlotSpell,
};
use super::state::FactKind;
use crate::id::{FactId, SpellId};
use crate::sealed::Sealed;

/// How an interval is put right (更正).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpellFix {
    /// One in a slot.
    Slot(SlotFix),
    /// One in a post.
    Post(PostFix),
    /// One in a rank.
    Rank(RankFix),
    /// A secondment.
    Secondment(SecondmentFix),
    /// It never was.
    Voided,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(missing_docs, reason = "fields of one meaning throughout, explained here")]
// `spell`: the interval's name. `sealed`: what is held, under the person's key. `on`: the
// first day on which it is so. `document`: on which it rests, where known.
pub enum Event {
    /// 登记
    PersonRegistered {
        person: PersonId,
        private: Sealed,
        spell: SpellId,
        slot: SlotSpell,
        facts: PersonFacts,
    },
    /// 期初: what held at cut-over.
    OpeningFactsRecorded {
        cut_over: Date,
        posts: BTreeMap<SpellId, PostSpell>,
        ranks: BTreeMap<SpellId, RankSpell>,
        changes: PersonPatch,
    },
    /// 基本信息变更
    PersonUpdated { changes: PersonPatch, private: Option<Sealed> },
    /// 转任、调动: the slot moves.
    SlotMoved { spell: SpellId, slot: SlotSpell, way: MoveWay },
    /// 任职
    PostTaken { spell: SpellId, post: PostSpell },
    /// 免职
    PostLeft { spell: SpellId, on: Date, reason: PostLeaveReason, document: Option<DocumentNumber> },
    /// 任职级
    RankTaken { spell: SpellId, rank: RankSpell },
    /// 免职级
    RankLeft { spell: SpellId, on: Date, reason: RankLeaveReason, document: Option<DocumentNumber> },
    /// 挂职
    SecondmentStarted { spell: SpellId, secondment: Secondment },
    /// 挂职期满
    SecondmentEnded { spell: SpellId, on: Date },
    /// 更正 of an interval.
    SpellCorrected {
        spell: SpellId,
        fix: SpellFix,
        reason: String,
        document: Option<DocumentNumber>,
    },
    /// 离开公务员队伍. `closed`: the intervals that ended with it, each by an event before.
    LeftService {
        reason: LeaveReason,
        on: Date,
        closed: Vec<SpellId>,
        document: Option<DocumentNumber>,
    },
    /// 更正: the person did not leave. `reopened`: the intervals that go on.
    Reinstated { reason: String, reopened: Vec<SpellId>, document: Option<DocumentNumber> },
    /// 重新进入
    PersonRejoined { spell: SpellId, slot: SlotSpell, entry: EntryWay },
    /// 年度考核. `corrects`: instead of what was recorded for the year.
    AssessmentRecorded { year: i16, sealed: Sealed, corrects: bool },
    /// 奖励
    CommendationRecorded { commendation: FactId, sealed: Sealed },
    /// 处分、诫勉、组织处理
    SanctionRecorded { sanction: FactId, sealed: Sealed },
    /// 解除
    SanctionLifted { sanction: FactId, sealed: Sealed },
    /// 立案审查调查
    InvestigationOpened { investigation: FactId, sealed: Sealed },
    /// 结案
    InvestigationClosed { investigation: FactId, sealed: Sealed },
    /// 报告亲属
    RelativeDeclared { relative: FactId, sealed: Sealed },
    /// 亲属关系解除
    RelativeWithdrawn { relative: FactId },
    /// 更正 of a sealed fact; without a text it never was.
    FactCorrected { kind: FactKind, fact: FactId, sealed: Option<Sealed>, reason: String },
    /// 删除: the person's key is destroyed.
    PersonErased { ordered_by: String, reason: String, on: Date },
}

impl Event {
    /// Its name in snake case.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PersonRegistered { .. } => "person_registered",
            Self::OpeningFactsRecorded { .. } => "opening_facts_recorded",
            Self::PersonUpdated { .. } => "person_updated",
            Self::SlotMoved { .. } => "slot_moved",
            Self::PostTaken { .. } => "post_taken",
            Self::PostLeft { .. } => "post_left",
            Self::RankTaken { .. } => "rank_taken",
            Self::RankLeft { .. } => "rank_left",
            Self::SecondmentStarted { .. } => "secondment_started",
            Self::SecondmentEnded { .. } => "secondment_ended",
            Self::SpellCorrected { .. } => "spell_corrected",
            Self::LeftService { .. } => "left_service",
            Self::Reinstated { .. } => "reinstated",
            Self::PersonRejoined { .. } => "person_rejoined",
            Self::AssessmentRecorded { .. } => "assessment_recorded",
            Self::CommendationRecorded { .. } => "commendation_recorded",
            Self::SanctionRecorded { .. } => "sanction_recorded",
            Self::SanctionLifted { .. } => "sanction_lifted",
            Self::InvestigationOpened { .. } => "investigation_opened",
            Self::InvestigationClosed { .. } => "investigation_closed",
            Self::RelativeDeclared { .. } => "relative_declared",
            Self::RelativeWithdrawn { .. } => "relative_withdrawn",
            Self::FactCorrected { .. } => "fact_corrected",
            Self::PersonErased { .. } => "person_erased",
        }
    }
}
