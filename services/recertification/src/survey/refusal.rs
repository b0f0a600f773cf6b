//! Why a survey does not change, as failures.

use quanheng_policy::PersonId;
use quanheng_policy::profile::PolicyError;
use quanheng_recertification::Finding;
use quanheng_runtime::Failure;

use crate::campaign::{conflict, of_finding, of_policy};

/// Why a survey does not change.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the facts that the message names")]
pub(crate) enum Refusal {
    /// A value is missing, or does not agree with another.
    #[error("{what}")]
    Invalid { field: &'static str, what: String },
    /// Nobody has filled it in.
    #[error("该单位尚未填报摸底表")]
    Missing,
    /// The survey takes no answers any more.
    #[error("摸底已截止或重新认定工作已结束")]
    WindowClosed,
    /// The campaign has ended.
    #[error("重新认定工作已结束")]
    CampaignClosed,
    /// It is signed, and stands.
    #[error("摸底表已签署确认,须先退回")]
    Signed,
    /// It has to be signed first.
    #[error("摸底表尚未签署确认")]
    NotSigned,
    /// Whoever filled it in does not sign it.
    #[error("填报人不能签署确认自己填报的摸底表")]
    OwnAnswer { person: PersonId },
    /// Who signs belongs to the unit or its parent department.
    #[error("签署人须为本单位或其主管部门人员")]
    NotOfUnit { person: PersonId },
    /// Where policy is hard nobody decides otherwise.
    #[error("三清未完成:{},按规定不得例外", .unclear.join("、"))]
    NoException { unclear: Vec<&'static str> },
    /// They are not clear.
    #[error("{}", .0.message)]
    NotClear(Box<Finding>),
    /// What policy does not say.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Refusal {
    /// As a failure about a survey.
    pub(crate) fn failure(self, name: &str) -> Failure {
        let message = self.to_string();
        let about = |code: &str| Failure::rule(code, name, message.clone()).with("survey", name);
        match &self {
            Self::Invalid { field, what } => Failure::field(*field, what.clone()),
            Self::Missing => Failure::not_found(name),
            Self::WindowClosed => about("SURVEY_CLOSED"),
            Self::CampaignClosed | Self::NotSigned => about("WRONG_STATE"),
            Self::Signed => about("SURVEY_SIGNED"),
            Self::OwnAnswer { person } => conflict(&format!("persons/{person}"), &message),
            Self::NotOfUnit { person } => {
                Failure::denied(message.clone()).with("person", format!("persons/{person}"))
            }
            Self::NoException { unclear } => {
                about("THREE_CLEAR_INCOMPLETE").with("unclear", unclear.join("、"))
            }
            Self::NotClear(finding) => of_finding(finding, name).with("survey", name),
            Self::Policy(error) => of_policy(error, name).with("survey", name),
        }
    }
}
