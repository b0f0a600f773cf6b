//! Why a campaign does not change, and why a rule of re-certification refuses, as failures
//! with code, reason, facts and Chinese message.

use jiff::civil::Date;
use quanheng_policy::condition::Value;
use quanheng_policy::profile::PolicyError;
use quanheng_recertification as rules;
use quanheng_recertification::Finding;
use quanheng_runtime::Failure;
use tonic::Code;

/// Why a campaign does not change.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub(crate) enum Refusal {
    /// A value is missing, empty or doubled.
    #[error("{what}")]
    Invalid { field: &'static str, what: String },
    /// There is one under this name.
    #[error("重新认定工作已存在")]
    Exists,
    /// There is none under this name.
    #[error("未找到重新认定工作")]
    Missing,
    /// It has ended.
    #[error("重新认定工作已结束")]
    Closed,
    /// The baseline is frozen once.
    #[error("改革前基数已于 {on} 冻结")]
    Frozen { on: Date },
    /// Departments that policy requires have sent nobody.
    #[error("工作专班缺少 {} 派出的成员", .missing.join("、"))]
    DepartmentsMissing { missing: Vec<String> },
    /// What the rules say.
    #[error(transparent)]
    Rules(#[from] rules::Refusal),
    /// What policy does not say.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Refusal {
    /// As a failure about a campaign.
    pub(crate) fn failure(self, name: &str) -> Failure {
        let message = self.to_string();
        let about = |code: &str| Failure::rule(code, name, message.clone()).with("campaign", name);
        match &self {
            Self::Invalid { field, what } => Failure::field(*field, what.clone()),
            Self::Exists => Failure::exists(name),
            Self::Missing => Failure::not_found(name),
            Self::Closed => about("WRONG_STATE"),
            Self::Frozen { on } => about("BASELINE_FROZEN").with("frozen_on", on.to_string()),
            Self::DepartmentsMissing { missing } => {
                about("DEPARTMENTS_MISSING").with("missing", missing.join(","))
            }
            Self::Rules(refusal) => of_rules(refusal, name).with("campaign", name),
            Self::Policy(error) => of_policy(error, name).with("campaign", name),
        }
    }
}

/// What policy does not say.
pub(crate) fn of_policy(error: &PolicyError, name: &str) -> Failure {
    let failure = Failure::rule(error.code(), name, error.to_string());
    match error {
        PolicyError::NotConfigured { key } => failure.with("parameter", key.to_string()),
        _ => failure,
    }
}

/// A refusal of the pure rules.
pub(crate) fn of_rules(refusal: &rules::Refusal, name: &str) -> Failure {
    match refusal {
        rules::Refusal::Invalid { field, what } => Failure::field(*field, what.clone()),
        rules::Refusal::Exists { .. } => Failure::exists(name),
        rules::Refusal::NotFound { .. } => Failure::not_found(name),
        rules::Refusal::CasesOpen { open_cases, .. } => {
            Failure::rule(refusal.code(), name, refusal.to_string())
                .with("open_cases", open_cases.to_string())
        }
        rules::Refusal::Rule(finding) => of_finding(finding, name),
        rules::Refusal::WrongState { .. } => {
            Failure::rule(refusal.code(), name, refusal.to_string())
        }
    }
}

/// A rule that is not met, with the facts that it rests on.
pub(crate) fn of_finding(finding: &Finding, name: &str) -> Failure {
    let code = finding.reason.map_or("WRONG_STATE", |reason| reason.code());
    let mut failure = Failure::rule(code, name, finding.message.clone());
    for (fact, value) in &finding.facts {
        failure = failure.with(fact.clone(), fact_text(value));
    }
    failure
}

/// A fact as text.
pub(crate) fn fact_text(value: &Value) -> String {
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Text(text) => text.clone(),
    }
}

/// Nobody may do this, whatever else they may.
pub(crate) fn conflict(person: &str, message: &str) -> Failure {
    Failure::new(Code::PermissionDenied, "CONFLICT_OF_INTEREST", message).with("person", person)
}
