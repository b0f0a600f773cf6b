//! Who may be a candidate for a rank (职级晋升任职资格), and what neighbours that question:
//! pure code over policy data, that knows no storage, no clock and no network.
//!
//! * [`check`]: one person, one rank, one day, rule by rule: outcome, reason, the facts and
//!   dates it rests on, the article, a message, and from when on it could be otherwise.
//! * [`Career`]: the facts that rules read; [`career_of`] makes one of what the register holds.
//! * [`facts`]: what local conditions may ask for.
//! * [`rank_candidates`]: what speaks for one candidate before another; it makes nobody one.
//! * [`grade_after_promotion`], [`lowering_for_year`], [`lowering()`], [`check_transfer`], [`retirement`],
//!   [`early_retirement`], [`converted_rank`]: what a promotion does to the pay grade, an
//!   incompetent year, a transfer to another ladder, the age of retirement, old titles.
//!
//! Reaching the years makes a [`Candidate`], never a decision: nothing here decides, and no
//! type here says that anybody is promoted (不搞“到点就提”).
//!
//! What policy or the register does not say is refused with its name; it never passes.
//!
//! ```
//! use jiff::civil::date;
//! use quanheng_eligibility::{Career, Context, Holding, Spell, Target, check};
//! use quanheng_policy::codes::DivisionCode;
//! use quanheng_policy::profile::{NATIONAL, PolicyBook, Published};
//! use quanheng_policy::{CategoryId, PersonId, RankId};
//! use quanheng_register::private::Sex;
//!
//! let mut book = PolicyBook::default();
//! book.publish(Published::read("national.toml", NATIONAL).expect("the shipped profile"))?;
//! let on = date(2023, 3, 2);
//! let policy = book.policy(&DivisionCode::parse("420106")?, on);
//!
//! let general = CategoryId::new("general_management")?;
//! let rank = |id: &str| RankId::new(id);
//! let held = Holding::Rank { category: general.clone(), rank: rank("GM10")? };
//! let career = Career {
//!     person: PersonId::new("p1")?,
//!     sex: Sex::Female,
//!     birth: date(1990, 5, 4).into(),
//!     work_started: None,
//!     worker: false,
//!     in_service: true,
//!     category: Some(general.clone()),
//!     unit: None,
//!     pay_grade: Some(22),
//!     spells: vec![Spell { holding: held, from: date(2022, 7, 1), to: None, reason: None }],
//!     prior: vec![],
//!     same_level_since: None,
//!     conversion: None,
//!     assessments: vec![],
//!     commendations: vec![],
//!     sanctions: vec![],
//!     investigations: vec![],
//!     qualifications: vec![],
//!     extra: Default::default(),
//! };
//! let target = Target { category: general, rank: rank("GM09")? };
//! let found = check(&policy, &career, &target, on, &Context::default());
//! let codes: Vec<_> = found.reasons().into_iter().map(|reason| reason.code()).collect();
//! // Nobody said of which unit: that is asked for, not assumed.
//! assert_eq!(codes, ["FACT_MISSING", "TENURE_INSUFFICIENT", "FACT_MISSING"]);
//! assert!(found.candidate().is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bar;
mod career;
mod check;
mod conversion;
mod facts;
mod finding;
mod grade;
mod known;
mod lowering;
mod position;
mod qualify;
mod refusal;
mod register;
mod retirement;
mod rules;
mod span;
mod tenure;
mod tilt;
mod transfer;

pub use career::{Career, Holding, PriorTime, Qualification, Spell};
pub use check::{Candidate, Context, Eligibility, Target, check};
pub use conversion::converted_rank;
pub use facts::facts;
pub use finding::{FailingBranch, Finding, Outcome, Reason, Rule};
pub use grade::{GradeChange, GradeEffect, grade_after_promotion};
pub use lowering::{Lowering, lowering, lowering_for_year};
pub use refusal::Refusal;
pub use register::{Elsewhere, Opened, career_of};
pub use retirement::{
    EarlyGround, EarlyRetirementFrom, RetirementDue, early_retirement, retirement,
};
pub use tilt::{Ranked, rank_candidates};
pub use transfer::{AllowedRanks, TransferCheck, allowed_ranks, check_transfer};
