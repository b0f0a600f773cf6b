//! A person as the register knows one, and how the person stood on a day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use quanheng_policy::{CategoryId, PersonId, UnitId};
use serde::{Deserialize, Serialize};

use super::facts::PersonFacts;
use super::spell::{LeaveReason, PostSpell, RankSpell, Secondment, SlotKind, SlotSpell};
use crate::id::{FactId, SpellId};
use crate::sealed::Sealed;

/// Whether a person is in service (人员管理状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStatus {
    /// 尚未登记
    NotYet,
    /// 在职
    InService,
    /// 已退休
    Retired,
    /// 已离职 (resigned, dismissed, expelled, no longer under reference management)
    LeftService,
    /// 已故
    Deceased,
    /// 已调出
    TransferredOut,
}

labelled! {
    ServiceStatus {
        NotYet: "尚未登记",
        InService: "在职",
        Retired: "已退休",
        LeftService: "已离职",
        Deceased: "已故",
        TransferredOut: "已调出",
    }
}

impl From<LeaveReason> for ServiceStatus {
    fn from(reason: LeaveReason) -> Self {
        match reason {
            LeaveReason::Retirement | LeaveReason::EarlyRetirement => Self::Retired,
            LeaveReason::Death => Self::Deceased,
            LeaveReason::TransferOut => Self::TransferredOut,
            LeaveReason::Resignation
            | LeaveReason::Dismissal
            | LeaveReason::Expulsion
            | LeaveReason::LeftReferenceManagement
            | LeaveReason::Other => Self::LeftService,
        }
    }
}

/// A time in service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// From when the register knows it.
    pub from: Date,
    /// The first day out of service, and why.
    pub left: Option<(Date, LeaveReason)>,
    /// The intervals that ended with it.
    pub closed: Vec<SpellId>,
}

/// What kind of interval a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpellKind {
    /// 编制
    Slot,
    /// 职务
    Post,
    /// 职级
    Rank,
    /// 挂职
    Secondment,
}

/// What kind of sealed fact a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// 奖励
    Commendation,
    /// 处分、诫勉、组织处理
    Sanction,
    /// 立案审查调查
    Investigation,
    /// 亲属
    Relative,
}

labelled! {
    FactKind {
        Commendation: "奖励",
        Sanction: "处分",
        Investigation: "立案审查调查",
        Relative: "亲属",
    }
}

/// A sealed fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What is held.
    pub sealed: Sealed,
    /// Lifted, closed, withdrawn.
    pub closed: bool,
}

/// That what was held about a person was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// By whose order.
    pub ordered_by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub on: Date,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The person's name in the register.
    pub person: PersonId,
    /// How many events made this state.
    pub version: u64,
    /// Who the person is; none once it was erased.
    pub private: Option<Sealed>,
    /// What is known openly.
    pub facts: PersonFacts,
    /// Times in service, by date.
    pub service: Vec<Service>,
    /// Slots.
    pub slots: BTreeMap<SpellId, SlotSpell>,
    /// Posts.
    pub posts: BTreeMap<SpellId, PostSpell>,
    /// Ranks.
    pub ranks: BTreeMap<SpellId, RankSpell>,
    /// Secondments.
    pub secondments: BTreeMap<SpellId, Secondment>,
    /// 期初: as of which day it was recorded.
    pub opened_on: Option<Date>,
    /// Annual assessments by year.
    pub assessments: BTreeMap<i16, Sealed>,
    /// Other sealed facts.
    pub held: BTreeMap<FactKind, BTreeMap<FactId, Held>>,
    /// Whether what was held was erased.
    pub erased: Option<Erasure>,
}

/// How a person stood on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonOn<'a> {
    /// Whether in service.
    pub status: ServiceStatus,
    /// The slot, while in service.
    pub slot: Option<(&'a SpellId, &'a SlotSpell)>,
    /// The posts held.
    pub posts: Vec<(&'a SpellId, &'a PostSpell)>,
    /// The ranks held, at most one of a category.
    pub ranks: Vec<(&'a SpellId, &'a RankSpell)>,
    /// The secondments.
    pub secondments: Vec<(&'a SpellId, &'a Secondment)>,
}

impl<'a> PersonOn<'a> {
    /// The unit that holds the slot.
    #[must_use]
    pub fn unit(&self) -> Option<&'a UnitId> {
        self.slot.map(|(_, slot)| &slot.unit)
    }

    /// The kind of slot.
    #[must_use]
    pub fn slot_kind(&self) -> Option<SlotKind> {
        self.slot.map(|(_, slot)| slot.slot)
    }

    /// The rank in a category.
    #[must_use]
    pub fn rank(&self, category: &CategoryId) -> Option<&'a RankSpell> {
        self.ranks.iter().find(|(_, rank)| rank.category == *category).map(|(_, rank)| *rank)
    }

    /// The main leadership post (not one held beside it).
    #[must_use]
    pub fn main_post(&self) -> Option<&'a PostSpell> {
        self.posts.iter().map(|(_, post)| *post).find(|post| post.is_main_leadership())
    }
}

/// Whether a day lies in an interval.
pub(super) fn within(from: Date, to: Option<Date>, on: Date) -> bool {
    from <= on && to.is_none_or(|to| on < to)
}

impl Person {
    /// Whether in service on a day.
    #[must_use]
    pub fn status(&self, on: Date) -> ServiceStatus {
        let last = self.service.iter().rev().find(|service| service.from <= on);
        match last.map(|service| service.left) {
            None => ServiceStatus::NotYet,
            Some(Some((left_on, reason))) if left_on <= on => reason.into(),
            Some(_) => ServiceStatus::InService,
        }
    }

    /// The slot on a day, while in service: the last that began.
    #[must_use]
    pub fn slot_on(&self, on: Date) -> Option<(&SpellId, &SlotSpell)> {
        if self.status(on) != ServiceStatus::InService {
            return None;
        }
        let begun = self.slots.iter().filter(|(_, slot)| slot.from <= on);
        begun.max_by_key(|(_, slot)| slot.from)
    }

    /// How the person stood on a day.
    #[must_use]
    pub fn as_of(&self, on: Date) -> PersonOn<'_> {
        let posts = self.posts.iter().filter(|(_, post)| within(post.from, post.to, on));
        let ranks = self.ranks.iter().filter(|(_, rank)| within(rank.from, rank.to, on));
        let away = self.secondments.iter().filter(|(_, away)| within(away.from, away.to, on));
        PersonOn {
            status: self.status(on),
            slot: self.slot_on(on),
            posts: posts.collect(),
            ranks: ranks.collect(),
            secondments: away.collect(),
        }
    }

    /// What kind of interval a name stands for; none if there is none.
    #[must_use]
    pub fn spell(&self, id: &SpellId) -> Option<SpellKind> {
        match () {
            () if self.slots.contains_key(id) => Some(SpellKind::Slot),
            () if self.posts.contains_key(id) => Some(SpellKind::Post),
            () if self.ranks.contains_key(id) => Some(SpellKind::Rank),
            () if self.secondments.contains_key(id) => Some(SpellKind::Secondment),
            () => None,
        }
    }

    /// A sealed fact.
    #[must_use]
    pub fn fact(&self, kind: FactKind, id: &FactId) -> Option<&Held> {
        self.held.get(&kind)?.get(id)
    }
}
