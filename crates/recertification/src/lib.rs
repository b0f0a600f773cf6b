//! Reference management decided anew (参照管理单位重新认定): pure code over policy data, that knows no
//! storage, no clock and no network.
//!
//! * [`check_conditions`]: both conditions of the law as of the day of the decision, and what
//!   carries the function ([`LegalBasis`]). No argument anywhere overrides a failed condition.
//! * [`route_change`]: which procedure a change takes, for every successor by itself; the
//!   strictest wins.
//! * [`chain`], [`Progress`]: who proposes, concludes, reports and approves, gate by gate.
//! * [`campaign`]: phases and the survey, as a state machine; [`check_submission`],
//!   [`check_conclusion`], [`check_approval`]: which steps may be taken; [`CaseStage`]: where a
//!   case may go.
//! * [`decrease`]: counts of every scope, before the reform, committed, and under a batch.
//! * [`transition`]: what becomes of staff when a unit leaves.
//! * [`onboarding`]: what waits elsewhere until a unit is decided.
//! * [`detect`]: what is wrong in the registers.
//!
//! Every rule tells what it found: outcome, stable reason, the facts and dates it rests on, the
//! article, a message. What policy or the facts do not say fails its rule.
//!
//! ```
//! use jiff::civil::date;
//! use quanheng_policy::codes::DivisionCode;
//! use quanheng_recertification::{Grounds, Verdict, check_conditions};
//!
//! let grounds = Grounds {
//!     division: DivisionCode::parse("420100")?,
//!     bases: vec![],
//!     duties: vec![],
//!     establishment: None,
//!     pay: None,
//! };
//! let found = check_conditions(&grounds, date(2026, 3, 2));
//! let codes: Vec<_> = found.findings.reasons().iter().map(|reason| reason.code()).collect();
//! let expected =
//!     ["NO_STATUTORY_AUTHORIZATION", "DUTY_DOCUMENT_MISSING", "FACT_MISSING", "FACT_MISSING"];
//! assert_eq!((found.verdict(), &codes[..]), (Verdict::Denied, &expected[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod approval;
mod authority;
mod basis;
pub mod campaign;
mod conditions;
pub mod decrease;
pub mod detect;
mod finding;
mod gate;
mod materials;
pub mod onboarding;
mod refusal;
mod route;
mod stage;
pub mod transition;

pub use approval::{Approval, Meeting, check_approval, check_meeting};
pub use authority::{Chain, Progress, Vertical, applicant_class, chain};
pub use basis::{BasisFault, BasisKind, DutyDocument, DutyIssuer, Issuer, LegalBasis};
pub use conditions::{Conditions, Grounds, PaySource, Verdict, check_conditions};
pub use finding::{Finding, Findings, Outcome, Reason, Rule};
pub use gate::{
    Clear, Conclusion, Opinion, Submission, ThreeClear, check_conclusion, check_opinions,
    check_phase, check_submission, check_three_clear, phase_gate,
};
pub use materials::{Material, MaterialStatus, Stage, check_materials, checklist};
pub use refusal::Refusal;
pub use route::{Change, Consequence, Routed, SuccessorFacts, changes_of, route, route_change};
pub use stage::CaseStage;
