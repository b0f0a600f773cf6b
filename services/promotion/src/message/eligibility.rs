//! What the rules found, as messages.

use quanheng_api::quanheng::promotion::v1 as wire;
use quanheng_eligibility::{Eligibility, FailingBranch, Finding};
use quanheng_policy::condition::{Facts, Value};
use quanheng_policy::profile::{Policy, Source};

use crate::code;
use crate::sight::rests_on_sealed;

/// How much of the findings is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Everything.
    Whole,
    /// Nothing that rests on sealed facts.
    Open,
}

/// An answer. `person` is empty of facts that were given inline.
pub(crate) fn eligibility(
    found: &Eligibility,
    person: String,
    policy: &Policy,
    detail: Detail,
) -> wire::Eligibility {
    let whole = detail == Detail::Whole;
    let shown = |finding: &Finding| match whole || !rests_on_sealed(finding.rule) {
        true => told(finding),
        false => withheld(finding),
    };
    wire::Eligibility {
        person,
        category: found.target.category.to_string(),
        rank: found.target.rank.to_string(),
        on: Some(quanheng_api::date(found.on)),
        candidate: whole && found.candidate().is_some(),
        earliest_on: found.earliest.filter(|_| whole).map(quanheng_api::date),
        findings: found.findings.iter().map(shown).collect(),
        withheld: !whole,
        policy_hash: hex(policy.hash()),
        policy_layers: layers(policy),
    }
}

fn hex(hash: [u8; 32]) -> String {
    quanheng_eventlog::Digest(hash).to_string()
}

fn layers(policy: &Policy) -> Vec<String> {
    let layers = policy.layers().iter().map(|layer| &layer.document);
    layers.map(|layer| profile(&layer.profile, layer.version)).collect()
}

fn profile(profile: &str, version: u32) -> String {
    format!("policyProfiles/{profile}/versions/{version}")
}

fn told(finding: &Finding) -> wire::RuleFinding {
    wire::RuleFinding {
        rule: finding.rule.id().to_owned(),
        label: finding.rule.label().to_owned(),
        outcome: code::outcome(finding.outcome).into(),
        reason: finding.reason.map(|reason| reason.code().to_owned()).unwrap_or_default(),
        facts: facts(&finding.facts),
        article: finding.article.clone(),
        source: finding.source.as_ref().map(source),
        message: finding.message.clone(),
        failing: finding.failing.iter().map(branch).collect(),
        earliest_on: finding.earliest.map(quanheng_api::date),
    }
}

/// That the rule was asked, and nothing of what came of it.
fn withheld(finding: &Finding) -> wire::RuleFinding {
    wire::RuleFinding {
        rule: finding.rule.id().to_owned(),
        label: finding.rule.label().to_owned(),
        outcome: wire::RuleOutcome::Withheld.into(),
        article: finding.rule.article().to_owned(),
        message: "依据封存的个人信息,无权查看".to_owned(),
        ..wire::RuleFinding::default()
    }
}

fn facts(facts: &Facts) -> std::collections::BTreeMap<String, wire::FactValue> {
    facts.iter().map(|(name, found)| (name.clone(), value(found))).collect()
}

fn value(value: &Value) -> wire::FactValue {
    use wire::fact_value::Value as Told;
    let told = match value {
        Value::Flag(flag) => Told::Flag(*flag),
        Value::Number(number) => Told::Number(*number),
        Value::Date(date) => Told::Date(quanheng_api::date(*date)),
        Value::Text(text) => Told::Text(text.clone()),
    };
    wire::FactValue { value: Some(told) }
}

fn source(source: &Source) -> wire::FindingSource {
    wire::FindingSource {
        jurisdiction: source.layer.to_string(),
        profile: profile(&source.profile, source.version),
        key: source.key.clone(),
        article: source.article.clone(),
    }
}

fn branch(branch: &FailingBranch) -> wire::FailingBranch {
    wire::FailingBranch {
        path: branch.path.clone(),
        fact: branch.fact.clone(),
        comparison: code::comparison(branch.is).into(),
        wanted: Some(value(&branch.wanted)),
        found: branch.found.as_ref().map(value),
    }
}
