//! What is odd about a unit, and what is true of every state.

use jiff::civil::Date;
use quanheng_policy::class::UnitKind;
use serde::Serialize;

use super::{Unit, UnitProfile};

/// What people should look at; it refuses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub enum Warning {
    /// The credit code's category does not fit the nature.
    #[error("信用代码类别 {category} 与单位性质不符")]
    CreditCodeCategory { category: String },
    /// Referenced without an approval on record (V-RC-1).
    #[error("参照管理单位无审批记录")]
    ReferenceMissing,
    /// More persons than slots.
    #[error("实有人数 {actual} 超过编制 {establishment}")]
    OverEstablishment { actual: u64, establishment: u64 },
    /// Slots of a kind that such a unit should not have.
    #[error("单位性质与编制类型不符:{what}")]
    MixedEstablishment { what: &'static str },
}

impl Warning {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CreditCodeCategory { .. } => "CREDIT_CODE_CATEGORY",
            Self::ReferenceMissing => "REFERENCE_MISSING",
            Self::OverEstablishment { .. } => "OVER_ESTABLISHMENT",
            Self::MixedEstablishment { .. } => "MIXED_ESTABLISHMENT",
        }
    }
}

/// What people should look at in a profile.
#[must_use]
pub fn warnings(profile: &UnitProfile) -> Vec<Warning> {
    let mut found = Vec::new();
    let referenced = profile.nature.is_referenced();
    if let Some(code) = &profile.credit_code {
        let category = code.category();
        let fits = match profile.nature {
            super::Nature::Organ => category == "11" || profile.kind == UnitKind::LeadingGroup,
            super::Nature::ReferencedInstitution | super::Nature::ReferencedMassOrganization => {
                matches!(category, "12" | "13")
            }
            super::Nature::PublicInstitution => category == "12",
        };
        if !fits {
            found.push(Warning::CreditCodeCategory { category: category.to_owned() });
        }
    }
    if referenced && profile.reference.is_none() {
        found.push(Warning::ReferenceMissing);
    }
    let slots = &profile.establishment;
    let (administrative, institution) = (
        u64::from(slots.administrative) + u64::from(slots.special_political_legal),
        u64::from(slots.referenced_institution),
    );
    let pairs = [
        (u64::from(profile.actual.administrative), administrative),
        (u64::from(profile.actual.referenced), institution),
    ];
    found.extend(
        pairs
            .into_iter()
            .filter(|(actual, slots)| actual > slots)
            .map(|(actual, establishment)| Warning::OverEstablishment { actual, establishment }),
    );
    if referenced && administrative > 0 {
        found.push(Warning::MixedEstablishment { what: "参照管理单位有行政编制" });
    }
    if !referenced && institution > 0 {
        found.push(Warning::MixedEstablishment { what: "非参照管理单位有参公编制" });
    }
    found
}

/// What is wrong with a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// An entry holds from before the unit exists.
    BeforeBegin(u64),
    /// An entry holds from the unit's end or later.
    AfterEnd(u64),
    /// Entries are not in the order of their dates.
    OutOfOrder,
    /// A version beyond the unit's own.
    UnknownVersion(u64),
    /// A profile on this day breaks a rule.
    Profile(Date),
}

/// Everything that is wrong with a state.
#[must_use]
pub fn violations(unit: &Unit) -> Vec<Violation> {
    let mut found = Vec::new();
    let (begun, end) = (unit.timeline.begun_on(), unit.timeline.end());
    if end.is_some_and(|end| end.on <= begun) {
        found.push(Violation::BeforeBegin(end.map_or(0, |end| end.version)));
    }
    let changes = unit.timeline.changes();
    for change in changes {
        if change.on < begun {
            found.push(Violation::BeforeBegin(change.version));
        }
        if end.is_some_and(|end| end.on <= change.on) {
            found.push(Violation::AfterEnd(change.version));
        }
        if change.version > unit.version {
            found.push(Violation::UnknownVersion(change.version));
        }
    }
    if !changes.is_sorted_by_key(|change| (change.on, change.version)) {
        found.push(Violation::OutOfOrder);
    }
    let days = unit.timeline.days_from(begun).into_iter();
    let broken = days.filter(|day| {
        unit.as_of(*day).is_some_and(|profile| !super::decide::faults(&profile).is_empty())
    });
    found.extend(broken.map(Violation::Profile));
    found
}
