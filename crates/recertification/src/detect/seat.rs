//! What is wrong with seats of referenced units, as the ledger's facts say.

use jiff::civil::Date;
use quanheng_policy::class::Tier;
use quanheng_policy::condition::Value;
use quanheng_policy::{PersonId, UnitId};
use serde::{Deserialize, Serialize};

use super::{Detector, Issue, Subject};
use crate::finding::{count, text};

/// A seat that is taken (占用职数).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatFacts {
    /// The holder.
    pub person: PersonId,
    /// The unit of the holder's establishment (编制所在单位).
    pub establishment: UnitId,
    /// Its tier.
    pub establishment_tier: Tier,
    /// The unit whose account is charged (职数来源单位).
    pub charged: UnitId,
    /// Its tier.
    pub charged_tier: Tier,
    /// Whether that unit is referenced.
    pub charged_is_referenced: bool,
    /// That unit's parent organ.
    pub charged_parent: Option<UnitId>,
    /// Whether there was a pre-review (预审).
    pub pre_reviewed: bool,
    /// When the use is due to be filed, if it is not filed (备案期限).
    pub filing_due_on: Option<Date>,
}

/// V-QT-1, V-QT-2 and V-QT-4 of one seat.
#[must_use]
pub fn detect_seat(facts: &SeatFacts, on: Date) -> Vec<Issue> {
    let issue = |detector, cause, message: String| {
        let subject = Subject::Person(facts.person.clone());
        Issue::new(detector, cause, subject, message)
            .fact("establishment", text(&facts.establishment))
            .fact("charged", text(&facts.charged))
    };
    let mut found = Vec::new();
    let of_parent = facts.charged_parent.as_ref() == Some(&facts.establishment);
    if facts.charged_is_referenced && of_parent {
        let message = format!(
            "编制在机关 {},占用所属参照管理单位 {} 的职级职数",
            facts.establishment, facts.charged
        );
        found.push(issue(Detector::ParentOccupies, "parent_occupies", message));
    }
    // An earlier tier is the higher one.
    if facts.establishment_tier < facts.charged_tier {
        let message = format!("编制所在单位层级高于职数来源单位 {}", facts.charged);
        found.push(issue(Detector::UpwardUse, "upward_use", message));
    }
    if !facts.pre_reviewed {
        let message = "未经职数使用预审即占用职数".to_owned();
        found.push(issue(Detector::UseNotReviewed, "no_pre_review", message));
    }
    if let Some(due) = facts.filing_due_on.filter(|due| on > *due) {
        let message = format!("职数使用应于 {due} 前备案,逾期未备案");
        let found_late = issue(Detector::UseNotReviewed, "filing_overdue", message);
        found.push(found_late.fact("due_on", Value::Date(due)));
    }
    found
}

/// A set of seats of an account (账户职级组).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// The account and its set, for people.
    pub account: String,
    /// Seats less charged holders (空缺).
    pub vacancy: i64,
    /// How many are planned to be digested (消化计划).
    pub planned_digestion: u64,
}

/// V-QT-3: more are charged than there are seats, and no plan covers the excess.
#[must_use]
pub fn detect_account(facts: &AccountFacts) -> Option<Issue> {
    let over = facts.vacancy.min(0).unsigned_abs();
    (over > facts.planned_digestion).then(|| {
        let message =
            format!("超职数 {over} 个,消化计划 {} 个,未足额制定消化计划", facts.planned_digestion);
        let subject = Subject::Account(facts.account.clone());
        Issue::new(Detector::OverQuota, "over_quota", subject, message)
            .fact("vacancy", Value::Number(facts.vacancy))
            .fact("planned_digestion", count(facts.planned_digestion))
    })
}
