//! What is wrong with persons who are registered in referenced units.

use jiff::civil::Date;
use quanheng_policy::{PersonId, UnitId};
use serde::{Deserialize, Serialize};

use super::{Detector, Issue, Subject};
use crate::finding::text;

/// The kind of slot that a person occupies (编制类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// 参公事业编制
    Referenced,
    /// 工勤编制
    Logistics,
    /// 其他编制
    Other,
}

/// A person who is registered in a referenced unit (参照管理登记人员).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredPerson {
    /// The person.
    pub person: PersonId,
    /// The unit.
    pub unit: UnitId,
    /// What slot the person occupies; none if it is not known.
    pub slot: Option<Slot>,
    /// Whether the person stands outside the headcount (超编).
    pub over_headcount: bool,
    /// Whether the person entered by a legal route (录用、调任、公开遴选…); none if it is not known.
    pub legal_entry: Option<bool>,
    /// When the person entered.
    pub entered_on: Date,
    /// When the unit was approved, if it was.
    pub unit_approved_on: Option<Date>,
}

/// V-RC-2: a logistics slot, outside the headcount, no legal entry, or a unit that was not
/// approved when the person entered. What is not known is found too: a registration must be
/// able to show it.
#[must_use]
pub fn detect_person(facts: &RegisteredPerson) -> Vec<Issue> {
    let approved = facts.unit_approved_on.is_some_and(|day| day <= facts.entered_on);
    let causes = [
        (facts.slot == Some(Slot::Logistics), "logistics_slot", "占用工勤编制"),
        (facts.slot.is_none(), "slot_unknown", "编制类型不明"),
        (facts.over_headcount, "over_headcount", "超出编制"),
        (facts.legal_entry == Some(false), "no_legal_entry", "未经法定方式进入"),
        (facts.legal_entry.is_none(), "entry_unknown", "进入方式不明"),
        (!approved, "unit_not_approved", "进入时所在单位未经批准参照管理"),
    ];
    let found = causes.into_iter().filter(|(wrong, ..)| *wrong);
    found
        .map(|(_, cause, what)| {
            let subject = Subject::Person(facts.person.clone());
            let message = format!("{what},办理了参照管理登记");
            Issue::new(Detector::IrregularPerson, cause, subject, message)
                .fact("unit", text(&facts.unit))
                .fact("entered_on", quanheng_policy::condition::Value::Date(facts.entered_on))
        })
        .collect()
}
