//! Why there is no answer at all, as failures. What the rules find is no failure: it stands
//! in the answer.

use quanheng_eligibility::Refusal;
use quanheng_runtime::{Failure, sealed};

/// A refusal to make a career of what the register holds about a person.
pub(crate) fn failure(name: &str, refusal: &Refusal) -> Failure {
    match refusal {
        Refusal::Erased => sealed::erased(name),
        Refusal::FactMissing { fact } => {
            let failure = Failure::rule(refusal.code(), name, refusal.to_string());
            failure.with("resource", name).with("fact", *fact)
        }
        Refusal::Policy(_) | Refusal::LowestRank { .. } | Refusal::NotIncompetent { .. } => {
            Failure::rule(refusal.code(), name, refusal.to_string()).with("resource", name)
        }
    }
}
