//! Detectors: each found where it should be, and nowhere else.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use quanheng_eligibility as eligibility;
use quanheng_policy::class::Tier;
use quanheng_policy::condition::Facts;
use quanheng_policy::profile::{ApplicantClass, GateBody};
use quanheng_policy::{CategoryId, RankId};
use quanheng_recertification::chain;
use quanheng_recertification::detect::{
    AccountFacts, Approval, CentralFiling, Detector, FunctionOfUnit, Issue, NameFacts,
    PromotionRecord, ReferencedUnit, RegisteredPerson, SeatFacts, Slot, central_filing_due,
    detect_account, detect_central_filing, detect_functions, detect_name, detect_person,
    detect_promotion, detect_seat, detect_unit,
};

use crate::world::{TODAY, document, parameter, person, policy, unit, with, without};

fn causes<'a>(issues: impl IntoIterator<Item = &'a Issue>) -> Vec<(&'static str, &'static str)> {
    let issues = issues.into_iter();
    issues
        .inspect(|issue| assert!(!issue.message.is_empty() && !issue.article.is_empty()))
        .map(|issue| (issue.detector.code(), issue.cause))
        .collect()
}

#[test]
fn codes_are_those_of_the_table() {
    let codes: Vec<_> = Detector::ALL.iter().map(|one| one.code()).collect();
    let table = "V-RC-1 V-RC-2 V-RC-3 V-RC-4 V-RC-5 V-RC-6 V-QT-1 V-QT-2 V-QT-3 V-QT-4 V-PR-1 \
                 staff_not_moved_with_function case_not_brought";
    assert_eq!(codes, table.split_whitespace().collect::<Vec<_>>());
    let names: BTreeSet<_> = Detector::ALL.iter().map(|one| one.label()).collect();
    assert_eq!(names.len(), codes.len());
}

#[test]
fn referenced_units_that_should_not_be() {
    let chain = chain(policy(), ApplicantClass::CountyUnit).unwrap();
    let approval = |on, by| Approval { on, by, document: document(1) };
    let by_province = |on| approval(on, GateBody::ProvincialAuthority);
    let (in_2020, in_2024) = (date(2020, 5, 1), date(2024, 5, 1));
    let rows: [(Vec<Approval>, Option<Date>, &[&str]); 9] = [
        (vec![by_province(in_2020)], None, &[]),
        (vec![], None, &["no_approval"]),
        (vec![by_province(date(2026, 3, 3))], None, &["no_approval"]),
        (vec![approval(in_2020, GateBody::PrefectureAuthority)], None, &["wrong_authority"]),
        (vec![approval(in_2020, GateBody::CentralAuthority)], None, &[]),
        (vec![by_province(in_2020)], Some(in_2024), &["after_exit"]),
        (vec![by_province(in_2020)], Some(date(2026, 3, 3)), &[]),
        // Approved anew after it had left.
        (vec![by_province(in_2020), by_province(date(2025, 1, 1))], Some(in_2024), &[]),
        (
            vec![approval(in_2020, GateBody::CountyAuthority)],
            Some(in_2024),
            &["after_exit", "wrong_authority"],
        ),
    ];
    for (approvals, exited_on, wanted) in rows {
        let facts = ReferencedUnit { unit: unit("u1"), approvals, exited_on };
        let found = detect_unit(&facts, &chain, TODAY);
        let wanted: Vec<_> = wanted.iter().map(|cause| ("V-RC-1", *cause)).collect();
        assert_eq!(causes(&found), wanted, "{facts:?}");
    }
}

#[test]
fn registered_persons_that_should_not_be() {
    let sound = RegisteredPerson {
        person: person("p1"),
        unit: unit("u1"),
        slot: Some(Slot::Referenced),
        over_headcount: false,
        legal_entry: Some(true),
        entered_on: date(2022, 8, 1),
        unit_approved_on: Some(date(2022, 8, 1)),
    };
    let entered = |unit_approved_on| RegisteredPerson { unit_approved_on, ..sound.clone() };
    let rows: [(RegisteredPerson, &[&str]); 9] = [
        (sound.clone(), &[]),
        (RegisteredPerson { slot: Some(Slot::Logistics), ..sound.clone() }, &["logistics_slot"]),
        (RegisteredPerson { slot: Some(Slot::Other), ..sound.clone() }, &[]),
        (RegisteredPerson { slot: None, ..sound.clone() }, &["slot_unknown"]),
        (RegisteredPerson { over_headcount: true, ..sound.clone() }, &["over_headcount"]),
        (RegisteredPerson { legal_entry: Some(false), ..sound.clone() }, &["no_legal_entry"]),
        (RegisteredPerson { legal_entry: None, ..sound.clone() }, &["entry_unknown"]),
        (entered(None), &["unit_not_approved"]),
        (entered(Some(date(2022, 8, 2))), &["unit_not_approved"]),
    ];
    for (facts, wanted) in rows {
        let wanted: Vec<_> = wanted.iter().map(|cause| ("V-RC-2", *cause)).collect();
        assert_eq!(causes(&detect_person(&facts)), wanted, "{facts:?}");
    }
}

#[test]
fn units_without_any_function() {
    let function = |moved_on| FunctionOfUnit { name: "执法".to_owned(), moved_on };
    let (gone, later) = (function(Some(TODAY)), function(Some(date(2026, 3, 3))));
    let stays = function(None);
    let rows = [
        (vec![gone.clone(), gone.clone()], true),
        (vec![gone.clone(), stays], false),
        (vec![gone, later], false),
        (vec![], false),
    ];
    for (functions, wanted) in rows {
        let found = detect_functions(&unit("u1"), &functions, TODAY);
        let expected: &[_] = if wanted { &[("V-RC-3", "all_functions_moved")] } else { &[] };
        assert_eq!(causes(&found), expected);
    }
}

#[test]
fn names_that_differ_too_long() {
    let local = with(&parameter("name_filing_days", "60"));
    let facts = |in_ledger: &str, document_on| NameFacts {
        unit: unit("u1"),
        in_ledger: in_ledger.to_owned(),
        in_document: "某市渔政支队".to_owned(),
        document_on,
    };
    let rows = [
        ("某市渔政处", date(2025, 12, 31), true),
        // The last day in time.
        ("某市渔政处", date(2026, 1, 1), false),
        ("某市 渔政支队", date(2025, 1, 1), false),
    ];
    for (name, document_on, wanted) in rows {
        let found = detect_name(&local, &facts(name, document_on), TODAY).unwrap();
        let expected: &[_] = if wanted { &[("V-RC-5", "name_differs")] } else { &[] };
        assert_eq!(causes(&found), expected, "{name} {document_on}");
    }
    let silent = detect_name(policy(), &facts("甲", TODAY), TODAY).unwrap_err();
    assert_eq!(silent.code(), "POLICY_NOT_CONFIGURED");
}

#[test]
fn filings_with_the_central_authority() {
    let province = chain(policy(), ApplicantClass::ProvincialUnit).unwrap();
    let city = chain(policy(), ApplicantClass::PrefectureUnit).unwrap();
    let approved_on = date(2026, 1, 31);
    assert_eq!(central_filing_due(policy(), approved_on).unwrap(), TODAY);
    let rows = [
        (None, TODAY, None),
        (None, date(2026, 3, 3), Some("not_filed")),
        (Some(TODAY), date(2026, 6, 1), None),
        (Some(date(2026, 3, 3)), date(2026, 6, 1), Some("filed_late")),
        // What will be filed is not filed.
        (Some(date(2026, 3, 20)), date(2026, 3, 10), Some("not_filed")),
    ];
    for (filed_on, on, wanted) in rows {
        let facts = CentralFiling { unit: unit("u1"), approved_on, filed_on };
        let found = detect_central_filing(policy(), &province, &facts, on).unwrap();
        let expected: Vec<_> = wanted.iter().map(|cause| ("V-RC-6", *cause)).collect();
        assert_eq!(causes(&found), expected, "{filed_on:?} {on}");
        assert_eq!(detect_central_filing(policy(), &city, &facts, on).unwrap(), None);
        let silent = without("central_filing_days");
        assert!(detect_central_filing(&silent, &province, &facts, on).is_err());
    }
}

fn seat() -> SeatFacts {
    SeatFacts {
        person: person("p1"),
        establishment: unit("u1"),
        establishment_tier: Tier::County,
        charged: unit("u1"),
        charged_tier: Tier::County,
        charged_is_referenced: true,
        charged_parent: Some(unit("bureau")),
        pre_reviewed: true,
        filing_due_on: None,
    }
}

#[test]
fn seats() {
    let of_parent = SeatFacts { establishment: unit("bureau"), ..seat() };
    let of_organ = SeatFacts { charged_is_referenced: false, ..of_parent.clone() };
    let from_above = SeatFacts { establishment_tier: Tier::Prefecture, ..seat() };
    let from_below = SeatFacts { establishment_tier: Tier::Township, ..seat() };
    let not_reviewed = SeatFacts { pre_reviewed: false, ..seat() };
    let due = |day| SeatFacts { filing_due_on: Some(day), ..seat() };
    let rows: [(SeatFacts, &[(&str, &str)]); 8] = [
        (seat(), &[]),
        (of_parent, &[("V-QT-1", "parent_occupies")]),
        (of_organ, &[]),
        (from_above, &[("V-QT-2", "upward_use")]),
        (from_below, &[]),
        (not_reviewed, &[("V-QT-4", "no_pre_review")]),
        (due(TODAY), &[]),
        (due(date(2026, 3, 1)), &[("V-QT-4", "filing_overdue")]),
    ];
    for (facts, wanted) in rows {
        assert_eq!(causes(&detect_seat(&facts, TODAY)), wanted, "{facts:?}");
    }
    for (vacancy, planned_digestion, wanted) in
        [(0, 0, false), (3, 0, false), (-2, 0, true), (-2, 1, true), (-2, 2, false)]
    {
        let facts = AccountFacts { account: "a1".to_owned(), vacancy, planned_digestion };
        let found = detect_account(&facts);
        let expected: &[_] = if wanted { &[("V-QT-3", "over_quota")] } else { &[] };
        assert_eq!(causes(&found), expected, "{vacancy} {planned_digestion}");
    }
}

fn eligibility(failed: &[eligibility::Reason]) -> eligibility::Eligibility {
    let finding = |reason: &eligibility::Reason| eligibility::Finding {
        rule: eligibility::Rule::Tenure,
        outcome: eligibility::Outcome::Fail,
        reason: Some(*reason),
        facts: Facts::new(),
        article: "x".to_owned(),
        source: None,
        message: "x".to_owned(),
        failing: vec![],
        earliest: None,
    };
    eligibility::Eligibility {
        person: person("p1"),
        target: eligibility::Target {
            category: CategoryId::new("general_management").unwrap(),
            rank: RankId::new("GM09").unwrap(),
        },
        on: TODAY,
        findings: failed.iter().map(finding).collect(),
        earliest: None,
    }
}

#[test]
fn promotions() {
    use eligibility::Reason::{
        AssessmentMissing, InSanctionPeriod, LadderMismatch, SkipRank, TenureInsufficient,
        UnderInvestigation,
    };
    let rows: [(&[eligibility::Reason], Option<u32>, &[&str]); 9] = [
        (&[], Some(5), &[]),
        (&[TenureInsufficient], Some(5), &["tenure_insufficient"]),
        (&[AssessmentMissing], Some(5), &["assessment_missing"]),
        (&[InSanctionPeriod], Some(5), &["inside_bar"]),
        (&[UnderInvestigation, SkipRank], Some(5), &["skipped_rank", "inside_bar"]),
        (&[], Some(4), &["notice_too_short"]),
        (&[], None, &["notice_too_short"]),
        (&[TenureInsufficient], None, &["tenure_insufficient", "notice_too_short"]),
        // Another matter than the detector's.
        (&[LadderMismatch], Some(5), &[]),
    ];
    for (failed, notice_working_days, wanted) in rows {
        let eligibility = eligibility(failed);
        let record = PromotionRecord { eligibility: &eligibility, on: TODAY, notice_working_days };
        let found = detect_promotion(policy(), &record).unwrap();
        let wanted: Vec<_> = wanted.iter().map(|cause| ("V-PR-1", *cause)).collect();
        assert_eq!(causes(&found), wanted, "{failed:?}");
        assert!(detect_promotion(&without("notice_working_days"), &record).is_err());
    }
}

proptest! {
    #[test]
    fn a_function_that_stays_clears_the_unit(
        moved in prop::collection::vec(prop::option::of(0..400_i64), 0..8)
    ) {
        let day = |n: i64| date(2025, 3, 1).checked_add(jiff::ToSpan::days(n)).unwrap();
        let functions: Vec<_> = moved
            .iter()
            .map(|n| FunctionOfUnit { name: "执法".to_owned(), moved_on: n.map(day) })
            .collect();
        let found = detect_functions(&unit("u1"), &functions, TODAY).is_some();
        let stays = functions.iter().any(|one| one.moved_on.is_none_or(|on| on > TODAY));
        prop_assert_eq!(found, !functions.is_empty() && !stays);
        let more = FunctionOfUnit { name: "监测".to_owned(), moved_on: None };
        let with_more = [functions, vec![more]].concat();
        prop_assert!(detect_functions(&unit("u1"), &with_more, TODAY).is_none());
    }
}

#[test]
fn changes_that_nobody_brought() {
    use quanheng_policy::profile::ChangeRoute;
    use quanheng_recertification::detect::{UnsettledChange, detect_change};

    let facts = |route, day: u8| UnsettledChange {
        unit: quanheng_policy::UnitId::new("u1").unwrap(),
        effective_on: jiff::civil::date(2026, 3, day as i8),
        route,
    };
    let on = jiff::civil::date(2026, 3, 20);
    let issue = detect_change(&facts(Some(ChangeRoute::Exit), 5), on).unwrap();
    assert_eq!((issue.detector.code(), issue.cause), ("case_not_brought", "case_not_brought"));
    assert_eq!(issue.facts["days"].to_string(), "15");
    // What takes effect later, or takes no procedure that is known, is not late.
    assert!(detect_change(&facts(Some(ChangeRoute::Filing), 21), on).is_none());
    assert!(detect_change(&facts(None, 5), on).is_none());
}
