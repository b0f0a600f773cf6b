//! Promotion in rank (职级晋升): who may be a candidate, rule by rule, over
//! `quanheng-eligibility`.
//!
//! * [`PromotionApi`]: the service. A question is a registered person or facts given inline,
//!   and a rank; the answer is what every rule found.
//! * Persons and units are read of the register's views, or of the log as it was known once;
//!   what is sealed is opened for the rules, and told only to who may read it.
//!
//! Nothing here decides: a check that nothing fails makes a candidate (人选), never a promotion.

mod code;
mod grpc;
mod message;
mod parse;
mod person;
mod refusal;
mod roster;
mod sight;

pub use grpc::PromotionApi;
