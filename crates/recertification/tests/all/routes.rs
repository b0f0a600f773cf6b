//! Routes: every kind of change, successors of one change, what a filing must be, and that
//! more changes never make a route milder.

use std::collections::BTreeSet;

use proptest::prelude::*;
use quanheng_policy::class::{Tier, UnitGrade};
use quanheng_policy::profile::{ChangeRoute, Policy, ReferenceChange};
use quanheng_recertification::{
    Change, Consequence, Outcome, Reason, Routed, Rule, route, route_change,
};
use quanheng_register::unit::{ChangeKind, Nature, UnitProfile};

use crate::world::{
    alone, document, natured, parameter, policy, referenced, successor, unit, with, without,
};
use ChangeRoute::{Exit, Filing, Recertify};

fn routed(change: &Change) -> Vec<(String, ChangeRoute)> {
    let routes = route_change(policy(), change);
    routes.into_iter().map(|one| (one.unit.to_string(), one.route.unwrap())).collect()
}

fn was() -> UnitProfile {
    referenced("甲", 20)
}

/// A change with more than one successor or predecessor.
fn change(
    kind: ChangeKind,
    predecessors: &[(&str, UnitProfile)],
    successors: &[(&str, Option<UnitProfile>, UnitProfile)],
) -> Change {
    let successors = successors.iter().cloned();
    Change {
        kind,
        predecessors: predecessors.iter().map(|(id, one)| (unit(id), one.clone())).collect(),
        successors: successors.map(|(id, before, after)| successor(id, before, after)).collect(),
        documents: vec![document(1)],
    }
}

#[test]
fn every_kind_has_the_route_of_the_table() {
    use ReferenceChange as Kind;
    let rows = [
        (Kind::ConvertedToOrgan, Exit),
        (Kind::Abolished, Exit),
        (Kind::ConvertedOther, Exit),
        (Kind::IntegratedWithNonReferenced, Recertify),
        (Kind::FunctionChanged, Recertify),
        (Kind::Split, Recertify),
        (Kind::HeadcountIncreased, Recertify),
        (Kind::BecameReferenced, Recertify),
        (Kind::Renamed, Filing),
        (Kind::GradeRaised, Filing),
        (Kind::GradeLowered, Filing),
        (Kind::MergedReferencedOnly, Filing),
        (Kind::AffiliationChanged, Filing),
        (Kind::HeadcountDecreased, Filing),
    ];
    assert_eq!(rows.len(), ReferenceChange::ALL.len());
    for (kind, wanted) in rows {
        for tier in [Tier::Province, Tier::Prefecture, Tier::County] {
            let found = route(policy(), &unit("u1"), tier, BTreeSet::from([kind]));
            assert_eq!(found.route, Some(wanted), "{kind:?} {tier:?}");
            let anew = found.consequences.contains(&Consequence::RedetermineQuota);
            assert_eq!(anew, kind != Kind::Renamed, "{kind:?}");
            let measured = found.consequences.contains(&Consequence::CheckOnlyDecrease);
            assert_eq!(measured, wanted != Exit, "{kind:?}");
            let moved = found.consequences.contains(&Consequence::MoveHoldersToOrgan);
            assert_eq!(moved, kind == Kind::ConvertedToOrgan);
            assert!(!found.findings.0[0].article.is_empty());
            assert!(!kind.label().is_empty() && !wanted.label().is_empty());
        }
    }
}

#[test]
fn changes_of_one_unit() {
    let grade = |grade| UnitProfile { grade, ..was() };
    let parent = UnitProfile { parent: Some(unit("other")), ..was() };
    let functions = UnitProfile { functions: "监测".to_owned(), ..was() };
    let rows = [
        (ChangeKind::GradeRaised, grade(UnitGrade::ViceDivision), Filing),
        (ChangeKind::GradeLowered, grade(UnitGrade::ViceSection), Filing),
        (ChangeKind::Transferred, parent.clone(), Filing),
        (ChangeKind::AffiliationChanged, parent, Filing),
        (ChangeKind::HeadcountDecreased, referenced("甲", 19), Filing),
        (ChangeKind::HeadcountIncreased, referenced("甲", 21), Recertify),
        (ChangeKind::FunctionChanged, functions, Recertify),
        (ChangeKind::ConvertedOther, natured(was(), Nature::PublicInstitution), Exit),
        (ChangeKind::ConvertedToOrgan, natured(was(), Nature::Organ), Exit),
        // A new name that comes with more slots is no mere new name.
        (ChangeKind::Renamed, referenced("乙", 21), Recertify),
    ];
    for (kind, after, wanted) in rows {
        let found = routed(&alone(kind, was(), after));
        assert_eq!(found, [("u1".to_owned(), wanted)], "{kind:?}");
    }
    let became =
        alone(ChangeKind::BecameReferenced, natured(was(), Nature::PublicInstitution), was());
    assert_eq!(routed(&became), [("u1".to_owned(), Recertify)]);
    let organs = natured(was(), Nature::Organ);
    let renamed = UnitProfile { name: "乙".to_owned(), ..organs.clone() };
    assert_eq!(routed(&alone(ChangeKind::Renamed, organs, renamed)), []);
}

#[test]
fn every_successor_has_its_own_route() {
    let leaves = natured(referenced("丙", 8), Nature::PublicInstitution);
    let gone = change(ChangeKind::Abolished, &[("u1", was())], &[]);
    assert_eq!(routed(&gone), [("u1".to_owned(), Exit)]);

    // One part leaves, another stays: the exit does not swallow what stays.
    let split = change(
        ChangeKind::Split,
        &[("u1", was())],
        &[("u1", Some(was()), referenced("甲", 12)), ("u2", None, leaves.clone())],
    );
    assert_eq!(routed(&split), [("u1".to_owned(), Recertify), ("u2".to_owned(), Exit)]);

    let into_new = change(
        ChangeKind::Split,
        &[("u1", was())],
        &[("u2", None, referenced("乙", 12)), ("u3", None, leaves.clone())],
    );
    assert_eq!(routed(&into_new), [("u2".to_owned(), Recertify), ("u3".to_owned(), Exit)]);

    // Joined with others and still referenced; joined into what is not.
    let other = natured(referenced("丁", 9), Nature::PublicInstitution);
    let parts = [("u1", was()), ("u4", other.clone())];
    let joined = change(ChangeKind::Integrated, &parts, &[("u1", Some(was()), was())]);
    assert_eq!(routed(&joined), [("u1".to_owned(), Recertify)]);
    let absorbed =
        change(ChangeKind::Integrated, &parts, &[("u4", Some(other.clone()), other.clone())]);
    assert_eq!(routed(&absorbed), [("u1".to_owned(), Exit)]);
    let organ = natured(referenced("戊", 9), Nature::Organ);
    let to_organ =
        change(ChangeKind::Integrated, &parts, &[("u5", Some(organ.clone()), organ.clone())]);
    let found = route_change(policy(), &to_organ);
    assert_eq!(found[0].changes, BTreeSet::from([ReferenceChange::ConvertedToOrgan]));

    // Even one that is not referenced makes a merger more than a filing.
    let merged = change(ChangeKind::Merged, &parts, &[("u1", Some(was()), was())]);
    assert_eq!(routed(&merged), [("u1".to_owned(), Recertify)]);
}

#[test]
fn a_filing_that_is_more_is_decided_anew() {
    let merger = |slots| {
        let parts = [("u1", was()), ("u2", referenced("乙", 15))];
        change(ChangeKind::Merged, &parts, &[("u1", Some(was()), referenced("甲", slots))])
    };
    let with_functions = |declared| {
        let mut change = merger(35);
        change.successors[0].functions_changed = declared;
        change
    };
    let without_documents = Change { documents: vec![], ..merger(35) };
    let rows = [
        (merger(35), Filing, None),
        (merger(36), Recertify, Some((Rule::FilingHeadcount, Reason::HeadcountExceeds))),
        (without_documents, Recertify, Some((Rule::FilingDocuments, Reason::DocumentsMissing))),
        (with_functions(None), Recertify, Some((Rule::FilingFunctions, Reason::FactMissing))),
    ];
    for (change, wanted, failed) in rows {
        let found: Vec<Routed> = route_change(policy(), &change);
        assert_eq!(found[0].route, Some(wanted));
        let failing = found[0].findings.0.iter().find(|one| one.failed());
        assert_eq!(failing.map(|one| (one.rule, one.reason.unwrap())), failed);
        let named = found[0].findings.0.iter().any(|one| one.rule == Rule::Route);
        assert!(named && found[0].findings.0.iter().all(|one| one.outcome != Outcome::Warn));
    }
    // What is declared to be a change of functions is none of a filing to begin with, and no
    // local table makes it one.
    let declared = with_functions(Some(true));
    assert_eq!(routed(&declared)[0].1, Recertify);
    let mild = "[{ kinds = [\"function_changed\", \"merged_referenced_only\"], \
                route = \"filing\", article = \"本省规定\" }]";
    let found = route_change(&with(&parameter("change_routes", mild)), &declared);
    assert_eq!(found[0].route, Some(Recertify));
    assert_eq!(found[0].findings.reasons(), [Reason::FunctionsChanged]);
}

#[test]
fn policy_decides_and_its_silence_is_no_answer() {
    let strict = "[{ kinds = [\"renamed\"], tiers = [\"province\"], route = \"recertify\", \
                  article = \"本省规定\" }, { kinds = [\"renamed\"], route = \"filing\", \
                  article = \"本省规定\" }]";
    let local = with(&parameter("change_routes", strict));
    let ask = |policy: &Policy, tier: Tier, kinds: &[ReferenceChange]| {
        route(policy, &unit("u1"), tier, kinds.iter().copied().collect())
    };
    let renamed = [ReferenceChange::Renamed];
    assert_eq!(ask(&local, Tier::Province, &renamed).route, Some(Recertify));
    assert_eq!(ask(&local, Tier::County, &renamed).route, Some(Filing));
    // One kind without a row leaves the whole open, whatever the others say.
    let both = [ReferenceChange::Renamed, ReferenceChange::Split];
    let open = ask(&local, Tier::County, &both);
    assert_eq!((open.route, open.findings.reasons()), (None, vec![Reason::PolicyNotConfigured]));
    let silent = ask(&without("change_routes"), Tier::County, &renamed);
    assert_eq!(silent.route, None);
    assert_eq!(ask(policy(), Tier::County, &[]).route, None);
}

fn kinds() -> impl Strategy<Value = BTreeSet<ReferenceChange>> {
    prop::collection::btree_set(prop::sample::select(ReferenceChange::ALL.to_vec()), 1..6)
}

proptest! {
    #[test]
    fn a_change_more_never_makes_a_route_milder(
        kinds in kinds(), more in kinds(), tier in prop::sample::select(vec![
            Tier::Province, Tier::Prefecture, Tier::County, Tier::Township
        ])
    ) {
        let ask = |kinds: BTreeSet<_>| route(policy(), &unit("u1"), tier, kinds);
        let (few, many) = (ask(kinds.clone()), ask(kinds.iter().chain(&more).copied().collect()));
        prop_assert!(many.route >= few.route);
        prop_assert!(many.consequences.contains(&Consequence::RedetermineQuota)
            || !few.consequences.contains(&Consequence::RedetermineQuota));
        let strictest = kinds.iter().map(|kind| ask(BTreeSet::from([*kind])).route).max().unwrap();
        prop_assert_eq!(few.route, strictest);
    }

    #[test]
    fn no_difference_more_makes_a_unit_s_route_milder(
        name in any::<bool>(), grade in any::<bool>(), slots in 1..40_u32,
        functions in any::<bool>(), declared in prop::option::of(any::<bool>()),
        documents in any::<bool>(),
    ) {
        let ask = |name: bool, functions: bool, declared, documents: bool| {
            let after = UnitProfile {
                name: if name { "乙" } else { "甲" }.to_owned(),
                grade: if grade { UnitGrade::ViceSection } else { UnitGrade::Section },
                functions: if functions { "监测" } else { "执法" }.to_owned(),
                ..referenced("甲", slots)
            };
            let mut change = alone(ChangeKind::Renamed, was(), after);
            change.successors[0].functions_changed = declared;
            change.documents.truncate(usize::from(documents));
            route_change(policy(), &change).first().and_then(|one| one.route)
        };
        let less = ask(name, false, Some(false), true);
        let more = ask(name, functions, declared, documents);
        prop_assert!(more >= less);
        prop_assert!(ask(true, functions, declared, documents) >= ask(false, functions, declared, documents));
    }
}
