//! Why a transition does not change, as failures.

use jiff::civil::Date;
use quanheng_policy::PersonId;
use quanheng_policy::profile::PolicyError;
use quanheng_recertification::Finding;
use quanheng_runtime::Failure;

use crate::campaign::{of_finding, of_policy};

/// Why a transition does not change.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub(crate) enum Refusal {
    /// A value is missing, or does not agree with another.
    #[error("{what}")]
    Invalid { field: &'static str, what: String },
    /// There is one under this name.
    #[error("过渡方案已存在")]
    Exists,
    /// There is none under this name.
    #[error("未找到过渡方案")]
    Missing,
    /// It is closed, or was cancelled.
    #[error("过渡方案已办结或作废")]
    Closed,
    /// The unit is not decided.
    #[error("单位尚未批准退出,人员不能办结")]
    NotDecided,
    /// Somebody who does not stand in the plan.
    #[error("persons/{person} 不在过渡方案中")]
    NotOfPlan { person: PersonId },
    /// The person is done.
    #[error("persons/{person} 已于 {on} 办结")]
    Finished { person: PersonId, on: Date },
    /// The placement has taken effect.
    #[error("persons/{person} 的去向已生效,不能更改")]
    Placed { person: PersonId },
    /// Policy does not let it be chosen.
    #[error("去向“{option}”不在可选去向之列:{}", .options.join("、"))]
    NoOption { option: String, options: Vec<String> },
    /// No rule says what the option brings about.
    #[error("去向“{option}”没有对应的办理规则")]
    UnknownOption { option: String },
    /// Something is missing about the person.
    #[error("persons/{person} 尚缺{}", .open.join("、"))]
    PersonOpen { person: PersonId, open: Vec<&'static str> },
    /// The placement is for a later day.
    #[error("persons/{person} 的去向自 {on} 起生效,届时方可办结")]
    NotYet { person: PersonId, on: Date },
    /// The treatment is kept until the transition ends.
    #[error("persons/{person} 在过渡期内保留待遇,{ends_on} 届满后办结,或另定去向")]
    Retains { person: PersonId, ends_on: Date },
    /// The register has the person in service.
    #[error("persons/{person} 的提前退休尚未登记")]
    InService { person: PersonId },
    /// A rule is not met.
    #[error("{}", .0.message)]
    Rule(Box<Finding>),
    /// What policy does not say.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Refusal {
    pub(crate) fn invalid(field: &'static str, what: &str) -> Self {
        Self::Invalid { field, what: what.to_owned() }
    }

    /// As a failure about a transition.
    pub(crate) fn failure(self, name: &str) -> Failure {
        let message = self.to_string();
        let about =
            |code: &str| Failure::rule(code, name, message.clone()).with("transition", name);
        let of = |failure: Failure, person: &PersonId| {
            failure.with("person", format!("persons/{person}"))
        };
        match &self {
            Self::Invalid { field, what } => Failure::field(*field, what.clone()),
            Self::Exists => Failure::exists(name),
            Self::Missing => Failure::not_found(name),
            Self::Closed => about("WRONG_STATE"),
            Self::NotDecided => about("NOT_DECIDED"),
            Self::NotOfPlan { person } => of(about("NOT_OF_PLAN"), person),
            Self::Finished { person, on } => {
                of(about("PERSON_FINISHED"), person).with("done_on", on.to_string())
            }
            Self::Placed { person } => of(about("PERSON_PLACED"), person),
            Self::NoOption { options, .. } => Failure::field("placement.option", message.clone())
                .with("options", options.join(",")),
            Self::UnknownOption { option } => about("POLICY_NOT_CONFIGURED")
                .with("parameter", format!("transition_options({option})")),
            Self::PersonOpen { person, open } => {
                of(about("PERSON_OPEN"), person).with("open", open.join("、"))
            }
            Self::NotYet { person, on } => {
                of(about("NOT_YET_EFFECTIVE"), person).with("effective_on", on.to_string())
            }
            Self::Retains { person, ends_on } => {
                of(about("TREATMENT_RETAINED"), person).with("ends_on", ends_on.to_string())
            }
            Self::InService { person } => of(about("STILL_IN_SERVICE"), person),
            Self::Rule(finding) => of_finding(finding, name).with("transition", name),
            Self::Policy(error) => of_policy(error, name).with("transition", name),
        }
    }
}
