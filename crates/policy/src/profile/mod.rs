//! Policy profiles (政策参数档): versioned, effective-dated documents. A national default,
//! and overlays that change parts of it for a jurisdiction.
//!
//! A value is looked for in the layer closest to the unit first, and its source is told
//! with it: which layer, which document and version, which article. What no layer sets is
//! refused with `POLICY_NOT_CONFIGURED`; nothing falls back silently.

mod book;
mod document;
mod parameters;
mod promotion;
mod read;
mod recertification;

pub use crate::located::DocumentError;
pub use book::{Policy, PolicyBook, PolicyError, Resolved, Source};
pub use document::{Document, LocalDay, RankSet, RatioTable, Set};
pub use parameters::{
    BarPeriods, CollectiveDecision, CommonIssueThreshold, MeetingCadence, NestedRounding,
    NonCounting, ParameterInfo, Parameters, Rounding, ScopeRule, Severity, TenureGranularity,
    UnitScope,
};
pub use promotion::{
    Authority, AuthorityRow, EarlyRetirement, ExcellentUsableFrom, GradeOnPromotion,
    QualificationLevel, Retirement, RetirementGroup, RetirementSex, TiltRule, YearResult,
};
pub use read::Published;
pub use recertification::{
    ApplicantClass, AuthorityChainRow, ChangeRoute, ChangeRouteRow, GateAct, GateBody, GateRow,
    MaterialRow, ReferenceChange,
};

/// The national default that the program ships.
pub const NATIONAL: &str = include_str!("../../data/national.toml");

/// The JSON Schema of a policy document, for editors.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}
