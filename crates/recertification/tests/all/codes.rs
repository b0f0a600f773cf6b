//! What is published by name: rules, reasons, outcomes. Each reason is provoked somewhere.

use std::collections::BTreeSet;

use quanheng_recertification::{Reason, Rule};

const TESTS: [&str; 8] = [
    include_str!("approval.rs"),
    include_str!("conditions.rs"),
    include_str!("decrease.rs"),
    include_str!("examples.rs"),
    include_str!("gates.rs"),
    include_str!("onboarding.rs"),
    include_str!("routes.rs"),
    include_str!("transition.rs"),
];

#[test]
fn every_reason_has_a_code_of_its_own_and_is_provoked() {
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        let (code, name) = (format!("\"{}\"", reason.code()), format!("{reason:?}"));
        let named = |test: &&str| test.contains(&code) || test.contains(&format!("::{name}"));
        assert!(
            TESTS.iter().any(named) || include_str!("chains.rs").contains(&format!("::{name}")),
            "{name}"
        );
    }
}

#[test]
fn every_rule_has_an_id_of_its_own_and_an_article() {
    let ids: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(ids.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.id());
        assert!(!rule.label().is_empty() && !rule.article().is_empty());
    }
}
