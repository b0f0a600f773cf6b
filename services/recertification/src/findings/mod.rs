//! What the detectors find (问题线索): facts of the registers, the ledger and the books handed to
//! them. Where a fact is not known, nothing is asked.

mod accounts;
mod persons;
mod scopes;
mod units;

use quanheng_api::quanheng::recertification::v1 as wire;
use quanheng_recertification::detect::{Detector, Issue, Subject};

pub(crate) use accounts::{OF_ACCOUNTS, account};
pub(crate) use scopes::scopes;
pub(crate) use units::{OF_UNITS, unit};

use crate::message::shared::{person_name, unit_name};

/// Which detectors are asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted(pub(crate) Option<Detector>);

impl Wanted {
    /// The detector of a code; every one of none.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        match code {
            "" => Some(Self(None)),
            code => {
                let found = Detector::ALL.iter().find(|detector| detector.code() == code);
                found.map(|detector| Self(Some(*detector)))
            }
        }
    }

    /// Whether one of these is asked.
    pub(crate) fn any(self, detectors: &[Detector]) -> bool {
        self.0.is_none_or(|wanted| detectors.contains(&wanted))
    }
}

/// A finding with where it belongs.
pub(crate) struct Found {
    /// What.
    pub(crate) issue: Issue,
    /// units/{unit}; empty of a scope.
    pub(crate) unit: String,
    /// 行政区划
    pub(crate) division: String,
}

impl Found {
    /// As the API tells it.
    pub(crate) fn message(self) -> wire::MachineFinding {
        let Issue { detector, cause, subject, facts, article, message } = self.issue;
        let facts = facts.into_iter().map(|(name, value)| (name, value.to_string()));
        wire::MachineFinding {
            detector: detector.code().to_owned(),
            label: detector.label().to_owned(),
            cause: cause.to_owned(),
            subject: match subject {
                Subject::Unit(unit) => unit_name(&unit),
                Subject::Person(person) => person_name(&person),
                Subject::Account(account) => account,
                Subject::Scope(scope) => scope,
            },
            unit: self.unit,
            facts: facts.collect(),
            article,
            message,
            division: self.division,
        }
    }
}
