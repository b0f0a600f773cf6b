//! What an account shows that is against the rules (§6.9, V-QT-1 to V-QT-4): legacy that came
//! in with the opening balances, and what is overdue. Nothing legacy is reported as
//! irregular use.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quanheng_policy::{PersonId, SetId, UnitId};
use serde::Serialize;

use crate::account::{Account, Owner};
use crate::digestion;
use crate::id::HoldId;
use crate::pool::Protects;

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Finding {
    /// V-QT-1 机关占用所属参照管理单位职级职数
    ParentOccupies {
        /// Who holds the seat.
        person: PersonId,
        /// Where the establishment slot is.
        unit: UnitId,
    },
    /// V-QT-2 上级占用基层职数
    UpwardUse {
        /// Who holds the seat.
        person: PersonId,
        /// Where the establishment slot is.
        unit: UnitId,
    },
    /// V-QT-1 or V-QT-2 inside a pool: others use more than they earned.
    CeilingExceeded {
        /// Whom the ceiling protects.
        protects: Protects,
        /// Of which set.
        set: SetId,
        /// What the others earned.
        earned: u64,
        /// What they use.
        used: u64,
    },
    /// V-QT-3 超职数配备, without a digestion plan
    OverQuota {
        /// Which set.
        set: SetId,
        /// By how many.
        over: u64,
    },
    /// V-QT-4 逾期未备案
    FilingOverdue {
        /// Of which hold.
        hold: HoldId,
        /// Since when.
        due_on: Date,
    },
}

impl Finding {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ParentOccupies { .. }
            | Self::CeilingExceeded { protects: Protects::ReferencedUnits, .. } => "V-QT-1",
            Self::UpwardUse { .. } | Self::CeilingExceeded { .. } => "V-QT-2",
            Self::OverQuota { .. } => "V-QT-3",
            Self::FilingOverdue { .. } => "V-QT-4",
        }
    }
}

/// What an account shows on a day.
#[must_use]
pub fn findings(account: &Account, today: Date) -> Vec<Finding> {
    let mut found = Vec::new();
    for (person, holder) in account.holders.iter().filter(|(_, h)| h.exempt.is_none()) {
        let (person, unit) = (person.clone(), holder.unit.clone());
        if holder.tier < account.owner.tier() {
            found.push(Finding::UpwardUse { person, unit });
        } else if matches!(&account.owner, Owner::Unit { unit: own, referenced: true, .. } if *own != unit)
        {
            found.push(Finding::ParentOccupies { person, unit });
        }
    }
    for ceiling in &account.ceilings {
        let others: &BTreeSet<UnitId> = &ceiling.others;
        for seats in &account.sets {
            let Some(earned) = ceiling.earned.get(&seats.set).copied() else { continue };
            let used = account.taken_by(others, seats);
            if used > earned {
                let (protects, set) = (ceiling.protects, seats.set.clone());
                found.push(Finding::CeilingExceeded { protects, set, earned, used });
            }
        }
    }
    for seats in &account.sets {
        let over = digestion::over(account, &seats.set);
        let planned = account
            .plan
            .as_ref()
            .is_some_and(|plan| plan.steps.iter().any(|step| step.set == seats.set));
        if over > 0 && !planned {
            found.push(Finding::OverQuota { set: seats.set.clone(), over });
        }
    }
    for (hold, kept) in account.unfiled_holds() {
        if let Some(due_on) = kept.filing_due_on().filter(|due_on| *due_on < today) {
            found.push(Finding::FilingOverdue { hold: hold.clone(), due_on });
        }
    }
    found
}
