//! Refusals of the register as failures of a call.

use quanheng_register::refusal::{Refusal, Refused};
use quanheng_runtime::{Failure, FieldFault, RuleFault};

/// The failure that a refusal is. `name`: the resource that was asked to change.
pub(crate) fn failure(refused: &Refused, name: &str) -> Failure {
    let refusals = refused.refusals();
    match refusals.first() {
        Some(Refusal::NotFound { what }) => Failure::not_found(what.clone()),
        Some(Refusal::Exists { what }) => Failure::exists(what.clone()),
        Some(first) if first.code() == "INVALID_FIELD" => {
            let faults = refusals.iter().filter(|refusal| refusal.code() == "INVALID_FIELD");
            let faults = faults.map(|refusal| FieldFault {
                field: refusal.field().unwrap_or_default().to_owned(),
                reason: "INVALID_FIELD".to_owned(),
                message: refusal.to_string(),
            });
            Failure::fields(faults.collect())
        }
        _ => {
            let rules = refusals.iter().map(|refusal| RuleFault {
                code: refusal.code().to_owned(),
                subject: name.to_owned(),
                message: refusal.to_string(),
            });
            Failure::rules(rules.collect()).with("resource", name)
        }
    }
}
