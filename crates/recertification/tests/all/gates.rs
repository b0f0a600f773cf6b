//! Gates of a case: phases, three clears, opinions, recusal, feedback.

use std::collections::BTreeSet;

use quanheng_policy::class::Tier;
use quanheng_policy::profile::ChangeRoute;
use quanheng_recertification::campaign::{Campaign, PhaseState};
use quanheng_recertification::{
    Clear, Conclusion, MaterialStatus, Opinion, Reason, Submission, ThreeClear, check_conclusion,
    check_opinions, check_phase, check_submission, check_three_clear,
};

use crate::world::{
    campaign, codes, materials, opinion, opinions, parameter, person, policy, reasoned,
    three_clear, unit, with, without,
};

#[test]
fn phases_lock_submission() {
    use PhaseState::{Closed, NotOpen, Open, Reviewing};
    let rows = [
        (NotOpen, NotOpen, false, false),
        (Open, NotOpen, true, false),
        // Opened by mistake or under another policy: the order is asked again at submission.
        (Open, Open, true, false),
        (Reviewing, Open, false, false),
        (Closed, NotOpen, false, false),
        (Closed, Open, false, true),
        (Closed, Reviewing, false, false),
        (Closed, Closed, false, false),
    ];
    for (provincial, municipal, province, city) in rows {
        let campaign = campaign(provincial, municipal);
        for (tier, wanted) in
            [(Tier::Province, province), (Tier::Prefecture, city), (Tier::Township, city)]
        {
            let found = check_phase(policy(), &campaign, tier);
            assert_eq!(!found.failed(), wanted, "{provincial:?} {municipal:?} {tier:?}");
            assert_eq!(found.reason, (!wanted).then_some(Reason::PhaseLocked));
        }
        assert!(campaign.survey_open());
        assert!(check_phase(policy(), &campaign, Tier::Central).failed());
    }
    let ended = Campaign { closed: true, ..campaign(Closed, Open) };
    assert!(check_phase(policy(), &ended, Tier::County).failed());
    assert!(!ended.survey_open());
}

#[test]
fn the_province_may_open_earlier_and_says_why() {
    let mut early = campaign(PhaseState::Open, PhaseState::Open);
    early.gate_override = Some(reasoned(" "));
    assert!(check_phase(policy(), &early, Tier::County).failed());
    early.gate_override = Some(reasoned("两市改革已先行到位"));
    assert!(!check_phase(policy(), &early, Tier::County).failed());

    let plain = campaign(PhaseState::Reviewing, PhaseState::Open);
    let at_review = with(&parameter("phase_gate", "\"reviewing\""));
    assert!(!check_phase(&at_review, &plain, Tier::County).failed());
    for policy in [with(&parameter("phase_gate", "\"someday\"")), without("phase_gate")] {
        let found = check_phase(&policy, &plain, Tier::County);
        assert_eq!(found.reason, Some(Reason::PolicyNotConfigured));
    }
}

#[test]
fn a_clear_needs_evidence() {
    let without_evidence = Clear { clear: Some(true), evidence: vec![" ".to_owned()] };
    let denied = Clear { clear: Some(false), evidence: vec!["佐证".to_owned()] };
    for one in [Clear::default(), without_evidence, denied] {
        for (three, name) in [
            (ThreeClear { staff: one.clone(), ..three_clear() }, "人员底数"),
            (ThreeClear { documents: one.clone(), ..three_clear() }, "编制文件"),
            (ThreeClear { functions: one.clone(), ..three_clear() }, "单位职能设置"),
        ] {
            assert_eq!(three.unclear(), [name]);
            assert!(check_three_clear(policy(), &three, None).failed());
        }
    }
    assert!(!check_three_clear(policy(), &three_clear(), None).failed());
    let silent = check_three_clear(&without("three_clear"), &three_clear(), None);
    assert_eq!(silent.reason, Some(Reason::PolicyNotConfigured));
}

#[test]
fn a_submission_asks_all_at_once() {
    let (campaign, none) = (campaign(PhaseState::Open, PhaseState::NotOpen), BTreeSet::new());
    let unclear = ThreeClear::default();
    let asked = Submission {
        campaign: &campaign,
        tier: Tier::County,
        route: ChangeRoute::Recertify,
        three_clear: &unclear,
        exception: None,
        materials: &[],
        requested: &none,
    };
    let found = check_submission(policy(), &asked);
    assert_eq!(codes(&found), ["PHASE_LOCKED", "THREE_CLEAR_INCOMPLETE", "MATERIALS_INCOMPLETE"]);
    let (clear, materials) =
        (three_clear(), materials(ChangeRoute::Recertify, MaterialStatus::Received));
    let whole =
        Submission { tier: Tier::Province, three_clear: &clear, materials: &materials, ..asked };
    assert!(check_submission(policy(), &whole).passed());
}

#[test]
fn opinions_are_asked_of_every_department() {
    for missing in 0..3 {
        let (mut gone, mut unsigned) = (opinions(), opinions());
        gone.remove(missing);
        unsigned[missing].signed = false;
        for given in [gone, unsigned] {
            let found = check_opinions(policy(), &given);
            assert_eq!(found.reason, Some(Reason::OpinionMissing));
        }
        // An adverse opinion is an opinion: it goes up with the case.
        let mut adverse = opinions();
        adverse[missing].favourable = false;
        assert!(!check_opinions(policy(), &adverse).failed());
    }
    let more = "[\"organization_department\", \"human_resources_department\"]";
    let local = with(&parameter("required_joint_departments", more));
    assert!(check_opinions(&local, &opinions()).message.contains("human_resources_department"));
    let silent = check_opinions(&without("required_joint_departments"), &opinions());
    assert_eq!(silent.reason, Some(Reason::PolicyNotConfigured));
}

#[test]
fn what_keeps_a_conclusion_back() {
    let materials = materials(ChangeRoute::Recertify, MaterialStatus::Accepted);
    let (applicant, parent, none) = (unit("u1"), unit("bureau"), BTreeSet::new());
    let two = with(&parameter("min_feedback_rounds", "2"));
    let own = |at: &str| {
        let mut opinions = opinions();
        let reviewer = Opinion { reviewer: person("px"), ..opinion("finance_department") };
        opinions[2] = Opinion { reviewer_unit: unit(at), ..reviewer };
        opinions
    };
    let rows: [(&_, Vec<Opinion>, u32, &[&str]); 6] = [
        (policy(), opinions(), 0, &[]),
        (policy(), own("u1"), 0, &["CONFLICT_OF_INTEREST"]),
        (policy(), own("bureau"), 0, &["CONFLICT_OF_INTEREST"]),
        (&two, opinions(), 1, &["FEEDBACK_TOO_FEW"]),
        (&two, opinions(), 2, &[]),
        (&two, vec![], 0, &["OPINION_MISSING", "FEEDBACK_TOO_FEW"]),
    ];
    for (policy, opinions, feedback_rounds, wanted) in rows {
        let asked = Conclusion {
            route: ChangeRoute::Recertify,
            applicant: &applicant,
            parent: Some(&parent),
            opinions: &opinions,
            materials: &materials,
            requested: &none,
            feedback_rounds,
        };
        assert_eq!(codes(&check_conclusion(policy, &asked)), wanted);
        let bare = Conclusion { materials: &[], ..asked };
        assert!(codes(&check_conclusion(policy, &bare)).contains(&"MATERIALS_INCOMPLETE"));
    }
}
