//! Materials by route: what is due, and what is missing.

use std::collections::BTreeSet;

use quanheng_policy::condition::Value;
use quanheng_policy::profile::ChangeRoute;
use quanheng_recertification::{
    Material, MaterialStatus, Reason, Stage, check_materials, checklist,
};

use crate::world::{materials, policy, without};

fn none() -> BTreeSet<String> {
    BTreeSet::new()
}

#[test]
fn what_each_route_asks_for() {
    let rows = [
        (
            ChangeRoute::Recertify,
            "request authorization founding_approval staff_overview change_documents \
             establishment_documents function_comparison headcount_comparison \
             roster_and_diversion finance_certificate three_clear_sign_off",
        ),
        (ChangeRoute::Filing, "change_documents establishment_documents headcount_comparison"),
        (ChangeRoute::Exit, "change_documents establishment_documents roster_and_diversion"),
    ];
    for (route, wanted) in rows {
        let codes = |requested: &BTreeSet<String>| -> Vec<String> {
            let rows = checklist(policy(), route, requested).unwrap();
            rows.into_iter().map(|row| row.code).collect()
        };
        assert_eq!(codes(&none()), wanted.split_whitespace().collect::<Vec<_>>(), "{route:?}");
        // What the authority asks for besides is due when it asks.
        let other: BTreeSet<_> = ["other".to_owned()].into();
        assert_eq!(codes(&other).len(), codes(&none()).len() + 1, "{route:?}");
    }
}

#[test]
fn received_is_enough_to_submit_and_accepted_to_review() {
    use MaterialStatus::{Accepted, Missing, Received, Rejected};
    let rows = [
        (Accepted, true, true),
        (Received, true, false),
        (Rejected, false, false),
        (Missing, false, false),
    ];
    for route in ChangeRoute::ALL {
        for (status, submits, reviews) in rows {
            let materials = materials(*route, status);
            for (stage, wanted) in [(Stage::Submission, submits), (Stage::JointReview, reviews)] {
                let found = check_materials(policy(), *route, stage, &materials, &none());
                assert_eq!(!found.failed(), wanted, "{route:?} {status:?} {stage:?}");
            }
        }
    }
}

#[test]
fn what_is_missing_is_named() {
    let all = materials(ChangeRoute::Filing, MaterialStatus::Accepted);
    let ask = |materials: &[Material], requested: &BTreeSet<String>| {
        check_materials(policy(), ChangeRoute::Filing, Stage::JointReview, materials, requested)
    };
    for index in 0..all.len() {
        let mut without_one = all.clone();
        let gone = without_one.remove(index);
        let mut without_file = all.clone();
        without_file[index].files.clear();
        let mut by_nobody = all.clone();
        by_nobody[index].reviewer = None;
        for materials in [without_one, without_file, by_nobody] {
            let found = ask(&materials, &none());
            assert_eq!(found.reason, Some(Reason::MaterialsIncomplete));
            assert_eq!(found.facts["missing"], Value::Text(gone.code.clone()));
        }
    }
    let beyond: BTreeSet<_> = ["vehicle_list".to_owned()].into();
    assert_eq!(ask(&all, &beyond).facts["missing"], Value::Text("vehicle_list".to_owned()));
    let extra = Material { code: "vehicle_list".to_owned(), ..all[0].clone() };
    assert!(!ask(&[all, vec![extra]].concat(), &beyond).failed());
    let silent = without("recertification_materials");
    let found = check_materials(&silent, ChangeRoute::Exit, Stage::Submission, &[], &none());
    assert_eq!(found.reason, Some(Reason::PolicyNotConfigured));
}
