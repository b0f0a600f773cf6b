//! 任职资格审核表: what was found at the review; of those who wait for it, what the rules find
//! today.

use jiff::civil::Date;
use quanheng_api::quanheng::promotion::v1::RuleOutcome;
use quanheng_eligibility as eligibility;
use quanheng_forms::Opinion;
use quanheng_forms::review::{Outcome, Review, ReviewedPerson, RuleResult};

use super::{Candidate, Ground};
use crate::judge::KeptFinding;

/// The table.
pub(super) fn form(ground: &Ground, chosen: &[&Candidate]) -> Review {
    Review {
        unit_name: ground.profile.name.clone(),
        batch: ground.round.plan.title.clone(),
        as_of: same(chosen.iter().map(|candidate| asked_on(candidate))),
        persons: chosen.iter().map(|candidate| person(ground, candidate)).collect(),
        opinion: opinion(chosen),
    }
}

/// What all have in common; none where they differ.
fn same<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

fn asked_on(candidate: &Candidate) -> Date {
    let judgement = candidate.history.state.judgement.as_ref();
    judgement.map_or(candidate.stands_on, |judgement| judgement.on)
}

/// The reviewer's opinion, where it is the same of all.
fn opinion(chosen: &[&Candidate]) -> Opinion {
    let said = chosen.iter().map(|candidate| {
        let judgement = candidate.history.state.judgement.as_ref();
        judgement.map(|judgement| (judgement.opinion.as_str(), judgement.on))
    });
    match same(said).flatten() {
        None => Opinion::default(),
        Some((text, on)) => {
            Opinion { text: (!text.is_empty()).then(|| text.to_owned()), on: Some(on) }
        }
    }
}

fn person(ground: &Ground, candidate: &Candidate) -> ReviewedPerson {
    let reviewed = candidate.history.state.judgement.is_some();
    let rules = match reviewed {
        true => candidate.kept.iter().map(kept).collect(),
        false => candidate.found.findings.iter().map(asked).collect(),
    };
    ReviewedPerson {
        name: candidate.profile().name.clone(),
        present: candidate.position(ground, asked_on(candidate)).text(),
        proposed_rank: candidate.proposed(ground),
        rules,
        earliest: candidate.found.earliest.filter(|_| !reviewed),
    }
}

/// A rule as it was kept at the review.
fn kept(finding: &KeptFinding) -> RuleResult {
    let rule = eligibility::Rule::ALL.iter().find(|rule| rule.id() == finding.rule);
    let article = match finding.article.as_str() {
        "" => rule.map(|rule| rule.article()).unwrap_or_default(),
        article => article,
    };
    RuleResult {
        label: rule.map_or(finding.rule.as_str(), |rule| rule.label()).to_owned(),
        article: article.to_owned(),
        outcome: match RuleOutcome::from_str_name(&finding.outcome) {
            Some(RuleOutcome::Pass) => Outcome::Pass,
            Some(RuleOutcome::NotApplicable) => Outcome::NotApplicable,
            _ => Outcome::Fail,
        },
        reason: finding.message.clone(),
        code: Some(finding.reason.clone()).filter(|code| !code.is_empty()),
    }
}

/// A rule that is asked today.
fn asked(finding: &eligibility::Finding) -> RuleResult {
    RuleResult {
        label: finding.rule.label().to_owned(),
        article: finding.article.clone(),
        outcome: match finding.outcome {
            eligibility::Outcome::Pass => Outcome::Pass,
            eligibility::Outcome::Fail => Outcome::Fail,
            eligibility::Outcome::NotApplicable => Outcome::NotApplicable,
        },
        reason: finding.message.clone(),
        code: finding.reason.map(|reason| reason.code().to_owned()),
    }
}
