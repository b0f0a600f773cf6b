//! The documents of a promotion round (职级晋升批次) and of re-certification (重新认定) as
//! officials print, sign and send them: xlsx and docx; pure: plain facts in, bytes out. The
//! same facts make the same bytes.
//!
//! * [`pre_review`]: 《公务员职级职数使用审批表》, before seats are used.
//! * [`filing`]: 《科级公务员职务职级任免与升降审核备案表》, after they were used.
//! * [`appointment`]: 《公务员职级任免审批表》, one person a form.
//! * [`notice`]: 公示, as a document and as a list.
//! * [`roster`]: 晋升批次花名册, what stands in a candidate's way and what seats there are.
//! * [`review`]: 任职资格审核表, rule by rule.
//! * [`recertification`]: 参照管理申请、审批、备案, 只减不增, 台账, 过渡安排.
//! * [`bundle`]: many documents in one file.
//!
//! Nothing here decides anything: the figures and findings come from the ledger and from the
//! rules; only sums that a form itself prints are made here, by functions with tables.

pub mod appointment;
mod bounds;
pub mod bundle;
mod days;
mod error;
pub mod filing;
mod grid;
mod letter;
pub mod notice;
mod opinion;
pub mod pre_review;
pub mod recertification;
pub mod review;
pub mod roster;
mod sheet;
mod text;
mod word;

pub use bounds::{
    CANDIDATES_MAX, CAREER_LINES_MAX, CASES_MAX, CHANGES_MAX, COUNT_MAX, DOCUMENTS_BYTES_MAX,
    DOCUMENTS_MAX, FACTS_MAX, FILING_ROWS_MAX, FORMS_MAX, NAME_CHARS_MAX, REVIEW_ROWS_MAX,
    ROSTER_ROWS_MAX, SCOPES_MAX, SETS_MAX, TEXT_CHARS_MAX, TRANSITION_ROWS_MAX, UNITS_MAX,
};
pub use days::{age_on, dotted, iso, spoken, spoken_month};
pub use error::FormError;
pub use opinion::Opinion;
pub use quanheng_policy::codes::{DocumentNumber, IdentityNumber, Sex, YearMonth};
pub use text::sex_name;
