//! What the rules find about a candidate, over the states of the log itself.

use jiff::civil::Date;
use quanheng_casework::Sight;
use quanheng_eligibility::{Context, Eligibility, Elsewhere, Finding, Target, career_of, check};
use quanheng_eventlog::Digest;
use quanheng_identity::{Action, Role};
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::Policy;
use quanheng_register::unit::UnitProfile;
use quanheng_runtime::{Failure, RuleFault};
use quanheng_streams as streams;
use quanheng_streams::RequestState;
use serde::{Deserialize, Serialize};

use crate::parse;
use crate::roster::name_of;
use crate::sight::{reads_sealed, rests_on_sealed};
use crate::{person, refusal, seal};

/// What the rules found, and what they were asked of.
pub(crate) struct Judged {
    /// Rule by rule.
    pub(crate) found: Eligibility,
    /// Hash of the policy, hex.
    pub(crate) policy: String,
    /// The version of the person's stream.
    pub(crate) person_version: u64,
    /// Basic conditions that are lacking, or not met.
    pub(crate) conditions: Vec<&'static str>,
}

/// A finding as it is kept under seal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptFinding {
    pub(crate) rule: String,
    pub(crate) outcome: String,
    pub(crate) reason: String,
    pub(crate) message: String,
    /// The article that the rule implements; empty of what was kept before it was.
    #[serde(default)]
    pub(crate) article: String,
}

/// Asks every rule about a candidate, as of today.
///
/// # Errors
/// `RESOURCE_NOT_FOUND`, `PERSON_ERASED`; [`Failure`] where something has to be read first.
pub(crate) fn judge(sight: &Sight<'_>, request: &RequestState) -> Result<Judged, Failure> {
    judge_on(sight, request, sight.today)
}

/// Asks every rule about a candidate, as of a day.
///
/// # Errors
/// As [`judge`].
pub(crate) fn judge_on(
    sight: &Sight<'_>,
    request: &RequestState,
    on: Date,
) -> Result<Judged, Failure> {
    let name = name_of(&request.person);
    let stream = streams::person(&request.person);
    let registered = sight.need::<streams::Persons>(&stream)?.as_ref();
    let registered = registered.ok_or_else(|| Failure::not_found(&name))?;
    let keys = sight.keys([&request.person])?;
    let opened = person::opened(registered, keys.get(&request.person))?;
    let said = seal::nomination(sight, request)?;
    let unit = match registered.slot_on(on) {
        Some((_, slot)) => sight.registered_unit(&slot.unit)?.as_of(on),
        None => None,
    };
    let policy = policy(sight, request, unit.as_ref().map(|unit| &unit.division), on)?;
    let elsewhere = Elsewhere {
        unit: unit.as_ref().map(UnitProfile::facts),
        qualifications: parse::qualifications("qualifications", &said.qualifications)?,
        extra: parse::extra_facts("extra_facts", &said.extra_facts)?,
    };
    let career = career_of(registered, opened, elsewhere, on);
    let career = career.map_err(|refused| refusal::failure(&name, &refused))?;
    let target = Target { category: request.category.clone(), rank: request.rank.clone() };
    let found = check(&policy, &career, &target, on, &Context::default());
    Ok(Judged {
        found,
        policy: Digest(policy.hash()).to_string(),
        person_version: sight.desk.version(&stream).unwrap_or_default().0,
        conditions: parse::conditions_lacking(&said.conditions),
    })
}

fn policy(
    sight: &Sight<'_>,
    request: &RequestState,
    division: Option<&DivisionCode>,
    on: Date,
) -> Result<Policy, Failure> {
    let division = match division {
        Some(division) => division.clone(),
        None => sight.last_profile(&request.unit)?.division,
    };
    Ok(sight.policy(&division, on))
}

impl Judged {
    /// The findings as they are kept.
    pub(crate) fn kept(&self) -> Vec<KeptFinding> {
        let kept = self.found.findings.iter().map(|finding| KeptFinding {
            rule: finding.rule.id().to_owned(),
            outcome: crate::code::outcome(finding.outcome).as_str_name().to_owned(),
            reason: finding.reason.map(|reason| reason.code().to_owned()).unwrap_or_default(),
            message: finding.message.clone(),
            article: finding.article.clone(),
        });
        kept.collect()
    }

    /// Codes of rules that failed, as far as they tell nothing that is sealed.
    pub(crate) fn open_codes(&self) -> Vec<String> {
        let open = self.found.failures().filter(|finding| !rests_on_sealed(finding.rule));
        open.filter_map(|finding| finding.reason).map(|reason| reason.code().to_owned()).collect()
    }

    /// What of the conditions is not met, but for bars.
    pub(crate) fn unmet(&self, sight: &Sight<'_>, subject: &str) -> Vec<RuleFault> {
        let bars: Vec<_> = self.found.suspension_causes().map(|finding| finding.rule).collect();
        let failed = self.found.failures().filter(|finding| !bars.contains(&finding.rule));
        let mut faults = faults(sight, subject, failed);
        if !self.conditions.is_empty() {
            faults.push(RuleFault {
                code: "BASIC_CONDITIONS_NOT_MET".to_owned(),
                subject: subject.to_owned(),
                message: format!("基本条件未写明或不符合:{}", self.conditions.join("、")),
            });
        }
        faults
    }

    /// What bars the promotion (不得晋升的情形).
    pub(crate) fn bars(&self, sight: &Sight<'_>, subject: &str) -> Vec<RuleFault> {
        faults(sight, subject, self.found.suspension_causes())
    }
}

/// Findings as broken rules. Who may not read sealed facts is told that there is something,
/// not what.
fn faults<'f>(
    sight: &Sight<'_>,
    subject: &str,
    failed: impl Iterator<Item = &'f Finding>,
) -> Vec<RuleFault> {
    let principal = &sight.scope.principal;
    let whole = reads_sealed(principal) || principal.roles.contains(&Role::System);
    debug_assert!(!whole || principal.may(Action::PromotionRead));
    let mut withheld = false;
    let mut faults = Vec::new();
    for finding in failed {
        let Some(reason) = finding.reason else { continue };
        if !whole && rests_on_sealed(finding.rule) {
            withheld = true;
            continue;
        }
        faults.push(RuleFault {
            code: reason.code().to_owned(),
            subject: subject.to_owned(),
            message: finding.message.clone(),
        });
    }
    if withheld {
        faults.push(RuleFault {
            code: NOT_ELIGIBLE.to_owned(),
            subject: subject.to_owned(),
            message: "资格审核未通过,依据封存的个人信息,无权查看".to_owned(),
        });
    }
    faults
}

/// What is told of failures whose reason is withheld.
pub(crate) const NOT_ELIGIBLE: &str = "NOT_ELIGIBLE";
