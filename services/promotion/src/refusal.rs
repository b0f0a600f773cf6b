//! Why there is no answer at all, as failures. What the rules find is no failure: it stands
//! in the answer.

use quanheng_eligibility::Refusal;
use quanheng_register::refusal::Refused;
use quanheng_runtime::{Failure, RuleFault, sealed};

/// A refusal to make a career of what the register holds about a person.
pub(crate) fn failure(name: &str, refusal: &Refusal) -> Failure {
    match refusal {
        Refusal::Erased => sealed::erased(name),
        Refusal::FactMissing { fact } => {
            let failure = Failure::rule(refusal.code(), name, refusal.to_string());
            failure.with("resource", name).with("fact", *fact)
        }
        Refusal::Policy(_)
        | Refusal::LowestRank { .. }
        | Refusal::NotIncompetent { .. }
        | Refusal::YearUsed { .. }
        | Refusal::OtherLadder { .. } => {
            Failure::rule(refusal.code(), name, refusal.to_string()).with("resource", name)
        }
    }
}

/// A refusal of the register, about the person whose rank was to be entered.
pub(crate) fn of_register(refused: &Refused, name: &str) -> Failure {
    let rules = refused.refusals().iter().map(|refusal| RuleFault {
        code: refusal.code().to_owned(),
        subject: name.to_owned(),
        message: refusal.to_string(),
    });
    Failure::rules(rules.collect()).with("resource", name)
}
